//! The programs of `tests/blocks` and of the conformance suite's blocks, on each engine: what they print is in `NAME.out`;
//! where there is a `NAME.err`, they end in an error that says what is in it.

mod support;

use std::path::{Path, PathBuf};
use support::Folder;

fn programs(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests").join(folder);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|e| unreachable!("{}: {e}", folder.display()));
    let mut all: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    all.retain(|p| p.extension().is_some_and(|e| e == "afr"));
    all.sort();
    all
}

fn read(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

/// Runs all programs of a folder with these arguments before `run`.
#[track_caller]
fn check(folder: &str, options: &[&str]) {
    let programs = programs(folder);
    assert!(!programs.is_empty());
    let mut wrong = Vec::new();
    for program in programs {
        let name = program.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        let place = Folder::new();
        place.write(name, read(&program).unwrap_or_default());
        let got = place.afar(&[&["run"], options, &[name]].concat(), "");
        let error = read(&program.with_extension("err"));
        let ended_well = match &error {
            Some(part) => got.status != 0 && got.stderr.contains(part.trim_end()),
            None => got.status == 0,
        };
        let expected = read(&program.with_extension("out")).unwrap_or_default();
        if got.stdout != expected || !ended_well {
            wrong.push(format!(
                "{name}: status {}\n--- expected\n{expected}\n+++ got\n{}\n{}",
                got.status, got.stdout, got.stderr
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn embedded() {
    check("blocks", &[]);
}

#[test]
fn through_bytes() {
    check("blocks", &["--engine", "wire"]);
}

#[test]
fn limits() {
    check("blocks/timing", &[]);
    check("blocks/timing", &["--engine", "wire"]);
}

#[test]
fn on_one_thread() {
    check("blocks", &["--sync"]);
}

#[test]
fn conformance_through_bytes() {
    check("conformance/blocks", &["--engine", "wire"]);
}
