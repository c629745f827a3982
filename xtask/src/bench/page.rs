//! `docs/benchmarks.md`: one section a command, replaced when the command runs again.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result};

use crate::root;

const PAGE: &str = "docs/benchmarks.md";

/// A benchmark's name and what it reported, in the order in which it ran.
pub(super) type Rows = Vec<(String, String)>;

/// Reads what the benchmarks print: criterion's `name  time: [low estimate high]`, and `name  rate images/s`.
pub(super) fn rows(printed: &str) -> Rows {
    let mut rows = Rows::new();
    let mut last = "";
    for line in printed.lines() {
        let text = line.trim();
        if let Some((name, times)) = text.split_once("time:") {
            // A long name stands on a line of its own.
            let name = if name.trim().is_empty() {
                last
            } else {
                name.trim()
            };
            let words: Vec<_> = times
                .trim()
                .trim_matches(['[', ']'])
                .split_whitespace()
                .collect();
            if let [_, _, estimate, unit, ..] = words.as_slice() {
                rows.push((name.to_owned(), format!("{estimate} {unit}")));
            }
        } else if let Some(rate) = text.strip_suffix("images/s") {
            let (name, rate) = rate.trim().rsplit_once(' ').unwrap_or(("", rate));
            rows.push((name.trim().to_owned(), format!("{rate} images/s")));
        }
        last = text;
    }
    rows
}

/// A Markdown table of benchmarks.
pub(super) fn table(rows: &Rows) -> String {
    let mut table = "| benchmark | estimate |\n|---|---|\n".to_owned();
    for (name, value) in rows {
        let _ = writeln!(table, "| {name} | {value} |");
    }
    table
}

/// Replaces the section of the page that a command writes, and shows it.
pub(super) fn write(title: &str, command: &str, body: &str) -> Result<()> {
    let path = root()?.join(PAGE);
    let page = fs::read_to_string(&path).unwrap_or_else(|_| "# Benchmarks\n".to_owned());
    let machine = machine();
    let section = format!(
        "## {title}\n\n`{command}`, {machine}.\n\n{}\n",
        body.trim_end()
    );
    print!("{section}");
    fs::write(&path, replaced(&page, title, &section)).with_context(|| format!("writing {PAGE}"))
}

/// The page with one section in place of that of the same title, or added.
fn replaced(page: &str, title: &str, section: &str) -> String {
    let mut sections: Vec<String> = Vec::new();
    for line in page.lines() {
        if line.starts_with("## ") || sections.is_empty() {
            sections.push(String::new());
        }
        if let Some(last) = sections.last_mut() {
            last.push_str(line);
            last.push('\n');
        }
    }
    let heading = format!("## {title}\n");
    match sections.iter_mut().find(|old| old.starts_with(&heading)) {
        Some(old) => section.clone_into(old),
        None => sections.push(section.to_owned()),
    }
    let trimmed: Vec<_> = sections.iter().map(|section| section.trim_end()).collect();
    format!("{}\n", trimmed.join("\n\n"))
}

/// Processor, threads, and how busy it was.
fn machine() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let info = read("/proc/cpuinfo");
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("a processor", |name| {
        name.trim_start_matches([':', '\t', ' '])
    });
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let wide = if info.contains("avx512f") {
        ", AVX-512"
    } else {
        ""
    };
    let load = read("/proc/loadavg");
    let load = load.split_whitespace().next().unwrap_or("unknown");
    format!("{model}, {threads} threads{wide}, load average {load} at the end")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_benchmarks_print_becomes_rows() {
        let printed = "Benchmarking a\nburgess/a step\n    time:   [1.0 ms 2.0 ms 3.0 ms]\n\
                       b    time:   [4 us 5 us 6 us]\n  shuffled   123 images/s\n";
        let rows = rows(printed);
        let rows: Vec<_> = rows.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let expected = [
            ("burgess/a step", "2.0 ms"),
            ("b", "5 us"),
            ("shuffled", "123 images/s"),
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn a_section_replaces_its_elder_and_no_other() {
        let page = "# Benchmarks\n\nIntro.\n\n## a\n\nold\n\n## b\n\nkept\n";
        let page = replaced(page, "a", "## a\n\nnew\n");
        assert_eq!(
            page,
            "# Benchmarks\n\nIntro.\n\n## a\n\nnew\n\n## b\n\nkept\n"
        );
        assert!(replaced(&page, "c", "## c\n").ends_with("kept\n\n## c\n"));
    }
}
