//! Kernels of the maximum mean discrepancy, as functions of the squared distance.

use candle_core::Tensor;
use disentangle_registry::{Config, Problems, registry};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A kernel that depends on the distance alone.
pub trait Kernel {
    /// Returns `k` of squared distances between vectors of `latents` numbers.
    ///
    /// # Errors
    /// If candle refuses an operation.
    fn of(&self, squared_distances: &Tensor, latents: usize) -> candle_core::Result<Tensor>;

    /// Returns `k` of a vector and itself.
    fn at_zero(&self) -> f64;
}

registry! {
    /// The kernels that a config can name.
    pub enum KernelConfig is dyn Kernel {
        "rbf" => Rbf(Rbf),
        "imq" => Imq(Imq),
    }
}

/// `exp(−‖x − y‖²/h)`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rbf {
    /// Bandwidth h; D², as in InfoVAE's published code, if it is left out.
    pub bandwidth: Option<f64>,
}

impl Config for Rbf {
    fn examples() -> Vec<Self> {
        let wide = Self {
            bandwidth: Some(2.0),
        };
        vec![Self::default(), wide]
    }

    fn check(&self, problems: &mut Problems) {
        let positive = self.bandwidth.is_none_or(|h| h.is_finite() && h > 0.0);
        problems.require(positive, "bandwidth", "must be a positive number");
    }
}

impl Kernel for Rbf {
    fn of(&self, squared_distances: &Tensor, latents: usize) -> candle_core::Result<Tensor> {
        let bandwidth = self.bandwidth.unwrap_or((latents * latents) as f64);
        (squared_distances * (-1.0 / bandwidth))?.exp()
    }

    fn at_zero(&self) -> f64 {
        1.0
    }
}

/// `Σ_s C_s/(C_s + ‖x − y‖²)`, `C_s = 2·D·s`: the inverse multiquadric of the standard normal prior.
///
/// Tolstikhin et al. 2018, arXiv:1711.01558, section 4 and their code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Imq {
    /// The scales s.
    pub scales: Vec<f64>,
}

impl Default for Imq {
    fn default() -> Self {
        Self {
            scales: vec![0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0],
        }
    }
}

impl Config for Imq {
    fn examples() -> Vec<Self> {
        vec![Self::default()]
    }

    fn check(&self, problems: &mut Problems) {
        problems.require(
            !self.scales.is_empty(),
            "scales",
            "needs at least one scale",
        );
        let positive = self.scales.iter().all(|s| s.is_finite() && *s > 0.0);
        problems.require(positive, "scales", "must be positive numbers");
    }
}

impl Kernel for Imq {
    fn of(&self, squared_distances: &Tensor, latents: usize) -> candle_core::Result<Tensor> {
        let mut sum = squared_distances.zeros_like()?;
        for scale in &self.scales {
            let constant = 2.0 * latents as f64 * scale;
            let share = ((squared_distances + constant)?.recip()? * constant)?;
            sum = (sum + share)?;
        }
        Ok(sum)
    }

    fn at_zero(&self) -> f64 {
        self.scales.len() as f64
    }
}
