//! Broken files of every published layout: an error that names the file, never a panic.

use std::path::{Path, PathBuf};

use disentangle_data::{DatasetConfig, Places};
use disentangle_registry::Build;
use proptest::prelude::*;

use crate::support::DataFolder;

/// Builds a data set and reads its first image, whatever comes of it.
fn try_all(yaml: &str, root: &Path) -> Option<String> {
    let config: DatasetConfig = serde_saphyr::from_str(yaml).unwrap();
    let places = Places {
        roots: vec![root.to_owned()],
    };
    let read = config.build(&places).and_then(|set| {
        let mut out = vec![0; set.image_shape().n_bytes()];
        set.images(&[0], &mut out)
    });
    read.err().map(|error| error.to_string())
}

/// Configs, and the files that they read.
fn read_files() -> Vec<(&'static str, Vec<&'static str>)> {
    vec![
        ("{kind: shapes3d}", vec!["3dshapes/3dshapes.h5"]),
        (
            "{kind: mpi3d, sizes: [1, 1, 1, 1, 1, 6, 4]}",
            vec!["mpi3d_toy/mpi3d_toy.npz"],
        ),
        ("{kind: cars3d}", vec!["cars/car_002_mesh.mat"]),
        (
            "{kind: smallnorb, split: training}",
            vec![
                "small_norb/smallnorb-5x46789x9x18x6x2x96x96-training-dat.mat.gz",
                "small_norb/smallnorb-5x46789x9x18x6x2x96x96-training-cat.mat.gz",
                "small_norb/smallnorb-5x46789x9x18x6x2x96x96-training-info.mat.gz",
            ],
        ),
        (
            "{kind: celeba}",
            vec!["celeba/list_attr_celeba.txt", "celeba/img_align_celeba.zip"],
        ),
        (
            "{kind: array_file, path: mine.npz, images: x, factors: y}",
            vec!["mine.npz"],
        ),
    ]
}

#[test]
fn a_file_cut_in_half_is_named() {
    for (yaml, files) in read_files() {
        for name in files {
            let data = DataFolder::new();
            let path = data.path().join(name);
            let bytes = std::fs::read(&path).unwrap();
            std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
            let message = try_all(yaml, data.path()).unwrap();
            assert!(message.contains(name), "{message}");
        }
    }
}

#[test]
fn an_empty_file_and_a_directory_are_named() {
    for (yaml, files) in read_files() {
        for name in files {
            let data = DataFolder::new();
            let path = data.path().join(name);
            std::fs::write(&path, "").unwrap();
            let message = try_all(yaml, data.path()).unwrap();
            assert!(message.contains(name), "{message}");
            std::fs::remove_file(&path).unwrap();
            std::fs::create_dir(&path).unwrap();
            let message = try_all(yaml, data.path()).unwrap();
            let stem = Path::new(name).file_name().unwrap().to_string_lossy();
            let stem = stem.trim_end_matches(".gz");
            // Without its table or archive a folder is incomplete; then the message is about that.
            assert!(message.contains(stem.trim_end_matches(".txt")), "{message}");
        }
    }
}

#[test]
fn a_matrix_that_claims_more_than_it_has_is_named() {
    let data = DataFolder::new();
    let name = "small_norb/smallnorb-5x46789x9x18x6x2x96x96-training-dat.mat";
    std::fs::remove_file(data.path().join(format!("{name}.gz"))).unwrap();
    for (n, expected) in [
        (40_u32, "ends early"),
        (u32::MAX, "expected U8 [N, 2, 96, 96]"),
    ] {
        let words = [0x1E3D_4C55_u32, 4, n, 2, 96, 96]
            .map(u32::to_le_bytes)
            .concat();
        std::fs::write(data.path().join(name), words).unwrap();
        let message = try_all("{kind: smallnorb, split: training}", data.path()).unwrap();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_sidecar_that_lies_is_refused() {
    let data = DataFolder::new();
    let npy = data.path().join("a.npy");
    let images = ndarray::Array4::<u8>::zeros((2, 4, 4, 1));
    disentangle_arrays::write(&npy, &[("", (&images).into())]).unwrap();
    let yaml = format!("{{kind: shapes3d, path: '{}'}}", npy.display());
    let write = |images: u64, bytes: u64, factors: &str| {
        let text = format!(
            "{{version: 1, name: shapes3d, images: {images}, image: {{height: 4, width: 4, channels: 1}}, \
             bytes: {bytes}, sha256: '00', labels: grid, factors: {factors}}}"
        );
        std::fs::write(data.path().join("a.yaml"), text).unwrap();
    };
    let good = "[{name: a, size: 2}]";
    write(2, 160, good);
    assert_eq!(try_all(&yaml, data.path()), None);
    for (images, bytes, factors) in [
        (3, 160, good),
        (1 << 60, 160, good),
        (2, 161, good),
        (2, 160, "[{name: a, size: 3}]"),
        (
            2,
            160,
            "[{name: a, size: 4294967296}, {name: b, size: 4294967296}]",
        ),
        (2, 160, "[]"),
    ] {
        write(images, bytes, factors);
        assert!(
            try_all(&yaml, data.path()).unwrap().contains("a.") || factors.contains("42949"),
            "{factors}"
        );
    }
    std::fs::write(data.path().join("a.yaml"), "{version: 2").unwrap();
    assert!(try_all(&yaml, data.path()).unwrap().contains("a.yaml"));
}

fn mutated(path: PathBuf, changes: &[(prop::sample::Index, u8)], cut: Option<prop::sample::Index>) {
    let mut bytes = std::fs::read(&path).unwrap();
    for (index, value) in changes {
        let index = index.index(bytes.len());
        bytes[index] = *value;
    }
    if let Some(cut) = cut {
        bytes.truncate(cut.index(bytes.len()));
    }
    std::fs::write(path, bytes).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..Default::default() })]

    #[test]
    fn whatever_byte_changes_nothing_panics(
        which in any::<prop::sample::Index>(),
        file in any::<prop::sample::Index>(),
        changes in prop::collection::vec(any::<(prop::sample::Index, u8)>(), 1..5),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let all = read_files();
        let (yaml, files) = &all[which.index(all.len())];
        let data = DataFolder::new();
        mutated(data.path().join(files[file.index(files.len())]), &changes, cut);
        let _ = try_all(yaml, data.path());
    }
}
