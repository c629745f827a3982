//! Classes that are missing somewhere, labels with gaps, and hardly any rows.

use disentangle_metrics::{Detail, Table};
use ndarray::array;

use super::{Found, UNTESTED, plain, run, table, with_column};

#[test]
fn a_class_that_the_test_rows_lack_is_left_out() {
    let lacking = table(|codes, factors, test| {
        let factors = factors.mapv(|class| if test && class == 3 { 2 } else { class });
        (codes, factors)
    });
    let expected = run(&plain(), false);
    for strict in [false, true] {
        let found = run(&lacking, strict);
        found.same(
            &expected,
            &[&UNTESTED[..], &["dci", "sap, continuous"]].concat(),
        );
        assert!(found.score("sap").is_finite());
    }
    let (found, strict) = (run(&lacking, false), run(&lacking, true));
    assert!(found.refused().is_empty());
    assert!(found.score("explicitness") > 0.9);
    assert_eq!(strict.refused(), ["explicitness"]);
    assert!(strict.reason("explicitness").contains("test rows lack"));
}

#[test]
fn a_class_that_the_training_rows_lack_is_never_predicted() {
    let lacking = table(|codes, factors, test| {
        let factors = factors.mapv(|class| if !test && class == 1 { 2 } else { class });
        (codes, factors)
    });
    let (found, strict) = (run(&lacking, false), run(&lacking, true));
    for found in [&found, &strict] {
        assert!(found.refused().is_empty());
        // A fifth and a quarter of the test rows are of that class.
        assert!(found.number("dci", "informativeness_test") < 0.9);
    }
    strict.same(
        &found,
        &[&UNTESTED[..], &["dci", "sap", "sap, continuous"]].concat(),
    );
    // The original compares classes 1, 2, 3 with the probabilities of 2, 3, 4: the rows of 3 and 4 then stand above
    // those that count as positive, a quarter of all others or, of four classes, a third.
    assert!(found.score("explicitness") > 0.9);
    let at_best = (2.0 + 0.75 + 0.75) / 4.0 + (2.0 + 2.0 / 3.0) / 3.0;
    assert!(strict.score("explicitness") < at_best / 2.0);
    let areas = |of: &Found| of.number("explicitness", "explicitness_train");
    assert_eq!(areas(&found), areas(&strict));
}

#[test]
fn only_the_last_class_can_be_missing_without_harm_in_strict_mode() {
    let lacking = table(|codes, mut factors, test| {
        for (k, last) in [(0, 4), (1, 3)] {
            let lower = |class| if !test && class == last { 0 } else { class };
            factors.column_mut(k).mapv_inplace(lower);
        }
        (codes, factors)
    });
    run(&lacking, true).same(&run(&lacking, false), &["explicitness"]);
}

#[test]
fn one_class_in_the_training_rows_refuses_what_learns() {
    // The first 400 rows have one class, the test rows have all.
    let single = table(|codes, factors, test| {
        let factors = factors.mapv(|class| if test { class } else { 2 * (class / 9) });
        (codes, with_column(factors, |row| row as u32 % 2))
    });
    let found = run(&single, true);
    for kind in ["dci", "sap", "sap, continuous", "explicitness"] {
        let why = found.reason(kind);
        assert!(why.contains("factor `factor_0`"), "{why}");
    }
    assert!(found.score("irs").is_finite());
}

#[test]
fn labels_with_gaps_score_the_same() {
    let gaps = table(|codes, factors, _| (codes, factors.mapv(|class| 100 + 7 * class)));
    for strict in [false, true] {
        let (expected, found) = (run(&plain(), strict), run(&gaps, strict));
        assert!(expected.refused().is_empty());
        for kind in expected.0.keys() {
            // Classes as numbers are centered, with rounding of their own.
            let difference = found.score(kind) - expected.score(kind);
            assert!(difference.abs() < 1e-9, "{kind}");
        }
    }
}

/// IRS cuts the range of labels into bins, so labels that lie close together beside a far one are one.
#[test]
fn labels_that_share_a_bin_are_one_to_irs_alone() {
    let far = table(|codes, factors, _| {
        (
            codes,
            factors.mapv(|class| if class == 0 { 1000 } else { class }),
        )
    });
    for strict in [false, true] {
        let (expected, found) = (run(&plain(), strict), run(&far, strict));
        let others = ["factor_vae", "unsupervised"];
        found.same(&expected, &others);
        for kind in ["mig", "modularity", "explicitness"] {
            // Classes in another order are summed in another order, and their regression stops elsewhere.
            let difference = found.score(kind) - expected.score(kind);
            assert!(difference.abs() < 1e-3, "{kind}: {difference}");
        }
        assert!(found.score("irs") < expected.score("irs") - 0.1);
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
        for kind in ["sap", "explicitness"] {
            let why = found.reason(kind);
            assert!(why.contains("no rows to test on"), "{why}");
        }
        assert_eq!(
            found.detail("dci", "informativeness_test"),
            &Detail::Undefined
        );
        for kind in [&UNTESTED[..], &["sap, continuous"]].concat() {
            assert!(found.score(kind).is_finite(), "{kind}");
        }
    }
}
