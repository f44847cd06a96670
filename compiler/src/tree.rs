//! Walks over the tree: find an expression, ask a question of all, collect names.

use afar_lang::ast::{
    Arg, Clause, Comprehension, ComprehensionKind, Expr, ExprKind, FormatPart, Handler, Name, NodeId,
    Pattern, PatternKind, Stmt, StmtKind,
};
use afar_lang::span::Span;
use rustc_hash::FxHashSet;

/// Calls `f` on the direct subexpressions of an expression (not into lambdas' and blocks' bodies unless `deep`).
pub fn each_child<'t>(expr: &'t Expr, deep: bool, f: &mut dyn FnMut(&'t Expr)) {
    match &expr.kind {
        ExprKind::Constant(_) | ExprKind::Name(_) | ExprKind::Error => {}
        ExprKind::Binary { left, right, .. } => {
            f(left);
            f(right);
        }
        ExprKind::Unary { operand, .. } => f(operand),
        ExprKind::Bool { values, .. } => values.iter().for_each(f),
        ExprKind::Compare { first, rest, .. } => {
            f(first);
            rest.iter().for_each(f);
        }
        ExprKind::Call { func, args } => {
            f(func);
            args.iter().for_each(|a| f(arg_value(a)));
        }
        ExprKind::Attribute { value, .. } => f(value),
        ExprKind::Subscript { value, index } => {
            f(value);
            f(index);
        }
        ExprKind::Slice { lower, upper, step } => {
            [lower, upper, step].into_iter().flatten().for_each(|e| f(e));
        }
        ExprKind::Tuple(items) | ExprKind::List(items) | ExprKind::Set(items) => items.iter().for_each(f),
        ExprKind::Dict(entries) => {
            for (k, v) in entries {
                if let Some(k) = k {
                    f(k);
                }
                f(v);
            }
        }
        ExprKind::IfElse { test, body, orelse } => {
            f(test);
            f(body);
            f(orelse);
        }
        ExprKind::Lambda(func) => {
            func.params.iter().filter_map(|p| p.default.as_ref()).for_each(&mut *f);
            if deep {
                each_expr(&func.body, f);
            }
        }
        ExprKind::Comprehension(c) => comprehension_children(c, f),
        ExprKind::Walrus { value, .. } => f(value),
        ExprKind::Starred(e) | ExprKind::YieldFrom(e) | ExprKind::Await(e) => f(e),
        ExprKind::Yield(e) => {
            if let Some(e) = e {
                f(e);
            }
        }
        ExprKind::Format(parts) => format_children(parts, f),
        ExprKind::Block(block) => {
            block.args.iter().for_each(|a| f(arg_value(a)));
            if deep {
                each_expr(&block.body, f);
            }
        }
    }
}

fn format_children<'t>(parts: &'t [FormatPart], f: &mut dyn FnMut(&'t Expr)) {
    for part in parts {
        if let FormatPart::Value { value, spec, .. } = part {
            f(value);
            if let Some(spec) = spec {
                format_children(spec, f);
            }
        }
    }
}

fn comprehension_children<'t>(c: &'t Comprehension, f: &mut dyn FnMut(&'t Expr)) {
    for Clause { target, iter, conditions, .. } in &c.clauses {
        f(iter);
        f(target);
        conditions.iter().for_each(&mut *f);
    }
    match &c.kind {
        ComprehensionKind::Dict(k, v) => {
            f(k);
            f(v);
        }
        ComprehensionKind::List(e) | ComprehensionKind::Set(e) | ComprehensionKind::Generator(e) => f(e),
    }
}

/// The expression of an argument.
pub fn arg_value(arg: &Arg) -> &Expr {
    match arg {
        Arg::Positional(e) | Arg::Star(e) | Arg::Keyword(_, e) | Arg::DoubleStar(e) => e,
    }
}

