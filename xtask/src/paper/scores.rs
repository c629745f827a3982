//! What came of a run.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;
use xshell::Shell;

use crate::run_log::Log;

/// The scores of the challenge, in its order: name in `metrics.json`, name in the table.
pub(super) const METRICS: [(&str, &str); 5] = [
    ("dci", "DCI"),
    ("factor_vae", "FactorVAE"),
    ("sap", "SAP"),
    ("mig", "MIG"),
    ("irs", "IRS"),
];

/// The scores of a run, of one seed and variant.
pub(super) struct Outcome {
    pub(super) scores: [f64; 5],
    /// Those of random weights.
    pub(super) untrained: [f64; 5],
    pub(super) active: u64,
    pub(super) codes: u64,
    pub(super) comparison: Option<Comparison>,
}

impl Outcome {
    /// Reads a run. One that began with another's weights has no random ones: those of the run from
    /// scratch count.
    pub(super) fn read(
        shell: &Shell,
        run: &Path,
        scratch: Option<(&Path, Comparison)>,
    ) -> Result<Self> {
        let random = scratch.as_ref().map_or(run, |(scratch, _)| *scratch);
        let trained = json(shell, &run.join("metrics.json"))?;
        let untrained = json(shell, &random.join("metrics-untrained.json"))?;
        let input = |name: &str| trained["input"][name].as_u64();
        Ok(Self {
            scores: scores(&trained)?,
            untrained: scores(&untrained)?,
            active: input("active_codes").context("reading the number of active codes")?,
            codes: input("codes").context("reading the number of codes")?,
            comparison: scratch.map(|(_, comparison)| comparison),
        })
    }

    /// How many scores are above those of random weights.
    pub(super) fn better(&self) -> usize {
        let pairs = self.scores.iter().zip(&self.untrained);
        pairs
            .filter(|(trained, untrained)| trained > untrained)
            .count()
    }
}

/// The reconstruction loss of the same step with another run's weights and with random ones.
pub(super) struct Comparison {
    pub(super) step: u64,
    pub(super) gone_on: f64,
    pub(super) scratch: f64,
}

impl Comparison {
    pub(super) fn read(shell: &Shell, gone_on: &Path, scratch: &Path, step: u64) -> Result<Self> {
        let at = |run: &Path| -> Result<f64> {
            let series = Log::read(shell, &run.join("events.jsonl"))?.series("loss/recon")?;
            let found = series.iter().find(|(logged, _)| *logged == step);
            let missing = || format!("{} has logged no step {step}", run.display());
            Ok(found.with_context(missing)?.1)
        };
        Ok(Self {
            step,
            gone_on: at(gone_on)?,
            scratch: at(scratch)?,
        })
    }
}

fn json(shell: &Shell, path: &Path) -> Result<Value> {
    let text = shell.read_file(path)?;
    serde_json::from_str(&text).with_context(|| format!("reading {}", path.display()))
}

fn scores(file: &Value) -> Result<[f64; 5]> {
    let mut scores = [0.0; 5];
    for (score, (name, _)) in scores.iter_mut().zip(METRICS) {
        let found = file["metrics"][name]["score"].as_f64();
        *score = found.with_context(|| format!("`{name}` has no score"))?;
    }
    Ok(scores)
}
