//! The weighted sum and its rules.

use disentangle_architectures::LabelSpace;
use disentangle_objectives::{Error, Objective, ObjectiveConfig, Provides, Scalars, TermCx};
use disentangle_registry::{Config, Problems};

use crate::golden::golden;
use crate::setting::{Inputs, PROVIDES, Setting, term_cx};

fn objective(text: &str) -> Objective {
    let config: ObjectiveConfig = serde_json::from_str(text).unwrap();
    config.build(&term_cx(), PROVIDES).unwrap()
}

fn read(objective: &Objective, step: u64) -> std::collections::BTreeMap<String, f64> {
    let setting = Setting::new(&Inputs::golden());
    let (_, scalars) = objective.loss(&setting.cx(step)).unwrap();
    Scalars::read_all(&[scalars]).unwrap().remove(0)
}

#[test]
fn is_the_weighted_sum_and_logs_raw_terms_and_weights() {
    let objective = objective(
        r#"{"terms": {"recon": {"term": {"kind": "bernoulli"}},
                      "kl": {"weight": {"kind": "linear", "from": 0, "to": 4, "steps": 10},
                             "term": {"kind": "kl"}}}}"#,
    );
    let logged = read(&objective, 5);
    assert_eq!(logged["weight/kl"], 2.0);
    let sum = logged["loss/recon"] + 2.0 * logged["loss/kl"];
    assert!((logged["objective"] - sum).abs() < 1e-12);
    let per_latent: f64 = (0..3).map(|d| logged[&format!("kl/latent/{d}")]).sum();
    assert!((logged["kl/total"] - per_latent).abs() < 1e-12);
}

#[test]
fn the_capacity_is_logged() {
    let objective = objective(
        r#"{"terms": {"c": {"weight": 100, "term": {"kind": "capacity", "capacity": 7.5}}}}"#,
    );
    assert_eq!(read(&objective, 0)["c/capacity"], 7.5);
}

/// log σ of a saturated decoder is −∞ in other libraries; here a term of weight 0 cannot poison.
#[test]
fn a_term_of_weight_zero_takes_no_part() {
    let objective = objective(
        r#"{"terms": {"recon": {"weight": 0, "term": {"kind": "bernoulli"}}, "kl": {"term": {"kind": "kl"}}}}"#,
    );
    let mut inputs = Inputs::golden();
    inputs.logits[0] = f64::INFINITY;
    let setting = Setting::new(&inputs);
    let (loss, _) = objective.loss(&setting.cx(0)).unwrap();
    assert!(loss.to_scalar::<f64>().unwrap().is_finite());
}

#[test]
fn all_unmet_needs_are_named_at_once() {
    let config: ObjectiveConfig = serde_json::from_str(
        r#"{"terms": {"kl": {"term": {"kind": "kl"}}, "tc": {"term": {"kind": "total_correlation"}},
                      "aux": {"term": {"kind": "label_adversary"}},
                      "y": {"term": {"kind": "label_classification"}}}}"#,
    )
    .unwrap();
    let provides = Provides {
        gaussian_posterior: false,
        labels: false,
        label_encoder: false,
        batch_size: 1,
        ..PROVIDES
    };
    let cx = TermCx {
        labels: LabelSpace::default(),
        ..term_cx()
    };
    let error = config.build(&cx, provides).err().unwrap();
    assert!(matches!(&error, Error::Unmet(unmet) if unmet.len() == 6));
    assert_eq!(
        error.to_string(),
        "term `aux` needs labels, which `train.labels` does not provide; \
         term `kl` needs a Gaussian posterior, which the bottleneck does not provide; \
         term `tc` needs a Gaussian posterior, which the bottleneck does not provide; \
         term `tc` needs at least two images a batch, which `train.batch_size` does not provide; \
         term `y` needs labels, which `train.labels` does not provide; \
         term `y` needs a label encoder, which `model.conditioning` does not provide"
    );
}

