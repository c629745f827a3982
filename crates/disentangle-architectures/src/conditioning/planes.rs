//! Labels as planes beside an image's channels, one per one-hot column.
//!
//! `tile` repeats the column's number at every pixel. `learned` makes the plane from it by a perceptron
//! of its own, 1 → 64 → 256 → H·W with LeakyReLU 0.2: 1,069,440 parameters a column at 64×64, the form of
//! disentanglement-pytorch.

use candle_core::{Module, Tensor};
use disentangle_nn::{Activation, Linear};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ConditioningCx;
use crate::Error;

/// How a one-hot column becomes a plane.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Planes {
    /// The same number at every pixel.
    #[default]
    Tile,
    /// By a perceptron of each column.
    Learned,
}

/// The planes of all columns.
pub(super) struct LabelPlanes {
    height: usize,
    width: usize,
    /// A perceptron a column; none to tile.
    perceptrons: Vec<[Linear; 3]>,
}

impl LabelPlanes {
    pub(super) fn new(planes: Planes, cx: &ConditioningCx) -> Result<Self, Error> {
        let (height, width) = (cx.image.height, cx.image.width);
        let columns = match planes {
            Planes::Tile => 0,
            Planes::Learned => cx.labels.width(),
        };
        let perceptron = |column: usize| {
            let params = cx.params.pp("planes").pp(&column.to_string());
            let leaky = Activation::LeakyRelu(0.2);
            Ok([
                Linear::new(1, 64, leaky, &params.pp("fc1"))?,
                Linear::new(64, 256, leaky, &params.pp("fc2"))?,
                Linear::new(256, height * width, Activation::None, &params.pp("fc3"))?,
            ])
        };
        Ok(Self {
            height,
            width,
            perceptrons: (0..columns).map(perceptron).collect::<Result<_, Error>>()?,
        })
    }

    /// Makes `[B, K, H, W]` of `[B, K]`.
    pub(super) fn forward(&self, condition: &Tensor) -> candle_core::Result<Tensor> {
        let (batch, columns) = condition.dims2()?;
        let shape = (batch, columns, self.height, self.width);
        if self.perceptrons.is_empty() {
            let tiles = condition.reshape((batch, columns, 1, 1))?;
            return tiles.broadcast_as(shape)?.contiguous();
        }
        let plane = |(column, layers): (usize, &[Linear; 3])| {
            let column = condition.narrow(1, column, 1)?.contiguous()?; // [B, 1]
            layers.iter().try_fold(column, |x, layer| layer.forward(&x)) // [B, H·W]
        };
        let planes = self.perceptrons.iter().enumerate().map(plane);
        let planes = planes.collect::<candle_core::Result<Vec<_>>>()?;
        Tensor::cat(&planes, 1)?.reshape(shape)
    }
}
