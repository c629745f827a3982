//! What the metrics cost: the six of the large study together, and DCI against rows, codes and factors.
//!
//! `cargo bench -p disentangle-metrics`; `RAYON_NUM_THREADS=1` for one thread.

#![allow(missing_docs, reason = "criterion's macros make items without docs")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use disentangle_metrics::{
    Dci, LogisticMode, MetricConfig, Points, Protocol, Table, dci, evaluate,
};
use disentangle_seeds::Seeds;
use ndarray::Array2;

/// The factor sizes of MPI3D.
const SIZES: [u64; 7] = [4, 4, 2, 3, 3, 40, 40];

/// Codes that are noisy factors, then noise.
fn rows(n: usize, d: usize, k: usize) -> (Array2<f32>, Array2<u32>) {
    let mut stream = Seeds::new(0).stream("bench", 0);
    // The last sizes first, so that fewer factors are not only the small ones.
    let factors = Array2::from_shape_fn((n, k), |(_, k)| stream.below(SIZES[6 - k]) as u32);
    let codes = Array2::from_shape_fn((n, d), |(row, d)| {
        let noise = stream.normal() as f32;
        match d < k {
            true => factors[[row, d]] as f32 / SIZES[6 - d] as f32 + 0.1 * noise,
            false => noise,
        }
    });
    (codes, factors)
}

fn the_six(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("six");
    group.sample_size(10);
    let (codes, factors) = rows(10_000, 20, 7);
    let (test_codes, test_factors) = rows(5_000, 20, 7);
    let test = Table::new(test_codes, test_factors).expect("finite codes");
    let table = Table::new(codes, factors).and_then(|table| table.with_test(test));
    let table = table.expect("finite codes");
    let names = [
        "beta_vae",
        "factor_vae",
        "mig",
        "sap",
        "dci",
        "modularity",
        "irs",
    ];
    for name in names {
        let metric = [MetricConfig::named(name).expect("a registered name")];
        let run = || evaluate(&table, &Protocol::dlib(), &metric, Seeds::new(0));
        group.bench_function(name, |bencher| bencher.iter(|| black_box(run())));
    }
    group.finish();
}

fn dci_by_size(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("dci");
    group.sample_size(10);
    let sizes = [
        (1_000, 10, 3),
        (2_000, 10, 3),
        (4_000, 10, 3),
        (2_000, 5, 3),
        (2_000, 20, 3),
        (2_000, 10, 1),
        (2_000, 10, 7),
    ];
    for (n, d, k) in sizes {
        let (codes, factors) = rows(n, d, k);
        let settings = Dci::default();
        let run = || {
            let points = || Points {
                codes: codes.view(),
                factors: factors.view(),
                values: None,
            };
            dci(
                points(),
                points(),
                (&settings, LogisticMode::Lbfgs),
                Seeds::new(0),
            )
        };
        let id = BenchmarkId::from_parameter(format!("{n} rows, {d} codes, {k} factors"));
        group.bench_function(id, |bencher| bencher.iter(|| black_box(run())));
    }
    group.finish();
}

criterion_group!(benches, the_six, dci_by_size);
criterion_main!(benches);
