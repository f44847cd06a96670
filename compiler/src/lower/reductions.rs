//! Which `for` statements come to the same in parts: what a round takes over from the one before goes into sums, products, lists,
//! the least and the greatest, and into nothing else.

use super::carried::round_of;
use super::decisions::leaves;
use crate::tree;
use afar_lang::ast::{Arg, BinOp, CmpOp, Expr, ExprKind, Name, Stmt, StmtKind};
use afar_lang::print;

/// A loop that can be run in parts, as far as its text tells.
pub(super) struct Plan {
    /// The variables that parts make each for themselves, and that are then put together.
    pub(super) folds: Vec<Fold>,
    /// The names of the target are read behind the loop.
    pub(super) needs_target: bool,
    /// All that the body binds.
    pub(super) bound: Vec<Name>,
}

/// A variable of a loop, and what the rounds do with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fold {
    pub(super) name: Name,
    pub(super) how: How,
}

/// What rounds do with a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// `v = v + e`, `v = v - e`; `in_order`: only `+`, with `v` in front, as lists may be put together too.
    Sum { in_order: bool },
    /// `v = v * e`.
    Product,
    /// `v = v & e`.
    And,
    /// `v = v | e`.
    Or,
    /// `v = v ^ e`.
    Xor,
    /// `if e > v: v = e`, `v = max(v, e)`. `of_ints`: only of ints does it not show which of equals it is.
    Best { is_max: bool, of_ints: bool },
    /// Bound together with the `Best` before it.
    Beside,
    /// Bound in each round, or in some, and read behind the loop.
    Last,
}

/// The plan of a loop; `is_read` tells which names are read behind it or around it. None where its rounds belong together, or
/// where its body has statements that have their place in the order.
pub(super) fn plan(
    target: &Expr,
    iter: &Expr,
    body: &[Stmt],
    is_read: &dyn Fn(&Name) -> bool,
) -> Option<Plan> {
    if leaves(body, 0) || !body.iter().all(is_plain) || tree::any_expr(body, &is_in_order) {
        return None;
    }
    let round = round_of(Some(target), iter, body);
    let mut targets = Vec::new();
    tree::target_names(target, &mut targets);
    let mut updates = Updates { carried: &round.found, folds: Vec::new(), spent: Vec::new(), failed: false };
    updates.stmts(body);
    let Updates { mut folds, spent, failed, .. } = updates;
    let mut all = Vec::new();
    tree::each_expr(body, &mut |e| names_in(e, &mut all));
    let count = |names: &[Name], name: &Name| names.iter().filter(|n| *n == name).count();
    let is_whole = |name: &Name| count(&all, name) == count(&spent, name);
    let mut apart = Vec::new();
    bound_apart(body, &mut apart);
    let is_known = |name: &Name| folds.iter().any(|f| f.name == *name);
    if failed
        || !round.found.iter().all(is_known)
        || !folds.iter().all(|f| is_whole(&f.name) && !targets.contains(&f.name) && !apart.contains(&f.name))
    {
        return None;
    }
    let others: Vec<&Name> =
        round.bound.iter().filter(|n| is_read(n) && !folds.iter().any(|f| f.name == **n)).collect();
    if others.iter().any(|name| apart.contains(name)) {
        return None;
    }
    let last: Vec<Fold> = others
        .into_iter()
        .filter(|name| !targets.contains(name))
        .map(|name| Fold { name: name.clone(), how: How::Last })
        .collect();
    folds.extend(last);
    let needs_target = targets.iter().any(is_read);
    // What the last round binds the target to is known; not what it binds it to besides.
    (!needs_target || !targets.iter().any(|t| round.bound.contains(t))).then_some(())?;
    Some(Plan { folds, needs_target, bound: round.bound })
}

/// Does a statement only compute and bind names, and all in it.
fn is_plain(stmt: &Stmt) -> bool {
    let mut is_plain_inside = true;
    tree::each_body(stmt, &mut |body| is_plain_inside &= body.iter().all(is_plain));
    is_plain_inside
        && matches!(
            stmt.kind,
            StmtKind::Expr(_)
                | StmtKind::Assign { .. }
                | StmtKind::AnnAssign { value: Some(_), .. }
                | StmtKind::If { .. }
                | StmtKind::While { .. }
                | StmtKind::For { .. }
                | StmtKind::Break
                | StmtKind::Continue
                | StmtKind::Pass
                | StmtKind::Assert { .. }
                | StmtKind::Raise { .. }
                | StmtKind::Try { .. }
                | StmtKind::Match { .. }
        )
}

