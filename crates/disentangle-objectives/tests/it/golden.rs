//! Golden values in f64; where they come from is written in `fixtures/golden/README.md`.

use disentangle_objectives::TermConfig;

use crate::setting::{Inputs, Setting, build};

fn golden(name: &str) -> f64 {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/golden/objectives.json"
    );
    let text = std::fs::read_to_string(path).unwrap();
    let values: serde_json::Value = serde_json::from_str(&text).unwrap();
    values
        .pointer(name)
        .and_then(serde_json::Value::as_f64)
        .unwrap()
}

/// 1e-10: a few dozen f64 operations on numbers of order 10.
fn check(term: &str, step: u64, name: &str) {
    let config: TermConfig = serde_json::from_str(term).unwrap();
    let term = build(&config).unwrap();
    let value = Setting::new(&Inputs::golden()).loss(term.as_ref(), step);
    assert!((value - golden(name)).abs() < 1e-10, "{name}: {value}");
}

#[test]
fn bernoulli() {
    check(r#"{"kind": "bernoulli"}"#, 0, "/recon_bce_sum_over_batch");
}

#[test]
fn kl() {
    check(r#"{"kind": "kl"}"#, 0, "/kl");
}

#[test]
fn kl_per_latent() {
    let setting = Setting::new(&Inputs::golden());
    let cx = setting.cx(0);
    let values: Vec<f64> = cx.kl_per_latent().unwrap().to_vec1().unwrap();
    for (d, value) in values.into_iter().enumerate() {
        assert!((value - golden(&format!("/kl_per_dim/{d}"))).abs() < 1e-10);
    }
}

#[test]
fn capacity() {
    let term = r#"{"kind": "capacity",
        "capacity": {"kind": "linear", "from": 0, "to": 25, "steps": 2000}}"#;
    for step in [0, 1000, 2000, 5000] {
        check(
            term,
            step,
            &format!("/capacity_loss_wkld1_iter{step}_itersC2000_maxC25"),
        );
    }
}

#[test]
fn total_correlation_by_minibatch_weighted_sampling() {
    check(
        r#"{"kind": "total_correlation", "estimator": "mws"}"#,
        0,
        "/mws_N1000/tc",
    );
}
