//! What the drawn scenes share: vectors, a camera, solids that rays hit, and pixels with smooth edges.

mod antialias;
mod camera;
mod solid;
mod vector;

pub(crate) use antialias::{Area, Sample, smooth};
pub(crate) use camera::{Camera, SIDE};
pub(crate) use solid::{Body, Hit, Solid};
pub(crate) use vector::Vec3;
