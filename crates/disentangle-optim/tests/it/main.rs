//! Conformance of every optimizer, and golden trajectories.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod golden;

use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Tensor};
use candle_nn::Init;
use disentangle_nn::{ParamStore, StateDict};
use disentangle_optim::{Adam, Optimizer, OptimizerConfig};
use disentangle_registry::{Build, Config};
use disentangle_seeds::Seeds;

/// Two parameters; `loss = Σ (w − target)⁴/4` has the gradient `(w − target)³`.
fn store(dtype: DType) -> ParamStore {
    let store = ParamStore::new(Seeds::new(0), dtype, &Device::Cpu);
    let params = store.trainable();
    params.get_with_hints(2, "w", Init::Const(1.0)).unwrap();
    params.get_with_hints(1, "b", Init::Const(-2.0)).unwrap();
    store
}

fn step(store: &ParamStore, optimizer: &mut dyn Optimizer, lr: f64) {
    optimizer.step(&gradients(store), lr).unwrap();
}

fn gradients(store: &ParamStore) -> GradStore {
    let vars = store.vars();
    let target = Tensor::new(&[0.5f64, 2.0], &Device::Cpu).unwrap();
    let w = &vars[1].1;
    let distance = (w.as_tensor() - target.to_dtype(w.dtype()).unwrap()).unwrap();
    let loss = (distance.powf(4.0).unwrap() * 0.25)
        .unwrap()
        .sum_all()
        .unwrap();
    let bias = vars[0].1.sqr().unwrap().sum_all().unwrap();
    (loss + bias).unwrap().backward().unwrap()
}

fn values(store: &ParamStore) -> Vec<f64> {
    let flat = |t: &Tensor| t.to_dtype(DType::F64).unwrap().to_vec1::<f64>().unwrap();
    let vars = store.vars();
    vars.iter().flat_map(|(_, var)| flat(var)).collect()
}

/// Made in Python floats (f64) from the update rule that `torch.optim.Adam` documents:
/// `scripts/golden/adam.py` prints these five steps of (b, w0, w1), lr 0.1.
#[test]
fn adam_follows_the_published_rule() {
    let expected = GOLDEN;
    let store = store(DType::F64);
    let mut optimizer = Adam::default().build(&store).unwrap();
    for row in expected {
        step(&store, optimizer.as_mut(), 0.1);
        for (value, expected) in values(&store).iter().zip(row) {
            // 1e-12: five steps of f64 arithmetic in another order.
            assert!((value - expected).abs() < 1e-12, "{value} {expected}");
        }
    }
}

/// The kernel of the CPU in f32 and candle's operations in f64 are one rule.
#[test]
fn adam_in_single_precision_follows_the_same_trajectory() {
    let store = store(DType::F32);
    let mut optimizer = Adam::default().build(&store).unwrap();
    for row in GOLDEN {
        step(&store, optimizer.as_mut(), 0.1);
        for (value, expected) in values(&store).iter().zip(row) {
            // 2e-6: five steps, each with some roundings of 6e-8 of numbers up to 2.
            assert!((value - expected).abs() < 2e-6, "{value} {expected}");
        }
    }
}

const GOLDEN: [[f64; 3]; 5] = include!("../../../../fixtures/golden/adam.in");

#[test]
fn every_optimizer_resumes_bit_for_bit() {
    for config in OptimizerConfig::examples() {
        let (whole, halved) = (store(DType::F32), store(DType::F32));
        let mut optimizer = config.build(&whole).unwrap();
        let mut first = config.build(&halved).unwrap();
        for _ in 0..3 {
            step(&whole, optimizer.as_mut(), 0.05);
            step(&halved, first.as_mut(), 0.05);
        }
        let mut second = config.build(&halved).unwrap();
        second.load(&first.state().unwrap()).unwrap();
        for _ in 0..3 {
            step(&whole, optimizer.as_mut(), 0.05);
            step(&halved, second.as_mut(), 0.05);
        }
        assert_eq!(values(&whole), values(&halved), "{}", config.kind());
    }
}

#[test]
fn every_optimizer_refuses_a_foreign_state() {
    for config in OptimizerConfig::examples() {
        let mut optimizer = config.build(&store(DType::F32)).unwrap();
        assert!(optimizer.load(&StateDict::default()).is_err());
    }
}
