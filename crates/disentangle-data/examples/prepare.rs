//! Prepares a data set, opens it and draws batches, and tells what each took: `prepare CONFIG TARGET.npy`,
//! the config as YAML text. A target that is there already is only opened.
//!
//! Batches are drawn from a cold file first, where the system lets us empty its cache (Linux, as root), then from a warm one.
#![expect(clippy::print_stdout, reason = "an example prints what it measures")]

use std::path::Path;
use std::time::Instant;

use disentangle_data::{Dataset, DatasetConfig, Places, prepare};
use disentangle_registry::Build;
use disentangle_seeds::Seeds;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<_> = std::env::args().collect();
    let [_, config, target] = &arguments[..] else {
        return Err("usage: prepare '{kind: shapes3d, path: FILE}' TARGET.npy".into());
    };
    let config: DatasetConfig = serde_saphyr::from_str(config)?;
    let places = Places::from_env();
    let start = Instant::now();
    let made = prepare(&config, &places, Some(Path::new(target)), &mut |_| {})?;
    println!("{made:?}");
    println!(
        "prepared in {:.1} s, peak memory {}",
        start.elapsed().as_secs_f64(),
        peak()
    );

    let start = Instant::now();
    let yaml = format!("{{kind: {}, path: '{target}'}}", config.kind());
    let set = serde_saphyr::from_str::<DatasetConfig>(&yaml)?.build(&places)?;
    println!("opened in {:.2} ms", start.elapsed().as_secs_f64() * 1e3);
    let first = if is_cold() {
        "cold"
    } else {
        "first, as the cache was"
    };
    for round in [first, "warm"] {
        println!("{round}: {:.0} images/s", gather(set.as_ref())?);
    }
    println!("peak memory {}", peak());
    Ok(())
}

/// Empties the cache of files, if that is possible.
fn is_cold() -> bool {
    std::fs::write("/proc/sys/vm/drop_caches", "1").is_ok()
}

/// Draws a thousand batches of 64 images at random, the same ones at each call.
fn gather(set: &dyn Dataset) -> Result<f64, Box<dyn std::error::Error>> {
    let mut batch = vec![0; 64 * set.image_shape().n_bytes()];
    let mut stream = Seeds::new(0).stream("gather", 0);
    let start = Instant::now();
    for _ in 0..1000 {
        let draws = std::iter::repeat_with(|| stream.below(set.len() as u64) as usize);
        let indices: Vec<_> = draws.take(64).collect();
        set.images(&indices, &mut batch)?;
    }
    Ok(64_000.0 / start.elapsed().as_secs_f64())
}

/// The most resident memory so far, where the system tells.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.unwrap_or("unknown").trim().to_owned()
}
