//! The four ways to lay out that a convolution needs beside products, on the host and on CUDA.
//!
//! Each is an operation of candle without a gradient. On the host it is one loop, which says what the kernel of the
//! same name in `kernels.cu` computes.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor};

use super::sizes::Sizes;
use crate::{Activation, storage::contiguous_f32};
#[cfg(feature = "cuda")]
use {super::launch::Launch, candle_core::CudaStorage};

/// From images `[B, C, H, W]` to columns `[C·taps, B·h·w]`: zero where the kernel stands outside.
pub(super) struct Unfold(pub(super) Sizes);

/// The transpose of [`Unfold`], then bias and activation.
pub(super) struct Fold {
    pub(super) sizes: Sizes,
    pub(super) biased: bool,
    pub(super) activation: Activation,
}

/// From `[C, B, area]` to `[B, C, area]`, then bias and activation.
pub(super) struct ToImages {
    pub(super) planes: Planes,
    pub(super) biased: bool,
    pub(super) activation: Activation,
}

/// From gradients `[B, C, area]` and what they are gradients of to `[C, B·area]`, through the activation.
pub(super) struct ToChannels {
    pub(super) planes: Planes,
    pub(super) activation: Activation,
}

/// Numbers of images, channels and pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Planes {
    pub(super) batch: usize,
    pub(super) channels: usize,
    pub(super) area: usize,
}

impl Planes {
    /// All numbers as one row: nothing changes its place.
    pub(super) fn row(len: usize) -> Self {
        Self {
            batch: 1,
            channels: 1,
            area: len,
        }
    }

    fn len(&self) -> usize {
        self.batch * self.channels * self.area
    }

    /// Where a number of `[B, C, area]` is in `[C, B, area]`.
    fn by_channel(&self, i: usize) -> usize {
        let (position, channel) = (i % self.area, i / self.area % self.channels);
        let image = i / self.area / self.channels;
        (channel * self.batch + image) * self.area + position
    }
}

/// Applies an operation outside of any graph.
pub(super) fn unary(op: &impl CustomOp1, x: &Tensor) -> Result<Tensor> {
    x.contiguous()?.apply_op1_no_bwd(op)
}

/// As [`unary`], of two operands.
pub(super) fn binary(op: &impl CustomOp2, x: &Tensor, y: &Tensor) -> Result<Tensor> {
    x.contiguous()?.apply_op2_no_bwd(&y.contiguous()?, op)
}

impl Sizes {
    /// Calls with the indices of a number of the columns and of the pixel that it is, for all that stand inside.
    fn pairs(&self, mut each: impl FnMut(usize, usize)) {
        let [batch, channels, height, width] = self.wide();
        let (taps, area) = (self.rows() / channels.max(1), self.area());
        for k in 0..self.rows() {
            let (channel, tap) = (k / taps, k % taps);
            let tap = [
                tap / self.kernel_width as usize,
                tap % self.kernel_width as usize,
            ];
            for column in 0..batch * area {
                let (image, position) = (column / area, column % area);
                let narrow_width = self.narrow_width as usize;
                let position = [position / narrow_width, position % narrow_width];
                let at = [0, 1].map(|axis| {
                    (position[axis] * self.stride as usize + tap[axis])
                        .checked_sub(self.padding as usize)
                });
                if let [Some(y), Some(x)] = at
                    && y < height
                    && x < width
                {
                    let pixel = ((image * channels + channel) * height + y) * width + x;
                    each(k * batch * area + column, pixel);
                }
            }
        }
    }
}

impl CustomOp1 for Unfold {
    fn name(&self) -> &'static str {
        "unfold"
    }

    fn cpu_fwd(&self, wide: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let wide = contiguous_f32(wide, layout)?;
        let shape = Shape::from((self.0.rows(), self.0.batch as usize * self.0.area()));
        let mut columns = vec![0f32; shape.elem_count()];
        self.0.pairs(|column, pixel| columns[column] = wide[pixel]);
        Ok((CpuStorage::F32(columns), shape))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(&self, wide: &CudaStorage, layout: &Layout) -> Result<(CudaStorage, Shape)> {
        let shape = Shape::from((self.0.rows(), self.0.batch as usize * self.0.area()));
        let columns =
            Launch::new("unfold", wide)?.unfold((wide, layout), self.0, shape.elem_count())?;
        Ok((columns, shape))
    }
}

