//! What the objectives promise, seen on small models.

use anyhow::Result;

use super::{Experiment, Finding, Run, Trained, label_swap};
use crate::run_log::{Log, mean};

const CONFIG: &str = "configs/experiments/behavior.yaml";

pub(super) const EXPERIMENTS: &[Experiment] = &[
    Experiment {
        name: "capacity",
        config: CONFIG,
        claim: "the mean KL of 100 steps is within 10% of C wherever C ≥ 5",
        runs: &[Run {
            name: "run",
            overrides: &[
                "objective.terms.kl={weight: 100, term: {kind: capacity, capacity: {kind: linear, from: 0, to: 20, steps: 2000}}}",
            ],
            lengths: &[3000],
        }],
        judge: capacity,
    },
    Experiment {
        name: "reconstruction_weight",
        config: CONFIG,
        claim: "the weight falls from 4 to 1 over 400 steps, and a resume in between changes no value",
        runs: &[
            Run {
                name: "whole",
                overrides: FALLING_WEIGHT,
                lengths: &[600],
            },
            Run {
                name: "resumed",
                overrides: FALLING_WEIGHT,
                lengths: &[250, 600],
            },
        ],
        judge: reconstruction_weight,
    },
    Experiment {
        name: "beta",
        config: CONFIG,
        claim: "β = 8 ends with a lower KL than β = 1",
        runs: &[
            Run {
                name: "1",
                overrides: &["objective.terms.kl={weight: 1, term: {kind: kl}}"],
                lengths: &[2000],
            },
            Run {
                name: "8",
                overrides: &["objective.terms.kl={weight: 8, term: {kind: kl}}"],
                lengths: &[2000],
            },
        ],
        judge: beta,
    },
    Experiment {
        name: "factor_vae",
        config: CONFIG,
        claim: "the discriminator's accuracy leaves 0.5, and TC ends lower than in a VAE whose discriminator only watches",
        runs: &[
            Run {
                name: "weight-0",
                overrides: &[
                    "objective.terms.kl={weight: 1, term: {kind: kl}}",
                    "objective.terms.tc={weight: 0, term: {kind: density_ratio_tc}}",
                ],
                lengths: &[2000],
            },
            Run {
                name: "weight-20",
                overrides: &[
                    "objective.terms.kl={weight: 1, term: {kind: kl}}",
                    "objective.terms.tc={weight: 20, term: {kind: density_ratio_tc}}",
                ],
                lengths: &[2000],
            },
        ],
        judge: factor_vae,
    },
    Experiment {
        name: "cvae",
        config: CONFIG,
        claim: "images decoded with the label of another shape become sprites of that shape",
        runs: &[Run {
            name: "run",
            overrides: &[
                "objective.terms.kl={weight: 4, term: {kind: kl}}",
                "train.labels=[shape]",
                "model.conditioning={kind: labels, planes: learned}",
            ],
            lengths: &[2000],
        }],
        judge: label_swap::judge,
    },
    Experiment {
        name: "ifcvae",
        config: CONFIG,
        claim: "the same, though the label is inferred from the image",
        runs: &[Run {
            name: "run",
            overrides: &[
                "objective.terms.kl={weight: 4, term: {kind: kl}}",
                "train.labels=[shape]",
                "model.conditioning={kind: inferred_labels, encoder: {kind: burgess}}",
                "objective.terms.label_of_image={term: {kind: label_classification, of: images}}",
                "objective.terms.label_of_reconstruction={term: {kind: label_classification, of: reconstructions}}",
                "objective.terms.label_in_latents={weight: 20, term: {kind: label_adversary, auxiliary: {network: {kind: mlp, hidden: [256, 256]}}}}",
            ],
            lengths: &[2000],
        }],
        judge: label_swap::judge,
    },
];

const FALLING_WEIGHT: &[&str] = &[
    "objective.terms.recon.weight={kind: linear, from: 4, to: 1, steps: 400}",
    "objective.terms.kl={weight: 1, term: {kind: kl}}",
];

fn capacity(runs: &Trained<'_>) -> Result<Finding> {
    let log = runs.log(0)?;
    let (kl, capacity) = (log.series("kl/total")?, log.series("kl/capacity")?);
    let mut worst = 0.0_f64;
    for (kl, capacity) in kl.chunks(100).zip(capacity.chunks(100)) {
        let target = mean(capacity.iter().map(|(_, c)| *c));
        if capacity.iter().all(|(_, c)| *c >= 5.0) {
            let kl = mean(kl.iter().map(|(_, kl)| *kl));
            worst = worst.max((kl - target).abs() / target);
        }
    }
    Ok(Finding {
        holds: worst <= 0.1,
        measured: format!("at most {:.1}% away", worst * 100.0),
    })
}

fn reconstruction_weight(runs: &Trained<'_>) -> Result<Finding> {
    let (whole, resumed) = (runs.log(0)?, runs.log(1)?);
    let weights = whole.series("weight/recon")?;
    let falls = weights.windows(2).all(|pair| pair[1].1 <= pair[0].1);
    let ends = |step: usize| weights[step].1;
    let same = |name| Ok::<_, anyhow::Error>(whole.series(name)? == resumed.series(name)?);
    let equal = same("weight/recon")? && same("objective")?;
    Ok(Finding {
        holds: falls && equal && ends(0) == 4.0 && ends(400) == 1.0,
        measured: format!(
            "from {} to {} at step 400; resumed at step 250, all 600 objectives {}",
            ends(0),
            ends(400),
            if equal { "equal" } else { "differ" }
        ),
    })
}

fn beta(runs: &Trained<'_>) -> Result<Finding> {
    let kl = |log: Log| log.mean_of_last("kl/total", 100);
    let (one, eight) = (kl(runs.log(0)?)?, kl(runs.log(1)?)?);
    Ok(Finding {
        holds: eight < one,
        measured: format!("KL of the last 100 steps: {one:.2} (β = 1), {eight:.2} (β = 8)"),
    })
}

fn factor_vae(runs: &Trained<'_>) -> Result<Finding> {
    let last = |log: &Log, name| log.mean_of_last(name, 200);
    let (watched, minimized) = (runs.log(0)?, runs.log(1)?);
    let accuracy = last(&watched, "tc/discriminator_accuracy")?;
    let (before, after) = (last(&watched, "loss/tc")?, last(&minimized, "loss/tc")?);
    Ok(Finding {
        holds: accuracy > 0.55 && after < before,
        measured: format!(
            "accuracy {accuracy:.3} beside a VAE; TC of the last 200 steps {before:.2} (VAE), {after:.2} (γ = 20)"
        ),
    })
}
