//! Tables of idioms, run row by row.
//!
//! ```text
//! <!-- rows python
//! xs = [3, 1, 2]
//! -->
//!
//! | Python | refused as | Afar | gives | why |
//! ```
//!
//! The lines of the comment come before each row. The code of a column `Afar` runs, and what it binds last, or is worth, has
//! the `repr` of the column `gives`; with `show=EXPR` that is shown instead. With `python`, CPython gives the same for it, and for
//! the code of a column `Python`. Where there is a column `refused as`, Afar refuses that with this id.
//! Further code in a cell, each in backticks of its own, is further lines.

use super::page::{Rows, code_spans};
use crate::binary::afar;
use crate::program::{Answer, Program, Scratch};
use std::path::Path;

/// What columns that are not run may be called.
const PROSE: [&str; 7] = ["NumPy", "Dask", "pandas", "why", "what it does", "instead", "Python says"];

/// Runs each row; what is wrong.
pub fn run(rows: &Rows, folder: &Scratch, python: Option<&Path>) -> Vec<String> {
    let known = ["Afar", "Python", "gives", "refused as"];
    let is_known = |head: &str| known.contains(&head) || PROSE.contains(&head) || head.is_empty();
    let mut failures: Vec<String> =
        rows.heads.iter().filter(|h| !is_known(h)).map(|h| format!("a column `{h}`: what is it?")).collect();
    if rows.rows.is_empty() {
        failures.push("no table behind it".to_owned());
    }
    for (line, cells) in &rows.rows {
        if cells.len() != rows.heads.len() {
            failures.push(format!("line {line}: {} cells, not {}", cells.len(), rows.heads.len()));
            continue;
        }
        failures
            .extend(row(rows, cells, folder, python).into_iter().map(|why| format!("line {line}: {why}")));
    }
    failures
}

fn row(rows: &Rows, cells: &[String], folder: &Scratch, python: Option<&Path>) -> Vec<String> {
    let cell = |head: &str| {
        let at = rows.heads.iter().position(|h| h == head)?;
        cells.get(at).map(|cell| code_spans(cell)).filter(|code| !code.is_empty())
    };
    let python = python.filter(|_| rows.options.iter().any(|o| o == "python"));
    let asked = rows.options.iter().find_map(|o| o.strip_prefix("show=")).map(str::to_owned);
    // What is changed in place is shown under the name that the other cell binds.
    let shown = asked.or_else(|| shown(cell("Afar")?.last()?));
    let mut failures = Vec::new();
    let mut results = Vec::new();
    if let Some(code) = cell("Afar") {
        let text = program(rows, &code, shown.as_deref());
        results.push(("Afar", afar_answer(&text, folder)));
        results.extend(python.map(|python| ("CPython", python_answer(&text, folder, python))));
    }
    if let Some(code) = cell("Python") {
        let text = program(rows, &code, shown.as_deref());
        if cell("Afar").is_some() {
            let run = |python| ("CPython, the first form", python_answer(&text, folder, python));
            results.extend(python.map(run));
        }
        if let Some(ids) = cell("refused as") {
            let text = rows.setup.clone() + &code.join("\n") + "\n";
            failures.extend(not_refused(&afar_answer(&text, folder), &ids));
        }
    }
    let expected = cell("gives").map(|code| code.join("\n") + "\n");
    let expected = expected.or_else(|| results.first().map(|(_, answer)| answer.stdout_text()));
    for (who, answer) in results {
        if answer.status != Some(0) || expected.as_ref() != Some(&answer.stdout_text()) {
            let got = answer.stdout_text();
            failures.push(format!("{who}: {got:?}, not {expected:?}\n{}", answer.stderr_tail(9)));
        }
    }
    failures
}

/// Is this the answer to what is refused with these ids, and with no others.
fn not_refused(answer: &Answer, ids: &[String]) -> Option<String> {
    let stderr = answer.stderr_text();
    let said: Vec<&str> =
        stderr.lines().filter_map(|l| l.strip_prefix("error[")?.split(']').next()).collect();
    let is_right = answer.status == Some(2)
        && ids.iter().all(|id| said.contains(&id.as_str()))
        && said.iter().all(|id| ids.iter().any(|i| i == id));
    (!is_right).then(|| format!("refused as {ids:?}? {}\n{}", answer.status_text(), answer.stderr_tail(9)))
}

/// The setup and the code, with the last line's result printed: that of these names, or its own.
fn program(rows: &Rows, code: &[String], shown: Option<&str>) -> String {
    let Some((last, lines)) = code.split_last() else { return rows.setup.clone() };
    let mut text = rows.setup.clone();
    for line in lines {
        text.push_str(&format!("{line}\n"));
    }
    match shown.map(str::to_owned).or_else(|| self::shown(last)) {
        Some(name) => text.push_str(&format!("{last}\nprint(repr({name}))\n")),
        None if is_statement(last) => text.push_str(&format!("{last}\n")),
        None => text.push_str(&format!("print(repr({last}))\n")),
    }
    text
}

/// The names that an assignment binds.
fn shown(line: &str) -> Option<String> {
    let line = line.strip_prefix("remotely < ").unwrap_or(line);
    let (target, _) = line.split_once(" = ")?;
    let is_names = target.chars().all(|c| c.is_alphanumeric() || "_, ".contains(c));
    is_names.then(|| if target.contains(',') { format!("({target})") } else { target.to_owned() })
}

fn is_statement(line: &str) -> bool {
    let first = line.split([' ', ':']).next().unwrap_or_default();
    [
        "import", "from", "def", "class", "for", "while", "if", "with", "try", "del", "global", "async",
        "nonlocal",
    ]
    .contains(&first)
        || line.starts_with("print(")
        || line.starts_with("remotely <")
        || line.starts_with('@')
}

fn afar_answer(text: &str, folder: &Scratch) -> Answer {
    folder.write("row.afr", text);
    Program::new(afar()).args(&["run", "row.afr"]).folder(folder.path()).run()
}

fn python_answer(text: &str, folder: &Scratch, python: &Path) -> Answer {
    folder.write("row.py", text);
    Program::new(python).args(&["row.py"]).folder(folder.path()).run()
}
