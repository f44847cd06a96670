//! Bad input in great numbers: a short run with fixed seeds. `cargo fuzz-inputs` goes on for as long as one likes.

use std::process::Command;

fn has_python() -> bool {
    let version = Command::new("python3").arg("--version").output();
    version.is_ok_and(|v| v.stdout.starts_with(b"Python 3.11."))
}

#[track_caller]
fn runs_clean(args: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_fuzz_inputs")).args(args).output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    assert!(output.status.success(), "{}\n{said}", output.status);
}

#[test]
fn the_parser_answers_any_text() {
    runs_clean(&["--parser", "30000", "--seed", "2026", "--seconds", "40"]);
}

#[test]
fn what_is_a_program_is_what_cpython_takes_for_one() {
    if has_python() {
        runs_clean(&["--acceptance", "20000", "--seed", "2026", "--seconds", "20"]);
    }
}

#[test]
fn changed_programs_answer_as_cpython_or_are_refused() {
    if has_python() {
        runs_clean(&["--pipeline", "600", "--made-up", "--seed", "2026", "--seconds", "40"]);
    }
}
