//! All gradients of a convolution in one pass over the images.
//!
//! Images are cut into parts, and those into groups small enough that what one step writes is still in the caches when
//! the next one reads it: the gradient before the activation, the columns that both products read. Parts do not depend
//! on the threads; each adds up its images in order, and the parts are added in order, so neither do the sums.

use std::mem::MaybeUninit;

use rayon::prelude::*;

use super::{
    Convolution, Geometry,
    correlate::{Correlator, Direction, Epilogue},
    weight_gradient::WeightGradient,
};
use crate::{Activation, simd::widely, workspace::Workspace};

/// Parts that can be worked on at the same time.
const PARTS: usize = 16;
/// Numbers that the weight gradients of all parts may have together, unless one has more.
const PARTS_LEN: usize = 1 << 22;

/// Writes the wanted gradients of a convolution.
pub(crate) fn backward(
    convolution: &Convolution,
    operands: Operands<'_>,
    gradients: Gradients<'_>,
) {
    Backward::new(convolution, &operands, &gradients).run(operands, gradients);
}

/// What [`backward`] reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operands<'a> {
    pub(crate) x: &'a [f32],
    pub(crate) weight: &'a [f32],
    /// The output, after the activation.
    pub(crate) y: &'a [f32],
    /// The gradient of the output.
    pub(crate) grad: &'a [f32],
    /// What made `x`; its gradient is taken through that, too.
    pub(crate) before: Activation,
}

/// Where the wanted gradients go.
#[derive(Default)]
pub(crate) struct Gradients<'a> {
    /// Written whole.
    pub(crate) x: Option<&'a mut [MaybeUninit<f32>]>,
    /// Zero at the start.
    pub(crate) weight: Option<&'a mut [f32]>,
    pub(crate) bias: Option<&'a mut [f32]>,
}

/// The backward pass of a convolution in either direction.
struct Backward<'a> {
    geometry: &'a Geometry,
    direction: Direction,
    activation: Activation,
    before: Activation,
    x: Option<Correlator<'a>>,
    weight: Option<WeightGradient<'a>>,
    bias: bool,
}

/// The images that one task handles.
struct Part<'a> {
    x: &'a [f32],
    y: &'a [f32],
    grad: &'a [f32],
    grad_x: &'a mut [MaybeUninit<f32>],
    weight_sums: &'a mut [f32],
    bias_sums: &'a mut [f64],
}

impl<'a> Backward<'a> {
    fn new(convolution: &'a Convolution, operands: &Operands<'_>, wanted: &Gradients<'_>) -> Self {
        let &Convolution {
            ref geometry,
            direction,
            activation,
        } = convolution;
        let plain = Epilogue {
            bias: None,
            activation: Activation::None,
        };
        let x = wanted
            .x
            .is_some()
            .then(|| Correlator::new(geometry, direction.opposite(), operands.weight, plain));
        // With the tile of the other product, both read the same columns.
        let tile = x.as_ref().map_or(1, Correlator::tile);
        let weight = wanted
            .weight
            .is_some()
            .then(|| WeightGradient::new(geometry, tile));
        Self {
            geometry,
            direction,
            activation,
            before: operands.before,
            x,
            weight,
            bias: wanted.bias.is_some(),
        }
    }

    fn run(&self, operands: Operands<'_>, gradients: Gradients<'_>) {
        let batch = self.geometry.batch;
        let [x_image, y_image] = self.images();
        let group = self.group();
        let weight_len = self.weight.as_ref().map_or(0, WeightGradient::sums_len);
        let groups = batch.div_ceil(group);
        let most = PARTS.min(PARTS_LEN.div_ceil(weight_len.max(1)));
        let images = groups.div_ceil(groups.min(most).max(1)).max(1) * group;
        let parts = batch.div_ceil(images);
        let mut weight_sums = Workspace::new(parts * weight_len);
        let bias_len = self.channels();
        let mut bias_sums = vec![0f64; parts * bias_len];
        let grad_x = gradients.x.unwrap_or_default();
        let mut rest = (grad_x, &mut *weight_sums, bias_sums.as_mut_slice());
        let mut list = Vec::with_capacity(parts);
        for part in 0..parts {
            let range = part * images..batch.min((part + 1) * images);
            let x_len = if self.x.is_some() {
                range.len() * x_image
            } else {
                0
            };
            let (grad_x, weight_sums, bias_sums);
            (grad_x, rest.0) = rest.0.split_at_mut(x_len);
            (weight_sums, rest.1) = rest.1.split_at_mut(weight_len);
            (bias_sums, rest.2) = rest.2.split_at_mut(bias_len);
            list.push(Part {
                x: &operands.x[range.start * x_image..range.end * x_image],
                y: &operands.y[range.start * y_image..range.end * y_image],
                grad: &operands.grad[range.start * y_image..range.end * y_image],
                grad_x,
                weight_sums,
                bias_sums,
            });
        }
        list.into_par_iter()
            .for_each(|part| self.run_part(part, group));
        if let Some((weight, out)) = self.weight.as_ref().zip(gradients.weight) {
            weight.gather(&weight_sums, out);
        }
        for (c, out) in gradients.bias.unwrap_or_default().iter_mut().enumerate() {
            *out = bias_sums.iter().skip(c).step_by(bias_len).sum::<f64>() as f32;
        }
    }

