//! Draws a grid, reconstructions and traversals of synthetic sprites, without a model.
//!
//! `cargo run -p disentangle-visualization --example grid -- FOLDER`

use std::error::Error;
use std::f32::consts::PI;
use std::path::PathBuf;

use disentangle_visualization::{
    Animation, GridOptions, Picture, Range, Reconstructions, Style, Theme, Traversal,
    TraversalOptions, grid, traversal,
};

/// Divergences as a trained model has them: six latents in use, four collapsed.
const KL: [f32; 10] = [
    0.003, 2.41, 0.008, 3.72, 0.62, 0.001, 2.87, 1.94, 0.006, 12.08,
];

fn main() -> Result<(), Box<dyn Error>> {
    let argument = std::env::args().nth(1);
    let folder = argument.map_or_else(std::env::temp_dir, PathBuf::from);
    let write = |name: &str, picture: Picture| picture.write_png(&folder.join(name));
    write("grid.png", shapes_and_angles()?)?;
    write("reconstructions.png", blurred()?)?;
    write("traversal_64.png", walk(64, Theme::Light)?)?;
    write("traversal_32.png", walk(32, Theme::Dark)?)?;
    animated()?.write_gif(&folder.join("traversal.gif"))?;
    Ok(())
}

/// A row a shape, a column an angle, in color.
fn shapes_and_angles() -> Result<Picture, Box<dyn Error>> {
    let pose = |shape: usize, turn: usize| Pose {
        corners: shape as f32 + 3.0,
        angle: turn as f32 * PI / 12.0,
        hue: shape as f32 / 4.0,
        ..Pose::default()
    };
    let rows = (0..4)
        .map(|shape| (0..8).map(|turn| pose(shape, turn).draw(64)).collect())
        .collect::<Result<Vec<_>, _>>()?;
    let options = GridOptions {
        title: Some("regular polygons, turned".into()),
        row_labels: ["triangle", "square", "pentagon", "hexagon"]
            .map(Into::into)
            .to_vec(),
        column_labels: (0..8)
            .map(|turn| format!("{}°", 15 * turn).into())
            .collect(),
        ..GridOptions::default()
    };
    Ok(grid(&rows, &options)?)
}

/// Sprites, and the same with a soft edge, as an autoencoder makes them.
fn blurred() -> Result<Picture, Box<dyn Error>> {
    let sprites = |softness: f32| {
        let pose = |i: u8| Pose {
            corners: 3.0 + f32::from(i % 4),
            x: 0.2 * f32::from(i % 5) - 0.4,
            y: 0.2 * f32::from(i % 3) - 0.2,
            angle: f32::from(i),
            softness,
            ..Pose::default()
        };
        (0..20)
            .map(|i| pose(i).draw(64))
            .collect::<Result<Vec<_>, _>>()
    };
    let options = Reconstructions {
        columns: 10,
        title: Some("β-TCVAE, step 20000".into()),
        ..Reconstructions::default()
    };
    Ok(options.draw(&sprites(0.01)?, &sprites(0.15)?)?)
}

fn spec() -> Traversal {
    Traversal {
        base: vec![0.3; 10],
        kl: KL.to_vec(),
        inactive: vec![],
        range: (-2.0, 2.0).into(),
        steps: 9,
    }
}

/// All latents walking over the quantiles of the prior, there and back.
fn animated() -> Result<Animation, Box<dyn Error>> {
    let (range, steps) = (Range::Quantiles { tail: 0.03 }, 15);
    let spec = Traversal {
        range,
        steps,
        ..spec()
    };
    let options = TraversalOptions {
        title: Some("each latent over the prior (KL in nats)".into()),
        ..TraversalOptions::default()
    };
    let mut decode = |z: &[f32], _n: usize| {
        let pictures = z.chunks(KL.len()).map(|z| Pose::of(z).draw(64));
        Ok(pictures.collect::<Result<_, _>>()?)
    };
    let walks = spec.walks(&mut decode, &options)?;
    Ok(spec.animation(&walks, &options)?)
}

fn walk(side: usize, theme: Theme) -> Result<Picture, Box<dyn Error>> {
    let options = TraversalOptions {
        style: Style {
            theme,
            ..Style::default()
        },
        ..TraversalOptions::default()
    };
    let mut decode = |z: &[f32], _n: usize| {
        let pictures = z.chunks(KL.len()).map(|z| Pose::of(z).draw(side));
        Ok(pictures.collect::<Result<_, _>>()?)
    };
    Ok(traversal(&mut decode, &spec(), &options)?)
}

/// A regular polygon in the square from −1 to 1.
struct Pose {
    x: f32,
    y: f32,
    size: f32,
    angle: f32,
    corners: f32,
    /// From 0 to 1; negative is white.
    hue: f32,
    /// Width of the edge.
    softness: f32,
}

impl Default for Pose {
    fn default() -> Self {
        Self {
            x: 0.0,
            y: 0.0,
            size: 0.5,
            angle: 0.0,
            corners: 4.0,
            hue: -1.0,
            softness: 0.02,
        }
    }
}

impl Pose {
    /// Stands for a decoder that uses six of its ten latents.
    fn of(z: &[f32]) -> Self {
        Self {
            x: 0.3 * z[9],
            y: 0.3 * z[3],
            size: 0.4 + 0.12 * z[6],
            angle: 0.4 * z[1],
            corners: (4.0 + z[7]).round().max(3.0),
            softness: 0.02 + 0.08 * (z[4] + 2.0),
            ..Self::default()
        }
    }

    fn draw(&self, side: usize) -> Result<Picture, disentangle_visualization::Error> {
        let at = |i: usize| (2 * i + 1) as f32 / side as f32 - 1.0;
        let color = self.color();
        let pixels = (0..side * side).flat_map(|i| {
            let lit = self.lit(at(i % side), at(i / side));
            color.map(|channel| lit * channel)
        });
        Picture::from_floats(&pixels.collect::<Vec<_>>(), 3, (side, side))
    }

    /// How much of the shape is at a point, in `[0, 1]`.
    fn lit(&self, x: f32, y: f32) -> f32 {
        let (x, y) = (x - self.x, y - self.y);
        let wedge = 2.0 * PI / self.corners;
        let turned = (y.atan2(x) - self.angle).rem_euclid(wedge) - wedge / 2.0;
        let distance = x.hypot(y) * turned.cos() - self.size * (wedge / 2.0).cos();
        (0.5 - distance / self.softness).clamp(0.0, 1.0)
    }

    fn color(&self) -> [f32; 3] {
        if self.hue < 0.0 {
            return [1.0; 3];
        }
        [0.0, 1.0 / 3.0, 2.0 / 3.0].map(|shift: f32| {
            let place = (self.hue + shift).rem_euclid(1.0);
            (6.0 * (place - 0.5).abs() - 1.0).clamp(0.15, 1.0)
        })
    }
}
