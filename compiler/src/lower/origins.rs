//! Where values of no known type come from, for those who ask: `afar check --types`.

use super::{Bound, Lower, VarId, VarState};
use crate::types::Ty;
use afar_lang::ast::{BinOp, Expr, ExprKind, Name};
use afar_lang::span::Span;

/// An expression whose value may be of any type, though the types of its parts are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Where it stands.
    pub span: Span,
    /// The reason.
    pub why: String,
}

impl Lower<'_, '_> {
    /// Notes an expression that is the first on its way to have no known type; `before` is how many had none before its parts.
    pub(super) fn note_origin(&mut self, expr: &Expr, ty: &Ty, before: usize) {
        let is_slice = matches!(expr.kind, ExprKind::Slice { .. });
        if *ty != Ty::Any || is_slice || self.is_known_name(expr) {
            return;
        }
        if self.n_any == before
            && let Some(why) = self.reason(expr)
        {
            let origin = Origin { span: expr.span, why };
            if !self.origins.iter().any(|o| o.span == origin.span || o.why == origin.why && is_name(expr)) {
                self.origins.push(origin);
            }
        }
        self.n_any += 1;
    }

    fn reason(&self, expr: &Expr) -> Option<String> {
        Some(match &expr.kind {
            ExprKind::Name(name) => self.reason_of_name(name)?,
            ExprKind::Attribute { .. } => "an attribute may be of any type".to_owned(),
            ExprKind::Subscript { .. } => "an item of what holds values of any type".to_owned(),
            ExprKind::Call { func, .. } => {
                format!("what `{}` gives has no type that is known before", afar_lang::print::expr(func))
            }
            ExprKind::Binary { op: BinOp::Pow | BinOp::LShift, .. } => {
                "an int that may be beyond 64 bits".to_owned()
            }
            ExprKind::Binary { .. } | ExprKind::Unary { .. } => {
                "the types of the operands leave the type of the result open".to_owned()
            }
            ExprKind::IfElse { .. } | ExprKind::Bool { .. } => {
                "of several types, by the way that is taken".to_owned()
            }
            ExprKind::Compare { .. } => "a comparison that a class may define".to_owned(),
            ExprKind::Dict(_) => "a dict: its entries may be of any type".to_owned(),
            ExprKind::Set(_) => "a set: its items may be of any type".to_owned(),
            ExprKind::Comprehension(_) => "a set, dict or generator: its items may be of any type".to_owned(),
            ExprKind::Yield(_) | ExprKind::YieldFrom(_) => "what is sent into a generator".to_owned(),
            ExprKind::Block(_) => "what a block gives".to_owned(),
            ExprKind::Constant(_) => "a value that is always boxed".to_owned(),
            _ => return None,
        })
    }

    /// A name of the edge whose value is known, though it is of no type that has a form of its own.
    fn is_known_name(&mut self, expr: &Expr) -> bool {
        let ExprKind::Name(name) = &expr.kind else { return false };
        self.find_var(name).is_none() && self.comp.global_constant(&self.code.clone(), name).is_some()
    }

    fn reason_of_name(&self, name: &Name) -> Option<String> {
        let Some(var) = self.find_var(name) else {
            return Some(format!(
                "`{name}` is a name of the edge that is bound again, or not known before it runs"
            ));
        };
        if self.code.param_names.contains(name) {
            return Some(format!("`{name}` is given as what may be of any type"));
        }
        if self.vars[var.0 as usize].is_cell {
            return Some(format!("`{name}` is shared with a function that is made here"));
        }
        // What else is bound to it was noted where it came from.
        let ways = self.joined.get(&var)?;
        Some(match ways {
            (Some(a), Some(b)) => {
                let (a, b) = (self.comp.type_text(a), self.comp.type_text(b));
                format!("`{name}` is {a} on one way here and {b} on another")
            }
            _ => format!("`{name}` is not bound on every way here"),
        })
    }

    /// Notes that ways meet on which a variable is of different types.
    pub(super) fn note_join(&mut self, at: usize, a: &VarState, b: &VarState, joined: &VarState) {
        let typed = |state: &VarState| (state.bound == Bound::Yes).then(|| state.ty.clone());
        let is_any = |state: &VarState| state.bound != Bound::No && state.ty == Ty::Any;
        let var = VarId(u32::try_from(at).unwrap_or(u32::MAX));
        if joined.bound != Bound::No && joined.ty == Ty::Any && !is_any(a) && !is_any(b) {
            self.joined.insert(var, (typed(a), typed(b)));
        }
    }
}

fn is_name(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Name(_))
}
