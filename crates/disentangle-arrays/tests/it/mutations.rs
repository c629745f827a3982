//! Whatever byte of a valid file changes, reading it neither panics nor takes much memory.

use std::io::Cursor;
use std::sync::LazyLock;

use disentangle_arrays::{NpyReader, NpzReader, write};
use ndarray::Array2;
use proptest::prelude::*;

use super::allocation::peak_of;

/// The valid files hold 4 KiB; a decoder's buffers and the inflater take less than this.
const BOUND: usize = 1 << 20;

static NPY: LazyLock<Vec<u8>> = LazyLock::new(|| valid("npy"));
static NPZ: LazyLock<Vec<u8>> = LazyLock::new(|| valid("npz"));

fn valid(extension: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("a.{extension}"));
    let array = Array2::from_shape_fn((64, 16), |(i, j)| (i * j) as f32);
    write(&path, &[("a", (&array).into())]).unwrap();
    std::fs::read(path).unwrap()
}

fn mutate(bytes: &mut Vec<u8>, changes: &[(prop::sample::Index, u8)], length: prop::sample::Index) {
    for (index, value) in changes {
        let index = index.index(bytes.len());
        bytes[index] = *value;
    }
    bytes.truncate(length.index(2 * bytes.len()) + 1);
}

fn changes() -> impl Strategy<Value = Vec<(prop::sample::Index, u8)>> {
    prop::collection::vec(any::<(prop::sample::Index, u8)>(), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn npy_survives(changes in changes(), length in any::<prop::sample::Index>()) {
        let mut bytes = NPY.clone();
        mutate(&mut bytes, &changes, length);
        let (_, peak) = peak_of(|| NpyReader::new(bytes.as_slice())?.into_array());
        prop_assert!(peak < BOUND, "{peak} bytes");
    }

    /// Only the first 128 bytes change: the dictionary is where the claims are.
    #[test]
    fn npy_headers_survive(changes in prop::collection::vec((0usize..128, any::<u8>()), 1..6)) {
        let mut bytes = NPY.clone();
        for (index, value) in changes {
            bytes[index] = value;
        }
        let (_, peak) = peak_of(|| NpyReader::new(bytes.as_slice())?.into_array());
        prop_assert!(peak < BOUND, "{peak} bytes");
    }

    #[test]
    fn npz_survives(changes in changes(), length in any::<prop::sample::Index>()) {
        let mut bytes = NPZ.clone();
        mutate(&mut bytes, &changes, length);
        let (_, peak) = peak_of(|| {
            let mut file = NpzReader::new(Cursor::new(&bytes))?;
            file.names().iter().try_for_each(|name| file.read(name).map(drop))
        });
        prop_assert!(peak < BOUND, "{peak} bytes");
    }

    #[test]
    fn noise_survives(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = NpyReader::new(bytes.as_slice()).and_then(NpyReader::into_array);
        let _ = NpzReader::new(Cursor::new(&bytes));
        let headed = [b"\x93NUMPY\x01\x00".as_slice(), &bytes].concat();
        let _ = NpyReader::new(headed.as_slice()).and_then(NpyReader::into_array);
    }
}
