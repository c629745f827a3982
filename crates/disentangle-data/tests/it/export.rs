//! Choosing images, and writing them.

use disentangle_data::{Error, export, sample, sweep};
use ndarray::Axis;

use crate::support::{build, factors, image, table_file};

#[test]
fn a_sample_has_every_image_once_and_grows_at_its_end() {
    let small =
        build("{kind: subset, of: {kind: dsprites}, fixed: {shape: 0, scale: 5, orientation: 0}}");
    let small = small.unwrap();
    for n in [0, 10, 600, 1024] {
        let mut indices = sample(small.as_ref(), n, 3).unwrap();
        assert_eq!(indices, sample(small.as_ref(), n, 3).unwrap());
        indices.sort_unstable();
        indices.dedup();
        assert_eq!(indices.len(), n);
        assert!(indices.iter().all(|&index| index < 1024));
    }
    let of = |seed, n| sample(small.as_ref(), n, seed).unwrap();
    assert_eq!(of(3, 20)[..10], of(3, 10));
    assert_eq!(of(3, 1024)[..10], of(3, 10));
    assert_ne!(of(4, 10), of(3, 10));
    let error = sample(small.as_ref(), 1025, 3).unwrap_err();
    assert_eq!(
        error.to_string(),
        "1025 different images were asked for, there are 1024"
    );
}

#[test]
fn a_sweep_changes_one_factor_from_its_first_to_its_last_value() {
    let dataset = build("kind: arm").unwrap();
    let space = dataset.factor_space().unwrap();
    let base = space.index(&[2, 3, 1, 1, 2, 17, 30]).unwrap();
    for (factor_idx, name) in space.names().iter().enumerate() {
        let swept = sweep(dataset.as_ref(), base, name, 5).unwrap();
        let rows: Vec<_> = swept
            .iter()
            .map(|&index| factors(dataset.as_ref(), index))
            .collect();
        let values: Vec<_> = rows.iter().map(|row| row[factor_idx]).collect();
        assert!(values.is_sorted() && values[0] == 0);
        assert_eq!(
            *values.last().unwrap() as usize,
            space.sizes()[factor_idx] - 1
        );
        assert_eq!(values.len(), space.sizes()[factor_idx].min(5));
        for row in rows {
            let others = row.iter().zip(&[2, 3, 1, 1, 2, 17, 30]).enumerate();
            assert!(
                others
                    .filter(|(k, _)| *k != factor_idx)
                    .all(|(_, (a, b))| a == b)
            );
        }
    }
    let last = sweep(dataset.as_ref(), base, "vertical_axis", 5).unwrap();
    let values = last
        .iter()
        .map(|&index| factors(dataset.as_ref(), index)[6]);
    assert_eq!(values.collect::<Vec<_>>(), [0, 10, 20, 29, 39]);
    assert!(sweep(dataset.as_ref(), base, "vertical_axis", 0).is_err());
    assert_eq!(
        sweep(dataset.as_ref(), base, "vertical_axis", 1)
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_table_cannot_be_swept() {
    let folder = tempfile::tempdir().unwrap();
    let path = table_file(folder.path());
    let table = build(&format!(
        "{{kind: dsprites_file, path: '{}'}}",
        path.display()
    ))
    .unwrap();
    let error = sweep(table.as_ref(), 0, "shape", 3).unwrap_err();
    assert!(matches!(error, Error::NotAGrid), "{error}");
}

#[test]
fn exported_arrays_are_the_images_and_their_factors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some.npz");
    let dataset = build("kind: room").unwrap();
    let chosen = [479_999, 0, 123_456];
    export(dataset.as_ref(), &chosen, &path).unwrap();
    let read = |name| disentangle_arrays::read(&path, Some(name)).unwrap();
    assert_eq!(read("images").shape(), [3, 64, 64, 3]);
    let disentangle_arrays::Array::U8(images) = read("images") else {
        panic!()
    };
    for (row, &index) in chosen.iter().enumerate() {
        let written = images.index_axis(Axis(0), row);
        assert!(written.iter().eq(&image(dataset.as_ref(), index)));
    }
    let rows = read("factors").to_i64().unwrap();
    assert!(rows.index_axis(Axis(0), 0).iter().eq(&[9, 9, 9, 7, 3, 14]));
    assert!(
        read("indices")
            .to_i64()
            .unwrap()
            .iter()
            .eq(&[479_999, 0, 123_456])
    );

    let bytes = std::fs::read(&path).unwrap();
    export(dataset.as_ref(), &chosen, &path).unwrap();
    assert!(std::fs::read(&path).unwrap() == bytes);
}

#[test]
fn what_cannot_be_exported_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some.npz");
    let dataset = build("kind: room").unwrap();
    let error = export(dataset.as_ref(), &[480_000], &path).unwrap_err();
    assert!(matches!(error, Error::Index { .. }), "{error}");
    let too_many = vec![0; 400_000];
    let error = export(dataset.as_ref(), &too_many, &path).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("400000 images take more than 4 GiB"),
        "{error}"
    );
    assert!(!path.exists());
}
