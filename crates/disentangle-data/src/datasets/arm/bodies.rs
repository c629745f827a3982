//! What the arm can hold: solids of two sizes, their axis along the rod.

use super::ArmVariant;
use crate::datasets::scene::{Body, Solid, Vec3};

/// A held object.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) body: Body,
    /// From its middle to where the rod ends.
    pub(super) half_height: f32,
    /// No point is farther from its middle.
    pub(super) radius: f32,
}

const SIZES: [f32; 2] = [0.36, 0.54];

/// Returns all objects by shape and size, the last one fastest.
pub(super) fn all(variant: ArmVariant) -> Vec<Held> {
    let shape = match variant {
        ArmVariant::Plain | ArmVariant::Relit => known,
        ArmVariant::UnseenShapes => unseen,
    };
    let numbers = (0..6).flat_map(|number| SIZES.map(|size| (number, size)));
    let held = numbers.map(|(number, size)| {
        let (body, half_height) = shape(number, size);
        Held {
            body,
            half_height,
            radius: 1.55 * size,
        }
    });
    held.collect()
}

/// Cone, cube, cylinder, hexagonal prism, pyramid, sphere, each with half its height.
fn known(number: usize, s: f32) -> (Body, f32) {
    let (solid, half_height) = match number {
        0 => (cone(0.95 * s, s), s),
        1 => (Solid::cuboid(Vec3::new(0.8, 0.8, 0.8) * s), 0.8 * s),
        2 => (Solid::cylinder(0.7 * s, s), s),
        3 => (Solid::prism(6, 1.05 * s, 0.5 * s), 0.5 * s),
        4 => (Solid::pyramid(4, 1.15 * s, s), s),
        _ => (Solid::sphere(0.95 * s), 0.95 * s),
    };
    (Body::of(solid), half_height)
}

/// Octahedron, triangular prism, capsule, disc, dumbbell, cross, each with half its height.
fn unseen(number: usize, s: f32) -> (Body, f32) {
    match number {
        0 => (Body::of(Solid::octahedron(1.1 * s)), 1.1 * s),
        1 => (Body::of(Solid::prism(3, 1.2 * s, 0.7 * s)), 0.7 * s),
        2 => {
            let (radius, half_length) = (0.5 * s, 0.65 * s);
            let capsule = Solid::Capsule {
                radius,
                half_length,
            };
            (Body::of(capsule), radius + half_length)
        }
        3 => (Body::of(Solid::cylinder(1.25 * s, 0.22 * s)), 0.22 * s),
        4 => {
            let ball = || Solid::sphere(0.56 * s);
            let solids = vec![(ball(), -0.6 * s), (ball(), 0.6 * s)];
            (Body { solids }, 1.16 * s)
        }
        _ => {
            let bar = |x, z| Solid::cuboid(Vec3::new(x, 0.33, z) * s);
            let solids = vec![(bar(1.05, 0.33), 0.0), (bar(0.33, 1.05), 0.0)];
            (Body { solids }, 1.05 * s)
        }
    }
}

fn cone(radius: f32, half_height: f32) -> Solid {
    Solid::Frustum {
        bottom: radius,
        top: 0.0,
        half_height,
    }
}
