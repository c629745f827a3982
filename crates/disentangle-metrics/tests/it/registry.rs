//! What every registered metric must do.

use disentangle_metrics::{Error, MetricConfig, Outcome, Probe, Protocol, Table, evaluate};
use disentangle_registry::{Config, Problems};
use disentangle_seeds::Seeds;
use ndarray::{Array2, array};

use super::case::Case;

fn outcome(table: &Table, metric: &MetricConfig) -> Outcome {
    let scores = evaluate(
        table,
        &Protocol::fast(),
        std::slice::from_ref(metric),
        Seeds::new(1),
    )
    .unwrap();
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
        if is_not_one_for_perfect_codes(&metric) {
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
        let Outcome::Score(score) = first else {
            panic!("{metric:?}");
        };
        assert!((0.0..=1.0).contains(&score.score), "{metric:?}");
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
    for table in &tables {
        for metric in MetricConfig::examples() {
            match outcome(table, &metric) {
                Outcome::Score(score) => {
                    assert!(score.score.is_finite());
                    assert!(score.matrices.values().flatten().all(|x| x.is_finite()));
                }
                Outcome::Failed(why) => assert!(!why.is_empty()),
            }
        }
    }
}

#[test]
fn a_metric_listed_twice_is_refused() {
    let table = Table::new(array![[1.0], [2.0]], array![[0], [1]]).unwrap();
    let metric = MetricConfig::named("mig").unwrap();
    let twice = [metric.clone(), metric];
    let error = evaluate(&table, &Protocol::dlib(), &twice, Seeds::new(0)).unwrap_err();
    assert!(matches!(error, Error::RepeatedMetric { .. }), "{error}");
}
