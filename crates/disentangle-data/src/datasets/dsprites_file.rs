//! dSprites from the published npz file, one bit a pixel in memory.
//!
//! Members: `imgs` u8 `[N, 64, 64]` of 0 and 1, `latents_classes` i64 `[N, 6]`, `latents_values`
//! f64 `[N, 6]`, and `metadata`, a pickle, which is never read. Classes give the labels, because
//! values are not their class (disentanglement-pytorch truncates them); a file without classes, such as
//! the sample of twelve images, gets them by sorting each column's distinct values.

use std::io::Read;
use std::path::{Path, PathBuf};

use disentangle_arrays::{Array, DType, NpzReader};
use disentangle_registry::{Build, Config};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bits;
use crate::dataset::{Dataset, ImageShape, check_request};
use crate::description::Description;
use crate::error::Error;
use crate::factor_space::{ConstantFactors, FactorSpace};
use crate::labels::Labels;
use crate::places::Places;

const IMAGES: &str = "imgs";
const CLASSES: &str = "latents_classes";
const VALUES: &str = "latents_values";

/// Rows and columns of an image; a row fills a `u64`.
const SIZE: usize = bits::MAX_WIDTH;

/// Images that are read at once.
const PIECE: usize = 64;

/// dSprites from its published file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DspritesFile {
    /// The npz file or its folder; by default it is looked for below the data folders.
    pub path: Option<PathBuf>,
    /// What to do with factors that have one value, such as the color.
    pub constant_factors: ConstantFactors,
}

impl Config for DspritesFile {
    fn examples() -> Vec<Self> {
        vec![Self::default()]
    }
}

impl Build<dyn Dataset> for DspritesFile {
    fn build(&self, places: &Places) -> Result<Box<dyn Dataset>, Error> {
        let description = Description::of("dsprites")?;
        let path = places.find(&description, "npz", self.path.as_deref())?;
        let names = description.factors.into_iter().map(|factor| factor.name);
        let mut packed = Packed::open(&path, names.collect())?;
        packed.labels = packed.labels.with_constants(self.constant_factors);
        Ok(Box::new(packed))
    }
}

/// The images, a `u64` a row.
struct Packed {
    rows: Vec<u64>,
    labels: Labels,
}

impl Packed {
    fn open(path: &Path, names: Vec<String>) -> Result<Self, Error> {
        let mut npz = NpzReader::open(path)?;
        let len = n_images(&mut npz, path)?;
        let labels = labels(&mut npz, path, names, len)?;
        let rows = rows(&mut npz, path, len)?;
        Ok(Self { rows, labels })
    }
}

impl Dataset for Packed {
    fn len(&self) -> usize {
        self.labels.len()
    }

    fn image_shape(&self) -> ImageShape {
        ImageShape {
            height: SIZE,
            width: SIZE,
            channels: 1,
        }
    }

    fn factor_space(&self) -> Option<&FactorSpace> {
        Some(self.labels.space())
    }

    fn factors(&self, index: usize, out: &mut [u32]) -> Result<(), Error> {
        self.labels.factors(index, out)
    }

    fn images(&self, indices: &[usize], out: &mut [u8]) -> Result<(), Error> {
        check_request(self, indices, out)?;
        for (&index, image) in indices.iter().zip(out.chunks_exact_mut(SIZE * SIZE)) {
            bits::expand(&self.rows[index * SIZE..][..SIZE], SIZE, image);
        }
        Ok(())
    }
}

/// Checks the header of the images and returns their number.
fn n_images(npz: &mut NpzReader, path: &Path) -> Result<usize, Error> {
    let header = npz.header(IMAGES)?;
    let problem = match header.shape[..] {
        _ if header.dtype != DType::U8 => {
            format!("elements are {:?}, expected unsigned bytes", header.dtype)
        }
        _ if header.fortran_order => "is in Fortran order, expected C order".to_owned(),
        [0, SIZE, SIZE] => "holds no images".to_owned(),
        [len, SIZE, SIZE] => return Ok(len),
        _ => format!("has shape {:?}, expected [N, {SIZE}, {SIZE}]", header.shape),
    };
    Err(Error::content(path, IMAGES, problem))
}