/// Does an expression have its place in the order.
fn is_in_order(expr: &Expr) -> bool {
    super::edge::is_effect(expr)
        || matches!(
            expr.kind,
            ExprKind::Walrus { .. }
                | ExprKind::Yield(_)
                | ExprKind::YieldFrom(_)
                | ExprKind::Await(_)
                | ExprKind::Block(_)
        )
}

/// The names of `except ... as name`, which are not bound any more behind the clause, and of patterns.
fn bound_apart(stmts: &[Stmt], out: &mut Vec<Name>) {
    for stmt in stmts {
        match &stmt.kind {
            StmtKind::Try { handlers, .. } => {
                out.extend(handlers.iter().filter_map(|h| h.name.as_ref().map(|n| n.name.clone())));
            }
            StmtKind::Match { cases, .. } => cases.iter().for_each(|c| tree::pattern_names(&c.pattern, out)),
            _ => {}
        }
        tree::each_body(stmt, &mut |body| bound_apart(body, out));
    }
}

/// Each mention of a name, as often as there are.
fn names_in(expr: &Expr, out: &mut Vec<Name>) {
    if let ExprKind::Name(name) = &expr.kind {
        out.push(name.clone());
    }
    tree::each_child(expr, true, &mut |e| names_in(e, out));
}

/// How often statements mention each name: once for each time.
pub(crate) fn all_names(stmts: &[Stmt]) -> Vec<Name> {
    let mut all = Vec::new();
    tree::each_expr(stmts, &mut |e| names_in(e, &mut all));
    all
}

fn mentions(expr: &Expr, name: &Name) -> bool {
    tree::any_in(expr, &|e| matches!(&e.kind, ExprKind::Name(n) if n == name))
}

/// The updates of the names that are carried.
struct Updates<'a> {
    carried: &'a [Name],
    folds: Vec<Fold>,
    /// The mentions that belong to updates.
    spent: Vec<Name>,
    failed: bool,
}

impl Updates<'_> {
    fn stmts(&mut self, stmts: &[Stmt]) {
        for stmt in stmts {
            if !self.update(stmt) {
                tree::each_body(stmt, &mut |body| self.stmts(body));
            }
        }
    }

    /// True where the statement is an update, and done with.
    fn update(&mut self, stmt: &Stmt) -> bool {
        match &stmt.kind {
            StmtKind::Assign { targets, value } => {
                let [target] = targets.as_slice() else { return false };
                let ExprKind::Name(name) = &target.kind else { return false };
                let Some(how) = self.carried.contains(name).then(|| update_of(name, value)).flatten() else {
                    return false;
                };
                self.add(name, how, 2);
                true
            }
            StmtKind::If { test, body, orelse } if orelse.is_empty() => self.best(test, body),
            _ => false,
        }
    }

    fn add(&mut self, name: &Name, how: How, n_mentions: usize) {
        self.spent.extend(std::iter::repeat_n(name, n_mentions).cloned());
        let Some(at) = self.folds.iter().position(|f| f.name == *name) else {
            self.folds.push(Fold { name: name.clone(), how });
            return;
        };
        // What is bound beside it is bound nowhere else, and it nowhere without that.
        self.failed |= self.folds.get(at + 1).is_some_and(|next| next.how == How::Beside);
        let known = &mut self.folds[at];
        known.how = match (known.how, how) {
            (How::Sum { in_order: a }, How::Sum { in_order: b }) => How::Sum { in_order: a && b },
            (How::Best { is_max: a, of_ints: x }, How::Best { is_max: b, of_ints: y }) if a == b => {
                How::Best { is_max: a, of_ints: x || y }
            }
            (a, b) if a == b && a != How::Beside => a,
            (a, _) => {
                self.failed = true;
                a
            }
        };
    }

    /// `if e > v: v = e`, and what else is bound there.
    fn best(&mut self, test: &Expr, body: &[Stmt]) -> bool {
        let ExprKind::Compare { first, ops, rest } = &test.kind else { return false };
        let ([op], [second]) = (ops.as_slice(), rest.as_slice()) else { return false };
        let (name, other, is_left) = match (&first.kind, &second.kind) {
            (ExprKind::Name(v), _) if self.carried.contains(v) => (v, second, true),
            (_, ExprKind::Name(v)) if self.carried.contains(v) => (v, &**first, false),
            _ => return false,
        };
        let (is_max, of_ints) = match (op, is_left) {
            (CmpOp::Lt, true) | (CmpOp::Gt, false) => (true, false),
            (CmpOp::Gt, true) | (CmpOp::Lt, false) => (false, false),
            (CmpOp::LtE, true) | (CmpOp::GtE, false) => (true, true),
            (CmpOp::GtE, true) | (CmpOp::LtE, false) => (false, true),
            _ => return false,
        };
        let Some(pairs) = pairs(body) else { return false };
        let text = print::expr(other);
        let mut beside: Vec<&Name> = Vec::new();
        let mut n_own = 0;
        for (target, value) in &pairs {
            if *target == name {
                n_own += 1;
                if print::expr(value) != text {
                    return false;
                }
            } else {
                beside.push(target);
            }
        }
        let is_apart = |e: &Expr| !mentions(e, name) && !beside.iter().any(|b| mentions(e, b));
        // Which of equals it is shows in what is bound beside it.
        let is_seen = of_ints && !beside.is_empty();
        if n_own != 1 || is_seen || !is_apart(other) || !pairs.iter().all(|(_, value)| is_apart(value)) {
            return false;
        }
        if !beside.is_empty() && self.folds.iter().any(|f| f.name == *name) {
            self.failed = true;
        }
        self.add(name, How::Best { is_max, of_ints }, 2);
        for name in beside {
            self.add(name, How::Beside, 1);
        }
        true
    }
}

