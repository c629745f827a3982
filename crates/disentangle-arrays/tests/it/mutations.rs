//! Whatever byte of a valid file changes, reading it neither panics nor takes much memory.

use std::io::Cursor;
use std::sync::LazyLock;

use disentangle_arrays::{NpyReader, NpzReader, open, write};
use ndarray::Array2;
use proptest::prelude::*;

use super::allocation::peak_of;

/// The valid files hold 4 KiB; a decoder's buffers and the inflater take less than this.
const BOUND: usize = 1 << 20;

static CSV: LazyLock<Vec<u8>> = LazyLock::new(|| valid("csv"));
static SAFETENSORS: LazyLock<Vec<u8>> = LazyLock::new(|| valid("safetensors"));
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

/// Reads every array of a file; returns the most memory that it took.
fn peak_of_file(name: &str, bytes: &[u8]) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let read = || {
        let mut file = open(&path)?;
        file.names().iter().try_for_each(|name| {
            file.columns(name)?;
            file.read(name).map(drop)
        })
    };
    peak_of(read).1
}

fn changes() -> impl Strategy<Value = Vec<(prop::sample::Index, u8)>> {
    prop::collection::vec(any::<(prop::sample::Index, u8)>(), 1..6)
}

/// Reads every array of a file with these bytes, and returns the memory it took.
fn read_all(bytes: &[u8], extension: &str) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("a.{extension}"));
    std::fs::write(&path, bytes).unwrap();
    let (_, peak) = peak_of(|| {
        let mut file = open(&path)?;
        // One broken array must not hide the next.
        for name in file.names() {
            let _ = file.read(&name);
        }
        Ok::<_, disentangle_arrays::Error>(())
    });
    peak
}

fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/datasets");
    std::fs::read(format!("{folder}/{name}")).unwrap()
}

/// A MATLAB file with the first array of the fixture compressed.
fn compressed_mat() -> Vec<u8> {
    let plain = fixture("cars3d_tiny_uncompressed.mat");
    let length = u32::from_le_bytes([132, 133, 134, 135].map(|at| plain[at])) as usize;
    let mut inflated = std::io::Read::take(&plain[128..], length as u64 + 8);
    let mut encoder = flate2::read::ZlibEncoder::new(&mut inflated, flate2::Compression::best());
    let mut packed = Vec::new();
    std::io::Read::read_to_end(&mut encoder, &mut packed).unwrap();
    let mut bytes = plain[..128].to_vec();
    bytes.extend(15_u32.to_le_bytes());
    bytes.extend((packed.len() as u32).to_le_bytes());
    bytes.extend(packed);
    bytes
}

static CONTAINERS: LazyLock<Vec<(&str, Vec<u8>)>> = LazyLock::new(|| {
    vec![
        ("h5", fixture("3dshapes_small_latest_shuffle.h5")),
        ("h5", fixture("h5_lzf.h5")),
        ("h5", fixture("dsprites_small.hdf5")),
        ("mat", fixture("cars3d_tiny_uncompressed.mat")),
        ("mat", compressed_mat()),
    ]
});

/// The largest array here has 1.5 MiB. A mutated shape may claim what deflate could just make of the
/// file (1032 bytes of one), but memory follows the bytes that arrive.
const CONTAINER_BOUND: usize = 64 << 20;

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    #[test]
    fn containers_survive(
        which in 0usize..5,
        changes in changes(),
        beginning in prop::collection::vec((0usize..2048, any::<u8>()), 0..4),
        length in any::<prop::sample::Index>(),
        whole in any::<bool>(),
    ) {
        let (extension, bytes) = &CONTAINERS[which];
        let mut bytes = bytes.clone();
        // Metadata stands at the beginning, mostly.
        for (index, value) in beginning {
            let index = index % bytes.len();
            bytes[index] = value;
        }
        if whole {
            for (index, value) in &changes {
                let index = index.index(bytes.len());
                bytes[index] = *value;
            }
        } else {
            mutate(&mut bytes, &changes, length);
        }
        let peak = read_all(&bytes, extension);
        prop_assert!(peak < CONTAINER_BOUND, "{peak} bytes");
    }
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

proptest! {
    // Each case is a file on disk.
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..Default::default() })]

    #[test]
    fn csv_survives(changes in changes(), length in any::<prop::sample::Index>()) {
        let mut bytes = CSV.clone();
        mutate(&mut bytes, &changes, length);
        prop_assert!(peak_of_file("a.csv", &bytes) < BOUND);
    }

    #[test]
    fn safetensors_survives(changes in changes(), length in any::<prop::sample::Index>()) {
        let mut bytes = SAFETENSORS.clone();
        mutate(&mut bytes, &changes, length);
        prop_assert!(peak_of_file("a.safetensors", &bytes) < BOUND);
    }

    /// The header is where the claims are.
    #[test]
    fn safetensors_headers_survive(changes in prop::collection::vec((0usize..72, any::<u8>()), 1..6)) {
        let mut bytes = SAFETENSORS.clone();
        for (index, value) in changes {
            bytes[index] = value;
        }
        prop_assert!(peak_of_file("a.safetensors", &bytes) < BOUND);
    }
}
