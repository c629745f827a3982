//! Images a second, on one core, into the caller's buffer, of the generators and of the official dSprites file if it is
//! in its place or named: `cargo bench -p disentangle-data -- [dsprites npz]`.
#![expect(clippy::print_stdout, reason = "a benchmark reports to its terminal")]

use std::sync::Arc;
use std::time::Instant;

use disentangle_data::{
    Arm, ArmVariant, ColorDsprites, Dataset, DatasetConfig, Dsprites, DspritesFile, Error, Loader,
    LoaderConfig, NoisyDsprites, Places, Room, SwirlDsprites,
};
use disentangle_registry::Build;
use disentangle_seeds::Seeds;

const BATCH: usize = 64;
/// An epoch of dSprites; slower sets are measured over a part of one.
const STEPS: u64 = 11_520;

fn main() -> Result<(), Error> {
    for size in [64, 32] {
        let config = Dsprites {
            size,
            ..Dsprites::default()
        };
        measure(&format!("dsprites, {size} pixels"), config.into(), STEPS)?;
    }
    measure("color_dsprites", ColorDsprites::default().into(), 3000)?;
    measure("noisy_dsprites", NoisyDsprites::default().into(), 3000)?;
    measure("swirl_dsprites", SwirlDsprites::default().into(), 3000)?;
    measure("room", Room::default().into(), 3000)?;
    for variant in [
        ArmVariant::Plain,
        ArmVariant::Relit,
        ArmVariant::UnseenShapes,
    ] {
        measure(&format!("arm, {variant:?}"), Arm { variant }.into(), 1000)?;
    }
    // cargo passes `--bench`.
    let path = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let named = path.is_some();
    let config = DspritesFile {
        path: path.map(Into::into),
        ..DspritesFile::default()
    };
    match measure("dsprites_file", config.into(), STEPS) {
        Err(error) if !named => println!("dsprites_file: not measured, {error}"),
        measured => measured?,
    }
    Ok(())
}

fn measure(name: &str, config: DatasetConfig, steps: u64) -> Result<(), Error> {
    let start = Instant::now();
    let dataset: Arc<dyn Dataset> = config.build(&Places::from_env())?.into();
    println!("{name}: built in {:.3} s", start.elapsed().as_secs_f64());

    let loader = Loader::new(dataset.clone(), LoaderConfig::default(), Seeds::new(0))?;
    let indices: Vec<_> = (0..steps)
        .flat_map(|step| loader.batch_indices(step))
        .collect();
    let mut images = vec![0; BATCH * dataset.image_shape().n_bytes()];
    report(&format!("{name}: images, shuffled"), steps, || {
        let mut batches = indices.chunks_exact(BATCH);
        batches.try_for_each(|batch| dataset.images(batch, &mut images))
    })?;
    let in_order: Vec<_> = (0..indices.len())
        .map(|index| index % dataset.len())
        .collect();
    report(&format!("{name}: images, in order"), steps, || {
        let mut batches = in_order.chunks_exact(BATCH);
        batches.try_for_each(|batch| dataset.images(batch, &mut images))
    })?;
    let mut batches = loader.batches(0);
    report(&format!("{name}: loader, on its thread"), steps, || {
        for _ in 0..steps {
            match batches.next() {
                Some(batch) => batches.recycle(batch?),
                None => break,
            }
        }
        Ok(())
    })
}

fn report(name: &str, steps: u64, work: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
    let start = Instant::now();
    work()?;
    let rate = (steps * BATCH as u64) as f64 / start.elapsed().as_secs_f64();
    println!("  {name:<45} {rate:>10.0} images/s");
    Ok(())
}
