//! What a run leaves beside its checkpoints: pictures on the way, encodings, scores and the page at the end.

use super::Trainer;
use crate::evaluate::evaluate_while;
use crate::{Encoding, Error, Event, Experiment, Observer, pictures, show};

impl Trainer {
    /// Draws and measures what has been learned; [`Error::Stopped`] if the observer cannot wait.
    pub(super) fn finish(&self, observer: &mut dyn Observer) -> Result<(), Error> {
        self.draw(observer)?;
        self.evaluate(observer)?;
        if observer.stop_requested() {
            return Err(Error::Stopped);
        }
        let step = self.state.step;
        for path in show(&self.run, &self.experiment)? {
            observer.on(&Event::Drawn { step, path })?;
        }
        Ok(())
    }

    /// Draws what the run shows of this step.
    pub(super) fn draw(&self, observer: &mut dyn Observer) -> Result<(), Error> {
        let step = self.state.step;
        for (name, picture) in pictures::all(&self.experiment)? {
            let last = step == self.experiment.config.train.steps;
            let file = if last {
                format!("{name}.png")
            } else {
                format!("{name}-{step:09}.png")
            };
            let path = self.run.images().join(file);
            picture.write_png(&path)?;
            observer.on(&Event::Drawn { step, path })?;
        }
        Ok(())
    }

    fn evaluate(&self, observer: &mut dyn Observer) -> Result<(), Error> {
        let config = &self.experiment.config;
        let dataset = self.experiment.dataset.as_ref();
        if !config.eval.at_end || dataset.factor_space().is_none() {
            return Ok(());
        }
        if config.eval.untrained {
            let (config, dataset) = (config.clone(), self.experiment.dataset.clone());
            let untrained = Experiment::with_dataset(config, dataset, &self.experiment.device)?;
            let encoding = Encoding::of(&untrained, observer)?;
            self.measure(&encoding, 0, observer)?;
        }
        let encoding = Encoding::of(&self.experiment, observer)?;
        encoding.write_folder(&self.run.encodings())?;
        self.measure(&encoding, self.state.step, observer)
    }

    fn measure(
        &self,
        encoding: &Encoding,
        step: u64,
        observer: &mut dyn Observer,
    ) -> Result<(), Error> {
        let config = &self.experiment.config;
        let mut go_on = || !observer.stop_requested();
        let scores = evaluate_while(encoding, &config.eval, config.seed, &mut go_on)?;
        match step {
            0 => self.run.write_untrained_metrics(&scores)?,
            _ => self.run.write_metrics(&scores)?,
        }
        let scores = Box::new(scores);
        observer.on(&Event::Evaluated { step, scores })
    }
}
