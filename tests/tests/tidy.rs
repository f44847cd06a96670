//! What a person should not have to remember about the tree: layers, first lines, sizes, names in the docs, deadlines.

use afar_tests::{listing, root};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

const CRATES: [&str; 8] = ["lang", "runtime", "compiler", "stdlib", "distrib", "repl", "tests", "benches"];

/// Which crate may use which of ours. A new arrow is a change of the architecture: `ARCHITECTURE.md` says why.
const ARROWS: [(&str, &[&str]); 8] = [
    ("lang", &[]),
    ("runtime", &[]),
    ("compiler", &["lang", "runtime"]),
    ("stdlib", &["runtime"]),
    ("distrib", &["lang", "runtime", "compiler"]),
    ("repl", &["lang", "runtime", "compiler", "stdlib", "distrib"]),
    ("tests", &["lang", "repl"]),
    ("benches", &["repl"]),
];

/// Lines that a file may have.
const MAX_LINES: usize = 800;

/// Files that are longer, each with its reason.
const LONG_FILES: &[(&str, &str)] = &[
    ("runtime/src/abi/shims.rs", "the one table of functions that compiled code may call: a row each"),
    ("compiler/src/codegen/body.rs", "one instruction a case, over one state"),
];

/// What no source may say.
const BANNED: [(&str, &str); 4] = [
    ("todo!(", "write it, or refuse with `NotPure`"),
    ("unimplemented!(", "write it, or refuse with `NotPure`"),
    ("#[allow(", "use `#[expect(..., reason = ...)]`"),
    ("#![allow(", "use `#![expect(..., reason = ...)]`"),
];

/// Folders of machines, which no file of the tree may name.
const MACHINE_PATHS: [&str; 5] = ["/work/", "/home/", "/root/", "/Users/", "/tmp/tgt"];

/// The documents that name parts of the tree, beside the pages of the manual.
const DOCS: [&str; 3] = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md"];

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn name(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().into_owned()
}

/// Every Rust source of the workspace.
fn sources() -> Vec<PathBuf> {
    let all: Vec<PathBuf> =
        CRATES.iter().flat_map(|folder| listing::files(&root().join(folder), ".rs")).collect();
    assert!(all.len() > 50, "no sources");
    all
}

/// Every text of the tree that people write.
fn texts() -> Vec<PathBuf> {
    let folders = CRATES
        .iter()
        .chain(&["examples", "docs", "python", ".ci", ".cargo"])
        .map(|folder| root().join(folder));
    let endings = [".rs", ".toml", ".md", ".afr", ".py", ".txt", "run", ".lalrpop"];
    let mut all: Vec<PathBuf> =
        folders.flat_map(|folder| endings.map(|e| listing::files(&folder, e))).flatten().collect();
    let top = std::fs::read_dir(root()).into_iter().flatten().flatten().map(|entry| entry.path());
    // In a linked worktree `.git` is a file.
    all.extend(top.filter(|path| path.is_file() && !path.ends_with(".git")));
    all
}

#[track_caller]
fn none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

#[test]
fn files_begin_with_what_they_are() {
    let is_bad = |path: &PathBuf| !read(path).starts_with("//! ");
    let found: Vec<String> = sources().iter().filter(|path| is_bad(path)).map(|path| name(path)).collect();
    none("the first line is no `//!`", &found);
}

#[test]
fn files_are_not_long() {
    let mut found = Vec::new();
    for path in sources() {
        let (n_lines, name) = (read(&path).lines().count(), name(&path));
        let listed = LONG_FILES.iter().find(|(file, _)| *file == name);
        match listed {
            None if n_lines > MAX_LINES => found.push(format!("{name}: {n_lines} lines")),
            Some(_) if n_lines <= MAX_LINES => found.push(format!("{name}: listed, but short")),
            _ => {}
        }
    }
    none(&format!("more than {MAX_LINES} lines"), &found);
}

#[test]
fn sources_say_nothing_that_is_banned() {
    let mut found = Vec::new();
    for path in sources().iter().filter(|path| !path.ends_with("tests/tests/tidy.rs")) {
        for (at, line) in read(path).lines().enumerate() {
            let code = line.trim_start();
            for (what, instead) in
                BANNED.iter().filter(|(what, _)| code.contains(what) && !code.starts_with("//"))
            {
                found.push(format!("{}:{}: `{what}`: {instead}", name(path), at + 1));
            }
        }
    }
    none("banned", &found);
}

#[test]
fn no_text_names_a_folder_of_some_machine() {
    let mut found = Vec::new();
    for path in texts().iter().filter(|path| !path.ends_with("tests/tests/tidy.rs")) {
        // What is no text names no folder.
        let text = std::fs::read_to_string(path).unwrap_or_default();
        for (at, line) in text.lines().enumerate() {
            if MACHINE_PATHS.iter().any(|folder| line.contains(folder)) {
                found.push(format!("{}:{}", name(path), at + 1));
            }
        }
    }
    none("a path of a machine", &found);
}

/// The crates of ours that a crate names in its manifest, for whatever purpose.
fn uses(folder: &str) -> Vec<String> {
    let manifest = read(&root().join(folder).join("Cargo.toml"));
    let mut is_dependencies = false;
    let mut found = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            is_dependencies = line.contains("dependencies");
        } else if is_dependencies && line.starts_with("afar") {
            let package = line.split(['.', ' ', '=']).next().unwrap_or_default();
            found.push(if package == "afar" { "repl".to_owned() } else { package.replace("afar-", "") });
        }
    }
    found
}

