//! Numbers to be logged, left on the device until somebody reads them.

use std::collections::BTreeMap;

use candle_core::{DType, Result, Tensor};

/// Named detached scalars `[]` and vectors `[n]`, in name order.
#[derive(Debug, Clone, Default)]
pub struct Scalars(BTreeMap<String, Tensor>);

impl Scalars {
    /// Makes a set of one scalar or vector, detached from its graph.
    pub fn one(name: impl Into<String>, value: &Tensor) -> Self {
        let mut scalars = Self::default();
        scalars.insert(name, value);
        scalars
    }

    /// Adds a scalar or a vector, detached from its graph.
    pub fn insert(&mut self, name: impl Into<String>, value: &Tensor) {
        self.0.insert(name.into(), value.detach());
    }

    /// Adds all of another set, under `prefix/`.
    pub fn extend_under(&mut self, prefix: &str, other: Self) {
        let renamed = other.0.into_iter();
        self.0
            .extend(renamed.map(|(name, value)| (format!("{prefix}/{name}"), value)));
    }

    /// Adds all of another set.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Reads several sets of the same names in one transfer; a vector's entries become `name/i`.
    ///
    /// # Errors
    /// If candle refuses an operation.
    pub fn read_all(sets: &[Self]) -> Result<Vec<BTreeMap<String, f64>>> {
        let values = || sets.iter().flat_map(|set| set.0.values());
        let flat = |value: &Tensor| value.flatten_all()?.to_dtype(DType::F64);
        let on_device = values().filter(|value| !value.device().is_cpu());
        let on_device = on_device.map(flat).collect::<Result<Vec<_>>>()?;
        let mut transferred = match on_device.as_slice() {
            [] => Vec::new().into_iter(),
            several => Tensor::cat(several, 0)?.to_vec1::<f64>()?.into_iter(),
        };
        let mut numbers = Vec::new();
        for value in values() {
            if value.device().is_cpu() {
                numbers.extend(flat(value)?.to_vec1::<f64>()?);
            } else {
                numbers.extend(transferred.by_ref().take(value.elem_count()));
            }
        }
        let mut numbers = numbers.into_iter();
        let read = |set: &Self| {
            let names = set.0.iter().flat_map(|(name, value)| names(name, value));
            names.zip(&mut numbers).collect()
        };
        Ok(sets.iter().map(read).collect())
    }
}

fn names(name: &str, value: &Tensor) -> Vec<String> {
    match value.rank() {
        0 => vec![name.to_owned()],
        _ => (0..value.elem_count())
            .map(|i| format!("{name}/{i}"))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn sets_are_read_in_name_order_with_vectors_spread_out() {
        let set = |x: f32| {
            let mut set = Scalars::default();
            set.insert("z", &Tensor::new(x, &Device::Cpu).unwrap());
            set.insert(
                "a",
                &Tensor::new(&[x + 1.0, x + 2.0], &Device::Cpu).unwrap(),
            );
            set
        };
        let read = Scalars::read_all(&[set(1.0), set(5.0)]).unwrap();
        let second: Vec<_> = read[1].iter().map(|(k, v)| (k.as_str(), *v)).collect();
        assert_eq!(second, [("a/0", 6.0), ("a/1", 7.0), ("z", 5.0)]);
        assert_eq!(read[0]["z"], 1.0);
    }
}
