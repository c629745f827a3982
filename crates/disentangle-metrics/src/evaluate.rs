//! Runs metrics on a table.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use disentangle_registry::{Config, Problems};
use disentangle_seeds::Seeds;

use crate::error::Error;
use crate::metrics::{Metric, MetricConfig, Needs};
use crate::points::{Points, Rows};
use crate::protocol::Protocol;
use crate::sampler::Sampler;
use crate::scores::{Input, Outcome, ProtocolReport, Score, Scores};
use crate::table::Table;
use crate::uncertain::Uncertain;
use crate::variance;

/// What a metric is computed from. All metrics of one evaluation see the same points.
pub struct MetricCx<'a> {
    /// The whole table.
    pub table: &'a Table,
    /// Shared parameters.
    pub protocol: &'a Protocol,
    /// Random streams; a metric draws under the purpose `metric/<kind>`.
    pub seeds: Seeds,
    /// The points of metrics that do not test: `num_train` draws from a grid, any other table whole.
    pub points: Points<'a>,
    /// The points to train on: those of a grid; or the whole table where it has test rows; or nine tenths of
    /// it, as the protocol's `split` says; at most `max_rows` of them.
    pub train: Points<'a>,
    /// The points to test on: `num_test` draws from a grid, the test rows, or the other tenth, which may be
    /// empty; at most `max_rows` of them.
    pub test: Points<'a>,
    /// The variance of each code, from `num_variance_estimate` draws of a grid, or the whole table.
    pub variances: &'a [f64],
    /// The codes whose standard deviation reaches the protocol's threshold.
    pub active: &'a [usize],
    /// Whether the table came without factors.
    unlabeled: bool,
    sampler: OnceLock<Sampler>,
}

impl MetricCx<'_> {
    /// Returns the sampler of the table, made on first use.
    pub fn sampler(&self) -> &Sampler {
        self.sampler.get_or_init(|| Sampler::of(self.table))
    }
}

/// Computes metrics; one that cannot be computed says why, and the others are still there.
///
/// Factors with a single value are dropped with a warning, unless the protocol is strict.
/// The result depends on nothing but the arguments, not on the number of threads.
///
/// # Errors
/// If the protocol or a metric's configuration is invalid, or a metric is listed twice.
pub fn evaluate(
    table: &Table,
    protocol: &Protocol,
    metrics: &[MetricConfig],
    seeds: Seeds,
) -> Result<Scores, Error> {
    let scores = evaluate_while((table, protocol), metrics, seeds, &mut || true)?;
    Ok(scores.expect("nobody asks it to stop"))
}

