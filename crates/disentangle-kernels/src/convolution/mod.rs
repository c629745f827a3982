//! What a convolution and a transposed convolution share: each is the other's gradient.

mod geometry;

pub(crate) use geometry::Geometry;
