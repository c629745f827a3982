//! Many picture files, decoded when asked for, several at once.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use zip::ZipArchive;

use crate::dataset::{Dataset, ImageShape, check_request};
use crate::error::{Error, expect_len};
use crate::factor_space::{ConstantFactors, FactorSpace};
use crate::files::picture::Frame;
use crate::files::source::{Sink, Source};
use crate::labels::Labels;

/// The most bytes of a picture file.
const MAX_FILE: u64 = 64 << 20;

/// Where picture files are.
pub(crate) enum Files {
    /// A folder, and paths below it.
    Folder(PathBuf, Vec<PathBuf>),
    /// A zip archive, and members of it by number and name.
    Zip(
        PathBuf,
        Box<Mutex<ZipArchive<BufReader<File>>>>,
        Vec<(usize, String)>,
    ),
}

impl Files {
    /// Opens an archive; its members in the order of `choose`, which gets their names.
    pub(crate) fn zip(
        path: &Path,
        choose: impl FnOnce(Vec<(usize, String)>) -> Result<Vec<(usize, String)>, Error>,
    ) -> Result<Self, Error> {
        let broken = |error: &dyn std::fmt::Display| Error::content(path, "", error.to_string());
        let file = File::open(path).map_err(|error| broken(&error))?;
        let archive = ZipArchive::new(BufReader::new(file)).map_err(|error| broken(&error))?;
        let names = archive
            .file_names_raw()
            .map(|name| String::from_utf8_lossy(name).into_owned());
        let members = choose(names.enumerate().collect())?;
        Ok(Self::Zip(
            path.to_owned(),
            Box::new(Mutex::new(archive)),
            members,
        ))
    }

    fn len(&self) -> usize {
        match self {
            Self::Folder(_, names) => names.len(),
            Self::Zip(_, _, members) => members.len(),
        }
    }

    /// Reads a file whole; the error says what is wrong with it.
    fn bytes(&self, index: usize) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        let read = match self {
            Self::Folder(folder, names) => {
                let file =
                    File::open(folder.join(&names[index])).map_err(|error| error.to_string())?;
                file.take(MAX_FILE + 1).read_to_end(&mut bytes)
            }
            Self::Zip(_, archive, members) => {
                // A panic while reading leaves no state behind that the next reading uses.
                let mut archive = archive.lock().unwrap_or_else(PoisonError::into_inner);
                let member = archive
                    .by_index(members[index].0)
                    .map_err(|error| error.to_string())?;
                member.take(MAX_FILE + 1).read_to_end(&mut bytes)
            }
        };
        read.map_err(|error| error.to_string())?;
        match bytes.len() as u64 > MAX_FILE {
            true => Err(format!("has more than {MAX_FILE} bytes")),
            false => Ok(bytes),
        }
    }

    fn describe(&self, index: usize) -> (PathBuf, String) {
        match self {
            Self::Folder(folder, names) => (folder.join(&names[index]), String::new()),
            Self::Zip(path, _, members) => (path.clone(), members[index].1.clone()),
        }
    }
}

/// Picture files with their labels.
pub(crate) struct Pictures {
    pub(crate) files: Files,
    pub(crate) frame: Frame,
    pub(crate) labels: Option<Labels>,
}

impl Pictures {
    /// Leaves constant factors out, or keeps them.
    pub(crate) fn with_constants(self, constants: ConstantFactors) -> Self {
        Self {
            labels: self.labels.map(|labels| labels.with_constants(constants)),
            ..self
        }
    }

    fn decode(&self, index: usize, out: &mut [u8]) -> Result<(), Error> {
        let decoded = self
            .files
            .bytes(index)
            .and_then(|bytes| self.frame.decode(&bytes, out));
        decoded.map_err(|problem| {
            let (path, place) = self.files.describe(index);
            Error::content(&path, &place, problem)
        })
    }
}

impl Dataset for Pictures {
    fn len(&self) -> usize {
        self.files.len()
    }

    fn image_shape(&self) -> ImageShape {
        self.frame.shape()
    }

    fn factor_space(&self) -> Option<&FactorSpace> {
        self.labels.as_ref().map(Labels::space)
    }

    fn factors(&self, index: usize, out: &mut [u32]) -> Result<(), Error> {
        match &self.labels {
            Some(labels) => labels.factors(index, out),
            None => expect_len("the factor buffer", out.len(), 0),
        }
    }

    fn images(&self, indices: &[usize], out: &mut [u8]) -> Result<(), Error> {
        check_request(self, indices, out)?;
        let images = out.par_chunks_exact_mut(self.frame.shape().n_bytes());
        images
            .zip(indices)
            .try_for_each(|(image, &index)| self.decode(index, image))
    }
}

impl Source for Pictures {
    fn len(&self) -> usize {
        self.files.len()
    }

    fn image_shape(&self) -> ImageShape {
        self.frame.shape()
    }

    fn labels(&self) -> Option<&Labels> {
        self.labels.as_ref()
    }

    fn files(&self) -> Vec<PathBuf> {
        match &self.files {
            Files::Zip(path, ..) => vec![path.clone()],
            Files::Folder(folder, names) => names.iter().map(|name| folder.join(name)).collect(),
        }
    }

    fn read(&self, sink: &mut Sink<'_>) -> Result<(), Error> {
        const AT_ONCE: usize = 256;
        let mut images = Vec::new();
        let len = self.files.len();
        for first in (0..len).step_by(AT_ONCE) {
            let indices: Vec<_> = (first..len.min(first + AT_ONCE)).collect();
            images.resize(indices.len() * self.frame.shape().n_bytes(), 0);
            self.images(&indices, &mut images)?;
            sink(&images)?;
        }
        Ok(())
    }
}
