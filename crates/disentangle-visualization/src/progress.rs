//! Training as an animation: what was drawn at some steps, one after the other.

use std::time::Duration;

use crate::label::LABEL;
use crate::{Animation, Error, Picture, Theme};

/// Height of the line that says the step.
const CAPTION: usize = 28;
/// Pixels before it.
const MARGIN: usize = 12;

/// Makes an animation of captioned pictures, which may differ in size; the last one stays for a while.
///
/// # Errors
/// If there are no pictures, or if one is too large.
pub fn progress(pictures: &[(String, Picture)], theme: Theme) -> Result<Animation, Error> {
    if pictures.is_empty() {
        return Err(Error::Nothing { what: "pictures" });
    }
    let sides = |side: fn(&Picture) -> usize| pictures.iter().map(|(_, p)| side(p)).max();
    let height = sides(Picture::height).unwrap_or(0) + CAPTION;
    let width = sides(Picture::width).unwrap_or(0);
    let frame = |(caption, picture): &(String, Picture)| {
        let mut frame = Picture::filled(height, width, theme.background())?;
        let top = (CAPTION - LABEL.height()) / 2;
        LABEL.draw(caption, theme.text(), (top, MARGIN), &mut frame);
        frame.paste(picture, 1, CAPTION, 0);
        Ok(frame)
    };
    let frames = pictures.iter().map(frame).collect::<Result<_, Error>>()?;
    Ok(Animation {
        frame_time: Duration::from_millis(300),
        hold: Duration::from_secs(2),
        ..Animation::new(frames)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_as_large_as_the_largest_picture() {
        let picture = |height, width| Picture::filled(height, width, [7; 3]).unwrap();
        let pictures = [
            ("step 0".to_owned(), picture(10, 30)),
            ("step 9".to_owned(), picture(20, 20)),
        ];
        let animation = progress(&pictures, Theme::Light).unwrap();
        let sizes = animation.frames.iter().map(|f| (f.height(), f.width()));
        assert_eq!(sizes.collect::<Vec<_>>(), [(48, 30), (48, 30)]);
        let [first, second] = animation.frames.as_slice() else {
            panic!("two frames");
        };
        assert_eq!(first.pixel(28, 29), Some([7; 3]));
        assert_eq!(second.pixel(28, 29), Some([255; 3]));
        animation.encode_gif().unwrap();
    }

    #[test]
    fn nothing_is_an_error() {
        assert!(progress(&[], Theme::Light).is_err());
    }
}
