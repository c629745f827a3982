//! Factors that are constant or alone.

use disentangle_metrics::{Dci, Detail, LogisticMode, Points, dci};
use disentangle_seeds::Seeds;
use ndarray::Axis;

use super::{Found, UNTESTED, assert_share, plain, run, table, with_column};

#[test]
fn a_constant_factor_is_dropped_or_refused() {
    let constant = table(|codes, factors, _| (codes, with_column(factors, |_| 3)));
    let expected = run(&plain(), false);
    let dropped = run(&constant, false);
    assert!(dropped.refused().is_empty());
    let original = ["sap", "sap, continuous", "dci", "explicitness"];
    dropped.same(&expected, &[&UNTESTED[..], &original[..]].concat());

    let strict = run(&constant, true);
    let beyond = ["info_mec", "mig", "mig_sup", "r_squared", "rmig", "sap"];
    let refused = [&["dci", "explicitness"], &beyond[..], &["sap, continuous"]].concat();
    assert_eq!(strict.refused(), refused);
    // The information row of the constant factor is zero: 1 − o / L of two factors becomes 1 − o / 2L of three.
    let modularity = 0.5 + expected.score("modularity") / 2.0;
    assert!((strict.score("modularity") - modularity).abs() < 1e-12);
    strict.same(&expected, &["unsupervised"]);
    // A vote that fixes the constant factor fixes nothing and falls on either code, which stands for its own factor.
    assert_eq!(expected.score("factor_vae"), 1.0);
    assert_share(strict.score("factor_vae"), 2.0 / 3.0);
}

/// A coin deviates by one from zero, and in each group by that and the group's mean: only the group of all
/// rows adds nothing.
#[test]
fn a_constant_factor_becomes_the_parent_of_noise_in_strict_mode() {
    let constant = table(|codes, factors, test| {
        let mut coin = Seeds::new(2).stream("coin", u64::from(test));
        let codes = with_column(codes, |_| coin.below(2) as f32);
        (codes, with_column(factors, |_| 3))
    });
    let parents = |strict| run(&constant, strict).detail("irs", "parents").clone();
    assert_eq!(parents(true), Detail::Counts(vec![0, 1, 2]));
    let Detail::Counts(parents) = parents(false) else {
        panic!("parents are counts")
    };
    assert!(parents[2] < 2);
}

#[test]
fn a_single_factor_has_no_disentanglement() {
    let single = table(|codes, factors, _| (codes, factors.select(Axis(1), &[1])));
    let expected = run(&plain(), false);
    for strict in [false, true] {
        let found = run(&single, strict);
        let shares = ["dci", "info_mec", "med", "mig_sup", "modularity"];
        assert_eq!(found.refused(), shares);
        for kind in ["dci", "modularity"] {
            assert!(found.reason(kind).contains("at least 2 factors"), "{kind}");
        }
        assert_eq!(found.score("factor_vae"), 1.0);
        assert_eq!(found.score("beta_vae"), 1.0);
        found.same(&expected, &["unsupervised"]);
        for kind in ["mig", "sap", "sap, continuous"] {
            assert_eq!(found.score(kind), expected.numbers(kind, "per_factor")[1]);
        }
        let area = expected.numbers("explicitness", "test_per_factor")[1];
        assert_eq!(found.score("explicitness"), area);
        let robustness = |of: &Found| of.part("irs").matrices["irs"].clone();
        assert_eq!(
            robustness(&found).column(0),
            robustness(&expected).column(1)
        );
    }
    // Completeness needs no second factor.
    let points = Points {
        codes: single.codes(),
        factors: single.factors(),
        values: None,
    };
    let settings = (&Dci::default(), LogisticMode::default());
    let concentration = dci(points, points, settings, Seeds::new(0)).unwrap();
    let concentration = concentration.concentration;
    assert_eq!(concentration.disentanglement, None);
    assert!(concentration.completeness.unwrap() > 0.9);
}

#[test]
fn one_class_of_every_factor_leaves_what_looks_at_codes() {
    let single = table(|codes, factors, _| (codes, factors.mapv(|_| 2)));
    let found = run(&single, false);
    for kind in found.0.keys() {
        if !["unsupervised", "factorized_support"].contains(&kind.as_str()) {
            let why = found.reason(kind);
            assert!(why.contains("all factors are constant"), "{kind}: {why}");
        }
    }
    found.same(&run(&plain(), false), &["unsupervised"]);

    let strict = run(&single, true);
    for kind in ["mig", "sap", "sap, continuous", "dci", "explicitness"] {
        assert!(strict.reason(kind).contains("factor `factor_0`"), "{kind}");
    }
    assert_eq!(strict.score("modularity"), 0.0);
    // Whatever is fixed, either code gets the vote.
    assert_share(strict.score("factor_vae"), 0.5);
    assert_eq!(strict.detail("irs", "parents"), &Detail::Counts(vec![0, 0]));
}
