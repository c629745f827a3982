//! Known bugs of the field that concern terms; `docs/known-bugs.md` lists them all by number.

use candle_core::{Device, Tensor};
use disentangle_architectures::{DiagonalGaussian, Posterior};
use disentangle_nn::Images;
use disentangle_objectives::{Error, Term, TermConfig};
use disentangle_seeds::Seeds;

use crate::golden::check;
use crate::setting::{Inputs, Setting, build};

fn term(text: &str) -> Box<dyn Term> {
    let config: TermConfig = serde_json::from_str(text).unwrap();
    build(&config).unwrap()
}

const FACTOR: &str = r#"{"kind": "density_ratio_tc",
    "discriminator": {"network": {"kind": "mlp", "hidden": [16, 16]}}}"#;

/// Three FactorVAE ports: the encoder also descends the discriminator's loss.
#[test]
fn d1_the_discriminators_update_leaves_the_encoder_as_it_is() {
    let mut factor = term(FACTOR);
    let setting = Setting::new(&Inputs::golden());
    let cx = setting.cx(0);
    let of_z = |term: &dyn Term| {
        let gradients = term.loss(&cx).unwrap().backward().unwrap();
        values(gradients.get(setting.vars[0].as_tensor()).unwrap())
    };
    let encoded = || {
        let encoded = setting.model.encode(&setting.batch).unwrap();
        values(encoded.posterior.mean())
    };
    let gradients = factor.loss(&cx).unwrap().backward().unwrap();
    let (taken, codes) = (of_z(factor.as_ref()), encoded());
    factor.update(&cx).unwrap();
    // The gradient that was taken is unchanged, no weight of the encoder has moved, and the
    // discriminator has.
    assert_eq!(
        values(gradients.get(setting.vars[0].as_tensor()).unwrap()),
        taken
    );
    assert_eq!(encoded(), codes);
    assert_ne!(of_z(factor.as_ref()), taken);
}

fn values(x: &Tensor) -> Vec<f64> {
    x.flatten_all().unwrap().to_vec1().unwrap()
}

/// Two FactorVAE ports permute the batch that the model saw.
#[test]
fn d3_what_is_permuted_is_the_second_batch() {
    let learned = |second_moves: bool| {
        let mut factor = term(FACTOR);
        let mut setting = Setting::new(&Inputs::golden());
        if second_moves {
            let second = setting.batch.second.as_mut().unwrap();
            let moved = (second.images.tensor() * 0.5).unwrap();
            second.images = Images::new(moved).unwrap();
        }
        factor.update(&setting.cx(0)).unwrap();
        setting.loss(factor.as_ref(), 0)
    };
    assert_eq!(learned(false), learned(false));
    assert_ne!(learned(false), learned(true));
}

#[test]
fn d3_without_a_second_batch_the_discriminator_refuses_to_learn() {
    let mut factor = term(FACTOR);
    let mut setting = Setting::new(&Inputs::golden());
    setting.batch.second = None;
    let error = factor.update(&setting.cx(0)).unwrap_err();
    assert!(matches!(error, Error::NoSecondBatch), "{error}");
}

/// One β-TCVAE port adds the stratified weights once per latent.
#[test]
fn d4_stratified_weights_are_added_once() {
    let term = r#"{"kind": "total_correlation", "estimator": "mss"}"#;
    check(term, 0, "/mss_N1000_diagonal_matrix/tc");
}

const TRAIN_SIZE: usize = 480_000;

/// A factorized aggregate posterior, whose TC is 0: B = 64 images of N = 480,000,
/// D = 10 latents that are independent.
struct Factorized {
    posterior: DiagonalGaussian,
    z: Tensor,
}

impl Factorized {
    /// `mu ~ N(0, 1 − v)` and `z ~ N(mu, v)`, so that `q(z) = N(0, I)`.
    fn draw(draw: u64) -> Self {
        let variance = 0.1f64;
        let shape = (64, 10);
        let normals = |purpose: &str| {
            let mut stream = Seeds::new(0).stream(purpose, draw);
            let normals: Vec<f64> = (0..640).map(|_| stream.normal()).collect();
            Tensor::from_vec(normals, shape, &Device::Cpu).unwrap()
        };
        let mu = (normals("test/mu") * (1.0 - variance).sqrt()).unwrap();
        let log_var = (mu.zeros_like().unwrap() + variance.ln()).unwrap();
        let posterior = DiagonalGaussian { mu, log_var };
        let z = posterior.sample(&normals("test/eps")).unwrap();
        let z = z.tensor().clone();
        Self { posterior, z }
    }