/// Calls `f` on the outermost expressions of statements, nested statements included.
pub fn each_expr<'t>(stmts: &'t [Stmt], f: &mut dyn FnMut(&'t Expr)) {
    for stmt in stmts {
        stmt_exprs(stmt, f);
    }
}

fn stmt_exprs<'t>(stmt: &'t Stmt, f: &mut dyn FnMut(&'t Expr)) {
    own_exprs(stmt, f);
    each_body(stmt, &mut |body| each_expr(body, f));
}

/// Calls `f` on the outermost expressions of a statement, those of statements in it left out.
pub fn own_exprs<'t>(stmt: &'t Stmt, f: &mut dyn FnMut(&'t Expr)) {
    match &stmt.kind {
        StmtKind::Expr(e) => f(e),
        StmtKind::Assign { targets, value } => {
            f(value);
            targets.iter().for_each(f);
        }
        StmtKind::AugAssign { target, value, .. } => {
            f(target);
            f(value);
        }
        StmtKind::AnnAssign { target, annotation, value } => {
            f(target);
            f(annotation);
            value.iter().for_each(f);
        }
        StmtKind::Def(func) => {
            func.decorators.iter().for_each(&mut *f);
            func.params.iter().flat_map(|p| p.default.iter().chain(&p.annotation)).for_each(&mut *f);
            func.returns.iter().for_each(f);
        }
        StmtKind::Class(class) => {
            class.decorators.iter().for_each(&mut *f);
            class.args.iter().for_each(|a| f(arg_value(a)));
        }
        StmtKind::Return(e) => e.iter().for_each(f),
        StmtKind::If { test, .. } | StmtKind::While { test, .. } => f(test),
        StmtKind::For { target, iter, .. } => {
            f(iter);
            f(target);
        }
        StmtKind::Assert { test, message } => {
            f(test);
            message.iter().for_each(f);
        }
        StmtKind::Raise { exception, cause } => [exception, cause].into_iter().flatten().for_each(f),
        StmtKind::Try { handlers, .. } => handlers.iter().filter_map(|h| h.class.as_ref()).for_each(f),
        StmtKind::With { items, .. } => {
            for item in items {
                f(&item.context);
                item.target.iter().for_each(&mut *f);
            }
        }
        StmtKind::Match { subject, cases } => {
            f(subject);
            for case in cases {
                pattern_exprs(&case.pattern, f);
                case.guard.iter().for_each(&mut *f);
            }
        }
        StmtKind::Delete(targets) => targets.iter().for_each(f),
        StmtKind::Block(block) => block.args.iter().for_each(|a| f(arg_value(a))),
        StmtKind::Break
        | StmtKind::Continue
        | StmtKind::Pass
        | StmtKind::Import(_)
        | StmtKind::ImportFrom { .. }
        | StmtKind::Global(_)
        | StmtKind::Nonlocal(_) => {}
    }
}

/// Calls `f` on the statements directly in a statement, those of functions and classes included.
pub fn each_body<'t>(stmt: &'t Stmt, f: &mut dyn FnMut(&'t [Stmt])) {
    match &stmt.kind {
        StmtKind::Def(func) => f(&func.body),
        StmtKind::Class(class) => f(&class.body),
        StmtKind::If { body, orelse, .. }
        | StmtKind::While { body, orelse, .. }
        | StmtKind::For { body, orelse, .. } => {
            f(body);
            f(orelse);
        }
        StmtKind::Try { body, handlers, orelse, finally, .. } => {
            f(body);
            handlers.iter().for_each(|handler| f(&handler.body));
            f(orelse);
            f(finally);
        }
        StmtKind::With { body, .. } => f(body),
        StmtKind::Match { cases, .. } => cases.iter().for_each(|case| f(&case.body)),
        StmtKind::Block(block) => f(&block.body),
        _ => {}
    }
}

