//! Random changes, with checksums mended.

use std::io::{Cursor, Read, Write};
use std::path::Path;

use disentangle_seeds::Stream;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::Result;

/// Changes a file's bytes at random.
pub(super) fn changed(file: &Path, bytes: &[u8], stream: &mut Stream) -> Result<Vec<u8>> {
    let extension = file
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let mended = stream.below(4) > 0;
    match extension.as_str() {
        "npz" if mended => archived(bytes, stream),
        "png" if mended => Ok(summed(mutated(bytes, stream))),
        _ => Ok(mutated(bytes, stream)),
    }
}

/// What text is made of.
const TEXT: &[u8] = b"0123456789-+.eE,:;'\"[]{}&*!|>#% \t\n\r";

/// Changes one to eight places, half of them among the first bytes, where headers are; at times cuts the end off.
fn mutated(whole: &[u8], stream: &mut Stream) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    let mut below = |n: usize| stream.below(n.max(1) as u64) as usize;
    for _ in 0..=below(8) {
        if bytes.is_empty() {
            break;
        }
        let range = [bytes.len(), bytes.len().min(256)][below(2)];
        let place = below(range);
        let length = below(16).min(bytes.len() - place);
        match below(8) {
            0 => bytes[place] = 0,
            1 => bytes[place] = 0xff,
            2 => bytes[place] = bytes[place].wrapping_add(1),
            3 => bytes[place] ^= 1 << below(8),
            4 => drop(bytes.drain(place..place + length)),
            5 => {
                let piece = bytes[place..place + length].to_vec();
                let to = below(bytes.len());
                bytes.splice(to..to, piece);
            }
            6 => bytes[place] = TEXT[below(TEXT.len())],
            _ => bytes[place] = below(256) as u8,
        }
    }
    if below(8) == 0 {
        bytes.truncate(below(whole.len()));
    }
    bytes
}

/// Changes a member of an archive and packs it again, so that its checksum is right.
fn archived(bytes: &[u8], stream: &mut Stream) -> Result<Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes))?;
    let chosen = stream.below(archive.len() as u64) as usize;
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for index in 0..archive.len() {
        let mut member = archive.by_index(index)?;
        let mut inner = Vec::new();
        member.read_to_end(&mut inner)?;
        out.start_file(member.name()?.into_owned(), options)?;
        out.write_all(&if index == chosen {
            mutated(&inner, stream)
        } else {
            inner
        })?;
    }
    Ok(out.finish()?.into_inner())
}

/// Sets the checksums of the chunks of a PNG file.
fn summed(mut bytes: Vec<u8>) -> Vec<u8> {
    let mut at = 8;
    while let Some(length) = bytes.get(at..at + 4) {
        let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize;
        let Some(end) = (at + 8)
            .checked_add(length)
            .filter(|end| end + 4 <= bytes.len())
        else {
            break;
        };
        let mut sum = flate2::Crc::new();
        sum.update(&bytes[at + 4..end]);
        bytes[end..end + 4].copy_from_slice(&sum.sum().to_be_bytes());
        at = end + 4;
    }
    bytes
}
