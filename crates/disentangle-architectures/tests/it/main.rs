//! Parameter counts, names and sizes of every architecture.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod conditioning;
mod discriminators;
mod known_bugs;
mod networks;
mod pytorch;

use candle_core::{DType, Device, Tensor};
use disentangle_architectures::{Batch, LabelSpace, ModelConfig, Volume};
use disentangle_nn::{Images, Latents, ParamStore};
use disentangle_registry::Config;
use disentangle_seeds::Seeds;

fn image(channels: usize, side: usize) -> Volume {
    Volume {
        channels,
        height: side,
        width: side,
    }
}

fn store() -> ParamStore {
    ParamStore::new(Seeds::new(0), DType::F32, &Device::Cpu)
}

fn parse<T: serde::de::DeserializeOwned>(kind: &str) -> T {
    serde_json::from_str(&format!(r#"{{"kind": "{kind}"}}"#)).unwrap()
}

fn model(encoder: &str, decoder: &str) -> ModelConfig {
    ModelConfig {
        encoder: parse(encoder),
        decoder: parse(decoder),
        ..ModelConfig::examples()[0].clone()
    }
}

#[test]
fn the_paper_model_has_its_published_size() {
    let store = store();
    let config = ModelConfig {
        latents: 20,
        ..model("padless_conv64", "simple_conv64")
    };
    config.build(image(3, 64), store.trainable()).unwrap();
    assert_eq!(store.count(), 2_447_307);
}

/// Conformance: every example runs forward, is finite and repeats bit for bit.
#[test]
fn every_example_runs_and_repeats() {
    for config in ModelConfig::examples() {
        let run = || {
            let labels = LabelSpace::new([3, 2]);
            let store = store();
            let model = config.build_labeled(image(1, 64), &labels, store.trainable());
            let images = Tensor::full(0.5f32, (2, 1, 64, 64), &Device::Cpu).unwrap();
            let batch = Batch {
                labels: Some(Tensor::new(&[[0u32, 1], [2, 0]], &Device::Cpu).unwrap()),
                ..Images::new(images).unwrap().into()
            };
            let forward = model.unwrap().forward(&batch, &Seeds::new(1), 3).unwrap();
            let logits = forward.logits.tensor().flatten_all().unwrap();
            logits.to_vec1::<f32>().unwrap()
        };
        let logits = run();
        assert_eq!(logits.len(), 2 * 64 * 64);
        assert!(logits.iter().all(|x| x.is_finite()));
        assert_eq!(logits, run());
    }
}

#[test]
fn a_detached_model_gives_the_same_answer_without_a_graph() {
    let config = model("burgess", "burgess");
    let store = store();
    let trained = config.build(image(1, 32), store.trainable()).unwrap();
    let detached = config.build(image(1, 32), store.detached()).unwrap();
    let latents = Latents::new(Tensor::ones((1, 10), DType::F32, &Device::Cpu).unwrap()).unwrap();
    let (a, b) = (
        trained.decode(&latents).unwrap(),
        detached.decode(&latents).unwrap(),
    );
    assert!(a.tensor().track_op() && !b.tensor().track_op());
    let flat = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    assert_eq!(flat(a.tensor()), flat(b.tensor()));
}

#[test]
fn a_size_that_does_not_fit_is_refused_with_its_numbers() {
    let refuse = |config: ModelConfig, side| {
        let built = config.build(image(1, side), store().trainable());
        built.err().unwrap().to_string()
    };
    assert_eq!(
        refuse(model("padless_conv64", "burgess"), 32),
        "padless_conv64 cannot work on images of 1x32x32: height and width must be multiples of 64"
    );
    assert_eq!(
        refuse(model("burgess", "burgess"), 40),
        "burgess cannot work on images of 1x40x40: height and width must be multiples of 16"
    );
    assert_eq!(
        refuse(model("mlp", "simple_conv64"), 32),
        "simple_conv64 cannot work on images of 1x32x32: its layers end at 1x64x64 instead of 1x32x32"
    );
}
