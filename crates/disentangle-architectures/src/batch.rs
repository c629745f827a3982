//! What one training step sees.

use candle_core::Tensor;
use disentangle_nn::Images;

/// A batch on the device.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The images `[B, C, H, W]`.
    pub images: Images,
    /// Class indices `[B, L]` (u32) of the chosen factors, for terms and models that need labels.
    pub labels: Option<Tensor>,
    /// A second batch, drawn independently, for terms that need one.
    pub second: Option<Box<Batch>>,
}

impl From<Images> for Batch {
    /// Takes images alone, without labels.
    fn from(images: Images) -> Self {
        Self {
            images,
            labels: None,
            second: None,
        }
    }
}
