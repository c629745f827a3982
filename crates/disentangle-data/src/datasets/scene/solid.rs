//! Solids around the origin, their axis along z, and where a ray enters them.
//!
//! A ray is `o + t·d`, `t > 0`; `d` need not be of length 1. Surfaces of the second degree are solved by
//! the quadratic formula, convex polyhedra by clipping the ray at each face (Kay and Kajiya 1986).

use std::f32::consts::{PI, TAU};

use super::Vec3;

/// Where a ray enters a solid.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hit {
    pub(crate) t: f32,
    /// The outward normal, of length 1.
    pub(crate) normal: Vec3,
    /// Tells faces with an edge between them apart.
    pub(crate) face: u8,
}

/// A convex solid.
#[derive(Debug, Clone)]
pub(crate) enum Solid {
    Ellipsoid {
        radii: Vec3,
    },
    /// A cylinder, cone or truncated cone.
    Frustum {
        bottom: f32,
        top: f32,
        half_height: f32,
    },
    /// A cylinder with half spheres at its ends.
    Capsule {
        radius: f32,
        half_length: f32,
    },
    /// The points with `normal · p ≤ offset` for every face.
    Polyhedron {
        faces: Vec<(Vec3, f32)>,
    },
}

/// A union of solids, each moved along z.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    pub(crate) solids: Vec<(Solid, f32)>,
}

impl Body {
    pub(crate) fn of(solid: Solid) -> Self {
        Self {
            solids: vec![(solid, 0.0)],
        }
    }

    /// Returns the first hit; faces of different solids are told apart.
    #[inline]
    pub(crate) fn hit(&self, o: Vec3, d: Vec3) -> Option<Hit> {
        let mut first: Option<Hit> = None;
        for (number, (solid, height)) in self.solids.iter().enumerate() {
            let from = Vec3::new(o.x, o.y, o.z - height);
            if let Some(hit) = solid.hit(from, d)
                && first.is_none_or(|known| hit.t < known.t)
            {
                let face = hit.face + 16 * number as u8;
                first = Some(Hit { face, ..hit });
            }
        }
        first
    }
}

impl Solid {
    pub(crate) fn sphere(radius: f32) -> Self {
        let radii = Vec3::new(radius, radius, radius);
        Self::Ellipsoid { radii }
    }

    pub(crate) fn cylinder(radius: f32, half_height: f32) -> Self {
        Self::Frustum {
            bottom: radius,
            top: radius,
            half_height,
        }
    }

    pub(crate) fn cuboid(half: Vec3) -> Self {
        let side = |x, y, z, offset| (Vec3::new(x, y, z), offset);
        let faces = [1.0, -1.0].into_iter().flat_map(|s| {
            [
                side(s, 0.0, 0.0, half.x),
                side(0.0, s, 0.0, half.y),
                side(0.0, 0.0, s, half.z),
            ]
        });
        Self::Polyhedron {
            faces: faces.collect(),
        }
    }

    /// A prism over a regular polygon with corners at `radius`.
    pub(crate) fn prism(n_sides: usize, radius: f32, half_height: f32) -> Self {
        let apothem = radius * (PI / n_sides as f32).cos();
        let sides = around(n_sides).map(|(x, y)| (Vec3::new(x, y, 0.0), apothem));
        let up = Vec3::new(0.0, 0.0, 1.0);
        let ends = [(up, half_height), (up * -1.0, half_height)];
        Self::Polyhedron {
            faces: sides.chain(ends).collect(),
        }
    }

    /// A pyramid over a regular polygon with corners at `radius`, the tip at `half_height`.
    pub(crate) fn pyramid(n_sides: usize, radius: f32, half_height: f32) -> Self {
        let apothem = radius * (PI / n_sides as f32).cos();
        let slope = |(x, y): (f32, f32)| {
            let rise = 2.0 * half_height;
            let normal = Vec3::new(x * rise, y * rise, apothem).unit();
            (normal, normal.z * half_height)
        };
        let base = (Vec3::new(0.0, 0.0, -1.0), half_height);
        Self::Polyhedron {
            faces: around(n_sides).map(slope).chain([base]).collect(),
        }
    }

    /// A regular octahedron with corners at `radius`, one of them on each axis.
    pub(crate) fn octahedron(radius: f32) -> Self {
        let root = 1.0 / 3_f32.sqrt();
        let sign = |corner: usize, bit: usize| if corner >> bit & 1 == 0 { root } else { -root };
        let normal = |corner| Vec3::new(sign(corner, 0), sign(corner, 1), sign(corner, 2));
        Self::Polyhedron {
            faces: (0..8)
                .map(|corner| (normal(corner), radius * root))
                .collect(),
        }
    }

