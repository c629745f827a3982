//! Sizes of the discriminators, and what they answer.

use candle_core::{DType, Device, Tensor};
use disentangle_architectures::{DiscriminatorConfig, DiscriminatorCx};
use disentangle_nn::{Initialization, ParamStore, Params};
use disentangle_registry::{Build, Config};

use crate::{parse, store};

fn discriminator_cx(store: &ParamStore, inputs: usize) -> DiscriminatorCx {
    DiscriminatorCx {
        inputs,
        classes: 2,
        params: Params::new(store.trainable(), Initialization::Torch),
    }
}

/// Counted by hand: FactorVAE's six hidden layers of 1000, and the ancestor's five.
#[test]
fn discriminators_have_their_published_sizes() {
    let count = |hidden: usize, inputs: usize| {
        let widths = vec!["1000"; hidden].join(", ");
        let text = format!(r#"{{"kind": "mlp", "hidden": [{widths}]}}"#);
        let config: DiscriminatorConfig = serde_json::from_str(&text).unwrap();
        let store = store();
        config.build(&discriminator_cx(&store, inputs)).unwrap();
        store.count()
    };
    assert_eq!(count(6, 10), 5_018_002);
    assert_eq!(count(5, 10), 4_017_002);
    assert_eq!(count(5, 20), 4_027_002);
}

#[test]
fn every_discriminator_gives_finite_logits_and_the_default_is_the_published_one() {
    assert_eq!(DiscriminatorConfig::default(), parse("mlp"));
    for config in DiscriminatorConfig::examples() {
        let store = store();
        let network = config.build(&discriminator_cx(&store, 10)).unwrap();
        assert!(store.vars().iter().any(|(name, _)| name == "head.weight"));
        let z = Tensor::ones((3, 10), DType::F32, &Device::Cpu).unwrap();
        let logits = network.forward(&z).unwrap().to_vec2::<f32>().unwrap();
        assert_eq!((logits.len(), logits[0].len()), (3, 2));
        assert!(logits.iter().flatten().all(|x| x.is_finite()));
        assert!(network.forward(&z.narrow(1, 0, 9).unwrap()).is_err());
    }
}
