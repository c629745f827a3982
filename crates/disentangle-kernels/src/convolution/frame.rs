//! Images as the products want them: channel by channel inside a pixel, with zeros around.
//!
//! A kernel position is then a shift of all channels at once, also at the border, and output channels lie side by side
//! for the vectors of the processor.

use std::mem::MaybeUninit;

use super::correlation::Correlation;
use crate::{Activation, simd::widely};

/// The layout of an image `[H, W, C]` with borders of zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) channels: usize,
    /// Height and width.
    pub(crate) size: [usize; 2],
    /// Rows above and columns to the left.
    before: [usize; 2],
    /// Rows below and columns to the right.
    after: [usize; 2],
}

impl Frame {
    /// Without borders.
    pub(crate) fn new(channels: usize, size: [usize; 2]) -> Self {
        Self {
            channels,
            size,
            before: [0; 2],
            after: [0; 2],
        }
    }

    /// Widens the borders to what a correlation reads of its source.
    pub(crate) fn reach(&mut self, correlation: &Correlation) {
        let step = correlation.source_step as isize;
        for (grid, tap) in correlation.taps() {
            for axis in 0..2 {
                let first = grid.first[axis] * step + tap.displacement[axis];
                let last = first + (grid.len[axis] as isize - 1) * step;
                self.include(axis, first, last);
            }
        }
    }

    /// Widens the borders so that pixels from `first` to `last` lie inside them.
    pub(crate) fn include(&mut self, axis: usize, first: isize, last: isize) {
        let beyond = last + 1 - self.size[axis] as isize;
        self.before[axis] = self.before[axis].max((-first).max(0) as usize);
        self.after[axis] = self.after[axis].max(beyond.max(0) as usize);
    }

    /// Numbers of a row.
    pub(crate) fn pitch(&self) -> usize {
        (self.before[1] + self.size[1] + self.after[1]) * self.channels
    }

    /// Numbers of an image.
    pub(crate) fn len(&self) -> usize {
        (self.before[0] + self.size[0] + self.after[0]) * self.pitch()
    }

    /// The place of a pixel, which may lie in the border.
    pub(crate) fn at(&self, [y, x]: [isize; 2]) -> usize {
        let row = (y + self.before[0] as isize) as usize;
        let column = (x + self.before[1] as isize) as usize;
        row * self.pitch() + column * self.channels
    }

    /// The rows of an image without their borders.
    pub(crate) fn rows<'a>(&self, image: &'a [f32]) -> impl Iterator<Item = &'a [f32]> {
        let (begin, len) = (self.before[1] * self.channels, self.size[1] * self.channels);
        let rows = image.chunks(self.pitch()).skip(self.before[0]);
        rows.take(self.size[0])
            .map(move |row| &row[begin..begin + len])
    }

    /// As [`Self::rows`], to change.
    pub(crate) fn rows_mut<'a>(&self, image: &'a mut [f32]) -> impl Iterator<Item = &'a mut [f32]> {
        let (begin, len) = (self.before[1] * self.channels, self.size[1] * self.channels);
        let rows = image.chunks_mut(self.pitch()).skip(self.before[0]);
        rows.take(self.size[0])
            .map(move |row| &mut row[begin..begin + len])
    }

    /// Zeros the borders of images.
    pub(crate) fn clear_borders(&self, images: &mut [f32]) {
        if self.before == [0; 2] && self.after == [0; 2] {
            return;
        }
        let (pitch, [left, right]) = (self.pitch(), [self.before[1], self.after[1]]);
        let (left, right) = (left * self.channels, right * self.channels);
        for image in images.chunks_mut(self.len()) {
            let (above, rest) = image.split_at_mut(self.before[0] * pitch);
            let (inside, below) = rest.split_at_mut(self.size[0] * pitch);
            above.fill(0.);
            below.fill(0.);
            for row in inside.chunks_mut(pitch) {
                row[..left].fill(0.);
                row[pitch - right..].fill(0.);
            }
        }
    }

    /// Takes images `[C, H, W]` in, borders included.
    pub(crate) fn read(&self, planes: &[f32], images: &mut [f32]) {
        self.clear_borders(images);
        let area = self.size[0] * self.size[1];
        let planes = planes.chunks(self.channels * area);
        for (image, planes) in images.chunks_mut(self.len()).zip(planes) {
            for (y, row) in self.rows_mut(image).enumerate() {
                for (c, plane) in planes.chunks(area).enumerate() {
                    let from = &plane[y * self.size[1]..][..self.size[1]];
                    spread(from, row, c, self.channels);
                }
            }
        }
    }

    /// Gives images `[C, H, W]` out, all of them.
    pub(crate) fn write(&self, images: &[f32], planes: &mut [MaybeUninit<f32>]) {
        let area = self.size[0] * self.size[1];
        let planes = planes.chunks_mut(self.channels * area);
        for (image, planes) in images.chunks(self.len()).zip(planes) {
            for (y, row) in self.rows(image).enumerate() {
                for (c, plane) in planes.chunks_mut(area).enumerate() {
                    let to = &mut plane[y * self.size[1]..][..self.size[1]];
                    for (to, from) in to.iter_mut().zip(row[c..].iter().step_by(self.channels)) {
                        to.write(*from);
                    }
                }
            }
        }
    }

    /// Adds the pixels of an image, a number a channel.
    pub(crate) fn add_up(&self, image: &[f32], sums: &mut [f64]) {
        // Some pixels side by side, so that vectors fill however few the channels are.
        const TOGETHER: usize = 16;
        let mut lanes = vec![0f32; TOGETHER * self.channels];
        for row in self.rows(image) {
            for run in row.chunks(lanes.len()) {
                widely(
                    #[inline(always)]
                    || {
                        for (lane, value) in lanes.iter_mut().zip(run) {
                            *lane += value;
                        }
                    },
                );
            }
        }
        for lanes in lanes.chunks(self.channels) {
            for (sum, lane) in sums.iter_mut().zip(lanes) {
                *sum += f64::from(*lane);
            }
        }
    }
}

fn spread(from: &[f32], row: &mut [f32], channel: usize, channels: usize) {
    if channels == 1 {
        return row.copy_from_slice(from);
    }
    for (to, from) in row[channel..].iter_mut().step_by(channels).zip(from) {
        *to = *from;
    }
}

/// Takes a gradient through the activation that made an output.
pub(crate) fn through(activation: Activation, y: &[f32], gradient: &mut [f32]) {
    let slope = activation.negative_slope();
    widely(
        #[inline(always)]
        || {
            for (gradient, &y) in gradient.iter_mut().zip(y) {
                *gradient = if y > 0. { *gradient } else { *gradient * slope };
            }
        },
    );
}
