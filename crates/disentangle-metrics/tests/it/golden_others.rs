//! Metrics beyond disentanglement_lib against their own implementations: see `fixtures/golden/metrics/README.md`.

use disentangle_metrics::{Detail, MetricConfig, Outcome, Protocol, Score, evaluate};
use disentangle_seeds::Seeds;
use serde_json::Value;

use super::case::{Case, assert_close};

const CASES: [&str; 5] = [
    "c01_identity",
    "c02_noisy",
    "c04_mlp",
    "c05_redundant",
    "c06_noise",
];

fn expected(name: &str) -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/golden/metrics/other_implementations.json"
    );
    let all: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    all[name].clone()
}

fn score(name: &str, metric: &str) -> Score {
    let metric: MetricConfig = serde_json::from_str(metric).unwrap();
    let protocol = Protocol {
        permutations: 0,
        ..Protocol::dlib()
    };
    let kind = metric.kind().to_owned();
    let scores = evaluate(
        &Case::load(name).table(),
        &protocol,
        &[metric],
        Seeds::new(0),
    )
    .unwrap();
    match &scores.metrics[&kind] {
        Outcome::Score(score) => score.clone(),
        Outcome::Failed(why) => panic!("{name}: {why}"),
    }
}

fn detail(score: &Score, key: &str) -> f64 {
    match &score.details[key] {
        Detail::Number(value) => *value,
        other => panic!("{key}: {other:?}"),
    }
}

#[test]
fn gaps_agree_with_ubisoft() {
    for name in CASES {
        let expected = expected(name);
        for kind in ["dcimig", "jemmig"] {
            let found = score(name, &format!("{{\"kind\": \"{kind}\"}}")).score;
            // 1e-9: the same counts, summed in another order.
            assert_close(&[found], &[expected[kind].as_f64().unwrap()], 1e-9, name);
        }
    }
}

#[test]
fn med_agrees_with_its_authors() {
    for name in CASES {
        let (found, expected) = (score(name, r#"{"kind": "med"}"#), &expected(name)["med"]);
        for (ours, theirs) in [
            ("disentanglement", "disentanglement"),
            ("completeness", "completeness"),
            ("top_disentanglement", "top1_disentanglement"),
            ("top_completeness", "top1_completeness"),
        ] {
            let value = expected[theirs].as_f64().unwrap();
            assert_close(
                &[detail(&found, ours)],
                &[value],
                1e-9,
                &format!("{name} {ours}"),
            );
        }
    }
}

/// Noise of 1e-10 parts equal codes, and differs between seeds: the originals' two seeds differ by up to 0.003.
#[test]
fn info_mec_agrees_with_its_authors() {
    for name in CASES {
        let (found, expected) = (
            score(name, r#"{"kind": "info_mec"}"#),
            &expected(name)["info_mec"],
        );
        for key in ["infom", "infoc", "infoe"] {
            let runs: Vec<f64> = expected
                .as_array()
                .unwrap()
                .iter()
                .map(|run| run[key].as_f64().unwrap())
                .collect();
            let (low, high) = (runs[0].min(runs[1]), runs[0].max(runs[1]));
            let value = detail(&found, key);

            assert!(
                value > low - 0.005 && value < high + 0.005,
                "{name} {key}: {value} but {runs:?}"
            );
        }
    }
}

#[test]
fn info_mec_of_bins_agrees_with_its_authors() {
    for name in CASES {
        let metric = r#"{"kind": "info_mec", "estimator": "histogram"}"#;
        let (found, expected) = (score(name, metric), &expected(name)["info_mec_histogram"]);
        for key in ["infom", "infoc"] {
            let value = expected[key].as_f64().unwrap();
            assert_close(
                &[detail(&found, key)],
                &[value],
                1e-9,
                &format!("{name} {key}"),
            );
        }
    }
}
