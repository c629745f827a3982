//! Sizes, names and layouts of every encoder and decoder.

use std::fmt::Write;

use candle_core::{DType, Device, Tensor};
use disentangle_architectures::{DecoderConfig, DecoderCx, EncoderConfig, EncoderCx, Volume};
use disentangle_nn::{Images, Initialization, Latents, ParamStore, Params};
use disentangle_registry::{Build, Config};

use crate::{image, parse, store};

fn params(store: &ParamStore) -> Params {
    Params::new(store.trainable(), Initialization::Torch)
}

fn encoder_store(config: &EncoderConfig, channels: usize, latents: usize) -> ParamStore {
    let store = store();
    let cx = EncoderCx {
        image: image(channels, 64),
        outputs: 2 * latents,
        params: params(&store),
    };
    config.build(&cx).unwrap();
    store
}

fn decoder_store(config: &DecoderConfig, channels: usize, latents: usize) -> ParamStore {
    let store = store();
    let cx = DecoderCx {
        image: image(channels, 64),
        inputs: latents,
        params: params(&store),
    };
    config.build(&cx).unwrap();
    store
}

/// Kind, latents D, parameters on gray and on RGB images of 64x64; counted by hand from the layer tables
/// of the papers and programs that the encoders' modules name.
const ENCODERS: [(&str, usize, usize, usize); 8] = [
    ("padless_conv64", 20, 407_368, 407_944),
    ("simple_conv64", 8, 1_758_480, 1_759_504),
    ("shallow_linear", 10, 1_646_820, 4_923_620),
    ("deep_linear", 10, 4_599_720, 12_791_720),
    ("burgess", 10, 252_052, 253_076),
    ("locatello", 10, 309_204, 310_228),
    ("locatello_k4", 10, 382_932, 383_956),
    ("mlp", 10, 6_381_620, 16_212_020),
];

/// As [`ENCODERS`].
const DECODERS: [(&str, usize, usize, usize); 7] = [
    ("simple_conv64", 20, 2_038_209, 2_039_363),
    ("shallow_linear", 10, 1_646_896, 4_931_888),
    ("deep_linear", 10, 4_602_796, 12_802_988),
    ("burgess", 10, 249_953, 250_979),
    ("locatello", 10, 381_313, 382_339),
    ("mlp", 10, 7_814_896, 17_653_488),
    ("spatial_broadcast", 10, 118_337, 119_491),
];

#[test]
fn encoders_have_their_published_sizes() {
    assert_eq!(ENCODERS.map(|row| row.0), EncoderConfig::KINDS);
    for (kind, latents, gray, rgb) in ENCODERS {
        let config = parse(kind);
        assert_eq!(encoder_store(&config, 1, latents).count(), gray, "{kind}");
        assert_eq!(encoder_store(&config, 3, latents).count(), rgb, "{kind}");
    }
}

#[test]
fn decoders_have_their_published_sizes() {
    assert_eq!(DECODERS.map(|row| row.0), DecoderConfig::KINDS);
    for (kind, latents, gray, rgb) in DECODERS {
        let config = parse(kind);
        assert_eq!(decoder_store(&config, 1, latents).count(), gray, "{kind}");
        assert_eq!(decoder_store(&config, 3, latents).count(), rgb, "{kind}");
    }
}

/// Checkpoints hold these names and shapes, and PyTorch modules with the same layers load them.
#[test]
fn names_and_layouts_are_pinned() {
    let mut text = String::new();
    let mut list = |part: &str, kind: &str, store: &ParamStore| {
        writeln!(text, "{part} {kind}").unwrap();
        for (name, var) in store.vars() {
            writeln!(text, "  {name} {:?}", var.dims()).unwrap();
        }
    };
    for kind in EncoderConfig::KINDS {
        list("encoder", kind, &encoder_store(&parse(kind), 1, 10));
    }
    for kind in DecoderConfig::KINDS {
        list("decoder", kind, &decoder_store(&parse(kind), 1, 10));
    }
    assert_eq!(text, include_str!("names.txt"), "{text}");
}

