//! Every term's gradient against central differences.

use disentangle_objectives::{Term, TermConfig};
use disentangle_registry::Config;

use crate::setting::{Inputs, Setting, build};

const STEP: u64 = 3;

fn loss_at(inputs: &Inputs, term: &dyn Term) -> f64 {
    Setting::new(inputs).loss(term, STEP)
}

#[test]
fn every_term_agrees_with_central_differences() {
    for config in TermConfig::examples() {
        let term = build(&config).unwrap();
        let setting = Setting::new(&Inputs::golden());
        let loss = term.loss(&setting.cx(STEP)).unwrap();
        let gradients = loss.backward().unwrap();
        for field in 0..3 {
            let var = &setting.vars[field];
            let gradient = gradients.get(var.as_tensor());
            let analytic: Vec<f64> = match gradient {
                Some(gradient) => gradient.flatten_all().unwrap().to_vec1().unwrap(),
                None => vec![0.0; var.elem_count()],
            };
            for (i, analytic) in analytic.into_iter().enumerate() {
                let moved = |by: f64| {
                    let mut inputs = Inputs::golden();
                    inputs.fields()[field][i] += by;
                    loss_at(&inputs, term.as_ref())
                };
                // h = 1e-5 leaves an error of h² ~ 1e-10 and a rounding of 1e-16/h ~ 1e-11.
                let numeric = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                let kind = config.kind();
                assert!(
                    (analytic - numeric).abs() < 1e-8,
                    "{kind} {field} {i}: {analytic} {numeric}"
                );
            }
        }
    }
}
