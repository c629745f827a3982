//! Joint entropy minus mutual information gap.
//!
//! `JEMMIG_k = H(z_(1), v_k) − I(z_(1); v_k) + I(z_(2); v_k)`, `z_(1)` and `z_(2)` being the codes that know most
//! of factor `v_k`: small if one code says the factor and nothing else.
//! The score is the mean of `1 − JEMMIG_k / (H(v_k) + ln B)`, `B` bins, so 1 is best.
//! Do & Tran 2020, arXiv:1908.09961, section 4.3, normalized as by Carbonneau et al. 2022, eq. 12. Checked against
//! ubisoft-laforge-disentanglement-metrics@05d5667 with discrete factors.

use disentangle_registry::Config;
use ndarray::ArrayView2;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::evaluate::MetricCx;
use crate::histogram::Histogram;
use crate::information::{code_entropies, entropy, mutual_information_matrix};
use crate::longer::{Information, Longer};
use crate::metrics::Metric;
use crate::ranking::best_two;
use crate::scores::Score;
use crate::variance::mean;

/// JEMMIG; bins and their edges are the protocol's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Jemmig {}

/// The result of [`jemmig`].
#[derive(Debug, Clone, PartialEq)]
pub struct JointGaps {
    /// `1 − JEMMIG_k / (H(v_k) + ln B)` of each factor, in `[0, 1]`, 1 being best.
    pub per_factor: Vec<f64>,
    /// `JEMMIG_k` of each factor in nats, 0 being best.
    pub raw: Vec<f64>,
    /// The code that knows most of each factor.
    pub best_code: Vec<usize>,
}

impl Config for Jemmig {
    fn examples() -> Vec<Self> {
        vec![Self::default()]
    }
}

impl Metric for Jemmig {
    fn compute(&self, cx: &MetricCx<'_>) -> Result<Score, Error> {
        let gaps = jemmig(cx.points.codes, cx.points.factors, &cx.protocol.histogram())?;
        Ok(Score::new(mean(&gaps.per_factor))
            .with("per_factor", gaps.per_factor)
            .with("jemmig", gaps.raw)
            .with("best_code", gaps.best_code))
    }

    fn of_longer(&self, longer: &Longer<'_>) -> Option<f64> {
        let gaps = of_information(&longer.information()?, longer.bins());
        Some(mean(&gaps.per_factor))
    }
}

/// Returns the joint gap of each factor.
///
/// # Errors
/// If there is a single bin, an array is empty, the numbers of rows differ, or a code is not finite.
pub fn jemmig(
    codes: ArrayView2<'_, f32>,
    factors: ArrayView2<'_, u32>,
    histogram: &Histogram,
) -> Result<JointGaps, Error> {
    if histogram.bins < 2 {
        return Err(Error::TooFew {
            what: "bins",
            needed: 2,
            found: histogram.bins,
        });
    }
    let information = Information {
        shared: mutual_information_matrix(codes, factors, histogram)?,
        of_factors: factors.columns().into_iter().map(entropy).collect(),
        of_codes: code_entropies(codes, histogram)?,
    };
    Ok(of_information(&information, histogram.bins))
}

fn of_information(information: &Information, bins: usize) -> JointGaps {
    let of_codes = &information.of_codes;
    let mut gaps = JointGaps {
        per_factor: Vec::new(),
        raw: Vec::new(),
        best_code: Vec::new(),
    };
    let columns = information.shared.columns().into_iter();
    for (column, &of_factor) in columns.zip(&information.of_factors) {
        let best = best_two(column);
        // Of codes that know equally much, the one that says least else: their order must not matter.
        let ties = (0..of_codes.len()).filter(|&code| column[code] == best.first);
        let place = ties.min_by(|&a, &b| of_codes[a].total_cmp(&of_codes[b]));
        let place = place.unwrap_or(best.place);
        let joint = of_codes[place] + of_factor - best.first;
        let raw = joint - best.first + best.second;
        let worst = of_factor + (bins as f64).ln();
        gaps.per_factor.push(1.0 - raw / worst);
        gaps.raw.push(raw);
        gaps.best_code.push(place);
    }
    gaps
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    /// One code is the coin: H(z, v) − I = ln 2 − ln 2 = 0. The other is constant.
    #[test]
    fn a_code_that_is_the_factor_scores_one() {
        let codes = array![[0.0, 5.0], [1.0, 5.0]];
        let gaps = jemmig(codes.view(), array![[0], [1]].view(), &Histogram::default()).unwrap();
        assert!((gaps.per_factor[0] - 1.0).abs() < 1e-12);
        assert_eq!(gaps.best_code, [0]);
    }

    /// The code tells two coins at once: H(z, v) = 2 ln 2, I = ln 2, and no second code: JEMMIG = ln 2.
    #[test]
    fn what_else_a_code_says_counts_against_it() {
        let codes = array![[0.0], [1.0], [2.0], [3.0]];
        let factors = array![[0, 0], [0, 1], [1, 0], [1, 1]];
        let gaps = jemmig(codes.view(), factors.view(), &Histogram::default()).unwrap();
        let expected = 1.0 - 2f64.ln() / (2f64.ln() + 20f64.ln());
        for (raw, share) in gaps.raw.iter().zip(&gaps.per_factor) {
            assert!((raw - 2f64.ln()).abs() < 1e-12 && (share - expected).abs() < 1e-12);
        }
    }
}
