//! Numbers that follow from others, for those who read logs.

use std::collections::BTreeMap;

use candle_core::Tensor;
use candle_core::backprop::GradStore;
use disentangle_nn::ParamStore;

/// A latent of at most this KL in nats, averaged over the batch, is inactive.
pub(crate) const INACTIVE_KL: f64 = 0.01;

/// Adds `weighted/<term>`, what each term contributes to the objective, and `kl/active`, the number of
/// latents whose KL exceeds 0.01 nats in this batch.
pub(crate) fn derive(values: &mut BTreeMap<String, f64>) {
    let mut derived = BTreeMap::new();
    for (name, value) in &*values {
        let Some(term) = name.strip_prefix("loss/") else {
            continue;
        };
        match values.get(&format!("weight/{term}")) {
            // A term of weight 0 takes no part, even if it is not finite.
            Some(0.0) => derived.insert(format!("weighted/{term}"), 0.0),
            Some(weight) => derived.insert(format!("weighted/{term}"), weight * value),
            None => None,
        };
    }
    let latents = values
        .iter()
        .filter(|(name, _)| name.starts_with("kl/latent/"));
    let mut latents = latents.map(|(_, kl)| *kl).peekable();
    if latents.peek().is_some() {
        let active = latents.filter(|kl| *kl > INACTIVE_KL).count();
        derived.insert("kl/active".into(), active as f64);
    }
    values.append(&mut derived);
}

/// Returns the Euclidean norm of all gradients together, `[]`, on the device.
pub(crate) fn gradient_norm(
    store: &ParamStore,
    gradients: &GradStore,
) -> candle_core::Result<Option<Tensor>> {
    let mut total: Option<Tensor> = None;
    for (_, var) in store.vars() {
        if let Some(gradient) = gradients.get(&var) {
            let squares = gradient.sqr()?.sum_all()?;
            total = Some(match total {
                Some(total) => (total + squares)?,
                None => squares,
            });
        }
    }
    total.map(|total| total.sqrt()).transpose()
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device};
    use disentangle_seeds::Seeds;

    use super::*;

    #[test]
    fn weighted_terms_and_active_latents_are_added() {
        let values = [
            ("loss/kl", 3.0),
            ("weight/kl", 2.0),
            ("loss/tc", f64::INFINITY),
            ("weight/tc", 0.0),
            ("kl/latent/0", 1.0),
            ("kl/latent/1", 0.001),
        ];
        let mut values = values.map(|(name, value)| (name.to_owned(), value)).into();
        derive(&mut values);
        assert_eq!(values["weighted/kl"], 6.0);
        assert_eq!(values["weighted/tc"], 0.0);
        assert_eq!(values["kl/active"], 1.0);
    }

    #[test]
    fn without_a_divergence_nothing_is_counted() {
        let mut values = BTreeMap::from([("objective".to_owned(), 1.0)]);
        derive(&mut values);
        assert_eq!(values.len(), 1);
    }

    #[test]
    fn the_norm_is_over_all_parameters() {
        let store = ParamStore::new(Seeds::new(0), DType::F32, &Device::Cpu);
        let a = store.trainable().get(2, "a").unwrap();
        let b = store.trainable().get(1, "b").unwrap();
        // Gradients 3 and 3 of `a`, 4 of `b`: the norm is the root of 34.
        let loss = ((a.sum_all().unwrap() * 3.0).unwrap() + (b.sum_all().unwrap() * 4.0).unwrap())
            .unwrap();
        let norm = gradient_norm(&store, &loss.backward().unwrap()).unwrap();
        let norm = norm.unwrap().to_scalar::<f32>().unwrap();
        // 1e-5: f32 root of a sum of three terms.
        assert!((norm - 34_f32.sqrt()).abs() < 1e-5, "{norm}");
    }
}
