//! Commands at a shell, and sessions at Afar's own prompt.

use super::Purpose;
use super::page::Fence;
use super::programs::settle;
use crate::binary::afar;
use crate::program::{Program, Scratch};
use std::path::PathBuf;

/// Runs the commands of a fence, each in the page's folder; what is wrong.
pub fn run(fence: &mut Fence, purpose: Purpose, folder: &Scratch) -> Vec<String> {
    let mut failures = fence.unknown(&["fails", "shown"]);
    let (head, mut commands) = split(&fence.text, |line| line.starts_with("$ "));
    if !head.is_empty() || commands.is_empty() {
        failures.push("the first line is no command behind `$ `".to_owned());
        return failures;
    }
    if fence.has("shown") {
        let runs = commands.iter().any(|(command, _)| command.starts_with("$ afar"));
        failures.extend(runs.then(|| "what Afar does is run".to_owned()));
        return failures;
    }
    let mut has_failed = false;
    for (command, output) in &mut commands {
        if output.starts_with(">>>") {
            failures.extend(transcript(output, purpose, folder));
            continue;
        }
        let (said, status) = shell(&command[2..], folder);
        has_failed |= status != Some(0);
        if status != Some(0) && !fence.has("fails") {
            failures.push(format!("`{command}`: exit status {status:?}\n{said}"));
        }
        // A line between two commands is for the eye.
        let blank = if output.ends_with("\n\n") || output == "\n" { "\n" } else { "" };
        let mut expected = output.strip_suffix(blank).unwrap_or(output).to_owned();
        failures.extend(settle(&mut expected, &said, purpose).map(|why| format!("`{command}`: {why}")));
        *output = expected + blank;
    }
    if fence.has("fails") && !has_failed {
        failures.push("nothing fails".to_owned());
    }
    fence.text = join(&head, &commands);
    failures
}

/// Runs a session; what is wrong.
pub fn session(fence: &mut Fence, purpose: Purpose, folder: &Scratch) -> Vec<String> {
    let mut failures = fence.unknown(&[]);
    failures.extend(transcript(&mut fence.text, purpose, folder));
    failures
}

/// Each input is held against what the session prints more with it than without.
fn transcript(text: &mut String, purpose: Purpose, folder: &Scratch) -> Vec<String> {
    let (head, mut parts) = split(text, |line| line.starts_with(">>>"));
    let mut failures = Vec::new();
    if !head.is_empty() || parts.is_empty() {
        failures.push("the first line is no input behind `>>> `".to_owned());
    }
    let mut inputs = String::new();
    let mut before = String::new();
    for (first, rest) in &mut parts {
        let is_input = |line: &&str| line.starts_with("... ") || *line == "...";
        let more: String = rest.lines().take_while(is_input).map(|line| format!("{line}\n")).collect();
        let mut expected = rest[more.len()..].to_owned();
        for line in std::iter::once(first.as_str()).chain(more.lines()) {
            inputs.push_str(line.get(4..).unwrap_or_default());
            inputs.push('\n');
        }
        folder.write(".inputs", &inputs);
        let (said, _) = shell("afar repl < .inputs", folder);
        let new = said.strip_prefix(&before).unwrap_or(&said);
        failures.extend(settle(&mut expected, new, purpose).map(|why| format!("`{first}`: {why}")));
        *rest = more + &expected;
        before = said;
    }
    *text = join(&head, &parts);
    failures
}

/// The lines before the first mark, and each marked line with those behind it.
fn split(text: &str, is_mark: impl Fn(&str) -> bool) -> (String, Vec<(String, String)>) {
    let mut head = String::new();
    let mut parts: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        match parts.last_mut() {
            _ if is_mark(line) => parts.push((line.to_owned(), String::new())),
            Some((_, rest)) => *rest = format!("{rest}{line}\n"),
            None => head = format!("{head}{line}\n"),
        }
    }
    (head, parts)
}

fn join(head: &str, parts: &[(String, String)]) -> String {
    head.to_owned() + &parts.iter().map(|(mark, rest)| format!("{mark}\n{rest}")).collect::<String>()
}

/// What a command prints and says, in the order in which it comes, and its exit status.
fn shell(command: &str, folder: &Scratch) -> (String, Option<i32>) {
    let path = std::env::var("PATH").unwrap_or_default();
    let script = format!("{{ {command}\n}} 2>&1");
    let answer = Program::new(&PathBuf::from("sh"))
        .args(&["-c", &script])
        .folder(folder.path())
        .env("PATH", &format!("{}:{path}", bin(folder)))
        .env("XDG_STATE_HOME", &folder.path().to_string_lossy())
        .run();
    (answer.stdout_text() + &answer.stderr_text(), answer.status)
}

/// A folder in which the binary under test has its own name.
fn bin(folder: &Scratch) -> String {
    let bin = folder.path().join(".bin");
    if !bin.exists() {
        std::fs::create_dir_all(&bin).unwrap_or_else(|error| panic!("{}: {error}", bin.display()));
        let name = bin.join("afar");
        #[cfg(unix)]
        let made = std::os::unix::fs::symlink(afar(), &name);
        #[cfg(not(unix))]
        let made = std::fs::copy(afar(), &name);
        assert!(made.is_ok(), "{}", name.display());
    }
    bin.to_string_lossy().into_owned()
}
