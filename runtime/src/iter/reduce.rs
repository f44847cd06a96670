//! `min`, `max`, `any`, `all`.

use super::{advance, of, order};
use crate::collections::{self, Items};
use crate::ops::CmpOp;
use crate::pool::OrderHidden;
use crate::{Args, Fault, Res, Value, hooks, ops};
use std::cmp::Ordering;

/// `any(iterable)`.
pub fn any(args: &Args<'_>) -> Res {
    args.count("any", 1, 1)?;
    first_that(&args.pos[0], true).map(Value::Bool)
}

/// `all(iterable)`.
pub fn all(args: &Args<'_>) -> Res {
    args.count("all", 1, 1)?;
    first_that(&args.pos[0], false).map(|found| Value::Bool(!found))
}

/// Is there an item of this truth; no later one is looked at.
fn first_that(source: &Value, wanted: bool) -> Res<bool> {
    if let Some(items) = super::unordered_items(source)? {
        let _hidden = OrderHidden::when(items.len() > 1);
        let mut found = false;
        for item in &items {
            found |= ops::truthy(item).map_err(super::hide)? == wanted;
        }
        return Ok(found);
    }
    let it = of(source)?;
    let mut n = 0_u32;
    while let Some(item) = advance(&it)? {
        if ops::truthy(&item)? == wanted {
            return Ok(true);
        }
        n = n.wrapping_add(1);
        if n.is_multiple_of(4096) {
            hooks::poll()?;
        }
    }
    Ok(false)
}

/// `min(iterable, *, key=None, default=...)`, `min(a, b, ...)`.
pub fn min(args: &Args<'_>) -> Res {
    extreme(args, "min", CmpOp::Lt)
}

/// `max(iterable, *, key=None, default=...)`, `max(a, b, ...)`.
pub fn max(args: &Args<'_>) -> Res {
    extreme(args, "max", CmpOp::Gt)
}

fn extreme(args: &Args<'_>, name: &str, op: CmpOp) -> Res {
    if args.pos.is_empty() {
        return Err(Fault::type_error(format!("{name} expected at least 1 argument, got 0")));
    }
    let (mut key, mut default) = (None, None);
    for (k, value) in args.kw {
        match k.as_str() {
            "key" => key = Some(value).filter(|v| !v.is_none()),
            "default" => default = Some(value),
            _ => {
                return Err(Fault::type_error(format!("'{k}' is an invalid keyword argument for {name}()")));
            }
        }
    }
    if args.pos.len() > 1 {
        if default.is_some() {
            return Err(Fault::type_error(format!(
                "Cannot specify a default for {name}() with multiple positional arguments"
            )));
        }
        return match of_slice(args.pos, key, op)? {
            Some(best) => Ok(best),
            None => unreachable!("there are several arguments"),
        };
    }
    match of_iterable(&args.pos[0], key, op)? {
        Some(best) => Ok(best),
        None => match default {
            Some(default) => Ok(default.clone()),
            None => Err(Fault::value_error(format!("{name}() arg is an empty sequence"))),
        },
    }
}

/// Is a value better than the best one so far.
fn better(op: CmpOp, item: &Value, best: &Value) -> Res<bool> {
    match (item, best) {
        (Value::Int(a), Value::Int(b)) => Ok(if op == CmpOp::Lt { a < b } else { a > b }),
        (Value::Float(a), Value::Float(b)) => Ok(if op == CmpOp::Lt { a < b } else { a > b }),
        _ => ops::truthy(&ops::compare(op, item, best)?),
    }
}

/// The best item so far, with its key.
struct Best<'a> {
    op: CmpOp,
    key: Option<&'a Value>,
    found: Option<(Value, Value)>,
}

impl Best<'_> {
    fn offer(&mut self, item: Value) -> Res<()> {
        let mark = match self.key {
            Some(key) => ops::call(key, std::slice::from_ref(&item))?,
            None => item.clone(),
        };
        match &self.found {
            Some((_, best)) if !better(self.op, &mark, best)? => {}
            _ => self.found = Some((item, mark)),
        }
        Ok(())
    }
}

fn of_slice(items: &[Value], key: Option<&Value>, op: CmpOp) -> Res<Option<Value>> {
    let mut best = Best { op, key, found: None };
    for (n, item) in items.iter().enumerate() {
        if n % 4096 == 4095 {
            hooks::poll()?;
        }
        best.offer(item.clone())?;
    }
    Ok(best.found.map(|(item, _)| item))
}

fn of_iterable(source: &Value, key: Option<&Value>, op: CmpOp) -> Res<Option<Value>> {
    if let Some(items) = super::unordered_items(source)? {
        return of_unordered(items, key, op);
    }
    match (source, key) {
        (Value::List(list), None) => match list.items() {
            Items::Int(v) => {
                let best = if op == CmpOp::Lt { v.iter().min() } else { v.iter().max() };
                Ok(best.map(|n| Value::Int(*n)))
            }
            Items::Float(v) => Ok(best_float(v, op).map(Value::Float)),
            Items::Rows(_) => of_slice(&list.to_values(), None, op),
            Items::Any(v) => of_slice(v, None, op),
        },
        (Value::Tuple(items), _) => of_slice(items, key, op),
        (Value::Range(range), None) => {
            if range.is_empty() {
                return Ok(None);
            }
            let rising = !matches!(ops::lt(&range.step, &Value::Int(0)), Ok(true));
            let at = if rising == (op == CmpOp::Lt) { 0 } else { -1 };
            collections::getitem(source, &Value::Int(at)).transpose()
        }
        _ => {
            let it = of(source)?;
            let mut best = Best { op, key, found: None };
            let mut n = 0_u32;
            while let Some(item) = advance(&it)? {
                best.offer(item)?;
                n = n.wrapping_add(1);
                if n.is_multiple_of(4096) {
                    hooks::poll()?;
                }
            }
            Ok(best.found.map(|(item, _)| item))
        }
    }
}

fn best_float(v: &[f64], op: CmpOp) -> Option<f64> {
    let mut best = *v.first()?;
    for &x in &v[1..] {
        if if op == CmpOp::Lt { x < best } else { x > best } {
            best = x;
        }
    }
    Some(best)
}

/// Of items whose order must not show: `NotPure` where it decides between items that can be told apart.
fn of_unordered(items: Vec<Value>, key: Option<&Value>, op: CmpOp) -> Res<Option<Value>> {
    if items.len() < 2 {
        return of_slice(&items, key, op);
    }
    let marks = match key {
        Some(key) => {
            let _hidden = OrderHidden::when(true);
            items
                .iter()
                .map(|item| ops::call(key, std::slice::from_ref(item)).map_err(super::hide))
                .collect::<Res<Vec<Value>>>()?
        }
        None => items.clone(),
    };
    if !order::is_total(&marks) {
        return Err(collections::order_hidden());
    }
    let mut best = 0;
    for at in 1..items.len() {
        let order = order::compare(&marks[at], &marks[best]);
        if order == (if op == CmpOp::Lt { Ordering::Less } else { Ordering::Greater }) {
            best = at;
        }
    }
    let tied = |at: usize| {
        order::compare(&marks[at], &marks[best]).is_eq() && !order::is_same(&items[at], &items[best])
    };
    if (0..items.len()).any(tied) {
        return Err(collections::order_hidden());
    }
    Ok(items.into_iter().nth(best))
}
