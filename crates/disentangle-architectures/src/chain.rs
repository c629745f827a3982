//! Networks as a chain of layers that knows the size it has reached.

use std::fmt;

use candle_core::{Module, Tensor};
use disentangle_nn::{Activation, Convolutions, Geometry, Linear, Params};
use disentangle_registry::Problems;

use crate::Error;

/// Channels, height and width of an image or of a layer's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Volume {
    /// Channels.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl Volume {
    /// Returns how many numbers it holds.
    pub fn elements(self) -> usize {
        self.channels * self.height * self.width
    }
}

impl fmt::Display for Volume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}x{}", self.channels, self.height, self.width)
    }
}

/// Kernel, stride and padding of a convolution.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window(pub usize, pub usize, pub usize);

enum Layer {
    /// As many in a row as there are: they run as one.
    Convolutions(Convolutions),
    Other(Box<dyn Module + Send + Sync>),
}

/// A finished chain.
pub(crate) struct Network(Vec<Layer>);

impl Network {
    pub(crate) fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        self.0.iter().try_fold(x.clone(), |x, layer| match layer {
            Layer::Convolutions(layers) => layers.forward(&x),
            Layer::Other(layer) => layer.forward(&x),
        })
    }
}

/// A chain under construction; each layer takes its parameters under its own name.
pub(crate) struct Chain<'a> {
    network: &'static str,
    image: Volume,
    params: &'a Params,
    reached: Volume,
    layers: Vec<Layer>,
}

impl<'a> Chain<'a> {
    /// Starts at `reached`; `image` is what the errors speak of.
    pub(crate) fn new(
        network: &'static str,
        image: Volume,
        reached: Volume,
        params: &'a Params,
    ) -> Self {
        Self {
            network,
            image,
            params,
            reached,
            layers: Vec::new(),
        }
    }

    pub(crate) fn conv(
        self,
        name: &str,
        outputs: usize,
        window: Window,
        activation: Activation,
    ) -> Result<Self, Error> {
        let geometry = self.geometry(outputs, window);
        let params = self.params.pp(name);
        self.convolve(|layers| layers.push(geometry, activation, &params))?
            .resized(name, outputs, |side| geometry.output_side(side))
    }

    pub(crate) fn deconv(
        self,
        name: &str,
        outputs: usize,
        window: Window,
        activation: Activation,
    ) -> Result<Self, Error> {
        let geometry = self.geometry(outputs, window);
        let params = self.params.pp(name);
        self.convolve(|layers| layers.push_transposed(geometry, activation, &params))?
            .resized(name, outputs, |side| geometry.transposed_side(side))
    }

    /// A fully connected layer over everything that has been reached.
    pub(crate) fn linear(
        self,
        name: &str,
        outputs: usize,
        activation: Activation,
    ) -> Result<Self, Error> {
        let params = self.params.pp(name);
        let layer = Linear::new(self.reached.elements(), outputs, activation, &params)?;
        Ok(self.layer(flat(outputs), layer))
    }

    /// Hidden layers of these widths, `fc1`, `fc2` and so on.
    pub(crate) fn hidden(self, widths: &[usize], activation: Activation) -> Result<Self, Error> {
        (1..).zip(widths).try_fold(self, |chain, (i, &width)| {
            chain.linear(&format!("fc{i}"), width, activation)
        })
    }

    pub(crate) fn flatten(self) -> Self {
        let reached = flat(self.reached.elements());
        self.layer(reached, |x: &Tensor| x.flatten_from(1))
    }

    pub(crate) fn unflatten(self, volume: Volume) -> Result<Self, Error> {
        self.require(self.reached.elements() == volume.elements(), || {
            format!(
                "{} numbers cannot be shaped to {volume}",
                self.reached.elements()
            )
        })?;
        let Volume {
            channels,
            height,
            width,
        } = volume;
        let shape = move |x: &Tensor| x.reshape(((), channels, height, width));
        Ok(self.layer(volume, shape))
    }

    /// Any layer that makes `reached` of what has been reached.
    pub(crate) fn layer(
        mut self,
        reached: Volume,
        layer: impl Module + Send + Sync + 'static,
    ) -> Self {
        self.reached = reached;
        self.layers.push(Layer::Other(Box::new(layer)));
        self
    }

    /// Requires sides that can be halved without a rest, so that no pixel is left out.
    pub(crate) fn require_multiple_of(self, side: usize) -> Result<Self, Error> {
        let Volume { height, width, .. } = self.reached;
        let fits = |pixels: usize| pixels > 0 && pixels.is_multiple_of(side);
        self.require(fits(height) && fits(width), || {
            format!("height and width must be multiples of {side}")
        })?;
        Ok(self)
    }

    /// Ends the chain, which must have reached the given size.
    pub(crate) fn finish(self, expected: Volume) -> Result<Network, Error> {
        self.require(self.reached == expected, || {
            format!("its layers end at {} instead of {expected}", self.reached)
        })?;
        Ok(Network(self.layers))
    }

    /// Requires one pixel a channel, as networks made for one image size do.
    pub(crate) fn require_one_pixel(self) -> Result<Self, Error> {
        let Volume { height, width, .. } = self.reached;
        self.require((height, width) == (1, 1), || {
            format!("its convolutions end at {height}x{width} instead of 1x1")
        })?;
        Ok(self)
    }

    fn geometry(&self, outputs: usize, Window(kernel, stride, padding): Window) -> Geometry {
        Geometry {
            inputs: self.reached.channels,
            outputs,
            kernel,
            stride,
            padding,
        }
    }

    fn resized(
        mut self,
        name: &str,
        channels: usize,
        side: impl Fn(usize) -> Option<usize>,
    ) -> Result<Self, Error> {
        let sides = side(self.reached.height).zip(side(self.reached.width));
        self.require(sides.is_some(), || {
            format!("nothing is left of {} after `{name}`", self.reached)
        })?;
        if let Some((height, width)) = sides {
            self.reached = Volume {
                channels,
                height,
                width,
            };
        }
        Ok(self)
    }

    /// Adds to the convolutions at the end of the chain.
    fn convolve(
        mut self,
        add: impl FnOnce(&mut Convolutions) -> candle_core::Result<()>,
    ) -> Result<Self, Error> {
        let mut convolutions = match self.layers.pop() {
            Some(Layer::Convolutions(layers)) => layers,
            other => {
                self.layers.extend(other);
                Convolutions::default()
            }
        };
        add(&mut convolutions)?;
        self.layers.push(Layer::Convolutions(convolutions));
        Ok(self)
    }

    fn require(&self, condition: bool, why: impl FnOnce() -> String) -> Result<(), Error> {
        if condition {
            return Ok(());
        }
        Err(Error::Image {
            network: self.network,
            image: self.image,
            why: why(),
        })
    }
}

/// Requires that every hidden layer of a perceptron has units.
pub(crate) fn check_hidden(problems: &mut Problems, hidden: &[usize]) {
    let message = "a layer needs at least one unit";
    problems.require(!hidden.contains(&0), "hidden", message);
}

/// A flat vector as a volume: what a fully connected layer sees.
pub(crate) fn flat(elements: usize) -> Volume {
    Volume {
        channels: elements,
        height: 1,
        width: 1,
    }
}
