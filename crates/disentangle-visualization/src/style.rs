//! How a sheet of pictures looks.

use crate::Error;

/// The longer side that a small picture is enlarged to, at least.
const READABLE: usize = 96;

/// The greatest enlargement and the widest gap: beyond, a sheet is a mistake.
const MOST: usize = 256;

/// Enlargement, gaps and colors of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    /// Enlargement of the pictures, 1 to 256; `None` makes the longer side at least 96 pixels.
    pub scale: Option<usize>,
    /// Pixels between neighbors, 0 to 256; without a gap the pictures have no frame.
    pub gap: usize,
    /// The colors.
    pub theme: Theme,
}

/// The colors of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// Dark on white, as on paper.
    #[default]
    Light,
    /// Light on near black, as on a screen.
    Dark,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            scale: None,
            gap: 4,
            theme: Theme::default(),
        }
    }
}

impl Style {
    /// Returns the enlargement of pictures of this size.
    pub(crate) fn scale_of(&self, height: usize, width: usize) -> usize {
        self.scale
            .unwrap_or_else(|| READABLE.div_ceil(height.max(width)))
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        let error = |name, value: usize, allowed| Error::Option {
            name,
            value: value.to_string(),
            allowed,
        };
        match (self.scale, self.gap) {
            (Some(scale), _) if !(1..=MOST).contains(&scale) => {
                Err(error("scale", scale, "from 1 to 256"))
            }
            (_, gap) if gap > MOST => Err(error("gap", gap, "from 0 to 256")),
            _ => Ok(()),
        }
    }
}

impl Theme {
    /// Returns the color between and around the pictures.
    pub fn background(self) -> [u8; 3] {
        match self {
            Self::Light => [255, 255, 255],
            Self::Dark => [24, 24, 27],
        }
    }

    /// Returns the color of the title and the labels.
    pub fn text(self) -> [u8; 3] {
        match self {
            Self::Light => [32, 32, 36],
            Self::Dark => [228, 228, 231],
        }
    }

    /// Returns the color of dimmed labels.
    pub fn dimmed(self) -> [u8; 3] {
        match self {
            Self::Light => [140, 140, 148],
            Self::Dark => [132, 132, 142],
        }
    }

    /// Returns the color of the thin frames.
    pub fn frame(self) -> [u8; 3] {
        match self {
            Self::Light => [200, 200, 205],
            Self::Dark => [82, 82, 91],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_pictures_are_enlarged_until_readable() {
        let scale = |height, width| Style::default().scale_of(height, width);
        assert_eq!([scale(28, 28), scale(32, 32), scale(64, 64)], [4, 3, 2]);
        assert_eq!([scale(96, 8), scale(128, 128), scale(1, 1)], [1, 1, 96]);
    }

    #[test]
    fn a_given_scale_is_taken() {
        let style = Style {
            scale: Some(5),
            ..Style::default()
        };
        assert_eq!(style.scale_of(64, 64), 5);
    }

    #[test]
    fn senseless_values_are_errors() {
        let message = |scale, gap| {
            let theme = Theme::Dark;
            let style = Style { scale, gap, theme };
            style.check().unwrap_err().to_string()
        };
        assert_eq!(
            message(Some(0), 0),
            "`scale` is 0, it must be from 1 to 256"
        );
        assert_eq!(message(None, 257), "`gap` is 257, it must be from 0 to 256");
    }
}