#[test]
fn bad_names_and_weights_are_reported_with_their_path() {
    let config: ObjectiveConfig = serde_json::from_str(
        r#"{"terms": {"My KL": {"term": {"kind": "kl"}},
                      "c": {"term": {"kind": "capacity", "capacity":
                            {"kind": "exponential", "from": 0, "to": 1, "steps": 1}}}}}"#,
    )
    .unwrap();
    let mut problems = Problems::default();
    config.check(&mut problems);
    let paths: Vec<_> = problems.into_vec().into_iter().map(|p| p.path).collect();
    assert_eq!(paths, ["terms.My KL", "terms.c.term.capacity.to"]);
}

#[test]
fn factors_and_targets_below_zero_are_refused() {
    let config: ObjectiveConfig = serde_json::from_str(
        r#"{"terms": {
            "c": {"term": {"kind": "capacity", "capacity": {"kind": "linear", "from": 5, "to": -1, "steps": 9}}},
            "d": {"term": {"kind": "dip", "form": "i", "lambda_od": -2, "lambda_d": {"kind": "piecewise", "points": [[0, 1], [5, -0.5]]}}}
        }}"#,
    )
    .unwrap();
    let mut problems = Problems::default();
    config.check(&mut problems);
    let paths: Vec<_> = problems.into_vec().into_iter().map(|p| p.path).collect();
    let expected = [
        "terms.c.term.capacity",
        "terms.d.term.lambda_od",
        "terms.d.term.lambda_d",
    ];
    assert_eq!(paths, expected);
}

#[test]
fn a_set_smaller_than_the_batch_has_no_stratified_estimate() {
    let config: ObjectiveConfig = serde_json::from_str(
        r#"{"terms": {"tc": {"term": {"kind": "total_correlation", "estimator": "mss"}}}}"#,
    )
    .unwrap();
    let provides = Provides {
        train_size: 3,
        ..PROVIDES
    };
    let error = config.build(&term_cx(), provides).err().unwrap();
    assert_eq!(
        error.to_string(),
        "term `tc` needs at least as many images as a batch holds, which the data set does not provide"
    );
}

/// β-TCVAE in both forms of Chen et al.: α·MI + β·TC + γ·DWKL with α = γ = 1, and the sampled KL with
/// weight 1 beside TC with weight β − 1.
#[test]
fn the_two_forms_of_beta_tcvae_are_one_objective() {
    for (estimator, beta) in [("mws", 6.0), ("mss", 3.0)] {
        let parts = objective(&format!(
            r#"{{"terms": {{
                "mi": {{"term": {{"kind": "mutual_information", "estimator": "{estimator}"}}}},
                "tc": {{"weight": {beta}, "term": {{"kind": "total_correlation", "estimator": "{estimator}"}}}},
                "dwkl": {{"term": {{"kind": "dimension_kl", "estimator": "{estimator}"}}}}}}}}"#
        ));
        let logged = read(&parts, 0);
        let sampled_kl = golden("/mc_kl_logqzx_minus_logpz");
        let sum = sampled_kl + (beta - 1.0) * logged["loss/tc"];
        // 1e-10: f64 sums of order 10.
        assert!((logged["objective"] - sum).abs() < 1e-10);
        // The number carries its estimator.
        assert_eq!(logged[&format!("tc/{estimator}")], logged["loss/tc"]);
    }
}

/// The same with the KL that the term `kl` computes: on average over the noise the forms agree.
#[test]
fn the_sampled_kl_is_the_kl_on_average() {
    let parts = objective(
        r#"{"terms": {"mi": {"term": {"kind": "mutual_information"}},
                      "tc": {"term": {"kind": "total_correlation"}},
                      "dwkl": {"term": {"kind": "dimension_kl"}}}}"#,
    );
    let draws = 2000;
    let sampled: Vec<f64> = (0..draws)
        .map(|draw| {
            let setting = Setting::with_noise(&Inputs::golden(), draw);
            let (loss, _) = parts.loss(&setting.cx(0)).unwrap();
            loss.to_scalar().unwrap()
        })
        .collect();
    let mean = sampled.iter().sum::<f64>() / draws as f64;
    let variance = sampled.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / draws as f64;
    let error = (variance / draws as f64).sqrt();
    // Five standard errors of the mean.
    assert!(
        (mean - golden("/kl")).abs() < 5.0 * error,
        "{mean} ± {error}"
    );
}
