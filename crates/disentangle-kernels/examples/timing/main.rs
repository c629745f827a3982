//! Times the convolutions of two autoencoders, forwards and backwards, against candle's own operations.
//!
//! `cargo run --release -p disentangle-kernels --example timing [burgess|paper] [ours] [chain]`; the threads are rayon's.
#![expect(clippy::print_stdout, reason = "it reports to the terminal")]

mod layer;

use std::time::Instant;

use candle_core::{Result, Tensor, Var};
use disentangle_kernels::bernoulli_nll;
use layer::{BATCH, BURGESS, Layer, PAPER};

/// The fastest of some runs, in milliseconds.
fn fastest(runs: usize, mut run: impl FnMut() -> Result<()>) -> Result<f64> {
    let mut best = f64::INFINITY;
    for _ in 0..runs {
        let start = Instant::now();
        run()?;
        best = best.min(start.elapsed().as_secs_f64() * 1e3);
    }
    Ok(best)
}

type Run = fn(Layer, &Tensor, &Tensor, &Tensor) -> Result<Tensor>;

/// Milliseconds forwards, and forwards and backwards from the sum of the output.
fn time(layer: Layer, first: bool, runs: usize, run: Run) -> Result<[f64; 2]> {
    let [x, weight, bias] = layer.inputs()?;
    let forward = fastest(runs, || run(layer, &x, &weight, &bias).map(drop))?;
    let [weight, bias] = [Var::from_tensor(&weight)?, Var::from_tensor(&bias)?];
    let x_var = Var::from_tensor(&x)?;
    let x = if first { &x } else { x_var.as_tensor() };
    let step = fastest(runs, || {
        run(layer, x, &weight, &bias)?
            .sum_all()?
            .backward()
            .map(drop)
    })?;
    Ok([forward, step])
}

fn report(name: &str, layers: &[Layer], only_ours: bool) -> Result<()> {
    println!(
        "{name}, batch {BATCH}, {} threads; milliseconds",
        rayon_threads()
    );
    println!(
        "layer                          GFLOP  forward  step  GFLOP/s | candle forward  step | ratio"
    );
    let mut sums = [0.; 3];
    for (i, &layer) in layers.iter().enumerate() {
        let passes = if i == 0 { 2. } else { 3. };
        let [forward, step] = time(layer, i == 0, 5, Layer::ours)?;
        let rate = layer.gflop() * passes / step * 1e3;
        let title = layer.title();
        print!(
            "{title:<30} {:>5.2} {forward:>8.2} {step:>6.2} {rate:>7.0}",
            layer.gflop() * passes
        );
        sums[0] += layer.gflop() * passes;
        sums[1] += step;
        if !only_ours {
            let [candle_forward, candle_step] = time(layer, i == 0, 2, Layer::candles)?;
            sums[2] += candle_step;
            print!(
                " | {candle_forward:>8.1} {candle_step:>8.1} | {:.1}",
                candle_step / step
            );
        }
        println!();
    }
    println!(
        "sum: {:.1} GFLOP, ours {:.1}, candle {:.1}\n",
        sums[0], sums[1], sums[2]
    );
    Ok(())
}

/// All layers in a row with a loss at the end, as a training step without its linear layers and optimizer.
fn chain(name: &str, layers: &[Layer], only_ours: bool) -> Result<()> {
    let mut vars = Vec::new();
    for layer in layers {
        let [_, weight, bias] = layer.inputs()?;
        vars.push([Var::from_tensor(&weight)?, Var::from_tensor(&bias)?]);
    }
    let [image, ..] = layers[0].inputs()?;
    let target = image.clamp(0f32, 1f32)?;
    let step = |run: Run, ours: bool| {
        let mut x = image.clone();
        for (&layer, [weight, bias]) in layers.iter().zip(&vars) {
            let inputs = layer.1[0];
            if x.dim(1)? != inputs {
                // In the place of the bottleneck.
                x = x.narrow(1, 0, inputs)?.contiguous()?;
            }
            x = run(layer, &x, weight, bias)?;
        }
        let nll = if ours {
            bernoulli_nll(&x, &target)?
        } else {
            plain_nll(&x, &target)?
        };
        nll.mean(0)?.backward().map(drop)
    };
    let ours = fastest(7, || step(Layer::ours, true))?;
    println!("{name}, all layers and the loss: ours {ours:.1} ms");
    if !only_ours {
        let candles = fastest(2, || step(Layer::candles, false))?;
        println!(
            "{name}, all layers and the loss: candle {candles:.1} ms, {:.1} times ours",
            candles / ours
        );
    }
    Ok(())
}

fn plain_nll(logits: &Tensor, targets: &Tensor) -> Result<Tensor> {
    let softplus = (logits.abs()?.neg()?.exp()? + 1.)?.log()?;
    let each = ((logits.relu()? - (logits * targets)?)? + softplus)?;
    each.flatten_from(1)?.sum(1)
}

fn rayon_threads() -> usize {
    rayon::current_num_threads()
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| args.iter().any(|arg| arg == word);
    let all = !has("burgess") && !has("paper");
    for (name, layers) in [("burgess", &BURGESS[..]), ("paper", &PAPER[..])] {
        if all || has(name) {
            if !has("chain") {
                report(name, layers, has("ours"))?;
            }
            chain(name, layers, has("ours"))?;
        }
    }
    Ok(())
}
