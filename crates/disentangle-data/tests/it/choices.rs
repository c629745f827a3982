//! Which factors are ground truth, what is held out, what comes together.

use std::collections::BTreeSet;
use std::sync::Arc;

use disentangle_data::{Dataset, DatasetConfig, Loader, LoaderConfig, Places};
use disentangle_seeds::Seeds;

use crate::support::{build, build_error, factors, image, table_file};

/// A grid of 3 shapes, 6 scales and 8 orientations.
const SMALL: &str =
    "{kind: subset, of: {kind: dsprites}, fixed: {posX: 3, posY: 4}, every: {orientation: 5}}";

fn small(kind: &str, fields: &str) -> String {
    format!("{{kind: {kind}, of: {SMALL}, {fields}}}")
}

fn all_factors(dataset: &dyn Dataset) -> Vec<Vec<u32>> {
    (0..dataset.len())
        .map(|index| factors(dataset, index))
        .collect()
}

#[test]
fn factors_that_are_no_ground_truth_still_vary() {
    let whole = build(SMALL).unwrap();
    let part = build(&small("ground_truth", "without: [shape]")).unwrap();
    let space = part.factor_space().unwrap();
    assert_eq!(space.names(), ["scale", "orientation"]);
    assert!(!space.is_grid());
    assert_eq!(part.len(), whole.len());
    for index in [0, 50, 143] {
        assert_eq!(
            factors(part.as_ref(), index),
            factors(whole.as_ref(), index)[1..]
        );
        assert!(image(part.as_ref(), index) == image(whole.as_ref(), index));
    }
    let only = build(&small("ground_truth", "only: [orientation, shape]")).unwrap();
    let [shape, _, orientation] = factors(whole.as_ref(), 77)[..] else {
        panic!()
    };
    assert_eq!(factors(only.as_ref(), 77), [orientation, shape]);
}

#[test]
fn the_parts_of_a_split_are_the_whole() {
    let indices = |part: &str, fields: &str| {
        let yaml = small("split", &format!("part: {part}, {fields}"));
        let DatasetConfig::Split(split) = serde_saphyr::from_str(&yaml).unwrap() else {
            panic!()
        };
        let indices = split.indices(&Places { roots: vec![] }).unwrap();
        // The data set has the images of these indices, with their factors.
        let (whole, part) = (build(SMALL).unwrap(), build(&yaml).unwrap());
        assert_eq!(part.len(), indices.len());
        for (place, &index) in indices.iter().enumerate().step_by(7) {
            assert_eq!(
                factors(part.as_ref(), place),
                factors(whole.as_ref(), index)
            );
            assert!(image(part.as_ref(), place) == image(whole.as_ref(), index));
        }
        indices
    };
    for rule in [
        "fraction: 0.25",
        "fraction: 0.25, by: [shape, scale]",
        "held_out: [{shape: [2], scale: [4, 5]}, {orientation: [0]}]",
    ] {
        let (train, test) = (indices("train", rule), indices("test", rule));
        let both: BTreeSet<_> = train.iter().chain(&test).copied().collect();
        assert_eq!((train.len() + test.len(), both.len()), (144, 144), "{rule}");
        assert_eq!(indices("train", rule), train);
    }
    let fraction = "fraction: 0.25";
    assert_eq!(indices("test", fraction).len(), 36);
    assert_ne!(
        indices("test", "fraction: 0.25, seed: 1"),
        indices("test", fraction)
    );
}

#[test]
fn a_combination_is_held_out_whole() {
    let part = |part: &str| {
        let fields = format!("part: {part}, fraction: 0.3, by: [shape, scale]");
        build(&small("split", &fields)).unwrap()
    };
    let pairs = |dataset: &dyn Dataset| -> BTreeSet<_> {
        let all = all_factors(dataset);
        all.iter().map(|row| (row[0], row[1])).collect()
    };
    let (train, test) = (part("train"), part("test"));
    // 0.3 of 18 combinations is 5.
    assert_eq!(pairs(test.as_ref()).len(), 5);
    assert_eq!(test.len(), 5 * 8);
    assert!(pairs(train.as_ref()).is_disjoint(&pairs(test.as_ref())));
}

#[test]
fn named_combinations_are_what_is_held_out() {
    let test = "part: test, held_out: [{shape: [2], scale: [4, 5]}, {orientation: [0]}]";
    let test = build(&small("split", test)).unwrap();
    for row in all_factors(test.as_ref()) {
        assert!(row[0] == 2 && row[1] >= 4 || row[2] == 0, "{row:?}");
    }
    assert_eq!(test.len(), 2 * 8 + 18 - 2);
    assert_eq!(test.factor_space().unwrap().sizes(), [3, 6, 8]);
}

#[test]
fn a_saved_list_gives_the_same_split() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("split.npz");
    let list = ndarray::array![0_i64, 7, 143];
    disentangle_arrays::write(&path, &[("test", (&list).into())]).unwrap();
    let saved = |part: &str| {
        small(
            "split",
            &format!("part: {part}, saved: '{}'", path.display()),
        )
    };
    let test = build(&saved("test")).unwrap();
    assert_eq!(
        (test.len(), build(&saved("train")).unwrap().len()),
        (3, 141)
    );
    assert!(image(test.as_ref(), 1) == image(build(SMALL).unwrap().as_ref(), 7));

    let list = ndarray::array![0_i64, 144];
    disentangle_arrays::write(&path, &[("test", (&list).into())]).unwrap();
    assert!(build_error(&saved("test")).contains("144 is not between 0 and 143"));
}

