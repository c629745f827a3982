//! The crate as its users see it: arrays in, PNG files out.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod browser;
mod sample;

use std::error::Error as _;
use std::fs;

use disentangle_visualization::{
    DecodeError, GridOptions, Picture, Traversal, grid, reconstructions,
};

/// A decoder whose pictures are the latents, one gray pixel each.
fn gray(latents: &[f32], n: usize) -> Result<Vec<Picture>, DecodeError> {
    latents
        .chunks(latents.len() / n)
        .map(|z| {
            let values: Vec<_> = z.iter().map(|value| value / 4.0 + 0.5).collect();
            Ok(Picture::from_floats(&values, 1, (1, z.len()))?)
        })
        .collect()
}

fn walk(base: Vec<f32>) -> Picture {
    let traversal = Traversal {
        base,
        kl: vec![0.0, 1.0],
        inactive: vec![],
        range: (-2.0, 2.0).into(),
        steps: 3,
    };
    traversal.draw(&mut gray).unwrap()
}

fn sheets() -> Vec<Picture> {
    let latents = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
    let pictures = gray(&latents, 3).unwrap();
    vec![
        grid(std::slice::from_ref(&pictures), &GridOptions::default()).unwrap(),
        reconstructions(&pictures, &pictures).unwrap(),
        walk(vec![0.5, -0.5]),
    ]
}

#[test]
fn sheets_are_the_same_every_time() {
    let bytes = |sheets: Vec<Picture>| -> Vec<_> {
        let encoded = sheets.iter().map(Picture::encode_png);
        encoded.map(Result::unwrap).collect()
    };
    assert_eq!(bytes(sheets()), bytes(sheets()));
}

#[test]
fn a_written_sheet_reads_back() {
    let folder = tempfile::tempdir().unwrap();
    for (i, sheet) in sheets().iter().enumerate() {
        let path = folder.path().join(format!("{i}.png"));
        sheet.write_png(&path).unwrap();
        let read = image::open(&path).unwrap().into_rgb8();
        let size = (read.height() as usize, read.width() as usize);
        assert_eq!(size, (sheet.height(), sheet.width()));
        assert_eq!(read.into_raw(), sheet.as_bytes());
    }
}

/// The scaled pictures of a traversal, at the middles of their pixels.
#[test]
fn a_traversal_shows_what_was_decoded() {
    let sheet = walk(vec![1.0, -1.0]);
    // Pictures of 1 x 2, enlarged 48 times; below a title and column labels, beside row labels of
    // 11 characters of 9 pixels.
    let (top, left) = (12 + 18 + 10 + 15 + 8, 12 + 99 + 8);
    let value = |row: usize, step: usize, latent: usize| {
        let top = top + row * (48 + 4 + 10);
        let left = left + step * (96 + 4) + latent * 48;
        sheet.pixel(top + 24, left + 24).unwrap()[0]
    };
    let row = |row: usize| [0, 1, 2].map(|step| [value(row, step, 0), value(row, step, 1)]);
    // First z1 from -2 to 2 with z0 = 1, then z0 with z1 = -1.
    assert_eq!(row(0), [[191, 0], [191, 128], [191, 255]]);
    assert_eq!(row(1), [[0, 64], [128, 64], [255, 64]]);
}

#[test]
fn nothing_is_written_where_writing_fails() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "kept").unwrap();
    // A file where a folder should be.
    let error = sheets()[0].write_png(&file.join("a.png")).unwrap_err();
    assert!(error.to_string().contains("a.png"), "{error}");
    assert!(error.source().is_some());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(fs::read_to_string(&file).unwrap(), "kept");
}
