//! The registry of metrics: a metric is one file and its two lines here.

pub(crate) mod beta_vae;
pub(crate) mod dci;
pub(crate) mod dcimig;
pub(crate) mod downstream;
pub(crate) mod explicitness;
pub(crate) mod factor_vae;
pub(crate) mod factorized_support;
pub(crate) mod info_mec;
pub(crate) mod irs;
pub(crate) mod jemmig;
pub(crate) mod mcc;
pub(crate) mod med;
pub(crate) mod mig;
pub(crate) mod mig_sup;
pub(crate) mod modularity;
pub(crate) mod r_squared;
pub(crate) mod rmig;
pub(crate) mod sap;
pub(crate) mod snc;
pub(crate) mod tad;
pub(crate) mod udr;
pub(crate) mod unsupervised;

use disentangle_registry::{Config, hint, registry};

use crate::error::Error;
use crate::evaluate::MetricCx;
use crate::longer::Longer;
use crate::scores::Score;

/// A score of codes against factors; its configuration is itself.
pub trait Metric: Send + Sync {
    /// Computes the score with its parts.
    ///
    /// # Errors
    /// If the table does not allow it; the message says what is missing.
    fn compute(&self, cx: &MetricCx<'_>) -> Result<Score, Error>;

    /// Tells what the metric asks of the table.
    fn needs(&self) -> Needs {
        Needs::Classes
    }

    /// Tells whether the metric tests what it learned, on `cx.test`: then a table whose test rows lack values
    /// of a factor gets a warning.
    fn tests(&self) -> bool {
        false
    }

    /// Tells whether codes that know nothing of the factors score well above zero by design, so that the
    /// score is shown beside its mean over shuffled factors.
    fn rewards_noise(&self) -> bool {
        false
    }

    /// Computes the score alone, for shuffled factors: parts that it does not need may be left out.
    ///
    /// # Errors
    /// As [`Metric::compute`].
    fn score_alone(&self, cx: &MetricCx<'_>) -> Result<f64, Error> {
        Ok(self.compute(cx)?.score)
    }

    /// Returns the score of a table of which the points are a part, for the interval; nothing if the metric cannot tell:
    /// its interval then speaks of as many rows as there are.
    fn of_longer(&self, longer: &Longer<'_>) -> Option<f64> {
        let _ = longer;
        None
    }

    /// Returns what guessing scores with this many factors, where that is not zero.
    fn chance(&self, factors: usize) -> Option<f64> {
        let _ = factors;
        None
    }

    /// Tells what the score's numbers mean.
    fn scale(&self) -> Scale {
        Scale::Share
    }

    /// Tells whether the metric is too costly to be one of [`MetricConfig::all`].
    fn only_on_request(&self) -> bool {
        false
    }
}

/// What the numbers of a score mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// From 0 to 1, which is best.
    Share,
    /// From 0 up without an end; more is better.
    Sum,
    /// From 0, which is best, up without an end.
    Distance,
}

/// What a metric asks of the table beside codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: codes suffice.
    Codes,
    /// Factors with values, classes or continuous.
    Values,
    /// Factors with classes.
    Classes,
}

registry! {
    /// The metrics.
    pub enum MetricConfig is dyn Metric {
        "mig" => Mig(mig::Mig),
        "factor_vae" => FactorVae(factor_vae::FactorVae),
        "beta_vae" => BetaVae(beta_vae::BetaVae),
        "sap" => Sap(sap::Sap),
        "dci" => Dci(dci::Dci),
        "irs" => Irs(irs::Irs),
        "modularity" => Modularity(modularity::Modularity),
        "explicitness" => Explicitness(explicitness::Explicitness),
        "unsupervised" => Unsupervised(unsupervised::Unsupervised),
        "downstream" => Downstream(downstream::Downstream),
        "mig_sup" => MigSup(mig_sup::MigSup),
        "dcimig" => Dcimig(dcimig::Dcimig),
        "jemmig" => Jemmig(jemmig::Jemmig),
        "rmig" => Rmig(rmig::Rmig),
        "med" => Med(med::Med),
        "mcc" => Mcc(mcc::Mcc),
        "r_squared" => RSquared(r_squared::RSquared),
        "info_mec" => InfoMec(info_mec::InfoMec),
        "snc" => Snc(snc::Snc),
        "tad" => Tad(tad::Tad),
        "udr" => Udr(udr::Udr),
        "factorized_support" => FactorizedSupport(factorized_support::FactorizedSupport),
    }
}

impl MetricConfig {
    /// Returns a metric with its default parameters, the first of its examples.
    ///
    /// # Errors
    /// If no metric has this name.
    pub fn named(name: &str) -> Result<Self, Error> {
        Self::examples()
            .into_iter()
            .find(|metric| metric.kind() == name)
            .ok_or_else(|| Error::UnknownMetric {
                found: name.to_owned(),
                known: Self::KINDS.join(", "),
                hint: hint(name, Self::KINDS.iter().copied()),
            })
    }

    /// Returns every metric with its default parameters, but those that run on request only.
    pub fn all() -> Vec<Self> {
        let named = |name: &&str| Self::named(name).ok();
        let metrics = Self::KINDS.iter().filter_map(named);
        metrics
            .filter(|metric| !metric.as_part().only_on_request())
            .collect()
    }
}
