//! What a unit finds: the names of the edge as they were when it was sent, and what the proxies among them stand for.

use crate::engine::Key;
use crate::proxy;
use afar_runtime::abi::{Found, View};
use afar_runtime::collections::{Dict, Items};
use afar_runtime::{Fault, Ref, Res, Str, Value};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What a proxy stands for, once its unit has ended.
#[derive(Clone, Debug)]
pub enum StandIn {
    /// A value that the engine holds.
    Held(Key),
    /// Nothing: computing it raised this.
    Failed(Fault),
}

/// A name that a unit reaches.
#[derive(Clone, Debug)]
pub struct Input {
    /// The namespace.
    pub globals: u32,
    /// The name.
    pub name: Str,
    /// What it is bound to, proxies included; `None` where it is not bound.
    pub found: Option<Found>,
    /// Is there a proxy in it.
    pub is_proxied: bool,
}

/// All that a unit reaches.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// The names; none where the unit may look at the edge itself, which waits for it.
    pub names: Vec<Input>,
    /// What the proxies stand for, by the numbers of their futures.
    pub stand_ins: FxHashMap<u64, StandIn>,
}

impl Inputs {
    /// The edge as the unit sees it: `None` where it may look at it directly.
    ///
    /// A name whose proxy failed raises where it is used.
    pub(crate) fn view(&self, fetch: &dyn Fn(Key) -> Res<Value>) -> Option<Arc<View>> {
        if self.names.is_empty() {
            return None;
        }
        let mut proxied = Vec::new();
        let names: Vec<_> = self
            .names
            .iter()
            .map(|input| {
                let mut found = input.found.clone();
                if input.is_proxied
                    && let Some(found) = &mut found
                {
                    proxied.push(input.name.clone());
                    // Never a constant: the value may be large, and is another one each time.
                    found.n_writes = u32::MAX;
                    found.value = self.substitute(&found.value, fetch).unwrap_or_else(proxy::absent);
                    // Another binding than that of the edge, which code may have taken for a constant.
                    found.version |= 1 << 63;
                }
                (input.globals, input.name.clone(), found)
            })
            .collect();
        Some(View::new(names, proxied))
    }

    /// The value with what its proxies stand for in their places.
    pub(crate) fn substitute(&self, value: &Value, fetch: &dyn Fn(Key) -> Res<Value>) -> Res {
        replace(value, &|id| match self.stand_ins.get(&id) {
            Some(StandIn::Held(key)) => fetch(*key),
            Some(StandIn::Failed(fault)) => Err(proxy::raised_again(fault)),
            None => Err(Fault::not_pure("internal error: a proxy that nothing is known of")),
        })
    }
}

/// The value with every proxy in it, also in lists, tuples and dicts, replaced.
pub fn replace(value: &Value, by: &dyn Fn(u64) -> Res) -> Res {
    if !holds_proxy(value) {
        return Ok(value.clone());
    }
    let all = |items: &[Value]| items.iter().map(|v| replace(v, by)).collect::<Res<Vec<_>>>();
    match value {
        Value::Host(_) => match proxy::id_of(value) {
            Some(id) => by(id),
            None => Ok(value.clone()),
        },
        Value::Tuple(items) => Ok(Value::tuple(all(items)?)),
        Value::List(list) => match list.items() {
            Items::Any(items) => Ok(Value::list(all(items)?)),
            Items::Int(_) | Items::Float(_) | Items::Rows(_) => Ok(value.clone()),
        },
        Value::Dict(dict) => {
            let mut out = Dict::new();
            out.flavour = dict.flavour;
            for (key, value) in dict.iter() {
                out.insert(replace(key, by)?, replace(value, by)?)?;
            }
            Ok(Value::Dict(Ref::new(out)))
        }
        _ => Ok(value.clone()),
    }
}

/// Is there a proxy in it.
pub fn holds_proxy(value: &Value) -> bool {
    let mut found = false;
    each_proxy(value, &mut |_| found = true);
    found
}

/// Calls something on each proxy in a value: the value itself, and in lists, tuples and dicts.
pub fn each_proxy(value: &Value, f: &mut dyn FnMut(&Value)) {
    let mut todo = vec![value];
    while let Some(next) = todo.pop() {
        match next {
            Value::Host(_) if proxy::id_of(next).is_some() => f(next),
            Value::Tuple(items) => todo.extend(items.iter().rev().filter(|v| may_hold(v))),
            Value::List(list) => {
                if let Items::Any(items) = list.items() {
                    todo.extend(items.iter().rev().filter(|v| may_hold(v)));
                }
            }
            Value::Dict(dict) => todo.extend(dict.iter().rev().map(|(_, v)| v).filter(|v| may_hold(v))),
            _ => {}
        }
    }
}

fn may_hold(value: &Value) -> bool {
    matches!(value, Value::Host(_) | Value::Tuple(_) | Value::List(_) | Value::Dict(_))
}
