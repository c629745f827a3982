//! The model card: YAML that the hub reads, then Markdown that people read.

use std::fmt::Write;

use disentangle_metrics::{Outcome, Scores};
use serde_json::{Value, json};

use crate::{ConfigError, Error};

/// What a card tells.
pub(super) struct Card<'a> {
    /// The run.
    pub(super) name: String,
    /// `config.json`.
    pub(super) config: &'a Value,
    /// The complete configuration.
    pub(super) yaml: String,
    pub(super) scores: Option<&'a Scores>,
}

impl Card<'_> {
    /// Returns the text of `README.md`.
    pub(super) fn text(&self) -> Result<String, Error> {
        let front = serde_saphyr::to_string(&self.front()).map_err(|e| {
            ConfigError::Invalid(vec![format!("the card cannot be written as YAML: {e}")])
        })?;
        let parts = [
            format!("---\n{}\n---\n", front.trim_end()),
            self.summary(),
            self.table(),
            self.loading(),
            format!(
                "## Configuration\n\nThe complete configuration of the run, itself a valid input of \
                 `disentangle train`:\n\n````yaml\n{}\n````\n",
                self.yaml.trim_end()
            ),
        ];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        Ok(parts.join("\n"))
    }

    /// The metadata of the hub.
    fn front(&self) -> Value {
        let mut front = json!({
            "library_name": "disentangle",
            "pipeline_tag": "image-feature-extraction",
            "tags": ["disentanglement", "representation-learning", "autoencoder"],
        });
        let metrics: Vec<_> = self
            .scored()
            .map(|(kind, score)| json!({"type": kind, "name": kind, "value": score}))
            .collect();
        if !metrics.is_empty() {
            front["model-index"] = json!([{
                "name": self.name,
                "results": [{
                    "task": {"type": "image-feature-extraction", "name": "Disentangled representation"},
                    "dataset": {"type": self.data(), "name": self.data()},
                    "metrics": metrics,
                }],
            }]);
        }
        front
    }

    /// The metrics that could be computed.
    fn scored(&self) -> impl Iterator<Item = (&String, f64)> {
        let outcomes = self.scores.into_iter().flat_map(|scores| &scores.metrics);
        outcomes.filter_map(|(kind, outcome)| match outcome {
            Outcome::Score(score) => Some((kind, score.score)),
            Outcome::Failed(_) => None,
        })
    }

    /// The kind of the data set; inside a wrapper, of what it wraps.
    fn data(&self) -> &str {
        let mut data = &self.config["experiment"]["data"];
        while data["of"].is_object() {
            data = &data["of"];
        }
        data["kind"].as_str().unwrap_or("unknown")
    }

    fn summary(&self) -> String {
        let (config, model) = (self.config, &self.config["model"]);
        let text = |value: &Value| value.as_str().unwrap_or("unknown").to_owned();
        let image = &config["image"];
        let terms = config["experiment"]["objective"]["terms"].as_object();
        let terms: Vec<_> = terms
            .into_iter()
            .flatten()
            .map(|(name, _)| format!("`{name}`"))
            .collect();
        format!(
            "# {}\n\nAn autoencoder with {} latents, encoder `{}`, decoder `{}`, {} parameters, trained for {} \
             steps on images of {}x{}x{} (channels, height, width) of `{}`, with the terms {}, by \
             `disentangle` {}.\n\n![Latent traversals: one latent a row, sorted by what it says of the \
             image](traversals.gif)\n",
            self.name,
            model["latents"],
            text(&model["encoder"]["kind"]),
            text(&model["decoder"]["kind"]),
            config["parameters"],
            config["step"],
            image["channels"],
            image["height"],
            image["width"],
            self.data(),
            terms.join(", "),
            text(&config["library"]["version"]),
        )
    }

    fn table(&self) -> String {
        let Some(scores) = self.scores else {
            return String::new();
        };
        let mut table = format!(
            "## Scores\n\nOf the means of the posteriors of {} images, protocol `{}`, seed {}; what each metric \
             means, and the parameters that change it, are in `metrics.json`.\n\n\
             | metric | score | what guessing scores |\n|---|---|---|\n",
            scores.input.rows, scores.protocol.protocol.name, scores.protocol.seed
        );
        for (kind, outcome) in &scores.metrics {
            let score = match outcome {
                Outcome::Score(score) => format!("{:.3}", score.score),
                Outcome::Failed(why) => format!("not computed: {}", why.replace('|', "\\|")),
            };
            let chance = scores.input.chance.get(kind);
            let chance = chance.map_or(String::new(), |chance| format!("{chance:.3}"));
            // Writing to a string cannot fail.
            let _ = writeln!(table, "| `{kind}` | {score} | {chance} |");
        }
        for warning in &scores.warnings {
            let _ = write!(table, "\n- {warning}");
        }
        if !scores.warnings.is_empty() {
            table.push('\n');
        }
        table
    }

    fn loading(&self) -> String {
        let python = match self.config["model"]["conditioning"].is_object() {
            true => {
                "The model is conditioned on labels, which `disentangle_model.py` does not support; the names \
                     and shapes in `model.safetensors` are PyTorch's.\n"
            }
            false => {
                "```python\nfrom disentangle_model import load  # needs torch and safetensors\n\n\
                      model = load(\".\")            # this folder\n\
                      codes = model.encode(images)  # [B, C, H, W] in [0, 1] to [B, latents]\n\
                      images = model.decode(codes)  # and back\n```\n"
            }
        };
        format!(
            "## Loading\n\nIn PyTorch:\n\n{python}\nIn `disentangle`, as the first weights of another run:\n\n\
             ```sh\ndisentangle train CONFIG.yaml --set train.init_from.path=model.safetensors\n```\n"
        )
    }
}
