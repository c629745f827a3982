//! Batches, ahead of time and not.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use disentangle_data::{
    Dataset, Error, FactorSpace, HostBatch, ImageShape, Loader, LoaderConfig, Sampling,
    check_request,
};
use disentangle_seeds::Seeds;

/// Images of one pixel, which is their index; image 13 can be made to fail.
struct Toy {
    len: usize,
    fault: Fault,
    made: AtomicUsize,
}

#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    Error,
    Panic,
}

impl Dataset for Toy {
    fn len(&self) -> usize {
        self.len
    }
    fn image_shape(&self) -> ImageShape {
        ImageShape {
            height: 1,
            width: 1,
            channels: 1,
        }
    }
    fn factor_space(&self) -> Option<&FactorSpace> {
        None
    }
    fn factors(&self, _: usize, _: &mut [u32]) -> Result<(), Error> {
        Ok(())
    }
    fn images(&self, indices: &[usize], out: &mut [u8]) -> Result<(), Error> {
        check_request(self, indices, out)?;
        self.made.fetch_add(1, Ordering::SeqCst);
        match self.fault {
            Fault::Error if indices.contains(&13) => return Err(Error::NothingChosen),
            Fault::Panic if indices.contains(&13) => panic!("image 13 is unlucky"),
            _ => {}
        }
        for (pixel, &index) in out.iter_mut().zip(indices) {
            *pixel = index as u8;
        }
        Ok(())
    }
}

fn toy(len: usize, fault: Fault) -> Arc<Toy> {
    Arc::new(Toy {
        len,
        fault,
        made: AtomicUsize::new(0),
    })
}

fn loader(dataset: Arc<Toy>, config: LoaderConfig) -> Loader {
    Loader::new(dataset, config, Seeds::new(5)).unwrap()
}

fn config(batch_size: usize, prefetch: usize) -> LoaderConfig {
    LoaderConfig {
        batch_size,
        prefetch,
        ..LoaderConfig::default()
    }
}

#[test]
fn batches_ahead_are_the_batches_of_their_steps() {
    for prefetch in [0, 1, 3] {
        for sampling in [Sampling::Epochs, Sampling::WithReplacement] {
            let config = LoaderConfig {
                sampling,
                second_batch: true,
                ..config(4, prefetch)
            };
            let loader = loader(toy(20, Fault::None), config);
            let mut batches = loader.batches(3);
            for step in 3..30 {
                assert_eq!(batches.next_step(), step);
                let batch = batches.next().unwrap().unwrap();
                assert_eq!(batch, loader.batch(step).unwrap());
                assert_eq!(batch.indices, loader.batch_indices(step));
                batches.recycle(batch);
            }
        }
    }
}

#[test]
fn without_images_the_same_indices_come_and_none_is_read() {
    let config = LoaderConfig {
        second_batch: true,
        ..config(4, 2)
    };
    let dataset = toy(20, Fault::None);
    let with = loader(dataset.clone(), config.clone());
    let without = loader(dataset.clone(), config).without_images();
    let made = dataset.made.load(Ordering::SeqCst);
    let batches: Vec<_> = without.batches(3).take(4).map(Result::unwrap).collect();
    assert_eq!(dataset.made.load(Ordering::SeqCst), made);
    for (batch, step) in batches.iter().zip(3..) {
        let whole = with.batch(step).unwrap();
        assert!(batch.images.is_empty());
        assert_eq!(batch.indices, whole.indices);
        let second = |batch: &HostBatch| batch.second.as_ref().unwrap().indices.clone();
        assert_eq!(second(batch), second(&whole));
    }
}

#[test]
fn the_second_batch_is_independent_of_the_first() {
    let config = LoaderConfig {
        second_batch: true,
        ..config(50, 0)
    };
    let with = loader(toy(100, Fault::None), config);
    let alone = loader(toy(100, Fault::None), self::config(50, 0));
    for step in 0..6 {
        let batch = with.batch(step).unwrap();
        let second = batch.second.unwrap();
        assert_ne!(batch.indices, second.indices);
        assert!(second.second.is_none());
        // Asking for a second batch does not change the first.
        assert_eq!(batch.indices, alone.batch_indices(step));
        // Two independent halves share half of their images, ± 2.5 each standard deviation.
        let shared = batch
            .indices
            .iter()
            .filter(|i| second.indices.contains(i))
            .count();
        assert!((13..=37).contains(&shared), "{shared}");
    }
}

#[test]
fn memory_ahead_is_bounded() {
    let dataset = toy(20, Fault::None);
    let loader = loader(dataset.clone(), config(4, 2));
    let mut batches = loader.batches(0);
    for taken in 1..50 {
        batches.next().unwrap().unwrap();
        // Two wait, and one is being handed over.
        assert!(dataset.made.load(Ordering::SeqCst) <= taken + 3);
    }
}

#[test]
fn an_error_ends_the_batches_after_those_before_it() {
    for prefetch in [0, 3] {
        let loader = loader(toy(20, Fault::Error), config(4, prefetch));
        let failing = (0..5)
            .position(|step| loader.batch_indices(step).contains(&13))
            .unwrap();
        let results: Vec<Result<HostBatch, Error>> = loader.batches(0).take(50).collect();
        assert_eq!(results.len(), failing + 1);
        assert!(results[..failing].iter().all(Result::is_ok));
        assert!(matches!(results[failing], Err(Error::NothingChosen)));
    }
}

#[test]
fn a_panic_on_the_thread_is_an_error_with_its_message() {
    let loader = loader(toy(20, Fault::Panic), config(4, 1));
    let results: Vec<_> = loader.batches(0).take(50).collect();
    let message = results.last().unwrap().as_ref().unwrap_err().to_string();
    assert_eq!(message, "the loading thread panicked: image 13 is unlucky");
    assert!(results.len() <= 5);
}

#[test]
fn dropping_early_ends_the_thread() {
    let dataset = toy(20, Fault::None);
    let loader = loader(dataset.clone(), config(4, 2));
    let mut batches = loader.batches(0);
    batches.next().unwrap().unwrap();
    drop(batches);
    drop(loader);
    // Nobody else holds the data set: the thread has let go of its loader.
    assert_eq!(Arc::strong_count(&dataset), 1);
}

#[test]
fn waiting_is_measured() {
    let loader = loader(toy(20, Fault::None), config(4, 1));
    let mut batches = loader.batches(0);
    assert!(batches.waited().is_zero());
    batches.next().unwrap().unwrap();
    assert!(!batches.waited().is_zero());
}

#[test]
fn images_without_labels_make_batches_without_factors() {
    let batch = loader(toy(20, Fault::None), config(4, 0)).batch(0).unwrap();
    assert!(batch.factors.is_empty());
    let pixels: Vec<_> = batch.indices.iter().map(|&index| index as u8).collect();
    assert_eq!(batch.images, pixels);
}

#[test]
fn impossible_loaders_are_refused() {
    let error = |config| {
        let error = Loader::new(toy(3, Fault::None), config, Seeds::new(0))
            .err()
            .unwrap();
        error.to_string()
    };
    assert!(error(config(4, 0)).contains("a batch of 4 images cannot be drawn"));
    assert!(error(config(0, 0)).contains("`batch_size`: must be at least 1"));
}
