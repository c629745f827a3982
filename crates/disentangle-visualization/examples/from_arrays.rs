//! Draws what plain arrays hold: `cargo run -p disentangle-visualization --example from_arrays -- FOLDER`.
//!
//! Images are numbers row by row, a decoder is any closure from latents to pictures; `grid`, `plots` and `report`
//! beside this file draw more.

use std::path::PathBuf;

use disentangle_visualization::{
    Error, GridOptions, HeatMap, Picture, Theme, Traversal, TraversalOptions, grid, traversal,
};

/// A disc in a 32 × 32 array: where, and how large.
fn disc(x: f32, y: f32, radius: f32) -> Result<Picture, Error> {
    let at = |i: usize, place: f32| i as f32 - 15.5 - 6.0 * place;
    let lit = |i: usize| (radius - at(i % 32, x).hypot(at(i / 32, y))).clamp(0.0, 1.0);
    Picture::from_floats(&(0..32 * 32).map(lit).collect::<Vec<_>>(), 1, (32, 32))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args_os()
        .nth(1)
        .map_or_else(std::env::temp_dir, PathBuf::from);
    std::fs::create_dir_all(&folder)?;

    let row = |y: f32| {
        [-1.0, 0.0, 1.0]
            .map(|x| disc(x, y, 6.0))
            .into_iter()
            .collect()
    };
    let rows = [-1.0, 0.0, 1.0]
        .map(row)
        .into_iter()
        .collect::<Result<Vec<Vec<_>>, _>>()?;
    let options = GridOptions {
        title: Some("a disc's places".into()),
        ..GridOptions::default()
    };
    grid(&rows, &options)?.write_png(&folder.join("grid.png"))?;

    let mut decode = |z: &[f32], _n: usize| {
        Ok(z.chunks(3)
            .map(|z| disc(z[0], z[1], 6.0 + 2.0 * z[2]))
            .collect::<Result<_, _>>()?)
    };
    let walk = Traversal {
        base: vec![0.0; 3],
        kl: vec![2.1, 1.7, 0.9],
        inactive: vec![],
        range: (-2.0, 2.0).into(),
        steps: 7,
    };
    traversal(&mut decode, &walk, &TraversalOptions::default())?
        .write_png(&folder.join("traversal.png"))?;

    let knows = HeatMap {
        title: "mutual information in nats".into(),
        rows: ["z0", "z1", "z2"].map(Into::into).to_vec(),
        columns: ["x", "y", "radius"].map(Into::into).to_vec(),
        values: vec![1.3, 0.0, 0.1, 0.1, 1.2, 0.0, 0.0, 0.2, 0.8],
        range: None,
    };
    std::fs::write(folder.join("heat-map.svg"), knows.svg(Theme::Light)?)?;
    Ok(())
}
