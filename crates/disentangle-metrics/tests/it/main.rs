//! The metrics against the original's values, on tables of all kinds.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod case;
#[cfg(feature = "cli")]
mod cli;
#[cfg(feature = "cli")]
mod cli_columns;
mod degenerate;
mod evaluation;
mod golden_classical;
mod golden_dci;
mod golden_factor_vae;
mod golden_mig;
mod golden_others;
mod golden_predictors;
mod known_bugs;
mod merge;
mod noise;
mod perfect;
mod properties;
mod registry;
mod split;
mod uncertainty;
