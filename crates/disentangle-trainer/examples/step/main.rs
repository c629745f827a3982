//! Times training steps and encoding of one model in a process of its own, and tells its peak memory.
//!
//! `cargo run --release -p disentangle-trainer --example step -- MODEL BATCH SECONDS THREADS [DEVICE]`: MODEL is `paper`
//! (RGB, D = 20) or `burgess` (gray, D = 10), DEVICE `cpu` or `cuda[:N]`. Prints one line of JSON, as
//! `benches/peers/pytorch_step.py` does. A step on a GPU ends when the GPU has done its work.
#![expect(clippy::print_stdout, reason = "it reports to the terminal")]

#[path = "../../../disentangle/src/memory.rs"]
mod memory;
mod run;

use std::time::Instant;

use disentangle_trainer::DeviceChoice;
use run::{Error, Run};

fn main() -> Result<(), Error> {
    memory::keep();
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (name, batch, seconds, threads, device) = match args.as_slice() {
        [name, batch, seconds, threads] => (name, batch, seconds, threads, DeviceChoice::Cpu),
        [name, batch, seconds, threads, device] => (name, batch, seconds, threads, device.parse()?),
        _ => return Err("usage: MODEL BATCH SECONDS THREADS [DEVICE]".into()),
    };
    let (batch, seconds): (usize, f64) = (batch.parse()?, seconds.parse()?);
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.parse()?)
        .use_current_thread()
        .build_global()?;
    let device = device.open()?;
    let mut run = Run::new(name, batch, &device)?;
    let [step, step_cpu] = fastest(seconds, || {
        run.train()?;
        Ok(device.synchronize()?)
    })?;
    let peak = peak_mb()?;
    let [encode, encode_cpu] = fastest(seconds / 4., || {
        run.encode()?;
        Ok(device.synchronize()?)
    })?;
    println!(
        "{{\"step\": {step:.2}, \"step_cpu\": {step_cpu:.2}, \"encode\": {encode:.2}, \
         \"encode_cpu\": {encode_cpu:.2}, \"peak_mb\": {peak:.0}}}"
    );
    Ok(())
}

/// The fastest wall and processor time of repeated calls, after three that warm up, in milliseconds.
fn fastest(seconds: f64, mut work: impl FnMut() -> Result<(), Error>) -> Result<[f64; 2], Error> {
    for _ in 0..3 {
        work()?;
    }
    let start = Instant::now();
    let (mut count, mut best) = (0, [f64::INFINITY; 2]);
    while count < 5 || start.elapsed().as_secs_f64() < seconds {
        let (begin, cpu) = (Instant::now(), cpu_ms());
        work()?;
        let times = [begin.elapsed().as_secs_f64() * 1e3, cpu_ms() - cpu];
        best = [best[0].min(times[0]), best[1].min(times[1])];
        count += 1;
    }
    Ok(best)
}

/// Processor time of all threads so far, in milliseconds.
fn cpu_ms() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 * 1e-6
}

fn peak_mb() -> Result<f64, Error> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kb = line
        .and_then(|line| line.split_whitespace().next())
        .ok_or("no VmHWM")?;
    Ok(kb.parse::<f64>()? / 1024.)
}
