//! Each convolution of two autoencoders, forwards and as a step (forwards and backwards), against candle's operations.

#[path = "../examples/timing/layer.rs"]
mod layer;

use std::time::Duration;

use candle_core::{Result, Tensor, Var};
use criterion::{Criterion, Throughput};
use layer::{BURGESS, Layer, PAPER};

type Operation = fn(Layer, &Tensor, &Tensor, &Tensor) -> Result<Tensor>;

fn main() -> Result<()> {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    for (network, layers) in [("burgess", &BURGESS[..]), ("paper", &PAPER[..])] {
        for (i, &layer) in layers.iter().enumerate() {
            let mut group = criterion.benchmark_group(format!("{network} {}", layer.title()));
            let flop = layer.gflop() * 1e9;
            for (name, operation) in [
                ("ours", Layer::ours as Operation),
                ("candle", Layer::candles),
            ] {
                let [x, weight, bias] = layer.inputs()?;
                group.throughput(Throughput::Elements(flop as u64));
                group.bench_function(format!("{name} forward"), |bencher| {
                    bencher.iter(|| operation(layer, &x, &weight, &bias).expect("the shapes fit"));
                });
                let [weight, bias] = [Var::from_tensor(&weight)?, Var::from_tensor(&bias)?];
                let x_var = Var::from_tensor(&x)?;
                // The first layer's input needs no gradient.
                let (x, passes) = if i == 0 {
                    (&x, 2.)
                } else {
                    (x_var.as_tensor(), 3.)
                };
                group.throughput(Throughput::Elements((flop * passes) as u64));
                let step = || operation(layer, x, &weight, &bias)?.sum_all()?.backward();
                group.bench_function(format!("{name} step"), |bencher| {
                    bencher.iter(|| step().expect("the shapes fit"));
                });
            }
            group.finish();
        }
    }
    criterion.final_summary();
    Ok(())
}
