//! What every data set must do, over `DatasetConfig::examples()`.

use std::sync::Arc;

use disentangle_data::{
    Dataset, DatasetConfig, Error, FactorSpace, Loader, LoaderConfig, Places, Sampling,
};
use disentangle_registry::{Build, Config, Problems};
use disentangle_seeds::Seeds;

use crate::support::{DataFolder, factors, image};

/// Runs a check on every example.
#[expect(
    clippy::print_stdout,
    reason = "the last line names the example that fails"
)]
fn for_each(check: impl Fn(&DatasetConfig, &Places)) {
    let data = DataFolder::new();
    for config in DatasetConfig::examples() {
        println!("{config:?}");
        check(&config, &data.places());
    }
}

fn for_each_built(check: impl Fn(&dyn Dataset)) {
    for_each(|config, places| check(config.build(places).unwrap().as_ref()));
}

/// A few indices from the whole range.
fn some_indices(dataset: &dyn Dataset) -> Vec<usize> {
    let len = dataset.len();
    (0..20.min(len)).map(|k| k * (len - 1) / 19).collect()
}

#[test]
fn every_kind_has_an_example() {
    let kinds: Vec<_> = DatasetConfig::examples()
        .iter()
        .map(DatasetConfig::kind)
        .collect();
    for kind in DatasetConfig::KINDS {
        assert!(kinds.contains(kind), "{kind}");
    }
}

#[test]
fn configs_are_valid_and_round_trip() {
    for_each(|config, _| {
        let mut problems = Problems::default();
        config.check(&mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        let yaml = serde_saphyr::to_string(config).unwrap();
        assert_eq!(
            &serde_saphyr::from_str::<DatasetConfig>(&yaml).unwrap(),
            config
        );
    });
}

#[test]
fn unknown_fields_are_refused() {
    for kind in DatasetConfig::KINDS {
        let text = format!("{{kind: {kind}, unheard_of: 1}}");
        let error = serde_saphyr::from_str::<DatasetConfig>(&text)
            .unwrap_err()
            .to_string();
        assert!(error.contains("unheard_of"), "{kind}: {error}");
    }
}

#[test]
fn the_schema_knows_every_kind() {
    let schema = schemars::schema_for!(DatasetConfig);
    let text = serde_json::to_string(&schema).unwrap();
    for kind in DatasetConfig::KINDS {
        assert!(
            text.contains(&format!("\"const\":\"{kind}\"")),
            "{kind}: {text}"
        );
    }
}

#[test]
fn building_twice_gives_the_same_images_and_factors() {
    for_each(|config, places| {
        let (one, other) = (config.build(places).unwrap(), config.build(places).unwrap());
        for index in some_indices(one.as_ref()) {
            assert!(
                image(one.as_ref(), index) == image(other.as_ref(), index),
                "image {index}"
            );
            assert_eq!(factors(one.as_ref(), index), factors(other.as_ref(), index));
        }
    });
}

#[test]
fn a_batch_is_its_images_one_by_one() {
    for_each_built(|dataset| {
        // Out of order and with a repetition; bytes that were there before must not shine through.
        let mut indices = some_indices(dataset);
        indices.reverse();
        indices.push(indices[0]);
        let mut batch = vec![0xA5; indices.len() * dataset.image_shape().n_bytes()];
        dataset.images(&indices, &mut batch).unwrap();
        let single: Vec<_> = indices
            .iter()
            .flat_map(|&index| image(dataset, index))
            .collect();
        assert!(batch == single);
    });
}

#[test]
fn requests_that_do_not_fit_are_errors() {
    for_each_built(|dataset| {
        let (len, n_bytes) = (dataset.len(), dataset.image_shape().n_bytes());
        let mut out = vec![0; n_bytes];
        for index in [len, usize::MAX] {
            let images = dataset.images(&[index], &mut out).unwrap_err();
            assert!(matches!(images, Error::Index { .. }), "{images}");
            let mut row = vec![0; dataset.factor_space().map_or(0, FactorSpace::n_factors)];
            if !row.is_empty() {
                let factors = dataset.factors(index, &mut row).unwrap_err();
                assert!(matches!(factors, Error::Index { .. }), "{factors}");
            }
        }
        let short = dataset.images(&[0], &mut out[1..]).unwrap_err();
        assert!(matches!(short, Error::Length { .. }), "{short}");
        assert!(dataset.images(&[0, 0], &mut out).is_err());
        assert!(dataset.factors(0, &mut [0; 99]).is_err());
        dataset.images(&[], &mut []).unwrap();
    });
}

#[test]
fn factors_are_within_their_sizes_and_find_their_image() {
    for_each_built(|dataset| {
        let Some(space) = dataset.factor_space() else {
            return;
        };
        for index in some_indices(dataset) {
            let factors = factors(dataset, index);
            space.check(&factors).unwrap();
            if space.is_grid() {
                assert_eq!(space.index(&factors).unwrap(), index);
            }
        }
        if space.is_grid() {
            assert_eq!(space.sizes().iter().product::<usize>(), dataset.len());
        }
    });
}

#[test]
fn images_are_neither_empty_nor_all_the_same() {
    for_each_built(|dataset| {
        let shape = dataset.image_shape();
        assert!(shape.height > 0 && shape.width > 0 && shape.channels > 0);
        assert!(!dataset.is_empty());
        let images: Vec<_> = some_indices(dataset)
            .iter()
            .map(|&i| image(dataset, i))
            .collect();
        for image in &images {
            assert!(image.iter().any(|&pixel| pixel != image[0]));
        }
        assert!(images.iter().any(|image| *image != images[0]));
    });
}

#[test]
fn every_factor_of_a_grid_changes_the_image() {
    for_each_built(|dataset| {
        let Some(space) = dataset.factor_space().filter(|space| space.is_grid()) else {
            return;
        };
        let middle: Vec<u32> = space.sizes().iter().map(|&size| size as u32 / 2).collect();
        let base = image(dataset, space.index(&middle).unwrap());
        for (factor_idx, &size) in space.sizes().iter().enumerate() {
            let mut factors = middle.clone();
            let changes = (0..size as u32).any(|value| {
                factors[factor_idx] = value;
                image(dataset, space.index(&factors).unwrap()) != base
            });
            assert!(changes || size == 1, "{}", space.names()[factor_idx]);
        }
    });
}

#[test]
fn every_data_set_can_be_loaded() {
    for_each(|config, places| {
        let dataset: Arc<dyn Dataset> = config.build(places).unwrap().into();
        for sampling in [Sampling::Epochs, Sampling::WithReplacement] {
            let config = LoaderConfig {
                batch_size: 3,
                sampling,
                second_batch: true,
                prefetch: 1,
            };
            let loader = Loader::new(dataset.clone(), config, Seeds::new(0)).unwrap();
            let batch = loader.batches(7).next().unwrap().unwrap();
            assert_eq!(batch, loader.batch(7).unwrap());
            assert_eq!(
                batch.images[..dataset.image_shape().n_bytes()],
                image(dataset.as_ref(), batch.indices[0])
            );
        }
    });
}
