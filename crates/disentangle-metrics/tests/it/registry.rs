//! What every registered metric must do.

use disentangle_metrics::{Error, MetricConfig, Needs, Outcome, Probe, Protocol, Table, evaluate};
use disentangle_registry::{Config, Problems};
use disentangle_seeds::Seeds;
use ndarray::{Array2, Axis, array};

use super::case::Case;

/// Metrics whose score is no share of a whole: sums, distances, information in nats.
const NO_SHARE: [&str; 3] = ["tad", "factorized_support", "unsupervised"];
/// Metrics that compare codes with each other or with other models, and not with factors.
const NO_FACTORS: [&str; 3] = ["factorized_support", "unsupervised", "udr"];
/// Metrics that need more than any table has: factors of two values, codes of other models.
const NEEDS_MORE: [&str; 2] = ["tad", "udr"];

fn outcome(table: &Table, metric: &MetricConfig) -> Outcome {
    outcome_by(&Protocol::fast(), table, metric)
}

fn outcome_by(protocol: &Protocol, table: &Table, metric: &MetricConfig) -> Outcome {
    let metrics = std::slice::from_ref(metric);
    let scores = evaluate(table, protocol, metrics, Seeds::new(1)).unwrap();
    scores.metrics[metric.kind()].clone()
}

#[test]
fn examples_are_valid_and_come_back_from_json() {
    for metric in MetricConfig::examples() {
        let mut problems = Problems::default();
        metric.check(&mut problems);
        assert!(problems.is_empty());
        let text = serde_json::to_string(&metric).unwrap();
        assert_eq!(serde_json::from_str::<MetricConfig>(&text).unwrap(), metric);
    }
}

#[test]
fn every_kind_has_a_default() {
    let all: Vec<_> = MetricConfig::all().iter().map(MetricConfig::kind).collect();
    for &kind in MetricConfig::KINDS {
        let metric = MetricConfig::named(kind).unwrap();
        assert_eq!(metric.kind(), kind);
        assert_eq!(all.contains(&kind), !metric.as_part().only_on_request());
    }
    let message = MetricConfig::named("migg").unwrap_err().to_string();
    let known = MetricConfig::KINDS.join(", ");
    assert!(
        message.contains("`migg`") && message.contains(&known),
        "{message}"
    );
}

#[test]
fn typos_in_a_metric_are_refused() {
    for text in [
        r#"{"kind": "mig", "bin": 3}"#,
        r#"{"kind": "factor_vae", "votes": 3}"#,
    ] {
        let error = serde_json::from_str::<MetricConfig>(text).unwrap_err();
        assert!(error.to_string().contains("unknown field"), "{error}");
    }
}

/// A line over one code has only its outer classes on top (SAP of classes), and linear predictors of few
/// rows likewise (downstream tasks); nodes of a forest must cut codes that tell nothing, and coefficients of
/// a logistic regression are not zero where drawn factors depend on each other a little; the unsupervised
/// scores measure no factor.
fn is_not_one_for_perfect_codes(metric: &MetricConfig) -> bool {
    match metric {
        MetricConfig::Sap(sap) => !sap.continuous,
        MetricConfig::Dci(dci) => {
            matches!(dci.probe, Probe::RandomForest | Probe::Logistic)
        }
        MetricConfig::Downstream(_) | MetricConfig::Unsupervised(_) => true,
        _ => false,
    }
}

#[test]
fn perfect_codes_score_one() {
    let grid = Table::grid(Array2::zeros((60, 1)), &[3, 4, 5]).unwrap();
    let table = Table::grid(grid.factors().mapv(|class| class as f32), &[3, 4, 5]).unwrap();
    for metric in MetricConfig::examples() {
        let apart = NO_FACTORS.contains(&metric.kind()) || NEEDS_MORE.contains(&metric.kind());
        if apart || is_not_one_for_perfect_codes(&metric) {
            continue;
        }
        let Outcome::Score(score) = outcome(&table, &metric) else {
            panic!("{metric:?}");
        };
        // Drawn factors are a little dependent: 2000 draws leave under 0.01 nats between them.
        assert!(score.score > 0.98, "{metric:?}: {}", score.score);
    }
}

/// The first rows of an entangled code.
fn few_rows() -> Table {
    let case = Case::load("c04_mlp");
    let rows = ndarray::s![..300, ..];
    let (codes, factors) = (case.codes.slice(rows), case.factors.slice(rows));
    Table::new(codes.to_owned(), factors.to_owned()).unwrap()
}

#[test]
fn scores_are_finite_and_repeat() {
    let table = few_rows();
    for metric in MetricConfig::examples() {
        let (first, second) = (outcome(&table, &metric), outcome(&table, &metric));
        assert_eq!(first, second);
        let score = match first {
            Outcome::Score(score) => score,
            Outcome::Failed(why) => {
                assert!(NEEDS_MORE.contains(&metric.kind()), "{metric:?}: {why}");
                continue;
            }
        };
        let share = NO_SHARE.contains(&metric.kind()) || (0.0..=1.0).contains(&score.score);
        assert!(share, "{metric:?}");
        assert!(
            score.matrices.values().flatten().all(|x| x.is_finite()),
            "{metric:?}"
        );
    }
}

