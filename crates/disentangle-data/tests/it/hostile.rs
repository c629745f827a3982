//! Broken files of every published layout: an error that names the file, never a panic.

use std::io::Read;
use std::path::{Path, PathBuf};

use disentangle_data::{DatasetConfig, Places};
use disentangle_registry::Build;
use proptest::prelude::*;

use crate::support::{DataFolder, build, fixture};

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
        (
            "{kind: dsprites_file}",
            vec!["dsprites/dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz"],
        ),
        (
            "{kind: image_folder, path: pictures, factors: factors.csv}",
            vec!["factors.csv", "pictures/0/a.png"],
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

/// A link to itself cannot be opened by anyone; a file without permission by all but root.
#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_opened_is_named() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    for (yaml, files) in read_files() {
        for name in files {
            let data = DataFolder::new();
            let path = data.path().join(name);
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
            let is_root = std::fs::File::open(&path).is_ok();
            if !is_root {
                let message = try_all(yaml, data.path()).unwrap();
                assert!(message.contains(name), "{message}");
            }
            std::fs::remove_file(&path).unwrap();
            symlink(&path, &path).unwrap();
            let message = try_all(yaml, data.path()).unwrap();
            let stem = Path::new(name).file_stem().unwrap().to_string_lossy();
            assert!(message.contains(stem.trim_end_matches(".mat")), "{message}");
        }
    }
}

/// Images that are read in place: npy, a stored npz, a contiguous HDF5 file.
#[test]
fn a_file_that_changes_while_it_is_open_is_an_error() {
    let data = DataFolder::new();
    let images = ndarray::Array4::from_shape_fn((4, 8, 8, 1), |(i, row, ..)| (9 * i + row) as u8);
    let npy = data.path().join("images.npy");
    disentangle_arrays::write(&npy, &[("", (&images).into())]).unwrap();
    for small in ["mpi3d_small_stored.npz", "3dshapes_small_contiguous.h5"] {
        std::fs::copy(fixture(small), data.path().join(small)).unwrap();
    }
    for name in [
        "images.npy",
        "mpi3d_small_stored.npz",
        "3dshapes_small_contiguous.h5",
    ] {
        let path = data.path().join(name);
        let images = if name == "images.npy" {
            ""
        } else {
            ", images: images"
        };
        let yaml = format!("{{kind: array_file, path: '{}'{images}}}", path.display());
        let set = build(&yaml).unwrap();
        let mut out = vec![0; set.image_shape().n_bytes()];
        set.images(&[0], &mut out).unwrap();
        let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(std::fs::metadata(&path).unwrap().len() - 1)
            .unwrap();
        let message = set.images(&[0], &mut out).unwrap_err().to_string();
        assert!(message.contains(name), "{message}");
        assert!(message.contains("changed while it was open"), "{message}");
    }
}

/// Objects are pickles, which may run anything.
#[test]
fn images_and_labels_that_are_objects_are_refused() {
    let data = DataFolder::new();
    let path = data.path().join("objects.npy");
    let dictionary = "{'descr': '|O', 'fortran_order': False, 'shape': (6, 4, 4, 1), }\n";
    let length = (dictionary.len() as u16).to_le_bytes();
    let header = [
        b"\x93NUMPY\x01\x00",
        length.as_slice(),
        dictionary.as_bytes(),
        b"\x80\x02c__builtin__\neval\n",
    ];
    std::fs::write(&path, header.concat()).unwrap();
    for yaml in [
        "{kind: array_file, path: objects.npy}",
        "{kind: array_file, path: mine.npz, images: x, factors_path: objects.npy}",
    ] {
        let message = try_all(yaml, data.path()).unwrap();
        assert!(message.contains("objects.npy"), "{message}");
        assert!(message.contains("object"), "{message}");
    }
}

/// A PNG file whose header claims a size, behind which there are a few bytes.
fn claiming_png(width: u32, height: u32) -> Vec<u8> {
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        let named = [kind.as_slice(), data].concat();
        let mut sum = flate2::Crc::new();
        sum.update(&named);
        let length = (data.len() as u32).to_be_bytes();
        [length.as_slice(), &named, &sum.sum().to_be_bytes()].concat()
    };
    // Eight bits, RGBA, neither filtered nor interlaced in another way than usual.
    let header = [
        &width.to_be_bytes()[..],
        &height.to_be_bytes(),
        &[8, 6, 0, 0, 0],
    ];
    let pixels = [0x78, 0x9c, 0x63, 0x60, 0x00, 0x00, 0x00, 0x02, 0x00, 0x01];
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &header.concat()),
        chunk(b"IDAT", &pixels),
        chunk(b"IEND", b""),
    ]
    .concat()
}

