//! A linear support vector machine on a single feature.
//!
//! For each class `min ½(w² + b²) + Σᵢ Cᵢ max(0, 1 − tᵢ(w xᵢ + b))²`, the intercept penalized;
//! `Cᵢ = C n / (classes · n_k)` for the class's own rows and `C` for all others, as liblinear weights
//! `class_weight="balanced"`. Two classes make one problem in which both are weighted.
//! Fan et al. 2008, LIBLINEAR; checked against scikit-learn 1.9.1, `LinearSVC`.
//! Differs: the rows that violate the margin are a prefix or a suffix of the sorted feature, so a step reads sums of
//! prefixes and costs `O(log n)`. The steps are LIBLINEAR's; see [`super::trust_region`].

use ndarray::ArrayView1;
use rayon::prelude::*;

use super::first_largest;
use super::trust_region::{self, Line, Local};
use crate::classes::Classes;
use crate::error::Error;

/// Settings of the machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinearSvm {
    /// The weight of violations against the penalty.
    pub c: f64,
    /// Where to stop: the gradient's share of that at the start, for classes of equal size; zero goes on until a step
    /// promises less than 1e-12 of the value.
    pub tolerance: f64,
}

/// scikit-learn's.
impl Default for LinearSvm {
    fn default() -> Self {
        Self {
            c: 1.0,
            tolerance: 1e-4,
        }
    }
}

/// A fitted machine.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearSvmModel {
    /// The class values, ascending.
    pub classes: Vec<u32>,
    /// Slope and intercept of each class, or of the higher of two.
    pub lines: Vec<(f64, f64)>,
}

impl LinearSvm {
    /// Learns from one feature and a label a row.
    ///
    /// # Errors
    /// If the numbers of rows differ or there are fewer than two classes.
    pub fn fit(
        &self,
        x: ArrayView1<'_, f32>,
        labels: ArrayView1<'_, u32>,
    ) -> Result<LinearSvmModel, Error> {
        let column = x.insert_axis(ndarray::Axis(1));
        let classes = super::classes_to_learn(column, labels)?;
        Ok(self.fit_sorted(&SortedFeature::new(x), &classes))
    }

    /// Learns from a feature that was sorted before, and at least two classes.
    pub(crate) fn fit_sorted(&self, feature: &SortedFeature, classes: &Classes) -> LinearSvmModel {
        let groups = feature.by_class(classes);
        let weight = |group: &Sums| {
            self.c * classes.of_row.len() as f64 / (classes.count * group.values.len()) as f64
        };
        let lines = if let [rest, one] = &groups[..] {
            let problem = Problem {
                own: one,
                all: rest,
                all_includes_own: false,
                own_weight: weight(one),
                rest_weight: weight(rest),
            };
            vec![self.solve(&problem)]
        } else {
            let one = |own| Problem {
                own,
                all: &feature.all,
                all_includes_own: true,
                own_weight: weight(own),
                rest_weight: self.c,
            };
            groups.par_iter().map(|own| self.solve(&one(own))).collect()
        };
        LinearSvmModel {
            classes: classes.values.clone(),
            lines,
        }
    }

    fn solve(&self, problem: &Problem<'_>) -> (f64, f64) {
        // LIBLINEAR goes on longer where one of the sides is small.
        let own = problem.own.values.len();
        let rows = problem.all.values.len() + if problem.all_includes_own { 0 } else { own };
        let share = own.min(rows - own).max(1) as f64 / rows as f64;
        let [slope, intercept] =
            trust_region::minimize(|line| problem.at(line), self.tolerance * share);
        (slope, intercept)
    }
}

impl LinearSvmModel {
    /// Returns the class of the highest line over each value, the first of equals.
    pub fn predict(&self, x: ArrayView1<'_, f32>) -> Vec<u32> {
        let class = |x: &f32| {
            let x = f64::from(*x);
            let index = match self.lines[..] {
                [(slope, intercept)] => usize::from(slope * x + intercept > 0.0),
                _ => first_largest(self.lines.iter().map(|(w, b)| w * x + b)),
            };
            self.classes[index]
        };
        x.iter().map(class).collect()
    }
}

/// A feature sorted once for all factors.
#[derive(Debug)]
pub(crate) struct SortedFeature {
    order: Vec<u32>,
    all: Sums,
}

impl SortedFeature {
    pub(crate) fn new(x: ArrayView1<'_, f32>) -> Self {
        let mut order: Vec<u32> = (0..x.len() as u32).collect();
        order.sort_by(|&a, &b| x[a as usize].total_cmp(&x[b as usize]));
        let values = order.iter().map(|&row| f64::from(x[row as usize]));
        Self {
            all: Sums::new(values.collect()),
            order,
        }
    }

    fn by_class(&self, classes: &Classes) -> Vec<Sums> {
        let mut values = vec![Vec::new(); classes.count];
        for (&row, &value) in self.order.iter().zip(&self.all.values) {
            values[classes.of_row[row as usize] as usize].push(value);
        }
        values.into_iter().map(Sums::new).collect()
    }
}

/// Sorted values, with the sums of the values and squares of each prefix.
#[derive(Debug)]
struct Sums {
    values: Vec<f64>,
    prefix: Vec<(f64, f64)>,
}

