//! The published npz, on small files in its layout: `fixtures/README.md`.

use std::path::Path;

use disentangle_arrays::ArrayView;
use disentangle_data::Dataset;
use ndarray::{Array2, Array3};
use sha2::{Digest, Sha256};

use crate::support::{build, build_error, factors, fixture, image, table_file};

fn config(path: &Path) -> String {
    format!("{{kind: dsprites_file, path: '{}'}}", path.display())
}

fn open(name: &str) -> Box<dyn Dataset> {
    build(&config(&fixture(name))).unwrap()
}

fn hex(digest: impl AsRef<[u8]>) -> String {
    let bytes = digest.as_ref().iter();
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

/// The hash of all pixels as NumPy wrote them, and the number of lit ones.
fn pixels(dataset: &dyn Dataset) -> (String, u64) {
    let mut digest = Sha256::new();
    let mut lit = 0;
    for index in 0..dataset.len() {
        let pixels: Vec<u8> = image(dataset, index)
            .iter()
            .map(|&pixel| pixel / 255)
            .collect();
        lit += pixels.iter().map(|&pixel| u64::from(pixel)).sum::<u64>();
        digest.update(pixels);
    }
    (hex(digest.finalize()), lit)
}

/// Hashes and sums by NumPy, see `fixtures/README.md`.
#[test]
fn whole_files_have_their_pixels_and_classes() {
    for name in ["dsprites_small_py2meta.npz", "dsprites_small_py3meta.npz"] {
        let dataset = open(name);
        assert_eq!(dataset.len(), 384);
        let (hash, lit) = pixels(dataset.as_ref());
        assert_eq!(
            hash,
            "b0c2aee034efccfa7326789743730a7f1ec29c83abec6544c6324e648a3d550a"
        );
        assert_eq!(lit, 70_980);
        let space = dataset.factor_space().unwrap();
        assert_eq!(
            space.names(),
            ["shape", "scale", "orientation", "posX", "posY"]
        );
        assert_eq!(space.sizes(), [3, 2, 4, 4, 4]);
        assert!(space.is_grid());
        assert_eq!(factors(dataset.as_ref(), 200), [1, 1, 0, 2, 0]);
    }
}

/// SHA-256 of the i64 classes by NumPy.
#[test]
fn kept_constants_give_the_published_classes() {
    let path = fixture("dsprites_small_py2meta.npz");
    let dataset = build(&format!(
        "{{kind: dsprites_file, path: '{}', constant_factors: keep}}",
        path.display()
    ))
    .unwrap();
    assert_eq!(dataset.factor_space().unwrap().sizes(), [1, 3, 2, 4, 4, 4]);
    let mut digest = Sha256::new();
    for index in 0..dataset.len() {
        for class in factors(dataset.as_ref(), index) {
            digest.update(i64::from(class).to_le_bytes());
        }
    }
    assert_eq!(
        hex(digest.finalize()),
        "2d8c5931ced6da9a8d01926c1e03465d437dd5076a4ad54769d1ad89b5327a1d"
    );
}

/// The file has every eighth image of the whole one and no classes: posY is always 0, and posX has
/// every second of its values, which is a smaller grid.
#[test]
fn classes_are_derived_from_values() {
    let whole = open("dsprites_small_py3meta.npz");
    let sample = open("dsprites_small_stored_nometa.npz");
    let space = sample.factor_space().unwrap();
    assert_eq!(space.names(), ["shape", "scale", "orientation", "posX"]);
    assert_eq!(space.sizes(), [3, 2, 4, 2]);
    assert!(space.is_grid());
    assert_eq!(sample.len(), 48);
    for index in 0..48 {
        let source = 8 * index;
        assert!(
            image(sample.as_ref(), index) == image(whole.as_ref(), source),
            "image {index}"
        );
        let [shape, scale, orientation, x, 0] = factors(whole.as_ref(), source)[..] else {
            panic!("posY of image {source}")
        };
        assert_eq!(
            factors(sample.as_ref(), index),
            [shape, scale, orientation, x / 2]
        );
    }
}

#[test]
fn values_that_are_no_grid_make_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = table_file(folder.path());
    let dataset = build(&config(&path)).unwrap();
    let space = dataset.factor_space().unwrap();
    assert!(!space.is_grid());
    assert_eq!(space.names(), ["shape", "posY"]);
    assert_eq!(space.sizes(), [3, 2]);
    let rows: Vec<_> = (0..4)
        .map(|index| factors(dataset.as_ref(), index))
        .collect();
    assert_eq!(rows, [[2, 0], [0, 1], [0, 0], [1, 1]]);
    assert_eq!(image(dataset.as_ref(), 3)[3], 255);
}

