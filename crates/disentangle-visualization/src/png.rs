//! Pictures as PNG bytes and files.

use std::path::Path;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, ImageFormat, ImageReader};

use crate::{Error, Picture, file};

impl Picture {
    /// Returns the picture as the bytes of a PNG file; equal pictures give equal bytes.
    ///
    /// # Errors
    /// If the encoder fails.
    pub fn encode_png(&self) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let encoder = PngEncoder::new_with_quality(
            &mut bytes,
            CompressionType::Default,
            FilterType::Adaptive,
        );
        // Both sides are at most the greatest number of pixels, which fits.
        let (height, width) = (self.height() as u32, self.width() as u32);
        encoder
            .write_image(self.as_bytes(), width, height, ExtendedColorType::Rgb8)
            .map_err(|source| Error::Encode {
                height: self.height(),
                width: self.width(),
                source,
            })?;
        Ok(bytes)
    }

    /// Reads a picture from a PNG file; transparency is left out.
    ///
    /// # Errors
    /// If the file cannot be read, is no PNG, or holds more pixels than a picture may have.
    pub fn read_png(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Read {
            path: path.to_owned(),
            source,
        };
        let mut reader = ImageReader::open(path).map_err(|source| failed(source.into()))?;
        reader.set_format(ImageFormat::Png);
        // The reader refuses by itself what would not fit into half a gigabyte.
        let image = reader.decode().map_err(failed)?.into_rgb8();
        let size = (image.height() as usize, image.width() as usize);
        Self::from_bytes(&image.into_raw(), 3, size)
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
