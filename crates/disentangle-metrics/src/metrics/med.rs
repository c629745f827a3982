//! MED: disentanglement and completeness of mutual information.
//!
//! `R_dk = I(z_d; v_k) / Σ_d I(z_d; v_k)` in the place of DCI's importances, with DCI's formulas for `D` and `C`: no
//! probe is trained, so it serves codes of many dimensions. Top-k MED keeps the `k` best codes of each factor.
//! Cao et al. 2022, arXiv:2205.13182, section 3. Checked against noahcao/disentanglement_lib_med@e8db5c7.

use std::collections::BTreeSet;

use disentangle_registry::{Config, Problems};
use ndarray::{Array2, Axis};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::evaluate::MetricCx;
use crate::importance::concentration;
use crate::information::mutual_information_matrix;
use crate::metrics::Metric;
use crate::scores::{Detail, Score};

/// MED; bins and their edges are the protocol's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Med {
    /// Codes that are kept of each factor for the top-k scores.
    pub top: usize,
}

impl Default for Med {
    fn default() -> Self {
        Self { top: 1 }
    }
}

impl Config for Med {
    fn examples() -> Vec<Self> {
        vec![Self::default(), Self { top: 2 }]
    }

    fn check(&self, problems: &mut Problems) {
        problems.require(self.top > 0, "top", "must be positive");
    }
}

impl Metric for Med {
    fn compute(&self, cx: &MetricCx<'_>) -> Result<Score, Error> {
        let points = &cx.points;
        let information =
            mutual_information_matrix(points.codes, points.factors, &cx.protocol.histogram())?;
        let importance = shares(information);
        let all = concentration(&importance);
        let disentanglement = all
            .disentanglement
            .ok_or(Error::TooFewFactors { found: 1 })?;
        let best = best_codes(&importance, self.top);
        let top = concentration(&importance.select(Axis(0), &best));
        let mut score = Score::new(disentanglement)
            .with("disentanglement", disentanglement)
            .with("completeness", Detail::from(all.completeness))
            .with("top_disentanglement", Detail::from(top.disentanglement))
            .with("top_completeness", Detail::from(top.completeness))
            .with("top_codes", best)
            .with_matrix("importance", importance);
        if all.completeness.is_none() {
            score
                .warnings
                .push("a single code has no completeness".to_owned());
        }
        Ok(score)
    }
}

/// Divides each column by its sum; a factor that no code knows stays zero.
fn shares(mut information: Array2<f64>) -> Array2<f64> {
    for mut column in information.columns_mut() {
        let sum = column.sum();
        if sum > 0.0 {
            column.mapv_inplace(|x| x / sum);
        }
    }
    information
}

/// Returns the codes that are among the `top` best of some factor, ascending: those with the largest share of their
/// importance there, the first of equals first.
fn best_codes(importance: &Array2<f64>, top: usize) -> Vec<usize> {
    let best = |factor: usize| {
        let share = |code: usize| {
            let sum = importance.row(code).sum();
            if sum > 0.0 {
                importance[[code, factor]] / sum
            } else {
                0.0
            }
        };
        let mut order: Vec<usize> = (0..importance.nrows()).collect();
        order.sort_by(|&a, &b| share(b).total_cmp(&share(a)));
        order.truncate(top);
        order
    };
    let codes: BTreeSet<_> = (0..importance.ncols()).flat_map(best).collect();
    codes.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn columns_are_shares_and_unknown_factors_stay_zero() {
        assert_eq!(
            shares(array![[1.0, 0.0], [3.0, 0.0]]),
            array![[0.25, 0.0], [0.75, 0.0]]
        );
    }

    #[test]
    fn the_best_codes_of_each_factor_are_kept() {
        let importance = array![[0.6, 0.1], [0.3, 0.1], [0.1, 0.8]];
        assert_eq!(best_codes(&importance, 1), [0, 2]);
        // The first code has more of the first factor, the second code is more of it.
        assert_eq!(
            best_codes(&array![[0.6, 0.5], [0.4, 0.1], [0.0, 0.4]], 1),
            [1, 2]
        );
        assert_eq!(best_codes(&importance, 2), [0, 1, 2]);
    }
}