/// As [`evaluate`], and asks before each metric whether to go on; nothing comes back if not.
///
/// # Errors
/// As [`evaluate`].
pub fn evaluate_while(
    (table, protocol): (&Table, &Protocol),
    metrics: &[MetricConfig],
    seeds: Seeds,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<Option<Scores>, Error> {
    check(protocol, metrics)?;
    let digest = crate::digest::of(table);
    let unlabeled = table.factors().ncols() == 0;
    let (table, dropped) = prepare(table, protocol, seeds);
    let dropped = dropped.iter();
    let mut warnings: Vec<String> = dropped
        .map(|name| format!("factor `{name}` is constant and was dropped (`strict` keeps it)"))
        .collect();
    let drawn = Drawn::new(&table, protocol, seeds);
    let mut cx = drawn.cx(&table, protocol, seeds);
    cx.unlabeled = unlabeled;
    warnings.extend(crate::warnings::of(&cx));
    if metrics.iter().any(|metric| metric.as_part().tests()) {
        warnings.extend(crate::split::warnings(&cx));
    }
    let mut outcomes = BTreeMap::new();
    for metric in metrics {
        if !go_on() {
            return Ok(None);
        }
        let outcome = match run(metric.as_part(), &cx) {
            Ok(mut score) => {
                let active = cx.active.len().into();
                score
                    .details
                    .entry("active_codes".to_owned())
                    .or_insert(active);
                let named = |warning: &String| format!("{}: {warning}", metric.kind());
                warnings.extend(score.warnings.iter().map(named));
                Outcome::Score(score)
            }
            Err(error) => Outcome::Failed(error.with_names(table.factor_names())),
        };
        outcomes.insert(metric.kind().to_owned(), outcome);
    }
    let uncertain = Uncertain {
        table: &table,
        drawn: &drawn,
        protocol,
        seeds,
    };
    if !go_on() {
        return Ok(None);
    }
    uncertain.add_intervals(metrics, &mut outcomes);
    warnings.extend(uncertain.add_nulls(metrics, &mut outcomes));
    let mut listed = metrics.to_vec();
    crate::merge::in_order(&mut listed);
    Ok(Some(Scores {
        input: describe(&cx, metrics, digest),
        protocol: ProtocolReport {
            protocol: protocol.clone(),
            seed: seeds.seed(),
            metrics: listed,
        },
        metrics: outcomes,
        warnings,
    }))
}

/// Returns the table as metrics see it, and the names of the factors that were dropped.
fn prepare(table: &Table, protocol: &Protocol, seeds: Seeds) -> (Table, Vec<String>) {
    let (table, dropped) = match protocol.strict {
        true => (table.clone(), Vec::new()),
        false => table.without_constant_factors(),
    };
    (protocol.split.arrange(table, seeds), dropped)
}

fn check(protocol: &Protocol, metrics: &[MetricConfig]) -> Result<(), Error> {
    let mut problems = Problems::default();
    problems.within("protocol", |problems| protocol.check(problems));
    for (position, metric) in metrics.iter().enumerate() {
        problems.within(metric.kind(), |problems| metric.check(problems));
        if metrics[..position]
            .iter()
            .any(|other| other.kind() == metric.kind())
        {
            return Err(Error::RepeatedMetric {
                metric: metric.kind().to_owned(),
            });
        }
    }
    let problems: Vec<_> = problems
        .into_vec()
        .iter()
        .map(ToString::to_string)
        .collect();
    if problems.is_empty() {
        return Ok(());
    }
    Err(Error::Invalid {
        problems: problems.join("; "),
    })
}

/// Computes a metric of anyone's as [`evaluate`] computes those of the registry, without intervals and nulls.
///
/// # Errors
/// If the protocol is invalid, or the score cannot be computed, with the reason that `evaluate` would write.
pub fn measure(
    metric: &dyn Metric,
    table: &Table,
    protocol: &Protocol,
    seeds: Seeds,
) -> Result<Score, Error> {
    check(protocol, &[])?;
    let unlabeled = table.factors().ncols() == 0;
    let (table, _) = prepare(table, protocol, seeds);
    let drawn = Drawn::new(&table, protocol, seeds);
    let mut cx = drawn.cx(&table, protocol, seeds);
    cx.unlabeled = unlabeled;
    run(metric, &cx)
}

/// Computes a metric, if the table has what it needs.
pub(crate) fn run(metric: &dyn Metric, cx: &MetricCx<'_>) -> Result<Score, Error> {
    if metric.needs() != Needs::Codes && cx.table.factors().ncols() == 0 {
        return Err(if cx.unlabeled {
            Error::Unlabeled
        } else {
            Error::NothingVaries
        });
    }
    let continuous = cx
        .table
        .continuous()
        .iter()
        .position(|&continuous| continuous);
    if let (Needs::Classes, Some(k)) = (metric.needs(), continuous) {
        return Err(Error::Continuous {
            factor: cx.table.factor_names()[k].clone(),
        });
    }
    let score = metric.compute(cx)?;
    if score.score.is_finite() {
        Ok(score)
    } else {
        Err(Error::Undefined)
    }
}

fn describe(cx: &MetricCx<'_>, metrics: &[MetricConfig], digest: String) -> Input {
    let factors = cx.table.factors().ncols();
    let chance = metrics
        .iter()
        .filter(|_| factors > 0)
        .filter_map(|metric| Some((metric.kind().to_owned(), metric.as_part().chance(factors)?)))
        .collect();
    let named = cx.table.factor_names().iter().zip(cx.table.continuous());
    let continuous = named.filter(|(_, continuous)| **continuous);
    Input {
        rows: cx.table.codes().nrows(),
        codes: cx.table.codes().ncols(),
        factors,
        factor_names: cx.table.factor_names().to_vec(),
        factor_sizes: cx.table.factor_sizes().to_vec(),
        continuous_factors: continuous.map(|(name, _)| name.clone()).collect(),
        active_codes: cx.active.len(),
        digest,
        chance,
    }
}

/// The points that are not simply views of the table.
pub(crate) struct Drawn {
    /// Training points: of a grid, or some of those of a large table.
    pub(crate) train: Option<Rows>,
    /// Test points, likewise.
    pub(crate) test: Option<Rows>,
    variances: Vec<f64>,
    active: Vec<usize>,
}

impl Drawn {
    pub(crate) fn new(table: &Table, protocol: &Protocol, seeds: Seeds) -> Self {
        let (train, test, variances);
        if table.is_grid() {
            let whole = Points::of(table);
            let draw = |count, purpose: &str| whole.draw(count, seeds.stream(purpose, 0));
            train = Some(draw(protocol.num_train, "metric/train"));
            test = Some(draw(protocol.num_test, "metric/test"));
            let drawn = draw(protocol.num_variance_estimate, "metric/variance");
            variances = variance::variances(drawn.codes.view());
        } else {
            let (first, last) = Points::train_and_test(table);
            let most = protocol.max_rows.unwrap_or(usize::MAX);
            train = first.choose(most, seeds.stream("metric/train", 0));
            test = last.choose(most, seeds.stream("metric/test", 0));
            variances = variance::variances(table.codes());
        }
        Self {
            active: variance::active(&variances, protocol.active_threshold, protocol.strict),
            train,
            test,
            variances,
        }
    }

    /// Returns the same with other points, of which the variances are those that the table has.
    pub(crate) fn with_points(&self, train: Rows, test: Rows) -> Self {
        Self {
            train: Some(train),
            test: Some(test),
            variances: self.variances.clone(),
            active: self.active.clone(),
        }
    }

    pub(crate) fn cx<'a>(
        &'a self,
        table: &'a Table,
        protocol: &'a Protocol,
        seeds: Seeds,
    ) -> MetricCx<'a> {
        let (first, last) = Points::train_and_test(table);
        let owned = |rows: &'a Option<Rows>, points| rows.as_ref().map_or(points, Points::of_rows);
        let train = owned(&self.train, first);
        MetricCx {
            table,
            protocol,
            seeds,
            points: if table.is_grid() {
                train
            } else {
                Points::of(table)
            },
            train,
            test: owned(&self.test, last),
            variances: &self.variances,
            active: &self.active,
            unlabeled: false,
            sampler: OnceLock::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    fn sizes(table: &Table) -> [usize; 3] {
        let (protocol, seeds) = (Protocol::fast(), Seeds::new(0));
        let drawn = Drawn::new(table, &protocol, seeds);
        let cx = drawn.cx(table, &protocol, seeds);
        [cx.points, cx.train, cx.test].map(|points| points.codes.nrows())
    }

    #[test]
    fn a_grid_is_drawn_from_and_any_other_table_used_whole() {
        let codes = Array2::from_shape_fn((60, 2), |(i, d)| (i * (d + 1) % 7) as f32);
        let grid = Table::grid(codes, &[3, 4, 5]).unwrap();
        let rows = Table::new(grid.codes().to_owned(), grid.factors().to_owned()).unwrap();
        assert_eq!(sizes(&grid), [2000, 2000, 1000]);
        assert_eq!(sizes(&rows), [60, 54, 6]);
        assert_eq!(sizes(&rows.with_test(grid).unwrap()), [60, 60, 60]);
    }

    #[test]
    fn an_evaluation_ends_before_the_metric_that_nobody_waits_for() {
        let codes = Array2::from_shape_fn((60, 2), |(i, d)| (i * (d + 1) % 7) as f32);
        let table = Table::grid(codes, &[3, 4, 5]).unwrap();
        let metrics = ["mig", "irs"].map(|name| MetricConfig::named(name).unwrap());
        let mut asked = 0;
        let mut twice = || {
            asked += 1;
            asked < 2
        };
        let (protocol, seeds) = (Protocol::fast(), Seeds::new(0));
        let stopped = evaluate_while((&table, &protocol), &metrics, seeds, &mut twice).unwrap();
        assert_eq!((stopped, asked), (None, 2));
    }

    #[test]
    fn predictors_learn_from_no_more_rows_than_the_protocol_allows() {
        let codes = Array2::from_shape_fn((60, 1), |(i, _)| i as f32);
        let table = Table::new(codes, Array2::zeros((60, 1))).unwrap();
        let protocol = Protocol {
            max_rows: Some(20),
            ..Protocol::fast()
        };
        let drawn = Drawn::new(&table, &protocol, Seeds::new(0));
        let cx = drawn.cx(&table, &protocol, Seeds::new(0));
        assert_eq!((cx.points.codes.nrows(), cx.test.codes.nrows()), (60, 6));
        let chosen = cx.train.codes.column(0).to_vec();
        // Twenty different rows of the first 54, in their order.
        assert_eq!(chosen.len(), 20);
        assert!(chosen.is_sorted_by(|a, b| a < b) && chosen[19] < 54.0);
    }

    #[test]
    fn drawn_codes_stay_with_their_factors() {
        let grid = Table::grid(Array2::zeros((60, 1)), &[3, 4, 5]).unwrap();
        let codes = grid.factors().mapv(|class| class as f32);
        let grid = Table::grid(codes, &[3, 4, 5]).unwrap();
        let (protocol, seeds) = (Protocol::fast(), Seeds::new(0));
        let drawn = Drawn::new(&grid, &protocol, seeds);
        let cx = drawn.cx(&grid, &protocol, seeds);
        for points in [cx.train, cx.test] {
            assert_eq!(points.codes, points.factors.mapv(|class| class as f32));
        }
        assert_ne!(cx.train.codes.row(0), cx.train.codes.row(1));
    }
}
