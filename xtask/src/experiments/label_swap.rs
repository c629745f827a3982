//! Judges whether a conditioned model draws the class that it is told.
//!
//! The example `label_swap` of `disentangle-trainer` decodes random images with each class and looks up the
//! genuine image nearest to each result, so no classifier has a say.

use anyhow::{Context, Result};
use serde_json::Value;
use xshell::cmd;

use super::{Finding, Trained};
use crate::{cargo, example};

const IMAGES: &str = "512";

/// The share that must follow the label; a decoder that draws any shape reaches a third.
const ENOUGH: f64 = 0.5;

/// Looks at the first run, which has one label.
pub(super) fn judge(runs: &Trained<'_>) -> Result<Finding> {
    let (shell, folder, cargo) = (runs.shell, &runs.folders[0], cargo());
    let example = example("disentangle-trainer", "label_swap");
    let command = cmd!(shell, "{cargo} {example...} {folder} {IMAGES}");
    let shares: Value = serde_json::from_str(&command.quiet().read()?)?;
    let share = |name: &str| {
        let share = shares[name].as_f64();
        share.with_context(|| format!("the example says no `{name}`"))
    };
    let (own, asked, kept) = (share("own")?, share("asked")?, share("kept")?);
    Ok(Finding {
        holds: asked > ENOUGH && kept < asked,
        measured: format!(
            "of {IMAGES} images, nearest to a genuine sprite of the shape asked for: {:.0}%; still of \
             their own: {:.0}% (told their own: {:.0}%; chance 33%)",
            asked * 100.0,
            kept * 100.0,
            own * 100.0
        ),
    })
}
