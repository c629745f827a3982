//! What `events.jsonl` tells: numbers over the steps, and how long they took.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::Path;

use disentangle_visualization::{Curve, Curves};
use serde_json::Value;

use crate::Error;

/// The most latents whose curves can be told apart in one diagram.
const LATENTS: usize = 8;

/// What happened in a run.
#[derive(Debug, Default)]
pub(super) struct History {
    /// Each logged number by its name, with the steps.
    pub(super) values: BTreeMap<String, Vec<(f64, f64)>>,
    /// The last step that any event tells of.
    pub(super) step: u64,
    /// Seconds that the run took, over all its parts.
    pub(super) seconds: f64,
    /// Numbers in the model's parameters.
    pub(super) parameters: Option<u64>,
    /// Images of the training set.
    pub(super) images: Option<u64>,
}

impl History {
    /// Reads a log; a missing one is an empty one, and a torn line is left out.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(e) => return Err(Error::file("cannot read", path)(e)),
        };
        let mut history = Self::default();
        let mut part = 0.0;
        for line in BufReader::new(file).lines() {
            let line = line.map_err(Error::file("cannot read", path))?;
            let Ok(event) = serde_json::from_str::<Value>(&line) else {
                continue;
            };
            if event["event"] == "started" {
                history.seconds += part;
                part = 0.0;
            }
            part = event["seconds"].as_f64().unwrap_or(part);
            history.take(&event);
        }
        history.seconds += part;
        Ok(history)
    }

    fn take(&mut self, event: &Value) {
        let step = event["step"].as_u64().unwrap_or(0);
        self.step = self.step.max(step);
        match event["event"].as_str() {
            Some("started") => {
                self.parameters = event["parameters"].as_u64();
                self.images = event["images"].as_u64();
            }
            Some("scalars") => {
                for name in ["lr", "images_per_second", "wait_share"] {
                    self.add(name, step, &event[name]);
                }
                for (name, value) in event["values"].as_object().into_iter().flatten() {
                    self.add(name, step, value);
                }
            }
            Some("epoch") => self.add("epoch", step, &event["mean_objective"]),
            _ => {}
        }
    }

    fn add(&mut self, name: &str, step: u64, value: &Value) {
        // A number that is not finite is `null` in JSON; the run has stopped there.
        if let Some(value) = value.as_f64() {
            let points = self.values.entry(name.to_owned()).or_default();
            points.push((step as f64, value));
        }
    }

    /// Returns the last value of a number.
    pub(super) fn last(&self, name: &str) -> Option<f64> {
        Some(self.values.get(name)?.last()?.1)
    }

    /// Returns the diagrams of a run, those that have something to show.
    pub(super) fn curves(&self) -> Vec<Curves> {
        let starting = |prefix: &str| -> Vec<Curve> {
            let found = self.values.iter().filter_map(|(name, points)| {
                let name = name.strip_prefix(prefix)?.to_owned();
                Some(Curve {
                    name,
                    points: points.clone(),
                })
            });
            found.collect()
        };
        let single = |name: &str, label: &str| -> Vec<Curve> {
            let points = self.values.get(name).cloned();
            let curve = |points| Curve {
                name: label.into(),
                points,
            };
            points.map(curve).into_iter().collect()
        };
        let several = |groups: [Vec<Curve>; 2]| groups.into_iter().flatten().collect();
        let active = single("kl/active", "active latents");
        let diagrams = [
            ("Terms, unweighted", starting("loss/")),
            ("Terms, weighted", starting("weighted/")),
            ("Weights", self.changing(starting("weight/"))),
            (
                "Objective",
                several([
                    single("objective", "step"),
                    single("epoch", "mean of the epoch"),
                ]),
            ),
            ("KL of the latents (nats)", self.latents()),
            ("Latents above 0.01 nats", active),
            ("Capacity (nats)", self.capacities(single("kl/total", "KL"))),
            ("Learning rate", single("lr", "learning rate")),
            ("Gradient norm", single("gradient/norm", "norm")),
            ("Images a second", single("images_per_second", "images/s")),
        ];
        let diagrams = diagrams
            .into_iter()
            .filter(|(_, curves)| !curves.is_empty());
        diagrams
            .map(|(title, curves)| Curves::new(title, curves))
            .collect()
    }

    /// Leaves out curves that say one number only.
    fn changing(&self, mut curves: Vec<Curve>) -> Vec<Curve> {
        curves.retain(|curve| curve.points.windows(2).any(|pair| pair[0].1 != pair[1].1));
        curves
    }

    /// The capacities that terms hold the KL to, and the KL, if there is such a term.
    fn capacities(&self, kl: Vec<Curve>) -> Vec<Curve> {
        let found = self
            .values
            .iter()
            .filter(|(name, _)| name.ends_with("/capacity"));
        let curve = |(name, points): (&String, &Vec<_>)| Curve {
            name: name.trim_end_matches("/capacity").to_owned(),
            points: points.clone(),
        };
        let capacities: Vec<_> = found.map(curve).collect();
        match capacities.is_empty() {
            true => capacities,
            false => capacities.into_iter().chain(kl).collect(),
        }
    }

    /// The latents of the largest KL at the end.
    fn latents(&self) -> Vec<Curve> {
        let found = self.values.iter().filter_map(|(name, points)| {
            let latent = name.strip_prefix("kl/latent/")?;
            Some((points.last()?.1, latent, points))
        });
        let mut found: Vec<_> = found.collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        let curve = |(_, latent, points): (f64, &str, &Vec<_>)| Curve {
            name: format!("z{latent}"),
            points: points.clone(),
        };
        found.into_iter().take(LATENTS).map(curve).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(text: &str) -> History {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        std::fs::write(&path, text).unwrap();
        History::read(&path).unwrap()
    }

    #[test]
    fn parts_of_a_resumed_run_add_up() {
        let history = history(
            "{\"event\":\"started\",\"step\":0,\"parameters\":7,\"images\":9,\"seconds\":0.5}\n\
             {\"event\":\"epoch\",\"step\":10,\"mean_objective\":3.0,\"seconds\":4.0}\n\
             {\"event\":\"started\",\"step\":10,\"parameters\":7,\"images\":9,\"seconds\":0.5}\n\
             {\"event\":\"finished\",\"step\":20,\"seconds\":5.0}\n{\"event\":\"sca",
        );
        assert_eq!((history.seconds, history.step), (9.0, 20));
        assert_eq!((history.parameters, history.images), (Some(7), Some(9)));
        assert_eq!(history.last("epoch"), Some(3.0));
    }

    #[test]
    fn diagrams_show_what_was_logged() {
        let history = history(
            "{\"event\":\"scalars\",\"step\":1,\"lr\":0.1,\"values\":{\"loss/kl\":1.0,\"weight/kl\":2.0,\
             \"kl/latent/0\":0.5,\"kl/latent/1\":2.5,\"kl/total\":3.0,\"objective\":null}}\n",
        );
        let titles: Vec<_> = history.curves().into_iter().map(|c| c.title).collect();
        let expected = [
            "Terms, unweighted",
            "KL of the latents (nats)",
            "Learning rate",
        ];
        assert_eq!(titles, expected);
        let latents = &history.curves()[1].curves;
        assert_eq!([&latents[0].name, &latents[1].name], ["z1", "z0"]);
    }

    #[test]
    fn a_run_without_a_log_has_no_history() {
        let history = History::read(Path::new("missing.jsonl")).unwrap();
        assert!(history.curves().is_empty() && history.step == 0);
    }
}
