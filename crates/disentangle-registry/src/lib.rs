#![doc = include_str!("../README.md")]

mod macros;
mod nearest;
mod problems;
mod tagged;

pub use nearest::hint;
pub use problems::{Problem, Problems};
#[doc(hidden)]
pub use tagged::{Variants, deserialize_tagged};

#[doc(hidden)]
pub mod private {
    pub use schemars;
    pub use serde;
}

/// The plain-data description of a part: parsing it runs nothing.
pub trait Config: Sized {
    /// Returns at least one valid configuration; conformance tests, lists and docs are made from them.
    fn examples() -> Vec<Self>;

    /// Reports everything that is wrong with the values, each under the name of its field.
    fn check(&self, problems: &mut Problems) {
        let _ = problems;
    }
}

/// A kind of part, implemented by its trait object: `impl Part for dyn Dataset`.
pub trait Part {
    /// What building a part needs besides its configuration.
    type Cx<'a>;
    /// Why a part could not be built.
    type Error;
}

/// A configuration that becomes a part of kind `P`.
pub trait Build<P: Part + ?Sized>: Config {
    /// Builds the part.
    ///
    /// # Errors
    /// If the part's context cannot serve it: a missing file, sizes that do not fit.
    fn build(&self, cx: &P::Cx<'_>) -> Result<Box<P>, P::Error>;
}
