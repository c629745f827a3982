//! RMSprop, in PyTorch's form.
//!
//! `g ← g + λθ`, `v ← αv + (1−α)g²`, and if centered `m ← αm + (1−α)g`;
//! `s = √(v − m²) + ε`, `b ← μb + g/s`, `θ ← θ − lr·b`. Hinton 2012, lecture 6e of "Neural networks for
//! machine learning"; centered as in Graves 2013, arXiv:1308.0850. `ε` outside the root, as in
//! `torch.optim.RMSprop`; TensorFlow has it inside.

use candle_core::Tensor;
use disentangle_nn::ParamStore;
use disentangle_registry::{Build, Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rule::{At, Rule, Running};
use crate::{Error, Optimizer};

/// RMSprop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RmsProp {
    /// Decay α of the mean square, in `[0, 1)`.
    pub alpha: f64,
    /// Added to the root of the mean square.
    pub eps: f64,
    /// Momentum μ, in `[0, 1)`.
    pub momentum: f64,
    /// Divides by the deviation instead of the root of the mean square.
    pub centered: bool,
    /// Weight decay λ, through the gradient.
    pub weight_decay: f64,
}

impl Default for RmsProp {
    fn default() -> Self {
        Self {
            alpha: 0.99,
            eps: 1e-8,
            momentum: 0.0,
            centered: false,
            weight_decay: 0.0,
        }
    }
}

impl Config for RmsProp {
    fn examples() -> Vec<Self> {
        let full = Self {
            alpha: 0.9,
            momentum: 0.9,
            centered: true,
            weight_decay: 0.1,
            ..Self::default()
        };
        vec![Self::default(), full]
    }

    fn check(&self, problems: &mut Problems) {
        let unit = |x: f64| (0.0..1.0).contains(&x);
        problems.require(unit(self.alpha), "alpha", "must lie in [0, 1)");
        problems.require(unit(self.momentum), "momentum", "must lie in [0, 1)");
        problems.require(self.eps > 0.0, "eps", "must be positive");
        let decay = self.weight_decay.is_finite() && self.weight_decay >= 0.0;
        problems.require(decay, "weight_decay", "must not be negative");
    }
}

impl Build<dyn Optimizer> for RmsProp {
    fn build(&self, store: &ParamStore) -> Result<Box<dyn Optimizer>, Error> {
        Ok(Box::new(Running::new(self.clone(), store)?))
    }
}

impl Rule for RmsProp {
    fn buffers(&self) -> Vec<&'static str> {
        let optional = [("mean", self.centered), ("momentum", self.momentum > 0.0)];
        let used = optional.into_iter().filter(|(_, used)| *used);
        let mut names = vec!["mean_square"];
        names.extend(used.map(|(name, _)| name));
        names
    }

    fn step(&self, at: &At<'_>, buffers: &mut [Tensor]) -> candle_core::Result<Tensor> {
        let Some((mean_square, rest)) = buffers.split_first_mut() else {
            candle_core::bail!("RMSprop remembers the mean square of a parameter");
        };
        let gradient = (at.gradient + (at.value * self.weight_decay)?)?;
        let decayed =
            |mean: &Tensor, new: &Tensor| (mean * self.alpha)? + (new * (1.0 - self.alpha))?;
        *mean_square = decayed(mean_square, &gradient.sqr()?)?;
        let (variance, rest) = match rest.split_first_mut() {
            Some((mean, rest)) if self.centered => {
                *mean = decayed(mean, &gradient)?;
                ((&*mean_square - mean.sqr()?)?, rest)
            }
            _ => (mean_square.clone(), rest),
        };
        let mut direction = (gradient / (variance.sqrt()? + self.eps)?)?;
        if let Some(momentum) = rest.first_mut() {
            *momentum = ((&*momentum * self.momentum)? + direction)?;
            direction = momentum.clone();
        }
        at.value - (direction * at.lr)?
    }
}
