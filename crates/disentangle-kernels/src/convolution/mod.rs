//! What a convolution and a transposed convolution share: each is the other's gradient.
//!
//! [`geometry`] checks the sizes, [`correlation`] turns either direction into correlations on grids, [`layout`] lays
//! the pixels out so that [`correlate`] and [`weight_gradient`] are plain matrix products, [`backward`] runs those of the gradients, and [`op`] makes it all an
//! operation of candle.

mod backward;
mod correlate;
mod correlation;
mod geometry;
mod layout;
mod op;
mod weight_gradient;

pub(crate) use correlate::Direction;
pub(crate) use geometry::Geometry;
pub(crate) use op::Convolution;
