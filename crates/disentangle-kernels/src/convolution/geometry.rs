//! The sizes of a convolution, checked once.
//!
//! A convolution links a *wide* image (its input) and a *narrow* one (its output). A transposed convolution links the
//! same two the other way round with the same weights, so both use one [`Geometry`].

use candle_core::{Result, Tensor, bail};

use super::Direction;

/// The sizes that link the wide and the narrow image; weights are `[narrow channels, wide channels, kernel…]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Geometry {
    pub(crate) batch: usize,
    pub(crate) wide_channels: usize,
    pub(crate) narrow_channels: usize,
    /// Height and width.
    pub(crate) wide: [usize; 2],
    pub(crate) narrow: [usize; 2],
    pub(crate) kernel: [usize; 2],
    pub(crate) stride: usize,
    pub(crate) padding: usize,
}

impl Geometry {
    /// The sizes of `conv2d`: `x` is the wide image.
    pub(crate) fn of_conv2d(
        x: &[usize],
        weight: &Tensor,
        bias: Option<&Tensor>,
        stride: usize,
        padding: usize,
    ) -> Result<Self> {
        let name = "conv2d";
        let [batch, wide_channels, height, width] = image_dims(name, "input", x)?;
        let [narrow_channels, in_channels, kernel_h, kernel_w] =
            image_dims(name, "weight", weight.dims())?;
        check_channels(
            name,
            wide_channels,
            in_channels,
            "[out, in, height, width]",
            weight,
        )?;
        check_bias(name, narrow_channels, bias)?;
        check_stride(name, stride)?;
        let wide = [height, width];
        let kernel = [kernel_h, kernel_w];
        let mut narrow = [0; 2];
        for axis in 0..2 {
            let padded = padding
                .checked_mul(2)
                .and_then(|both| both.checked_add(wide[axis]));
            match padded {
                Some(padded) if kernel[axis] > 0 && padded >= kernel[axis] => {
                    narrow[axis] = (padded - kernel[axis]) / stride + 1;
                }
                _ => bail!(
                    "{name}: the kernel {kernel_h}x{kernel_w} does not fit the input {height}x{width} with padding {padding}"
                ),
            }
        }
        let geometry = Self {
            batch,
            wide_channels,
            narrow_channels,
            wide,
            narrow,
            kernel,
            stride,
            padding,
        };
        geometry.check_size(name)
    }

    /// The sizes of `conv_transpose2d`: `x` is the narrow image.
    pub(crate) fn of_conv_transpose2d(
        x: &[usize],
        weight: &Tensor,
        bias: Option<&Tensor>,
        stride: usize,
        [padding, output_padding]: [usize; 2],
    ) -> Result<Self> {
        let name = "conv_transpose2d";
        let [batch, narrow_channels, height, width] = image_dims(name, "input", x)?;
        let [in_channels, wide_channels, kernel_h, kernel_w] =
            image_dims(name, "weight", weight.dims())?;
        check_channels(
            name,
            narrow_channels,
            in_channels,
            "[in, out, height, width]",
            weight,
        )?;
        check_bias(name, wide_channels, bias)?;
        check_stride(name, stride)?;
        if output_padding >= stride {
            bail!(
                "{name}: the output padding {output_padding} must be smaller than the stride {stride}"
            )
        }
        let narrow = [height, width];
        let kernel = [kernel_h, kernel_w];
        let mut wide = [0; 2];
        for axis in 0..2 {
            let full = (narrow[axis].saturating_sub(1))
                .checked_mul(stride)
                .and_then(|size| size.checked_add(kernel[axis] + output_padding));
            let cut = padding.checked_mul(2);
            match full.zip(cut).and_then(|(full, cut)| full.checked_sub(cut)) {
                Some(size) if size > 0 && kernel[axis] > 0 && narrow[axis] > 0 => wide[axis] = size,
                _ => bail!(
                    "{name}: an input {height}x{width} with a kernel {kernel_h}x{kernel_w}, stride {stride} and padding {padding} leaves no output"
                ),
            }
        }
        let geometry = Self {
            batch,
            wide_channels,
            narrow_channels,
            wide,
            narrow,
            kernel,
            stride,
            padding,
        };
        geometry.check_size(name)
    }

