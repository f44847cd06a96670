//! What an attempt that was thrown away has finished: results of ranges, for the attempt that follows.
//!
//! An attempt is a run of a unit, or of a strip. When an int does not fit, the attempt is thrown away and run again in a wider
//! version; a range that it had finished is not run again where the second attempt comes to the same range with the same
//! inputs. Code and inputs decide what a range gives, since everything is pure, so nothing else has to be compared. Each
//! result is given out once: two ranges that are alike give two lists. Attempts nest like calls do, so that a stack per thread
//! is all that is needed. Nothing outlives the attempt that it was kept for.

use super::Reduce;
use crate::collections::Items;
use crate::hooks::RangeKey;
use crate::object::Func;
use crate::{Ref, Value, budget};
use std::cell::RefCell;

/// How many results of one thread are kept at most.
const MAX_KEPT: usize = 64;
/// How deep values are looked into.
const MAX_DEPTH: usize = 32;
/// The part of the memory limit that may be kept back.
const SHARE: usize = 16;

struct Entry {
    key: RangeKey,
    n: i64,
    family: Reduce,
    result: Value,
    bytes: usize,
    /// Its attempt has not been thrown away: nobody may ask for it.
    is_current: bool,
}

/// What is kept, and the sites that are to be wide in the next attempt.
#[derive(Default)]
pub(super) struct Kept {
    entries: Vec<Entry>,
    sites: Vec<u32>,
    /// May there be something that could be asked for.
    has_old: bool,
}

thread_local! {
    static LEDGER: RefCell<Kept> = RefCell::default();
}

/// Where an attempt begins, for [`forget`] and [`turn`].
pub(super) fn mark() -> usize {
    LEDGER.with_borrow(|l| l.entries.len())
}

/// An attempt is over for good: what was kept for it goes.
pub(super) fn forget(mark: usize) {
    let old = LEDGER.with_borrow_mut(|l| {
        l.has_old &= mark > 0;
        l.split_off(mark)
    });
    // What it held may run code of its own when it goes: not while the cell is borrowed.
    drop(old);
}

/// An attempt is to be made again: what it kept may be asked for. Gives the sites that it wants wide.
pub(super) fn turn(mark: usize) -> Vec<u32> {
    LEDGER.with_borrow_mut(|l| {
        for entry in l.entries.iter_mut().skip(mark) {
            entry.is_current = false;
            l.has_old = true;
        }
        std::mem::take(&mut l.sites)
    })
}

/// Notes sites that the next attempt must have wide.
pub(super) fn want(sites: &[u32]) {
    LEDGER.with_borrow_mut(|l| l.sites.extend_from_slice(sites));
}

/// Is there anything that could be asked for.
pub(super) fn has_any() -> bool {
    LEDGER.with_borrow(|l| l.has_old)
}

/// Takes what was kept since this mark, for an attempt of another thread.
pub(super) fn take_off(mark: usize) -> Kept {
    LEDGER.with_borrow_mut(|l| Kept {
        entries: l.split_off(mark),
        sites: std::mem::take(&mut l.sites),
        has_old: false,
    })
}

/// Adds what was kept on another thread to the present attempt of this one.
pub(super) fn put_on(mut kept: Kept) {
    LEDGER.with_borrow_mut(|l| {
        l.entries.append(&mut kept.entries);
        l.sites.append(&mut kept.sites);
    });
}

impl Kept {
    /// The sites that are to be wide.
    pub(super) fn sites(&self) -> &[u32] {
        &self.sites
    }

    fn split_off(&mut self, mark: usize) -> Vec<Entry> {
        if self.entries.len() > mark { self.entries.split_off(mark) } else { Vec::new() }
    }
}

/// Keeps a result that the present attempt cannot use, or (where it `is_small`) one that it has used.
pub(super) fn keep(key: RangeKey, n: i64, kind: Reduce, result: &Value, only_small: bool) {
    let bytes = match (bytes_of(&key, result), only_small) {
        (Some(bytes), _) => bytes,
        (None, true) => return,
        (None, false) => 0,
    };
    LEDGER.with_borrow_mut(|l| {
        let held: usize = l.entries.iter().map(|e| e.bytes).sum();
        let fits = l.entries.len() < MAX_KEPT && held.saturating_add(bytes) <= budget::limit() / SHARE;
        if fits || !only_small {
            let result = result.clone();
            l.entries.push(Entry { key, n, family: kind.family(), result, bytes, is_current: true });
        }
    });
}

