//! All gradients of a row of convolutions.
//!
//! Groups of images go all the way back one after the other. They are dealt to a few lanes that do not depend on the
//! threads; each adds up its groups in order, and the lanes are added in order, so neither do the sums.

use std::mem::MaybeUninit;

use rayon::prelude::*;

use super::{
    Convolution, Direction, Parameters,
    frame::through,
    plan::{Plan, Way, cut},
    weight_gradient::WeightGradient,
};
use crate::{Activation, simd::End, workspace::Workspace};

/// Groups that can be worked on at the same time.
const LANES: usize = 8;
/// Lanes however long the weights are.
const LEAST_LANES: usize = 4;
/// Numbers that the weight gradients of all lanes may have together.
const LANES_LEN: usize = 1 << 22;

/// What [`backward`] reads.
#[derive(Clone, Copy)]
pub(crate) struct Operands<'a> {
    pub(crate) x: &'a [f32],
    /// The outputs of all layers but the last, as [`forward`](super::forward) kept them.
    pub(crate) between: &'a [Workspace],
    pub(crate) y: &'a [f32],
    /// The gradient of `y`.
    pub(crate) grad: &'a [f32],
}

/// Where the wanted gradients of a layer's parameters go.
#[derive(Default)]
pub(crate) struct Gradients<'a> {
    pub(crate) weight: Option<&'a mut [f32]>,
    pub(crate) bias: Option<&'a mut [f32]>,
}

/// Writes the wanted gradients, those of weights onto zeros.
pub(crate) fn backward(
    plan: &Plan,
    parameters: &[Parameters<'_>],
    operands: Operands<'_>,
    grad_x: Option<&mut [MaybeUninit<f32>]>,
    gradients: Vec<Gradients<'_>>,
) {
    let layer = |i: usize| {
        let back = (i > 0 || grad_x.is_some()).then(|| plan.backward(i));
        let packed = back.as_ref().map(|way| way.pack(parameters[i].weight));
        Layer {
            convolution: plan.convolutions[i],
            packed: packed.unwrap_or_default(),
            back,
            weight: gradients[i]
                .weight
                .is_some()
                .then(|| plan.weight_gradient(i)),
            bias: gradients[i].bias.is_some(),
        }
    };
    let backward = Backward {
        plan,
        layers: (0..parameters.len()).map(layer).collect(),
        operands,
    };
    let (weight_len, bias_len) = (backward.weight_len(), backward.bias_len());
    let groups = plan.batch().div_ceil(plan.group);
    let lanes = (LANES_LEN / weight_len.max(1)).clamp(LEAST_LANES, LANES);
    let lanes = lanes.min(groups.max(1));
    let mut weight_sums = Workspace::new(lanes * weight_len);
    let mut bias_sums = vec![0f64; lanes * bias_len];
    let images = groups.div_ceil(lanes) * plan.group;
    let (mut weights, mut biases) = (&mut *weight_sums, bias_sums.as_mut_slice());
    let mut grad_x = grad_x.unwrap_or_default();
    let image = grad_x.len() / plan.batch().max(1);
    let lane = |lane: usize| {
        let first = lane * images;
        let count = plan.batch().saturating_sub(first).min(images);
        Lane {
            first,
            count,
            grad_x: cut(&mut grad_x, count * image),
            weight_sums: cut(&mut weights, weight_len),
            bias_sums: cut(&mut biases, bias_len),
        }
    };
    let list: Vec<Lane<'_>> = (0..lanes).map(lane).collect();
    list.into_par_iter()
        .for_each(|lane| backward.run_lane(lane));
    backward.gather(&weight_sums, &bias_sums, gradients);
}

struct Backward<'a> {
    plan: &'a Plan,
    layers: Vec<Layer>,
    operands: Operands<'a>,
}

struct Layer {
    convolution: Convolution,
    /// To the gradient of the input, if it is wanted.
    back: Option<Way>,
    packed: Vec<Workspace>,
    weight: Option<WeightGradient>,
    bias: bool,
}

/// The images that one task takes back, group by group.
struct Lane<'a> {
    first: usize,
    count: usize,
    /// Planes of its images; none if not wanted.
    grad_x: &'a mut [MaybeUninit<f32>],
    weight_sums: &'a mut [f32],
    bias_sums: &'a mut [f64],
}

impl Layer {
    fn weight_len(&self) -> usize {
        self.weight.as_ref().map_or(0, WeightGradient::sums_len)
    }

    fn bias_len(&self) -> usize {
        let [_, (channels, _)] = self.convolution.geometry.ends(self.convolution.direction);
        if self.bias { channels } else { 0 }
    }
}

