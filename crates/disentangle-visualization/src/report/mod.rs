//! A page about one run, or about several side by side: one HTML file that needs nothing else.
//!
//! Pictures are inside the file, as are the style and the script; nothing is loaded from anywhere. The
//! page reads on a laptop and on a phone, follows the viewer's light or dark setting, and can be used
//! with the keyboard alone. What a run lacks is left out.

mod base64;
mod compare;
mod figures;
mod html;
mod scores;
mod sections;
mod study;
mod walks;

use std::path::Path;

pub use study::StudyReport;

use crate::{Curves, Error, HeatMap, Picture, Relations, Walk, file};

/// What is known about a run; every part may be empty.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunReport {
    /// The name of the run.
    pub name: String,
    /// What, when, with which seed and version: names and values.
    pub facts: Vec<(String, String)>,
    /// What the reader should know first, in sentences.
    pub warnings: Vec<String>,
    /// The scores of the representation.
    pub scores: Vec<ScoreRow>,
    /// What the scores mean and how they were computed, in a sentence or two.
    pub scores_note: String,
    /// Numbers over the steps; the first of them is what runs are compared by.
    pub curves: Vec<Curves>,
    /// Matrices of the metrics.
    pub matrices: Vec<HeatMap>,
    /// The latents against the factors.
    pub relations: Option<Relations>,
    /// Images and their reconstructions.
    pub reconstructions: Vec<(Picture, Picture)>,
    /// Decoded samples of the prior.
    pub samples: Vec<Picture>,
    /// Latents walking from one image.
    pub walks: Vec<Walk>,
    /// The same walks under other labels, if the model is conditioned.
    pub conditions: Vec<ConditionWalks>,
    /// Factors walking from one image.
    pub factor_walks: Vec<FactorWalk>,
    /// The complete configuration as it is saved.
    pub config: String,
    /// The keys of the configuration with their values, to compare runs by.
    pub settings: Vec<(String, String)>,
    /// Commands that make the run again.
    pub reproduce: Vec<String>,
}

/// One score with what is needed to judge it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScoreRow {
    /// The metric.
    pub name: String,
    /// The score; absent if it could not be computed.
    pub value: Option<f64>,
    /// What its numbers mean.
    pub scale: ScoreScale,
    /// Why it could not be computed.
    pub error: Option<String>,
    /// Its confidence interval.
    pub interval: Option<[f64; 2]>,
    /// What guessing scores.
    pub chance: Option<f64>,
    /// What the same encoder scored before its first step.
    pub untrained: Option<f64>,
    /// Parts of the score: names and values.
    pub details: Vec<(String, String)>,
}

/// What the numbers of a score mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ScoreScale {
    /// From 0 to 1, which is best; it can be drawn as a bar.
    #[default]
    Share,
    /// From 0 up without an end; more is better.
    Sum,
    /// From 0, which is best, up without an end.
    Distance,
}

/// Latents walking from one image that has been given another label.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConditionWalks {
    /// The label and its class, as a reader chooses them.
    pub name: String,
    /// The walks of some of the latents, with as many pictures as those that they stand in for.
    pub walks: Vec<Walk>,
}

/// One factor on its way through its values, the others as in one image of the data.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FactorWalk {
    /// The factor.
    pub name: String,
    /// What its values are called, from first to last.
    pub labels: Vec<String>,
    /// The image of each value.
    pub originals: Vec<Picture>,
    /// What became of it.
    pub reconstructions: Vec<Picture>,
    /// The code of each image, `[D]`.
    pub codes: Vec<Vec<f32>>,
}

/// A page.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Report {
    /// The runs, at least one; two or more are compared.
    pub runs: Vec<RunReport>,
}

