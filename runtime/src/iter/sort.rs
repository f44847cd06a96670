//! `sorted`: stable, and with the comparisons that CPython makes wherever a comparison can be seen.

use super::{order, radix, timsort};
use crate::abi::native;
use crate::collections::{self, Items, List};
use crate::pool::OrderHidden;
use crate::{Args, Fault, Ref, Res, Value, hooks, ops};
use std::cmp::Ordering;

/// Which way to sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The smallest first.
    Rising,
    /// The largest first; equal ones stay in their order.
    Falling,
}

/// From so many items on, keys are made on all workers.
const MANY: usize = 256;

/// How many items are sorted between two polls.
const CHUNK: usize = 1 << 18;

/// `sorted(iterable, *, key=None, reverse=False)`.
pub fn sorted(args: &Args<'_>) -> Res {
    collections::arity("sorted", args.pos.len(), 1, 1)?;
    let source = &args.pos[0];
    let hidden = super::unordered_items(source)?;
    let is_hidden = hidden.as_ref().is_some_and(|items| items.len() > 1);
    // The items are there before keywords are looked at, as in CPython.
    let list = match (source, &hidden) {
        (Value::List(list), _) => Some(list),
        _ => None,
    };
    let mut items = match (hidden, list) {
        (Some(items), _) => items,
        (None, Some(_)) => Vec::new(),
        (None, None) => collections::collect(source)?,
    };
    let (key, direction) = keywords(args)?;
    if let Some(list) = list {
        if key.is_none()
            && let Some(done) = typed(list, direction)?
        {
            return Ok(done);
        }
        items = list.to_values();
    }
    let keys = match key {
        Some(key) => Some(keys(&items, key, is_hidden)?),
        None => None,
    };
    if is_hidden {
        return sorted_hidden(items, keys, direction);
    }
    let Some(keys) = keys else { return sorted_values(items, direction).map(Value::list) };
    let order = order_of(&keys, direction)?;
    Ok(Value::list(order.iter().map(|&i| std::mem::take(&mut items[i as usize])).collect()))
}

fn keywords<'a>(args: &Args<'a>) -> Res<(Option<&'a Value>, Direction)> {
    let (mut key, mut direction) = (None, Direction::Rising);
    for (name, value) in args.kw {
        match name.as_str() {
            "key" => key = Some(value).filter(|v| !v.is_none()),
            "reverse" => {
                let flag = match value {
                    Value::Bool(b) => *b,
                    other => match ops::index(other)? {
                        Value::Int(n) if i32::try_from(n).is_ok() => n != 0,
                        _ => return Err(Fault::overflow("Python int too large to convert to C int")),
                    },
                };
                direction = if flag { Direction::Falling } else { Direction::Rising };
            }
            _ => {
                return Err(Fault::type_error(format!("'{name}' is an invalid keyword argument for sort()")));
            }
        }
    }
    Ok((key, direction))
}

fn keys(items: &[Value], key: &Value, is_hidden: bool) -> Res<Vec<Value>> {
    if !is_hidden && items.len() >= MANY {
        return native::map(key, items);
    }
    let mut keys = Vec::with_capacity(items.len());
    let _hidden = OrderHidden::when(is_hidden);
    for item in items {
        let made = ops::call(key, std::slice::from_ref(item));
        keys.push(if is_hidden { made.map_err(super::hide)? } else { made? });
        if keys.len().is_multiple_of(4096) {
            hooks::poll()?;
        }
    }
    Ok(keys)
}

/// Lists of ints, and of floats without NaN, stay unboxed.
fn typed(list: &List, direction: Direction) -> Res<Option<Value>> {
    let items = match list.items() {
        Items::Int(v) => {
            let mut v = radix::sorted_ints(v)?;
            if direction == Direction::Falling {
                v.reverse();
            }
            Items::Int(v)
        }
        Items::Float(v) if !v.iter().any(|x| x.is_nan()) => {
            let mut v = radix::sorted_floats(v)?;
            if direction == Direction::Falling {
                v.reverse();
                // Equal ones stay in their order.
                let first = v.partition_point(|x| *x > 0.0);
                let n = v[first..].partition_point(|x| *x == 0.0);
                v[first..first + n].reverse();
            }
            Items::Float(v)
        }
        _ => return Ok(None),
    };
    Ok(Some(Value::List(Ref::new(List::new(items)))))
}

