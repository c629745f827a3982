//! Whatever byte of a run's file changes, reading it does not panic. `examples/mutate_readers` does the same for long.

mod targets;

use std::sync::{LazyLock, Mutex, PoisonError};

use proptest::prelude::*;
use proptest::sample::Index;
use tempfile::TempDir;

use targets::{Target, of_a_run};

static RUN: LazyLock<(TempDir, Vec<Target>)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let targets = of_a_run(&folder.path().join("run"));
    (folder, targets)
});

/// One change at a time: all targets are files of one run.
static TURN: Mutex<()> = Mutex::new(());

fn accepts(target: &Target, bytes: &[u8]) -> bool {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    target.accepts(&RUN.0.path().join("run"), bytes)
}

fn target(name: &str) -> &'static Target {
    let mut targets = RUN.1.iter();
    targets
        .find(|target| target.name().ends_with(name))
        .unwrap()
}

#[test]
fn unchanged_files_are_accepted() {
    for target in &RUN.1 {
        assert!(accepts(target, &target.whole), "{}", target.name());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_change_of_a_file_is_more_than_an_error(
        which in any::<Index>(),
        changes in prop::collection::vec(any::<(Index, u8)>(), 1..6),
        length in any::<Index>(),
    ) {
        let target = which.get(&RUN.1);
        let mut bytes = target.whole.clone();
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        bytes.truncate(length.index(2 * bytes.len()) + 1);
        accepts(target, &bytes);
    }
}

#[test]
fn aliases_that_multiply_are_refused() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let before = format!("*a{}", level - 1);
        let ten = vec![before; 10].join(", ");
        text += &format!("a{level}: &a{level} [{ten}]\n");
    }
    assert!(!accepts(target("config.yaml"), text.as_bytes()));
    let deep = "[".repeat(100_000);
    assert!(!accepts(target("config.yaml"), deep.as_bytes()));
    assert!(!accepts(target("state.json"), deep.as_bytes()));
    assert!(!accepts(target("metrics.json"), deep.as_bytes()));
}

#[test]
fn a_class_beyond_all_measure_takes_no_memory() {
    let factors = target("factors.npy");
    let mut bytes = factors.whole.clone();
    let end = bytes.len();
    bytes[end - 4..].fill(0xff);
    assert!(!accepts(factors, &bytes));
}
