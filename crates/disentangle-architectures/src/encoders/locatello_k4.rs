//! The encoder of Locatello et al. 2019, arXiv:1811.12359, table 1, as its text gives it: every kernel
//! is 4. Its program has kernels of 2 in the last two convolutions: that is `locatello`.

use disentangle_registry::{Build, Config};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Encoder, EncoderCx, locatello};
use crate::Error;
use crate::chain::Window;

/// Four convolutions with kernels of 4 and a hidden layer of 256.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LocatelloK4 {}

impl Config for LocatelloK4 {
    fn examples() -> Vec<Self> {
        vec![Self {}]
    }
}

impl Build<dyn Encoder> for LocatelloK4 {
    fn build(&self, cx: &EncoderCx) -> Result<Box<dyn Encoder>, Error> {
        locatello::build("locatello_k4", Window(4, 2, 1), cx)
    }
}
