//! `tensorboard/`: event files that TensorBoard reads.
//!
//! Scalars under the names of `events.jsonl`, the pictures of `images/`, the scores, and the
//! configuration as text. A run that goes on begins another file, which tells TensorBoard to forget what
//! a killed run wrote beyond its checkpoint.

mod message;
mod record;

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::time::{SystemTime, UNIX_EPOCH};

use disentangle_metrics::Outcome;

use crate::{Error, Event, Observer};
use message::Summary;

/// Writes events for TensorBoard.
pub(super) struct TensorBoard {
    path: PathBuf,
    file: BufWriter<File>,
}

impl TensorBoard {
    /// Begins an event file in a folder, which is made if need be, for a run that stands at `step`.
    ///
    /// # Errors
    /// If the folder or the file cannot be written.
    pub(super) fn create(folder: &Path, step: u64, config: &str) -> Result<Self, Error> {
        fs::create_dir_all(folder).map_err(Error::file("cannot make the folder", folder))?;
        let (path, file) = fresh(folder)?;
        let mut board = Self {
            path,
            file: BufWriter::new(file),
        };
        board.write(&message::version(now()))?;
        if step > 0 {
            board.write(&message::restart(now(), step))?;
        }
        // Markdown: a line of four spaces is kept as it is.
        let text: String = config.lines().map(|line| format!("    {line}\n")).collect();
        board.summary(step, &[Summary::text("config", &text)])?;
        Ok(board)
    }

    fn summary(&mut self, step: u64, values: &[Summary]) -> Result<(), Error> {
        self.write(&message::event(now(), step, values))?;
        self.file
            .flush()
            .map_err(Error::file("cannot write", &self.path))
    }

    fn write(&mut self, message: &[u8]) -> Result<(), Error> {
        self.file
            .write_all(&record::framed(message))
            .map_err(Error::file("cannot write", &self.path))
    }

    fn picture(&mut self, step: u64, path: &Path) -> Result<(), Error> {
        let bytes = fs::read(path).map_err(Error::file("cannot read", path))?;
        let (Some(name), Some(size)) = (path.file_stem(), png_size(&bytes)) else {
            return Ok(());
        };
        let name = name.to_string_lossy();
        // `reconstructions-000001000` and `reconstructions` are one series.
        let series = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let series = match series.len() < name.len() {
            true => series.trim_end_matches('-'),
            false => &name,
        };
        let tag = format!("images/{series}");
        self.summary(step, &[Summary::png(&tag, size, &bytes)])
    }
}

impl Observer for TensorBoard {
    fn on(&mut self, event: &Event) -> Result<(), Error> {
        match event {
            Event::Scalars {
                step,
                lr,
                images_per_second,
                wait_share,
                values,
            } => {
                let own = [
                    ("train/lr", *lr),
                    ("speed/images_per_second", *images_per_second),
                    ("speed/wait_share", *wait_share),
                ];
                let values = values.iter().map(|(name, value)| (name.as_str(), *value));
                let all = own.into_iter().chain(values);
                let all: Vec<_> = all
                    .map(|(name, value)| Summary::scalar(name, value))
                    .collect();
                self.summary(*step, &all)
            }
            Event::Epoch {
                step,
                mean_objective,
                ..
            } => self.summary(
                *step,
                &[Summary::scalar("epoch/mean_objective", *mean_objective)],
            ),
            Event::Drawn { step, path } if path.extension().is_some_and(|e| e == "png") => {
                self.picture(*step, path)
            }
            Event::Evaluated { step, scores } => {
                let scores = scores
                    .metrics
                    .iter()
                    .filter_map(|(name, outcome)| match outcome {
                        Outcome::Score(score) => {
                            Some(Summary::scalar(&format!("metrics/{name}"), score.score))
                        }
                        Outcome::Failed(_) => None,
                    });
                self.summary(*step, &scores.collect::<Vec<_>>())
            }
            _ => Ok(()),
        }
    }
}

/// Makes a file under a name that TensorBoard looks for and that is not taken.
fn fresh(folder: &Path) -> Result<(PathBuf, File), Error> {
    let seconds = now() as u64;
    for count in 0.. {
        let name = format!(
            "events.out.tfevents.{seconds}.disentangle.{}.{count}",
            process::id()
        );
        let path = folder.join(name);
        match File::create_new(&path) {
            Ok(file) => return Ok((path, file)),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(Error::file("cannot write", &path)(e)),
        }
    }
    unreachable!("a folder does not hold 2³¹ files")
}

/// Seconds since 1970; 0 on a clock that stands before.
fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0.0, |time| time.as_secs_f64())
}

/// Reads height and width from the head of a PNG file.
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    bytes.starts_with(b"\x89PNG").then_some(())?;
    Some((number(20)?, number(16)?))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn contents(folder: &Path) -> Vec<Vec<u8>> {
        let mut paths: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        paths.iter().map(|path| fs::read(path).unwrap()).collect()
    }

    fn scalars(step: u64) -> Event {
        Event::Scalars {
            step,
            lr: 1e-3,
            images_per_second: 100.0,
            wait_share: 0.0,
            values: BTreeMap::from([("loss/recon".to_owned(), 2.0)]),
        }
    }

    #[test]
    fn a_file_is_whole_after_every_event() {
        let folder = tempfile::tempdir().unwrap();
        let mut board = TensorBoard::create(folder.path(), 0, "seed: 0\n").unwrap();
        board.on(&scalars(10)).unwrap();
        let records = record::read(&contents(folder.path())[0]).unwrap();
        assert_eq!(records.len(), 3);
        let has =
            |record: &[u8], text: &str| record.windows(text.len()).any(|w| w == text.as_bytes());
        assert!(has(&records[0], "brain.Event:2"));
        assert!(has(&records[1], "    seed: 0\n") && has(&records[1], "\x04text"));
        assert!(has(&records[2], "loss/recon") && has(&records[2], "train/lr"));
    }

    #[test]
    fn a_run_that_goes_on_begins_another_file() {
        let folder = tempfile::tempdir().unwrap();
        TensorBoard::create(folder.path(), 0, "").unwrap();
        let mut board = TensorBoard::create(folder.path(), 5, "").unwrap();
        board.on(&scalars(6)).unwrap();
        let files = contents(folder.path());
        assert_eq!(files.len(), 2);
        // Version, restart, configuration, scalars.
        assert_eq!(record::read(&files[1]).unwrap().len(), 4);
    }

    #[test]
    fn pictures_are_one_series() {
        let folder = tempfile::tempdir().unwrap();
        let picture = disentangle_visualization::Picture::filled(2, 3, [1; 3]).unwrap();
        let mut board = TensorBoard::create(&folder.path().join("board"), 0, "").unwrap();
        for (step, name) in [(1000, "a-000001000.png"), (2000, "a.png")] {
            let path = folder.path().join(name);
            picture.write_png(&path).unwrap();
            board.on(&Event::Drawn { step, path }).unwrap();
        }
        let records = record::read(&contents(&folder.path().join("board"))[0]).unwrap();
        for record in &records[2..] {
            assert!(record.windows(10).any(|w| w == b"\x0a\x08images/a"));
        }
    }
}
