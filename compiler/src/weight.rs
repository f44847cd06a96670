//! Which functions are worth a worker of their own: those that loop or call themselves.

use crate::compiler::Compiler;
use crate::program::{Body, Code};
use crate::types::CodeId;
use afar_lang::ast::{Expr, ExprKind, Function, Stmt, StmtKind};
use afar_runtime::Value;

/// What an expression may be to compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    /// Little.
    Light,
    /// A call of a function that loops or calls itself.
    Heavy,
    /// It binds a name, or does something else that has its place in the order.
    Binds,
}

/// Does a function loop or call itself, or call one that does. What is not known of its calls counts for little.
pub(crate) fn is_heavy(comp: &mut Compiler, code: CodeId) -> bool {
    if let Some(known) = comp.heavy.get(&code) {
        return *known;
    }
    // Whoever comes back to it while it is looked at finds that it calls itself.
    comp.heavy.insert(code, true);
    let body = comp.code(code);
    let found = match &body.body {
        Body::Function(f) => has_loop(&f.body) || calls_heavy(comp, &body, f),
        _ => true,
    };
    comp.heavy.insert(code, found);
    found
}

fn has_loop(stmts: &[Stmt]) -> bool {
    let in_statement = |stmt: &Stmt| match &stmt.kind {
        StmtKind::For { .. } | StmtKind::While { .. } => true,
        StmtKind::If { body, orelse, .. } => has_loop(body) || has_loop(orelse),
        StmtKind::Try { body, handlers, orelse, finally, .. } => {
            has_loop(body)
                || handlers.iter().any(|h| has_loop(&h.body))
                || has_loop(orelse)
                || has_loop(finally)
        }
        StmtKind::With { body, .. } => has_loop(body),
        StmtKind::Match { cases, .. } => cases.iter().any(|c| has_loop(&c.body)),
        _ => false,
    };
    stmts.iter().any(in_statement)
        || crate::tree::any_expr(stmts, &|e| match &e.kind {
            ExprKind::Comprehension(_) => true,
            ExprKind::Call { func, .. } => is_loop_of_python(func),
            _ => false,
        })
}

/// Is it, by its name, a built-in function that runs over its argument.
fn is_loop_of_python(func: &Expr) -> bool {
    matches!(&func.kind, ExprKind::Name(name) if matches!(&**name, "sum" | "sorted" | "any" | "all" | "map" | "filter" | "reduce" | "Counter"))
}

fn calls_heavy(comp: &mut Compiler, code: &Code, f: &Function) -> bool {
    let mut callees = Vec::new();
    crate::tree::each_expr(&f.body, &mut |e| collect(e, &mut callees));
    callees.into_iter().any(|callee| match &callee.kind {
        ExprKind::Name(name) if *name == f.name.name => true,
        ExprKind::Name(name) if code.param_names.contains(name) => false,
        ExprKind::Name(name) => match code.globals.find(name).map(|found| found.value) {
            Some(Value::Func(func)) => is_heavy(comp, CodeId(func.info.code)),
            _ => false,
        },
        ExprKind::Attribute { attr, .. } => attr.name == f.name.name,
        _ => false,
    })
}

fn collect<'t>(expr: &'t Expr, callees: &mut Vec<&'t Expr>) {
    if let ExprKind::Call { func, .. } = &expr.kind {
        callees.push(func);
    }
    crate::tree::each_child(expr, true, &mut |e| collect(e, callees));
}
