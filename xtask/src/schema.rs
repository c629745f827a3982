//! Keeps `configs/schema.json` equal to what the binary prints.

use std::ffi::OsString;
use std::fs;

use anyhow::{Context, Result, bail};
use xshell::cmd;

use crate::commands::Usage;
use crate::{binary, root, shell};

const PATH: &str = "configs/schema.json";

/// Writes the schema, or with `--check` compares.
pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    let check = match arguments {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => return Err(Usage("`schema` takes `--check` or nothing".into()).into()),
    };
    let path = root()?.join(PATH);
    let (shell, executable) = (shell()?, binary::build()?);
    let printed = cmd!(shell, "{executable} schema").quiet().read()?;
    let current = format!("{}\n", printed.trim_end());
    if check {
        let written = fs::read_to_string(&path).with_context(|| format!("reading {PATH}"))?;
        return compare(&written, &current);
    }
    fs::write(&path, current).with_context(|| format!("writing {PATH}"))?;
    eprintln!("wrote {PATH}");
    Ok(())
}

fn compare(written: &str, current: &str) -> Result<()> {
    // A checkout may have turned the line ends.
    let mut lines = written.lines().zip(current.lines());
    let same_length = written.lines().count() == current.lines().count();
    match lines.position(|(old, new)| old != new) {
        None if same_length => Ok(()),
        None => bail!("{PATH} is stale, it differs in length: run `cargo xtask schema`"),
        Some(line) => bail!(
            "{PATH} is stale from line {}: run `cargo xtask schema`",
            line + 1
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_schema_is_found_by_its_first_line() {
        assert!(compare("{\r\n}\n", "{\n}\n").is_ok());
        let error = compare("{\n1\n}\n", "{\n2\n}\n").unwrap_err().to_string();
        assert!(error.contains("from line 2"), "{error}");
        assert!(compare("{\n", "{\n}\n").is_err());
    }

    #[test]
    fn other_arguments_are_bad_usage() {
        assert!(run(&["--chekc".into()]).unwrap_err().is::<Usage>());
    }
}
