//! Draws a heat map, curves and latents against factors from synthetic numbers, as PNG and SVG.
//!
//! `cargo run -p disentangle-visualization --example plots -- FOLDER`

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use disentangle_visualization::{Curve, Curves, HeatMap, Panel, Picture, Relations, Theme};

const FACTORS: [&str; 5] = ["shape", "scale", "orientation", "x position", "y position"];

fn main() -> Result<(), Box<dyn Error>> {
    let argument = std::env::args().nth(1);
    let folder = argument.map_or_else(std::env::temp_dir, PathBuf::from);
    let write = |name: &str, picture: Picture, svg: String| -> Result<(), Box<dyn Error>> {
        picture.write_png(&folder.join(name).with_extension("png"))?;
        Ok(fs::write(folder.join(name).with_extension("svg"), svg)?)
    };
    let (light, dark) = (Theme::Light, Theme::Dark);
    let map = information();
    write("heat_map", map.picture(light)?, map.svg(light)?)?;
    let losses = losses();
    write("curves", losses.picture(light)?, losses.svg(light)?)?;
    let divergences = divergences();
    write("kl", divergences.picture(dark)?, divergences.svg(dark)?)?;
    let relations = relations();
    write(
        "relations",
        relations.picture(light)?,
        relations.svg(light)?,
    )?;
    Ok(())
}

/// How much a latent says about a factor: one each, the last ones nothing.
fn tie(latent: usize, factor: usize) -> f64 {
    match latent.abs_diff(factor) {
        0 => 0.9 - 0.1 * factor as f64,
        1 => 0.15,
        _ => 0.01,
    }
}

fn information() -> HeatMap {
    let cells = (0..7).flat_map(|latent| (0..5).map(move |factor| tie(latent, factor)));
    HeatMap {
        title: "Mutual information (nats)".into(),
        rows: (0..7).map(|latent| format!("z{latent}")).collect(),
        columns: FACTORS.map(Into::into).to_vec(),
        values: cells.collect(),
        range: None,
    }
}

fn losses() -> Curves {
    let curve = |name: &str, value: &dyn Fn(f64) -> f64| Curve {
        name: name.into(),
        points: (1..=200)
            .map(|i| {
                let step = f64::from(i) * 100.0;
                (step, value(step / 2000.0) * (1.0 + 0.05 * step.sin()))
            })
            .collect(),
    };
    let falling = curve("reconstruction", &|t| 18.0 + 600.0 * (-4.0 * t).exp());
    let rising = curve("KL", &|t| 14.0 * (1.0 - (-t).exp()) + 0.1);
    Curves::new("Loss terms, unweighted", vec![falling, rising])
}

fn divergences() -> Curves {
    let curve = |latent: u32| Curve {
        name: format!("z{latent}"),
        points: (0..=100)
            .map(|i| {
                let t = f64::from(i) / 20.0 - f64::from(latent) / 3.0;
                (f64::from(i) * 200.0, 3.0 / (1.0 + (-2.0 * t).exp()))
            })
            .collect(),
    };
    Curves::new("KL of each latent (nats)", (0..10).map(curve).collect())
}

fn relations() -> Relations {
    let sizes = [3, 6, 40, 32, 32];
    let panel = |latent: usize, factor: usize| {
        let size = sizes[factor];
        let at = |value: usize| value as f64 / (size - 1) as f64 * 4.0 - 2.0;
        Panel {
            means: (0..size).map(|v| tie(latent, factor) * at(v)).collect(),
            deviations: vec![1.0 - tie(latent, factor); size],
        }
    };
    Relations {
        title: "Codes by factor: mean and standard deviation".into(),
        latents: (0..4).map(|latent| format!("z{latent}")).collect(),
        factors: FACTORS.map(Into::into).to_vec(),
        panels: (0..20).map(|i| panel(i / 5, i % 5)).collect(),
    }
}
