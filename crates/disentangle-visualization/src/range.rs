//! The values that a latent takes while it walks.
//!
//! Three choices: the same fixed range for all latents; the quantiles of the prior `N(0, 1)`, which are
//! dense where the prior is; or each latent's own range on the data, which a fixed one leaves or does
//! not fill.

use crate::Error;

/// From where to where latents walk.
#[derive(Debug, Clone, PartialEq)]
pub enum Range {
    /// Evenly spaced from the first value to the last, the same for all latents.
    Fixed(f32, f32),
    /// The values of `N(0, 1)` at evenly spaced probabilities.
    Quantiles {
        /// The probability of the first value, and one minus that of the last; below one half.
        tail: f32,
    },
    /// Evenly spaced over a range of its own for each latent, `[D]`.
    Own(Vec<(f32, f32)>),
}

impl From<(f32, f32)> for Range {
    fn from((first, last): (f32, f32)) -> Self {
        Self::Fixed(first, last)
    }
}

impl Range {
    /// Requires that each of `latents` latents can walk.
    pub(crate) fn check(&self, latents: usize) -> Result<(), Error> {
        match self {
            Self::Fixed(first, last) => ordered((*first, *last)),
            Self::Quantiles { tail } if *tail > 0.0 && *tail < 0.5 => Ok(()),
            Self::Quantiles { tail } => Err(Error::Option {
                name: "tail",
                value: tail.to_string(),
                allowed: "between 0 and 0.5",
            }),
            Self::Own(ranges) if ranges.len() != latents => Err(Error::Mismatch {
                what: "ranges",
                found: ranges.len(),
                to: "latents of `base`",
                expected: latents,
            }),
            Self::Own(ranges) => ranges.iter().try_for_each(|range| ordered(*range)),
        }
    }

    /// Returns the values of a latent, from the first to the last.
    pub(crate) fn values(&self, latent: usize, steps: usize) -> Vec<f32> {
        match self {
            Self::Fixed(first, last) => spaced((*first, *last), steps),
            Self::Quantiles { tail } => spaced((*tail, 1.0 - tail), steps)
                .into_iter()
                .map(|probability| normal_quantile(f64::from(probability)) as f32)
                .collect(),
            Self::Own(ranges) => spaced(ranges[latent], steps),
        }
    }

    /// Returns what is written above the values of all latents.
    pub(crate) fn labels(&self, steps: usize) -> Vec<String> {
        match self {
            Self::Fixed(first, last) => decimal_labels(&spaced((*first, *last), steps)),
            Self::Quantiles { tail } => spaced((*tail, 1.0 - tail), steps)
                .into_iter()
                .map(|probability| format!("{:.0}%", 100.0 * probability))
                .collect(),
            Self::Own(_) => (0..steps)
                .map(|step| match step {
                    0 => "min".into(),
                    step if step + 1 == steps => "max".into(),
                    _ => String::new(),
                })
                .collect(),
        }
    }

    /// Returns what is written beside a latent if its range is its own.
    pub(crate) fn note(&self, latent: usize) -> Option<String> {
        match self {
            Self::Own(ranges) => {
                let (first, last) = ranges[latent];
                Some(format!("{}..{}", decimals(first, 1), decimals(last, 1)))
            }
            Self::Fixed(..) | Self::Quantiles { .. } => None,
        }
    }
}

fn ordered((first, last): (f32, f32)) -> Result<(), Error> {
    if first.is_finite() && last.is_finite() && first < last {
        return Ok(());
    }
    Err(Error::Option {
        name: "range",
        value: format!("({first}, {last})"),
        allowed: "two finite numbers, the smaller first",
    })
}

/// Both ends are exact, and a range that is symmetric passes through its middle.
fn spaced((first, last): (f32, f32), steps: usize) -> Vec<f32> {
    let at = |step: usize| step as f32 / (steps - 1) as f32;
    (0..steps)
        .map(|step| first * (1.0 - at(step)) + last * at(step))
        .collect()
}

/// Writes the values with as many decimals as are needed, at most two.
fn decimal_labels(values: &[f32]) -> Vec<String> {
    let exact = |value: &f32| (value * 10.0 - (value * 10.0).round()).abs() < 1e-3;
    let places = if values.iter().all(exact) { 1 } else { 2 };
    let values = values.iter();
    values.map(|&value| decimals(value, places)).collect()
}

