//! Encoder, bottleneck and decoder together.

use candle_core::{Device, Tensor};
use candle_nn::VarBuilder;
use disentangle_nn::{Images, Initialization, Latents, Logits, Params};
use disentangle_registry::{Build, Config, Problems};
use disentangle_seeds::Seeds;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bottlenecks::gaussian::Gaussian;
use crate::{
    Batch, Bottleneck, BottleneckConfig, BottleneckCx, Decoder, DecoderConfig, DecoderCx, Encoder,
    EncoderConfig, EncoderCx, Error, Posterior, Volume,
};

/// A model, independent of the training method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// From images to the bottleneck.
    pub encoder: EncoderConfig,
    /// From the encoder's numbers to a posterior.
    #[serde(default = "default_bottleneck")]
    pub bottleneck: BottleneckConfig,
    /// From latents to logits.
    pub decoder: DecoderConfig,
    /// Number of latents D.
    pub latents: usize,
    /// How weights begin.
    #[serde(default)]
    pub initialization: Initialization,
}

fn default_bottleneck() -> BottleneckConfig {
    Gaussian {}.into()
}

impl Config for ModelConfig {
    fn examples() -> Vec<Self> {
        let encoders = EncoderConfig::examples();
        let decoders = DecoderConfig::examples();
        let bottlenecks = BottleneckConfig::examples();
        let count = encoders.len().max(decoders.len()).max(bottlenecks.len());
        (encoders.into_iter().cycle())
            .zip(decoders.into_iter().cycle())
            .zip(bottlenecks.into_iter().cycle())
            .take(count)
            .map(|((encoder, decoder), bottleneck)| Self {
                encoder,
                bottleneck,
                decoder,
                latents: 10,
                initialization: Initialization::default(),
            })
            .collect()
    }

    fn check(&self, problems: &mut Problems) {
        problems.within("encoder", |p| self.encoder.check(p));
        problems.within("bottleneck", |p| self.bottleneck.check(p));
        problems.within("decoder", |p| self.decoder.check(p));
        problems.require(self.latents > 0, "latents", "must be at least 1");
    }
}

impl ModelConfig {
    /// Builds the model for images of a size, on the parameters behind `builder`.
    ///
    /// # Errors
    /// If a network cannot take the size, or the parameters are there with other shapes.
    pub fn build(&self, image: Volume, builder: VarBuilder<'static>) -> Result<Autoencoder, Error> {
        let params = Params::new(builder, self.initialization);
        let bottleneck = self.bottleneck.build(&BottleneckCx {
            latents: self.latents,
            params: params.pp("bottleneck"),
        })?;
        let encoder = self.encoder.build(&EncoderCx {
            image,
            outputs: bottleneck.inputs(),
            params: params.pp("encoder"),
        })?;
        let decoder = self.decoder.build(&DecoderCx {
            image,
            inputs: self.latents,
            params: params.pp("decoder"),
        })?;
        Ok(Autoencoder {
            encoder,
            bottleneck,
            decoder,
            image,
            latents: self.latents,
        })
    }
}

/// A model ready to run.
pub struct Autoencoder {
    encoder: Box<dyn Encoder>,
    bottleneck: Box<dyn Bottleneck>,
    decoder: Box<dyn Decoder>,
    image: Volume,
    latents: usize,
}

/// What one pass through the model gives.
pub struct Forward {
    /// `q(z|x)`.
    pub posterior: Box<dyn Posterior>,
    /// One sample of it, `[B, D]`.
    pub latents: Latents,
    /// The decoder's answer to the sample.
    pub logits: Logits,
}

impl Autoencoder {
    /// Returns the number of latents D.
    pub fn latents(&self) -> usize {
        self.latents
    }

    /// Returns the size of the images.
    pub fn image(&self) -> Volume {
        self.image
    }

    /// Tells whether the posteriors are diagonal Gaussians.
    pub fn is_gaussian(&self) -> bool {
        self.bottleneck.is_gaussian()
    }

    /// Encodes, samples with the noise of the step, and decodes.
    ///
    /// # Errors
    /// If the images have another size.
    pub fn forward(&self, batch: &Batch, seeds: &Seeds, step: u64) -> Result<Forward, Error> {
        let posterior = self.encode(&batch.images)?;
        let latents = self.sample(posterior.as_ref(), seeds, "noise", step)?;
        let logits = self.decode(&latents)?;
        Ok(Forward {
            posterior,
            latents,
            logits,
        })
    }

    /// Encodes images to their posteriors.
    ///
    /// # Errors
    /// If the images have another size.
    pub fn encode(&self, images: &Images) -> Result<Box<dyn Posterior>, Error> {
        self.bottleneck.posterior(&self.encoder.forward(images)?)
    }

    /// Draws one sample of each posterior from the stream of a purpose and step.
    ///
    /// # Errors
    /// If candle refuses an operation.
    pub fn sample(
        &self,
        posterior: &dyn Posterior,
        seeds: &Seeds,
        purpose: &str,
        step: u64,
    ) -> Result<Latents, Error> {
        let mean = posterior.mean();
        // Drawn on the host, so that every device sees the same noise.
        let mut noise = vec![0.0; mean.elem_count()];
        seeds.stream(purpose, step).fill_normal(&mut noise);
        let noise = Tensor::from_vec(noise, mean.shape(), &Device::Cpu)?;
        posterior.sample(&noise.to_device(mean.device())?.to_dtype(mean.dtype())?)
    }

    /// Decodes latents to logits.
    ///
    /// # Errors
    /// If the latents have another width.
    pub fn decode(&self, latents: &Latents) -> Result<Logits, Error> {
        self.decoder.forward(latents)
    }
}