impl Backward<'_> {
    fn weight_len(&self) -> usize {
        self.layers.iter().map(Layer::weight_len).sum()
    }

    fn bias_len(&self) -> usize {
        self.layers.iter().map(Layer::bias_len).sum()
    }

    /// Adds the lanes up.
    fn gather(&self, weight_sums: &[f32], bias_sums: &[f64], gradients: Vec<Gradients<'_>>) {
        let (weight_len, bias_len) = (self.weight_len(), self.bias_len());
        let (mut weight_at, mut bias_at) = (0, 0);
        for (layer, gradients) in self.layers.iter().zip(gradients) {
            if let Some((weight, out)) = layer.weight.as_ref().zip(gradients.weight) {
                let parts = weight_sums.chunks(weight_len.max(1));
                let parts: Vec<&[f32]> = parts.map(|sums| &sums[weight_at..]).collect();
                weight.gather(&parts, out);
                weight_at += weight.sums_len();
            }
            for (c, out) in gradients.bias.unwrap_or_default().iter_mut().enumerate() {
                let parts = bias_sums.iter().skip(bias_at + c).step_by(bias_len);
                *out = parts.sum::<f64>() as f32;
            }
            bias_at += layer.bias_len();
        }
    }

    fn run_lane(&self, mut lane: Lane<'_>) {
        lane.weight_sums.fill(0.);
        let image = lane.grad_x.len() / lane.count.max(1);
        for from in (0..lane.count).step_by(self.plan.group) {
            let images = self.plan.group.min(lane.count - from);
            let grad_x = cut(&mut lane.grad_x, images * image);
            let sums = (&mut *lane.weight_sums, &mut *lane.bias_sums);
            self.run_group((lane.first + from, images), grad_x, sums);
        }
    }

    /// Takes a group back, adding to the sums.
    fn run_group(
        &self,
        group: (usize, usize),
        grad_x: &mut [MaybeUninit<f32>],
        (weight_sums, bias_sums): (&mut [f32], &mut [f64]),
    ) {
        let (first, images) = group;
        let mut gradient = self.last_gradient(group);
        let (mut weights, mut biases) = (self.weight_len(), self.bias_len());
        for (i, layer) in self.layers.iter().enumerate().rev() {
            biases -= layer.bias_len();
            weights -= layer.weight_len();
            let frame = self.plan.frames[i + 1];
            if layer.bias {
                for image in gradient.chunks(frame.len()).take(images) {
                    frame.add_up(image, &mut bias_sums[biases..][..layer.bias_len()]);
                }
            }
            let own;
            let input = match i {
                0 if layer.weight.is_none() => &[],
                0 => {
                    own = self.framed(0, self.operands.x, group);
                    &*own
                }
                _ => &self.operands.between[i - 1][first * self.plan.frames[i].len()..],
            };
            if let Some(weight) = &layer.weight {
                let (wide, narrow) = match layer.convolution.direction {
                    Direction::Forwards => (input, &*gradient),
                    Direction::Backwards => (&*gradient, input),
                };
                let sums = &mut weight_sums[weights..][..layer.weight_len()];
                weight.add(wide, narrow, images, sums);
            }
            if let Some(back) = &layer.back {
                gradient =
                    self.input_gradient(i, (back, &layer.packed), (&gradient, images), input);
            }
        }
        if !grad_x.is_empty() {
            let frame = self.plan.frames[0];
            frame.write(&gradient[..images * frame.len()], grad_x);
        }
    }

    /// That of the last output, before its activation.
    fn last_gradient(&self, group: (usize, usize)) -> Workspace {
        let count = self.layers.len();
        let mut gradient = self.framed(count, self.operands.grad, group);
        let activation = self.layers[count - 1].convolution.activation;
        if activation != Activation::None {
            let y = self.framed(count, self.operands.y, group);
            through(activation, &y, &mut gradient);
        }
        gradient
    }

    /// That of a layer's input, before the activation that made it.
    fn input_gradient(
        &self,
        i: usize,
        (back, packed): (&Way, &[Workspace]),
        (gradient, images): (&[f32], usize),
        input: &[f32],
    ) -> Workspace {
        let frame = self.plan.frames[i];
        let mut before = self.plan.buffer(i, images);
        frame.clear_borders(&mut before[..images * frame.len()]);
        let made_by = i
            .checked_sub(1)
            .map(|i| self.layers[i].convolution.activation);
        let end = match made_by {
            None | Some(Activation::None) => End::Activation(Activation::None),
            Some(activation) => End::Gate(input, activation.negative_slope()),
        };
        back.run((gradient, images), packed, &mut before, (None, end));
        before
    }

    /// Some images of planes, in a frame.
    fn framed(&self, i: usize, planes: &[f32], (first, images): (usize, usize)) -> Workspace {
        let frame = self.plan.frames[i];
        let image = frame.channels * frame.size[0] * frame.size[1];
        let mut buffer = self.plan.buffer(i, images);
        let planes = &planes[first * image..(first + images) * image];
        frame.read(planes, &mut buffer[..images * frame.len()]);
        buffer
    }
}
