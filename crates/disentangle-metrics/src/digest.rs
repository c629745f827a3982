//! A number that tells tables apart: scores of the same codes and factors can be put side by side, others not.
//!
//! FNV-1a (Fowler, Noll & Vo; draft-eastlake-fnv) with 64 bits, over words of 32 bits instead of bytes: it need not
//! withstand anybody, only be the same everywhere.

use crate::table::Table;

const START: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// Returns the digest of codes, factors and test rows, as 16 hexadecimal digits.
pub(crate) fn of(table: &Table) -> String {
    let mut state = START;
    let mut part = Some(table);
    while let Some(table) = part {
        let shape = [table.codes().ncols(), table.factors().ncols()].map(|size| size as u32);
        add(&mut state, shape.into_iter());
        add(&mut state, table.codes().iter().map(|code| code.to_bits()));
        add(&mut state, table.factors().iter().copied());
        let halves = |value: &f64| [value.to_bits() as u32, (value.to_bits() >> 32) as u32];
        add(&mut state, table.values().iter().flatten().flat_map(halves));
        part = table.test();
    }
    format!("{state:016x}")
}

fn add(state: &mut u64, words: impl Iterator<Item = u32>) {
    for word in words {
        *state = (*state ^ u64::from(word)).wrapping_mul(PRIME);
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn every_part_of_a_table_counts() {
        let table = |codes: Array2<f32>, factors| Table::new(codes, factors).unwrap();
        let plain = || table(array![[0.0], [1.0]], array![[0], [1]]);
        let tables = [
            plain(),
            table(array![[0.0], [2.0]], array![[0], [1]]),
            table(array![[0.0], [1.0]], array![[1], [0]]),
            plain().with_values(array![[0.5], [1.5]], &[true]).unwrap(),
            plain().with_test(plain()).unwrap(),
        ];
        let mut digests: Vec<_> = tables.iter().map(of).collect();
        assert_eq!(digests[0], of(&plain()));
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), tables.len());
    }
}
