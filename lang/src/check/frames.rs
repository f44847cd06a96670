//! Where the check is: the scopes around a node, and what a name means there.

use super::Checker;
use crate::ast::*;
use crate::diagnostics::names;
use crate::span::Span;

/// What kind of scope a frame is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum FrameKind {
    Edge,
    Function,
    Lambda,
    Class,
    Block,
    Comprehension,
}

/// A scope around the node, with what holds in it.
pub(super) struct Frame<'a> {
    pub kind: FrameKind,
    pub scope: &'a Scope,
    /// Of a function or class.
    pub name: &'a str,
    /// The loops around the statement, within the scope.
    pub loops: usize,
    /// For each `except*` around the statement, the loops around that.
    pub stars: Vec<usize>,
    /// What this function makes ready: the first parameter of an `__init__`, a `__set_name__` or the setter of a property,
    /// the second of a `__set__`.
    pub own: Option<&'a str>,
    /// A method `__new__`, whose locals may be instances that are not made yet.
    pub is_new: bool,
    /// What a method `__new__` calls its class, which is no such instance.
    pub class_param: Option<&'a str>,
    /// A method `__hash__`.
    pub may_hash: bool,
    /// Of a class: what is in it.
    pub body: &'a [Stmt],
}

/// Does a statement in the body of a class give this name a value.
fn binds(s: &Stmt, name: &str) -> bool {
    let is_it = |e: &Expr| matches!(&e.kind, ExprKind::Name(n) if &**n == name);
    match &s.kind {
        StmtKind::Assign { targets, .. } => targets.iter().any(is_it),
        StmtKind::AnnAssign { target, value: Some(_), .. } => is_it(target),
        StmtKind::Def(f) => &*f.name.name == name,
        StmtKind::Class(c) => &*c.name.name == name,
        _ => false,
    }
}

impl<'a> Frame<'a> {
    pub fn edge(scope: &'a Scope) -> Self {
        Self::new(FrameKind::Edge, scope, "")
    }

    pub fn new(kind: FrameKind, scope: &'a Scope, name: &'a str) -> Self {
        Self {
            kind,
            scope,
            name,
            loops: 0,
            stars: Vec::new(),
            own: None,
            is_new: false,
            class_param: None,
            may_hash: false,
            body: &[],
        }
    }
}

/// What a name means where it is used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Meaning {
    /// Bound by the program.
    Bound,
    /// Bound at the edge, as seen from anywhere.
    Edge,
    /// A built-in name, `remotely` among them.
    Builtin,
    Unbound,
}

static EMPTY: Scope =
    Scope { locals: Vec::new(), captures: Vec::new(), globals: Vec::new(), is_generator: false };

impl<'a> Checker<'a> {
    pub(super) fn frame(&self) -> &Frame<'a> {
        // The edge's frame is never popped.
        &self.frames[self.frames.len() - 1]
    }

    pub(super) fn frame_mut(&mut self) -> &mut Frame<'a> {
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    pub(super) fn within(&mut self, frame: Frame<'a>, f: impl FnOnce(&mut Self)) {
        self.frames.push(frame);
        f(self);
        self.frames.pop();
    }

    pub(super) fn scope_of(slot: &'a std::sync::OnceLock<Scope>) -> &'a Scope {
        slot.get().unwrap_or(&EMPTY)
    }

    pub(super) fn is_edge(&self) -> bool {
        self.frames.len() == 1
    }

    /// At the edge, or in the own body of a block at the edge.
    pub(super) fn may_print(&self) -> bool {
        self.is_edge() || (self.frames.len() == 2 && self.frame().kind == FrameKind::Block)
    }

    pub(super) fn meaning(&self, name: &str) -> Meaning {
        let frame = self.frame();
        if frame.kind != FrameKind::Edge
            && (frame.scope.local(name).is_some() || frame.scope.capture(name).is_some())
        {
            return Meaning::Bound;
        }
        if self.edge.contains(name) {
            return Meaning::Edge;
        }
        if name == "remotely" || crate::builtins::is_builtin(name) {
            return Meaning::Builtin;
        }
        let in_class = self.frames.iter().any(|f| f.kind == FrameKind::Class);
        match name {
            "__class__" | "__module__" | "__qualname__" if in_class => Meaning::Bound,
            _ => Meaning::Unbound,
        }
    }

    pub(super) fn is_builtin(&self, name: &str) -> bool {
        self.meaning(name) == Meaning::Builtin
    }

    pub(super) fn unbound(&mut self, name: &'a str, span: Span) {
        if !self.unbound_names.insert(name) {
            return;
        }
        let mut known: Vec<&str> = self.edge.iter().copied().collect();
        known.extend(self.frames.iter().flat_map(|f| f.scope.locals.iter().map(|l| &*l.name)));
        known.extend(crate::builtins::PURE);
        let near = names::nearest(name, &known);
        self.unbound.push(names::unbound(name, span, near));
    }

    /// Does an annotation, which is evaluated where it stands, name what certainly nothing has bound there: its name is nowhere in the text before.
    fn is_bound_later(&self, name: &str, span: Span) -> bool {
        let runs_later =
            |f: &Frame<'_>| !matches!(f.kind, FrameKind::Edge | FrameKind::Class | FrameKind::Block);
        if self.frames.iter().any(runs_later) {
            return false;
        }
        if crate::builtins::is_builtin(name) || self.env.globals.iter().any(|n| &**n == name) {
            return false;
        }
        let class = self.frames.iter().rev().find(|f| f.kind == FrameKind::Class);
        let binding = class.filter(|class| class.body.iter().any(|s| binds(s, name)));
        let is_at_edge = self.edge.contains(name);
        let start = match binding {
            _ if is_at_edge => 0,
            Some(class) => class.body.first().map_or(0, |s| s.span.start),
            None => return false,
        };
        !self.mentions(name, Span::new(start, span.start))
    }

    /// Stands this name in a part of the text, other than as that of a class around what is looked at.
    fn mentions(&self, name: &str, span: Span) -> bool {
        let text = self.text(span);
        let is_part = |c: char| c == '_' || c.is_alphanumeric();
        let is_open = self.frames.iter().any(|f| f.kind == FrameKind::Class && f.name == name);
        text.match_indices(name).any(|(at, _)| {
            let (before, after) = (&text[..at], &text[at + name.len()..]);
            let is_inside = before.ends_with(is_part) || after.starts_with(is_part);
            let is_own = is_open && before.trim_end_matches([' ', '\t']).ends_with("class");
            !is_inside && !is_own
        })
    }

    /// The names in an annotation: they must exist, and mean nothing else.
    pub(super) fn annotation(&mut self, e: &'a Expr) {
        if self.survey.has_lazy_annotations {
            return;
        }
        match &e.kind {
            ExprKind::Name(name) => {
                let known = self.frames.iter().any(|f| f.scope.local(name).is_some());
                if !known && self.meaning(name) == Meaning::Unbound {
                    self.unbound(name, e.span);
                } else if self.is_bound_later(name, e.span) {
                    self.report(names::bound_later(name, e.span));
                }
            }
            ExprKind::Lambda(_) | ExprKind::Comprehension(_) => {}
            kind => {
                if matches!(kind, ExprKind::Yield(_) | ExprKind::YieldFrom(_)) {
                    self.yield_expr(e);
                }
                let mut parts = Vec::new();
                crate::visit::children(e, &mut |child| parts.push(child));
                parts.into_iter().for_each(|p| self.annotation(p));
            }
        }
    }
}
