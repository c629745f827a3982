//! Work on all cores whose outcome does not depend on them.

use rayon::prelude::*;

use crate::error::Error;

/// Returns what `of` gives for each index below `count`, or the error of the first that failed: rayon's
/// own collection into a `Result` keeps whichever error came first in time, and scores record it.
pub(crate) fn try_map<T: Send>(
    count: usize,
    of: impl Fn(usize) -> Result<T, Error> + Send + Sync,
) -> Result<Vec<T>, Error> {
    let all: Vec<_> = (0..count).into_par_iter().map(of).collect();
    all.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_error_of_the_first_index_is_kept_whichever_came_first_in_time() {
        for _ in 0..20 {
            let failing = |factor: usize| -> Result<(), Error> {
                std::thread::sleep(Duration::from_micros(200 * (8 - factor as u64)));
                Err(Error::OneClassInTrain { factor })
            };
            let error = try_map(8, failing).unwrap_err();
            assert!(matches!(error, Error::OneClassInTrain { factor: 0 }));
        }
        assert_eq!(try_map(3, |i| Ok(i * i)).unwrap(), [0, 1, 4]);
    }
}
