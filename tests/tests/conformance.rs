//! The conformance programs, through the binary: the same answer as CPython, or an error that says why.
//!
//! A program of `tests/conformance/refused.txt` is refused today; one that passes must leave the list.

use afar_tests::binary::{afar, has_flag};
use afar_tests::listing::{difference, names};
use afar_tests::program::{Answer, Program, Scratch};
use afar_tests::{jobs, root};
use std::io::Write;
use std::path::{Path, PathBuf};

const SETS: [&str; 4] = ["pure", "errors", "impure", "blocks"];

/// What a program's answer is worth.
enum Verdict {
    Passed,
    /// No answer, but a message that names a line.
    Refused(String),
    Wrong(String),
}

struct Case {
    set: &'static str,
    path: PathBuf,
}

impl Case {
    fn stem(&self) -> String {
        self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn name(&self) -> String {
        format!("{}/{}", self.set, self.stem())
    }

    fn expected(&self, suffix: &str) -> String {
        let path = self.path.with_extension(suffix);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}

fn cases(sets: &[&'static str]) -> Vec<Case> {
    let mut all = Vec::new();
    for set in sets {
        let folder = root().join("tests/conformance").join(set);
        let files = afar_tests::listing::files(&folder, "");
        let programs = files.into_iter().filter(|path| is_program(path));
        all.extend(programs.map(|path| Case { set, path }));
    }
    assert!(all.len() >= 10, "no programs");
    all
}

fn is_program(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "py" || e == "afr")
}

fn run(case: &Case, flags: &[&str]) -> Verdict {
    let folder = Scratch::new();
    let script = format!("{}.afr", case.stem());
    folder.write(&script, std::fs::read(&case.path).unwrap_or_default());
    let answer = Program::new(afar()).args(&["run"]).args(flags).args(&[&script]).folder(folder.path()).run();
    let verdict = match case.set {
        "impure" => rejection(case, &script, &answer),
        "errors" => error(case, &answer),
        _ => output(case, &answer),
    };
    match verdict {
        Err(_) if case.set != "impure" && is_refusal(&script, &answer) => {
            Verdict::Refused(answer.stderr_tail(12))
        }
        Err(why) => Verdict::Wrong(why),
        Ok(()) => Verdict::Passed,
    }
}

fn is_refusal(script: &str, answer: &Answer) -> bool {
    answer.status == Some(2) && answer.stderr_text().contains(&format!("{script}:"))
}

fn status(answer: &Answer, expected: i32) -> Result<(), String> {
    let is_right = answer.status == Some(expected);
    let message = || format!("{}, expected {expected}\n{}", answer.status_text(), answer.stderr_tail(8));
    if is_right { Ok(()) } else { Err(message()) }
}

fn stdout(case: &Case, answer: &Answer) -> Result<(), String> {
    let expected = case.expected("out");
    let is_right = answer.stdout == expected.as_bytes();
    if is_right {
        Ok(())
    } else {
        Err(format!("stdout differs{}", difference(&expected, &answer.stdout_text())))
    }
}

fn output(case: &Case, answer: &Answer) -> Result<(), String> {
    status(answer, 0)?;
    stdout(case, answer)
}

fn error(case: &Case, answer: &Answer) -> Result<(), String> {
    status(answer, 1)?;
    stdout(case, answer)?;
    let expected = case.expected("err");
    let expected = expected.trim_end_matches('\n');
    let name = expected.split(':').next().unwrap_or_default();
    let text = answer.stderr_text();
    let names_it = |line: &&str| *line == name || line.starts_with(&format!("{name}:"));
    match text.lines().rfind(names_it) {
        Some(line) if line == expected => Ok(()),
        Some(line) => Err(format!("the error is {line:?}, expected {expected:?}")),
        None => Err(format!("stderr has no line for {name}\n{}", answer.stderr_tail(8))),
    }
}

fn rejection(case: &Case, script: &str, answer: &Answer) -> Result<(), String> {
    status(answer, 2)?;
    if !answer.stdout.is_empty() {
        return Err(format!("printed before it was rejected: {}", answer.stdout_text()));
    }
    let why = case.expected("why");
    let line = why.trim_start_matches("line ").split(':').next().unwrap_or_default();
    let place = format!("{script}:{line}");
    let text = answer.stderr_text();
    let mut after = text.match_indices(&place).map(|(at, _)| text[at + place.len()..].chars().next());
    if after.any(|next| !next.is_some_and(|c| c.is_ascii_digit())) {
        return Ok(());
    }
    Err(format!("the message does not name {place} ({})\n{}", why.trim(), answer.stderr_tail(8)))
}

#[track_caller]
fn check(what: &str, sets: &[&'static str], flags: &[&str]) {
    if let Some(flag) = flags.iter().find(|flag| flag.starts_with("--") && !has_flag(flag)) {
        say(&format!("conformance ({what}): skipped, there is no {flag} yet"));
        return;
    }
    let listed = names(&root().join("tests/conformance/refused.txt"));
    let cases = cases(sets);
    let verdicts = jobs::map(&cases, |case| run(case, flags));
    let (mut n_passed, mut n_refused) = (0, 0);
    let mut failures = Vec::new();
    for (case, verdict) in cases.iter().zip(verdicts) {
        let name = case.name();
        match verdict {
            Verdict::Passed if listed.contains(&name) => {
                failures.push(format!("{name}: passes; remove it from tests/conformance/refused.txt"));
            }
            Verdict::Passed => n_passed += 1,
            Verdict::Refused(_) if listed.contains(&name) => n_refused += 1,
            Verdict::Refused(why) => failures.push(format!("{name}: refused\n{why}")),
            Verdict::Wrong(why) => failures.push(format!("{name}: WRONG: {why}")),
        }
    }
    say(&format!("conformance ({what}): {n_passed} passed, {} failed, {n_refused} refused", failures.len()));
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// Beside the harness, which keeps what `println!` says to itself.
fn say(text: &str) {
    // A closed stream is no reason to fail.
    let _ = writeln!(std::io::stderr(), "{text}");
}

#[test]
fn programs_answer_as_they_must() {
    check("all cores", &SETS, &[]);
}

#[test]
fn programs_answer_the_same_on_one_worker() {
    check("one worker", &SETS, &["--workers", "1"]);
}

#[test]
fn programs_answer_the_same_on_four_workers() {
    check("four workers", &SETS, &["--workers", "4"]);
}

#[test]
fn programs_answer_the_same_on_one_thread() {
    check("one thread", &SETS, &["--sync"]);
}

#[test]
fn blocks_answer_the_same_through_bytes() {
    check("blocks through bytes", &["blocks"], &["--engine", "wire"]);
}

#[test]
fn listed_programs_exist() {
    let all: Vec<String> = cases(&SETS).iter().map(Case::name).collect();
    for name in names(&root().join("tests/conformance/refused.txt")) {
        assert!(all.contains(&name), "tests/conformance/refused.txt: there is no {name}");
    }
}
