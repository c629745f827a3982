//! InfoM, InfoC and InfoE: modularity, compactness and explicitness by information.
//!
//! With `N_dk = I(z_d; v_k) / H(v_k)` over the active codes (those whose range exceeds a twentieth of the widest):
//! `InfoM = (mean_d max_k N_dk / Σ_k N_dk − 1/K) / (1 − 1/K)`, `InfoC` the same along codes, and `InfoE` the share of
//! a factor's entropy that a linear softmax classifier on all codes explains, averaged over factors.
//! Hsu et al. 2023, arXiv:2305.18378, section 4; checked by reading kylehkhsu/latent_quantization@9a420a3 and against
//! its values. Information is estimated by 10 nearest neighbors, or by bins for codes that are quantized.
//! Differs: classes are weighed by their frequency, and InfoE's null is the entropy; for factors whose values are
//! equally frequent that is the same. Of a continuous factor, InfoE is the R² of a line, and `H(v)` the information
//! that the estimator finds between the factor and itself.

use disentangle_registry::{Config, Problems};
use ndarray::{Array1, Array2, ArrayView2, Axis};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::classes::Classes;
use crate::error::Error;
use crate::evaluate::MetricCx;
use crate::information::{entropies, entropy, mutual_information_matrix};
use crate::metrics::mcc::columns;
use crate::metrics::r_squared::{explained, standardized};
use crate::metrics::{Metric, Needs};
use crate::nearest_neighbors::{jittered, with_classes, with_values};
use crate::parallel::try_map;
use crate::points::{Points, Rows};
use crate::predictors::{Lasso, LogisticMode, LogisticRegression};
use crate::scores::Score;

/// So little penalty that it does not show.
const UNPENALIZED: f64 = 1e10;

/// InfoMEC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct InfoMec {
    /// How information is estimated.
    pub estimator: Estimator,
    /// Neighbors that the estimator looks at.
    pub neighbors: usize,
    /// The most rows that are looked at; of more, so many are drawn.
    pub max_rows: usize,
}

/// An estimator of mutual information between a code and a factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Estimator {
    /// Distances to nearest neighbors, for codes that are real numbers.
    #[default]
    NearestNeighbors,
    /// The protocol's bins, for codes of few values.
    Histogram,
}

impl Default for InfoMec {
    fn default() -> Self {
        Self {
            estimator: Estimator::default(),
            neighbors: 10,
            max_rows: 10_000,
        }
    }
}

impl Config for InfoMec {
    fn examples() -> Vec<Self> {
        let binned = Self {
            estimator: Estimator::Histogram,
            ..Self::default()
        };
        vec![Self::default(), binned]
    }

    fn check(&self, problems: &mut Problems) {
        problems.require(self.neighbors > 0, "neighbors", "must be positive");
        problems.require(self.max_rows > 1, "max_rows", "must be at least 2");
    }
}

impl Metric for InfoMec {
    fn needs(&self) -> Needs {
        match self.estimator {
            Estimator::NearestNeighbors => Needs::Values,
            Estimator::Histogram => Needs::Classes,
        }
    }

    fn rewards_noise(&self) -> bool {
        true
    }

    fn score_alone(&self, cx: &MetricCx<'_>) -> Result<f64, Error> {
        let chosen = self.choose(cx);
        let points = chosen.as_ref().map_or(cx.points.view(), Points::of_rows);
        let known = self.known(cx, &points)?;
        Ok(concentration(
            known.shares.rows().into_iter(),
            known.shares.ncols(),
        ))
    }

    fn compute(&self, cx: &MetricCx<'_>) -> Result<Score, Error> {
        let chosen = self.choose(cx);
        let points = chosen.as_ref().map_or(cx.points.view(), Points::of_rows);
        let Known {
            active,
            codes,
            shares,
        } = self.known(cx, &points)?;
        let infom = concentration(shares.rows().into_iter(), shares.ncols());
        let explicitness = explicitness(cx, &points.with_codes(&codes))?;
        let infoe = explicitness.iter().sum::<f64>() / explicitness.len() as f64;
        let matrix = spread(&shares, &active, cx.variances.len());
        let mut score = Score::new(infom)
            .with("infom", infom)
            .with("infoe", infoe)
            .with("infoe_per_factor", explicitness)
            .with("active", active.clone())
            .with_matrix("normalized_mutual_information", matrix);
        if active.len() > 1 {
            let infoc = concentration(shares.columns().into_iter(), active.len());
            score = score.with("infoc", infoc);
        } else {
            let why = "one code is active: InfoC is undefined";
            score.warnings.push(why.to_owned());
        }
        Ok(score)
    }
}

