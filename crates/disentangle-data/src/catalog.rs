//! What is known about data sets, and what of it is there.

use std::path::{Path, PathBuf};

use crate::checksum::{Checksums, Verdict, verify_prepared};
use crate::datasets::DatasetConfig;
use crate::datasets::cars3d::Cars3d;
use crate::datasets::celeba::Celeba;
use crate::datasets::dsprites_file::DspritesFile;
use crate::datasets::mpi3d::{Mpi3d, Mpi3dVariant};
use crate::datasets::shapes3d::Shapes3d;
use crate::datasets::smallnorb::Smallnorb;
use crate::description::{Description, PublishedFile};
use crate::error::Error;
use crate::places::Places;
use crate::prepare::Progress;
use crate::prepared;

/// A published file, and where it is.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundFile {
    /// What is published.
    pub published: PublishedFile,
    /// Where it was looked for, in order.
    pub looked: Vec<PathBuf>,
    /// The first of these places that has it.
    pub found: Option<PathBuf>,
}

/// A data set, and what of it is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// What is published.
    pub description: Description,
    /// Its files.
    pub files: Vec<FoundFile>,
    /// The folder of what was unpacked by hand.
    pub unpacked: Option<PathBuf>,
    /// Its prepared file, with the default options.
    pub prepared: Option<PathBuf>,
    /// Whether its images can be drawn in code, without any file.
    pub drawn: bool,
}

/// Looks for one data set: below `path` if given, else below the data folders.
///
/// # Errors
/// If there is no data set of that name.
pub fn find(name: &str, places: &Places, path: Option<&Path>) -> Result<Found, Error> {
    look(name, config_of(name, path).as_ref(), places, path)
}

/// Looks for the published data sets that a config names, with its paths and options; those it is made of too.
///
/// # Errors
/// If a built-in description is broken.
pub fn find_config(config: &DatasetConfig, places: &Places) -> Result<Vec<Found>, Error> {
    let named = layers(config).filter_map(|config| Some((config, config.published()?)));
    named
        .map(|(config, (name, path))| look(&name, Some(config), places, path))
        .collect()
}

/// A data set, that which it is made of, and so on.
fn layers(config: &DatasetConfig) -> impl Iterator<Item = &DatasetConfig> {
    std::iter::successors(Some(config), |config| config.of())
}

fn look(
    name: &str,
    config: Option<&DatasetConfig>,
    places: &Places,
    path: Option<&Path>,
) -> Result<Found, Error> {
    let description = Description::of(name)?;
    // A prepared file is none of the published ones.
    let is_prepared = path.is_some_and(prepared::is_prepared);
    let files = description.files.iter().map(|published| {
        let looked = places.candidates(&published.path, path);
        let found = looked.iter().find(|path| path.is_file() && !is_prepared);
        FoundFile {
            published: published.clone(),
            found: found.cloned(),
            looked,
        }
    });
    let files = files.collect();
    let unpacked = description.unpacked.as_ref().and_then(|unpacked| {
        let mut looked = places.candidates(&unpacked.folder, path);
        looked.extend(path.map(Path::to_owned));
        let holds = |folder: &PathBuf| holds_any(folder, &unpacked.extension);
        looked.into_iter().find(holds)
    });
    let preparable = config.and_then(DatasetConfig::preparable);
    let needs_file = description.files.iter().any(|file| file.needed);
    Ok(Found {
        description,
        files,
        unpacked,
        drawn: preparable.is_none() && !needs_file && DatasetConfig::KINDS.contains(&name),
        prepared: preparable.and_then(|set| prepared::file_of(set, places)),
    })
}

/// Tells whether a path is a folder with a file of an extension.
fn holds_any(folder: &Path, extension: &str) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths = entries.map(|entry| entry.path());
    paths.any(|path| path.extension().is_some_and(|found| found == extension))
}

/// Looks for every data set.
///
/// # Errors
/// If a built-in description is broken.
pub fn list(places: &Places, path: Option<&Path>) -> Result<Vec<Found>, Error> {
    Description::names()
        .map(|name| find(name, places, path))
        .collect()
}

/// Returns the config of a published data set's files, with default options; `None` if it is drawn in code.
pub fn config_of(name: &str, path: Option<&Path>) -> Option<DatasetConfig> {
    let path = path.map(Path::to_owned);
    let mpi3d = |variant| {
        DatasetConfig::Mpi3d(Mpi3d {
            variant,
            path: path.clone(),
            ..Mpi3d::default()
        })
    };
    Some(match name {
        "dsprites" => DatasetConfig::DspritesFile(DspritesFile {
            path,
            ..DspritesFile::default()
        }),
        "shapes3d" => DatasetConfig::Shapes3d(Shapes3d {
            path,
            ..Shapes3d::default()
        }),
        "mpi3d_toy" => mpi3d(Mpi3dVariant::Toy),
        "mpi3d_realistic" => mpi3d(Mpi3dVariant::Realistic),
        "mpi3d_real" => mpi3d(Mpi3dVariant::Real),
        "mpi3d_real_complex" => mpi3d(Mpi3dVariant::RealComplex),
        "cars3d" => DatasetConfig::Cars3d(Cars3d {
            path,
            ..Cars3d::default()
        }),
        "smallnorb" => DatasetConfig::Smallnorb(Smallnorb {
            path,
            ..Smallnorb::default()
        }),
        "celeba" => DatasetConfig::Celeba(Celeba {
            path,
            ..Celeba::default()
        }),
        _ => return None,
    })
}

/// Reads every file that is there, prepared ones too, and tells whether it is the published one.
///
/// # Errors
/// If a file that is there cannot be read.
pub fn verify(
    found: &Found,
    progress: &mut dyn FnMut(&Path, Progress),
) -> Result<Vec<(PathBuf, Verdict)>, Error> {
    let mut verdicts = Vec::new();
    for file in &found.files {
        if let Some(path) = &file.found {
            let sums = Checksums::of(path, &mut |done| progress(path, done))?;
            verdicts.push((path.clone(), sums.verdict(&file.published)));
        }
    }
    if let Some(folder) = &found.unpacked {
        let why = "it was unpacked by hand, and checksums are published of the archive";
        verdicts.push((folder.clone(), Verdict::Unknown(why.to_owned())));
    }
    if let Some(path) = &found.prepared {
        let verdict = verify_prepared(path, &mut |done| progress(path, done))?;
        verdicts.push((path.clone(), verdict));
    }
    Ok(verdicts)
}

/// Reads every file that a config names and that is there, and tells whether it is what it should be.
///
/// Of files of the user's own nothing is published; prepared ones have their checksum beside them.
///
/// # Errors
/// If a file that is there cannot be read, or one of the user's own is not there.
pub fn verify_config(
    config: &DatasetConfig,
    places: &Places,
    progress: &mut dyn FnMut(&Path, Progress),
) -> Result<Vec<(PathBuf, Verdict)>, Error> {
    let mut verdicts = Vec::new();
    for found in find_config(config, places)? {
        verdicts.extend(verify(&found, progress)?);
    }
    let own = layers(config).filter(|config| config.published().is_none());
    for set in own.filter_map(DatasetConfig::preparable) {
        if let Some(path) = prepared::file_of(set, places) {
            let verdict = verify_prepared(&path, &mut |done| progress(&path, done))?;
            verdicts.push((path, verdict));
            continue;
        }
        for path in set.source(places)?.files() {
            let why = "it is your own, so no checksum is published";
            verdicts.push((path, Verdict::Unknown(why.to_owned())));
        }
    }
    Ok(verdicts)
}