/// NumPy's renderer rounds a sine differently: four ellipses have one other pixel on their border.
#[test]
fn generated_images_are_those_of_the_file() {
    let file = open("dsprites_small_py2meta.npz");
    let generated = build(
        "
kind: subset
of: {kind: dsprites}
values:
  scale: [0, 5]
  orientation: [0, 5, 20, 39]
  posX: [0, 10, 21, 31]
  posY: [0, 10, 21, 31]
",
    )
    .unwrap();
    assert_eq!(file.factor_space(), generated.factor_space());
    let mut other = Vec::new();
    for index in 0..file.len() {
        let (file, generated) = (
            image(file.as_ref(), index),
            image(generated.as_ref(), index),
        );
        let differing = file.iter().zip(&generated).filter(|(a, b)| a != b).count();
        other.extend((0..differing).map(|_| index));
    }
    assert_eq!(other, [164, 167, 168, 171]);
}

/// Writes a file of broken arrays and returns the message of opening it.
fn broken(arrays: &[(&str, ArrayView<'_>)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.npz");
    disentangle_arrays::write(&path, arrays).unwrap();
    let message = build_error(&config(&path));
    assert!(message.contains("broken.npz"), "{message}");
    message
}

fn images(len: usize) -> Array3<u8> {
    Array3::zeros((len, 64, 64))
}

/// The message of opening images and classes that do not fit.
fn misfit<'a>(images: impl Into<ArrayView<'a>>, classes: impl Into<ArrayView<'a>>) -> String {
    broken(&[("imgs", images.into()), ("latents_classes", classes.into())])
}

/// Two classes of posY.
fn two_classes() -> Array2<i64> {
    Array2::from_shape_fn((2, 6), |(row, factor)| i64::from(row == 1 && factor == 5))
}

fn assert_names(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "{message}: {part}");
    }
}

#[test]
fn missing_members_are_named() {
    let classes = two_classes();
    assert_names(&broken(&[("other", (&classes).into())]), &["imgs", "other"]);
    let alone = broken(&[("imgs", (&images(2)).into())]);
    assert_names(&alone, &["latents_values"]);
}

#[test]
fn images_of_another_kind_are_named() {
    let classes = two_classes();
    let floats = images(2).mapv(f32::from);
    assert_names(
        &misfit(&floats, &classes),
        &["imgs", "F32", "unsigned bytes"],
    );
    let small = Array3::<u8>::zeros((2, 32, 32));
    assert_names(
        &misfit(&small, &classes),
        &["imgs", "[2, 32, 32]", "[N, 64, 64]"],
    );
    assert_names(&misfit(&images(0), &classes), &["imgs", "no images"]);
    let mut gray = images(2);
    gray[[1, 40, 63]] = 255;
    assert_names(&misfit(&gray, &classes), &["imgs", "image 1", "0 and 1"]);
}

#[test]
fn classes_that_are_no_grid_are_named() {
    let member = "latents_classes";
    let classes = two_classes();
    assert_names(&misfit(&images(3), &classes), &[member, "[2, 6]", "[3, 6]"]);
    let negative = classes.mapv(|class| -class);
    assert_names(&misfit(&images(2), &negative), &[member, "class -1"]);
    let halves = classes.mapv(|class| class as f32 / 2.0);
    assert_names(&misfit(&images(2), &halves), &[member, "0.5"]);
    let reversed = classes.mapv(|class| 1 - class);
    assert_names(&misfit(&images(2), &reversed), &[member, "row-major"]);
}

#[test]
fn truncated_files_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.npz");
    let bytes = std::fs::read(fixture("dsprites_small_py2meta.npz")).unwrap();
    for length in (0..bytes.len()).step_by(997) {
        std::fs::write(&path, &bytes[..length]).unwrap();
        let message = build_error(&config(&path));
        assert!(message.contains("cut.npz"), "{message}");
    }
}

#[test]
fn damaged_files_are_errors_or_unharmed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.npz");
    let name = "dsprites_small_py2meta.npz";
    let (bytes, whole) = (
        std::fs::read(fixture(name)).unwrap(),
        pixels(open(name).as_ref()),
    );
    for place in (0..bytes.len()).step_by(397) {
        let mut bytes = bytes.clone();
        bytes[place] ^= 0x55;
        std::fs::write(&path, &bytes).unwrap();
        match build(&config(&path)) {
            Err(error) => assert!(error.to_string().contains("damaged.npz"), "{error}"),
            Ok(dataset) => assert_eq!(pixels(dataset.as_ref()), whole, "byte {place}"),
        }
    }
}

#[test]
fn a_missing_file_says_where_it_is_published() {
    let message = build_error("kind: dsprites_file");
    assert!(
        message.contains("https://github.com/google-deepmind/dsprites-dataset"),
        "{message}"
    );
}