    /// Numbers of an input and of an output image.
    fn images(&self) -> [usize; 2] {
        let wide = self.geometry.wide_channels * self.geometry.wide_area();
        let narrow = self.geometry.narrow_channels * self.geometry.narrow_area();
        match self.direction {
            Direction::Forwards => [wide, narrow],
            Direction::Backwards => [narrow, wide],
        }
    }

    /// Output channels.
    fn channels(&self) -> usize {
        match self.direction {
            Direction::Forwards => self.geometry.narrow_channels,
            Direction::Backwards => self.geometry.wide_channels,
        }
    }

    /// Images whose gradient before the activation is computed at a time.
    fn group(&self) -> usize {
        let x = self.x.as_ref().map_or(1, |x| x.layout.group);
        let weight = self.weight.as_ref().map_or(1, |weight| weight.layout.group);
        x.max(weight)
    }

    fn run_part(&self, part: Part<'_>, group: usize) {
        let [x_image, y_image] = self.images();
        part.weight_sums.fill(0.);
        let mut grad_x = part.grad_x.chunks_mut(group * x_image);
        let ys = part
            .y
            .chunks(group * y_image)
            .zip(part.grad.chunks(group * y_image));
        for (x, (y, grad)) in part.x.chunks(group * x_image).zip(ys) {
            let before;
            let grad = if self.activation == Activation::None {
                grad
            } else {
                before = before_activation(self.activation, y, grad);
                &before
            };
            if self.bias {
                let channel = y_image / part.bias_sums.len();
                for image in grad.chunks(y_image) {
                    for (sum, channel) in part.bias_sums.iter_mut().zip(image.chunks(channel)) {
                        *sum += widely(
                            #[inline(always)]
                            || sum_of(channel),
                        );
                    }
                }
            }
            let grad_x = grad_x.next().unwrap_or_default();
            self.run_group(x, grad, grad_x, part.weight_sums);
            if self.before != Activation::None {
                self.through_before(x, grad_x);
            }
        }
    }

    /// The gradients of a group from that of the output before the activation.
    fn run_group(
        &self,
        x: &[f32],
        grad: &[f32],
        grad_x: &mut [MaybeUninit<f32>],
        weight_sums: &mut [f32],
    ) {
        let [x_image, y_image] = self.images();
        match (&self.x, &self.weight, self.direction) {
            (Some(to_x), Some(weight), Direction::Backwards) => {
                // Both take the output's gradient for the wide image.
                let columns = weight.wide_columns(grad);
                to_x.run_grid(0, &columns, grad_x);
                weight.add(&columns, x, weight_sums);
            }
            (to_x, weight, _) => {
                if let Some(to_x) = to_x {
                    let images = to_x.layout.group;
                    let grads = grad.chunks(images * y_image);
                    for (grad_x, grad) in grad_x.chunks_mut(images * x_image).zip(grads) {
                        to_x.run(grad, grad_x);
                    }
                }
                if let Some(weight) = weight {
                    let images = weight.layout.group;
                    let xs = x.chunks(images * x_image);
                    for (x, grad) in xs.zip(grad.chunks(images * y_image)) {
                        let (wide, narrow) = match self.direction {
                            Direction::Forwards => (x, grad),
                            Direction::Backwards => (grad, x),
                        };
                        weight.add(&weight.wide_columns(wide), narrow, weight_sums);
                    }
                }
            }
        }
    }

    /// Takes a group's gradient through the activation that made its input, while both are in the caches.
    fn through_before(&self, x: &[f32], grad_x: &mut [MaybeUninit<f32>]) {
        let slope = self.before.negative_slope();
        widely(
            #[inline(always)]
            || {
                for (out, &x) in grad_x.iter_mut().zip(x) {
                    #[expect(unsafe_code, reason = "the numbers are there, but not in the type")]
                    // SAFETY: if wanted, the gradients of all images of the group have just been written.
                    let grad = unsafe { out.assume_init() };
                    out.write(if x > 0. { grad } else { grad * slope });
                }
            },
        );
    }
}

/// The gradient before the activation, from the output after it.
fn before_activation(activation: Activation, y: &[f32], grad: &[f32]) -> Workspace {
    let slope = activation.negative_slope();
    let mut before = Workspace::new(grad.len());
    widely(
        #[inline(always)]
        || {
            for ((out, &y), &grad) in before.iter_mut().zip(y).zip(grad) {
                *out = if y > 0. { grad } else { grad * slope };
            }
        },
    );
    before
}

/// A sum by runs short enough that single precision does not lose digits.
#[inline(always)]
fn sum_of(values: &[f32]) -> f64 {
    let run = |run: &[f32]| {
        let mut lanes = [0f32; 16];
        let chunks = run.chunks_exact(16);
        let rest: f32 = chunks.remainder().iter().sum();
        for chunk in chunks {
            for (lane, value) in lanes.iter_mut().zip(chunk) {
                *lane += value;
            }
        }
        lanes.iter().map(|&lane| f64::from(lane)).sum::<f64>() + f64::from(rest)
    };
    values.chunks(256).map(run).sum()
}
