//! Every public name of CPython's pure standard library is there, or is refused: a program must never see an
//! `AttributeError`, which it can catch, for a name that CPython has.

use afar_tests::binary::afar;
use afar_tests::jobs;
use afar_tests::program::{Program, Scratch};
use afar_tests::root;
use std::process::Command;

/// An object that has names: the module to import, how it is written, and the names.
#[derive(Clone)]
struct Row {
    module: String,
    text: String,
    names: Vec<String>,
}

/// What CPython has, asked now; `None` where it is not here, or is another version.
fn rows() -> Option<Vec<Row>> {
    let script = root().join("tests/python/library_names.py");
    let version = Command::new("python3").arg("--version").output().ok()?;
    if !version.stdout.starts_with(b"Python 3.11.") {
        return None;
    }
    let output = Command::new("python3").arg(script).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let row = |line: &str| {
        let mut parts = line.split('\t');
        let (module, text) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        let names = parts.next()?.split_whitespace().map(str::to_owned).collect();
        Some(Row { module, text, names })
    };
    Some(text.lines().filter_map(row).collect())
}

/// The names that are neither there nor refused. A refusal ends the program, which is then run again behind that name.
fn lacking(row: &Row) -> Vec<String> {
    let folder = Scratch::new();
    let mut lacking = Vec::new();
    let mut rest = row.names.as_slice();
    while !rest.is_empty() {
        let names: Vec<String> = rest.iter().map(|name| format!("'{name}'")).collect();
        let text = format!(
            "import {}\nx = {}\nfor name in [{}]:\n    print(hasattr(x, name))\n",
            row.module,
            row.text,
            names.join(", ")
        );
        let path = folder.path().join("names.afr");
        std::fs::write(&path, text).expect("the folder is there");
        let answer = Program::new(afar()).args(&["run", &path.to_string_lossy()]).folder(folder.path()).run();
        let said = answer.stdout_text();
        let n_said = said.lines().count();
        for (name, has) in rest.iter().zip(said.lines()) {
            if has != "True" {
                lacking.push(format!("{}: {name}", row.text));
            }
        }
        if answer.status == Some(0) {
            break;
        }
        let why = answer.stderr_tail(12);
        if !why.contains("NotPure") {
            lacking.push(format!("{}: {why}", row.text));
            break;
        }
        rest = rest.get(n_said + 1..).unwrap_or_default();
    }
    lacking
}

#[test]
fn every_name_of_the_library_is_there_or_refused() {
    let Some(rows) = rows() else {
        println!("there is no python3 of version 3.11: its names are not compared");
        return;
    };
    assert!(rows.len() > 100, "the list of names is short: {} objects", rows.len());
    let lacking: Vec<String> = jobs::map(&rows, lacking).into_iter().flatten().collect();
    assert!(
        lacking.is_empty(),
        "{} names are neither there nor refused:\n{}",
        lacking.len(),
        lacking.join("\n")
    );
}
