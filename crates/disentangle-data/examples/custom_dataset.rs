//! A data set of your own, drawn by code: `cargo run -p disentangle-data --example custom_dataset`.
//!
//! Pictures or arrays that you have as files need no code: `image_folder` and `array_file`, docs/datasets.md. To have a
//! data set in configs, make it a part: docs/add-a-dataset.md.

use std::sync::Arc;

use disentangle_data::{
    Dataset, Error, FactorSpace, ImageShape, Loader, LoaderConfig, check_request,
};
use disentangle_seeds::Seeds;

/// A bright bar: 16 places by 4 widths, one image for each combination.
struct Bars {
    space: FactorSpace,
}

impl Bars {
    fn new() -> Result<Self, Error> {
        let names = vec!["place".into(), "width".into()];
        Ok(Self {
            space: FactorSpace::grid(names, vec![16, 4])?,
        })
    }
}

impl Dataset for Bars {
    fn len(&self) -> usize {
        self.space.sizes().iter().product()
    }

    fn image_shape(&self) -> ImageShape {
        ImageShape {
            height: 16,
            width: 16,
            channels: 1,
        }
    }

    fn factor_space(&self) -> Option<&FactorSpace> {
        Some(&self.space)
    }

    fn factors(&self, index: usize, out: &mut [u32]) -> Result<(), Error> {
        self.space.factors(index, out)
    }

    fn images(&self, indices: &[usize], out: &mut [u8]) -> Result<(), Error> {
        check_request(self, indices, out)?;
        for (&index, image) in indices.iter().zip(out.chunks_exact_mut(16 * 16)) {
            let mut factors = [0; 2];
            self.factors(index, &mut factors)?;
            let [place, width] = factors.map(|factor| factor as usize);
            for (i, pixel) in image.iter_mut().enumerate() {
                *pixel = if (i % 16).abs_diff(place) <= width {
                    255
                } else {
                    0
                };
            }
        }
        Ok(())
    }
}

#[expect(clippy::print_stdout, reason = "an example shows its result")]
fn main() -> Result<(), Error> {
    let config = LoaderConfig {
        batch_size: 8,
        ..LoaderConfig::default()
    };
    let loader = Loader::new(Arc::new(Bars::new()?), config, Seeds::new(0))?;
    for (step, batch) in loader.batches(0).take(2).enumerate() {
        let batch = batch?;
        println!(
            "step {step}: images {:?}, factors {:?}",
            batch.indices, batch.factors
        );
        let row = &batch.images[..16];
        println!(
            "{}",
            row.iter()
                .map(|&pixel| if pixel > 0 { '#' } else { '.' })
                .collect::<String>()
        );
    }
    Ok(())
}
