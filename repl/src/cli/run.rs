//! `afar run` and `afar -c`.

use super::interrupt::{self, Ends};
use super::{INTERRUPTED, RAISED, REFUSED, output, progress, source, stats, types};
use crate::config::{Colors, settings};
use crate::session::{Interactive, Session, Trouble};
use crate::{modules, render, sys};
use afar_lang::diagnostic::Diagnostic;
use afar_runtime::Fault;
use afar_runtime::fault::FaultKind;
use clap::ArgMatches;
use std::ffi::OsString;
use std::path::Path;

/// Runs a script.
pub fn file(matches: &ArgMatches) -> i32 {
    let Some(path) = matches.get_many::<OsString>("FILE").and_then(|mut all| all.next()) else {
        return REFUSED;
    };
    let path = Path::new(path);
    match source::read(path) {
        Ok(text) => {
            let shown =
                if path == Path::new("-") { "<stdin>".to_owned() } else { path.display().to_string() };
            modules::set_folder(source::folder(path));
            run(&shown, &text, Interactive::No)
        }
        Err(why) => {
            unreadable(&why);
            REFUSED
        }
    }
}

/// Says why a file cannot be read.
pub fn unreadable(why: &source::Unreadable) {
    if settings().json {
        let (file, message) = (render::quote(&why.place), render::quote(&why.message));
        output::error(&format!(
            r#"{{"code":"io/unreadable","severity":"error","message":{message},"file":{file}}}"#
        ));
        output::error("\n");
        return;
    }
    output::error(&render::complaint(&why.message, &why.place, why.help.as_deref(), Colors::of_stderr()));
}

/// Runs code that stands on the command line.
pub fn code(text: &str) -> i32 {
    modules::set_folder(".".into());
    run("<command>", text, Interactive::Last)
}

/// Runs a script whose output goes where it was put before.
pub fn whole(file: &str, text: &str) -> i32 {
    run_in(file, text, Interactive::No)
}

fn run(file: &str, text: &str, interactive: Interactive) -> i32 {
    output::install();
    run_in(file, text, interactive)
}

fn run_in(file: &str, text: &str, interactive: Interactive) -> i32 {
    crate::remotely::set_script(file, text);
    if !super::joins_cluster() {
        return REFUSED;
    }
    stats::begin();
    interrupt::install(Ends::Process);
    progress::install();
    let before = stats::Counters::now();
    let busy = interrupt::busy();
    let session = Session::new(interactive);
    if settings().emits_types {
        afar_compiler::survey::watch();
    }
    let result = session.run(file, text);
    let mut status = match &result {
        Ok(()) => 0,
        Err(trouble) => end(file, text, trouble),
    };
    // What is written from here on is about what has run.
    interrupt::rest();
    if output::finish().is_err() && status == 0 {
        status = RAISED;
    }
    if settings().emits_ir {
        output::error(&afar_compiler::compiler().ir_text());
    }
    if settings().emits_types {
        output::error(&types::of_run(file, text));
    }
    output::error(&before.since().asked());
    crate::remotely::leave();
    drop(busy);
    // Taking a large heap apart is work that nobody waits for: the process ends.
    std::mem::forget(session);
    status
}

/// Says why a program gave no answer; gives the exit status.
pub fn end(file: &str, text: &str, trouble: &Trouble) -> i32 {
    afar_runtime::abi::flush();
    match trouble {
        Trouble::Refused(diagnostics) => {
            refused(file, text, diagnostics);
            REFUSED
        }
        Trouble::Fault(fault) => fault_status(fault),
    }
}

/// Shows diagnostics on stderr.
pub fn refused(file: &str, text: &str, diagnostics: &[Diagnostic]) {
    if settings().json {
        let lines: String = diagnostics.iter().map(|d| render::json(file, text, d) + "\n").collect();
        output::error(&lines);
    } else {
        output::error(&render::diagnostics(file, text, diagnostics, Colors::of_stderr()));
    }
}

fn fault_status(fault: &Fault) -> i32 {
    match &*fault.0 {
        FaultKind::Exit(status) => *status,
        FaultKind::NotPure { .. } => {
            output::error(&render::fault(fault, Colors::of_stderr()));
            REFUSED
        }
        FaultKind::Cancelled => {
            if interrupt::claim_end() {
                output::error(&render::fault(fault, Colors::of_stderr()));
            }
            INTERRUPTED
        }
        FaultKind::Exception(exception) if fault.is("SystemExit") => {
            let (status, said) = sys::status(exception).unwrap_or((RAISED, None));
            if let Some(said) = said {
                output::error(&(said + "\n"));
            }
            status
        }
        FaultKind::Exception(_) if fault.is("KeyboardInterrupt") => {
            output::error(&render::fault(fault, Colors::of_stderr()));
            INTERRUPTED
        }
        FaultKind::Exception(_) | FaultKind::Widen(_) | FaultKind::NotHere => {
            output::error(&render::fault(fault, Colors::of_stderr()));
            RAISED
        }
    }
}
