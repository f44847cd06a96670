//! Which functions are worth a worker of their own: those that loop or call themselves.

use crate::compiler::Compiler;
use crate::program::{Body, Code};
use crate::types::CodeId;
use afar_lang::ast::{Arg, BinOp, Constant, Expr, ExprKind, Function, Stmt, StmtKind};
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

/// Does the code of a function loop by itself.
pub(crate) fn loops(comp: &Compiler, code: CodeId) -> bool {
    match &comp.code(code).body {
        Body::Function(f) => has_loop(&f.body),
        _ => true,
    }
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

/// More steps than this are worth being given away.
const SMALL: u64 = 4_000;

/// So deep calls are followed.
const MAX_CALLS: u32 = 4;

/// About how many steps an expression takes, where that is certainly few: loops run over ranges of known length.
pub(crate) fn steps(comp: &Compiler, code: &Code, expr: &Expr) -> Option<u64> {
    Cost { comp, code, depth: 0 }.expr(expr)
}

/// As `steps`, of a block of statements.
pub(crate) fn steps_of(comp: &Compiler, code: &Code, stmts: &[Stmt]) -> Option<u64> {
    Cost { comp, code, depth: 0 }.stmts(stmts)
}

/// Has a function so few steps that it is not worth a look at what its arguments are.
pub(crate) fn is_tiny(comp: &Compiler, code: CodeId) -> bool {
    const TINY: u64 = 10;
    let body = comp.code(code);
    match &body.body {
        Body::Function(f) => Cost { comp, code: &body, depth: 0 }.stmts(&f.body).is_some_and(|n| n <= TINY),
        _ => false,
    }
}

/// Are so many rounds of so many steps too few to be given away.
pub(crate) fn is_small(rounds: u64, steps: u64) -> bool {
    rounds.saturating_mul(steps) <= SMALL
}

struct Cost<'a> {
    comp: &'a Compiler,
    code: &'a Code,
    depth: u32,
}

impl Cost<'_> {
    fn expr(&self, expr: &Expr) -> Option<u64> {
        let mut total = 1u64;
        match &expr.kind {
            ExprKind::Comprehension(_) | ExprKind::Yield(_) | ExprKind::YieldFrom(_) => return None,
            ExprKind::Lambda(_) => return Some(1),
            ExprKind::Call { func, .. } => total += self.call(func)?,
            ExprKind::Binary { op: BinOp::Pow | BinOp::LShift | BinOp::MatMul, .. } => total += 100,
            _ => {}
        }
        let mut children = Some(0u64);
        crate::tree::each_child(expr, true, &mut |e| {
            children = children.and_then(|n| n.checked_add(self.expr(e)?));
        });
        total.checked_add(children?).filter(|n| *n <= SMALL)
    }

    /// The steps of a call, but for those of its arguments.
    fn call(&self, func: &Expr) -> Option<u64> {
        match &func.kind {
            ExprKind::Attribute { value, .. } => {
                let ExprKind::Name(module) = &value.kind else { return None };
                let found = self.code.globals.find(module)?.value;
                matches!(&found, Value::Module(m) if &*m.name == "math").then_some(20)
            }
            ExprKind::Name(name) if self.code.param_names.contains(name) => None,
            ExprKind::Name(name) => match self.code.globals.find(name) {
                Some(found) => match found.value {
                    Value::Func(func) if self.depth < MAX_CALLS => {
                        let code = self.comp.code(CodeId(func.info.code));
                        let Body::Function(f) = &code.body else { return None };
                        let inner = Cost { comp: self.comp, code: &code, depth: self.depth + 1 };
                        inner.stmts(&f.body)
                    }
                    _ => None,
                },
                None => matches!(
                    &**name,
                    "abs" | "min" | "max" | "len" | "int" | "float" | "bool" | "divmod" | "range"
                )
                .then_some(10),
            },
            _ => None,
        }
    }

    fn stmts(&self, stmts: &[Stmt]) -> Option<u64> {
        let mut total = 0u64;
        for stmt in stmts {
            total = total.checked_add(self.stmt(stmt)?).filter(|n| *n <= SMALL)?;
        }
        Some(total)
    }

    fn stmt(&self, stmt: &Stmt) -> Option<u64> {
        Some(match &stmt.kind {
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue => 1,
            StmtKind::Expr(e) => self.expr(e)?,
            StmtKind::Assign { value, .. } => 1 + self.expr(value)?,
            StmtKind::AnnAssign { value, .. } | StmtKind::Return(value) => match value {
                Some(value) => self.expr(value)?,
                None => 1,
            },
            StmtKind::If { test, body, orelse } => {
                self.expr(test)? + self.stmts(body)?.max(self.stmts(orelse)?)
            }
            StmtKind::For { iter, body, orelse, .. } => {
                let rounds = self.rounds(iter)?;
                rounds.checked_mul(1 + self.stmts(body)?)? + self.stmts(orelse)?
            }
            _ => return None,
        })
    }

    /// How often a loop over `range(n)` goes round, where `n` is a number or a name that does not change.
    fn rounds(&self, iter: &Expr) -> Option<u64> {
        let ExprKind::Call { func, args } = &iter.kind else { return None };
        let is_range = matches!(&func.kind, ExprKind::Name(name) if &**name == "range" && self.code.globals.find(name).is_none());
        let [Arg::Positional(stop)] = args.as_slice() else { return None };
        if !is_range {
            return None;
        }
        match &stop.kind {
            ExprKind::Constant(Constant::Int(n)) => u64::try_from(*n).ok(),
            ExprKind::Name(name) if !self.code.param_names.contains(name) => {
                match self.code.globals.find(name)?.value {
                    Value::Int(n) => u64::try_from(n).ok(),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}
