//! What can go wrong with a data set.

use std::path::{Path, PathBuf};

/// Errors of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An image was asked for that the data set does not have.
    #[error("image {index} is out of range: the data set has {len} images")]
    Index {
        /// What was asked for.
        index: usize,
        /// How many images there are.
        len: usize,
    },
    /// A buffer or a list does not have the length that its use demands.
    #[error("{what} has length {found}, expected {expected}")]
    Length {
        /// The buffer or list.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The length it must have.
        expected: usize,
    },
    /// Factor names and sizes that describe no space.
    #[error("invalid factor space: {0}")]
    FactorSpace(String),
    /// A factor was named that the data set does not have.
    #[error("there is no factor `{name}`; the factors are {known}")]
    UnknownFactor {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A factor was given a value that it never takes.
    #[error("factor `{factor}` takes the values 0 to {}, not {value}", size - 1)]
    FactorValue {
        /// The factor.
        factor: String,
        /// The value asked for.
        value: u32,
        /// The number of its values.
        size: usize,
    },
    /// A factor that cannot be told apart from others, or that tells nothing.
    #[error("factor `{name}` cannot be chosen: {problem}")]
    Selection {
        /// The factor.
        name: String,
        /// Why.
        problem: &'static str,
    },
    /// Images were to be found by their factors, but not every combination has one.
    #[error("the labels are a table, not a grid: a combination of factors has no index")]
    NotAGrid,
    /// Factors were to be chosen in a data set without any.
    #[error("the data set has no factors to choose by")]
    NoFactors,
    /// A choice of factor values that no image has.
    #[error("no image has the chosen factor values")]
    NothingChosen,
    /// A split that leaves a part without images.
    #[error("of {len} images {n_test} are held out: neither part may be empty")]
    EmptyPart {
        /// Images that are held out.
        n_test: usize,
        /// Images of both parts.
        len: usize,
    },
    /// A sample larger than its data set.
    #[error("{n} different images were asked for, there are {len}")]
    Sample {
        /// How many were asked for.
        n: usize,
        /// How many there are.
        len: usize,
    },
    /// More images than are held in memory to be written.
    #[error("{n} images take more than 4 GiB; choose fewer")]
    Export {
        /// How many were to be written.
        n: usize,
    },
    /// Weights by which images cannot be drawn.
    #[error(
        "image {index} has the weight {weight}: weights must be finite, none negative, not all zero"
    )]
    Weight {
        /// The image, or the last one if all weights are zero.
        index: usize,
        /// Its weight.
        weight: f32,
    },
    /// A configuration that cannot be built; `check` reports the same.
    #[error("invalid configuration: {0}")]
    Config(String),
    /// A batch that is larger than the data set it is drawn from without replacement.
    #[error(
        "a batch of {batch_size} images cannot be drawn without replacement from {len}; \
         use a smaller batch or `sampling: with_replacement`"
    )]
    Batch {
        /// Images in a batch.
        batch_size: usize,
        /// Images in the data set.
        len: usize,
    },
    /// A data set has more images than an epoch's order can number.
    #[error("{len} images are too many: at most {} are supported", u32::MAX)]
    TooMany {
        /// How many images there are.
        len: usize,
    },
    /// A data set's file is in none of the places where it may be.
    #[error(
        "cannot find data set `{name}`: no file at {}; set `path`, or DISENTANGLEMENT_LIB_DATA \
         to the folder that holds {}, or get the file from {address}",
        listed(looked), layout.display()
    )]
    NotFound {
        /// The data set.
        name: String,
        /// Where it was looked for.
        looked: Vec<PathBuf>,
        /// The file's place below a data folder.
        layout: PathBuf,
        /// Where it is published.
        address: String,
    },
    /// A file or folder that a config names is nowhere.
    #[error("there is no file or folder at {}", listed(looked))]
    Missing {
        /// Where it was looked for.
        looked: Vec<PathBuf>,
    },
    /// The images of a file do not fit in memory.
    #[error(
        "the images of `{name}` take {needed} bytes of memory, of which {available} are free; \
         `disentangle data prepare` makes a file that is read in place"
    )]
    Memory {
        /// The data set.
        name: String,
        /// Bytes of all images.
        needed: u64,
        /// Bytes that are free.
        available: u64,
    },
    /// A data set was to be prepared that is not read from large files.
    #[error(
        "`{kind}` needs no preparation: its images are drawn, or few enough to be kept in memory"
    )]
    NothingToPrepare {
        /// The kind of data set.
        kind: String,
    },
    /// A file that is not what its data set demands.
    #[error("{}: {problem}", spelled(path, place))]
    Content {
        /// The file.
        path: PathBuf,
        /// The member or the key inside of it.
        place: String,
        /// What is wrong, and what was expected.
        problem: String,
    },
    /// A file whose bytes cannot be read: it ends early, or is damaged.
    #[error("`{}:{place}`: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The member inside of it.
        place: String,
        /// Why.
        source: Box<disentangle_arrays::Error>,
    },
    /// An array file that cannot be opened.
    #[error(transparent)]
    Array(#[from] disentangle_arrays::Error),
    /// A description of a data set that does not parse.
    #[error("data set description: {0}")]
    Description(String),
    /// The loading thread panicked.
    #[error("the loading thread panicked: {0}")]
    Worker(String),
}

impl Error {
    pub(crate) fn content(path: &Path, place: &str, problem: impl Into<String>) -> Self {
        Self::Content {
            path: path.to_owned(),
            place: place.to_owned(),
            problem: problem.into(),
        }
    }
}

/// Checks the length of a buffer or a list.
pub(crate) fn expect_len(what: &'static str, found: usize, expected: usize) -> Result<(), Error> {
    if found == expected {
        return Ok(());
    }
    Err(Error::Length {
        what,
        found,
        expected,
    })
}

fn spelled(path: &Path, place: &str) -> String {
    match place {
        "" => format!("`{}`", path.display()),
        place => format!("`{}:{place}`", path.display()),
    }
}

fn listed(paths: &[PathBuf]) -> String {
    let paths: Vec<_> = paths.iter().map(|p| p.display().to_string()).collect();
    paths.join(" or ")
}
