//! What moves: the joint, the rod and the object at its end, drawn over the backdrop.
//!
//! Both turn around the joint: the horizontal axis by `4.5°·k` from right over away to left, the vertical
//! one by `4.5°·(k + ½)` from there up and over. The rod's frame turns with the axes, so it has no pole.

use std::f32::consts::FRAC_1_SQRT_2;

use super::bodies::Held;
use super::looks::{Color, Looks};
use crate::datasets::scene::{Area, Camera, Hit, SIDE, Sample, Solid, Vec3, smooth};

/// The middle of the joint, at the top of the post.
pub(super) const JOINT: Vec3 = Vec3::new(0.0, 0.0, 1.15);

const JOINT_RADIUS: f32 = 0.23;
const ROD_RADIUS: f32 = 0.075;
/// From the joint to the object.
const ROD_LENGTH: f32 = 1.65;

/// An image's choices.
pub(super) struct Pose<'a> {
    pub(super) camera: &'a Camera,
    pub(super) looks: &'a Looks,
    pub(super) held: &'a Held,
    pub(super) color: Color,
    /// Steps of the horizontal and the vertical axis.
    pub(super) axes: [usize; 2],
}

impl Pose<'_> {
    /// Draws over a backdrop `[H, W, 3]`.
    pub(super) fn draw(&self, image: &mut [u8]) {
        let placed = self.placed();
        let put = |row: usize, column: usize, [red, green, blue, cover]: [f32; 4]| {
            let at = 3 * (row * SIDE + column);
            for (byte, value) in image[at..at + 3].iter_mut().zip([red, green, blue]) {
                *byte = (255.0 * value + (1.0 - cover) * f32::from(*byte)).round() as u8;
            }
        };
        let is_fine = |x, y| placed.rod.is_within(placed.rod_width + FRAC_1_SQRT_2, x, y);
        smooth(placed.area(), |x, y| placed.cast(x, y), is_fine, put);
    }

    fn placed(&self) -> Placed<'_> {
        let [horizontal, vertical] = self.axes;
        let azimuth = (4.5 * horizontal as f64).to_radians();
        let elevation = (4.5 * (vertical as f64 + 0.5)).to_radians();
        let z = Vec3::towards(azimuth, elevation);
        let x = Vec3::towards(azimuth + std::f64::consts::FRAC_PI_2, 0.0);
        let y = z.cross(x);
        let frame = Frame { x, y, z };
        let middle = ROD_LENGTH + self.held.half_height;
        let (from, to) = (
            self.camera.project(JOINT),
            self.camera.project(JOINT + z * ROD_LENGTH),
        );
        let object = self.camera.project(JOINT + z * middle);
        // A pixel more than a sphere's outline, which perspective makes a little larger.
        let circle = |seen: (f32, f32), radius: f32| (seen, 1.05 * radius + 1.0);
        Placed {
            pose: self,
            origin: frame.inside(self.camera.origin - JOINT),
            middle,
            rod: Segment::new((from.x, from.y), (to.x, to.y)),
            rod_width: ROD_RADIUS * from.scale.max(to.scale),
            joint: circle((from.x, from.y), JOINT_RADIUS * from.scale),
            object: circle((object.x, object.y), self.held.radius * object.scale),
            frame,
        }
    }
}

/// The arm in its place.
struct Placed<'a> {
    pose: &'a Pose<'a>,
    frame: Frame,
    /// The camera in the rod's frame, whose origin is the joint.
    origin: Vec3,
    /// From the joint to the object's middle.
    middle: f32,
    /// Where rod, joint and object are seen: outside of these, rays need not be cast.
    rod: Segment,
    rod_width: f32,
    joint: ((f32, f32), f32),
    object: ((f32, f32), f32),
}

impl Placed<'_> {
    fn area(&self) -> Area {
        let area = Area::EMPTY.holding(self.joint.0, self.joint.1);
        area.holding(self.object.0, self.object.1)
    }

    #[inline]
    fn cast(&self, x: f32, y: f32) -> Sample {
        let near = |((u, v), radius): ((f32, f32), f32)| {
            (x - u) * (x - u) + (y - v) * (y - v) <= radius * radius
        };
        let (near_joint, near_object) = (near(self.joint), near(self.object));
        let near_rod = self.rod.is_within(self.rod_width + 0.5, x, y);
        if !(near_joint || near_object || near_rod) {
            return Sample::default();
        }
        let d = self.pose.camera.direction(x, y);
        let (o, local) = (self.origin, self.frame.inside(d));
        let along = |height: f32| Vec3::new(o.x, o.y, o.z - height);
        let mut first: Option<(Hit, u16, Color)> = None;
        let mut meet = |hit: Option<Hit>, number: u16, color| {
            if let Some(hit) = hit
                && first.is_none_or(|(known, ..)| hit.t < known.t)
            {
                first = Some((hit, number + u16::from(hit.face), color));
            }
        };
        let metal = self.pose.looks.metal;
        if near_joint {
            meet(Solid::sphere(JOINT_RADIUS).hit(o, local), 1, metal);
        }
        if near_rod {
            let rod = Solid::cylinder(ROD_RADIUS, ROD_LENGTH / 2.0);
            meet(rod.hit(along(ROD_LENGTH / 2.0), local), 2, metal);
        }
        if near_object {
            let hit = self.pose.held.body.hit(along(self.middle), local);
            meet(hit, 4, self.pose.color);
        }
        first.map_or(Sample::default(), |(hit, surface, color)| {
            let normal = self.frame.outside(hit.normal);
            let [red, green, blue] = self.pose.looks.light.on(color, normal, d);
            let values = [red, green, blue, 1.0];
            Sample { surface, values }
        })
    }
}

/// Three directions at right angles.
struct Frame {
    x: Vec3,
    y: Vec3,
    z: Vec3,
}

impl Frame {
    #[inline]
    fn inside(&self, v: Vec3) -> Vec3 {
        Vec3::new(v.dot(self.x), v.dot(self.y), v.dot(self.z))
    }

    #[inline]
    fn outside(&self, v: Vec3) -> Vec3 {
        self.x * v.x + self.y * v.y + self.z * v.z
    }
}

/// A piece of a line on the image.
struct Segment {
    from: (f32, f32),
    along: (f32, f32),
    /// One over the square of its length.
    per_square: f32,
}

impl Segment {
    fn new(from: (f32, f32), to: (f32, f32)) -> Self {
        let along = (to.0 - from.0, to.1 - from.1);
        let square = along.0 * along.0 + along.1 * along.1;
        Self {
            from,
            along,
            per_square: 1.0 / square.max(f32::MIN_POSITIVE),
        }
    }

    #[inline]
    fn is_within(&self, distance: f32, x: f32, y: f32) -> bool {
        let (x, y) = (x - self.from.0, y - self.from.1);
        let share = ((x * self.along.0 + y * self.along.1) * self.per_square).clamp(0.0, 1.0);
        let (x, y) = (x - share * self.along.0, y - share * self.along.1);
        x * x + y * y <= distance * distance
    }
}
