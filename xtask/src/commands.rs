//! The commands: their names, what they do, and what is meant by a misspelt one.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::{error, fmt};

use anyhow::Result;

use crate::{bench, dist, experiments, lint, paper, schema, test};

/// What a name on the command line stands for.
pub(crate) enum Command {
    /// The list of commands.
    Help,
    /// A command of the `disentangle` binary.
    Binary,
    /// A chore of the repository.
    Chore(&'static Chore),
}

/// A chore of the repository.
pub(crate) struct Chore {
    name: &'static str,
    about: &'static str,
    /// How it is called, one line each.
    usage: &'static [&'static str],
    /// Does it, with the arguments that follow its name.
    pub(crate) run: fn(&[OsString]) -> Result<()>,
}

/// A command line that makes no sense: exit code 2.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl error::Error for Usage {}

/// Commands of the binary: name, what it does, example.
const BINARY: &[[&str; 3]] = &[
    [
        "train",
        "train a model, evaluate it, write a run folder",
        "cargo xtask train configs/presets/quickstart.yaml",
    ],
    [
        "eval",
        "score the representation of a run",
        "cargo xtask eval runs/quickstart",
    ],
    [
        "encode",
        "write codes and factors of a data set to a file",
        "cargo xtask encode runs/quickstart --out codes.npz",
    ],
    [
        "metrics",
        "score saved codes against saved factors",
        "cargo xtask metrics --codes codes.npz",
    ],
    [
        "traverse",
        "draw reconstructions and latent traversals",
        "cargo xtask traverse runs/quickstart",
    ],
    [
        "export",
        "write a trained model for other programs",
        "cargo xtask export runs/quickstart --hf exported/quickstart",
    ],
    [
        "report",
        "make the page of a run again, or compare runs on one",
        "cargo xtask report runs/quickstart",
    ],
    [
        "study",
        "train many runs that one file describes, compare them",
        "cargo xtask study run configs/studies/tiny.yaml --all",
    ],
    [
        "data",
        "look at data sets: their files, checksums and images",
        "cargo xtask data list",
    ],
    [
        "list",
        "list what a config can name",
        "cargo xtask list terms",
    ],
    [
        "config",
        "check or show a config",
        "cargo xtask config check configs/presets/quickstart.yaml",
    ],
    [
        "completions",
        "print what makes a shell complete commands",
        "cargo xtask completions bash",
    ],
];

const CHORES: &[Chore] = &[
    Chore {
        name: "test",
        about: "run every test of the workspace, doc tests last",
        usage: &[
            "cargo xtask test",
            "cargo xtask test -p disentangle-seeds pinned",
        ],
        run: test::run,
    },
    Chore {
        name: "lint",
        about: "fmt, tidy, levels, clippy, doc, cuda: all of them, or those named",
        usage: &["cargo xtask lint", "cargo xtask lint tidy levels"],
        run: lint::run,
    },
    Chore {
        name: "bench",
        about: "run the benchmarks and write docs/benchmarks.md",
        usage: &[
            "cargo xtask bench",
            "cargo xtask bench -- burgess",
            "cargo xtask bench --peers",
            "cargo xtask bench metrics --peers",
            "cargo xtask bench disk",
        ],
        run: bench::run,
    },
    Chore {
        name: "experiments",
        about: "train models and check that they behave as promised (minutes; all: an hour)",
        usage: &[
            "cargo xtask experiments",
            "cargo xtask experiments beta",
            "cargo xtask experiments all",
        ],
        run: experiments::run,
    },
    Chore {
        name: "paper",
        about: "run the paper's experiment on MPI3D, or on `arm` in its place, and print its table",
        usage: &[
            "cargo xtask paper --data DIR --seeds 3",
            "cargo xtask paper --budget 2000,1000 --seeds 1",
        ],
        run: paper::run,
    },
    Chore {
        name: "schema",
        about: "write configs/schema.json, or --check that it is current",
        usage: &["cargo xtask schema", "cargo xtask schema --check"],
        run: schema::run,
    },
    Chore {
        name: "dist",
        about: "pack the stripped binary, say its size and what it links to",
        usage: &["cargo xtask dist"],
        run: dist::run,
    },
];

