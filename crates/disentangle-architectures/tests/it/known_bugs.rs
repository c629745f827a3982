//! Known bugs of the field that this crate does not have; the table is in the documentation.

use candle_core::Tensor;

use crate::conditioning::{IFCVAE, batch, labels, model};
use crate::store;

/// D15: disentanglement-pytorch's IFCVAE takes the softmax over all labels at once, and in test gives the
/// decoder raw logits.
#[test]
fn d15_the_softmax_is_per_label_in_training_and_in_test() {
    let store = store();
    let (training, test) = model(IFCVAE, &store);
    let condition = |x: &Tensor| x.to_vec2::<f32>().unwrap();
    let pass = training.encode(&batch()).unwrap().labels.unwrap();
    let seen = condition(&pass.condition);
    assert_eq!(
        seen,
        condition(test.encode(&batch()).unwrap().condition().unwrap())
    );
    for row in &seen {
        for label in [&row[..3], &row[3..]] {
            // 1e-6: a sum of at most three f32 numbers below 1.
            assert!((label.iter().sum::<f32>() - 1.0).abs() < 1e-6, "{row:?}");
        }
    }
    let expected = labels().probabilities(&pass.logits.unwrap()).unwrap();
    assert_eq!(seen, condition(&expected));
}
