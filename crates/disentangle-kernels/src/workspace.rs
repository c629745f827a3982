//! Buffers that outlive a call.
//!
//! A fresh buffer of some megabytes costs a page fault for each 4 KiB of it, about as much as the work it is for. They
//! go back to a pool instead. A pool, not a thread's own buffer: a rayon thread that waits for its children may begin
//! another task, which must not find its buffer in use.

use std::{
    mem::MaybeUninit,
    ops::{Deref, DerefMut},
    sync::Mutex,
};

/// Buffers kept; a thread uses about three at once.
const KEPT: usize = 96;

static POOL: Mutex<Vec<Vec<f32>>> = Mutex::new(Vec::new());

/// A buffer with numbers left over from earlier work, which returns to the pool when dropped.
#[derive(Debug)]
pub(crate) struct Workspace {
    buffer: Vec<f32>,
    len: usize,
}

impl Workspace {
    /// Takes the smallest buffer of the pool that is large enough, or makes one.
    pub(crate) fn new(len: usize) -> Self {
        let from_pool = POOL.lock().ok().and_then(|mut pool| {
            let fitting = (0..pool.len()).filter(|&i| pool[i].len() >= len);
            let smallest = fitting.min_by_key(|&i| pool[i].len())?;
            Some(pool.swap_remove(smallest))
        });
        // Sizes in steps let layers of similar size share a buffer.
        let buffer = from_pool.unwrap_or_else(|| vec![0.; len.next_multiple_of(1 << 14)]);
        Self { buffer, len }
    }
}

impl Workspace {
    /// The numbers to write, as [`filled`] lends them.
    #[expect(
        unsafe_code,
        reason = "a slice of numbers as one that is to be written"
    )]
    pub(crate) fn as_unwritten(&mut self) -> &mut [MaybeUninit<f32>] {
        let numbers: &mut [f32] = self;
        // SAFETY: the layout is the same, and this crate only ever writes numbers through it.
        unsafe { &mut *(std::ptr::from_mut(numbers) as *mut [MaybeUninit<f32>]) }
    }
}

impl Deref for Workspace {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.buffer[..self.len]
    }
}

impl DerefMut for Workspace {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.buffer[..self.len]
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
