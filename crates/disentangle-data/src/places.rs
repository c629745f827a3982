//! Where data files are looked for.

use std::path::{Path, PathBuf};

use crate::description::Description;
use crate::error::Error;

/// The folders below which data files lie; what building a data set needs besides its config.
///
/// Below such a folder the layout is the field's: `dsprites/dsprites_ndarray_….npz`,
/// `3dshapes/3dshapes.h5`, `cars/*.mat`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The folders, the first one first.
    pub roots: Vec<PathBuf>,
}

impl Places {
    /// The environment variable that names the data folder, as in disentanglement_lib.
    pub const VARIABLE: &str = "DISENTANGLEMENT_LIB_DATA";

    /// Looks in `$DISENTANGLEMENT_LIB_DATA`, if it is set, then in `./data`.
    pub fn from_env() -> Self {
        let variable = std::env::var_os(Self::VARIABLE).filter(|value| !value.is_empty());
        let mut roots: Vec<PathBuf> = variable.into_iter().map(PathBuf::from).collect();
        roots.push("data".into());
        Self { roots }
    }

    /// Finds a published file.
    ///
    /// An explicit `path` is the file itself or a folder that holds it, with or without the field's
    /// layout; nothing else is looked at then.
    ///
    /// # Errors
    /// If it is nowhere; the message says where it was looked for and where it is published.
    pub fn find(
        &self,
        description: &Description,
        extension: &str,
        path: Option<&Path>,
    ) -> Result<PathBuf, Error> {
        let file = description.file(extension)?;
        let looked = self.candidates(&file.path, path);
        let found = looked.iter().find(|path| path.is_file()).cloned();
        found.ok_or_else(|| Error::NotFound {
            name: description.name.clone(),
            looked,
            layout: file.path.clone(),
            address: file.address.clone(),
        })
    }
}

impl Places {
    /// Returns where a file is looked for whose place below a data folder is `layout`.
    pub(crate) fn candidates(&self, layout: &Path, path: Option<&Path>) -> Vec<PathBuf> {
        let name = layout.file_name().map_or(layout, Path::new);
        match path {
            Some(folder) if folder.is_dir() => vec![folder.join(name), folder.join(layout)],
            Some(path) => vec![path.to_owned()],
            None => self.roots.iter().map(|root| root.join(layout)).collect(),
        }
    }

    /// Finds the folder of a data set of many files: `path` or `layout` below it, else `layout` below a data folder.
    pub(crate) fn find_folder(
        &self,
        name: &str,
        layout: &Path,
        path: Option<&Path>,
    ) -> Result<PathBuf, Error> {
        let looked = match path {
            Some(path) => vec![path.join(layout), path.to_owned()],
            None => self.roots.iter().map(|root| root.join(layout)).collect(),
        };
        let found = looked.iter().find(|path| path.is_dir()).cloned();
        match found {
            Some(folder) => Ok(folder),
            None => Err(Error::NotFound {
                name: name.to_owned(),
                looked,
                layout: layout.to_owned(),
                address: Description::of(name)?.address,
            }),
        }
    }

    /// Finds a file or folder of the user's own: as it is written, else below a data folder.
    pub(crate) fn find_own(&self, path: &Path) -> Result<PathBuf, Error> {
        let below = self.roots.iter().map(|root| root.join(path));
        let looked: Vec<_> = std::iter::once(path.to_owned()).chain(below).collect();
        let found = looked.iter().find(|path| path.exists()).cloned();
        found.ok_or(Error::Missing { looked })
    }
}

impl Default for Places {
    fn default() -> Self {
        Self::from_env()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NPZ: &str = "dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz";

    fn find(roots: &[&Path], path: Option<&Path>) -> Result<PathBuf, Error> {
        let roots = roots.iter().map(|root| root.to_path_buf()).collect();
        Places { roots }.find(&Description::of("dsprites").unwrap(), "npz", path)
    }

    #[test]
    fn a_file_is_found_in_each_way() {
        let empty = tempfile::tempdir().unwrap();
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("dsprites");
        std::fs::create_dir(&folder).unwrap();
        let file = folder.join(NPZ);
        std::fs::write(&file, b"").unwrap();

        assert_eq!(find(&[empty.path(), root.path()], None).unwrap(), file);
        for path in [&file, &folder, root.path()] {
            assert_eq!(find(&[empty.path()], Some(path)).unwrap(), file);
        }
    }

    #[test]
    fn a_missing_file_is_reported_with_every_place_and_the_address() {
        let message = find(&[Path::new("no"), Path::new("neither")], None)
            .unwrap_err()
            .to_string();
        assert!(message.contains(&format!("no/dsprites/{NPZ} or neither/dsprites/{NPZ}")));
        assert!(message.contains("https://github.com/google-deepmind/dsprites-dataset"));
        assert!(message.contains("DISENTANGLEMENT_LIB_DATA"));
    }

    #[test]
    fn an_explicit_path_is_the_only_one() {
        let root = tempfile::tempdir().unwrap();
        let missing = root.path().join("mine.npz");
        let message = find(&[root.path()], Some(&missing))
            .unwrap_err()
            .to_string();
        assert!(message.contains(&format!("no file at {};", missing.display())));
    }
}
