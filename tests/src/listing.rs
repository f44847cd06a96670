//! Lists of names in files (`#` starts a comment), and differences between texts.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The names in a file, one a line.
///
/// # Panics
///
/// If it cannot be read.
pub fn names(path: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let names = text.lines().map(|line| line.split('#').next().unwrap_or("").trim());
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// All files below a folder whose names end so, in order.
pub fn files(folder: &Path, suffix: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with(suffix) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The first lines in which two texts differ, a few of them.
pub fn difference(expected: &str, got: &str) -> String {
    let mut out = String::new();
    let mut n_shown = 0;
    let (mut left, mut right) = (expected.lines(), got.lines());
    let mut line = 0;
    while n_shown < 4 {
        line += 1;
        match (left.next(), right.next()) {
            (None, None) => break,
            (a, b) if a == b => {}
            (a, b) => {
                n_shown += 1;
                let show = |text: Option<&str>| text.map_or("(nothing)".to_owned(), |t| format!("{t:?}"));
                out.push_str(&format!(
                    "\n  line {line}: expected {}\n  line {line}: got      {}",
                    show(a),
                    show(b)
                ));
            }
        }
    }
    if out.is_empty() { "only the line ends differ".to_owned() } else { out }
}
