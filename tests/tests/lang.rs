//! The language suite: the cases of `tests/lang`, under Afar and, where they say so, under CPython.
//!
//! `cargo lang WORD...` runs the cases that have one of these words in their file or name; `cargo bless WORD...` rewrites
//! what they expect. A case of `tests/lang/known_failures.txt` fails today; one that passes must leave the list.

use afar::{Interactive, Session};
use afar_tests::binary::{afar, has_flag, python};
use afar_tests::case::{Case, Mode, Remark, parse, remark, remarks, unparse};
use afar_tests::listing::{difference, files, names};
use afar_tests::program::{Answer, Program, Scratch};
use afar_tests::{jobs, root};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// How else a case is run, beside plainly: the outcome may not depend on it.
const WAYS: [&[&str]; 2] = [&["--workers", "4"], &["--sync"]];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.iter().any(|arg| arg == "--list") {
        return ExitCode::SUCCESS;
    }
    let words: Vec<&String> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    let folder = root().join("tests/lang");
    let files = files(&folder, ".afr");
    let all: Vec<Case> = files.iter().flat_map(|path| parse(&folder, path)).collect();
    let is_chosen =
        |case: &Case| words.is_empty() || words.iter().any(|word| case.full_name().contains(*word));
    if args.iter().any(|arg| arg == "--bless") {
        bless(&folder, &files, &is_chosen);
        return ExitCode::SUCCESS;
    }
    let chosen: Vec<Case> = all.iter().filter(|case| is_chosen(case)).cloned().collect();
    suite(&folder, &all, &chosen)
}

