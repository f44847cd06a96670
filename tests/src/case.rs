//! Cases in files: many in one, each minimal and named, in comments that CPython skips.
//!
//! ```text
//! # --- a name | run python=same        what it is, and how it is run: `run` or `check`, and options
//! print(1)
//! #> 1                                  a line of standard output
//! #py> 2                                for `python=differs`: a line of what CPython prints instead
//! #! ValueError: no                     a last line of standard error; `error[...` is the start of any line
//! #= a/b.py                             what follows is in this file beside the script
//! x = 1
//! #   ^ error[some/id]: message         for `check`: what is said about the line above, below its place
//! ```
//!
//! A place that begins in the first column is written `#^^`, or without carets where it is one character wide.

use std::path::{Path, PathBuf};

/// Whether a case is run, or only checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is run, and what it prints is compared.
    Run,
    /// It is checked, and the diagnostics are compared.
    Check,
}

/// One case of a file.
#[derive(Clone, Debug)]
pub struct Case {
    /// The file, below the folder of all cases.
    pub file: String,
    /// Its name.
    pub name: String,
    /// The line of the file that names it.
    pub header: String,
    /// How it is run.
    pub mode: Mode,
    /// The words behind the mode.
    pub options: Vec<String>,
    /// Everything up to the next case, as it is in the file.
    pub text: String,
}

impl Case {
    /// The file and the name, as lists of known failures have it.
    pub fn full_name(&self) -> String {
        format!("{}: {}", self.file, self.name)
    }

    /// Is this word among the options.
    pub fn has(&self, option: &str) -> bool {
        self.options.iter().any(|o| o == option)
    }

    /// The files that it is made of: the script first, under this name.
    pub fn files(&self, script: &str) -> Vec<(String, String)> {
        let mut files = vec![(script.to_owned(), String::new())];
        for line in self.text.split_inclusive('\n') {
            match line.strip_prefix("#= ") {
                Some(name) => files.push((name.trim().to_owned(), String::new())),
                None => {
                    if let Some((_, text)) = files.last_mut() {
                        text.push_str(line);
                    }
                }
            }
        }
        files
    }

    /// What it must print.
    pub fn stdout(&self) -> String {
        marked(&self.text, "#>").map(|line| format!("{line}\n")).collect()
    }

    /// What CPython prints instead, for a case that is a known difference.
    pub fn python_stdout(&self) -> String {
        marked(&self.text, "#py>").map(|line| format!("{line}\n")).collect()
    }

    /// How its standard error must end.
    pub fn stderr(&self) -> Vec<&str> {
        marked(&self.text, "#!").collect()
    }

    /// With these lines for what it prints and says, instead of those that it has.
    #[must_use]
    pub fn blessed(&self, stdout: &str, stderr: &[String]) -> String {
        let is_mark = |line: &&str| ["#>", "#!", "#py>"].iter().any(|mark| line.starts_with(mark));
        let body: Vec<&str> = self.text.lines().filter(|line| !is_mark(line)).collect();
        let mut text = body.join("\n").trim_end().to_owned() + "\n";
        let stdout = stdout.lines().map(|line| ("#>", line));
        let python = marked(&self.text, "#py>").map(|line| ("#py>", line));
        for (mark, line) in stdout.chain(python).chain(stderr.iter().map(|line| ("#!", line.as_str()))) {
            text.push_str(mark);
            if !line.is_empty() {
                text.push(' ');
            }
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}

/// What stands behind this mark, line by line.
pub fn marked<'a>(text: &'a str, mark: &'a str) -> impl Iterator<Item = &'a str> {
    text.lines().filter_map(move |line| {
        let rest = line.strip_prefix(mark)?;
        Some(rest.strip_prefix(' ').unwrap_or(rest))
    })
}

/// The cases of a file, in order.
///
/// # Panics
///
/// If there is text before the first, or a first line that is not understood.
pub fn parse(root: &Path, path: &PathBuf) -> Vec<Case> {
    let all = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file = path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned();
    let mut cases: Vec<Case> = Vec::new();
    for line in all.lines() {
        if let Some(header) = line.strip_prefix("# --- ") {
            cases.push(begin(&file, line, header));
        } else if let Some(case) = cases.last_mut() {
            case.text.push_str(line);
            case.text.push('\n');
        } else {
            assert!(line.is_empty() || line.starts_with('#'), "{file}: `{line}` is before the first case");
        }
    }
    cases
}

fn begin(file: &str, line: &str, header: &str) -> Case {
    let (name, how) = header.rsplit_once(" | ").unwrap_or_else(|| panic!("{file}: `{line}` has no ` | run`"));
    let mut words = how.split_whitespace();
    let mode = match words.next() {
        Some("run") => Mode::Run,
        Some("check") => Mode::Check,
        other => panic!("{file}: {other:?} is neither `run` nor `check`"),
    };
    Case {
        file: file.to_owned(),
        name: name.to_owned(),
        header: line.to_owned(),
        mode,
        options: words.map(str::to_owned).collect(),
        text: String::new(),
    }
}

/// The file of these cases again, with these texts.
pub fn unparse(head: &str, cases: &[(&Case, String)]) -> String {
    let cases: Vec<String> =
        cases.iter().map(|(case, text)| format!("{}\n{}\n", case.header, text.trim_end())).collect();
    head.to_owned() + &cases.join("\n")
}

/// What a comment says about the line above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The line that it is about, from 0.
    pub line: usize,
    /// The columns, half open, if they are marked.
    pub columns: Option<(usize, usize)>,
    /// `error[some/id]: message`, or the beginning of it.
    pub text: String,
}

/// The remarks in a text.
pub fn remarks(text: &str) -> Vec<Remark> {
    let mut found = Vec::new();
    let mut about = 0;
    for (line, content) in text.lines().enumerate() {
        match remark(content) {
            Some((columns, text)) => found.push(Remark { line: about, columns, text }),
            None => about = line,
        }
    }
    found
}

/// Is this line a remark: `#`, blanks, carets, and what is said.
pub fn remark(line: &str) -> Option<(Option<(usize, usize)>, String)> {
    let rest = line.strip_prefix('#')?;
    let carets = rest.trim_start_matches(' ');
    let said = carets.trim_start_matches('^');
    let n_carets = carets.len() - said.len();
    let said = said.trim_start();
    if !said.starts_with("error[") && !said.starts_with("warning[") {
        return None;
    }
    let start = 1 + rest.len() - carets.len();
    let columns = match (start, n_carets) {
        (_, 0) => None,
        (1, n) => Some((0, n + 1)),
        (start, n) => Some((start, start + n)),
    };
    Some((columns, said.to_owned()))
}
