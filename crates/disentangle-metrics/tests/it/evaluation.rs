//! The layout of `metrics.json`, and what happens around the metrics.

use disentangle_metrics::{Error, MetricConfig, Outcome, Protocol, Scores, Table, evaluate};
use disentangle_seeds::Seeds;
use ndarray::array;
use serde_json::{Value, json};

use super::case::Case;

fn both() -> [MetricConfig; 2] {
    ["mig", "factor_vae"].map(|name| MetricConfig::named(name).unwrap())
}

fn run(table: &Table, protocol: &Protocol) -> Scores {
    evaluate(table, protocol, &both(), Seeds::new(7)).unwrap()
}

fn parsed(scores: &Scores) -> Value {
    serde_json::from_str(&scores.to_json()).unwrap()
}

#[test]
fn the_json_has_the_documented_layout() {
    let table = Case::load("c02_noisy")
        .table()
        .with_factor_names(["shape", "scale", "x", "y"])
        .unwrap();
    let json = parsed(&run(&table, &Protocol::dlib()));
    assert_eq!(
        json["protocol"],
        json!({
            "name": "dlib", "version": 1, "seed": 7, "strict": false, "bins": 20, "edges": "f32_numpy2",
            "num_train": 10000, "num_test": 5000, "batch_size": 64, "num_variance_estimate": 10000,
            "active_threshold": 0.05, "logistic": "lbfgs", "split": "head", "max_rows": null, "bootstrap": 0, "interval_rows": 200000, "permutations": 10, "mig": {}, "factor_vae": {}
        })
    );
    assert_eq!(
        json["input"],
        json!({
            "rows": 5000, "codes": 6, "factors": 4, "factor_names": ["shape", "scale", "x", "y"],
            "factor_sizes": [4, 6, 10, 15], "active_codes": 6, "chance": {"factor_vae": 0.25},
            // By a loop in Python over the words of the fixture.
            "digest": "16692dd9c05831f5"
        })
    );
    let mig = &json["metrics"]["mig"];
    assert!((mig["score"].as_f64().unwrap() - 0.8980148826253348).abs() < 1e-9);
    assert_eq!(mig["per_factor"].as_array().unwrap().len(), 4);
    let matrix = mig["matrices"]["mutual_information"].as_array().unwrap();
    assert_eq!((matrix.len(), matrix[0].as_array().unwrap().len()), (6, 4));
    let factor_vae = &json["metrics"]["factor_vae"];
    for key in ["score", "train_accuracy", "eval_accuracy"] {
        assert_eq!(factor_vae[key], json!(1.0), "{key}");
    }
    assert_eq!(factor_vae["active_codes"], json!(6));
    assert_eq!(json.as_object().unwrap().len(), 4);
}

#[test]
fn equal_runs_make_equal_bytes_and_seeds_matter() {
    let table = Case::load("c06_noise").table();
    let json = |seed| {
        evaluate(&table, &Protocol::fast(), &both(), Seeds::new(seed))
            .unwrap()
            .to_json()
    };
    assert_eq!(json(1), json(1));
    let votes = |text: String| serde_json::from_str::<Value>(&text).unwrap()["metrics"].clone();
    assert_ne!(votes(json(1))["factor_vae"], votes(json(2))["factor_vae"]);
    assert_eq!(votes(json(1))["mig"], votes(json(2))["mig"]);
}

#[test]
fn constant_factors_are_dropped_with_a_warning() {
    let scores = run(
        &Case::load("c11_constant_factor").table(),
        &Protocol::dlib(),
    );
    assert!(
        scores.warnings[0].contains("`factor_0` is constant"),
        "{:?}",
        scores.warnings
    );
    let json = parsed(&scores);
    assert_eq!(
        json["input"]["factor_names"],
        json!(["factor_1", "factor_2"])
    );
    assert_eq!(json["input"]["active_codes"], json!(3));
    let expected = (0.9781166137482705 + 0.9686292153283893) / 2.0;
    assert!((json["metrics"]["mig"]["score"].as_f64().unwrap() - expected).abs() < 1e-9);
}

#[test]
fn strict_mode_refuses_as_the_original_and_keeps_the_others() {
    let strict = Protocol {
        strict: true,
        ..Protocol::dlib()
    };
    let scores = run(&Case::load("c11_constant_factor").table(), &strict);
    let json = parsed(&scores);
    assert_eq!(json["metrics"]["mig"]["score"], Value::Null);
    let error = json["metrics"]["mig"]["error"].as_str().unwrap();
    assert!(error.contains("factor `factor_0` is constant"), "{error}");
    assert!(json["metrics"]["factor_vae"]["score"].is_number());
    assert!(!scores.all_failed());
}

#[test]
fn nothing_varies_means_no_score_and_a_reason() {
    let table = Table::new(array![[1.0, 2.0], [3.0, 4.0]], array![[5], [5]]).unwrap();
    let scores = run(&table, &Protocol::dlib());
    assert!(scores.all_failed());
    let Outcome::Failed(why) = &scores.metrics["mig"] else {
        panic!("scored");
    };
    assert!(why.contains("all factors are constant"), "{why}");
    assert_eq!(parsed(&scores)["input"]["chance"], json!({}));
}

#[test]
fn the_text_has_a_line_for_each_metric_and_warning() {
    let scores = run(
        &Case::load("c11_constant_factor").table(),
        &Protocol::dlib(),
    );
    let text = scores.to_text();
    let line = |start: &str| {
        text.lines()
            .find(|line| line.starts_with(start))
            .unwrap()
            .to_owned()
    };
    assert!(line("protocol dlib v1, seed 7: 1000 rows, 4 codes (3 active)").contains("2 factors"));
    assert_eq!(line("mig"), "mig         0.9734  active_codes 3");
    assert!(line("factor_vae").contains("1.0000  active_codes 3, eval_accuracy 1.0000"));
    assert!(line("factor_vae").ends_with("chance 0.5000"));
    assert!(line("warning").contains("factor_0"));
    let strict = Protocol {
        strict: true,
        ..Protocol::dlib()
    };
    let text = run(&Case::load("c11_constant_factor").table(), &strict).to_text();
    assert!(
        text.contains("mig              -  factor `factor_0` is constant"),
        "{text}"
    );
}

#[test]
fn an_invalid_protocol_is_refused_with_all_its_problems() {
    let table = Table::new(array![[1.0]], array![[0]]).unwrap();
    let protocol = Protocol {
        bins: 0,
        batch_size: 1,
        active_threshold: f64::NAN,
        ..Protocol::dlib()
    };
    let error = evaluate(&table, &protocol, &[], Seeds::new(0)).unwrap_err();
    assert!(matches!(error, Error::Invalid { .. }));
    let message = error.to_string();
    for field in [
        "protocol.bins",
        "protocol.batch_size",
        "protocol.active_threshold",
    ] {
        assert!(message.contains(field), "{message}");
    }
}
