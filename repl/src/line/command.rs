//! The commands of a session: `:help` and its kin.

use super::{Flow, Repl, size};
use crate::cli::{Counters, output};
use crate::show::{self, Limits, grouped};
use afar_runtime::abi;

/// The commands, for completion.
pub(crate) const COMMANDS: [&str; 7] = [":help", ":load", ":quit", ":reset", ":time", ":type", ":vars"];

const HELP: &str = "\
An input is Python, as far as it is pure. The value of an expression is shown, and is `_` from then on.
A statement with a block ends at an empty line; `remotely <` ends at its `>`.

  :help         this
  :type EXPR    the type of a value
  :time STMT    run it, and say how long it took, on how many cores, and why
  :load FILE    run a script in this session
  :vars         what is bound
  :reset        forget what is bound
  :quit         leave (also Ctrl-D)

Tab completes, Ctrl-R searches the history, Ctrl-C stops what runs. `afar explain CODE` explains an error.
";

/// Does what a command says; `line` is what follows the colon.
pub(crate) fn run(repl: &mut Repl, line: &str) -> Flow {
    let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    match (name, rest) {
        ("help" | "h" | "?", _) => say(HELP),
        ("quit" | "q" | "exit", _) => return Flow::Quit(0),
        ("reset", "") => {
            repl.reset();
            say("all names are forgotten\n");
        }
        ("vars", "") => say(&vars(repl)),
        ("type", expr) if !expr.is_empty() => {
            if let Some(value) = repl.value_of(expr) {
                say(&(show::type_text(&value) + "\n"));
            }
        }
        ("time", text) if !text.is_empty() => {
            let before = Counters::now();
            let flow = repl.run(text);
            say(&before.since().table());
            return flow;
        }
        ("load", path) if !path.is_empty() => return repl.load(path.trim_matches(['"', '\''])),
        ("type", _) => output::error(":type EXPR: an expression is missing\n"),
        ("time", _) => output::error(":time STMT: a statement is missing\n"),
        ("load", _) => output::error(":load FILE: a file is missing\n"),
        (name, _) => output::error(&format!("there is no command `:{name}`; `:help` shows them\n")),
    }
    Flow::GoOn
}

fn say(text: &str) {
    // Where nobody reads, the next input ends the session.
    let _ = abi::write(text, false);
    abi::flush();
}

/// The names of the session, each on a line, at most a screen of them.
fn vars(repl: &Repl) -> String {
    let globals = repl.session.globals();
    let (columns, rows) = size();
    let names: Vec<_> = globals
        .names()
        .into_iter()
        .filter(|n| !matches!(n.as_str(), "__name__" | "__doc__" | "remotely" | "_"))
        .collect();
    if names.is_empty() {
        return "nothing is bound\n".to_owned();
    }
    let n_shown = names.len().min(rows.saturating_sub(4).max(5));
    let width = names.iter().rev().take(n_shown).map(|n| n.n_chars()).max().unwrap_or(0).min(24);
    let mut out = String::new();
    if names.len() > n_shown {
        out.push_str(&format!("... and {} names before these\n", grouped(names.len() - n_shown)));
    }
    for name in &names[names.len() - n_shown..] {
        let Some(value) = globals.get(name) else { continue };
        let ty = show::type_text(&value);
        let room = columns.saturating_sub(width + ty.len() + 6);
        let text = show::show(&value, Limits::line(room)).unwrap_or_else(|_| "...".to_owned());
        out.push_str(&format!("{name:<width$}  {ty}  {}\n", text.replace('\n', " ")));
    }
    out
}
