//! A convolution's sizes as the kernels take them.

use crate::convolution::Geometry;

/// The sizes of wide images, of narrow ones, and of the kernel; laid out as in `kernels.cu`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub(super) struct Sizes {
    pub(super) batch: u32,
    pub(super) channels: u32,
    pub(super) height: u32,
    pub(super) width: u32,
    pub(super) narrow_height: u32,
    pub(super) narrow_width: u32,
    pub(super) kernel_height: u32,
    pub(super) kernel_width: u32,
    pub(super) stride: u32,
    pub(super) padding: u32,
}

impl Sizes {
    /// Returns `None` if an index of an image or a column does not fit 31 bits.
    pub(super) fn new(geometry: &Geometry) -> Option<Self> {
        let batch = geometry.batch;
        let numbers = [
            batch * geometry.wide_channels * geometry.wide[0] * geometry.wide[1],
            batch * geometry.narrow_channels * geometry.narrow_area(),
        ];
        let columns = (geometry.wide_channels * geometry.taps())
            .checked_mul(batch)
            .and_then(|rows| rows.checked_mul(geometry.narrow_area()));
        let reach = |axis: usize| {
            let far = geometry.narrow[axis].checked_mul(geometry.stride)?;
            far.checked_add(geometry.kernel[axis])?
                .checked_add(geometry.wide[axis])?
                .checked_add(geometry.padding)
        };
        let all = [
            Some(numbers[0]),
            Some(numbers[1]),
            columns,
            reach(0),
            reach(1),
        ];
        if all
            .iter()
            .any(|size| size.is_none_or(|size| size > i32::MAX as usize))
        {
            return None;
        }
        let size = |size: usize| u32::try_from(size).ok();
        Some(Self {
            batch: size(batch)?,
            channels: size(geometry.wide_channels)?,
            height: size(geometry.wide[0])?,
            width: size(geometry.wide[1])?,
            narrow_height: size(geometry.narrow[0])?,
            narrow_width: size(geometry.narrow[1])?,
            kernel_height: size(geometry.kernel[0])?,
            kernel_width: size(geometry.kernel[1])?,
            stride: size(geometry.stride)?,
            padding: size(geometry.padding)?,
        })
    }

    /// Rows of the columns: channels of the wide image times positions of the kernel.
    pub(super) fn rows(&self) -> usize {
        self.channels as usize * self.kernel_height as usize * self.kernel_width as usize
    }

    /// Pixels of a channel of the narrow image.
    pub(super) fn area(&self) -> usize {
        self.narrow_height as usize * self.narrow_width as usize
    }

    /// The shape of the wide images.
    pub(super) fn wide(&self) -> [usize; 4] {
        [self.batch, self.channels, self.height, self.width].map(|size| size as usize)
    }
}
