//! Bugs that other implementations have had, each as a fact that they break.

use disentangle_metrics::{
    Dci, Histogram, LogisticMode, MetricConfig, Outcome, Points, Protocol, Table, dci, evaluate,
    mig,
};
use disentangle_seeds::Seeds;
use ndarray::{Array2, Axis};
use serde_json::Value;

/// All combinations of three factors, and the codes that are the factors.
fn perfect() -> (Array2<f32>, Array2<u32>) {
    let factors = Array2::from_shape_fn((60, 3), |(row, k)| {
        (row / [20, 5, 1][k] % [3, 4, 5][k]) as u32
    });
    (factors.mapv(|class| class as f32), factors)
}

fn importance(codes: &Array2<f32>, factors: &Array2<u32>) -> (f64, Array2<f64>) {
    let points = Points {
        codes: codes.view(),
        factors: factors.view(),
        values: None,
    };
    let settings = Dci::default();
    let result = dci(
        points,
        points,
        (&settings, LogisticMode::Lbfgs),
        Seeds::new(0),
    )
    .unwrap();
    (
        result.concentration.disentanglement.unwrap(),
        result.importance,
    )
}

/// A port of MIG reshaped where it meant to transpose: perfect codes scored 0.001 instead of 1.
#[test]
fn d6_perfect_codes_have_mig_1() {
    let (codes, factors) = perfect();
    let gaps = mig(codes.view(), factors.view(), &Histogram::default()).unwrap();
    assert!((gaps.score - 1.0).abs() < 1e-12);
    assert_eq!(gaps.mutual_information.dim(), (3, 3));
}

/// A port of DCI stopped at the first dead code: all later codes counted as dead.
#[test]
fn d9_a_dead_code_in_front_changes_nothing() {
    let (codes, factors) = perfect();
    let dead = Array2::from_elem((60, 1), 0.5);
    let with_dead = ndarray::concatenate(Axis(1), &[dead.view(), codes.view()]).unwrap();
    let (score, matrix) = importance(&codes, &factors);
    let (score_with, matrix_with) = importance(&with_dead, &factors);
    assert!((score - score_with).abs() < 1e-9 && score > 0.999);
    assert!(matrix_with.row(0).iter().all(|&x| x == 0.0));
    let rest = matrix_with.slice(ndarray::s![1.., ..]);
    assert!((&rest - &matrix).iter().all(|x| x.abs() < 1e-9));
}

fn json(metrics: &[&str]) -> Value {
    // Two copies of each code: disentangled, but not complete.
    let (codes, factors) = perfect();
    let twice = ndarray::concatenate(Axis(1), &[codes.view(), codes.view()]).unwrap();
    let table = Table::new(twice, factors).unwrap();
    let metrics: Vec<_> = metrics
        .iter()
        .map(|name| MetricConfig::named(name).unwrap())
        .collect();
    let scores = evaluate(&table, &Protocol::dlib(), &metrics, Seeds::new(0)).unwrap();
    serde_json::from_str(&scores.to_json()).unwrap()
}

/// A library logged the last of DCI's numbers, completeness, as DCI.
#[test]
fn d12_dci_is_disentanglement_and_each_number_has_its_name() {
    let dci = &json(&["dci"])["metrics"]["dci"];
    assert_eq!(dci["score"], dci["disentanglement"]);
    assert!(dci["disentanglement"].as_f64().unwrap() > 0.99);
    assert!(dci["completeness"].as_f64().unwrap() < 0.9);
    assert_eq!(dci["probe"], "gbt");
}

/// Scores moved with the version of scikit-learn: the algorithms are ours, and what changed between
/// versions is a parameter with its value in the JSON.
#[test]
fn d16_the_json_says_which_variant_of_each_algorithm_ran() {
    let json = json(&["dci", "sap", "irs"]);
    let protocol = &json["protocol"];
    assert!(protocol["version"].is_u64());
    for key in ["edges", "logistic", "bins", "active_threshold"] {
        assert!(!protocol[key].is_null(), "{key}");
    }
    for (metric, key) in [
        ("dci", "probe"),
        ("dci", "trees"),
        ("dci", "ties"),
        ("sap", "c"),
        ("irs", "quantile"),
    ] {
        assert!(!protocol[metric][key].is_null(), "{metric}.{key}");
    }
    let names = ["gbt", "gbt-legacy"].map(|probe| {
        serde_json::from_str::<MetricConfig>(&format!(r#"{{"kind": "dci", "probe": "{probe}"}}"#))
            .unwrap()
    });
    let (codes, factors) = perfect();
    let noisy = Array2::from_shape_fn((60, 3), |(row, d)| {
        codes[[row, d]] + ((row * 7 + d * 13) % 11) as f32 * 0.3
    });
    let table = Table::new(noisy, factors).unwrap();
    let scores = names.map(|metric| {
        let scores = evaluate(&table, &Protocol::dlib(), &[metric], Seeds::new(0)).unwrap();
        match &scores.metrics["dci"] {
            Outcome::Score(score) => score.score,
            Outcome::Failed(why) => panic!("{why}"),
        }
    });
    assert!((scores[0] - scores[1]).abs() > 0.01, "{scores:?}");
}
