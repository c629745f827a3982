//! The published layouts, on small files: hashes and values by NumPy, h5py, SciPy and Pillow, see `fixtures/README.md`.

use disentangle_data::{Dataset, DatasetConfig, Places, Verdict, catalog, prepare};
use sha2::{Digest, Sha256};

use crate::support::{DataFolder, build, build_error, factors, fixture, image};

fn hex(digest: impl AsRef<[u8]>) -> String {
    digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The hash of all images.
fn hash(dataset: &dyn Dataset) -> String {
    let mut digest = Sha256::new();
    for index in 0..dataset.len() {
        digest.update(image(dataset, index));
    }
    hex(digest.finalize())
}

fn open(kind: &str, name: &str, more: &str) -> Box<dyn Dataset> {
    build(&format!(
        "{{kind: {kind}, path: '{}'{more}}}",
        fixture(name).display()
    ))
    .unwrap()
}

#[test]
fn dsprites_hdf5_is_dsprites_npz() {
    let npz = open("dsprites_file", "dsprites_small_py3meta.npz", "");
    let hdf5 = open("dsprites_file", "dsprites_small.hdf5", "");
    assert_eq!(hash(npz.as_ref()), hash(hdf5.as_ref()));
    assert_eq!(npz.factor_space(), hdf5.factor_space());
    assert_eq!(factors(hdf5.as_ref(), 200), [1, 1, 0, 2, 0]);
}

#[test]
fn shapes3d_has_its_images_and_classes() {
    let set = open("shapes3d", "3dshapes_small.h5", "");
    assert_eq!(
        hash(set.as_ref()),
        "9227bb5a5422bd7e3c6d6710ac39a5e3192979414a9b2efd5339b18be4c5d1c0"
    );
    let space = set.factor_space().unwrap();
    assert_eq!(
        space.names(),
        [
            "floor_hue",
            "wall_hue",
            "object_hue",
            "scale",
            "shape",
            "orientation"
        ]
    );
    assert_eq!(space.sizes(), [2, 2, 2, 2, 4, 3]);
    assert!(space.is_grid());
    // The labels of row 5 are 0, 0, 0.2, 0.75, 1 and 30: the last orientation of three.
    assert_eq!(factors(set.as_ref(), 5), [0, 0, 0, 0, 1, 2]);
    // Read in place, and with the newest layout.
    let set = open("shapes3d", "3dshapes_small_contiguous.h5", "");
    assert_eq!(
        hash(set.as_ref()),
        "7a77f25b1db2ef0ad033d783c3970234b55baffc726c701b69eb5c765c810d0c"
    );
    let set = open("shapes3d", "3dshapes_small_latest_shuffle.h5", "");
    assert_eq!(
        hash(set.as_ref()),
        "0619d5d67f9b665a59561a49be7b5bed73e4e8d70096cfddd9f3d6da19a7349b"
    );
}

#[test]
fn mpi3d_has_its_images_stored_deflated_and_zip64() {
    let first_six = "6dfb5b60c75ea3a8a232c64f7e97d52eed6a38138888ac49f4e1ff97abfac274";
    let all = "28aa157fc325b47bee4f56c487863cbac587cbd838af39be9d31cff7318dcdc4";
    for (name, sizes, expected) in [
        ("mpi3d_small_stored.npz", "[1, 1, 1, 1, 1, 2, 3]", first_six),
        ("mpi3d_small_zip64.npz", "[1, 1, 1, 1, 1, 2, 3]", first_six),
        ("mpi3d_small_deflated.npz", "[1, 1, 1, 1, 1, 6, 4]", all),
    ] {
        let set = open("mpi3d", name, &format!(", sizes: {sizes}"));
        assert_eq!(hash(set.as_ref()), expected, "{name}");
        assert_eq!(
            set.factor_space().unwrap().names(),
            ["horizontal_axis", "vertical_axis"]
        );
    }
    let path = fixture("mpi3d_small_stored.npz");
    let message = build_error(&format!(
        "{{kind: mpi3d, variant: real, path: '{}'}}",
        path.display()
    ));
    assert!(
        message.contains("6 images, expected 1036800 or 460800"),
        "{message}"
    );
}

#[test]
fn cars3d_has_its_images_in_the_order_of_the_factors() {
    let set = open("cars3d", "cars", "");
    let space = set.factor_space().unwrap();
    assert_eq!(space.names(), ["elevation", "azimuth", "object"]);
    assert_eq!(space.sizes(), [4, 24, 2]);
    let index = space.index(&[2, 7, 1]).unwrap();
    // Pillow 13.0.0: `thumbnail((64, 64), LANCZOS)` of `im[:, :, :, 7, 2]` of the second car.
    let expected = "c92cb075f49bbaad3cf4ae6a1a507f4d077f24ae7467b710357728aefb7c748c";
    assert_eq!(hex(Sha256::digest(image(set.as_ref(), index))), expected);

    let set = open("cars3d", "cars", ", size: 128");
    let index = set.factor_space().unwrap().index(&[2, 7, 0]).unwrap();
    // SciPy: `im[60, 64, 1, 7, 2]` of the first car.
    assert_eq!(image(set.as_ref(), index)[(60 * 128 + 64) * 3 + 1], 70);
}

#[test]
fn smallnorb_has_the_left_images_and_the_classes() {
    let data = DataFolder::new();
    let config = |more: &str| {
        format!(
            "{{kind: smallnorb, path: '{}'{more}}}",
            data.path().display()
        )
    };
    let set = build(&config("")).unwrap();
    assert_eq!(set.len(), 80);
    // Pillow 13.0.0: `thumbnail((64, 64), LANCZOS)` of the left image of the fourth pair.
    let expected = "130cf1f4c54a10e87d8e61e7a692d448e2e2c76a2ab726e5de0e379b1087d4a8";
    assert_eq!(hex(Sha256::digest(image(set.as_ref(), 3))), expected);
    let space = set.factor_space().unwrap();
    assert_eq!(
        space.names(),
        ["category", "instance", "elevation", "azimuth", "lighting"]
    );
    assert!(!space.is_grid());
    // NumPy: `cat[0]` and `info[0]` of both splits, azimuths halved.
    assert_eq!(factors(set.as_ref(), 0), [2, 4, 3, 11, 3]);
    assert_eq!(factors(set.as_ref(), 40), [4, 1, 6, 3, 3]);
    let testing = build(&config(", split: testing, size: 96")).unwrap();
    assert_eq!((testing.len(), testing.image_shape().height), (40, 96));
    assert_eq!(factors(testing.as_ref(), 0), [4, 1, 6, 3, 3]);
}

/// Every combination of two categories, one instance, two elevations, azimuth 0 and two lightings, last
/// one first: sorted, image i is that of combination i.
#[test]
fn a_whole_smallnorb_is_sorted_into_its_grid() {
    let folder = tempfile::tempdir().unwrap();
    let write = |kind: &str, magic: u32, dims: &[u32], data: Vec<u8>| {
        let mut words = vec![magic, dims.len() as u32];
        words.extend(dims);
        words.extend(vec![1; 3_usize.saturating_sub(dims.len())]);
        let bytes = [words.into_iter().flat_map(u32::to_le_bytes).collect(), data].concat();
        let name = format!("smallnorb-5x46789x9x18x6x2x96x96-training-{kind}.mat");
        std::fs::write(folder.path().join(name), bytes).unwrap();
    };
    let combinations: Vec<[i32; 3]> = (0..8).rev().map(|i| [i / 4, i / 2 % 2, i % 2]).collect();
    let words = |words: Vec<i32>| {
        words
            .into_iter()
            .flat_map(i32::to_le_bytes)
            .collect::<Vec<_>>()
    };
    write(
        "cat",
        0x1E3D_4C54,
        &[8],
        words(combinations.iter().map(|c| c[0]).collect()),
    );
    let info = combinations
        .iter()
        .flat_map(|c| [0, c[1], 0, c[2]])
        .collect();
    write("info", 0x1E3D_4C54, &[8, 4], words(info));
    let dat = (0..8)
        .rev()
        .flat_map(|i| vec![10 * i + 5; 2 * 96 * 96])
        .collect();
    write("dat", 0x1E3D_4C55, &[8, 2, 96, 96], dat);

    let yaml = format!(
        "{{kind: smallnorb, split: training, path: '{}'}}",
        folder.path().display()
    );
    let set = build(&yaml).unwrap();
    assert!(set.factor_space().unwrap().is_grid());
    for index in 0..8 {
        assert_eq!(image(set.as_ref(), index)[0], 10 * index as u8 + 5);
    }
}

/// Decoders of JPEG may differ by rounding, so pixels of plain areas are compared: Pillow 13.0.0.
#[test]
fn celeba_is_cropped_or_squashed_and_has_its_attributes() {
    for more in ["", ", fit: squash", ", split: test"] {
        let set = open("celeba", "celeba", more);
        let third = if more.contains("split") { 0 } else { 2 };
        let picture = image(set.as_ref(), third);
        let pixel = |row: usize, column: usize| &picture[(row * 64 + column) * 3..][..3];
        let expected: [u8; 3] = if third == 2 {
            [200, 181, 151]
        } else {
            [170, 180, 150]
        };
        let near = |found: &[u8], expected: [u8; 3]| {
            found.iter().zip(expected).all(|(&a, b)| a.abs_diff(b) <= 3)
        };
        assert!(near(pixel(32, 32), expected), "{:?}", pixel(32, 32));
        let corner = if third == 2 {
            [100, 90, 140]
        } else {
            [160, 90, 140]
        };
        assert!(near(pixel(2, 2), corner), "{:?}", pixel(2, 2));
    }
    let set = open("celeba", "celeba", ", constant_factors: keep");
    assert_eq!(set.len(), 6);
    let space = set.factor_space().unwrap();
    assert_eq!(
        (space.n_factors(), space.names()[39].as_str()),
        (40, "Young")
    );
    // NumPy: the first row of attributes begins -1, 1, -1, -1, 1, …
    assert_eq!(
        factors(set.as_ref(), 0)[..10],
        [0, 1, 0, 0, 1, 0, 0, 1, 0, 0]
    );
    assert_eq!(open("celeba", "celeba", ", split: train").len(), 3);
}

#[test]
fn files_of_the_folder_are_found_by_name() {
    let data = DataFolder::new();
    let all = catalog::list(&data.places(), None).unwrap();
    for name in ["dsprites", "shapes3d", "mpi3d_toy", "celeba", "smallnorb"] {
        let found = all
            .iter()
            .find(|found| found.description.name == name)
            .unwrap();
        assert!(
            found.files.iter().any(|file| file.found.is_some()),
            "{name}"
        );
        let verdicts = catalog::verify(found, &mut |_, _| {}).unwrap();
        // The small files are not the published ones.
        let bad = |verdict: &_| matches!(verdict, Verdict::KnownBad(_));
        let mut of_files = verdicts.iter().filter(|(path, _)| path.is_file());
        assert!(of_files.all(|(_, verdict)| bad(verdict)), "{verdicts:?}");
    }
    let cars = all.iter().find(|found| found.description.name == "cars3d");
    let unpacked = cars.and_then(|found| found.unpacked.as_ref()).unwrap();
    assert!(unpacked.ends_with("cars"), "{}", unpacked.display());
    let drawn = |name: &str| {
        all.iter()
            .any(|found| found.description.name == name && found.drawn)
    };
    assert!(drawn("dsprites") && drawn("color_dsprites"));
    assert!(["shapes3d", "mpi3d_toy", "scream_dsprites"].map(drawn) == [false; 3]);
    let real = catalog::find(
        "mpi3d_real",
        &Places {
            roots: vec!["nowhere".into()],
        },
        None,
    )
    .unwrap();
    assert_eq!(real.files[0].found, None);
    assert!(real.files[0].looked[0].starts_with("nowhere/mpi3d_real"));
    assert!(
        catalog::find("mpi4d", &data.places(), None)
            .unwrap_err()
            .to_string()
            .contains("mpi3d_toy")
    );
}

#[test]
fn a_config_names_the_files_to_verify() {
    let data = DataFolder::new();
    let verdicts = |yaml: &str| {
        let config = serde_saphyr::from_str(yaml).unwrap();
        catalog::verify_config(&config, &data.places(), &mut |_, _| {}).unwrap()
    };
    let h5 = data.path().join("3dshapes/3dshapes.h5");
    let [(path, Verdict::KnownBad(_))] = &verdicts("{kind: shapes3d}")[..] else {
        panic!("{:?}", verdicts("{kind: shapes3d}"))
    };
    assert_eq!(*path, h5);
    let part = "{kind: split, of: {kind: subset, of: {kind: shapes3d}, fixed: {shape: 0}}, part: test, fraction: 0.5}";
    assert_eq!(verdicts(part), verdicts("{kind: shapes3d}"));
    assert_eq!(verdicts("{kind: room}"), []);

    let own = "{kind: array_file, path: mine.npz, images: x, factors: y}";
    let mine = data.path().join("mine.npz");
    assert!(
        matches!(&verdicts(own)[..], [(path, Verdict::Unknown(why))] if *path == mine && why.contains("your own"))
    );
    // A prepared file is compared with the sum beside it, and is none of the published ones.
    let target = data.path().join("prepared.npy");
    for own in [own, "{kind: shapes3d}"] {
        let config: DatasetConfig = serde_saphyr::from_str(own).unwrap();
        prepare(&config, &data.places(), Some(&target), &mut |_| {}).unwrap();
        let kind = config.kind();
        let prepared = format!("{{kind: {kind}, path: '{}'}}", target.display());
        assert_eq!(verdicts(&prepared), [(target.clone(), Verdict::KnownGood)]);
        std::fs::remove_file(&target).unwrap();
    }
}
