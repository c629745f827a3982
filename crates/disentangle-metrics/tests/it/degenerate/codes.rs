//! Codes that are constant, copies, alone, or not finite.

use disentangle_arrays::Array;
use disentangle_metrics::{
    Detail, Error, Histogram, MetricConfig, Outcome, Protocol, Table, evaluate, irs, mig,
};
use disentangle_seeds::Seeds;
use ndarray::{ArrayView1, Axis, array};

use super::{Found, UNTESTED, assert_share, plain, protocol, run, table, with_column};

#[test]
fn a_constant_code_is_kept() {
    let constant = table(|codes, factors, _| (with_column(codes, |_| 2.0), factors));
    let expected = run(&plain(), false);
    let test = constant.test().unwrap().factors();
    for strict in [false, true] {
        let found = run(&constant, strict);
        found.same(&expected, &["mig", "irs", "factor_vae", "sap, continuous"]);
        assert_eq!(found.number("irs", "varying_codes"), 2.0);
        assert_eq!(found.number("factor_vae", "active_codes"), 2.0);
        // The dead code scores zero, so the mean of three has two thirds.
        let two = expected.score("modularity");
        assert!((found.score("modularity") - two * 2.0 / 3.0).abs() < 1e-12);
        let sap = &found.part("sap").matrices;
        assert_eq!(sap["squared_correlation"].row(2), array![0.0, 0.0]);
        for (k, &accuracy) in sap["accuracy"].row(2).iter().enumerate() {
            assert!(shares(test.column(k)).contains(&accuracy), "{accuracy}");
        }
        let importance = &found.part("dci").matrices["importance"];
        assert_eq!(importance.row(2), array![0.0, 0.0]);
        // Cuts between equals are drawn at random, among three codes otherwise than among two.
        assert!((found.score("dci") - expected.score("dci")).abs() < 1e-3);
    }
    let (found, strict) = (run(&constant, false), run(&constant, true));
    assert!(found.refused().is_empty());
    found.same(&expected, &["explicitness"]);
    assert_eq!(strict.refused(), ["explicitness"]);
    assert!(strict.reason("explicitness").contains("code 2 is constant"));
    // A constant is independent of all else; the original has NaN.
    let correlation = |of: &Found| of.number("unsupervised", "gaussian_total_correlation");
    assert_eq!(correlation(&found), correlation(&expected));
    let undefined = strict.detail("unsupervised", "gaussian_total_correlation");
    assert_eq!(undefined, &Detail::Undefined);
    assert_eq!(strict.score("unsupervised"), found.score("unsupervised"));
}

/// The share of each class.
fn shares(labels: ArrayView1<'_, u32>) -> Vec<f64> {
    let count = |class| labels.iter().filter(|&&label| label == class).count();
    (0..5)
        .map(|class| count(class) as f64 / labels.len() as f64)
        .collect()
}

/// The original's default threshold is zero, and NumPy's `argmin` then names the first NaN, 0/0.
#[test]
fn a_constant_code_takes_all_votes_without_a_threshold_in_strict_mode() {
    let constant = table(|codes, factors, _| (with_column(codes, |_| 2.0), factors));
    let score = |strict| {
        let protocol = Protocol {
            active_threshold: 0.0,
            ..protocol(strict)
        };
        let metrics = [MetricConfig::named("factor_vae").unwrap()];
        let scores = evaluate(&constant, &protocol, &metrics, Seeds::new(0)).unwrap();
        match &scores.metrics["factor_vae"] {
            Outcome::Score(score) => score.clone(),
            Outcome::Failed(why) => panic!("{why}"),
        }
    };
    let strict = score(true);
    assert_eq!(strict.details["active_codes"], Detail::Count(3));
    assert_share(strict.score, 0.5);
    assert_eq!(score(false).score, 1.0);
}

#[test]
fn constant_codes_score_zero() {
    let constant = table(|codes, factors, _| (codes.mapv(|_| 1.0), factors));
    for strict in [false, true] {
        let found = run(&constant, strict);
        assert_eq!(found.refused(), ["explicitness", "info_mec"]);
        for kind in [&UNTESTED[..], &["sap", "sap, continuous"]].concat() {
            assert_eq!(found.score(kind), 0.0, "{kind}");
        }
        // No tree has a cut, so all importances are zero, and equal shares score zero but for rounding.
        assert!(found.score("dci").abs() < 1e-9);
        assert!(found.number("dci", "completeness").abs() < 1e-9);
        let correlation = found.detail("unsupervised", "gaussian_total_correlation");
        let expected = [Detail::Number(0.0), Detail::Undefined];
        assert_eq!(correlation, &expected[usize::from(strict)]);
    }
}

