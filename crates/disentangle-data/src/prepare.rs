//! Turns published files into a prepared data set, once.
//!
//! Images stream through a few megabytes (of HDF5: through a slab of one chunk's rows) into a hidden file beside the target,
//! which is renamed when it is whole. How far it has come is noted after every 256 MB are synced, and a
//! later run goes on from there if the published files are still the same.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use disentangle_arrays::{DType, NpyHeader};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::checksum::hex;
use crate::datasets::{DatasetConfig, checked};
use crate::description::{PublishedFactor, PublishedShape};
use crate::error::Error;
use crate::files::source::Source;
use crate::labels::Labels;
use crate::places::Places;
use crate::prepared::{self, LabelKind, Preparable, Sidecar, VERSION};
use crate::table::read_text;

/// Bytes between two notes of the progress.
const NOTED: u64 = 256 << 20;

/// How far a preparation has come, in bytes of images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that are written.
    pub done: u64,
    /// Bytes of all images.
    pub total: u64,
}

/// What a preparation made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// The file.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256 sum.
    pub sha256: String,
    /// Images that were there already from a run that was cut off.
    pub resumed: usize,
    /// Whether the file was there already, whole.
    pub was_there: bool,
}

/// Prepares a data set: into `target`, or beside the published files.
///
/// # Errors
/// If the data set is not made of files, they cannot be read, or the target cannot be written or is another file.
pub fn prepare(
    config: &DatasetConfig,
    places: &Places,
    target: Option<&Path>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Prepared, Error> {
    checked(config)?;
    let set = config.preparable().ok_or_else(|| Error::NothingToPrepare {
        kind: config.kind().to_owned(),
    })?;
    let target = match target {
        Some(target) if target.is_dir() => target.join(format!("{}.npy", set.name())),
        Some(target) => target.to_owned(),
        None => set.home(places).join(format!("{}.npy", set.name())),
    };
    if target
        .extension()
        .is_none_or(|extension| extension != "npy")
    {
        return Err(Error::content(
            &target,
            "",
            "is no name of a prepared file: it must end in .npy",
        ));
    }
    if prepared::is_prepared(&target) {
        return existing(&target, set);
    }
    if target.exists() {
        return Err(Error::content(
            &target,
            "",
            "is there already and is no prepared file; choose another target",
        ));
    }
    // Its sidecar would take the place of a config of that name.
    let beside = target.with_extension("yaml");
    if beside.exists() && !prepared::may_be_sidecar(&beside) {
        return Err(Error::content(
            &beside,
            "",
            "is there already and describes no prepared file, which has its description there; choose another target",
        ));
    }
    let source = set.source(places)?;
    Writing::new(source.as_ref(), &target, set.name())?.run(progress)
}

/// Checks that a prepared file is what is asked for.
fn existing(target: &Path, set: &dyn Preparable) -> Result<Prepared, Error> {
    prepared::open(target)?;
    let sidecar = prepared::sidecar(target)?;
    if sidecar.name != set.name() {
        let problem = format!(
            "is there already with `{}`, not `{}`; remove it first",
            sidecar.name,
            set.name()
        );
        return Err(Error::content(target, "", problem));
    }
    Ok(Prepared {
        path: target.to_owned(),
        bytes: sidecar.bytes,
        sha256: sidecar.sha256,
        resumed: 0,
        was_there: true,
    })
}

/// How far an unfinished file has come, and from which files it is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    name: String,
    images: usize,
    done: usize,
    sources: Vec<SourceFile>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceFile {
    path: String,
    bytes: u64,
    modified: String,
}

struct Writing<'a> {
    source: &'a dyn Source,
    target: PathBuf,
    partial: PathBuf,
    header: Vec<u8>,
    note: Note,
    n_bytes: usize,
}

impl<'a> Writing<'a> {
    fn new(source: &'a dyn Source, target: &Path, name: String) -> Result<Self, Error> {
        let shape = source.image_shape();
        let header = NpyHeader {
            dtype: DType::U8,
            big_endian: false,
            fortran_order: false,
            shape: vec![source.len(), shape.height, shape.width, shape.channels],
        };
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(target.file_name().unwrap_or_default());
        hidden.push(".partial");
        Ok(Self {
            target: target.to_owned(),
            partial: target.with_file_name(hidden),
            header: header.to_bytes()?,
            note: Note {
                name,
                images: source.len(),
                done: 0,
                sources: identify(source)?,
            },
            n_bytes: shape.n_bytes(),
            source,
        })
    }

