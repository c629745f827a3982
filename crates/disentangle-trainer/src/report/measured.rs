//! What `metrics.json`, its untrained twin and the encodings tell.

use std::path::Path;

use disentangle_metrics::{MetricConfig, Scale};
use disentangle_visualization::{HeatMap, Panel, Relations, ScoreRow, ScoreScale};
use ndarray::{Array2, Ix2};
use serde_json::{Map, Value};

use crate::{Error, RunFolder};

/// The most latents that are drawn against the factors.
const LATENTS: usize = 10;
/// The most values of a factor that a diagram is made of.
const VALUES: usize = 1 << 16;

/// The scores of a run.
#[derive(Debug, Default)]
pub(super) struct Measured {
    /// The trained encoder's; `null` if there are none.
    pub(super) trained: Value,
    pub(super) untrained: Value,
}

impl Measured {
    pub(super) fn read(run: &RunFolder) -> Result<Self, Error> {
        Ok(Self {
            trained: read_json(&run.metrics())?,
            untrained: read_json(&run.untrained_metrics())?,
        })
    }

    fn metrics(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.trained["metrics"].as_object().into_iter().flatten()
    }

    /// Returns a score of the trained encoder.
    pub(super) fn score(&self, metric: &str) -> Option<f64> {
        self.trained["metrics"][metric]["score"].as_f64()
    }

    /// Returns a number of what was scored: `codes`, `factors`, `active_codes`.
    pub(super) fn input(&self, name: &str) -> Option<u64> {
        self.trained["input"][name].as_u64()
    }

    pub(super) fn rows(&self) -> Vec<ScoreRow> {
        let row = |(name, outcome): (&String, &Value)| ScoreRow {
            name: name.clone(),
            value: outcome["score"].as_f64(),
            scale: scale(name),
            error: outcome["error"].as_str().map(str::to_owned),
            interval: interval(&outcome["interval"]),
            chance: self.trained["input"]["chance"][name].as_f64(),
            untrained: self.untrained["metrics"][name]["score"].as_f64(),
            details: outcome
                .as_object()
                .map(|parts| self.details(parts))
                .unwrap_or_default(),
        };
        self.metrics().map(row).collect()
    }

