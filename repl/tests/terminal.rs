//! A session in a real terminal: `tests/repl/terminal.txt` is typed into it, and must be what the screen shows in the end.
//!
//! The terminal is tmux's. Where there is none the test says so and passes.

mod support;

use std::process::Command;
use std::time::{Duration, Instant};
use support::{Folder, transcript};

const PATIENCE: Duration = Duration::from_secs(20);

/// A terminal of its own, with a session in it.
struct Terminal {
    socket: String,
    folder: Folder,
}

impl Terminal {
    fn open() -> Self {
        let folder = Folder::new();
        let terminal = Self { socket: format!("afar-{}", std::process::id()), folder };
        let home = terminal.folder.path().display().to_string();
        let session =
            format!("env XDG_STATE_HOME={home} TERM=screen NO_COLOR=1 {}", env!("CARGO_BIN_EXE_afar"));
        terminal.tmux(&["-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "50", &session]);
        terminal
    }

    fn tmux(&self, args: &[&str]) -> String {
        let output = Command::new("tmux").arg("-L").arg(&self.socket).args(args).output();
        let output = output.unwrap_or_else(|e| unreachable!("{e}"));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// What the screen shows, without the empty lines at its end.
    fn screen(&self) -> String {
        let text = self.tmux(&["capture-pane", "-p"]);
        text.trim_end().lines().map(|l| format!("{}\n", l.trim_end())).collect()
    }

    fn type_text(&self, text: &str) {
        if !text.is_empty() {
            self.tmux(&["send-keys", "-l", "--", text]);
        }
    }

    fn press(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    #[track_caller]
    fn wait(&self, what: &str, until: impl Fn(&str) -> bool) {
        let start = Instant::now();
        loop {
            let screen = self.screen();
            if until(&screen) {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "waited for {what}; the screen shows\n{screen}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

fn has_tmux() -> bool {
    Command::new("tmux").arg("-V").output().is_ok_and(|o| o.status.success())
}

/// Types an input line, and waits until it stands there. `\t` in it completes.
fn type_line(terminal: &Terminal, line: &str) {
    let (mark, text) = line.split_at(3);
    // The editor indents by itself.
    let text = if mark == "..." { text.trim_start() } else { text.strip_prefix(' ').unwrap_or(text) };
    terminal.type_text(text);
    let line = line.trim_end();
    terminal.wait(line, |screen| screen.trim_end().ends_with(line));
}

#[test]
fn the_walk_in_a_terminal() {
    if !has_tmux() {
        eprintln!("skipped: there is no tmux here");
        return;
    }
    let expected = transcript("terminal.txt");
    let lines: Vec<&str> = expected.lines().collect();
    let terminal = Terminal::open();
    for (i, line) in lines.iter().enumerate() {
        let shown: String = lines[..i].iter().map(|l| format!("{l}\n")).collect();
        if line.starts_with("^C") {
            terminal.wait("what runs to say so", |screen| screen == shown);
            terminal.press("C-c");
        }
        if line.starts_with(">>>") || line.starts_with("...") {
            let prompt = format!("{shown}{}\n", &line[..3]);
            terminal.wait("a prompt", |screen| {
                screen == prompt
                    || (screen.starts_with(&prompt[..prompt.len() - 1]) && line.starts_with("..."))
            });
            if i + 1 < lines.len() {
                type_line(&terminal, line);
                terminal.press("Enter");
            }
        }
    }
    terminal.wait("the end of the walk", |screen| screen == expected);
    complete(&terminal);
    terminal.press("C-d");
    let gone = Instant::now();
    while !terminal.tmux(&["list-sessions"]).is_empty() {
        assert!(gone.elapsed() < PATIENCE, "Ctrl-D does not end the session");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Completion, Ctrl-C at the prompt, and the history.
fn complete(terminal: &Terminal) {
    terminal.type_text("squares.cou");
    terminal.wait("the text", |screen| screen.trim_end().ends_with(">>> squares.cou"));
    terminal.press("Tab");
    terminal.wait("the completion", |screen| screen.trim_end().ends_with(">>> squares.count"));
    terminal.press("C-c");
    terminal.wait("an empty prompt", |screen| screen.trim_end().ends_with(">>> squares.count\n>>>"));
    terminal.press("Up");
    terminal.wait("the history", |screen| screen.trim_end().ends_with(">>> sum(squares)"));
    terminal.press("Enter");
    terminal.wait("its value", |screen| screen.trim_end().ends_with(">>> sum(squares)\n285\n>>>"));
}
