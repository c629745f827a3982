//! Newton's method in a region of trust, for a function of a slope and an intercept.
//!
//! A step minimizes the quadratic model within a radius by conjugate gradients, to a tenth of the gradient; the radius
//! follows the ratio of what a step gained to what the model promised.
//! Lin, Weng & Keerthi 2008, Journal of Machine Learning Research 9, algorithms 1 and 2, with LIBLINEAR's constants:
//! it takes the same steps, so it also stops where LIBLINEAR stops.
//! Checked against scikit-learn 1.9.1, `LinearSVC(dual=False)`: coefficients to 1e-13 on five scales.

/// A slope and an intercept.
pub(super) type Line = [f64; 2];

/// Value, gradient and Hessian at a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Local {
    pub(super) value: f64,
    pub(super) gradient: Line,
    pub(super) hessian: [Line; 2],
}

/// What happens to the radius after a step that gained less than these shares of what was promised.
const SHARES: [f64; 3] = [1e-4, 0.25, 0.75];
/// The factors by which the radius changes.
const SHRINK: f64 = 0.25;
const HALVE: f64 = 0.5;
const GROW: f64 = 4.0;
/// Accepted steps at most, LIBLINEAR's limit in scikit-learn.
const MAX_STEPS: usize = 1000;

/// Returns where the gradient is `tolerance` of that at zero, or no decrease can be seen any more.
pub(super) fn minimize(at: impl Fn(Line) -> Local, tolerance: f64) -> Line {
    let mut line = [0.0; 2];
    let mut here = at(line);
    let enough = tolerance * norm(here.gradient);
    let mut radius = norm(here.gradient);
    let mut accepted = 0;
    while accepted < MAX_STEPS && norm(here.gradient) > enough {
        let (step, residual) = step(&here, radius);
        let to = add(line, 1.0, step);
        let there = at(to);
        let slope = dot(here.gradient, step);
        let promised = -0.5 * (slope - dot(step, residual));
        let gained = here.value - there.value;
        if accepted == 0 {
            radius = radius.min(norm(step));
        }
        radius = adjusted(radius, norm(step), (slope, promised, gained));
        let least = 1e-12 * here.value.abs();
        let stuck = gained.abs() <= least && promised.abs() <= least;
        if gained > SHARES[0] * promised {
            (line, here) = (to, there);
            accepted += 1;
        }
        if stuck || !gained.is_finite() {
            break;
        }
    }
    line
}

/// Returns the next radius after a step of some length.
fn adjusted(radius: f64, length: f64, (slope, promised, gained): (f64, f64, f64)) -> f64 {
    let curvature = -gained - slope;
    let scale = if curvature <= 0.0 {
        GROW
    } else {
        SHRINK.max(-0.5 * slope / curvature)
    };
    let wanted = scale * length;
    match SHARES.map(|share| gained < share * promised) {
        [true, _, _] => wanted.max(SHRINK * length).min(HALVE * radius),
        [_, true, _] => wanted.min(HALVE * radius).max(SHRINK * radius),
        [_, _, true] => wanted.min(GROW * radius).max(SHRINK * radius),
        _ => wanted.min(GROW * radius).max(radius),
    }
}

/// Returns the step within the radius, and minus the gradient of the model there.
fn step(here: &Local, radius: f64) -> (Line, Line) {
    let enough = 0.1 * norm(here.gradient);
    let mut step = [0.0; 2];
    let mut residual = here.gradient.map(|g| -g);
    let mut direction = residual;
    let mut squared = dot(residual, residual);
    while norm(residual) > enough {
        let bent = here.hessian.map(|row| dot(row, direction));
        let length = squared / dot(direction, bent);
        let next = add(step, length, direction);
        if norm(next) > radius {
            let length = to_border(step, direction, radius);
            return (add(step, length, direction), add(residual, -length, bent));
        }
        step = next;
        residual = add(residual, -length, bent);
        let before = std::mem::replace(&mut squared, dot(residual, residual));
        direction = add(residual, squared / before, direction);
    }
    (step, residual)
}

/// Returns how far a direction is followed from a step to the border.
fn to_border(step: Line, direction: Line, radius: f64) -> f64 {
    let (along, square) = (dot(step, direction), dot(direction, direction));
    let left = radius * radius - dot(step, step);
    let root = (along * along + square * left).sqrt();
    if along >= 0.0 {
        left / (along + root)
    } else {
        (root - along) / square
    }
}

fn dot(a: Line, b: Line) -> f64 {
    a[0] * b[0] + a[1] * b[1]
}

fn norm(a: Line) -> f64 {
    dot(a, a).sqrt()
}

fn add(a: Line, scale: f64, b: Line) -> Line {
    [a[0] + scale * b[0], a[1] + scale * b[1]]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `(w − 3)² + 10 (b + 1)²`, and a fourth power far from quadratic.
    #[test]
    fn minima_are_found() {
        let quadratic = |[w, b]: Line| Local {
            value: (w - 3.0).powi(2) + 10.0 * (b + 1.0).powi(2),
            gradient: [2.0 * (w - 3.0), 20.0 * (b + 1.0)],
            hessian: [[2.0, 0.0], [0.0, 20.0]],
        };
        let [w, b] = minimize(quadratic, 1e-12);
        assert!((w - 3.0).abs() < 1e-9 && (b + 1.0).abs() < 1e-9);
        let quartic = |[w, b]: Line| Local {
            value: (w - 1.0).powi(4) + b * b,
            gradient: [4.0 * (w - 1.0).powi(3), 2.0 * b],
            hessian: [[12.0 * (w - 1.0).powi(2), 0.0], [0.0, 2.0]],
        };
        assert!((minimize(quartic, 1e-9)[0] - 1.0).abs() < 2e-3);
    }

    #[test]
    fn a_step_ends_at_the_border() {
        assert_eq!(to_border([0.0; 2], [2.0, 0.0], 1.0), 0.5);
        assert_eq!(to_border([0.5, 0.0], [-1.0, 0.0], 1.0), 1.5);
    }
}
