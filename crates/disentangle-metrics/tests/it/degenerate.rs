//! Tables on which the original fails, one way or another: what it computes is computed, what it refuses is
//! refused with a reason in strict mode, and the other metrics are still there. Never a panic or a NaN.

use std::collections::BTreeMap;

use disentangle_metrics::{
    Detail, MetricConfig, Outcome, Protocol, Score, Scores, Table, evaluate,
};
use disentangle_seeds::Seeds;
use ndarray::{Array1, Array2, Axis, array};

/// Rows of two factors, of 5 and 4 classes, and codes that are the factors with a little noise.
fn rows(count: usize, purpose: &str) -> (Array2<f32>, Array2<u32>) {
    let mut stream = Seeds::new(1).stream(purpose, 0);
    let factors = Array2::from_shape_fn((count, 2), |(_, k)| stream.below([5, 4][k]) as u32);
    let codes = factors.mapv(|class| class as f32 + 0.1 * stream.normal() as f32);
    (codes, factors)
}

fn table(change: impl Fn(Array2<f32>, Array2<u32>, bool) -> (Array2<f32>, Array2<u32>)) -> Table {
    let part = |count, purpose, test| {
        let (codes, factors) = rows(count, purpose);
        let (codes, factors) = change(codes, factors, test);
        Table::new(codes, factors).unwrap()
    };
    part(400, "train", false)
        .with_test(part(200, "test", true))
        .unwrap()
}

fn run(table: &Table, strict: bool) -> BTreeMap<String, Outcome> {
    let protocol = Protocol {
        strict,
        num_train: 500,
        num_test: 200,
        ..Protocol::dlib()
    };
    let scores: Scores = evaluate(table, &protocol, &MetricConfig::all(), Seeds::new(0)).unwrap();
    for outcome in scores.metrics.values() {
        match outcome {
            Outcome::Score(score) => {
                assert!(score.score.is_finite());
                assert!(score.matrices.values().flatten().all(|x| x.is_finite()));
            }
            Outcome::Failed(why) => assert!(!why.is_empty()),
        }
    }
    scores.metrics
}

fn score<'a>(outcomes: &'a BTreeMap<String, Outcome>, kind: &str) -> &'a Score {
    match &outcomes[kind] {
        Outcome::Score(score) => score,
        Outcome::Failed(why) => panic!("{kind}: {why}"),
    }
}

fn refused(outcomes: &BTreeMap<String, Outcome>) -> Vec<&str> {
    let failed = outcomes
        .iter()
        .filter(|(_, outcome)| matches!(outcome, Outcome::Failed(_)));
    failed.map(|(kind, _)| kind.as_str()).collect()
}

fn number(score: &Score, name: &str) -> f64 {
    match score.details[name] {
        Detail::Number(value) => value,
        ref other => panic!("{name}: {other:?}"),
    }
}

fn with_column<T: Copy>(values: Array2<T>, column: impl Fn(usize) -> T) -> Array2<T> {
    let column: Array1<T> = (0..values.nrows()).map(column).collect();
    ndarray::concatenate(
        Axis(1),
        &[values.view(), column.insert_axis(Axis(1)).view()],
    )
    .unwrap()
}

#[test]
fn a_constant_factor_is_dropped_or_refused() {
    let plain = table(|codes, factors, _| (codes, factors));
    let constant = table(|codes, factors, _| (codes, with_column(factors, |_| 3)));
    let (dropped, expected) = (run(&constant, false), run(&plain, false));
    assert!(refused(&dropped).is_empty());
    for kind in ["mig", "sap", "dci", "modularity", "explicitness", "irs"] {
        assert_eq!(
            score(&dropped, kind).score,
            score(&expected, kind).score,
            "{kind}"
        );
    }
    let strict = run(&constant, true);
    let beyond = ["info_mec", "mig", "mig_sup", "r_squared", "rmig", "sap"];
    assert_eq!(
        refused(&strict),
        [&["dci", "explicitness"], &beyond[..]].concat()
    );
    // The information row of the constant factor is zero.
    assert!(score(&strict, "modularity").score > 0.9);
}

#[test]
fn a_constant_code_is_kept() {
    let constant = table(|codes, factors, _| (with_column(codes, |_| 2.0), factors));
    let plain = run(&table(|codes, factors, _| (codes, factors)), false);
    let found = run(&constant, false);
    assert!(refused(&found).is_empty());
    assert_eq!(score(&found, "mig").score, score(&plain, "mig").score);
    assert_eq!(score(&found, "irs").score, score(&plain, "irs").score);
    assert_eq!(
        score(&found, "explicitness").score,
        score(&plain, "explicitness").score
    );
    assert!((score(&found, "dci").score - score(&plain, "dci").score).abs() < 1e-3);
    // The dead code scores zero, so the mean of three has two thirds.
    let (two, three) = (
        score(&plain, "modularity").score,
        score(&found, "modularity").score,
    );
    assert!((three - two * 2.0 / 3.0).abs() < 1e-12);
    assert_eq!(
        score(&found, "sap").matrices["squared_correlation"][[2, 0]],
        0.0
    );
    let strict = run(&constant, true);
    assert_eq!(refused(&strict), ["explicitness"]);
    let correlation = &score(&strict, "unsupervised").details["gaussian_total_correlation"];
    assert_eq!(correlation, &Detail::Undefined);
}

