//! disentanglement_lib@86a644d, NumPy 2.4.6, scikit-learn 1.9.1: see `fixtures/golden/metrics/README.md`.

use disentangle_metrics::predictors::LinearSvm;
use disentangle_metrics::{
    Detail, MetricConfig, Outcome, Points, Protocol, Score, Table, evaluate, irs, modularity,
    sap_continuous, sap_discrete,
};
use disentangle_seeds::Seeds;
use ndarray::{Array2, Axis};

use super::case::{CASES, Case, assert_close, flat, numbers};

const CONSTANT: &str = "c11_constant_factor";

fn score(table: &Table, kind: &str, protocol: &Protocol) -> Score {
    let metric = MetricConfig::named(kind).unwrap();
    let scores = evaluate(table, protocol, &[metric], Seeds::new(0)).unwrap();
    match &scores.metrics[kind] {
        Outcome::Score(score) => score.clone(),
        Outcome::Failed(why) => panic!("{kind}: {why}"),
    }
}

fn number(score: &Score, name: &str) -> f64 {
    match score.details[name] {
        Detail::Number(value) => value,
        ref other => panic!("{name}: {other:?}"),
    }
}

fn list(score: &Score, name: &str) -> Vec<f64> {
    match &score.details[name] {
        Detail::Numbers(values) => values.clone(),
        other => panic!("{name}: {other:?}"),
    }
}

fn close(found: &Array2<f64>, expected: &serde_json::Value, tolerance: f64, what: &str) {
    let found: Vec<f64> = found.iter().copied().collect();
    assert_close(&found, &flat(expected), tolerance, what);
}

#[test]
fn modularity_is_the_originals() {
    for name in CASES {
        let case = Case::load(name);
        let expected = &case.expected["modularity"];
        let histogram = Protocol::dlib().histogram();
        let found = modularity(case.codes.view(), case.factors.view(), &histogram).unwrap();
        let total = expected["modularity_score"].as_f64().unwrap();
        assert_close(&[found.score], &[total], 1e-9, name);
        let per_code = numbers(&expected["modularity_per_code"]);
        assert_close(&found.per_code, &per_code, 1e-9, name);
    }
}

/// 1e-9 against the original on widened codes; 1e-5 against its own `f32`.
#[test]
fn irs_is_the_originals() {
    for name in CASES {
        let case = Case::load(name);
        let run = |quantile| irs(case.codes.view(), case.factors.view(), 20, quantile).unwrap();
        let found = run(0.99);
        let (wide, narrow) = (&case.expected["irs_codes_as_f64"], &case.expected["irs"]);
        for (expected, tolerance) in [(wide, 1e-9), (narrow, 1e-5)] {
            assert_close(
                &[found.score],
                &[expected["IRS"].as_f64().unwrap()],
                tolerance,
                name,
            );
            // The original's matrix lacks constant codes.
            let kept: Vec<usize> = super::case::indices(&narrow["active_dims_kept"]);
            let matrix = found.matrix.select(Axis(0), &kept);
            close(&matrix, &expected["IRS_matrix"], tolerance, name);
            assert_eq!(found.varying_codes, kept.len());
            let parents: Vec<usize> = kept.iter().map(|&code| found.parents[code]).collect();
            assert_eq!(parents, super::case::indices(&narrow["parents"]));
        }
        let largest = narrow["IRS_quantile_1_0"].as_f64().unwrap();
        assert_close(&[run(1.0).score], &[largest], 1e-5, name);
    }
}

#[test]
fn unsupervised_scores_are_the_originals() {
    let relative = |found: f64, expected: f64, what: &str| {
        assert!(
            (found - expected).abs() <= 1e-4 * expected.abs(),
            "{what}: {found} but {expected} expected"
        );
    };
    for name in CASES {
        let case = Case::load(name);
        let expected = &case.expected["unsupervised"];
        let found = score(&case.table(), "unsupervised", &Protocol::dlib());
        for key in [
            "mutual_info_score",
            "gaussian_wasserstein_correlation",
            "gaussian_wasserstein_correlation_norm",
        ] {
            relative(number(&found, key), expected[key].as_f64().unwrap(), name);
        }
        let key = "gaussian_total_correlation";
        match (name, expected[key].as_f64()) {
            (_, Some(expected)) => relative(number(&found, key), expected, name),
            // NaN: the constant code counts for nothing instead.
            (CONSTANT, None) => assert!(number(&found, key) > 0.0),
            (_, None) => {
                assert_eq!(expected[key], "Infinity");
                assert_eq!(found.details[key], Detail::Undefined);
                assert!(found.warnings[0].contains("linearly dependent"));
            }
        }
        let information = &found.matrices["code_mutual_information"];
        close(information, &expected["code_mi_matrix"], 1e-9, name);
    }
}

