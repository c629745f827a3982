//! Changes bytes of a run's files at random and reads them, for a while: `mutate_readers SECONDS [SEED]`.
//!
//! A panic or an abort shows as such; run it under `ulimit -v` to see that memory is bounded. Each file is
//! changed in one to eight places or has a piece of itself repeated, and is cut off at times.
#![expect(clippy::print_stdout, reason = "an example prints what it measures")]
#![expect(
    clippy::unwrap_used,
    reason = "an experiment that cannot go on has failed"
)]

#[path = "../../tests/it/mutations/targets.rs"]
mod targets;

use std::time::{Duration, Instant};

use disentangle_seeds::{Seeds, Stream};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments.next().and_then(|text| text.parse().ok());
    let seconds = seconds.expect("usage: mutate_readers SECONDS [SEED]");
    let seed = arguments
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("run");
    let targets = targets::of_a_run(&root);
    let mut counts = vec![(0_u64, 0_u64); targets.len()];
    let mut stream = Seeds::new(seed).stream("mutations", 0);
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(seconds) {
        for (target, (runs, accepted)) in targets.iter().zip(&mut counts) {
            let bytes = mutated(&target.whole, &mut stream);
            *runs += 1;
            *accepted += u64::from(target.accepts(&root, &bytes));
        }
    }
    for (target, (runs, accepted)) in targets.iter().zip(&counts) {
        println!(
            "{:<52} {runs:>8} executions, {accepted:>8} accepted",
            target.name()
        );
    }
    let total: u64 = counts.iter().map(|(runs, _)| runs).sum();
    println!("{total} executions in {seconds} s, seed {seed}");
}

/// Digits, signs and brackets, which configs and logs are made of.
const TEXT: &[u8] = b"0123456789-+.eE[]{}:,\"*&!|>#\n ";

fn mutated(whole: &[u8], stream: &mut Stream) -> Vec<u8> {
    let mut below = |n: usize| stream.below(n.max(1) as u64) as usize;
    let mut bytes = whole.to_vec();
    for _ in 0..=below(8) {
        let range = if below(2) == 0 {
            bytes.len()
        } else {
            bytes.len().min(2048)
        };
        let place = below(range);
        bytes[place] = match below(5) {
            0 => 0,
            1 => 0xff,
            2 => bytes[place].wrapping_add(1),
            3 => TEXT[below(TEXT.len())],
            _ => below(256) as u8,
        };
    }
    if below(8) == 0 {
        let (start, length) = (below(bytes.len()), below(64));
        let piece = bytes[start..(start + length).min(bytes.len())].to_vec();
        bytes.splice(start..start, piece);
    }
    if below(8) == 0 {
        bytes.truncate(below(whole.len()));
    }
    bytes
}
