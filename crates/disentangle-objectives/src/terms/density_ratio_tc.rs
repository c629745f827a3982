//! Total correlation by density ratio (FactorVAE).
//!
//! `TC(z) ≈ E[ln D(z) − ln(1 − D(z))] = mean(d₀ − d₁)`, `D` telling `q(z)` (class 0) from `∏_d q(z_d)`
//! (class 1), `d` its logits. `D` learns `½[CE(d(z), 0) + CE(d(permuted z₂), 1)]`, where each latent of
//! `z₂`, the latents of a second batch drawn independently, is permuted over the batch by itself.
//! Kim & Mnih 2018, arXiv:1802.05983, eq. 3, algorithms 1 and 2. The weight is their γ.
//!
//! Differs from popular ports: `D` learns after the model's step on detached latents, so the encoder
//! never descends the discriminator's loss, and the second batch is a second batch.

use candle_core::{DType, Device, Tensor};
use disentangle_nn::StateDict;
use disentangle_nn::numerics::softplus;
use disentangle_registry::{Build, Config, Problems};
use disentangle_seeds::Stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Term, TermCx};
use crate::{Adversary, AdversaryConfig, Error, Needs, Scalars, StepCx};

/// Total correlation as a discriminator sees it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DensityRatioTc {
    /// The discriminator and how it learns.
    pub discriminator: AdversaryConfig,
}

impl Config for DensityRatioTc {
    fn examples() -> Vec<Self> {
        let discriminator = AdversaryConfig::examples().into_iter();
        discriminator
            .map(|discriminator| Self { discriminator })
            .collect()
    }

    fn check(&self, problems: &mut Problems) {
        problems.within("discriminator", |p| self.discriminator.check(p));
    }
}

impl Build<dyn Term> for DensityRatioTc {
    fn build(&self, cx: &TermCx) -> Result<Box<dyn Term>, Error> {
        Ok(Box::new(Learning {
            permute: format!("permute/{}", cx.name),
            discriminator: Adversary::new(&self.discriminator, cx, cx.latents, 2)?,
        }))
    }
}

struct Learning {
    /// Purpose of the permutations' stream.
    permute: String,
    discriminator: Adversary,
}

impl Term for Learning {
    fn needs(&self) -> Needs {
        Needs {
            second_batch: true,
            several_images: true,
            ..Needs::default()
        }
    }

    fn loss(&self, cx: &StepCx<'_>) -> Result<Tensor, Error> {
        let logits = self.discriminator.judge(cx.forward.latents.tensor())?;
        Ok(log_ratio(&logits)?.mean_all()?)
    }

    fn update(&mut self, cx: &StepCx<'_>) -> Result<Scalars, Error> {
        let mut stream = cx.seeds.stream(&self.permute, cx.step);
        let permuted = permute_dims(cx.second_latents()?.tensor(), &mut stream)?;
        let joint = self
            .discriminator
            .judge_to_learn(cx.forward.latents.tensor())?;
        let factorized = self.discriminator.judge_to_learn(&permuted)?;
        let loss = discriminator_loss(&joint, &factorized)?;
        self.discriminator.learn(&loss, cx.step)?;
        let mut scalars = Scalars::one("discriminator_loss", &loss);
        scalars.insert("discriminator_accuracy", &accuracy(&joint, &factorized)?);
        let lr = Tensor::new(self.discriminator.lr(cx.step), &Device::Cpu)?;
        scalars.insert("discriminator_lr", &lr);
        Ok(scalars)
    }

    fn end_of_epoch(&mut self, mean_objective: f64) {
        self.discriminator.end_of_epoch(mean_objective);
    }

    fn state(&self) -> Result<StateDict, Error> {
        let mut state = StateDict::default();
        state.extend_under("discriminator", self.discriminator.state()?);
        Ok(state)
    }

    fn load(&mut self, state: &StateDict) -> Result<(), Error> {
        state.require_like(&self.state()?)?;
        let mut rest = state.clone();
        self.discriminator.load(&rest.split_off("discriminator"))
    }
}

/// `d₀ − d₁` of logits `[B, 2]`, `[B, 1]`: the log odds of class 0.
fn log_ratio(logits: &Tensor) -> candle_core::Result<Tensor> {
    logits.narrow(1, 0, 1)? - logits.narrow(1, 1, 1)?
}

/// `½[CE(joint, 0) + CE(factorized, 1)]`; with two classes the cross-entropy is a softplus.
fn discriminator_loss(joint: &Tensor, factorized: &Tensor) -> candle_core::Result<Tensor> {
    let joint = softplus(&log_ratio(joint)?.neg()?)?.mean_all()?;
    let factorized = softplus(&log_ratio(factorized)?)?.mean_all()?;
    (joint + factorized)? * 0.5
}

