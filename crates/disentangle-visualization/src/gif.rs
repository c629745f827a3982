//! Animations as GIF bytes and files, encoded in process.
//!
//! All frames share one palette (see `palette`), and each holds only the rectangle that differs from
//! the frame before it. The animation repeats for ever.

use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

use ::gif::{DisposalMethod, Encoder, Frame, Repeat};

use crate::palette::Palette;
use crate::{Error, Picture, file};

/// The greatest side of a GIF.
const MOST_SIDE: usize = u16::MAX as usize;

/// Frames that are shown one after the other, again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Animation {
    /// The frames, of one size.
    pub frames: Vec<Picture>,
    /// How long a frame is shown, in steps of 10 ms; viewers slow down what is shorter than 20 ms.
    pub frame_time: Duration,
    /// How much longer the last frame is shown.
    pub hold: Duration,
}

impl Animation {
    /// Makes an animation of ten frames a second that does not pause.
    pub fn new(frames: Vec<Picture>) -> Self {
        Self {
            frames,
            frame_time: Duration::from_millis(100),
            hold: Duration::ZERO,
        }
    }

    /// Makes an animation that runs to the last frame and back.
    pub fn back_and_forth(mut frames: Vec<Picture>) -> Self {
        for frame in (1..frames.len().saturating_sub(1)).rev() {
            frames.push(frames[frame].clone());
        }
        Self::new(frames)
    }

    /// Returns the animation as the bytes of a GIF file; equal animations give equal bytes.
    ///
    /// # Errors
    /// If there are no frames, if they differ in size or are larger than a GIF can be, or if a time is
    /// longer than 655 seconds.
    pub fn encode_gif(&self) -> Result<Vec<u8>, Error> {
        let (height, width) = self.size()?;
        let times = (
            centiseconds("frame_time", self.frame_time)?,
            centiseconds("hold", self.frame_time + self.hold)?,
        );
        let mut palette = Palette::of(&self.frames);
        let colors = palette.colors().concat();
        let failed = |frame| move |source| Error::Gif { frame, source };
        let mut bytes = Vec::new();
        let mut encoder =
            Encoder::new(&mut bytes, width as u16, height as u16, &colors).map_err(failed(0))?;
        encoder.set_repeat(Repeat::Infinite).map_err(failed(0))?;
        for (place, picture) in self.frames.iter().enumerate() {
            let before = place.checked_sub(1).map(|place| &self.frames[place]);
            let mut frame = part(picture, &changed(before, picture), &mut palette);
            frame.delay = match place + 1 == self.frames.len() {
                true => times.1,
                false => times.0,
            };
            encoder.write_frame(&frame).map_err(failed(place))?;
        }
        drop(encoder);
        Ok(bytes)
    }

    /// Writes the animation as a GIF file, replacing what is there, completely or not at all.
    ///
    /// # Errors
    /// As [`encode_gif`](Self::encode_gif), and if the file cannot be written.
    pub fn write_gif(&self, path: &Path) -> Result<(), Error> {
        file::write(path, &self.encode_gif()?)
    }

    /// Returns height and width of the frames.
    fn size(&self) -> Result<(usize, usize), Error> {
        let size = |picture: &Picture| (picture.height(), picture.width());
        let first = self.frames.first();
        let expected = first.map(size).ok_or(Error::Nothing { what: "frames" })?;
        if expected.0.max(expected.1) > MOST_SIDE {
            return Err(Error::Option {
                name: "frames",
                value: format!("{} x {} pixels", expected.0, expected.1),
                allowed: "at most 65535 pixels high and wide in a GIF",
            });
        }
        let sizes = self.frames.iter().map(size).enumerate();
        for (frame, found) in sizes {
            if found != expected {
                return Err(Error::FrameSize {
                    frame,
                    expected,
                    found,
                });
            }
        }
        Ok(expected)
    }
}

fn centiseconds(name: &'static str, time: Duration) -> Result<u16, Error> {
    u16::try_from(time.as_millis() / 10).map_err(|_| Error::Option {
        name,
        value: format!("{time:?}"),
        allowed: "at most 655 seconds",
    })
}

/// Rows and columns from the first to behind the last.
struct Part {
    top: usize,
    bottom: usize,
    left: usize,
    right: usize,
}

/// Returns the smallest rectangle that holds all that differs; one pixel if nothing does.
fn changed(before: Option<&Picture>, picture: &Picture) -> Part {
    let whole = Part {
        top: 0,
        bottom: picture.height(),
        left: 0,
        right: picture.width(),
    };
    let Some(before) = before else {
        return whole;
    };
    let mut part = Part {
        top: whole.bottom,
        bottom: 0,
        left: whole.right,
        right: 0,
    };
    for row in 0..whole.bottom {
        let differs = |&column: &usize| before.pixel(row, column) != picture.pixel(row, column);
        if let Some(first) = (0..whole.right).find(differs) {
            let last = (0..whole.right).rfind(differs).unwrap_or(first);
            part.top = part.top.min(row);
            part.bottom = row + 1;
            part.left = part.left.min(first);
            part.right = part.right.max(last + 1);
        }
    }
    if part.bottom == 0 {
        part = Part {
            top: 0,
            bottom: 1,
            left: 0,
            right: 1,
        };
    }
    part
}

