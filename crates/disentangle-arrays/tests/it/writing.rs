//! Writing is whole or not at all.

use std::fs;

use disentangle_arrays::{Error, read, write};
use ndarray::{Array2, array};

#[test]
fn a_failed_write_leaves_the_old_file_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let old = array![1u8, 2];
    write(&path, &[("", (&old).into())]).unwrap();
    let error = write(&path, &[("a", (&old).into()), ("b", (&old).into())]).unwrap_err();
    assert!(matches!(error.cause(), Error::Unwritable(_)), "{error}");
    assert_eq!(read(&path, None).unwrap(), old.into());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn equal_arrays_make_equal_files() {
    let folder = tempfile::tempdir().unwrap();
    let array = Array2::from_shape_fn((100, 3), |(i, j)| (i + j) as u16);
    let bytes = |name: &str| {
        let path = folder.path().join(name);
        write(&path, &[("a", (&array).into())]).unwrap();
        fs::read(path).unwrap()
    };
    assert_eq!(bytes("a.npz"), bytes("b.npz"));
}

#[test]
fn writing_to_a_folder_or_into_none_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let array = array![1u8];
    let directory = folder.path().join("a.npy");
    fs::create_dir(&directory).unwrap();
    let error = write(&directory, &[("", (&array).into())]).unwrap_err();
    assert!(matches!(error.cause(), Error::Directory), "{error}");
    let error = write(&folder.path().join("no/a.npy"), &[("", (&array).into())]).unwrap_err();
    assert!(matches!(error.cause(), Error::Io(_)), "{error}");
    let error = write(&folder.path().join("a.txt"), &[("", (&array).into())]).unwrap_err();
    assert!(
        matches!(error.cause(), Error::UnknownFormat { .. }),
        "{error}"
    );
}

#[test]
fn two_arrays_of_one_name_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let array = array![1u8];
    let twice = [("a", (&array).into()), ("a", (&array).into())];
    assert!(write(&folder.path().join("a.npz"), &twice).is_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
