//! A session in a real terminal: `tests/repl/terminal.txt` is typed into it, and must be what the screen shows in the end.
//!
//! The terminal is tmux's. Where there is none the test says so and passes.

mod support;

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use support::{Folder, transcript};

const PATIENCE: Duration = Duration::from_secs(20);

/// A terminal of its own, with a session in it.
struct Terminal {
    socket: String,
    folder: Folder,
}

impl Terminal {
    /// With this at work in it, which finds the command `afar` under `$AFAR`.
    fn open(folder: Folder, shell: &str) -> Self {
        static N: AtomicU32 = AtomicU32::new(0);
        let n = N.fetch_add(1, Ordering::Relaxed);
        let terminal = Self { socket: format!("afar-{}-{n}", std::process::id()), folder };
        let home = terminal.folder.path().display().to_string();
        let afar = env!("CARGO_BIN_EXE_afar");
        let session =
            format!("cd {home}; export XDG_STATE_HOME={home} TERM=screen NO_COLOR=1 AFAR={afar}; {shell}");
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

    /// The same without the line that says how far what runs is.
    fn screen_at_rest(&self) -> String {
        self.screen().lines().filter(|l| !is_progress(l)).map(|l| format!("{l}\n")).collect()
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
            let screen = self.screen_at_rest();
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

fn is_progress(line: &str) -> bool {
    line.ends_with(" cores") && line.contains(" s, ")
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
    let terminal = Terminal::open(Folder::new(), "exec $AFAR");
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

#[test]
fn a_line_says_how_far_it_is_and_goes_away() {
    if !has_tmux() {
        eprintln!("skipped: there is no tmux here");
        return;
    }
    let folder = Folder::new();
    folder.write("x.afr", "print('begin')\nprint(sum(x * x % 7 for x in range(10**12)))\n");
    let terminal = Terminal::open(folder, "trap : INT; $AFAR run -w 2 x.afr; echo status $?; exec sleep 60");
    let start = Instant::now();
    let line = loop {
        let screen = terminal.screen();
        if let Some(line) = screen.lines().find(|l| is_progress(l)) {
            assert!(screen.starts_with("begin\n"), "{screen}");
            break line.to_owned();
        }
        assert!(start.elapsed() < PATIENCE, "there is no line:\n{screen}");
        std::thread::sleep(Duration::from_millis(10));
    };
    assert!(line.ends_with(" of 2 cores"), "{line}");
    terminal.press("C-c");
    terminal.wait("the end", |screen| screen.ends_with("KeyboardInterrupt\nstatus 130\n"));
    let screen = terminal.screen();
    assert!(screen.starts_with("begin\n") && !screen.lines().any(is_progress), "{screen}");
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
