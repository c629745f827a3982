//! The room: a floor, three walls, an open top, and one solid that stands in the middle.
//!
//! The camera orbits at a distance of 8.2 and a height of 2.9 over −30° to 30°, looking at the object;
//! walls are 5.2 from the middle and 3.1 high. A key light from the left casts the shadow, a weak one
//! from the front lets all sides be told apart.

use crate::datasets::scene::{Area, Body, Camera, SIDE, Sample, Solid, Vec3, smooth};

/// How much of each pixel is floor, wall, object and sky, times how bright: `[H·W]` of four.
pub(super) type Weights = Vec<[f32; 4]>;

const FLOOR: usize = 0;
const WALL: usize = 1;
const OBJECT: usize = 2;
const SKY: usize = 3;

/// From the middle to each wall.
const ROOM: f32 = 5.2;
const WALL_HEIGHT: f32 = 3.1;

/// Draws the scene with an object of a scale, shape and orientation.
pub(super) fn weights([scale, shape, orientation]: [usize; 3]) -> Weights {
    let size = 0.75 + 0.5 * scale as f32 / 7.0;
    let azimuth = (-30.0 + 60.0 * orientation as f64 / 14.0).to_radians();
    let (sin, cos) = azimuth.sin_cos();
    let stand = Vec3::new(8.2 * sin as f32, -8.2 * cos as f32, 2.9);
    let scene = Scene {
        camera: Camera::new(stand, Vec3::new(0.0, 0.0, 1.35), 46.0),
        object: Body::of(object(shape, size)),
        middle: Vec3::new(0.0, 0.0, height(shape) * size),
        key: Vec3::new(-0.45, -0.35, 0.95).unit(),
        fill: Vec3::new(0.0, -0.9, 0.3).unit(),
    };
    let mut weights = vec![[0.0; 4]; SIDE * SIDE];
    let put = |row: usize, column: usize, mean| weights[row * SIDE + column] = mean;
    smooth(Area::WHOLE, |x, y| scene.cast(x, y), |_, _| false, put);
    weights
}

/// A cube, cylinder, sphere or capsule.
fn object(shape: usize, size: f32) -> Solid {
    match shape {
        0 => Solid::cuboid(Vec3::new(size, size, size)),
        1 => Solid::cylinder(size, size),
        2 => Solid::sphere(size),
        _ => Solid::Capsule {
            radius: 0.72 * size,
            half_length: 0.83 * size,
        },
    }
}

/// Half the height of an object of size 1.
fn height(shape: usize) -> f32 {
    if shape == 3 { 0.72 + 0.83 } else { 1.0 }
}

struct Scene {
    camera: Camera,
    object: Body,
    /// The object's middle.
    middle: Vec3,
    /// Towards the lights.
    key: Vec3,
    fill: Vec3,
}

impl Scene {
    fn cast(&self, x: f32, y: f32) -> Sample {
        let (o, d) = (self.camera.origin, self.camera.direction(x, y));
        if let Some(hit) = self.object.hit(o - self.middle, d) {
            return seen(
                10 + u16::from(hit.face),
                OBJECT,
                self.shade(hit.normal, true),
            );
        }
        self.floor(o, d)
            .or_else(|| self.wall(o, d))
            .unwrap_or_else(|| seen(1, SKY, 1.0))
    }

    fn floor(&self, o: Vec3, d: Vec3) -> Option<Sample> {
        let p = o + d * (-o.z / d.z);
        (d.z < 0.0 && p.x.abs() < ROOM && p.y < ROOM).then(|| {
            let is_lit = self.object.hit(p - self.middle, self.key).is_none();
            let shade = self.shade(Vec3::new(0.0, 0.0, 1.0), is_lit);
            seen(2 + u16::from(is_lit), FLOOR, shade)
        })
    }

    /// The wall behind the object, else the one on the side to which the ray goes.
    fn wall(&self, o: Vec3, d: Vec3) -> Option<Sample> {
        let back = o + d * ((ROOM - o.y) / d.y);
        let side = o + d * ((ROOM * d.x.signum() - o.x) / d.x);
        let (number, normal, p) = match back.x.abs() < ROOM {
            true => (4, Vec3::new(0.0, -1.0, 0.0), back),
            false => (5, Vec3::new(-d.x.signum(), 0.0, 0.0), side),
        };
        (p.z < WALL_HEIGHT).then(|| seen(number, WALL, self.shade(normal, true)))
    }

    /// How bright a surface is: at most 0.95.
    fn shade(&self, normal: Vec3, is_lit: bool) -> f32 {
        let key = if is_lit { 0.5 } else { 0.0 };
        let light = key * normal.dot(self.key).max(0.0) + 0.22 * normal.dot(self.fill).max(0.0);
        0.38 + light
    }
}

fn seen(surface: u16, material: usize, shade: f32) -> Sample {
    let mut values = [0.0; 4];
    values[material] = shade;
    Sample { surface, values }
}
