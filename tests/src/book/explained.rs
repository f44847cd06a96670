//! The page of all diagnostics, made from what `afar explain` says: its programs are then run as those of any page.

use crate::binary::afar;
use crate::program::{Answer, Program, Scratch};

const HEAD: &str = "\
# Diagnostics

<!-- Made from `afar explain` by `cargo book --bless diagnostics`. -->

Everything that Afar refuses has a code. The same text comes from `afar explain CODE`, where the group may be left out, and a
list of all codes from `afar explain`. Each code has a program that gives it, what Afar says to it, and the way to write it.

";

/// The groups, as the codes begin.
const GROUPS: [(&str, &str, &str); 5] = [
    ("syntax", "Syntax", "What is no Python at all. All mistakes of a file are reported in one go."),
    ("names", "Names", "What names mean is settled before anything runs."),
    ("purity", "Purity", "What changes a value in place, or reaches outside of the program."),
    ("blocks", "Blocks", "`remotely` blocks, and what belongs to the top level of a script."),
    ("NotPure", "While it runs", "What cannot be seen before. No `except` catches it."),
];

/// A text of more lines is too long for a page.
const LONG: usize = 40;

/// The page.
///
/// # Panics
///
/// If `afar explain` does not say what it is expected to.
pub fn page() -> String {
    let list = explain(&[]);
    let codes: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(codes.len() > 50, "`afar explain` lists {} codes", codes.len());
    let mut out = HEAD.to_owned();
    for line in list.lines() {
        let (code, title) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        out.push_str(&format!("- [`{code}`](#{}): {}\n", code.replace('/', "").to_lowercase(), title.trim()));
    }
    for (group, title, about) in GROUPS {
        out.push_str(&format!("\n## {title}\n\n{about}\n"));
        for code in codes.iter().filter(|code| code.split('/').next() == Some(group)) {
            out.push_str(&section(code));
        }
    }
    out
}

fn explain(args: &[&str]) -> String {
    Program::new(afar()).args(&["explain"]).args(args).run().stdout_text()
}

/// The section of one code.
fn section(code: &str) -> String {
    let text = explain(&[code]);
    let cut = |text: &str, mark: &str| {
        let (head, rest) = text.split_once(mark).unwrap_or_else(|| panic!("{code}: no `{mark}`: {text}"));
        (head.trim().to_owned(), rest.to_owned())
    };
    let (head, rest) = cut(&text, "Wrong:\n");
    let (wrong, right) = cut(&format!("\n{rest}"), "Right:\n");
    let (_, about) = cut(&head, "\n\n");
    let (wrong, right) = (dedented(&wrong), dedented(&right));
    let said = run(&wrong);
    let printed: String = run(&right).stdout_text().lines().map(|line| format!("#> {line}\n")).collect();
    let is_python = !right.contains("remotely") && !right.contains("afar") && code != "NotPure";
    let language = if is_python { "python" } else { "afr" };
    let refused = if wrong.lines().count() > LONG || wrong.lines().any(|line| line.len() > 200) {
        "What gives it is too long for a page.\n".to_owned()
    } else {
        format!("```afr,refused\n{wrong}```\n```text\n{}```\n", said.stderr_text())
    };
    format!("\n### `{code}`\n\n{about}\n\n{refused}\nRight:\n\n```{language}\n{right}{printed}```\n")
}

fn run(text: &str) -> Answer {
    let folder = Scratch::new();
    folder.write("example.afr", text);
    Program::new(afar()).args(&["run", "example.afr"]).folder(folder.path()).run()
}

/// Without the four blanks before each line.
fn dedented(text: &str) -> String {
    let text = text.trim_matches('\n');
    text.lines().map(|line| format!("{}\n", line.strip_prefix("    ").unwrap_or(line.trim_start()))).collect()
}
