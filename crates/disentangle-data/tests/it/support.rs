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

/// A table of three of [`own_pictures`]; its half ends within a name.
const FACTORS: &str = "file,side\n0/a.png,left\n1/a.png,right\n2/a.png,left\n";

impl DataFolder {
    /// Small files, and where the published ones lie below a data folder.
    const FILES: &[(&str, &str)] = &[
        (
            "dsprites_small_py2meta.npz",
            "dsprites/dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz",
        ),
        ("3dshapes_small.h5", "3dshapes/3dshapes.h5"),
        ("mpi3d_small_deflated.npz", "mpi3d_toy/mpi3d_toy.npz"),
        ("cars/car_001_mesh.mat", "cars/car_001_mesh.mat"),
        ("cars/car_002_mesh.mat", "cars/car_002_mesh.mat"),
        ("celeba/img_align_celeba.zip", "celeba/img_align_celeba.zip"),
        ("celeba/list_attr_celeba.txt", "celeba/list_attr_celeba.txt"),
        (
            "celeba/list_eval_partition.txt",
            "celeba/list_eval_partition.txt",
        ),
    ];

    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (small, published) in Self::FILES {
            copy(small, &folder.path().join(published));
        }
        for split in [
            "5x46789x9x18x6x2x96x96-training",
            "5x01235x9x18x6x2x96x96-testing",
        ] {
            for kind in ["dat", "cat", "info"] {
                let name = format!("smallnorb-{split}-{kind}.mat.gz");
                copy(&name, &folder.path().join("small_norb").join(&name));
            }
        }
        own_pictures(&folder.path().join("pictures"));
        std::fs::write(folder.path().join("factors.csv"), FACTORS).unwrap();
        own_arrays(&folder.path().join("mine.npz"));
        painting(&folder.path().join("scream/scream.jpg"));
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn places(&self) -> Places {
        Places {
            roots: vec![self.folder.path().to_owned()],
        }
    }
}

fn copy(name: &str, to: &Path) {
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    std::fs::copy(fixture(name), to).unwrap();
}

/// Writes six pictures of 20 × 30 pixels, `0/a.png` to `2/b.png`: picture i is gray of brightness 40·i, its left half black.
pub(crate) fn own_pictures(folder: &Path) {
    for i in 0..6_u32 {
        let picture = image::RgbImage::from_fn(30, 20, |x, _| {
            image::Rgb([if x < 15 { 0 } else { 40 * i as u8 }; 3])
        });
        let path =
            folder
                .join((i / 2).to_string())
                .join(if i % 2 == 0 { "a.png" } else { "b.png" });
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        // Black is no picture to tell apart.
        let picture = if i == 0 {
            image::RgbImage::from_fn(30, 20, |x, _| image::Rgb([x as u8; 3]))
        } else {
            picture
        };
        picture.save(path).unwrap();
    }
}

/// Writes six images `[6, 3, 16, 16]` under `x`, and two factors under `y`, every combination in order.
pub(crate) fn own_arrays(path: &Path) {
    let images = ndarray::Array4::from_shape_fn((6, 3, 16, 16), |(i, c, row, column)| {
        (40 * i + 10 * c + row + column) as u8
    });
    let factors = ndarray::array![[0_u8, 0], [0, 1], [1, 0], [1, 1], [2, 0], [2, 1]];
    let arrays = [("x", (&images).into()), ("y", (&factors).into())];
    disentangle_arrays::write(path, &arrays).unwrap();
}

/// Writes a picture in the place of the painting that scream_dsprites is made from.
fn painting(path: &Path) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let wave = |x: u32, y: u32| [(3 * x) as u8, (2 * y) as u8, (x * y / 40) as u8];
    let picture = image::RgbImage::from_fn(90, 100, |x, y| image::Rgb(wave(x, y)));
    picture.save(path).unwrap();
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
