//! Small valid files of each kind.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use disentangle_data::{Places, prepare};
use image::{DynamicImage, GrayAlphaImage, GrayImage, ImageBuffer, RgbImage, RgbaImage};
use ndarray::{Array2, Array3, Array4};
use zip::ZipArchive;

use super::Result;

fn put(path: PathBuf, bytes: &[u8]) -> Result<()> {
    std::fs::create_dir_all(path.parent().unwrap_or(Path::new("")))?;
    Ok(std::fs::write(path, bytes)?)
}

fn fixture(name: &str) -> Result<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/datasets");
    Ok(std::fs::read(Path::new(folder).join(name))?)
}

/// Four pairs of pictures.
pub(super) fn norb(folder: &Path) -> Result<()> {
    let words = |words: &[u32]| {
        words
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .collect::<Vec<u8>>()
    };
    let path = |kind| folder.join("small_norb").join(format!("{NORB}-{kind}.mat"));
    let pixels: Vec<u8> = (0..4 * 2 * 96 * 96).map(|i| (i / 7) as u8).collect();
    put(
        path("dat"),
        &[words(&[0x1E3D_4C55, 4, 4, 2, 96, 96]), pixels].concat(),
    )?;
    put(path("cat"), &words(&[0x1E3D_4C54, 1, 4, 1, 1, 0, 1, 0, 1]))?;
    let info = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 2, 0];
    put(
        path("info"),
        &[words(&[0x1E3D_4C54, 2, 4, 4, 1]), words(&info)].concat(),
    )
}

const NORB: &str = "smallnorb-5x46789x9x18x6x2x96x96-training";

pub(super) fn norb_gz(folder: &Path) -> Result<()> {
    for kind in ["dat", "cat", "info"] {
        let name = format!("{NORB}-{kind}.mat.gz");
        put(folder.join("small_norb").join(&name), &fixture(&name)?)?;
    }
    Ok(())
}

/// Eight sprites: two values of scale, orientation and position.
pub(super) fn dsprites(folder: &Path) -> Result<()> {
    let images = Array3::from_shape_fn((8, 64, 64), |(i, row, column)| {
        u8::from((row + i) % 9 < column % 7)
    });
    let classes = Array2::from_shape_fn(
        (8, 6),
        |(i, k)| if k < 3 { 0 } else { (i >> (5 - k) & 1) as i64 },
    );
    let values = classes.mapv(|class| class as f64 / 3.0);
    let path = folder.join("dsprites/dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz");
    put(path.clone(), &[])?;
    let arrays = [
        ("imgs", (&images).into()),
        ("latents_classes", (&classes).into()),
        ("latents_values", (&values).into()),
    ];
    Ok(disentangle_arrays::write(&path, &arrays)?)
}

/// A prepared grid, and a prepared table.
pub(super) fn prepared(folder: &Path) -> Result<()> {
    let images = Array4::from_shape_fn((6, 8, 8, 3), |(i, row, column, c)| {
        (40 * i + 10 * c + row + column) as u8
    });
    let grid = Array2::from_shape_fn((6, 2), |(i, k)| [i / 2, i % 2][k] as u32);
    let table = Array2::from_shape_fn((6, 2), |(i, k)| [i / 2, i / 3][k] as u32);
    let path = folder.join("images.npz");
    let arrays = [
        ("x", (&images).into()),
        ("grid", (&grid).into()),
        ("table", (&table).into()),
    ];
    disentangle_arrays::write(&path, &arrays)?;
    let places = Places {
        roots: vec![folder.to_owned()],
    };
    for factors in ["grid", "table"] {
        let config =
            format!("{{kind: array_file, path: images.npz, images: x, factors: {factors}}}");
        let target = folder.join(factors).with_extension("npy");
        prepare(
            &serde_saphyr::from_str(&config)?,
            &places,
            Some(&target),
            &mut |_| {},
        )?;
    }
    Ok(())
}

pub(super) fn celeba(folder: &Path) -> Result<()> {
    for name in [
        "list_attr_celeba.txt",
        "list_eval_partition.txt",
        "img_align_celeba.zip",
    ] {
        put(
            folder.join("celeba").join(name),
            &fixture(&format!("celeba/{name}"))?,
        )?;
    }
    Ok(())
}

pub(super) fn faces(folder: &Path) -> Result<()> {
    celeba(folder)?;
    let path = folder.join("celeba/img_align_celeba.zip");
    ZipArchive::new(std::fs::File::open(&path)?)?.extract(folder.join("celeba"))?;
    Ok(std::fs::remove_file(path)?)
}

/// Pictures of each kind of pixel that the encoder writes, and a table of factors.
pub(super) fn pictures(folder: &Path) -> Result<()> {
    let value = |x: u32, y: u32| (x * 9 + y * 5) as u8;
    let (w, h) = (20, 16);
    let all: [DynamicImage; 5] = [
        GrayImage::from_fn(w, h, |x, y| image::Luma([value(x, y)])).into(),
        RgbImage::from_fn(w, h, |x, y| image::Rgb([value(x, y), 3, 200])).into(),
        RgbaImage::from_fn(w, h, |x, y| image::Rgba([value(x, y), 3, 200, 9])).into(),
        GrayAlphaImage::from_fn(w, h, |x, y| image::LumaA([value(x, y), 9])).into(),
        ImageBuffer::from_fn(w, h, |x, y| {
            image::Rgb([u16::from(value(x, y)) << 7, 3, 200])
        })
        .into(),
    ];
    let mut table = "file,side,size\n".to_owned();
    for (number, picture) in all.iter().enumerate() {
        let mut bytes = Vec::new();
        picture.write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png)?;
        put(folder.join(format!("pictures/{number}.png")), &bytes)?;
        table += &format!(
            "{number}.png,\"{}\",{}\n",
            ["left", "right"][number % 2],
            number as f64 / 2.0
        );
    }
    put(folder.join("factors.csv"), table.as_bytes())
}
