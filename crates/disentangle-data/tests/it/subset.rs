//! Parts of data sets.

use crate::support::{build, build_error, factors, image, table_file};

#[test]
fn a_part_of_a_grid_is_the_grid_of_what_was_chosen() {
    let whole = build("kind: dsprites").unwrap();
    let part = build(
        "
kind: subset
of: {kind: dsprites}
fixed: {scale: 5}
every: {orientation: 10, posX: 16}
values: {shape: [2, 0]}
",
    )
    .unwrap();
    let space = part.factor_space().unwrap();
    assert_eq!(space.names(), ["shape", "orientation", "posX", "posY"]);
    assert_eq!(space.sizes(), [2, 4, 2, 32]);
    assert!(space.is_grid());
    assert_eq!(part.len(), 512);

    let whole_space = whole.factor_space().unwrap();
    for index in 0..part.len() {
        let factors = factors(part.as_ref(), index);
        let [shape, orientation, x, y] = factors[..] else {
            panic!("{factors:?}")
        };
        let source = [[2, 0][shape as usize], 5, 10 * orientation, 16 * x, y];
        let source = whole_space.index(&source).unwrap();
        assert!(image(part.as_ref(), index) == image(whole.as_ref(), source));
    }
}

#[test]
fn constant_factors_can_be_kept() {
    let part = build(
        "
kind: subset
of: {kind: dsprites}
fixed: {scale: 5, shape: 0}
constant_factors: keep
",
    )
    .unwrap();
    let space = part.factor_space().unwrap();
    assert_eq!(space.sizes(), [1, 1, 40, 32, 32]);
    assert_eq!(factors(part.as_ref(), 33), [0, 0, 0, 1, 1]);
}

#[test]
fn a_part_of_a_part_is_a_part() {
    let part = build(
        "
kind: subset
of: {kind: subset, of: {kind: dsprites}, every: {posX: 2}}
every: {posX: 2}
",
    )
    .unwrap();
    assert_eq!(part.factor_space().unwrap().sizes(), [3, 6, 40, 8, 32]);
    let whole = build("kind: dsprites").unwrap();
    assert!(image(part.as_ref(), 32) == image(whole.as_ref(), 4 * 32));
}

#[test]
fn everything_fixed_leaves_one_image() {
    let part = build(
        "
kind: subset
of: {kind: dsprites}
fixed: {shape: 1, scale: 1, orientation: 1, posX: 1, posY: 1}
",
    )
    .unwrap();
    assert_eq!(part.len(), 1);
    assert_eq!(factors(part.as_ref(), 0), [0_u32; 0]);
}

#[test]
fn a_part_of_a_table_has_the_rows_with_chosen_values() {
    let folder = tempfile::tempdir().unwrap();
    let of = format!(
        "kind: subset\nof: {{kind: dsprites_file, path: '{}'}}",
        table_file(folder.path()).display()
    );
    let part = build(&format!("{of}\nvalues: {{shape: [2, 0]}}")).unwrap();
    let space = part.factor_space().unwrap();
    assert!(!space.is_grid());
    assert_eq!(space.sizes(), [2, 2]);
    // Shapes 2, 0, 0, 1 in the whole: the last one goes, the others are numbered as listed.
    let rows: Vec<_> = (0..part.len())
        .map(|index| factors(part.as_ref(), index))
        .collect();
    assert_eq!(rows, [[0, 0], [1, 1], [1, 0]]);
    assert_eq!(image(part.as_ref(), 2)[2], 255);

    let none = build_error(&format!("{of}\nfixed: {{shape: 2, posY: 1}}"));
    assert_eq!(none, "no image has the chosen factor values");
}

#[test]
fn bad_choices_are_named() {
    let error =
        |choice: &str| build_error(&format!("kind: subset\nof: {{kind: dsprites}}\n{choice}"));
    assert_eq!(
        error("fixed: {color: 0}"),
        "there is no factor `color`; the factors are shape, scale, orientation, posX, posY"
    );
    assert_eq!(
        error("values: {shape: [0, 3]}"),
        "factor `shape` takes the values 0 to 2, not 3"
    );
    assert!(error("every: {posX: 0}").contains("`every.posX`: must be at least 1"));
    assert!(error("values: {posX: []}").contains("`values.posX`: must list at least one value"));
    assert!(error("values: {posX: [1, 1]}").contains("must not list a value twice"));
    assert!(error("fixed: {posX: 1}\nevery: {posX: 2}").contains("`every.posX`: is fixed already"));
    let inner = build_error("kind: subset\nof: {kind: dsprites, size: 3}");
    assert!(inner.contains("`of.size`"), "{inner}");
}
