//! Names that mean nothing, or two things.

use super::{Explanation, explain_as};
use crate::ast::Ident;
use crate::diagnostic::Diagnostic;
use crate::span::Span;

pub(crate) static ALL: &[Explanation] = &[
    explain_as(
        "names/unbound",
        "a name that nothing binds",
        "No assignment, definition, import or parameter binds this name anywhere it could be seen from.",
        "def area(radius):\n    return 3 * radius ** power\n",
        "power = 2\n\ndef area(radius):\n    return 3 * radius ** power\n",
    ),
    explain_as(
        "names/bound-later",
        "an annotation that names what is bound only later",
        "An annotation of a function, a class or the edge is evaluated where it stands, and raises `NameError` where it names what nothing has bound yet. One in quotes is not evaluated.",
        "class Tree:\n    left: Node\n\nclass Node:\n    pass\n",
        "class Tree:\n    left: 'Node'\n\nclass Node:\n    pass\n",
    ),
    explain_as(
        "names/duplicate-argument",
        "two parameters of one name",
        "A function's parameters need different names.",
        "def f(a, b, a):\n    return b\n",
        "def f(a, b, c):\n    return b\n",
    ),
    explain_as(
        "names/duplicate-keyword",
        "one argument given twice",
        "A call can give each keyword argument once.",
        "d = dict(a=1, a=2)\n",
        "d = dict(a=1, b=2)\n",
    ),
    explain_as(
        "names/reserved",
        "a name that cannot be bound",
        "`__debug__` is a constant of the language.",
        "__debug__ = 1\n",
        "debug = 1\n",
    ),
];

pub(crate) fn unbound(name: &str, span: Span, near: Option<&str>) -> Diagnostic {
    let error = Diagnostic::error("names/unbound", format!("the name `{name}` is not bound"), span)
        .label("nothing binds this name");
    match (near, name) {
        (Some(near), _) => error.help(format!("did you mean `{near}`?")),
        (None, "exit" | "quit") => error.help("write `import sys` and `sys.exit()` at the edge"),
        _ if crate::builtins::is_pure_module(name) => error.help(format!("write `import {name}` first")),
        _ => error,
    }
}

pub(crate) fn bound_later(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error("names/bound-later", format!("the name `{name}` is bound only later"), span)
        .label("an annotation is evaluated where it stands")
        .help(format!("put it in quotes, `'{name}'`, or write `from __future__ import annotations` first"))
}

pub(crate) fn duplicate_argument(name: &Ident, first: Span) -> Diagnostic {
    let message = format!("two parameters are named `{}`", name.name);
    Diagnostic::error("names/duplicate-argument", message, name.span).also(first, "the first one")
}

pub(crate) fn duplicate_keyword(name: &Ident, first: Span) -> Diagnostic {
    let message = format!("the argument `{}` is given twice", name.name);
    Diagnostic::error("names/duplicate-keyword", message, name.span).also(first, "first here")
}

pub(crate) fn reserved(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error("names/reserved", format!("`{name}` cannot be bound"), span)
}

/// The known name that a misspelt one is likely to mean.
pub(crate) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let bound = match name.chars().count() {
        0..=2 => return None,
        3..=4 => 1,
        _ => 2,
    };
    let near = known.iter().map(|k| (distance(name, k), *k)).filter(|(d, _)| *d > 0 && *d <= bound);
    near.min().map(|(_, k)| k)
}

/// Edits, with the swap of two neighbours as one.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 2 {
        return usize::MAX;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut next = vec![i];
        for j in 1..=b.len() {
            let same = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (row[j] + 1).min(next[j - 1] + 1).min(row[j - 1] + same);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[b.len()]
}
