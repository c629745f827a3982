//! Pictures in rows and columns, with labels that never cover them.

use embedded_graphics::text::Alignment;

use crate::canvas::{Canvas, FAINT, INK, LETTER, LINE};
use crate::{Error, Picture};

/// A row of pictures.
#[derive(Debug, Clone)]
pub struct Row {
    /// What stands to the left of it; empty for nothing.
    pub label: String,
    /// Whether the label is written faintly, for rows that do not matter.
    pub faint: bool,
    /// The pictures.
    pub pictures: Vec<Picture>,
}

/// A labelled grid of pictures of one size.
#[derive(Debug, Clone, Default)]
pub struct Grid {
    /// What stands above everything; empty for nothing.
    pub title: String,
    /// The rows, top to bottom.
    pub rows: Vec<Row>,
    /// What stands above each column; empty for nothing.
    pub columns: Vec<String>,
}

/// Around the sheet and between labels and pictures.
const MARGIN: usize = 10;
/// Between pictures.
const GAP: usize = 4;
/// Small pictures are enlarged, by whole factors, towards this side.
const SIDE: usize = 96;

impl Grid {
    /// Draws the grid.
    ///
    /// # Errors
    /// If it is empty, rows differ in length or pictures in size.
    pub fn draw(&self) -> Result<Picture, Error> {
        let (height, width) = self.cell()?;
        let n_columns = self.rows[0].pictures.len();
        let scale = SIDE.div_ceil(height.max(width)).max(1);
        let (cell_height, cell_width) = (height * scale, width * scale);

        let longest = self.rows.iter().map(|row| row.label.chars().count()).max();
        let label = match longest {
            None | Some(0) => 0,
            Some(letters) => letters * LETTER + MARGIN,
        };
        let line = |empty: bool| if empty { 0 } else { LINE + GAP };
        let left = MARGIN + label;
        let top = MARGIN + line(self.title.is_empty()) + line(self.columns.is_empty());
        let across = left + n_columns * (cell_width + GAP) - GAP + MARGIN;
        let title_across = 2 * MARGIN + self.title.chars().count() * LETTER;
        let down = top + self.rows.len() * (cell_height + GAP) - GAP + MARGIN;

        let mut canvas = Canvas::new(across.max(title_across), down);
        canvas.write(&self.title, (MARGIN, MARGIN), Alignment::Left, INK);
        for (i, text) in self.columns.iter().enumerate() {
            let middle = left + i * (cell_width + GAP) + cell_width / 2;
            canvas.write(text, (middle, top - LINE - GAP), Alignment::Center, INK);
        }
        for (i, row) in self.rows.iter().enumerate() {
            let y = top + i * (cell_height + GAP);
            let color = if row.faint { FAINT } else { INK };
            let middle = y + cell_height.saturating_sub(LINE) / 2;
            canvas.write(&row.label, (MARGIN, middle), Alignment::Left, color);
            for (j, picture) in row.pictures.iter().enumerate() {
                canvas.put(picture, (left + j * (cell_width + GAP), y), scale);
            }
        }
        Ok(canvas.finish())
    }

    /// Height and width of every picture.
    fn cell(&self) -> Result<(usize, usize), Error> {
        let ragged = |why: String| Err(Error::Ragged(why));
        let Some(first) = self.rows.first().and_then(|row| row.pictures.first()) else {
            return ragged("it is empty".into());
        };
        let (size, length) = ((first.height(), first.width()), self.rows[0].pictures.len());
        if !self.columns.is_empty() && self.columns.len() != length {
            return ragged(format!(
                "{} labels over {length} columns",
                self.columns.len()
            ));
        }
        for (i, row) in self.rows.iter().enumerate() {
            if row.pictures.len() != length {
                return ragged(format!(
                    "row {i} has {} pictures, not {length}",
                    row.pictures.len()
                ));
            }
            let other = |p: &&Picture| (p.height(), p.width()) != size;
            if let Some(odd) = row.pictures.iter().find(other) {
                let (height, width) = (odd.height(), odd.width());
                return ragged(format!(
                    "row {i} has a picture of {height}x{width}, not {size:?}"
                ));
            }
        }
        Ok(size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn solid(gray: u8, side: usize) -> Picture {
        Picture::from_bytes(&vec![gray; side * side], 1, (side, side)).unwrap()
    }

    fn row(label: &str, pictures: Vec<Picture>) -> Row {
        Row {
            label: label.into(),
            faint: false,
            pictures,
        }
    }

    #[test]
    fn pictures_lie_on_a_regular_grid_without_labels() {
        let grid = Grid {
            rows: vec![
                row("", vec![solid(0, 96), solid(50, 96)]),
                row("", vec![solid(100, 96), solid(150, 96)]),
            ],
            ..Grid::default()
        };
        let picture = grid.draw().unwrap();
        // Two cells of 96, a gap of 4, margins of 10.
        assert_eq!((picture.width(), picture.height()), (216, 216));
        assert_eq!(picture.pixel(10, 10), Some([0; 3]));
        assert_eq!(picture.pixel(105, 105), Some([0; 3]));
        assert_eq!(picture.pixel(107, 50), Some([255; 3]));
        assert_eq!(picture.pixel(110, 10), Some([50; 3]));
        assert_eq!(picture.pixel(205, 205), Some([150; 3]));
        assert_eq!(picture.pixel(206, 206), Some([255; 3]));
    }

    #[test]
    fn small_pictures_are_enlarged_by_whole_factors() {
        let grid = Grid {
            rows: vec![row("", vec![solid(9, 32)])],
            ..Grid::default()
        };
        assert_eq!(grid.draw().unwrap().width(), 32 * 3 + 20);
    }

    #[test]
    fn labels_take_their_own_room() {
        let plain = Grid {
            rows: vec![row("", vec![solid(0, 96)])],
            ..Grid::default()
        };
        let labelled = Grid {
            title: "title".into(),
            rows: vec![row("z0", vec![solid(0, 96)])],
            columns: vec!["-2".into()],
        };
        let (plain, labelled) = (plain.draw().unwrap(), labelled.draw().unwrap());
        assert_eq!(labelled.width() - plain.width(), 2 * 8 + 10);
        assert_eq!(labelled.height() - plain.height(), 2 * 17);
        // The picture is whole: its corners are black, and something is written to the left.
        assert_eq!(labelled.pixel(36, 44), Some([0; 3]));
        assert_eq!(labelled.pixel(131, 139), Some([0; 3]));
        let written = (0..34).any(|x| (44..139).any(|y| labelled.pixel(x, y) == Some(INK)));
        assert!(written);
    }

    #[test]
    fn ragged_rows_and_sizes_are_refused() {
        let refuse = |rows: Vec<Row>| {
            let grid = Grid {
                rows,
                ..Grid::default()
            };
            grid.draw().unwrap_err().to_string()
        };
        assert!(refuse(vec![]).contains("empty"));
        let short = vec![row("", vec![solid(0, 8); 2]), row("", vec![solid(0, 8)])];
        assert!(refuse(short).contains("row 1 has 1 pictures, not 2"));
        let odd = vec![row("", vec![solid(0, 8), solid(0, 9)])];
        assert!(refuse(odd).contains("9x9"));
    }
}
