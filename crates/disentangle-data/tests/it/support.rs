//! What several tests need.

use std::path::{Path, PathBuf};

use disentangle_data::{Dataset, DatasetConfig, Error, FactorSpace, Places};
use disentangle_registry::Build;
use ndarray::Array3;

/// A file of `fixtures/datasets`.
pub(crate) fn fixture(name: &str) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/datasets");
    Path::new(folder).join(name)
}

/// A data folder with a small file of each published layout, under the published names.
pub(crate) struct DataFolder {
    folder: tempfile::TempDir,
}

impl DataFolder {
    /// Small files, and where the published ones lie below a data folder.
    const FILES: &[(&str, &str)] = &[(
        "dsprites_small_py2meta.npz",
        "dsprites/dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz",
    )];

    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (small, published) in Self::FILES {
            let path = folder.path().join(published);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::copy(fixture(small), path).unwrap();
        }
        Self { folder }
    }

    pub(crate) fn places(&self) -> Places {
        Places {
            roots: vec![self.folder.path().to_owned()],
        }
    }
}

/// Reads a config from YAML and builds it, without data folders.
pub(crate) fn build(yaml: &str) -> Result<Box<dyn Dataset>, Error> {
    let config: DatasetConfig = serde_saphyr::from_str(yaml).unwrap();
    config.build(&Places { roots: vec![] })
}

/// The message of a config that cannot be built.
pub(crate) fn build_error(yaml: &str) -> String {
    build(yaml).err().unwrap().to_string()
}

pub(crate) fn image(dataset: &dyn Dataset, index: usize) -> Vec<u8> {
    let mut image = vec![0; dataset.image_shape().n_bytes()];
    dataset.images(&[index], &mut image).unwrap();
    image
}

pub(crate) fn factors(dataset: &dyn Dataset, index: usize) -> Vec<u32> {
    let n_factors = dataset.factor_space().map_or(0, FactorSpace::n_factors);
    let mut factors = vec![0; n_factors];
    dataset.factors(index, &mut factors).unwrap();
    factors
}

/// Writes four dSprites images without classes whose values are no grid; image i has pixel i lit.
pub(crate) fn table_file(folder: &Path) -> PathBuf {
    let path = folder.join("table.npz");
    let images = Array3::from_shape_fn((4, 64, 64), |(image, row, column)| {
        u8::from(row == 0 && column == image)
    });
    // Color, shape, scale, orientation, posX, posY.
    let values = ndarray::array![
        [1.0, 3.0, 0.5, 0.0, 0.0, 0.25],
        [1.0, 1.0, 0.5, 0.0, 0.0, 0.75],
        [1.0, 1.0, 0.5, 0.0, 0.0, 0.25],
        [1.0, 2.0, 0.5, 0.0, 0.0, 0.75],
    ];
    let arrays = [
        ("imgs", (&images).into()),
        ("latents_values", (&values).into()),
    ];
    disentangle_arrays::write(&path, &arrays).unwrap();
    path
}
