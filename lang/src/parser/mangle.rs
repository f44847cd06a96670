//! Private names: in the body of a class `Point`, `__x` means `_Point__x`, as in Python.
//!
//! In a module whose classes CPython has in C, what `_x` names in an instance or a class is hidden: such classes have nothing else that a
//! program could see, or run into with an attribute of a class of its own.

use crate::ast::Name;
use crate::span::Span;
use crate::token::{Kind, Token};
use std::sync::Arc;
use unicode_normalization::UnicodeNormalization;

/// The body of a class, and its name without leading underscores.
#[derive(Debug)]
pub(crate) struct ClassBody {
    span: Span,
    name: String,
}

/// The bodies of all classes in a text, outer ones first. None, where no name could be private.
pub(super) fn class_bodies(source: &str, tokens: &[Token]) -> Vec<ClassBody> {
    if !source.contains("__") {
        return Vec::new();
    }
    let mut out: Vec<ClassBody> = Vec::new();
    // Bodies that are open: their index, and the number of indents around them.
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut depth = 0_usize;
    for (i, t) in tokens.iter().enumerate() {
        match t.kind {
            Kind::Indent => depth += 1,
            Kind::Dedent => {
                depth = depth.saturating_sub(1);
                while let Some((body, _)) = open.pop_if(|(_, around)| *around >= depth) {
                    out[body].span.end = t.span.start;
                }
            }
            Kind::Newline if tokens.get(i + 1).is_none_or(|n| n.kind != Kind::Indent) => {
                // A class on one line.
                while let Some((body, _)) = open.pop_if(|(_, around)| *around == depth) {
                    out[body].span.end = t.span.end;
                }
            }
            Kind::Class => {
                let Some(name) = tokens.get(i + 1).filter(|n| n.kind == Kind::Name) else { continue };
                let colon = body_start(tokens, i);
                let text = source.get(name.span.start as usize..name.span.end as usize).unwrap_or("");
                let name = text.trim_start_matches('_').nfkc().collect();
                out.push(ClassBody { span: Span::new(colon, u32::MAX), name });
                open.push((out.len() - 1, depth));
            }
            _ => {}
        }
    }
    out
}

/// Where the head of the class at `at` ends.
fn body_start(tokens: &[Token], at: usize) -> u32 {
    let mut depth = 0_usize;
    for t in &tokens[at..] {
        match t.kind {
            Kind::LParen | Kind::LBracket | Kind::LBrace => depth += 1,
            Kind::RParen | Kind::RBracket | Kind::RBrace => depth = depth.saturating_sub(1),
            Kind::Colon if depth == 0 => return t.span.end,
            Kind::Newline => return t.span.end,
            _ => {}
        }
    }
    u32::MAX
}

/// What `__x` means where it stands.
pub(super) fn mangled(classes: &[ClassBody], span: Span, text: &str) -> Name {
    let within = |c: &&ClassBody| c.span.start <= span.start && span.end <= c.span.end;
    let text: String = text.nfkc().collect();
    match classes.iter().rev().find(within) {
        Some(class) if !class.name.is_empty() => Arc::from(format!("_{}{text}", class.name)),
        _ => Arc::from(text),
    }
}

/// Stands in hidden names for the underscore that they are written with: no program can write it as a part of a name.
const HIDDEN: char = '\u{1}';

/// What a name means in a module whose classes hide theirs: of another kind where it follows a dot, or is a function of a class.
pub(super) fn hidden(source: &str, span: Span, text: &str) -> Option<Name> {
    let name = text.strip_prefix('_').filter(|rest| !rest.starts_with('_') && !rest.is_empty())?;
    let before = source.get(..span.start as usize)?;
    let is_attribute = before.ends_with('.') || before.ends_with("\n    def ");
    is_attribute.then(|| Arc::from(format!("{HIDDEN}{name}")))
}
