//! Tables on which the original fails, one way or another: what it computes is computed, what it refuses is
//! refused with a reason in strict mode, and the other metrics are still there. Never a panic or a NaN.
//!
//! A test a kind of table, and in it every score of the original; what it does with such a table was seen by
//! running disentanglement_lib@86a644d.

mod classes;
mod codes;
mod factors;

use std::collections::BTreeMap;

use disentangle_metrics::{Detail, MetricConfig, Outcome, Protocol, Sap, Score, Table, evaluate};
use disentangle_seeds::Seeds;
use ndarray::{Array1, Array2, Axis};

/// The metrics that take no notice of the rows to test on.
const UNTESTED: [&str; 5] = ["mig", "modularity", "irs", "factor_vae", "unsupervised"];
const VOTES: usize = 200;

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

fn plain() -> Table {
    table(|codes, factors, _| (codes, factors))
}

fn protocol(strict: bool) -> Protocol {
    Protocol {
        strict,
        num_train: 500,
        num_test: VOTES,
        ..Protocol::dlib()
    }
}

/// The outcomes of one mode, by metric.
struct Found(BTreeMap<String, Outcome>);

fn run(table: &Table, strict: bool) -> Found {
    let with = |metrics: &[MetricConfig]| {
        let scores = evaluate(table, &protocol(strict), metrics, Seeds::new(0)).unwrap();
        scores.metrics
    };
    let mut outcomes = with(&MetricConfig::all());
    let continuous = MetricConfig::Sap(Sap {
        continuous: true,
        ..Sap::default()
    });
    let continuous = with(&[continuous]).remove("sap").unwrap();
    outcomes.insert("sap, continuous".to_owned(), continuous);
    for outcome in outcomes.values() {
        match outcome {
            Outcome::Score(score) => {
                assert!(score.score.is_finite());
                assert!(score.matrices.values().flatten().all(|x| x.is_finite()));
            }
            Outcome::Failed(why) => assert!(!why.is_empty()),
        }
    }
    Found(outcomes)
}

impl Found {
    fn part(&self, kind: &str) -> &Score {
        match &self.0[kind] {
            Outcome::Score(score) => score,
            Outcome::Failed(why) => panic!("{kind}: {why}"),
        }
    }

    fn score(&self, kind: &str) -> f64 {
        self.part(kind).score
    }

    fn detail(&self, kind: &str, name: &str) -> &Detail {
        &self.part(kind).details[name]
    }

    fn number(&self, kind: &str, name: &str) -> f64 {
        match *self.detail(kind, name) {
            Detail::Number(value) => value,
            Detail::Count(value) => value as f64,
            ref other => panic!("{kind} {name}: {other:?}"),
        }
    }

    fn numbers(&self, kind: &str, name: &str) -> &[f64] {
        match self.detail(kind, name) {
            Detail::Numbers(values) => values,
            other => panic!("{kind} {name}: {other:?}"),
        }
    }

    fn reason(&self, kind: &str) -> &str {
        match &self.0[kind] {
            Outcome::Failed(why) => why,
            Outcome::Score(score) => panic!("{kind} scores {}", score.score),
        }
    }

    fn refused(&self) -> Vec<&str> {
        let failed = self.0.iter();
        let failed = failed.filter(|(_, outcome)| matches!(outcome, Outcome::Failed(_)));
        failed.map(|(kind, _)| kind.as_str()).collect()
    }

    /// Asserts that scores are the same numbers as for another table.
    fn same(&self, other: &Self, kinds: &[&str]) {
        for kind in kinds {
            assert_eq!(self.score(kind), other.score(kind), "{kind}");
        }
    }
}

/// Asserts that a share of `VOTES` draws of the given probability is as expected.
fn assert_share(found: f64, expected: f64) {
    let deviation = (expected * (1.0 - expected) / VOTES as f64).sqrt();
    // Four standard deviations: one seed in 16,000 is beyond.
    assert!((found - expected).abs() < 4.0 * deviation, "{found}");
}

fn with_column<T: Copy>(values: Array2<T>, column: impl FnMut(usize) -> T) -> Array2<T> {
    let column: Array1<T> = (0..values.nrows()).map(column).collect();
    ndarray::concatenate(
        Axis(1),
        &[values.view(), column.insert_axis(Axis(1)).view()],
    )
    .unwrap()
}
