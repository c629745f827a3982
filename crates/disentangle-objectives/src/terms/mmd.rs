//! Maximum mean discrepancy between the aggregate posterior and the prior (InfoVAE).
//!
//! `MMD(q, p) = E k(z, z') + E k(p, p') − 2 E k(z, p)`, latents of the batch against samples of
//! `N(0, I)`. Gretton et al. 2012, eq. 5 (biased: all pairs) and 3 (unbiased: without the pairs of a
//! sample with itself). InfoVAE (Zhao et al. 2017, arXiv:1706.02262, eq. 6) is `kl` with weight 1 − α
//! beside this term with weight α + λ − 1.

mod kernels;

use candle_core::{Device, Tensor};
use disentangle_registry::{Build, Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Term, TermCx};
use crate::{Error, Needs, StepCx};
pub use kernels::{Imq, Kernel, KernelConfig, Rbf};

/// Which pairs of a sample count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MmdEstimator {
    /// All: never negative.
    #[default]
    Biased,
    /// Those of two different samples: right on average, so at times negative.
    Unbiased,
}

/// Maximum mean discrepancy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Mmd {
    /// The kernel.
    pub kernel: KernelConfig,
    /// Which pairs count.
    pub estimator: MmdEstimator,
    /// Samples of the prior a step.
    pub prior_samples: usize,
}

impl Default for Mmd {
    fn default() -> Self {
        Self {
            kernel: Rbf::default().into(),
            estimator: MmdEstimator::default(),
            prior_samples: 1000,
        }
    }
}

impl Config for Mmd {
    fn examples() -> Vec<Self> {
        let of = |kernel, estimator| Self {
            kernel,
            estimator,
            prior_samples: 50,
        };
        let both = [MmdEstimator::Biased, MmdEstimator::Unbiased];
        let kernels = KernelConfig::examples().into_iter();
        kernels
            .flat_map(|kernel| both.map(|estimator| of(kernel.clone(), estimator)))
            .collect()
    }

    fn check(&self, problems: &mut Problems) {
        problems.within("kernel", |p| self.kernel.check(p));
        let enough = "must be at least 2";
        problems.require(self.prior_samples >= 2, "prior_samples", enough);
    }
}

impl Build<dyn Term> for Mmd {
    fn build(&self, cx: &TermCx) -> Result<Box<dyn Term>, Error> {
        Ok(Box::new(Sampling {
            config: self.clone(),
            prior: format!("prior/{}", cx.name),
        }))
    }
}

struct Sampling {
    config: Mmd,
    /// Purpose of the prior's stream.
    prior: String,
}

impl Term for Sampling {
    fn needs(&self) -> Needs {
        Needs {
            several_images: self.config.estimator == MmdEstimator::Unbiased,
            ..Needs::default()
        }
    }

    fn loss(&self, cx: &StepCx<'_>) -> Result<Tensor, Error> {
        let z = cx.forward.latents.tensor(); // [B, D]
        let shape = (self.config.prior_samples, z.dim(1)?);
        let mut prior = vec![0.0; shape.0 * shape.1];
        cx.seeds
            .stream(&self.prior, cx.step)
            .fill_normal(&mut prior);
        let prior = Tensor::from_vec(prior, shape, &Device::Cpu)?;
        let prior = cx.prior_samples(&prior.to_device(z.device())?.to_dtype(z.dtype())?)?;
        let Mmd {
            kernel, estimator, ..
        } = &self.config;
        Ok(discrepancy(z, &prior, kernel.as_part(), *estimator)?)
    }
}

/// The discrepancy of `x` `[n, D]` and `y` `[m, D]`, `[]`.
fn discrepancy(
    x: &Tensor,
    y: &Tensor,
    kernel: &dyn Kernel,
    estimator: MmdEstimator,
) -> candle_core::Result<Tensor> {
    let between = kernel
        .of(&squared_distances(x, y)?, x.dim(1)?)?
        .mean_all()?;
    let within = |x: &Tensor| -> candle_core::Result<Tensor> {
        let (n, latents) = x.dims2()?;
        let sum = kernel.of(&squared_distances(x, x)?, latents)?.sum_all()?;
        match estimator {
            MmdEstimator::Biased => sum / (n * n) as f64,
            MmdEstimator::Unbiased => (sum - n as f64 * kernel.at_zero())? / (n * (n - 1)) as f64,
        }
    };
    (within(x)? + within(y)?)? - (between * 2.0)?
}

