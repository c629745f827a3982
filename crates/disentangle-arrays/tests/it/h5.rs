//! HDF5 files as h5py writes them; the facts are h5py's and NumPy's, see `fixtures/README.md`.

use std::io::Read;
use std::path::PathBuf;

use disentangle_arrays::{DType, Error, H5Reader, Locator, raw, read, stream};
use sha2::{Digest, Sha256};

use super::allocation::peak_of;

fn path(name: &str) -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/datasets"
    ))
    .join(name)
}

fn hex(digest: impl AsRef<[u8]>) -> String {
    digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// SHA-256 of a data set's bytes.
fn hash(file: &str, name: &str) -> String {
    let file = H5Reader::open(&path(file)).unwrap();
    let mut bytes = Vec::new();
    file.stream(name).unwrap().read_to_end(&mut bytes).unwrap();
    hex(Sha256::digest(bytes))
}

const ALL: &str = "9227bb5a5422bd7e3c6d6710ac39a5e3192979414a9b2efd5339b18be4c5d1c0";
const FIRST_16: &str = "7a77f25b1db2ef0ad033d783c3970234b55baffc726c701b69eb5c765c810d0c";
const FIRST_64: &str = "0619d5d67f9b665a59561a49be7b5bed73e4e8d70096cfddd9f3d6da19a7349b";
const LABELS: &str = "c1c1a27223e6a60edc920a2c113b543e2e8cdfa3a9eb074dfe113f8c757dfe04";

#[test]
fn every_layout_has_its_bytes() {
    assert_eq!(hash("3dshapes_small.h5", "images"), ALL);
    assert_eq!(hash("3dshapes_small.h5", "labels"), LABELS);
    assert_eq!(hash("3dshapes_small_contiguous.h5", "images"), FIRST_16);
    assert_eq!(hash("3dshapes_small_latest_shuffle.h5", "images"), FIRST_64);
}

/// The hash of the first eight images of the contiguous file, whose own hash is h5py's.
#[test]
fn lzf_has_its_bytes() {
    let mut whole = Vec::new();
    let file = H5Reader::open(&path("3dshapes_small_contiguous.h5")).unwrap();
    file.stream("images")
        .unwrap()
        .read_to_end(&mut whole)
        .unwrap();
    assert_eq!(
        hash("h5_lzf.h5", "images"),
        hex(Sha256::digest(&whole[..8 * 64 * 64 * 3]))
    );
}

#[test]
fn groups_within_groups_are_listed_and_read() {
    let name = "dsprites_small.hdf5";
    let file = H5Reader::open(&path(name)).unwrap();
    let names = file.names();
    for expected in [
        "imgs",
        "latents/classes",
        "latents/values",
        "metadata/latents_possible_values/posX",
    ] {
        assert!(
            names.iter().any(|name| name == expected),
            "{expected}: {names:?}"
        );
    }
    assert_eq!(file.header("imgs").unwrap().shape, [384, 64, 64]);
    assert_eq!(file.header("latents/classes").unwrap().dtype, DType::I64);
    assert_eq!(
        hash(name, "imgs"),
        "b0c2aee034efccfa7326789743730a7f1ec29c83abec6544c6324e648a3d550a"
    );
    assert_eq!(
        hash(name, "latents/classes"),
        "2d8c5931ced6da9a8d01926c1e03465d437dd5076a4ad54769d1ad89b5327a1d"
    );
    assert_eq!(
        hash(name, "/latents/values"),
        "6f431ae56c1a9ec95e8ab0f181d4fe0bd542742773e3fdc8bb8ceddbdc50c036"
    );
    // A scalar is an array too.
    assert_eq!(file.read("metadata/version").unwrap().shape(), [0usize; 0]);
}

#[test]
fn what_is_no_number_is_named() {
    let file = H5Reader::open(&path("dsprites_small.hdf5")).unwrap();
    let error = file.read("metadata/author").unwrap_err();
    assert!(
        matches!(error.cause(), Error::UnsupportedType { .. }),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains("dsprites_small.hdf5:metadata/author`"),
        "{error}"
    );
    let error = file.read("images").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("holds no array `images`, available: imgs, latents/"),
        "{error}"
    );
}

