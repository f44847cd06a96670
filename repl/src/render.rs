//! All rendering of what goes wrong: diagnostics as text and as JSON, and faults that are no exceptions.

use crate::config::Colors;
use crate::session;
use afar_lang::diagnostic::{Diagnostic, Severity};
use afar_lang::span::Span;
use afar_runtime::fault::FaultKind;
use afar_runtime::object::exception::Frame;
use afar_runtime::{Fault, abi};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use std::fmt::Write;

/// How many diagnostics are shown; the rest is counted.
const MAX_SHOWN: usize = 50;
/// Lines longer than this are not shown, only named.
const MAX_LINE: usize = 2_000;
/// How many callers of the place of a `NotPure` are shown.
const MAX_CALLERS: usize = 8;

/// A place as people read it, both from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// Where a byte of a text stands.
pub fn place(text: &str, byte: u32) -> Place {
    let at = boundary(text, byte as usize);
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
    Place { line, column: text[line_start..at].chars().count() + 1 }
}

fn boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Diagnostics about one text, one after the other, each with the source lines that it is about.
pub fn diagnostics(file: &str, text: &str, all: &[Diagnostic], colors: Colors) -> String {
    let mut out = String::new();
    for (i, diagnostic) in all.iter().take(MAX_SHOWN).enumerate() {
        if i > 0 {
            out.push('\n');
        }
        out.push_str(&one(file, text, diagnostic, colors));
    }
    if all.len() > MAX_SHOWN {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "\n... and {} more", all.len() - MAX_SHOWN);
    }
    out
}

fn one(file: &str, text: &str, diagnostic: &Diagnostic, colors: Colors) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group =
        level.primary_title(&diagnostic.message).id(diagnostic.id).elements(std::iter::empty::<Origin<'_>>());
    group = with_source(group, file, text, diagnostic);
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(note));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help));
    }
    let renderer = if colors.is_yes() { Renderer::styled() } else { Renderer::plain() };
    let mut out = renderer.decor_style(DecorStyle::Ascii).render(&[group]);
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out
}

/// Adds the lines that a diagnostic is about, or only their number where they are too long to be shown.
fn with_source<'a>(group: Group<'a>, file: &'a str, text: &'a str, diagnostic: &'a Diagnostic) -> Group<'a> {
    let spans = || std::iter::once(diagnostic.primary).chain(diagnostic.labels.iter().map(|(s, _)| *s));
    let start = spans().map(|s| s.start).min().unwrap_or(0) as usize;
    let end = spans().map(|s| s.end).max().unwrap_or(0) as usize;
    let (start, end) = (boundary(text, start), boundary(text, end));
    let from = text[..start].rfind('\n').map_or(0, |i| i + 1);
    let to = text[end.max(start)..].find('\n').map_or(text.len(), |i| end.max(start) + i);
    let shown = &text[from..to];
    if shown.lines().any(|l| l.len() > MAX_LINE) {
        let place = place(text, diagnostic.primary.start);
        let group = group.element(Origin::path(file).line(place.line).char_column(place.column));
        let label = Some(&diagnostic.label).filter(|l| !l.is_empty());
        return match label {
            Some(label) => group.element(Level::NOTE.message(label)),
            None => group,
        };
    }
    let local = |span: Span| {
        let start = boundary(text, span.start as usize).clamp(from, to);
        let end = boundary(text, span.end as usize).clamp(start, to);
        start - from..end - from
    };
    let mut primary = AnnotationKind::Primary.span(local(diagnostic.primary));
    if !diagnostic.label.is_empty() {
        primary = primary.label(&diagnostic.label);
    }
    let mut snippet = Snippet::source(shown)
        .line_start(text[..from].bytes().filter(|b| *b == b'\n').count() + 1)
        .path(file)
        .annotation(primary);
    for (span, label) in &diagnostic.labels {
        let annotation = AnnotationKind::Context.span(local(*span));
        snippet = snippet.annotation(if label.is_empty() { annotation } else { annotation.label(label) });
    }
    group.element(snippet)
}

