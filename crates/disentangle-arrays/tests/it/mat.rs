//! MATLAB files as SciPy writes them; the facts are NumPy's, see `fixtures/README.md`.

use std::path::{Path, PathBuf};

use disentangle_arrays::{Array, Error, MatReader, read};
use sha2::{Digest, Sha256};

pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/datasets"
    ))
    .join(name)
}

fn hash(array: &Array) -> String {
    let Array::U8(array) = array else {
        panic!("{:?}", array.dtype())
    };
    let bytes: Vec<u8> = array.iter().copied().collect();
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn compressed_arrays_are_read() {
    let file = MatReader::open(&path("cars/car_001_mesh.mat")).unwrap();
    assert_eq!(file.names(), ["im", "mask"]);
    assert_eq!(file.shape("im").unwrap(), [128, 128, 3, 24, 4]);
    let image = file.read("im").unwrap();
    assert_eq!(image.shape(), [128, 128, 3, 24, 4]);
    assert_eq!(
        hash(&image),
        "644c9a7d3a90609f10ab2b2d63e2cc1f6ec2f2550cf02948770c6563e93c4865"
    );
    assert_eq!(file.read("mask").unwrap().shape(), [128, 128, 24, 4]);
    let other = read(&path("cars/car_002_mesh.mat"), Some("im")).unwrap();
    assert_eq!(
        hash(&other),
        "3b44ab15d3eb05d287a61ac322c1d9c7a8d877a7152d19007e2973f59a60d698"
    );
}

#[test]
fn uncompressed_arrays_are_read() {
    let image = read(&path("cars3d_tiny_uncompressed.mat"), Some("im")).unwrap();
    assert_eq!(image.shape(), [8, 8, 3, 4, 4]);
    assert_eq!(
        hash(&image),
        "027dd3fe07e67e6d165d4c6ac5e2f78ae541a5e6f89becee652643023cac6479"
    );
}

#[test]
fn truncated_files_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut.mat");
    for name in ["cars3d_tiny_uncompressed.mat", "cars/car_001_mesh.mat"] {
        let bytes = std::fs::read(path(name)).unwrap();
        // The image is the first array: 3,072 bytes, or all but the mask's 1,700 compressed ones.
        for length in (0..3000).step_by(97) {
            std::fs::write(&cut, &bytes[..length]).unwrap();
            let message = read(&cut, Some("im")).unwrap_err().to_string();
            assert!(message.contains("cut.mat"), "{message}");
        }
    }
}

#[test]
fn other_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mat");
    std::fs::write(
        &path,
        [b"MATLAB 7.3 MAT-file".as_slice(), &[b' '; 200]].concat(),
    )
    .unwrap();
    let message = read(&path, None).unwrap_err().to_string();
    assert!(
        message.contains("MATLAB file of version 5 (newer ones are HDF5"),
        "{message}"
    );
    let error = read(&self::path("cars/car_001_mesh.mat"), Some("images")).unwrap_err();
    assert!(
        matches!(error.cause(), Error::MissingArray { .. }),
        "{error}"
    );
}
