//! Images from disk: prepared, drawn at random from a cold and a warm file, and trained on; with the memory that each takes.
//!
//! One set is rendered (`arm`, 4.2 GB), the other an HDF5 file of 3D Shapes' full size and layout (h5py writes it). All files are
//! below `target/disk` and removed at the end: 16 GB are needed.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use xshell::{Shell, cmd};

use super::{page, peers};
use crate::run_log::Log;
use crate::{binary, cargo, root, shell};

/// Rendered images: just below the 4 GiB that `data export` writes at most.
const IMAGES: &str = "345000";
const STEPS: u64 = 400;
const MODEL: &str = "
model: {encoder: {kind: burgess}, decoder: {kind: burgess}, latents: 10}
objective: {terms: {recon: {term: {kind: bernoulli}}, kl: {term: {kind: kl}}}}
train: {batch_size: 64, lr: 1e-4}
eval: {at_end: false}
log: {every: 100}
";

/// Measures both sets and writes them into the page.
pub(super) fn run() -> Result<()> {
    let shell = shell()?;
    let cargo = cargo();
    let binary = binary::build()?;
    cmd!(
        shell,
        "{cargo} build --release -p disentangle-data --example prepare"
    )
    .run()?;
    let folder = root()?.join("target/disk");
    shell.create_dir(&folder)?;
    let mut body = String::new();

    let rendered = folder.join("arm.npz");
    let start = Instant::now();
    cmd!(
        shell,
        "{binary} data export arm --sample {IMAGES} --out {rendered}"
    )
    .run()?;
    let seconds = start.elapsed().as_secs_f64();
    writeln!(
        body,
        "`data export arm --sample {IMAGES}`: {seconds:.0} s.\n"
    )?;
    let config = format!(
        "{{kind: array_file, path: '{}', images: images, factors: factors}}",
        rendered.display()
    );
    body += &measure(&shell, &binary, &folder, ("arm", &config))?;
    shell.remove_path(&rendered)?;

    let published = folder.join("3dshapes.h5");
    let python = peers::python(&shell, "h5py")?;
    cmd!(shell, "{python} benches/peers/shapes3d_file.py {published}").run()?;
    let config = format!("{{kind: shapes3d, path: '{}'}}", published.display());
    body += &measure(&shell, &binary, &folder, ("shapes3d", &config))?;
    shell.remove_path(&folder)?;
    page::write("images from disk", "cargo xtask bench disk", &body)
}

/// Prepares a set, draws from it and trains on it; the prepared file is removed.
fn measure(
    shell: &Shell,
    binary: &Path,
    folder: &Path,
    (name, config): (&str, &str),
) -> Result<String> {
    let (cargo, target) = (cargo(), folder.join(name).with_extension("npy"));
    let example = [
        "run",
        "--release",
        "--quiet",
        "-p",
        "disentangle-data",
        "--example",
        "prepare",
        "--",
    ];
    let printed = cmd!(shell, "{cargo} {example...} {config} {target}").read()?;
    let mut lines = format!("`{name}`:\n\n");
    for line in printed.lines().filter(|line| !line.starts_with("Prepared")) {
        writeln!(lines, "- {line}")?;
    }
    let kind = if name == "arm" { "array_file" } else { name };
    let yaml = folder.join("train.yaml");
    fs::write(
        &yaml,
        format!(
            "data: {{kind: {kind}, path: '{}'}}{MODEL}",
            target.display()
        ),
    )?;
    let run = folder.join("run");
    let peak = train(binary, &yaml, &run)?;
    let log = Log::read(shell, &run.join("events.jsonl"))?;
    let (rate, waiting) = log.last_pace().context("the run logged no pace")?;
    writeln!(
        lines,
        "- trained {STEPS} steps of `burgess` at batch 64: {rate:.0} images/s, {:.2} % of the time waiting for images, \
         peak memory {peak} kB\n",
        100.0 * waiting
    )?;
    for path in [run, target.with_extension("yaml"), target] {
        shell.remove_path(path)?;
    }
    print!("{lines}");
    Ok(lines)
}

/// Trains, and returns the most resident memory, in kB, as far as looking ten times a second tells.
fn train(binary: &Path, config: &Path, run: &Path) -> Result<u64> {
    let mut child = Command::new(binary)
        .args([
            "train",
            "--no-progress",
            "--set",
            &format!("train.steps={STEPS}"),
            "--run",
        ])
        .args([run, config])
        .spawn()
        .context("starting the training")?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let found = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        peak = found.unwrap_or(0).max(peak);
        if let Some(status) = child.try_wait()? {
            ensure!(status.success(), "training on {} failed", config.display());
            return Ok(peak);
        }
        sleep(Duration::from_millis(100));
    }
}
