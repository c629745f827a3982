//! What can go wrong when arrays become pictures.

use std::io;
use std::path::PathBuf;

/// Any error of the function that decodes latents.
pub type DecodeError = Box<dyn std::error::Error + Send + Sync>;

/// Why a picture could not be made or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Neither gray nor RGB.
    #[error("a picture has 1 channel (gray) or 3 (RGB), found {found}")]
    Channels {
        /// Channels asked for.
        found: usize,
    },
    /// A side is zero.
    #[error("a picture of {height} x {width} pixels holds nothing, both sides must be positive")]
    Empty {
        /// Rows of pixels.
        height: usize,
        /// Columns of pixels.
        width: usize,
    },
    /// More pixels than a picture may have.
    #[error(
        "a picture of {height} x {width} pixels is larger than {most} pixels: draw fewer or smaller ones"
    )]
    TooLarge {
        /// Rows of pixels.
        height: usize,
        /// Columns of pixels.
        width: usize,
        /// Pixels that a picture may have.
        most: usize,
    },
    /// The array does not have as many values as its shape says.
    #[error(
        "a picture of {height} x {width} pixels and {channels} channels has {expected} values, found {found}"
    )]
    Length {
        /// Rows of pixels.
        height: usize,
        /// Columns of pixels.
        width: usize,
        /// Values per pixel.
        channels: usize,
        /// Values that the shape asks for.
        expected: usize,
        /// Values of the array.
        found: usize,
    },
    /// A pixel is NaN.
    #[error("the pixel in row {row}, column {column}, channel {channel} is NaN")]
    NotANumber {
        /// Row of the pixel, from 0.
        row: usize,
        /// Column of the pixel, from 0.
        column: usize,
        /// Channel of the value, from 0.
        channel: usize,
    },
    /// There is nothing to draw.
    #[error("there are no {what} to draw")]
    Nothing {
        /// What is missing.
        what: &'static str,
    },
    /// A row of a grid is shorter or longer than the first.
    #[error("row {row} of the grid has {found} pictures, row 0 has {expected}")]
    Ragged {
        /// The row, from 0.
        row: usize,
        /// Pictures in the first row.
        expected: usize,
        /// Pictures in this row.
        found: usize,
    },
    /// The pictures of a grid differ in size.
    #[error(
        "the picture in row {row}, column {column} of the grid has {} x {} pixels, the first one {} x {}",
        found.0, found.1, expected.0, expected.1
    )]
    Size {
        /// Row in the grid, from 0.
        row: usize,
        /// Column in the grid, from 0.
        column: usize,
        /// Height and width of the first picture.
        expected: (usize, usize),
        /// Height and width of this picture.
        found: (usize, usize),
    },
    /// Two lists that belong together have different lengths.
    #[error("{found} {what} do not fit {expected} {to}")]
    Mismatch {
        /// What was counted.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// What they belong to.
        to: &'static str,
        /// How many of these there are.
        expected: usize,
    },
    /// An option has a value that makes no sense.
    #[error("`{name}` is {value}, it must be {allowed}")]
    Option {
        /// The option.
        name: &'static str,
        /// Its value.
        value: String,
        /// The values that it may have.
        allowed: &'static str,
    },
    /// A number that describes a latent is NaN or infinite.
    #[error("the {what} of latent z{latent} is {value}, it must be finite")]
    NotFinite {
        /// What the number is.
        what: &'static str,
        /// The latent, from 0.
        latent: usize,
        /// The number.
        value: f32,
    },
    /// The decoder failed.
    #[error("the traversal of latent z{latent} could not be decoded")]
    Decode {
        /// The latent, from 0.
        latent: usize,
        /// What the decoder said.
        source: DecodeError,
    },
    /// The decoder gave back too many or too few pictures.
    #[error("the decoder made {found} pictures of {expected} latent vectors, traversing z{latent}")]
    Decoded {
        /// The latent, from 0.
        latent: usize,
        /// Latent vectors that the decoder was given.
        expected: usize,
        /// Pictures that it made.
        found: usize,
    },
    /// The PNG encoder failed.
    #[error("a picture of {height} x {width} pixels could not be encoded as PNG")]
    Encode {
        /// Rows of pixels.
        height: usize,
        /// Columns of pixels.
        width: usize,
        /// What the encoder said.
        source: png::EncodingError,
    },
    /// The GIF encoder failed.
    #[error("frame {frame} could not be encoded as GIF")]
    Gif {
        /// The frame, from 0.
        frame: usize,
        /// What the encoder said.
        source: gif::EncodingError,
    },
    /// A frame of an animation has another size than the first.
    #[error(
        "frame {frame} of the animation has {} x {} pixels, the first one {} x {}",
        found.0, found.1, expected.0, expected.1
    )]
    FrameSize {
        /// The frame, from 0.
        frame: usize,
        /// Height and width of the first frame.
        expected: (usize, usize),
        /// Height and width of this frame.
        found: (usize, usize),
    },
    /// The file could not be read as a picture.
    #[error("the picture `{}` could not be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the decoder said.
        source: png::DecodingError,
    },
    /// A diagram cannot be drawn.
    #[error("the diagram cannot be drawn: {problem}")]
    Plot {
        /// What is wrong with it.
        problem: String,
    },
    /// The file could not be written; what was there before is untouched.
    #[error("the file `{}` could not be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}
