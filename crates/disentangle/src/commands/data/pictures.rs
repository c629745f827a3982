//! Sheets and animations of a data set's images.

use disentangle_data::{Dataset, FactorSpace, sweep};
use disentangle_visualization::{Animation, GridOptions, Picture, Style, grid};

/// Images beside each other on a contact sheet.
const COLUMNS: usize = 8;
/// Frames of an animation, from one end of each factor to the other.
const FRAMES: usize = 20;

/// Draws images as a contact sheet.
pub(super) fn samples(dataset: &dyn Dataset, indices: &[usize]) -> anyhow::Result<Picture> {
    let pictures = pictures(dataset, indices)?;
    let columns = COLUMNS.min(pictures.len());
    let mut rows: Vec<Vec<_>> = pictures.chunks(columns).map(<[_]>::to_vec).collect();
    fill_up(&mut rows, columns)?;
    let options = GridOptions {
        title: Some(format!("{} of {} images", indices.len(), dataset.len())),
        style: Style::default(),
        ..GridOptions::default()
    };
    Ok(grid(&rows, &options)?)
}

/// One image in which one factor after the other changes; its factors are a grid.
pub(super) struct Sweeps<'a> {
    pub(super) dataset: &'a dyn Dataset,
    pub(super) index: usize,
    /// Most values of a factor on the sheet.
    pub(super) steps: usize,
}

impl Sweeps<'_> {
    fn names(&self) -> &[String] {
        self.dataset.factor_space().map_or(&[], FactorSpace::names)
    }

    /// Draws a row a factor.
    pub(super) fn sheet(&self) -> anyhow::Result<Picture> {
        let row = |name: &String| {
            let indices = sweep(self.dataset, self.index, name, self.steps)?;
            pictures(self.dataset, &indices)
        };
        let rows = self.names().iter().map(row);
        let mut rows = rows.collect::<anyhow::Result<Vec<_>>>()?;
        let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
        fill_up(&mut rows, columns)?;
        let options = GridOptions {
            title: Some(format!("image {}, one factor a row", self.index)),
            row_labels: self
                .names()
                .iter()
                .map(|name| name.as_str().into())
                .collect(),
            ..GridOptions::default()
        };
        Ok(grid(&rows, &options)?)
    }

    /// Draws an image a factor, all of which run through their values and back.
    pub(super) fn animation(&self) -> anyhow::Result<Animation> {
        let column = |name: &String| {
            let values = sweep(self.dataset, self.index, name, FRAMES)?;
            // A factor with few values shows each of them for longer.
            let frames = (0..FRAMES).map(|frame| values[frame * values.len() / FRAMES]);
            pictures(self.dataset, &frames.collect::<Vec<_>>())
        };
        let columns = self.names().iter().map(column);
        let columns = columns.collect::<anyhow::Result<Vec<_>>>()?;
        let options = GridOptions {
            column_labels: self
                .names()
                .iter()
                .map(|name| name.as_str().into())
                .collect(),
            ..GridOptions::default()
        };
        let frame = |frame: usize| {
            let row = columns.iter().map(|column| column[frame].clone()).collect();
            grid(&[row], &options)
        };
        let frames = (0..FRAMES).map(frame).collect::<Result<_, _>>()?;
        Ok(Animation::back_and_forth(frames))
    }
}

fn pictures(dataset: &dyn Dataset, indices: &[usize]) -> anyhow::Result<Vec<Picture>> {
    let shape = dataset.image_shape();
    let mut bytes = vec![0; indices.len() * shape.n_bytes()];
    dataset.images(indices, &mut bytes)?;
    let images = bytes.chunks_exact(shape.n_bytes());
    let size = (shape.height, shape.width);
    let pictures = images.map(|image| Picture::from_bytes(image, shape.channels, size));
    Ok(pictures.collect::<Result<_, _>>()?)
}

/// Makes rows equally long with pictures in the color of the sheet.
fn fill_up(rows: &mut [Vec<Picture>], columns: usize) -> anyhow::Result<()> {
    let Some(first) = rows.iter().find_map(|row| row.first()) else {
        return Ok(());
    };
    let background = Style::default().theme.background();
    let blank = Picture::filled(first.height(), first.width(), background)?;
    for row in rows {
        row.resize(columns, blank.clone());
    }
    Ok(())
}
