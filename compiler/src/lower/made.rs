//! What uses up an iterator on the spot, as `sum(map(f, xs))` does, is lowered like a comprehension over it: `sum(x for x in map(f, xs))`,
//! but for the frame that a generator has in a traceback.

use super::Lower;
use super::loops::Source;
use afar_lang::ast::{
    Arg, Clause, Comprehension, ComprehensionKind, Constant, Expr, ExprKind, Local, Name, NodeId, Scope,
};
use afar_lang::span::Span;
use std::cell::OnceCell;
use std::sync::OnceLock;

/// Comprehensions that no program has written, for as long as a function is lowered.
#[derive(Default)]
pub(super) struct Made(OnceCell<Box<Link>>);

struct Link {
    c: Comprehension,
    next: Made,
}

/// The variable that holds the function of [`Shape::Keyed`].
pub(super) const BY: &str = ".by";

/// Which comprehension was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// `[x for x in ...]`
    Items,
    /// `{k: v for k, v in ...}`
    Pairs,
    /// `[(by(x), x) for x in ...]`, where [`BY`] is a function.
    Keyed,
}

impl Made {
    pub(super) fn add(&self, c: Comprehension) -> &Comprehension {
        let mut at = self;
        while let Some(link) = at.0.get() {
            at = &link.next;
        }
        &at.0.get_or_init(|| Box::new(Link { c, next: Self::default() })).c
    }
}

/// A comprehension over what an expression gives, under its number.
pub(super) fn comprehension(id: NodeId, span: Span, shape: Shape) -> Comprehension {
    let name = |text: &str| Expr { id, span, kind: ExprKind::Name(Name::from(text)) };
    let (kind, target, names): (_, _, &[&str]) = match shape {
        Shape::Items => (ComprehensionKind::List(name(".each")), name(".each"), &[".each"]),
        Shape::Pairs => {
            let target = Expr { id, span, kind: ExprKind::Tuple(vec![name(".key"), name(".value")]) };
            (ComprehensionKind::Dict(name(".key"), name(".value")), target, &[".key", ".value"])
        }
        Shape::Keyed => {
            let args = vec![Arg::Positional(name(".item"))];
            let call = Expr { id, span, kind: ExprKind::Call { func: Box::new(name(BY)), args } };
            let pair = Expr { id, span, kind: ExprKind::Tuple(vec![call, name(".item")]) };
            (ComprehensionKind::List(pair), name(".item"), &[".item"])
        }
    };
    let locals = names.iter().map(|n| Local { name: Name::from(*n), is_cell: false }).collect();
    let scope = Scope { locals, ..Scope::default() };
    // What it runs over stays where it is in the tree.
    let iter = Expr { id, span, kind: ExprKind::Constant(Constant::None) };
    let clause = Clause { is_async: false, target, iter, conditions: Vec::new() };
    Comprehension { id, kind, clauses: vec![clause], scope: OnceLock::from(scope) }
}

/// Has no program written it.
pub(super) fn shape(c: &Comprehension) -> Option<Shape> {
    match &c.clauses.first()?.target.kind {
        ExprKind::Name(name) if &**name == ".each" => Some(Shape::Items),
        ExprKind::Name(name) if &**name == ".item" => Some(Shape::Keyed),
        ExprKind::Tuple(items) => match items.first().map(|e| &e.kind) {
            Some(ExprKind::Name(name)) if &**name == ".key" => Some(Shape::Pairs),
            _ => None,
        },
        _ => None,
    }
}

impl<'t> Lower<'_, 't> {
    /// The generator expression that is the only argument, or one over the iterator that is.
    pub(super) fn only_generator(&mut self, args: &'t [Arg]) -> Option<&'t Comprehension> {
        let [Arg::Positional(expr)] = args else { return None };
        match &expr.kind {
            ExprKind::Comprehension(c) => matches!(c.kind, ComprehensionKind::Generator(_)).then_some(&**c),
            ExprKind::Call { .. } => self.over_stream(expr),
            _ => None,
        }
    }

    fn over_stream(&mut self, expr: &'t Expr) -> Option<&'t Comprehension> {
        let start = self.snapshot();
        let found = self.stream(expr).is_some_and(|source| source.is_typed());
        self.roll_back(&start);
        if !found {
            return None;
        }
        self.over.insert(expr.id, expr);
        Some(self.made.add(comprehension(expr.id, expr.span, Shape::Items)))
    }

    /// Pairs of what a function, which [`BY`] holds, gives of the elements of an iterable, and of these.
    pub(super) fn keyed(&mut self, call: &'t Expr, iterable: &'t Expr) -> &'t Comprehension {
        self.over.insert(call.id, iterable);
        self.made.add(comprehension(call.id, call.span, Shape::Keyed))
    }

    /// A dict of the pairs that it gives, where it certainly gives pairs.
    pub(super) fn as_pairs(&mut self, c: &'t Comprehension) -> Option<&'t Comprehension> {
        let expr = *self.over.get(&c.id)?;
        match self.probe(c) {
            crate::types::Ty::Tuple(items) if items.len() == 2 => {
                Some(self.made.add(comprehension(expr.id, expr.span, Shape::Pairs)))
            }
            _ => None,
        }
    }

    /// What the first clause of a comprehension runs over.
    pub(super) fn first_source(&mut self, c: &'t Comprehension) -> Option<Source> {
        let written = &c.clauses.first()?.iter;
        let expr = self.over.get(&c.id).copied().filter(|_| shape(c).is_some()).unwrap_or(written);
        let source = self.source(expr);
        (!self.dead).then_some(source)
    }
}
