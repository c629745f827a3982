//! Scores in other layouts: a row a value, and the flat keys of disentanglement_lib.

use std::collections::BTreeMap;

use crate::scores::{Detail, Outcome, Score, Scores};

/// Our metric, our key (`score` for the score), the original's metric and its key in
/// `evaluation_results.json` (disentanglement_lib@86a644d, `evaluation/metrics/*.py`).
const DLIB: [(&str, &str, &str, &str); 21] = [
    (
        "beta_vae",
        "train_accuracy",
        "beta_vae_sklearn",
        "train_accuracy",
    ),
    (
        "beta_vae",
        "eval_accuracy",
        "beta_vae_sklearn",
        "eval_accuracy",
    ),
    (
        "factor_vae",
        "train_accuracy",
        "factor_vae_metric",
        "train_accuracy",
    ),
    (
        "factor_vae",
        "eval_accuracy",
        "factor_vae_metric",
        "eval_accuracy",
    ),
    (
        "factor_vae",
        "active_codes",
        "factor_vae_metric",
        "num_active_dims",
    ),
    ("mig", "score", "mig", "discrete_mig"),
    ("sap", "score", "sap_score", "SAP_score"),
    (
        "dci",
        "informativeness_train",
        "dci",
        "informativeness_train",
    ),
    ("dci", "informativeness_test", "dci", "informativeness_test"),
    ("dci", "disentanglement", "dci", "disentanglement"),
    ("dci", "completeness", "dci", "completeness"),
    ("irs", "score", "irs", "IRS"),
    ("irs", "active_codes", "irs", "num_active_dims"),
    (
        "modularity",
        "score",
        "modularity_explicitness",
        "modularity_score",
    ),
    (
        "explicitness",
        "explicitness_train",
        "modularity_explicitness",
        "explicitness_score_train",
    ),
    (
        "explicitness",
        "explicitness_test",
        "modularity_explicitness",
        "explicitness_score_test",
    ),
    (
        "unsupervised",
        "gaussian_total_correlation",
        "unsupervised",
        "gaussian_total_correlation",
    ),
    (
        "unsupervised",
        "gaussian_wasserstein_correlation",
        "unsupervised",
        "gaussian_wasserstein_correlation",
    ),
    (
        "unsupervised",
        "gaussian_wasserstein_correlation_norm",
        "unsupervised",
        "gaussian_wasserstein_correlation_norm",
    ),
    (
        "unsupervised",
        "mutual_info_score",
        "unsupervised",
        "mutual_info_score",
    ),
    (
        "downstream",
        "score",
        "downstream_task",
        "mean_test_accuracy",
    ),
];

/// Returns the original's keys as one flat JSON object: `evaluation_results.discrete_mig` and so on. A key
/// that two metrics of the original share carries the metric's name in front. What could not be computed is
/// null.
pub(crate) fn dlib_json(scores: &Scores) -> String {
    let mut found: BTreeMap<(&str, &str), Option<f64>> = BTreeMap::new();
    for (ours, key, theirs, their_key) in DLIB {
        match scores.metrics.get(ours) {
            Some(Outcome::Score(score)) => {
                if let Some(value) = number(score, key) {
                    found.insert((their_key, theirs), Some(value));
                }
            }
            Some(Outcome::Failed(_)) => {
                found.insert((their_key, theirs), None);
            }
            None => {}
        }
    }
    let shared = |key: &str| found.keys().filter(|(other, _)| *other == key).count() > 1;
    let flat: BTreeMap<String, Option<f64>> = found
        .iter()
        .map(|((key, metric), value)| match shared(key) {
            true => (format!("{metric}.evaluation_results.{key}"), *value),
            false => (format!("evaluation_results.{key}"), *value),
        })
        .collect();
    let mut text = serde_json::to_string_pretty(&flat).expect("keys are strings");
    text.push('\n');
    text
}

/// Returns a row a value: `metric,key,row,column,value`; rows and columns count from 0 and are empty where
/// there are none.
pub(crate) fn csv(scores: &Scores) -> String {
    let mut text = "metric,key,row,column,value\n".to_owned();
    for (name, outcome) in &scores.metrics {
        let mut line = |key: &str, place: &str, value: &str| {
            text += &format!("{name},{key},{place},{}\n", quoted(value));
        };
        match outcome {
            Outcome::Failed(why) => {
                line("score", ",", "");
                line("error", ",", why);
            }
            Outcome::Score(score) => {
                line("score", ",", &score.score.to_string());
                for (key, detail) in &score.details {
                    details(detail, |place, value| line(key, &place, &value));
                }
                if let Some([low, high]) = score.interval {
                    line("interval", "0,", &low.to_string());
                    line("interval", "1,", &high.to_string());
                }
                for (key, matrix) in &score.matrices {
                    for ((row, column), value) in matrix.indexed_iter() {
                        line(key, &format!("{row},{column}"), &value.to_string());
                    }
                }
            }
        }
    }
    text
}

fn details(detail: &Detail, mut line: impl FnMut(String, String)) {
    let single = ",".to_owned();
    match detail {
        Detail::Number(value) => line(single, value.to_string()),
        Detail::Count(value) => line(single, value.to_string()),
        Detail::Text(value) => line(single, value.clone()),
        Detail::Numbers(values) => {
            for (row, value) in values.iter().enumerate() {
                line(format!("{row},"), value.to_string());
            }
        }
        Detail::Counts(values) => {
            for (row, value) in values.iter().enumerate() {
                line(format!("{row},"), value.to_string());
            }
        }
        Detail::Undefined => line(single, String::new()),
    }
}

fn quoted(value: &str) -> String {
    if value.contains([',', '"', '\n']) {
        format!("\"{}\"", value.replace('"', "\"\""))
    } else {
        value.to_owned()
    }
}

fn number(score: &Score, key: &str) -> Option<f64> {
    if key == "score" {
        return Some(score.score);
    }
    match score.details.get(key)? {
        Detail::Number(value) => Some(*value),
        Detail::Count(value) => Some(*value as f64),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MetricConfig, Protocol, Table, evaluate};
    use disentangle_seeds::Seeds;
    use ndarray::array;

    fn scores(names: &[&str]) -> Scores {
        let codes = array![[0.0, 1.0], [1.0, 0.0], [0.0, 0.0], [1.0, 1.0]];
        let factors = codes.mapv(|x| x as u32);
        let table = Table::new(codes, factors).unwrap();
        let metrics: Vec<_> = names
            .iter()
            .map(|name| MetricConfig::named(name).unwrap())
            .collect();
        evaluate(&table, &Protocol::fast(), &metrics, Seeds::new(0)).unwrap()
    }

    #[test]
    fn the_originals_keys_are_flat() {
        let flat: BTreeMap<String, f64> =
            serde_json::from_str(&scores(&["mig", "factor_vae"]).to_dlib_json()).unwrap();
        assert_eq!(flat["evaluation_results.discrete_mig"], 1.0);
        assert_eq!(flat["evaluation_results.eval_accuracy"], 1.0);
        assert_eq!(flat["evaluation_results.num_active_dims"], 2.0);
    }

    #[test]
    fn a_csv_has_a_row_a_value() {
        let text = scores(&["mig"]).to_csv();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(
            lines[..3],
            [
                "metric,key,row,column,value",
                "mig,score,,,1",
                "mig,active_codes,,,2"
            ]
        );
        assert!(lines.contains(&"mig,per_factor,1,,1"), "{text}");
        assert!(lines.contains(&"mig,mutual_information,0,1,0"), "{text}");
        assert_eq!(quoted("a, \"b\""), "\"a, \"\"b\"\"\"");
    }
}
