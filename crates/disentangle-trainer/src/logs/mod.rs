//! All logs of a run as one observer: `events.jsonl`, and what the configuration asks for besides.

mod logbook;
mod scalar_table;
mod tensorboard;

use crate::{Error, Event, ExperimentConfig, Observer, RunFolder};
use logbook::Logbook;
use scalar_table::ScalarTable;
use tensorboard::TensorBoard;

/// The logs of a run.
pub struct Logs {
    logbook: Logbook,
    table: Option<ScalarTable>,
    board: Option<TensorBoard>,
}

impl Logs {
    /// Opens the logs of a run that stands at `step`.
    ///
    /// # Errors
    /// If a file cannot be read or written.
    pub fn open(run: &RunFolder, config: &ExperimentConfig, step: u64) -> Result<Self, Error> {
        let table = || ScalarTable::open(&run.scalars(), step);
        let board = || TensorBoard::create(&run.tensorboard(), step, &config.to_yaml()?);
        Ok(Self {
            logbook: Logbook::open(&run.events(), step)?,
            table: config.log.csv.then(table).transpose()?,
            board: config.log.tensorboard.then(board).transpose()?,
        })
    }
}

impl Observer for Logs {
    fn on(&mut self, event: &Event) -> Result<(), Error> {
        self.logbook.on(event)?;
        if let Some(table) = &mut self.table {
            table.on(event)?;
        }
        match &mut self.board {
            Some(board) => board.on(event),
            None => Ok(()),
        }
    }
}
