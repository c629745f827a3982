//! dSprites in color: the sprites, or what is behind them, painted with chance.
//!
//! The factors stay those of the gray images; what is painted is noise that no factor tells.
//! Locatello et al. 2019, arXiv:1811.12359, with the formulas of disentanglement_lib.
//! Differs: there, paint is drawn anew whenever an image is; here it is a function of seed and index, so
//! that an image is always the same and a set has a length.

pub(crate) mod color;
pub(crate) mod noisy;
pub(crate) mod scream;
pub(crate) mod swirl;

mod collage;

use disentangle_registry::Build;
use disentangle_seeds::{Seeds, Stream};

use crate::dataset::{Dataset, ImageShape, check_request};
use crate::datasets::DatasetConfig;
use crate::error::Error;
use crate::factor_space::FactorSpace;
use crate::places::Places;

/// Makes a color image of a gray one.
trait Paint: Send + Sync {
    /// Names the random numbers.
    fn purpose(&self) -> &'static str;

    /// Refuses images that it cannot paint.
    fn check(&self, _: ImageShape) -> Result<(), Error> {
        Ok(())
    }

    /// Paints an image of some width; `stream` is the image's own.
    fn paint(&self, gray: Gray<'_>, stream: &mut Stream, out: &mut [[u8; 3]]);
}

/// A gray image `[H, W]`, `0..=255`.
#[derive(Clone, Copy)]
struct Gray<'a> {
    pixels: &'a [u8],
    width: usize,
}

struct Painted<P> {
    inner: Box<dyn Dataset>,
    seeds: Seeds,
    paint: P,
}

impl<P: Paint + 'static> Painted<P> {
    fn build(
        of: &DatasetConfig,
        places: &Places,
        seed: u64,
        paint: P,
    ) -> Result<Box<dyn Dataset>, Error> {
        let inner = of.build(places)?;
        let channels = inner.image_shape().channels;
        if channels != 1 {
            let problem =
                format!("`of`: images of {channels} channels; only gray ones can be painted");
            return Err(Error::Config(problem));
        }
        paint.check(inner.image_shape())?;
        Ok(Box::new(Self {
            inner,
            seeds: Seeds::new(seed),
            paint,
        }))
    }
}

impl<P: Paint> Dataset for Painted<P> {
    fn len(&self) -> usize {
        self.inner.len()
    }

    fn image_shape(&self) -> ImageShape {
        ImageShape {
            channels: 3,
            ..self.inner.image_shape()
        }
    }

    fn factor_space(&self) -> Option<&FactorSpace> {
        self.inner.factor_space()
    }

    fn factors(&self, index: usize, out: &mut [u32]) -> Result<(), Error> {
        self.inner.factors(index, out)
    }

    fn images(&self, indices: &[usize], out: &mut [u8]) -> Result<(), Error> {
        check_request(self, indices, out)?;
        let shape = self.inner.image_shape();
        let mut gray = vec![0; shape.n_bytes() * indices.len()];
        self.inner.images(indices, &mut gray)?;
        let images = gray.chunks_exact(shape.n_bytes());
        let painted = out.chunks_exact_mut(3 * shape.n_bytes());
        for ((&index, pixels), out) in indices.iter().zip(images).zip(painted) {
            let mut stream = self.seeds.stream(self.paint.purpose(), index as u64);
            let width = shape.width;
            let (out, _) = out.as_chunks_mut::<3>();
            self.paint.paint(Gray { pixels, width }, &mut stream, out);
        }
        Ok(())
    }

    fn weights(&self) -> Result<Option<Vec<f32>>, Error> {
        self.inner.weights()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datasets::scene_tests::count_distinct;

    fn build(yaml: &str) -> Result<Box<dyn Dataset>, Error> {
        let config: DatasetConfig = serde_saphyr::from_str(yaml).unwrap();
        config.build(&Places { roots: vec![] })
    }

    #[test]
    fn the_seed_changes_the_paint_and_not_the_factors() {
        for kind in ["color_dsprites", "noisy_dsprites", "swirl_dsprites"] {
            let [one, other] = [0, 1].map(|seed| build(&format!("{{kind: {kind}, seed: {seed}}}")));
            let (one, other) = (one.unwrap(), other.unwrap());
            let image = |dataset: &dyn Dataset| {
                let mut image = vec![0; dataset.image_shape().n_bytes()];
                dataset.images(&[5000], &mut image).unwrap();
                image
            };
            assert!(image(one.as_ref()) != image(other.as_ref()), "{kind}");
            assert_eq!(one.factor_space(), other.factor_space());
        }
    }

    /// Orientations 0 and 39 are the same angle, so the gray images are equal.
    #[test]
    fn equal_sprites_are_painted_differently() {
        let indices = [0, 39 * 1024];
        assert_eq!(
            count_distinct(build("kind: dsprites").unwrap().as_ref(), &indices),
            1
        );
        for kind in ["color_dsprites", "noisy_dsprites", "swirl_dsprites"] {
            let painted = build(&format!("kind: {kind}")).unwrap();
            assert_eq!(count_distinct(painted.as_ref(), &indices), 2, "{kind}");
        }
    }

    #[test]
    fn color_images_cannot_be_painted() {
        let error = build("{kind: color_dsprites, of: {kind: room}}")
            .err()
            .unwrap();
        assert_eq!(
            error.to_string(),
            "invalid configuration: `of`: images of 3 channels; only gray ones can be painted"
        );
    }
}
