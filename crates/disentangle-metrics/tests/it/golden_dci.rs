//! disentanglement_lib@86a644d, scikit-learn 1.9.1: see `fixtures/golden/metrics/README.md`.

use disentangle_metrics::{Dci, DciScores, LogisticMode, Points, Probe, concentration, dci};
use disentangle_seeds::Seeds;
use ndarray::{Array2, Axis};
use serde_json::Value;

use super::case::{Case, assert_close, flat, numbers};

fn run(case: &Case, probe: Probe) -> DciScores {
    let table = case.with_test();
    let varies = |&k: &usize| {
        let column = table.factors().column(k).to_owned();
        column.iter().any(|&class| class != column[0])
    };
    let kept: Vec<usize> = (0..table.factors().ncols()).filter(varies).collect();
    let test = table.test().unwrap();
    let factors = table.factors().select(Axis(1), &kept);
    let test_factors = test.factors().select(Axis(1), &kept);
    let settings = Dci {
        probe,
        ..Dci::default()
    };
    let train = Points {
        codes: table.codes(),
        factors: factors.view(),
        values: None,
    };
    let test = Points {
        codes: test.codes(),
        factors: test_factors.view(),
        values: None,
    };
    dci(train, test, (&settings, LogisticMode::Lbfgs), Seeds::new(0)).unwrap()
}

fn number(block: &Value, key: &str) -> f64 {
    block[key].as_f64().unwrap()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The original's own seeds differ by as much: it chooses at random among columns that tie.
fn check(name: &str, block: &str, importance: f64) {
    let case = Case::load(name);
    let expected = &case.expected[block];
    let found = run(&case, Probe::Gbt);
    let matrix: Vec<f64> = found.importance.iter().copied().collect();
    assert_close(
        &matrix,
        &flat(&expected["importance_matrix"]),
        importance,
        name,
    );
    let scores = [
        found.concentration.disentanglement.unwrap(),
        found.concentration.completeness.unwrap(),
    ];
    let wanted = ["disentanglement", "completeness"].map(|key| number(expected, key));
    assert_close(&scores, &wanted, 3e-3, name);
    let accuracies = [mean(&found.train_per_factor), mean(&found.test_per_factor)];
    let wanted = ["informativeness_train", "informativeness_test"].map(|key| number(expected, key));
    assert_close(&accuracies, &wanted, 6e-3, name);
}

#[test]
fn dci_of_the_identity_is_the_originals() {
    check("c01_identity", "dci_gbt", 1e-9);
}

#[test]
fn dci_of_noisy_codes_is_the_originals() {
    check("c02_noisy", "dci_gbt", 6e-3);
    check("c02_noisy", "dci_gbt_seed1", 6e-3);
}

#[test]
fn dci_of_entangled_codes_is_the_originals() {
    check("c04_mlp", "dci_gbt", 6e-3);
}

#[test]
fn dci_of_copied_codes_is_the_originals() {
    check("c05_redundant", "dci_gbt", 5e-2);
}

#[test]
fn dci_of_noise_is_the_originals() {
    check("c06_noise", "dci_gbt", 6e-3);
}

#[test]
fn dci_beside_a_constant_factor_is_the_originals() {
    check(
        "c11_constant_factor",
        "dci_gbt_constant_factors_dropped",
        6e-3,
    );
}

/// scikit-learn up to 0.19. A tree without a cut counts, so columns sum to less than one.
#[test]
fn legacy_importances_are_the_originals() {
    for name in ["c01_identity", "c02_noisy"] {
        let case = Case::load(name);
        let expected = &case.expected["dci_gbt"]["legacy_sklearn_le_0_19"];
        let found = run(&case, Probe::GbtLegacy);
        let matrix: Vec<f64> = found.importance.iter().copied().collect();
        assert_close(&matrix, &flat(&expected["importance_matrix"]), 2e-2, name);
        let score = found.concentration.disentanglement.unwrap();
        // Two seeds of the original differ by 0.0045.
        assert_close(&[score], &[number(expected, "disentanglement")], 1e-2, name);
    }
}

#[test]
fn the_lasso_is_scikit_learns() {
    for name in ["c02_noisy", "c04_mlp"] {
        let case = Case::load(name);
        let expected = &case.expected["dci_variants"]["lasso"];
        let found = run(&case, Probe::Lasso);
        let matrix: Vec<f64> = found.importance.iter().copied().collect();
        // scikit-learn computes in f32 and stops at a gap of 1e-4.
        assert_close(&matrix, &flat(&expected["importance_matrix"]), 2e-3, name);
        let score = found.concentration.disentanglement.unwrap();
        assert_close(&[score], &[number(expected, "disentanglement")], 1e-3, name);
        let explained = mean(&found.test_per_factor);
        assert_close(
            &[explained],
            &[number(expected, "informativeness_test")],
            1e-3,
            name,
        );
    }
}

#[test]
fn the_logistic_probe_is_scikit_learns() {
    for name in ["c02_noisy", "c04_mlp"] {
        let case = Case::load(name);
        let expected = &case.expected["dci_variants"]["logistic"];
        let found = run(&case, Probe::Logistic);
        let score = found.concentration.disentanglement.unwrap();
        assert_close(&[score], &[number(expected, "disentanglement")], 1e-2, name);
        let accuracy = mean(&found.test_per_factor);
        assert_close(
            &[accuracy],
            &[number(expected, "informativeness_test")],
            5e-3,
            name,
        );
    }
}

/// A forest is random: its samples and columns differ, its means hardly do.
#[test]
fn the_forest_agrees_with_scikit_learns() {
    for name in ["c02_noisy", "c04_mlp"] {
        let case = Case::load(name);
        let expected = &case.expected["dci_variants"]["random_forest"];
        let found = run(&case, Probe::RandomForest);
        let matrix: Vec<f64> = found.importance.iter().copied().collect();
        assert_close(&matrix, &flat(&expected["importance_matrix"]), 2e-2, name);
        let score = found.concentration.disentanglement.unwrap();
        assert_close(&[score], &[number(expected, "disentanglement")], 1e-2, name);
        let accuracy = mean(&found.test_per_factor);
        assert_close(
            &[accuracy],
            &[number(expected, "informativeness_test")],
            1e-2,
            name,
        );
    }
}

/// From the recorded importances the recorded scores follow exactly.
#[test]
fn scores_of_recorded_importances_are_recorded() {
    let case = Case::load("c04_mlp");
    let expected = &case.expected["dci_gbt"];
    let matrix = flat(&expected["importance_matrix"]);
    let matrix = Array2::from_shape_vec((10, 4), matrix).unwrap();
    let found = concentration(&matrix);
    assert_close(
        &[found.disentanglement.unwrap(), found.completeness.unwrap()],
        &[
            number(expected, "disentanglement"),
            number(expected, "completeness"),
        ],
        1e-9,
        "c04",
    );
    assert_close(
        &found.per_code,
        &numbers(&expected["disentanglement_per_code"]),
        1e-9,
        "c04",
    );
    assert_close(
        &found.per_factor,
        &numbers(&expected["completeness_per_factor"]),
        1e-9,
        "c04",
    );
}
