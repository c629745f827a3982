//! Results that are read again and added to.

use disentangle_metrics::{MetricConfig, Protocol, Scores, evaluate};
use disentangle_seeds::Seeds;

use super::case::Case;

fn scores(case: &Case, protocol: &Protocol, metrics: &[&str]) -> Scores {
    let named = |name: &&str| MetricConfig::named(name).unwrap();
    let metrics: Vec<_> = metrics.iter().map(named).collect();
    evaluate(&case.table(), protocol, &metrics, Seeds::new(0)).unwrap()
}

fn quick() -> Protocol {
    Protocol {
        bootstrap: 3,
        num_train: 200,
        num_test: 100,
        ..Protocol::fast()
    }
}

#[test]
fn what_is_written_is_read_again() {
    // Text, lists, counts, matrices, intervals, a refusal, undefined parts and parameters of all kinds.
    for case in ["c02_noisy", "c05_redundant", "c11_constant_factor"] {
        let case = Case::load(case);
        let metrics = [
            "mig",
            "unsupervised",
            "beta_vae",
            "info_mec",
            "sap",
            "snc",
            "tad",
        ];
        let written = scores(&case, &quick(), &metrics).to_json();
        let read = Scores::from_json(&written).unwrap();
        assert_eq!(read.to_json(), written);
    }
}

#[test]
fn scores_of_the_same_codes_add_up() {
    let case = Case::load("c05_redundant");
    let all = ["mig", "factor_vae", "sap", "modularity", "unsupervised"];
    let whole = scores(&case, &quick(), &all);
    let mut part = scores(&case, &quick(), &["modularity", "mig"]);
    let older = scores(&case, &quick(), &["factor_vae", "sap", "unsupervised"]);
    assert_eq!(
        part.keep(Scores::from_json(&older.to_json()).unwrap())
            .unwrap(),
        3
    );
    let read =
        |scores: &Scores| serde_json::from_str::<serde_json::Value>(&scores.to_json()).unwrap();
    let (part, whole) = (read(&part), read(&whole));
    for key in ["protocol", "input", "metrics"] {
        assert_eq!(part[key], whole[key], "{key}");
    }
    let sorted = |value: &serde_json::Value| {
        let mut warnings: Vec<_> = value
            .as_array()
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        warnings.sort_unstable();
        warnings
    };
    assert!(!sorted(&whole["warnings"]).is_empty());
    assert_eq!(sorted(&part["warnings"]), sorted(&whole["warnings"]));
}

#[test]
fn computing_a_score_again_changes_nothing() {
    let case = Case::load("c02_noisy");
    let whole = scores(&case, &quick(), &["mig", "modularity", "sap"]).to_json();
    let mut again = scores(&case, &quick(), &["modularity"]);
    again.keep(Scores::from_json(&whole).unwrap()).unwrap();
    assert_eq!(again.to_json(), whole);
}

#[test]
fn scores_of_other_codes_or_another_protocol_do_not_add_up() {
    let case = Case::load("c02_noisy");
    let mut mig = scores(&case, &quick(), &["mig"]);
    let before = mig.clone();
    let refuse = |mig: &mut Scores, older: Scores, expected: &str| {
        let message = mig.keep(older).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    };
    let bins = Protocol {
        bins: 10,
        ..quick()
    };
    refuse(
        &mut mig,
        scores(&case, &bins, &["sap"]),
        "another protocol (bins 10, not 20)",
    );
    let other = Case::load("c05_redundant");
    refuse(
        &mut mig,
        scores(&other, &quick(), &["sap"]),
        "other codes or factors",
    );
    assert_eq!(mig, before);
    let message = Scores::from_json("{}").unwrap_err().to_string();
    assert!(message.contains("no scores of this version"), "{message}");
}