#[test]
fn sap_is_the_originals() {
    for name in CASES.into_iter().filter(|&name| name != CONSTANT) {
        let case = Case::load(name);
        let table = case.with_test();
        let train = Points {
            codes: table.codes(),
            factors: table.factors(),
            values: None,
        };
        let test = table.test().unwrap();
        let test = Points {
            codes: test.codes(),
            factors: test.factors(),
            values: None,
        };
        let found = sap_continuous(train).unwrap();
        let expected = &case.expected["sap_continuous"];
        assert_close(
            &[found.score],
            &[expected["SAP_score"].as_f64().unwrap()],
            1e-9,
            name,
        );
        close(&found.matrix, &expected["score_matrix"], 1e-9, name);

        let machine = LinearSvm {
            c: 0.01,
            ..LinearSvm::default()
        };
        let found = sap_discrete(train, test, &machine).unwrap();
        let expected = &case.expected["sap_discrete"];
        assert_close(
            &[found.score],
            &[expected["SAP_score"].as_f64().unwrap()],
            1e-9,
            name,
        );
        close(&found.matrix, &expected["score_matrix"], 1e-9, name);
        // Recorded for two cases: another program's optimum of the same problem.
        let optimum = &case.expected["sap_discrete_exact_optimum"];
        let machine = LinearSvm {
            tolerance: 0.0,
            ..machine
        };
        let found = sap_discrete(train, test, &machine).unwrap();
        if let Some(total) = optimum["SAP_score"].as_f64() {
            assert_close(&[found.score], &[total], 1e-9, name);
            close(&found.matrix, &optimum["score_matrix"], 1e-9, name);
        }
    }
}

#[test]
fn explicitness_is_the_originals() {
    for name in CASES {
        let case = Case::load(name);
        let block = match name {
            CONSTANT => "explicitness_constant_dims_and_factors_dropped",
            _ => "explicitness",
        };
        let expected = &case.expected[block];
        let found = score(&case.with_test(), "explicitness", &Protocol::dlib());
        for part in ["train", "test"] {
            let total = number(&found, &format!("explicitness_{part}"));
            let key = format!("explicitness_score_{part}");
            assert_close(&[total], &[expected[key].as_f64().unwrap()], 5e-5, name);
            let each = list(&found, &format!("{part}_per_factor"));
            let expected = numbers(&expected[format!("{part}_per_factor")]);
            assert_close(&each, &expected, 2e-4, name);
        }
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Three standard errors of a difference of means of 5 and 3 runs of 5000 points.
#[test]
fn beta_vae_scores_as_the_resampled_original() {
    let strict = Protocol {
        strict: true,
        ..Protocol::dlib()
    };
    for name in CASES {
        let case = Case::load(name);
        let metric = [MetricConfig::named("beta_vae").unwrap()];
        let run = |seed| {
            let scores = evaluate(&case.table(), &strict, &metric, Seeds::new(seed)).unwrap();
            match &scores.metrics["beta_vae"] {
                Outcome::Score(score) => score.score,
                Outcome::Failed(why) => panic!("{why}"),
            }
        };
        let found = mean(&[run(0), run(1), run(2)]);
        let expected = mean(&numbers(&case.expected["beta_vae_resampled"]["eval"]));
        let variance = (expected * (1.0 - expected)).max(1e-4) / 5000.0;
        let error = (variance * (2.0 / 3.0)).sqrt();
        assert!(
            (found - expected).abs() <= 3.0 * error,
            "{name}: {found} but {expected}"
        );
    }
}
