//! The spatial broadcast decoder of Watters et al. 2019, arXiv:1901.07017.
//!
//! The latents are repeated at every pixel beside its coordinates in `[−1, 1]`, the column's (x) first;
//! four 3×3 convolutions with 64 channels and a last one make the image. Takes images of any size.

use candle_core::{Device, Module, Tensor};
use disentangle_nn::Activation::{None, Relu};
use disentangle_registry::{Build, Config};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Decoder, DecoderCx};
use crate::Error;
use crate::chain::{Chain, Volume, Window, flat};

/// Five convolutions over the latents at every pixel.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpatialBroadcast {}

impl Config for SpatialBroadcast {
    fn examples() -> Vec<Self> {
        vec![Self {}]
    }
}

impl Build<dyn Decoder> for SpatialBroadcast {
    fn build(&self, cx: &DecoderCx) -> Result<Box<dyn Decoder>, Error> {
        let Volume { height, width, .. } = cx.image;
        let spread = Volume {
            channels: cx.inputs + 2,
            height,
            width,
        };
        let broadcast = Broadcast {
            coordinates: coordinates(height, width)?,
        };
        let window = Window(3, 1, 1);
        let network = Chain::new("spatial_broadcast", cx.image, flat(cx.inputs), &cx.params)
            .layer(spread, broadcast)
            .conv("conv1", 64, window, Relu)?
            .conv("conv2", 64, window, Relu)?
            .conv("conv3", 64, window, Relu)?
            .conv("conv4", 64, window, Relu)?
            .conv("conv5", cx.image.channels, window, None)?
            .finish(cx.image)?;
        Ok(Box::new(network))
    }
}

/// Repeats `[B, D]` at every pixel and adds the coordinates, `[B, D + 2, H, W]`.
struct Broadcast {
    coordinates: Tensor,
}

impl Module for Broadcast {
    fn forward(&self, latents: &Tensor) -> candle_core::Result<Tensor> {
        let (batch, width) = latents.dims2()?;
        let (_, _, rows, columns) = self.coordinates.dims4()?;
        let latents = latents.reshape((batch, width, 1, 1))?;
        let repeated = latents.broadcast_as((batch, width, rows, columns))?; // [B, D, H, W]
        let coordinates = self.coordinates.to_dtype(latents.dtype())?;
        let coordinates = coordinates.to_device(latents.device())?;
        let coordinates = coordinates.broadcast_as((batch, 2, rows, columns))?; // [B, 2, H, W]
        Tensor::cat(&[repeated, coordinates], 1)?.contiguous()
    }
}

/// Returns the planes of x and y, `[1, 2, H, W]`, from −1 at the first pixel to 1 at the last.
fn coordinates(height: usize, width: usize) -> candle_core::Result<Tensor> {
    let at = |index: usize, count: usize| match count {
        1 => 0.0,
        _ => 2.0 * index as f32 / (count - 1) as f32 - 1.0,
    };
    let pixels = || (0..height).flat_map(|row| (0..width).map(move |column| (row, column)));
    let x = pixels().map(|(_, column)| at(column, width));
    let y = pixels().map(|(row, _)| at(row, height));
    Tensor::from_vec(x.chain(y).collect(), (1, 2, height, width), &Device::Cpu)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_go_from_minus_one_to_one_x_along_the_columns() {
        let planes = coordinates(2, 3).unwrap().flatten_all().unwrap();
        assert_eq!(
            planes.to_vec1::<f32>().unwrap(),
            [
                -1.0, 0.0, 1.0, -1.0, 0.0, 1.0, -1.0, -1.0, -1.0, 1.0, 1.0, 1.0
            ]
        );
    }
}
