//! Pictures as PNG bytes and files.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use png::{BitDepth, ColorType, Decoder, DecodingError, Encoder, Filter, Transformations};

use crate::picture::area;
use crate::{Error, Picture, file};

impl Picture {
    /// Returns the picture as the bytes of a PNG file; equal pictures give equal bytes.
    ///
    /// # Errors
    /// If the encoder fails.
    pub fn encode_png(&self) -> Result<Vec<u8>, Error> {
        let failed = |source| Error::Encode {
            height: self.height(),
            width: self.width(),
            source,
        };
        let mut bytes = Vec::new();
        // Both sides are at most the greatest number of pixels, which fits.
        let mut encoder = Encoder::new(&mut bytes, self.width() as u32, self.height() as u32);
        encoder.set_color(ColorType::Rgb);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_filter(Filter::Adaptive);
        let mut writer = encoder.write_header().map_err(failed)?;
        writer.write_image_data(self.as_bytes()).map_err(failed)?;
        writer.finish().map_err(failed)?;
        Ok(bytes)
    }

    /// Reads a picture from a PNG file of any color type; transparency is left out.
    ///
    /// # Errors
    /// If the file cannot be read, is no PNG, or holds more pixels than a picture may have.
    pub fn read_png(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Read {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(|source| failed(source.into()))?;
        let mut decoder = Decoder::new(BufReader::new(file));
        decoder.set_transformations(Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().map_err(failed)?;
        let (width, height) = reader.info().size();
        let size = (height as usize, width as usize);
        // Nothing is allocated on the header's word alone.
        area(size.0, size.1)?;
        let (color, _) = reader.output_color_type();
        let length = reader.output_buffer_size();
        let mut samples = vec![0; length.ok_or_else(|| failed(DecodingError::LimitsExceeded))?];
        reader.next_frame(&mut samples).map_err(failed)?;
        match color {
            ColorType::GrayscaleAlpha => Self::from_bytes(&without_last::<2>(&samples), 1, size),
            ColorType::Rgba => Self::from_bytes(&without_last::<4>(&samples), 3, size),
            _ => Self::from_bytes(&samples, color.samples(), size),
        }
    }

    /// Writes the picture as a PNG file, replacing what is there.
    ///
    /// The bytes go to a temporary file beside it, which is then renamed: nobody sees half a
    /// picture, and a failure leaves the old one.
    ///
    /// # Errors
    /// If the folder does not exist or cannot be written, or if the path is a folder.
    pub fn write_png(&self, path: &Path) -> Result<(), Error> {
        file::write(path, &self.encode_png()?)
    }
}

/// The samples of pixels of `N` channels, without the last channel.
fn without_last<const N: usize>(samples: &[u8]) -> Vec<u8> {
    let pixels = samples.as_chunks::<N>().0.iter();
    pixels.flat_map(|pixel| &pixel[..N - 1]).copied().collect()
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;
    use std::fs;

    use super::*;

    fn picture() -> Picture {
        Picture::from_bytes(&[1, 2, 3, 4, 5, 6], 3, (1, 2)).unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn png_holds_the_pixels() {
        let bytes = picture().encode_png().unwrap();
        let decoded = image::load_from_memory(&bytes).unwrap().into_rgb8();
        assert_eq!(decoded.dimensions(), (2, 1));
        assert_eq!(decoded.into_raw(), picture().as_bytes());
    }

    #[test]
    fn a_written_picture_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        picture().write_png(&path).unwrap();
        assert_eq!(Picture::read_png(&path).unwrap(), picture());
        fs::write(&path, "no picture").unwrap();
        let error = Picture::read_png(&path).unwrap_err();
        assert!(error.to_string().contains("a.png"), "{error}");
        assert!(matches!(error, Error::Read { .. }));
    }

    #[test]
    fn other_color_types_are_read_without_their_transparency() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let read = || Picture::read_png(&path).unwrap();
        let gray = Picture::from_bytes(&[7, 200], 1, (1, 2)).unwrap();
        image::RgbaImage::from_raw(2, 1, vec![1, 2, 3, 0, 4, 5, 6, 255])
            .unwrap()
            .save(&path)
            .unwrap();
        assert_eq!(read(), picture());
        image::GrayAlphaImage::from_raw(2, 1, vec![7, 0, 200, 9])
            .unwrap()
            .save(&path)
            .unwrap();
        assert_eq!(read(), gray);
        image::GrayImage::from_raw(2, 1, vec![7, 200])
            .unwrap()
            .save(&path)
            .unwrap();
        assert_eq!(read(), gray);
    }

    #[test]
    fn a_header_of_a_huge_picture_is_refused_before_memory_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let mut bytes = Vec::new();
        let encoder = Encoder::new(&mut bytes, 1 << 14, 1 << 14);
        let mut writer = encoder.write_header().unwrap();
        writer.write_chunk(png::chunk::IDAT, &[0; 8]).unwrap();
        drop(writer);
        fs::write(&path, bytes).unwrap();
        let error = Picture::read_png(&path).unwrap_err();
        assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    }

    #[test]
    fn equal_pictures_give_equal_bytes() {
        assert_eq!(
            picture().encode_png().unwrap(),
            picture().encode_png().unwrap()
        );
    }

    #[test]
    fn a_file_is_replaced_and_nothing_else_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        fs::write(&path, "old").unwrap();
        picture().write_png(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), picture().encode_png().unwrap());
        assert_eq!(names(folder.path()), ["a.png"]);
    }

    #[test]
    fn a_missing_folder_is_named_and_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing").join("a.png");
        let error = picture().write_png(&path).unwrap_err();
        assert!(
            error.to_string().contains(&path.display().to_string()),
            "{error}"
        );
        assert!(error.source().is_some());
        assert_eq!(names(folder.path()), [""; 0]);
    }

    #[test]
    fn a_folder_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        fs::create_dir(&path).unwrap();
        assert!(matches!(
            picture().write_png(&path),
            Err(Error::Write { .. })
        ));
        assert_eq!(names(folder.path()), ["a.png"]);
    }

    #[test]
    fn a_path_without_a_name_is_an_error() {
        let error = picture().write_png(Path::new("..")).unwrap_err();
        let source = error.source().unwrap().to_string();
        assert_eq!(source, "the path has no file name");
    }
}
