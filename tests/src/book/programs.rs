//! The programs of a page: under Afar in two ways, under CPython where they are Python.

use super::Purpose;
use super::page::{Fence, Piece};
use crate::binary::afar;
use crate::case::marked;
use crate::listing::difference;
use crate::program::{Answer, Program, Scratch};
use crate::root;
use std::path::Path;

/// The program before, that the next may go on from.
#[derive(Clone, Debug, Default)]
pub struct Before {
    text: String,
    printed: String,
}

/// Runs one; what is wrong with it.
pub fn run(
    fence: &mut Fence,
    tail: &mut [Piece],
    before: &mut Before,
    purpose: Purpose,
    folder: &Scratch,
    python: Option<&Path>,
) -> Vec<String> {
    let mut failures = fence.unknown(&["more", "fails", "refused", "file"]);
    if !fence.has("more") {
        *before = Before::default();
    }
    let name = fence.option("file").unwrap_or("example.afr").to_owned();
    before.text.push_str(&fence.text);
    folder.write(&name, &before.text);
    let answer = run_afar(&name, &[], folder);
    failures.extend(check_status(fence, &answer));
    for way in [["--sync"].as_slice(), &["--workers", "4"]] {
        let other = run_afar(&name, way, folder);
        if (other.status, &other.stdout, &other.stderr) != (answer.status, &answer.stdout, &answer.stderr) {
            failures.push(format!("{}: another answer{}", way.join(" "), both(&answer, &other)));
        }
    }
    let printed = answer.stdout_text();
    let new = printed.strip_prefix(&before.printed).unwrap_or(&printed);
    failures.extend(hold(fence, tail, new, &answer.stderr_text(), purpose));
    before.printed.clone_from(&printed);
    if let Some(python) = python {
        failures.extend(hold_python(fence, tail, &name, &answer, purpose, folder, python));
    }
    failures
}

fn both(a: &Answer, b: &Answer) -> String {
    difference(&(a.stdout_text() + &a.stderr_text()), &(b.stdout_text() + &b.stderr_text()))
}

fn run_afar(name: &str, flags: &[&str], folder: &Scratch) -> Answer {
    Program::new(afar()).args(&["run"]).args(flags).args(&[name]).folder(folder.path()).run()
}

fn check_status(fence: &Fence, answer: &Answer) -> Option<String> {
    let expected = match () {
        () if fence.has("refused") => 2,
        () if fence.has("fails") => 1,
        () => 0,
    };
    (answer.status != Some(expected))
        .then(|| format!("{}, expected {expected}\n{}", answer.status_text(), answer.stderr_tail(12)))
}

/// The outputs that follow a program at once.
fn outputs<'a>(tail: &'a mut [Piece], kind: &str) -> Option<&'a mut Fence> {
    let texts = tail.iter_mut().map_while(|piece| match piece {
        Piece::Fence(fence) if fence.language() == "text" && !fence.has("figure") => Some(fence),
        _ => None,
    });
    texts.into_iter().find(|fence| fence.has("cpython") == (kind == "cpython"))
}

/// Compares what a program did with the `text` behind it, or with its lines `#>`.
fn hold(
    fence: &mut Fence,
    tail: &mut [Piece],
    stdout: &str,
    stderr: &str,
    purpose: Purpose,
) -> Option<String> {
    if let Some(text) = outputs(tail, "afar") {
        text.is_claimed = true;
        let said = format!("{}{}", stdout, stderr);
        return settle(&mut text.text, &said, purpose);
    }
    if !stderr.is_empty() && purpose == Purpose::Check && !(fence.has("fails") || fence.has("refused")) {
        return Some(format!("it says: {stderr}"));
    }
    let expected: String = marked(&fence.text, "#>").map(|line| format!("{line}\n")).collect();
    if fence.has("fails") || fence.has("refused") {
        let said: Vec<&str> = marked(&fence.text, "#!").collect();
        if said.is_empty() || !said.iter().all(|line| stderr.lines().any(|l| l == *line)) {
            return Some(format!("what it says is shown in a `text` behind it, or in a line `#!`: {stderr}"));
        }
    }
    if expected == stdout {
        return None;
    }
    if purpose == Purpose::Bless {
        let code: Vec<&str> = fence.text.lines().filter(|line| !line.starts_with("#>")).collect();
        let marks = stdout.lines().map(|line| format!("#> {line}").trim_end().to_owned() + "\n");
        fence.text = code.join("\n").trim_end().to_owned() + "\n" + &marks.collect::<String>();
        return None;
    }
    Some(format!("it prints something else{}\n{stderr}", difference(&expected, stdout)))
}

/// Is this what is expected, but for lines `...`; when blessing, it becomes so.
pub fn settle(expected: &mut String, said: &str, purpose: Purpose) -> Option<String> {
    if fits(expected, said) {
        return None;
    }
    if purpose == Purpose::Bless {
        said.clone_into(expected);
        return None;
    }
    Some(format!("something else comes out{}", difference(expected, said)))
}

/// Do these lines fit, where `...` alone stands for any number of lines.
fn fits(expected: &str, said: &str) -> bool {
    let (expected, said): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), said.lines().collect());
    fits_lines(&expected, &said)
}

fn fits_lines(expected: &[&str], said: &[&str]) -> bool {
    match (expected.split_first(), said.split_first()) {
        (None, None) => true,
        (Some((&"...", rest)), _) => (0..=said.len()).any(|n| fits_lines(rest, &said[n..])),
        (Some((a, rest)), Some((b, others))) => a == b && fits_lines(rest, others),
        _ => false,
    }
}

/// CPython gives the same to what is Python, or what is shown behind `text,cpython`.
fn hold_python(
    fence: &Fence,
    tail: &mut [Piece],
    name: &str,
    answer: &Answer,
    purpose: Purpose,
    folder: &Scratch,
    python: &Path,
) -> Option<String> {
    if let Some(text) = outputs(tail, "cpython") {
        text.is_claimed = true;
        let other = Program::new(python).args(&[name]).folder(folder.path()).run();
        let end = if other.status == Some(0) { String::new() } else { last_line(&other) };
        let said = other.stdout_text() + &end;
        return settle(&mut text.text, &said, purpose).map(|why| format!("CPython: {why}"));
    }
    if fence.language() != "python" || fence.has("refused") {
        return None;
    }
    let prelude = root().join("tests/python/oracle.py");
    let other = Program::new(python).args(&[&prelude.to_string_lossy(), name]).folder(folder.path()).run();
    let same = (other.status, &other.stdout) == (answer.status, &answer.stdout);
    // The oracle's own frames come before those of the program, behind the first line.
    let n_lines = answer.stderr_text().lines().count().saturating_sub(1);
    let same_end = answer.status == Some(0) || other.stderr_tail(n_lines) == answer.stderr_tail(n_lines);
    (!same || !same_end).then(|| format!("CPython: another answer{}", both(answer, &other)))
}

fn last_line(answer: &Answer) -> String {
    answer.stderr_text().lines().next_back().map_or(String::new(), |line| format!("{line}\n"))
}
