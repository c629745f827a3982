//! A loss term of your own in a loop of your own: `cargo run -p disentangle-objectives --example custom_term`.
//!
//! The model is tiny and learns two pictures. To have the term in configs, make it a part: docs/add-a-term.md.

use candle_core::{DType, Device, Tensor};
use disentangle_architectures::{Batch, LabelSpace, ModelConfig, Volume, decoders, encoders};
use disentangle_nn::{Images, ParamStore};
use disentangle_objectives::{
    Bernoulli, EntryConfig, Error, Kl, Needs, ObjectiveConfig, Provides, StepCx, Term, TermCx,
};
use disentangle_optim::{Adam, Optimizer};
use disentangle_registry::Build;
use disentangle_seeds::Seeds;

/// Length of the mean codes, `Σ_d |mu_d|`, mean over the batch: it wants most codes to be zero.
struct Sparsity;

impl Term for Sparsity {
    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn loss(&self, cx: &StepCx<'_>) -> Result<Tensor, Error> {
        Ok(cx.forward.posterior.mean().abs()?.sum(1)?.mean_all()?) // [B, D] to []
    }
}

#[expect(clippy::print_stdout, reason = "an example shows its result")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (seeds, device) = (Seeds::new(0), Device::Cpu);
    let store = ParamStore::new(seeds, DType::F32, &device);
    let image = Volume {
        channels: 1,
        height: 8,
        width: 8,
    };
    let mlp = |hidden| (encoders::Mlp { hidden }, decoders::Mlp { hidden: vec![32] });
    let (encoder, decoder) = mlp(vec![32]);
    let config = ModelConfig::new(encoder, decoder, 4);
    let (model, detached) = (
        config.build(image, store.trainable())?,
        config.build(image, store.detached())?,
    );
    let mut optimizer: Box<dyn Optimizer> = Adam::default().build(&store)?;

    let terms = [
        ("recon", EntryConfig::new(1.0, Bernoulli::default())),
        ("kl", EntryConfig::new(1.0, Kl {})),
    ];
    let (latents, dtype) = (4, DType::F32);
    let labels = LabelSpace::default();
    let cx = TermCx {
        name: String::new(),
        latents,
        labels,
        seeds,
        device: device.clone(),
        dtype,
    };
    let provides = Provides {
        gaussian_posterior: true,
        labels: false,
        label_encoder: false,
        batch_size: 2,
        train_size: 2,
    };
    let objective = ObjectiveConfig::from(terms).build(&cx, provides)?;

    let halves = (0..128)
        .map(|i| f32::from(u8::from((i / 64 == 0) == (i % 8 < 4))))
        .collect::<Vec<_>>();
    let batch = Batch::from(Images::new(Tensor::from_vec(
        halves,
        (2, 1, 8, 8),
        &device,
    )?)?);
    for step in 0..300 {
        let forward = model.forward(&batch, &seeds, step)?;
        let cx = StepCx::new((step, &seeds), (&batch, 2), &forward, (&model, &detached));
        let (loss, _) = objective.loss(&cx)?;
        let sparsity = Sparsity.loss(&cx)?;
        optimizer.step(&(&loss + (&sparsity * 0.5)?)?.backward()?, 3e-3)?;
        if step % 100 == 99 {
            let [objective, sparsity] = [loss, sparsity].map(|value| value.to_scalar::<f32>());
            println!(
                "step {}: objective {:.2}, sparsity {:.3}",
                step + 1,
                objective?,
                sparsity?
            );
        }
    }
    Ok(())
}
