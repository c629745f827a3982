//! dSprites from the published npz or HDF5 file, one bit a pixel in memory.
//!
//! Members: `imgs` u8 `[N, 64, 64]` of 0 and 1, `latents_classes` i64 `[N, 6]`, `latents_values`
//! f64 `[N, 6]`, and `metadata`, a pickle, which is never read; in HDF5 `latents/classes` and `latents/values`. Classes give the labels, because
//! values are not their class (disentanglement-pytorch truncates them); a file without classes, such as
//! the sample of twelve images, gets them by sorting each column's distinct values.

use std::io::Read;
use std::path::{Path, PathBuf};

use disentangle_arrays::{Array, DType, NpyHeader, stream};
use disentangle_registry::{Build, Config};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bits;
use crate::dataset::{Dataset, ImageShape, check_request};
use crate::description::Description;
use crate::error::Error;
use crate::factor_space::{ConstantFactors, FactorSpace};
use crate::files::array_images::read_labels;
use crate::labels::Labels;
use crate::places::Places;

const IMAGES: &str = "imgs";
/// Names of the classes in npz and in HDF5.
const CLASSES: [&str; 2] = ["latents_classes", "latents/classes"];
const VALUES: [&str; 2] = ["latents_values", "latents/values"];

/// Rows and columns of an image; a row fills a `u64`.
const SIZE: usize = bits::MAX_WIDTH;

/// Images that are read at once.
const PIECE: usize = 64;

/// dSprites from its published file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DspritesFile {
    /// The npz or HDF5 file or its folder; by default it is looked for below the data folders.
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
        let find = |extension| places.find(&description, extension, self.path.as_deref());
        // If neither is there, the message is about the npz.
        let path = find("npz").or_else(|missing| find("hdf5").map_err(|_| missing))?;
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
        let len = stream(path, IMAGES, |header, _| {
            n_images(header).map_err(|problem| Error::content(path, IMAGES, problem))
        })?;
        let labels = labels(path, names, len)?;
        let rows = stream(path, IMAGES, |_, pixels| rows(pixels, path, len))?;
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
fn n_images(header: &NpyHeader) -> Result<usize, String> {
    match header.shape[..] {
        _ if header.dtype != DType::U8 => Err(format!(
            "elements are {:?}, expected unsigned bytes",
            header.dtype
        )),
        _ if header.fortran_order => Err(
            "is in Fortran order, expected C order; save `numpy.ascontiguousarray` of it"
                .to_owned(),
        ),
        [0, SIZE, SIZE] => Err("holds no images".to_owned()),
        [len, SIZE, SIZE] => Ok(len),
        _ => Err(format!(
            "has shape {:?}, expected [N, {SIZE}, {SIZE}]",
            header.shape
        )),
    }
}

fn labels(path: &Path, names: Vec<String>, len: usize) -> Result<Labels, Error> {
    let there = disentangle_arrays::open(path)?.names();
    let find = |members: [&'static str; 2]| {
        let mut members = members.into_iter();
        members.find(|member| there.iter().any(|name| name == member))
    };
    let Some(member) = find(CLASSES) else {
        let member = find(VALUES).unwrap_or(VALUES[0]);
        let values = read_labels(path, member, len, Some(names.len()))?;
        let labels = Labels::from_values(names, &values, len);
        return labels.map_err(|problem| Error::content(path, member, problem));
    };
    let array = read_labels(path, member, len, Some(names.len()))?;
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

/// Reads and packs the images, a few at a time.
fn rows(pixels: &mut dyn Read, path: &Path, len: usize) -> Result<Vec<u64>, Error> {
    let mut packed = Vec::new();
    packed.try_reserve_exact(len * SIZE).map_err(|_| {
        let n_bytes = len * SIZE * size_of::<u64>();
        Error::content(
            path,
            IMAGES,
            format!("{n_bytes} bytes of memory cannot be had"),
        )
    })?;
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
