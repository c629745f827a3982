//! The number of threads that compute.

use anyhow::Context;

/// Makes rayon's pool of `count` threads, or of the available parallelism.
///
/// The kernels, data and metrics work in it. candle's own operations also have a pool, which reads
/// `CANDLE_NUM_THREADS`.
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
