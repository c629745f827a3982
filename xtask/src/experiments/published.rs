//! Runs of the length of published ones, on images that are those of the published dSprites.
//!
//! The logs are those of disentangling-vae (github.com/YannDubs/disentangling-vae): Burgess et al.'s
//! network, D = 10, Adam at 5e-4, the KL's weight rising over 10,000 steps; an epoch is 11,520 steps.

use anyhow::Result;

use super::{Experiment, Finding, Run, Trained};
use crate::run_log::mean;

const CONFIG: &str = "configs/experiments/burgess.yaml";
/// Steps of an epoch: 737,280 images in batches of 64.
const EPOCH: u64 = 11_520;

pub(super) const EXPERIMENTS: &[Experiment] = &[
    Experiment {
        name: "published_vae",
        config: CONFIG,
        claim: "the VAE's second epoch has reconstruction 38.6 ± 4 and KL 26.6 ± 1",
        runs: &[Run {
            name: "run",
            overrides: &["objective.terms.kl.weight.to=1"],
            lengths: &[2 * EPOCH],
        }],
        judge: |runs| second_epoch(runs, (38.6, 4.0), (26.6, 1.0)),
    },
    Experiment {
        name: "published_beta_vae",
        config: CONFIG,
        claim: "the second epoch at β = 4 has reconstruction 64.4 ± 6 and KL 15.0 ± 0.7",
        runs: &[Run {
            name: "run",
            overrides: &["objective.terms.kl.weight.to=4"],
            lengths: &[2 * EPOCH],
        }],
        judge: |runs| second_epoch(runs, (64.4, 6.0), (15.0, 0.7)),
    },
];

/// Compares the means over the second epoch with a published value and how far they may be from it.
fn second_epoch(runs: &Trained<'_>, reconstruction: (f64, f64), kl: (f64, f64)) -> Result<Finding> {
    let log = runs.log(0)?;
    let of_epoch = |name: &str, epoch: u64| -> Result<f64> {
        let steps = (epoch - 1) * EPOCH + 1..=epoch * EPOCH;
        let series = log.series(name)?;
        let inside = series.iter().filter(|(step, _)| steps.contains(step));
        let values: Vec<f64> = inside.map(|(_, value)| *value).collect();
        Ok(mean(values.into_iter()))
    };
    let found = (of_epoch("loss/recon", 2)?, of_epoch("kl/total", 2)?);
    let near = |found: f64, (value, far): (f64, f64)| (found - value).abs() <= far;
    Ok(Finding {
        holds: near(found.0, reconstruction) && near(found.1, kl),
        measured: format!(
            "epoch 1: {:.1} and {:.1}; epoch 2: {:.1} and {:.1}",
            of_epoch("loss/recon", 1)?,
            of_epoch("kl/total", 1)?,
            found.0,
            found.1
        ),
    })
}
