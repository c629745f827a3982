//! A pinhole camera for square images.

use super::Vec3;

/// Rows and columns of a drawn image.
pub(crate) const SIDE: usize = 64;

/// Half the image, in pixels.
const HALF: f32 = SIDE as f32 / 2.0;

/// Where the viewer stands and looks; y of the image points down, pixel (0, 0) covers `[0, 1)²`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Camera {
    pub(crate) origin: Vec3,
    forward: Vec3,
    right: Vec3,
    up: Vec3,
    /// Space that half the image covers at distance 1.
    half_width: f32,
}

/// A point on the image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Projected {
    pub(crate) x: f32,
    pub(crate) y: f32,
    /// Pixels that a unit of length covers there.
    pub(crate) scale: f32,
}

impl Camera {
    /// Stands at `origin`, level, and looks at a point in front; `view` is the angle of the image's
    /// side in degrees.
    pub(crate) fn new(origin: Vec3, at: Vec3, view: f64) -> Self {
        let forward = (at - origin).unit();
        let right = forward.cross(Vec3::new(0.0, 0.0, 1.0)).unit();
        Self {
            origin,
            forward,
            right,
            up: right.cross(forward),
            half_width: (view.to_radians() / 2.0).tan() as f32,
        }
    }

    /// Returns the direction, of no particular length, in which a point of the image is seen.
    #[inline]
    pub(crate) fn direction(&self, x: f32, y: f32) -> Vec3 {
        let step = self.half_width / HALF;
        self.forward + self.right * ((x - HALF) * step) + self.up * ((HALF - y) * step)
    }

    /// Returns where a point in front of the camera is seen.
    pub(crate) fn project(&self, point: Vec3) -> Projected {
        let from = point - self.origin;
        let scale = HALF / (from.dot(self.forward) * self.half_width);
        Projected {
            x: HALF + from.dot(self.right) * scale,
            y: HALF - from.dot(self.up) * scale,
            scale,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_looks_at_is_in_the_middle() {
        let at = Vec3::new(0.5, 0.25, 1.0);
        let camera = Camera::new(Vec3::new(1.0, -8.0, 3.0), at, 40.0);
        let seen = camera.project(at);
        assert!((seen.x - 32.0).abs() < 1e-4 && (seen.y - 32.0).abs() < 1e-4);
    }

    #[test]
    fn a_point_is_seen_in_the_direction_of_its_projection() {
        let camera = Camera::new(Vec3::new(1.0, -8.0, 3.0), Vec3::new(0.0, 0.0, 1.0), 40.0);
        let point = Vec3::new(1.0, 2.0, 0.5);
        let seen = camera.project(point);
        let direction = camera.direction(seen.x, seen.y).unit();
        let off = direction - (point - camera.origin).unit();
        assert!(off.dot(off) < 1e-10);
        // Up in space is up in the image, right is right.
        assert!(camera.project(point + Vec3::new(0.0, 0.0, 1.0)).y < seen.y);
        assert!(camera.project(point + Vec3::new(1.0, 0.0, 0.0)).x > seen.x);
    }
}
