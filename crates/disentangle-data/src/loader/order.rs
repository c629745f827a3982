//! Which images come at which step.

use std::sync::{Arc, Mutex, PoisonError};

use disentangle_seeds::Seeds;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Whether an image may come again before all others have come.
///
/// A data set whose images have weights is drawn from with replacement by these weights, in either case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sampling {
    /// Each epoch is a fresh permutation, cut into batches; what does not fill a batch is dropped.
    #[default]
    Epochs,
    /// Every image of every batch is drawn from all images, independently.
    WithReplacement,
}

/// The order of images under one purpose.
pub(super) struct Order {
    len: u32,
    batch_size: usize,
    sampling: Sampling,
    seeds: Seeds,
    purpose: &'static str,
    /// The sums of the weights up to each image, if images have weights.
    sums: Option<Arc<Vec<f64>>>,
    /// The permutation of the epoch that was asked for last.
    epoch: Mutex<Option<Epoch>>,
}

#[derive(Clone)]
struct Epoch {
    number: u64,
    permutation: Arc<Vec<u32>>,
}

impl Order {
    pub(super) fn new(
        len: usize,
        batch_size: usize,
        sampling: Sampling,
        (seeds, purpose): (Seeds, &'static str),
    ) -> Result<Self, Error> {
        let too_large = sampling == Sampling::Epochs && batch_size > len;
        if len == 0 || too_large {
            return Err(Error::Batch { batch_size, len });
        }
        Ok(Self {
            len: u32::try_from(len).map_err(|_| Error::TooMany { len })?,
            batch_size,
            sampling,
            seeds,
            purpose,
            sums: None,
            epoch: Mutex::new(None),
        })
    }

    /// Draws by weights from now on, given as their sums up to each image.
    pub(super) fn weighted(self, sums: Option<Arc<Vec<f64>>>) -> Self {
        Self { sums, ..self }
    }

    pub(super) fn batches_per_epoch(&self) -> u64 {
        (u64::from(self.len) / self.batch_size as u64).max(1)
    }

    /// Replaces `indices` by those of a step.
    pub(super) fn fill(&self, step: u64, indices: &mut Vec<usize>) {
        indices.clear();
        match (&self.sums, self.sampling) {
            (Some(sums), _) => {
                let mut stream = self.seeds.stream(self.purpose, step);
                let total = sums.last().copied().unwrap_or_default();
                let draws = std::iter::repeat_with(|| {
                    let at = stream.uniform() * total;
                    // Rounding may reach the total itself.
                    sums.partition_point(|&sum| sum <= at).min(sums.len() - 1)
                });
                indices.extend(draws.take(self.batch_size));
            }
            (None, Sampling::Epochs) => {
                let batches = self.batches_per_epoch();
                let permutation = self.permutation(step / batches);
                let first = (step % batches) as usize * self.batch_size;
                let batch = &permutation[first..first + self.batch_size];
                indices.extend(batch.iter().map(|&index| index as usize));
            }
            (None, Sampling::WithReplacement) => {
                let mut stream = self.seeds.stream(self.purpose, step);
                let draws = std::iter::repeat_with(|| stream.below(u64::from(self.len)) as usize);
                indices.extend(draws.take(self.batch_size));
            }
        }
    }

    fn permutation(&self, number: u64) -> Arc<Vec<u32>> {
        // A panic cannot leave half an epoch behind, so a poisoned lock is as good as another.
        let mut epoch = self.epoch.lock().unwrap_or_else(PoisonError::into_inner);
        match &*epoch {
            Some(known) if known.number == number => known.permutation.clone(),
            _ => {
                let mut permutation: Vec<u32> = (0..self.len).collect();
                self.seeds
                    .stream(self.purpose, number)
                    .shuffle(&mut permutation);
                let permutation = Arc::new(permutation);
                *epoch = Some(Epoch {
                    number,
                    permutation: permutation.clone(),
                });
                permutation
            }
        }
    }
}

/// Sums weights up to each image.
pub(super) fn sums(weights: &[f32]) -> Result<Vec<f64>, Error> {
    let mut sum = 0.0;
    let mut sums = Vec::with_capacity(weights.len());
    for (index, &weight) in weights.iter().enumerate() {
        if !weight.is_finite() || weight < 0.0 {
            return Err(Error::Weight { index, weight });
        }
        sum += f64::from(weight);
        sums.push(sum);
    }
    match weights.last() {
        Some(&weight) if sum == 0.0 => {
            let index = weights.len() - 1;
            Err(Error::Weight { index, weight })
        }
        _ => Ok(sums),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(len: usize, batch_size: usize, sampling: Sampling, seed: u64) -> Order {
        Order::new(len, batch_size, sampling, (Seeds::new(seed), "shuffle")).unwrap()
    }

    fn batch(order: &Order, step: u64) -> Vec<usize> {
        let mut indices = vec![99];
        order.fill(step, &mut indices);
        indices
    }

    fn epoch(order: &Order, number: u64) -> Vec<usize> {
        let batches = order.batches_per_epoch();
        let steps = number * batches..(number + 1) * batches;
        steps.flat_map(|step| batch(order, step)).collect()
    }

    #[test]
    fn an_epoch_has_every_image_once() {
        let order = order(12, 4, Sampling::Epochs, 0);
        for number in 0..3 {
            let mut indices = epoch(&order, number);
            indices.sort_unstable();
            assert_eq!(indices, (0..12).collect::<Vec<_>>());
        }
    }

    #[test]
    fn epochs_differ() {
        let order = order(100, 10, Sampling::Epochs, 0);
        assert_ne!(epoch(&order, 0), epoch(&order, 1));
    }

    #[test]
    fn what_does_not_fill_a_batch_is_dropped() {
        let order = order(11, 4, Sampling::Epochs, 0);
        assert_eq!(order.batches_per_epoch(), 2);
        let mut indices = epoch(&order, 0);
        indices.sort_unstable();
        indices.dedup();
        assert_eq!(indices.len(), 8);
    }

    #[test]
    fn a_step_alone_decides_its_batch() {
        for sampling in [Sampling::Epochs, Sampling::WithReplacement] {
            let there = order(50, 7, sampling, 3);
            let forwards: Vec<_> = (0..20).map(|step| batch(&there, step)).collect();
            for step in (0..20).rev() {
                let fresh = order(50, 7, sampling, 3);
                assert_eq!(batch(&fresh, step), forwards[step as usize]);
                assert_eq!(batch(&there, step), forwards[step as usize]);
            }
            let other = order(50, 7, sampling, 4);
            assert_ne!(batch(&other, 0), forwards[0]);
        }
    }

    #[test]
    fn replacement_draws_every_image_equally() {
        let order = order(5, 50, Sampling::WithReplacement, 0);
        let mut counts = [0; 5];
        for step in 0..1000 {
            for index in batch(&order, step) {
                counts[index] += 1;
            }
        }
        // Five standard deviations of a binomial count: 5·√(50000·0.2·0.8) ≈ 447.
        assert!(
            counts.iter().all(|&n: &i32| (n - 10_000).abs() < 447),
            "{counts:?}"
        );
    }

    #[test]
    fn a_batch_larger_than_the_set_is_refused_only_without_replacement() {
        let key = (Seeds::new(0), "shuffle");
        let error = Order::new(3, 4, Sampling::Epochs, key).err().unwrap();
        assert!(error.to_string().contains("a batch of 4 images"), "{error}");
        assert!(Order::new(0, 4, Sampling::WithReplacement, key).is_err());
        assert!(Order::new(3, 4, Sampling::WithReplacement, key).is_ok());
    }

    #[test]
    fn weights_say_how_often_an_image_comes() {
        let weights = [0.0, 1.0, 0.0, 3.0, 0.0];
        for sampling in [Sampling::Epochs, Sampling::WithReplacement] {
            let sums = Arc::new(sums(&weights).unwrap());
            let order = order(5, 5, sampling, 0).weighted(Some(sums));
            let mut counts = [0; 5];
            for step in 0..4000 {
                for index in batch(&order, step) {
                    counts[index] += 1;
                }
            }
            // Five standard deviations of a binomial count: 5·√(20000·0.25·0.75) ≈ 306.
            assert_eq!([counts[0], counts[2], counts[4]], [0; 3]);
            assert!((counts[1] - 5000_i32).abs() < 306, "{counts:?}");
            assert_eq!(batch(&order, 7), batch(&order, 7));
        }
    }

    #[test]
    fn impossible_weights_are_refused() {
        let error = |weights: &[f32]| sums(weights).unwrap_err().to_string();
        assert!(error(&[1.0, -1.0]).starts_with("image 1 has the weight -1"));
        assert!(error(&[f32::NAN]).starts_with("image 0 has the weight NaN"));
        assert!(error(&[0.0, 0.0]).starts_with("image 1 has the weight 0"));
    }
}