/// Where the layers allow other sizes and channels; what they do not allow is refused with the size.
#[test]
fn every_network_works_on_a_size_or_refuses_it_with_its_numbers() {
    let sizes = [
        (1, 64, 64),
        (3, 32, 48),
        (2, 40, 64),
        (1, 7, 5),
        (1, 80, 96),
    ];
    for (channels, height, width) in sizes {
        let size = Volume {
            channels,
            height,
            width,
        };
        let divides = height % 16 == 0 && width % 16 == 0;
        for config in EncoderConfig::examples() {
            let params = params(&store());
            let cx = EncoderCx {
                image: size,
                outputs: 3,
                params,
            };
            let fits = match config.kind() {
                "padless_conv64" | "simple_conv64" => (height, width) == (64, 64),
                "burgess" | "locatello" | "locatello_k4" => divides,
                _ => true,
            };
            match config.build(&cx) {
                Ok(encoder) => {
                    let shape = (2, channels, height, width);
                    let images = Tensor::zeros(shape, DType::F32, &Device::Cpu).unwrap();
                    let encoded = encoder.forward(&Images::new(images).unwrap()).unwrap();
                    assert_eq!(encoded.dims(), [2, 3]);
                    assert!(fits, "{} {size}", config.kind());
                }
                Err(error) => {
                    let message = error.to_string();
                    let start = format!("{} cannot work on images of {size}: ", config.kind());
                    assert!(message.starts_with(&start) && !fits, "{message}");
                }
            }
        }
        for config in DecoderConfig::examples() {
            let params = params(&store());
            let cx = DecoderCx {
                image: size,
                inputs: 3,
                params,
            };
            let fits = match config.kind() {
                "simple_conv64" => (height, width) == (64, 64),
                "burgess" | "locatello" => divides,
                _ => true,
            };
            match config.build(&cx) {
                Ok(decoder) => {
                    let latents = Tensor::zeros((2, 3), DType::F32, &Device::Cpu).unwrap();
                    let logits = decoder.forward(&Latents::new(latents).unwrap()).unwrap();
                    assert_eq!(logits.tensor().dims(), [2, channels, height, width]);
                    assert!(fits, "{} {size}", config.kind());
                }
                Err(error) => {
                    let message = error.to_string();
                    let start = format!("{} cannot work on images of {size}: ", config.kind());
                    assert!(message.starts_with(&start) && !fits, "{message}");
                }
            }
        }
    }
}

/// Bounds or deviations of `fc1` and `deconv1` by scheme; the fans are PyTorch's.
#[test]
fn every_initialization_has_its_distribution() {
    let draw = |scheme, name: &str| {
        let store = store();
        let params = Params::new(store.trainable(), scheme);
        let cx = DecoderCx {
            image: image(1, 64),
            inputs: 10,
            params,
        };
        parse::<DecoderConfig>("burgess").build(&cx).unwrap();
        let (_, var) = store.vars().into_iter().find(|(n, _)| n == name).unwrap();
        let values: Vec<f32> = var.flatten_all().unwrap().to_vec1().unwrap();
        let square: f32 = values.iter().map(|x| x * x).sum();
        let bound = values.iter().fold(0f32, |max, x| max.max(x.abs()));
        ((square / values.len() as f32).sqrt(), bound)
    };
    let (linear, conv) = (256f32, 32f32 * 16.0);
    // Of U(±b) the deviation is b/√3, and the largest of many draws is nearly b.
    let uniform = |b: f32| (b / 3f32.sqrt(), b);
    let cases = [
        (
            Initialization::Torch,
            uniform((1.0 / linear).sqrt()),
            uniform((1.0 / conv).sqrt()),
            uniform((1.0 / linear).sqrt()),
        ),
        (
            Initialization::Kaiming,
            uniform((6.0 / linear).sqrt()),
            uniform((6.0 / conv).sqrt()),
            (0.0, 0.0),
        ),
        (
            Initialization::GlorotUniform,
            uniform((6.0 / (2.0 * linear)).sqrt()),
            uniform((6.0 / (2.0 * conv)).sqrt()),
            (0.0, 0.0),
        ),
        (
            Initialization::Ancestor,
            ((2.0 / linear).sqrt(), f32::INFINITY),
            ((2.0 / (2.0 * conv)).sqrt(), f32::INFINITY),
            uniform((1.0 / linear).sqrt()),
        ),
    ];
    assert_eq!(cases.map(|case| case.0), Initialization::ALL);
    for (scheme, fc, deconv, bias) in cases {
        let cases = [
            ("fc2.weight", fc),
            ("deconv1.weight", deconv),
            ("fc2.bias", bias),
        ];
        for (name, (deviation, bound)) in cases {
            let (found, largest) = draw(scheme, name);
            // 15%: four standard errors of the deviation of 256 uniform draws.
            assert!(
                (found - deviation).abs() <= 0.15 * deviation,
                "{scheme:?} {name}: {found} {deviation}"
            );
            assert!(largest <= bound, "{scheme:?} {name}: {largest} {bound}");
        }
    }
}
