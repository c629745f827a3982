//! What the single benchmarks say together: whether cost grows linearly, and how far the data are ahead of training.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::page::Rows;

/// A line for each model of several batch sizes, and one for each way to get images.
pub(super) fn lines(rows: &Rows) -> String {
    let mut lines = String::new();
    let steps = steps(rows);
    for (model, sizes) in steps.iter().filter(|(_, sizes)| sizes.len() > 1) {
        let each: Vec<_> = sizes
            .iter()
            .map(|(batch, ms)| format!("{:.3} ms at batch {batch}", ms / *batch as f64))
            .collect();
        let _ = writeln!(
            lines,
            "- A step of `{model}` takes for each image {}.",
            each.join(", ")
        );
    }
    let rates = steps.values().flatten();
    let fastest = rates.map(|(batch, ms)| *batch as f64 / ms * 1e3);
    let fastest = fastest.fold(0.0, f64::max);
    if fastest > 0.0 {
        let _ = writeln!(
            lines,
            "- The fastest step consumes {fastest:.0} images a second."
        );
        for (name, rate) in rows
            .iter()
            .filter_map(|(name, value)| Some((name, rate(value)?)))
        {
            let _ = writeln!(lines, "- {name}: {:.0} times as many.", rate / fastest);
        }
    }
    lines
}

/// Milliseconds of a step, by model and batch size.
fn steps(rows: &Rows) -> BTreeMap<&str, BTreeMap<u64, f64>> {
    let mut steps: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for (name, value) in rows {
        let step = name.strip_prefix("training/step ");
        let parts = step.and_then(|step| step.split_once('/'));
        if let Some((model, batch)) = parts
            && let (Ok(batch), Some(ms)) = (batch.parse(), milliseconds(value))
        {
            steps.entry(model).or_default().insert(batch, ms);
        }
    }
    steps
}

fn milliseconds(value: &str) -> Option<f64> {
    let (number, unit) = value.split_once(' ')?;
    let scale = match unit {
        "s" => 1e3,
        "ms" => 1.0,
        "µs" => 1e-3,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * scale)
}

fn rate(value: &str) -> Option<f64> {
    value.strip_suffix("images/s")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_rates_are_put_side_by_side() {
        let rows = [
            ("training/step a/16", "8 ms"),
            ("training/step a/64", "0.032 s"),
            ("training/encode a/64", "1 ms"),
            ("room: images", "40000 images/s"),
        ];
        let rows = rows.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(
            lines(&rows.to_vec()),
            "- A step of `a` takes for each image 0.500 ms at batch 16, 0.500 ms at batch 64.\n\
             - The fastest step consumes 2000 images a second.\n\
             - room: images: 20 times as many.\n"
        );
    }
}