/// What statements that only bind names bind them to.
fn pairs(stmts: &[Stmt]) -> Option<Vec<(&Name, &Expr)>> {
    let mut found = Vec::new();
    for stmt in stmts {
        let StmtKind::Assign { targets, value } = &stmt.kind else { return None };
        let [target] = targets.as_slice() else { return None };
        match (&target.kind, &value.kind) {
            (ExprKind::Name(name), _) => found.push((name, value)),
            (ExprKind::Tuple(names), ExprKind::Tuple(values)) if names.len() == values.len() => {
                for (name, value) in names.iter().zip(values) {
                    let ExprKind::Name(name) = &name.kind else { return None };
                    found.push((name, value));
                }
            }
            _ => return None,
        }
    }
    Some(found)
}

/// What `name = value` does, where `value` is made of `name` and something else in a way whose order does not show.
fn update_of(name: &Name, value: &Expr) -> Option<How> {
    match &value.kind {
        ExprKind::Binary { .. } => chain(name, value)?,
        ExprKind::Call { func, args } => best_of(name, func, args),
        _ => None,
    }
}

/// `max(v, e)`.
fn best_of(name: &Name, func: &Expr, args: &[Arg]) -> Option<How> {
    let ExprKind::Name(callee) = &func.kind else { return None };
    let is_max = match &**callee {
        "max" => true,
        "min" => false,
        _ => return None,
    };
    let args: Option<Vec<&Expr>> =
        args.iter().map(|arg| if let Arg::Positional(e) = arg { Some(e) } else { None }).collect();
    let args = args.filter(|args| args.len() > 1)?;
    let is_own = |e: &Expr| matches!(&e.kind, ExprKind::Name(n) if n == name);
    let at = args.iter().position(|e| is_own(e))?;
    let is_apart = args.iter().enumerate().all(|(i, e)| i == at || !mentions(e, name));
    is_apart.then_some(How::Best { is_max, of_ints: at > 0 })
}

/// A chain of one operator in which the name stands once: what it does; none within where it is the name itself.
#[expect(clippy::option_option, reason = "not such a chain, the name itself, or an operator")]
fn chain(name: &Name, expr: &Expr) -> Option<Option<How>> {
    match &expr.kind {
        ExprKind::Name(n) if n == name => Some(None),
        ExprKind::Binary { op, left, right } => {
            let how = match op {
                BinOp::Add => How::Sum { in_order: true },
                BinOp::Sub => How::Sum { in_order: false },
                BinOp::Mul => How::Product,
                BinOp::BitAnd => How::And,
                BinOp::BitOr => How::Or,
                BinOp::BitXor => How::Xor,
                _ => return None,
            };
            let (inner, is_left) = match (mentions(left, name), mentions(right, name)) {
                (true, false) => (chain(name, left)?, true),
                (false, true) if *op != BinOp::Sub => (chain(name, right)?, false),
                _ => return None,
            };
            let own = match how {
                How::Sum { in_order } => How::Sum { in_order: in_order && is_left },
                other => other,
            };
            match (inner, own) {
                (None, own) => Some(Some(own)),
                (Some(How::Sum { in_order: a }), How::Sum { in_order: b }) => {
                    Some(Some(How::Sum { in_order: a && b }))
                }
                (Some(inner), own) if inner == own => Some(Some(own)),
                _ => None,
            }
        }
        _ => None,
    }
}
