//! How weights begin: named schemes, each a distribution by layer and fan.
//!
//! | scheme | convolution weight | linear weight | bias |
//! |---|---|---|---|
//! | `torch` | U(±1/√fan_in) | U(±1/√fan_in) | U(±1/√fan_in) |
//! | `kaiming` | U(±√(6/fan_in)) | U(±√(6/fan_in)) | 0 |
//! | `glorot_uniform` | U(±√(6/(fan_in + fan_out))) | the same | 0 |
//! | `ancestor` | N(0, 2/(fan_in + fan_out)) | N(0, 2/fan_in) | U(±1/√fan_in) |
//!
//! `torch` is PyTorch's default (`kaiming_uniform` with a = √5, whose bound is 1/√fan_in);
//! `glorot_uniform` is disentanglement_lib's (TensorFlow's default); `ancestor` is that of
//! disentanglement-pytorch. Fans are PyTorch's: of a weight `[a, b, k, k]`, fan_in is `b·k²` and
//! fan_out `a·k²`, also for transposed convolutions.

use candle_nn::Init;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A scheme of initial weights.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Initialization {
    /// PyTorch's defaults.
    #[default]
    Torch,
    /// He et al. 2015, arXiv:1502.01852, uniform, for ReLU; no bias.
    Kaiming,
    /// Glorot & Bengio 2010, uniform; no bias.
    GlorotUniform,
    /// The scheme of disentanglement-pytorch.
    Ancestor,
}

impl Initialization {
    /// Every scheme.
    pub const ALL: [Self; 4] = [
        Self::Torch,
        Self::Kaiming,
        Self::GlorotUniform,
        Self::Ancestor,
    ];

    /// Returns the distribution of a convolution's weight, transposed or not.
    pub fn conv_weight(self, fan_in: usize, fan_out: usize) -> Init {
        match self {
            Self::Ancestor => normal((2.0 / (fan_in + fan_out) as f64).sqrt()),
            _ => self.linear_weight(fan_in, fan_out),
        }
    }

    /// Returns the distribution of a linear layer's weight.
    pub fn linear_weight(self, fan_in: usize, fan_out: usize) -> Init {
        match self {
            Self::Torch => uniform(1.0 / (fan_in as f64).sqrt()),
            Self::Kaiming => uniform((6.0 / fan_in as f64).sqrt()),
            Self::GlorotUniform => uniform((6.0 / (fan_in + fan_out) as f64).sqrt()),
            Self::Ancestor => normal((2.0 / fan_in as f64).sqrt()),
        }
    }

    /// Returns the distribution of a bias.
    pub fn bias(self, fan_in: usize) -> Init {
        match self {
            Self::Torch | Self::Ancestor => uniform(1.0 / (fan_in as f64).sqrt()),
            Self::Kaiming | Self::GlorotUniform => Init::Const(0.0),
        }
    }
}

fn uniform(bound: f64) -> Init {
    Init::Uniform {
        lo: -bound,
        up: bound,
    }
}

fn normal(stdev: f64) -> Init {
    Init::Randn { mean: 0.0, stdev }
}
