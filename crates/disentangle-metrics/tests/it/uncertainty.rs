//! Intervals, nulls and warnings.

use disentangle_metrics::{
    Detail, MetricConfig, Outcome, Protocol, Score, Scores, Table, evaluate,
};
use disentangle_seeds::Seeds;
use ndarray::{Array2, Axis};

use super::case::Case;

fn run(table: &Table, names: &[&str], protocol: &Protocol) -> Scores {
    let metrics: Vec<_> = names
        .iter()
        .map(|name| MetricConfig::named(name).unwrap())
        .collect();
    evaluate(table, protocol, &metrics, Seeds::new(5)).unwrap()
}

fn score(scores: &Scores, name: &str) -> Score {
    match &scores.metrics[name] {
        Outcome::Score(score) => score.clone(),
        Outcome::Failed(why) => panic!("{name}: {why}"),
    }
}

fn number(score: &Score, key: &str) -> f64 {
    match &score.details[key] {
        Detail::Number(value) => *value,
        other => panic!("{key}: {other:?}"),
    }
}

/// Codes of one factor each with noise, and a code of noise; `draw` numbers the samples.
fn noisy(rows: usize, draw: u64) -> Table {
    let mut stream = Seeds::new(9).stream("test", draw);
    let factors = Array2::from_shape_fn((rows, 2), |(_, k)| stream.below([4, 6][k]) as u32);
    let codes = Array2::from_shape_fn((rows, 3), |(row, d)| {
        let signal = if d < 2 { factors[[row, d]] as f32 } else { 0.0 };
        signal + 0.5 * stream.normal() as f32
    });
    Table::new(codes, factors).unwrap()
}

/// A small version of `examples/interval_coverage.rs`: of 40 samples of 1000 rows, the intervals of at least 34
/// hold the score of 200,000 rows. At a coverage of 95%, fewer happen once in 300 times.
#[test]
fn intervals_hold_the_score_of_many_rows() {
    let names = ["mig", "mig_sup", "dcimig", "jemmig", "modularity", "mcc"];
    let truth = run(&noisy(200_000, 0), &names, &Protocol::fast());
    let protocol = Protocol {
        bootstrap: 60,
        ..Protocol::fast()
    };
    let mut held = [0; 6];
    for draw in 1..=40 {
        let scores = run(&noisy(1000, draw), &names, &protocol);
        for (held, name) in held.iter_mut().zip(names) {
            let [low, high] = score(&scores, name).interval.unwrap();
            let truth = score(&truth, name).score;
            *held += usize::from(low <= truth && truth <= high);
        }
    }
    assert!(held.iter().all(|&held| held >= 34), "{names:?} {held:?}");
}

/// The interval of a metric that can tell speaks of more rows than there are; that of any other of those.
#[test]
fn an_interval_says_of_how_many_rows_it_speaks() {
    let protocol = Protocol {
        bootstrap: 5,
        interval_rows: 4000,
        ..Protocol::fast()
    };
    let scores = run(&noisy(300, 1), &["mig", "mcc", "irs"], &protocol);
    let rows = |name| score(&scores, name).details["interval_rows"].clone();
    assert_eq!(
        [rows("mig"), rows("mcc")],
        [Detail::Count(4000), Detail::Count(4000)]
    );
    assert_eq!(rows("irs"), Detail::Count(300));
    let few = Protocol {
        interval_rows: 1,
        ..protocol
    };
    let mig = score(&run(&noisy(300, 1), &["mig"], &few), "mig");
    assert_eq!(mig.details["interval_rows"], Detail::Count(300));
}