    /// The stratified estimate in plain floats, with the weight `1/N` where `heavy` says.
    fn by_definition(&self, heavy: impl Fn(usize, usize) -> bool) -> f64 {
        let rows = |x: &Tensor| x.to_vec2::<f64>().unwrap();
        let (z, mu) = (rows(&self.z), rows(&self.posterior.mu));
        let log_var = rows(&self.posterior.log_var);
        let (b, n) = (z.len(), TRAIN_SIZE as f64);
        let m = (b - 1) as f64;
        let log_weight = |j: usize, i: usize| match (heavy(j, i), i == (j + 1) % b) {
            (true, _) => -f64::ln(n),
            (false, true) => ((n - m) / (n * m)).ln(),
            (false, false) => -m.ln(),
        };
        let density = |j: usize, i: usize, d: usize| {
            let square = (z[j][d] - mu[i][d]).powi(2) * (-log_var[i][d]).exp();
            -0.5 * (square + log_var[i][d] + std::f64::consts::TAU.ln())
        };
        let tc = |j: usize| {
            let latents = 0..z[j].len();
            let joint =
                |i| latents.clone().map(|d| density(j, i, d)).sum::<f64>() + log_weight(j, i);
            let joint = log_sum_exp((0..b).map(joint));
            let marginal = |d| log_sum_exp((0..b).map(|i| density(j, i, d) + log_weight(j, i)));
            joint - latents.clone().map(marginal).sum::<f64>()
        };
        (0..b).map(tc).sum::<f64>() / b as f64
    }
}

fn log_sum_exp(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    max + values.iter().map(|x| (x - max).exp()).sum::<f64>().ln()
}

/// Four β-TCVAE ports fill column 0 with the weight that belongs on the diagonal.
#[test]
fn d5_the_stratified_weight_of_a_point_itself_is_on_the_diagonal() {
    let factorized = Factorized::draw(0);
    let mut setting = Setting::of_codes(factorized.posterior.clone(), factorized.z.clone());
    setting.train_size = TRAIN_SIZE;
    let stratified = term(r#"{"kind": "total_correlation", "estimator": "mss"}"#);
    let value: f64 = stratified
        .loss(&setting.cx(0))
        .unwrap()
        .to_scalar()
        .unwrap();
    // 1e-9: sums of 64 × 64 × 10 exponents in another order.
    assert!((value - factorized.by_definition(|j, i| i == j)).abs() < 1e-9);
    let in_column = factorized.by_definition(|_, i| i == 0);
    // Over 20 draws the estimate is −0.9 ± 0.4 nats on the diagonal and +6.9 ± 0.4 in the column.
    assert!((-2.0..1.0).contains(&value), "{value}");
    assert!((5.5..8.5).contains(&in_column), "{in_column}");
}

/// The ancestor takes exp, sums, and takes the logarithm, which underflows.
#[test]
fn d10_sixty_four_latents_far_apart_stay_finite() {
    let mu: Vec<f64> = (0..4 * 64).map(|k| 50.0 * f64::from(k).sin()).collect();
    let mu = Tensor::from_vec(mu, (4, 64), &Device::Cpu).unwrap();
    let log_var = (mu.zeros_like().unwrap() - 6.0).unwrap();
    let posterior = DiagonalGaussian {
        mu: mu.clone(),
        log_var,
    };
    let setting = Setting::of_codes(posterior, mu);
    for kind in ["mutual_information", "total_correlation", "dimension_kl"] {
        for estimator in ["mws", "mss"] {
            let term = term(&format!(
                r#"{{"kind": "{kind}", "estimator": "{estimator}"}}"#
            ));
            let value: f64 = term.loss(&setting.cx(0)).unwrap().to_scalar().unwrap();
            assert!(value.is_finite(), "{kind} {estimator}");
        }
    }
}

/// Two DIP-VAE ports add a scalar to every entry of the covariance in form II.
#[test]
fn d8_the_variance_of_dip_vae_ii_is_added_on_the_diagonal() {
    let term = r#"{"kind": "dip", "form": "ii", "lambda_od": 1, "lambda_d": 10}"#;
    check(term, 0, "/dip2_correct_od1_d10");
}
