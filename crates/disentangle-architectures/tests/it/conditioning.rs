//! Models that know labels.

use candle_core::{DType, Device, Tensor};
use disentangle_architectures::{Autoencoder, Batch, Error, LabelSpace, ModelConfig};
use disentangle_nn::{Images, Latents, ParamStore};

use crate::{image, store};

/// Two labels, of three and of two classes.
pub(crate) fn labels() -> LabelSpace {
    LabelSpace::new([3, 2])
}

pub(crate) fn model(conditioning: &str, store: &ParamStore) -> (Autoencoder, Autoencoder) {
    let config = config(conditioning);
    let build = |builder| config.build_labeled(image(1, 8), &labels(), builder);
    (
        build(store.trainable()).unwrap(),
        build(store.detached()).unwrap(),
    )
}

fn config(conditioning: &str) -> ModelConfig {
    serde_json::from_str(&format!(
        r#"{{"encoder": {{"kind": "mlp", "hidden": [8]}}, "decoder": {{"kind": "mlp", "hidden": [8]}},
            "latents": 2, "conditioning": {conditioning}}}"#
    ))
    .unwrap()
}

pub(crate) const CVAE: &str = r#"{"kind": "labels"}"#;
pub(crate) const LEARNED: &str = r#"{"kind": "labels", "planes": "learned", "prior": "learned"}"#;
pub(crate) const IFCVAE: &str =
    r#"{"kind": "inferred_labels", "encoder": {"kind": "mlp", "hidden": [8]}}"#;

/// Four images; the first two and the last two have the same labels.
pub(crate) fn batch() -> Batch {
    let pixels: Vec<f32> = (0..4 * 64).map(|n| (n % 7) as f32 / 6.0).collect();
    let images = Tensor::from_vec(pixels, (4, 1, 8, 8), &Device::Cpu).unwrap();
    let labels = [[0u32, 1], [0, 1], [2, 0], [2, 0]];
    Batch {
        labels: Some(Tensor::new(&labels, &Device::Cpu).unwrap()),
        ..Images::new(images).unwrap().into()
    }
}

fn rows(x: &Tensor) -> Vec<Vec<f32>> {
    x.flatten_from(1).unwrap().to_vec2().unwrap()
}

/// 1→64→256→4096 at 64x64, counted by hand: 128 + 16,640 + 1,052,672.
#[test]
fn learned_planes_have_their_published_size() {
    let count = |conditioning: &str| {
        let store = store();
        let config = config(conditioning);
        let model = config.build_labeled(image(1, 64), &labels(), store.trainable());
        model.unwrap();
        store.count()
    };
    let learned = count(r#"{"kind": "labels", "planes": "learned"}"#);
    assert_eq!(learned - count(CVAE), 5 * 1_069_440);
}

#[test]
fn conditionings_have_pinned_names() {
    let names = |conditioning: &str| -> String {
        let store = store();
        model(conditioning, &store);
        let vars = store.vars().into_iter();
        vars.filter(|(name, _)| name.starts_with("conditioning"))
            .filter(|(name, _)| name.ends_with("weight"))
            .map(|(name, var)| format!("{name} {:?}\n", var.dims()))
            .collect()
    };
    assert_eq!(names(CVAE), "");
    assert_eq!(
        names(IFCVAE),
        "conditioning.encoder.fc1.weight [8, 64]\nconditioning.encoder.head.weight [5, 8]\n"
    );
    let learned = names(LEARNED);
    assert!(learned.starts_with("conditioning.planes.0.fc1.weight [64, 1]\n"));
    assert!(learned.ends_with("conditioning.prior.weight [4, 5]\n"));
}

#[test]
fn the_decoder_and_the_encoder_of_a_cvae_see_the_labels() {
    for conditioning in [CVAE, LEARNED] {
        let (model, _) = model(conditioning, &store());
        let latents = Latents::new(Tensor::zeros((4, 2), DType::F32, &Device::Cpu).unwrap());
        let latents = latents.unwrap();
        let mut same = batch();
        let first = same.images.tensor().narrow(0, 0, 1).unwrap();
        same.images = Images::new(first.repeat((4, 1, 1, 1)).unwrap()).unwrap();
        let encoded = model.encode(&same).unwrap();
        let logits = model.decode_given(&latents, encoded.condition()).unwrap();
        for seen in [rows(encoded.posterior.mean()), rows(logits.tensor())] {
            assert_eq!(seen[0], seen[1]);
            assert_eq!(seen[2], seen[3]);
            assert_ne!(seen[0], seen[2]);
        }
    }
}

#[test]
fn a_learned_prior_begins_as_the_standard_normal() {
    let (model, _) = model(LEARNED, &store());
    let encoded = model.encode(&batch()).unwrap();
    let from_prior = rows(&encoded.kl_elements().unwrap().unwrap());
    let usual = encoded.posterior.gaussian().unwrap().kl_elements();
    for (a, b) in from_prior
        .concat()
        .iter()
        .zip(rows(&usual.unwrap()).concat())
    {
        // 1e-6: a few roundings of numbers of order 1 in f32.
        assert!((a - b).abs() < 1e-6, "{a} {b}");
    }
}

#[test]
fn the_decoder_gives_the_label_encoder_no_gradient_but_its_logits_do() {
    let store = store();
    let (model, _) = model(IFCVAE, &store);
    let batch = batch();
    let forward = model
        .forward(&batch, &disentangle_seeds::Seeds::new(0), 0)
        .unwrap();
    let reached = |loss: &Tensor| -> Vec<String> {
        let gradients = loss.sum_all().unwrap().backward().unwrap();
        let vars = store.vars().into_iter();
        vars.filter(|(_, var)| gradients.get(var.as_tensor()).is_some())
            .map(|(name, _)| name.split('.').next().unwrap().to_owned())
            .collect()
    };
    let by_decoder = reached(forward.logits.tensor());
    assert!(by_decoder.contains(&"encoder".into()) && by_decoder.contains(&"decoder".into()));
    assert!(!by_decoder.contains(&"conditioning".into()));
    let logits = forward.labels.unwrap().logits.unwrap();
    assert!(reached(&logits).iter().all(|name| name == "conditioning"));
}

#[test]
fn what_is_missing_or_too_much_is_an_error() {
    let unlabeled = config(CVAE).build(image(1, 8), store().trainable());
    assert!(matches!(unlabeled.err().unwrap(), Error::NoLabels));
    let (cvae, _) = model(CVAE, &store());
    let batch = batch();
    let without = Batch::from(batch.images.clone());
    assert!(matches!(
        cvae.encode(&without).err().unwrap(),
        Error::NoLabels
    ));
    let latents = Latents::new(Tensor::zeros((1, 2), DType::F32, &Device::Cpu).unwrap()).unwrap();
    assert!(matches!(
        cvae.decode(&latents).unwrap_err(),
        Error::NoLabels
    ));
    let error = cvae.label_logits(&batch.images).unwrap_err();
    assert!(matches!(error, Error::NoLabelEncoder));
    // An inferred label needs none from the data.
    let (ifcvae, _) = model(IFCVAE, &store());
    ifcvae.encode(&without).unwrap();
    let plain = config("null")
        .build(image(1, 8), store().trainable())
        .unwrap();
    let condition = Tensor::zeros((1, 5), DType::F32, &Device::Cpu).unwrap();
    let error = plain.decode_given(&latents, Some(&condition)).unwrap_err();
    assert!(matches!(error, Error::NotConditioned));
}
