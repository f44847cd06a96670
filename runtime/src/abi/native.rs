//! Ranges whose bodies are written in Rust: what the runtime itself does to many elements, in parts, on all workers.

use super::table::guard;
use super::{Ctx, run, with_ctx};
use crate::collections::{Dict, DictFlavour, Items, List};
use crate::pool::{self, Acc, Body, Code, Reduce};
use crate::text::words;
use crate::{Fault, Ref, Res, Str, Value, ops};

/// What is smaller is done where it stands.
const LEAST_ITEMS: usize = 1 << 12;
/// The same for text, in bytes.
const LEAST_BYTES: usize = 1 << 15;

fn run_native(body: Body, kind: Reduce, env: &[Value], n: usize) -> Res {
    let code = Code { body, range: pool::UNKNOWN, kind, site: 0, grain: 1 };
    let n = i64::try_from(n).unwrap_or(i64::MAX);
    with_ctx(|ctx| pool::run_range(ctx, &code, env, n))
}

/// Runs a body that gathers nothing.
///
/// # Errors
///
/// What the first strip in order that fails says.
pub fn for_each(body: Body, env: &[Value], n: usize) -> Res<()> {
    run_native(body, Reduce::Any, env, n).map(|_| ())
}

/// Runs a body that does not look at its accumulator: no panic crosses the pool.
pub fn guarded(ctx: &Ctx, body: impl FnOnce() -> Res<()>) -> i64 {
    guard::<()>(ctx, &mut (), |_| body())
}

/// What a function gives for each of these.
///
/// # Errors
///
/// What it raises for the first in order that it raises for.
pub fn map(func: &Value, items: &[Value]) -> Res<Vec<Value>> {
    let env = [Value::List(Ref::new(List::new(Items::Any(items.to_vec())))), func.clone()];
    match run_native(map_body, Reduce::List, &env, items.len())? {
        Value::List(list) => Ok(list.to_values()),
        _ => Err(Fault::not_pure("internal error: no list")),
    }
}

extern "C" fn map_body(ctx: &Ctx, env: *const Value, lo: i64, hi: i64, acc: *mut Acc) -> i64 {
    // SAFETY: `map` gives an environment of two values, which outlives the range.
    let func = unsafe { &*env.add(1) };
    strip(ctx, env, (lo, hi), acc, |s| {
        let Value::List(list) = s.over else { return Ok(()) };
        let Items::Any(items) = list.items() else { return Ok(()) };
        let items = items[s.lo..s.hi].iter();
        s.acc.extend(items.map(|item| ops::call(func, std::slice::from_ref(item))).collect::<Res<_>>()?)
    })
}

/// A strip of a range: what it runs over, its bounds, and its accumulator.
struct Strip<'a> {
    over: &'a Value,
    lo: usize,
    hi: usize,
    acc: &'a mut Acc,
}