/// `‖x_i − y_j‖² = ‖x_i‖² + ‖y_j‖² − 2 x_i·y_j`, `[n, m]`, without a tensor `[n, m, D]`.
fn squared_distances(x: &Tensor, y: &Tensor) -> candle_core::Result<Tensor> {
    let squares = |x: &Tensor| x.sqr()?.sum_keepdim(1);
    let cross = (x.matmul(&y.t()?)? * -2.0)?; // [n, m]
    let sum = cross
        .broadcast_add(&squares(x)?)?
        .broadcast_add(&squares(y)?.t()?)?;
    // Rounding may leave the distance of a point from itself a little below 0.
    sum.relu()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formula(rows: usize, of: impl Fn(f64) -> f64) -> Tensor {
        let values: Vec<f64> = (1..=rows * 3).map(|k| of(k as f64)).collect();
        Tensor::from_vec(values, (rows, 3), &Device::Cpu).unwrap()
    }

    /// The golden latents, and the prior `cos(3(3p + d + 1))`, P = 5.
    fn golden_inputs() -> (Tensor, Tensor) {
        let z = |k: f64| k.sin() + (0.25 * k.cos() - 0.25).exp() * (2.0 * k).sin();
        (formula(4, z), formula(5, |k| (3.0 * k).cos()))
    }

    fn value(kernel: &dyn Kernel, estimator: MmdEstimator) -> f64 {
        let (z, prior) = golden_inputs();
        let mmd = discrepancy(&z, &prior, kernel, estimator).unwrap();
        mmd.to_scalar().unwrap()
    }

    /// `fixtures/golden/README.md`.
    #[test]
    fn agrees_with_the_golden_value() {
        let text = include_str!("../../../../fixtures/golden/objectives.json");
        let golden: serde_json::Value = serde_json::from_str(text).unwrap();
        let value = value(&Rbf::default(), MmdEstimator::Biased);
        // 1e-10: a few hundred f64 operations.
        assert!(
            (value - golden["mmd"].as_f64().unwrap()).abs() < 1e-10,
            "{value}"
        );
    }

    /// The definition, pair by pair in plain floats.
    fn by_definition(kernel: impl Fn(f64) -> f64, estimator: MmdEstimator) -> f64 {
        let (z, prior) = golden_inputs();
        let rows = |x: &Tensor| x.to_vec2::<f64>().unwrap();
        let (z, prior) = (rows(&z), rows(&prior));
        let mean = |x: &[Vec<f64>], y: &[Vec<f64>], same: bool| {
            let skip = same && estimator == MmdEstimator::Unbiased;
            let (mut sum, mut pairs) = (0.0, 0.0);
            for (i, a) in x.iter().enumerate() {
                for (j, b) in y.iter().enumerate() {
                    if !(skip && i == j) {
                        let distance = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
                        sum += kernel(distance);
                        pairs += 1.0;
                    }
                }
            }
            sum / pairs
        };
        mean(&z, &z, true) + mean(&prior, &prior, true) - 2.0 * mean(&z, &prior, false)
    }

    #[test]
    fn both_estimators_and_kernels_follow_their_definition() {
        let scales = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];
        let imq = |d: f64| scales.iter().map(|s| 6.0 * s / (6.0 * s + d)).sum::<f64>();
        for estimator in [MmdEstimator::Biased, MmdEstimator::Unbiased] {
            let rbf = Rbf {
                bandwidth: Some(2.0),
            };
            let pairs = [
                (
                    value(&rbf, estimator),
                    by_definition(|d| (-d / 2.0).exp(), estimator),
                ),
                (
                    value(&Imq::default(), estimator),
                    by_definition(imq, estimator),
                ),
            ];
            for (value, expected) in pairs {
                // 1e-12: the same sums in another order.
                assert!((value - expected).abs() < 1e-12, "{value} {expected}");
            }
        }
    }

    #[test]
    fn equal_samples_do_not_differ() {
        let (z, _) = golden_inputs();
        let mmd = discrepancy(&z, &z, &Rbf::default(), MmdEstimator::Biased).unwrap();
        assert!(mmd.to_scalar::<f64>().unwrap().abs() < 1e-12);
    }
}