fn pattern_exprs<'t>(pattern: &'t Pattern, f: &mut dyn FnMut(&'t Expr)) {
    match &pattern.kind {
        PatternKind::Value(e) => f(e),
        PatternKind::Sequence(items) | PatternKind::Or(items) => {
            items.iter().for_each(|p| pattern_exprs(p, f))
        }
        PatternKind::Mapping { keys, patterns, .. } => {
            keys.iter().for_each(&mut *f);
            patterns.iter().for_each(|p| pattern_exprs(p, f));
        }
        PatternKind::Class { class, positional, keywords } => {
            f(class);
            positional.iter().chain(keywords.iter().map(|(_, p)| p)).for_each(|p| pattern_exprs(p, f));
        }
        PatternKind::As { pattern: Some(p), .. } => pattern_exprs(p, f),
        PatternKind::Singleton(_) | PatternKind::Star(_) | PatternKind::As { .. } => {}
    }
}

/// Does the answer hold for any expression in these statements, functions in them left out.
pub fn any_expr(stmts: &[Stmt], holds: &dyn Fn(&Expr) -> bool) -> bool {
    let mut found = false;
    each_expr(stmts, &mut |e| found = found || any_in(e, holds));
    found
}

/// Do functions in the body of a class ask for that class, by `super` or `__class__`.
pub fn asks_class(stmts: &[Stmt], is_inside: bool) -> bool {
    let is_it = |e: &Expr| matches!(&e.kind, ExprKind::Name(n) if matches!(&**n, "super" | "__class__"));
    // These are functions too.
    let has_it =
        |e: &Expr| matches!(&e.kind, ExprKind::Lambda(_) | ExprKind::Comprehension(_)) && any_in(e, &is_it);
    stmts.iter().any(|stmt| {
        if let StmtKind::Def(f) = &stmt.kind {
            return any_expr(&f.body, &is_it) || asks_class(&f.body, true);
        }
        let stmts = std::slice::from_ref(stmt);
        let mut found = any_expr(stmts, if is_inside { &is_it } else { &has_it });
        each_body(stmt, &mut |body| found = found || asks_class(body, is_inside));
        found
    })
}

/// Does the answer hold for this expression or any in it, lambdas' bodies included.
pub fn any_in(expr: &Expr, holds: &dyn Fn(&Expr) -> bool) -> bool {
    if holds(expr) {
        return true;
    }
    let mut found = false;
    each_child(expr, true, &mut |e| found = found || any_in(e, holds));
    found
}

/// Does the answer hold for any expression in a comprehension, but for its first iterable.
pub fn holds_in(c: &Comprehension, holds: &dyn Fn(&Expr) -> bool) -> bool {
    let in_any = |e: &Expr| any_in(e, holds);
    let in_clauses = c
        .clauses
        .iter()
        .enumerate()
        .any(|(at, clause)| clause.conditions.iter().any(in_any) || at > 0 && in_any(&clause.iter));
    in_clauses
        || match &c.kind {
            ComprehensionKind::Dict(k, v) => in_any(k) || in_any(v),
            ComprehensionKind::List(e) | ComprehensionKind::Set(e) | ComprehensionKind::Generator(e) => {
                in_any(e)
            }
        }
}

/// Does an assignment expression in it bind a name.
pub fn binds(expr: &Expr) -> bool {
    let mut names = Vec::new();
    add_walruses(expr, &mut names);
    !names.is_empty()
}

/// Is it `name := value`.
pub fn is_walrus(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Walrus { .. })
}

/// An expression by its number, and where it stands, which spares looking elsewhere.
pub fn find(stmts: &[Stmt], node: NodeId, span: Span) -> Option<&Expr> {
    let near = stmts.partition_point(|stmt| stmt.span.end <= span.start);
    let near = stmts.get(near).and_then(|stmt| find_among(std::slice::from_ref(stmt), node));
    near.or_else(|| find_among(stmts, node))
}

fn find_among(stmts: &[Stmt], node: NodeId) -> Option<&Expr> {
    let mut found = None;
    each_expr(stmts, &mut |e| {
        if found.is_none() {
            found = find_in(e, node);
        }
    });
    found
}

