//! The loop: the step, the log, epochs and checkpoints.

mod results;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use candle_core::{DType, Device, Tensor};
use disentangle_data::{Batches, Places};
use disentangle_nn::StateDict;
use disentangle_objectives::{Scalars, StepCx};
use disentangle_optim::{clip_by_norm, gradient_norm};

use crate::checkpoint::{self, Checkpoint, State};
use crate::derived::derive;
use crate::experiment::{Training, volume};
use crate::pace::Pace;
use crate::resident::Resident;
use crate::upload::Source;
use crate::{Error, Event, Experiment, ExperimentConfig, Observer, RunFolder, upload};

/// A run under way.
pub struct Trainer {
    experiment: Experiment,
    training: Training,
    run: RunFolder,
    state: State,
    pending: Vec<Scalars>,
    /// The images, if they are on the device.
    resident: Option<Resident>,
}

impl Trainer {
    /// Begins a run in a new folder.
    ///
    /// # Errors
    /// If a part cannot be built; nothing has been written then.
    pub fn new(experiment: Experiment, root: &Path) -> Result<Self, Error> {
        let training = experiment.training()?;
        experiment.load_first_weights()?;
        let run = RunFolder::create(root, &experiment.config)?;
        if let Some(split) = experiment.config.data.split() {
            split.write(&Places::from_env(), &run.split())?;
        }
        Ok(Self::of(experiment, training, run))
    }

    fn of(experiment: Experiment, training: Training, run: RunFolder) -> Self {
        Self {
            state: State::new(training.lr.state()),
            experiment,
            training,
            run,
            pending: Vec::new(),
            resident: None,
        }
    }

    /// Goes on with a run from its newest checkpoint, or from its start if it has none.
    ///
    /// # Errors
    /// If a checkpoint cannot be read or does not fit the configuration.
    pub fn resume(
        config: ExperimentConfig,
        run: RunFolder,
        device: &Device,
    ) -> Result<Self, Error> {
        let experiment = Experiment::build(config, device)?;
        let training = experiment.training()?;
        let mut trainer = Self::of(experiment, training, run);
        if let Some(folder) = checkpoint::newest(&trainer.run.checkpoints())? {
            let saved = Checkpoint::open(&folder, device)?;
            trainer.experiment.store.load(&saved.model)?;
            trainer.training.optimizer.load(&saved.optimizer)?;
            trainer.training.objective.load(&saved.terms)?;
            trainer.training.lr.load(saved.state.lr.clone())?;
            trainer.state = saved.state;
        } else {
            trainer.experiment.load_first_weights()?;
        }
        Ok(trainer)
    }

    /// Returns what the run was built from.
    pub fn config(&self) -> &ExperimentConfig {
        &self.experiment.config
    }

    /// Returns how many updates are done.
    pub fn step(&self) -> u64 {
        self.state.step
    }

    /// Trains to the last step, then draws and evaluates.
    ///
    /// # Errors
    /// If data cannot be read, a file cannot be written, or a number is no longer finite; the newest
    /// checkpoint stays good.
    pub fn run(&mut self, observer: &mut dyn Observer) -> Result<(), Error> {
        let started = Instant::now();
        let steps = self.experiment.config.train.steps;
        observer.on(&Event::Started {
            step: self.state.step,
            steps,
            parameters: self.experiment.store.count(),
            images: self.experiment.dataset.len(),
        })?;
        self.resident = Resident::of_run(&self.experiment, steps.saturating_sub(self.state.step))?;
        let mut batches = self.batches();
        let mut pace = Pace::new(&batches);
        while self.state.step < steps {
            self.one_step(&mut batches)?;
            observer.on(&Event::Tick {
                step: self.state.step,
            })?;
            self.after_step(observer, &mut pace, &batches)?;
            if observer.stop_requested() && self.state.step < steps {
                return self.interrupt(observer);
            }
        }
        drop(batches);
        self.resident = None;
        match self.finish(observer) {
            // Nothing is half-written, and the last checkpoint is there: a resumed run does this again.
            Err(Error::Stopped) => return Err(self.interrupted()),
            finished => finished?,
        }
        observer.on(&Event::Finished {
            step: self.state.step,
            seconds: started.elapsed().as_secs_f64(),
        })
    }

    fn batches(&self) -> Batches {
        let loader = self.training.loader.clone();
        let loader = match self.resident {
            Some(_) => loader.without_images(),
            None => loader,
        };
        loader.batches(self.state.step)
    }

    fn one_step(&mut self, batches: &mut Batches) -> Result<(), Error> {
        let host = batches.next();
        let host = host.expect("only an error, which ends the run, is the last batch")?;
        let (experiment, training) = (&self.experiment, &mut self.training);
        let (step, seeds) = (self.state.step, &experiment.seeds);
        let source = match &self.resident {
            Some(resident) => Source::Device(resident),
            None => Source::Host(volume(experiment.dataset.as_ref())),
        };
        let labels = experiment.labels.as_ref();
        let batch = upload::batch(&host, &source, labels, &experiment.device)?;
        batches.recycle(host);

        let forward = experiment.model.forward(&batch, seeds, step)?;
        let cx = StepCx::new(
            (step, seeds),
            (&batch, experiment.dataset.len()),
            &forward,
            (&experiment.model, &experiment.detached),
        );
        let (loss, mut scalars) = training.objective.loss(&cx)?;
        let mut gradients = loss.backward()?;
        let norm = match experiment.config.train.clip {
            Some(max_norm) => clip_by_norm(&mut gradients, &experiment.store, max_norm)?,
            None if logs(&experiment.config, step + 1) => {
                gradient_norm(&gradients, &experiment.store)?
            }
            None => None,
        };
        if let Some(norm) = norm {
            scalars.insert("gradient/norm", &norm);
        }
        let lr = training.lr.at(step);
        training.optimizer.step(&gradients, lr)?;
        scalars.extend(training.objective.update(&cx)?);

        self.pending.push(scalars);
        self.state.step += 1;
        Ok(())
    }

