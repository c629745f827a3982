//! The number of threads that compute: one number for rayon, the kernels and candle.
//!
//! Of several, the calling thread is one, so that work for the pool begins without waking another thread. Alone, it
//! would have to wait for the thread that makes batches ahead and at the same time do what that one leaves to the pool.

use anyhow::Context;

/// Rounds that candle's own threads spin before they sleep; its default is half a millisecond of a core, after each of
/// its few operations that use them.
const SPINS: &str = "100";

/// Makes rayon's pool of `count` threads, or of the available parallelism, and has candle use as many.
///
/// Call it once, from the main thread, while there is no other.
pub(crate) fn set(count: Option<usize>) -> anyhow::Result<()> {
    let count = match count {
        Some(count) => count,
        None => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
    };
    let threads = count.to_string();
    for (name, value) in [
        ("RAYON_NUM_THREADS", threads.as_str()),
        ("CANDLE_NUM_THREADS", &threads),
        ("CANDLE_BARRIER_POOL_SPIN_LIMIT", SPINS),
    ] {
        #[expect(
            unsafe_code,
            reason = "candle takes these numbers from the environment only"
        )]
        // SAFETY: commands call this before they start a thread, so no other thread reads the environment meanwhile.
        unsafe {
            std::env::set_var(name, value);
        }
    }
    let mut pool = rayon::ThreadPoolBuilder::new().num_threads(count);
    if count > 1 {
        pool = pool.use_current_thread();
    }
    pool.build_global().context("cannot start the threads")
}
