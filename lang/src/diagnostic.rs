//! What is said about a program that is wrong. Free of colours, files and renderers.

use crate::span::Span;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The program is refused.
    Error,
    /// The program runs.
    Warning,
}

/// A replacement of text that mends what a diagnostic is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub replacement: String,
}

/// One thing that is wrong with a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable, kebab-case, with a group: `purity/augmented-assignment`, `syntax/unclosed-bracket`.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// The exact place.
    pub primary: Span,
    /// What the primary span is; may be empty.
    pub label: String,
    /// Other places that matter.
    pub labels: Vec<(Span, String)>,
    /// Reasons, in sentences.
    pub notes: Vec<String>,
    /// What to write instead.
    pub help: Option<String>,
    /// The one mechanical answer, where there is one.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// An error with a message and its place.
    pub fn error(id: &'static str, message: impl Into<String>, primary: Span) -> Self {
        Self {
            id,
            severity: Severity::Error,
            message: message.into(),
            primary,
            label: String::new(),
            labels: Vec::new(),
            notes: Vec::new(),
            help: None,
            fix: None,
        }
    }

    /// With a word on what the primary span is.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// With another place.
    pub fn also(mut self, span: Span, label: impl Into<String>) -> Self {
        self.labels.push((span, label.into()));
        self
    }

    /// With a reason.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// With what to write instead.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With the mechanical answer.
    pub fn fix(mut self, span: Span, replacement: impl Into<String>) -> Self {
        self.fix = Some(Fix { span, replacement: replacement.into() });
        self
    }
}