fn part(picture: &Picture, part: &Part, palette: &mut Palette) -> Frame<'static> {
    let mut entries = Vec::with_capacity((part.bottom - part.top) * (part.right - part.left));
    for row in part.top..part.bottom {
        let (from, to) = (
            row * picture.width() + part.left,
            row * picture.width() + part.right,
        );
        let pixels = picture.as_bytes()[3 * from..3 * to].chunks_exact(3);
        entries.extend(pixels.map(|pixel| palette.entry([pixel[0], pixel[1], pixel[2]])));
    }
    // The sides fit, see `size`.
    Frame {
        top: part.top as u16,
        left: part.left as u16,
        height: (part.bottom - part.top) as u16,
        width: (part.right - part.left) as u16,
        dispose: DisposalMethod::Keep,
        buffer: Cow::Owned(entries),
        ..Frame::default()
    }
}

#[cfg(test)]
mod tests {
    use ::gif::{ColorOutput, DecodeOptions};

    use super::*;

    /// Pictures of one row, one letter a pixel.
    fn frames(rows: &[&str]) -> Vec<Picture> {
        let row = |row: &&str| Picture::from_bytes(row.as_bytes(), 1, (1, row.len())).unwrap();
        rows.iter().map(row).collect()
    }

    /// What a viewer shows, frame by frame, and for how many hundredths of a second.
    fn shown(bytes: &[u8]) -> Vec<(Vec<u8>, u16)> {
        let mut options = DecodeOptions::new();
        options.set_color_output(ColorOutput::RGBA);
        let mut decoder = options.read_info(bytes).unwrap();
        let width = usize::from(decoder.width());
        let mut canvas = vec![0; 3 * width * usize::from(decoder.height())];
        let mut shown = Vec::new();
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            let columns = usize::from(frame.width);
            for (i, pixel) in frame.buffer.chunks(4).enumerate() {
                let row = usize::from(frame.top) + i / columns;
                let at = row * width + usize::from(frame.left) + i % columns;
                canvas[3 * at..3 * at + 3].copy_from_slice(&pixel[..3]);
            }
            shown.push((canvas.clone(), frame.delay));
        }
        shown
    }

    #[test]
    fn frames_come_back_with_their_times() {
        let frames = frames(&["abcd", "abXd", "abXd", "Zbcd"]);
        let animation = Animation {
            hold: Duration::from_secs(1),
            ..Animation::new(frames.clone())
        };
        let shown = shown(&animation.encode_gif().unwrap());
        assert_eq!(shown.len(), 4);
        for ((canvas, delay), (frame, expected)) in
            shown.iter().zip(frames.iter().zip([10, 10, 10, 110]))
        {
            assert_eq!((&canvas[..], *delay), (frame.as_bytes(), expected));
        }
    }

    #[test]
    fn there_and_back_repeats_no_frame_at_the_ends() {
        let walk = Animation::back_and_forth(frames(&["a", "b", "c"]));
        assert_eq!(walk.frames, frames(&["a", "b", "c", "b"]));
        let short = |rows: &[&str]| Animation::back_and_forth(frames(rows)).frames.len();
        assert_eq!([short(&[]), short(&["a"]), short(&["a", "b"])], [0, 1, 2]);
    }

    #[test]
    fn only_what_changes_is_stored() {
        let picture = |lit: usize| {
            let values: Vec<u8> = (0..256 * 256)
                .map(|i| {
                    if i == lit {
                        255
                    } else {
                        (i * i / 64 % 200) as u8
                    }
                })
                .collect();
            Picture::from_bytes(&values, 1, (256, 256)).unwrap()
        };
        let size = |frames| Animation::new(frames).encode_gif().unwrap().len();
        let one = size(vec![picture(300)]);
        let many = size((0..20).map(|i| picture(300 + i)).collect());
        assert!(many < one + 20 * 50, "{one} and {many} bytes");
    }

    #[test]
    fn equal_animations_give_equal_bytes() {
        let bytes = || Animation::new(frames(&["ab", "cd"])).encode_gif().unwrap();
        assert_eq!(bytes(), bytes());
    }

    #[test]
    fn senseless_animations_are_errors() {
        let message = |frames| Animation::new(frames).encode_gif().unwrap_err().to_string();
        assert_eq!(message(Vec::new()), "there are no frames to draw");
        let expected = "frame 1 of the animation has 1 x 3 pixels, the first one 1 x 2";
        assert_eq!(message(frames(&["ab", "abc"])), expected);
        let wide = Picture::filled(1, 65536, [0; 3]).unwrap();
        assert!(message(vec![wide]).contains("1 x 65536 pixels"));
        let slow = Animation {
            frame_time: Duration::from_secs(700),
            ..Animation::new(frames(&["a"]))
        };
        let error = slow.encode_gif().unwrap_err().to_string();
        assert_eq!(
            error,
            "`frame_time` is 700s, it must be at most 655 seconds"
        );
    }
}
