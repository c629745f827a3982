//! The same models in PyTorch, side by side: both run in turns, with equal threads, and the fastest runs are compared.
//!
//! PyTorch is installed from PyPI into an environment under `target`, unless `PEERS_PYTHON` names a Python that has it.

use std::env;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;
use xshell::{Shell, cmd};

use super::page;
use crate::{cargo, example, root, shell};

const BATCH: &str = "64";
const SECONDS: &str = "2";
const ROUNDS: usize = 3;
/// Model, and what its step multiplies and adds in convolutions, in GFLOP.
const MODELS: [(&str, f64); 2] = [("paper", 41.6), ("burgess", 4.6)];
const LAYOUTS: [&str; 2] = ["nchw", "channels_last"];

/// The least of some runs.
#[derive(Debug, Clone, Copy)]
struct Best {
    step: f64,
    step_cpu: f64,
    encode: f64,
    encode_cpu: f64,
    peak_mb: f64,
    /// Of a large product, PyTorch only.
    gflops: f64,
}

/// Measures, prints the ratios and writes them into the page.
pub(super) fn run() -> Result<()> {
    let shell = shell()?;
    let python = python(&shell, "torch")?;
    let cargo = cargo();
    cmd!(
        shell,
        "{cargo} build --release -p disentangle-trainer --example step"
    )
    .run()?;
    let mut table = "| model | threads | PyTorch NCHW | channels-last | ours | ratio | by processor time | of the GEMM floor \
                     | encoding: PyTorch | ours | ratio | peak: PyTorch | ours |\n\
                     |---|---|---|---|---|---|---|---|---|---|---|---|---|\n"
        .to_owned();
    for threads in ["1", "2"] {
        for (model, gflop) in MODELS {
            table += &compare(&shell, &python, (model, gflop), threads)?;
        }
    }
    let note = "\nMilliseconds for 64 images of 64×64, the fastest of all runs; the ratio is the better PyTorch layout \
                over ours. The processor time of the fastest call tells more on a machine that others use; with \
                several threads it includes their spinning. The floor is the step's convolutions at the rate of \
                PyTorch's product of two 2048×2048 matrices in the same run. Peaks in MiB, after training steps.\n";
    page::write(
        "beside PyTorch",
        "cargo xtask bench --peers",
        &(table + note),
    )
}

/// Runs all in turns; one row of the table.
fn compare(
    shell: &Shell,
    python: &Path,
    (model, gflop): (&str, f64),
    threads: &str,
) -> Result<String> {
    let cargo = cargo();
    let mut best: [Option<Best>; 3] = [None; 3];
    for _ in 0..ROUNDS {
        for (i, layout) in LAYOUTS.iter().enumerate() {
            let script = "benches/peers/pytorch_step.py";
            let peer = cmd!(
                shell,
                "{python} {script} {model} {BATCH} {SECONDS} {layout} {threads}"
            );
            best[i] = Some(Best::read(&peer.quiet().read()?)?.or_less(best[i]));
        }
        let example = example("disentangle-trainer", "step");
        let ours = cmd!(
            shell,
            "{cargo} {example...} {model} {BATCH} {SECONDS} {threads}"
        )
        .env("CANDLE_NUM_THREADS", threads)
        .env("RAYON_NUM_THREADS", threads);
        best[2] = Some(Best::read(&ours.quiet().read()?)?.or_less(best[2]));
    }
    let [Some(nchw), Some(last), Some(ours)] = best else {
        anyhow::bail!("there were no rounds");
    };
    let peer = nchw.or_less(Some(last));
    let floor = gflop / peer.gflops * 1e3;
    let mut row = String::new();
    writeln!(
        row,
        "| {model} | {threads} | {:.1} | {:.1} | {:.1} | {:.2} | {:.2} | {:.0} % | {:.2} | {:.2} | {:.2} | {:.0} | {:.0} |",
        nchw.step,
        last.step,
        ours.step,
        peer.step / ours.step,
        peer.step_cpu / ours.step_cpu,
        100.0 * floor / ours.step,
        peer.encode,
        ours.encode,
        peer.encode / ours.encode,
        peer.peak_mb,
        ours.peak_mb,
    )?;
    print!("{row}");
    Ok(row)
}

impl Best {
    fn read(line: &str) -> Result<Self> {
        let number = |key: &str| number(line, key);
        Ok(Self {
            step: number("step")?,
            step_cpu: number("step_cpu")?,
            encode: number("encode")?,
            encode_cpu: number("encode_cpu")?,
            peak_mb: number("peak_mb")?,
            gflops: number("gflops").unwrap_or(0.0),
        })
    }

    /// The lesser of each time; the higher rate.
    fn or_less(self, other: Option<Self>) -> Self {
        let Some(other) = other else { return self };
        Self {
            step: self.step.min(other.step),
            step_cpu: self.step_cpu.min(other.step_cpu),
            encode: self.encode.min(other.encode),
            encode_cpu: self.encode_cpu.min(other.encode_cpu),
            peak_mb: self.peak_mb.min(other.peak_mb),
            gflops: self.gflops.max(other.gflops),
        }
    }
}

/// A number of a line of JSON, by its name.
pub(super) fn number(line: &str, key: &str) -> Result<f64> {
    let value: Value =
        serde_json::from_str(line.trim()).with_context(|| format!("reading `{line}`"))?;
    let number = value[key].as_f64();
    number.with_context(|| format!("`{key}` is not in `{line}`"))
}

/// A Python that has a package, and NumPy.
pub(super) fn python(shell: &Shell, package: &str) -> Result<PathBuf> {
    if let Some(python) = env::var_os("PEERS_PYTHON") {
        return Ok(python.into());
    }
    let folder = root()?.join("target/peers");
    let python = folder.join("bin/python");
    if !python.exists() {
        cmd!(shell, "python3 -m venv {folder}")
            .run()
            .with_context(|| format!("making an environment for {package}"))?;
    }
    cmd!(shell, "{python} -m pip install --quiet {package} numpy")
        .run()
        .with_context(|| format!("installing {package}"))?;
    Ok(python)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_of_two_runs_is_taken_number_by_number() {
        let read = |line: &str| Best::read(line).unwrap();
        let a = read(
            r#"{"step": 2, "step_cpu": 1, "encode": 4, "encode_cpu": 4, "peak_mb": 9, "gflops": 80}"#,
        );
        let b = read(r#"{"step": 1, "step_cpu": 3, "encode": 5, "encode_cpu": 5, "peak_mb": 8}"#);
        let best = a.or_less(Some(b));
        assert_eq!([best.step, best.step_cpu, best.encode], [1.0, 1.0, 4.0]);
        assert_eq!([best.peak_mb, best.gflops], [8.0, 80.0]);
        assert!(Best::read("{}").is_err());
    }
}
