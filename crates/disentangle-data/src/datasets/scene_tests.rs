//! What the tests of drawn scenes share.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hasher};

use sha2::{Digest, Sha256};

use crate::dataset::Dataset;

/// Returns how many different images there are among some, by 64 bits of hash.
pub(crate) fn count_distinct(dataset: &dyn Dataset, indices: &[usize]) -> usize {
    let mut image = vec![0; dataset.image_shape().n_bytes()];
    let mut seen = BTreeSet::new();
    for &index in indices {
        dataset.images(&[index], &mut image).unwrap();
        let mut hasher = DefaultHasher::new();
        hasher.write(&image);
        seen.insert(hasher.finish());
    }
    seen.len()
}

/// Returns the first 16 digits of the SHA-256 of 100 images from all over the set.
pub(crate) fn pinned(dataset: &dyn Dataset) -> String {
    let indices: Vec<_> = (0..100).map(|k| k * (dataset.len() - 1) / 99).collect();
    let mut images = vec![0; 100 * dataset.image_shape().n_bytes()];
    dataset.images(&indices, &mut images).unwrap();
    let digest = Sha256::digest(&images);
    digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
