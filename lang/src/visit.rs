//! The parts of a node, in the order in which they are evaluated. What they mean is the visitor's business.

use crate::ast::*;

/// Calls `f` for every expression directly within `e`. Functions, comprehensions and blocks are the caller's to enter.
pub(crate) fn children<'a>(e: &'a Expr, f: &mut dyn FnMut(&'a Expr)) {
    match &e.kind {
        ExprKind::Constant(_) | ExprKind::Name(_) | ExprKind::Error => {}
        ExprKind::Lambda(_) | ExprKind::Comprehension(_) | ExprKind::Block(_) => {}
        ExprKind::Binary { left, right, .. } => {
            f(left);
            f(right);
        }
        ExprKind::Unary { operand: value, .. }
        | ExprKind::Attribute { value, .. }
        | ExprKind::Walrus { value, .. }
        | ExprKind::Starred(value)
        | ExprKind::YieldFrom(value)
        | ExprKind::Await(value) => f(value),
        ExprKind::Bool { values, .. }
        | ExprKind::Tuple(values)
        | ExprKind::List(values)
        | ExprKind::Set(values) => {
            values.iter().for_each(f);
        }
        ExprKind::Compare { first, rest, .. } => {
            f(first);
            rest.iter().for_each(f);
        }
        ExprKind::Call { func, args } => {
            f(func);
            args.iter().for_each(|a| f(argument(a)));
        }
        ExprKind::Subscript { value, index } => {
            f(value);
            f(index);
        }
        ExprKind::Slice { lower, upper, step } => {
            [lower, upper, step].into_iter().flatten().for_each(|part| f(part));
        }
        ExprKind::Dict(items) => {
            for (key, value) in items {
                key.iter().for_each(&mut *f);
                f(value);
            }
        }
        ExprKind::IfElse { test, body, orelse } => {
            f(test);
            f(body);
            f(orelse);
        }
        ExprKind::Yield(value) => value.iter().for_each(|v| f(v)),
        ExprKind::Format(parts) => format_parts(parts, f),
    }
}

fn format_parts<'a>(parts: &'a [FormatPart], f: &mut dyn FnMut(&'a Expr)) {
    for part in parts {
        if let FormatPart::Value { value, spec, .. } = part {
            f(value);
            if let Some(spec) = spec {
                format_parts(spec, f);
            }
        }
    }
}

/// The value of an argument.
pub(crate) fn argument(arg: &Arg) -> &Expr {
    match arg {
        Arg::Positional(e) | Arg::Star(e) | Arg::Keyword(_, e) | Arg::DoubleStar(e) => e,
    }
}

/// The element of a comprehension, or key and value.
pub(crate) fn elements(kind: &ComprehensionKind) -> Vec<&Expr> {
    match kind {
        ComprehensionKind::List(e) | ComprehensionKind::Set(e) | ComprehensionKind::Generator(e) => vec![e],
        ComprehensionKind::Dict(key, value) => vec![key, value],
    }
}

/// The operands of a chain of binary operators, left to right: such chains are too long for recursion.
pub(crate) fn operands(e: &Expr) -> Vec<&Expr> {
    let mut out = Vec::new();
    let mut current = e;
    while let ExprKind::Binary { left, right, .. } = &current.kind {
        out.push(&**right);
        current = left;
    }
    out.push(current);
    out.reverse();
    out
}

/// The names that an import binds.
pub(crate) fn imported(alias: &Alias, is_from: bool) -> Ident {
    match &alias.asname {
        Some(name) => name.clone(),
        None if is_from => alias.name.clone(),
        None => {
            let first = alias.name.name.split('.').next().unwrap_or("");
            Ident { name: first.into(), span: alias.name.span }
        }
    }
}

/// Calls `value` for the expressions and `name` for the names of a pattern.
pub(crate) fn pattern<'a>(p: &'a Pattern, value: &mut dyn FnMut(&'a Expr), name: &mut dyn FnMut(&'a Ident)) {
    match &p.kind {
        PatternKind::Value(e) => value(e),
        PatternKind::Singleton(_) => {}
        PatternKind::Sequence(parts) | PatternKind::Or(parts) => {
            parts.iter().for_each(|part| pattern(part, value, name));
        }
        PatternKind::Mapping { keys, patterns, rest } => {
            keys.iter().for_each(&mut *value);
            patterns.iter().for_each(|part| pattern(part, value, name));
            rest.iter().for_each(name);
        }
        PatternKind::Class { class, positional, keywords } => {
            value(class);
            positional.iter().for_each(|part| pattern(part, value, name));
            keywords.iter().for_each(|(_, part)| pattern(part, value, name));
        }
        PatternKind::Star(target) => target.iter().for_each(name),
        PatternKind::As { pattern: inner, name: target } => {
            inner.iter().for_each(|part| pattern(part, value, name));
            target.iter().for_each(name);
        }
    }
}
