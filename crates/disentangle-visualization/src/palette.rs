//! The colors of an animation: at most 256, the same for all of its frames.
//!
//! One palette for all frames, since a palette of its own makes every frame flicker. Up to 256 colors
//! are kept exactly. More are grouped: the box of colors whose squared error is largest is split where
//! the error falls most (Wu 1991, *Efficient Statistical Computations for Optimal Color Quantization*,
//! here with an exact sweep over the occupied cells of a grid), then a few rounds of k-means settle the
//! result. There is no dithering: its noise would move from frame to frame.

use crate::Picture;

/// Entries that a GIF palette can have.
const MOST: usize = 256;
/// Bits of a channel that tell cells of the histogram apart.
const BITS: u32 = 6;
/// Rounds of k-means; the error hardly falls after these.
const ROUNDS: usize = 4;

/// Colors, and which of them stands for a color.
pub(crate) struct Palette {
    colors: Vec<[u8; 3]>,
    /// For each of the 2²⁴ colors its entry plus one; zero is unknown yet.
    entries: Vec<u16>,
}

impl Palette {
    /// Finds the colors of pictures.
    pub(crate) fn of(pictures: &[Picture]) -> Self {
        let colors = exact(pictures).unwrap_or_else(|| grouped(pictures));
        let entries = vec![0; 1 << 24];
        Self { colors, entries }
    }

    /// Returns the colors, 1 to 256.
    pub(crate) fn colors(&self) -> &[[u8; 3]] {
        &self.colors
    }

    /// Returns the entry that is nearest to a color.
    pub(crate) fn entry(&mut self, color: [u8; 3]) -> u8 {
        let place = packed(color);
        if self.entries[place] == 0 {
            let point = color.map(f64::from);
            let colors = self.colors.iter().map(|color| color.map(f64::from));
            self.entries[place] = nearest(point, colors) as u16 + 1;
        }
        // At most 256 entries, so what remains fits.
        (self.entries[place] - 1) as u8
    }
}

/// Returns all colors, sorted, if they are few enough.
fn exact(pictures: &[Picture]) -> Option<Vec<[u8; 3]>> {
    let mut seen = vec![false; 1 << 24];
    let mut colors = Vec::new();
    for color in pixels(pictures) {
        let known = &mut seen[packed(color)];
        if !*known {
            *known = true;
            colors.push(color);
            if colors.len() > MOST {
                return None;
            }
        }
    }
    colors.sort_unstable();
    Some(colors)
}

fn grouped(pictures: &[Picture]) -> Vec<[u8; 3]> {
    let mut cells = cells(pictures);
    let whole = 0..cells.len();
    let mut boxes = Vec::from([whole]);
    while boxes.len() < MOST {
        let errors = boxes.iter().map(|range| Sums::of(&cells[range.clone()]));
        let errors: Vec<f64> = errors.map(|sums| sums.error()).collect();
        let Some(worst) = (0..boxes.len()).max_by(|&a, &b| errors[a].total_cmp(&errors[b])) else {
            break;
        };
        let range = boxes[worst].clone();
        let Some(cut) = split(&mut cells[range.clone()]) else {
            break;
        };
        boxes[worst] = range.start..range.start + cut;
        boxes.push(range.start + cut..range.end);
    }
    let centers = boxes.iter().map(|range| Sums::of(&cells[range.clone()]));
    let centers = settled(&cells, centers.map(|sums| sums.mean()).collect());
    let mut colors: Vec<_> = centers
        .into_iter()
        .map(|center| center.map(|value| value.round().clamp(0.0, 255.0) as u8))
        .collect();
    colors.sort_unstable();
    colors.dedup();
    colors
}

/// Pixels of nearly one color: their number and their mean.
#[derive(Clone, Copy)]
struct Cell {
    weight: f64,
    mean: [f64; 3],
}

fn cells(pictures: &[Picture]) -> Vec<Cell> {
    let mut sums = vec![(0_u64, [0_u64; 3]); 1 << (3 * BITS)];
    for color in pixels(pictures) {
        let place = color.map(|value| usize::from(value >> (8 - BITS)));
        let (count, sum) = &mut sums[(place[0] << (2 * BITS)) | (place[1] << BITS) | place[2]];
        *count += 1;
        for (sum, value) in sum.iter_mut().zip(color) {
            *sum += u64::from(value);
        }
    }
    sums.retain(|(count, _)| *count > 0);
    let cell = |(count, sum): (u64, [u64; 3])| Cell {
        weight: count as f64,
        mean: sum.map(|sum| sum as f64 / count as f64),
    };
    sums.into_iter().map(cell).collect()
}

/// Weight, weighted sum and weighted sum of squares of some cells.
#[derive(Clone, Copy, Default)]
struct Sums {
    weight: f64,
    sum: [f64; 3],
    squares: [f64; 3],
}

impl Sums {
    fn of(cells: &[Cell]) -> Self {
        let mut sums = Self::default();
        cells.iter().for_each(|cell| sums.add(cell, 1.0));
        sums
    }

    fn add(&mut self, cell: &Cell, sign: f64) {
        let weight = sign * cell.weight;
        self.weight += weight;
        for (channel, value) in cell.mean.into_iter().enumerate() {
            self.sum[channel] += weight * value;
            self.squares[channel] += weight * value * value;
        }
    }

