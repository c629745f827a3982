//! Encoder, bottleneck, decoder and perhaps a conditioning together.

use candle_core::{Device, Tensor};
use candle_nn::VarBuilder;
use disentangle_nn::{Images, Initialization, Latents, Logits, Params};
use disentangle_registry::{Build, Config, Problems};
use disentangle_seeds::Seeds;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bottlenecks::gaussian::Gaussian;
use crate::{
    Batch, Bottleneck, BottleneckConfig, BottleneckCx, Conditioning, ConditioningConfig,
    ConditioningCx, Decoder, DecoderConfig, DecoderCx, Encoded, Encoder, EncoderConfig, EncoderCx,
    Error, Forward, LabelSpace, Posterior, Volume,
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
    /// What encoder and decoder know of the labels; nothing if absent.
    #[serde(default)]
    pub conditioning: Option<ConditioningConfig>,
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
        let none = std::iter::once(None);
        let conditionings = none.chain(ConditioningConfig::examples().into_iter().map(Some));
        let count = encoders.len().max(decoders.len()).max(bottlenecks.len());
        (encoders.into_iter().cycle())
            .zip(decoders.into_iter().cycle())
            .zip(bottlenecks.into_iter().cycle())
            .zip(conditionings.cycle())
            .take(count)
            .map(|(((encoder, decoder), bottleneck), conditioning)| Self {
                encoder,
                bottleneck,
                decoder,
                conditioning,
                latents: 10,
                initialization: Initialization::default(),
            })
            .collect()
    }

    fn check(&self, problems: &mut Problems) {
        problems.within("encoder", |p| self.encoder.check(p));
        problems.within("bottleneck", |p| self.bottleneck.check(p));
        problems.within("decoder", |p| self.decoder.check(p));
        if let Some(conditioning) = &self.conditioning {
            problems.within("conditioning", |p| conditioning.check(p));
        }
        problems.require(self.latents > 0, "latents", "must be at least 1");
    }
}

impl ModelConfig {
    /// Names an encoder, a decoder and the number of latents; the bottleneck is Gaussian, the rest as in a
    /// config that says no more.
    pub fn new(
        encoder: impl Into<EncoderConfig>,
        decoder: impl Into<DecoderConfig>,
        latents: usize,
    ) -> Self {
        Self {
            encoder: encoder.into(),
            bottleneck: default_bottleneck(),
            decoder: decoder.into(),
            conditioning: None,
            latents,
            initialization: Initialization::default(),
        }
    }

    /// Builds a model that needs no labels for images of a size, on the parameters behind `builder`.
    ///
    /// # Errors
    /// As [`build_labeled`](Self::build_labeled), and if the model is conditioned.
    pub fn build(&self, image: Volume, builder: VarBuilder<'static>) -> Result<Autoencoder, Error> {
        self.build_labeled(image, &LabelSpace::default(), builder)
    }

    /// Builds the model for images of a size and labels, on the parameters behind `builder`.
    ///
    /// # Errors
    /// If a network cannot take the size, the model is conditioned and there are no labels, or the
    /// parameters are there with other shapes.
    pub fn build_labeled(
        &self,
        image: Volume,
        labels: &LabelSpace,
        builder: VarBuilder<'static>,
    ) -> Result<Autoencoder, Error> {
        let params = Params::new(builder, self.initialization);
        let conditioning = self.conditioning(image, labels, &params)?;
        let bottleneck = self.bottleneck.build(&BottleneckCx {
            latents: self.latents,
        })?;
        let planes = conditioning.as_ref().map_or(0, |part| part.planes());
        let encoder = self.encoder.build(&EncoderCx {
            image: Volume {
                channels: image.channels + planes,
                ..image
            },
            outputs: bottleneck.inputs(),
            params: params.pp("encoder"),
        })?;
        let columns = conditioning.as_ref().map_or(0, |_| labels.width());
        let decoder = self.decoder.build(&DecoderCx {
            image,
            inputs: self.latents + columns,
            params: params.pp("decoder"),
        })?;
        Ok(Autoencoder {
            encoder,
            bottleneck,
            decoder,
            conditioning,
            image,
            latents: self.latents,
        })
    }

