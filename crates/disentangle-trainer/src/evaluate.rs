//! Measures an encoding with the metrics and the protocol that the configuration names.

use disentangle_metrics::{MetricConfig, Protocol, Scores, Split};
use disentangle_seeds::Seeds;

use crate::config::EvalConfig;
use crate::{Encoding, Error};

/// Measures an encoding; random draws depend on the seed alone.
///
/// # Errors
/// If there are no factors, a code is not finite, or a name is unknown.
pub fn evaluate(encoding: &Encoding, config: &EvalConfig, seed: u64) -> Result<Scores, Error> {
    evaluate_while(encoding, config, seed, &mut || true)
}

/// As [`evaluate`], and gives up before a metric if it may not go on.
pub(crate) fn evaluate_while(
    encoding: &Encoding,
    config: &EvalConfig,
    seed: u64,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<Scores, Error> {
    let metrics = match config.metrics.as_slice() {
        [] => MetricConfig::all(),
        names => {
            let named = names.iter().map(|name| MetricConfig::named(name));
            named.collect::<Result<_, _>>()?
        }
    };
    let mut protocol = Protocol::preset(&config.preset)?;
    protocol.bootstrap = config.bootstrap;
    let table = encoding.table()?;
    if !table.is_grid() {
        // Images are encoded in the order of their data set, which may be that of their factors.
        protocol.split = Split::Shuffle;
    }
    let seeds = Seeds::new(seed);
    let scores = disentangle_metrics::evaluate_while((&table, &protocol), &metrics, seeds, go_on)?;
    scores.ok_or(Error::Stopped)
}
