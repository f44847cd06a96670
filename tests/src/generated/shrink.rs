//! Making a program smaller that shows a difference: statements go, expressions become a part of themselves or a literal.

use super::tree::{Clause, Expr, Part, Stmt};
use std::time::{Duration, Instant};

/// What an expression may become, where none of its parts will do.
const SMALL: [&str; 8] = ["0", "1", "''", "[]", "None", "0.5", "'a'", "[1, 2]"];
/// How many candidates are tried.
const MAX_TRIES: usize = 1500;
/// How long it may take.
const MAX_TIME: Duration = Duration::from_secs(90);

/// The smallest program found for which `differs` still says yes.
pub fn shrink(program: &[Stmt], mut differs: impl FnMut(&[Stmt]) -> bool) -> Vec<Stmt> {
    let mut best = program.to_vec();
    let (mut n_tries, start) = (0, Instant::now());
    let mut tries = |candidate: &[Stmt]| {
        n_tries += 1;
        if n_tries > MAX_TRIES || start.elapsed() > MAX_TIME { None } else { Some(differs(candidate)) }
    };
    loop {
        let before = best.clone();
        for pass in [without_stmts, with_parts_of_stmts, with_smaller_exprs] {
            if !apply(&mut best, pass, &mut tries) {
                return best;
            }
        }
        if best == before {
            return best;
        }
    }
}

/// Applies each change of a pass that keeps the difference; false where there were enough tries.
fn apply(
    best: &mut Vec<Stmt>,
    pass: fn(&[Stmt], usize) -> Option<Option<Vec<Stmt>>>,
    tries: &mut impl FnMut(&[Stmt]) -> Option<bool>,
) -> bool {
    let mut at = 0;
    while let Some(candidate) = pass(best, at) {
        let Some(candidate) = candidate.filter(|c| c != best) else {
            at += 1;
            continue;
        };
        match tries(&candidate) {
            None => return false,
            Some(true) => *best = candidate,
            Some(false) => at += 1,
        }
    }
    true
}

/// The program without its statement of this number, counted from the last; `None` behind the first.
fn without_stmts(program: &[Stmt], at: usize) -> Option<Option<Vec<Stmt>>> {
    let n = count_stmts(program);
    let mut left = n.checked_sub(at + 1)?;
    let mut program = program.to_vec();
    change_stmt(&mut program, &mut left, &mut |stmt| match stmt {
        Stmt::Fixed(_) => vec![stmt],
        _ => vec![],
    });
    Some(Some(program))
}

/// The program with the statement of a number replaced by the body of one of its clauses, or without an optional one.
fn with_parts_of_stmts(program: &[Stmt], at: usize) -> Option<Option<Vec<Stmt>>> {
    const WAYS: usize = 8;
    let (mut left, way) = (at / WAYS, at % WAYS);
    if left >= count_stmts(program) {
        return None;
    }
    let mut program = program.to_vec();
    let mut is_changed = false;
    change_stmt(&mut program, &mut left, &mut |stmt| {
        let Some(smaller) = part_of(&stmt, way) else { return vec![stmt] };
        is_changed = true;
        smaller
    });
    Some(is_changed.then_some(program))
}

fn part_of(stmt: &Stmt, way: usize) -> Option<Vec<Stmt>> {
    match stmt {
        Stmt::Block(clauses) if way % 2 == 0 => Some(clauses.get(way / 2)?.body.clone()),
        Stmt::Block(clauses) => {
            let at = way / 2 + 1;
            let is_handler = clauses.get(at)?.head.show().starts_with("except") && clauses.len() > 2;
            if !clauses[at].is_optional && !is_handler {
                return None;
            }
            let mut clauses = clauses.clone();
            clauses.remove(at);
            Some(vec![Stmt::Block(clauses)])
        }
        Stmt::Remote(body) if way == 0 => Some(body.clone()),
        _ => None,
    }
}

