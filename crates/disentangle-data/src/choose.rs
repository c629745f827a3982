//! Which images to look at: some at random, or those along one factor.

use std::collections::BTreeMap;

use disentangle_seeds::Seeds;

use crate::dataset::Dataset;
use crate::error::Error;

/// Draws the indices of `n` different images, in the order in which they are drawn.
///
/// The seed decides which, under the purpose `sample`; a larger sample begins with the smaller one.
///
/// # Errors
/// If there are fewer than `n` images.
pub fn sample(dataset: &dyn Dataset, n: usize, seed: u64) -> Result<Vec<usize>, Error> {
    let len = dataset.len();
    if n > len {
        return Err(Error::Sample { n, len });
    }
    let mut stream = Seeds::new(seed).stream("sample", 0);
    // Fisher and Yates over 0..len, of which only what was swapped is kept.
    let mut swapped = BTreeMap::new();
    let draw = |place: usize| {
        let other = place + stream.below((len - place) as u64) as usize;
        let here = swapped.remove(&place).unwrap_or(place);
        match other == place {
            true => here,
            false => swapped.insert(other, here).unwrap_or(other),
        }
    };
    Ok((0..n).map(draw).collect())
}

/// Returns the images that differ from one in a factor only: at most `most` of its values, evenly spread
/// from the first to the last.
///
/// # Errors
/// If the data set has no factors or they are no grid, there is no factor of that name, the index is out
/// of range, or `most` is zero.
pub fn sweep(
    dataset: &dyn Dataset,
    index: usize,
    factor: &str,
    most: usize,
) -> Result<Vec<usize>, Error> {
    let space = dataset.factor_space().ok_or(Error::NoFactors)?;
    let position = space.position(factor)?;
    let mut factors = vec![0; space.n_factors()];
    space.factors(index, &mut factors)?;
    let size = space.sizes()[position];
    let n_values = size.min(most);
    if n_values == 0 {
        return Err(Error::Config("a sweep must show at least one value".into()));
    }
    let last_place = (n_values - 1).max(1);
    let values = (0..n_values).map(|place| (place * (size - 1) + last_place / 2) / last_place);
    let images = values.map(|value| {
        factors[position] = value as u32;
        space.index(&factors)
    });
    images.collect()
}