/// Count, sum and sum of squares of some values.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Sums {
    fn new(values: Vec<f64>) -> Self {
        let mut prefix = Vec::with_capacity(values.len() + 1);
        let (mut sum, mut squares) = (0.0, 0.0);
        prefix.push((sum, squares));
        for value in &values {
            sum += value;
            squares += value * value;
            prefix.push((sum, squares));
        }
        Self { values, prefix }
    }

    /// Returns the moments of the values where `slope x + intercept < bound`.
    fn below(&self, slope: f64, intercept: f64, bound: f64) -> Moments {
        let is_below = |x: &f64| slope * x + intercept < bound;
        let n = self.values.len();
        if slope >= 0.0 {
            self.range(0, self.values.partition_point(is_below))
        } else {
            self.range(self.values.partition_point(|x| !is_below(x)), n)
        }
    }

    fn range(&self, start: usize, end: usize) -> Moments {
        let ((a, b), (c, d)) = (self.prefix[start], self.prefix[end]);
        Moments {
            count: (end - start) as f64,
            sum: c - a,
            squares: d - b,
        }
    }
}

impl Moments {
    fn minus(self, other: Self) -> Self {
        Self {
            count: self.count - other.count,
            sum: self.sum - other.sum,
            squares: self.squares - other.squares,
        }
    }
}

/// One class against others.
struct Problem<'a> {
    own: &'a Sums,
    all: &'a Sums,
    all_includes_own: bool,
    own_weight: f64,
    rest_weight: f64,
}

impl Problem<'_> {
    fn at(&self, [w, b]: Line) -> Local {
        let own = self.own.below(w, b, 1.0);
        // −(w x + b) < 1 are the others' violations.
        let mut rest = self.all.below(-w, -b, 1.0);
        if self.all_includes_own {
            rest = rest.minus(self.own.below(-w, -b, 1.0));
        }
        let mut local = Local {
            value: 0.5 * (w * w + b * b),
            gradient: [w, b],
            hessian: [[1.0, 0.0], [0.0, 1.0]],
        };
        for (m, c, t) in [(own, self.own_weight, 1.0), (rest, self.rest_weight, -1.0)] {
            // Σ (a − t w x)², a = 1 − t b.
            let a = 1.0 - t * b;
            let v = t * w;
            local.value += c * (m.count * a * a - 2.0 * a * v * m.sum + v * v * m.squares);
            local.gradient[0] -= 2.0 * c * t * (a * m.sum - v * m.squares);
            local.gradient[1] -= 2.0 * c * t * (a * m.count - v * m.sum);
            local.hessian[0][0] += 2.0 * c * m.squares;
            local.hessian[0][1] += 2.0 * c * m.sum;
            local.hessian[1][1] += 2.0 * c * m.count;
        }
        local.hessian[1][0] = local.hessian[0][1];
        local
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn svm(c: f64) -> LinearSvm {
        LinearSvm { c, tolerance: 0.0 }
    }

    /// Rows ±1 with labels ±: by symmetry `b = 0` and `w = 2 C n (1 − w)`, where both classes weigh C.
    #[test]
    fn two_symmetric_rows_have_their_optimum() {
        let model = svm(0.01)
            .fit(array![-1.0, 1.0].view(), array![3, 7].view())
            .unwrap();
        let expected = 0.04 / 1.04;
        let (slope, intercept) = model.lines[0];
        assert!((slope - expected).abs() < 1e-12 && intercept.abs() < 1e-12);
        assert_eq!(model.predict(array![-0.1, 0.1].view()), [3, 7]);
    }

    /// The gradient, summed over rows one by one, nearly vanishes: of a value below 6 a step promises `g² / 2h`, `h < 30`.
    #[test]
    fn the_optimum_has_no_slope() {
        let x: ndarray::Array1<f32> = (0..60).map(|i| (i * i % 37) as f32 * 0.1 - 1.5).collect();
        let labels: ndarray::Array1<u32> = (0..60).map(|i| i * i % 37 / 10).collect();
        let (model, c) = (svm(0.1).fit(x.view(), labels.view()).unwrap(), 0.1);
        for (class, &(w, b)) in model.lines.iter().enumerate() {
            let own = labels
                .iter()
                .filter(|&&label| label == class as u32)
                .count();
            let (mut gw, mut gb) = (w, b);
            for (&x, &label) in x.iter().zip(&labels) {
                let x = f64::from(x);
                let (t, weight) = match label == class as u32 {
                    true => (1.0, c * 60.0 / (4 * own) as f64),
                    false => (-1.0, c),
                };
                let violation = (1.0 - t * (w * x + b)).max(0.0);
                gw -= 2.0 * weight * violation * t * x;
                gb -= 2.0 * weight * violation * t;
            }
            assert!(gw.abs() < 2e-5 && gb.abs() < 2e-5, "{class}: {gw} {gb}");
        }
    }

    /// Only the outer classes of an ordered factor can have the highest line.
    #[test]
    fn a_constant_feature_predicts_one_class() {
        let model = svm(0.01)
            .fit(array![2.0, 2.0, 2.0].view(), array![0, 1, 2].view())
            .unwrap();
        let predicted = model.predict(array![2.0, 2.0].view());
        assert_eq!(predicted[0], predicted[1]);
    }
}