/// The program with the expression of a number made smaller in one of several ways.
fn with_smaller_exprs(program: &[Stmt], at: usize) -> Option<Option<Vec<Stmt>>> {
    const WAYS: usize = SMALL.len() + 8;
    let (mut left, way) = (at / WAYS, at % WAYS);
    if left >= count_exprs(program) {
        return None;
    }
    let mut program = program.to_vec();
    let mut is_changed = false;
    for_each_expr(&mut program, &mut |expr| {
        change_expr(expr, &mut left, &mut |sub| {
            let smaller = if way < 8 { descendant(sub, way) } else { literal(sub, way - 8) };
            if let Some(smaller) = smaller {
                *sub = smaller;
                is_changed = true;
            }
        });
    });
    Some(is_changed.then_some(program))
}

fn literal(expr: &Expr, way: usize) -> Option<Expr> {
    let text = expr.show();
    // Literals are as small as it gets; clauses and lists of items are no expressions.
    let is_small = text.len() <= SMALL[way].len() || SMALL.contains(&text.as_str());
    (!is_small && !text.starts_with("for ")).then(|| Expr::text(SMALL[way]))
}

/// A part of an expression: those directly in it, then those in them.
fn descendant(expr: &Expr, way: usize) -> Option<Expr> {
    let direct: Vec<&Expr> = expr.subs().collect();
    direct.iter().copied().chain(direct.iter().flat_map(|s| s.subs())).nth(way).cloned()
}

fn count_stmts(body: &[Stmt]) -> usize {
    body.iter().map(|stmt| 1 + bodies(stmt).map(|b| count_stmts(b)).sum::<usize>()).sum()
}

fn bodies(stmt: &Stmt) -> Box<dyn Iterator<Item = &Vec<Stmt>> + '_> {
    match stmt {
        Stmt::Block(clauses) => Box::new(clauses.iter().map(|c| &c.body)),
        Stmt::Remote(body) => Box::new(std::iter::once(body)),
        _ => Box::new(std::iter::empty()),
    }
}

fn bodies_mut(stmt: &mut Stmt) -> Box<dyn Iterator<Item = &mut Vec<Stmt>> + '_> {
    match stmt {
        Stmt::Block(clauses) => Box::new(clauses.iter_mut().map(|c| &mut c.body)),
        Stmt::Remote(body) => Box::new(std::iter::once(body)),
        _ => Box::new(std::iter::empty()),
    }
}

/// Replaces the statement of this number, counted from 0, outer ones before those in them.
fn change_stmt(body: &mut Vec<Stmt>, left: &mut usize, change: &mut impl FnMut(Stmt) -> Vec<Stmt>) -> bool {
    for at in 0..body.len() {
        if *left == 0 {
            let stmt = body.remove(at);
            let new = change(stmt);
            body.splice(at..at, new);
            return true;
        }
        *left -= 1;
        if bodies_mut(&mut body[at]).any(|b| change_stmt(b, left, change)) {
            return true;
        }
    }
    false
}

fn for_each_expr(body: &mut [Stmt], act: &mut impl FnMut(&mut Expr)) {
    for stmt in body {
        match stmt {
            Stmt::Line(expr) | Stmt::Fixed(expr) => act(expr),
            Stmt::Block(clauses) => {
                for Clause { head, body, .. } in clauses {
                    act(head);
                    for_each_expr(body, act);
                }
            }
            Stmt::Remote(body) => for_each_expr(body, act),
        }
    }
}

/// How many expressions there are within others: those that may be replaced.
fn count_exprs(program: &[Stmt]) -> usize {
    let mut n = 0;
    let mut copy = program.to_vec();
    for_each_expr(&mut copy, &mut |expr| n += count_subs(expr));
    n
}

fn count_subs(expr: &Expr) -> usize {
    expr.subs().map(|sub| 1 + count_subs(sub)).sum()
}

fn change_expr(expr: &mut Expr, left: &mut usize, change: &mut impl FnMut(&mut Expr)) {
    for part in &mut expr.0 {
        let Part::Sub(sub) = part else { continue };
        if *left == 0 {
            change(sub);
            // No other is to be changed: the count cannot come to nothing again.
            *left = usize::MAX;
            return;
        }
        *left -= 1;
        change_expr(sub, left, change);
        if *left > usize::MAX / 2 {
            return;
        }
    }
}