#[test]
fn crates_use_only_what_they_may() {
    let mut found = Vec::new();
    for (folder, allowed) in ARROWS {
        let used = uses(folder);
        found.extend(
            used.iter().filter(|u| !allowed.contains(&u.as_str())).map(|u| format!("{folder} uses {u}")),
        );
    }
    none("no arrow for this", &found);
}

#[test]
fn the_architecture_has_the_same_arrows() {
    let text = read(&root().join("ARCHITECTURE.md"));
    let rows: BTreeMap<String, String> = text.lines().filter_map(row).collect();
    for (folder, allowed) in ARROWS {
        let said = rows.get(folder).unwrap_or_else(|| panic!("ARCHITECTURE.md: no row for `{folder}/`"));
        let expected = if allowed.is_empty() { "nothing of ours".to_owned() } else { allowed.join(", ") };
        assert_eq!(*said, expected, "ARCHITECTURE.md: what {folder} may use");
    }
}

/// The folder and the last cell of a row about a crate.
fn row(line: &str) -> Option<(String, String)> {
    let cells: Vec<&str> =
        line.trim().strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect();
    let folder = cells.first()?.strip_prefix('`')?.split('/').next()?;
    Some((folder.to_owned(), cells.last()?.replace('`', "")))
}

#[test]
fn versions_stand_in_one_place() {
    let mut found = Vec::new();
    for folder in CRATES {
        let manifest = read(&root().join(folder).join("Cargo.toml"));
        if !manifest.contains("[lints]\nworkspace = true") {
            found.push(format!("{folder}: its lints are not those of the workspace"));
        }
        let mut is_dependencies = false;
        for line in manifest.lines() {
            if line.starts_with('[') {
                is_dependencies = line.contains("dependencies");
            } else if is_dependencies && line.contains('=') && !line.contains("workspace = true") {
                found.push(format!("{folder}: {line}"));
            }
        }
    }
    none("not of the workspace", &found);
}

#[test]
fn docs_name_what_exists() {
    let mut found = Vec::new();
    let pages = listing::files(&root().join("docs"), ".md");
    for doc in DOCS.map(str::to_owned).into_iter().chain(pages.iter().map(|path| name(path))) {
        let mut is_code = false;
        for (at, line) in read(&root().join(&doc)).lines().enumerate() {
            is_code ^= line.starts_with("```");
            if is_code {
                continue;
            }
            for word in line.split('`').skip(1).step_by(2).filter(|word| is_path(word)) {
                if !root().join(word).exists() {
                    found.push(format!("{doc}:{}: {word}", at + 1));
                }
            }
        }
    }
    none("there is no such file", &found);
}

/// Does a word in a document name a place in the tree.
fn is_path(word: &str) -> bool {
    let first = word.split('/').next().unwrap_or_default();
    let is_ours = CRATES.contains(&first) || ["examples", "docs", "python", ".ci", ".cargo"].contains(&first);
    is_ours && word.contains('/') && !word.contains(['*', ' ', '<', '{'])
}

#[test]
fn no_source_is_left_out() {
    let mut found = Vec::new();
    for folder in CRATES {
        let src = root().join(folder).join("src");
        for path in listing::files(&src, ".rs") {
            // Each file in `bin` is a program of its own.
            if !path.starts_with(src.join("bin")) && !is_declared(&src, &path) {
                found.push(name(&path));
            }
        }
    }
    none("no `mod` declares this file", &found);
}

fn is_declared(src: &Path, path: &Path) -> bool {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let folder = path.parent().unwrap_or(src);
    if folder == src && (stem == "lib" || stem == "main") {
        return true;
    }
    // Named by its path, in a file beside it.
    let by_path = format!("#[path = \"{}\"]", path.file_name().unwrap_or_default().to_string_lossy());
    if listing::files(folder, ".rs")
        .iter()
        .any(|f| std::fs::read_to_string(f).unwrap_or_default().contains(&by_path))
    {
        return true;
    }
    let (module, parent) =
        if stem == "mod" { (file_name(folder), folder.parent().unwrap_or(src)) } else { (stem, folder) };
    let owners =
        [parent.join("mod.rs"), parent.join("lib.rs"), parent.join("main.rs"), parent.with_extension("rs")];
    let declares = |owner: &PathBuf| {
        let text = std::fs::read_to_string(owner).unwrap_or_default();
        text.lines().any(|line| line.trim_end().ends_with(&format!("mod {module};")))
    };
    owners.iter().any(declares)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[test]
fn deadlines_have_not_passed() {
    let today = today();
    let text = read(&root().join("deny.toml"));
    for line in text.lines().filter(|line| !line.starts_with("# ")) {
        if let Some((_, date)) = line.split_once("FIX-DEADLINE: ") {
            let date = &date[..10.min(date.len())];
            assert!(date > today.as_str(), "deny.toml: {line}: it is {today}");
        } else {
            assert!(!line.contains("RUSTSEC-"), "deny.toml: {line}: an ignored advisory has a FIX-DEADLINE");
        }
    }
}

/// The date, as 2030-12-31.
fn today() -> String {
    #[expect(clippy::disallowed_methods, reason = "a deadline is held against today")]
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let mut days = seconds / 86_400;
    let mut year = 1970;
    let length = |year: u64| {
        365 + u64::from(year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)))
    };
    while days >= length(year) {
        days -= length(year);
        year += 1;
    }
    let february = length(year) - 337;
    let mut month = 1;
    for n_days in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < n_days {
            break;
        }
        days -= n_days;
        month += 1;
    }
    format!("{year}-{month:02}-{:02}", days + 1)
}
