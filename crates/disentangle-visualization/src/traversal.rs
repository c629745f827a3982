//! Latent traversals: a row a latent, what the decoder says when that latent alone moves.

use crate::{Error, Grid, Picture, Row};

/// Latents whose KL divergence stays below this many nats carry nothing worth looking at.
const INACTIVE_KL: f32 = 0.01;

/// Which latents are moved, from where and how far.
#[derive(Debug, Clone, PartialEq)]
pub struct Traversal {
    /// The code from which one latent at a time is moved, `[D]`.
    pub base: Vec<f32>,
    /// Mean KL divergence of each latent, `[D]`, in nats: the rows are sorted by it.
    pub kl: Vec<f32>,
    /// First and last value of a moved latent.
    pub range: (f32, f32),
    /// Number of values.
    pub steps: usize,
}

/// Turns `n` codes, given as `[n, D]` in row-major order, into `n` pictures.
pub type Decode<'a> =
    dyn FnMut(&[f32], usize) -> Result<Vec<Picture>, Box<dyn std::error::Error + Send + Sync>> + 'a;

impl Traversal {
    /// Draws the traversals, the latent with the largest KL divergence on top.
    ///
    /// # Errors
    /// If the decoder fails, or `kl` has another length than `base`.
    pub fn draw(&self, decode: &mut Decode<'_>) -> Result<Picture, Error> {
        if self.base.len() != self.kl.len() {
            let (a, b) = (self.base.len(), self.kl.len());
            return Err(Error::Ragged(format!("{a} latents and {b} KL values")));
        }
        let values = self.values();
        let mut order: Vec<_> = (0..self.base.len()).collect();
        order.sort_by(|&a, &b| self.kl[b].total_cmp(&self.kl[a]));
        let mut rows = Vec::new();
        for latent in order {
            let mut codes = Vec::with_capacity(values.len() * self.base.len());
            for &value in &values {
                codes.extend_from_slice(&self.base);
                let at = codes.len() - self.base.len() + latent;
                codes[at] = value;
            }
            let kl = self.kl[latent];
            rows.push(Row {
                label: format!("z{latent:<2} KL {kl:5.2}"),
                faint: kl < INACTIVE_KL,
                pictures: decode(&codes, values.len()).map_err(Error::Decode)?,
            });
        }
        Grid {
            title: "Traversals: one latent moves, sorted by KL (nats)".into(),
            columns: values.iter().map(|value| format!("{value:+.1}")).collect(),
            rows,
        }
        .draw()
    }

    fn values(&self) -> Vec<f32> {
        let (first, last) = self.range;
        let intervals = self.steps.saturating_sub(1).max(1) as f32;
        (0..self.steps)
            .map(|i| first + (last - first) * i as f32 / intervals)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traversal() -> Traversal {
        Traversal {
            base: vec![0.25, 0.5, 0.75],
            kl: vec![0.0, 3.0, 1.0],
            range: (-1.0, 1.0),
            steps: 3,
        }
    }

    #[test]
    fn one_latent_moves_a_row_and_rows_are_sorted_by_kl() {
        let mut seen = Vec::new();
        let blank = Picture::from_bytes(&[0], 1, (1, 1)).unwrap();
        traversal()
            .draw(&mut |codes, n| {
                seen.push(codes.to_vec());
                Ok(vec![blank.clone(); n])
            })
            .unwrap();
        assert_eq!(
            seen[0],
            [0.25, -1.0, 0.75, 0.25, 0.0, 0.75, 0.25, 1.0, 0.75]
        );
        assert_eq!(seen[1][2], -1.0);
        assert_eq!(seen[2][0], -1.0);
    }

    #[test]
    fn a_decoder_that_fails_or_miscounts_is_an_error() {
        let error = traversal().draw(&mut |_, _| Err("no".into())).unwrap_err();
        assert_eq!(error.to_string(), "decoding: no");
        let error = traversal().draw(&mut |_, _| Ok(Vec::new())).unwrap_err();
        assert!(matches!(error, Error::Ragged(_)));
    }
}