/// What active codes know.
struct Known {
    active: Vec<usize>,
    codes: Array2<f32>,
    /// Shares `[active, K]` of the factors' entropies.
    shares: Array2<f64>,
}

impl Points<'_> {
    fn with_codes<'b>(&'b self, codes: &'b Array2<f32>) -> Points<'b> {
        Points {
            codes: codes.view(),
            ..self.view()
        }
    }
}

impl InfoMec {
    fn choose(&self, cx: &MetricCx<'_>) -> Option<Rows> {
        let stream = cx.seeds.stream("metric/info_mec/rows", 0);
        cx.points.choose(self.max_rows, stream)
    }

    fn known(&self, cx: &MetricCx<'_>, points: &Points<'_>) -> Result<Known, Error> {
        let factors = points.factors.ncols();
        if factors < 2 {
            return Err(Error::TooFewFactors { found: factors });
        }
        let active = active(points.codes);
        if active.is_empty() {
            return Err(Error::Unsuited("all codes are constant"));
        }
        let codes = points.codes.select(Axis(1), &active);
        let points = points.with_codes(&codes);
        let shares = match self.estimator {
            Estimator::NearestNeighbors => self.by_neighbors(cx, &points)?,
            Estimator::Histogram => {
                let histogram = cx.protocol.histogram();
                let information =
                    mutual_information_matrix(points.codes, points.factors, &histogram)?;
                information / &Array1::from(entropies(points.factors)?)
            }
        };
        Ok(Known {
            active,
            codes,
            shares,
        })
    }

    fn by_neighbors(&self, cx: &MetricCx<'_>, points: &Points<'_>) -> Result<Array2<f64>, Error> {
        // All codes get the same noise, so that their order does not matter.
        let jitter =
            |column: &Vec<f64>| jittered(column, &mut cx.seeds.stream("metric/info_mec/codes", 0));
        let codes: Vec<_> = columns(points.codes).iter().map(jitter).collect();
        let factors: Vec<Factor> = (0..points.factors.ncols())
            .map(|k| Factor::of(cx, points, k, self.neighbors))
            .collect::<Result<_, _>>()?;
        let entries: Vec<f64> = (0..codes.len() * factors.len())
            .into_par_iter()
            .map(|entry| factors[entry % factors.len()].share(&codes[entry / factors.len()]))
            .collect();
        let shape = (codes.len(), factors.len());
        Ok(Array2::from_shape_fn(shape, |(d, k)| {
            entries[d * factors.len() + k]
        }))
    }
}

/// A factor, and how much there is to know of it.
struct Factor {
    kind: Kind,
    entropy: f64,
    neighbors: usize,
}

enum Kind {
    Classes(Classes),
    Values(Vec<f64>),
}

impl Factor {
    fn of(
        cx: &MetricCx<'_>,
        points: &Points<'_>,
        k: usize,
        neighbors: usize,
    ) -> Result<Self, Error> {
        let (kind, entropy) = if cx.table.continuous()[k] {
            let mut stream = cx.seeds.stream("metric/info_mec/factors", k as u64);
            let values = jittered(&points.values_of(k), &mut stream);
            let entropy = with_values(&values, &values, neighbors);
            (Kind::Values(values), entropy)
        } else {
            let column = points.factors.column(k);
            (Kind::Classes(Classes::of(column)), entropy(column))
        };
        match entropy {
            0.0 => Err(Error::ConstantFactor { factor: k }),
            entropy => Ok(Self {
                kind,
                entropy,
                neighbors,
            }),
        }
    }

