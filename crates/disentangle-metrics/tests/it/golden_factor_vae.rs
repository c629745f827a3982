//! disentanglement_lib@86a644d: see `fixtures/golden/metrics/README.md`.

use disentangle_metrics::{
    Detail, MetricConfig, Outcome, Protocol, Score, Scores, Table, Votes, evaluate, vote,
};
use disentangle_seeds::Seeds;
use ndarray::{Array2, Axis, Ix1};
use serde_json::Value;

use super::case::{CASES, Case, indices, numbers};

fn run(table: &Table, protocol: &Protocol, seed: u64) -> Scores {
    let metric = MetricConfig::named("factor_vae").unwrap();
    evaluate(table, protocol, &[metric], Seeds::new(seed)).unwrap()
}

fn score(table: &Table, protocol: &Protocol, seed: u64) -> Score {
    match &run(table, protocol, seed).metrics["factor_vae"] {
        Outcome::Score(score) => score.clone(),
        Outcome::Failed(why) => panic!("{why}"),
    }
}

/// The counts of the original, `[K][D]` with unused columns at the end, as ours: `[active, K]`.
fn recorded_counts(votes: &Value, active: usize) -> Array2<usize> {
    let rows: Vec<_> = votes.as_array().unwrap().iter().map(indices).collect();
    Array2::from_shape_fn((active, rows.len()), |(code, factor)| rows[factor][code])
}

#[test]
fn recorded_batches_give_the_recorded_votes_and_scores() {
    for name in CASES {
        let case = Case::load(name);
        let expected = &case.expected["factor_vae_recorded"];
        let global = numbers(&expected["global_variances"]);
        let active: Vec<_> = (0..global.len())
            .filter(|&d| global[d].sqrt() >= 0.05)
            .collect();
        let recorded: Vec<bool> = serde_json::from_value(expected["active_dims"].clone()).unwrap();
        assert!((0..global.len()).all(|d| active.contains(&d) == recorded[d]));

        let local = case.matrix("factor_vae_local_variances");
        let votes: Vec<_> = local
            .rows()
            .into_iter()
            .map(|row| vote(&row.to_vec(), &global, &active))
            .collect();
        assert_eq!(votes, case.indices("factor_vae_argmin").to_vec(), "{name}");

        let factors = case.indices("factor_vae_factors");
        let (train, eval) = (0..2000, 2000..3000);
        let count = |range: std::ops::Range<usize>| {
            Votes::count(
                range.map(|i| (votes[i], factors[i])),
                active.len(),
                case.factors.ncols(),
            )
        };
        let (train, eval) = (count(train), count(eval));
        assert_eq!(
            train.counts,
            recorded_counts(&expected["train_votes"], active.len())
        );
        assert_eq!(
            eval.counts,
            recorded_counts(&expected["eval_votes"], active.len())
        );
        let classifier = train.majority();
        assert_eq!(
            classifier,
            indices(&expected["classifier"])[..active.len()],
            "{name}"
        );
        let accuracy = |key: &str| expected[key].as_f64().unwrap();
        assert_eq!(
            train.accuracy(&classifier),
            accuracy("train_accuracy"),
            "{name}"
        );
        assert_eq!(
            eval.accuracy(&classifier),
            accuracy("eval_accuracy"),
            "{name}"
        );
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Asserts that the means of two sets of runs of 5000 votes differ by at most three standard errors, each
/// run having at least the spread of a binomial share.
fn assert_same_mean(found: &[f64], expected: &[f64], what: &str) {
    let (p, q) = (mean(found), mean(expected));
    let variance = |values: &[f64], mean: f64| {
        let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
        (squares / (values.len() - 1) as f64).max(q * (1.0 - q) / 5000.0)
    };
    let error =
        variance(found, p) / found.len() as f64 + variance(expected, q) / expected.len() as f64;
    assert!(
        (p - q).abs() <= 3.0 * error.sqrt(),
        "{what}: {p} but {q} expected"
    );
}

fn eval_accuracies(table: &Table, protocol: &Protocol) -> Vec<f64> {
    (0..5)
        .map(|seed| score(table, protocol, seed).score)
        .collect()
}

#[test]
fn resampled_rows_score_as_recorded() {
    let strict = Protocol {
        strict: true,
        ..Protocol::dlib()
    };
    for name in CASES {
        let case = Case::load(name);
        let expected = numbers(&case.expected["factor_vae_resampled"]["eval"]);
        assert_same_mean(&eval_accuracies(&case.table(), &strict), &expected, name);
    }
}

/// The original draws factors and encodes them; a grid of the same encoder's codes must score the same.
#[test]
fn a_grid_scores_as_the_originals_sampler() {
    let case = Case::load("c04_mlp");
    let sizes = [4usize, 6, 10, 15];
    let rows = Table::grid(Array2::zeros((3600, 1)), &sizes).unwrap();
    let standardized = Array2::from_shape_fn((3600, 4), |(row, k)| {
        let n = sizes[k] as f64;
        (f64::from(rows.factors()[[row, k]]) - (n - 1.0) / 2.0) / ((n * n - 1.0) / 12.0).sqrt()
    });
    let bias = |name: &str| {
        case.array(name)
            .to_f64()
            .into_dimensionality::<Ix1>()
            .unwrap()
    };
    let hidden = (standardized.dot(&case.matrix("W1")) + bias("b1")).mapv(f64::tanh);
    let codes = hidden.dot(&case.matrix("W2")) + bias("b2");
    let table = Table::grid(codes.mapv(|x| x as f32), &sizes).unwrap();
    let expected = numbers(&case.expected["factor_vae_sampled"]["eval"]);
    assert_same_mean(
        &eval_accuracies(&table, &Protocol::dlib()),
        &expected,
        "c04 grid",
    );
}

#[test]
fn without_pruning_a_constant_code_takes_all_votes_in_strict_mode_only() {
    let case = Case::load("c11_constant_factor");
    let mut protocol = Protocol {
        active_threshold: 0.0,
        strict: true,
        ..Protocol::dlib()
    };
    let expected = case.expected["factor_vae_threshold_0"]["scores"]["eval_accuracy"]
        .as_f64()
        .unwrap();
    let found = score(&case.table(), &protocol, 0).score;
    // All votes name one code, so a share of 1/3 is right: 0.02 is three standard errors of 5000 votes.
    assert!((expected - 1.0 / 3.0).abs() < 0.02, "{expected}");
    assert!((found - 1.0 / 3.0).abs() < 0.02, "{found}");
    protocol.strict = false;
    assert_eq!(score(&case.table(), &protocol, 0).score, 1.0);
}

#[test]
fn constant_codes_score_zero() {
    let case = Case::load("c05_redundant");
    let table = Table::new(Array2::ones(case.codes.dim()), case.factors).unwrap();
    let score = score(&table, &Protocol::fast(), 0);
    assert_eq!(score.score, 0.0);
    assert_eq!(score.details["active_codes"], Detail::Count(0));
}

#[test]
fn votes_are_reported_by_code_and_factor() {
    let case = Case::load("c11_constant_factor");
    let score = score(&case.table(), &Protocol::fast(), 0);
    let votes = &score.matrices["votes"];
    // The constant factor was dropped; the constant code has no votes.
    assert_eq!(votes.dim(), (4, 2));
    assert_eq!(votes.sum(), 2000.0);
    assert_eq!(votes.sum_axis(Axis(1))[3], 0.0);
    assert_eq!((votes[[1, 1]], votes[[2, 0]]), (0.0, 0.0));
}