impl Report {
    /// Returns the page as the text of an HTML file; equal reports give equal texts.
    ///
    /// # Errors
    /// If there is no run, or if a diagram or picture cannot be drawn.
    pub fn html(&self) -> Result<String, Error> {
        match self.runs.as_slice() {
            [] => Err(Error::Nothing { what: "runs" }),
            [run] => Ok(html::page(&run.name, &sections::of(run)?)),
            runs => {
                let names: Vec<_> = runs.iter().map(|run| run.name.as_str()).collect();
                Ok(html::page(&names.join(", "), &compare::of(runs)?))
            }
        }
    }

    /// Writes the page, replacing what is there, completely or not at all.
    ///
    /// # Errors
    /// As [`html`](Self::html), and if the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        file::write(path, self.html()?.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Curve;

    fn named(name: &str) -> RunReport {
        RunReport {
            name: name.into(),
            ..RunReport::default()
        }
    }

    #[test]
    fn a_run_that_has_nothing_still_has_a_page() {
        let report = Report {
            runs: vec![named("empty")],
        };
        let html = report.html().unwrap();
        assert!(html.starts_with("<!doctype html>") && html.contains("<h1>empty</h1>"));
        assert!(!html.contains("id=\"scores\"") && !html.contains("id=\"latents\""));
    }

    #[test]
    fn text_cannot_become_markup() {
        let mut run = named("<script>alert(1)</script>");
        run.warnings = vec!["a < b & \"c\"".into()];
        run.config = "x: </pre><b>".into();
        let html = Report { runs: vec![run] }.html().unwrap();
        assert!(!html.contains("<script>alert") && !html.contains("</pre><b>"));
        assert!(html.contains("a &lt; b &amp; &quot;c&quot;"));
    }

    #[test]
    fn nothing_is_loaded_from_anywhere() {
        let mut run = named("run");
        let picture = Picture::filled(2, 2, [1, 2, 3]).unwrap();
        run.samples = vec![picture.clone()];
        run.reconstructions = vec![(picture.clone(), picture)];
        let curve = Curve {
            name: "a".into(),
            points: vec![(0.0, 1.0), (1.0, 2.0)],
        };
        run.curves = vec![Curves::new("loss", vec![curve])];
        let html = Report { runs: vec![run] }.html().unwrap();
        let links = html.replace("http://www.w3.org/2000/svg", "");
        assert!(!links.contains("http"), "a link leads outside");
        for part in html
            .split("src=\"")
            .skip(1)
            .chain(html.split("url(").skip(1))
        {
            assert!(part.starts_with("data:image/png;base64,"), "{part:.40}");
        }
    }

    #[test]
    fn runs_are_compared_by_score_and_setting() {
        let run = |name: &str, score, beta: &str| RunReport {
            scores: vec![ScoreRow {
                name: "mig".into(),
                value: Some(score),
                ..ScoreRow::default()
            }],
            settings: vec![("beta".into(), beta.into()), ("seed".into(), "0".into())],
            ..named(name)
        };
        let runs = vec![run("first", 0.25, "1"), run("second", 0.5, "4")];
        let html = Report { runs }.html().unwrap();
        assert!(html.contains("first, second"));
        assert!(html.contains("0.250") && html.contains("<strong>0.500</strong>"));
        assert!(html.contains("<th scope=\"row\">beta</th>"));
        assert!(!html.contains("<th scope=\"row\">seed</th>"));
    }

    #[test]
    fn the_smallest_distance_is_the_best() {
        let run = |name: &str, value| RunReport {
            scores: vec![ScoreRow {
                name: "factorized_support".into(),
                value: Some(value),
                scale: ScoreScale::Distance,
                ..ScoreRow::default()
            }],
            ..named(name)
        };
        let runs = vec![run("first", 2.5), run("second", 7.0)];
        let html = Report { runs }.html().unwrap();
        assert!(html.contains("<strong>2.500</strong>") && !html.contains("<strong>7.000"));
    }

    #[test]
    fn no_run_is_an_error() {
        let error = Report::default().html().unwrap_err();
        assert_eq!(error.to_string(), "there are no runs to draw");
    }
}
