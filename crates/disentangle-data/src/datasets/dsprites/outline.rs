//! Outlines of the three sprites: polygons around the origin, in pixels of a 64-pixel image.
//!
//! y points down. With `H = 9.6`:
//! square `(±H, ±H)`; ellipse a 100-gon with semi-axes `1.33·H` and `H/1.33`; heart a 150-gon with
//! `x = H·sin³t`, `y = −H·((13 cos t − 5 cos 2t − 2 cos 3t − cos 4t)/14.5 + 0.15)`.
//! The constants were chosen on genuine pictures, all of which they reproduce.

use std::f64::consts::TAU;

/// Half the side of the square at scale 1.
const H: f64 = 9.6;

/// A point, x right and y down.
pub(super) type Point = (f64, f64);

/// Returns the outline of shape 0 (square), 1 (ellipse) or 2 (heart) at scale 1, not rotated.
pub(super) fn outline(shape: usize) -> Vec<Point> {
    match shape {
        0 => vec![(-H, -H), (H, -H), (H, H), (-H, H)],
        1 => around(100, |t| (1.33 * H * t.cos(), H / 1.33 * t.sin())),
        _ => around(150, |t| {
            let waves =
                13.0 * t.cos() - 5.0 * (2.0 * t).cos() - 2.0 * (3.0 * t).cos() - (4.0 * t).cos();
            (H * t.sin().powi(3), -H * (waves / 14.5 + 0.15))
        }),
    }
}

/// Scales an outline and turns it counter-clockwise as seen on the screen.
pub(super) fn posed(outline: &[Point], scale: f64, angle: f64) -> Vec<Point> {
    let (sin, cos) = angle.sin_cos();
    let turned = |&(x, y): &Point| (scale * (cos * x + sin * y), scale * (-sin * x + cos * y));
    outline.iter().map(turned).collect()
}

fn around(n_points: usize, point: impl Fn(f64) -> Point) -> Vec<Point> {
    (0..n_points)
        .map(|k| point(TAU * k as f64 / n_points as f64))
        .collect()
}