    fn after_step(
        &mut self,
        observer: &mut dyn Observer,
        pace: &mut Pace,
        batches: &Batches,
    ) -> Result<(), Error> {
        let config = &self.experiment.config;
        let (step, last) = (self.state.step, self.state.step == config.train.steps);
        let due = |every: u64| last || step.is_multiple_of(every);
        let (log, save) = (logs(config, step), due(config.checkpoint.every));
        let draw = config.images.every.is_some_and(|n| step.is_multiple_of(n)) && !last;
        let epoch_steps = config.train.epoch_steps;
        let epoch_steps = epoch_steps.unwrap_or_else(|| self.training.loader.batches_per_epoch());
        let epoch = step.is_multiple_of(epoch_steps);
        if log || save || epoch {
            let lr = self.training.lr.at(step - 1);
            let mut values = self.read_pending()?;
            if log {
                derive(&mut values);
                let (images_per_second, wait_share) =
                    pace.since_last(step, self.experiment.config.train.batch_size, batches);
                observer.on(&Event::Scalars {
                    step,
                    lr,
                    images_per_second,
                    wait_share,
                    values,
                })?;
            }
        }
        if epoch {
            self.end_epoch(step / epoch_steps, observer)?;
        }
        if save {
            if let Some(best) = &self.experiment.config.checkpoint.best {
                self.state.contest.judge(best.goal, step);
            }
            self.save(observer)?;
        }
        if draw {
            self.draw(observer)?;
        }
        Ok(())
    }

    /// Reads what has gathered on the device, in one transfer; the values of the last step come back.
    fn read_pending(&mut self) -> Result<BTreeMap<String, f64>, Error> {
        let pending = std::mem::take(&mut self.pending);
        let first = self.state.step - pending.len() as u64;
        let mut last = BTreeMap::new();
        for (i, values) in Scalars::read_all(&pending)?.into_iter().enumerate() {
            if let Some(best) = &self.experiment.config.checkpoint.best {
                self.state.contest.add(best, &values)?;
            }
            let objective = values.get("objective").copied().unwrap_or(0.0);
            if !objective.is_finite() {
                return Err(not_finite(&values, objective, first + i as u64));
            }
            self.state.epoch_sum += objective;
            self.state.epoch_count += 1;
            last = values;
        }
        Ok(last)
    }

    fn end_epoch(&mut self, epoch: u64, observer: &mut dyn Observer) -> Result<(), Error> {
        let mean_objective = self.state.epoch_sum / self.state.epoch_count.max(1) as f64;
        (self.state.epoch_sum, self.state.epoch_count) = (0.0, 0);
        self.training.lr.end_of_epoch(mean_objective);
        self.training.objective.end_of_epoch(mean_objective);
        observer.on(&Event::Epoch {
            step: self.state.step,
            epoch,
            mean_objective,
        })
    }

    fn save(&mut self, observer: &mut dyn Observer) -> Result<(), Error> {
        // A finite loss may have had a gradient that is not; it must not replace a good checkpoint.
        let model = self.experiment.store.state();
        let sum = sum_of(&model)?;
        if !sum.is_finite() {
            return Err(Error::NotFinite {
                name: "a weight of the model".into(),
                value: sum,
                step: self.state.step - 1,
            });
        }
        self.state.lr = self.training.lr.state();
        let checkpoint = Checkpoint {
            model,
            optimizer: self.training.optimizer.state()?,
            terms: self.training.objective.state()?,
            state: self.state.clone(),
        };
        let folder = self.run.checkpoints();
        let path = checkpoint.save(&folder)?;
        let best = self.state.contest.best.map(|best| best.step);
        checkpoint::prune(&folder, self.experiment.config.checkpoint.keep, best)?;
        let step = self.state.step;
        observer.on(&Event::Saved { step, path })
    }

    /// Saves out of turn, unless this step's checkpoint is there already, and ends the run for now.
    fn interrupt(&mut self, observer: &mut dyn Observer) -> Result<(), Error> {
        let every = self.experiment.config.checkpoint.every;
        if !self.state.step.is_multiple_of(every) {
            self.read_pending()?;
            self.save(observer)?;
        }
        Err(self.interrupted())
    }

    fn interrupted(&self) -> Error {
        Error::Interrupted {
            step: self.state.step,
            path: self.run.root().to_owned(),
        }
    }
}

/// Tells whether the numbers of a step are logged.
fn logs(config: &ExperimentConfig, step: u64) -> bool {
    step == config.train.steps || step.is_multiple_of(config.log.every)
}

/// The sum of all numbers, which is finite if each of them is.
fn sum_of(state: &StateDict) -> Result<f64, Error> {
    let sums = state
        .iter()
        .map(|(_, tensor)| tensor.sum_all()?.to_dtype(DType::F64));
    let sums = sums.collect::<Result<Vec<_>, _>>()?;
    Ok(Tensor::stack(&sums, 0)?.sum_all()?.to_scalar()?)
}

/// Names the term that is to blame, if one is.
fn not_finite(values: &BTreeMap<String, f64>, objective: f64, step: u64) -> Error {
    let blamed = values
        .iter()
        .find(|(name, value)| name.starts_with("loss/") && !value.is_finite());
    let (name, value) = match blamed {
        Some((name, value)) => (name.clone(), *value),
        None => ("objective".to_owned(), objective),
    };
    Error::NotFinite { name, value, step }
}
