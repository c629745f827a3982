//! Minimizes a smooth function by limited-memory BFGS.
//!
//! The direction is `−H g`, `H` from the last ten steps and changes of the gradient (two-loop recursion).
//! Liu & Nocedal 1989, doi:10.1007/BF01589116; steps, updates and stops as in L-BFGS-B 3.0 without bounds.
//! Checked against SciPy 1.17, `optimize.minimize(method="L-BFGS-B")`.

use std::collections::VecDeque;

use super::line_search::LineSearch;

/// Pairs of steps and changes of the gradient that are kept.
const MEMORY: usize = 10;
/// Values of the function that one line search may ask for.
const MAX_TRIALS: usize = 50;

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stop {
    /// Steps at most.
    pub(super) iterations: usize,
    /// The largest entry of the gradient.
    pub(super) gradient: f64,
    /// The decrease in a step, relative to the value or one, whichever is larger.
    pub(super) decrease: f64,
}

/// Where the search ended.
#[derive(Debug, Clone)]
pub(super) struct Minimum {
    pub(super) x: Vec<f64>,
    pub(super) iterations: usize,
    pub(super) converged: bool,
}

/// Minimizes a function that returns its value and writes its gradient.
pub(super) fn minimize(
    mut function: impl FnMut(&[f64], &mut [f64]) -> f64,
    start: Vec<f64>,
    stop: &Stop,
) -> Minimum {
    let mut x = start;
    let mut gradient = vec![0.0; x.len()];
    let mut value = function(&x, &mut gradient);
    let mut memory = Memory::default();
    let mut iterations = 0;
    let mut converged = largest(&gradient) <= stop.gradient;
    while !converged && iterations < stop.iterations {
        let mut direction = memory.direction(&gradient);
        if dot(&direction, &gradient) >= 0.0 {
            memory = Memory::default();
            direction = memory.direction(&gradient);
        }
        let first = if iterations == 0 {
            (1.0 / dot(&direction, &direction).sqrt()).min(1e10)
        } else {
            1.0
        };
        let trial = search(&mut function, (&x, value, &gradient), &direction, first);
        let Some(next) = trial else {
            // The original restarts from steepest descent before it gives up.
            if memory.pairs.is_empty() {
                break;
            }
            memory = Memory::default();
            continue;
        };
        iterations += 1;
        let scale = value.abs().max(next.value.abs()).max(1.0);
        converged =
            largest(&next.gradient) <= stop.gradient || value - next.value <= stop.decrease * scale;
        memory.push(&direction, next.step, &gradient, &next.gradient);
        (x, value, gradient) = (next.x, next.value, next.gradient);
    }
    Minimum {
        x,
        iterations,
        converged,
    }
}

/// A point that a line search accepted.
struct Accepted {
    step: f64,
    x: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
}

fn search(
    function: &mut impl FnMut(&[f64], &mut [f64]) -> f64,
    (x, value, gradient): (&[f64], f64, &[f64]),
    direction: &[f64],
    first: f64,
) -> Option<Accepted> {
    let mut search = LineSearch::new(value, dot(gradient, direction), first);
    let mut next = Accepted {
        step: first,
        x: x.to_vec(),
        value,
        gradient: vec![0.0; x.len()],
    };
    for _ in 0..MAX_TRIALS {
        next.step = search.step();
        for ((new, &old), &d) in next.x.iter_mut().zip(x).zip(direction) {
            *new = old + next.step * d;
        }
        next.value = function(&next.x, &mut next.gradient);
        let slope = dot(&next.gradient, direction);
        if !next.value.is_finite() || !slope.is_finite() {
            return None;
        }
        if search.accept(next.value, slope) {
            return Some(next);
        }
    }
    None
}

/// The last steps `s` and changes of the gradient `y`, oldest first, with `1 / sᵀy`.
#[derive(Default)]
struct Memory {
    pairs: VecDeque<(Vec<f64>, Vec<f64>, f64)>,
    /// `sᵀy / yᵀy` of the last pair.
    scale: Option<f64>,
}

