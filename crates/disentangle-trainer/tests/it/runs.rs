//! Small runs: the same twice, the same after a stop, and stopped by what is not a number.

use std::path::Path;

use disentangle_trainer::{Device, Error, Event, Experiment, Observer, RunFolder, Trainer};

use crate::small::{CVAE, IFCVAE, bytes, config, train, watch};

const MODEL: &str = "checkpoints/step-000000012/model.safetensors";
const CODES: &str = "encodings/codes.npy";
/// In the order in which they come from each other, so that the first to differ tells why.
const RESULTS: [&str; 6] = [
    MODEL,
    "checkpoints/step-000000012/optimizer.safetensors",
    "checkpoints/step-000000012/terms.safetensors",
    "checkpoints/step-000000012/state.json",
    CODES,
    "metrics.json",
];

/// Requires the same bytes in every result; names the first line of a text that differs.
#[track_caller]
fn assert_same_results(a: &Path, b: &Path, what: &str) {
    for file in RESULTS {
        let (a, b) = (bytes(a, file), bytes(b, file));
        if file.ends_with(".json") && a != b {
            let (a, b) = [a, b].map(|bytes| String::from_utf8(bytes).unwrap()).into();
            let different = a.lines().zip(b.lines()).find(|(a, b)| a != b);
            panic!("{what}: {file}: {different:?}");
        }
        assert!(a == b, "{what}: {file}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let roots = ["a", "b", "c"].map(|name| folder.path().join(name));
    train(&roots[0], &[], &mut watch(None)).unwrap();
    train(&roots[1], &[], &mut watch(None)).unwrap();
    train(&roots[2], &["seed=1"], &mut watch(None)).unwrap();
    assert_same_results(&roots[0], &roots[1], "the same seed");
    assert!(bytes(&roots[0], CODES) != bytes(&roots[2], CODES));
}

#[test]
fn a_stopped_run_ends_as_if_it_had_not_been_stopped() {
    for (name, overrides) in [("vae", &[][..]), ("cvae", CVAE), ("ifcvae", IFCVAE)] {
        let folder = tempfile::tempdir().unwrap();
        let whole = folder.path().join("whole");
        let mut seen = watch(None);
        train(&whole, overrides, &mut seen).unwrap();
        for stop in [2, 6, 11] {
            let root = folder.path().join(stop.to_string());
            train(&root, overrides, &mut watch(Some(stop))).unwrap_err();
            let run = RunFolder::open(&root).unwrap();
            let config = run.config().unwrap();
            let mut trainer = Trainer::resume(config, run, &Device::Cpu).unwrap();
            assert_eq!(trainer.step(), stop / 4 * 4);
            trainer.run(&mut watch(None)).unwrap();
            assert_same_results(&whole, &root, &format!("{name}, stopped after {stop}"));
        }
        assert_eq!(seen.events.len(), 2);
    }
}

/// Asks a run to stop after a step, as Ctrl-C does.
struct Asks(u64, u64);

impl Observer for Asks {
    fn on(&mut self, event: &Event) -> Result<(), Error> {
        if let Event::Tick { step } = event {
            self.1 = *step;
        }
        Ok(())
    }

    fn stop_requested(&self) -> bool {
        self.1 >= self.0
    }
}

#[test]
fn a_checkpoint_out_of_turn_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    // The value falls, so that every window has a best step of its own.
    let best = [
        "checkpoint={every: 4, best: {value: objective}}",
        "train.lr=3e-2",
    ];
    let whole = folder.path().join("whole");
    train(&whole, &best, &mut watch(None)).unwrap();
    for stop in [3, 4, 9] {
        let root = folder.path().join(stop.to_string());
        let experiment = Experiment::build(config(&best), &Device::Cpu).unwrap();
        let mut trainer = Trainer::new(experiment, &root).unwrap();
        let error = trainer.run(&mut Asks(stop, 0)).unwrap_err();
        assert!(matches!(error, Error::Interrupted { step, .. } if step == stop));
        drop(trainer);
        let run = RunFolder::reopen(&root).unwrap();
        let mut trainer = Trainer::resume(config(&best), run, &Device::Cpu).unwrap();
        assert_eq!(trainer.step(), stop);
        trainer.run(&mut watch(None)).unwrap();
        assert_same_results(&whole, &root, &format!("stopped after {stop}"));
    }
}

#[test]
fn only_the_newest_checkpoints_are_kept_and_pictures_are_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("run");
    train(&root, &[], &mut watch(None)).unwrap();
    let mut names: Vec<_> = std::fs::read_dir(root.join("checkpoints"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["step-000000008", "step-000000012"]);
    for picture in ["images/reconstructions.png", "images/traversals.png"] {
        assert!(bytes(&root, picture).starts_with(b"\x89PNG"));
    }
}

#[test]
fn a_loss_that_is_not_finite_stops_the_run_with_its_name_and_step() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("run");
    for overrides in [&[][..], CVAE, IFCVAE] {
        let overrides = [overrides, &["train.lr=1e30"]].concat();
        let error = train(&root, &overrides, &mut watch(None)).unwrap_err();
        assert!(
            matches!(&error, Error::NotFinite { name, step: 1.., .. } if name.starts_with("loss/")),
            "{error}"
        );
        assert!(!root.join("checkpoints/step-000000004").exists());
        std::fs::remove_dir_all(&root).unwrap();
    }
}

