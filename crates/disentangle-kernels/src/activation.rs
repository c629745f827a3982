//! Activations that are fused into a convolution's output.
//!
//! Rectifiers only: their derivative can be read off the output, so nothing else is kept for the backward pass.
//! The derivative at zero is that of PyTorch (the negative side's), where candle's own `relu` takes 1.

use candle_core::{Result, Tensor, bail};

/// What happens to a convolution's output after the bias.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Activation {
    /// The output as it is.
    #[default]
    None,
    /// `max(x, 0)`; NaN stays NaN.
    Relu,
    /// `x` where positive, else `slope·x`; the slope is finite and not negative.
    LeakyRelu(f32),
}

impl Activation {
    /// Applies the activation with candle's own operations, on any device and dtype.
    ///
    /// # Errors
    /// If the slope is negative or not finite, or if candle fails.
    pub fn apply(self, x: &Tensor) -> Result<Tensor> {
        self.check()?;
        let negative = match self {
            Self::None => return Ok(x.clone()),
            Self::Relu => x.zeros_like()?,
            Self::LeakyRelu(slope) => x.affine(f64::from(slope), 0.)?,
        };
        x.detach().le(0f64)?.where_cond(&negative, x)
    }

    /// Refuses a slope whose sign would make the output ambiguous.
    pub(crate) fn check(self) -> Result<()> {
        match self {
            Self::LeakyRelu(slope) if !(slope.is_finite() && slope >= 0.) => {
                bail!("the slope of a leaky relu must be finite and not negative, got {slope}")
            }
            _ => Ok(()),
        }
    }

    /// The value at `x`.
    #[inline(always)]
    pub(crate) fn at(self, x: f32) -> f32 {
        match self {
            Self::Relu if x < 0. => 0.,
            Self::LeakyRelu(slope) if x < 0. => slope * x,
            _ => x,
        }
    }

    /// The factor on the negative side.
    pub(crate) fn negative_slope(self) -> f32 {
        match self {
            Self::None => 1.,
            Self::Relu => 0.,
            Self::LeakyRelu(slope) => slope,
        }
    }
}
