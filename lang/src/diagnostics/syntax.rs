//! What CPython refuses when it compiles, beyond its grammar.

use crate::diagnostic::Diagnostic;
use crate::span::Span;

pub(crate) fn outside_function(word: &str, span: Span) -> Diagnostic {
    Diagnostic::error("syntax/outside-function", format!("`{word}` outside of a function"), span)
}

pub(crate) fn outside_loop(word: &str, span: Span) -> Diagnostic {
    Diagnostic::error("syntax/outside-loop", format!("`{word}` outside of a loop"), span)
}

pub(crate) fn leaves_star(word: &str, span: Span) -> Diagnostic {
    Diagnostic::error("syntax/except-star", format!("`{word}` in a clause of `except*`"), span)
        .help("all clauses that match run: bind a name, and leave behind the `try`")
}

pub(crate) fn starred(span: Span) -> Diagnostic {
    Diagnostic::error("syntax/starred", "a starred expression cannot stand here", span)
        .help("it unpacks into a display, a call or a target: `[*x]`, `f(*x)`, `*x, = y`")
}

pub(crate) fn walrus(message: &str, span: Span) -> Diagnostic {
    Diagnostic::error("syntax/walrus", message, span).help("use another name, or a statement of its own")
}

pub(crate) fn yield_in_comprehension(span: Span) -> Diagnostic {
    Diagnostic::error("syntax/outside-function", "`yield` inside of a comprehension", span)
}

pub(crate) fn pattern(message: &str, span: Span) -> Diagnostic {
    Diagnostic::error("syntax/pattern", message, span)
}

pub(crate) fn future(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error("syntax/future", format!("there is no future feature `{name}`"), span)
}

pub(crate) fn late_future(span: Span) -> Diagnostic {
    Diagnostic::error("syntax/future", "an import from `__future__` that is not at the top of the file", span)
        .help("move it to the first line")
}

/// A comprehension within too many others.
pub(crate) fn comprehensions_too_deep(span: Span, limit: usize) -> Diagnostic {
    Diagnostic::error("syntax/too-deep", "this comprehension stands in too many others", span)
        .help(format!("no more than {limit} can stand in one another: give a part a name"))
}
