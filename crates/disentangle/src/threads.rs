//! One number of threads for everything that computes.

use anyhow::Context;

/// Makes rayon's pool of `count` threads, or of the available parallelism; candle and the kernels
/// work in it.
pub(crate) fn set(count: Option<usize>) -> anyhow::Result<()> {
    let count = match count {
        Some(count) => count,
        None => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
    };
    rayon::ThreadPoolBuilder::new()
        .num_threads(count)
        .build_global()
        .context("cannot start the threads")
}