fn strip(
    ctx: &Ctx,
    env: *const Value,
    bounds: (i64, i64),
    acc: *mut Acc,
    body: impl FnOnce(Strip<'_>) -> Res<()>,
) -> i64 {
    guard::<()>(ctx, &mut (), |_| {
        // SAFETY: `run_native` gives an environment of at least one value, which outlives the range.
        let env = unsafe { &*env };
        let over = run(env, 1).first().ok_or_else(|| Fault::not_pure("internal error: no environment"))?;
        let at = |n: i64| usize::try_from(n).unwrap_or(0);
        // SAFETY: the pool gives each strip an accumulator, for itself, while it runs.
        let acc = unsafe { &mut *acc };
        body(Strip { over, lo: at(bounds.0), hi: at(bounds.1), acc })
    })
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

/// `Counter(list)`, where the items are such that counting them runs nothing of the program; none where it is not worth that.
pub fn count_items(list: &Ref<List>) -> Option<Res> {
    let kind = match list.items() {
        _ if list.len() < LEAST_ITEMS => return None,
        Items::Int(_) => Reduce::CountInt,
        Items::Float(_) | Items::Rows(_) => return None,
        Items::Any(items) if items.iter().all(|v| matches!(v, Value::Str(_) | Value::Int(_))) => {
            Reduce::Count
        }
        Items::Any(_) => return None,
    };
    Some(run_native(count_items_body, kind, &[Value::List(list.clone())], list.len()))
}

extern "C" fn count_items_body(ctx: &Ctx, env: *const Value, lo: i64, hi: i64, acc: *mut Acc) -> i64 {
    strip(ctx, env, (lo, hi), acc, |s| {
        let Value::List(list) = s.over else { return Ok(()) };
        match list.items() {
            Items::Int(all) => s.acc.count_ints(&all[s.lo..s.hi]),
            Items::Float(_) | Items::Rows(_) => {}
            Items::Any(all) => all[s.lo..s.hi].iter().try_for_each(|item| s.acc.count(item))?,
        }
        Ok(())
    })
}

/// `Counter(text.split())`; none where it is not worth that.
pub fn count_words(text: &Str) -> Option<Res> {
    let is_worth = text.len() >= LEAST_BYTES && text.is_ascii();
    is_worth
        .then(|| run_native(count_words_body, Reduce::CountWords, &[Value::Str(text.clone())], text.len()))
}

extern "C" fn count_words_body(ctx: &Ctx, env: *const Value, lo: i64, hi: i64, acc: *mut Acc) -> i64 {
    strip(ctx, env, (lo, hi), acc, |s| {
        s.acc.count_words(s.lo..s.hi);
        Ok(())
    })
}

/// `Counter(text)`, by its characters.
///
/// # Errors
///
/// `MemoryError`.
pub fn count_chars(text: &Str) -> Res<Dict> {
    let counts = if text.is_ascii() && text.len() >= LEAST_BYTES {
        run_native(count_chars_body, Reduce::CountInt, &[Value::Str(text.clone())], text.len())?
    } else {
        let mut tally = pool::IntTally::default();
        for (n, c) in text.chars().enumerate() {
            if n % 65_536 == 65_535 {
                crate::hooks::poll()?;
            }
            tally.add(i64::from(u32::from(c)), 1);
        }
        Value::Dict(Ref::new(tally.to_counter()?))
    };
    let mut dict = Dict::with_flavour(DictFlavour::Counter);
    if let Value::Dict(counts) = counts {
        for (key, n) in counts.iter() {
            let Value::Int(key) = key else { continue };
            let c = u32::try_from(*key).ok().and_then(char::from_u32).unwrap_or_default();
            dict.insert(Value::Str(Str::of_char(c)), n.clone())?;
        }
    }
    Ok(dict)
}

extern "C" fn count_chars_body(ctx: &Ctx, env: *const Value, lo: i64, hi: i64, acc: *mut Acc) -> i64 {
    strip(ctx, env, (lo, hi), acc, |s| {
        for part in text_of(s.over).as_bytes()[s.lo..s.hi].chunks(512) {
            let mut keys = [0; 512];
            keys.iter_mut().zip(part).for_each(|(key, byte)| *key = i64::from(*byte));
            s.acc.count_ints(&keys[..part.len()]);
        }
        Ok(())
    })
}

/// `text.split()`; none where it is not worth that.
pub fn split_words(text: &Str) -> Option<Res> {
    let is_worth = text.len() >= LEAST_BYTES && text.is_ascii();
    is_worth.then(|| run_native(split_words_body, Reduce::List, &[Value::Str(text.clone())], text.len()))
}

extern "C" fn split_words_body(ctx: &Ctx, env: *const Value, lo: i64, hi: i64, acc: *mut Acc) -> i64 {
    strip(ctx, env, (lo, hi), acc, |s| {
        let text = text_of(s.over);
        let mut found = Vec::new();
        words::starting_in(text, s.lo..s.hi, |at| found.push(Value::str(&text[at])));
        s.acc.extend(found)
    })
}

/// `text.split(separator)` by one ASCII character; none where it is not worth that.
pub fn split_by(text: &Str, separator: u8) -> Option<Res> {
    let env = [Value::Str(text.clone()), Value::Int(i64::from(separator))];
    let is_worth = text.len() >= LEAST_BYTES && separator.is_ascii();
    is_worth.then(|| run_native(split_by_body, Reduce::List, &env, text.len() + 1))
}

extern "C" fn split_by_body(ctx: &Ctx, env: *const Value, lo: i64, hi: i64, acc: *mut Acc) -> i64 {
    // SAFETY: `split_by` gives an environment of two values, which outlives the range.
    let separator = match unsafe { &*env.add(1) } {
        Value::Int(n) => u8::try_from(*n).unwrap_or(0),
        _ => 0,
    };
    strip(ctx, env, (lo, hi), acc, |s| {
        let text = text_of(s.over);
        let mut found = Vec::new();
        words::fields_starting_in(text, separator, s.lo..s.hi, |at| found.push(Value::str(&text[at])));
        s.acc.extend(found)
    })
}
