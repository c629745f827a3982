//! Curves: stateless functions of the step.

pub(crate) mod constant;
pub(crate) mod cosine;
pub(crate) mod cyclic;
pub(crate) mod exponential;
pub(crate) mod linear;
pub(crate) mod piecewise;

use disentangle_registry::{Problems, registry};

use crate::FromNumber;

/// A value that depends on the step alone.
pub trait Curve {
    /// Returns the value at a step.
    fn at(&self, step: u64) -> f64;
}

registry! {
    /// The curves that a coefficient can follow.
    pub enum CurveConfig is dyn Curve {
        "constant" => Constant(constant::Constant),
        "linear" => Linear(linear::Linear),
        "exponential" => Exponential(exponential::Exponential),
        "cosine" => Cosine(cosine::Cosine),
        "cyclic" => Cyclic(cyclic::Cyclic),
        "piecewise" => Piecewise(piecewise::Piecewise),
    }
}

impl FromNumber for CurveConfig {
    fn from_number(value: f64) -> Self {
        Self::Constant(constant::Constant { value })
    }

    fn as_number(&self) -> Option<f64> {
        match self {
            Self::Constant(constant) => Some(constant.value),
            _ => None,
        }
    }
}

impl CurveConfig {
    /// Returns the least value at any step.
    pub(crate) fn least(&self) -> f64 {
        match self {
            Self::Constant(curve) => curve.value,
            Self::Linear(curve) => curve.from.min(curve.to),
            Self::Exponential(curve) => curve.from.min(curve.to),
            Self::Cosine(curve) => curve.from.min(curve.to),
            Self::Cyclic(curve) => curve.from.min(curve.to),
            Self::Piecewise(curve) => {
                let values = curve.points.iter().map(|&(_, value)| value);
                values.fold(f64::INFINITY, f64::min)
            }
        }
    }
}

/// Share of a ramp that is done, in `[0, 1]`; a ramp of no steps is a jump at its start.
fn progress(step: u64, start: u64, steps: u64) -> f64 {
    let done = step.saturating_sub(start);
    match (step < start, done >= steps) {
        (true, _) => 0.0,
        (false, true) => 1.0,
        (false, false) => done as f64 / steps as f64,
    }
}

fn check_finite(problems: &mut Problems, fields: &[(&str, f64)]) {
    for (field, value) in fields {
        problems.require(value.is_finite(), field, "must be a finite number");
    }
}