/// The learning rate explodes after the first checkpoint, which must outlive the run.
#[test]
fn the_last_good_checkpoint_outlives_a_run_that_stops() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("run");
    let explode = "train.lr={kind: piecewise, points: [[5, 1.0e-3], [6, 1.0e30]]}";
    let error = train(&root, &[explode], &mut watch(None)).unwrap_err();
    assert!(
        matches!(&error, Error::NotFinite { step: 6.., .. }),
        "{error}"
    );
    let names = |folder: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    assert_eq!(names(&root.join("checkpoints")), ["step-000000004"]);
    let run = RunFolder::open(&root).unwrap();
    let trainer = Trainer::resume(run.config().unwrap(), run, &Device::Cpu).unwrap();
    assert_eq!(trainer.step(), 4);
}

/// The gradient's norm, where it is logged.
#[derive(Default)]
struct Norms(Vec<f64>);

impl Observer for Norms {
    fn on(&mut self, event: &Event) -> Result<(), Error> {
        if let Event::Scalars { values, .. } = event {
            self.0.extend(values.get("gradient/norm"));
        }
        Ok(())
    }
}

#[test]
fn a_clipped_run_logs_the_norm_and_a_tiny_limit_holds_the_weights() {
    let folder = tempfile::tempdir().unwrap();
    let weights = |name: &str, more: &[&str]| {
        let root = folder.path().join(name);
        let sgd = [
            "train.optimizer={kind: sgd}",
            "train.lr=1e-3",
            "log.every=1",
        ];
        let mut norms = Norms::default();
        let experiment = Experiment::build(config(&[&sgd, more].concat()), &Device::Cpu).unwrap();
        Trainer::new(experiment, &root)
            .unwrap()
            .run(&mut norms)
            .unwrap();
        let state = disentangle_nn::StateDict::open(&root.join(MODEL), &Device::Cpu).unwrap();
        let bias = state.get("decoder.head.bias").unwrap();
        (bias.to_vec1::<f32>().unwrap(), norms.0)
    };
    let untrained = weights("still", &["train.lr=0"]).0;
    let (free, free_norms) = weights("free", &[]);
    let (tight, norms) = weights("tight", &["train.clip=1e-9"]);
    let distance = |a: &[f32]| -> f32 {
        let differences = a.iter().zip(&untrained).map(|(a, b)| (a - b).abs());
        differences.fold(0.0, f32::max)
    };
    // Twelve steps of at most 1e-3·1e-9 cannot be seen in f32; free ones of a norm above 1 can.
    assert_eq!(distance(&tight), 0.0);
    assert!(distance(&free) > 1e-4);
    // The norm is that before clipping, and the first step begins with the same weights.
    assert_eq!((free_norms.len(), norms.len()), (12, 12));
    assert_eq!(free_norms[0], norms[0]);
    assert!(norms.iter().all(|norm| *norm > 1.0), "{norms:?}");
}

