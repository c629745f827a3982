//! Packs the program for those who have no Rust: the stripped binary, its pages, presets and completions.
//!
//! The archive is `dist/<name>-<version>-<target>.tar.gz` in cargo's target folder. The binary is built by
//! `cargo rustc`, so that only it is linked anew and what it uses is the release build's own.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use xshell::{Shell, cmd};

use crate::commands::Usage;
use crate::{binary, host, shell};

/// All packages of the workspace have one version.
const VERSION: &str = env!("CARGO_PKG_VERSION");
const PAGES: [&str; 3] = ["README.md", "LICENSE", "CHANGELOG.md"];

/// The shells, and the files that they look for.
const COMPLETIONS: [(&str, &str); 4] = [
    ("bash", "disentangle.bash"),
    ("zsh", "_disentangle"),
    ("fish", "disentangle.fish"),
    ("powershell", "disentangle.ps1"),
];

/// Builds, packs, and prints the archive's name, sizes and the libraries that the binary needs.
pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    if !arguments.is_empty() {
        return Err(Usage("`dist` takes no arguments".into()).into());
    }
    let shell = shell()?;
    let executable = binary::build_stripped()?;
    let name = format!("disentangle-{VERSION}-{}", host(&shell)?);
    let folder = target(&executable)?.join("dist");
    let packed = folder.join(&name);
    shell.remove_path(&packed).context("emptying the folder")?;
    gather(&shell, &executable, &packed)?;
    let archive = format!("{name}.tar.gz");
    {
        let _folder = shell.push_dir(&folder);
        cmd!(shell, "tar -czf {archive} {name}").quiet().run()?;
    }
    let archive = folder.join(archive);
    println!("{}: {}", archive.display(), megabytes(&archive)?);
    println!("{}: {}", executable.display(), megabytes(&executable)?);
    println!("links to:\n{}", libraries(&shell, &executable)?);
    Ok(())
}

/// Copies everything into the folder that is packed.
fn gather(shell: &Shell, executable: &Path, packed: &Path) -> Result<()> {
    let (presets, completions) = (packed.join("configs/presets"), packed.join("completions"));
    for folder in [packed, &presets, &completions] {
        shell.create_dir(folder)?;
    }
    shell.copy_file(executable, packed)?;
    for page in PAGES {
        shell.copy_file(page, packed)?;
    }
    for preset in shell.read_dir("configs/presets")? {
        shell.copy_file(preset, &presets)?;
    }
    for (name, file) in COMPLETIONS {
        let script = cmd!(shell, "{executable} completions {name}")
            .quiet()
            .read()?;
        shell.write_file(completions.join(file), format!("{script}\n"))?;
    }
    Ok(())
}

/// `<target>/release/disentangle` is in cargo's target folder.
fn target(executable: &Path) -> Result<PathBuf> {
    let target = executable.parent().and_then(Path::parent);
    Ok(target
        .context("the executable has no target folder")?
        .to_owned())
}

fn megabytes(path: &Path) -> Result<String> {
    let bytes = fs::metadata(path)
        .with_context(|| format!("reading {}", path.display()))?
        .len();
    ensure!(bytes > 0, "{} is empty", path.display());
    Ok(format!("{:.1} MB", bytes as f64 / 1e6))
}

/// What the platform's own tool says about shared libraries.
fn libraries(shell: &Shell, executable: &Path) -> Result<String> {
    if cfg!(target_os = "linux") {
        return Ok(cmd!(shell, "ldd {executable}").quiet().read()?);
    }
    if cfg!(target_os = "macos") {
        return Ok(cmd!(shell, "otool -L {executable}").quiet().read()?);
    }
    Ok("(no tool on this platform that tells)".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_archive_lies_in_the_target_folder() {
        let executable = Path::new("/somewhere/target/release/disentangle");
        assert_eq!(target(executable).unwrap(), Path::new("/somewhere/target"));
        assert!(target(Path::new("disentangle")).is_err());
    }

    #[test]
    fn arguments_are_bad_usage() {
        assert!(run(&["--help-me".into()]).unwrap_err().is::<Usage>());
    }
}