/// A stable sort that polls: sorted chunks, then merges of doubling length.
fn chunked<T: Clone>(v: &mut Vec<T>, compare: impl Fn(&T, &T) -> Ordering) -> Res<()> {
    for chunk in v.chunks_mut(CHUNK) {
        hooks::poll()?;
        chunk.sort_by(&compare);
    }
    let mut width = CHUNK;
    while width < v.len() {
        let mut out = Vec::with_capacity(v.len());
        for pair in v.chunks(width * 2) {
            let (mut a, mut b) = pair.split_at(width.min(pair.len()));
            while let ([x, rest_a @ ..], [y, rest_b @ ..]) = (a, b) {
                if out.len().is_multiple_of(CHUNK) {
                    hooks::poll()?;
                }
                if compare(y, x).is_lt() {
                    out.push(y.clone());
                    b = rest_b;
                } else {
                    out.push(x.clone());
                    a = rest_a;
                }
            }
            out.extend_from_slice(a);
            out.extend_from_slice(b);
        }
        *v = out;
        width *= 2;
    }
    Ok(())
}

/// The values, sorted.
pub fn sorted_values(mut items: Vec<Value>, direction: Direction) -> Res<Vec<Value>> {
    if u32::try_from(items.len()).is_ok()
        && let Some(places) = radix::places(&items, direction)?
    {
        return Ok(places.iter().map(|&i| std::mem::take(&mut items[i as usize])).collect());
    }
    if order::is_total(&items) {
        match direction {
            Direction::Rising => chunked(&mut items, order::compare)?,
            Direction::Falling => chunked(&mut items, |a, b| order::compare(b, a))?,
        }
        return Ok(items);
    }
    let order = order_of(&items, direction)?;
    Ok(order.iter().map(|&i| std::mem::take(&mut items[i as usize])).collect())
}

/// The places of the keys in their order.
pub fn order(keys: &[Value], direction: Direction) -> Res<Vec<usize>> {
    Ok(order_of(keys, direction)?.into_iter().map(|i| i as usize).collect())
}

fn order_of(keys: &[Value], direction: Direction) -> Res<Vec<u32>> {
    let n = u32::try_from(keys.len()).map_err(|_| {
        Fault::memory_error(format!("sorting {} items by key: the limit is 2**32", keys.len()))
    })?;
    if let Some(places) = radix::places(keys, direction)? {
        return Ok(places);
    }
    let mut places: Vec<u32> = (0..n).collect();
    if order::is_total(keys) {
        match direction {
            Direction::Rising => {
                chunked(&mut places, |&i, &j| order::compare(&keys[i as usize], &keys[j as usize]))?;
            }
            Direction::Falling => {
                chunked(&mut places, |&i, &j| order::compare(&keys[j as usize], &keys[i as usize]))?;
            }
        }
        return Ok(places);
    }
    if direction == Direction::Falling {
        places.reverse();
    }
    let mut n_compared = 0_u32;
    timsort::sort(&mut places, &mut |i, j| {
        n_compared = n_compared.wrapping_add(1);
        if n_compared.is_multiple_of(1024) {
            hooks::poll()?;
        }
        ops::lt(&keys[i as usize], &keys[j as usize])
    })?;
    if direction == Direction::Falling {
        places.reverse();
    }
    Ok(places)
}

/// Sorts what came in an order that must not show: refused where ties between different items would show it.
fn sorted_hidden(items: Vec<Value>, keys: Option<Vec<Value>>, direction: Direction) -> Res {
    let keys = keys.as_ref().unwrap_or(&items);
    if !order::is_total(keys) {
        return Err(collections::order_hidden());
    }
    let order = order_of(keys, direction)?;
    for pair in order.windows(2) {
        let (i, j) = (pair[0] as usize, pair[1] as usize);
        if order::compare(&keys[i], &keys[j]).is_eq() && !order::is_same(&items[i], &items[j]) {
            return Err(collections::order_hidden());
        }
    }
    Ok(Value::list(order.iter().map(|&i| items[i as usize].clone()).collect()))
}
