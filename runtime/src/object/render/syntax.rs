//! Where the text of a program is wrong, as a traceback tells it of a `SyntaxError`.

use crate::object::attr;
use crate::object::class::{class_ref, unwrap};
use crate::{Res, Value, ops};

/// The lines before the message: file and line, the text, and marks under it. `None` where the exception does not know them.
pub(super) fn place(exception: &Value) -> Res<Option<String>> {
    if !class_ref(exception).is_subclass_of("SyntaxError") {
        return Ok(None);
    }
    let part = |name: &str| attr::find(exception, name).map(Option::unwrap_or_default);
    let (line, last_line) = (part("lineno")?, part("end_lineno")?);
    let Some(line) = number(&line) else { return Ok(None) };
    let (Some(offset), Some(mut end)) = (column(&part("offset")?), column(&part("end_offset")?)) else {
        return Ok(None);
    };
    let Some(last_line) = (if last_line.is_none() { Some(line) } else { number(&last_line) }) else {
        return Ok(None);
    };
    let file = match part("filename")? {
        Value::None => "<string>".into(),
        file => ops::to_str(&file)?,
    };
    let mut out = format!("  File \"{file}\", line {line}\n");
    let text = part("text")?;
    if let Some(text) = unwrap(&text).as_str() {
        if last_line > line {
            end = i64::try_from(text.len()).unwrap_or(i64::MAX);
        }
        show_text(text, offset, end, &mut out);
    }
    Ok(Some(out))
}

fn number(value: &Value) -> Option<i64> {
    match unwrap(value) {
        Value::Int(n) => Some(*n),
        Value::Bool(b) => Some(i64::from(*b)),
        _ => None,
    }
}

/// A column; -1 where none is given.
fn column(value: &Value) -> Option<i64> {
    if value.is_none() { Some(-1) } else { number(value) }
}

/// The text without what it is indented by, and the marks, as CPython's `print_error_text` writes them: columns count bytes.
fn show_text(text: &str, offset: i64, end: i64, out: &mut String) {
    let n_marks = if end > 0 && end > offset { end - offset } else { 1 };
    let mut shown = text.trim_start_matches([' ', '\t', '\u{c}']);
    let len = |text: &str| i64::try_from(text.strip_suffix('\n').unwrap_or(text).len()).unwrap_or(i64::MAX);
    let indent = i64::try_from(text.len() - shown.len()).unwrap_or(i64::MAX);
    let mut offset = (offset - 1 - indent).min(len(shown));
    while let Some(end) = shown.find('\n') {
        let n = i64::try_from(end).unwrap_or(i64::MAX);
        if n >= offset {
            break;
        }
        shown = &shown[end + 1..];
        offset -= n + 1;
    }
    out.push_str(&format!("    {}\n", shown.strip_suffix('\n').unwrap_or(shown)));
    if let Ok(before) = usize::try_from(offset) {
        let marks = usize::try_from(n_marks).unwrap_or(1);
        out.push_str(&format!("    {}{}\n", " ".repeat(before), "^".repeat(marks)));
    }
}