    /// Returns the share of the factor's entropy that a code knows.
    fn share(&self, code: &[f64]) -> f64 {
        let information = match &self.kind {
            Kind::Classes(classes) => {
                with_classes(code, &classes.of_row, classes.count, self.neighbors)
            }
            Kind::Values(values) => with_values(code, values, self.neighbors),
        };
        information / self.entropy
    }
}

/// Returns the share of each factor's entropy that a softmax classifier on all codes explains, or the share of its
/// variance that a line explains.
fn explicitness(cx: &MetricCx<'_>, points: &Points<'_>) -> Result<Vec<f64>, Error> {
    let x = standardized(points, points);
    let of = |factor: usize| {
        if cx.table.continuous()[factor] {
            let y = Array1::from(points.values_of(factor));
            let model = Lasso { alpha: 0.0 }.fit(x.view(), y.view())?;
            return Ok(explained(model.predict(x.view()).view(), y.view()).unwrap_or(0.0));
        }
        let labels = points.factors.column(factor);
        let regression = LogisticRegression {
            c: UNPENALIZED,
            mode: LogisticMode::Lbfgs,
        };
        let model = regression.fit(x.view(), labels)?;
        let probabilities = model.probabilities(x.view());
        let class_of = Classes::of(labels).of_row;
        let rows = probabilities.rows().into_iter().zip(&class_of);
        let loss = rows.map(|(row, &class)| -row[class as usize].max(f64::MIN_POSITIVE).ln());
        let loss = loss.sum::<f64>() / class_of.len() as f64;
        let entropy = entropy(labels);
        // A fit that stopped early may do worse than a guess; then codes explain nothing.
        Ok(((entropy - loss) / entropy).max(0.0))
    };
    try_map(points.factors.ncols(), of)
}

/// Returns the codes whose range exceeds a twentieth of the widest.
fn active(codes: ArrayView2<'_, f32>) -> Vec<usize> {
    let range = |column: ndarray::ArrayView1<'_, f32>| {
        let (low, high) = column
            .iter()
            .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &x| {
                (low.min(x), high.max(x))
            });
        f64::from(high) - f64::from(low)
    };
    let ranges: Vec<_> = codes.columns().into_iter().map(range).collect();
    let widest = ranges.iter().copied().fold(0.0, f64::max);
    (0..ranges.len())
        .filter(|&code| ranges[code] > widest / 20.0)
        .collect()
}

/// Returns the mean share of the largest entry in each line, scaled so that equal entries score zero.
fn concentration<'a>(
    lines: impl Iterator<Item = ndarray::ArrayView1<'a, f64>>,
    length: usize,
) -> f64 {
    let even = 1.0 / length as f64;
    let share = |line: ndarray::ArrayView1<'_, f64>| {
        let sum = line.sum();
        let largest = line.iter().copied().fold(0.0, f64::max);
        // A line that knows nothing prefers nothing.
        if sum > 0.0 { largest / sum } else { even }
    };
    let shares: Vec<_> = lines.map(share).collect();
    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
    (mean - even) / (1.0 - even)
}

/// Puts the rows of active codes back where they were; the others are zero.
fn spread(shares: &Array2<f64>, active: &[usize], codes: usize) -> Array2<f64> {
    let mut matrix = Array2::zeros((codes, shares.ncols()));
    for (&code, row) in active.iter().zip(shares.rows()) {
        matrix.row_mut(code).assign(&row);
    }
    matrix
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    /// Rows (3, 1) and (0, 4): shares ¾ and 1, mean 7/8, scaled to (7/8 − ½) / ½.
    #[test]
    fn concentration_is_scaled_by_chance() {
        let shares = array![[3.0, 1.0], [0.0, 4.0]];
        assert!((concentration(shares.rows().into_iter(), 2) - 0.75).abs() < 1e-15);
        let nothing = Array2::<f64>::zeros((2, 2));
        assert_eq!(concentration(nothing.rows().into_iter(), 2), 0.0);
    }

    #[test]
    fn narrow_codes_are_not_active() {
        let codes = array![[0.0, 5.0, 0.0], [20.0, 5.0, 1.5], [10.0, 5.0, 0.5]];
        assert_eq!(active(codes.view()), [0, 2]);
        assert_eq!(active(array![[2.0], [2.0]].view()), [0usize; 0]);
    }
}