/// Looks a command up by name; an unknown name is a usage error with the nearest one.
pub(crate) fn find(name: &str) -> Result<Command> {
    if ["--help", "-h", "help"].contains(&name) {
        return Ok(Command::Help);
    }
    if let Some(chore) = CHORES.iter().find(|chore| chore.name == name) {
        return Ok(Command::Chore(chore));
    }
    if BINARY.iter().any(|[known, ..]| *known == name) {
        return Ok(Command::Binary);
    }
    let listed = BINARY.iter().map(|[name, ..]| *name);
    let chores = CHORES.iter().map(|chore| chore.name);
    Err(unknown("command", name, listed.chain(chores)).into())
}

/// Tells whether a chore is asked for its help; what follows `--` belongs to another program.
pub(crate) fn asks_for_help(arguments: &[OsString]) -> bool {
    arguments
        .iter()
        .take_while(|argument| *argument != "--")
        .any(|argument| argument == "--help" || argument == "-h")
}

/// Says that a name is unknown, which is nearest, and which there are.
pub(crate) fn unknown<'a>(
    what: &str,
    name: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> Usage {
    let hint = nearest(name, known.clone())
        .map(|near| format!(", did you mean `{near}`?"))
        .unwrap_or_default();
    let all = known.collect::<Vec<_>>().join(", ");
    Usage(format!("unknown {what} `{name}`{hint} (known: {all})"))
}

/// The list that `cargo xtask` prints.
pub(crate) fn help() -> String {
    let mut text = String::from(
        "Usage: cargo xtask <command> [arguments]\n\n\
         Commands of `disentangle`, built in release mode (`cargo xtask train --help` for more):\n",
    );
    for [name, about, _] in BINARY {
        let _ = writeln!(text, "  {name:<11} {about}");
    }
    text.push_str("\nChores of the repository:\n");
    for chore in CHORES {
        let _ = writeln!(text, "  {:<11} {}", chore.name, chore.about);
    }
    text.push_str("\nExamples:\n");
    for [_, _, example] in BINARY {
        let _ = writeln!(text, "  {example}");
    }
    for example in CHORES.iter().flat_map(|chore| chore.usage) {
        let _ = writeln!(text, "  {example}");
    }
    text
}

impl Chore {
    /// What `cargo xtask <chore> --help` prints.
    pub(crate) fn help(&self) -> String {
        format!("{}\n\n  {}\n", self.about, self.usage.join("\n  "))
    }
}

fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (edits(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance * 2 <= candidate.len())
        .min()
        .map(|(_, candidate)| candidate)
}

/// The Levenshtein distance: inserted, deleted and replaced characters.
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &b) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_single_edits() {
        assert_eq!(edits("train", "train"), 0);
        assert_eq!(edits("trian", "train"), 2);
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("", "list"), 4);
    }

    #[test]
    fn a_misspelt_command_gets_a_suggestion() {
        let error = find("tran").err().unwrap();
        assert!(error.is::<Usage>());
        assert!(
            error.to_string().contains("did you mean `train`?"),
            "{error}"
        );
    }

    #[test]
    fn a_word_like_no_command_gets_the_list_alone() {
        let error = find("photosynthesis").err().unwrap().to_string();
        assert!(!error.contains("did you mean"), "{error}");
        assert!(error.contains("lint"), "{error}");
    }

    #[test]
    fn chores_come_before_commands_of_the_binary() {
        assert!(matches!(find("schema"), Ok(Command::Chore(chore)) if chore.name == "schema"));
        assert!(matches!(find("metrics"), Ok(Command::Binary)));
        assert!(matches!(find("help"), Ok(Command::Help)));
    }

    #[test]
    fn help_names_every_command_with_an_example() {
        let text = help();
        for [name, _, example] in BINARY {
            assert!(text.contains(&format!("  {name} ")) && text.contains(example));
        }
        for chore in CHORES {
            assert!(text.contains(chore.about) && text.contains(chore.usage[0]));
        }
    }

    #[test]
    fn help_after_two_dashes_is_for_another_program() {
        let arguments = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
        assert!(asks_for_help(&arguments(&["-p", "x", "--help"])));
        assert!(!asks_for_help(&arguments(&["--", "--help"])));
    }
}
