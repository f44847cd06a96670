//! Running the statements of an edge or a block.

use crate::program::{Owner, Source};
use crate::{call_edge, compiler, runs_as_unit};
use afar_lang::ast::{Expr, ExprKind, Stmt, StmtKind};
use afar_runtime::abi::Globals;
use afar_runtime::{Res, budget, hooks};
use std::sync::Arc;

/// Runs one statement in a namespace.
///
/// # Errors
///
/// What it raised; what it bound before is bound.
pub fn run_statement(owner: &Owner, at: usize, source: &Arc<Source>, globals: &Arc<Globals>) -> Res<()> {
    let run = |as_unit| {
        hooks::poll()?;
        let code = compiler().register_edge(owner.clone(), at, as_unit, globals, source);
        call_edge(code)
    };
    let n_refused = budget::n_refused();
    match run(true) {
        // To fill the memory once more, slower, would help nobody: what was bound before the statement stays bound.
        Err(fault) if fault.is("MemoryError") && budget::n_refused() != n_refused => Err(fault),
        // A unit that raised has bound nothing: once more, boxed, so that what it bound before the raise is there.
        Err(fault) if fault.as_exception().is_some() && runs_as_unit(&owner.stmts()[at]) => run(false),
        other => other,
    }
}

/// Do these statements certainly bind a name before anything in them could ask what it was bound to.
pub fn binds_first(stmts: &[Stmt], name: &str) -> bool {
    for stmt in stmts {
        let one = std::slice::from_ref(stmt);
        let mut bound = Vec::new();
        crate::tree::assigned(one, &mut bound);
        let binds = bound.iter().any(|n| **n == *name);
        match &stmt.kind {
            StmtKind::Def(f) if *f.name.name == *name => return !any_mention(&f.decorators, name),
            StmtKind::Assign { value, .. } | StmtKind::AnnAssign { value: Some(value), .. } => {
                if any_mention(std::slice::from_ref(value), name) {
                    return false;
                }
                if binds {
                    return true;
                }
            }
            StmtKind::Import(_) | StmtKind::ImportFrom { .. } if binds => return true,
            _ => {
                let mut mentioned = Vec::new();
                crate::tree::each_expr(one, &mut |e| crate::tree::mentioned(e, &mut mentioned));
                if binds || mentioned.iter().any(|n| **n == *name) {
                    return false;
                }
            }
        }
    }
    false
}

fn any_mention(exprs: &[Expr], name: &str) -> bool {
    let mut all = Vec::new();
    exprs.iter().for_each(|e| crate::tree::mentioned(e, &mut all));
    all.iter().any(|n| **n == *name)
}

/// Do these statements print.
pub fn prints(stmts: &[Stmt]) -> bool {
    let mut found = false;
    crate::tree::each_expr(stmts, &mut |e| {
        let is_print = |f: &Expr| matches!(&f.kind, ExprKind::Name(n) if &**n == "print");
        found = found || matches!(&e.kind, ExprKind::Call { func, .. } if is_print(func));
    });
    found
}
