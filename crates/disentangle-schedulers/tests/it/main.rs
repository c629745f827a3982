//! Conformance: every registered curve and learning rate parses, round-trips and stays finite.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use disentangle_registry::{Config, Problems};
use disentangle_schedulers::{
    Cosine, Curve, CyclicLr, LearningRate, MultiStep, OneCycle, Schedule, Step,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn round_trips<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) {
    let json = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value, "{json}");
}

fn assert_checks<T: Config>(value: &T) {
    let mut problems = Problems::default();
    value.check(&mut problems);
    assert!(problems.is_empty(), "{:?}", problems.into_vec());
}

#[test]
fn schedules_round_trip_and_are_finite() {
    for schedule in Schedule::examples() {
        round_trips(&schedule);
        assert_checks(&schedule);
        for step in [0, 1, 500, 10_000, u64::MAX] {
            assert!(schedule.at(step).is_finite());
        }
    }
}

#[test]
fn learning_rates_round_trip_and_restore_their_state() {
    for config in LearningRate::examples() {
        round_trips(&config);
        assert_checks(&config);
        let mut lr = config.build().unwrap();
        lr.end_of_epoch(1.0);
        let mut restored = config.build().unwrap();
        restored.load(lr.state()).unwrap();
        assert_eq!(lr.at(700), restored.at(700));
        round_trips(&lr.state());
        let fresh = config.build().unwrap().state();
        for state in [&lr.state(), &fresh] {
            let numbers = state.to_numbers();
            assert_eq!(&fresh.with_numbers(&numbers).unwrap(), state);
        }
        assert!(fresh.with_numbers(&[1.0; 9]).is_err());
    }
}

#[test]
fn a_number_is_a_constant_and_is_written_as_one() {
    let schedule: Schedule = serde_json::from_str("3").unwrap();
    assert_eq!(schedule, Schedule::from(3.0));
    assert_eq!(serde_json::to_string(&schedule).unwrap(), "3.0");
}

#[test]
fn a_typo_is_named_with_what_is_allowed() {
    let text = r#"{"kind": "linear", "from": 0, "too": 1, "steps": 5}"#;
    let message = serde_json::from_str::<Schedule>(text)
        .unwrap_err()
        .to_string();
    assert!(message.contains("unknown field `too`, expected one of `from`, `to`"));
    let message = serde_json::from_str::<Schedule>(r#"{"kind": "liner"}"#)
        .unwrap_err()
        .to_string();
    assert!(message.contains("unknown kind `liner`, expected one of constant, linear"));
}

#[test]
fn impossible_values_are_reported_with_their_path() {
    let text = r#"{"kind": "exponential", "from": 0.0, "to": 1.0, "steps": 5}"#;
    let mut problems = Problems::default();
    serde_json::from_str::<Schedule>(text)
        .unwrap()
        .check(&mut problems);
    assert_eq!(problems.into_vec()[0].path, "to");
}

/// PyTorch 2.15: `scripts/golden/learning_rates.py`.
#[test]
fn learning_rates_follow_pytorch() {
    let text = include_str!("../../../../fixtures/golden/learning_rates.json");
    let golden: serde_json::Value = serde_json::from_str(text).unwrap();
    let step = |every, factor| Step {
        initial: 0.1,
        factor,
        every,
    };
    let cyclic = |decay| CyclicLr {
        decay,
        ..CyclicLr::examples()[0].clone()
    };
    let one_cycle = OneCycle {
        steps: 14,
        ..OneCycle::examples()[0].clone()
    };
    let cosine = Cosine {
        from: 0.1,
        to: 0.01,
        start: 0,
        steps: 20,
    };
    let cases: [(&str, Box<dyn Curve>); 7] = [
        ("step", Box::new(step(3, 0.5))),
        ("step_every_1", Box::new(step(1, 0.9))),
        ("multi_step", Box::new(MultiStep::examples()[0].clone())),
        ("cyclic_triangular", Box::new(cyclic(1.0))),
        ("cyclic_triangular2", Box::new(cyclic(0.5))),
        ("one_cycle", Box::new(one_cycle)),
        ("cosine", Box::new(cosine)),
    ];
    for (name, curve) in cases {
        let expected = golden[name].as_array().unwrap();
        assert_eq!(expected.len(), 14);
        for (at, expected) in (0..).zip(expected) {
            let (value, expected) = (curve.at(at), expected.as_f64().unwrap());
            // 1e-12: PyTorch multiplies from step to step, which gathers roundings.
            assert!(
                (value - expected).abs() < 1e-12,
                "{name} {at}: {value} {expected}"
            );
        }
    }
}

/// A weight may be negative, a learning rate would climb the loss.
#[test]
fn negative_learning_rates_are_refused_in_every_curve() {
    let negative = [
        (r#"-1"#, ""),
        (
            r#"{"kind": "linear", "from": 0.1, "to": -0.1, "steps": 5}"#,
            "to",
        ),
        (
            r#"{"kind": "exponential", "from": -0.1, "to": -0.2, "steps": 5}"#,
            "from",
        ),
        (
            r#"{"kind": "cosine", "from": -0.1, "to": 0.0, "steps": 5}"#,
            "from",
        ),
        (
            r#"{"kind": "piecewise", "points": [[0, 0.1], [5, -0.1]]}"#,
            "points",
        ),
    ];
    for (text, path) in negative {
        assert_checks(&serde_json::from_str::<Schedule>(text).unwrap());
        let mut problems = Problems::default();
        let rate: LearningRate = serde_json::from_str(text).unwrap();
        rate.check(&mut problems);
        let problem = &problems.into_vec()[0];
        assert_eq!(problem.path, path, "{text}");
        assert_eq!(problem.message, "a learning rate must not be negative");
    }
}