/// One diagnostic as one line of JSON.
pub fn json(file: &str, text: &str, diagnostic: &Diagnostic) -> String {
    let mut out = String::from("{");
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        r#""code":{},"severity":"{severity}","message":{},"#,
        quote(diagnostic.id),
        quote(&diagnostic.message)
    );
    let _ = write!(
        out,
        r#""file":{},{},"label":{}"#,
        quote(file),
        json_span(text, diagnostic.primary),
        quote(&diagnostic.label)
    );
    let labels: Vec<String> = diagnostic
        .labels
        .iter()
        .map(|(span, label)| format!(r#"{{{},"label":{}}}"#, json_span(text, *span), quote(label)))
        .collect();
    let notes: Vec<String> = diagnostic.notes.iter().map(|n| quote(n)).collect();
    let _ = write!(out, r#","labels":[{}],"notes":[{}]"#, labels.join(","), notes.join(","));
    let help = diagnostic.help.as_ref().map_or_else(|| "null".to_owned(), |h| quote(h));
    let fix = diagnostic.fix.as_ref().map_or_else(
        || "null".to_owned(),
        |f| format!(r#"{{{},"replacement":{}}}"#, json_span(text, f.span), quote(&f.replacement)),
    );
    let _ = write!(out, r#","help":{help},"fix":{fix}}}"#);
    out
}

fn json_span(text: &str, span: Span) -> String {
    let (start, end) = (place(text, span.start), place(text, span.end));
    format!(
        r#""line":{},"column":{},"end_line":{},"end_column":{},"start":{},"end":{}"#,
        start.line, start.column, end.line, end.column, span.start, span.end
    )
}

/// Text as a JSON string.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Writing to a string cannot fail.
            c if c.is_control() => drop(write!(out, "\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// An error about the world around a program: a file, an option. `place` is `FILE` or `FILE:LINE`.
pub fn complaint(message: &str, place: &str, help: Option<&str>, colors: Colors) -> String {
    let (red, blue, bold, off) = match colors {
        Colors::Yes => ("\x1b[1;91m", "\x1b[1;94m", "\x1b[1m", "\x1b[0m"),
        Colors::No => ("", "", "", ""),
    };
    let mut out = format!("{red}error{off}{bold}: {message}{off}\n");
    if !place.is_empty() {
        out.push_str(&format!(" {blue}-->{off} {place}\n"));
    }
    if let Some(help) = help {
        out.push_str(&format!("  {blue}={off} {bold}help{off}: {help}\n"));
    }
    out
}

/// What is said of a fault that ended a program, with the calls that it came through.
pub fn fault(fault: &Fault, colors: Colors) -> String {
    match &*fault.0 {
        FaultKind::NotPure { message, frames } => not_pure(message, &distinct(frames), colors),
        FaultKind::Cancelled => interrupted(&distinct(&abi::take_trail())),
        _ => {
            let mut text = session::render_fault(fault);
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            text
        }
    }
}

/// The frames without those that say the same as the one before.
fn distinct(frames: &[Frame]) -> Vec<Frame> {
    let mut frames: Vec<Frame> = frames.iter().filter(|f| !f.is_library()).cloned().collect();
    frames.dedup_by(|a, b| a.file == b.file && a.line == b.line && a.func == b.func);
    frames
}

/// What `afar explain` calls a refusal at run time.
pub const NOT_PURE: &str = "NotPure";

fn not_pure(why: &str, trail: &[Frame], colors: Colors) -> String {
    let known = trail.iter().enumerate().find_map(|(i, f)| Some((i, f, session::source(&f.file)?)));
    let Some((at, frame, source)) = known else {
        return complaint(&format!("{NOT_PURE}: {why}"), "", None, colors);
    };
    let mut diagnostic = Diagnostic::error(NOT_PURE, why, Span::new(frame.start, frame.end));
    let callers = callers(&trail[at + 1..]);
    let n_hidden = callers.len().saturating_sub(MAX_CALLERS);
    for caller in callers.into_iter().take(MAX_CALLERS) {
        diagnostic = diagnostic.note(caller);
    }
    if n_hidden > 0 {
        diagnostic = diagnostic.note(format!("... and {n_hidden} more calls"));
    }
    one(&frame.file, &source.text, &diagnostic, colors)
}

fn callers(frames: &[Frame]) -> Vec<String> {
    frames.iter().map(|f| format!("called from {}:{} in {}", f.file, f.line, f.func)).collect()
}

/// As CPython shows a `KeyboardInterrupt`.
fn interrupted(trail: &[Frame]) -> String {
    let mut out = String::new();
    if !trail.is_empty() {
        out.push_str("Traceback (most recent call last):\n");
    }
    let frames: Vec<&Frame> = trail.iter().rev().collect();
    let n_hidden = frames.len().saturating_sub(2 * MAX_CALLERS);
    for (i, frame) in frames.iter().enumerate() {
        if n_hidden > 0 && i == MAX_CALLERS {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "  [{n_hidden} more calls]");
        }
        if n_hidden > 0 && (MAX_CALLERS..MAX_CALLERS + n_hidden).contains(&i) {
            continue;
        }
        let _ = writeln!(out, "  File \"{}\", line {}, in {}", frame.file, frame.line, frame.func);
        for line in session::source_line(frame, None).iter().flat_map(|text| text.lines()) {
            let _ = writeln!(out, "    {line}");
        }
    }
    out.push_str("KeyboardInterrupt\n");
    out
}

#[cfg(test)]
mod tests {
    use super::{Colors, diagnostics, json, place, quote};
    use afar_lang::diagnostic::Diagnostic;
    use afar_lang::span::Span;

    fn sample() -> Diagnostic {
        Diagnostic::error("purity/del", "`del` changes what is there", Span::new(10, 13))
            .label("this")
            .also(Span::new(0, 1), "bound here")
            .note("a reason")
            .help("leave it out")
    }

    #[test]
    fn text_names_file_and_line() {
        let shown = diagnostics("a.afr", "x = 1\nif x: del x\n", &[sample(), sample()], Colors::No);
        assert!(shown.contains("--> a.afr:2:5"), "{shown}");
        assert_eq!(shown.matches("error[purity/del]").count(), 2, "{shown}");
        for part in ["this", "bound here", "note: a reason", "help: leave it out"] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        assert!(!shown.contains('\x1b'));
    }

    #[test]
    fn long_lines_are_named_only() {
        let text = format!("x = {}\n", "9".repeat(100_000));
        let shown = diagnostics("a.afr", &text, &[sample()], Colors::No);
        assert!(shown.contains("a.afr:1:11") && shown.len() < 1_000, "{shown}");
    }

    #[test]
    fn places_outside_of_the_text_do_no_harm() {
        let far = Diagnostic::error("x/y", "far", Span::new(90, 99));
        assert!(diagnostics("a.afr", "é", &[far], Colors::No).contains("a.afr:1"));
        assert_eq!(place("é\nb", 1).line, 1);
    }

    #[test]
    fn json_is_one_line() {
        let line = json("a.afr", "x = 1\nif x: del x\n", &sample());
        assert!(line.starts_with(r#"{"code":"purity/del","severity":"error""#), "{line}");
        assert!(line.contains(r#""file":"a.afr","line":2,"column":5,"end_line":2,"end_column":8"#), "{line}");
        assert_eq!(quote("a\"\\\n\u{1}"), r#""a\"\\\n\u0001""#);
    }
}
