//! Every error of a configuration says where and what; what is saved can be read.

use disentangle_data::DatasetConfig;
use disentangle_trainer::{Document, ExperimentConfig};

const BASE: &str = "\
model:
  encoder: {kind: mlp, hidden: [8]}
  decoder: {kind: mlp, hidden: [8]}
  latents: 3
objective:
  terms:
    recon: {term: {kind: bernoulli}}
    kl:
      weight: 4
      term: {kind: kl}
train:
  steps: 10
";

fn read(text: &str) -> Result<ExperimentConfig, String> {
    let document = Document::parse(text, "a.yaml").map_err(|e| e.to_string())?;
    document.read().map_err(|e| e.to_string())
}

fn error(from: &str, to: &str) -> String {
    let text = BASE.replace(from, to);
    assert_ne!(text, BASE);
    read(&text).unwrap_err()
}

#[test]
fn a_typo_is_named_with_file_line_column_and_path() {
    let message = error("      weight: 4", "      wieght: 4");
    assert_eq!(
        message,
        "a.yaml:9:7: `objective.terms.kl.wieght`: unknown field `wieght`, expected `weight` or `term`; did you mean `weight`?"
    );
}

#[test]
fn a_typo_inside_a_term_is_named_too() {
    let message = error("{kind: kl}", "{kind: total_correlation, estimater: mws}");
    assert!(message.starts_with("a.yaml:10:"), "{message}");
    assert!(message.contains("`objective.terms.kl.term.estimater`: unknown field `estimater`"));
}

#[test]
fn an_unknown_kind_lists_those_that_exist() {
    let message = error("{kind: kl}", "{kind: klx}");
    assert!(message.contains("`objective.terms.kl.term.kind`: unknown kind `klx`"));
    assert!(message.contains("bernoulli, ") && message.contains("capacity, "));
    assert!(message.ends_with("; did you mean `kl`?"), "{message}");
}

#[test]
fn a_wrong_type_says_what_was_found() {
    let message = error("steps: 10", "steps: many");
    assert!(message.starts_with("a.yaml:12:10: `train.steps`: invalid type: string \"many\""));
}

#[test]
fn a_missing_key_is_named() {
    let message = error("  latents: 3\n", "");
    assert!(
        message.contains("`model`: missing field `latents`"),
        "{message}"
    );
}

#[test]
fn all_impossible_values_are_reported_at_once() {
    let text = BASE.replace("latents: 3", "latents: 0") + "  batch_size: 0\n";
    let message = read(&text).unwrap_err();
    assert!(
        message.contains("a.yaml:4:12: `model.latents`: must be at least 1"),
        "{message}"
    );
    assert!(message.contains("`train.batch_size`: must be at least 1"));
}

#[test]
fn broken_yaml_is_an_error_with_its_place() {
    assert!(
        read("model: [1, 2")
            .unwrap_err()
            .starts_with("a.yaml: not valid YAML")
    );
    assert!(read("just text").unwrap_err().contains("must be a map"));
}

fn merged(over: &str, overrides: &[&str]) -> Result<ExperimentConfig, String> {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["a.yaml", "b.yaml"].map(|name| folder.path().join(name));
    std::fs::write(&paths[0], BASE).unwrap();
    std::fs::write(&paths[1], over).unwrap();
    let overrides: Vec<_> = overrides.iter().map(ToString::to_string).collect();
    let document = Document::load(&paths, &overrides).map_err(|e| e.to_string())?;
    document.read().map_err(|e| e.to_string())
}

#[test]
fn later_files_and_overrides_win_key_by_key() {
    let config = merged("train: {steps: 20, batch_size: 8}", &["train.steps=1e3"]).unwrap();
    assert_eq!((config.train.steps, config.train.batch_size), (1000, 8));
    assert_eq!(config.model.latents, 3);
}

