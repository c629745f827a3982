//! Chosen images as an npz file that any program reads.

use std::path::Path;

use disentangle_arrays::ArrayView;
use ndarray::{Array, Array1, Array2};

use crate::dataset::Dataset;
use crate::error::Error;
use crate::factor_space::FactorSpace;

/// The most bytes of images that are held to be written.
const MOST_BYTES: usize = 4 << 30;

/// Writes images to an npz file, whole or not at all.
///
/// Its arrays are `images` u8 `[N, H, W, C]`, `indices` i64 `[N]` and, if there are any, `factors` u32
/// `[N, K]`. Equal choices make equal bytes.
///
/// # Errors
/// If an index is out of range, an image cannot be read, the images take more than 4 GiB, or the file
/// cannot be written.
pub fn export(dataset: &dyn Dataset, indices: &[usize], path: &Path) -> Result<(), Error> {
    let shape = dataset.image_shape();
    let n_bytes = indices.len().checked_mul(shape.n_bytes());
    let Some(n_bytes) = n_bytes.filter(|&n_bytes| n_bytes <= MOST_BYTES) else {
        let n = indices.len();
        return Err(Error::Export { n });
    };
    let mut pixels = vec![0; n_bytes];
    dataset.images(indices, &mut pixels)?;
    let n_factors = dataset.factor_space().map_or(0, FactorSpace::n_factors);
    let mut factors = vec![0; indices.len() * n_factors];
    for (&index, row) in indices
        .iter()
        .zip(factors.chunks_exact_mut(n_factors.max(1)))
    {
        dataset.factors(index, row)?;
    }
    let whole = "as many values as the shape says";
    let images = [indices.len(), shape.height, shape.width, shape.channels];
    let images = Array::from_shape_vec(images, pixels).expect(whole);
    let rows = [indices.len(), n_factors];
    let factors = Array2::from_shape_vec(rows, factors).expect(whole);
    let indices: Array1<i64> = indices.iter().map(|&index| index as i64).collect();
    let mut arrays: Vec<(&str, ArrayView<'_>)> = vec![("images", (&images).into())];
    if n_factors > 0 {
        arrays.push(("factors", (&factors).into()));
    }
    arrays.push(("indices", (&indices).into()));
    Ok(disentangle_arrays::write(path, &arrays)?)
}
