//! The marks under the source line of a traceback's frame, as CPython 3.11 sets them: `~~^~~` where an operation or an item is
//! asked for, `^^^^` under anything else that is not the whole line.
//!
//! Source: `Python/traceback.c` of CPython 3.11.

use afar_lang::ast::{Expr, ExprKind, Stmt, StmtKind};
use afar_lang::parse;
use afar_runtime::object::exception::Frame;
use unicode_width::UnicodeWidthChar;

/// The line of a frame without its indentation, and under it the marks, where there are any. Empty where the line is blank.
/// Of a call whose method was not found, the method is marked.
pub fn shown(text: &str, line_start: usize, frame: &Frame, missing: Option<&str>) -> String {
    let line = text.get(line_start..).and_then(|rest| rest.split('\n').next()).unwrap_or_default();
    let code = line.trim();
    let indent = line.len() - line.trim_start().len();
    let byte = |at: u32| usize::try_from(at).unwrap_or(usize::MAX).saturating_sub(line_start + indent);
    let (start, end) = (byte(frame.start), byte(frame.end));
    let is_single = end <= code.len();
    let end = if is_single { end } else { code.len() };
    match code.get(start..end) {
        Some(segment) if start < end => {
            let called = missing.and_then(|name| method(segment, name));
            let segment = called.and_then(|end| segment.get(..end)).unwrap_or(segment);
            let anchors = if is_single { anchors(segment) } else { None };
            if anchors.is_none() && segment.len() == code.len() {
                return code.to_owned();
            }
            let before = code.get(..start).map_or(0, width);
            format!("{code}\n{}{}", " ".repeat(before), marks(segment, anchors))
        }
        _ => code.to_owned(),
    }
}

fn marks(segment: &str, anchors: Option<(usize, usize)>) -> String {
    let Some((left, right)) = anchors else { return "^".repeat(width(segment)) };
    let mark = |i: usize| if (left..right).contains(&i) { "^" } else { "~" };
    segment.char_indices().map(|(i, c)| mark(i).repeat(char_width(c))).collect()
}

/// How many columns a text takes, as CPython counts them: two for a wide character, else one.
fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

fn char_width(c: char) -> usize {
    if c.width() == Some(2) { 2 } else { 1 }
}

/// The one expression of a text.
fn with_expr<T>(segment: &str, look: impl FnOnce(&Expr) -> Option<T>) -> Option<T> {
    let parsed = parse(segment);
    match parsed.tree.body.as_slice() {
        [Stmt { kind: StmtKind::Expr(expr), .. }] if parsed.errors.is_empty() => look(expr),
        _ => None,
    }
}

/// Where the operator of a binary operation, or the index of a subscript with its brackets, begins and ends.
fn anchors(segment: &str) -> Option<(usize, usize)> {
    with_expr(segment, |expr| match &expr.kind {
        ExprKind::Binary { left, right, .. } => operator(segment.as_bytes(), end(left), start(right)),
        ExprKind::Subscript { value, index } => Some(brackets(segment.as_bytes(), end(value), end(index))),
        _ => None,
    })
}

/// Where the name of the method ends that is called.
fn method(segment: &str, name: &str) -> Option<usize> {
    with_expr(segment, |expr| {
        let ExprKind::Call { func, .. } = &expr.kind else { return None };
        let is_it = match &func.kind {
            ExprKind::Attribute { attr, .. } => &*attr.name == name,
            // Behind a line break, the place begins with the method.
            ExprKind::Name(called) => &**called == name,
            _ => false,
        };
        is_it.then(|| end(func))
    })
}

fn start(expr: &Expr) -> usize {
    usize::try_from(expr.span.start).unwrap_or(0)
}

fn end(expr: &Expr) -> usize {
    usize::try_from(expr.span.end).unwrap_or(0)
}

/// The operator between two operands, past the parentheses that close the left one.
fn operator(text: &[u8], from: usize, to: usize) -> Option<(usize, usize)> {
    let mut at = from;
    while at < to {
        let next = text.get(at + 1).filter(|_| at + 1 < to);
        if text.get(at)?.is_ascii_whitespace() || (text[at] == b')' && next.is_some()) {
            at += 1;
            continue;
        }
        let is_long = next.is_some_and(|c| !c.is_ascii_whitespace());
        return Some((at, at + 1 + usize::from(is_long)));
    }
    None
}

fn brackets(text: &[u8], from: usize, to: usize) -> (usize, usize) {
    let find = |from: usize, wanted: u8| {
        text.iter().skip(from).position(|c| *c == wanted).map_or(text.len(), |n| from + n)
    };
    (find(from, b'['), (find(to, b']') + 1).min(text.len()))
}

#[cfg(test)]
mod tests {
    use super::shown;
    use afar_runtime::object::exception::Frame;

    #[track_caller]
    fn check(text: &str, marked: &str, expected: &str) {
        let at = text.find(marked).unwrap_or_default();
        let line_start = text[..at].rfind('\n').map_or(0, |n| n + 1);
        let span = |n: usize| u32::try_from(n).unwrap_or(0);
        let frame = Frame {
            file: "x.afr".into(),
            line: 1,
            func: "f".into(),
            start: span(at),
            end: span(at + marked.len()),
            element: None,
        };
        assert_eq!(shown(text, line_start, &frame, Some("m")), expected);
    }

    #[test]
    fn marks_are_those_of_cpython() {
        check("x = 1\n    return a // b\n", "a // b", "return a // b\n       ~~^^~~");
        check("y = (a) +(b)", "(a) +(b)", "y = (a) +(b)\n    ~~~~^^~~");
        check("print(d['k'][1])", "d['k'][1]", "print(d['k'][1])\n      ~~~~~~^^^");
        check("print(f(x))", "f(x)", "print(f(x))\n      ^^^^");
        check("  raise E", "raise E", "raise E");
        check("g(é, 1 + é)", "1 + é", "g(é, 1 + é)\n     ~~^~~");
        check("x = a.m(1)", "a.m(1)", "x = a.m(1)\n    ^^^");
        check("return g(y,\n   z)", "g(y,\n   z)", "return g(y,\n       ^^^^");
    }
}