    fn mean(&self) -> [f64; 3] {
        self.sum.map(|sum| sum / self.weight)
    }

    /// Returns the squared distances from the mean of one channel, summed.
    fn error_of(&self, channel: usize) -> f64 {
        self.squares[channel] - self.sum[channel] * self.sum[channel] / self.weight
    }

    fn error(&self) -> f64 {
        (0..3).map(|channel| self.error_of(channel)).sum()
    }
}

/// Sorts cells along the channel that varies most; returns where to cut, or `None` for one color.
fn split(cells: &mut [Cell]) -> Option<usize> {
    if cells.len() < 2 {
        return None;
    }
    let all = Sums::of(cells);
    let channel = (0..3).max_by(|&a, &b| all.error_of(a).total_cmp(&all.error_of(b)))?;
    cells.sort_by(|a, b| a.mean[channel].total_cmp(&b.mean[channel]));
    let (mut left, mut right) = (Sums::default(), all);
    let mut best = (f64::INFINITY, 1);
    for (place, cell) in cells[..cells.len() - 1].iter().enumerate() {
        left.add(cell, 1.0);
        right.add(cell, -1.0);
        let error = left.error() + right.error();
        if error < best.0 {
            best = (error, place + 1);
        }
    }
    Some(best.1)
}

/// Moves each center to the mean of the cells that are nearest to it, a few times.
fn settled(cells: &[Cell], mut centers: Vec<[f64; 3]>) -> Vec<[f64; 3]> {
    for _ in 0..ROUNDS {
        let mut sums = vec![Sums::default(); centers.len()];
        for cell in cells {
            sums[nearest(cell.mean, centers.iter().copied())].add(cell, 1.0);
        }
        for (center, sums) in centers.iter_mut().zip(&sums) {
            if sums.weight > 0.0 {
                *center = sums.mean();
            }
        }
    }
    centers
}

fn nearest(point: [f64; 3], colors: impl Iterator<Item = [f64; 3]>) -> usize {
    let distance = |color: [f64; 3]| -> f64 {
        let differences = color.iter().zip(point).map(|(a, b)| a - b);
        differences.map(|difference| difference * difference).sum()
    };
    let mut best = (f64::INFINITY, 0);
    for (place, color) in colors.enumerate() {
        let distance = distance(color);
        if distance < best.0 {
            best = (distance, place);
        }
    }
    best.1
}

fn pixels(pictures: &[Picture]) -> impl Iterator<Item = [u8; 3]> {
    let pixels = pictures
        .iter()
        .flat_map(|picture| picture.as_bytes().chunks_exact(3));
    pixels.map(|pixel| [pixel[0], pixel[1], pixel[2]])
}

fn packed([red, green, blue]: [u8; 3]) -> usize {
    usize::from(red) << 16 | usize::from(green) << 8 | usize::from(blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All mixtures of red and green, 65,536 colors.
    fn plane() -> Picture {
        let pixels: Vec<u8> = (0..=255_u8)
            .flat_map(|red| (0..=255_u8).flat_map(move |green| [red, green, 40]))
            .collect();
        Picture::from_bytes(&pixels, 3, (256, 256)).unwrap()
    }

    #[test]
    fn few_colors_are_exact() {
        let grays: Vec<u8> = (0..=255).collect();
        let picture = Picture::from_bytes(&grays, 1, (16, 16)).unwrap();
        let mut palette = Palette::of(&[picture]);
        assert_eq!(palette.colors().len(), 256);
        for gray in grays {
            let entry = palette.entry([gray; 3]);
            assert_eq!(palette.colors()[usize::from(entry)], [gray; 3]);
        }
    }

    #[test]
    fn all_pictures_share_it() {
        let pictures = [[1, 2, 3], [9, 8, 7]].map(|color| Picture::filled(2, 2, color).unwrap());
        assert_eq!(Palette::of(&pictures).colors(), [[1, 2, 3], [9, 8, 7]]);
    }

    /// 16 x 16 squares of 16 x 16 colors are the best grouping of a plane: a mean squared error of
    /// 2 (16² − 1) / 12 = 42.5.
    #[test]
    fn many_colors_are_grouped_nearly_as_well_as_possible() {
        let mut palette = Palette::of(&[plane()]);
        assert!(palette.colors().len() <= 256);
        let errors = plane();
        let errors = errors.as_bytes().chunks(3).map(|pixel| {
            let color = [pixel[0], pixel[1], pixel[2]];
            let found = palette.entry(color);
            let found = palette.colors()[usize::from(found)];
            let differences = found.iter().zip(color).map(|(a, b)| a.abs_diff(b));
            differences.map(|d| f64::from(d).powi(2)).sum::<f64>()
        });
        let mean = errors.sum::<f64>() / 65536.0;
        assert!((42.0..46.0).contains(&mean), "{mean}");
    }

    #[test]
    fn a_rare_color_far_from_the_others_is_kept() {
        let mut pixels = plane().as_bytes().to_vec();
        pixels[..3].copy_from_slice(&[0, 0, 255]);
        let picture = Picture::from_bytes(&pixels, 3, (256, 256)).unwrap();
        let mut palette = Palette::of(&[picture]);
        let entry = palette.entry([0, 0, 255]);
        assert_eq!(palette.colors()[usize::from(entry)], [0, 0, 255]);
    }
}
