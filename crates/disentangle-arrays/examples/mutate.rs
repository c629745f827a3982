//! Changes bytes of array files at random and reads them, for a while: `mutate SECONDS FILE…`.
//!
//! A panic or an abort shows as such; run it under `ulimit -v` to see that memory is bounded. Each file is
//! changed in one to eight places, half of them among its first two thousand bytes, and at times cut off.
#![expect(clippy::print_stdout, reason = "an example prints what it measures")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use disentangle_arrays::open;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments
        .next()
        .ok_or("usage: mutate SECONDS FILE…")?
        .parse()?;
    let files: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
    let whole: Vec<Vec<u8>> = files.iter().map(std::fs::read).collect::<Result<_, _>>()?;
    let folder = tempfile::tempdir()?;
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let (start, mut n_runs, mut n_read) = (Instant::now(), 0_u64, 0_u64);
    while start.elapsed() < Duration::from_secs(seconds) {
        for (file, bytes) in files.iter().zip(&whole) {
            let extension = file.extension().unwrap_or_default();
            let path = folder.path().join("mutated").with_extension(extension);
            std::fs::write(&path, random.mutated(bytes))?;
            n_runs += 1;
            n_read += u64::from(reads(&path));
        }
    }
    println!("{n_runs} executions in {seconds} s, {n_read} of them read every array");
    Ok(())
}

/// Reads every array; one that is broken does not hide the next.
fn reads(path: &Path) -> bool {
    let Ok(mut file) = open(path) else {
        return false;
    };
    let names = file.names();
    names.iter().filter(|name| file.read(name).is_ok()).count() == names.len()
}

/// Marsaglia's xorshift64.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }

    fn mutated(&mut self, whole: &[u8]) -> Vec<u8> {
        let mut bytes = whole.to_vec();
        for _ in 0..=self.below(8) {
            let range = if self.below(2) == 0 {
                bytes.len()
            } else {
                bytes.len().min(2048)
            };
            let place = self.below(range);
            bytes[place] = match self.below(4) {
                0 => 0,
                1 => 0xff,
                2 => bytes[place].wrapping_add(1),
                _ => self.below(256) as u8,
            };
        }
        if self.below(8) == 0 {
            bytes.truncate(self.below(whole.len()));
        }
        bytes
    }
}
