//! Models that come from elsewhere and go elsewhere.

use std::fs;
use std::path::Path;

use disentangle_nn::StateDict;
use disentangle_trainer::{
    Device, Encoding, Error, Event, Experiment, Export, Observer, RunFolder, Trainer, evaluate,
};
use serde_json::Value;

use crate::small::{CVAE, config, train, watch};

/// Sees nothing and asks for nothing.
struct Nobody;

impl Observer for Nobody {
    fn on(&mut self, _event: &Event) -> Result<(), Error> {
        Ok(())
    }
}

fn export(root: &Path, overrides: &[&str], target: &Path) -> Result<Vec<String>, Error> {
    let run = RunFolder::open(root)?;
    let experiment = Experiment::build(config(overrides), &Device::Cpu)?;
    experiment.load(&run, "last")?;
    let encoding = Encoding::of(&experiment, &mut Nobody)?;
    let scores = evaluate(&encoding, &experiment.config.eval, 0)?;
    let export = Export {
        run: &run,
        experiment: &experiment,
        checkpoint: "last",
        scores: Some(&scores),
    };
    let files = export.write(target)?;
    let name = |file: &std::path::PathBuf| file.file_name().unwrap().to_str().unwrap().to_owned();
    Ok(files.iter().map(name).collect())
}

#[test]
fn an_export_holds_what_the_hub_asks_for_and_the_same_weights() {
    let folder = tempfile::tempdir().unwrap();
    let (root, target) = (folder.path().join("run"), folder.path().join("hub"));
    train(&root, &[], &mut watch(None)).unwrap();
    fs::create_dir(&target).unwrap();
    let mut names = export(&root, &[], &target).unwrap();
    names.sort();
    let mut found: Vec<_> = fs::read_dir(&target)
        .unwrap()
        .collect::<Result<Vec<_>, _>>()
        .unwrap();
    found.sort_by_key(fs::DirEntry::file_name);
    let found: Vec<_> = found
        .iter()
        .map(|e| e.file_name().into_string().unwrap())
        .collect();
    assert_eq!(names, found);
    let read = |name: &str| fs::read_to_string(target.join(name)).unwrap();

    let card = read("README.md");
    let (front, body) = card
        .strip_prefix("---\n")
        .unwrap()
        .split_once("\n---\n")
        .unwrap();
    let front: Value = serde_saphyr::from_str(front).unwrap();
    let scores: Value = serde_json::from_str(&read("metrics.json")).unwrap();
    let result = &front["model-index"][0]["results"][0];
    assert_eq!(result["dataset"]["type"], "dsprites");
    let mig = result["metrics"].as_array().unwrap().iter();
    let mig = mig.clone().find(|metric| metric["type"] == "mig").unwrap();
    assert_eq!(mig["value"], scores["metrics"]["mig"]["score"]);
    assert!(
        body.contains("# run")
            && body.contains("| `mig` |")
            && body.contains("from disentangle_model import load")
    );

    let settings: Value = serde_json::from_str(&read("config.json")).unwrap();
    assert_eq!(settings["step"], 12);
    assert_eq!(settings["image"]["height"], 16);
    let saved = root.join("checkpoints/step-000000012/model.safetensors");
    assert_eq!(
        fs::read(target.join("model.safetensors")).unwrap(),
        fs::read(saved).unwrap()
    );
    assert!(
        fs::read(target.join("traversals.gif"))
            .unwrap()
            .starts_with(b"GIF89a")
    );

    // And back: the first weights of another run.
    let from = format!(
        "train.init_from.path={}",
        target.join("model.safetensors").display()
    );
    let other = Experiment::build(config(&[&from]), &Device::Cpu).unwrap();
    drop(Trainer::new(other, &folder.path().join("other")).unwrap());
}

#[test]
fn a_folder_that_holds_something_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (root, target) = (folder.path().join("run"), folder.path().join("hub"));
    train(&root, &["train.steps=4"], &mut watch(None)).unwrap();
    fs::create_dir(&target).unwrap();
    fs::write(target.join("mine"), "").unwrap();
    let error = export(&root, &[], &target).unwrap_err();
    assert!(error.to_string().contains("is not empty"), "{error}");
    assert_eq!(fs::read_dir(&target).unwrap().count(), 1);
    // Nothing hidden is left beside it.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn the_card_of_a_conditioned_model_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (root, target) = (folder.path().join("run"), folder.path().join("hub"));
    let overrides = [CVAE, &["train.steps=4"]].concat();
    train(&root, &overrides, &mut watch(None)).unwrap();
    export(&root, &overrides, &target).unwrap();
    let card = fs::read_to_string(target.join("README.md")).unwrap();
    assert!(card.contains("conditioned on labels"));
    let settings = fs::read_to_string(target.join("config.json")).unwrap();
    let settings: Value = serde_json::from_str(&settings).unwrap();
    assert_eq!(settings["labels"][0]["name"], "shape");
}

/// Weights and codes by PyTorch 2.15: see scripts/golden/init_from.py.
#[test]
fn weights_of_pytorch_give_its_codes() {
    let golden = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/golden/pytorch"
    ));
    let from = format!(
        "train.init_from.path={}",
        golden.join("model.safetensors").display()
    );
    let images = golden.join("images.npz");
    let images = format!(
        "data={{kind: array_file, path: {}, images: images, factors: factors}}",
        images.display()
    );
    let small = [
        "model.encoder={kind: mlp, hidden: [4]}",
        "model.decoder={kind: mlp, hidden: [4]}",
    ];
    let overrides = [
        &small[..],
        &[from.as_str(), images.as_str(), "train.steps=0"],
    ]
    .concat();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("run");
    train(&root, &overrides, &mut watch(None)).unwrap();
    let codes = disentangle_arrays::read(&root.join("encodings/codes.npy"), None)
        .unwrap()
        .to_f32();
    let expected: Vec<Vec<f32>> =
        serde_json::from_str(&fs::read_to_string(golden.join("codes.json")).unwrap()).unwrap();
    assert_eq!(codes.shape(), [expected.len(), 3]);
    for (found, expected) in codes.iter().zip(expected.concat()) {
        // 1e-5: f32 sums of 256 terms.
        assert!((found - expected).abs() < 1e-5, "{found} {expected}");
    }
    let weights = StateDict::open(&golden.join("model.safetensors"), &Device::Cpu).unwrap();
    assert!(weights.get("encoder.fc1.weight").is_some());
}
