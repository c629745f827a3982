//! Small files in the layouts of the official data sets; origin in `fixtures/datasets/README.md`.

use std::io::Read;
use std::path::PathBuf;

use disentangle_arrays::{DType, Error, Locator, NpzReader, read};

fn path(name: &str) -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/datasets"
    ))
    .join(name)
}

#[test]
fn a_deflated_file_of_many_arrays_is_read() {
    let mut file = NpzReader::open(&path("dsprites_small_py2meta.npz")).unwrap();
    assert_eq!(
        file.names(),
        ["metadata", "imgs", "latents_classes", "latents_values"]
    );
    let header = file.header("imgs").unwrap();
    assert_eq!(
        (header.dtype, header.shape.as_slice()),
        (DType::U8, [384, 64, 64].as_slice())
    );

    let classes = file.read("latents_classes").unwrap().to_i64().unwrap();
    assert_eq!(classes.shape(), [384, 6]);
    // `classes_row_200` and `values_row_200` of the facts recorded with the files.
    let row = classes.index_axis(ndarray::Axis(0), 200);
    assert_eq!(row.as_slice().unwrap(), [0, 1, 1, 0, 2, 0]);
    let values = file.read("latents_values").unwrap().to_f64();
    let row = values.index_axis(ndarray::Axis(0), 200);
    assert_eq!(
        row.as_slice().unwrap(),
        [1.0, 2.0, 1.0, 0.0, 0.6774193548387096, 0.0]
    );
}

#[test]
fn a_stream_yields_all_pixels_in_bounded_memory() {
    let mut file = NpzReader::open(&path("dsprites_small_py2meta.npz")).unwrap();
    let (lit, peak) = super::allocation::peak_of(|| {
        let mut stream = file.stream("imgs").unwrap();
        let (mut lit, mut piece) = (0, [0; 4096]);
        loop {
            match stream.read(&mut piece).unwrap() {
                0 => return lit,
                read => lit += piece[..read].iter().map(|&x| u64::from(x)).sum::<u64>(),
            }
        }
    });
    // `lit_pixels` of the facts recorded with the files.
    assert_eq!(lit, 70_980);
    // 1.5 MiB of pixels pass through the inflater's window and buffers.
    assert!(peak < 200_000, "{peak} bytes");
}

#[test]
fn a_pickled_object_is_refused_and_its_neighbors_are_not() {
    let error = read(&path("dsprites_small_py2meta.npz"), Some("metadata")).unwrap_err();
    assert!(matches!(error.cause(), Error::UnsupportedType { descr, .. } if descr == "|O"));
    let message = error.to_string();
    assert!(
        message.contains("py2meta.npz:metadata`") && message.contains("pickled"),
        "{message}"
    );
}

#[test]
fn stored_and_zip64_files_are_read() {
    let images = read(&path("dsprites_small_stored_nometa.npz"), Some("imgs")).unwrap();
    assert_eq!(
        (images.shape(), images.dtype()),
        ([48, 64, 64].as_slice(), DType::U8)
    );
    let images = read(&path("mpi3d_small_zip64.npz"), None).unwrap();
    assert_eq!((images.shape()[0], images.dtype()), (6, DType::U8));
}

#[test]
fn a_missing_name_lists_what_is_there() {
    let message = read(&path("dsprites_small_py2meta.npz"), Some("codes"))
        .unwrap_err()
        .to_string();
    assert!(message.contains("no array `codes`"), "{message}");
    assert!(
        message.contains("metadata, imgs, latents_classes, latents_values"),
        "{message}"
    );
}

#[test]
fn a_locator_takes_the_first_default_that_is_there() {
    let locator = Locator::parse(path("dsprites_small_py2meta.npz").to_str().unwrap());
    let classes = locator.read(&["factors", "latents_classes"]).unwrap();
    assert_eq!(classes.dtype(), DType::I64);
    let message = locator.read(&["factors"]).unwrap_err().to_string();
    assert!(
        message.contains("FILE:NAME") && message.contains("imgs"),
        "{message}"
    );
    let named = Locator::parse(&format!("{locator}:latents_values"));
    assert_eq!(
        named.read(&["latents_classes"]).unwrap().dtype(),
        DType::F64
    );
}
