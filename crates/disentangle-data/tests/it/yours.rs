//! Data of your own, by configuration alone.

use ndarray::{Array3, Array4, array};

use crate::support::{build, build_error, factors, image, own_arrays, own_pictures};

#[test]
fn pictures_of_a_folder_are_ordered_by_path_and_cropped() {
    let folder = tempfile::tempdir().unwrap();
    own_pictures(folder.path());
    std::fs::write(folder.path().join("notes.txt"), "no picture").unwrap();
    let set = build(&format!(
        "{{kind: image_folder, path: '{}', size: 10}}",
        folder.path().display()
    ))
    .unwrap();
    assert_eq!(set.len(), 6);
    assert!(set.factor_space().is_none());
    // A square of 20 from the center of 20 × 30 keeps ten dark columns of fifteen.
    let picture = image(set.as_ref(), 3);
    assert_eq!((picture[0], picture[9 * 3]), (0, 120));
    let squashed = build(&format!(
        "{{kind: image_folder, path: '{}', size: 10, channels: 1, fit: squash}}",
        folder.path().display()
    ));
    let picture = image(squashed.unwrap().as_ref(), 3);
    assert_eq!((picture.len(), picture[0], picture[9]), (100, 0, 120));
}

#[test]
fn a_table_names_pictures_and_factors() {
    let folder = tempfile::tempdir().unwrap();
    own_pictures(folder.path());
    let csv = folder.path().join("factors.csv");
    let config = format!(
        "{{kind: image_folder, path: '{}', factors: '{}', size: 8}}",
        folder.path().display(),
        csv.display()
    );
    std::fs::write(
        &csv,
        "file,side,digit\n2/b.png,left,10\n0/a.png,right,9\n1/a.png,left,10\n",
    )
    .unwrap();
    let set = build(&config).unwrap();
    assert_eq!(set.factor_space().unwrap().names(), ["side", "digit"]);
    assert_eq!(factors(set.as_ref(), 1), [1, 0]);
    assert_eq!(image(set.as_ref(), 0)[7 * 3], 200);

    std::fs::write(&csv, "file,side\n2/c.png,left\n").unwrap();
    assert!(build_error(&config).contains("2/c.png"));
    std::fs::write(&csv, "file,side\n2/b.png\n").unwrap();
    assert!(build_error(&config).contains("line 2 has 1 fields, expected 2"));
    std::fs::write(&csv, [0xff, 0xfe, 0x00]).unwrap();
    assert!(build_error(&config).contains("UTF-8"));
}

#[test]
fn broken_pictures_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "{{kind: image_folder, path: '{}'}}",
        folder.path().display()
    );
    assert!(build_error(&config).contains("holds no .jpg"));
    std::fs::write(folder.path().join("bad.jpg"), "no jpeg").unwrap();
    let set = build(&config).unwrap();
    let mut out = vec![0; set.image_shape().n_bytes()];
    let message = set.images(&[0], &mut out).unwrap_err().to_string();
    assert!(message.contains("bad.jpg"), "{message}");
    assert!(build_error("{kind: image_folder, path: nowhere/at/all}").contains("nowhere/at/all"));
}

#[cfg(unix)]
#[test]
fn names_that_are_no_text_are_read() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    own_pictures(folder.path());
    let name = std::ffi::OsStr::from_bytes(b"\xff\xfe.png");
    std::fs::copy(folder.path().join("0/a.png"), folder.path().join(name)).unwrap();
    let set = build(&format!(
        "{{kind: image_folder, path: '{}'}}",
        folder.path().display()
    ))
    .unwrap();
    assert_eq!(set.len(), 7);
    assert_eq!(image(set.as_ref(), 6), image(set.as_ref(), 0));
}

#[test]
fn arrays_of_any_name_order_and_type_are_the_same_images() {
    let folder = tempfile::tempdir().unwrap();
    own_arrays(&folder.path().join("first.npz"));
    let bytes = Array4::from_shape_fn((6, 16, 16, 3), |(i, row, column, c)| {
        (40 * i + 10 * c + row + column) as u8
    });
    let floats = bytes.mapv(|byte| f32::from(byte) / 255.0);
    let signed = bytes.mapv(|byte| f64::from(byte) / 127.5 - 1.0);
    let path = folder.path().join("others.npz");
    let arrays = [
        ("b", (&bytes).into()),
        ("f", (&floats).into()),
        ("s", (&signed).into()),
    ];
    disentangle_arrays::write(&path, &arrays).unwrap();
    disentangle_arrays::write(&folder.path().join("plain.npy"), &[("", (&floats).into())]).unwrap();
    // Notes beside an array are not what `data prepare` writes.
    std::fs::write(folder.path().join("plain.yaml"), "author: me\n").unwrap();
    let open = |file: &str, more: &str| {
        let path = folder.path().join(file);
        build(&format!(
            "{{kind: array_file, path: '{}'{more}}}",
            path.display()
        ))
        .unwrap()
    };
    let sets = [
        open("first.npz", ", images: x, factors: y, factor_names: [a, b]"),
        open("others.npz", ", images: b"),
        open("others.npz", ", images: f"),
        open("others.npz", ", images: s, range: [-1, 1]"),
        open("plain.npy", ""),
    ];
    for set in &sets[1..] {
        for index in 0..6 {
            assert_eq!(image(set.as_ref(), index), image(sets[0].as_ref(), index));
        }
    }
    let space = sets[0].factor_space().unwrap();
    assert_eq!(
        (space.names().join(","), space.is_grid()),
        ("a,b".to_owned(), true)
    );
    assert_eq!(factors(sets[0].as_ref(), 3), [1, 1]);
}

#[test]
fn real_factors_are_ranked_and_bad_ones_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npz");
    let images = Array3::from_shape_fn((3, 4, 4), |(i, row, _)| (i * 9 + row) as u8);
    let write = |factors: &ndarray::Array2<f64>| {
        disentangle_arrays::write(&path, &[("x", (&images).into()), ("y", factors.into())])
            .unwrap();
    };
    let config = format!(
        "{{kind: array_file, path: '{}', images: x, factors: y}}",
        path.display()
    );
    write(&array![[0.5, -1.0], [0.25, 3.0], [0.5, 7.5]]);
    let set = build(&config).unwrap();
    assert_eq!(
        set.factor_space().unwrap().names(),
        ["factor_0", "factor_1"]
    );
    assert_eq!(factors(set.as_ref(), 2), [1, 2]);
    write(&array![[0.5], [f64::NAN], [1.0]]);
    assert!(build_error(&config).contains("no number in row 1"));
    write(&array![[0.5], [1.0]]);
    assert!(build_error(&config).contains("expected [3, K]"));
    assert!(
        build_error(&config.replace("images: x, ", "")).contains("set `images` to one of x, y")
    );
}
