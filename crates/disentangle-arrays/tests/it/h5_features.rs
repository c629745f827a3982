//! What a file can use of HDF5: read right, or refused by name with a way around it.
//!
//! Files by `scripts/golden/h5_features.py`; numbers are 0, 1, 2, … in rows of four.

use std::path::PathBuf;

use disentangle_arrays::{DType, H5Reader, open, raw};

const OLD: &str = "h5_features.h5";
const LATEST: &str = "h5_latest_features.h5";

fn path(name: &str) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/datasets");
    PathBuf::from(folder).join(name)
}

fn file(name: &str) -> H5Reader {
    H5Reader::open(&path(name)).unwrap()
}

fn assert_counts(file: &str, name: &str) {
    let array = self::file(file).read(name).unwrap();
    assert_eq!(array.shape(), [8, 4], "{file}:{name}");
    let found = array.to_i64().unwrap();
    assert!(found.iter().copied().eq(0..32), "{file}:{name} {found:?}");
}

fn assert_refused(file: &str, name: &str, words: &[&str]) {
    let message = self::file(file).read(name).unwrap_err().to_string();
    assert!(message.contains(&format!("{file}:{name}")), "{message}");
    for word in words {
        assert!(message.contains(word), "{file}:{name}, {word}: {message}");
    }
}

#[test]
fn data_sets_that_may_grow_to_a_bound_are_read() {
    for file in [OLD, LATEST] {
        for name in [
            "bounded",
            "bounded_gzip",
            "bounded_one_chunk",
            "shrunk",
            "grown",
            "early",
            "early_bounded",
        ] {
            assert_counts(file, &format!("bounded/{name}"));
        }
    }
}

#[test]
fn data_sets_that_may_grow_without_bound_are_read_in_the_older_layout() {
    for name in ["one_unlimited", "one_unlimited_gzip", "two_unlimited"] {
        let name = format!("unbounded/{name}");
        assert_counts(OLD, &name);
        assert_refused(LATEST, &name, &["resizable", "libver", "h5repack -l CONTI"]);
    }
}

/// 2,100 chunks, of which one, in the second of three pages of the table, was written.
#[test]
fn a_page_of_the_table_that_was_never_written_names_no_chunk() {
    for name in [OLD, LATEST] {
        let array = file(name).read("bounded/sparse_table").unwrap();
        let found = array.to_i64().unwrap();
        let expected = (0..2100).map(|i| if i == 1500 { 5 } else { -1 });
        assert!(found.iter().copied().eq(expected), "{name}");
    }
}

#[test]
fn every_layout_is_read_or_named() {
    for file in [OLD, LATEST] {
        assert_counts(file, "layouts/compact");
        assert_counts(file, "layouts/contiguous");
        assert_counts(file, "attributed");
        let virtual_set = "layouts/virtual";
        assert_refused(file, virtual_set, &["virtual", "h5repack -l CONTI"]);
    }
}

#[test]
fn what_was_never_written_is_its_chosen_value_or_an_error() {
    for name in [OLD, LATEST] {
        let filled = file(name).read("layouts/never_written_filled").unwrap();
        assert!(filled.to_i64().unwrap().iter().all(|&found| found == 7));
        assert_eq!(filled.shape(), [8, 4]);
        assert_refused(name, "layouts/never_written", &["never written"]);
        let array = raw(&path(name), "layouts/never_written_filled").unwrap();
        assert!(array.is_none(), "it has no place in the file");
        let empty = file(name).read("layouts/no_rows").unwrap();
        assert_eq!((empty.shape(), empty.dtype()), (&[0, 4][..], DType::F32));
    }
}

#[test]
fn types_that_are_no_numbers_are_named() {
    for file in [OLD, LATEST] {
        assert_counts(file, "types/named_type");
        assert_refused(file, "types/null", &["null dataspace"]);
        for (name, word) in [
            ("text", "variable length"),
            ("record", "compound"),
            ("long_double", "float of 16 bytes"),
            ("complex", "compound"),
        ] {
            assert_refused(file, &format!("types/{name}"), &[word, "numeric"]);
        }
    }
}

#[test]
fn every_filter_is_undone_or_named() {
    for file in [OLD, LATEST] {
        for name in ["lzf", "shuffle", "fletcher32"] {
            assert_counts(file, &format!("filters/{name}"));
        }
        for name in ["szip", "nbit", "scaleoffset", "bitshuffle", "blosc", "zstd"] {
            let words = [name, "compression=\"gzip\"", "h5repack -f GZIP=4"];
            // The filter calls itself by its own spelling.
            let message = self::file(file).read(&format!("other_filters/{name}"));
            let message = message.unwrap_err().to_string().to_lowercase();
            for word in words {
                assert!(message.contains(&word.to_lowercase()), "{file}: {message}");
            }
        }
    }
}

/// `libver="latest"` keeps more than eight members in a heap.
#[test]
fn a_group_that_cannot_be_listed_hides_only_itself() {
    let many: Vec<_> = (0..12).map(|i| format!("many/x{i}")).collect();
    assert!(many.iter().all(|name| file(OLD).names().contains(name)));
    let words = ["`/many`", "fractal heap", "h5repack --compact=1000"];
    assert_refused(LATEST, "many/x3", &words);
    let message = open(&path("h5_latest_many.h5")).err().unwrap().to_string();
    assert!(message.contains("h5_latest_many.h5"), "{message}");
    assert!(message.contains("fractal heap"), "{message}");
}

/// MATLAB's files of version 7.3 have such a block, too.
#[test]
fn a_file_behind_a_block_of_the_users_own_is_read() {
    for name in ["h5_userblock.h5", "h5_latest_userblock.h5"] {
        for array in ["contiguous", "group/gzip", "group/chunks"] {
            assert_counts(name, array);
        }
        let place = raw(&path(name), "contiguous").unwrap().unwrap();
        let mut bytes = [0; 32];
        place.file.read_at(place.offset, &mut bytes).unwrap();
        assert!(bytes.iter().copied().eq(0..32), "{name}");
    }
}

#[test]
fn addresses_of_another_width_are_named() {
    let message = open(&path("h5_narrow.h5")).err().unwrap().to_string();
    assert!(message.contains("addresses of 4 bytes"), "{message}");
}