#[test]
fn a_split_is_saved_and_can_be_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let (first, again) = (folder.path().join("first"), folder.path().join("again"));
    let of = "kind: split, part: train, of: {kind: subset, of: {kind: dsprites, size: 16}, \
              fixed: {orientation: 0, scale: 5}, every: {posX: 8, posY: 8}}";
    let rule = format!("data={{{of}, fraction: 0.25, by: [posX]}}");
    train(&first, &[&rule], &mut watch(None)).unwrap();
    let saved = first.join("split.npz");
    let list = format!("data={{{of}, saved: '{}'}}", saved.display());
    train(&again, &[&list], &mut watch(None)).unwrap();
    assert_same_results(&first, &again, "the saved split");
    assert!(!bytes(&again, "split.npz").is_empty());
}

#[test]
fn an_existing_run_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine"), "precious").unwrap();
    let error = train(folder.path(), &[], &mut watch(None)).unwrap_err();
    assert!(matches!(error, Error::Exists(_)));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_resumed_run_may_be_longer_but_not_another_one() {
    let folder = tempfile::tempdir().unwrap();
    let saved = config(&[]);
    let run = RunFolder::create(&folder.path().join("run"), &saved).unwrap();
    run.require_same(&saved, &config(&["train.steps=99"]))
        .unwrap();
    let error = run
        .require_same(&saved, &config(&["seed=5", "train.batch_size=4"]))
        .unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("seed (0 in the run, 5 asked for)"),
        "{message}"
    );
    assert!(message.contains("train.batch_size (8 in the run, 4 asked for)"));
}

/// Asks to stop once images of the last evaluation are encoded, or between metrics.
struct Impatient {
    encoded: bool,
    after: usize,
    asked: std::cell::Cell<usize>,
}

impl Observer for Impatient {
    fn on(&mut self, event: &Event) -> Result<(), Error> {
        self.encoded |= matches!(event, Event::Encoding { .. });
        Ok(())
    }

    fn stop_requested(&self) -> bool {
        if self.encoded {
            self.asked.set(self.asked.get() + 1);
        }
        self.asked.get() > self.after
    }
}

#[test]
fn a_run_that_is_stopped_while_it_is_measured_only_measures_again() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    // 48 images in six chunks.
    let overrides = ["eval.batch_size=8"];
    train(&whole, &overrides, &mut watch(None)).unwrap();
    // At the first chunk of images, before the first metric, and before the third.
    for after in [0, 6, 8] {
        let root = folder.path().join(after.to_string());
        let mut observer = Impatient {
            encoded: false,
            after,
            asked: 0.into(),
        };
        let experiment = Experiment::build(config(&overrides), &Device::Cpu).unwrap();
        let mut trainer = Trainer::new(experiment, &root).unwrap();
        let error = trainer.run(&mut observer).unwrap_err();
        drop(trainer);
        assert!(
            matches!(error, Error::Interrupted { step: 12, .. }),
            "{error}"
        );
        assert!(!root.join("metrics.json").exists(), "{after}");
        let run = RunFolder::reopen(&root).unwrap();
        let mut trainer = Trainer::resume(config(&overrides), run, &Device::Cpu).unwrap();
        assert_eq!(trainer.step(), 12);
        trainer.run(&mut watch(None)).unwrap();
        assert_eq!(bytes(&root, "metrics.json"), bytes(&whole, "metrics.json"));
    }
}
