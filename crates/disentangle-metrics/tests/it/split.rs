//! Which rows test: those of a sorted table are no fair test, and the result says so.

use disentangle_metrics::{MetricConfig, Outcome, Protocol, Scores, Split, Table, evaluate};
use disentangle_seeds::Seeds;
use ndarray::{Array2, Axis};

/// All combinations of three shapes, eight scales and five places, four times each, and codes that are the factors:
/// rows as an encoder of a data set writes them, in order.
fn sorted() -> (Array2<f32>, Array2<u32>) {
    let factors = Array2::from_shape_fn((480, 3), |(row, k)| {
        (row / [160, 20, 4][k] % [3, 8, 5][k]) as u32
    });
    (factors.mapv(|class| class as f32), factors)
}

fn score(table: &Table, split: Split, metrics: &[&str]) -> Scores {
    let protocol = Protocol {
        split,
        ..Protocol::dlib()
    };
    let named = |name: &&str| MetricConfig::named(name).unwrap();
    let metrics: Vec<_> = metrics.iter().map(named).collect();
    evaluate(table, &protocol, &metrics, Seeds::new(0)).unwrap()
}

fn about_the_split(scores: &Scores) -> Vec<&String> {
    let warnings = scores.warnings.iter();
    warnings
        .filter(|text| text.contains("last tenth"))
        .collect()
}

#[test]
fn a_sorted_grid_is_tested_on_one_shape_and_says_so() {
    let (codes, factors) = sorted();
    let table = Table::new(codes, factors).unwrap();
    let table = table
        .with_factor_names(["shape", "scale", "place"])
        .unwrap();
    let head = score(&table, Split::Head, &["explicitness", "mig"]);
    let advice = "they look sorted; have them drawn with split=shuffle, or give test rows";
    let expected = [
        format!(
            "the rows, of which the last tenth tests, test only 1 of 3 values of factor `shape`: {advice}"
        ),
        format!(
            "the rows, of which the last tenth tests, test only 3 of 8 values of factor `scale`: {advice}"
        ),
    ];
    assert_eq!(about_the_split(&head), expected.iter().collect::<Vec<_>>());
    let shuffled = score(&table, Split::Shuffle, &["explicitness", "mig"]);
    assert!(about_the_split(&shuffled).is_empty());
    // One shape alone cannot be ranked above others.
    match (
        &head.metrics["explicitness"],
        &shuffled.metrics["explicitness"],
    ) {
        (Outcome::Failed(why), Outcome::Score(score)) => {
            assert!(why.contains("test rows lack classes of factor"), "{why}");
            assert!(score.score > 0.99, "{}", score.score);
        }
        other => panic!("{other:?}"),
    }
    // Whole tables do not care, but for the order of sums.
    let mig = |scores: &Scores| match &scores.metrics["mig"] {
        Outcome::Score(score) => score.score,
        Outcome::Failed(why) => panic!("{why}"),
    };
    assert!((mig(&head) - mig(&shuffled)).abs() < 1e-12);
}

#[test]
fn random_rows_and_metrics_that_do_not_test_need_no_warning() {
    let (codes, factors) = sorted();
    let table = Table::new(codes.clone(), factors.clone()).unwrap();
    assert!(about_the_split(&score(&table, Split::Head, &["mig", "factor_vae"])).is_empty());
    let mut order: Vec<usize> = (0..480).collect();
    Seeds::new(5).stream("order", 0).shuffle(&mut order);
    let random = Table::new(
        codes.select(Axis(0), &order),
        factors.select(Axis(0), &order),
    );
    let scores = score(&random.unwrap(), Split::Head, &["sap"]);
    assert!(about_the_split(&scores).is_empty(), "{:?}", scores.warnings);
}

#[test]
fn a_shuffled_split_repeats_and_is_written_down() {
    let (codes, factors) = sorted();
    let table = Table::new(codes, factors).unwrap();
    let first = score(&table, Split::Shuffle, &["sap", "snc"]);
    assert_eq!(first, score(&table, Split::Shuffle, &["sap", "snc"]));
    assert!(first.to_json().contains("\"split\": \"shuffle\""));
    let head = score(&table, Split::Head, &["snc"]);
    assert!(head.to_json().contains("\"split\": \"head\""));
}

#[test]
fn grids_and_tables_with_test_rows_are_not_split() {
    let (codes, factors) = sorted();
    let table = Table::new(codes, factors).unwrap();
    let table = table.clone().with_test(table).unwrap();
    let grid = Table::grid(
        Array2::from_shape_fn((24, 2), |(row, d)| (row * (d + 3) % 7) as f32),
        &[2, 3, 4],
    );
    for table in [table, grid.unwrap()] {
        let metrics = |split| score(&table, split, &["sap", "explicitness"]).metrics;
        assert_eq!(metrics(Split::Head), metrics(Split::Shuffle));
    }
}

/// A continuous factor has no classes that could be missing; its order shows.
#[test]
fn a_sorted_continuous_factor_is_noticed() {
    let values = Array2::from_shape_fn((200, 1), |(row, _)| (row as f64).sqrt());
    let codes = values.mapv(|value| value as f32);
    let table = Table::new(codes, Array2::zeros((200, 1))).unwrap();
    let table = table.with_values(values, &[true]).unwrap();
    let scores = score(&table, Split::Head, &["r_squared"]);
    assert_eq!(about_the_split(&scores).len(), 1, "{:?}", scores.warnings);
    let scores = score(&table, Split::Shuffle, &["r_squared"]);
    assert!(about_the_split(&scores).is_empty());
}
