#![doc = include_str!("../README.md")]

mod stream;

pub use stream::Stream;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The root of all randomness of a run.
///
/// A stream is a pure function of (seed, purpose, step), so a run can be resumed at any step without
/// saving generator state, and no part can disturb the numbers of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seeds {
    seed: u64,
}

impl Seeds {
    /// Makes the streams of one seed.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// Returns the seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Returns the stream of a purpose at a step, from its beginning.
    ///
    /// Purposes are paths such as `init/encoder.conv1.weight`, `shuffle`, `noise`, `metric/mig`.
    pub fn stream(&self, purpose: &str, step: u64) -> Stream {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&self.seed.to_le_bytes());
        key[8..24].copy_from_slice(&stable_hash(purpose.as_bytes()).to_le_bytes());
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(step);
        Stream::new(generator)
    }
}

/// FNV-1a, 128 bits: the standard library's hash may change between releases, this one cannot.
fn stable_hash(bytes: &[u8]) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    bytes.iter().fold(OFFSET, |hash, &byte| {
        (hash ^ u128::from(byte)).wrapping_mul(PRIME)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(seed: u64, purpose: &str, step: u64) -> u64 {
        Seeds::new(seed).stream(purpose, step).next_u64()
    }

    #[test]
    fn equal_keys_give_equal_numbers() {
        assert_eq!(first(1, "noise", 7), first(1, "noise", 7));
    }

    #[test]
    fn seed_purpose_and_step_each_matter() {
        let base = first(1, "noise", 7);
        assert_ne!(base, first(2, "noise", 7));
        assert_ne!(base, first(1, "shuffle", 7));
        assert_ne!(base, first(1, "noise", 8));
    }

    /// The published FNV-1a 128 vectors of the empty string and of "a" (draft-eastlake-fnv).
    #[test]
    fn hash_is_the_published_one() {
        assert_eq!(stable_hash(b""), 0x6c62272e07bb014262b821756295c58d);
        assert_eq!(stable_hash(b"a"), 0xd228cb696f1a8caf78912b704e4a8964);
    }

    /// Pinned on the first release: old runs must resume with the numbers they started with.
    #[test]
    fn streams_are_pinned() {
        assert_eq!(first(0, "noise", 0), PINNED);
    }
    const PINNED: u64 = 7_736_412_417_419_221_786;
}