/// Writes a number with some decimals; what rounds to zero has no sign.
pub(crate) fn decimals(value: f32, places: usize) -> String {
    let text = format!("{value:.places$}");
    match text.strip_prefix('-') {
        Some(digits) if digits.chars().all(|c| c == '0' || c == '.') => digits.to_owned(),
        _ => text,
    }
}

/// Returns the value below which a probability of `N(0, 1)` lies, to 2e-7 or better.
///
/// By bisection of `Φ(x) = erfc(−x/√2)/2`, with Numerical Recipes' rational `erfc` (relative error below
/// 1.2e-7, 3rd edition, section 6.2): a picture needs no more, and there is no table of constants to get
/// wrong.
fn normal_quantile(probability: f64) -> f64 {
    let (mut low, mut high) = (-9.0, 9.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        match 0.5 * erfc(-middle / std::f64::consts::SQRT_2) < probability {
            true => low = middle,
            false => high = middle,
        }
    }
    (low + high) / 2.0
}

fn erfc(x: f64) -> f64 {
    const SERIES: [f64; 10] = [
        0.170_872_77,
        -0.822_152_23,
        1.488_515_87,
        -1.135_203_98,
        0.278_868_07,
        -0.186_288_06,
        0.096_784_18,
        0.374_091_96,
        1.000_023_68,
        -1.265_512_23,
    ];
    let z = x.abs();
    let t = 1.0 / (1.0 + 0.5 * z);
    let series = SERIES.iter().fold(0.0, |sum, factor| sum * t + factor);
    let tail = t * (-z * z + series).exp();
    if x >= 0.0 { tail } else { 2.0 - tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Table of the normal distribution, as in any textbook.
    #[test]
    fn quantiles_of_the_prior_are_right() {
        for (probability, expected) in [
            (0.5, 0.0),
            (0.05, -1.644_853_6),
            (0.975, 1.959_964),
            (0.001, -3.090_232_3),
        ] {
            let found = normal_quantile(probability);
            // 2e-6: the error of `erfc` over the density at the outermost value.
            assert!((found - expected).abs() < 2e-6, "{probability}: {found}");
        }
    }

    #[test]
    fn quantiles_are_dense_in_the_middle() {
        let values = Range::Quantiles { tail: 0.05 }.values(3, 5);
        let gaps: Vec<f32> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(gaps[0] > gaps[1] && (gaps[0] - gaps[3]).abs() < 1e-5);
        assert!(values[2].abs() < 1e-6);
        let labels = Range::Quantiles { tail: 0.05 }.labels(3);
        assert_eq!(labels, ["5%", "50%", "95%"]);
    }

    #[test]
    fn each_latent_has_its_own_range() {
        let range = Range::Own(vec![(-1.0, 1.0), (0.5, 3.5)]);
        assert_eq!(range.values(1, 3), [0.5, 2.0, 3.5]);
        assert_eq!(range.labels(4), ["min", "", "", "max"]);
        assert_eq!(range.note(0).as_deref(), Some("-1.0..1.0"));
    }

    #[test]
    fn columns_say_their_values() {
        let labels = |steps, (first, last)| Range::Fixed(first, last).labels(steps).join(" ");
        assert_eq!(labels(5, (-2.0, 2.0)), "-2.0 -1.0 0.0 1.0 2.0");
        assert_eq!(labels(4, (-1.0, 1.0)), "-1.00 -0.33 0.33 1.00");
        let expected = "-3.0 -2.4 -1.8 -1.2 -0.6 0.0 0.6 1.2 1.8 2.4 3.0";
        assert_eq!(labels(11, (-3.0, 3.0)), expected);
    }

    #[test]
    fn senseless_ranges_are_errors() {
        let message = |range: Range| range.check(2).unwrap_err().to_string();
        assert!(message((2.0, -2.0).into()).contains("`range` is (2, -2)"));
        assert!(message(Range::Quantiles { tail: 0.5 }).contains("`tail` is 0.5"));
        let expected = "1 ranges do not fit 2 latents of `base`";
        assert_eq!(message(Range::Own(vec![(0.0, 1.0)])), expected);
        assert!(message(Range::Own(vec![(0.0, 1.0), (1.0, 1.0)])).contains("(1, 1)"));
    }
}
