//! Times scores, beside what Python takes for them: see `benches/peers/scores.py`.
//!
//! `cargo run --release -p disentangle-metrics --example timings -- FILE.npz THREADS METRIC` scores the arrays `codes`
//! and `factors` with the held-out rows `codes_test` and `factors_test` under the protocol `dlib`, without nulls, three
//! times, and prints a line of JSON: seconds of wall and processor time of the fastest, and the score.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use disentangle_arrays::read;
use disentangle_metrics::{MetricConfig, Outcome, Protocol, Table, evaluate};
use disentangle_seeds::Seeds;

const REPEATS: usize = 3;

#[expect(clippy::print_stdout, reason = "a measurement shows its result")]
fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, threads, name] = arguments.as_slice() else {
        return Err("expected FILE.npz THREADS METRIC".into());
    };
    let array = |name| read(Path::new(file), Some(name));
    let table = Table::from_split(
        (&array("codes")?, &array("factors")?),
        (&array("codes_test")?, &array("factors_test")?),
    )?;
    let metric = [MetricConfig::named(name)?];
    let protocol = Protocol {
        permutations: 0,
        ..Protocol::dlib()
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.parse()?)
        .build()?;
    let (mut wall, mut cpu, mut score) = (f64::INFINITY, f64::INFINITY, f64::NAN);
    for _ in 0..REPEATS {
        let (begin, before) = (Instant::now(), cpu_seconds());
        let scores = pool.install(|| evaluate(&table, &protocol, &metric, Seeds::new(0)))?;
        wall = wall.min(begin.elapsed().as_secs_f64());
        cpu = cpu.min(cpu_seconds() - before);
        score = match &scores.metrics[name.as_str()] {
            Outcome::Score(found) => found.score,
            Outcome::Failed(why) => return Err(why.clone().into()),
        };
    }
    println!("{{\"wall\": {wall}, \"cpu\": {cpu}, \"score\": {score}}}");
    Ok(())
}

/// Processor time of all threads so far.
fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}