/// A comprehension by its own number.
pub fn find_comprehension(stmts: &[Stmt], node: NodeId) -> Option<&Comprehension> {
    let mut found = None;
    each_expr(stmts, &mut |e| {
        if found.is_none() {
            found = find_comprehension_in(e, node);
        }
    });
    found
}

/// A `for` statement by the number of its target: the target, and the body.
pub fn find_for(stmts: &[Stmt], target_id: NodeId) -> Option<(&Expr, &[Stmt])> {
    stmts.iter().find_map(|stmt| match &stmt.kind {
        StmtKind::For { target, body, .. } if target.id == target_id => Some((target, body.as_slice())),
        _ => {
            let mut found = None;
            each_body(stmt, &mut |body| {
                if found.is_none() {
                    found = find_for(body, target_id);
                }
            });
            found
        }
    })
}

fn find_comprehension_in(expr: &Expr, node: NodeId) -> Option<&Comprehension> {
    if let ExprKind::Comprehension(c) = &expr.kind
        && c.id == node
    {
        return Some(c);
    }
    let mut found = None;
    each_child(expr, true, &mut |e| {
        if found.is_none() {
            found = find_comprehension_in(e, node);
        }
    });
    found
}

fn find_in(expr: &Expr, node: NodeId) -> Option<&Expr> {
    if expr.id == node {
        return Some(expr);
    }
    let mut found = None;
    each_child(expr, true, &mut |e| {
        if found.is_none() {
            found = find_in(e, node);
        }
    });
    found
}

/// Adds what `collect` finds, each name once, in the order of the first.
fn once(out: &mut Vec<Name>, collect: impl FnOnce(&mut Vec<Name>)) {
    let mut found = Vec::new();
    collect(&mut found);
    let mut known: FxHashSet<Name> = out.iter().cloned().collect();
    out.extend(found.into_iter().filter(|name| known.insert(name.clone())));
}

/// The names that an assignment to this target binds.
pub fn target_names(target: &Expr, out: &mut Vec<Name>) {
    once(out, |out| add_target(target, out));
}

fn add_target(target: &Expr, out: &mut Vec<Name>) {
    match &target.kind {
        ExprKind::Name(name) => out.push(name.clone()),
        ExprKind::Tuple(items) | ExprKind::List(items) => items.iter().for_each(|e| add_target(e, out)),
        ExprKind::Starred(e) => add_target(e, out),
        _ => {}
    }
}

fn push(name: &Name, out: &mut Vec<Name>) {
    out.push(name.clone());
}

/// The names that a pattern binds.
pub fn pattern_names(pattern: &Pattern, out: &mut Vec<Name>) {
    match &pattern.kind {
        PatternKind::Sequence(items) | PatternKind::Or(items) => {
            items.iter().for_each(|p| pattern_names(p, out))
        }
        PatternKind::Mapping { patterns, rest, .. } => {
            patterns.iter().for_each(|p| pattern_names(p, out));
            if let Some(rest) = rest {
                push(&rest.name, out);
            }
        }
        PatternKind::Class { positional, keywords, .. } => {
            positional.iter().chain(keywords.iter().map(|(_, p)| p)).for_each(|p| pattern_names(p, out));
        }
        PatternKind::Star(Some(name)) => push(&name.name, out),
        PatternKind::As { pattern, name } => {
            if let Some(p) = pattern {
                pattern_names(p, out);
            }
            if let Some(name) = name {
                push(&name.name, out);
            }
        }
        PatternKind::Value(_) | PatternKind::Singleton(_) | PatternKind::Star(None) => {}
    }
}

/// The names that these statements bind in their own scope.
pub fn assigned(stmts: &[Stmt], out: &mut Vec<Name>) {
    once(out, |out| add_assigned(stmts, out));
}