impl Memory {
    fn direction(&self, gradient: &[f64]) -> Vec<f64> {
        let mut q: Vec<f64> = gradient.iter().map(|g| -g).collect();
        let mut weights = Vec::with_capacity(self.pairs.len());
        for (s, y, inverse) in self.pairs.iter().rev() {
            let weight = inverse * dot(s, &q);
            add_scaled(&mut q, -weight, y);
            weights.push(weight);
        }
        let scale = self.scale.unwrap_or(1.0);
        q.iter_mut().for_each(|x| *x *= scale);
        for ((s, y, inverse), weight) in self.pairs.iter().zip(weights.into_iter().rev()) {
            let correction = weight - inverse * dot(y, &q);
            add_scaled(&mut q, correction, s);
        }
        q
    }

    fn push(&mut self, direction: &[f64], step: f64, before: &[f64], after: &[f64]) {
        let y: Vec<f64> = after.iter().zip(before).map(|(a, b)| a - b).collect();
        let s: Vec<f64> = direction.iter().map(|d| step * d).collect();
        let curvature = dot(&s, &y);
        // Without curvature, an update would not stay positive definite.
        if curvature <= f64::EPSILON * -dot(before, &s) {
            return;
        }
        self.scale = Some(curvature / dot(&y, &y));
        if self.pairs.len() == MEMORY {
            self.pairs.pop_front();
        }
        self.pairs.push_back((s, y, 1.0 / curvature));
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add_scaled(to: &mut [f64], factor: f64, x: &[f64]) {
    for (to, x) in to.iter_mut().zip(x) {
        *to += factor * x;
    }
}

fn largest(gradient: &[f64]) -> f64 {
    gradient.iter().fold(0.0, |max: f64, g| max.max(g.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STOP: Stop = Stop {
        iterations: 200,
        gradient: 1e-8,
        decrease: 0.0,
    };

    #[test]
    fn a_bowl_is_solved() {
        let bowl = |x: &[f64], g: &mut [f64]| {
            (g[0], g[1]) = (2.0 * (x[0] - 3.0), 20.0 * (x[1] + 1.0));
            (x[0] - 3.0).powi(2) + 10.0 * (x[1] + 1.0).powi(2)
        };
        let minimum = minimize(bowl, vec![0.0, 0.0], &STOP);
        assert!(minimum.converged);
        assert!((minimum.x[0] - 3.0).abs() < 1e-8 && (minimum.x[1] + 1.0).abs() < 1e-8);
    }

    /// SciPy 1.17: `minimize(rosen, [-1.2, 1], jac=rosen_der, method="L-BFGS-B",
    /// options={"gtol": 1e-8, "ftol": 0, "maxls": 50})` takes 38 iterations.
    #[test]
    fn rosenbrock_takes_the_steps_of_scipy() {
        let rosenbrock = |x: &[f64], g: &mut [f64]| {
            let bend = x[1] - x[0] * x[0];
            g[0] = -400.0 * x[0] * bend - 2.0 * (1.0 - x[0]);
            g[1] = 200.0 * bend;
            100.0 * bend * bend + (1.0 - x[0]).powi(2)
        };
        let minimum = minimize(rosenbrock, vec![-1.2, 1.0], &STOP);
        assert!((minimum.x[0] - 1.0).abs() < 1e-8 && (minimum.x[1] - 1.0).abs() < 1e-8);
        assert_eq!(minimum.iterations, 38);
    }

    #[test]
    fn steps_are_counted_and_limited() {
        let quartic = |x: &[f64], g: &mut [f64]| {
            g[0] = 4.0 * x[0].powi(3);
            x[0].powi(4)
        };
        let stop = Stop {
            iterations: 3,
            ..STOP
        };
        let minimum = minimize(quartic, vec![5.0], &stop);
        assert_eq!(minimum.iterations, 3);
        assert!(!minimum.converged);
    }
}
