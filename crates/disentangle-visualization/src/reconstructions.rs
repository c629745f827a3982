//! Originals above their reconstructions.

use crate::{Error, Grid, Picture, Row};

/// Pairs in one band of the picture.
const PER_BAND: usize = 8;

/// Draws pairs of an original and its reconstruction below it, in bands of eight.
///
/// # Errors
/// If there is not one reconstruction an original, or there is none at all.
pub fn reconstructions(originals: &[Picture], answers: &[Picture]) -> Result<Picture, Error> {
    if originals.len() != answers.len() {
        let (a, b) = (originals.len(), answers.len());
        return Err(Error::Ragged(format!(
            "{a} originals and {b} reconstructions"
        )));
    }
    // A last band that is not full would leave ragged rows.
    let per_band = (1..=PER_BAND.min(originals.len()))
        .rev()
        .find(|n| originals.len().is_multiple_of(*n))
        .unwrap_or(1);
    let row = |label: &str, pictures: &[Picture]| Row {
        label: label.into(),
        faint: false,
        pictures: pictures.to_vec(),
    };
    let bands = originals.chunks(per_band).zip(answers.chunks(per_band));
    let rows = bands.flat_map(|(originals, answers)| {
        [row("original", originals), row("reconstruction", answers)]
    });
    Grid {
        rows: rows.collect(),
        ..Grid::default()
    }
    .draw()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_stands_below_its_original() {
        let solid = |gray| Picture::from_bytes(&[gray; 96 * 96], 1, (96, 96)).unwrap();
        let picture = reconstructions(&[solid(0), solid(1)], &[solid(2), solid(3)]).unwrap();
        let left = 10 + "reconstruction".len() * 8 + 10;
        assert_eq!(picture.pixel(left, 10), Some([0; 3]));
        assert_eq!(picture.pixel(left, 110), Some([2; 3]));
        assert_eq!(picture.pixel(left + 100, 110), Some([3; 3]));
        assert!(reconstructions(&[solid(0)], &[]).is_err());
    }
}
