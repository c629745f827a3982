//! Colors and lights of the variants.

use super::ArmVariant;
use crate::datasets::scene::Vec3;

/// Red, green and blue in `[0, 1]`.
pub(super) type Color = [f32; 3];

/// Everything that a variant chooses but the held objects.
#[derive(Debug)]
pub(super) struct Looks {
    /// Of the held object.
    pub(super) colors: [Color; 6],
    /// Of the ring on the table.
    pub(super) rings: [Color; 3],
    /// Of the table in its middle and far away.
    pub(super) table: [Color; 2],
    pub(super) metal: Color,
    pub(super) light: Light,
}

/// One lamp far away, and light from everywhere.
#[derive(Debug)]
pub(super) struct Light {
    /// Towards the lamp.
    pub(super) towards: Vec3,
    pub(super) ambient: f32,
    pub(super) diffuse: f32,
    /// How bright the lamp's reflection is; 0 for a dull surface.
    pub(super) gloss: f32,
}

impl Looks {
    pub(super) fn of(variant: ArmVariant) -> Self {
        match variant {
            ArmVariant::Plain | ArmVariant::UnseenShapes => plain(),
            ArmVariant::Relit => relit(),
        }
    }
}

/// White, green, red, blue, brown and olive on gray.
fn plain() -> Looks {
    Looks {
        colors: [
            [1.0, 1.0, 1.0],
            [0.1, 0.75, 0.15],
            [0.95, 0.08, 0.06],
            [0.15, 0.42, 0.98],
            [0.5, 0.26, 0.13],
            [0.62, 0.62, 0.12],
        ],
        rings: [[0.46, 0.33, 0.72], [0.22, 0.52, 0.44], [0.66, 0.34, 0.34]],
        table: [[0.2; 3]; 2],
        metal: [0.66; 3],
        light: Light {
            towards: Vec3::new(-0.35, -0.5, 0.85).unit(),
            ambient: 0.35,
            diffuse: 0.65,
            gloss: 0.0,
        },
    }
}

/// Amber, teal, pink, indigo, lime and cream on a wooden table that darkens outwards.
fn relit() -> Looks {
    Looks {
        colors: [
            [1.0, 0.76, 0.16],
            [0.1, 0.72, 0.72],
            [0.95, 0.42, 0.68],
            [0.3, 0.2, 0.75],
            [0.6, 0.9, 0.25],
            [0.95, 0.93, 0.82],
        ],
        rings: [[0.9, 0.86, 0.74], [0.16, 0.3, 0.52], [0.62, 0.16, 0.16]],
        table: [[0.62, 0.47, 0.34], [0.32, 0.24, 0.2]],
        metal: [0.42, 0.45, 0.5],
        light: Light {
            towards: Vec3::new(0.75, -0.25, 0.5).unit(),
            ambient: 0.25,
            diffuse: 0.7,
            gloss: 0.35,
        },
    }
}

impl Light {
    /// Returns the color of a surface; `normal` of length 1, `seen` from the viewer.
    #[inline]
    pub(super) fn on(&self, color: Color, normal: Vec3, seen: Vec3) -> Color {
        let toward = normal.dot(self.towards);
        let shade = self.ambient + self.diffuse * toward.max(0.0);
        let mut gloss = 0.0;
        if self.gloss > 0.0 && toward > 0.0 {
            let reflected = normal * (2.0 * toward) - self.towards;
            gloss = self.gloss * (-reflected.dot(seen.unit())).max(0.0).powi(16);
        }
        color.map(|channel| (channel * shade + gloss).min(1.0))
    }
}
