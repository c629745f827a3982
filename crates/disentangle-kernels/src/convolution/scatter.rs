//! The way back to few channels: each narrow pixel makes the numbers of all kernel positions at once, which are then
//! added up where they overlap.
//!
//! [`correlate`](super::correlate) would leave most of a vector empty there.

use super::{Geometry, frame::Frame};
use crate::{
    Activation,
    simd::{End, Kernels, Operands, Output, Places, Product, Start},
    workspace::Workspace,
};

/// A convolution backwards, from narrow images to wide ones, ready for groups of images.
pub(crate) struct Scatter {
    geometry: Geometry,
    product: Product,
    frames: [Frame; 2],
    /// Of each narrow pixel of the group, in its frame and among the products.
    rows: [Vec<usize>; 2],
    /// Of each narrow channel.
    steps: Vec<usize>,
    right_rows: Vec<usize>,
}

impl Scatter {
    /// Whether it takes fewer multiplications, by enough to make up for the additions.
    pub(crate) fn pays(geometry: &Geometry, multiplied: usize) -> bool {
        let columns = geometry.taps() * geometry.wide_channels;
        let here = Kernels::best().product(columns).columns;
        let here = geometry.narrow_area() * columns.next_multiple_of(here);
        5 * here < 4 * multiplied
    }

    /// Widens the border of the wide images to all that is added to.
    pub(crate) fn widen(geometry: &Geometry, wide: &mut Frame) {
        for axis in 0..2 {
            let first = -(geometry.padding as isize);
            let steps = (geometry.narrow[axis] - 1) * geometry.stride;
            wide.include(
                axis,
                first,
                first + (steps + geometry.kernel[axis] - 1) as isize,
            );
        }
    }

    /// For groups of up to `group` images.
    pub(crate) fn new(geometry: &Geometry, frames: [Frame; 2], group: usize) -> Self {
        let columns = geometry.taps() * geometry.wide_channels;
        let product = Kernels::best().product(columns);
        let narrow = frames[0];
        let pixels = (0..group)
            .flat_map(|i| (0..geometry.narrow[0]).map(move |y| (i, y)))
            .flat_map(|(i, y)| (0..geometry.narrow[1]).map(move |x| (i, [y as isize, x as isize])));
        let rows: Vec<usize> = pixels
            .map(|(i, q)| i * narrow.len() + narrow.at(q))
            .collect();
        let pitch = columns.next_multiple_of(product.columns);
        Self {
            geometry: *geometry,
            frames,
            rows: [(0..rows.len()).map(|row| row * pitch).collect(), rows],
            steps: (0..geometry.narrow_channels).collect(),
            right_rows: (0..geometry.narrow_channels)
                .map(|k| k * product.columns)
                .collect(),
            product,
        }
    }

    fn columns(&self) -> usize {
        self.geometry.taps() * self.geometry.wide_channels
    }

    fn pitch(&self) -> usize {
        self.columns().next_multiple_of(self.product.columns)
    }

    /// Puts the weights into blocks of columns, a column for each kernel position and wide channel.
    pub(crate) fn pack(&self, weight: &[f32]) -> Workspace {
        let (taps, wide, narrow) = (
            self.geometry.taps(),
            self.geometry.wide_channels,
            self.geometry.narrow_channels,
        );
        let columns = self.product.columns;
        let mut packed = Workspace::new(narrow * self.pitch());
        for (row, out) in packed.chunks_mut(columns).enumerate() {
            let (first, n) = (row / narrow * columns, row % narrow);
            for (c, out) in out.iter_mut().enumerate() {
                let (tap, channel) = ((first + c) / wide, (first + c) % wide);
                *out = if tap < taps {
                    weight[(n * wide + channel) * taps + tap]
                } else {
                    0.
                };
            }
        }
        packed
    }

    /// Writes all pixels of up to a group of images; the zeros around them stay.
    pub(crate) fn run(
        &self,
        (narrow, images): (&[f32], usize),
        packed: &[f32],
        wide: &mut [f32],
        (bias, end): (Option<&[f32]>, End<'_>),
    ) {
        let pixels = images * self.geometry.narrow_area();
        let mut products = Workspace::new(pixels * self.pitch());
        let columns = self.product.columns;
        for (block, packed) in packed.chunks(self.steps.len() * columns).enumerate() {
            let operands = Operands {
                left: narrow,
                rows: Places::new(&self.rows[1][..pixels]),
                steps: Places::new(&self.steps),
                right: packed,
                right_rows: Places::new(&self.right_rows),
            };
            let mut out = Output {
                data: &mut products[block * columns..],
                rows: Places::new(&self.rows[0][..pixels]),
                columns,
            };
            let end = End::Activation(Activation::None);
            self.product.run(&operands, &mut out, Start::Zero, end);
        }
        let frame = self.frames[1];
        let images = wide.chunks_mut(frame.len()).take(images);
        let products = products.chunks(self.geometry.narrow_area() * self.pitch());
        for (i, (image, products)) in images.zip(products).enumerate() {
            match bias {
                Some(bias) => {
                    for pixel in image.chunks_mut(bias.len()) {
                        pixel.copy_from_slice(bias);
                    }
                }
                None => image.fill(0.),
            }
            self.add(products, image);
            match end {
                End::Activation(activation) => {
                    for row in frame.rows_mut(image) {
                        row.iter_mut().for_each(|x| *x = activation.at(*x));
                    }
                }
                End::Gate(gate, slope) => {
                    let gate = &gate[i * frame.len()..][..frame.len()];
                    for (x, gate) in image.iter_mut().zip(gate) {
                        *x = if *gate > 0. { *x } else { *x * slope };
                    }
                }
            }
            frame.clear_borders(image);
        }
    }

    /// Adds the products of an image where they belong, a row of the kernel at a time.
    fn add(&self, products: &[f32], image: &mut [f32]) {
        let geometry = &self.geometry;
        let ([height, width], stride) = (geometry.narrow, geometry.stride as isize);
        let run = geometry.kernel[1] * geometry.wide_channels;
        let (frame, pitch, padding) = (self.frames[1], self.pitch(), geometry.padding as isize);
        let step = geometry.stride * geometry.wide_channels;
        // What has just been written cannot be read at once, so neighbors that overlap do not follow each other.
        let passes = geometry.kernel[1].div_ceil(geometry.stride);
        for y in 0..height {
            for ky in 0..geometry.kernel[0] {
                let at = frame.at([y as isize * stride + ky as isize - padding, -padding]);
                let row = &mut image[at..at + (width - 1) * step + run];
                for pass in 0..passes {
                    for x in (pass..width).step_by(passes) {
                        let from = &products[(y * width + x) * pitch + ky * run..][..run];
                        add_to(&mut row[x * step..][..run], from);
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn add_to(out: &mut [f32], from: &[f32]) {
    let (out, out_rest) = out.as_chunks_mut::<4>();
    let (from, from_rest) = from.as_chunks::<4>();
    for (out, from) in out.iter_mut().zip(from) {
        *out = std::array::from_fn(|i| out[i] + from[i]);
    }
    for (out, from) in out_rest.iter_mut().zip(from_rest) {
        *out += from;
    }
}