impl CustomOp2 for Fold {
    fn name(&self) -> &'static str {
        "fold"
    }

    fn cpu_fwd(
        &self,
        columns: &CpuStorage,
        layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let columns = contiguous_f32(columns, layout)?;
        let bias = contiguous_f32(bias, bias_layout)?;
        let [_, channels, height, width] = self.sizes.wide();
        let shape = Shape::from(&self.sizes.wide());
        let channel = |i: usize| i / (height * width) % channels;
        let start = |i: usize| if self.biased { bias[channel(i)] } else { 0. };
        let mut wide: Vec<f32> = (0..shape.elem_count()).map(start).collect();
        self.sizes
            .pairs(|column, pixel| wide[pixel] += columns[column]);
        for number in &mut wide {
            *number = self.activation.at(*number);
        }
        Ok((CpuStorage::F32(wide), shape))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        columns: &CudaStorage,
        layout: &Layout,
        bias: &CudaStorage,
        bias_layout: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        let shape = Shape::from(&self.sizes.wide());
        let launch = Launch::new("fold", columns)?;
        let wide = launch.fold(
            self,
            (columns, layout),
            (bias, bias_layout),
            shape.elem_count(),
        )?;
        Ok((wide, shape))
    }
}

impl CustomOp2 for ToImages {
    fn name(&self) -> &'static str {
        "to-images"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, bias) = (
            contiguous_f32(x, layout)?,
            contiguous_f32(bias, bias_layout)?,
        );
        let Planes {
            batch,
            channels,
            area,
        } = self.planes;
        let number = |i: usize| {
            let bias = if self.biased {
                bias[i / area % channels]
            } else {
                0.
            };
            self.activation.at(x[self.planes.by_channel(i)] + bias)
        };
        let images = (0..self.planes.len()).map(number).collect();
        Ok((
            CpuStorage::F32(images),
            Shape::from((batch, channels, area)),
        ))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        x: &CudaStorage,
        layout: &Layout,
        bias: &CudaStorage,
        bias_layout: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        let Planes {
            batch,
            channels,
            area,
        } = self.planes;
        let launch = Launch::new("to_images", x)?;
        let images = launch.images(self, (x, layout), (bias, bias_layout), self.planes.len())?;
        Ok((images, Shape::from((batch, channels, area))))
    }
}

impl CustomOp2 for ToChannels {
    fn name(&self) -> &'static str {
        "to-channels"
    }

    fn cpu_fwd(
        &self,
        grad: &CpuStorage,
        layout: &Layout,
        y: &CpuStorage,
        y_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (grad, y) = (contiguous_f32(grad, layout)?, contiguous_f32(y, y_layout)?);
        let Planes {
            batch,
            channels,
            area,
        } = self.planes;
        let mut out = vec![0f32; self.planes.len()];
        for (i, (&grad, &y)) in grad.iter().zip(y).enumerate() {
            let slope = self.activation.negative_slope();
            out[self.planes.by_channel(i)] = match slope {
                _ if slope == 1. || y > 0. || y.is_nan() => grad,
                0. => 0.,
                slope => slope * grad,
            };
        }
        Ok((CpuStorage::F32(out), Shape::from((channels, batch * area))))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        grad: &CudaStorage,
        layout: &Layout,
        y: &CudaStorage,
        y_layout: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        let Planes {
            batch,
            channels,
            area,
        } = self.planes;
        let launch = Launch::new("to_channels", grad)?;
        let out = launch.channels(self, (grad, layout), (y, y_layout), self.planes.len())?;
        Ok((out, Shape::from((channels, batch * area))))
    }
}
