//! The page of a study: what varies with the method, what with the seed, and which metrics agree.

use disentangle_visualization::{Distribution, Distributions, HeatMap, StudyReport};

use crate::Collected;
use crate::ranks::spearman;

pub(crate) fn of(collected: &Collected, name: &str) -> StudyReport {
    let (done, all) = (collected.done(), collected.rows.len());
    let settings = settings(collected);
    let facts = [
        ("runs", format!("{done} of {all} done")),
        ("settings", settings.len().to_string()),
        ("metrics", collected.metrics.len().to_string()),
    ];
    let mut warnings = Vec::new();
    if done < all {
        warnings.push(format!("{} runs are missing or not complete.", all - done));
    }
    StudyReport {
        name: name.into(),
        facts: facts.map(|(name, value)| (name.to_owned(), value)).into(),
        warnings,
        medians: medians(collected, &settings),
        distributions: distributions(collected, &settings),
        correlations: correlations(collected),
    }
}

/// The settings in their order.
fn settings(collected: &Collected) -> Vec<&str> {
    let mut settings: Vec<&str> = Vec::new();
    for row in &collected.rows {
        if settings.last() != Some(&row.setting.as_str()) {
            settings.push(&row.setting);
        }
    }
    settings
}

/// The scores of a metric and a setting.
fn scores(collected: &Collected, metric: usize, setting: &str) -> Vec<f64> {
    let rows = collected.rows.iter().filter(|row| row.setting == setting);
    rows.filter_map(|row| row.scores[metric]).collect()
}

fn distributions(collected: &Collected, settings: &[&str]) -> Vec<Distributions> {
    let of = |metric: usize| Distributions {
        title: collected.metrics[metric].clone(),
        rows: settings
            .iter()
            .map(|setting| Distribution {
                name: (*setting).to_owned(),
                values: scores(collected, metric, setting),
            })
            .collect(),
    };
    let all = (0..collected.metrics.len()).map(of);
    all.filter(|diagram| diagram.rows.iter().any(|row| !row.values.is_empty()))
        .collect()
}

/// The median of each metric for each setting that has all of them.
fn medians(collected: &Collected, settings: &[&str]) -> Option<HeatMap> {
    let metrics = 0..collected.metrics.len();
    let row = |setting: &&str| -> Option<Vec<f64>> {
        let medians = metrics
            .clone()
            .map(|metric| Distribution::median_of(&scores(collected, metric, setting)));
        medians.collect()
    };
    let found: Vec<_> = settings
        .iter()
        .filter_map(|s| Some((*s, row(s)?)))
        .collect();
    let map = HeatMap {
        title: "Medians over seeds".into(),
        rows: found
            .iter()
            .map(|(setting, _)| (*setting).to_owned())
            .collect(),
        columns: collected.metrics.clone(),
        values: found.into_iter().flat_map(|(_, medians)| medians).collect(),
        range: Some((0.0, 1.0)),
    };
    map.check().is_ok().then_some(map)
}

/// Spearman's ρ of each pair of metrics over all runs that have both; metrics that do not vary are left out.
fn correlations(collected: &Collected) -> Option<HeatMap> {
    let pair = |a: usize, b: usize| {
        let pairs = collected.rows.iter();
        let pairs = pairs.filter_map(|row| Some((row.scores[a]?, row.scores[b]?)));
        spearman(&pairs.collect::<Vec<_>>())
    };
    let metrics = 0..collected.metrics.len();
    let varying: Vec<usize> = metrics
        .filter(|&metric| pair(metric, metric).is_some())
        .collect();
    let of = |&a: &usize| varying.iter().map(move |&b| pair(a, b).unwrap_or(0.0));
    let names: Vec<_> = varying
        .iter()
        .map(|&m| collected.metrics[m].clone())
        .collect();
    let map = HeatMap {
        title: "Rank correlation of the metrics over all runs (Spearman)".into(),
        rows: names.clone(),
        columns: names,
        values: varying.iter().flat_map(of).collect(),
        range: Some((-1.0, 1.0)),
    };
    map.check().is_ok().then_some(map)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Row, Status};

    fn row(setting: &str, scores: [Option<f64>; 2]) -> Row {
        Row {
            index: 0,
            method: "vae".into(),
            setting: setting.into(),
            seed: 0,
            status: match scores[0] {
                Some(_) => Status::Done,
                None => Status::Missing,
            },
            active_codes: Some(3),
            scores: scores.into(),
        }
    }

    #[test]
    fn a_page_shows_medians_spread_and_agreement() {
        let collected = Collected {
            metrics: vec!["dci".into(), "mig".into()],
            rows: vec![
                row("a", [Some(0.1), Some(0.3)]),
                row("a", [Some(0.2), Some(0.2)]),
                row("a", [Some(0.6), Some(0.1)]),
                row("b", [None, None]),
            ],
        };
        let page = of(&collected, "study");
        assert_eq!(page.warnings, ["1 runs are missing or not complete."]);
        let medians = page.medians.unwrap();
        assert_eq!(
            (medians.rows, medians.values),
            (vec!["a".into()], vec![0.2, 0.2])
        );
        assert_eq!(page.correlations.unwrap().values, [1.0, -1.0, -1.0, 1.0]);
        assert_eq!(page.distributions.len(), 2);
        assert_eq!(page.distributions[0].rows[0].values, [0.1, 0.2, 0.6]);
        assert!(page.distributions[0].rows[1].values.is_empty());
    }

    #[test]
    fn a_study_without_results_has_a_page_all_the_same() {
        let collected = Collected {
            metrics: vec![],
            rows: vec![row("a", [None, None])],
        };
        let page = of(&collected, "study");
        assert!(page.medians.is_none() && page.correlations.is_none());
        assert!(page.html().unwrap().contains("0 of 1 done"));
    }
}
