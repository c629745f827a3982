//! `events.jsonl`: one line an event, with the seconds since the loop began.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::Value;

use crate::run_folder::write_whole;
use crate::{Error, Event, Observer};

/// Writes events to a file.
pub(super) struct Logbook {
    path: PathBuf,
    file: BufWriter<File>,
    started: Instant,
}

impl Logbook {
    /// Opens the log of a run; lines beyond `step` are what a killed run did after its checkpoint, and
    /// go, since those steps are taken again.
    ///
    /// # Errors
    /// If the file cannot be read or written.
    pub(super) fn open(path: &Path, step: u64) -> Result<Self, Error> {
        match fs::read_to_string(path) {
            Ok(text) => write_whole(path, kept(&text, step).as_bytes())?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => return Err(Error::file("cannot read", path)(e)),
        }
        let file = File::options().create(true).append(true).open(path);
        Ok(Self {
            file: BufWriter::new(file.map_err(Error::file("cannot write", path))?),
            path: path.to_owned(),
            started: Instant::now(),
        })
    }
}

/// The whole lines up to a step.
fn kept(text: &str, step: u64) -> String {
    let lines = text.split_inclusive('\n').filter(|line| {
        let event: Option<Value> = serde_json::from_str(line).ok();
        let at = event.and_then(|event| event.get("step")?.as_u64());
        at.is_some_and(|at| at <= step)
    });
    lines.collect()
}

impl Observer for Logbook {
    fn on(&mut self, event: &Event) -> Result<(), Error> {
        if matches!(event, Event::Tick { .. } | Event::Encoding { .. }) {
            return Ok(());
        }
        let mut line = serde_json::to_value(event).expect("keys are strings");
        if let Value::Object(fields) = &mut line {
            let seconds = self.started.elapsed().as_secs_f64();
            fields.insert("seconds".into(), seconds.into());
        }
        writeln!(self.file, "{line}")
            .and_then(|()| self.file.flush())
            .map_err(Error::file("cannot write", &self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_beyond_the_checkpoint_and_torn_lines_go() {
        let text =
            "{\"event\":\"epoch\",\"step\":5}\n{\"event\":\"epoch\",\"step\":9}\n{\"event\":\"ep";
        assert_eq!(kept(text, 5), "{\"event\":\"epoch\",\"step\":5}\n");
    }
}