fn add_assigned(stmts: &[Stmt], out: &mut Vec<Name>) {
    for stmt in stmts {
        match &stmt.kind {
            StmtKind::Assign { targets, .. } => targets.iter().for_each(|t| add_target(t, out)),
            StmtKind::AugAssign { target, .. } => add_target(target, out),
            StmtKind::AnnAssign { target, value: Some(_), .. } => add_target(target, out),
            StmtKind::Def(f) => push(&f.name.name, out),
            StmtKind::Class(c) => push(&c.name.name, out),
            StmtKind::If { body, orelse, .. } | StmtKind::While { body, orelse, .. } => {
                add_assigned(body, out);
                add_assigned(orelse, out);
            }
            StmtKind::For { target, body, orelse, .. } => {
                add_target(target, out);
                add_assigned(body, out);
                add_assigned(orelse, out);
            }
            StmtKind::Try { body, handlers, orelse, finally, .. } => {
                add_assigned(body, out);
                for handler in handlers {
                    if let Some(name) = &handler.name {
                        push(&name.name, out);
                    }
                    add_assigned(&handler.body, out);
                }
                add_assigned(orelse, out);
                add_assigned(finally, out);
            }
            StmtKind::With { items, body, .. } => {
                items.iter().filter_map(|i| i.target.as_ref()).for_each(|t| add_target(t, out));
                add_assigned(body, out);
            }
            StmtKind::Match { cases, .. } => {
                for case in cases {
                    pattern_names(&case.pattern, out);
                    add_assigned(&case.body, out);
                }
            }
            StmtKind::Import(names) => {
                for alias in names {
                    match &alias.asname {
                        Some(name) => push(&name.name, out),
                        None => push(&alias.name.name.split('.').next().unwrap_or_default().into(), out),
                    }
                }
            }
            StmtKind::ImportFrom { names, .. } => {
                names.iter().for_each(|a| push(&a.asname.as_ref().unwrap_or(&a.name).name, out));
            }
            StmtKind::Block(block) => add_assigned(&block.body, out),
            _ => {}
        }
        own_walruses(stmt, out);
    }
}

/// The names that are not bound any more where these statements are left: those of `except ... as name`.
pub fn forgotten(stmts: &[Stmt], out: &mut Vec<Name>) {
    for stmt in stmts {
        match &stmt.kind {
            StmtKind::Def(_) | StmtKind::Class(_) => continue,
            StmtKind::Try { handlers, .. } => handler_names(handlers, out),
            _ => {}
        }
        each_body(stmt, &mut |body| forgotten(body, out));
    }
}

/// The names of clauses.
pub fn handler_names(handlers: &[Handler], out: &mut Vec<Name>) {
    handlers.iter().filter_map(|h| h.name.as_ref()).for_each(|name| push(&name.name, out));
}

/// Names bound by assignment expressions of a statement itself.
fn own_walruses(stmt: &Stmt, out: &mut Vec<Name>) {
    if matches!(stmt.kind, StmtKind::Def(_) | StmtKind::Class(_)) {
        return;
    }
    own_exprs(stmt, &mut |e| add_walruses(e, out));
}

/// Names bound by assignment expressions in an expression, lambdas left out.
fn add_walruses(expr: &Expr, out: &mut Vec<Name>) {
    if let ExprKind::Walrus { target, .. } = &expr.kind {
        push(&target.name, out);
    }
    if matches!(expr.kind, ExprKind::Lambda(_)) {
        return;
    }
    each_child(expr, false, &mut |e| add_walruses(e, out));
}

/// All names that an expression mentions, also within lambdas and comprehensions.
pub fn mentioned(expr: &Expr, out: &mut Vec<Name>) {
    once(out, |out| add_mentioned(expr, out));
}

fn add_mentioned(expr: &Expr, out: &mut Vec<Name>) {
    if let ExprKind::Name(name) = &expr.kind {
        push(name, out);
    }
    each_child(expr, true, &mut |e| add_mentioned(e, out));
}
