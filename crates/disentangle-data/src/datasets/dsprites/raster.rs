//! Fills polygons without anti-aliasing, exactly: integer arithmetic on a grid of 1/256 pixel.
//!
//! A pixel is lit if its center lies inside the polygon; a center on a left or a bottom edge counts as
//! inside, on a right or a top edge as outside, as graphics cards decide.

/// Steps of the grid that vertices are rounded to, in a pixel.
pub(super) const STEPS: f64 = 256.0;

const STEP: i64 = 256;
const HALF: i64 = STEP / 2;

/// Draws a polygon of `[x, y]` in 1/256 pixel; bit c of row r is the pixel in column c.
///
/// Each edge toggles, in every row whose center line it crosses, all pixels right of the crossing;
/// what is toggled an odd number of times is inside.
pub(super) fn fill(polygon: &[[i32; 2]], rows: &mut [u64]) {
    rows.fill(0);
    let Some(&last) = polygon.last() else {
        return;
    };
    let mut from = last.map(i64::from);
    for &to in polygon {
        let to = to.map(i64::from);
        toggle_right_of(from, to, rows);
        from = to;
    }
}

fn toggle_right_of(from: [i64; 2], to: [i64; 2], rows: &mut [u64]) {
    let [top, bottom] = if from[1] < to[1] {
        [from, to]
    } else {
        [to, from]
    };
    let [width, height] = [bottom[0] - top[0], bottom[1] - top[1]];
    // The center line of row r is y = 256·r + 128; it is crossed if top < y ≤ bottom.
    let first = ((top[1] - HALF).div_euclid(STEP) + 1).max(0);
    let end = ((bottom[1] - HALF).div_euclid(STEP) + 1).min(rows.len() as i64);
    for row in first..end {
        // Column c is right of the crossing if 256·c + 128 ≥ x + width·(y − top)/height.
        let from_top = STEP * row + HALF - top[1];
        let crossing = (top[0] - HALF) * height + width * from_top;
        let column = -(-crossing).div_euclid(height * STEP);
        if let Some(bits) = u64::MAX.checked_shl(column.max(0) as u32) {
            rows[row as usize] ^= bits;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(left: i32, top: i32, side: i32) -> [[i32; 2]; 4] {
        let (right, bottom) = (left + side, top + side);
        [[left, top], [right, top], [right, bottom], [left, bottom]]
    }

    #[test]
    fn centers_on_edges_follow_the_rule() {
        let mut rows = [0; 4];
        // From the center of pixel (1, 0) to the center of pixel (3, 2).
        fill(&square(128, 256 + 128, 512), &mut rows);
        assert_eq!(rows, [0, 0, 0b011, 0b011]);
    }

    #[test]
    fn direction_does_not_matter() {
        let triangle = [[100, 70], [900, 300], [260, 1000]];
        let reversed = [triangle[2], triangle[1], triangle[0]];
        let (mut there, mut back) = ([0; 4], [0; 4]);
        fill(&triangle, &mut there);
        fill(&reversed, &mut back);
        assert_ne!(there, [0; 4]);
        assert_eq!(there, back);
    }

    #[test]
    fn what_sticks_out_is_cut_off() {
        let mut rows = [0; 2];
        fill(&square(-1000, -1000, 100_000), &mut rows);
        assert_eq!(rows, [u64::MAX; 2]);
        fill(&square(20_000, 0, 512), &mut rows);
        assert_eq!(rows, [0; 2]);
    }

    #[test]
    fn no_polygon_lights_nothing() {
        let mut rows = [1; 2];
        fill(&[], &mut rows);
        assert_eq!(rows, [0; 2]);
    }
}