    fn conditioning(
        &self,
        image: Volume,
        labels: &LabelSpace,
        params: &Params,
    ) -> Result<Option<Box<dyn Conditioning>>, Error> {
        let Some(config) = &self.conditioning else {
            return Ok(None);
        };
        if labels.is_empty() {
            return Err(Error::NoLabels);
        }
        let cx = ConditioningCx {
            image,
            latents: self.latents,
            labels: labels.clone(),
            params: params.pp("conditioning"),
        };
        config.build(&cx).map(Some)
    }
}

/// A model ready to run.
pub struct Autoencoder {
    encoder: Box<dyn Encoder>,
    bottleneck: Box<dyn Bottleneck>,
    decoder: Box<dyn Decoder>,
    conditioning: Option<Box<dyn Conditioning>>,
    image: Volume,
    latents: usize,
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

    /// Tells whether the decoder sees labels beside the latents.
    pub fn is_conditioned(&self) -> bool {
        self.conditioning.is_some()
    }

    /// Tells whether a label encoder infers labels from images.
    pub fn has_label_encoder(&self) -> bool {
        let conditioning = self.conditioning.as_ref();
        conditioning.is_some_and(|part| part.has_label_encoder())
    }

    /// Encodes, samples with the noise of the step, and decodes.
    ///
    /// # Errors
    /// If the images have another size, or labels are missing.
    pub fn forward(&self, batch: &Batch, seeds: &Seeds, step: u64) -> Result<Forward, Error> {
        let Encoded { posterior, labels } = self.encode(batch)?;
        let latents = self.sample(posterior.as_ref(), seeds, "noise", step)?;
        let condition = labels.as_ref().map(|pass| &pass.condition);
        let logits = self.decode_given(&latents, condition)?;
        Ok(Forward {
            posterior,
            latents,
            logits,
            labels,
        })
    }

    /// Encodes images to their posteriors, with their labels if the model needs them.
    ///
    /// # Errors
    /// If the images have another size, or labels are missing.
    pub fn encode(&self, batch: &Batch) -> Result<Encoded, Error> {
        let conditioning = self.conditioning.as_ref();
        let labels = conditioning.map(|part| part.pass(batch)).transpose()?;
        let planes = labels.as_ref().and_then(|pass| pass.planes.as_ref());
        let encoded = match planes {
            None => self.encoder.forward(&batch.images)?,
            Some(planes) => {
                let both = Tensor::cat(&[batch.images.tensor(), planes], 1)?; // [B, C + K, H, W]
                self.encoder.forward(&Images::new(both)?)?
            }
        };
        let posterior = self.bottleneck.posterior(&encoded)?;
        Ok(Encoded { posterior, labels })
    }

    /// Returns the label encoder's logits of images, `[B, K]`.
    ///
    /// # Errors
    /// [`Error::NoLabelEncoder`] if there is none.
    pub fn label_logits(&self, images: &Images) -> Result<Tensor, Error> {
        let conditioning = self.conditioning.as_ref();
        let logits = conditioning.map(|part| part.label_logits(images));
        logits.transpose()?.flatten().ok_or(Error::NoLabelEncoder)
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

    /// Decodes latents to logits, without labels.
    ///
    /// # Errors
    /// If the latents have another width, or the model is conditioned.
    pub fn decode(&self, latents: &Latents) -> Result<Logits, Error> {
        self.decode_given(latents, None)
    }

    /// Decodes latents to logits, given what the decoder sees beside them, `[B, K]`.
    ///
    /// # Errors
    /// If the latents or the condition have another width, or one is missing or too many.
    pub fn decode_given(
        &self,
        latents: &Latents,
        condition: Option<&Tensor>,
    ) -> Result<Logits, Error> {
        match (condition, self.is_conditioned()) {
            (Some(condition), true) => {
                let both = Tensor::cat(&[latents.tensor(), condition], 1)?; // [B, D + K]
                self.decoder.forward(&Latents::new(both)?)
            }
            (None, true) => Err(Error::NoLabels),
            (None, false) => self.decoder.forward(latents),
            (Some(_), false) => Err(Error::NotConditioned),
        }
    }
}
