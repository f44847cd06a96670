//! A session through a pipe: the transcripts in `tests/repl`, input by input.
//!
//! In a transcript, `>>> ` and `... ` stand before inputs; what follows is what the session prints, on either stream.

mod support;

use std::io::{Seek, Write};
use std::process::Stdio;
use support::{Folder, transcript};

/// The inputs of a transcript.
fn inputs(transcript: &str) -> String {
    let lines = transcript.lines().filter_map(|l| match l {
        ">>>" | "..." => Some(""),
        l => l.strip_prefix(">>> ").or_else(|| l.strip_prefix("... ")),
    });
    lines.map(|l| format!("{l}\n")).collect()
}

/// What a transcript prints.
fn outputs(transcript: &str) -> String {
    let is_input = |l: &str| l.starts_with(">>>") || l == "..." || l.starts_with("... ");
    transcript.lines().filter(|l| !is_input(l)).map(|l| format!("{l}\n")).collect()
}

/// Runs inputs in a session; both streams, as they come.
#[track_caller]
fn run(folder: &Folder, text: &str) -> (String, Option<i32>) {
    let path = folder.path().join("out");
    let open = || std::fs::File::options().create(true).append(true).read(true).open(&path);
    let out = open().unwrap_or_else(|e| unreachable!("{e}"));
    let err = out.try_clone().unwrap_or_else(|e| unreachable!("{e}"));
    let mut command = folder.command(&["repl"]);
    command.stdin(Stdio::piped()).stdout(out).stderr(err);
    let mut child = command.spawn().unwrap_or_else(|e| unreachable!("{e}"));
    if let Some(mut pipe) = child.stdin.take() {
        assert!(pipe.write_all(text.as_bytes()).is_ok());
    }
    let status = child.wait().unwrap_or_else(|e| unreachable!("{e}"));
    let mut file = open().unwrap_or_else(|e| unreachable!("{e}"));
    assert!(file.rewind().is_ok());
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| unreachable!("{e}"));
    (text, status.code())
}

#[test]
fn the_walk() {
    let walk = transcript("walk.txt");
    let folder = Folder::new();
    folder.write("lib.afr", "def twice(x):\n    return 2 * x\ntwice(1)\n");
    let (text, status) = run(&folder, &inputs(&walk));
    assert_eq!(text, outputs(&walk));
    assert_eq!(status, Some(0));
}

#[test]
fn values_are_cut_to_a_screen() {
    let folder = Folder::new();
    let inputs =
        "list(range(10**7))\n'ab' * 10**6\n2 ** 10**6\n{i: [0] * 10**5 for i in range(100)}\nlen(_)\n";
    let start = std::time::Instant::now();
    let (text, _) = run(&folder, inputs);
    assert!(text.contains("# 10,000,000 items") && text.contains("# 2,000,000 characters"), "{text}");
    assert!(text.contains("<int of about 301,030 digits>") && text.ends_with("\n100\n"), "{text}");
    assert!(text.len() < 4 * 2_200, "{}", text.len());
    assert!(start.elapsed() < std::time::Duration::from_secs(20));
}

#[test]
fn a_session_ends_as_it_is_told() {
    let folder = Folder::new();
    assert_eq!(run(&folder, "import sys\nsys.exit(4)\n").1, Some(4));
    assert_eq!(run(&folder, ":quit\n1\n").1, Some(0));
    assert_eq!(run(&folder, "1//0").1, Some(0));
}
