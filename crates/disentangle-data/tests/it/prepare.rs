//! Prepared files: the same images and labels, noticed when they change.

use std::collections::BTreeSet;

use disentangle_data::{
    Dataset, DatasetConfig, Error, FactorSpace, Places, Verdict, prepare, verify_prepared,
};
use disentangle_registry::{Build, Config};

use crate::support::{DataFolder, factors, image};

fn parse(yaml: &str) -> DatasetConfig {
    serde_saphyr::from_str(yaml).unwrap()
}

fn all(dataset: &dyn Dataset) -> Vec<(Vec<u8>, Vec<u32>)> {
    (0..dataset.len())
        .map(|index| (image(dataset, index), factors(dataset, index)))
        .collect()
}

#[test]
fn every_kind_is_the_same_when_prepared() {
    let mut kinds = BTreeSet::new();
    for config in DatasetConfig::examples() {
        let data = DataFolder::new();
        let target = data.path().join("out.npy");
        let prepared = prepare(&config, &data.places(), Some(&target), &mut |_| {});
        let prepared = match prepared {
            Err(Error::NothingToPrepare { .. }) => continue,
            prepared => prepared.unwrap(),
        };
        kinds.insert(config.kind());
        assert_eq!(prepared.path, target);
        assert_eq!(
            verify_prepared(&target, &mut |_| {}).unwrap(),
            Verdict::KnownGood
        );
        let kind = config.kind();
        let yaml = format!("{{kind: {kind}, path: '{}'}}", target.display());
        let opened = parse(&yaml).build(&Places { roots: vec![] }).unwrap();
        let original = config.build(&data.places()).unwrap();
        assert_eq!(
            opened.factor_space().map(FactorSpace::names),
            original.factor_space().map(FactorSpace::names)
        );
        assert!(all(opened.as_ref()) == all(original.as_ref()), "{kind}");
        let again = prepare(&config, &data.places(), Some(&target), &mut |_| {}).unwrap();
        assert!(again.was_there && again.sha256 == prepared.sha256);
    }
    let files = [
        "array_file",
        "cars3d",
        "celeba",
        "image_folder",
        "mpi3d",
        "shapes3d",
        "smallnorb",
    ];
    assert!(files.iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
}

#[test]
fn a_prepared_file_is_found_where_the_published_one_was() {
    let data = DataFolder::new();
    let config = parse("{kind: shapes3d}");
    let mut last = None;
    let prepared = prepare(&config, &data.places(), None, &mut |progress| {
        last = Some(progress);
    })
    .unwrap();
    assert_eq!(prepared.path, data.path().join("3dshapes/shapes3d.npy"));
    let last = last.unwrap();
    assert_eq!(
        (last.done, last.total),
        (192 * 64 * 64 * 3, 192 * 64 * 64 * 3)
    );
    // Any program can read it.
    assert_eq!(
        disentangle_arrays::read(&prepared.path, None)
            .unwrap()
            .shape(),
        [192, 64, 64, 3]
    );
    std::fs::remove_file(data.path().join("3dshapes/3dshapes.h5")).unwrap();
    assert_eq!(config.build(&data.places()).unwrap().len(), 192);
}

#[test]
fn labels_that_are_no_grid_are_kept_beside() {
    let data = DataFolder::new();
    let config = parse("{kind: celeba}");
    let original = all(config.build(&data.places()).unwrap().as_ref());
    let prepared = prepare(&config, &data.places(), None, &mut |_| {}).unwrap();
    assert!(prepared.path.with_extension("labels.npy").is_file());
    std::fs::remove_file(data.path().join("celeba/list_attr_celeba.txt")).unwrap();
    assert!(all(config.build(&data.places()).unwrap().as_ref()) == original);
}

#[test]
fn a_file_that_changes_while_it_is_open_is_an_error() {
    let data = DataFolder::new();
    let config = parse("{kind: cars3d}");
    let prepared = prepare(&config, &data.places(), None, &mut |_| {}).unwrap();
    let set = config.build(&data.places()).unwrap();
    let mut out = vec![0; set.image_shape().n_bytes()];
    set.images(&[191], &mut out).unwrap();
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(&prepared.path)
        .unwrap();
    file.set_len(1000).unwrap();
    let message = set.images(&[191], &mut out).unwrap_err().to_string();
    assert!(message.contains("changed while it was open"), "{message}");
    // Opened anew it is refused at once.
    let message = config.build(&data.places()).err().unwrap().to_string();
    assert!(message.contains("cars3d_64.npy"), "{message}");
}

#[test]
fn a_flipped_bit_is_found_by_verifying() {
    let data = DataFolder::new();
    let prepared = prepare(
        &parse("{kind: shapes3d}"),
        &data.places(),
        None,
        &mut |_| {},
    )
    .unwrap();
    let mut bytes = std::fs::read(&prepared.path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&prepared.path, bytes).unwrap();
    let verdict = verify_prepared(&prepared.path, &mut |_| {}).unwrap();
    assert!(matches!(verdict, Verdict::KnownBad(_)));
}

#[test]
fn files_of_others_are_not_overwritten() {
    let data = DataFolder::new();
    let target = data.path().join("theirs.npy");
    std::fs::write(&target, "precious").unwrap();
    let config = parse("{kind: shapes3d}");
    let message = prepare(&config, &data.places(), Some(&target), &mut |_| {})
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("is there already and is no prepared file"),
        "{message}"
    );
    let wrong = data.path().join("a.h5");
    assert!(prepare(&config, &data.places(), Some(&wrong), &mut |_| {}).is_err());
    // A prepared file of something else.
    let cars = data.path().join("cars.npy");
    prepare(
        &parse("{kind: cars3d}"),
        &data.places(),
        Some(&cars),
        &mut |_| {},
    )
    .unwrap();
    let message = prepare(&config, &data.places(), Some(&cars), &mut |_| {})
        .unwrap_err()
        .to_string();
    assert!(message.contains("cars3d_64"), "{message}");
}