/// YAML 1.1 took `y`, `no` and `off` for booleans.
#[test]
fn only_true_and_false_are_booleans() {
    let data =
        "data: {kind: array_file, path: a.npz, images: x, factors: y, factor_names: [n, off]}";
    for config in [
        merged(data, &[]),
        merged("{}", &[&data.replacen(": ", "=", 1)]),
    ] {
        let DatasetConfig::ArrayFile(file) = config.unwrap().data else {
            panic!("another data set")
        };
        assert_eq!(file.factors.unwrap(), "y");
        assert_eq!(file.factor_names.unwrap(), ["n", "off"]);
    }
    let message = merged("eval: {at_end: yes}", &[]).unwrap_err();
    assert!(message.contains("expected a boolean"), "{message}");
}

#[test]
fn another_kind_replaces_the_whole_part() {
    let config = merged("model: {encoder: {kind: burgess}}", &[]).unwrap();
    assert_eq!(config.model.encoder.kind(), "burgess");
}

#[test]
fn an_override_can_replace_a_schedule_by_a_number_and_add_a_term() {
    let config = merged(
        "{}",
        &[
            "objective.terms.kl.weight=6",
            "objective.terms.tc.term={kind: total_correlation}",
        ],
    )
    .unwrap();
    assert_eq!(config.objective.terms["kl"].weight.at(0), 6.0);
    assert_eq!(config.objective.terms.len(), 3);
}

#[test]
fn null_takes_a_term_away_wherever_it_is_written() {
    for removed in [
        merged("{}", &["objective.terms.kl=null"]),
        merged("objective: {terms: {kl: null}}", &[]),
    ] {
        let terms = removed.unwrap().objective.terms;
        assert_eq!(terms.keys().collect::<Vec<_>>(), ["recon"]);
    }
    let again = ["objective.terms.kl=null", "objective.terms.kl.weight=2"];
    let message = merged("{}", &again).unwrap_err();
    assert!(message.contains("missing field `term`"), "{message}");
    let none = ["objective.terms.kl=null", "objective.terms.recon=~"];
    let message = merged("{}", &none).unwrap_err();
    assert!(message.contains("needs at least one term"), "{message}");
}

#[test]
fn an_unknown_kind_or_metric_of_an_override_names_it_and_the_nearest() {
    for (text, near) in [
        ("objective.terms.kl.term.kind=kll", "kl"),
        ("eval.metrics=[migg]", "mig"),
        ("train.stpes=1", "steps"),
    ] {
        let message = merged("{}", &[text]).unwrap_err();
        assert!(message.starts_with("--set "), "{message}");
        assert!(
            message.ends_with(&format!("did you mean `{near}`?")),
            "{message}"
        );
    }
}

#[test]
fn errors_of_overrides_name_the_override() {
    let message = merged("{}", &["train.stepps=5"]).unwrap_err();
    assert!(
        message.starts_with("--set train.stepps: `train.stepps`: unknown field"),
        "{message}"
    );
    assert!(
        merged("{}", &["train.steps"])
            .unwrap_err()
            .contains("expected key=value")
    );
    assert!(merged("{}", &["seed.x=1"]).is_err());
    assert!(
        merged("{}", &["train.steps.x=1"])
            .unwrap_err()
            .contains("`train.steps` is not a map")
    );
}

#[test]
fn a_complete_config_is_itself_a_valid_input() {
    let config = read(BASE).unwrap();
    assert_eq!(read(&config.to_yaml().unwrap()).unwrap(), config);
}

#[test]
fn the_committed_schema_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../configs/schema.json");
    let committed = std::fs::read_to_string(path).unwrap();
    assert!(
        committed == disentangle_trainer::schema(),
        "run `cargo xtask schema`"
    );
}

#[test]
fn every_preset_is_valid() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../configs/presets");
    let presets: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    assert!(!presets.is_empty());
    for preset in presets {
        let document = Document::load(&[&preset], &[]).unwrap();
        if let Err(error) = document.read::<ExperimentConfig>() {
            panic!("{error}");
        }
    }
}
