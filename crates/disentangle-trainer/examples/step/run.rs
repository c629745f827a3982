//! A β-VAE on one batch of noise: what the example times and the benchmark too.

use candle_core::{DType, Device, Tensor};
use disentangle_architectures::{Autoencoder, Batch, LabelSpace, ModelConfig, Volume};
use disentangle_nn::{Images, ParamStore};
use disentangle_objectives::{Objective, ObjectiveConfig, Provides, StepCx, TermCx};
use disentangle_optim::{Adam, Optimizer};
use disentangle_registry::Build;
use disentangle_seeds::Seeds;

pub(crate) type Error = Box<dyn std::error::Error>;

/// The images of dSprites.
const TRAIN_SIZE: usize = 737_280;

/// A model in training.
pub(crate) struct Run {
    seeds: Seeds,
    model: Autoencoder,
    detached: Autoencoder,
    objective: Objective,
    optimizer: Box<dyn Optimizer>,
    batch: Batch,
    step: u64,
}

impl Run {
    /// Builds `paper` (RGB, D = 20) or another pair of networks by name (gray, D = 10), with noise for images.
    pub(crate) fn new(name: &str, batch_size: usize, device: &Device) -> Result<Self, Error> {
        let (encoder, decoder, channels, latents) = match name {
            "paper" => ("padless_conv64", "simple_conv64", 3, 20),
            other => (other, other, 1, 10),
        };
        let config: ModelConfig = serde_json::from_value(serde_json::json!({
            "encoder": {"kind": encoder}, "decoder": {"kind": decoder}, "latents": latents,
        }))?;
        let objective: ObjectiveConfig = serde_json::from_value(serde_json::json!({"terms": {
            "kl": {"weight": 4, "term": {"kind": "kl"}}, "recon": {"term": {"kind": "bernoulli"}},
        }}))?;
        let seeds = Seeds::new(0);
        let store = ParamStore::new(seeds, DType::F32, device);
        let image = Volume {
            channels,
            height: 64,
            width: 64,
        };
        let model = config.build(image, store.trainable())?;
        let detached = config.build(image, store.detached())?;
        let provides = Provides {
            gaussian_posterior: true,
            labels: false,
            label_encoder: false,
            batch_size,
            train_size: TRAIN_SIZE,
        };
        let cx = TermCx {
            name: String::new(),
            latents,
            labels: LabelSpace::default(),
            seeds,
            device: device.clone(),
            dtype: DType::F32,
        };
        let mut pixels = vec![0f32; batch_size * image.elements()];
        seeds.stream("images", 0).fill_normal(&mut pixels);
        let pixels: Vec<f32> = pixels
            .into_iter()
            .map(|x| f32::from(u8::from(x > 0.5)))
            .collect();
        let images = Tensor::from_vec(pixels, (batch_size, channels, 64, 64), device)?;
        Ok(Self {
            seeds,
            model,
            detached,
            objective: objective.build(&cx, provides)?,
            optimizer: Adam::default().build(&store)?,
            batch: Images::new(images)?.into(),
            step: 0,
        })
    }

    /// Takes one step: forward, backward, Adam.
    pub(crate) fn train(&mut self) -> Result<(), Error> {
        let forward = self.model.forward(&self.batch, &self.seeds, self.step)?;
        let cx = StepCx::new(
            (self.step, &self.seeds),
            (&self.batch, TRAIN_SIZE),
            &forward,
            (&self.model, &self.detached),
        );
        let (loss, _scalars) = self.objective.loss(&cx)?;
        self.optimizer.step(&loss.backward()?, 1e-4)?;
        self.objective.update(&cx)?;
        self.step += 1;
        Ok(())
    }

    /// Encodes the batch without a graph.
    pub(crate) fn encode(&self) -> Result<(), Error> {
        self.detached.encode(&self.batch)?;
        Ok(())
    }
}
