//! The allocator: mimalloc, told to keep what it has.
//!
//! A training step asks for the same blocks of megabytes again and again. An allocator that gives them back to the
//! system has them zeroed page by page each time, up to a fifth of the step.

use std::ffi::c_long;

use libmimalloc_sys::{mi_option_large_os_pages, mi_option_set, mi_option_t};
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// `mi_option_purge_delay` of mimalloc's header, which the bindings leave out; −1 is never.
const PURGE_DELAY: mi_option_t = 15;
const NEVER: c_long = -1;

/// Keeps freed memory for the next step, in large pages where the system has them.
pub(crate) fn keep() {
    #[expect(unsafe_code, reason = "options of a C library")]
    // SAFETY: sets two numbers that mimalloc reads atomically.
    unsafe {
        mi_option_set(PURGE_DELAY, NEVER);
        mi_option_set(mi_option_large_os_pages, 1);
    }
}
