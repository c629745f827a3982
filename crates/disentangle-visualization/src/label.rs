//! Text on a sheet: one line in a bitmap font, so that no font of the system is needed.

use std::convert::Infallible;

use embedded_graphics::mono_font::{MonoFont, MonoTextStyle, iso_8859_1, iso_8859_7};
use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
use embedded_graphics::prelude::{Dimensions, DrawTarget, Drawable, Pixel, Point, Size};
use embedded_graphics::primitives::Rectangle;
use embedded_graphics::text::{Baseline, Text};

use crate::Picture;

/// The font of row and column labels.
pub(crate) const LABEL: Font = Font {
    latin: &iso_8859_1::FONT_9X15,
    greek: &iso_8859_7::FONT_9X15,
};
/// The font of titles.
pub(crate) const TITLE: Font = Font {
    latin: &iso_8859_1::FONT_9X18_BOLD,
    greek: &iso_8859_7::FONT_9X18_BOLD,
};

/// The label of a row or a column of a grid, on one line.
///
/// Latin-1 and Greek are drawn as they are, typographic dashes and the minus sign as `-`; any other
/// character becomes `?`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Label {
    /// What is written.
    pub text: String,
    /// Whether it is written faintly, to say that the row does not matter.
    pub dimmed: bool,
}

impl<T: Into<String>> From<T> for Label {
    fn from(text: T) -> Self {
        Self {
            text: text.into(),
            dimmed: false,
        }
    }
}

/// A font whose characters are all equally wide, in both alphabets.
#[derive(Clone, Copy)]
pub(crate) struct Font {
    latin: &'static MonoFont<'static>,
    greek: &'static MonoFont<'static>,
}

impl Font {
    /// Returns the pixels from the top of a line to its bottom.
    pub(crate) fn height(self) -> usize {
        self.latin.character_size.height as usize
    }

    /// Returns the pixels from the left of a line to its right.
    pub(crate) fn width(self, text: &str) -> usize {
        text.chars().count() * self.advance()
    }

    /// Returns the pixels from one character to the next.
    pub(crate) fn advance(self) -> usize {
        (self.latin.character_size.width + self.latin.character_spacing) as usize
    }

    /// Writes a line to where its top left corner shall be.
    pub(crate) fn draw(
        self,
        text: &str,
        color: [u8; 3],
        (top, left): (usize, usize),
        picture: &mut Picture,
    ) {
        let [red, green, blue] = color;
        let color = Rgb888::new(red, green, blue);
        for (i, character) in text.chars().enumerate() {
            let style = MonoTextStyle::new(self.of(character), color);
            // The sides of a picture fit, see its greatest number of pixels.
            let at = Point::new((left + i * self.advance()) as i32, top as i32);
            let mut bytes = [0; 4];
            let text = drawable(character).encode_utf8(&mut bytes);
            let text = Text::with_baseline(text, at, style, Baseline::Top);
            match text.draw(&mut Canvas(picture)) {
                Ok(_) => {}
                Err(never) => match never {},
            }
        }
    }

    fn of(self, character: char) -> &'static MonoFont<'static> {
        match character {
            GREEK_FIRST..=GREEK_LAST => self.greek,
            _ => self.latin,
        }
    }
}

/// The Greek letters with and without accents; ISO 8859-7 lacks only U+03A2, which is no letter.
const GREEK_FIRST: char = 'Ά';
const GREEK_LAST: char = 'ώ';

/// Replaces what the font lacks or what would leave the line.
fn drawable(character: char) -> char {
    match character {
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        ' '..='~' | '\u{a0}'..='\u{ff}' | GREEK_FIRST..=GREEK_LAST => character,
        _ if character.is_whitespace() => ' ',
        _ => '?',
    }
}

/// A picture that embedded-graphics can draw on.
struct Canvas<'a>(&'a mut Picture);

impl Dimensions for Canvas<'_> {
    fn bounding_box(&self) -> Rectangle {
        let size = Size::new(self.0.width() as u32, self.0.height() as u32);
        Rectangle::new(Point::zero(), size)
    }
}

impl DrawTarget for Canvas<'_> {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Infallible>
    where
        I: IntoIterator<Item = Pixel<Rgb888>>,
    {
        for Pixel(at, color) in pixels {
            if let (Ok(row), Ok(column)) = (at.y.try_into(), at.x.try_into()) {
                self.0.set(row, column, [color.r(), color.g(), color.b()]);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHITE: [u8; 3] = [255; 3];
    const INK: [u8; 3] = [10, 20, 30];

    fn drawn(text: &str, top: usize, left: usize) -> Picture {
        let mut picture = Picture::filled(20, 40, WHITE).unwrap();
        LABEL.draw(text, INK, (top, left), &mut picture);
        picture
    }

    fn inked(picture: &Picture) -> Vec<(usize, usize)> {
        let all = (0..20).flat_map(|row| (0..40).map(move |column| (row, column)));
        all.filter(|&(row, column)| picture.pixel(row, column) == Some(INK))
            .collect()
    }

    #[test]
    fn text_stays_in_its_box() {
        let inked = inked(&drawn("WM", 3, 5));
        let inside = |&(row, column): &(usize, usize)| {
            (3..3 + LABEL.height()).contains(&row) && (5..5 + LABEL.width("WM")).contains(&column)
        };
        assert!(!inked.is_empty() && inked.iter().all(inside));
    }

    #[test]
    fn width_counts_characters() {
        assert_eq!((LABEL.width(""), LABEL.width("β1")), (0, 18));
        assert_eq!((TITLE.width("ab"), TITLE.height()), (18, 18));
    }

    #[test]
    fn a_label_is_one_line() {
        assert_eq!(drawn("a\nb", 0, 0), drawn("a b", 0, 0));
        assert_eq!(drawn("a\u{7}", 0, 0), drawn("a?", 0, 0));
    }

    #[test]
    fn minus_is_a_hyphen_and_the_unknown_a_question_mark() {
        assert_eq!(drawn("\u{2212}1", 0, 0), drawn("-1", 0, 0));
        assert_eq!(drawn("潜", 0, 0), drawn("?", 0, 0));
        for text in ["é", "Ω", "β", "γ", "λ"] {
            assert_ne!(drawn(text, 0, 0), drawn("?", 0, 0), "{text}");
        }
    }

    #[test]
    fn ink_outside_is_cut_off() {
        let edge = drawn("WWWWWWWW", 15, 30);
        assert!(
            inked(&edge)
                .iter()
                .all(|&(row, column)| row >= 15 && column >= 30)
        );
    }
}
