//! A data set's images kept on the device, so that a step uploads indices instead of pixels.
//!
//! Images whose pixels are all dark or lit become bits, an eighth of the bytes: dSprites takes 377 MB. What is gathered
//! is what [`upload`](crate::upload) gives, bit for bit.

use candle_core::{DType, Device, Tensor};
use disentangle_data::Dataset;
use disentangle_kernels::{StoredImages, gather_images};
use disentangle_nn::Images;

use crate::{Error, Experiment};

/// Images that are read and uploaded at once.
const CHUNK: usize = 4096;

/// The images of a data set on a device.
pub(crate) struct Resident {
    /// `[N, bytes]`, u8.
    table: Tensor,
    stored: StoredImages,
}

impl Resident {
    /// Uploads the images of an experiment, if the device has room for them and the steps that are left ask for as many.
    ///
    /// # Errors
    /// As [`Self::upload`].
    pub(crate) fn of_run(experiment: &Experiment, steps: u64) -> Result<Option<Self>, Error> {
        let images = steps.saturating_mul(experiment.config.train.batch_size as u64);
        let room = room(&experiment.device)?;
        if room == 0 || images < experiment.dataset.len() as u64 {
            return Ok(None);
        }
        Self::upload(experiment.dataset.as_ref(), &experiment.device, room)
    }

    /// Uploads all images, if they take at most `room` bytes.
    ///
    /// # Errors
    /// If an image cannot be read, or the device refuses it.
    pub(crate) fn upload(
        dataset: &dyn Dataset,
        device: &Device,
        room: usize,
    ) -> Result<Option<Self>, Error> {
        let shape = dataset.image_shape();
        let bytes = StoredImages {
            channels: shape.channels,
            height: shape.height,
            width: shape.width,
            packed: false,
        };
        let fits = |stored: &StoredImages| {
            let total = stored.n_bytes().checked_mul(dataset.len());
            total.is_some_and(|total| total <= room)
        };
        let bits = StoredImages {
            packed: true,
            ..bytes
        };
        let may_be_packed = shape.channels == 1 && shape.n_bytes().is_multiple_of(8);
        if may_be_packed
            && fits(&bits)
            && let Some(table) = table(dataset, device, bits)?
        {
            return Ok(Some(Self {
                table,
                stored: bits,
            }));
        }
        if !fits(&bytes) {
            return Ok(None);
        }
        let table = table(dataset, device, bytes)?;
        Ok(table.map(|table| Self {
            table,
            stored: bytes,
        }))
    }

    /// Returns the images `[B, C, H, W]` of indices, in `[0, 1]`.
    ///
    /// # Errors
    /// If an index is out of range.
    pub(crate) fn images(&self, indices: &[usize]) -> Result<Images, Error> {
        Ok(Images::new(gather_images(
            &self.table,
            indices,
            self.stored,
        )?)?)
    }
}

/// Returns how many bytes of a device may hold images; none of the host, where a copy saves nothing.
///
/// Half of the free memory: the rest is for the model and what its layers keep.
///
/// # Errors
/// If the driver does not say what is free.
fn room(device: &Device) -> Result<usize, Error> {
    match device {
        #[cfg(feature = "cuda")]
        Device::Cuda(_) => {
            use candle_core::cuda_backend::cudarc::driver::result::mem_get_info;
            let (free, _) = mem_get_info().map_err(candle_core::Error::wrap)?;
            Ok(free / 2)
        }
        _ => Ok(0),
    }
}

/// Uploads all images in a layout; `None` if it is that of bits and a pixel is neither dark nor lit.
fn table(
    dataset: &dyn Dataset,
    device: &Device,
    stored: StoredImages,
) -> Result<Option<Tensor>, Error> {
    let row = stored.n_bytes();
    let table = Tensor::zeros((dataset.len(), row), DType::U8, device)?;
    let mut pixels = Vec::new();
    let mut start = 0;
    while start < dataset.len() {
        let indices: Vec<usize> = (start..dataset.len().min(start + CHUNK)).collect();
        pixels.resize(indices.len() * dataset.image_shape().n_bytes(), 0);
        dataset.images(&indices, &mut pixels)?;
        let packed;
        let rows = if stored.packed {
            match packed_bits(&pixels) {
                Some(bits) => {
                    packed = bits;
                    &packed
                }
                None => return Ok(None),
            }
        } else {
            &pixels
        };
        let rows = Tensor::from_slice(rows, (indices.len(), row), device)?;
        table.slice_set(&rows, 0, start)?;
        start += indices.len();
    }
    Ok(Some(table))
}

