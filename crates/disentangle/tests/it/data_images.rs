//! Images of a data set, as pictures and as arrays.

use crate::{FIXTURES, fail, succeed};

#[test]
fn a_data_set_is_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let args = [
        "data",
        "render",
        "arm",
        "--set",
        "variant=relit",
        "--sample",
        "5",
        "--out",
        "drawn",
    ];
    succeed(folder.path(), &args);
    let begins = |name: &str, with: &[u8]| {
        let bytes = std::fs::read(folder.path().join("drawn").join(name)).unwrap();
        assert!(bytes.starts_with(with), "{name}");
        bytes
    };
    let samples = begins("arm-samples.png", b"\x89PNG");
    begins("arm-factors.png", b"\x89PNG");
    begins("arm-factors.gif", b"GIF89a");

    let plain = ["data", "render", "arm", "--sample", "5", "--out", "drawn"];
    succeed(folder.path(), &plain);
    assert!(begins("arm-samples.png", b"\x89PNG") != samples);
}

#[test]
fn a_part_whose_factors_are_no_grid_has_samples_only() {
    let folder = tempfile::tempdir().unwrap();
    let config = "data: {kind: split, of: {kind: room}, part: test, fraction: 0.001}";
    std::fs::write(folder.path().join("part.yaml"), config).unwrap();
    succeed(folder.path(), &["data", "render", "part.yaml"]);
    assert!(folder.path().join("part-samples.png").exists());
    assert!(!folder.path().join("part-factors.png").exists());
}

#[test]
fn chosen_images_are_exported() {
    let folder = tempfile::tempdir().unwrap();
    let indices = |args: &[&str]| {
        let out = ["--out", "some.npz"];
        succeed(
            folder.path(),
            &[&["data", "export", "room"], args, &out].concat(),
        );
        let path = folder.path().join("some.npz");
        let read = |name| disentangle_arrays::read(&path, Some(name)).unwrap();
        let indices = read("indices").to_i64().unwrap();
        let n = indices.len();
        assert_eq!(read("images").shape(), [n, 64, 64, 3]);
        assert_eq!(read("factors").shape(), [n, 6]);
        indices.iter().copied().collect::<Vec<_>>()
    };
    assert_eq!(indices(&["--index", "77,5"]), [77, 5]);
    let sample = indices(&["--sample", "20", "--seed", "1"]);
    assert_eq!(sample.len(), 20);
    assert_eq!(indices(&["--sample", "20", "--seed", "1"]), sample);
    assert_ne!(indices(&["--sample", "20"]), sample);
}

#[test]
fn unknown_sets_and_images_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (_, unknown) = fail(
        folder.path(),
        &["data", "export", "rooms", "--out", "some.npz"],
    );
    assert!(
        unknown.contains("rooms") && unknown.contains("room"),
        "{unknown}"
    );
    let index = [
        "data", "export", "room", "--index", "480000", "--out", "some.npz",
    ];
    let (code, beyond) = fail(folder.path(), &index);
    assert_eq!(code, 1);
    assert!(beyond.contains("image 480000 is out of range"), "{beyond}");
    let every = ["data", "export", "room", "--out", "some.npz"];
    assert!(
        fail(folder.path(), &every)
            .1
            .contains("480000 images take more than 4 GiB")
    );
    assert!(!folder.path().join("some.npz").exists());
}

#[test]
fn the_files_that_a_config_names_are_verified() {
    let folder = tempfile::tempdir().unwrap();
    let published = format!("data: {{kind: shapes3d, path: {FIXTURES}/3dshapes_small.h5}}");
    std::fs::write(folder.path().join("published.yaml"), published).unwrap();
    // The small file is not the published one.
    let (code, message) = fail(folder.path(), &["data", "verify", "published.yaml"]);
    assert_eq!(code, 1);
    assert!(
        message.contains("1 of 1 files are known to be bad"),
        "{message}"
    );
    let text = succeed(folder.path(), &["data", "info", "published.yaml"]);
    assert!(
        text.contains("3D Shapes") && text.contains("here: "),
        "{text}"
    );

    let own = format!(
        "data: {{kind: array_file, path: {FIXTURES}/mpi3d_small_stored.npz, images: images}}"
    );
    std::fs::write(folder.path().join("own.yaml"), own).unwrap();
    let text = succeed(folder.path(), &["data", "verify", "own.yaml"]);
    assert!(
        text.contains("mpi3d_small_stored.npz: unknown: it is your own"),
        "{text}"
    );
    // Its description would be written over the config.
    let out = ["data", "prepare", "own.yaml", "--out", "own.npy"];
    let (code, message) = fail(folder.path(), &out);
    assert_eq!(code, 1);
    assert!(
        message.contains("`own.yaml`: is there already"),
        "{message}"
    );
    let target = folder.path().join("prepared.npy");
    let out = ["data", "prepare", "own.yaml", "--out", "prepared.npy"];
    succeed(folder.path(), &out);
    let path = target.display().to_string();
    let args = ["data", "verify", "own.yaml", "--path", &path];
    assert!(succeed(folder.path(), &args).contains("prepared.npy: known good"));

    std::fs::write(folder.path().join("drawn.yaml"), "data: {kind: room}").unwrap();
    let (code, message) = fail(folder.path(), &["data", "verify", "drawn.yaml"]);
    assert_eq!(code, 1);
    assert!(
        message.contains("no file that `drawn.yaml` names is here"),
        "{message}"
    );
}
