//! What every registered term must satisfy.

use disentangle_objectives::TermConfig;
use disentangle_registry::{Config, Problems};

use crate::setting::{Inputs, PROVIDES, Setting, build};

#[test]
fn every_example_is_valid_and_round_trips() {
    for config in TermConfig::examples() {
        let mut problems = Problems::default();
        config.check(&mut problems);
        assert!(problems.is_empty(), "{:?}", problems.into_vec());
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<TermConfig>(&text).unwrap(), config);
    }
}

#[test]
fn every_kind_has_an_example() {
    for kind in TermConfig::KINDS {
        assert!(
            TermConfig::examples().iter().any(|c| c.kind() == *kind),
            "{kind}"
        );
    }
}

#[test]
fn every_term_is_finite_and_repeats() {
    for config in TermConfig::examples() {
        let term = build(&config).unwrap();
        let setting = Setting::new(&Inputs::golden());
        let loss = setting.loss(term.as_ref(), 7);
        assert!(loss.is_finite(), "{}", config.kind());
        assert_eq!(loss, setting.loss(term.as_ref(), 7));
    }
}

#[test]
fn every_state_round_trips_and_a_foreign_one_is_refused() {
    for config in TermConfig::examples() {
        let mut term = build(&config).unwrap();
        let state = term.state().unwrap();
        term.load(&state).unwrap();
        let mut foreign = state.clone();
        let nothing = candle_core::Tensor::new(0f32, &candle_core::Device::Cpu).unwrap();
        foreign.insert("foreign", nothing);
        assert!(term.load(&foreign).is_err(), "{}", config.kind());
    }
}

/// The golden setting has everything: what a term says it needs is enough for loss and update, and
/// without labels the terms that need them fail.
#[test]
fn needs_are_sufficient() {
    for config in TermConfig::examples() {
        let kind = config.kind();
        let mut term = build(&config).unwrap();
        let labeled = Setting::new(&Inputs::golden());
        assert!(term.needs().unmet("term", PROVIDES).is_empty(), "{kind}");
        assert!(term.loss(&labeled.cx(0)).is_ok(), "{kind}");
        assert!(term.update(&labeled.cx(0)).is_ok(), "{kind}");
        let unlabeled = labeled.without_labels();
        let met = !term.needs().labels;
        assert_eq!(met, term.loss(&unlabeled.cx(0)).is_ok(), "{kind}");
    }
}

#[test]
fn every_learner_resumes_exactly() {
    for config in TermConfig::examples() {
        let setting = Setting::new(&Inputs::golden());
        let mut whole = build(&config).unwrap();
        let mut first = build(&config).unwrap();
        for step in 0..3 {
            whole.update(&setting.cx(step)).unwrap();
            first.update(&setting.cx(step)).unwrap();
        }
        let mut second = build(&config).unwrap();
        second.load(&first.state().unwrap()).unwrap();
        for step in 3..5 {
            whole.update(&setting.cx(step)).unwrap();
            second.update(&setting.cx(step)).unwrap();
        }
        let kind = config.kind();
        assert_eq!(
            setting.loss(whole.as_ref(), 5),
            setting.loss(second.as_ref(), 5),
            "{kind}"
        );
    }
}
