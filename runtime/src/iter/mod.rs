//! Iterators: the one kind of value with a state; and the built-in functions that make or use them.

mod adapters;
pub mod order;
mod radix;
mod reduce;
pub mod sort;
pub mod sum;
mod timsort;

pub use adapters::{enumerate, filter, filterfalse, map, successor, zip};
pub use reduce::{all, any, max, min};
pub use sort::sorted;

use crate::fault::FaultKind;
use crate::object::attr;
use crate::pool::{self, Barred, OrderHidden};
use crate::value::Builtin;
use crate::{Args, Fault, Res, Value, collections, ops};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// What an iterator does.
pub trait Iterate: Send {
    /// The next item; `None` at the end, and from then on.
    fn next(&mut self) -> Res<Option<Value>>;

    /// `type(x).__name__`: `list_iterator`, `zip`, `generator`.
    fn type_name(&self) -> &'static str;

    /// How many items are certainly left, where that is known cheaply.
    fn size_hint(&self) -> usize {
        0
    }

    /// Are there several items left whose order must not show: then [`Iterate::next`] refuses.
    ///
    /// What maps or filters the items of one source (also a generator expression that has not started) says what its
    /// source says.
    fn hides_order(&self) -> bool {
        false
    }

    /// Lets [`Iterate::next`] give items in any order, since whoever asks keeps the order to itself: it must not show in
    /// its result, nor in which of several faults it reports ([`hide`]).
    fn release_order(&mut self) {}

    /// `repr(x)`, where it shows no address: that of a `count`.
    fn repr(&self) -> Option<Res<String>> {
        None
    }

    /// An attribute beside the methods of iterators: the `line_num` of a CSV reader.
    fn attr(&mut self, _name: &str) -> Res<Option<Value>> {
        Ok(None)
    }

    /// `generator.send`, `throw` and `close`: `None` where this is no generator.
    fn resume(&mut self, _with: Resume) -> Option<Res<Option<Value>>> {
        None
    }

    /// The value of a finished generator's `return`.
    fn return_value(&mut self) -> Value {
        Value::None
    }
}

/// How a generator is resumed.
pub enum Resume {
    /// With the value of its `yield`.
    Send(Value),
    /// With an exception at its `yield`.
    Throw(Fault),
}

/// An iterator.
pub struct Iter {
    state: Mutex<Box<dyn Iterate>>,
    /// When it was made, or came to be part of what runs in a hidden order: work that is given away later must leave it
    /// alone, and so must what sees the elements of a set one by one.
    made: AtomicU64,
}

impl Iter {
    /// An iterator as a value.
    pub fn value(iterate: impl Iterate + 'static) -> Value {
        Value::Iter(crate::Ref::new(Self {
            state: Mutex::new(Box::new(iterate)),
            made: AtomicU64::new(pool::stamp()),
        }))
    }

    /// Uses the state; `ValueError: generator already executing` where it is in use up the stack. Work that was given away
    /// may not use what was made outside of it, nor may what runs in a hidden order.
    pub fn with<T>(&self, run: impl FnOnce(&mut dyn Iterate) -> Res<T>) -> Res<T> {
        let made = self.made.load(Ordering::Relaxed);
        if pool::is_barred(made) {
            return Err(barred(made));
        }
        match self.state.try_lock() {
            Ok(mut iterate) => run(&mut **iterate),
            Err(_) => Err(Fault::value_error("generator already executing")),
        }
    }

    /// The next item.
    #[inline]
    pub fn advance(&self) -> Res<Option<Value>> {
        self.with(|state| step(state))
    }

    /// [`Iterate::release_order`]. Where an order is hidden by now, it is so for this iterator's sake.
    pub fn release_order(&self) {
        if pool::why_barred(self.made.load(Ordering::Relaxed)) == Barred::OrderHidden {
            self.made.fetch_max(pool::stamp(), Ordering::Relaxed);
        }
        // An iterator that is in use up the stack refuses its next item anyway.
        let _ = self.with(|state| {
            state.release_order();
            Ok(())
        });
    }
}

/// Why an iterator that was made at this moment is not to be used.
#[cold]
fn barred(made: u64) -> Fault {
    match pool::why_barred(made) {
        Barred::NotHere => Fault::new(FaultKind::NotHere),
        Barred::OrderHidden => Fault::not_pure(
            "an iterator from outside is advanced for the elements of a set, whose order is not defined: which of them gets \
             which item would show it (use `sorted(s)`, or make a list of the items first)",
        ),
    }
}

/// The next item. A `StopIteration` that the function of a `map` or the like raises ends the iterator, as CPython has it; no
/// generator lets one out.
#[inline]
pub fn step(state: &mut dyn Iterate) -> Res<Option<Value>> {
    let mut item = state.next();
    if let Err(fault) = &item
        && fault.is("StopIteration")
    {
        item = Ok(None);
    }
    item
}

/// `iter(value)`.
pub fn of(value: &Value) -> Res {
    match collections::iter(value) {
        Some(it) => it,
        None => ops::iter(value),
    }
}

/// `next(iterator)`; `None` at its end.
pub fn advance(it: &Value) -> Res<Option<Value>> {
    match it {
        Value::Iter(it) => it.advance(),
        _ => ops::next(it),
    }
}

/// The elements of a set, in an order that must not show; `None` for any other value.
pub fn unordered(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::Set(set) => Some(collections::elements(set)),
        _ => None,
    }
}

