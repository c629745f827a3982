//! Labels as numbers: one-hot columns, and probabilities of each label by itself.
//!
//! Labels are class indices `[B, L]` of chosen factors; the columns of label `l` stand together in
//! `[B, K]`, K the sum of the sizes. A softmax goes over the columns of one label: disentanglement-pytorch
//! takes it over all K in training and not at all in test.

use candle_core::{DType, Device, Tensor};
use disentangle_nn::numerics::log_sum_exp;

use crate::Error;

/// The number of classes of each label.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelSpace {
    sizes: Vec<usize>,
}

impl LabelSpace {
    /// Takes the number of classes of each label; none at all is the space of unlabeled data.
    pub fn new(sizes: impl Into<Vec<usize>>) -> Self {
        Self {
            sizes: sizes.into(),
        }
    }

    /// Returns the numbers of classes `[L]`.
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// Returns the number of columns K of all labels together.
    pub fn width(&self) -> usize {
        self.sizes.iter().sum()
    }

    /// Tells whether there are no labels.
    pub fn is_empty(&self) -> bool {
        self.sizes.is_empty()
    }

    /// Makes one-hot columns `[B, K]` of class indices `[B, L]` (u32).
    ///
    /// # Errors
    /// If there is not one index a label, or one is out of range.
    pub fn one_hot(&self, labels: &Tensor, dtype: DType) -> Result<Tensor, Error> {
        let columns = self.split(labels, |_| 1)?.into_iter().zip(&self.sizes);
        let columns = columns.map(|(label, &size)| {
            let identity = Tensor::eye(size, dtype, &Device::Cpu)?.to_device(labels.device())?;
            identity.index_select(&label.flatten_all()?, 0) // [B, size]
        });
        let columns = columns.collect::<candle_core::Result<Vec<_>>>()?;
        Ok(Tensor::cat(&columns, 1)?)
    }

    /// Returns the logarithms of each label's probabilities `[B, K]` under logits `[B, K]`.
    ///
    /// # Errors
    /// If the logits have another width.
    pub fn log_probabilities(&self, logits: &Tensor) -> Result<Tensor, Error> {
        let columns = self.split(logits, |size| size)?.into_iter();
        let columns = columns
            .map(|logits| logits.broadcast_sub(&log_sum_exp(&logits)?.unsqueeze(1)?))
            .collect::<candle_core::Result<Vec<_>>>()?;
        Ok(Tensor::cat(&columns, 1)?)
    }

    /// Returns each label's probabilities `[B, K]` under logits `[B, K]`.
    ///
    /// # Errors
    /// If the logits have another width.
    pub fn probabilities(&self, logits: &Tensor) -> Result<Tensor, Error> {
        Ok(self.log_probabilities(logits)?.exp()?)
    }

    /// Returns each label's most likely class `[B, L]` (u32) under logits `[B, K]`.
    ///
    /// # Errors
    /// If the logits have another width.
    pub fn most_likely(&self, logits: &Tensor) -> Result<Tensor, Error> {
        let columns = self.split(logits, |size| size)?.into_iter();
        let columns = columns
            .map(|logits| logits.detach().argmax_keepdim(1))
            .collect::<candle_core::Result<Vec<_>>>()?;
        Ok(Tensor::cat(&columns, 1)?)
    }

    /// Cuts `[B, Σ width]` into the labels' parts.
    fn split(
        &self,
        columns: &Tensor,
        width: impl Fn(usize) -> usize,
    ) -> Result<Vec<Tensor>, Error> {
        let expected: usize = self.sizes.iter().map(|&size| width(size)).sum();
        if self.is_empty() || columns.rank() != 2 || columns.dim(1)? != expected {
            return Err(Error::Labels {
                found: columns.dims().to_vec(),
                sizes: self.sizes.clone(),
                expected,
            });
        }
        let mut start = 0;
        let parts = self.sizes.iter().map(|&size| {
            let part = columns.narrow(1, start, width(size));
            start += width(size);
            part
        });
        Ok(parts.collect::<candle_core::Result<_>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space() -> LabelSpace {
        LabelSpace::new([3, 2])
    }

    fn rows(x: &Tensor) -> Vec<Vec<f64>> {
        x.to_vec2().unwrap()
    }

    #[test]
    fn one_hot_columns_stand_label_by_label() {
        let labels = Tensor::new(&[[2u32, 0], [0, 1]], &Device::Cpu).unwrap();
        let one_hot = space().one_hot(&labels, DType::F64).unwrap();
        assert_eq!(
            rows(&one_hot),
            [[0.0, 0.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0, 1.0]]
        );
    }

    #[test]
    fn probabilities_sum_to_one_for_each_label_and_survive_large_logits() {
        let logits = Tensor::new(&[[0f64, 0.0, 0.0, 1000.0, 1000.0]], &Device::Cpu).unwrap();
        let probabilities = rows(&space().probabilities(&logits).unwrap());
        // 1e-12: a few roundings in f64.
        for (p, expected) in
            probabilities[0]
                .iter()
                .zip([1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0, 0.5, 0.5])
        {
            assert!((p - expected).abs() < 1e-12, "{p} {expected}");
        }
    }

    #[test]
    fn classes_and_widths_that_do_not_fit_are_refused() {
        let labels = |rows: &[[u32; 2]; 1]| Tensor::new(rows, &Device::Cpu).unwrap();
        assert!(space().one_hot(&labels(&[[3, 0]]), DType::F64).is_err());
        let logits = Tensor::zeros((2, 4), DType::F64, &Device::Cpu).unwrap();
        assert_eq!(
            space().probabilities(&logits).unwrap_err().to_string(),
            "labels of [3, 2] classes have 5 columns, found the shape [2, 4]"
        );
        let none = LabelSpace::default();
        assert!(none.one_hot(&labels(&[[0, 0]]), DType::F64).is_err());
    }
}
