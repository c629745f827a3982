//! The label terms: who learns from whom.

use candle_core::{DType, Device, Tensor};
use disentangle_architectures::{Autoencoder, Batch, LabelSpace, ModelConfig, Volume};
use disentangle_nn::{Images, ParamStore};
use disentangle_objectives::{StepCx, Term, TermConfig, TermCx};
use disentangle_registry::Build;
use disentangle_seeds::Seeds;

use crate::setting::{BATCH, Inputs, Setting, build};

const SEEDS: fn() -> Seeds = || Seeds::new(0);

/// An IFCVAE on images of 1x2x3, and a batch for it.
struct Small {
    store: ParamStore,
    model: Autoencoder,
    detached: Autoencoder,
    batch: Batch,
}

fn small() -> Small {
    let config: ModelConfig = serde_json::from_str(
        r#"{"encoder": {"kind": "mlp", "hidden": [8]}, "decoder": {"kind": "mlp", "hidden": [8]},
            "latents": 3, "conditioning":
            {"kind": "inferred_labels", "encoder": {"kind": "mlp", "hidden": [8]}}}"#,
    )
    .unwrap();
    let store = ParamStore::new(SEEDS(), DType::F32, &Device::Cpu);
    let image = Volume {
        channels: 1,
        height: 2,
        width: 3,
    };
    let build = |builder| {
        let labels = LabelSpace::new([3, 2]);
        config.build_labeled(image, &labels, builder).unwrap()
    };
    let pixels: Vec<f32> = (0..24).map(|n| (n % 5) as f32 / 4.0).collect();
    let images = Tensor::from_vec(pixels, (4, 1, 2, 3), &Device::Cpu).unwrap();
    let labels = [[0u32, 1], [1, 1], [2, 0], [0, 0]];
    let batch = Batch {
        labels: Some(Tensor::new(&labels, &Device::Cpu).unwrap()),
        ..Images::new(images).unwrap().into()
    };
    Small {
        model: build(store.trainable()),
        detached: build(store.detached()),
        store,
        batch,
    }
}

fn term(text: &str) -> Box<dyn Term> {
    let config: TermConfig = serde_json::from_str(text).unwrap();
    let cx = TermCx {
        dtype: DType::F32,
        ..crate::setting::term_cx()
    };
    config.build(&cx).unwrap()
}

impl Small {
    /// Which parts of the model the gradient of a term reaches.
    fn reached(&self, term: &dyn Term) -> Vec<String> {
        let forward = self.model.forward(&self.batch, &SEEDS(), 0).unwrap();
        let models = (&self.model, &self.detached);
        let seeds = SEEDS();
        let cx = StepCx::new((0, &seeds), (&self.batch, 100), &forward, models);
        let gradients = term.loss(&cx).unwrap().backward().unwrap();
        let vars = self.store.vars().into_iter();
        let mut parts: Vec<_> = vars
            .filter(|(_, var)| gradients.get(var.as_tensor()).is_some())
            .map(|(name, _)| name.split('.').next().unwrap().to_owned())
            .collect();
        parts.dedup();
        parts
    }
}

#[test]
fn classification_of_images_teaches_the_label_encoder_alone() {
    let term = term(r#"{"kind": "label_classification", "of": "images"}"#);
    assert_eq!(small().reached(term.as_ref()), ["conditioning"]);
}

#[test]
fn classification_of_reconstructions_teaches_the_decoder_too() {
    let term = term(r#"{"kind": "label_classification", "of": "reconstructions"}"#);
    let reached = small().reached(term.as_ref());
    assert_eq!(reached, ["conditioning", "decoder", "encoder"]);
}

const ADVERSARY: &str = r#"{"kind": "label_adversary", "auxiliary":
    {"network": {"kind": "mlp", "hidden": [16]}, "lr": 0.01}}"#;

#[test]
fn the_adversary_teaches_the_encoder_alone() {
    assert_eq!(small().reached(term(ADVERSARY).as_ref()), ["encoder"]);
}

/// What the auxiliary learns raises the model's loss, which is its own negated.
#[test]
fn the_auxiliary_learns_to_read_the_labels_and_leaves_the_model_alone() {
    let (small, mut term) = (small(), term(ADVERSARY));
    let seeds = SEEDS();
    let forward = small.model.forward(&small.batch, &seeds, 0).unwrap();
    let models = (&small.model, &small.detached);
    let cx = StepCx::new((0, &seeds), (&small.batch, 100), &forward, models);
    let value = |term: &dyn Term| term.loss(&cx).unwrap().to_scalar::<f32>().unwrap();
    let weights = || -> Vec<f32> {
        let vars = small.store.vars().into_iter();
        vars.flat_map(|(_, var)| var.flatten_all().unwrap().to_vec1::<f32>().unwrap())
            .collect()
    };
    let (before, untouched) = (value(term.as_ref()), weights());
    for _ in 0..200 {
        term.update(&cx).unwrap();
    }
    // Four points in three dimensions can be told apart, so the cross-entropy falls towards 0.
    assert!(before < -1.5 && value(term.as_ref()) > -0.3, "{before}");
    assert_eq!(weights(), untouched);
}

/// The CVAE's learned prior, moved to `N(1, e)` whatever the label.
#[test]
fn the_terms_measure_from_a_learned_prior() {
    let setting = Setting::new(&Inputs::golden()).with_prior(1.0, 1.0);
    let standard = Setting::new(&Inputs::golden());
    let (mu, log_var) = (Inputs::golden().mu, Inputs::golden().log_var);
    let pairs = mu.iter().zip(&log_var);
    let kl: f64 = pairs
        .map(|(mu, v)| 0.5 * (((mu - 1.0).powi(2) + v.exp()) / 1f64.exp() + 1.0 - v - 1.0))
        .sum();
    let kind = |kind: &str| -> Box<dyn Term> {
        let config: TermConfig = serde_json::from_str(&format!(r#"{{"kind": "{kind}"}}"#)).unwrap();
        build(&config).unwrap()
    };
    let value = setting.loss(kind("kl").as_ref(), 0);
    // 1e-12: a dozen f64 operations.
    assert!((value - kl / BATCH as f64).abs() < 1e-12, "{value} {kl}");
    for other in ["dimension_kl", "mmd"] {
        let term = kind(other);
        assert_ne!(
            setting.loss(term.as_ref(), 0),
            standard.loss(term.as_ref(), 0)
        );
    }
    // MI and TC are those of q alone.
    for other in ["mutual_information", "total_correlation"] {
        let term = kind(other);
        assert_eq!(
            setting.loss(term.as_ref(), 0),
            standard.loss(term.as_ref(), 0)
        );
    }
}