#[test]
fn a_locator_names_a_path_inside_of_the_file() {
    let text = format!("{}:/latents/classes", path("dsprites_small.hdf5").display());
    let classes = Locator::parse(&text).read(&[]).unwrap().to_i64().unwrap();
    assert_eq!(
        classes
            .index_axis(ndarray::Axis(0), 200)
            .as_slice()
            .unwrap(),
        [0, 1, 1, 0, 2, 0]
    );
}

#[test]
fn only_what_stands_in_one_piece_has_a_place() {
    let place = raw(&path("3dshapes_small_contiguous.h5"), "images")
        .unwrap()
        .unwrap();
    let mut images = vec![0; 16 * 64 * 64 * 3];
    place.file.read_at(place.offset, &mut images).unwrap();
    assert_eq!(hex(Sha256::digest(&images)), FIRST_16);
    assert!(raw(&path("3dshapes_small.h5"), "images").unwrap().is_none());

    // The first six images of MPI3D's layout, by NumPy.
    for name in ["mpi3d_small_stored.npz", "mpi3d_small_zip64.npz"] {
        let place = raw(&path(name), "images").unwrap().unwrap();
        assert_eq!(place.header.shape, [6, 64, 64, 3]);
        let mut images = vec![0; 6 * 64 * 64 * 3];
        place.file.read_at(place.offset, &mut images).unwrap();
        let expected = "6dfb5b60c75ea3a8a232c64f7e97d52eed6a38138888ac49f4e1ff97abfac274";
        assert_eq!(hex(Sha256::digest(&images)), expected, "{name}");
    }
    assert!(
        raw(&path("mpi3d_small_deflated.npz"), "images")
            .unwrap()
            .is_none()
    );
}

#[test]
fn streams_of_all_formats_are_alike() {
    let sum = |name: &str, array: &str| {
        stream(&path(name), array, |header, bytes| {
            let mut all = Vec::new();
            bytes.read_to_end(&mut all).map_err(Error::from)?;
            Ok::<_, Error>((header.shape.clone(), hex(Sha256::digest(all))))
        })
    };
    assert_eq!(
        sum("dsprites_small.hdf5", "imgs").unwrap(),
        sum("dsprites_small_py2meta.npz", "imgs").unwrap()
    );
}

/// Every value follows from its place: `scripts/golden/h5_kinds.py`.
#[test]
fn newer_indexes_and_types_are_read() {
    let file = H5Reader::open(&path("h5_latest_kinds.h5")).unwrap();
    // 2,048 chunks: the table of chunks is in pages.
    let paged = file.read("paged").unwrap().to_i64().unwrap();
    assert!(
        (0..4096_i64)
            .zip(&paged)
            .all(|(i, &found)| found == (i * 7 + i / 256) % 251)
    );
    // One big-endian chunk.
    let single = file.read("single").unwrap();
    assert_eq!(
        (single.dtype(), single.shape()),
        (DType::F32, [4, 5].as_slice())
    );
    assert!(
        (0..20)
            .zip(&single.to_f64())
            .all(|(i, &found)| found == 1.5 * f64::from(i))
    );
    // Chunks that reach over both edges.
    let edges = file.read("edges").unwrap().to_i64().unwrap();
    assert!((0..35).zip(&edges).all(|(i, &found)| found == i) && edges.shape() == [7, 5]);
    let halves = file.read("halves").unwrap().to_f64();
    assert!(
        (0..20)
            .zip(&halves)
            .all(|(i, &found)| found == f64::from(i - 7))
    );
    let booleans = file.read("booleans").unwrap().to_i64().unwrap();
    assert!(
        (0..20)
            .zip(&booleans)
            .all(|(i, &found)| found == i64::from(i % 3 == 0))
    );
    assert_eq!(
        file.read("deep/deeper/scalar")
            .unwrap()
            .to_i64()
            .unwrap()
            .sum(),
        -5
    );
    let message = file.read("resizable").unwrap_err().to_string();
    assert!(message.contains("resizable chunked data set"), "{message}");
}

