//! What a run leaves to look at: `report.html`, diagrams, samples, and animations.

use std::fs;
use std::path::{Path, PathBuf};

use disentangle_visualization::{Animation, Gallery, Picture, Report, RunReport, Theme, progress};

use crate::portrait::{Portrait, WalkRange};
use crate::report::run_report;
use crate::{Error, Experiment, RunFolder};

/// The most pictures in the animation of training.
const FRAMES: usize = 60;

/// Traversals from one image, still and moving.
pub struct TraversalPictures {
    /// One latent a row.
    pub sheet: Picture,
    /// All latents walking there and back.
    pub animation: Animation,
}

/// What is traversed.
#[derive(Debug, Clone, Copy, Default)]
pub struct TraversalChoice {
    /// The image whose code is the start; a random one if absent.
    pub index: Option<usize>,
    /// From where to where latents walk.
    pub range: WalkRange,
    /// Whether latents that carry nothing are counted instead of drawn.
    pub only_active: bool,
}

/// Decodes and draws what each latent does, from the code of one image.
///
/// # Errors
/// If an image cannot be read, or no latent is left to draw.
pub fn traversal_pictures(
    experiment: &Experiment,
    choice: TraversalChoice,
) -> Result<TraversalPictures, Error> {
    let mut portrait = Portrait::of(experiment, choice.index, choice.range)?;
    portrait.options.only_active = choice.only_active;
    let walks = portrait.walks(experiment)?;
    if walks.is_empty() {
        return Err(Error::NoActiveLatent);
    }
    let (traversal, options) = (&portrait.traversal, &portrait.options);
    Ok(TraversalPictures {
        sheet: traversal.sheet(&walks, options)?,
        animation: traversal.animation(&walks, options)?,
    })
}

/// Writes the page of a run, its diagrams and samples, and the animation of its training; returns the
/// files to look at first.
///
/// # Errors
/// If a file of the run cannot be read or written, or a picture cannot be made.
pub fn show(run: &RunFolder, experiment: &Experiment) -> Result<Vec<PathBuf>, Error> {
    let report = run_report(run, Some(experiment))?;
    let mut written = Vec::new();
    if !report.samples.is_empty() {
        let gallery = Gallery {
            title: Some("samples of the prior".into()),
            ..Gallery::default()
        };
        let path = run.images().join("samples.png");
        gallery.draw(&report.samples)?.write_png(&path)?;
        written.push(path);
    }
    diagrams(&report, &run.images().join("diagrams"))?;
    let last = experiment.config.train.steps;
    written.extend(training(&run.images(), last)?);
    Report { runs: vec![report] }.write(&run.report())?;
    written.push(run.report());
    Ok(written)
}

/// Writes each diagram as PNG and as SVG.
fn diagrams(report: &RunReport, folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(Error::file("cannot make the folder", folder))?;
    let write = |title: &str, picture: Picture, svg: String| -> Result<(), Error> {
        let path = folder.join(file_name(title));
        picture.write_png(&path.with_extension("png"))?;
        let path = path.with_extension("svg");
        fs::write(&path, svg).map_err(Error::file("cannot write", &path))
    };
    let theme = Theme::Light;
    for curves in &report.curves {
        write(&curves.title, curves.picture(theme)?, curves.svg(theme)?)?;
    }
    for matrix in &report.matrices {
        write(&matrix.title, matrix.picture(theme)?, matrix.svg(theme)?)?;
    }
    if let Some(relations) = &report.relations {
        write(
            &relations.title,
            relations.picture(theme)?,
            relations.svg(theme)?,
        )?;
    }
    Ok(())
}

/// Makes `training.gif` of the reconstructions that were drawn while training, if there are several.
fn training(folder: &Path, last: u64) -> Result<Option<PathBuf>, Error> {
    let mut steps = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::file("cannot read", folder))? {
        let path = entry.map_err(Error::file("cannot read", folder))?.path();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let step = name.as_deref().and_then(|name| {
            let step = name.strip_prefix("reconstructions")?.strip_suffix(".png")?;
            match step.strip_prefix('-') {
                Some(step) => step.parse().ok(),
                // The picture of the last step has no number.
                None => step.is_empty().then_some(last),
            }
        });
        steps.extend(step.map(|step| (step, path)));
    }
    if steps.len() < 2 {
        return Ok(None);
    }
    steps.sort();
    let last = steps.len() - 1;
    let frames = steps.len().min(FRAMES);
    let chosen = (0..frames).map(|i| &steps[i * last / (frames - 1)]);
    let pictures =
        chosen.map(|(step, path)| Ok((format!("step {step}"), Picture::read_png(path)?)));
    let pictures = pictures.collect::<Result<Vec<_>, Error>>()?;
    let path = folder.join("training.gif");
    progress(&pictures, Theme::Light)?.write_gif(&path)?;
    Ok(Some(path))
}

/// Makes a title a file's name: letters, digits and hyphens.
fn file_name(title: &str) -> String {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join("-").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_become_file_names() {
        assert_eq!(
            file_name("KL of the latents (nats)"),
            "kl-of-the-latents-nats"
        );
        assert_eq!(
            file_name("mig: mutual information"),
            "mig-mutual-information"
        );
    }

    #[test]
    fn training_moves_through_the_drawn_steps() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(training(folder.path(), 300).unwrap(), None);
        let names = ["reconstructions-000000100.png", "reconstructions.png"];
        for (name, gray) in names.into_iter().zip(1..) {
            let path = folder.path().join(name);
            let picture = Picture::filled(8, 8, [gray; 3]).unwrap();
            picture.write_png(&path).unwrap();
        }
        let path = training(folder.path(), 300).unwrap().unwrap();
        assert!(fs::read(path).unwrap().starts_with(b"GIF89a"));
    }
}
