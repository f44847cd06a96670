//! The command line: what is asked, and who does it.

mod args;
mod check;
pub mod cluster;
mod explain;
pub mod interrupt;
mod node;
pub mod output;
pub mod parallel;
mod profile;
pub mod progress;
pub mod reasons;
mod run;
pub mod source;
mod stats;
mod types;

pub use stats::{Counters, Taken, begin as begin_stats};

use crate::config::{self, Colors};
use crate::render;
use std::ffi::OsString;

/// It did what it was asked.
pub const OK: i32 = 0;
/// The program raised.
pub const RAISED: i32 = 1;
/// The program, or the command line, is refused.
pub const REFUSED: i32 = 2;
/// A mistake of Afar's own.
pub const BROKEN: i32 = 101;
/// The user interrupted.
pub const INTERRUPTED: i32 = 130;

/// The stack of the thread that everything runs on. Only what is used of it is ever there.
const STACK_BYTES: [usize; 4] = [4 << 30, 1 << 30, 256 << 20, 64 << 20];

/// Does what the command line of this process asks; gives the exit status.
pub fn main() -> i32 {
    for bytes in STACK_BYTES {
        let thread = std::thread::Builder::new().name("edge".into()).stack_size(bytes).spawn(move || {
            afar_runtime::stack::own(bytes);
            dispatch(std::env::args_os())
        });
        if let Ok(thread) = thread {
            return thread.join().unwrap_or_else(|_| {
                let message =
                    format!("this is a mistake in Afar {}, not in your program", env!("CARGO_PKG_VERSION"));
                complain(&message, "", Some("please report it, with the program that shows it"));
                BROKEN
            });
        }
    }
    complain("there is no memory for the stack of a thread", "", None);
    BROKEN
}

/// Says on stderr what is wrong around a program.
fn complain(message: &str, place: &str, help: Option<&str>) {
    output::error(&render::complaint(message, place, help, Colors::of_stderr()));
}

/// Connects to the cluster that the settings name; false, and it is said, where that cannot be done.
pub fn joins_cluster() -> bool {
    let joined = crate::remotely::join_cluster();
    if let Err(why) = &joined {
        let help = "`afar cluster status` shows what runs; `afar cluster up` starts one";
        complain(&why.to_string(), "", Some(help));
    }
    joined.is_ok()
}

fn dispatch(command_line: impl Iterator<Item = OsString>) -> i32 {
    let matches = match args::command().try_get_matches_from(command_line) {
        Ok(matches) => matches,
        Err(error) => return args::explain_error(&error),
    };
    let (name, sub) = match matches.subcommand() {
        Some((name, sub)) => (name, sub),
        None => ("", &matches),
    };
    let settings = match args::settings(&matches, sub) {
        Ok(settings) => settings,
        Err(message) => {
            complain(&message, "", Some("`afar --help` shows the options"));
            return REFUSED;
        }
    };
    let spill = settings.spill.filter(|bytes| *bytes > 0);
    config::set(settings);
    // Who only starts others leaves that to them.
    let keeps_values = !matches!(name, "cluster" | "gateway");
    if let Some(Err(why)) = spill.filter(|_| keeps_values).map(config::allow_spill) {
        complain(&why, "", Some("set `TMPDIR` to a folder on a disk, or say `--spill 0`"));
        // A node has been told what was only supposed: it does without.
        if name != "node" {
            return REFUSED;
        }
    }
    match name {
        "run" => run::file(sub),
        "profile" => profile::file(sub),
        "check" => check::files(sub),
        "explain" => explain::asked(sub),
        "node" => node::serve(sub),
        "cluster" => cluster::asked(sub),
        "status" => cluster::status(),
        "jobs" => cluster::jobs(sub),
        "gateway" => cluster::gateway(sub),
        _ => match matches.get_one::<String>("code") {
            Some(code) if name.is_empty() => run::code(code),
            _ => crate::line::repl(),
        },
    }
}
