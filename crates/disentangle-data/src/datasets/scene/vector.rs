//! Vectors in space: x right, y away from the viewer, z up.

use std::ops::{Add, Div, Mul, Sub};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Vec3 {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) z: f32,
}

impl Vec3 {
    pub(crate) const fn new(x: f32, y: f32, z: f32) -> Self {
        Self { x, y, z }
    }

    /// Returns the unit vector at an angle from x towards y, and at another up towards z; in radians.
    pub(crate) fn towards(azimuth: f64, elevation: f64) -> Self {
        let (sin, cos) = azimuth.sin_cos();
        let (up, level) = elevation.sin_cos();
        Self::new((cos * level) as f32, (sin * level) as f32, up as f32)
    }

    pub(crate) fn dot(self, other: Self) -> f32 {
        self.x * other.x + self.y * other.y + self.z * other.z
    }

    pub(crate) fn cross(self, other: Self) -> Self {
        Self::new(
            self.y * other.z - self.z * other.y,
            self.z * other.x - self.x * other.z,
            self.x * other.y - self.y * other.x,
        )
    }

    pub(crate) fn unit(self) -> Self {
        // The zero vector, such as the normal at the tip of a cone, stays zero.
        self * (1.0 / self.dot(self).sqrt().max(f32::MIN_POSITIVE))
    }
}

impl Add for Vec3 {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::new(self.x + other.x, self.y + other.y, self.z + other.z)
    }
}

impl Sub for Vec3 {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y, self.z - other.z)
    }
}

impl Mul<f32> for Vec3 {
    type Output = Self;

    fn mul(self, factor: f32) -> Self {
        Self::new(self.x * factor, self.y * factor, self.z * factor)
    }
}

/// Component by component.
impl Div for Vec3 {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        Self::new(self.x / other.x, self.y / other.y, self.z / other.z)
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::FRAC_PI_2;

    use super::*;

    #[test]
    fn x_times_y_is_z() {
        let (x, y) = (Vec3::new(1.0, 0.0, 0.0), Vec3::new(0.0, 1.0, 0.0));
        assert_eq!(x.cross(y), Vec3::new(0.0, 0.0, 1.0));
    }

    #[test]
    fn angles_turn_towards_y_and_up() {
        let close = |a: Vec3, b: Vec3| (a - b).dot(a - b) < 1e-12;
        assert!(close(
            Vec3::towards(FRAC_PI_2, 0.0),
            Vec3::new(0.0, 1.0, 0.0)
        ));
        assert!(close(
            Vec3::towards(0.7, FRAC_PI_2),
            Vec3::new(0.0, 0.0, 1.0)
        ));
    }
}
