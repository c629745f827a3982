//! Cuts a code's range into bins of equal width.
//!
//! `bin(x) = #{i < bins : eᵢ ≤ x}` with edges from the smallest to the largest value, so bins are closed
//! on the left and the last also on the right. A constant code has all values in one bin.
//! Checked against disentanglement_lib@86a644d, `metrics/utils.py`, `_histogram_discretize`, which calls
//! `numpy.histogram` and `numpy.digitize`.

use ndarray::ArrayView1;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::reach::range;

/// How edges between bins are rounded. It matters for codes that lie on edges, as noise-free codes do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EdgeMode {
    /// `f32` throughout, as NumPy 2 does for `f32` codes.
    #[default]
    F32Numpy2,
    /// Computed in `f64`, rounded to `f32` at the end, as NumPy 1 does for `f32` codes.
    F64CastNumpy1,
    /// `f64` throughout, as NumPy does for codes that were widened to `f64`.
    F64,
}

/// A histogram of equal bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Histogram {
    /// Number of bins, from 1 to [`Histogram::MAX_BINS`].
    pub bins: usize,
    /// Rounding of the edges.
    pub edges: EdgeMode,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            bins: 20,
            edges: EdgeMode::default(),
        }
    }
}

impl Histogram {
    /// More bins than this describe no histogram.
    pub const MAX_BINS: usize = 4096;

    /// Returns the bin of each value, from 0.
    ///
    /// # Errors
    /// If the range exceeds that of `f32`; `code` is the column that the error names.
    pub(crate) fn bin(&self, values: ArrayView1<'_, f32>, code: usize) -> Result<Vec<u16>, Error> {
        self.bin_between(range(values), values, code)
    }

    /// Returns the bin of each value, from 0, of bins that reach from one end to the other; what lies beyond is in the
    /// outer bins.
    ///
    /// # Errors
    /// As [`Histogram::bin`].
    pub(crate) fn bin_between(
        &self,
        [low, high]: [f32; 2],
        values: ArrayView1<'_, f32>,
        code: usize,
    ) -> Result<Vec<u16>, Error> {
        let edges = self.edges(low, high);
        if !edges.iter().all(|edge| edge.is_finite()) || high - low == f32::INFINITY {
            return Err(Error::Unbinnable {
                code,
                low: low.into(),
                high: high.into(),
            });
        }
        let scale = self.bins as f64 / (f64::from(high) - f64::from(low)).max(f64::MIN_POSITIVE);
        Ok(values
            .iter()
            .map(|&x| {
                let x = f64::from(x);
                let guess = ((x - f64::from(low)) * scale) as usize;
                place(x, &edges, guess.min(self.bins - 1)) as u16
            })
            .collect())
    }

    /// Returns the bin of each class of a factor, from 0.
    pub(crate) fn bin_classes(&self, values: ArrayView1<'_, u32>) -> Vec<u32> {
        let low = values.iter().copied().min().map_or(0.0, f64::from);
        let high = values.iter().copied().max().map_or(0.0, f64::from);
        let edges = self.edges_of_numbers(low, high);
        let scale = self.bins as f64 / (high - low).max(f64::MIN_POSITIVE);
        let bin = |&value: &u32| {
            let guess = ((f64::from(value) - low) * scale) as usize;
            place(f64::from(value), &edges, guess.min(self.bins - 1)) as u32
        };
        values.iter().map(bin).collect()
    }

    /// Returns the left edge of each bin, in `f64` throughout.
    fn edges_of_numbers(&self, low: f64, high: f64) -> Vec<f64> {
        let (low, high) = match low == high {
            true => (low - 0.5, high + 0.5),
            false => (low, high),
        };
        let step = (high - low) / self.bins as f64;
        (0..self.bins).map(|i| low + i as f64 * step).collect()
    }

