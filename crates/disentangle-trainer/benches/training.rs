//! Training steps and encoding, milliseconds a batch; threads as the environment says.
//!
//! The paper's model on RGB, and small models on gray images at several batch sizes: cost must grow linearly.

#[path = "../../disentangle/src/memory.rs"]
mod memory;
#[path = "../examples/step/run.rs"]
mod run;

use std::time::Duration;

use candle_core::Device;
use criterion::{BenchmarkId, Criterion, Throughput};
use run::{Error, Run};

const CASES: [(&str, usize); 7] = [
    ("paper", 16),
    ("paper", 64),
    ("paper", 256),
    ("locatello", 64),
    ("burgess", 16),
    ("burgess", 64),
    ("burgess", 256),
];

fn main() -> Result<(), Error> {
    memory::keep();
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(5))
        .configure_from_args();
    for (name, batch) in CASES {
        let mut run = Run::new(name, batch, &Device::Cpu)?;
        let mut group = criterion.benchmark_group("training");
        group.throughput(Throughput::Elements(batch as u64));
        group.bench_function(BenchmarkId::new(format!("step {name}"), batch), |bencher| {
            bencher.iter(|| run.train().expect("the shapes fit"));
        });
        group.bench_function(
            BenchmarkId::new(format!("encode {name}"), batch),
            |bencher| {
                bencher.iter(|| run.encode().expect("the shapes fit"));
            },
        );
    }
    criterion.final_summary();
    Ok(())
}
