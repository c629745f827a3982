//! Buffers that outlive a call.
//!
//! A fresh buffer of some megabytes costs a page fault for each 4 KiB of it, about as much as the work it is for. They
//! go back to a pool instead. A pool, not a thread's own buffer: a rayon thread that waits for its children may begin
//! another task, which must not find its buffer in use.

use std::{
    mem::MaybeUninit,
    ops::{Deref, DerefMut, Range},
    sync::Mutex,
};

/// Buffers kept; a thread uses about three at once.
const KEPT: usize = 96;

static POOL: Mutex<Vec<Vec<f32>>> = Mutex::new(Vec::new());

/// Numbers of a cache line, which vectors should not straddle.
const LINE: usize = 16;

/// A buffer with numbers left over from earlier work, which returns to the pool when dropped.
#[derive(Debug)]
pub(crate) struct Workspace {
    buffer: Vec<f32>,
    range: Range<usize>,
}

impl Workspace {
    /// Takes the smallest buffer of the pool that is large enough, or makes one; it begins with a cache line.
    pub(crate) fn new(len: usize) -> Self {
        let from_pool = POOL.lock().ok().and_then(|mut pool| {
            let fitting = (0..pool.len()).filter(|&i| pool[i].len() >= len + LINE);
            let smallest = fitting.min_by_key(|&i| pool[i].len())?;
            Some(pool.swap_remove(smallest))
        });
        // Sizes in steps let layers of similar size share a buffer.
        let mut buffer =
            from_pool.unwrap_or_else(|| vec![0.; (len + LINE).next_multiple_of(1 << 14)]);
        let start = buffer
            .as_ptr()
            .align_offset(LINE * size_of::<f32>())
            .min(LINE);
        let range = start..start + len;
        if cfg!(debug_assertions) {
            // Whoever reads what it has not written is found out.
            buffer[range.clone()].fill(f32::NAN);
        }
        Self { buffer, range }
    }
}

impl Deref for Workspace {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.buffer[self.range.clone()]
    }
}

impl DerefMut for Workspace {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.buffer[self.range.clone()]
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        if let Ok(mut pool) = POOL.lock() {
            pool.push(std::mem::take(&mut self.buffer));
            if pool.len() > KEPT
                && let Some(smallest) = (0..pool.len()).min_by_key(|&i| pool[i].len())
            {
                pool.swap_remove(smallest);
            }
        }
    }
}

/// A vector that `write` fills, without zeroing it before.
///
/// # Safety
/// `write` writes every number.
#[expect(
    unsafe_code,
    reason = "the vector's length is set after its numbers are written"
)]
pub(crate) unsafe fn filled(len: usize, write: impl FnOnce(&mut [MaybeUninit<f32>])) -> Vec<f32> {
    let mut numbers = Vec::with_capacity(len);
    write(&mut numbers.spare_capacity_mut()[..len]);
    // SAFETY: the capacity is there, and the caller vouches that all is written.
    unsafe { numbers.set_len(len) };
    numbers
}