    #[inline]
    pub(crate) fn hit(&self, o: Vec3, d: Vec3) -> Option<Hit> {
        match *self {
            Self::Ellipsoid { radii } => ellipsoid(radii, o, d),
            Self::Frustum {
                bottom,
                top,
                half_height,
            } => frustum([bottom, top], half_height, o, d),
            Self::Capsule {
                radius,
                half_length,
            } => capsule(radius, half_length, o, d),
            Self::Polyhedron { ref faces } => polyhedron(faces, o, d),
        }
    }
}

/// Returns the directions of a regular polygon's sides.
fn around(n_sides: usize) -> impl Iterator<Item = (f32, f32)> {
    (0..n_sides).map(move |side| {
        let (sin, cos) = ((side as f32 + 0.5) * TAU / n_sides as f32).sin_cos();
        (cos, sin)
    })
}

#[inline]
fn ellipsoid(radii: Vec3, o: Vec3, d: Vec3) -> Option<Hit> {
    let (from, along) = (o / radii, d / radii);
    let (a, b, c) = (along.dot(along), from.dot(along), from.dot(from) - 1.0);
    let discriminant = b * b - a * c;
    if discriminant < 0.0 {
        return None;
    }
    let t = (-b - discriminant.sqrt()) / a;
    (t > 0.0).then(|| Hit {
        t,
        normal: ((from + along * t) / radii).unit(),
        face: 0,
    })
}

/// The radius is `middle + slope·z`: its sides are `x² + y² = radius²`, its ends discs.
#[inline]
fn frustum([bottom, top]: [f32; 2], half_height: f32, o: Vec3, d: Vec3) -> Option<Hit> {
    let slope = (top - bottom) / (2.0 * half_height);
    let middle = (top + bottom) / 2.0;
    let mut first: Option<Hit> = None;
    let radius = middle + slope * o.z;
    let a = d.x * d.x + d.y * d.y - slope * slope * d.z * d.z;
    let b = o.x * d.x + o.y * d.y - slope * d.z * radius;
    let c = o.x * o.x + o.y * o.y - radius * radius;
    let discriminant = b * b - a * c;
    if discriminant >= 0.0 && a != 0.0 {
        let root = discriminant.sqrt();
        for t in [(-b - root) / a, (-b + root) / a] {
            let p = o + d * t;
            let radius = middle + slope * p.z;
            let on_side = t > 0.0 && p.z.abs() <= half_height && radius >= 0.0;
            if on_side && first.is_none_or(|known| t < known.t) {
                let normal = Vec3::new(p.x, p.y, -slope * radius).unit();
                first = Some(Hit { t, normal, face: 0 });
            }
        }
    }
    // Only the end that faces the viewer can be the first that a ray meets.
    let up = if d.z < 0.0 { 1.0 } else { -1.0 };
    let end_radius = if up > 0.0 { top } else { bottom };
    let t = (up * half_height - o.z) / d.z;
    let p = o + d * t;
    let on_end = t > 0.0 && p.x * p.x + p.y * p.y <= end_radius * end_radius;
    if on_end && first.is_none_or(|known| t < known.t) {
        let normal = Vec3::new(0.0, 0.0, up);
        first = Some(Hit { t, normal, face: 1 });
    }
    first
}

#[inline]
fn capsule(radius: f32, half_length: f32, o: Vec3, d: Vec3) -> Option<Hit> {
    let mut first = frustum([radius; 2], half_length, o, d).filter(|hit| hit.face == 0);
    for up in [1.0, -1.0] {
        let from = Vec3::new(o.x, o.y, o.z - up * half_length);
        let radii = Vec3::new(radius, radius, radius);
        if let Some(hit) = ellipsoid(radii, from, d)
            && hit.normal.z * up >= 0.0
            && first.is_none_or(|known| hit.t < known.t)
        {
            first = Some(hit);
        }
    }
    first
}

