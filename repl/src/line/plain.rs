//! A session whose input is a pipe or a file: statements are read line by line, without prompts.

use super::input::{Needs, continues, needs};
use super::{Flow, Repl};
use crate::cli::{REFUSED, interrupt, output};
use crate::config::Colors;
use crate::render;
use std::io::{BufRead, IsTerminal};

/// Runs what stdin says; gives the exit status.
pub(crate) fn run(repl: &mut Repl) -> i32 {
    let prompts = std::io::stdin().is_terminal();
    if !prompts {
        interrupt::end_when_idle();
    }
    let mut pending = Pending::default();
    let mut bytes = Vec::new();
    let mut n_line = 0_u64;
    loop {
        if prompts {
            output::error(if pending.text.is_empty() { ">>> " } else { "... " });
        }
        bytes.clear();
        match std::io::stdin().lock().read_until(b'\n', &mut bytes) {
            Ok(0) => break,
            Ok(_) => n_line += 1,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(e) => {
                output::error(&render::complaint(
                    &format!("stdin: {e}"),
                    "<stdin>",
                    None,
                    Colors::of_stderr(),
                ));
                return REFUSED;
            }
        }
        let Ok(line) = std::str::from_utf8(&bytes) else {
            let message = "this line is not UTF-8 and is left out";
            output::error(&render::complaint(
                message,
                &format!("<stdin>:{n_line}"),
                None,
                Colors::of_stderr(),
            ));
            continue;
        };
        if let Flow::Quit(status) = pending.line(repl, line.trim_end_matches(['\n', '\r'])) {
            return status;
        }
    }
    match pending.finish(repl) {
        Flow::Quit(status) => status,
        Flow::GoOn => 0,
    }
}

/// The lines of an input that is not complete yet.
#[derive(Default)]
struct Pending {
    text: String,
    /// What `text` lacked when it was last looked at.
    waits_for_empty: bool,
    /// `text` is looked at again when it has this length: a long bracket is not parsed once a line.
    next_look: usize,
}

impl Pending {
    fn line(&mut self, repl: &mut Repl, line: &str) -> Flow {
        if self.waits_for_empty && !continues(line) {
            let flow = self.finish(repl);
            if flow != Flow::GoOn {
                return flow;
            }
        }
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(line);
        if self.text.trim().is_empty() {
            self.text.clear();
            return Flow::GoOn;
        }
        let may_end = line.trim().is_empty()
            || !line.starts_with([' ', '\t'])
            || line.contains([')', ']', '}', '>', '"', '\'']);
        if self.text.len() < self.next_look && !may_end {
            return Flow::GoOn;
        }
        match needs(&self.text) {
            Needs::Nothing => self.finish(repl),
            wanted => {
                self.waits_for_empty = wanted == Needs::EmptyLine;
                self.next_look = self.text.len() + self.text.len() / 8;
                Flow::GoOn
            }
        }
    }

    fn finish(&mut self, repl: &mut Repl) -> Flow {
        let pending = std::mem::take(self);
        repl.input(&pending.text)
    }
}
