//! A term's own network: who learns from whom, and what a checkpoint holds.

use candle_core::{DType, Device, Tensor, Var};
use disentangle_objectives::{Adversary, AdversaryConfig};

use crate::setting::term_cx;

const CONFIG: &str = r#"{"network": {"kind": "mlp", "hidden": [8, 8]}, "lr":
    {"kind": "plateau", "initial": 0.01, "factor": 0.5, "patience": 0}}"#;

fn adversary() -> Adversary {
    let config: AdversaryConfig = serde_json::from_str(CONFIG).unwrap();
    Adversary::new(&config, &term_cx(), 3, 2).unwrap()
}

fn latents() -> Var {
    let z: Vec<f64> = (1..=12).map(|k| f64::from(k).sin()).collect();
    Var::from_vec(z, (4, 3), &Device::Cpu).unwrap()
}

/// A loss that any network can lower: the gap of the logits' sums to 1.
fn loss(logits: &Tensor) -> Tensor {
    let gap = (logits.sum(1).unwrap() - 1.0).unwrap();
    gap.sqr().unwrap().mean_all().unwrap()
}

fn value(loss: &Tensor) -> f64 {
    loss.to_scalar().unwrap()
}

#[test]
fn judging_reaches_the_latents_and_learning_reaches_the_network_alone() {
    let (mut adversary, z) = (adversary(), latents());
    let before = adversary.judge(z.as_tensor()).unwrap();
    let gradients = loss(&before).backward().unwrap();
    assert!(gradients.get(z.as_tensor()).is_some());
    // Only z is a variable of this graph.
    assert_eq!(gradients.get_ids().filter(|id| **id == z.id()).count(), 1);

    let to_learn = loss(&adversary.judge_to_learn(z.as_tensor()).unwrap());
    assert!(to_learn.backward().unwrap().get(z.as_tensor()).is_none());
    assert_eq!(value(&to_learn), value(&loss(&before)));
    adversary.learn(&to_learn, 0).unwrap();
    let after = loss(&adversary.judge(z.as_tensor()).unwrap());
    assert!(value(&after) < value(&to_learn));
}

#[test]
fn a_saved_network_goes_on_exactly() {
    let (mut whole, mut first, z) = (adversary(), adversary(), latents());
    let learn = |adversary: &mut Adversary, step| {
        let loss = loss(&adversary.judge_to_learn(z.as_tensor()).unwrap());
        adversary.learn(&loss, step).unwrap();
        adversary.end_of_epoch(1.0);
        value(&loss)
    };
    for step in 0..3 {
        assert_eq!(learn(&mut whole, step), learn(&mut first, step));
    }
    let mut second = adversary();
    second.load(&first.state().unwrap()).unwrap();
    for step in 3..6 {
        assert_eq!(learn(&mut whole, step), learn(&mut second, step));
    }
    assert!(second.lr(6) < 0.01);
}

#[test]
fn two_entries_start_from_streams_of_their_own() {
    let named = |name: &str| {
        let config = AdversaryConfig::default();
        let mut cx = term_cx();
        (cx.name, cx.dtype) = (name.into(), DType::F32);
        let state = Adversary::new(&config, &cx, 3, 2).unwrap().state().unwrap();
        let weight = state.get("network.fc1.weight").unwrap();
        weight.flatten_all().unwrap().to_vec1::<f32>().unwrap()
    };
    assert_eq!(named("tc"), named("tc"));
    assert_ne!(named("tc"), named("tc2"));
}
