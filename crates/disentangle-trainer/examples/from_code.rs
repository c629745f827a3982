//! Trains from code, without a file of configuration: `cargo run --release -p disentangle-trainer --example from_code`.
//!
//! The run is the README's quickstart, cut short. Everything but its folder is a value of a type, checked by the
//! compiler; the run folder holds it as `config.yaml`, so that the command line can go on with it.

use std::path::PathBuf;

use disentangle_architectures::{ModelConfig, decoders, encoders};
use disentangle_data::{ConstantFactors, Dsprites, Subset};
use disentangle_objectives::{Bernoulli, EntryConfig, Kl};
use disentangle_trainer::config::TrainConfig;
use disentangle_trainer::{Device, Error, Event, Experiment, ExperimentConfig, Observer, Trainer};

/// Prints numbers as they come; a `Logs` beside it would write them to files.
struct Print;

impl Observer for Print {
    #[expect(clippy::print_stdout, reason = "an example shows its result")]
    fn on(&mut self, event: &Event) -> Result<(), Error> {
        match event {
            Event::Scalars { step, values, .. } => {
                println!("step {step}: {:.1} nats", values["objective"]);
            }
            Event::Evaluated { scores, .. } => print!("{}", scores.to_text()),
            _ => {}
        }
        Ok(())
    }
}

fn main() -> Result<(), Error> {
    let sprites = Dsprites {
        size: 32,
        constant_factors: ConstantFactors::Drop,
    };
    let part = Subset {
        of: Box::new(sprites.into()),
        fixed: [("orientation".to_owned(), 0)].into(),
        every: [("posX".to_owned(), 2), ("posY".to_owned(), 2)].into(),
        values: [].into(),
        constant_factors: ConstantFactors::Drop,
    };
    let model = ModelConfig::new(encoders::Burgess {}, decoders::Burgess {}, 6);
    let objective = [
        ("recon", EntryConfig::new(1.0, Bernoulli::default())),
        ("kl", EntryConfig::new(4.0, Kl {})),
    ];
    let mut config = ExperimentConfig::new(model, objective.into(), TrainConfig::new(60));
    config.data = part.into();
    config.train.lr = 1e-3.into();
    config.log.every = 20;
    config.eval.metrics = vec!["mig".into()];
    config.require_valid()?;

    let folder = std::env::args_os()
        .nth(1)
        .map_or_else(|| "runs/from-code".into(), PathBuf::from);
    let experiment = Experiment::build(config, &Device::Cpu)?;
    Trainer::new(experiment, &folder)?.run(&mut Print)
}
