//! The scores of all runs that are done, in one table.

use std::collections::BTreeSet;
use std::path::Path;

use disentangle_trainer::RunFolder;
use disentangle_visualization::StudyReport;
use serde_json::Value;

use crate::{Error, PlannedRun, Status, Study, page, status};

/// The runs of a study and their scores.
#[derive(Debug, Clone, PartialEq)]
pub struct Collected {
    /// The names of the scores, in the order of the columns.
    pub metrics: Vec<String>,
    /// The runs, in the order of their numbers.
    pub rows: Vec<Row>,
}

/// A run and its scores.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The run's number.
    pub index: usize,
    /// Its method.
    pub method: String,
    /// Method and values in a few words.
    pub setting: String,
    /// Its seed.
    pub seed: u64,
    /// How far it is.
    pub status: Status,
    /// Codes that are not constant.
    pub active_codes: Option<u64>,
    /// The scores, in the order of the columns; none where one could not be computed.
    pub scores: Vec<Option<f64>>,
}

impl Collected {
    /// Reads the runs of a study below a folder.
    ///
    /// # Errors
    /// If a run has another configuration than the study says, or its scores cannot be read.
    pub fn read(study: &Study, root: &Path) -> Result<Self, Error> {
        let mut runs = Vec::new();
        let mut metrics = BTreeSet::new();
        for run in study.runs() {
            let folder = root.join(run.folder());
            let status = status(&folder, &run.config()?)?;
            let scores = match status {
                Status::Done => scores(&folder)?,
                Status::Missing | Status::Begun { .. } => Value::Null,
            };
            let named = scores["metrics"].as_object().into_iter().flatten();
            metrics.extend(named.map(|(name, _)| name.clone()));
            runs.push((run, status, scores));
        }
        let metrics: Vec<String> = metrics.into_iter().collect();
        let rows = runs
            .iter()
            .map(|(run, status, scores)| row(run, *status, scores, &metrics));
        Ok(Self {
            rows: rows.collect(),
            metrics,
        })
    }

    /// Returns the number of complete runs.
    pub fn done(&self) -> usize {
        self.rows
            .iter()
            .filter(|row| row.status == Status::Done)
            .count()
    }

    /// Writes a row for each run: `index, method, setting, seed, status, active_codes`, then the scores.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_csv(&self, path: &Path) -> Result<(), Error> {
        let write = || -> Result<(), csv::Error> {
            let mut table = csv::Writer::from_path(path)?;
            let first = [
                "index",
                "method",
                "setting",
                "seed",
                "status",
                "active_codes",
            ];
            let names = self.metrics.iter().map(String::as_str);
            table.write_record(first.into_iter().chain(names))?;
            for row in &self.rows {
                table.write_record(row.fields())?;
            }
            Ok(table.flush()?)
        };
        write().map_err(|source| Error::Table {
            path: path.to_owned(),
            source,
        })
    }

    /// Makes the page: medians, distributions by setting, and rank correlations of the metrics.
    pub fn report(&self, name: &str) -> StudyReport {
        page::of(self, name)
    }
}

impl Row {
    fn fields(&self) -> Vec<String> {
        let mut fields = vec![
            self.index.to_string(),
            self.method.clone(),
            self.setting.clone(),
            self.seed.to_string(),
            self.status.to_string(),
            self.active_codes
                .map_or(String::new(), |codes| codes.to_string()),
        ];
        let scores = self.scores.iter();
        fields.extend(scores.map(|score| score.map_or(String::new(), |score| score.to_string())));
        fields
    }
}

fn row(run: &PlannedRun, status: Status, scores: &Value, metrics: &[String]) -> Row {
    let score = |name: &String| scores["metrics"][name]["score"].as_f64();
    Row {
        index: run.index,
        method: run.method.clone(),
        setting: run.setting(),
        seed: run.seed,
        status,
        active_codes: scores["input"]["active_codes"].as_u64(),
        scores: metrics.iter().map(score).collect(),
    }
}

/// Reads the scores of a run; one that was not to be measured has none.
fn scores(folder: &Path) -> Result<Value, Error> {
    let file = |problem: String, path: &Path| Error::File {
        path: path.to_owned(),
        problem,
    };
    let run = RunFolder::open(folder).map_err(|why| file(why.to_string(), folder))?;
    let path = run.metrics();
    if !path.is_file() {
        return Ok(Value::Null);
    }
    let text = std::fs::read_to_string(&path);
    let text = text.map_err(|why| file(format!("cannot be read: {why}"), &path))?;
    serde_json::from_str(&text).map_err(|why| file(format!("is not valid JSON: {why}"), &path))
}
