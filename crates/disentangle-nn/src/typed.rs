//! Tensors whose meaning is in their type, checked once where they are made.

use candle_core::Tensor;

use crate::Error;

macro_rules! typed {
    ($(#[$doc:meta])* $name:ident, $rank:literal, $letters:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name(Tensor);

        impl $name {
            #[doc = concat!("Takes a tensor `", $letters, "`.")]
            ///
            /// # Errors
            /// If the tensor has another rank.
            pub fn new(tensor: Tensor) -> Result<Self, Error> {
                if tensor.rank() == $rank {
                    Ok(Self(tensor))
                } else {
                    Err(Error::Shape {
                        what: stringify!($name),
                        expected: $letters,
                        found: tensor.dims().to_vec(),
                    })
                }
            }

            /// Lends the tensor.
            pub fn tensor(&self) -> &Tensor {
                &self.0
            }

            /// Returns the size of the batch.
            pub fn batch(&self) -> usize {
                self.0.dims()[0]
            }
        }
    };
}

typed!(
    /// Images `[B, C, H, W]`, values in `[0, 1]`.
    Images,
    4,
    "[B, C, H, W]"
);
typed!(
    /// Latents `[B, D]`.
    Latents,
    2,
    "[B, D]"
);
typed!(
    /// What a decoder says before the sigmoid, `[B, C, H, W]`.
    Logits,
    4,
    "[B, C, H, W]"
);

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device};

    use super::*;

    #[test]
    fn a_wrong_rank_is_refused_with_both_shapes() {
        let flat = Tensor::zeros((2, 3), DType::F32, &Device::Cpu).unwrap();
        assert_eq!(
            Images::new(flat).unwrap_err().to_string(),
            "Images must have [B, C, H, W], found the shape [2, 3]"
        );
    }
}
