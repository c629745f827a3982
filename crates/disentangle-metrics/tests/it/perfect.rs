//! Codes that are the factors, in any order and of any positive scale.

use disentangle_metrics::{Dci, MetricConfig, Outcome, Protocol, Sap, Table, evaluate};
use disentangle_seeds::Seeds;
use ndarray::Array2;
use proptest::prelude::*;

/// Points drawn from a grid.
const DRAWS: usize = 10_000;

/// Sizes of two or three factors, the code of each factor and its scale.
///
/// A code of 0 and 1 keeps a standard deviation of 0.25 at least, far above the threshold of FactorVAE, and the
/// logistic regression of BetaVAE, whose penalty sees scale, still tells it from 0.
fn perfect() -> impl Strategy<Value = (Vec<usize>, Vec<usize>, Vec<f32>)> {
    prop::collection::vec(2usize..6, 2..4).prop_flat_map(|sizes| {
        let factors = sizes.len();
        let order = Just((0..factors).collect::<Vec<_>>()).prop_shuffle();
        let scales = prop::collection::vec(0.5f32..8.0, factors);
        (Just(sizes), order, scales)
    })
}

fn grid(sizes: &[usize], code: impl Fn(&Array2<u32>, usize, usize) -> f32) -> Table {
    let rows = sizes.iter().product();
    let factors = Table::grid(Array2::zeros((rows, 1)), sizes).unwrap();
    let factors = factors.factors().to_owned();
    let codes = Array2::from_shape_fn(factors.dim(), |(row, d)| code(&factors, row, d));
    Table::grid(codes, sizes).unwrap()
}

fn score(table: &Table, metric: MetricConfig, num_train: usize) -> f64 {
    let protocol = Protocol {
        num_train,
        num_test: 500,
        permutations: 0,
        ..Protocol::dlib()
    };
    let kind = metric.kind().to_owned();
    let scores = evaluate(table, &protocol, &[metric], Seeds::new(0)).unwrap();
    match &scores.metrics[&kind] {
        Outcome::Score(score) => score.score,
        Outcome::Failed(why) => panic!("{kind}: {why}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..Default::default() })]

    #[test]
    fn perfect_codes_score_one((sizes, order, scales) in perfect()) {
        let table = grid(&sizes, |factors, row, d| scales[d] * factors[[row, order[d]]] as f32);
        let named = |name| MetricConfig::named(name).unwrap();
        for metric in ["beta_vae", "factor_vae"] {
            prop_assert_eq!(score(&table, named(metric), 1000), 1.0, "{}", metric);
        }
        // A tree finds no better cut than one of the factor's code, and DCI adds 10⁻¹¹ to each importance.
        let dci = MetricConfig::Dci(Dci { trees: 20, ..Dci::default() });
        prop_assert!(score(&table, dci, 1000) > 1.0 - 1e-6);
        // A code does not move while its factor is fixed.
        prop_assert_eq!(score(&table, named("irs"), DRAWS), 1.0);

        // Of drawn factors 2N·I has the χ² distribution of (5 − 1)² degrees of freedom at most, which exceeds 85
        // with a probability below 10⁻⁷: 0.0043 nats, of an entropy of ln 2 or more.
        let information = 85.0 / (2 * DRAWS) as f64;
        let mig = score(&table, named("mig"), DRAWS);
        prop_assert!(mig >= 1.0 - information / 2f64.ln() * 1.01, "{}", mig);
        let modularity = score(&table, named("modularity"), DRAWS);
        prop_assert!(modularity >= 1.0 - (information / 2f64.ln() * 1.01).powi(2), "{}", modularity);
        // And N·ρ² has one degree: it exceeds 29 with such a probability.
        let sap = MetricConfig::Sap(Sap { continuous: true, ..Sap::default() });
        prop_assert!(score(&table, sap, DRAWS) >= 1.0 - 29.0 / DRAWS as f64);
    }
}

/// Of ordered classes a line over one code finds the outer ones and few between. The original scores such codes
/// 0.3232, with these sizes and other rows (golden case `c01_identity`, `sap_discrete`).
#[test]
fn machines_over_one_code_find_few_classes() {
    let table = grid(&[5, 8, 10, 12, 3], |factors, row, d| {
        factors[[row, d]] as f32
    });
    let discrete = score(&table, MetricConfig::named("sap").unwrap(), 2000);
    // Each of five gaps errs by two shares of 500 test rows here, and of 1000 there.
    let error = (2.0 * 0.25 / 5.0 * (1.0_f64 / 500.0 + 1.0 / 1000.0)).sqrt();
    assert!((discrete - 0.3232).abs() < 4.0 * error, "{discrete}");
}
