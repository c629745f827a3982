//! Pictures in rows and columns, with labels.

use crate::sheet::Sheet;
use crate::{Error, Label, Picture, Style};

/// What a grid shows besides the pictures.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GridOptions {
    /// A line above everything.
    pub title: Option<String>,
    /// One label a row, left of it; or none.
    pub row_labels: Vec<Label>,
    /// One label a column, above it; or none.
    pub column_labels: Vec<Label>,
    /// Rows, from 1, that have some more space above.
    pub row_breaks: Vec<usize>,
    /// Enlargement, gaps and colors.
    pub style: Style,
}

/// Draws pictures of one size as a grid; each has a thin frame, unless `style.gap` is zero.
///
/// # Errors
/// If there are no pictures, if the rows differ in length or the pictures in size, if the labels are
/// not as many as the rows or columns, or if an option makes no sense.
pub fn grid(rows: &[Vec<Picture>], options: &GridOptions) -> Result<Picture, Error> {
    let cells = rows.iter().map(|row| row.iter().map(Some).collect());
    let sheet = Sheet {
        cells: cells.collect(),
        title: options.title.as_deref(),
        row_labels: &options.row_labels,
        column_labels: &options.column_labels,
        breaks: &options.row_breaks,
        style: &options.style,
    };
    sheet.draw()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Theme;

    const RED: [u8; 3] = [255, 0, 0];

    /// Rows of red pictures of 4 x 6 pixels.
    fn red(rows: usize, columns: usize) -> Vec<Vec<Picture>> {
        vec![vec![Picture::filled(4, 6, RED).unwrap(); columns]; rows]
    }

    fn options(scale: usize, gap: usize) -> GridOptions {
        let style = Style {
            scale: Some(scale),
            gap,
            theme: Theme::Light,
        };
        GridOptions {
            style,
            ..GridOptions::default()
        }
    }

    fn size(picture: &Picture) -> (usize, usize) {
        (picture.height(), picture.width())
    }

    /// The rows and columns that hold a color, as (top, left, bottom, right), inclusive.
    fn bounds(picture: &Picture, color: [u8; 3]) -> (usize, usize, usize, usize) {
        let all = (0..picture.height()).flat_map(|r| (0..picture.width()).map(move |c| (r, c)));
        let found: Vec<_> = all
            .filter(|&(r, c)| picture.pixel(r, c) == Some(color))
            .collect();
        let rows = || found.iter().map(|at| at.0);
        let columns = || found.iter().map(|at| at.1);
        let (top, left) = (rows().min().unwrap(), columns().min().unwrap());
        (top, left, rows().max().unwrap(), columns().max().unwrap())
    }

    #[test]
    fn pixels_are_where_the_layout_says() {
        let sheet = grid(&red(2, 3), &options(2, 3)).unwrap();
        // Margins of 12, pictures of 8 x 12, gaps of 3.
        assert_eq!(
            size(&sheet),
            (12 + 8 + 3 + 8 + 12, 12 + 3 * 12 + 2 * 3 + 12)
        );
        let (white, frame) = (Theme::Light.background(), Theme::Light.frame());
        let row = |r: usize| [11, 12, 23, 24, 25, 26, 27].map(|c| sheet.pixel(r, c).unwrap());
        assert_eq!(row(12), [frame, RED, RED, frame, white, frame, RED]);
        assert_eq!(sheet.pixel(11, 12), Some(frame));
        assert_eq!(sheet.pixel(19, 12), Some(RED));
        assert_eq!(sheet.pixel(20, 12), Some(frame));
        assert_eq!(sheet.pixel(21, 12), Some(white));
        assert_eq!(sheet.pixel(23, 12), Some(RED));
    }

    #[test]
    fn without_a_gap_pictures_touch_and_have_no_frame() {
        let sheet = grid(&red(2, 2), &options(1, 0)).unwrap();
        assert_eq!(bounds(&sheet, RED), (12, 12, 19, 23));
        let colors: std::collections::BTreeSet<_> = sheet.as_bytes().chunks(3).collect();
        assert_eq!(colors.len(), 2);
    }

    #[test]
    fn the_pictures_are_in_order() {
        let gray = |value| Picture::filled(1, 1, [value; 3]).unwrap();
        let rows = [vec![gray(1), gray(2)], vec![gray(3), gray(4)]];
        let sheet = grid(&rows, &options(1, 0)).unwrap();
        let value = |row: usize, column: usize| sheet.pixel(12 + row, 12 + column).unwrap()[0];
        let values = [value(0, 0), value(0, 1), value(1, 0), value(1, 1)];
        assert_eq!(values, [1, 2, 3, 4]);
    }

    #[test]
    fn labels_are_outside_the_pictures() {
        let mut options = options(1, 3);
        let plain = grid(&red(2, 2), &options).unwrap();
        options.row_labels = vec!["W".into(), "WWW".into()];
        options.column_labels = vec!["WWWW".into(), "W".into()];
        options.title = Some("W".repeat(30));
        let sheet = grid(&red(2, 2), &options).unwrap();
        let count = |sheet: &Picture| {
            let pixels = sheet.as_bytes().chunks(3);
            pixels.filter(|&pixel| pixel == RED).count()
        };
        assert_eq!(count(&sheet), count(&plain));
        // The title is wider than everything else: 30 characters of 9 pixels.
        assert_eq!(sheet.width(), 12 + 270 + 12);
        // Rows as high as a label (15), columns as wide as the widest label and a character.
        assert_eq!(sheet.height(), 12 + (18 + 10) + (15 + 8) + 15 + 3 + 15 + 12);
        // First picture: 27 + 8 of row labels, the rest of (45 - 3) on both sides of 6.
        let (top, left, _, _) = bounds(&sheet, RED);
        assert_eq!(left, 12 + 27 + 8 + (42 - 6) / 2);
        assert_eq!(top, 12 + 28 + 23 + (15 - 4) / 2);
    }

    #[test]
    fn row_labels_end_at_one_line_left_of_the_pictures() {
        let mut options = options(5, 3);
        options.row_labels = vec!["W".into(), "WWW".into()];
        let sheet = grid(&red(2, 1), &options).unwrap();
        let (_, left, _, right) = bounds(&sheet, Theme::Light.text());
        // 3 characters of 9 pixels, each with a pixel or two of space on its sides.
        assert!((12..14).contains(&left) && (37..39).contains(&right));
        assert_eq!(bounds(&sheet, RED).1, 12 + 27 + 8);
    }

    #[test]
    fn dimmed_labels_have_their_color() {
        let mut options = options(5, 3);
        options.row_labels = vec![Label {
            text: "W".into(),
            dimmed: true,
        }];
        let sheet = grid(&red(1, 1), &options).unwrap();
        let has = |color: [u8; 3]| sheet.as_bytes().chunks(3).any(|pixel| pixel == color);
        assert!(has(Theme::Light.dimmed()) && !has(Theme::Light.text()));
    }

    #[test]
    fn breaks_make_groups() {
        let mut options = options(1, 3);
        options.row_breaks = vec![1];
        let sheet = grid(&red(2, 1), &options).unwrap();
        assert_eq!(bounds(&sheet, RED), (12, 12, 12 + 4 + 3 + 10 + 4 - 1, 17));
        for wrong in [0, 2] {
            options.row_breaks = vec![wrong];
            let error = grid(&red(2, 1), &options).unwrap_err();
            assert!(error.to_string().contains("`row_breaks` is"), "{error}");
        }
    }

    #[test]
    fn wrong_rows_and_labels_are_errors() {
        let message = |rows: &[Vec<Picture>], labels: usize| {
            let mut options = options(1, 3);
            options.column_labels = vec!["a".into(); labels];
            grid(rows, &options).unwrap_err().to_string()
        };
        let nothing = "there are no pictures to draw";
        assert_eq!(message(&[], 0), nothing);
        assert_eq!(message(&[vec![], vec![]], 0), nothing);
        assert_eq!(
            message(&red(2, 2), 3),
            "3 column labels do not fit 2 columns"
        );
        let mut ragged = red(3, 2);
        ragged[1].pop();
        let expected = "row 1 of the grid has 1 pictures, row 0 has 2";
        assert_eq!(message(&ragged, 0), expected);
        let mut sizes = red(2, 2);
        sizes[1][0] = Picture::filled(5, 6, RED).unwrap();
        let expected = "the picture in row 1, column 0 of the grid has 5 x 6 pixels, \
                        the first one 4 x 6";
        assert_eq!(message(&sizes, 0), expected);
    }

    #[test]
    fn a_sheet_that_is_too_large_is_an_error() {
        let wide = vec![vec![Picture::filled(1, 1000, RED).unwrap(); 600]];
        let error = grid(&wide, &options(256, 0)).unwrap_err();
        assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    }
}
