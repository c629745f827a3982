//! A line search whose steps satisfy the strong Wolfe conditions.
//!
//! `f(x + t d) ≤ f(x) + 10⁻³ t f′`, `|f′(x + t d)| ≤ 0.9 |f′|`, by safeguarded cubic and quadratic steps.
//! Moré & Thuente 1994, doi:10.1145/192115.192132; constants of L-BFGS-B 3.0 (Morales & Nocedal 2011).
//! Checked against SciPy 1.17, `optimize.minimize(method="L-BFGS-B")`: same iterates on the golden cases.

/// Sufficient decrease.
const DECREASE: f64 = 1e-3;
/// Largest slope that is left, relative to the first.
const CURVATURE: f64 = 0.9;
/// An interval that is narrower, relative to its end, ends the search.
const WIDTH: f64 = 0.1;
/// The longest step.
const LONGEST: f64 = 1e10;

/// A step with the function's value and slope there.
#[derive(Debug, Clone, Copy)]
struct Point {
    step: f64,
    value: f64,
    slope: f64,
}

/// The state of a search: the caller evaluates the function where [`LineSearch::step`] says.
#[derive(Debug)]
pub(super) struct LineSearch {
    start: Point,
    /// The best step so far, and the other end of the interval.
    best: Point,
    other: Point,
    bracketed: bool,
    /// Until a step decreases enough, the function minus its sufficient decrease is searched.
    first_stage: bool,
    low: f64,
    high: f64,
    width: f64,
    width_before: f64,
    step: f64,
}

impl LineSearch {
    /// Starts at a function's value and (negative) slope with a first step to try.
    pub(super) fn new(value: f64, slope: f64, step: f64) -> Self {
        let start = Point {
            step: 0.0,
            value,
            slope,
        };
        Self {
            start,
            best: start,
            other: start,
            bracketed: false,
            first_stage: true,
            low: 0.0,
            high: 5.0 * step,
            width: LONGEST,
            width_before: 2.0 * LONGEST,
            step,
        }
    }

    /// Returns the step to evaluate next, or the step that was accepted.
    pub(super) fn step(&self) -> f64 {
        self.step
    }

    /// Takes the value and slope at [`LineSearch::step`]; `true` ends the search there.
    pub(super) fn accept(&mut self, value: f64, slope: f64) -> bool {
        let gain = DECREASE * self.start.slope;
        let bound = self.start.value + self.step * gain;
        if self.first_stage && value <= bound && slope >= 0.0 {
            self.first_stage = false;
        }
        let outside = self.bracketed && (self.step <= self.low || self.step >= self.high);
        let narrow = self.bracketed && self.high - self.low <= WIDTH * self.high;
        let longest = self.step == LONGEST && value <= bound && slope <= gain;
        let shortest = self.step == 0.0 && (value > bound || slope >= gain);
        let wolfe = value <= bound && slope.abs() <= CURVATURE * -self.start.slope;
        if outside || narrow || longest || shortest || wolfe {
            return true;
        }
        let here = Point {
            step: self.step,
            value,
            slope,
        };
        // Where the function falls, but not enough, its sufficient decrease is subtracted.
        let lean = if self.first_stage && value <= self.best.value && value > bound {
            gain
        } else {
            0.0
        };
        self.advance(here, lean);
        false
    }

    /// Updates the interval and chooses the next step.
    fn advance(&mut self, here: Point, lean: f64) {
        let tilt = |point: Point, sign: f64| Point {
            value: point.value + sign * point.step * lean,
            slope: point.slope + sign * lean,
            ..point
        };
        let (mut best, mut other) = (tilt(self.best, -1.0), tilt(self.other, -1.0));
        let step = self.next_step(&mut best, &mut other, tilt(here, -1.0));
        (self.best, self.other) = (tilt(best, 1.0), tilt(other, 1.0));
        self.step = step;
        if self.bracketed {
            let gap = (self.other.step - self.best.step).abs();
            if gap >= 0.66 * self.width_before {
                self.step = self.best.step + 0.5 * (self.other.step - self.best.step);
            }
            self.width_before = self.width;
            self.width = gap;
            self.low = self.best.step.min(self.other.step);
            self.high = self.best.step.max(self.other.step);
        } else {
            self.low = self.step + 1.1 * (self.step - self.best.step);
            self.high = self.step + 4.0 * (self.step - self.best.step);
        }
        self.step = self.step.clamp(0.0, LONGEST);
        let outside = self.step <= self.low || self.step >= self.high;
        if self.bracketed && (outside || self.high - self.low <= WIDTH * self.high) {
            self.step = self.best.step;
        }
    }

