//! A page about a study: many runs by method and seed.

use std::path::Path;

use super::figures;
use super::html::{self, Page, Section, facts, warnings};
use crate::{Distributions, Error, HeatMap, file};

/// What is known about a study; every part may be empty.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StudyReport {
    /// The name of the study.
    pub name: String,
    /// How many runs, and so on: names and values.
    pub facts: Vec<(String, String)>,
    /// What the reader should know first, in sentences.
    pub warnings: Vec<String>,
    /// The median of each metric, a row a setting.
    pub medians: Option<HeatMap>,
    /// The scores of each metric by setting.
    pub distributions: Vec<Distributions>,
    /// How far the metrics order the runs alike.
    pub correlations: Option<HeatMap>,
}

impl StudyReport {
    /// Returns the page as the text of an HTML file.
    ///
    /// # Errors
    /// If a diagram cannot be drawn.
    pub fn html(&self) -> Result<String, Error> {
        let of = |map: &Option<HeatMap>| figures::matrices(map.as_slice());
        let parts = [
            ("medians", "Medians", of(&self.medians)?),
            (
                "distributions",
                "Distributions",
                figures::distributions(&self.distributions)?,
            ),
            (
                "correlations",
                "Agreement of the metrics",
                of(&self.correlations)?,
            ),
        ];
        let sections = parts.into_iter().filter(|(_, _, body)| !body.is_empty());
        let page = Page {
            head: facts(&self.facts) + &warnings(&self.warnings),
            sections: sections
                .map(|(id, title, body)| Section::new(id, title, body))
                .collect(),
        };
        Ok(html::page(&self.name, &page))
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
    use crate::Distribution;

    #[test]
    fn what_is_missing_is_left_out() {
        let mut report = StudyReport {
            name: "a study".into(),
            ..StudyReport::default()
        };
        let html = report.html().unwrap();
        assert!(html.contains("<h1>a study</h1>") && !html.contains("id=\"medians\""));
        report.distributions = vec![Distributions {
            title: "mig".into(),
            rows: vec![Distribution {
                name: "vae".into(),
                values: vec![0.5],
            }],
        }];
        let html = report.html().unwrap();
        assert!(html.contains("id=\"distributions\"") && html.contains("<svg"));
    }
}