#[test]
fn correlated_factors_come_together_in_training_only() {
    let correlation = |fields: &str| {
        let yaml = small(
            "correlated",
            &format!("factors: [scale, orientation], {fields}"),
        );
        let dataset: Arc<dyn Dataset> = build(&yaml).unwrap().into();
        assert_eq!(dataset.len(), 144);
        let config = LoaderConfig {
            batch_size: 100,
            prefetch: 0,
            ..LoaderConfig::default()
        };
        let loader = Loader::new(dataset, config, Seeds::new(0)).unwrap();
        let batches: Vec<_> = (0..20).map(|step| loader.batch(step).unwrap()).collect();
        let rows = batches
            .iter()
            .flat_map(|batch| batch.factors.chunks_exact(3));
        let pairs: Vec<_> = rows
            .map(|row| (f64::from(row[1]), f64::from(row[2])))
            .collect();
        pearson(&pairs)
    };
    assert!(correlation("sigma: 0.2") > 0.7);
    assert!(correlation("sigma: 0.2, opposed: true") < -0.7);
    // 2000 draws: five standard errors are 0.11.
    assert!(correlation("sigma: 100").abs() < 0.11);
}

fn pearson(pairs: &[(f64, f64)]) -> f64 {
    let n = pairs.len() as f64;
    let mean = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
    let (a, b) = (mean(&|p| p.0), mean(&|p| p.1));
    let covariance = mean(&|p| (p.0 - a) * (p.1 - b));
    covariance / (mean(&|p| (p.0 - a).powi(2)) * mean(&|p| (p.1 - b).powi(2))).sqrt()
}

/// exp(−((2/5 − 3/7)/0.2)²/2) at scale 2 of 6 and orientation 3 of 8.
#[test]
fn weights_are_the_formula_and_follow_their_images() {
    let inner = small("correlated", "factors: [scale, orientation], sigma: 0.2");
    let weights = |yaml: &str| build(yaml).unwrap().weights().unwrap().unwrap();
    let expected = (-((0.4_f64 - 3.0 / 7.0) / 0.2).powi(2) / 2.0).exp() as f32;
    let whole = weights(&inner);
    assert_eq!(whole[2 * 8 + 3], expected);
    let part =
        format!("{{kind: subset, of: {inner}, fixed: {{shape: 1}}, values: {{orientation: [3]}}}}");
    assert_eq!(weights(&part)[2], expected);
    let hidden = format!("{{kind: ground_truth, of: {inner}, without: [scale]}}");
    assert_eq!(weights(&hidden), whole);
    let split =
        format!("{{kind: split, of: {inner}, part: test, held_out: [{{orientation: [3]}}]}}");
    assert_eq!(weights(&split)[2], expected);
    let painted = format!("{{kind: color_dsprites, of: {inner}}}");
    assert_eq!(weights(&painted), whole);
    assert!(build(SMALL).unwrap().weights().unwrap().is_none());
    let twice =
        format!("{{kind: correlated, of: {inner}, factors: [scale, orientation], sigma: 0.2}}");
    assert_eq!(weights(&twice)[2 * 8 + 3], expected * expected);
}

#[test]
fn tables_are_split_and_chosen_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = table_file(folder.path());
    let of = format!("{{kind: dsprites_file, path: '{}'}}", path.display());
    let test = build(&format!(
        "{{kind: split, of: {of}, part: test, fraction: 0.5, by: [posY]}}"
    ));
    assert_eq!(test.unwrap().len(), 2);
    let only = build(&format!("{{kind: ground_truth, of: {of}, only: [posY]}}")).unwrap();
    assert_eq!(all_factors(only.as_ref()).concat(), [0, 1, 0, 1]);
}

#[test]
fn impossible_choices_are_explained() {
    let error = |kind: &str, fields: &str| build_error(&small(kind, fields));
    let unknown = "there is no factor `size`; the factors are shape, scale, orientation";
    assert_eq!(error("ground_truth", "without: [size]"), unknown);
    assert_eq!(
        error("split", "part: test, fraction: 0.5, by: [size]"),
        unknown
    );
    assert_eq!(
        error("split", "part: test, held_out: [{size: [0]}]"),
        unknown
    );
    assert_eq!(
        error("correlated", "factors: [size, scale], sigma: 1"),
        unknown
    );
    let value = "factor `shape` takes the values 0 to 2, not 3";
    assert_eq!(
        error("split", "part: test, held_out: [{shape: [3]}]"),
        value
    );
    assert!(error("ground_truth", "").contains("`only`: give factors either here or in `without`"));
    let every = "without: [shape, scale, orientation]";
    assert!(error("ground_truth", every).contains("none is left as ground truth"));
    assert!(
        error("split", "part: test").contains("exactly one of `fraction`, `held_out` and `saved`")
    );
    assert!(error("split", "part: test, fraction: 1.5").contains("must be between 0 and 1"));
    assert!(error("split", "part: test, held_out: [{}]").contains("every entry must list values"));
    assert!(
        error("split", "part: train, fraction: 0.001").contains("of 144 images 0 are held out")
    );
    assert!(
        error("split", "part: train, held_out: [{shape: [0, 1, 2]}]").contains("144 are held out")
    );
    assert!(
        error("correlated", "factors: [scale, scale], sigma: 1").contains("two different ones")
    );
    assert!(error("correlated", "factors: [shape, scale], sigma: 0").contains("`sigma`: must be"));
}
