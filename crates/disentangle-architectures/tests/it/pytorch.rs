//! The networks against PyTorch's: the same names, layouts and arithmetic.

use std::collections::BTreeMap;

use candle_core::{Device, Tensor};
use disentangle_architectures::{DecoderConfig, DecoderCx, EncoderConfig, EncoderCx};
use disentangle_nn::{Images, Initialization, Latents, ParamStore, Params, StateDict};
use disentangle_registry::Build;
use serde::Deserialize;

use crate::{image, parse, store};

/// PyTorch 2.15 in float64: see scripts/golden/networks.py.
const GOLDEN: &str = include_str!("../../../../fixtures/golden/networks.json");

#[derive(Deserialize)]
struct Golden {
    encoders: BTreeMap<String, Vec<f64>>,
    decoders: BTreeMap<String, Vec<f64>>,
}

/// `scattered` of scripts/golden/networks.py: numbers in [-1, 1] that depend on their place alone.
fn scattered(count: usize, salt: usize) -> impl Iterator<Item = f64> {
    let number = move |i: usize| ((i * i * 31 + i * 7919 + salt * 17) % 2003) as f64;
    (0..count).map(move |i| (number(i) - 1001.0) / 1001.0)
}

/// `fill` of scripts/golden/networks.py.
fn fill(store: &ParamStore) {
    let state = store.state();
    let filled = state.iter().enumerate().map(|(salt, (name, tensor))| {
        let scale = match name.ends_with("weight") {
            true => 2.0 / (tensor.dims()[1..].iter().product::<usize>() as f64).sqrt(),
            false => 0.1,
        };
        let values = scattered(tensor.elem_count(), salt).map(|value| (value * scale) as f32);
        let values = Tensor::from_vec(values.collect(), tensor.shape(), &Device::Cpu).unwrap();
        (name.to_owned(), values)
    });
    store.load(&filled.collect::<StateDict>()).unwrap();
}

fn params(store: &ParamStore) -> Params {
    Params::new(store.detached(), Initialization::Torch)
}

/// 1e-5: f32 sums of up to 4096 terms, whose values are below 5, through up to seven layers.
fn require_equal(what: &str, found: &[f32], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let differences = (found.iter().zip(expected)).map(|(a, b)| (f64::from(*a) - b).abs());
    let most = differences.fold(0.0, f64::max);
    assert!(most < 1e-5, "{what}: {most}");
}

#[test]
fn encoders_answer_as_those_of_pytorch() {
    let golden: Golden = serde_json::from_str(GOLDEN).unwrap();
    let names: Vec<_> = golden.encoders.keys().map(String::as_str).collect();
    let mut kinds = EncoderConfig::KINDS.to_vec();
    kinds.sort_unstable();
    assert_eq!(names, kinds);
    let images = scattered(2 * 64 * 64, 5).map(|value| ((value + 1.0) / 2.0) as f32);
    let images = Tensor::from_vec(images.collect::<Vec<_>>(), (2, 1, 64, 64), &Device::Cpu);
    let images = Images::new(images.unwrap()).unwrap();
    for (kind, expected) in &golden.encoders {
        let store = store();
        let cx = EncoderCx {
            image: image(1, 64),
            outputs: 20,
            params: params(&store),
        };
        let encoder = parse::<EncoderConfig>(kind).build(&cx).unwrap();
        fill(&store);
        let codes = encoder.forward(&images).unwrap().flatten_all().unwrap();
        require_equal(kind, &codes.to_vec1().unwrap(), expected);
    }
}

#[test]
fn decoders_answer_as_those_of_pytorch() {
    let golden: Golden = serde_json::from_str(GOLDEN).unwrap();
    let names: Vec<_> = golden.decoders.keys().map(String::as_str).collect();
    let mut kinds = DecoderConfig::KINDS.to_vec();
    kinds.sort_unstable();
    assert_eq!(names, kinds);
    let latents = scattered(2 * 10, 9).map(|value| (2.0 * value) as f32);
    let latents = Tensor::from_vec(latents.collect::<Vec<_>>(), (2, 10), &Device::Cpu);
    let latents = Latents::new(latents.unwrap()).unwrap();
    for (kind, expected) in &golden.decoders {
        let store = store();
        let cx = DecoderCx {
            image: image(1, 64),
            inputs: 10,
            params: params(&store),
        };
        let decoder = parse::<DecoderConfig>(kind).build(&cx).unwrap();
        fill(&store);
        let logits = decoder.forward(&latents).unwrap();
        let logits: Vec<f32> = logits.tensor().flatten_all().unwrap().to_vec1().unwrap();
        let some: Vec<_> = logits.into_iter().step_by(401).collect();
        require_equal(kind, &some, expected);
    }
}
