//! Checks the repository, cheapest first, and stops at the first check that fails.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use xshell::{Shell, cmd};

use crate::metadata::Workspace;
use crate::{cargo, commands, levels, shell, tidy};

struct Check {
    name: &'static str,
    run: fn(&Shell) -> Result<()>,
}

const CHECKS: &[Check] = &[
    Check {
        name: "fmt",
        run: fmt,
    },
    Check {
        name: "tidy",
        run: |shell| none(&tidy::check(&shell.current_dir())?),
    },
    Check {
        name: "levels",
        run: |shell| {
            let workspace = Workspace::load(shell)?;
            none(&levels::check(&workspace))?;
            none(&levels::check_page(&shell.read_file("ARCHITECTURE.md")?))
        },
    },
    Check {
        name: "clippy",
        run: clippy,
    },
    Check {
        name: "doc",
        run: doc,
    },
    Check {
        name: "cuda",
        run: cuda,
    },
];

/// Runs the named checks in the order given, or all of them.
pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    let shell = shell()?;
    for check in chosen(arguments)? {
        let start = Instant::now();
        (check.run)(&shell).with_context(|| format!("lint {}", check.name))?;
        let seconds = start.elapsed().as_secs_f64();
        eprintln!("lint {:<7} ok  {seconds:6.1} s", check.name);
    }
    Ok(())
}

fn chosen(arguments: &[OsString]) -> Result<Vec<&'static Check>> {
    if arguments.is_empty() {
        return Ok(CHECKS.iter().collect());
    }
    arguments
        .iter()
        .map(|argument| {
            let name = argument.to_string_lossy();
            let found = CHECKS.iter().find(|check| check.name == name);
            let names = CHECKS.iter().map(|check| check.name);
            found.ok_or_else(|| commands::unknown("check", &name, names).into())
        })
        .collect()
}

fn none(problems: &[String]) -> Result<()> {
    for problem in problems {
        eprintln!("{problem}");
    }
    match problems.len() {
        0 => Ok(()),
        1 => bail!("1 problem"),
        n => bail!("{n} problems"),
    }
}

fn fmt(shell: &Shell) -> Result<()> {
    let cargo = cargo();
    cmd!(shell, "{cargo} fmt --all -- --check").quiet().run()?;
    Ok(())
}

fn clippy(shell: &Shell) -> Result<()> {
    let cargo = cargo();
    cmd!(
        shell,
        "{cargo} clippy --workspace --all-targets -- -D warnings"
    )
    .quiet()
    .run()?;
    Ok(())
}

fn doc(shell: &Shell) -> Result<()> {
    let cargo = cargo();
    cmd!(shell, "{cargo} doc --workspace --no-deps")
        .env("RUSTDOCFLAGS", "-D warnings")
        .quiet()
        .run()?;
    Ok(())
}

/// Clippy with the feature `cuda`, where a compiler for it is installed; it is never fetched for this.
fn cuda(shell: &Shell) -> Result<()> {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    let home = env::var_os("CUDA_HOME").map(PathBuf::from);
    if !has_cuda(home.as_deref(), &shell.current_dir().join(target)) {
        eprintln!("lint cuda: skipped: no CUDA compiler");
        return Ok(());
    }
    cmd!(shell, "scripts/cuda-build.sh --check").quiet().run()?;
    Ok(())
}

/// Whether `scripts/cuda-build.sh` finds a compiler, or NVIDIA's packages that it fetched before.
fn has_cuda(home: Option<&Path>, target: &Path) -> bool {
    let installed = home.unwrap_or(Path::new("/usr/local/cuda"));
    let compiler = installed.join("bin/nvcc").exists();
    compiler || (home.is_none() && target.join("cuda-toolkit-13.0/complete").exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(arguments: &[&str]) -> Result<Vec<&'static str>> {
        let arguments: Vec<_> = arguments.iter().map(OsString::from).collect();
        Ok(chosen(&arguments)?.iter().map(|check| check.name).collect())
    }

    #[test]
    fn all_checks_run_unless_some_are_named() {
        assert_eq!(
            names(&[]).unwrap(),
            ["fmt", "tidy", "levels", "clippy", "doc", "cuda"]
        );
        assert_eq!(names(&["levels", "tidy"]).unwrap(), ["levels", "tidy"]);
    }

    #[test]
    fn a_misspelt_check_gets_a_suggestion() {
        let error = names(&["clipy"]).unwrap_err();
        assert!(error.is::<commands::Usage>());
        assert!(
            error.to_string().contains("did you mean `clippy`?"),
            "{error}"
        );
    }

    #[test]
    fn cuda_is_checked_only_where_a_compiler_is() {
        let folder = std::env::temp_dir().join(format!("lint-cuda-{}", std::process::id()));
        let toolkit = folder.join("cuda-toolkit-13.0");
        std::fs::create_dir_all(&toolkit).unwrap();
        assert!(!has_cuda(Some(&folder), &folder));
        std::fs::write(toolkit.join("complete"), "").unwrap();
        assert!(has_cuda(None, &folder));
        assert!(!has_cuda(Some(&folder), &folder), "CUDA_HOME is wrong");
        std::fs::create_dir(folder.join("bin")).unwrap();
        std::fs::write(folder.join("bin/nvcc"), "").unwrap();
        assert!(has_cuda(Some(&folder), &folder));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn problems_fail_the_check() {
        assert!(none(&[]).is_ok());
        let error = none(&["a".into(), "b".into()]).unwrap_err();
        assert_eq!(error.to_string(), "2 problems");
    }
}
