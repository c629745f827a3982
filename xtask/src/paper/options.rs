//! What `cargo xtask paper` is told.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Result;

use crate::commands::{Usage, unknown};

/// Steps on the first variant; the paper does not say how many it took.
pub(super) const PRETRAIN: u64 = 30_000;
/// Steps on each other variant.
pub(super) const GO_ON: u64 = 90_000;
/// Steps in which the capacity rises.
pub(super) const RAMP: u64 = 2_000;

#[derive(Debug, PartialEq)]
pub(super) struct Options {
    /// The folder of MPI3D; `arm` stands in if absent.
    pub(super) data: Option<PathBuf>,
    pub(super) seeds: u64,
    pub(super) pretrain: u64,
    pub(super) go_on: u64,
    /// Arguments for the binary.
    pub(super) passed: Vec<String>,
}

impl Options {
    pub(super) fn parse(arguments: &[OsString]) -> Result<Self, Usage> {
        let mut options = Self {
            data: None,
            seeds: 3,
            pretrain: PRETRAIN,
            go_on: GO_ON,
            passed: Vec::new(),
        };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let name = argument.to_string_lossy();
            let mut value = || {
                let value = rest
                    .next()
                    .map(|value| value.to_string_lossy().into_owned());
                value.ok_or_else(|| Usage(format!("{name} needs a value")))
            };
            match name.as_ref() {
                "--data" => options.data = Some(absolute(&value()?)?),
                "--seeds" => options.seeds = number(&name, &value()?)?,
                "--budget" => options.shorten(&value()?)?,
                "--device" | "--threads" => options.passed.extend([name.to_string(), value()?]),
                _ => return Err(unknown("option", &name, KNOWN.into_iter())),
            }
        }
        Ok(options)
    }

    /// Takes `0.1`, a share of the paper's steps, or `2000,1000`, the steps themselves.
    fn shorten(&mut self, budget: &str) -> Result<(), Usage> {
        if let Some((pretrain, go_on)) = budget.split_once(',') {
            self.pretrain = number("--budget", pretrain)?;
            self.go_on = number("--budget", go_on)?;
            return Ok(());
        }
        let share = budget.parse::<f64>().ok();
        let share = share.filter(|share| *share > 0.0 && *share <= 1.0);
        let share = share.ok_or_else(|| {
            Usage(format!(
                "--budget {budget}: expected a share above 0 and at most 1, such as 0.1, or the steps \
                 of the first and of each other variant, such as 2000,1000"
            ))
        })?;
        let scaled = |steps: u64| ((steps as f64 * share).round() as u64).max(1);
        (self.pretrain, self.go_on) = (scaled(PRETRAIN), scaled(GO_ON));
        Ok(())
    }

    /// Whether the runs are shorter than the paper's.
    pub(super) fn is_short(&self) -> bool {
        (self.pretrain, self.go_on) != (PRETRAIN, GO_ON)
    }

    /// In how many steps the capacity rises in a run too short for the paper's: in the first half.
    pub(super) fn ramp(&self, steps: u64) -> Option<u64> {
        (steps < 2 * RAMP).then_some((steps / 2).max(1))
    }

    /// How many random images are encoded to measure a short run; all of the paper's.
    pub(super) fn images(&self) -> Option<usize> {
        self.is_short().then_some(30_000)
    }

    /// Where the runs lie; another budget is another folder.
    pub(super) fn root(&self) -> PathBuf {
        let data = if self.data.is_some() { "mpi3d" } else { "arm" };
        PathBuf::from(format!(
            "runs/paper/{data}-{}-{}",
            self.pretrain, self.go_on
        ))
    }
}

const KNOWN: [&str; 5] = ["--data", "--seeds", "--budget", "--device", "--threads"];

/// The binary runs in the workspace's folder, the user elsewhere.
fn absolute(path: &str) -> Result<PathBuf, Usage> {
    std::path::absolute(path).map_err(|why| Usage(format!("--data {path}: {why}")))
}

fn number(name: &str, text: &str) -> Result<u64, Usage> {
    let number = text.trim().parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| Usage(format!("{name} {text}: expected a whole number above 0")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Options, Usage> {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        Options::parse(&words)
    }

    #[test]
    fn the_paper_s_length_is_the_default() {
        let options = parse(&[]).unwrap();
        assert_eq!((options.pretrain, options.go_on), (30_000, 90_000));
        assert!(!options.is_short() && options.ramp(90_000).is_none());
    }

    #[test]
    fn a_budget_is_a_share_or_the_steps_themselves() {
        let options = parse(&["--budget", "0.1"]).unwrap();
        assert_eq!((options.pretrain, options.go_on), (3_000, 9_000));
        let options = parse(&["--budget", "2000,1000"]).unwrap();
        assert_eq!((options.pretrain, options.go_on), (2_000, 1_000));
        assert_eq!(options.ramp(1_000), Some(500));
        assert!(options.is_short());
        for wrong in ["0", "2", "x", "10,", "0,5", "nan"] {
            assert!(parse(&["--budget", wrong]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_meant_for_the_binary_is_passed_on() {
        let options = parse(&["--device", "cuda", "--seeds", "2"]).unwrap();
        assert_eq!(options.passed, ["--device", "cuda"]);
        assert_eq!(options.seeds, 2);
        let error = parse(&["--sedes", "2"]).unwrap_err().to_string();
        assert!(error.contains("did you mean `--seeds`?"), "{error}");
        assert!(parse(&["--seeds"]).is_err());
    }
}
