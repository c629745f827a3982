//! DIP-VAE: the covariance of the aggregate posterior is pulled to the identity.
//!
//! `R(M) = λ_od Σ_{i≠j} M_ij² + λ_d Σ_i (M_ii − 1)²` of `Cov = mean_b(mu muᵀ) − mean(mu) mean(mu)ᵀ`
//! (form I), or of `Cov + diag(mean_b exp(log_var))` (form II), which is the covariance of the latents
//! themselves. Covariances divide by B. Kumar et al. 2018, arXiv:1711.00848, eq. 6 to 8.
//!
//! Differs from two ports, which add the mean variance to every entry of the matrix in form II.

use candle_core::Tensor;
use disentangle_registry::{Build, Config, Problems};
use disentangle_schedulers::Schedule;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Term, TermCx};
use crate::{Error, Needs, Scalars, StepCx};

/// Which covariance is pulled to the identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DipForm {
    /// That of the means.
    I,
    /// That of the latents.
    Ii,
}

/// Distance of a covariance from the identity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dip {
    /// Which covariance.
    pub form: DipForm,
    /// Factor λ_od of the squares off the diagonal.
    pub lambda_od: Schedule,
    /// Factor λ_d of the squares on it; 10·λ_od for form I and λ_od for form II, if it is left out.
    #[serde(default)]
    pub lambda_d: Option<Schedule>,
}

impl Config for Dip {
    fn examples() -> Vec<Self> {
        let of = |form, lambda_d: Option<f64>| Self {
            form,
            lambda_od: 2.0.into(),
            lambda_d: lambda_d.map(Into::into),
        };
        vec![of(DipForm::I, None), of(DipForm::Ii, Some(3.0))]
    }

    fn check(&self, problems: &mut Problems) {
        problems.within("lambda_od", |p| self.lambda_od.check_not_negative(p));
        if let Some(lambda_d) = &self.lambda_d {
            problems.within("lambda_d", |p| lambda_d.check_not_negative(p));
        }
    }
}

impl Build<dyn Term> for Dip {
    fn build(&self, _cx: &TermCx) -> Result<Box<dyn Term>, Error> {
        Ok(Box::new(self.clone()))
    }
}

impl Term for Dip {
    fn needs(&self) -> Needs {
        Needs {
            gaussian_posterior: self.form == DipForm::Ii,
            several_images: true,
            ..Needs::default()
        }
    }

    fn loss(&self, cx: &StepCx<'_>) -> Result<Tensor, Error> {
        let (off_diagonal, diagonal) = self.parts(cx)?;
        let lambda_od = self.lambda_od.at(cx.step);
        let lambda_d = match (&self.lambda_d, self.form) {
            (Some(lambda_d), _) => lambda_d.at(cx.step),
            (None, DipForm::I) => 10.0 * lambda_od,
            (None, DipForm::Ii) => lambda_od,
        };
        Ok(((off_diagonal * lambda_od)? + (diagonal * lambda_d)?)?)
    }

    fn scalars(&self, cx: &StepCx<'_>) -> Result<Scalars, Error> {
        let (off_diagonal, diagonal) = self.parts(cx)?;
        let mut scalars = Scalars::one("off_diagonal", &off_diagonal);
        scalars.insert("diagonal", &diagonal);
        Ok(scalars)
    }
}

impl Dip {
    /// `Σ_{i≠j} M_ij²` and `Σ_i (M_ii − 1)²`.
    fn parts(&self, cx: &StepCx<'_>) -> Result<(Tensor, Tensor), Error> {
        let mu = cx.forward.posterior.mean(); // [B, D]
        let (batch, latents) = mu.dims2()?;
        let centered = mu.broadcast_sub(&mu.mean_keepdim(0)?)?;
        let covariance = (centered.t()?.matmul(&centered)? * (1.0 / batch as f64))?; // [D, D]
        let eye = Tensor::eye(latents, mu.dtype(), mu.device())?;
        let mut diagonal = (&covariance * &eye)?.sum(1)?; // [D]
        let off_diagonal = (covariance * (1.0 - eye)?)?.sqr()?.sum_all()?;
        if self.form == DipForm::Ii {
            let variance = cx.gaussian()?.log_var.exp()?.mean(0)?; // [D]
            diagonal = (diagonal + variance)?;
        }
        Ok((off_diagonal, (diagonal - 1.0)?.sqr()?.sum_all()?))
    }
}
