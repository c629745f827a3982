//! What holds for any table.

use disentangle_metrics::{
    Dci, Histogram, LogisticMode, MetricConfig, Outcome, Protocol, Table, TieRule, Voting,
    evaluate, factor_vae, mig,
};
use disentangle_seeds::Seeds;
use ndarray::{Array2, Axis};
use proptest::prelude::*;

/// Rows of up to 4 codes and 3 factors of up to 5 classes.
fn tables() -> impl Strategy<Value = (Array2<f32>, Array2<u32>)> {
    (2usize..60, 1usize..5, 1usize..4).prop_flat_map(|(rows, codes, factors)| {
        let codes = prop::collection::vec(-9i16..9, rows * codes).prop_map(move |values| {
            let values = values.into_iter().map(|x| f32::from(x) * 0.37).collect();
            Array2::from_shape_vec((rows, codes), values).unwrap()
        });
        let factors = prop::collection::vec(0u32..5, rows * factors)
            .prop_map(move |values| Array2::from_shape_vec((rows, factors), values).unwrap());
        (codes, factors)
    })
}

/// Chooses the rule for ties that does not look at the order of codes, and fewer trees: the fact is the same.
fn order_free(metric: MetricConfig) -> MetricConfig {
    match metric {
        MetricConfig::Dci(dci) => MetricConfig::Dci(Dci {
            ties: TieRule::Shared,
            trees: 20,
            ..dci
        }),
        other => other,
    }
}

