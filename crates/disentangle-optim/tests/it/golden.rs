//! Trajectories of PyTorch, and clipping.

use candle_core::{DType, Device, Tensor};
use disentangle_optim::{AdamW, OptimizerConfig, RmsProp, Sgd, clip_by_norm};
use disentangle_registry::Build;

use crate::{gradients, step, store, values};

type Trajectory = (&'static str, [[f64; 3]; 5]);

/// PyTorch 2.15 in f64: `scripts/golden/optimizers.py`, five steps of (b, w0, w1), lr 0.02.
const TRAJECTORIES: [Trajectory; 8] = include!("../../../../fixtures/golden/optimizers.in");

fn config_of(name: &str) -> OptimizerConfig {
    let sgd = |momentum, nesterov, weight_decay| Sgd {
        momentum,
        nesterov,
        weight_decay,
    };
    let rms_prop = RmsProp {
        alpha: 0.9,
        momentum: 0.9,
        ..RmsProp::default()
    };
    match name {
        "AdamW default" => AdamW::default().into(),
        "AdamW other" => AdamW {
            beta1: 0.5,
            beta2: 0.9,
            eps: 1e-3,
            weight_decay: 0.2,
        }
        .into(),
        "Sgd default" => Sgd::default().into(),
        "Sgd momentum" => sgd(0.9, false, 0.0).into(),
        "Sgd nesterov, decay" => sgd(0.9, true, 0.1).into(),
        "RmsProp default" => RmsProp::default().into(),
        "RmsProp momentum" => rms_prop.into(),
        "RmsProp centered, momentum, decay" => RmsProp {
            centered: true,
            weight_decay: 0.1,
            ..rms_prop
        }
        .into(),
        other => panic!("no config for {other}"),
    }
}

#[test]
fn optimizers_follow_pytorch() {
    for (name, rows) in TRAJECTORIES {
        let store = store(DType::F64);
        let mut optimizer = config_of(name).build(&store).unwrap();
        for (i, row) in rows.iter().enumerate() {
            step(&store, optimizer.as_mut(), 0.02);
            for (value, expected) in values(&store).iter().zip(row) {
                // 1e-9: f64 in another order; the centered variance is a difference of near-equals.
                let close = (value - expected).abs() < 1e-9;
                assert!(close, "{name}, step {}: {value} {expected}", i + 1);
            }
        }
    }
}

#[test]
fn a_missing_gradient_is_a_zero_gradient() {
    use disentangle_registry::Config;
    for config in OptimizerConfig::examples() {
        let (missing, zero) = (store(DType::F64), store(DType::F64));
        for (store, with_b) in [(&missing, false), (&zero, true)] {
            let mut optimizer = config.build(store).unwrap();
            let vars = store.vars();
            let mut loss = vars[1].1.sqr().unwrap().sum_all().unwrap();
            if with_b {
                loss = (loss + (vars[0].1.sum_all().unwrap() * 0.0).unwrap()).unwrap();
            }
            optimizer.step(&loss.backward().unwrap(), 0.1).unwrap();
        }
        assert_eq!(values(&missing), values(&zero), "{}", config.kind());
    }
}

/// The gradient of the test's loss is (−4, ½³, −1) at the start: its norm is √(16 + 1/64 + 1).
#[test]
fn clipping_scales_the_whole_gradient_to_the_largest_norm() {
    let store = store(DType::F64);
    let norm = (16.0 + 1.0 / 64.0 + 1.0f64).sqrt();
    for (max, expected) in [(1.0, 1.0 / (norm + 1e-6)), (10.0, 1.0)] {
        let mut gradients = gradients(&store);
        let found = clip_by_norm(&mut gradients, &store, max).unwrap().unwrap();
        // 1e-12: a few roundings.
        assert!((found.to_scalar::<f64>().unwrap() - norm).abs() < 1e-12);
        let of = |i: usize| -> Vec<f64> {
            let var = &store.vars()[i].1;
            gradients.get(var).unwrap().to_vec1().unwrap()
        };
        let clipped: Vec<f64> = [of(0), of(1)].concat();
        for (value, whole) in clipped.iter().zip([-4.0, 0.125, -1.0]) {
            assert!((value - whole * expected).abs() < 1e-12, "{value}");
        }
    }
}

#[test]
fn clipping_without_gradients_finds_none() {
    let store = store(DType::F32);
    let constant = Tensor::new(1f32, &Device::Cpu).unwrap();
    let mut gradients = constant.backward().unwrap();
    let norm = clip_by_norm(&mut gradients, &store, 1.0).unwrap();
    assert!(norm.is_none());
}