fn suite(folder: &Path, all: &[Case], chosen: &[Case]) -> ExitCode {
    let known = names(&folder.join("known_failures.txt"));
    let python = python();
    if python.is_none() {
        println!("there is no python3 of version 3.11: CPython's answers are not compared again");
    }
    println!("\nrunning {} cases", chosen.len());
    let outcomes = jobs::map(chosen, |case| outcome(case, python));
    let mut failures = Vec::new();
    let mut n_known = 0;
    for (case, outcome) in chosen.iter().zip(outcomes) {
        match (outcome, known.contains(&case.full_name())) {
            (Ok(()), false) => {}
            (Ok(()), true) => {
                failures.push(format!("{}\npasses; remove it from known_failures.txt", case.full_name()));
            }
            (Err(_), true) => n_known += 1,
            (Err(why), false) => failures.push(format!("{}\n{why}", case.full_name())),
        }
    }
    for name in &known {
        if !all.iter().any(|case| case.full_name() == *name) {
            failures.push(format!("known_failures.txt: there is no case {name}"));
        }
    }
    for failure in &failures {
        println!("\n---- {failure}");
    }
    let word = if failures.is_empty() { "ok" } else { "FAILED" };
    let n_passed = chosen.len().saturating_sub(n_known + failures.len());
    println!("\n{n_known} known failures");
    println!("test result: {word}. {n_passed} passed; {} failed; {n_known} ignored", failures.len());
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn outcome(case: &Case, python: Option<&Path>) -> Result<(), String> {
    if case.mode == Mode::Check {
        return checked(case);
    }
    let answer = answer(case, &[]);
    compare(case, &answer, "afar")?;
    for way in WAYS.iter().filter(|way| has_flag(way[0])) {
        compare(case, &self::answer(case, way), &way.join(" "))?;
    }
    if case.text.contains("remotely") && has_flag("--engine") {
        for engine in ["wire", "processes"] {
            compare(case, &self::answer(case, &["--engine", engine]), engine)?;
        }
    }
    match python {
        Some(python) if case.has("python=same") => compare(case, &oracle(case, python), "python"),
        Some(python) if case.has("python=differs") => {
            let got = plain_python(case, python).stdout_text();
            let why = || format!("python: stdout differs{}", difference(&case.python_stdout(), &got));
            if case.python_stdout() == got { Ok(()) } else { Err(why()) }
        }
        _ => Ok(()),
    }
}

fn answer(case: &Case, flags: &[&str]) -> Answer {
    let folder = Scratch::new();
    for (name, text) in case.files("case.afr") {
        folder.write(&name, &text);
    }
    Program::new(afar()).args(&["run"]).args(flags).args(&["case.afr"]).folder(folder.path()).run()
}

fn oracle(case: &Case, python: &Path) -> Answer {
    let folder = Scratch::new();
    for (name, text) in case.files("case.afr") {
        folder.write(&name, &text);
    }
    let prelude = root().join("tests/python/oracle.py");
    Program::new(python).args(&[&prelude.to_string_lossy(), "case.afr"]).folder(folder.path()).run()
}

/// CPython as it is, with its own `sum`.
fn plain_python(case: &Case, python: &Path) -> Answer {
    let folder = Scratch::new();
    for (name, text) in case.files("case.afr") {
        folder.write(&name, &text);
    }
    Program::new(python).args(&["case.afr"]).folder(folder.path()).run()
}

fn compare(case: &Case, answer: &Answer, who: &str) -> Result<(), String> {
    let expected = case.stdout();
    let got = answer.stdout_text();
    if expected != got {
        let why = difference(&expected, &got);
        return Err(format!("{who}: stdout differs{why}\n{}", answer.stderr_tail(12)));
    }
    let stderr = case.stderr();
    let is_refusal = stderr.last().is_some_and(|line| line.starts_with("error["));
    let status = if stderr.is_empty() { 0 } else { 1 + i32::from(is_refusal) };
    if answer.status != Some(status) {
        return Err(format!(
            "{who}: {}, expected {status}\n{}",
            answer.status_text(),
            answer.stderr_tail(12)
        ));
    }
    let text = answer.stderr_text();
    let is_right = match stderr[..] {
        [line] if is_refusal => text.lines().any(|l| l.starts_with(line)),
        _ => text.lines().rev().take(stderr.len()).eq(stderr.iter().rev().copied()),
    };
    if is_right {
        Ok(())
    } else {
        Err(format!("{who}: stderr does not end so: {stderr:?}\n{}", answer.stderr_tail(12)))
    }
}

/// What is said about a text, in the form of remarks.
fn said(text: &str) -> Vec<Remark> {
    let diagnostics = Session::new(Interactive::No).load(text).err().unwrap_or_default();
    diagnostics
        .iter()
        .map(|d| {
            place(
                text,
                d.primary.start as usize,
                d.primary.end as usize,
                &format!("error[{}]: {}", d.id, d.message),
            )
        })
        .collect()
}

fn place(text: &str, start: usize, end: usize, said: &str) -> Remark {
    let before = &text[..start];
    let line = before.matches('\n').count();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let column = |at: usize| text[line_start..at].chars().count();
    let columns = Some((column(start), column(end.clamp(start, line_end))));
    Remark { line, columns, text: said.to_owned() }
}

fn checked(case: &Case) -> Result<(), String> {
    let mut expected = remarks(&case.text);
    for found in said(&case.text) {
        let fits = |e: &Remark| {
            let is_there = match (e.columns, found.columns) {
                (None, _) => true,
                // `#^^` stands for the first column, and for the second.
                (Some((0, end)), Some((start, found_end))) => start <= 1 && end == found_end,
                (a, b) => a == b,
            };
            e.line == found.line && is_there && is_said(&found.text, &e.text)
        };
        match expected.iter().position(fits) {
            Some(at) => drop(expected.remove(at)),
            None => {
                return Err(format!(
                    "not expected: line {}, columns {:?}: {}",
                    found.line + 1,
                    found.columns,
                    found.text
                ));
            }
        }
    }
    match expected.first() {
        None => Ok(()),
        Some(e) => Err(format!("not said: line {}, columns {:?}: {}", e.line + 1, e.columns, e.text)),
    }
}

/// Is this what was expected: all of it, or the id alone.
fn is_said(found: &str, expected: &str) -> bool {
    found == expected || found.split_once("]: ").is_some_and(|(id, _)| expected == format!("{id}]"))
}

fn bless(folder: &Path, files: &[PathBuf], is_chosen: &(dyn Fn(&Case) -> bool + Sync)) {
    let python = python();
    for path in files {
        let cases = parse(folder, path);
        let old = std::fs::read_to_string(path).unwrap_or_default();
        let head = old.find("# --- ").map_or("", |at| &old[..at]);
        let texts = jobs::map(&cases, |case| match case.mode {
            _ if !is_chosen(case) => case.text.clone(),
            Mode::Run => blessed(case, python),
            Mode::Check => case.text.clone(),
        });
        let texts = cases.iter().zip(texts).map(|(case, text)| match case.mode {
            Mode::Check if is_chosen(case) => (case, remarked(&case.text)),
            _ => (case, text),
        });
        let new = unparse(head, &texts.collect::<Vec<_>>());
        if new != old {
            println!("{}", path.display());
            std::fs::write(path, new).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
    }
}

/// With what the oracle prints, where it is one, or what Afar prints.
fn blessed(case: &Case, python: Option<&Path>) -> String {
    let answer = match python {
        Some(python) if case.has("python=same") => oracle(case, python),
        _ => answer(case, &[]),
    };
    let text = answer.stderr_text();
    let n_lines = case.stderr().len().max(1);
    let stderr: Vec<String> = match answer.status {
        Some(0) => Vec::new(),
        Some(2) => {
            text.lines().filter(|line| line.starts_with("error[")).take(1).map(str::to_owned).collect()
        }
        _ => answer.stderr_tail(n_lines).lines().map(str::to_owned).collect(),
    };
    case.blessed(&answer.stdout_text(), &stderr)
}

/// With what is said about it, each below its place.
fn remarked(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| remark(line).is_none()).collect();
    let bare = lines.join("\n") + "\n";
    let said = said(&bare);
    let mut out = String::new();
    for (at, line) in lines.iter().enumerate() {
        out.push_str(line);
        out.push('\n');
        for remark in said.iter().filter(|remark| remark.line == at) {
            out.push_str(&format!("#{} {}\n", carets(remark.columns), remark.text));
        }
    }
    out
}

fn carets(columns: Option<(usize, usize)>) -> String {
    match columns {
        Some((start, end)) if end > start.max(1) => {
            " ".repeat(start.saturating_sub(1)) + &"^".repeat(end - start.max(1))
        }
        _ => String::new(),
    }
}
