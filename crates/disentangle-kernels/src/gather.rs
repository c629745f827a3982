//! Images by index out of bytes or bits that lie on the device: floats in `[0, 1]`, channels in front.
//!
//! One pass instead of candle's selection, conversion, scaling and permutation; and candle's selection on CUDA counts
//! in 32 bits, which a data set exceeds.

#[cfg(feature = "cuda")]
use candle_core::CudaStorage;
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};

const SCALE: f32 = 1. / 255.;

/// How images lie in the rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredImages {
    /// Values a pixel.
    pub channels: usize,
    /// Rows of an image.
    pub height: usize,
    /// Columns of an image.
    pub width: usize,
    /// Whether a byte has eight pixels, the first in its lowest bit; else a pixel is `channels` bytes.
    pub packed: bool,
}

impl StoredImages {
    /// Bytes of an image; packed, the pixels are a multiple of 8 and of one channel.
    pub fn n_bytes(&self) -> usize {
        let values = self.channels * self.height * self.width;
        if self.packed { values / 8 } else { values }
    }
}

/// Returns images `[B, C, H, W]` as f32, 255 and set bits as 1, from the rows of `table` `[N, bytes]`, which is u8.
///
/// # Errors
/// If an index is out of range, or the table does not hold such images.
pub fn gather_images(table: &Tensor, indices: &[usize], stored: StoredImages) -> Result<Tensor> {
    let values = stored.channels * stored.height * stored.width;
    if stored.packed && (stored.channels != 1 || !values.is_multiple_of(8)) {
        bail!("gather_images: {stored:?} cannot be packed")
    }
    let (rows, n_bytes) = table.dims2()?;
    if n_bytes != stored.n_bytes() {
        bail!("gather_images: rows of {n_bytes} bytes are no {stored:?}")
    }
    if let Some(index) = indices.iter().find(|&&index| index >= rows) {
        bail!("gather_images: image {index} of {rows}")
    }
    if indices.len() * values > i32::MAX as usize || u32::try_from(rows).is_err() {
        bail!("gather_images: more than 2^31 numbers at once; take a smaller batch")
    }
    let words: Vec<u32> = indices.iter().map(|&index| index as u32).collect();
    let indices = Tensor::from_vec(words, indices.len(), table.device())?;
    table
        .contiguous()?
        .apply_op2_no_bwd(&indices, &Gather(stored))
}

pub(crate) struct Gather(pub(crate) StoredImages);

impl Gather {
    fn shape(&self, indices: &Layout) -> Shape {
        let StoredImages {
            channels,
            height,
            width,
            ..
        } = self.0;
        Shape::from((indices.shape().elem_count(), channels, height, width))
    }
}

impl CustomOp2 for Gather {
    fn name(&self) -> &'static str {
        "gather-images"
    }

    fn cpu_fwd(
        &self,
        table: &CpuStorage,
        layout: &Layout,
        indices: &CpuStorage,
        indices_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let offsets = layout
            .contiguous_offsets()
            .zip(indices_layout.contiguous_offsets());
        let Some(((start, end), (first, last))) = offsets else {
            bail!("gather_images: the table is not contiguous")
        };
        let table = &table.as_slice::<u8>()?[start..end];
        let indices = &indices.as_slice::<u32>()?[first..last];
        let StoredImages {
            channels,
            height,
            width,
            packed,
        } = self.0;
        let (area, n_bytes) = (height * width, self.0.n_bytes());
        let mut out = Vec::with_capacity(indices.len() * channels * area);
        for &index in indices {
            let image = &table[index as usize * n_bytes..][..n_bytes];
            for channel in 0..channels {
                out.extend((0..area).map(|pixel| {
                    let byte = if packed {
                        (image[pixel / 8] >> (pixel % 8) & 1) * 255
                    } else {
                        image[pixel * channels + channel]
                    };
                    f32::from(byte) * SCALE
                }));
            }
        }
        Ok((CpuStorage::F32(out), self.shape(indices_layout)))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        table: &CudaStorage,
        layout: &Layout,
        indices: &CudaStorage,
        indices_layout: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        let shape = self.shape(indices_layout);
        let (table, indices) = ((table, layout), (indices, indices_layout));
        let images = crate::cuda::gather(self.0, table, indices, shape.elem_count())?;
        Ok((images, shape))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    fn gathered(
        bytes: &[u8],
        rows: usize,
        indices: &[usize],
        stored: StoredImages,
    ) -> Result<Vec<f32>> {
        let table = Tensor::from_slice(bytes, (rows, bytes.len() / rows), &Device::Cpu)?;
        gather_images(&table, indices, stored)?
            .flatten_all()?
            .to_vec1()
    }

    #[test]
    fn channels_move_in_front_and_images_come_in_the_order_asked_for() {
        let stored = StoredImages {
            channels: 2,
            height: 1,
            width: 2,
            packed: false,
        };
        let images = gathered(&[0, 51, 102, 255, 255, 0, 0, 0], 2, &[1, 0], stored).unwrap();
        let expected = [255, 0, 0, 0, 0, 102, 51, 255].map(|byte: u8| f32::from(byte) * SCALE);
        assert_eq!(images, expected);
    }

    #[test]
    fn the_first_pixel_is_the_lowest_bit() {
        let stored = StoredImages {
            channels: 1,
            height: 2,
            width: 4,
            packed: true,
        };
        let images = gathered(&[0, 0b1000_0101, 255], 3, &[1, 2], stored).unwrap();
        assert_eq!(images[..8], [1., 0., 1., 0., 0., 0., 0., 1.]);
        assert_eq!(images[8..], [1.; 8]);
    }

    #[test]
    fn what_is_not_there_or_does_not_fit_is_refused() {
        let stored = StoredImages {
            channels: 1,
            height: 1,
            width: 2,
            packed: false,
        };
        let message = |indices: &[usize], stored| {
            gathered(&[1, 2], 1, indices, stored)
                .unwrap_err()
                .to_string()
        };
        assert!(message(&[1], stored).contains("image 1 of 1"));
        assert!(message(&[0], StoredImages { width: 3, ..stored }).contains("rows of 2 bytes"));
        assert!(
            message(
                &[0],
                StoredImages {
                    packed: true,
                    ..stored
                }
            )
            .contains("cannot be packed")
        );
    }
}
