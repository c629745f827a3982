//! What does not move: the table with its ring, and the post; drawn once a camera and ring.

use super::looks::{Color, Looks};
use super::pose::JOINT;
use crate::datasets::scene::{Area, Body, Camera, SIDE, Sample, Solid, Vec3, smooth};

/// Inner and outer radius of the ring.
const RING: [f32; 2] = [2.45, 2.8];

/// Returns the cameras, the highest first: all that the arm reaches is in their images.
pub(super) fn cameras() -> [Camera; 3] {
    [62.0, 44.0, 26.0_f64].map(|elevation| {
        let at = Vec3::new(0.0, 0.0, 1.05);
        let back = Vec3::towards(-std::f64::consts::FRAC_PI_2, elevation.to_radians());
        Camera::new(at + back * 8.4, at, 43.0)
    })
}

/// Draws the backdrops `[H, W, 3]` by camera and ring, the last one fastest.
pub(super) fn all(cameras: &[Camera; 3], looks: &Looks) -> Vec<Vec<u8>> {
    let rings = looks.rings.iter();
    let stands = (cameras.iter()).flat_map(|camera| rings.clone().map(move |&ring| (camera, ring)));
    let backdrops = stands.map(|(camera, ring)| {
        let scene = Scene {
            camera,
            looks,
            ring,
            foot: Body::of(Solid::cylinder(0.5, FOOT / 2.0)),
            post: Body::of(Solid::cylinder(0.17, JOINT.z / 2.0)),
        };
        scene.draw()
    });
    backdrops.collect()
}

/// Height of the disc that the post stands on.
const FOOT: f32 = 0.12;

struct Scene<'a> {
    camera: &'a Camera,
    looks: &'a Looks,
    ring: Color,
    foot: Body,
    post: Body,
}

impl Scene<'_> {
    fn draw(&self) -> Vec<u8> {
        let mut image = vec![0; SIDE * SIDE * 3];
        let put = |row: usize, column: usize, [red, green, blue, _]: [f32; 4]| {
            let bytes = [red, green, blue].map(|value| (255.0 * value).round() as u8);
            image[3 * (row * SIDE + column)..][..3].copy_from_slice(&bytes);
        };
        smooth(Area::WHOLE, |x, y| self.cast(x, y), |_, _| false, put);
        image
    }

    fn cast(&self, x: f32, y: f32) -> Sample {
        let (o, d) = (self.camera.origin, self.camera.direction(x, y));
        let moved = |height| o - Vec3::new(0.0, 0.0, height);
        let post = self.post.hit(moved(JOINT.z / 2.0), d);
        let foot = self.foot.hit(moved(FOOT / 2.0), d);
        // The post is nearer than the foot that it stands on, or behind no more than its rim.
        let nearest = match (post, foot) {
            (Some(post), Some(foot)) if foot.t < post.t => Some((foot, 20)),
            (Some(post), _) => Some((post, 10)),
            (None, foot) => foot.map(|foot| (foot, 20)),
        };
        if let Some((hit, number)) = nearest {
            let color = self.looks.light.on(self.looks.metal, hit.normal, d);
            return seen(number + u16::from(hit.face), color);
        }
        self.table(o + d * (-o.z / d.z))
    }

    /// All cameras look down on the table, which has no end.
    fn table(&self, p: Vec3) -> Sample {
        let radius = p.x.hypot(p.y);
        if (RING[0]..RING[1]).contains(&radius) {
            return seen(2, self.ring);
        }
        let [near, far] = self.looks.table;
        let share = (radius / 6.0).min(1.0).powi(2);
        let color = std::array::from_fn(|k| near[k] + share * (far[k] - near[k]));
        seen(1 + 2 * u16::from(radius >= RING[1]), color)
    }
}

fn seen(surface: u16, [red, green, blue]: Color) -> Sample {
    let values = [red, green, blue, 1.0];
    Sample { surface, values }
}
