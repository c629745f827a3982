//! Parameter counts, names and sizes of every architecture.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use candle_core::{DType, Device, Tensor};
use disentangle_architectures::{
    Batch, DecoderConfig, DecoderCx, DiscriminatorConfig, DiscriminatorCx, EncoderConfig,
    EncoderCx, ModelConfig, Volume,
};
use disentangle_nn::{Images, Initialization, Latents, ParamStore, Params};
use disentangle_registry::{Build, Config};
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

fn encoder_count(kind: &str, channels: usize, latents: usize) -> usize {
    let config: EncoderConfig = parse(kind);
    let store = store();
    let params = Params::new(store.trainable(), Initialization::Torch);
    config
        .build(&EncoderCx {
            image: image(channels, 64),
            outputs: 2 * latents,
            params,
        })
        .unwrap();
    store.count()
}

fn decoder_count(kind: &str, channels: usize, latents: usize) -> usize {
    let config: DecoderConfig = parse(kind);
    let store = store();
    let params = Params::new(store.trainable(), Initialization::Torch);
    config
        .build(&DecoderCx {
            image: image(channels, 64),
            inputs: latents,
            params,
        })
        .unwrap();
    store.count()
}

fn parse<T: serde::de::DeserializeOwned>(kind: &str) -> T {
    serde_json::from_str(&format!(r#"{{"kind": "{kind}"}}"#)).unwrap()
}

/// Counted by hand from the papers' layer tables.
#[test]
fn encoders_have_their_published_sizes() {
    assert_eq!(encoder_count("padless_conv64", 3, 20), 407_944);
    assert_eq!(encoder_count("padless_conv64", 1, 20), 407_368);
    assert_eq!(encoder_count("simple_conv64", 1, 8), 1_758_480);
    assert_eq!(encoder_count("burgess", 1, 10), 252_052);
    assert_eq!(encoder_count("mlp", 1, 10), 6_381_620);
}

/// Counted by hand from the papers' layer tables.
#[test]
fn decoders_have_their_published_sizes() {
    assert_eq!(decoder_count("simple_conv64", 3, 20), 2_039_363);
    assert_eq!(decoder_count("simple_conv64", 1, 20), 2_038_209);
    assert_eq!(decoder_count("simple_conv64", 1, 8), 2_035_137);
    assert_eq!(decoder_count("burgess", 1, 10), 249_953);
    assert_eq!(decoder_count("mlp", 1, 10), 7_814_896);
}

fn discriminator_cx(store: &ParamStore, inputs: usize) -> DiscriminatorCx {
    DiscriminatorCx {
        inputs,
        classes: 2,
        params: Params::new(store.trainable(), Initialization::Torch),
    }
}

/// Counted by hand: FactorVAE's six hidden layers of 1000, and the ancestor's five.
#[test]
fn discriminators_have_their_published_sizes() {
    let count = |hidden: usize, inputs: usize| {
        let widths = vec!["1000"; hidden].join(", ");
        let text = format!(r#"{{"kind": "mlp", "hidden": [{widths}]}}"#);
        let config: DiscriminatorConfig = serde_json::from_str(&text).unwrap();
        let store = store();
        config.build(&discriminator_cx(&store, inputs)).unwrap();
        store.count()
    };
    assert_eq!(count(6, 10), 5_018_002);
    assert_eq!(count(5, 10), 4_017_002);
    assert_eq!(count(5, 20), 4_027_002);
}

#[test]
fn every_discriminator_gives_finite_logits_and_the_default_is_the_published_one() {
    assert_eq!(DiscriminatorConfig::default(), parse("mlp"));
    for config in DiscriminatorConfig::examples() {
        let store = store();
        let network = config.build(&discriminator_cx(&store, 10)).unwrap();
        assert!(store.vars().iter().any(|(name, _)| name == "head.weight"));
        let z = Tensor::ones((3, 10), DType::F32, &Device::Cpu).unwrap();
        let logits = network.forward(&z).unwrap().to_vec2::<f32>().unwrap();
        assert_eq!((logits.len(), logits[0].len()), (3, 2));
        assert!(logits.iter().flatten().all(|x| x.is_finite()));
        assert!(network.forward(&z.narrow(1, 0, 9).unwrap()).is_err());
    }
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

/// Checkpoints hold these names, and PyTorch modules with the same layers load them.
#[test]
fn parameter_names_are_pinned() {
    let names = |config: &ModelConfig| -> String {
        let store = store();
        config.build(image(1, 64), store.trainable()).unwrap();
        let vars = store.vars().into_iter();
        vars.filter(|(name, _)| name.ends_with("weight"))
            .map(|(name, var)| format!("{name} {:?}\n", var.dims()))
            .collect()
    };
    assert_eq!(names(&model("burgess", "burgess")), BURGESS);
    assert_eq!(names(&model("padless_conv64", "simple_conv64")), PAPER);
}

const BURGESS: &str = "\
decoder.deconv1.weight [32, 32, 4, 4]
decoder.deconv2.weight [32, 32, 4, 4]
decoder.deconv3.weight [32, 32, 4, 4]
decoder.deconv4.weight [32, 1, 4, 4]
decoder.fc1.weight [256, 10]
decoder.fc2.weight [256, 256]
decoder.fc3.weight [512, 256]
encoder.conv1.weight [32, 1, 4, 4]
encoder.conv2.weight [32, 32, 4, 4]
encoder.conv3.weight [32, 32, 4, 4]
encoder.conv4.weight [32, 32, 4, 4]
encoder.fc1.weight [256, 512]
encoder.fc2.weight [256, 256]
encoder.head.weight [20, 256]
";

const PAPER: &str = "\
decoder.conv1.weight [256, 10, 1, 1]
decoder.deconv1.weight [256, 256, 4, 4]
decoder.deconv2.weight [256, 128, 4, 4]
decoder.deconv3.weight [128, 128, 4, 4]
decoder.deconv4.weight [128, 64, 4, 4]
decoder.deconv5.weight [64, 64, 4, 4]
decoder.deconv6.weight [64, 1, 3, 3]
encoder.conv1.weight [32, 1, 3, 3]
encoder.conv2.weight [32, 32, 3, 3]
encoder.conv3.weight [64, 32, 3, 3]
encoder.conv4.weight [128, 64, 3, 3]
encoder.conv5.weight [256, 128, 3, 3]
encoder.head.weight [20, 256]
";

/// Conformance: every example runs forward, is finite and repeats bit for bit.
#[test]
fn every_example_runs_and_repeats() {
    for config in ModelConfig::examples() {
        let run = || {
            let store = store();
            let model = config.build(image(1, 64), store.trainable()).unwrap();
            let images = Tensor::full(0.5f32, (2, 1, 64, 64), &Device::Cpu).unwrap();
            let batch = Batch {
                images: Images::new(images).unwrap(),
                labels: None,
                second: None,
            };
            let forward = model.forward(&batch, &Seeds::new(1), 3).unwrap();
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
        "padless_conv64 cannot work on images of 1x32x32: nothing is left of 128x1x1 after `conv5`"
    );
    assert_eq!(
        refuse(model("burgess", "burgess"), 40),
        "burgess cannot work on images of 1x40x40: its layers end at 1x32x32 instead of 1x40x40"
    );
    assert_eq!(
        refuse(model("mlp", "simple_conv64"), 32),
        "simple_conv64 cannot work on images of 1x32x32: its layers end at 1x64x64 instead of 1x32x32"
    );
}
