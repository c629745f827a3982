//! Labels from a data set to the model: chosen by name, refused with reasons, drawn and encoded.

use disentangle_trainer::{
    Device, Encoding, Error, Experiment, Trainer, TraversalChoice, WalkRange, conditions,
    traversal_pictures,
};

use crate::small::{CVAE, IFCVAE, bytes, config, train, watch};

fn build(overrides: &[&str]) -> Result<Experiment, Error> {
    Experiment::build(config(overrides), &Device::Cpu)
}

/// Why a run cannot begin.
fn refusal(overrides: &[&str]) -> String {
    let experiment = match build(overrides) {
        Err(error) => return error.to_string(),
        Ok(experiment) => experiment,
    };
    let folder = tempfile::tempdir().unwrap();
    let trainer = Trainer::new(experiment, &folder.path().join("run"));
    trainer.err().unwrap().to_string()
}

#[test]
fn an_unknown_label_lists_the_factors_that_the_subset_has() {
    assert_eq!(
        refusal(&["train.labels=[orientation]"]),
        "`train.labels`: there is no factor `orientation`; the factors are shape, posX, posY"
    );
}

#[test]
fn everything_that_labels_and_terms_lack_is_reported_at_once() {
    let message = refusal(&[
        "model.conditioning={kind: labels}",
        "model.bottleneck={kind: deterministic}",
        "train.batch_size=1",
        "objective.terms.aux={term: {kind: label_adversary}}",
    ]);
    let lines: Vec<_> = message.lines().collect();
    assert_eq!(
        lines,
        [
            "`model.conditioning` needs labels: name factors in `train.labels`",
            "term `aux` needs labels, which `train.labels` does not provide",
            "term `kl` needs a Gaussian posterior, which the bottleneck does not provide",
            "term `tc` needs a Gaussian posterior, which the bottleneck does not provide",
            "term `tc` needs at least two images a batch, which `train.batch_size` does not provide",
        ]
    );
}

#[test]
fn a_label_term_without_its_part_is_refused() {
    let message = refusal(&[
        "train.labels=[shape]",
        "objective.terms.y={term: {kind: label_classification}}",
    ]);
    assert_eq!(
        message,
        "term `y` needs a label encoder, which `model.conditioning` does not provide"
    );
    let message = refusal(&["eval.representation=mean_and_labels"]);
    assert!(message.contains("`mean_and_labels` needs a label encoder"));
}

#[test]
fn codes_of_an_ifcvae_may_hold_its_labels() {
    let codes = |representation: &str| {
        let overrides = [IFCVAE, &[representation]].concat();
        let experiment = build(&overrides).unwrap();
        Encoding::of(&experiment, &mut watch(None)).unwrap().codes
    };
    let both = codes("eval.representation=mean_and_labels");
    let mean = codes("eval.representation=mean");
    assert_eq!((both.ncols(), mean.ncols()), (3 + 3, 3));
    assert_eq!(both.slice(ndarray::s![.., ..3]), mean);
    for row in both.rows() {
        let sum: f32 = row.iter().skip(3).sum();
        // 1e-6: a sum of three f32 numbers below 1.
        assert!((sum - 1.0).abs() < 1e-6, "{row}");
    }
}

#[test]
fn an_evaluation_may_encode_a_random_part() {
    let codes = |images: &str| {
        let experiment = build(&[images]).unwrap();
        let encoding = Encoding::of(&experiment, &mut watch(None)).unwrap();
        encoding.table().unwrap();
        (encoding.codes, encoding.factors.unwrap())
    };
    let (all, all_factors) = codes("eval.images=null");
    let (part, part_factors) = codes("eval.images=20");
    assert_eq!((part.nrows(), part_factors.nrows()), (20, 20));
    let mut row_of = 0;
    for (code, factors) in part.rows().into_iter().zip(part_factors.rows()) {
        // Each row is the next one of the whole with these factors.
        row_of += all_factors
            .rows()
            .into_iter()
            .skip(row_of)
            .position(|row| row == factors)
            .unwrap();
        // 1e-5: another batch may round differently.
        let apart = &code - &all.row(row_of);
        assert!(apart.iter().all(|apart| apart.abs() < 1e-5), "{apart}");
        row_of += 1;
    }
    assert!(codes("eval.images=1000000").0 == all);
}

/// Even at weight 0: the term is logged, and there is nothing to log.
#[test]
fn a_density_term_of_an_autoencoder_is_refused() {
    let message = refusal(&[
        "model.bottleneck={kind: deterministic}",
        "objective.terms.kl.weight=0",
    ]);
    let expected = "term `kl` needs a Gaussian posterior, which the bottleneck does not provide";
    assert!(message.contains(expected), "{message}");
}

#[test]
fn conditioned_runs_draw_a_picture_a_label() {
    let folder = tempfile::tempdir().unwrap();
    for (name, overrides, labels) in [
        ("cvae", CVAE, &["label-shape", "label-posX"][..]),
        ("ifcvae", IFCVAE, &["label-shape"]),
    ] {
        let root = folder.path().join(name);
        train(&root, overrides, &mut watch(None)).unwrap();
        for label in labels {
            let picture = bytes(&root, &format!("images/{label}.png"));
            assert!(picture.starts_with(b"\x89PNG"), "{name} {label}");
        }
        let experiment = build(overrides).unwrap();
        let drawn = conditions(&experiment).unwrap();
        let names: Vec<_> = drawn.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, labels);
        let choice = TraversalChoice {
            index: Some(0),
            range: WalkRange::Own,
            ..TraversalChoice::default()
        };
        traversal_pictures(&experiment, choice).unwrap();
    }
    assert!(conditions(&build(&[]).unwrap()).unwrap().is_empty());
}

#[test]
fn a_run_without_an_active_latent_says_so_when_only_those_are_to_be_drawn() {
    // The mean of one image does not vary.
    let one = ["data.fixed={shape: 0}", "data.every={posX: 32, posY: 32}"];
    let experiment = build(&one).unwrap();
    let choice = TraversalChoice {
        only_active: true,
        ..TraversalChoice::default()
    };
    let error = traversal_pictures(&experiment, choice).err().unwrap();
    assert!(matches!(error, Error::NoActiveLatent), "{error}");
    traversal_pictures(&experiment, TraversalChoice::default()).unwrap();
}