#[inline]
fn polyhedron(faces: &[(Vec3, f32)], o: Vec3, d: Vec3) -> Option<Hit> {
    let (mut enter, mut leave, mut entered) = (0.0, f32::MAX, None);
    for (face, &(normal, offset)) in faces.iter().enumerate() {
        let (speed, distance) = (normal.dot(d), offset - normal.dot(o));
        if speed == 0.0 {
            if distance < 0.0 {
                return None;
            }
            continue;
        }
        let t = distance / speed;
        if speed > 0.0 {
            leave = t.min(leave);
        } else if t > enter {
            (enter, entered) = (t, Some((normal, face as u8)));
        }
        if enter > leave {
            return None;
        }
    }
    entered.map(|(normal, face)| Hit {
        t: enter,
        normal,
        face,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a ray along −z from (x, 0, 10) meets: height and normal.
    fn from_above(solid: &Solid, x: f32) -> Option<(f32, Vec3)> {
        let hit = solid.hit(Vec3::new(x, 0.0, 10.0), Vec3::new(0.0, 0.0, -2.0));
        hit.map(|hit| (10.0 - 2.0 * hit.t, hit.normal))
    }

    /// What a ray along −x from (10, 0, z) meets: x and normal.
    fn from_the_right(solid: &Solid, z: f32) -> Option<(f32, Vec3)> {
        let hit = solid.hit(Vec3::new(10.0, 0.0, z), Vec3::new(-0.5, 0.0, 0.0));
        hit.map(|hit| (10.0 - 0.5 * hit.t, hit.normal))
    }

    #[track_caller]
    fn check(found: Option<(f32, Vec3)>, place: f32, normal: [f32; 3]) {
        let (at, direction) = found.unwrap();
        let [x, y, z] = normal;
        let off = direction - Vec3::new(x, y, z).unit();
        // f32 arithmetic ten units away.
        assert!((at - place).abs() < 1e-4, "{at}");
        assert!(off.dot(off) < 1e-6, "{direction:?}");
    }

    #[test]
    fn rays_meet_each_solid_where_its_formula_says() {
        let sphere = Solid::sphere(2.0);
        check(from_above(&sphere, 1.2), 1.6, [1.2, 0.0, 1.6]);
        assert!(from_above(&sphere, 2.1).is_none());

        let flat = Solid::Ellipsoid {
            radii: Vec3::new(2.0, 2.0, 1.0),
        };
        check(from_above(&flat, 1.2), 0.8, [0.3, 0.0, 0.8]);

        let cylinder = Solid::cylinder(1.0, 2.0);
        check(from_above(&cylinder, 0.9), 2.0, [0.0, 0.0, 1.0]);
        check(from_the_right(&cylinder, 1.9), 1.0, [1.0, 0.0, 0.0]);
        assert!(from_the_right(&cylinder, 2.1).is_none());

        let cone = Solid::Frustum {
            bottom: 2.0,
            top: 0.0,
            half_height: 1.0,
        };
        check(from_above(&cone, 1.0), 0.0, [1.0, 0.0, 1.0]);
        check(from_the_right(&cone, 0.5), 0.5, [1.0, 0.0, 1.0]);

        let capsule = Solid::Capsule {
            radius: 1.0,
            half_length: 2.0,
        };
        check(from_above(&capsule, 0.6), 2.8, [0.6, 0.0, 0.8]);
        check(from_the_right(&capsule, -1.5), 1.0, [1.0, 0.0, 0.0]);
        assert!(from_the_right(&capsule, 3.1).is_none());
    }

    #[test]
    fn rays_meet_polyhedra_on_the_right_face() {
        let cube = Solid::cuboid(Vec3::new(1.0, 2.0, 3.0));
        check(from_above(&cube, 0.9), 3.0, [0.0, 0.0, 1.0]);
        check(from_the_right(&cube, -2.9), 1.0, [1.0, 0.0, 0.0]);
        assert!(from_the_right(&cube, 3.1).is_none());

        let octahedron = Solid::octahedron(1.0);
        let hit = octahedron.hit(Vec3::new(0.2, 0.3, 9.0), Vec3::new(0.0, 0.0, -1.0));
        assert!((9.0 - hit.unwrap().t - 0.5).abs() < 1e-4);

        // Corners at (±1, 0) and (0, ±1), the tip at z = 1.
        let pyramid = Solid::pyramid(4, 1.0, 1.0);
        let hit = pyramid.hit(Vec3::new(0.25, 0.25, 9.0), Vec3::new(0.0, 0.0, -1.0));
        assert!((9.0 - hit.unwrap().t).abs() < 1e-4);
        let hexagon = Solid::prism(6, 1.0, 0.5);
        check(from_above(&hexagon, 0.99), 0.5, [0.0, 0.0, 1.0]);
        assert!(from_above(&hexagon, 1.01).is_none());
    }

    #[test]
    fn solids_behind_the_viewer_are_not_met() {
        let away = Vec3::new(0.0, 0.0, 1.0);
        for solid in [
            Solid::sphere(1.0),
            Solid::cylinder(1.0, 1.0),
            Solid::cuboid(away + Vec3::new(1.0, 1.0, 0.0)),
        ] {
            assert!(solid.hit(Vec3::new(0.1, 0.1, 5.0), away).is_none());
        }
    }

    #[test]
    fn a_union_shows_what_is_nearest() {
        let ball = |height| (Solid::sphere(1.0), height);
        let body = Body {
            solids: vec![ball(-2.0), ball(2.0)],
        };
        let down = Vec3::new(0.0, 0.0, -1.0);
        let hit = body.hit(Vec3::new(0.0, 0.0, 10.0), down).unwrap();
        assert!((hit.t - 7.0).abs() < 1e-4 && hit.face == 16);
    }
}