    /// Refuses sizes whose products would overflow, so that the kernels may multiply freely.
    fn check_size(self, name: &str) -> Result<Self> {
        let wide = [self.batch, self.wide_channels, self.wide[0], self.wide[1]];
        let narrow = [
            self.batch,
            self.narrow_channels,
            self.narrow[0],
            self.narrow[1],
        ];
        let columns = [
            self.narrow_channels.max(1),
            self.wide_channels,
            self.kernel[0],
            self.kernel[1],
        ];
        // What the images take with zeros around, as far as a kernel reaches beyond them.
        let reach = |axis: usize| {
            let beyond = self
                .padding
                .saturating_mul(2)
                .saturating_add(self.kernel[axis]);
            self.wide[axis].saturating_add(beyond)
        };
        let padded = [self.batch, self.wide_channels, reach(0), reach(1)];
        for sizes in [wide, narrow, columns, padded] {
            let total = sizes
                .iter()
                .try_fold(64usize, |product, &size| product.checked_mul(size));
            if total.is_none_or(|total| total > isize::MAX as usize) {
                bail!("{name}: sizes {sizes:?} are too large")
            }
        }
        Ok(self)
    }

    /// Channels and size of the source and of the target.
    pub(crate) fn ends(&self, direction: Direction) -> [(usize, [usize; 2]); 2] {
        let (wide, narrow) = (
            (self.wide_channels, self.wide),
            (self.narrow_channels, self.narrow),
        );
        match direction {
            Direction::Forwards => [wide, narrow],
            Direction::Backwards => [narrow, wide],
        }
    }

    /// Pixels of a channel of the narrow image.
    pub(crate) fn narrow_area(&self) -> usize {
        self.narrow[0] * self.narrow[1]
    }

    /// The distances in the weights of a source's and of a target's channel.
    pub(crate) fn weight_strides(&self, direction: Direction) -> [usize; 2] {
        let (wide, narrow) = (self.taps(), self.wide_channels * self.taps());
        match direction {
            Direction::Forwards => [wide, narrow],
            Direction::Backwards => [narrow, wide],
        }
    }

    /// Positions of the kernel.
    pub(crate) fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }
}

fn image_dims(name: &str, what: &str, dims: &[usize]) -> Result<[usize; 4]> {
    match dims {
        &[a, b, c, d] if c > 0 && d > 0 => Ok([a, b, c, d]),
        &[_, _, _, _] => bail!("{name}: the {what} {dims:?} has no pixels"),
        dims => bail!("{name}: the {what} must have 4 dimensions, got the shape {dims:?}"),
    }
}

fn check_channels(
    name: &str,
    x: usize,
    weight: usize,
    layout: &str,
    tensor: &Tensor,
) -> Result<()> {
    if tensor.elem_count() == 0 {
        bail!("{name}: the weight {:?} is empty", tensor.dims())
    }
    if x != weight {
        bail!(
            "{name}: the input has {x} channels, the weight {:?} (as {layout}) takes {weight}",
            tensor.dims()
        )
    }
    Ok(())
}

fn check_bias(name: &str, channels: usize, bias: Option<&Tensor>) -> Result<()> {
    match bias {
        Some(bias) if bias.dims() != [channels] => {
            bail!(
                "{name}: the bias must have the shape [{channels}], got {:?}",
                bias.dims()
            )
        }
        _ => Ok(()),
    }
}

fn check_stride(name: &str, stride: usize) -> Result<()> {
    if stride == 0 {
        bail!("{name}: the stride must be at least 1")
    }
    Ok(())
}
