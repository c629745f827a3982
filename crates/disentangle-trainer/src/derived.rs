//! Numbers that follow from others, for those who read logs.

use std::collections::BTreeMap;

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

#[cfg(test)]
mod tests {
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
}
