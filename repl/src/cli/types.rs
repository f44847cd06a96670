//! `afar check --types`: what the functions of a script are specialised to, and where values of any type come from.

use super::{OK, RAISED, output};
use crate::config::{Colors, settings};
use crate::render::{self, quote};
use crate::session::{self, Interactive, Session};
use afar_compiler::survey::{FuncTypes, Survey, Version, watched};
use std::fmt::Write as _;

/// The most places that are shown of one version; `--json` has all.
const MAX_SHOWN: usize = 12;

/// Shows the types of a script that is right; gives the exit status.
pub fn show(file: &str, text: &str) -> i32 {
    let session = Session::new(Interactive::No);
    match session.survey(file, text) {
        Ok(survey) => {
            let shown = if settings().json { json(file, text, &survey) } else { plain(file, text, &survey) };
            output::result(&shown);
            OK
        }
        Err(fault) => {
            output::error(&render::fault(&fault, Colors::of_stderr()));
            RAISED
        }
    }
}

/// The types of the functions of a script that has run.
pub fn of_run(file: &str, text: &str) -> String {
    session::source(file).map_or(String::new(), |source| plain(file, text, &watched(&source)))
}

// Writing to a string cannot fail.

fn plain(file: &str, text: &str, survey: &Survey) -> String {
    let mut out = String::new();
    for func in &survey.funcs {
        if func.versions.is_empty() {
            let _ = writeln!(
                out,
                "{file}:{}: {}: no call here whose types are known before: specialised when it is called",
                func.line, func.name
            );
        }
        for version in &func.versions {
            let _ = writeln!(out, "{file}:{}: {}", func.line, signature(func, version));
            places(file, text, version, &mut out);
        }
    }
    if !survey.names.is_empty() {
        let names: Vec<String> = survey.names.iter().map(|(name, ty)| format!("{name}: {ty}")).collect();
        let _ = writeln!(out, "{file}: names of the edge: {}", names.join(", "));
    }
    if let Some(line) = survey.ends_at {
        let _ = writeln!(out, "{file}:{line}: the script ends here: what stands behind is not reached");
    }
    out
}

fn signature(func: &FuncTypes, version: &Version) -> String {
    let list = |of: &[(afar_lang::ast::Name, String)]| {
        of.iter().map(|(name, ty)| format!("{name}: {ty}")).collect::<Vec<_>>().join(", ")
    };
    let ret = if version.is_generator { "generator" } else { &version.ret };
    let mut out = format!("{}({}) -> {ret}", func.name, list(&version.params));
    if !version.captures.is_empty() {
        let _ = write!(out, ", captures {}", list(&version.captures));
    }
    out
}

fn places(file: &str, text: &str, version: &Version, out: &mut String) {
    if version.is_generator {
        out.push_str("    any: a generator keeps all its values boxed between two items\n");
        return;
    }
    for origin in version.origins.iter().take(MAX_SHOWN) {
        let (start, end) = (origin.span.start as usize, origin.span.end as usize);
        let source = text.get(start..end).unwrap_or_default();
        let first = source.lines().next().unwrap_or_default();
        let more = if first.len() < source.len() { " ..." } else { "" };
        let render::Place { line, column } = render::place(text, origin.span.start);
        let _ = writeln!(out, "    any: {file}:{line}:{column}: `{first}{more}`: {}", origin.why);
    }
    if let Some(n) = version.origins.len().checked_sub(MAX_SHOWN).filter(|n| *n > 0) {
        let _ = writeln!(out, "    any: and at {n} more places");
    }
}

fn json(file: &str, text: &str, survey: &Survey) -> String {
    let mut out = String::new();
    for func in &survey.funcs {
        for version in &func.versions {
            let types = |of: &[(afar_lang::ast::Name, String)]| {
                let all: Vec<String> =
                    of.iter().map(|(name, ty)| format!("{}:{}", quote(name), quote(ty))).collect();
                format!("{{{}}}", all.join(","))
            };
            let places: Vec<String> = version
                .origins
                .iter()
                .map(|o| {
                    let render::Place { line, column } = render::place(text, o.span.start);
                    format!(r#"{{"line":{line},"column":{column},"why":{}}}"#, quote(&o.why))
                })
                .collect();
            let _ = writeln!(
                out,
                r#"{{"file":{},"line":{},"function":{},"params":{},"captures":{},"returns":{},"generator":{},"any":[{}]}}"#,
                quote(file),
                func.line,
                quote(&func.name),
                types(&version.params),
                types(&version.captures),
                quote(&version.ret),
                version.is_generator,
                places.join(",")
            );
        }
    }
    out
}
