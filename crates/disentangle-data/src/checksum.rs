//! Checksums of whole files, and what they tell about a published file.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use md5::Md5;
use sha2::{Digest, Sha256};

use crate::description::PublishedFile;
use crate::error::Error;
use crate::prepare::Progress;
use crate::prepared;

/// What a checksum tells about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The file is the published one, bit for bit.
    KnownGood,
    /// The file is not the published one: it is cut off, damaged or another one.
    KnownBad(String),
    /// Nothing published decides.
    Unknown(String),
}

/// The sums of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksums {
    /// The file's length.
    pub bytes: u64,
    /// MD5 in hexadecimal.
    pub md5: String,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

impl Checksums {
    /// Reads a file whole.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn of(path: &Path, progress: &mut dyn FnMut(Progress)) -> Result<Self, Error> {
        let at = |error: std::io::Error| Error::content(path, "", error.to_string());
        let mut file = File::open(path).map_err(at)?;
        let total = file.metadata().map_err(at)?.len();
        let (mut md5, mut sha256, mut done) = (Md5::new(), Sha256::new(), 0);
        let mut piece = vec![0; 1 << 20];
        loop {
            let read = file.read(&mut piece).map_err(at)?;
            if read == 0 {
                break;
            }
            md5.update(&piece[..read]);
            sha256.update(&piece[..read]);
            done += read as u64;
            progress(Progress { done, total });
        }
        Ok(Self {
            bytes: done,
            md5: hex(md5.finalize()),
            sha256: hex(sha256.finalize()),
        })
    }

    /// Compares with what is published.
    pub fn verdict(&self, published: &PublishedFile) -> Verdict {
        if let Some(bytes) = published.bytes.filter(|&bytes| bytes != self.bytes) {
            return Verdict::KnownBad(format!(
                "it has {} bytes, the published file {bytes}",
                self.bytes
            ));
        }
        let compared = [
            ("SHA-256", &published.sha256, &self.sha256),
            ("MD5", &published.md5, &self.md5),
        ];
        let known = compared
            .iter()
            .filter_map(|(what, published, own)| Some((*what, published.as_ref()?, *own)));
        let differing = known
            .clone()
            .find(|(_, published, own)| !published.eq_ignore_ascii_case(own));
        match (known.clone().count(), differing, &published.replaced) {
            (0, ..) => Verdict::Unknown("no checksum is published".to_owned()),
            (_, None, None) => Verdict::KnownGood,
            (_, None, Some(replaced)) => {
                Verdict::Unknown(format!("it is the file of the first upload: {replaced}"))
            }
            (_, Some(_), Some(replaced)) => Verdict::Unknown(format!(
                "it is not the file of the first upload: {replaced}"
            )),
            (_, Some((what, published, own)), None) => Verdict::KnownBad(format!(
                "its {what} is {own}, that of the published file {published}"
            )),
        }
    }
}

/// Compares a prepared file with the checksum that was taken when it was made.
///
/// # Errors
/// If it, or what is written beside it, cannot be read.
pub fn verify_prepared(path: &Path, progress: &mut dyn FnMut(Progress)) -> Result<Verdict, Error> {
    let sidecar = prepared::sidecar(path)?;
    let sums = Checksums::of(path, progress)?;
    Ok(match sums.sha256 == sidecar.sha256 {
        true => Verdict::KnownGood,
        false => Verdict::KnownBad(format!(
            "its SHA-256 is {}, it was {} when it was prepared; prepare it again",
            sums.sha256, sidecar.sha256
        )),
    })
}

/// Spells bytes in hexadecimal.
pub(crate) fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published(yaml: &str) -> PublishedFile {
        serde_saphyr::from_str(&format!(
            "{{path: a/b.npz, address: 'https://example.org', {yaml}}}"
        ))
        .unwrap()
    }

    /// MD5 and SHA-256 of "abc": RFC 1321, A.5, and FIPS 180-4's example.
    #[test]
    fn verdicts_follow_from_the_sums() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.npz");
        std::fs::write(&path, "abc").unwrap();
        let sums = Checksums::of(&path, &mut |_| {}).unwrap();
        assert_eq!(sums.md5, "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(
            sums.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );

        let good = "md5: 900150983cd24fb0d6963f7d28e17f72";
        let bad = "md5: 900150983cd24fb0d6963f7d28e17f73";
        assert_eq!(sums.verdict(&published(good)), Verdict::KnownGood);
        assert!(matches!(
            sums.verdict(&published(bad)),
            Verdict::KnownBad(_)
        ));
        assert!(matches!(
            sums.verdict(&published("bytes: 4")),
            Verdict::KnownBad(_)
        ));
        assert!(matches!(
            sums.verdict(&published("bytes: 3")),
            Verdict::Unknown(_)
        ));
        for sum in [good, bad] {
            let replaced = published(&format!("{sum}, replaced: later"));
            assert!(matches!(sums.verdict(&replaced), Verdict::Unknown(_)));
        }
    }
}