/// Takes the result of a range like this from the ledger.
pub(super) fn take(key: &RangeKey, n: i64, kind: Reduce) -> Option<Value> {
    let family = kind.family();
    LEDGER.with_borrow_mut(|l| {
        let at = l.entries.iter().position(|e| {
            let alike = !e.is_current && e.n == n && e.family == family;
            alike && e.key.code == key.code && e.key.node == key.node && {
                let same = Same { loose: is_plain(&e.result, 0), pairs: RefCell::default() };
                same.all(&e.key.inputs, &key.inputs, 0)
            }
        })?;
        Some(l.entries.remove(at).result)
    })
}

fn bytes_of(key: &RangeKey, result: &Value) -> Option<usize> {
    let inputs = key.inputs.iter().try_fold(0usize, |sum, v| weight(v, 0, true)?.checked_add(sum))?;
    weight(result, 0, false)?.checked_add(inputs)
}

/// Is a value small, as far as is found out fast.
pub(super) fn is_light(value: &Value) -> bool {
    /// In bytes.
    const LIGHT: usize = 1 << 16;
    weight(value, 0, true).is_some_and(|n| n <= LIGHT)
}

/// Is a value made of numbers, text and containers of them alone, and soon looked through.
pub(super) fn is_small(value: &Value) -> bool {
    takes(value, 0, &mut SMALL.clone())
}

/// As [`is_small`], or a function, a class or a module.
pub(super) fn is_small_or_named(value: &Value) -> bool {
    match value {
        Value::Func(func) => func.captures.iter().chain(&*func.defaults).all(is_small_or_named),
        Value::Builtin(_) | Value::Class(_) | Value::Module(_) => true,
        value => is_small(value),
    }
}

/// In bytes, roughly.
const SMALL: usize = 1 << 20;

/// Does a value made of numbers, text and containers of them take no more than what is left.
fn takes(value: &Value, depth: usize, left: &mut usize) -> bool {
    let own = match value {
        Value::Str(s) => s.as_str().len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::BigInt(n) => usize::try_from(n.bits() / 8).unwrap_or(usize::MAX),
        Value::List(list) => match list.items() {
            Items::Int(v) => v.len().saturating_mul(8),
            Items::Float(v) => v.len().saturating_mul(8),
            Items::Rows(rows) => rows.words().len().saturating_mul(8),
            Items::Any(_) => 0,
        },
        _ => 0,
    };
    let Some(rest) = left.checked_sub(own.saturating_add(16)) else { return false };
    *left = rest;
    match value {
        _ if depth > MAX_DEPTH => false,
        Value::List(list) => match list.items() {
            Items::Int(_) | Items::Float(_) | Items::Rows(_) => true,
            Items::Any(v) => v.iter().all(|v| takes(v, depth + 1, left)),
        },
        Value::Tuple(items) => items.iter().all(|v| takes(v, depth + 1, left)),
        Value::Dict(dict) => dict.iter().all(|(k, v)| takes(k, depth + 1, left) && takes(v, depth + 1, left)),
        Value::Set(set) => set.iter_unordered().all(|v| takes(v, depth + 1, left)),
        value => is_plain(value, depth),
    }
}

/// Roughly the bytes that a value keeps alive, where that is found out fast.
fn weight(value: &Value, depth: usize, is_input: bool) -> Option<usize> {
    match value {
        Value::Unbound | Value::None | Value::Bool(_) | Value::Int(_) | Value::Float(_) => Some(16),
        Value::Str(s) => Some(s.as_str().len()),
        Value::BigInt(n) => usize::try_from(n.bits() / 8).ok(),
        Value::List(list) => match list.items() {
            Items::Int(v) => v.len().checked_mul(8),
            Items::Float(v) => v.len().checked_mul(8),
            Items::Rows(rows) => rows.words().len().checked_mul(8),
            Items::Any(v) if is_input => v.len().checked_mul(16),
            Items::Any(v) => weights(v, depth, is_input),
        },
        Value::Tuple(items) => weights(items, depth, is_input),
        Value::Builtin(_) | Value::Class(_) | Value::Module(_) | Value::Range(_) => Some(16),
        Value::Func(_) | Value::Instance(_) if is_input => Some(16),
        _ => None,
    }
}

fn weights(items: &[Value], depth: usize, is_input: bool) -> Option<usize> {
    if depth > 2 || items.len() > 1000 {
        return None;
    }
    items.iter().try_fold(0usize, |sum, v| weight(v, depth + 1, is_input)?.checked_add(sum))
}

