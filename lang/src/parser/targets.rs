//! What can be assigned to, and what the things that cannot be are called.

use super::actions::Ctx;
use crate::ast::*;
use crate::diagnostic::Diagnostic;

/// Where a target stands.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Place {
    /// Left of `=`, where `==` may have been meant.
    Assign,
    /// Behind `for` or `as`.
    Other,
}

/// The target itself; what cannot be one is reported and becomes an error.
pub(crate) fn assignable(ctx: &Ctx<'_>, target: Expr, place: Place) -> Expr {
    if matches!(target.kind, ExprKind::Starred(_)) {
        ctx.report(
            Diagnostic::error(
                "syntax/starred",
                "a starred target must stand in a list or tuple",
                target.span,
            )
            .help("write `*rest, = value`"),
        );
        return ctx.error_expr(target.span.start, target.span.end);
    }
    element(ctx, target, place)
}

fn element(ctx: &Ctx<'_>, target: Expr, place: Place) -> Expr {
    let Expr { id, span, kind } = target;
    let kind = match kind {
        ExprKind::Name(_) | ExprKind::Attribute { .. } | ExprKind::Subscript { .. } | ExprKind::Error => kind,
        ExprKind::Tuple(values) => ExprKind::Tuple(elements(ctx, values, place)),
        ExprKind::List(values) => ExprKind::List(elements(ctx, values, place)),
        ExprKind::Starred(value) => {
            let value = match value.kind {
                ExprKind::Starred(_) => {
                    ctx.report(Diagnostic::error("syntax/starred", "two stars before one target", span));
                    ctx.error_expr(span.start, span.end)
                }
                _ => element(ctx, *value, place),
            };
            ExprKind::Starred(Box::new(value))
        }
        kind => {
            let what = describe(&kind);
            let mut error =
                Diagnostic::error("syntax/invalid-target", format!("cannot assign to {what}"), span);
            if place == Place::Assign && !matches!(kind, ExprKind::Constant(_) | ExprKind::Yield(_)) {
                error = error.help("maybe you meant `==` instead of `=`");
            }
            ctx.report(error);
            ExprKind::Error
        }
    };
    Expr { id, span, kind }
}

fn elements(ctx: &Ctx<'_>, values: Vec<Expr>, place: Place) -> Vec<Expr> {
    let mut stars = values.iter().filter(|v| matches!(v.kind, ExprKind::Starred(_)));
    if let (Some(first), Some(second)) = (stars.next(), stars.next()) {
        ctx.report(
            Diagnostic::error("syntax/starred", "two starred targets in one assignment", second.span)
                .also(first.span, "this one takes all that is left"),
        );
    }
    values.into_iter().map(|v| element(ctx, v, place)).collect()
}

/// Reports what `del` cannot delete.
pub(crate) fn deletable(ctx: &Ctx<'_>, value: &Expr) {
    match &value.kind {
        ExprKind::Name(_) | ExprKind::Attribute { .. } | ExprKind::Subscript { .. } | ExprKind::Error => {}
        ExprKind::Tuple(values) | ExprKind::List(values) => values.iter().for_each(|v| deletable(ctx, v)),
        kind => ctx.report(Diagnostic::error(
            "syntax/invalid-target",
            format!("cannot delete {}", describe(kind)),
            value.span,
        )),
    }
}

/// What an expression is, for a message.
pub(crate) fn describe(kind: &ExprKind) -> &'static str {
    match kind {
        ExprKind::Constant(Constant::None) => "`None`",
        ExprKind::Constant(Constant::Bool(true)) => "`True`",
        ExprKind::Constant(Constant::Bool(false)) => "`False`",
        ExprKind::Constant(Constant::Ellipsis) => "an ellipsis",
        ExprKind::Constant(_) => "a literal",
        ExprKind::Name(_) => "a name",
        ExprKind::Binary { .. } | ExprKind::Unary { .. } | ExprKind::Bool { .. } => "an expression",
        ExprKind::Compare { .. } => "a comparison",
        ExprKind::Call { .. } => "a function call",
        ExprKind::Attribute { .. } => "an attribute",
        ExprKind::Subscript { .. } => "an item",
        ExprKind::Slice { .. } => "a slice",
        ExprKind::Tuple(_) => "a tuple",
        ExprKind::List(_) => "a list",
        ExprKind::Set(_) => "a set display",
        ExprKind::Dict(_) => "a dict display",
        ExprKind::IfElse { .. } => "a conditional expression",
        ExprKind::Lambda(_) => "a lambda",
        ExprKind::Comprehension(c) => match c.kind {
            ComprehensionKind::List(_) => "a list comprehension",
            ComprehensionKind::Set(_) => "a set comprehension",
            ComprehensionKind::Dict(..) => "a dict comprehension",
            ComprehensionKind::Generator(_) => "a generator expression",
        },
        ExprKind::Walrus { .. } => "a named expression",
        ExprKind::Starred(_) => "a starred expression",
        ExprKind::Yield(_) | ExprKind::YieldFrom(_) => "a yield expression",
        ExprKind::Await(_) => "an await expression",
        ExprKind::Format(_) => "an f-string",
        ExprKind::Block(_) => "a `remotely` block",
        ExprKind::Error => "an error",
    }
}
