//! What lists and tuples have in common: indexing, search, comparison, repetition.

use super::{Nest, same};
use crate::ops::CmpOp;
use crate::value::Value;
use crate::{Fault, Res, hooks, ops};
use std::cmp::Ordering;

/// The items of a list or tuple.
#[derive(Clone, Copy)]
pub(super) enum Seq<'a> {
    Int(&'a [i64]),
    Float(&'a [f64]),
    Rows(&'a super::rows::Rows),
    Any(&'a [Value]),
}

impl<'a> Seq<'a> {
    pub(super) fn of(value: &'a Value) -> Option<Self> {
        match value {
            Value::List(list) => Some(match list.items() {
                super::Items::Int(v) => Self::Int(v),
                super::Items::Float(v) => Self::Float(v),
                super::Items::Rows(rows) => Self::Rows(rows),
                super::Items::Any(v) => Self::Any(v),
            }),
            Value::Tuple(items) => Some(Self::Any(items)),
            _ => None,
        }
    }

    pub(super) fn len(self) -> usize {
        match self {
            Self::Int(v) => v.len(),
            Self::Float(v) => v.len(),
            Self::Rows(rows) => rows.len(),
            Self::Any(v) => v.len(),
        }
    }

    pub(super) fn at(self, idx: usize) -> Value {
        match self {
            Self::Int(v) => Value::Int(v[idx]),
            Self::Float(v) => Value::Float(v[idx]),
            Self::Rows(rows) => rows.get(idx).unwrap_or_default(),
            Self::Any(v) => v[idx].clone(),
        }
    }

    /// The place of the first item from `start` on, before `end`, that equals this one.
    pub(super) fn position(self, item: &Value, start: usize, end: usize) -> Res<Option<usize>> {
        let end = end.min(self.len());
        if let (Self::Int(v), Value::Int(n)) = (self, item) {
            return Ok((start..end).find(|&i| v[i] == *n));
        }
        for idx in start..end {
            if idx % 4096 == 4095 {
                hooks::poll()?;
            }
            let found = match self {
                Self::Any(v) => same(&v[idx], item)?,
                _ => same(&self.at(idx), item)?,
            };
            if found {
                return Ok(Some(idx));
            }
        }
        Ok(None)
    }
}

/// `v[start], v[start + step], ...`, `n` items, all of which exist.
pub(super) fn pick<T: Clone>(v: &[T], start: i64, step: i64, n: usize) -> Vec<T> {
    if n == 0 {
        return Vec::new();
    }
    let start = usize::try_from(start).unwrap_or(0);
    match step {
        1 => v[start..start + n].to_vec(),
        -1 => v[start + 1 - n..=start].iter().rev().cloned().collect(),
        _ => {
            let mut at = start;
            let mut out = Vec::with_capacity(n);
            for i in 0..n {
                out.push(v[at].clone());
                if i + 1 < n {
                    at = at.wrapping_add_signed(isize::try_from(step).unwrap_or(0));
                }
            }
            out
        }
    }
}

/// `start`, `start + step`, ..., `n` places, all of which exist.
pub(super) fn places(start: i64, step: i64, n: usize) -> impl Iterator<Item = usize> {
    let n = i64::try_from(n).unwrap_or(i64::MAX);
    (0..n).map(move |i| usize::try_from(start.saturating_add(i.saturating_mul(step))).unwrap_or(0))
}

/// `v * n`; the size was checked.
pub(super) fn repeat(v: &[Value], n: usize) -> Res<Vec<Value>> {
    let mut out = Vec::with_capacity(v.len().saturating_mul(n));
    if let [one] = v {
        out.resize(n, one.clone());
        return Ok(out);
    }
    if v.is_empty() {
        return Ok(out);
    }
    for i in 0..n {
        if i % 4096 == 4095 {
            hooks::poll()?;
        }
        out.extend_from_slice(v);
    }
    Ok(out)
}

/// The first place where two sequences differ; the length of the shorter one where there is none.
fn mismatch(a: Seq<'_>, b: Seq<'_>) -> Res<usize> {
    let n = a.len().min(b.len());
    match (a, b) {
        (Seq::Int(a), Seq::Int(b)) => Ok((0..n).find(|&i| a[i] != b[i]).unwrap_or(n)),
        (Seq::Any(a), Seq::Any(b)) => {
            let _nest = Nest::enter("maximum recursion depth exceeded in comparison")?;
            for i in 0..n {
                if i % 4096 == 4095 {
                    hooks::poll()?;
                }
                if !same(&a[i], &b[i])? {
                    return Ok(i);
                }
            }
            Ok(n)
        }
        _ => {
            for i in 0..n {
                if !same(&a.at(i), &b.at(i))? {
                    return Ok(i);
                }
            }
            Ok(n)
        }
    }
}

/// `a == b`.
pub(super) fn eq(a: Seq<'_>, b: Seq<'_>) -> Res<bool> {
    Ok(a.len() == b.len() && mismatch(a, b)? == a.len())
}

/// `a op b`, as a condition.
pub(super) fn compare(op: CmpOp, a: Seq<'_>, b: Seq<'_>) -> Res<bool> {
    match op {
        CmpOp::Eq => eq(a, b),
        CmpOp::Ne => eq(a, b).map(|e| !e),
        _ => ops::truthy(&order(op, a, b)?),
    }
}

/// `a op b` of an operator that asks for the order: what the first items that differ give, which may be anything.
pub(super) fn order(op: CmpOp, a: Seq<'_>, b: Seq<'_>) -> Res {
    let at = mismatch(a, b)?;
    if at == a.len() || at == b.len() {
        return Ok(Value::Bool(holds(op, a.len().cmp(&b.len()))));
    }
    let (x, y) = (a.at(at), b.at(at));
    match (&x, &y) {
        (Value::Int(x), Value::Int(y)) => Ok(Value::Bool(holds(op, x.cmp(y)))),
        (Value::Str(x), Value::Str(y)) => Ok(Value::Bool(holds(op, x.cmp(y)))),
        _ => {
            let _nest = Nest::enter("maximum recursion depth exceeded in comparison")?;
            ops::compare(op, &x, &y)
        }
    }
}

/// Does the operator hold for things in this order.
pub(super) fn holds(op: CmpOp, order: Ordering) -> bool {
    match op {
        CmpOp::Eq => order.is_eq(),
        CmpOp::Ne => order.is_ne(),
        CmpOp::Lt => order.is_lt(),
        CmpOp::Le => order.is_le(),
        CmpOp::Gt => order.is_gt(),
        CmpOp::Ge => order.is_ge(),
    }
}

/// How often an item occurs.
pub(super) fn count(seq: Seq<'_>, item: &Value) -> Res<usize> {
    let mut n = 0;
    let mut from = 0;
    while let Some(at) = seq.position(item, from, usize::MAX)? {
        n += 1;
        from = at + 1;
    }
    Ok(n)
}

/// The place in a sequence of this length that an index means.
pub(super) fn place(idx: &Value, len: usize, what: &str) -> Res<usize> {
    let n = match idx {
        Value::Int(n) => *n,
        _ => {
            return Err(Fault::index_error(format!(
                "cannot fit '{}' into an index-sized integer",
                ops::type_name(idx)
            )));
        }
    };
    let signed_len = i64::try_from(len).unwrap_or(i64::MAX);
    let at = if n < 0 { n.saturating_add(signed_len) } else { n };
    match usize::try_from(at) {
        Ok(at) if at < len => Ok(at),
        _ => Err(Fault::index_error(format!("{what} index out of range"))),
    }
}
