//! The page in a real browser, without a window.
//!
//! Needs Chromium, named by `CHROMIUM` or found on the path; without it the tests say so and pass.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use disentangle_visualization::Report;

use crate::sample;

/// Collects errors from the first line of the page on.
const LISTEN: &str = "<script>window.found=[];\
    addEventListener('error',e=>found.push(String(e.message)));\
    console.error=(...a)=>found.push(a.join(' '));console.warn=console.error;</script>";

/// Moves every slider to its other end, chooses other labels, and tells which pictures change.
const MOVE: &str = "<script>addEventListener('load',()=>{\
    const changed=[];\
    document.querySelectorAll('.walk').forEach(card=>{\
    const shown=()=>[...card.querySelectorAll('canvas')].map(c=>c.toDataURL()).join();\
    const codes=()=>[...card.querySelectorAll('.code b')].map(b=>b.style.cssText).join();\
    const before=shown(),bars=codes(),slider=card.querySelector('input');\
    slider.value=slider.max;slider.dispatchEvent(new Event('input',{bubbles:true}));\
    changed.push([card.querySelector('h3').textContent,before!==shown(),bars!==codes(),\
    card.querySelector('output').textContent].join('/'));});\
    const shown=()=>document.querySelector('.walk canvas').toDataURL(),before=shown();\
    const given=document.querySelector('select.condition');let chosen='none';\
    if(given){given.value='2';given.dispatchEvent(new Event('change',{bubbles:true}));chosen=before!==shown();}\
    document.getElementById('theme').click();\
    const report=document.createElement('pre');report.id='report';\
    report.textContent='errors='+found.length+' '+found.join()+';theme='\
    +document.documentElement.dataset.theme+';given='+chosen+';'+changed.join(';')+';';\
    document.body.append(report);});</script>";

/// Measures the page in a frame as wide as a phone.
const MEASURE: &str = "<script>addEventListener('load',()=>{\
    const inner=document.querySelector('iframe').contentDocument.documentElement;\
    document.body.append('width='+inner.scrollWidth+' of '+inner.clientWidth+';');});</script>";

/// What Chromium is called, the most likely first.
const NAMES: [&str; 7] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "chrome-headless-shell",
    "headless_shell",
];

fn browser() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH")?;
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    let mut found = NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    found.find(|file| works(file))
}

/// Ubuntu's `chromium-browser` may be a script that only asks for a snap.
fn works(file: &Path) -> bool {
    let said = Command::new(file).arg("--version").output();
    said.is_ok_and(|said| said.status.success())
}

#[expect(clippy::print_stderr, reason = "a test that was skipped must say so")]
fn skipped() {
    eprintln!("skipped: no Chromium on the path; install the package `chromium`");
}

/// Opens a page and returns what its document became, or nothing where no browser is.
fn opened(folder: &Path, html: &str) -> Option<String> {
    let Some(browser) = browser() else {
        skipped();
        return None;
    };
    let page = folder.join("page.html");
    fs::write(&page, html).unwrap();
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"])
        .args(["--virtual-time-budget=8000", "--timeout=60000"])
        .args(["--enable-logging=stderr", "--window-size=1200,900"])
        .arg(format!(
            "--user-data-dir={}",
            folder.join("profile").display()
        ))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    let said: Vec<_> = log
        .lines()
        .filter(|line| line.contains("CONSOLE"))
        .collect();
    assert!(said.is_empty(), "the console says {said:?}");
    Some(String::from_utf8(output.stdout).unwrap())
}

fn report(runs: &[&str]) -> String {
    let runs = runs.iter().zip(0_u8..);
    let runs = runs.map(|(name, shift)| sample::run(name, f32::from(shift)));
    let report = Report {
        runs: runs.collect(),
    };
    report.html().unwrap()
}

fn probed(html: &str) -> String {
    html.replacen("<head>", &format!("<head>{LISTEN}"), 1)
        .replacen("</body>", &format!("{MOVE}</body>"), 1)
}

#[test]
fn sliders_change_the_pictures_and_nothing_fails() {
    let folder = tempfile::tempdir().unwrap();
    let Some(document) = opened(folder.path(), &probed(&report(&["quickstart"]))) else {
        return;
    };
    assert!(
        document.contains("errors=0 ;theme=light;given=true;"),
        "{}",
        end(&document)
    );
    // Latents that say something change the picture, those that do not leave it.
    for walk in [
        "z3 KL 3.72/true/false/2.00",
        "z7 KL 1.94/true/false/2.00",
        "z2 KL 0.00/false/false/2.00",
    ] {
        assert!(
            document.contains(&format!("{walk};")),
            "{walk}: {}",
            end(&document)
        );
    }
    // Factors change the picture and the codes.
    for walk in ["size/true/true/9 of 9", "y position/true/true/9 of 9"] {
        assert!(
            document.contains(&format!("{walk};")),
            "{walk}: {}",
            end(&document)
        );
    }
}

#[test]
fn compared_runs_work_too() {
    let folder = tempfile::tempdir().unwrap();
    let Some(document) = opened(folder.path(), &probed(&report(&["first", "second"]))) else {
        return;
    };
    assert!(
        document.contains("errors=0 ;theme=light;"),
        "{}",
        end(&document)
    );
    let moved = document.matches("z3 KL 3.72/true/false/2.00;").count();
    assert_eq!(moved, 2, "{}", end(&document));
}

#[test]
fn a_phone_needs_no_sideways_scrolling() {
    for runs in [&["quickstart"][..], &["first", "second", "third"]] {
        let folder = tempfile::tempdir().unwrap();
        let inner = report(runs).replace('&', "&amp;").replace('"', "&quot;");
        let html = format!(
            "<!doctype html><body><iframe width=\"390\" height=\"844\" srcdoc=\"{inner}\"></iframe>{MEASURE}"
        );
        let Some(document) = opened(folder.path(), &html) else {
            return;
        };
        // A classic scroll bar takes 15 of 390 pixels.
        let narrow = ["width=375 of 375;", "width=390 of 390;"];
        let fits = narrow.iter().any(|width| document.contains(width));
        assert!(fits, "{}", end(&document));
    }
}

/// The last part of a document, for messages.
fn end(document: &str) -> String {
    let characters: Vec<_> = document.chars().collect();
    characters[characters.len().saturating_sub(1200)..]
        .iter()
        .collect()
}
