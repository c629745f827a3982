//! From host batches to tensors: here pixels become floats, unless [`resident`](crate::resident) keeps them on the device.

use candle_core::{DType, Device, Tensor};
use disentangle_architectures::{Batch, Volume};
use disentangle_data::{HostBatch, Selection};
use disentangle_nn::Images;

use crate::resident::Resident;
use crate::{Error, labels};

const SCALE: f32 = 1.0 / 255.0;

/// Turns `[B, H, W, C]` bytes into images `[B, C, H, W]` in `[0, 1]` on the device.
pub(crate) fn images(bytes: &[u8], image: Volume, device: &Device) -> Result<Images, Error> {
    let Volume {
        channels,
        height,
        width,
    } = image;
    let batch = bytes.len() / image.elements();
    let shape = (batch, channels, height, width);
    if device.is_cpu() {
        let floats = planes(bytes, channels, height * width);
        return Ok(Images::new(Tensor::from_vec(floats, shape, device)?)?);
    }
    // Bytes travel, a quarter of the floats.
    let pixels = Tensor::from_slice(bytes, (batch, height, width, channels), device)?;
    let floats = (pixels.to_dtype(DType::F32)? * f64::from(SCALE))?;
    let planes = floats.permute((0, 3, 1, 2))?.contiguous()?;
    Ok(Images::new(planes)?)
}

/// Scales bytes and moves channels in front, in one pass.
fn planes(bytes: &[u8], channels: usize, area: usize) -> Vec<f32> {
    let float = |&byte: &u8| f32::from(byte) * SCALE;
    if channels == 1 {
        return bytes.iter().map(float).collect();
    }
    let mut floats = Vec::with_capacity(bytes.len());
    for image in bytes.chunks_exact(area * channels) {
        for channel in 0..channels {
            let plane = image[channel..].iter().step_by(channels);
            floats.extend(plane.map(float));
        }
    }
    floats
}

/// Where a batch's images come from.
pub(crate) enum Source<'a> {
    /// The host batch has them, of this size.
    Host(Volume),
    /// They are on the device already.
    Device(&'a Resident),
}

/// Uploads a batch and its second one, each with the chosen labels.
pub(crate) fn batch(
    host: &HostBatch,
    source: &Source<'_>,
    labels: Option<&Selection>,
    device: &Device,
) -> Result<Batch, Error> {
    let second = match &host.second {
        Some(second) => Some(Box::new(batch(second, source, labels, device)?)),
        None => None,
    };
    let labels = labels.map(|labels| labels::upload(labels, &host.factors, device));
    Ok(Batch {
        images: match source {
            Source::Host(image) => images(&host.images, *image, device)?,
            Source::Device(resident) => resident.images(&host.indices)?,
        },
        labels: labels.transpose()?,
        second,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_move_in_front_and_255_is_one() {
        let image = Volume {
            channels: 3,
            height: 1,
            width: 2,
        };
        let images = images(&[255, 0, 51, 0, 255, 102], image, &Device::Cpu).unwrap();
        let values = images.tensor().flatten_all().unwrap();
        let values: Vec<f32> = values.to_vec1().unwrap();
        for (value, expected) in values.iter().zip([1.0, 0.0, 0.0, 1.0, 0.2, 0.4]) {
            // 1e-7: one rounding of 1/255 in f32.
            assert!((value - expected).abs() < 1e-7, "{value} {expected}");
        }
    }
}