/// Eight pixels a byte, the first in the lowest bit; `None` if one is neither 0 nor 255.
fn packed_bits(pixels: &[u8]) -> Option<Vec<u8>> {
    let (eights, _) = pixels.as_chunks::<8>();
    let byte = |eight: &[u8; 8]| {
        let mut byte = 0;
        for (bit, &pixel) in eight.iter().enumerate() {
            match pixel {
                0 => {}
                255 => byte |= 1 << bit,
                _ => return None,
            }
        }
        Some(byte)
    };
    eights.iter().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use disentangle_architectures::Batch;
    use disentangle_data::{DatasetConfig, Loader, LoaderConfig, Places};
    use disentangle_registry::Build as _;
    use disentangle_seeds::Seeds;

    use super::*;
    use crate::experiment::volume;
    use crate::upload::{self, Source};

    fn dataset(yaml: &str) -> Box<dyn Dataset> {
        let config: DatasetConfig = serde_saphyr::from_str(yaml).unwrap();
        config.build(&Places::from_env()).unwrap()
    }

    fn values(images: &Images) -> Vec<f32> {
        let flat = images.tensor().flatten_all().unwrap();
        flat.to_vec1().unwrap()
    }

    /// Gathers some images, compares them with those that are uploaded, and returns the bytes of the table.
    fn table_bytes(dataset: &dyn Dataset) -> usize {
        let resident = Resident::upload(dataset, &Device::Cpu, usize::MAX);
        let resident = resident.unwrap().unwrap();
        let indices = [dataset.len() - 1, 0, dataset.len() / 3, 0];
        let mut pixels = vec![0; indices.len() * dataset.image_shape().n_bytes()];
        dataset.images(&indices, &mut pixels).unwrap();
        let uploaded = upload::images(&pixels, volume(dataset), &Device::Cpu).unwrap();
        assert_eq!(
            values(&resident.images(&indices).unwrap()),
            values(&uploaded)
        );
        resident.table.elem_count()
    }

    const SPRITES: &str =
        "{kind: subset, of: {kind: dsprites, size: 16}, fixed: {orientation: 0, scale: 5}}";

    #[test]
    fn binary_images_are_kept_as_bits_over_several_chunks() {
        let sprites =
            dataset("{kind: subset, of: {kind: dsprites, size: 16}, fixed: {orientation: 0}}");
        assert!(sprites.len() > CHUNK);
        assert_eq!(table_bytes(sprites.as_ref()), sprites.len() * 16 * 16 / 8);
    }

    #[test]
    fn other_images_are_kept_as_bytes() {
        let colors = dataset(
            "{kind: subset, of: {kind: color_dsprites, seed: 1, of: {kind: dsprites, size: 16}}, fixed: {orientation: 0, scale: 5}, every: {posX: 8}}",
        );
        let bytes = colors.len() * colors.image_shape().n_bytes();
        assert_eq!(table_bytes(colors.as_ref()), bytes);
    }

    #[test]
    fn a_step_sees_the_same_images_from_either_place() {
        let sprites: Arc<dyn Dataset> = Arc::from(dataset(SPRITES));
        let resident = Resident::upload(sprites.as_ref(), &Device::Cpu, usize::MAX);
        let resident = resident.unwrap().unwrap();
        let config = LoaderConfig {
            second_batch: true,
            ..LoaderConfig::default()
        };
        let loader = Loader::new(sprites.clone(), config, Seeds::new(2)).unwrap();
        let batch = |loader: &Loader, source: Source<'_>| {
            let host = loader.batch(7).unwrap();
            upload::batch(&host, &source, None, &Device::Cpu).unwrap()
        };
        let host = batch(&loader, Source::Host(volume(sprites.as_ref())));
        let device = batch(&loader.without_images(), Source::Device(&resident));
        let second = |batch: &Batch| values(&batch.second.as_ref().unwrap().images);
        assert_eq!(values(&device.images), values(&host.images));
        assert_eq!(second(&device), second(&host));
    }

    #[test]
    fn images_that_do_not_fit_stay_where_they_are() {
        let sprites = dataset(SPRITES);
        let bits = sprites.len() * 16 * 16 / 8;
        let upload = |room| Resident::upload(sprites.as_ref(), &Device::Cpu, room).unwrap();
        assert!(upload(bits - 1).is_none());
        assert!(upload(bits).is_some());
    }

    #[test]
    fn a_pixel_between_dark_and_lit_is_no_bit() {
        assert_eq!(
            packed_bits(&[255, 0, 0, 255, 0, 0, 0, 255]),
            Some(vec![0b1000_1001])
        );
        assert_eq!(packed_bits(&[255, 0, 0, 254, 0, 0, 0, 0]), None);
    }

    #[test]
    fn the_host_has_no_room() {
        assert_eq!(room(&Device::Cpu).unwrap(), 0);
    }
}