    /// Returns the left edge of each bin; comparing them as `f64` is exact for all modes.
    fn edges(&self, low: f32, high: f32) -> Vec<f64> {
        let (low, high) = if low == high {
            (low - 0.5, high + 0.5)
        } else {
            (low, high)
        };
        let indices = 0..self.bins;
        match self.edges {
            EdgeMode::F32Numpy2 => {
                let range = high - low;
                let step = range / self.bins as f32;
                indices
                    .map(|i| {
                        // A range below the smallest step is divided before it is multiplied, as NumPy does.
                        let offset = if step == 0.0 {
                            i as f32 / self.bins as f32 * range
                        } else {
                            i as f32 * step
                        };
                        f64::from(offset + low)
                    })
                    .collect()
            }
            EdgeMode::F64CastNumpy1 | EdgeMode::F64 => {
                let (low, high) = (f64::from(low), f64::from(high));
                let step = (high - low) / self.bins as f64;
                let edge = |i: usize| low + i as f64 * step;
                if self.edges == EdgeMode::F64 {
                    indices.map(edge).collect()
                } else {
                    indices.map(|i| f64::from(edge(i) as f32)).collect()
                }
            }
        }
    }
}

/// Returns the last bin whose left edge is not above `x`, looking around a guess.
fn place(x: f64, edges: &[f64], guess: usize) -> usize {
    let mut bin = guess;
    while bin > 0 && edges[bin] > x {
        bin -= 1;
    }
    while bin + 1 < edges.len() && edges[bin + 1] <= x {
        bin += 1;
    }
    bin
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, array};

    use super::*;

    fn bins(values: &Array1<f32>, bins: usize) -> Vec<u16> {
        let edges = EdgeMode::default();
        Histogram { bins, edges }.bin(values.view(), 0).unwrap()
    }

    #[test]
    fn bins_are_closed_on_the_left_and_the_last_on_both_sides() {
        assert_eq!(bins(&array![0.0, 0.9, 1.0, 3.5, 4.0], 4), [0, 0, 1, 3, 3]);
    }

    /// NumPy puts every value of a constant row into bin 11, counted from 1.
    #[test]
    fn a_constant_code_has_one_bin() {
        assert_eq!(bins(&array![1.0, 1.0], 20), [10, 10]);
        let far = bins(&array![3e9, 3e9], 20);
        assert_eq!(far[0], far[1]);
    }

    #[test]
    fn any_bin_is_what_counting_edges_gives() {
        for mode in [EdgeMode::F32Numpy2, EdgeMode::F64CastNumpy1, EdgeMode::F64] {
            let histogram = Histogram {
                bins: 20,
                edges: mode,
            };
            for top in [5u16, 10, 20, 60] {
                let values: Array1<f32> = (0..=top).map(|i| f32::from(i) * 0.37 - 1.1).collect();
                let edges = histogram.edges(values[0], values[values.len() - 1]);
                for (&x, bin) in values.iter().zip(histogram.bin(values.view(), 0).unwrap()) {
                    let counted = edges.iter().filter(|&&edge| edge <= f64::from(x)).count();
                    assert_eq!(usize::from(bin) + 1, counted, "{mode:?} {x}");
                }
            }
        }
    }

    /// 40 classes in 20 bins, by `numpy.histogram` and `numpy.digitize`: two a bin, the last has 38 and 39.
    #[test]
    fn classes_are_binned_as_numbers() {
        let bins = Histogram::default().bin_classes(Array1::from_iter(0..40).view());
        let expected: Vec<u32> = (0..40)
            .map(|class| class * 20 / 39)
            .map(|bin| bin.min(19))
            .collect();
        assert_eq!(bins, expected);
        assert_eq!(
            Histogram::default().bin_classes(array![7, 7].view()),
            [10, 10]
        );
    }

    #[test]
    fn tiny_and_huge_ranges_do_not_panic() {
        // The range is one subnormal step: the lower half of the edges rounds to 0, the upper to the step.
        assert_eq!(bins(&array![0.0, 1e-45], 20), [10, 19]);
        let huge = array![f32::MIN, f32::MAX];
        let error = Histogram::default().bin(huge.view(), 3).unwrap_err();
        assert!(
            matches!(error, Error::Unbinnable { code: 3, .. }),
            "{error}"
        );
    }
}
