//! Changes bytes of data files at random and opens them, for a while: `mutate_datasets SECONDS TARGET`.
//!
//! A panic or an abort shows as such, and leaves the folder with the changed file behind; run it under `ulimit -v` to see
//! that memory is bounded. Without arguments it lists the targets. Where a checksum would find every change (archives, PNG)
//! it is mended, three times of four. The containers themselves are mutated by the example of `disentangle-arrays`.
#![expect(clippy::print_stdout, reason = "an example prints what it measures")]

mod files;
mod mutation;

use std::path::Path;
use std::time::{Duration, Instant};

use disentangle_data::{DatasetConfig, Error, FactorSpace, Places};
use disentangle_seeds::Seeds;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// What is mutated: a config below a data folder, and how its files are made there.
struct Target {
    name: &'static str,
    config: &'static str,
    make: fn(&Path) -> Result<()>,
    /// The files that are changed.
    files: &'static [&'static str],
}

const TARGETS: &[Target] = &[
    Target {
        name: "norb",
        config: "{kind: smallnorb, split: training, size: 96}",
        make: files::norb,
        files: &[
            "small_norb/smallnorb-5x46789x9x18x6x2x96x96-training-dat.mat",
            "small_norb/smallnorb-5x46789x9x18x6x2x96x96-training-cat.mat",
            "small_norb/smallnorb-5x46789x9x18x6x2x96x96-training-info.mat",
        ],
    },
    Target {
        name: "norb_gz",
        config: "{kind: smallnorb, split: training, size: 96}",
        make: files::norb_gz,
        files: &[
            "small_norb/smallnorb-5x46789x9x18x6x2x96x96-training-dat.mat.gz",
            "small_norb/smallnorb-5x46789x9x18x6x2x96x96-training-info.mat.gz",
        ],
    },
    Target {
        name: "dsprites",
        config: "{kind: dsprites_file}",
        make: files::dsprites,
        files: &["dsprites/dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz"],
    },
    Target {
        name: "prepared",
        config: "{kind: array_file, path: table.npy}",
        make: files::prepared,
        files: &["table.npy", "table.yaml", "table.yaml", "table.labels.npy"],
    },
    Target {
        name: "prepared_grid",
        config: "{kind: array_file, path: grid.npy}",
        make: files::prepared,
        files: &["grid.npy", "grid.yaml", "grid.yaml"],
    },
    Target {
        name: "attributes",
        config: "{kind: celeba, split: train}",
        make: files::celeba,
        files: &[
            "celeba/list_attr_celeba.txt",
            "celeba/list_eval_partition.txt",
        ],
    },
    Target {
        name: "factors",
        config: "{kind: image_folder, path: pictures, factors: factors.csv, size: 8}",
        make: files::pictures,
        files: &["factors.csv"],
    },
    Target {
        name: "png",
        config: "{kind: image_folder, path: pictures, size: 8}",
        make: files::pictures,
        files: &[
            "pictures/0.png",
            "pictures/1.png",
            "pictures/2.png",
            "pictures/3.png",
            "pictures/4.png",
        ],
    },
    Target {
        name: "jpeg",
        config: "{kind: celeba, split: all}",
        make: files::faces,
        files: &[
            "celeba/img_align_celeba/000001.jpg",
            "celeba/img_align_celeba/000002.jpg",
        ],
    },
    Target {
        name: "archive",
        config: "{kind: celeba, split: all}",
        make: files::celeba,
        files: &["celeba/img_align_celeba.zip"],
    },
];

fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let chosen = |name: &String| TARGETS.iter().find(|target| target.name == name);
    let (Some(seconds), Some(target)) = (arguments.first(), arguments.get(1).and_then(chosen))
    else {
        let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        return Err(format!(
            "usage: mutate_datasets SECONDS TARGET, one of {}",
            names.join(", ")
        )
        .into());
    };
    let seconds = seconds.parse()?;
    let folder = tempfile::tempdir()?.keep();
    (target.make)(&folder)?;
    let places = Places {
        roots: vec![folder.clone()],
    };
    let config = placed(target.config, &folder)?;
    read_all(&config, &places).map_err(|error| format!("the unchanged files: {error}"))?;

    let files: Vec<_> = target.files.iter().map(|file| folder.join(file)).collect();
    let whole: Vec<Vec<u8>> = files
        .iter()
        .map(std::fs::read)
        .collect::<std::io::Result<_>>()?;
    let mut stream = Seeds::new(0).stream(target.name, 0);
    let (start, mut n_runs, mut n_read) = (Instant::now(), 0_u64, 0_u64);
    while start.elapsed() < Duration::from_secs(seconds) {
        for (file, bytes) in files.iter().zip(&whole) {
            std::fs::write(file, mutation::changed(file, bytes, &mut stream)?)?;
            n_runs += 1;
            n_read += u64::from(read_all(&config, &places).is_ok());
            std::fs::write(file, bytes)?;
        }
    }
    std::fs::remove_dir_all(&folder)?;
    println!(
        "{}: {n_runs} executions in {seconds} s, {n_read} of them read every image; {}",
        target.name,
        peak()
    );
    Ok(())
}

/// The most resident and the most virtual memory so far, where the system tells.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let lines = status
        .lines()
        .filter(|line| line.starts_with("VmHWM:") || line.starts_with("VmPeak:"));
    lines
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Own paths are below the folder; published ones are found there.
fn placed(config: &str, folder: &Path) -> Result<DatasetConfig> {
    let path = |path: &str| format!("path: '{}'", folder.join(path).display());
    let mut config = config.to_owned();
    for own in ["table.npy", "grid.npy"] {
        config = config.replace(&format!("path: {own}"), &path(own));
    }
    Ok(serde_saphyr::from_str(&config)?)
}

/// Builds the data set and reads its images one by one, with their factors.
fn read_all(config: &DatasetConfig, places: &Places) -> std::result::Result<(), Error> {
    let set = config.open(places)?;
    let mut image = vec![0; set.image_shape().n_bytes()];
    let mut factors = vec![0; set.factor_space().map_or(0, FactorSpace::n_factors)];
    let mut all = Ok(());
    // A set that claims more images than the files have is not walked to its end.
    for index in 0..set.len().min(64) {
        let read = set
            .factors(index, &mut factors)
            .and_then(|()| set.images(&[index], &mut image));
        // One broken picture does not hide the next.
        all = all.and(read);
    }
    all
}