/// Every value follows from its place: `scripts/golden/h5_odd.py`.
#[test]
fn what_other_programs_fill_in_or_link_is_read_or_named() {
    for name in ["h5_odd.h5", "h5_latest_odd.h5"] {
        let file = H5Reader::open(&path(name)).unwrap();
        // Links to paths and other files are no arrays of their own.
        assert_eq!(file.names(), ["booleans", "filled", "outside", "unwritten"]);
        let filled = file.read("filled").unwrap().to_i64().unwrap();
        assert_eq!(filled.shape(), [10, 4, 3]);
        for (place, &found) in filled.indexed_iter() {
            let (i, j, k) = (place[0], place[1], place[2]);
            let written = (3..5).contains(&i) && j > 0;
            let value = || ((i - 3) * 9 + (j - 1) * 3 + k) as i64;
            assert_eq!(
                found,
                if written { value() } else { -77 },
                "{name} {place:?}"
            );
        }
        let booleans = file.read("booleans").unwrap();
        assert_eq!(booleans.dtype(), DType::Bool);
        assert_eq!(
            booleans.to_i64().unwrap().into_raw_vec_and_offset().0,
            [1, 0, 0, 1, 0, 0]
        );
        // Without a chosen value, half a file is not a dark one.
        let problem = |array: &str| file.read(array).unwrap_err().to_string();
        assert!(problem("unwritten").contains("were never written"));
        assert!(
            problem("outside").contains("in another file"),
            "{}",
            problem("outside")
        );
    }
}

/// The slab of one row of chunks (24 images) and a chunk, not all 192 images.
#[test]
fn a_stream_holds_one_slab() {
    let file = H5Reader::open(&path("3dshapes_small.h5")).unwrap();
    let (_, peak) = peak_of(|| {
        std::io::copy(&mut file.stream("images").unwrap(), &mut std::io::sink()).unwrap()
    });
    assert!(peak < 24 * 64 * 64 * 3 + 200_000, "{peak} bytes");
}

#[test]
fn truncated_files_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "3dshapes_small_latest_shuffle.h5",
        "h5_lzf.h5",
        "3dshapes_small_contiguous.h5",
    ] {
        let bytes = std::fs::read(path(name)).unwrap();
        let whole = read(&path(name), Some("images")).unwrap();
        let cut = folder.path().join("cut.h5");
        for length in (0..bytes.len()).step_by(bytes.len() / 40) {
            std::fs::write(&cut, &bytes[..length]).unwrap();
            // What stands behind the images may be cut off; they themselves never.
            match read(&cut, Some("images")) {
                Ok(images) => assert!(images == whole, "{name}: {length} bytes"),
                Err(error) => assert!(error.to_string().contains("cut.h5"), "{error}"),
            }
        }
    }
}

/// The dimension of the dataspace message in `3dshapes_small_contiguous.h5` is made 2⁶⁰.
#[test]
fn claims_of_any_size_cost_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = std::fs::read(path("3dshapes_small_contiguous.h5")).unwrap();
    let dims: Vec<u8> = [16_u64, 64, 64, 3]
        .iter()
        .flat_map(|n| n.to_le_bytes())
        .collect();
    let at = bytes
        .windows(dims.len())
        .position(|window| window == dims)
        .unwrap();
    for claim in [1_u64 << 60, 1 << 40, u64::MAX] {
        bytes[at..at + 8].copy_from_slice(&claim.to_le_bytes());
        let path = folder.path().join("claim.h5");
        std::fs::write(&path, &bytes).unwrap();
        let (result, peak) = peak_of(|| read(&path, Some("images")));
        let error = result.unwrap_err();
        let expected = matches!(
            error.cause(),
            Error::TooLarge { .. } | Error::Truncated { .. }
        );
        assert!(expected, "{error}");
        assert!(peak < 1 << 20, "{peak} bytes");
    }
}

#[test]
fn other_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text.h5");
    std::fs::write(&path, "hello world").unwrap();
    let message = read(&path, None).unwrap_err().to_string();
    assert!(
        message.contains("is not an HDF5 file: it starts with \"hello wo\""),
        "{message}"
    );
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    assert!(matches!(
        read(&path, None).unwrap_err().cause(),
        Error::Directory
    ));
}
