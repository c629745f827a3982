//! One small step in f64 whose inputs are formulas: B=4, D=3, six pixels.

use candle_core::{DType, Device, Tensor, Var};
use disentangle_architectures::{
    Autoencoder, Batch, DiagonalGaussian, Forward, LabelSpace, ModelConfig, Posterior, Volume,
};
use disentangle_nn::{Images, Latents, Logits, ParamStore};
use disentangle_objectives::{Error, Provides, StepCx, Term, TermConfig, TermCx};
use disentangle_registry::Build;
use disentangle_seeds::Seeds;

pub(crate) const BATCH: usize = 4;
pub(crate) const LATENTS: usize = 3;
const PIXELS: usize = 6;
/// What the setting provides; the golden values are for N = 1000.
pub(crate) const PROVIDES: Provides = Provides {
    gaussian_posterior: true,
    labels: true,
    label_encoder: true,
    batch_size: BATCH,
    train_size: 1000,
};
const SEEDS: fn() -> Seeds = || Seeds::new(0);

/// Inputs of a step that gradients are taken of.
#[derive(Clone)]
pub(crate) struct Inputs {
    pub(crate) mu: Vec<f64>,
    pub(crate) log_var: Vec<f64>,
    pub(crate) logits: Vec<f64>,
}

impl Inputs {
    /// The inputs of the golden values: `k = 1 + b·D + d`, `mu = sin k`,
    /// `log_var = cos(k)/2 − 1/2`, `logits = 1.5·sin(0.7(6b + n))`.
    pub(crate) fn golden() -> Self {
        let k = (1..=BATCH * LATENTS).map(|k| k as f64);
        Self {
            mu: k.clone().map(f64::sin).collect(),
            log_var: k.map(|k| 0.5 * k.cos() - 0.5).collect(),
            logits: (0..BATCH * PIXELS)
                .map(|n| 1.5 * (0.7 * n as f64).sin())
                .collect(),
        }
    }

    pub(crate) fn fields(&mut self) -> [&mut Vec<f64>; 3] {
        [&mut self.mu, &mut self.log_var, &mut self.logits]
    }
}

/// The same inputs as variables of a graph, and what a step needs besides.
pub(crate) struct Setting {
    pub(crate) vars: [Var; 3],
    pub(crate) forward: Forward,
    pub(crate) batch: Batch,
    pub(crate) train_size: usize,
    pub(crate) model: Autoencoder,
    seeds: Seeds,
}

impl Setting {
    pub(crate) fn new(inputs: &Inputs) -> Self {
        let eps = (1..=BATCH * LATENTS).map(|k| (2.0 * k as f64).sin());
        Self::of(inputs, eps.collect())
    }

    /// As [`new`](Self::new), with random noise instead of `sin 2k`.
    pub(crate) fn with_noise(inputs: &Inputs, draw: u64) -> Self {
        let mut stream = SEEDS().stream("test/noise", draw);
        let eps = (0..BATCH * LATENTS).map(|_| stream.normal());
        Self::of(inputs, eps.collect())
    }

    /// As [`new`](Self::new), with another posterior and other latents, of any width and number.
    pub(crate) fn of_codes(posterior: DiagonalGaussian, z: Tensor) -> Self {
        let mut setting = Self::new(&Inputs::golden());
        setting.forward.posterior = Box::new(posterior);
        setting.forward.latents = Latents::new(z).unwrap();
        setting
    }

    fn of(inputs: &Inputs, eps: Vec<f64>) -> Self {
        let var = |values: &[f64], width: usize| {
            Var::from_slice(values, (values.len() / width, width), &Device::Cpu).unwrap()
        };
        let vars = [
            var(&inputs.mu, LATENTS),
            var(&inputs.log_var, LATENTS),
            var(&inputs.logits, PIXELS),
        ];
        let [mu, log_var, logits] = vars.each_ref().map(|var| var.as_tensor().clone());
        let posterior = DiagonalGaussian { mu, log_var };
        let eps = Tensor::from_vec(eps, (BATCH, LATENTS), &Device::Cpu).unwrap();
        let latents = posterior.sample(&eps).unwrap();
        let image_shape = (BATCH, 1, 2, 3);
        let batch = Batch {
            images: Images::new(targets().reshape(image_shape).unwrap()).unwrap(),
            labels: Some(labels()),
            second: Some(Box::new(second_batch(image_shape))),
        };
        let model = tiny_model();
        let encoded = model.encode(&batch).unwrap();
        Self {
            forward: Forward {
                latents,
                posterior: Box::new(posterior),
                logits: Logits::new(logits.reshape(image_shape).unwrap()).unwrap(),
                labels: encoded.labels,
            },
            batch,
            train_size: PROVIDES.train_size,
            model,
            vars,
            seeds: SEEDS(),
        }
    }

