//! Forward and backward of the mixture's log densities, the cost of total correlation, with the most memory that they
//! hold: `cargo bench -p disentangle-kernels --bench mixture`.
#![expect(clippy::print_stdout, reason = "a benchmark reports to its terminal")]
#![expect(unsafe_code, reason = "a global allocator cannot be written without")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use candle_core::{Device, Result, Tensor, Var};
use disentangle_kernels::{PairLogWeights, mixture_log_densities};

static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(held, Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> Result<()> {
    println!("  batch latents  median ms   peak MB   one [B, B] a latent, MB");
    for (batch, latents, repeats) in [(64, 10, 101), (64, 20, 101), (256, 20, 21), (1024, 20, 7)] {
        let (milliseconds, peak) = measure(batch, latents, repeats)?;
        let per_latent = (batch * batch * latents * 4) as f64 / 1e6;
        println!("{batch:7} {latents:7} {milliseconds:10.2} {peak:9.2} {per_latent:10.2}");
    }
    Ok(())
}

/// Median milliseconds of a forward and backward pass, and the most megabytes held beyond the inputs.
fn measure(batch: usize, latents: usize, repeats: usize) -> Result<(f64, f64)> {
    let input = |seed: f64| {
        let values = (0..batch * latents).map(|i| ((i as f64 + seed) * 12.9898).sin() as f32);
        Var::from_vec(values.collect::<Vec<_>>(), (batch, latents), &Device::Cpu)
    };
    let (z, mu, log_var) = (input(0.)?, input(0.3)?, input(0.7)?);
    let weights = PairLogWeights::uniform(-(batch as f64 * 737_280.).ln());
    let before = HELD.load(Relaxed);
    PEAK.store(before, Relaxed);
    let mut times = Vec::new();
    for _ in 0..repeats {
        let start = Instant::now();
        let densities = mixture_log_densities(&z, &mu, &log_var, weights)?;
        let joint: Tensor = densities.narrow(1, 0, 1)?;
        let marginals = densities.narrow(1, 1, latents)?.sum_keepdim(1)?;
        let gradients = (joint - marginals)?.mean_all()?.backward()?;
        assert!(gradients.get(&z).is_some());
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let peak = (PEAK.load(Relaxed) - before) as f64 / 1e6;
    Ok((times[repeats / 2], peak))
}