/// The first picture of the small CelebA.
fn jpeg() -> Vec<u8> {
    let archive = std::fs::File::open(fixture("celeba/img_align_celeba.zip")).unwrap();
    let mut archive = zip::ZipArchive::new(archive).unwrap();
    let mut bytes = Vec::new();
    archive
        .by_index(0)
        .unwrap()
        .read_to_end(&mut bytes)
        .unwrap();
    bytes
}

/// The same picture, but its header claims a size.
fn claiming_jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = jpeg();
    let frame = bytes.windows(2).position(|marker| marker == [0xff, 0xc0]);
    let at = frame.unwrap() + 5;
    bytes[at..at + 2].copy_from_slice(&height.to_be_bytes());
    bytes[at + 2..at + 4].copy_from_slice(&width.to_be_bytes());
    bytes
}

#[test]
fn pictures_that_claim_any_size_are_named() {
    for (name, bytes) in [
        ("huge.png", claiming_png(u32::MAX >> 1, u32::MAX >> 1)),
        ("large.png", claiming_png(16_000, 16_000)),
        ("wide.jpg", claiming_jpeg(u16::MAX, u16::MAX)),
        ("large.jpg", claiming_jpeg(16_000, 16_000)),
        ("text.png", b"no picture at all".to_vec()),
        ("cut.jpg", jpeg()[..1000].to_vec()),
    ] {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("pictures");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join(name), bytes).unwrap();
        let message = try_all("{kind: image_folder, path: pictures}", data.path());
        let message = message.unwrap_or_else(|| panic!("{name} was read"));
        assert!(message.contains(name), "{message}");
    }
}

/// Both inflate to far more than they should.
#[test]
fn bombs_are_named() {
    let data = DataFolder::new();
    let name = "celeba/img_align_celeba.zip";
    let mut archive = zip::ZipWriter::new(std::fs::File::create(data.path().join(name)).unwrap());
    for picture in 1..=6 {
        let options = zip::write::SimpleFileOptions::default();
        archive
            .start_file(format!("{picture:06}.jpg"), options)
            .unwrap();
        let n_bytes = if picture == 1 { 65 << 20 } else { 1 };
        std::io::copy(&mut std::io::repeat(0).take(n_bytes), &mut archive).unwrap();
    }
    archive.finish().unwrap();
    let message = try_all("{kind: celeba}", data.path()).unwrap();
    assert!(message.contains("000001.jpg"), "{message}");
    assert!(message.contains("more than 67108864 bytes"), "{message}");

    let name = "small_norb/smallnorb-5x46789x9x18x6x2x96x96-training-info.mat.gz";
    let path = data.path().join(name);
    let packed = std::fs::File::open(&path).unwrap();
    let whole = flate2::read::GzDecoder::new(packed).chain(std::io::repeat(0).take(64 << 20));
    let mut bomb = Vec::new();
    let mut encoder = flate2::read::GzEncoder::new(whole, flate2::Compression::fast());
    encoder.read_to_end(&mut bomb).unwrap();
    std::fs::write(&path, bomb).unwrap();
    let message = try_all("{kind: smallnorb, split: training}", data.path()).unwrap();
    assert!(message.contains(name), "{message}");
    assert!(
        message.contains("more elements than its header says"),
        "{message}"
    );
}

#[test]
fn tables_that_are_no_text_are_named() {
    for (yaml, name) in [
        ("{kind: celeba}", "celeba/list_attr_celeba.txt"),
        (
            "{kind: celeba, split: train}",
            "celeba/list_eval_partition.txt",
        ),
        (
            "{kind: image_folder, path: pictures, factors: factors.csv}",
            "factors.csv",
        ),
    ] {
        let data = DataFolder::new();
        let path = data.path().join(name);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[3] = 0xff;
        std::fs::write(&path, bytes).unwrap();
        let message = try_all(yaml, data.path()).unwrap();
        assert!(message.contains(name), "{message}");
        assert!(message.contains("UTF-8"), "{message}");
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