#[test]
fn threads_do_not_matter() {
    let table = few_rows();
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let protocol = Protocol::fast();
        pool.install(|| evaluate(&table, &protocol, &MetricConfig::all(), Seeds::new(3)))
            .unwrap()
            .to_json()
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn chance_lies_below_one() {
    for metric in MetricConfig::examples() {
        if let Some(chance) = metric.as_part().chance(4) {
            assert!((0.0..1.0).contains(&chance));
        }
    }
}

#[test]
fn small_and_odd_tables_are_scored_or_refused() {
    let one = |codes: Array2<f32>, factors: Array2<u32>| Table::new(codes, factors).unwrap();
    let tables = [
        one(array![[1.0]], array![[0]]),
        one(array![[1.0, 2.0], [3.0, 1.0]], array![[0], [1]]),
        one(
            Array2::ones((5, 3)),
            array![[0], [1], [0], [u32::MAX - 1], [1]],
        ),
        one(
            array![[f32::MIN, 0.0], [f32::MAX, 1.0], [0.0, 0.0], [1.0, 1.0]],
            array![[0], [1], [0], [1]],
        ),
        one(
            array![[0.0], [1.0], [0.0], [1.0]],
            array![[0, 3], [1, 3], [0, 3], [1, 3]],
        ),
        Table::grid(array![[0.0, 1.0], [1.0, 0.0]], &[2]).unwrap(),
        Table::grid(array![[0.0, 1.0]], &[1]).unwrap(),
    ];
    let modes = [false, true].map(|strict| Protocol {
        strict,
        ..Protocol::fast()
    });
    for (table, mode) in tables
        .iter()
        .flat_map(|table| modes.each_ref().map(|mode| (table, mode)))
    {
        for metric in MetricConfig::examples() {
            match outcome_by(mode, table, &metric) {
                Outcome::Score(score) => {
                    assert!(score.score.is_finite());
                    assert!(score.matrices.values().flatten().all(|x| x.is_finite()));
                }
                Outcome::Failed(why) => assert!(!why.is_empty()),
            }
        }
    }
}

/// A factor that is continuous has no classes: metrics either use its values or say so.
#[test]
fn continuous_factors_are_used_or_refused() {
    let codes = Case::load("c04_mlp").codes;
    let values = Array2::from_shape_fn((2000, 2), |(i, k)| f64::from(codes[[i, k]]).sinh());
    let table = Table::new(codes, Array2::zeros((2000, 2)))
        .unwrap()
        .with_values(values, &[true, true])
        .unwrap();
    for metric in MetricConfig::examples() {
        let (outcome, needs) = (outcome(&table, &metric), metric.as_part().needs());
        match outcome {
            Outcome::Score(_) => assert_ne!(needs, Needs::Classes, "{metric:?}"),
            Outcome::Failed(why) if needs == Needs::Classes => {
                assert!(
                    why.contains("`factor_0` is continuous"),
                    "{metric:?}: {why}"
                );
            }
            Outcome::Failed(_) => assert!(NEEDS_MORE.contains(&metric.kind()), "{metric:?}"),
        }
    }
}

#[test]
fn without_factors_only_what_needs_none_is_scored() {
    let table = Table::unlabeled(Case::load("c04_mlp").codes).unwrap();
    for metric in MetricConfig::examples() {
        match (outcome(&table, &metric), metric.as_part().needs()) {
            (Outcome::Score(_), needs) => assert_eq!(needs, Needs::Codes, "{metric:?}"),
            (Outcome::Failed(_), Needs::Codes) => assert_eq!(metric.kind(), "udr"),
            (Outcome::Failed(why), _) => assert!(why.contains("needs factors"), "{why}"),
        }
    }
}

#[test]
fn models_that_agree_rank_above_models_that_do_not() {
    let codes = Case::load("c02_noisy").codes;
    let reversed = codes.select(Axis(1), &[5, 4, 3, 2, 1, 0]);
    let mixed = Array2::from_shape_fn(codes.dim(), |(i, d)| {
        codes[[i, d]] + codes[[i, (d + 1) % 6]]
    });
    let score = |others: Vec<Array2<f32>>| {
        let table = Table::unlabeled(codes.clone())
            .unwrap()
            .with_encodings(others)
            .unwrap();
        match outcome(&table, &MetricConfig::named("udr").unwrap()) {
            Outcome::Score(score) => score.score,
            Outcome::Failed(why) => panic!("{why}"),
        }
    };
    // Copies: each code is predicted by itself, with a coefficient of 1 − 0.1.
    assert!((score(vec![reversed.clone()]) - 0.9).abs() < 0.01);
    assert!(score(vec![mixed.clone()]) < 0.6);
    assert!(score(vec![reversed.clone(), reversed, mixed]) > 0.85);
}

#[test]
fn a_metric_listed_twice_is_refused() {
    let table = Table::new(array![[1.0], [2.0]], array![[0], [1]]).unwrap();
    let metric = MetricConfig::named("mig").unwrap();
    let twice = [metric.clone(), metric];
    let error = evaluate(&table, &Protocol::dlib(), &twice, Seeds::new(0)).unwrap_err();
    assert!(matches!(error, Error::RepeatedMetric { .. }), "{error}");
}
