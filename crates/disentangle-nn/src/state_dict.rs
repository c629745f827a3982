//! Named tensors in name order, and their safetensors files.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use candle_core::{Device, Tensor};

use crate::Error;

/// Named tensors, in name order.
#[derive(Debug, Clone, Default)]
pub struct StateDict(BTreeMap<String, Tensor>);

impl FromIterator<(String, Tensor)> for StateDict {
    fn from_iter<I: IntoIterator<Item = (String, Tensor)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl StateDict {
    /// Adds or replaces a tensor.
    pub fn insert(&mut self, name: impl Into<String>, tensor: Tensor) {
        self.0.insert(name.into(), tensor);
    }

    /// Returns the tensor of a name.
    pub fn get(&self, name: &str) -> Option<&Tensor> {
        self.0.get(name)
    }

    /// Tells whether there is no tensor.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Walks over the tensors in name order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.0.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// Adds all tensors of another state under `prefix.`.
    pub fn extend_under(&mut self, prefix: &str, other: Self) {
        let renamed = other.0.into_iter();
        self.0
            .extend(renamed.map(|(name, tensor)| (format!("{prefix}.{name}"), tensor)));
    }

    /// Takes out the tensors under `prefix.`, with the prefix removed from their names.
    pub fn split_off(&mut self, prefix: &str) -> Self {
        let dotted = format!("{prefix}.");
        let (inside, outside) = std::mem::take(&mut self.0)
            .into_iter()
            .partition(|(name, _)| name.starts_with(&dotted));
        self.0 = outside;
        let inside: BTreeMap<String, Tensor> = inside;
        inside
            .into_iter()
            .map(|(name, tensor)| (name[dotted.len()..].to_owned(), tensor))
            .collect()
    }

    /// Requires the names and shapes of another state, no more and no less.
    ///
    /// # Errors
    /// [`Error::State`] with everything that differs.
    pub fn require_like(&self, expected: &Self) -> Result<(), Error> {
        let difference = Difference::between(self, expected);
        if difference.is_empty() {
            Ok(())
        } else {
            Err(Error::State(difference))
        }
    }

    /// Writes a safetensors file; equal states give equal bytes.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        let tensors = self.0.iter().map(|(name, tensor)| (name.as_str(), tensor));
        safetensors::serialize_to_file(tensors, None, path).map_err(|e| Error::File {
            path: path.to_owned(),
            problem: e.to_string(),
        })
    }

    /// Reads a safetensors file.
    ///
    /// # Errors
    /// If the file cannot be read or is not a whole safetensors file.
    pub fn open(path: &Path, device: &Device) -> Result<Self, Error> {
        let refuse = |problem: String| Error::File {
            path: path.to_owned(),
            problem,
        };
        let bytes = std::fs::read(path).map_err(|e| refuse(e.to_string()))?;
        let tensors = candle_core::safetensors::load_buffer(&bytes, device)
            .map_err(|e| refuse(format!("not a readable safetensors file: {e}")))?;
        Ok(tensors.into_iter().collect())
    }
}

/// How a state differs from what was expected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    missing: Vec<String>,
    extra: Vec<String>,
    reshaped: Vec<String>,
}

impl Difference {
    fn between(found: &StateDict, expected: &StateDict) -> Self {
        let names = |a: &StateDict, b: &StateDict| {
            let keys = a.0.keys();
            keys.filter(|name| !b.0.contains_key(*name))
                .cloned()
                .collect()
        };
        let reshaped = found.0.iter().filter_map(|(name, tensor)| {
            let wanted = expected.0.get(name)?.dims();
            (wanted != tensor.dims())
                .then(|| format!("{name} ({:?} instead of {wanted:?})", tensor.dims()))
        });
        Self {
            missing: names(expected, found),
            extra: names(found, expected),
            reshaped: reshaped.collect(),
        }
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("missing", &self.missing),
            ("unknown", &self.extra),
            ("of another shape", &self.reshaped),
        ];
        let texts: Vec<_> = parts
            .iter()
            .filter(|(_, names)| !names.is_empty())
            .map(|(what, names)| format!("{what}: {}", names.join(", ")))
            .collect();
        f.write_str(&texts.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::DType;

    use super::*;

    fn zeros(names: &[(&str, usize)]) -> StateDict {
        let tensor = |n| Tensor::zeros(n, DType::F32, &Device::Cpu).unwrap();
        names
            .iter()
            .map(|&(name, n)| (name.to_owned(), tensor(n)))
            .collect()
    }

    #[test]
    fn everything_that_differs_is_named() {
        let error = zeros(&[("a", 1), ("x", 1), ("c", 2)])
            .require_like(&zeros(&[("a", 1), ("b", 1), ("c", 3)]))
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the saved tensors do not fit: missing: b; unknown: x; of another shape: c ([2] instead of [3])"
        );
    }

    #[test]
    fn prefixes_go_on_and_come_off() {
        let mut state = zeros(&[("own", 1)]);
        state.extend_under("tc", zeros(&[("w", 2)]));
        let inner = state.split_off("tc");
        assert_eq!(inner.get("w").unwrap().dims(), [2]);
        assert_eq!(
            state.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            ["own"]
        );
    }

    #[test]
    fn a_file_round_trips_and_a_torn_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        let state = zeros(&[("a", 3), ("b", 2)]);
        state.save(&path).unwrap();
        StateDict::open(&path, &Device::Cpu)
            .unwrap()
            .require_like(&state)
            .unwrap();

        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        let error = StateDict::open(&path, &Device::Cpu).unwrap_err();
        assert!(error.to_string().contains("model.safetensors"), "{error}");
    }
}
