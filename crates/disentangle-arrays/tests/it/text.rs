//! Tables of text as people write them: headers, words, gaps.

use std::fs;
use std::path::{Path, PathBuf};

use disentangle_arrays::{Array, Column, Error, Locator, read, write};
use ndarray::{Array2, array};

fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

fn table(name: &str, text: &str, pick: &str) -> Result<(Array, Vec<Column>), Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), name, text);
    let locator = match pick {
        "" => path.display().to_string(),
        pick => format!("{}:{pick}", path.display()),
    };
    Locator::parse(&locator).read_table(&[])
}

fn names(columns: &[Column]) -> Vec<&str> {
    columns
        .iter()
        .map(|column| column.name.as_deref().unwrap_or(""))
        .collect()
}

#[test]
fn a_table_without_a_header_is_numbers() {
    let (array, columns) = table("a.csv", "1,2.5\n3,-4e-1\n", "").unwrap();
    assert_eq!(array, array![[1.0, 2.5], [3.0, -0.4]].into());
    assert_eq!(names(&columns), ["", ""]);
}

#[test]
fn a_header_names_columns_and_integers_stay_integers() {
    let (array, columns) = table("a.tsv", "shape\tx\n0\t7\n2\t9\n", "").unwrap();
    assert_eq!(array, array![[0i64, 7], [2, 9]].into());
    assert_eq!(names(&columns), ["shape", "x"]);
    assert!(columns.iter().all(|column| !column.is_text()));
}

#[test]
fn words_become_classes_in_ascending_order() {
    let text = "color,x\r\nred,0.5\r\nblue,1.5\r\n\"light, red\",2.5\r\nred,0.5\r\n";
    let (array, columns) = table("a.csv", text, "").unwrap();
    let expected = array![[2.0, 0.5], [0.0, 1.5], [1.0, 2.5], [2.0, 0.5]];
    assert_eq!(array, expected.into());
    assert_eq!(columns[0].classes, ["blue", "light, red", "red"]);
    assert!(!columns[1].is_text());
}

#[test]
fn columns_are_picked_by_name() {
    let text = "z_1,z_0,shape\n1,10,5\n2,20,6\n";
    let (array, _) = table("a.csv", text, "shape").unwrap();
    assert_eq!(array, array![[5i64], [6]].into());
    let (array, columns) = table("a.csv", text, "z").unwrap();
    assert_eq!(array, array![[10i64, 1], [20, 2]].into());
    assert_eq!(names(&columns), ["z_0", "z_1"]);
    let (array, _) = table("a.csv", text, "shape, z_1").unwrap();
    assert_eq!(array, array![[5i64, 1], [6, 2]].into());
    let message = table("a.csv", text, "size").unwrap_err().to_string();
    assert!(
        message.contains("no array `size`, available: z_1, z_0, shape"),
        "{message}"
    );
}

#[test]
fn a_commented_header_of_numpy_is_a_header() {
    let (array, columns) = table("a.csv", "# x,y\n1,2\n", "").unwrap();
    assert_eq!(array, array![[1i64, 2]].into());
    assert_eq!(names(&columns), ["x", "y"]);
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_name() {
    let (_, columns) = table("a.csv", "\u{feff}x,y\n1,2\n", "").unwrap();
    assert_eq!(names(&columns), ["x", "y"]);
}

#[test]
fn nan_is_a_number() {
    let (array, _) = table("a.csv", "x\nnan\ninf\n1\n", "").unwrap();
    let values = array.to_f64();
    assert!(values[[0, 0]].is_nan() && values[[1, 0]].is_infinite());
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    for (text, expected) in [
        (
            "x,y\n1,2\n3\n",
            "line 3: 1 cells, where the first row has 2",
        ),
        ("x,y\n1,2\n3,\n", "line 3: column `y` is empty"),
        ("1,2\n,4\n", "line 2: column 1 is empty"),
        (",x\n0,1\n", "line 1: column 1 has no name"),
        ("x,x\n0,1\n", "line 1: two columns are called `x`"),
        ("", "holds no arrays"),
    ] {
        let message = table("a.csv", text, "").unwrap_err().to_string();
        assert!(message.contains(expected), "{text:?}: {message}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    fs::write(&path, b"x,y\n1,\xff\xfe\n").unwrap();
    let message = read(&path, None).unwrap_err().to_string();
    assert!(message.contains("line 2: no UTF-8 text"), "{message}");
}

#[test]
fn written_tables_come_back_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let codes = Array2::from_shape_fn((50, 3), |(i, j)| (i as f32 + 0.1).powi(j as i32 - 9) / 3.0);
    let factors = Array2::from_shape_fn((50, 1), |(i, _)| i as u32 % 7);
    for name in ["a.csv", "a.tsv"] {
        let path = folder.path().join(name);
        write(
            &path,
            &[("codes", (&codes).into()), ("factors", (&factors).into())],
        )
        .unwrap();
        let locator = Locator::parse(path.to_str().unwrap());
        assert_eq!(
            locator.read(&["codes"]).unwrap().to_f32(),
            codes.clone().into_dyn()
        );
        let again = locator.read(&["factors"]).unwrap().to_i64().unwrap();
        assert_eq!(again, factors.mapv(i64::from).into_dyn());
        let message = locator.read(&[]).unwrap_err().to_string();
        assert!(message.contains("codes, factors"), "{message}");
    }
}

#[test]
fn what_is_no_table_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    let (cube, two, three) = (
        ndarray::Array3::<u8>::zeros((2, 2, 2)),
        array![1u8, 2],
        array![1u8, 2, 3],
    );
    for arrays in [
        vec![("a", (&cube).into())],
        vec![("a", (&two).into()), ("b", (&three).into())],
        vec![("a", (&two).into()), ("a", (&two).into())],
        vec![],
    ] {
        let error = write(&path, &arrays).unwrap_err();
        assert!(matches!(error.cause(), Error::Unwritable(_)), "{error}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