    /// Returns the next step by interpolation, and moves the ends of the interval (`dcstep`).
    fn next_step(&mut self, best: &mut Point, other: &mut Point, here: Point) -> f64 {
        let opposite = here.slope * best.slope.signum() < 0.0;
        let next = if here.value > best.value {
            self.bracketed = true;
            rising(*best, here)
        } else if opposite {
            self.bracketed = true;
            crossing(*best, here)
        } else if here.slope.abs() < best.slope.abs() {
            self.flattening(*best, *other, here)
        } else if self.bracketed {
            let (gamma, theta) = cubic(here, *other, here.step > other.step);
            let p = (gamma - here.slope) + theta;
            let q = ((gamma - here.slope) + gamma) + other.slope;
            here.step + p / q * (other.step - here.step)
        } else if here.step > best.step {
            self.high
        } else {
            self.low
        };
        if here.value > best.value {
            *other = here;
        } else {
            if opposite {
                *other = *best;
            }
            *best = here;
        }
        next
    }

    /// The function falls and its slope shrinks: the cubic's minimum may lie beyond the step, or nowhere.
    fn flattening(&self, best: Point, other: Point, here: Point) -> f64 {
        let (gamma, theta) = cubic(best, here, here.step > best.step);
        let p = (gamma - here.slope) + theta;
        let q = (gamma + (best.slope - here.slope)) + gamma;
        let r = p / q;
        let by_cubic = if r < 0.0 && gamma != 0.0 {
            here.step + r * (best.step - here.step)
        } else if here.step > best.step {
            self.high
        } else {
            self.low
        };
        let by_secant =
            here.step + here.slope / (here.slope - best.slope) * (best.step - here.step);
        let cubic_is_nearer = (by_cubic - here.step).abs() < (by_secant - here.step).abs();
        if !self.bracketed {
            let farther = if cubic_is_nearer { by_secant } else { by_cubic };
            return farther.clamp(self.low.min(self.high), self.high.max(self.low));
        }
        let nearer = if cubic_is_nearer { by_cubic } else { by_secant };
        let limit = here.step + 0.66 * (other.step - here.step);
        if here.step > best.step {
            nearer.min(limit)
        } else {
            nearer.max(limit)
        }
    }
}

/// The function rose: the minimum lies between.
fn rising(best: Point, here: Point) -> f64 {
    let (gamma, theta) = cubic(best, here, here.step < best.step);
    let p = (gamma - best.slope) + theta;
    let q = ((gamma - best.slope) + gamma) + here.slope;
    let width = here.step - best.step;
    let by_cubic = best.step + p / q * width;
    let secant = (best.value - here.value) / width + best.slope;
    let by_parabola = best.step + best.slope / secant / 2.0 * width;
    if (by_cubic - best.step).abs() < (by_parabola - best.step).abs() {
        by_cubic
    } else {
        by_cubic + (by_parabola - by_cubic) / 2.0
    }
}

/// The slope changed its sign: the minimum lies between.
fn crossing(best: Point, here: Point) -> f64 {
    let (gamma, theta) = cubic(best, here, here.step > best.step);
    let p = (gamma - here.slope) + theta;
    let q = ((gamma - here.slope) + gamma) + best.slope;
    let by_cubic = here.step + p / q * (best.step - here.step);
    let by_secant = here.step + here.slope / (here.slope - best.slope) * (best.step - here.step);
    if (by_cubic - here.step).abs() > (by_secant - here.step).abs() {
        by_cubic
    } else {
        by_secant
    }
}

/// Returns `γ`, negated if asked, and `θ` of the cubic through two values and slopes.
fn cubic(a: Point, b: Point, negate: bool) -> (f64, f64) {
    let theta = 3.0 * (a.value - b.value) / (b.step - a.step) + a.slope + b.slope;
    let scale = theta.abs().max(a.slope.abs()).max(b.slope.abs());
    let square = (theta / scale).powi(2) - (a.slope / scale) * (b.slope / scale);
    let gamma = scale * square.max(0.0).sqrt();
    (if negate { -gamma } else { gamma }, theta)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(f: impl Fn(f64) -> (f64, f64), first: f64) -> f64 {
        let (value, slope) = f(0.0);
        let mut search = LineSearch::new(value, slope, first);
        for _ in 0..50 {
            let (value, slope) = f(search.step());
            if search.accept(value, slope) {
                return search.step();
            }
        }
        panic!("no step was accepted");
    }

    #[test]
    fn a_parabola_is_solved_from_a_step_that_is_too_long() {
        // Minimum at 1; from 10 the interpolation is exact.
        let step = search(|t| ((t - 1.0).powi(2), 2.0 * (t - 1.0)), 10.0);
        assert!((step - 1.0).abs() < 1e-12, "{step}");
    }

    #[test]
    fn steps_grow_while_the_function_falls() {
        let f = |t: f64| (-t / (t * t + 2.0), (t * t - 2.0) / (t * t + 2.0).powi(2));
        for first in [1e-3, 0.1, 10.0, 1000.0] {
            let step = search(f, first);
            let (value, slope) = f(step);
            assert!(value < f(0.0).0 - 1e-3 * step * 0.5 && slope.abs() <= 0.45);
        }
    }
}
