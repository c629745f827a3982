//! Commands on the pages are commands that there are.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser as _;
use clap::error::ErrorKind;

use crate::commands::Cli;

/// What `cargo xtask` does itself.
const CHORES: [&str; 7] = [
    "bench",
    "dist",
    "experiments",
    "lint",
    "paper",
    "schema",
    "test",
];

/// A command that a page shows.
struct Shown {
    page: PathBuf,
    words: Vec<String>,
    /// In a block, so one can paste it; in a sentence, its arguments may be left out or be names in capitals.
    pasted: bool,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("README.md"), root().join("CONTRIBUTING.md")];
    let crates = fs::read_dir(root().join("crates")).unwrap();
    pages.extend(crates.map(|entry| entry.unwrap().path().join("README.md")));
    let docs = fs::read_dir(root().join("docs")).unwrap();
    let docs = docs.map(|entry| entry.unwrap().path());
    pages.extend(docs.filter(|path| path.extension().is_some_and(|end| end == "md")));
    pages
}

/// The arguments of the binary in a line, if it calls the binary.
fn arguments(line: &str) -> Option<Vec<String>> {
    let line = line.trim().trim_start_matches("$ ");
    let (rest, by_cargo) = match line.strip_prefix("cargo xtask ") {
        Some(rest) => (rest, true),
        None => (line.strip_prefix("disentangle ")?, false),
    };
    let words = shlex::split(rest)?;
    let chore = by_cargo
        && words
            .first()
            .is_some_and(|word| CHORES.contains(&word.as_str()));
    (!chore).then_some(words)
}

fn shown(page: &Path) -> Vec<Shown> {
    let text = fs::read_to_string(page).unwrap();
    let mut found = Vec::new();
    let mut push = |words: Option<Vec<String>>, pasted| {
        found.extend(words.map(|words| Shown {
            page: page.to_owned(),
            words,
            pasted,
        }));
    };
    let mut shell = None;
    for line in text.replace("\\\n", " ").lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            shell = match shell {
                Some(_) => None,
                None => Some(matches!(language, "sh" | "console")),
            };
        } else if shell == Some(true) {
            push(arguments(line), true);
        } else if shell.is_none() {
            for code in line.split('`').skip(1).step_by(2) {
                push(arguments(code), false);
            }
        }
    }
    found
}

fn problem(shown: &Shown) -> Option<String> {
    let Shown {
        page,
        words,
        pasted,
    } = shown;
    let told = |why: &str| Some(format!("{}: {}: {why}", page.display(), words.join(" ")));
    let names = words.iter().filter(|word| word.starts_with("configs/"));
    for name in names.filter(|name| !name.contains("NAME")) {
        if !root().join(name).is_file() {
            return told(&format!("{name} is not there"));
        }
    }
    // What a sentence leaves out, it may.
    if !pasted
        && words
            .iter()
            .any(|word| word.contains('…') || word.starts_with('<'))
    {
        return None;
    }
    let line = std::iter::once("disentangle".to_owned()).chain(words.iter().cloned());
    let error = Cli::try_parse_from(line).err()?;
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => None,
        ErrorKind::MissingRequiredArgument
        | ErrorKind::MissingSubcommand
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        | ErrorKind::ValueValidation
            if !pasted =>
        {
            None
        }
        _ => told(&error.to_string()),
    }
}

#[test]
fn commands_on_the_pages_are_understood() {
    let shown: Vec<Shown> = pages().iter().flat_map(|page| shown(page)).collect();
    let pasted = shown.iter().filter(|shown| shown.pasted).count();
    assert!(pasted > 30, "only {pasted} commands were found");
    let problems: Vec<String> = shown.iter().filter_map(problem).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn a_command_that_is_not_there_is_a_problem() {
    let of = |line, pasted| {
        problem(&Shown {
            page: PathBuf::new(),
            words: arguments(line).unwrap(),
            pasted,
        })
    };
    assert!(of("disentangle trian config.yaml", false).is_some());
    assert!(of("$ cargo xtask eval runs/a --metrcs mig  # scores", true).is_some());
    assert!(of("disentangle train configs/presets/none.yaml", true).is_some());
    assert!(of("disentangle study list", true).is_some());
    assert!(of("disentangle study list", false).is_none());
    assert!(arguments("cargo xtask lint").is_none());
}
