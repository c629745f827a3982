//! The metrics beside Python's: NumPy and scikit-learn on the same arrays, with equal threads, in one run.
//!
//! scikit-learn is installed from PyPI into an environment under `target`, unless `PEERS_PYTHON` names a Python that has it.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use xshell::{Shell, cmd};

use super::{page, peers};
use crate::{cargo, example, root, shell};

/// Rows to learn from; half as many are held out.
const ROWS: &str = "10000";
/// The six of the large study, and what it reports beside them.
const METRICS: [&str; 8] = [
    "beta_vae",
    "factor_vae",
    "mig",
    "sap",
    "dci",
    "modularity",
    "irs",
    "explicitness",
];
const SIX: [&str; 6] = ["beta_vae", "factor_vae", "mig", "sap", "dci", "modularity"];

/// Seconds of wall and of processor time.
#[derive(Debug, Clone, Copy, Default)]
struct Seconds {
    wall: f64,
    cpu: f64,
}

/// Measures, prints the ratios and writes them into the page.
pub(super) fn run() -> Result<()> {
    let shell = shell()?;
    let python = peers::python(&shell, "scikit-learn")?;
    let cargo = cargo();
    let example = [
        "--release",
        "-p",
        "disentangle-metrics",
        "--example",
        "timings",
    ];
    cmd!(shell, "{cargo} build {example...}").run()?;
    let folder = root()?.join("target/peers");
    shell.create_dir(&folder)?;
    let file = folder.join("scores.npz");
    let script = "benches/peers/scores.py";
    cmd!(shell, "{python} {script} make {file} {ROWS}").run()?;
    let mut table = "| score | Python, wall | processor | ours, wall | processor | ratio | by processor time | \
                     2 threads, wall | faster than 1 |\n|---|---|---|---|---|---|---|---|---|\n"
        .to_owned();
    let mut six = [Seconds::default(); 3];
    for metric in METRICS {
        let peer = cmd!(shell, "{python} {script} {file} {metric}").env("OMP_NUM_THREADS", "1");
        let peer = Seconds::read(&peer.quiet().read()?)?;
        let [one, two] = [
            ours(&shell, &file, (metric, "1"))?,
            ours(&shell, &file, (metric, "2"))?,
        ];
        if SIX.contains(&metric) {
            for (sum, seconds) in six.iter_mut().zip([peer, one, two]) {
                sum.wall += seconds.wall;
                sum.cpu += seconds.cpu;
            }
        }
        table += &row(metric, [peer, one, two]);
    }
    table += &row("the first six", six);
    let note = "\n10,000 rows to learn from and 5,000 held out, 20 codes, factors of 4, 4, 2, 3, 3, 40 and 40 values; \
                settings of `dlib`, seconds. Ours is the fastest of three, Python's boosted trees are a tenth of the \
                stages taken ten times. Processor time tells more on a machine that others use.\n";
    page::write(
        "metrics beside scikit-learn",
        "cargo xtask bench metrics --peers",
        &(table + note),
    )
}

fn ours(shell: &Shell, file: &Path, (metric, threads): (&str, &str)) -> Result<Seconds> {
    let cargo = cargo();
    let example = example("disentangle-metrics", "timings");
    let command = cmd!(shell, "{cargo} {example...} {file} {threads} {metric}");
    Seconds::read(&command.quiet().read()?)
}

fn row(name: &str, [peer, one, two]: [Seconds; 3]) -> String {
    let mut row = String::new();
    let _ = writeln!(
        row,
        "| {name} | {:.3} | {:.3} | {:.4} | {:.4} | {:.0} | {:.0} | {:.4} | {:.2} |",
        peer.wall,
        peer.cpu,
        one.wall,
        one.cpu,
        peer.wall / one.wall,
        peer.cpu / one.cpu,
        two.wall,
        one.wall / two.wall,
    );
    print!("{row}");
    row
}

impl Seconds {
    fn read(line: &str) -> Result<Self> {
        let number = |key: &str| peers::number(line, key);
        Ok(Self {
            wall: number("wall")?,
            cpu: number("cpu")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_of_one_thread() {
        let read = |line: &str| Seconds::read(line).unwrap();
        let peer = read(r#"{"wall": 40, "cpu": 30, "score": 0.5}"#);
        let one = read(r#"{"wall": 2, "cpu": 1, "score": 0.5}"#);
        let two = read(r#"{"wall": 1, "cpu": 1, "score": 0.5}"#);
        let expected = "| a | 40.000 | 30.000 | 2.0000 | 1.0000 | 20 | 30 | 1.0000 | 2.00 |\n";
        assert_eq!(row("a", [peer, one, two]), expected);
        assert!(Seconds::read("{}").is_err());
    }
}
