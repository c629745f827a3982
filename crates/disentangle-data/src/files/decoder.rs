//! One image as an array file holds it, turned into bytes `[H, W, C]`.

use disentangle_arrays::{DType, NpyHeader};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dataset::ImageShape;

/// The order of an image array's axes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AxisOrder {
    /// Decided by the shape: the axis of 1 or 3 values is that of the channels; three axes have none.
    #[default]
    Auto,
    /// `[N, H, W, C]`, or `[N, H, W]` for gray images.
    Nhwc,
    /// `[N, C, H, W]`.
    Nchw,
}

/// How the elements of an image become bytes.
#[derive(Debug, Clone)]
pub(crate) struct Decoder {
    header: NpyHeader,
    shape: ImageShape,
    channels_first: bool,
    /// What becomes 0 and 255.
    range: [f64; 2],
}

impl Decoder {
    /// Makes the decoder for an array of images; `range` is `[0, 255]` for integers, `[0, 1]` for floats and
    /// booleans if absent.
    ///
    /// An image is decoded as it stands in C order, whatever the order of the file.
    /// What is wrong is told as a sentence about the array.
    pub(crate) fn new(
        header: &NpyHeader,
        order: AxisOrder,
        range: Option<[f64; 2]>,
    ) -> Result<Self, String> {
        let is_channels = |n: usize| n == 1 || n == 3;
        let (height, width, channels, channels_first) = match (order, &header.shape[..]) {
            (AxisOrder::Auto | AxisOrder::Nhwc, &[_, height, width]) => (height, width, 1, false),
            (AxisOrder::Nhwc, &[_, height, width, channels]) => (height, width, channels, false),
            (AxisOrder::Nchw, &[_, channels, height, width]) => (height, width, channels, true),
            (AxisOrder::Auto, &[_, a, b, c]) => match (is_channels(a), is_channels(c)) {
                (false, true) => (a, b, c, false),
                (true, false) => (b, c, a, true),
                _ => {
                    return Err(format!(
                        "has shape {:?}: set `axes` to nhwc or nchw",
                        header.shape
                    ));
                }
            },
            (_, shape) => {
                return Err(format!(
                    "has shape {shape:?}, expected [N, H, W], [N, H, W, C] or [N, C, H, W]"
                ));
            }
        };
        let shape = ImageShape {
            height,
            width,
            channels,
        };
        if header.shape[0] == 0 || shape.n_bytes() == 0 {
            return Err(format!("has shape {:?}: no images", header.shape));
        }
        if channels > 4 {
            return Err(format!(
                "has shape {:?}: images of {channels} channels",
                header.shape
            ));
        }
        let range = range.unwrap_or(match header.dtype {
            DType::F16 | DType::F32 | DType::F64 | DType::Bool => [0.0, 1.0],
            _ => [0.0, 255.0],
        });
        Ok(Self {
            header: header.clone(),
            shape,
            channels_first,
            range,
        })
    }

    pub(crate) fn header(&self) -> &NpyHeader {
        &self.header
    }

    pub(crate) fn shape(&self) -> ImageShape {
        self.shape
    }

    /// Bytes of one image in the file.
    pub(crate) fn stored_bytes(&self) -> usize {
        self.shape.n_bytes() * self.header.dtype.size()
    }

    /// Tells whether an image in the file is what is wanted, byte for byte.
    pub(crate) fn is_plain(&self) -> bool {
        let is_gray = self.shape.channels == 1;
        let is_ordered = !self.channels_first || is_gray;
        self.header.dtype == DType::U8 && self.range == [0.0, 255.0] && is_ordered
    }

    /// Decodes one image, or names a value that is none of a pixel.
    pub(crate) fn decode(&self, stored: &[u8], out: &mut [u8]) -> Result<(), String> {
        if self.is_plain() {
            out.copy_from_slice(stored);
            return Ok(());
        }
        let n_pixels = self.shape.height * self.shape.width;
        let channels = self.shape.channels;
        let place = |i: usize| match self.channels_first {
            true => i % n_pixels * channels + i / n_pixels,
            false => i,
        };
        if self.header.dtype == DType::U8 && self.range == [0.0, 255.0] {
            for (i, &value) in stored.iter().enumerate() {
                out[place(i)] = value;
            }
            return Ok(());
        }
        let [low, high] = self.range;
        let scale = 255.0 / (high - low);
        let values = self.header.decode_f32(stored);
        for (i, value) in values.into_iter().enumerate() {
            let scaled = (f64::from(value) - low) * scale;
            // Half a step beyond the ends is rounding; NaN is in no range.
            if !(-0.5..=255.5).contains(&scaled) {
                return Err(format!(
                    "has the value {value}, outside of its range {low} to {high}; set `range`"
                ));
            }
            out[place(i)] = scaled.round().clamp(0.0, 255.0) as u8;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(dtype: DType, shape: &[usize]) -> NpyHeader {
        NpyHeader {
            dtype,
            big_endian: false,
            fortran_order: false,
            shape: shape.to_vec(),
        }
    }

    #[test]
    fn channels_first_become_last() {
        let decoder =
            Decoder::new(&header(DType::U8, &[1, 3, 1, 2]), AxisOrder::Auto, None).unwrap();
        let mut out = [0; 6];
        decoder.decode(&[1, 2, 3, 4, 5, 6], &mut out).unwrap();
        assert_eq!(out, [1, 3, 5, 2, 4, 6]);
    }

    #[test]
    fn floats_are_scaled_and_checked() {
        let decoder = Decoder::new(&header(DType::F32, &[1, 1, 3]), AxisOrder::Auto, None).unwrap();
        let bytes = |values: [f32; 3]| values.map(f32::to_le_bytes).concat();
        let mut out = [0; 3];
        decoder.decode(&bytes([0.0, 0.5, 1.0]), &mut out).unwrap();
        assert_eq!(out, [0, 128, 255]);
        for bad in [f32::NAN, -0.1, 2.0, f32::INFINITY] {
            let problem = decoder
                .decode(&bytes([0.0, bad, 1.0]), &mut out)
                .unwrap_err();
            assert!(problem.contains("0 to 1"), "{problem}");
        }
        let signed = Decoder::new(
            &header(DType::F32, &[1, 1, 3]),
            AxisOrder::Nhwc,
            Some([-1.0, 1.0]),
        )
        .unwrap();
        signed.decode(&bytes([-1.0, 0.0, 1.0]), &mut out).unwrap();
        assert_eq!(out, [0, 128, 255]);
    }

    #[test]
    fn shapes_that_leave_a_doubt_are_refused() {
        for shape in [
            &[5, 3, 9, 3][..],
            &[5, 8, 9, 7],
            &[5, 4],
            &[0, 4, 4],
            &[5, 0, 4],
        ] {
            assert!(
                Decoder::new(&header(DType::U8, shape), AxisOrder::Auto, None).is_err(),
                "{shape:?}"
            );
        }
        assert!(Decoder::new(&header(DType::U8, &[5, 3, 9, 3]), AxisOrder::Nchw, None).is_ok());
    }
}
