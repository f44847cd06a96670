//! `afar check`: what is wrong with scripts, without running them.

use super::{OK, REFUSED, output, run, source, types};
use crate::config::{Colors, settings};
use crate::render;
use crate::session;
use afar_lang::apply_fixes;
use afar_lang::diagnostic::Diagnostic;
use clap::ArgMatches;
use std::ffi::OsString;
use std::path::Path;

/// How often the fixes of a file are made, since one may uncover another.
const MAX_ROUNDS: usize = 10;

/// Checks files; the status is that of the worst.
pub fn files(matches: &ArgMatches) -> i32 {
    let all: Vec<&OsString> = matches.get_many::<OsString>("FILE").into_iter().flatten().collect();
    let mut n_wrong = 0;
    let mut status = OK;
    for path in &all {
        if n_wrong > 0 && !settings().json {
            output::error("\n");
        }
        match one(Path::new(path), matches) {
            Ok((n, answer)) => {
                n_wrong += n;
                status = status.max(answer);
            }
            Err(Unusable) => status = REFUSED,
        }
    }
    if n_wrong > 0 {
        status = REFUSED;
    }
    if !settings().json && n_wrong > 0 {
        let files = if all.len() == 1 { "1 file".to_owned() } else { format!("{} files", all.len()) };
        let problems = if n_wrong == 1 { "1 problem".to_owned() } else { format!("{n_wrong} problems") };
        output::error(&format!("\n{problems} in {files}\n"));
    }
    status
}

/// It cannot be read or written, which is said.
struct Unusable;

/// Checks a file; how much is wrong with it, and the status of what else was asked.
fn one(path: &Path, matches: &ArgMatches) -> Result<(usize, i32), Unusable> {
    let mut text = match source::read(path) {
        Ok(text) => text,
        Err(why) => {
            run::unreadable(&why);
            return Err(Unusable);
        }
    };
    crate::modules::set_folder(source::folder(path));
    let shown = path.display().to_string();
    let mut found = problems(&text);
    if matches.get_flag("fix") && shown != "-" {
        let mut n_fixed = 0;
        for _ in 0..MAX_ROUNDS {
            let n = found.iter().filter(|d| d.fix.is_some()).count();
            let better = apply_fixes(&text, &found);
            if n == 0 || better == text {
                break;
            }
            n_fixed += n;
            text = better;
            found = problems(&text);
        }
        if n_fixed > 0 {
            if let Err(e) = std::fs::write(path, &text) {
                super::complain(&format!("cannot write `{shown}`: {e}"), &shown, None);
                return Err(Unusable);
            }
            let s = if n_fixed == 1 { "" } else { "s" };
            output::error(&format!("{shown}: {n_fixed} problem{s} fixed\n"));
        }
    }
    if settings().json {
        let lines: String = found.iter().map(|d| render::json(&shown, &text, d) + "\n").collect();
        output::result(&lines);
    } else if !found.is_empty() {
        output::error(&render::diagnostics(&shown, &text, &found, Colors::of_stderr()));
    }
    let has_types = matches.get_flag("types") && found.is_empty();
    Ok((found.len(), if has_types { types::show(&shown, &text) } else { OK }))
}

fn problems(text: &str) -> Vec<Diagnostic> {
    session::load(text, &[]).err().unwrap_or_default()
}