/// What a value gives whose order must not show: a set of several elements, or what iterates over one. `None` where the
/// order may show. Uses the iterator up.
pub fn unordered_items(value: &Value) -> Res<Option<Vec<Value>>> {
    if matches!(value, Value::Instance(i) if i.class.special("__iter__").is_some()) {
        return Ok(None);
    }
    match collections::payload(value) {
        Value::Set(set) if set.len() > 1 => Ok(Some(collections::elements(set))),
        Value::Iter(it) if it.with(|it| Ok(it.hides_order()))? => {
            let _hidden = OrderHidden::when(true);
            it.release_order();
            let mut items = Vec::new();
            while let Some(item) = it.advance().map_err(hide)? {
                collections::grow(&mut items, item)?;
            }
            Ok(Some(items))
        }
        _ => Ok(None),
    }
}

/// An exception at one of several elements whose order is not defined: which one comes first would show.
pub fn hide(fault: Fault) -> Fault {
    match fault.as_exception() {
        Some(exception) => Fault::not_pure(format!(
            "an exception at an element of a set, whose order is not defined: {}",
            crate::object::exception::summary(exception).unwrap_or_default()
        )),
        None => fault,
    }
}

/// [`Iterate::release_order`] of an iterator value.
pub fn release_order(it: &Value) {
    if let Value::Iter(it) = it {
        it.release_order();
    }
}

/// Does the value hide the order of several items.
pub fn hides_order(value: &Value) -> bool {
    match value {
        Value::Set(set) => set.len() > 1,
        Value::Iter(it) => it.with(|it| Ok(it.hides_order())).unwrap_or(false),
        _ => false,
    }
}

static BUILTINS: &[Builtin] = &[
    Builtin { name: "all", owner: "", call: all },
    Builtin { name: "any", owner: "", call: any },
    Builtin { name: "enumerate", owner: "", call: enumerate },
    Builtin { name: "filter", owner: "", call: filter },
    Builtin { name: "iter", owner: "", call: iter },
    Builtin { name: "map", owner: "", call: map },
    Builtin { name: "max", owner: "", call: max },
    Builtin { name: "min", owner: "", call: min },
    Builtin { name: "next", owner: "", call: next },
    Builtin { name: "range", owner: "", call: collections::construct_range },
    Builtin { name: "reversed", owner: "", call: construct_reversed },
    Builtin { name: "sorted", owner: "", call: sorted },
    Builtin { name: "sum", owner: "", call: sum::sum },
    Builtin { name: "zip", owner: "", call: zip },
];

/// A built-in function of this module by name.
pub fn builtin(name: &str) -> Option<&'static Builtin> {
    BUILTINS.binary_search_by(|b| b.name.cmp(name)).ok().map(|at| &BUILTINS[at])
}

/// `iter(iterable)`, `iter(callable, sentinel)`.
fn iter(args: &Args<'_>) -> Res {
    args.no_keywords("iter")?;
    collections::arity("iter", args.pos.len(), 1, 2)?;
    match args.pos {
        [func, sentinel] => adapters::until(func, sentinel),
        [source @ Value::Instance(_), ..] => ops::iter_object(source),
        [source, ..] => of(source),
        [] => unreachable!("the number of arguments was checked"),
    }
}

/// `next(iterator)`, `next(iterator, default)`.
fn next(args: &Args<'_>) -> Res {
    args.no_keywords("next")?;
    collections::arity("next", args.pos.len(), 1, 2)?;
    let it = &args.pos[0];
    let found = match it {
        Value::Iter(state) => state.with(|state| {
            let item = step(state)?;
            Ok(match item {
                Some(item) => Ok(item),
                None => Err(state.return_value()),
            })
        })?,
        _ => {
            if matches!(it, Value::Class(_)) || attr::find_special(it, "__next__")?.is_none() {
                return Err(Fault::type_error(format!("'{}' object is not an iterator", ops::type_name(it))));
            }
            match args.pos.get(1) {
                // The value of the iterator's own `StopIteration` is kept.
                None if matches!(it, Value::Instance(_)) => {
                    return crate::object::call::call_method(it, "__next__", &Args::positional(&[]));
                }
                None => return ops::next(it)?.ok_or_else(|| Fault::stop_iteration(Value::None)),
                Some(_) => ops::next(it)?.ok_or(Value::None),
            }
        }
    };
    match (found, args.pos.get(1)) {
        (Ok(item), _) => Ok(item),
        (Err(_), Some(default)) => Ok(default.clone()),
        (Err(value), None) => Err(Fault::stop_iteration(value)),
    }
}

/// `reversed(sequence)`, as a call.
fn construct_reversed(args: &Args<'_>) -> Res {
    args.no_keywords("reversed")?;
    collections::arity("reversed", args.pos.len(), 1, 1)?;
    reversed(&args.pos[0])
}

/// `reversed(value)`.
pub fn reversed(value: &Value) -> Res {
    if let Some(it) = collections::reversed(value) {
        return Ok(it);
    }
    if matches!(value, Value::Instance(_) | Value::Host(_)) {
        match attr::find_special(value, "__reversed__")? {
            Some(Value::None) => {}
            Some(method) => return ops::call(&method, &[]),
            None => {
                // What has no `__reversed__` of its own is asked for its length and its items.
                let payload = collections::payload(value);
                let is_asked = matches!(payload, Value::Str(_) | Value::Bytes(_) | Value::Tuple(_))
                    && matches!(value, Value::Instance(i) if i.class.special("__len__").is_some() || i.class.special("__getitem__").is_some());
                if is_asked {
                    return Ok(adapters::backward(value, ops::len(value)?));
                }
                if let Some(it) = collections::reversed(payload) {
                    return Ok(it);
                }
                // Without a length, `len` says what is wrong.
                if matches!(value, Value::Instance(_)) && attr::find_special(value, "__getitem__")?.is_some()
                {
                    return Ok(adapters::backward(value, ops::len(value)?));
                }
            }
        }
    }
    Err(Fault::type_error(format!("'{}' object is not reversible", ops::type_name(value))))
}
