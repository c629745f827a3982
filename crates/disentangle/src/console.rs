//! What a run shows on the terminal: a progress bar, a line now and then, the scores.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use disentangle_metrics::{Outcome, Scores};
use disentangle_trainer::{Error, Event, Observer};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How much to say.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Verbosity {
    /// Say nothing but errors and results.
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
    /// Show no progress bar (as when standard error is no terminal).
    #[arg(long, global = true)]
    pub(crate) no_progress: bool,
}

/// Shows events on standard error.
pub(crate) struct Console {
    verbosity: Verbosity,
    bar: ProgressBar,
    steps: u64,
    untrained: Option<Box<Scores>>,
}

impl Console {
    pub(crate) fn new(verbosity: Verbosity) -> Self {
        let bar = ProgressBar::hidden();
        let style = "{bar:24} {pos}/{len}  {msg}  left {eta}";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        Self {
            verbosity,
            bar,
            steps: 0,
            untrained: None,
        }
    }

    pub(crate) fn say(&self, line: &str) {
        if !self.verbosity.quiet {
            // A run goes on if the reader of its lines has gone.
            let _ = self.bar.suspend(|| writeln!(std::io::stderr(), "{line}"));
        }
    }

    fn begin(&self, length: u64, message: &'static str) {
        if !self.verbosity.quiet && !self.verbosity.no_progress {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.reset();
        self.bar.set_length(length);
        self.bar.set_message(message);
        self.bar.enable_steady_tick(Duration::from_millis(500));
    }

    fn end(&self) {
        self.bar.disable_steady_tick();
        self.bar.finish_and_clear();
        self.bar.set_draw_target(ProgressDrawTarget::hidden());
    }

    fn scores(&mut self, step: u64, scores: &Scores) {
        if step == 0 {
            self.untrained = Some(Box::new(scores.clone()));
            return;
        }
        self.say(&format!("\n{}", scores.to_text()));
        if let Some(untrained) = &self.untrained {
            self.say(&comparison(untrained, scores));
        }
    }
}

/// The scores beside those of the encoder before its first step.
fn comparison(untrained: &Scores, trained: &Scores) -> String {
    let mut lines = vec![format!(
        "{:<12} {:>10} {:>10} {:>8}",
        "score", "untrained", "trained", "gain"
    )];
    for (name, outcome) in &trained.metrics {
        if let (Outcome::Score(trained), Some(Outcome::Score(untrained))) =
            (outcome, untrained.metrics.get(name))
        {
            let (before, after) = (untrained.score, trained.score);
            lines.push(format!(
                "{name:<12} {before:>10.4} {after:>10.4} {:>+8.4}",
                after - before
            ));
        }
    }
    lines.join("\n")
}

impl Observer for Console {
    fn on(&mut self, event: &Event) -> Result<(), Error> {
        match event {
            Event::Started {
                step,
                steps,
                parameters,
                images,
            } => {
                self.steps = *steps;
                let from = match step {
                    0 => String::new(),
                    step => format!(", going on from step {step}"),
                };
                self.say(&format!(
                    "training {steps} steps on {images} images, {parameters} parameters{from}"
                ));
                self.begin(*steps, "training");
                self.bar.set_position(*step);
                self.bar.reset_eta();
            }
            Event::Tick { step } => {
                self.bar.set_position(*step);
                if *step == self.steps {
                    self.end();
                }
            }
            Event::Scalars {
                step,
                lr,
                images_per_second,
                wait_share,
                values,
            } => {
                self.bar
                    .set_message(message(*lr, *images_per_second, values));
                self.say(&line(*step, *lr, (*images_per_second, *wait_share), values));
            }
            Event::Encoding { done, total } => {
                if self.bar.length() != Some(*total as u64) || self.bar.is_finished() {
                    self.begin(*total as u64, "encoding");
                }
                self.bar.set_position(*done as u64);
                if done == total {
                    self.end();
                }
            }
            Event::Drawn { path, .. } => self.say(&format!("wrote    {}", path.display())),
            Event::Evaluated { step, scores } => self.scores(*step, scores),
            Event::Finished { step, seconds } => {
                self.end();
                self.say(&format!("{step} steps done in {seconds:.0} s"));
            }
            Event::Epoch { .. } | Event::Saved { .. } => {}
        }
        Ok(())
    }
}

/// What stands beside the progress bar: the loss, the KL and the capacity it is held to, if any.
fn message(lr: f64, images: f64, values: &BTreeMap<String, f64>) -> String {
    let mut parts = Vec::new();
    let mut add = |name: &str, value: Option<&f64>| {
        parts.extend(value.map(|value| format!("{name} {value:.1}")));
    };
    add("loss", values.get("objective"));
    add("KL", values.get("kl/total"));
    let capacity = values.iter().find(|(name, _)| name.ends_with("/capacity"));
    add("C", capacity.map(|(_, value)| value));
    parts.push(format!("lr {lr:.1e}"));
    parts.push(format!("{images:.0} img/s"));
    parts.join("  ")
}

fn line(step: u64, lr: f64, (images, wait): (f64, f64), values: &BTreeMap<String, f64>) -> String {
    let mut text = format!("step {step:>7}");
    for (name, value) in values {
        if let Some(term) = name.strip_prefix("loss/") {
            text += &format!("  {term} {value:.2}");
        }
    }
    if let Some(kl) = values.get("kl/total") {
        text += &format!("  KL {kl:.2}");
    }
    text += &format!(
        "  lr {lr:.1e}  {images:.0} img/s  wait {:.0}%",
        wait * 100.0
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_says_loss_divergence_capacity_rate_and_speed() {
        let values = [
            ("objective", 21.26),
            ("kl/total", 9.0),
            ("cap/capacity", 5.0),
        ];
        let values = values.map(|(name, value)| (name.to_owned(), value)).into();
        let expected = "loss 21.3  KL 9.0  C 5.0  lr 1.0e-4  812 img/s";
        assert_eq!(message(1e-4, 812.4, &values), expected);
        let expected = "lr 1.0e-4  812 img/s";
        assert_eq!(message(1e-4, 812.4, &BTreeMap::new()), expected);
    }
}