    fn run(mut self, progress: &mut dyn FnMut(Progress)) -> Result<Prepared, Error> {
        let at = |path: &Path, error: std::io::Error| Error::content(path, "", error.to_string());
        let (mut file, mut digest) = self.open()?;
        let resumed = self.note.done;
        self.write(&mut file, &mut digest, progress)?;
        file.sync_all().map_err(|error| at(&self.partial, error))?;
        if identify(self.source)? != self.note.sources {
            let changed = self.source.files();
            let first = changed
                .first()
                .map_or(self.target.as_path(), PathBuf::as_path);
            let _ = fs::remove_file(&self.partial);
            return Err(Error::content(
                first,
                "",
                "changed while it was prepared; prepare it again",
            ));
        }
        let sha256 = hex(digest.finalize());
        let bytes = self.header.len() as u64 + (self.note.images * self.n_bytes) as u64;
        self.describe(bytes, &sha256)?;
        fs::rename(&self.partial, &self.target).map_err(|error| at(&self.target, error))?;
        // What is left of the note is of no use, and no harm.
        let _ = fs::remove_file(self.note_path());
        Ok(Prepared {
            path: self.target,
            bytes,
            sha256,
            resumed,
            was_there: false,
        })
    }

    fn note_path(&self) -> PathBuf {
        self.partial.with_extension("partial.yaml")
    }

    /// Opens the unfinished file at the place where it goes on, with the digest up to there.
    fn open(&mut self) -> Result<(File, Sha256), Error> {
        let at = |error: std::io::Error| Error::content(&self.partial, "", error.to_string());
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&self.partial)
            .map_err(at)?;
        let mut digest = Sha256::new();
        let length = file.metadata().map_err(at)?.len();
        let done = self
            .noted()
            .filter(|done| length >= self.place(*done))
            .unwrap_or(0);
        if done > 0 {
            let mut rest = self.place(done);
            let mut piece = vec![0; 1 << 20];
            while rest > 0 {
                let n = rest.min(piece.len() as u64) as usize;
                file.read_exact(&mut piece[..n]).map_err(at)?;
                digest.update(&piece[..n]);
                rest -= n as u64;
            }
        }
        file.set_len(if done > 0 { self.place(done) } else { 0 })
            .map_err(at)?;
        file.seek(SeekFrom::End(0)).map_err(at)?;
        if done == 0 {
            file.write_all(&self.header).map_err(at)?;
            digest.update(&self.header);
        }
        self.note.done = done;
        Ok((file, digest))
    }

    /// Returns the images of an unfinished file that was made from the same files.
    fn noted(&self) -> Option<usize> {
        let text = read_text(&self.note_path()).ok()?;
        let note: Note = serde_saphyr::from_str(&text).ok()?;
        let same = Note {
            done: 0,
            ..note.clone()
        } == self.note
            && note.done <= note.images;
        same.then_some(note.done)
    }

    fn place(&self, image: usize) -> u64 {
        self.header.len() as u64 + image as u64 * self.n_bytes as u64
    }

    fn write(
        &mut self,
        file: &mut File,
        digest: &mut Sha256,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), Error> {
        let source = self.source;
        let total = self.note.images as u64 * self.n_bytes as u64;
        let mut skipped = self.note.done;
        let mut unnoted = 0;
        let mut sink = |piece: &[u8]| {
            let there = skipped.min(piece.len() / self.n_bytes);
            skipped -= there;
            let piece = &piece[there * self.n_bytes..];
            let at = |error: std::io::Error| Error::content(&self.partial, "", error.to_string());
            file.write_all(piece).map_err(at)?;
            digest.update(piece);
            self.note.done += piece.len() / self.n_bytes;
            unnoted += piece.len() as u64;
            if unnoted >= NOTED {
                file.sync_data().map_err(at)?;
                write_yaml(&self.note_path(), &self.note)?;
                unnoted = 0;
            }
            let done = self.note.done as u64 * self.n_bytes as u64;
            progress(Progress { done, total });
            Ok(())
        };
        source.read(&mut sink)?;
        match self.note.done == self.note.images {
            true => Ok(()),
            false => {
                let problem = format!(
                    "{} of {} images were read",
                    self.note.done, self.note.images
                );
                Err(Error::content(&self.partial, "", problem))
            }
        }
    }

    /// Writes the labels and the description, before the images get their name.
    fn describe(&self, bytes: u64, sha256: &str) -> Result<(), Error> {
        let labels = self.source.labels();
        let kind = match labels {
            None => LabelKind::None,
            Some(labels) if labels.space().is_grid() => LabelKind::Grid,
            Some(_) => LabelKind::Table,
        };
        if let Some(labels) = labels.filter(|_| kind == LabelKind::Table) {
            let rows = labels.rows_array();
            let path = self.target.with_extension("labels.npy");
            disentangle_arrays::write(&path, &[("", (&rows).into())])?;
        }
        let shape = self.source.image_shape();
        let sidecar = Sidecar {
            version: VERSION,
            name: self.note.name.clone(),
            images: self.note.images,
            image: PublishedShape {
                height: shape.height,
                width: shape.width,
                channels: shape.channels,
            },
            bytes,
            sha256: sha256.to_owned(),
            labels: kind,
            factors: labels.map(published).unwrap_or_default(),
        };
        write_yaml(&self.target.with_extension("yaml"), &sidecar)
    }
}

