//! What a reader should know before trusting the numbers, in sentences.

use disentangle_visualization::{RunReport, ScoreScale};
use serde_json::Value;

use super::facts::Facts;
use super::history::History;
use super::measured::Measured;

/// A score that is no more than this above what guessing gives says nothing.
const NEAR_CHANCE: f64 = 0.05;

/// Collects the warnings of a run.
pub(super) fn of(
    report: &RunReport,
    history: &History,
    measured: &Measured,
    facts: &Facts,
) -> Vec<String> {
    let mut warnings = Vec::new();
    let (seen, asked) = (history.step, facts.experiment.train.steps);
    if seen < asked {
        warnings.push(format!(
            "The run stands at step {seen} of {asked}: it is not finished."
        ));
    }
    warnings.extend(collapse(report, history, measured));
    warnings.extend(irs(measured));
    warnings.extend(report.scores.iter().filter_map(|score| {
        let (value, name) = (score.value?, &score.name);
        let chance = score.chance.filter(|chance| value < chance + NEAR_CHANCE);
        if let Some(chance) = chance {
            return Some(format!("{name} is {value:.3}, hardly above what guessing scores ({chance:.3})."));
        }
        // Codes that do not vary have no distance from anything, so there a small one is no merit.
        let untrained = score.untrained.filter(|_| score.scale != ScoreScale::Distance);
        let untrained = untrained.filter(|untrained| value <= *untrained)?;
        Some(format!(
            "{name} is {value:.3}, no better than the encoder before its first step ({untrained:.3})."
        ))
    }));
    let own = measured.trained["warnings"]
        .as_array()
        .into_iter()
        .flatten();
    warnings.extend(own.filter_map(Value::as_str).map(str::to_owned));
    warnings
}

/// Counts latents that carry something, by their KL if there is one.
fn active(report: &RunReport, history: &History) -> Option<(usize, usize)> {
    if report.walks.iter().any(|walk| walk.measure == "KL") {
        let active = report.walks.iter().filter(|walk| walk.active).count();
        return Some((active, report.walks.len()));
    }
    let latents = history
        .values
        .keys()
        .filter(|name| name.starts_with("kl/latent/"));
    let active = history.last("kl/active")?;
    Some((active as usize, latents.count()))
}

fn collapse(report: &RunReport, history: &History, measured: &Measured) -> Option<String> {
    let (active, all) = active(report, history)?;
    let factors = measured.factor_names().len();
    if active == 0 {
        return Some(format!(
            "None of the {all} latents says anything about the image (KL below 0.01 nats): the posterior \
             has collapsed, and the scores are those of noise. Lower the weight of the KL."
        ));
    }
    if active < factors {
        return Some(format!(
            "Only {active} of {all} latents say anything about the image (KL above 0.01 nats), fewer than \
             the {factors} factors: no score that asks for a latent a factor can be high."
        ));
    }
    (2 * active < all).then(|| {
        format!(
            "{} of {all} latents say nothing about the image (KL below 0.01 nats).",
            all - active
        )
    })
}

fn irs(measured: &Measured) -> Option<String> {
    let score = measured.score("irs")?;
    let (active, codes) = (measured.input("active_codes")?, measured.input("codes")?);
    (active < codes).then(|| {
        format!(
            "IRS ({score:.3}) is inflated: {} of {codes} codes hardly vary, and a constant code counts as \
             perfectly robust.",
            codes - active
        )
    })
}

#[cfg(test)]
mod tests {
    use disentangle_visualization::Walk;
    use serde_json::json;

    use super::*;

    fn walks(active: usize, all: usize) -> RunReport {
        let walk = |latent: usize| Walk {
            latent,
            kl: 1.0,
            measure: "KL".into(),
            active: latent < active,
            values: Vec::new(),
            pictures: Vec::new(),
        };
        RunReport {
            walks: (0..all).map(walk).collect(),
            ..RunReport::default()
        }
    }

    fn measured(trained: Value) -> Measured {
        Measured {
            trained,
            ..Measured::default()
        }
    }

    #[test]
    fn collapse_is_said_in_words() {
        let factors = measured(json!({"input": {"factor_names": ["a", "b", "c"]}}));
        let say = |active, all| collapse(&walks(active, all), &History::default(), &factors);
        assert!(say(0, 10).unwrap().contains("None of the 10 latents"));
        assert!(say(2, 10).unwrap().contains("fewer than the 3 factors"));
        assert!(say(4, 10).unwrap().contains("6 of 10 latents say nothing"));
        assert_eq!(say(5, 10), None);
    }

    #[test]
    fn without_a_divergence_nothing_is_said_about_it() {
        let report = RunReport::default();
        assert_eq!(
            collapse(&report, &History::default(), &Measured::default()),
            None
        );
    }

    #[test]
    fn robust_constants_inflate_irs() {
        let scores = |active| {
            measured(json!({
                "metrics": {"irs": {"score": 0.9}},
                "input": {"codes": 10, "active_codes": active},
            }))
        };
        assert!(
            irs(&scores(4))
                .unwrap()
                .contains("6 of 10 codes hardly vary")
        );
        assert_eq!(irs(&scores(10)), None);
    }
}
