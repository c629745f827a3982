//! Files that lie: each is one clear error, and costs little memory.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use disentangle_arrays::{Array, Error, NpyReader, NpzReader, open, read};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::allocation::peak_of;

const SMALL: usize = 1 << 20;

fn npy(shape: &str, data: &[u8]) -> Vec<u8> {
    let dictionary = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n");
    let length = (dictionary.len() as u16).to_le_bytes();
    [
        b"\x93NUMPY\x01\x00",
        length.as_slice(),
        dictionary.as_bytes(),
        data,
    ]
    .concat()
}

fn npz(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        archive.start_file(*name, options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn read_member(bytes: &[u8], name: &str) -> Result<Array, Error> {
    NpzReader::new(Cursor::new(bytes))?.read(name)
}

fn file(folder: &Path, name: &str, bytes: &[u8]) -> std::path::PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn claims_of_any_size_cost_nothing() {
    for shape in [
        "(1152921504606846976,)",
        "(4294967296, 4294967296)",
        "(9223372036854775807,)",
    ] {
        let bytes = npy(shape, &[0; 10]);
        let (result, peak) = peak_of(|| NpyReader::new(bytes.as_slice())?.into_array());
        let error = result.unwrap_err();
        assert!(
            matches!(error, Error::Truncated { .. } | Error::TooLarge { .. }),
            "{error}"
        );
        assert!(peak < SMALL, "{peak} bytes for {shape}");
    }
}

#[test]
fn a_file_shorter_or_longer_than_its_header_says_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let short = read(
        &file(
            folder.path(),
            "short.npy",
            &npy("(1152921504606846976,)", &[0; 10]),
        ),
        None,
    );
    let message = short.unwrap_err().to_string();
    assert!(message.contains("short.npy`: is truncated"), "{message}");
    assert!(message.contains("10 are there"), "{message}");
    let long = read(
        &file(folder.path(), "long.npy", &npy("(3,)", &[0; 4])),
        None,
    )
    .unwrap_err();
    assert!(
        matches!(long.cause(), Error::TrailingBytes { expected: 3 }),
        "{long}"
    );
}

#[test]
fn a_header_longer_than_the_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "a.npy", b"\x93NUMPY\x01\x00\xff\xff{'descr'");
    let error = read(&path, None).unwrap_err();
    assert!(
        matches!(
            error.cause(),
            Error::Truncated {
                what: "the header",
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn the_wrong_kind_of_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let text = file(folder.path(), "text.npy", b"hello world, hello world");
    let message = read(&text, None).unwrap_err().to_string();
    assert!(
        message.contains("is not an npy file: it starts with \"hello wo\""),
        "{message}"
    );
    let empty = file(folder.path(), "empty.npy", b"");
    assert!(
        read(&empty, None)
            .unwrap_err()
            .to_string()
            .contains("it is empty")
    );
    let text = file(folder.path(), "text.npz", b"hello world, hello world");
    assert!(matches!(
        read(&text, None).unwrap_err().cause(),
        Error::Zip(_)
    ));
}

/// The formats that are read, by extension.
const FORMATS: [&str; 7] = ["npy", "npz", "csv", "tsv", "safetensors", "h5", "mat"];

#[test]
fn directories_missing_files_and_unknown_extensions_are_named() {
    let folder = tempfile::tempdir().unwrap();
    for format in FORMATS {
        let path = folder.path().join("a").with_extension(format);
        let missing = read(&path, None).unwrap_err();
        assert!(matches!(missing.cause(), Error::Io(_)), "{missing}");
        fs::create_dir(&path).unwrap();
        let directory = read(&path, None).unwrap_err();
        assert!(matches!(directory.cause(), Error::Directory), "{directory}");
        let name = format!("a.{format}`");
        assert!(directory.to_string().contains(&name), "{directory}");
    }
    let message = read(Path::new("codes.pkl"), None).unwrap_err().to_string();
    assert!(
        message.contains("`pkl`, expected one of npy, npz"),
        "{message}"
    );
}

/// A link to itself cannot be opened by anyone; a file without permission by all but root.
#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_opened_is_named() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    for format in FORMATS {
        let link = folder.path().join("link").with_extension(format);
        symlink(&link, &link).unwrap();
        let closed = file(folder.path(), &format!("closed.{format}"), b"bytes");
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
        let is_root = fs::File::open(&closed).is_ok();
        for path in [link, closed].iter().take(if is_root { 1 } else { 2 }) {
            let error = read(path, None).unwrap_err();
            assert!(matches!(error.cause(), Error::Io(_)), "{error}");
            let name = path.file_name().unwrap().to_string_lossy();
            assert!(error.to_string().contains(&*name), "{error}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_file_whose_name_is_no_text_is_read_and_named() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let array = ndarray::array![[1.0_f32, 2.0]];
    for format in ["npy", "npz", "csv", "safetensors"] {
        let name = [b"\xff\xfe.", format.as_bytes()].concat();
        let path = folder.path().join(std::ffi::OsStr::from_bytes(&name));
        disentangle_arrays::write(&path, &[("a", (&array).into())]).unwrap();
        assert_eq!(
            read(&path, None).unwrap().to_f32(),
            array.clone().into_dyn()
        );
        fs::write(&path, b"").unwrap();
        let message = read(&path, None).unwrap_err().to_string();
        assert!(message.contains(&format!("\u{fffd}.{format}")), "{message}");
    }
}

/// A zip archive may call its members anything.
#[test]
fn a_member_whose_name_is_no_text_is_read() {
    let mut bytes = npz(&[("name.npy", &npy("(2,)", &[1, 2]))]);
    while let Some(at) = bytes.windows(4).position(|window| window == b"name") {
        bytes[at] = 0xff;
    }
    let mut file = NpzReader::new(Cursor::new(&bytes)).unwrap();
    let names = file.names();
    assert_eq!(names.len(), 1);
    assert_eq!(file.read(&names[0]).unwrap().shape(), [2]);
}

#[test]
fn a_name_in_an_npy_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "a.npy", &npy("(1,)", &[1]));
    let error = read(&path, Some("codes")).unwrap_err();
    assert!(
        matches!(error.cause(), Error::MissingArray { .. }),
        "{error}"
    );
    let mut source = open(&path).unwrap();
    for _ in 0..2 {
        assert_eq!(source.read("").unwrap().shape(), [1]);
    }
}

#[test]
fn a_bomb_is_inflated_no_further_than_its_header_says() {
    let zeros = vec![0; 64 << 20];
    let bytes = npz(&[("bomb.npy", &npy("(3,)", &zeros))]);
    assert!(bytes.len() < 100_000);
    let (result, peak) = peak_of(|| read_member(&bytes, "bomb"));
    let error = result.unwrap_err();
    assert!(
        matches!(error.cause(), Error::TrailingBytes { expected: 3 }),
        "{error}"
    );
    assert!(peak < SMALL, "{peak} bytes");
}

#[test]
fn a_member_shorter_than_its_header_says_costs_nothing() {
    let bytes = npz(&[("a.npy", &npy("(1125899906842624,)", &[0; 1000]))]);
    let (result, peak) = peak_of(|| read_member(&bytes, "a"));
    let error = result.unwrap_err();
    assert!(matches!(error.cause(), Error::Truncated { .. }), "{error}");
    assert!(peak < SMALL, "{peak} bytes");
}

/// A central directory that overstates the member passes the first check, so the bytes must decide.
#[test]
fn a_directory_that_overstates_a_member_costs_nothing() {
    let mut bytes = npz(&[("a.npy", &npy("(2147483648,)", &[0; 1000]))]);
    let directory = bytes
        .windows(4)
        .position(|window| window == b"PK\x01\x02")
        .unwrap();
    for start in [22, directory + 24] {
        bytes[start..start + 4].copy_from_slice(&0xf000_0000u32.to_le_bytes());
    }
    let (result, peak) = peak_of(|| read_member(&bytes, "a"));
    assert!(result.is_err());
    assert!(peak < SMALL, "{peak} bytes");
}

#[test]
fn a_flipped_bit_in_a_member_is_noticed() {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    archive.start_file("a.npy", options).unwrap();
    archive.write_all(&npy("(1000,)", &[7; 1000])).unwrap();
    let mut bytes = archive.finish().unwrap().into_inner();
    bytes[500] ^= 1;
    let error = read_member(&bytes, "a").unwrap_err();
    assert!(matches!(error.cause(), Error::Io(_)), "{error}");
    assert!(error.to_string().contains("checksum"), "{error}");
}

#[test]
fn a_truncated_archive_is_an_error() {
    let bytes = npz(&[("a.npy", &npy("(3,)", &[1, 2, 3]))]);
    for length in 0..bytes.len() {
        assert!(
            read_member(&bytes[..length], "a").is_err(),
            "{length} bytes"
        );
    }
}

#[test]
fn an_archive_without_arrays_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "a.npz", &npz(&[]));
    assert!(matches!(
        read(&path, None).unwrap_err().cause(),
        Error::Empty
    ));
    let path = file(
        folder.path(),
        "b.npz",
        &npz(&[("notes.txt", b"hello hello")]),
    );
    let error = read(&path, None).unwrap_err();
    assert!(matches!(error.cause(), Error::WrongMagic { .. }), "{error}");
}
