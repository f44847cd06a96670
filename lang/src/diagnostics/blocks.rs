//! `remotely` blocks, and what belongs to the edge.

use super::{Explanation, explain_as};
use crate::ast::{BLOCK_MODES, Block, Ident};
use crate::diagnostic::Diagnostic;
use crate::span::Span;

pub(crate) static ALL: &[Explanation] = &[
    explain_as(
        "blocks/position",
        "a block in the wrong place",
        "A `remotely` block is a statement of the edge, or stands to the right of `=` there. Functions and blocks are pure: they say nothing about where they run.",
        "def f(x):\n    remotely < y = x + 1 >\n    return y\n",
        "def f(x):\n    return x + 1\n\nremotely < y = f(1) >\n",
    ),
    explain_as(
        "blocks/mode",
        "an unknown mode of a block",
        "The modes are `download_all`, `remote_all` and `download_small`.",
        "remotely.upload() <\n    x = 1\n>\n",
        "remotely.download_all() <\n    x = 1\n>\n",
    ),
    explain_as(
        "blocks/argument",
        "an unknown argument of a block",
        "Every mode takes `resources`, `timeout`, `priority` and `name`; `download_small` also takes `bytecount`.",
        "remotely.download_all(cores=4) < x = 1 >\n",
        "remotely.download_all(timeout=60) < x = 1 >\n",
    ),
    explain_as(
        "blocks/unknown-name",
        "a block is asked for a name that it does not bind",
        "The names given to a mode are those that the block binds and that should come back.",
        "remotely.download_all(\"total\") < sum_ = 1 + 2 >\n",
        "remotely.download_all(\"total\") < total = 1 + 2 >\n",
    ),
    explain_as(
        "blocks/no-value",
        "a block without a value where one is used",
        "The value of a block is that of its last statement, which must be an expression.",
        "z = remotely < x = 1 >\n",
        "z = remotely < x = 1; x + 1 >\n",
    ),
    explain_as(
        "blocks/leaves",
        "`return` or `yield` directly in a block",
        "A block is not a function: what it binds comes back by itself.",
        "remotely <\n    return 1\n>\n",
        "remotely <\n    result = 1\n>\n",
    ),
    explain_as(
        "blocks/edge-only",
        "what acts on the world stands in pure code",
        "The verbs of `remotely`, `sys.exit`, `sys.argv` and `afar.io.write_text` belong to the top level of a script. Functions, comprehensions and blocks are pure.",
        "import sys\n\ndef stop(code):\n    sys.exit(code)\n",
        "import sys\n\ndef code(fine):\n    return 0 if fine else 1\n\nsys.exit(code(True))\n",
    ),
];

pub(crate) fn position(b: &Block, place: &str) -> Diagnostic {
    let head = Span::new(b.span.start, b.span.start + 8);
    Diagnostic::error("blocks/position", format!("a `remotely` block {place}"), head)
        .label("a block stands at the top level of a script")
        .help("compute here, and call this from a block at the top level")
}

pub(crate) fn mode(mode: &Ident) -> Diagnostic {
    Diagnostic::error("blocks/mode", format!("a block has no mode `{}`", mode.name), mode.span)
        .help(format!("the modes are `{}`", BLOCK_MODES.join("`, `")))
}

pub(crate) fn argument(name: &Ident, takes_bytecount: bool) -> Diagnostic {
    let bytecount = if takes_bytecount { ", `bytecount`" } else { "" };
    Diagnostic::error("blocks/argument", format!("a block takes no argument `{}`", name.name), name.span)
        .help(format!("it takes `resources`, `timeout`, `priority`, `name`{bytecount}"))
}

pub(crate) fn unknown_name(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error("blocks/unknown-name", format!("the block does not bind `{name}`"), span)
        .label("only names that the block binds can come back")
}

pub(crate) fn no_value(b: &Block) -> Diagnostic {
    let span = b.body.last().map_or(b.span, |s| s.span);
    Diagnostic::error("blocks/no-value", "the block has no value", span)
        .label("this is no expression")
        .help("let the block end in the expression whose value is meant")
}

pub(crate) fn leaves(word: &str, span: Span) -> Diagnostic {
    Diagnostic::error("blocks/leaves", format!("`{word}` directly in a block"), span)
        .help("bind a name: what the block binds comes back")
}

pub(crate) fn remotely_in_core(span: Span) -> Diagnostic {
    Diagnostic::error("blocks/edge-only", "`remotely` can be used at the top level only", span)
        .label("this code is pure: it does not say where it runs")
        .help("`remotely.map(f, items)` submits one call for each item")
}

pub(crate) fn edge_only(what: &str, span: Span) -> Diagnostic {
    Diagnostic::error("blocks/edge-only", format!("`{what}` can be used at the top level only"), span)
        .label("this code is pure")
        .help("return a value, and act on it at the top level of the script")
}
