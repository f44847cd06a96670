//! The modules written in Afar against `python3`: fixed cases, and programs made from seeds. They run under the `afar`
//! that was built into the same folder; without one there is nothing to compare.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The program of this build, two folders above the test.
fn afar() -> Option<PathBuf> {
    let test = std::env::current_exe().ok()?;
    Some(test.parent()?.parent()?.join("afar")).filter(|path| path.is_file())
}

fn output(command: &mut Command) -> String {
    let out = command.stdin(Stdio::null()).output().expect("it starts");
    String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr)
}

#[track_caller]
fn check(program: &Path) {
    let Some(afar) = afar() else { return };
    let expected = output(Command::new("python3").args(["-W", "ignore"]).arg(program));
    let found = output(Command::new(afar).arg("run").arg(program));
    let wrong: Vec<String> = expected
        .lines()
        .zip(found.lines())
        .filter(|(a, b)| a != b)
        .map(|(a, b)| format!("python3 {a}\nafar    {b}\n"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.concat());
    assert_eq!(
        expected.lines().count(),
        found.lines().count(),
        "{}",
        found.lines().last().unwrap_or_default()
    );
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

#[test]
fn datetime_answers_as_cpython() {
    check(&source("datetime_cases.py"));
}

#[test]
fn decimal_answers_as_cpython() {
    check(&source("decimal_cases.py"));
}

#[test]
fn made_programs_answer_as_in_cpython() {
    for seed in ["1", "2"] {
        let text = output(Command::new("python3").arg(source("numbers_program.py")).arg(seed));
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("numbers_{seed}.py"));
        std::fs::write(&path, text).expect("the folder can be written");
        check(&path);
    }
}
