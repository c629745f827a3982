//! Where a layer gets its parameters: a path in a store and a scheme of initial weights.

use candle_core::{Result, Shape, Tensor};
use candle_nn::{Init, VarBuilder};

use crate::Initialization;

/// A place in the tree of parameters.
#[derive(Clone)]
pub struct Params {
    builder: VarBuilder<'static>,
    /// The scheme of the layers built here.
    pub initialization: Initialization,
}

impl Params {
    /// Starts at the builder's place.
    pub fn new(builder: VarBuilder<'static>, initialization: Initialization) -> Self {
        Self {
            builder,
            initialization,
        }
    }

    /// Goes one name deeper.
    pub fn pp(&self, name: &str) -> Self {
        Self {
            builder: self.builder.pp(name),
            initialization: self.initialization,
        }
    }

    /// Returns the parameter of this name, drawn if it is not there yet.
    ///
    /// # Errors
    /// If it is there with another shape.
    pub fn get(&self, shape: impl Into<Shape>, name: &str, init: Init) -> Result<Tensor> {
        self.builder.get_with_hints(shape, name, init)
    }
}
