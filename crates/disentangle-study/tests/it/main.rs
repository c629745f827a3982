//! The studies that come with the project.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::PathBuf;

use disentangle_study::Study;

fn study(name: &str) -> Study {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../configs/studies");
    Study::load(&[path.join(name)], &[]).unwrap()
}

/// Locatello et al. 2019: `index = config · 50 + seed`, with the methods and their values in this order.
#[test]
fn the_large_study_has_the_numbers_of_its_source() {
    let study = study("unsupervised_study_v1.yaml");
    assert_eq!(study.len(), 1800);
    let expected = [
        ("beta_vae", "kl.weight", ["1", "2", "4", "6", "8", "16"]),
        (
            "factor_vae",
            "tc.weight",
            ["10", "20", "30", "40", "50", "100"],
        ),
        (
            "dip_vae_i",
            "dip.term.lambda_od",
            ["1", "2", "5", "10", "20", "50"],
        ),
        (
            "dip_vae_ii",
            "dip.term.lambda_od",
            ["1", "2", "5", "10", "20", "50"],
        ),
        // The weight of total correlation is β − 1 for β = 1, 2, 4, 6, 8, 10.
        ("beta_tcvae", "tc.weight", ["0", "1", "3", "5", "7", "9"]),
        (
            "annealed_vae",
            "capacity.term.capacity.to",
            ["5", "10", "25", "50", "75", "100"],
        ),
    ];
    for (place, (method, key, values)) in expected.into_iter().enumerate() {
        for (value, written) in values.into_iter().enumerate() {
            for seed in [0, 49] {
                let index = (place * 6 + value) * 50 + seed;
                let run = study.run(index).unwrap();
                assert_eq!(run.setting(), format!("{method} {key}={written}"));
                assert_eq!((run.index, run.seed), (index, seed as u64));
                let config = run.config().unwrap();
                assert_eq!((config.seed, config.train.steps), (seed as u64, 300_000));
                assert_eq!(config.model.latents, 10);
            }
        }
    }
}

#[test]
fn the_tiny_study_has_twelve_runs() {
    let study = study("tiny.yaml");
    assert_eq!(study.len(), 12);
    assert_eq!(study.run(11).unwrap().setting(), "beta_tcvae tc.weight=5");
}
