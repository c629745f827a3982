//! The paper's experiment: learn on simulated pictures, go on with realistic and with real ones, measure.
//!
//! A model is trained on the first variant of MPI3D; its weights begin a run on each of the other two,
//! whose mean representation is scored. Beside each, a run from random weights is trained for 100 steps, to
//! see what the first weights are worth. Without MPI3D, three variants of the embedded `arm` stand in,
//! under their own names.
//!
//! Source: Abdi, Abolmaesumi, Fels 2019, arXiv:1912.05184.

mod options;
mod scores;
mod table;
mod variants;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use xshell::{Shell, cmd};

use crate::training::{self, Plan};
use crate::{binary, shell};
use options::Options;
use scores::{Comparison, Outcome};
use variants::Variant;

const CONFIG: &str = "configs/presets/paper.yaml";
/// Steps after which a run with the first variant's weights is compared with one without.
const COMPARED: u64 = 100;
/// The image whose latents are drawn.
const IMAGE: usize = 500_000;

/// Runs it all, or what is left of it, and prints the table.
pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    let paper = Paper {
        options: Options::parse(arguments)?,
        shell: shell()?,
        binary: binary::build()?,
    };
    let variants = variants::of(paper.options.data.is_some());
    let mut outcomes = Vec::new();
    for seed in 0..paper.options.seeds {
        outcomes.push(paper.one_seed(variants, seed)?);
    }
    let text = table::page(&paper.options, variants, &outcomes);
    let page = paper.options.root().join("paper.md");
    paper.shell.write_file(&page, &text)?;
    println!("{text}\nThis table is {}.", page.display());
    let first_seed = outcomes.iter().flatten();
    for (variant, outcome) in variants.iter().zip(first_seed) {
        let figure = paper.figure(variant, outcome.active > 0)?;
        println!("Figure of `{}`: {}", variant.name, figure.display());
    }
    Ok(())
}

struct Paper {
    options: Options,
    shell: Shell,
    binary: PathBuf,
}

impl Paper {
    /// Trains all runs of a seed and reads what came of them, by variant.
    fn one_seed(&self, variants: &[Variant; 3], seed: u64) -> Result<Vec<Outcome>> {
        let [first, others @ ..] = variants;
        let weights = self.train(first, seed, first.name, self.options.pretrain, None)?;
        let mut outcomes = vec![Outcome::read(&self.shell, &weights, None)?];
        for variant in others {
            let steps = self.options.go_on;
            let run = self.train(variant, seed, variant.name, steps, Some(&weights))?;
            let alone = format!("{}-from-scratch", variant.name);
            let scratch = self.train(variant, seed, &alone, COMPARED, None)?;
            let comparison = Comparison::read(&self.shell, &run, &scratch, COMPARED)?;
            outcomes.push(Outcome::read(
                &self.shell,
                &run,
                Some((&scratch, comparison)),
            )?);
        }
        Ok(outcomes)
    }

    fn folder(&self, seed: u64, name: &str) -> PathBuf {
        self.options.root().join(format!("seed-{seed}")).join(name)
    }

    fn train(
        &self,
        variant: &Variant,
        seed: u64,
        name: &str,
        steps: u64,
        weights: Option<&Path>,
    ) -> Result<PathBuf> {
        let folder = self.folder(seed, name);
        println!("seed {seed}: `{name}`, {steps} steps");
        let mut plan = Plan::new(CONFIG, &folder, steps);
        plan.set(format!("seed={seed}"));
        plan.set(format!("data={}", variant.data));
        if let Some(data) = &self.options.data {
            plan.set(format!("data.path={}", data.display()));
        }
        if let Some(ramp) = self.options.ramp(steps) {
            plan.set(format!(
                "objective.terms.capacity.term.capacity.steps={ramp}"
            ));
        }
        if let Some(weights) = weights {
            plan.set(format!("train.init_from.path={}", weights.display()));
            // What is measured before the first step would be the other run's weights.
            plan.set("eval.untrained=false");
        }
        if let Some(images) = self.options.images() {
            plan.set(format!("eval.images={images}"));
        }
        plan.set("log.every=20");
        plan.arguments.clone_from(&self.options.passed);
        training::complete(&self.shell, &self.binary, &plan)?;
        Ok(folder)
    }

    /// Draws the active latents of one image, of the first seed's run; all of them where none is.
    fn figure(&self, variant: &Variant, any_active: bool) -> Result<PathBuf> {
        let (shell, binary) = (&self.shell, &self.binary);
        let run = self.folder(0, variant.name);
        let image = IMAGE.to_string();
        let choice = any_active.then_some("--active");
        cmd!(
            shell,
            "{binary} traverse {run} --index {image} {choice...} --quiet"
        )
        .quiet()
        .ignore_stdout()
        .run()
        .with_context(|| format!("drawing the latents of {}", run.display()))?;
        let figure = self
            .options
            .root()
            .join(format!("figure-{}.png", variant.name));
        let drawn = run.join(format!("images/traversals-of-{image}.png"));
        shell.copy_file(&drawn, &figure)?;
        Ok(figure)
    }
}
