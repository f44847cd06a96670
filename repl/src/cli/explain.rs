//! `afar explain`: what a code means.

use super::parallel::{self, Runs};
use super::{REFUSED, complain, output, reasons};
use crate::render::NOT_PURE;
use afar_lang::{explain, explanations};
use clap::ArgMatches;
use std::ffi::OsString;
use std::path::Path;

const NOT_PURE_TEXT: &str = "\
NotPure: refused while it runs

Afar met something that it cannot do as CPython does it, and that could not be seen before the program ran: a
method that changes its receiver and was reached in a roundabout way, the order of a set, the address in a default
`repr`, or a part of Python that is not there yet. No `except` of the program catches it; `finally` still runs.

Wrong:
    print(list({3, 1, 2}))

Right:
    print(sorted({3, 1, 2}))
";

/// Explains a code, or how a script is split; gives the exit status.
pub fn asked(matches: &ArgMatches) -> i32 {
    let word = matches.get_one::<String>("CODE").map(String::as_str);
    let file = matches.get_many::<OsString>("FILE").and_then(|mut all| all.next());
    let runs = if matches.get_flag("run") { Runs::Yes } else { Runs::No };
    match (word, file) {
        (Some("parallel"), Some(file)) => parallel::explain(Path::new(file), runs),
        (_, Some(_)) => {
            complain("a file is explained by `afar explain parallel FILE`", "", None);
            REFUSED
        }
        (_, None) if runs == Runs::Yes => {
            complain("`--run` wants a file: `afar explain parallel --run FILE`", "", None);
            REFUSED
        }
        (word, None) => code(word),
    }
}

/// Explains one code, or lists those of a group, or all; gives the exit status.
fn code(code: Option<&str>) -> i32 {
    let Some(code) = code else {
        return list("");
    };
    if matches!(code.trim_end_matches('/'), "parallel" | "sequential") {
        return output::result(&parallel::list(code.trim_end_matches('/')));
    }
    if let Some(reason) = reasons::find(code) {
        return parallel::reason(reason);
    }
    let group = format!("{}/", code.trim_end_matches('/'));
    if explanations().any(|e| e.id.starts_with(&group)) {
        return list(&group);
    }
    if code.eq_ignore_ascii_case(NOT_PURE) {
        return output::result(NOT_PURE_TEXT);
    }
    let Some(found) = explain(code) else {
        let all: Vec<&str> = explanations().map(|e| e.id).collect();
        let short = |id: &&str| id.split('/').nth(1).map(str::to_owned);
        let close = afar_runtime::object::render::closest(code, all.iter().copied()).or_else(|| {
            let shorts: Vec<String> = all.iter().filter_map(short).collect();
            afar_runtime::object::render::closest(code, shorts.iter().map(String::as_str))
        });
        let help = match close {
            Some(close) => format!("did you mean `{close}`? `afar explain` lists all codes"),
            None => "`afar explain` lists all codes".to_owned(),
        };
        complain(&format!("there is no code `{code}`"), "", Some(&help));
        return REFUSED;
    };
    let indent = |text: &str| text.trim_end().lines().map(|l| format!("    {l}\n")).collect::<String>();
    let text = format!(
        "{}: {}\n\n{}\n\nWrong:\n{}\nRight:\n{}",
        found.id,
        found.title,
        found.text,
        indent(found.wrong),
        indent(found.right)
    );
    output::result(&text)
}

/// Lists the codes that begin so.
fn list(group: &str) -> i32 {
    let width = explanations().map(|e| e.id.len()).max().unwrap_or(0);
    let chosen = explanations().filter(|e| e.id.starts_with(group));
    let mut text: String = chosen.map(|e| format!("{:<width$}  {}\n", e.id, e.title)).collect();
    if group.is_empty() {
        text.push_str(&format!("{NOT_PURE:<width$}  refused while it runs\n"));
    }
    output::result(&text)
}