/// Is it made of numbers, text and the like alone, so that it cannot tell which objects it was made from.
pub(super) fn is_plain(value: &Value, depth: usize) -> bool {
    match value {
        Value::Unbound
        | Value::None
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::BigInt(_) => true,
        Value::Complex(_) | Value::Str(_) | Value::Bytes(_) => true,
        _ if depth > MAX_DEPTH => false,
        Value::List(list) => match list.items() {
            Items::Int(_) | Items::Float(_) | Items::Rows(_) => true,
            Items::Any(v) => v.iter().all(|v| is_plain(v, depth + 1)),
        },
        Value::Tuple(items) => items.iter().all(|v| is_plain(v, depth + 1)),
        Value::Dict(dict) => dict.iter().all(|(k, v)| is_plain(k, depth + 1) && is_plain(v, depth + 1)),
        Value::Set(set) => set.iter_unordered().all(|v| is_plain(v, depth + 1)),
        _ => false,
    }
}

/// Whether two inputs are the same to any code that reads them.
struct Same {
    /// The result holds none of the functions, so that only how they relate to each other can show in it.
    loose: bool,
    /// Which function stands for which.
    pairs: RefCell<Vec<(u64, u64)>>,
}

impl Same {
    fn all(&self, a: &[Value], b: &[Value], depth: usize) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.one(a, b, depth))
    }

    fn one(&self, a: &Value, b: &Value, depth: usize) -> bool {
        if depth > MAX_DEPTH {
            return false;
        }
        match (a, b) {
            (Value::Unbound, Value::Unbound) | (Value::None, Value::None) => true,
            (Value::Ellipsis, Value::Ellipsis) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
            (Value::Str(a), Value::Str(b)) => a == b,
            (Value::Bytes(a), Value::Bytes(b)) => a == b,
            (Value::BigInt(a), Value::BigInt(b)) => **a == **b,
            (Value::Tuple(a), Value::Tuple(b)) => self.all(a, b, depth + 1),
            (Value::List(a), Value::List(b)) => {
                Ref::ptr_eq(a, b) || self.items(a.items(), b.items(), depth + 1)
            }
            (Value::Range(a), Value::Range(b)) => {
                self.one(&a.start, &b.start, depth + 1)
                    && self.one(&a.stop, &b.stop, depth + 1)
                    && self.one(&a.step, &b.step, depth + 1)
            }
            (Value::Func(a), Value::Func(b)) => self.funcs(a, b, depth),
            (Value::Builtin(a), Value::Builtin(b)) => std::ptr::eq(*a, *b),
            (Value::Class(a), Value::Class(b)) => Ref::ptr_eq(a, b),
            (Value::Module(a), Value::Module(b)) => Ref::ptr_eq(a, b),
            (Value::Instance(a), Value::Instance(b)) => Ref::ptr_eq(a, b),
            (Value::Dict(a), Value::Dict(b)) => Ref::ptr_eq(a, b),
            (Value::Set(a), Value::Set(b)) => Ref::ptr_eq(a, b),
            _ => false,
        }
    }

    fn funcs(&self, a: &Ref<Func>, b: &Ref<Func>, depth: usize) -> bool {
        let name = |f: &Ref<Func>| if f.identity == 0 { Ref::as_ptr(f).addr() as u64 } else { f.identity };
        let (x, y) = (name(a), name(b));
        if !self.loose {
            return x == y && a.identity == b.identity;
        }
        let known = self.pairs.borrow().iter().find(|(p, q)| *p == x || *q == y).copied();
        if let Some(pair) = known {
            return pair == (x, y);
        }
        self.pairs.borrow_mut().push((x, y));
        x == y && a.identity == b.identity
            || a.info.code == b.info.code
                && self.all(&a.captures, &b.captures, depth + 1)
                && self.all(&a.defaults, &b.defaults, depth + 1)
                && self.all(owner(a), owner(b), depth + 1)
    }

    fn items(&self, a: &Items, b: &Items, depth: usize) -> bool {
        match (a, b) {
            (Items::Int(a), Items::Int(b)) => a == b,
            (Items::Float(a), Items::Float(b)) => {
                a.iter().map(|x| x.to_bits()).eq(b.iter().map(|x| x.to_bits()))
            }
            (Items::Rows(a), Items::Rows(b)) => a.id() == b.id() && a.words() == b.words(),
            (Items::Any(a), Items::Any(b)) => self.all(a, b, depth),
            _ => false,
        }
    }
}

/// The class that a method belongs to, if it is one.
fn owner(func: &Func) -> &[Value] {
    func.owner.get().map_or(&[], std::slice::from_ref)
}
