//! What a reader of any score should know of the table.

use crate::classes::Classes;
use crate::evaluate::MetricCx;
use crate::information::entropy;

/// The share of a factor's entropy from which on the bias of mutual information is worth a word.
const LARGE_BIAS: f64 = 0.02;
/// Fewer rows of a value than this say little about it.
const FEW_ROWS: usize = 5;

/// Returns the warnings of a table: codes that collapsed, factors with too few rows.
pub(crate) fn of(cx: &MetricCx<'_>) -> Vec<String> {
    let mut warnings = Vec::new();
    let (codes, active) = (cx.variances.len(), cx.active.len());
    if active < codes {
        warnings.push(format!(
            "{} of {codes} codes are inactive, with a standard deviation below {}: metrics that ignore scale count them in full",
            codes - active,
            cx.protocol.active_threshold
        ));
    }
    let points = &cx.points;
    for (k, name) in cx.table.factor_names().iter().enumerate() {
        if cx.table.continuous()[k] {
            continue;
        }
        let column = points.factors.column(k);
        let classes = Classes::of(column);
        let rows = column.len();
        let mut counts = vec![0usize; classes.count];
        for &class in &classes.of_row {
            counts[class as usize] += 1;
        }
        let fewest = counts.iter().min().copied().unwrap_or(0);
        if fewest < FEW_ROWS {
            warnings.push(format!(
                "a value of factor `{name}` has {fewest} of {rows} rows, too few to learn it"
            ));
        }
        let bias = (cx.protocol.bins - 1) as f64 * (classes.count - 1) as f64 / (2 * rows) as f64;
        let entropy = entropy(column);
        if bias > LARGE_BIAS * entropy && entropy > 0.0 {
            warnings.push(format!(
                "mutual information with factor `{name}` ({} values, {rows} rows, {} bins) is biased upwards by up to {bias:.2} nats, its entropy being {entropy:.2}",
                classes.count, cx.protocol.bins
            ));
        }
    }
    warnings
}