    /// The numbers beside a score; lists and matrices have their own places, and what all have in common
    /// is in the note.
    fn details(&self, outcome: &Map<String, Value>) -> Vec<(String, String)> {
        let active = &self.trained["input"]["active_codes"];
        let common = |(name, value): &(&String, &Value)| {
            *name == "score" || (*name == "active_codes" && *value == active)
        };
        let text = |(name, value): (&String, &Value)| {
            let text = match value {
                Value::Number(number) if number.is_f64() => format!("{:.3}", number.as_f64()?),
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            Some((name.replace('_', " "), text))
        };
        let own = outcome.iter().filter(|part| !common(part));
        own.filter_map(text).collect()
    }

    /// Says how the scores were computed.
    pub(super) fn note(&self) -> String {
        let (protocol, input) = (&self.trained["protocol"], &self.trained["input"]);
        let Some(name) = protocol["name"].as_str() else {
            return String::new();
        };
        let mut note = format!("Protocol {name}, seed {}.", protocol["seed"]);
        if let (Some(rows), Some(active), Some(codes)) = (
            input["rows"].as_u64(),
            input["active_codes"].as_u64(),
            input["codes"].as_u64(),
        ) {
            note += &format!(" {rows} images encoded; {active} of {codes} codes are active.");
        }
        note
    }

    pub(super) fn factor_names(&self) -> Vec<String> {
        let names = self.trained["input"]["factor_names"].as_array();
        let names = names.into_iter().flatten().filter_map(Value::as_str);
        names.map(str::to_owned).collect()
    }

    /// Returns the matrices of all metrics.
    pub(super) fn matrices(&self) -> Vec<HeatMap> {
        let factors = self.factor_names();
        let all = self.metrics().flat_map(|(metric, outcome)| {
            let matrices = outcome["matrices"].as_object().into_iter().flatten();
            matrices
                .map(move |(name, rows)| (format!("{metric}: {}", name.replace('_', " ")), rows))
        });
        let maps = all.filter_map(|(title, rows)| {
            let rows: Vec<Vec<f64>> = serde_json::from_value(rows.clone()).ok()?;
            let map = HeatMap {
                title,
                rows: (0..rows.len()).map(|latent| format!("z{latent}")).collect(),
                columns: match rows.first()?.len() {
                    columns if columns == factors.len() => factors.clone(),
                    columns => (0..columns).map(|column| column.to_string()).collect(),
                },
                values: rows.concat(),
                range: None,
            };
            map.check().is_ok().then_some(map)
        });
        maps.collect()
    }

    /// Sets the codes on the disk against the factors, if both are there.
    pub(super) fn relations(&self, folder: &Path) -> Result<Option<Relations>, Error> {
        let names = self.factor_names();
        let (codes, factors) = (folder.join("codes.npy"), folder.join("factors.npy"));
        if names.is_empty() || !codes.is_file() || !factors.is_file() {
            return Ok(None);
        }
        let codes = matrix(&codes)?;
        let path_of_factors = factors;
        let factors = matrix(&path_of_factors)?;
        if codes.nrows() != factors.nrows() || factors.ncols() != names.len() {
            return Ok(None);
        }
        let latents = widest(&codes);
        let size = |column: usize| {
            let values = factors.column(column);
            let most = values.iter().fold(0.0_f32, |most, value| value.max(most));
            (most as usize).saturating_add(1)
        };
        let sizes: Vec<_> = (0..names.len()).map(size).collect();
        if let Some(most) = sizes.iter().max().filter(|most| **most > VALUES) {
            return Err(Error::Broken {
                problem: format!("a factor has the class {}, of at most {VALUES}", most - 1),
                path: path_of_factors,
            });
        }
        let panels = latents.iter().flat_map(|&latent| {
            let (codes, factors, sizes) = (&codes, &factors, &sizes);
            (0..sizes.len()).map(move |factor| {
                let values = factors.column(factor);
                let values = values.iter().map(|value| *value as u32);
                Panel::of(codes.column(latent).iter().copied(), values, sizes[factor])
            })
        });
        Ok(Some(Relations {
            title: "Codes by factor".into(),
            panels: panels.collect(),
            latents: latents.iter().map(|latent| format!("z{latent}")).collect(),
            factors: names,
        }))
    }
}

/// The codes that vary most, in their order.
fn widest(codes: &Array2<f32>) -> Vec<usize> {
    let mut latents: Vec<_> = (0..codes.ncols()).collect();
    let variance: Vec<f64> = latents
        .iter()
        .map(|&latent| codes.column(latent).mapv(f64::from).var(0.0))
        .collect();
    latents.sort_by(|&a, &b| variance[b].total_cmp(&variance[a]));
    latents.truncate(LATENTS);
    latents
}

fn matrix(path: &Path) -> Result<Array2<f32>, Error> {
    let array = disentangle_arrays::read(path, None)?.to_f32();
    let shape = array.shape().to_vec();
    array
        .into_dimensionality::<Ix2>()
        .map_err(|_| Error::Broken {
            path: path.to_owned(),
            problem: format!("expected rows and columns, found the shape {shape:?}"),
        })
}

/// What a metric's numbers mean; one that is not known is taken as most are.
fn scale(name: &str) -> ScoreScale {
    match MetricConfig::named(name).map(|metric| metric.as_part().scale()) {
        Ok(Scale::Share) | Err(_) => ScoreScale::Share,
        Ok(Scale::Sum) => ScoreScale::Sum,
        Ok(Scale::Distance) => ScoreScale::Distance,
    }
}

fn interval(value: &Value) -> Option<[f64; 2]> {
    Some([value[0].as_f64()?, value[1].as_f64()?])
}

/// Reads a JSON file; a missing one is `null`.
pub(super) fn read_json(path: &Path) -> Result<Value, Error> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Value::Null),
        Err(e) => return Err(Error::file("cannot read", path)(e)),
    };
    serde_json::from_str(&text).map_err(|e| Error::Broken {
        path: path.to_owned(),
        problem: format!("is not valid JSON: {e}"),
    })
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use serde_json::json;

    use super::*;

    fn example() -> Measured {
        Measured {
            trained: json!({
                "protocol": {"name": "dlib", "seed": 3},
                "input": {"rows": 100, "codes": 2, "active_codes": 1, "factor_names": ["x"], "chance": {"mig": 0.1}},
                "metrics": {
                    "irs": {"score": null, "error": "why not"},
                    "mig": {"score": 0.5, "active_codes": 1, "gap": 0.25, "per_factor": [0.5], "interval": [0.4, 0.6],
                            "matrices": {"mutual_information": [[1.0], [0.5]]}},
                },
            }),
            untrained: json!({"metrics": {"mig": {"score": 0.01}}}),
        }
    }

    #[test]
    fn rows_hold_what_is_needed_to_judge_a_score() {
        let rows = example().rows();
        assert_eq!(rows[0].error.as_deref(), Some("why not"));
        let expected = ScoreRow {
            name: "mig".into(),
            value: Some(0.5),
            scale: ScoreScale::Share,
            error: None,
            interval: Some([0.4, 0.6]),
            chance: Some(0.1),
            untrained: Some(0.01),
            details: vec![("gap".into(), "0.250".into())],
        };
        assert_eq!(rows[1], expected);
        let note = "Protocol dlib, seed 3. 100 images encoded; 1 of 2 codes are active.";
        assert_eq!(example().note(), note);
    }

    #[test]
    fn distances_are_known() {
        assert_eq!(scale("factorized_support"), ScoreScale::Distance);
        assert_eq!(scale("of the future"), ScoreScale::Share);
    }

    #[test]
    fn matrices_are_named_by_factor() {
        let maps = example().matrices();
        assert_eq!(maps[0].title, "mig: mutual information");
        assert_eq!(
            (&maps[0].rows, &maps[0].columns),
            (&vec!["z0".into(), "z1".into()], &vec!["x".into()])
        );
    }

    #[test]
    fn the_codes_that_vary_most_come_first() {
        let codes = array![[0.0, 0.0, 1.0], [0.0, 2.0, 0.0]];
        assert_eq!(widest(&codes), [1, 2, 0]);
    }

    #[test]
    fn a_run_that_was_not_measured_has_no_scores() {
        let nothing = Measured::default();
        assert!(nothing.rows().is_empty() && nothing.matrices().is_empty());
        assert_eq!(nothing.note(), "");
    }
}