    /// The same step on data without labels.
    pub(crate) fn without_labels(mut self) -> Self {
        self.batch.labels = None;
        self
    }

    /// The same step with these numbers from the label encoder, `[B, K]`.
    pub(crate) fn with_label_logits(mut self, logits: Vec<f64>) -> Self {
        let logits = Tensor::from_vec(logits, (BATCH, 5), &Device::Cpu).unwrap();
        self.forward.labels.as_mut().unwrap().logits = Some(logits);
        self
    }

    /// The same step under a prior `N(mean, exp(log_var))` of every latent.
    pub(crate) fn with_prior(mut self, mean: f64, log_var: f64) -> Self {
        let full = |x: f64| Tensor::full(x, (BATCH, LATENTS), &Device::Cpu).unwrap();
        self.forward.labels.as_mut().unwrap().prior = Some(DiagonalGaussian {
            mu: full(mean),
            log_var: full(log_var),
        });
        self
    }

    /// The step's context.
    pub(crate) fn cx(&self, step: u64) -> StepCx<'_> {
        StepCx::new(
            (step, &self.seeds),
            (&self.batch, self.train_size),
            &self.forward,
            (&self.model, &self.model),
        )
    }

    pub(crate) fn loss(&self, term: &dyn Term, step: u64) -> f64 {
        term.loss(&self.cx(step)).unwrap().to_scalar().unwrap()
    }
}

/// `x[b, n] = ((6b + n) mod 3)/2`.
fn targets() -> Tensor {
    let values: Vec<f64> = (0..BATCH * PIXELS).map(|n| (n % 3) as f64 / 2.0).collect();
    Tensor::from_vec(values, (BATCH, PIXELS), &Device::Cpu).unwrap()
}

/// The images of the first batch, last to first.
fn second_batch(image_shape: (usize, usize, usize, usize)) -> Batch {
    let order = Tensor::new(&[3u32, 2, 1, 0], &Device::Cpu).unwrap();
    let images = targets().index_select(&order, 0).unwrap();
    Images::new(images.reshape(image_shape).unwrap())
        .unwrap()
        .into()
}

/// `y[b] = [b mod 3, b mod 2]`, labels of three and of two classes.
fn labels() -> Tensor {
    let values: Vec<u32> = (0..BATCH as u32).flat_map(|b| [b % 3, b % 2]).collect();
    Tensor::from_vec(values, (BATCH, 2), &Device::Cpu).unwrap()
}

fn label_space() -> LabelSpace {
    LabelSpace::new([3, 2])
}

fn tiny_model() -> Autoencoder {
    let config: ModelConfig = serde_json::from_str(
        r#"{"encoder": {"kind": "mlp", "hidden": [4]}, "decoder": {"kind": "mlp", "hidden": [4]},
            "latents": 3, "conditioning":
            {"kind": "inferred_labels", "encoder": {"kind": "mlp", "hidden": [4]}}}"#,
    )
    .unwrap();
    let store = ParamStore::new(SEEDS(), DType::F64, &Device::Cpu);
    let image = Volume {
        channels: 1,
        height: 2,
        width: 3,
    };
    let labels = label_space();
    let build = |builder| config.build_labeled(image, &labels, builder).unwrap();
    build(store.trainable());
    build(store.detached())
}

pub(crate) fn build(config: &TermConfig) -> Result<Box<dyn Term>, Error> {
    config.build(&term_cx())
}

pub(crate) fn term_cx() -> TermCx {
    TermCx {
        name: "term".into(),
        latents: LATENTS,
        labels: label_space(),
        seeds: SEEDS(),
        device: Device::Cpu,
        dtype: DType::F64,
    }
}