#[test]
fn copies_of_codes_are_disentangled_but_not_complete() {
    let copies = table(|codes, factors, _| {
        let twice = ndarray::concatenate(Axis(1), &[codes.view(), codes.view()]);
        (twice.unwrap(), factors)
    });
    let expected = run(&plain(), false);
    for strict in [false, true] {
        let found = run(&copies, strict);
        assert!(found.refused().is_empty());
        for kind in ["mig", "sap", "sap, continuous"] {
            assert_eq!(found.score(kind), 0.0, "{kind}");
        }
        assert!(found.score("dci") > 0.99);
        // Half of each factor's importance to each copy: 1 − ln 2 / ln 4.
        assert!((found.number("dci", "completeness") - 0.5).abs() < 0.05);
        // Means over codes, each of them twice; summed in another order.
        for kind in ["modularity", "irs"] {
            let difference = found.score(kind) - expected.score(kind);
            assert!(difference.abs() < 1e-12, "{kind}");
        }
        found.same(&expected, &["factor_vae"]);
        assert!(found.score("explicitness") > 0.99);
        let unsupervised = found.part("unsupervised");
        let correlation = &unsupervised.details["gaussian_total_correlation"];
        assert_eq!(correlation, &Detail::Undefined);
        assert!(unsupervised.warnings[0].contains("linearly dependent"));
        let information = &unsupervised.matrices["code_mutual_information"];
        assert_eq!(information[[0, 2]], information[[0, 0]]);
    }
}

#[test]
fn a_single_code_has_no_gaps_and_no_completeness() {
    let single = table(|codes, factors, _| (codes.select(Axis(1), &[0]), factors));
    let expected = run(&plain(), false);
    for strict in [false, true] {
        let found = run(&single, strict);
        let gaps = ["factorized_support", "mig", "rmig", "sap"];
        assert_eq!(
            found.refused(),
            [&gaps[..], &["sap, continuous", "unsupervised"]].concat()
        );
        for kind in ["mig", "sap", "sap, continuous", "unsupervised"] {
            assert!(found.reason(kind).contains("at least 2 codes"), "{kind}");
        }
        // The one code has all of each factor's importance, in equal parts.
        assert!(found.score("dci").abs() < 1e-9);
        assert_eq!(found.detail("dci", "completeness"), &Detail::Undefined);
        for kind in ["modularity", "irs"] {
            assert_eq!(found.score(kind), expected.numbers(kind, "per_code")[0]);
        }
        // Every vote names it, and one factor of two is fixed.
        assert_share(found.score("factor_vae"), 0.5);
        let areas = found.numbers("explicitness", "test_per_factor");
        assert!(areas[0] > 0.9);
        // Nothing is known of the other factor: 200 rows, a quarter of them positive, and the error of such
        // an area, √((n + 1) / 12 n₊ n₋), averaged over four classes of a factor.
        assert!((areas[1] - 0.5).abs() < 4.0 * (201.0_f64 / (12.0 * 50.0 * 150.0)).sqrt());
    }
}

#[test]
fn nan_and_infinity_are_refused_at_the_border() {
    let good = || Table::new(array![[0.0], [1.0]], array![[0], [1]]).unwrap();
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let codes = array![[0.0], [bad]];
        let refuse = |error: Error| {
            let message = error.to_string();
            assert!(message.contains("code 0 of row 1"), "{message}");
        };
        refuse(Table::new(codes.clone(), array![[0], [1]]).unwrap_err());
        refuse(Table::unlabeled(codes.clone()).unwrap_err());
        refuse(good().with_encodings(vec![codes.clone()]).unwrap_err());
        let factors = array![[0], [1]];
        let histogram = Histogram::default();
        refuse(mig(codes.view(), factors.view(), &histogram).unwrap_err());
        refuse(irs(codes.view(), factors.view(), 20, 0.99).unwrap_err());

        let (codes, factors): (Array, Array) = (codes.into(), array![0u8, 1].into());
        refuse(Table::from_arrays(&codes, &factors).unwrap_err());
        refuse(Table::from_split((&factors, &factors), (&codes, &factors)).unwrap_err());
        let values: Array = array![0.0, f64::from(bad)].into();
        let error = Table::from_arrays(&factors, &values).unwrap_err();
        assert!(error.to_string().contains("factor 0 of row 1"), "{error}");
    }
    // Too large for the precision of codes.
    let huge: Array = array![0.0, 1e300].into();
    let error = Table::from_arrays(&huge, &array![0u8, 1].into()).unwrap_err();
    assert!(matches!(error, Error::NotFinite { row: 1, .. }), "{error}");
}
