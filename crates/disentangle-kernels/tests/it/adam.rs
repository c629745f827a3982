//! Adam's step.

use candle_core::Tensor;
use disentangle_kernels::{AdamHyper, AdamState, adam_step};

use crate::support::{double, tensor, values, var};

const HYPER: AdamHyper = AdamHyper {
    lr: 1e-2,
    beta1: 0.9,
    beta2: 0.999,
    eps: 1e-8,
    step: 1,
};

/// The formula of the module, in double precision.
#[test]
fn five_steps_follow_the_formula() {
    let shape = [3, 40_000];
    let param = var(&tensor(&shape, 1));
    let mut state = AdamState::new(param.elem_count());
    let mut theta = values(&param);
    let (mut m, mut v) = (vec![0f64; theta.len()], vec![0f64; theta.len()]);
    for step in 1..=5 {
        let grad = tensor(&shape, 10 + step);
        adam_step(&param, &grad, &mut state, AdamHyper { step, ..HYPER }).unwrap();
        for (i, g) in values(&grad).into_iter().enumerate() {
            m[i] = 0.9 * m[i] + 0.1 * g;
            v[i] = 0.999 * v[i] + 0.001 * g * g;
            let m_hat = m[i] / (1. - 0.9f64.powi(step as i32));
            let v_hat = v[i] / (1. - 0.999f64.powi(step as i32));
            theta[i] -= 1e-2 * m_hat / (v_hat.sqrt() + 1e-8);
        }
    }
    // Five f32 roundings of parameters up to 1.
    let close = |a: f64, b: f64| (a - b).abs() < 1e-6;
    assert!(
        values(&param)
            .into_iter()
            .zip(theta)
            .all(|(a, b)| close(a, b))
    );
    assert!(state.m.iter().zip(m).all(|(&a, b)| close(f64::from(a), b)));
    assert!(state.v.iter().zip(v).all(|(&a, b)| close(f64::from(a), b)));
}

#[test]
fn the_update_is_seen_through_every_handle() {
    let param = var(&tensor(&[4], 1));
    let handle = param.as_tensor().clone();
    let before = values(&handle);
    adam_step(&param, &tensor(&[4], 2), &mut AdamState::new(4), HYPER).unwrap();
    assert_eq!(values(&handle), values(&param));
    assert_ne!(values(&handle), before);
}

#[test]
fn a_strided_gradient_is_read_in_order() {
    let grad = tensor(&[3, 2], 2).t().unwrap();
    let (a, b) = (var(&tensor(&[2, 3], 1)), var(&tensor(&[2, 3], 1)));
    adam_step(&a, &grad, &mut AdamState::new(6), HYPER).unwrap();
    adam_step(
        &b,
        &grad.contiguous().unwrap(),
        &mut AdamState::new(6),
        HYPER,
    )
    .unwrap();
    assert_eq!(values(&a), values(&b));
}

#[test]
fn wrong_arguments_change_nothing() {
    let param = var(&tensor(&[4], 1));
    let before = values(&param);
    let refusal = |grad: &Tensor, len: usize, step: u64| {
        let mut state = AdamState::new(len);
        let wrong = adam_step(&param, grad, &mut state, AdamHyper { step, ..HYPER });
        assert_eq!(state, AdamState::new(len));
        wrong.unwrap_err().to_string()
    };
    let grad = tensor(&[4], 2);
    assert!(refusal(&grad, 3, 1).contains("moments of 3 and 3"));
    assert!(refusal(&grad, 4, 0).contains("the first step is 1"));
    assert!(refusal(&tensor(&[2, 2], 2), 4, 1).contains("its gradient [2, 2]"));
    assert!(refusal(&double(&grad), 4, 1).contains("takes f32"));
    assert_eq!(values(&param), before);
}
