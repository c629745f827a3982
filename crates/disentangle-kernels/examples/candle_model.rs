//! A plain candle classifier on these kernels: `cargo run --release -p disentangle-kernels --example candle_model`.
//!
//! It learns whether a bright bar stands or lies. Weights are candle's `Var`s, gradients candle's; only the
//! convolutions and Adam's update are replaced.

use candle_core::{DType, Device, Result, Tensor, Var};
use disentangle_kernels::{
    Activation, AdamHyper, AdamState, Conv2d, ConvKind, ConvLayer, adam_step, bernoulli_nll,
    conv_stack,
};

const IMAGES: usize = 64;

/// Bars `[B, 1, 16, 16]`, and whether each one stands `[B, 1]`.
fn bars() -> Result<(Tensor, Tensor)> {
    let lit = |i: usize| {
        let (image, y, x) = (i / 256, i / 16 % 16, i % 16);
        let across = if image % 2 == 0 { x } else { y };
        f32::from(u8::from(across.abs_diff(image / 2 % 14 + 1) <= 1))
    };
    let images: Vec<f32> = (0..IMAGES * 256).map(lit).collect();
    let stands: Vec<f32> = (0..IMAGES)
        .map(|i| f32::from(u8::from(i % 2 == 0)))
        .collect();
    let images = Tensor::from_vec(images, (IMAGES, 1, 16, 16), &Device::Cpu)?;
    Ok((images, Tensor::from_vec(stands, (IMAGES, 1), &Device::Cpu)?))
}

/// Small weights that all differ, as random ones would.
fn weights(shape: &[usize]) -> Result<Var> {
    let fan_in: usize = shape[1..].iter().product();
    let value = |i: usize| ((i * 37 % 101) as f32 / 50.0 - 1.0) / (fan_in as f32).sqrt();
    let values: Vec<f32> = (0..shape.iter().product()).map(value).collect();
    Var::from_tensor(&Tensor::from_vec(values, shape, &Device::Cpu)?)
}

#[expect(clippy::print_stdout, reason = "an example shows its result")]
fn main() -> Result<()> {
    let (images, stands) = bars()?;
    let vars = [
        weights(&[8, 1, 4, 4])?,
        weights(&[16, 8, 4, 4])?,
        weights(&[1, 16])?,
        Var::zeros(1, DType::F32, &Device::Cpu)?,
    ];
    let conv = Conv2d {
        stride: 2,
        padding: 1,
        activation: Activation::Relu,
    };
    let mut moments: Vec<_> = vars
        .iter()
        .map(|var| AdamState::new(var.elem_count()))
        .collect();

    for step in 1..=60 {
        let layers = [0, 1].map(|i| ConvLayer {
            weight: vars[i].as_tensor().clone(),
            bias: None,
            kind: ConvKind::Conv2d(conv),
        });
        let features = conv_stack(&images, &layers)?.mean((2, 3))?; // [B, 16]
        let logits = features.matmul(&vars[2].t()?)?.broadcast_add(&vars[3])?; // [B, 1]
        let loss = bernoulli_nll(&logits, &stands)?.mean(0)?;
        let gradients = loss.backward()?;
        let hyper = AdamHyper {
            lr: 1e-2,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            step,
        };
        for (var, moments) in vars.iter().zip(&mut moments) {
            if let Some(gradient) = gradients.get(var) {
                adam_step(var, gradient, moments, hyper)?;
            }
        }
        if step % 20 == 0 {
            let right = logits
                .ge(0.0)?
                .to_dtype(DType::F32)?
                .eq(&stands)?
                .to_dtype(DType::F32)?
                .mean_all()?;
            let [loss, right] =
                [loss, right].map(|value| value.flatten_all()?.get(0)?.to_scalar::<f32>());
            println!("step {step}: loss {:.5}, right {:.2}", loss?, right?);
        }
    }
    Ok(())
}