fn published(labels: &Labels) -> Vec<PublishedFactor> {
    let space = labels.space();
    let factors = space.names().iter().zip(space.sizes());
    factors
        .map(|(name, &size)| PublishedFactor {
            name: name.clone(),
            size,
        })
        .collect()
}

/// Returns the published files' lengths and times of modification.
fn identify(source: &dyn Source) -> Result<Vec<SourceFile>, Error> {
    let one = |path: PathBuf| {
        let metadata =
            fs::metadata(&path).map_err(|error| Error::content(&path, "", error.to_string()))?;
        let since = metadata
            .modified()
            .ok()
            .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        Ok(SourceFile {
            path: path.display().to_string(),
            bytes: metadata.len(),
            modified: since.map(|since| format!("{since:?}")).unwrap_or_default(),
        })
    };
    source.files().into_iter().map(one).collect()
}

/// Writes a YAML file whole or not at all.
fn write_yaml(path: &Path, value: &impl Serialize) -> Result<(), Error> {
    let at = |error: std::io::Error| Error::content(path, "", error.to_string());
    let text = serde_saphyr::to_string(value)
        .map_err(|error| Error::content(path, "", error.to_string()))?;
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".new");
    let temporary = PathBuf::from(temporary);
    let mut file = File::create(&temporary).map_err(at)?;
    file.write_all(text.as_bytes()).map_err(at)?;
    file.sync_all().map_err(at)?;
    fs::rename(&temporary, path).map_err(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datasets::array_file::ArrayFile;

    fn images() -> Box<dyn Source> {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../fixtures/datasets/mpi3d_small_deflated.npz"
        );
        let yaml = format!("{{path: '{path}', images: images}}");
        let config: ArrayFile = serde_saphyr::from_str(&yaml).unwrap();
        config.source(&Places { roots: vec![] }).unwrap()
    }

    /// A file of ten images and some bytes of the eleventh, with the note that is left when a run is cut off.
    #[test]
    fn a_run_that_was_cut_off_goes_on() {
        let source = images();
        let folder = tempfile::tempdir().unwrap();
        let whole = folder.path().join("whole.npy");
        let first = Writing::new(source.as_ref(), &whole, "a".to_owned()).unwrap();
        let first = first.run(&mut |_| {}).unwrap();
        let bytes = fs::read(&whole).unwrap();

        for (note_of, resumed) in [("a", 10), ("another", 0)] {
            let target = folder.path().join(format!("{note_of}.npy"));
            let mut cut = Writing::new(source.as_ref(), &target, "a".to_owned()).unwrap();
            fs::write(&cut.partial, &bytes[..cut.place(10) as usize + 100]).unwrap();
            cut.note.done = 10;
            let note = Note {
                name: note_of.to_owned(),
                ..cut.note.clone()
            };
            write_yaml(&cut.note_path(), &note).unwrap();

            let mut seen = Vec::new();
            let again = Writing::new(source.as_ref(), &target, "a".to_owned()).unwrap();
            let again = again.run(&mut |progress| seen.push(progress)).unwrap();
            assert_eq!(again.resumed, resumed);
            assert_eq!(again.sha256, first.sha256);
            assert!(fs::read(&target).unwrap() == bytes);
            assert_eq!(seen.last().unwrap().done, seen.last().unwrap().total);
        }
        let left = fs::read_dir(folder.path()).unwrap();
        let names: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
        assert!(
            names
                .iter()
                .all(|name| !name.to_string_lossy().contains("partial")),
            "{names:?}"
        );
    }
}
