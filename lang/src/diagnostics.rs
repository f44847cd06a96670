//! What is said about wrong programs: one file for each group, with an explanation of every id.

pub(crate) mod blocks;
pub(crate) mod names;
pub(crate) mod purity;
pub(crate) mod syntax;
mod syntax_explained;
#[cfg(test)]
mod tests;

use crate::diagnostic::Diagnostic;

/// What an id means, with a program that gives it and the way to write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The id, as `purity/del`.
    pub id: &'static str,
    /// One line, lower case.
    pub title: &'static str,
    /// A few sentences.
    pub text: &'static str,
    /// A program that gives it.
    pub wrong: &'static str,
    /// The same, as it is right.
    pub right: &'static str,
}

const fn explain_as(
    id: &'static str,
    title: &'static str,
    text: &'static str,
    wrong: &'static str,
    right: &'static str,
) -> Explanation {
    Explanation { id, title, text, wrong, right }
}

/// The explanation of an id; for the part after the `/` alone as well.
pub fn explain(code: &str) -> Option<&'static Explanation> {
    let short = |id: &str| id.split('/').nth(1) == Some(code);
    explanations().find(|e| e.id == code).or_else(|| explanations().find(|e| short(e.id)))
}

/// All explanations, by group.
pub fn explanations() -> impl Iterator<Item = &'static Explanation> {
    syntax_explained::ALL.iter().chain(names::ALL).chain(purity::ALL).chain(blocks::ALL)
}

/// The text with every fix of the diagnostics made. Of two fixes that overlap the first is made.
pub fn apply_fixes(source: &str, diagnostics: &[Diagnostic]) -> String {
    let mut fixes: Vec<_> = diagnostics.iter().filter_map(|d| d.fix.as_ref()).collect();
    fixes.sort_by_key(|f| (f.span.start, f.span.end));
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    for fix in fixes {
        let (start, end) = (fix.span.start as usize, fix.span.end as usize);
        let Some(between) = source.get(at..start).filter(|_| source.is_char_boundary(end.min(source.len())))
        else {
            continue;
        };
        out.push_str(between);
        out.push_str(&fix.replacement);
        at = end;
    }
    out.push_str(source.get(at..).unwrap_or(""));
    out
}