/// The rows of a grid are all that there are, so that no number of draws reaches beyond them; the bias that 2000 draws
/// have is less than `1e-3` of a score in both.
#[test]
fn codes_of_a_grid_reach_no_further_than_the_grid() {
    let mut stream = Seeds::new(3).stream("test", 0);
    let codes = Array2::from_shape_fn((480, 2), |(row, d)| {
        [row / 120, row % 120 / 6][d] as f32 + stream.normal() as f32
    });
    let grid = Table::grid(codes, &[4, 20, 6]).unwrap();
    let interval = |interval_rows| {
        let protocol = Protocol {
            num_train: 2000,
            bootstrap: 20,
            interval_rows,
            ..Protocol::fast()
        };
        score(&run(&grid, &["mig"], &protocol), "mig")
            .interval
            .unwrap()
    };
    let (many, more) = (interval(2_000_000), interval(usize::MAX));
    assert!((many[0] - more[0]).abs() < 1e-3, "{many:?} {more:?}");
    assert!((many[1] - more[1]).abs() < 1e-3, "{many:?} {more:?}");
}

#[test]
fn resampling_shows_the_bias_of_mutual_information() {
    let protocol = Protocol {
        bootstrap: 30,
        ..Protocol::dlib()
    };
    let dcimig = score(
        &run(&Case::load("c06_noise").table(), &["dcimig"], &protocol),
        "dcimig",
    );
    assert!(number(&dcimig, "bootstrap_bias") > 0.0);
    assert!(dcimig.interval.unwrap()[0] < dcimig.score);
}

#[test]
fn without_resampling_there_is_no_interval() {
    let scores = run(&noisy(300, 0), &["mig"], &Protocol::dlib());
    assert_eq!(score(&scores, "mig").interval, None);
}

/// Of noise, modularity is 0.77 in the original; its null says so.
#[test]
fn noise_is_no_better_than_shuffled_factors() {
    let scores = run(
        &Case::load("c06_noise").table(),
        &["modularity", "info_mec", "irs"],
        &Protocol::dlib(),
    );
    // Most of the neighbors' estimates are floored at zero, so InfoM of eight codes varies between shuffles by 0.1.
    for (name, tolerance) in [("modularity", 0.12), ("info_mec", 0.3), ("irs", 0.12)] {
        let score = score(&scores, name);
        let corrected = number(&score, "null_corrected");
        assert!(corrected.abs() < tolerance, "{name}: {corrected}");
        let said =
            |warning: &String| warning.starts_with(&format!("{name}: shuffled factors score"));
        assert!(scores.warnings.iter().any(said), "{:?}", scores.warnings);
    }
}

#[test]
fn perfect_codes_stay_perfect_beside_the_null() {
    let scores = run(
        &Case::load("c01_identity").table(),
        &["modularity", "info_mec"],
        &Protocol::dlib(),
    );
    for name in ["modularity", "info_mec"] {
        let score = score(&scores, name);
        assert!(number(&score, "null_corrected") > 0.95, "{name}");
        assert!(number(&score, "null_p_value") < 0.1, "{name}");
    }
}

#[test]
fn collapsed_codes_and_rare_values_are_warned_of() {
    let case = Case::load("c02_noisy");
    let mut codes = case.codes.clone();
    codes.column_mut(5).mapv_inplace(|x| 0.001 * x);
    let mut factors = case.factors.clone();
    factors[[17, 0]] = 99;
    let scores = run(
        &Table::new(codes, factors).unwrap(),
        &["mig"],
        &Protocol::dlib(),
    );
    let said = |text: &str| scores.warnings.iter().any(|warning| warning.contains(text));
    assert!(said("1 of 6 codes are inactive"), "{:?}", scores.warnings);
    assert!(
        said("a value of factor `factor_0` has 1 of 5000 rows"),
        "{:?}",
        scores.warnings
    );
    assert_eq!(
        score(&scores, "mig").details["active_codes"],
        Detail::Count(5)
    );
}

#[test]
fn the_bias_of_mutual_information_is_stated_where_it_is_large() {
    let case = Case::load("c02_noisy");
    let few: Vec<_> = (0..400).collect();
    let table = Table::new(
        case.codes.select(Axis(0), &few),
        case.factors.select(Axis(0), &few),
    )
    .unwrap();
    let scores = run(&table, &["mig"], &Protocol::dlib());
    // (20 − 1) (15 − 1) / (2 · 400) = 0.33 nats.
    let said = |warning: &String| warning.contains("`factor_3`") && warning.contains("0.33 nats");
    assert!(scores.warnings.iter().any(said), "{:?}", scores.warnings);
}