/// The share of vectors that are told right, the classes counted equally.
fn accuracy(joint: &Tensor, factorized: &Tensor) -> candle_core::Result<Tensor> {
    let right = log_ratio(joint)?
        .gt(0.0)?
        .to_dtype(DType::F64)?
        .mean_all()?;
    let wrong = log_ratio(factorized)?
        .gt(0.0)?
        .to_dtype(DType::F64)?
        .mean_all()?;
    ((right - wrong)? + 1.0)? * 0.5
}

/// Permutes each latent of `z` `[B, D]` over the batch, independently of the others.
fn permute_dims(z: &Tensor, stream: &mut Stream) -> candle_core::Result<Tensor> {
    let (batch, latents) = z.dims2()?;
    let mut indices = vec![0u32; batch * latents];
    let mut order: Vec<u32> = (0..batch as u32).collect();
    for d in 0..latents {
        stream.shuffle(&mut order);
        for (row, &from) in order.iter().enumerate() {
            indices[row * latents + d] = from;
        }
    }
    let indices = Tensor::from_vec(indices, (batch, latents), &Device::Cpu)?;
    z.contiguous()?.gather(&indices.to_device(z.device())?, 0)
}

#[cfg(test)]
mod tests {
    use disentangle_seeds::Seeds;

    use super::*;

    fn golden(name: &str) -> f64 {
        let text = include_str!("../../../../fixtures/golden/objectives.json");
        let values: serde_json::Value = serde_json::from_str(text).unwrap();
        values[name].as_f64().unwrap()
    }

    fn logits(of: impl Fn(f64) -> [f64; 2]) -> Tensor {
        let rows: Vec<_> = (0..4).map(|b| of(f64::from(b)).to_vec()).collect();
        Tensor::new(rows, &Device::Cpu).unwrap()
    }

    /// `fixtures/golden/README.md`; d = [sin(5b+1), cos(5b+2)], permuted [cos(7b+1), sin(7b+2)].
    #[test]
    fn agrees_with_the_golden_values() {
        let joint = logits(|b| [(5.0 * b + 1.0).sin(), (5.0 * b + 2.0).cos()]);
        let factorized = logits(|b| [(7.0 * b + 1.0).cos(), (7.0 * b + 2.0).sin()]);
        let value = |x: Tensor| x.to_scalar::<f64>().unwrap();
        // 1e-10: a dozen f64 operations.
        let tc = value(log_ratio(&joint).unwrap().mean_all().unwrap());
        assert!((tc - golden("factor_vae_tc_wtc1")).abs() < 1e-10, "{tc}");
        let loss = value(discriminator_loss(&joint, &factorized).unwrap());
        assert!((loss - golden("factor_disc")).abs() < 1e-10, "{loss}");
    }

    #[test]
    fn accuracy_counts_both_classes() {
        let joint = Tensor::new(
            &[[1.0, 0.0], [2.0, 0.0], [0.0, 3.0], [1.0, 0.0]],
            &Device::Cpu,
        );
        let factorized = Tensor::new(&[[0.0, 1.0], [1.0, 0.0]], &Device::Cpu);
        let accuracy = accuracy(&joint.unwrap(), &factorized.unwrap()).unwrap();
        assert_eq!(accuracy.to_scalar::<f64>().unwrap(), (0.75 + 0.5) / 2.0);
    }

    #[test]
    fn each_latent_is_permuted_by_itself() {
        let column = |d: f32| (0..50).map(move |row| 100.0 * d + row as f32);
        let rows: Vec<f32> = column(0.0)
            .zip(column(1.0))
            .flat_map(|(a, b)| [a, b])
            .collect();
        let z = Tensor::from_vec(rows, (50, 2), &Device::Cpu).unwrap();
        let mut stream = Seeds::new(0).stream("permute/tc", 0);
        let permuted = permute_dims(&z, &mut stream).unwrap();
        let column = |d| -> Vec<f32> {
            let column = permuted.narrow(1, d, 1).unwrap();
            column.flatten_all().unwrap().to_vec1().unwrap()
        };
        let (first, second) = (column(0), column(1));
        let moved: Vec<f32> = second.iter().map(|x| x - 100.0).collect();
        assert_ne!(first, moved);
        for mut column in [first, moved] {
            column.sort_by(f32::total_cmp);
            assert_eq!(column, (0..50).map(|row| row as f32).collect::<Vec<_>>());
        }
    }
}
