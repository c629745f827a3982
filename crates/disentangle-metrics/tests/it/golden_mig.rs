//! disentanglement_lib@86a644d, NumPy 2.4.6: see `fixtures/golden/metrics/README.md`.

use disentangle_metrics::{EdgeMode, Error, Histogram, entropy, mig, mutual_information_matrix};
use ndarray::s;

use super::case::{CASES, Case, assert_close, flat, numbers};

/// The original sums in another order: 1e-12 would do, 1e-9 is what its README allows.
const TOLERANCE: f64 = 1e-9;

fn histogram(edges: EdgeMode) -> Histogram {
    Histogram { bins: 20, edges }
}

#[test]
fn mutual_information_is_the_originals() {
    for name in CASES {
        let case = Case::load(name);
        for (block, edges) in [
            ("mig", EdgeMode::F32Numpy2),
            ("mig_codes_as_f64", EdgeMode::F64),
        ] {
            let found = mutual_information_matrix(
                case.codes.view(),
                case.factors.view(),
                &histogram(edges),
            );
            let expected = flat(&case.expected[block]["mi_matrix"]);
            let found: Vec<_> = found.unwrap().into_iter().collect();
            assert_close(&found, &expected, TOLERANCE, name);
        }
    }
}

#[test]
fn entropies_are_the_originals() {
    for name in CASES {
        let case = Case::load(name);
        let found: Vec<_> = case.factors.columns().into_iter().map(entropy).collect();
        let expected = numbers(&case.expected["mig"]["factor_entropy"]);
        assert_close(&found, &expected, TOLERANCE, name);
    }
}

#[test]
fn mig_is_the_originals() {
    for name in CASES
        .into_iter()
        .filter(|&name| name != "c11_constant_factor")
    {
        let case = Case::load(name);
        for (block, edges) in [
            ("mig", EdgeMode::F32Numpy2),
            ("mig_codes_as_f64", EdgeMode::F64),
        ] {
            let gaps = mig(case.codes.view(), case.factors.view(), &histogram(edges)).unwrap();
            let expected = &case.expected[block];
            let score = expected["discrete_mig"].as_f64().unwrap();
            assert_close(&[gaps.score], &[score], TOLERANCE, name);
            let per_factor = numbers(&expected["mig_per_factor"]);
            assert_close(&gaps.per_factor, &per_factor, TOLERANCE, name);
        }
    }
}

/// The original's score is NaN; its other two factors have their gaps.
#[test]
fn a_constant_factor_is_refused_and_the_others_keep_their_gaps() {
    let case = Case::load("c11_constant_factor");
    let histogram = Histogram::default();
    let error = mig(case.codes.view(), case.factors.view(), &histogram).unwrap_err();
    assert!(
        matches!(error, Error::ConstantFactor { factor: 0 }),
        "{error}"
    );
    let gaps = mig(
        case.codes.view(),
        case.factors.slice(s![.., 1..]),
        &histogram,
    )
    .unwrap();
    let expected = &case.expected["mig"]["mig_per_factor"];
    let expected = [expected[1].as_f64().unwrap(), expected[2].as_f64().unwrap()];
    assert_close(&gaps.per_factor, &expected, TOLERANCE, "c11");
}

/// Noise-free codes of 41 values lie on the edges of 20 bins, where rounding decides.
#[test]
fn edge_modes_differ_on_a_lattice_only() {
    let lattice = ndarray::Array2::from_shape_fn((4100, 2), |(i, d)| {
        ((i % 41) as f32 - 20.0) / (140.0f32).sqrt() * (1.0 + d as f32)
    });
    let factors = ndarray::Array2::from_shape_fn((4100, 1), |(i, _)| (i % 41) as u32);
    let information = |codes: &ndarray::Array2<f32>, factors: &ndarray::Array2<u32>, edges| {
        mutual_information_matrix(codes.view(), factors.view(), &histogram(edges)).unwrap()
    };
    let on_lattice = |edges| information(&lattice, &factors, edges);
    assert_ne!(on_lattice(EdgeMode::F32Numpy2), on_lattice(EdgeMode::F64));
    let case = Case::load("c02_noisy");
    let on_noise = |edges| information(&case.codes, &case.factors, edges);
    assert_eq!(
        on_noise(EdgeMode::F32Numpy2),
        on_noise(EdgeMode::F64CastNumpy1)
    );
}