#[test]
fn constant_codes_score_zero() {
    let found = run(
        &table(|codes, factors, _| (codes.mapv(|_| 1.0), factors)),
        false,
    );
    assert_eq!(refused(&found), ["explicitness", "info_mec"]);
    for kind in ["mig", "sap", "modularity", "irs", "factor_vae"] {
        assert_eq!(score(&found, kind).score, 0.0, "{kind}");
    }
    assert!(score(&found, "dci").score.abs() < 1e-9);
}

#[test]
fn copies_of_codes_are_disentangled_but_not_complete() {
    let copies = table(|codes, factors, _| {
        (
            ndarray::concatenate(Axis(1), &[codes.view(), codes.view()]).unwrap(),
            factors,
        )
    });
    let found = run(&copies, true);
    assert!(refused(&found).is_empty());
    assert_eq!(
        (score(&found, "mig").score, score(&found, "sap").score),
        (0.0, 0.0)
    );
    let dci = score(&found, "dci");
    assert!(dci.score > 0.99);
    // Half of each factor's importance to each copy: 1 − ln 2 / ln 4.
    assert!((number(dci, "completeness") - 0.5).abs() < 0.05);
    let unsupervised = score(&found, "unsupervised");
    assert_eq!(
        unsupervised.details["gaussian_total_correlation"],
        Detail::Undefined
    );
    assert!(unsupervised.warnings[0].contains("linearly dependent"));
}

#[test]
fn a_single_code_has_no_gaps_and_no_completeness() {
    let single = table(|codes, factors, _| (codes.select(Axis(1), &[0]), factors));
    let found = run(&single, false);
    let gaps = ["factorized_support", "mig", "rmig", "sap", "unsupervised"];
    assert_eq!(refused(&found), gaps);
    assert_eq!(
        score(&found, "dci").details["completeness"],
        Detail::Undefined
    );
}

#[test]
fn a_single_factor_has_no_disentanglement() {
    let single = table(|codes, factors, _| (codes, factors.select(Axis(1), &[1])));
    let found = run(&single, false);
    let shares = ["dci", "info_mec", "med", "mig_sup", "modularity"];
    assert_eq!(refused(&found), shares);
    assert_eq!(score(&found, "factor_vae").score, 1.0);
    assert_eq!(score(&found, "beta_vae").score, 1.0);
}

#[test]
fn a_class_that_the_test_rows_lack_is_left_out() {
    let lacking = table(|codes, factors, test| {
        let factors = factors.mapv(|class| if test && class == 3 { 2 } else { class });
        (codes, factors)
    });
    assert!(refused(&run(&lacking, false)).is_empty());
    assert_eq!(refused(&run(&lacking, true)), ["explicitness"]);
}

#[test]
fn a_class_that_the_training_rows_lack_is_never_predicted() {
    let lacking = table(|codes, factors, test| {
        let factors = factors.mapv(|class| if !test && class == 1 { 2 } else { class });
        (codes, factors)
    });
    let found = run(&lacking, false);
    assert!(refused(&found).is_empty());
    assert!(number(score(&found, "dci"), "informativeness_test") < 0.9);
    assert!(refused(&run(&lacking, true)).is_empty());
}

#[test]
fn one_class_in_the_training_rows_refuses_what_learns() {
    // The first 400 rows have one class, the test rows have all.
    let single = table(|codes, factors, test| {
        let factors = factors.mapv(|class| if test { class } else { 2 * (class / 9) });
        (codes, with_column(factors, |row| row as u32 % 2))
    });
    let found = run(&single, true);
    for kind in ["dci", "sap", "explicitness"] {
        let Outcome::Failed(why) = &found[kind] else {
            panic!("{kind} was scored")
        };
        assert!(why.contains("factor 0"), "{why}");
    }
    assert!(score(&found, "irs").score.is_finite());
}

#[test]
fn nan_and_infinity_are_refused_at_the_border() {
    for bad in [f32::NAN, f32::INFINITY] {
        let error = Table::new(array![[0.0], [bad]], array![[0], [1]]).unwrap_err();
        assert!(error.to_string().contains("code 0 of row 1"), "{error}");
    }
}

#[test]
fn labels_with_gaps_score_the_same() {
    let plain = run(&table(|codes, factors, _| (codes, factors)), false);
    let gaps = run(
        &table(|codes, factors, _| (codes, factors.mapv(|class| 100 + 7 * class))),
        false,
    );
    for (kind, outcome) in &plain {
        let Outcome::Score(expected) = outcome else {
            panic!("{kind}")
        };
        assert!(
            (score(&gaps, kind).score - expected.score).abs() < 1e-9,
            "{kind}"
        );
    }
}

#[test]
fn three_rows_are_scored_or_refused() {
    let table = Table::new(
        array![[0.0, 1.0], [1.0, 0.5], [2.0, 0.0]],
        array![[0, 1], [1, 0], [0, 1]],
    );
    for strict in [false, true] {
        let found = run(table.as_ref().unwrap(), strict);
        // The last tenth of three rows is empty.
        assert!(refused(&found).contains(&"sap") && refused(&found).contains(&"explicitness"));
        assert_eq!(
            score(&found, "dci").details["informativeness_test"],
            Detail::Undefined
        );
        assert!(score(&found, "mig").score.is_finite());
    }
}