fn voting() -> Voting {
    Voting {
        num_train: 200,
        num_test: 100,
        batch_size: 16,
        active_threshold: 0.05,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..Default::default() })]

    #[test]
    fn scores_lie_between_zero_and_one((codes, factors) in tables()) {
        let table = Table::new(codes, factors).unwrap();
        let protocol = Protocol { num_train: 200, num_test: 100, ..Protocol::fast() };
        let scores = evaluate(&table, &protocol, &MetricConfig::all(), Seeds::new(0)).unwrap();
        for (kind, outcome) in &scores.metrics {
            if let Outcome::Score(score) = outcome {
                let range = match kind.as_str() {
                    // A group may deviate more from its mean than all rows from theirs.
                    "irs" => -1.0..=1.0,
                    // Nats, not shares.
                    "unsupervised" => 0.0..=20f64.ln(),
                    // Squared distances.
                    "factorized_support" => 0.0..=f64::INFINITY,
                    // MIG divides one sum by another of up to 60 terms.
                    _ => -1e-12..=1.0 + 1e-12,
                };
                prop_assert!(range.contains(&score.score), "{}: {}", kind, score.score);
            }
        }
    }

    #[test]
    fn the_order_of_codes_does_not_matter_to_mig((codes, factors) in tables()) {
        let reversed = codes.select(Axis(1), &(0..codes.ncols()).rev().collect::<Vec<_>>());
        let score = |codes: &Array2<f32>| {
            mig(codes.view(), factors.view(), &Histogram::default()).map(|gaps| gaps.score).ok()
        };
        prop_assert_eq!(score(&codes), score(&reversed));
    }

    /// Powers of two are exact, so bins do not move.
    #[test]
    fn the_scale_of_codes_do_not_matter_to_mig((codes, factors) in tables(), power in -8i32..8) {
        let scaled = codes.mapv(|x| x * 2f32.powi(power));
        let score = |codes: &Array2<f32>| {
            mig(codes.view(), factors.view(), &Histogram::default()).map(|gaps| gaps.score).ok()
        };
        prop_assert_eq!(score(&codes), score(&scaled));
    }

    #[test]
    fn the_names_of_classes_do_not_matter_to_mig((codes, factors) in tables()) {
        let renamed = factors.mapv(|class| class * 1_000_000_007 % 4_294_967_291);
        let score = |factors: &Array2<u32>| {
            mig(codes.view(), factors.view(), &Histogram::default()).map(|gaps| gaps.score).ok()
        };
        match (score(&factors), score(&renamed)) {
            // Classes in another order are summed in another order.
            (Some(a), Some(b)) => prop_assert!((a - b).abs() < 1e-12),
            (a, b) => prop_assert_eq!(a, b),
        }
    }

    /// Noise keeps ratios of variances apart, so that no tie depends on the order.
    #[test]
    fn the_order_of_codes_does_not_matter_to_factor_vae((codes, factors) in tables(), seed in any::<u64>()) {
        let mut stream = Seeds::new(seed).stream("noise", 0);
        let codes = codes.mapv(|x| x + stream.normal() as f32);
        let reversed = codes.select(Axis(1), &(0..codes.ncols()).rev().collect::<Vec<_>>());
        let score = |codes: &Array2<f32>| {
            factor_vae(codes.view(), factors.view(), &voting(), Seeds::new(0))
                .map(|accuracies| accuracies.eval_accuracy)
                .ok()
        };
        prop_assert_eq!(score(&codes), score(&reversed));
    }

    /// With the rule for ties that does not look at the order of codes, and codes that are never equally
    /// far; sums over codes are in another order.
    #[test]
    fn the_order_of_codes_does_not_matter_to_any_metric((codes, factors) in tables(), seed in any::<u64>()) {
        let mut stream = Seeds::new(seed).stream("noise", 0);
        let codes = codes.mapv(|x| x + stream.normal() as f32);
        let reversed = codes.select(Axis(1), &(0..codes.ncols()).rev().collect::<Vec<_>>());
        let protocol = Protocol { num_train: 200, num_test: 100, logistic: LogisticMode::Converged, ..Protocol::fast() };
        // Few rows leave codes that know equally much of a factor; SNC assigns it the first of them.
        let ordered = |metric: &MetricConfig| metric.kind() != "snc";
        let metrics = MetricConfig::all().into_iter().filter(ordered).map(order_free);
        let metrics: Vec<MetricConfig> = metrics.collect();
        let run = |codes: Array2<f32>| {
            let table = Table::new(codes, factors.clone()).unwrap();
            evaluate(&table, &protocol, &metrics, Seeds::new(0)).unwrap().metrics
        };
        let (ours, theirs) = (run(codes), run(reversed));
        for (kind, outcome) in &ours {
            match (outcome, &theirs[kind]) {
                (Outcome::Score(a), Outcome::Score(b)) => {
                    prop_assert!((a.score - b.score).abs() < 1e-9, "{}: {} {}", kind, a.score, b.score);
                }
                (Outcome::Failed(_), Outcome::Failed(_)) => {}
                (a, b) => prop_assert!(false, "{}: {:?} {:?}", kind, a, b),
            }
        }
    }

    #[test]
    fn factor_vae_accuracies_are_shares((codes, factors) in tables()) {
        if let Ok(result) = factor_vae(codes.view(), factors.view(), &voting(), Seeds::new(0)) {
            prop_assert!((0.0..=1.0).contains(&result.eval_accuracy));
            prop_assert!((0.0..=1.0).contains(&result.train_accuracy));
            let cast = if result.active_codes == 0 { 0.0 } else { 200.0 };
            prop_assert_eq!(result.votes.sum(), cast);
        }
    }

    /// The sole way to know a factor's class is the code that holds it.
    #[test]
    fn codes_that_are_the_factors_score_one(sizes in prop::collection::vec(2usize..6, 2..4), seed in any::<u64>()) {
        let rows: usize = sizes.iter().product();
        let grid = Table::grid(Array2::zeros((rows, 1)), &sizes).unwrap();
        let codes = grid.factors().mapv(|class| class as f32);
        let whole = mig(codes.view(), grid.factors(), &Histogram::default()).unwrap();
        // On a full grid the factors share no information at all.
        prop_assert!((whole.score - 1.0).abs() < 1e-12);
        let result = factor_vae(codes.view(), grid.factors(), &voting(), Seeds::new(seed)).unwrap();
        prop_assert_eq!(result.eval_accuracy, 1.0);
    }
}