fn labels(
    npz: &mut NpzReader,
    path: &Path,
    names: Vec<String>,
    len: usize,
) -> Result<Labels, Error> {
    let has_classes = npz.names().iter().any(|name| name == CLASSES);
    let member = if has_classes { CLASSES } else { VALUES };
    let array = npz.read(member)?;
    if array.shape() != [len, names.len()] {
        let problem = format!(
            "has shape {:?}, expected [{len}, {}] for {len} images",
            array.shape(),
            names.len()
        );
        return Err(Error::content(path, member, problem));
    }
    if !has_classes {
        let n_factors = names.len();
        return Labels::from_rows(names, classes_of_values(&array, n_factors));
    }
    let classes = classes(array).map_err(|problem| Error::content(path, member, problem))?;
    let labels = Labels::from_rows(names, classes)?;
    if labels.space().is_grid() {
        return Ok(labels);
    }
    let problem = format!(
        "is not every combination of factors in row-major order: {len} rows, sizes {:?}",
        labels.space().sizes()
    );
    Err(Error::content(path, member, problem))
}

/// Returns class indices, or what is wrong with them.
fn classes(array: Array) -> Result<Vec<u32>, String> {
    let array = match array {
        Array::I64(array) => array,
        other => other.to_i64().map_err(|error| error.to_string())?,
    };
    let class = |&class| {
        u32::try_from(class).map_err(|_| format!("class {class} is not between 0 and {}", u32::MAX))
    };
    array.iter().map(class).collect()
}

/// Returns the rank of each value `[N, K]` among the distinct values of its column.
fn classes_of_values(array: &Array, n_factors: usize) -> Vec<u32> {
    let values: Vec<f64> = array.to_f64().iter().copied().collect();
    let mut classes = vec![0; values.len()];
    for column in 0..n_factors {
        let mut distinct: Vec<f64> = values
            .iter()
            .skip(column)
            .step_by(n_factors)
            .copied()
            .collect();
        distinct.sort_by(f64::total_cmp);
        distinct.dedup();
        let cells = classes
            .iter_mut()
            .zip(&values)
            .skip(column)
            .step_by(n_factors);
        for (class, value) in cells {
            *class = distinct.partition_point(|known| known.total_cmp(value).is_lt()) as u32;
        }
    }
    classes
}

/// Reads and packs the images, a few at a time.
fn rows(npz: &mut NpzReader, path: &Path, len: usize) -> Result<Vec<u64>, Error> {
    let mut packed = Vec::new();
    packed.try_reserve_exact(len * SIZE).map_err(|_| {
        let n_bytes = len * SIZE * size_of::<u64>();
        Error::content(
            path,
            IMAGES,
            format!("{n_bytes} bytes of memory cannot be had"),
        )
    })?;
    let mut pixels = npz.stream(IMAGES)?;
    let mut piece = vec![0; PIECE * SIZE * SIZE];
    for first in (0..len).step_by(PIECE) {
        let piece = &mut piece[..PIECE.min(len - first) * SIZE * SIZE];
        pixels.read_exact(piece).map_err(|error| Error::Read {
            path: path.to_owned(),
            place: IMAGES.to_owned(),
            source: Box::new(error.into()),
        })?;
        let (pixel_rows, _) = piece.as_chunks::<SIZE>();
        for (row, pixels) in pixel_rows.iter().enumerate() {
            packed.push(bits::pack(pixels).ok_or_else(|| {
                let image = first + row / SIZE;
                Error::content(
                    path,
                    IMAGES,
                    format!("image {image} has pixels other than 0 and 1"),
                )
            })?);
        }
    }
    Ok(packed)
}
