//! Verbs that send, bring back and let go.

use super::watch::futures_in;
use afar_distrib::client::{CallRequest, EngineKind, client as cluster, set_engine};
use afar_distrib::future::{Future, Handle, Status};
use afar_distrib::{inputs, proxy};
use afar_runtime::collections::{Dict, Items};
use afar_runtime::{Args, Fault, Ref, Res, Value, iter, ops};
use std::sync::Arc;

/// `remotely.submit(f, *args, **kwargs)`.
pub(super) fn submit(args: &Args<'_>) -> Res {
    let Some((func, rest)) = args.pos.split_first() else {
        return Err(Fault::type_error("submit() missing 1 required positional argument: 'f'"));
    };
    let handle = cluster().submit_call(CallRequest {
        func: callable(func)?,
        args: rest.to_vec(),
        kw: args.kw.to_vec(),
    })?;
    Ok(cluster().proxy(&handle))
}

/// What is called: proxies of functions stand for them.
fn callable(func: &Value) -> Res {
    match proxy::handle_of(func) {
        Some(handle) => handle.result(),
        None if afar_runtime::object::call::is_callable(func) => Ok(func.clone()),
        None => Err(Fault::type_error(format!("'{}' object is not callable", ops::type_name(func)))),
    }
}

/// `remotely.map(f, *iterables, **kwargs)`.
pub(super) fn map(args: &Args<'_>) -> Res {
    let Some((func, iterables)) = args.pos.split_first().filter(|(_, rest)| !rest.is_empty()) else {
        return Err(Fault::type_error("map() must have at least two arguments."));
    };
    let func = callable(func)?;
    let iterators = iterables.iter().map(|it| ops::iter(&settled(it)?)).collect::<Res<Vec<_>>>()?;
    let mut proxies = Vec::new();
    'rows: loop {
        let mut row = Vec::with_capacity(iterators.len());
        for iterator in &iterators {
            match iter::advance(iterator)? {
                Some(item) => row.push(item),
                None => break 'rows,
            }
        }
        let request = CallRequest { func: func.clone(), args: row, kw: args.kw.to_vec() };
        proxies.push(cluster().proxy(&cluster().submit_call(request)?));
    }
    Ok(Value::list(proxies))
}

/// The value of a proxy; any other value itself.
fn settled(value: &Value) -> Res {
    match proxy::handle_of(value) {
        Some(handle) => handle.result(),
        None => Ok(value.clone()),
    }
}

/// `remotely.gather(x, errors="raise")`.
pub(super) fn gather(args: &Args<'_>) -> Res {
    let [shape, errors] = args.bind("gather", ["x", "errors"], 0, 1, 2)?;
    let shape = shape.unwrap_or(&Value::None);
    let skips = match errors.map_or(Some("raise"), Value::as_str) {
        Some("raise") => false,
        Some("skip") => true,
        _ => return Err(Fault::value_error("errors is 'raise' or 'skip'")),
    };
    cluster().wait_for(&futures_in(shape)?, None)?;
    if skips { without_failed(shape).map(|v| v.unwrap_or(Value::None)) } else { values(shape) }
}

fn values(shape: &Value) -> Res {
    let mut handles = Vec::new();
    inputs::each_proxy(shape, &mut |p| handles.extend(proxy::handle_of(p).cloned()));
    inputs::replace(shape, &|id| match handles.iter().find(|h| h.0.id == id) {
        Some(handle) => handle.value(),
        None => Err(Fault::not_pure("internal error: a proxy that was not there before")),
    })
}

/// The values, without those of failed proxies; `None` where the value itself is one.
fn without_failed(shape: &Value) -> Res<Option<Value>> {
    if let Some(handle) = proxy::handle_of(shape) {
        let is_there = handle.0.status() == Status::Finished;
        return if is_there { handle.value().map(Some) } else { Ok(None) };
    }
    let all = |items: &[Value]| -> Res<Vec<Value>> {
        let kept: Res<Vec<Option<Value>>> = items.iter().map(without_failed).collect();
        Ok(kept?.into_iter().flatten().collect())
    };
    Ok(Some(match shape {
        Value::Tuple(items) => Value::tuple(all(items)?),
        Value::List(list) => match list.items() {
            Items::Any(items) => Value::list(all(items)?),
            Items::Int(_) | Items::Float(_) | Items::Rows(_) => shape.clone(),
        },
        Value::Dict(dict) => {
            let mut out = Dict::with_flavour(dict.flavour);
            for (key, value) in dict.iter() {
                if let Some(value) = without_failed(value)? {
                    out.insert(key.clone(), value)?;
                }
            }
            Value::Dict(Ref::new(out))
        }
        other => other.clone(),
    }))
}

/// `remotely.scatter(value, split=False)`.
pub(super) fn scatter(args: &Args<'_>) -> Res {
    let [value, split] = args.bind("scatter", ["value", "split"], 0, 1, 2)?;
    let value = settled(value.unwrap_or(&Value::None))?;
    if !split.map_or(Ok(false), ops::truthy)? {
        return Ok(cluster().proxy(&cluster().scatter(&value)?));
    }
    let items = ops::collect(&value)?;
    let proxies: Res<Vec<Value>> =
        items.iter().map(|v| Ok(cluster().proxy(&cluster().scatter(v)?))).collect();
    Ok(Value::list(proxies?))
}

/// `remotely.cancel(ps)`.
pub(super) fn cancel(args: &Args<'_>) -> Res {
    let [ps] = args.bind("cancel", ["ps"], 0, 1, 1)?;
    for future in futures_in(ps.unwrap_or(&Value::None))? {
        if !future.status().is_final() {
            cluster().cancel(future.unit);
        }
    }
    Ok(Value::None)
}

/// `remotely.release(ps)`: the values are let go now, though the names still hold the proxies.
pub(super) fn release(args: &Args<'_>) -> Res {
    let [ps] = args.bind("release", ["ps"], 0, 1, 1)?;
    futures_in(ps.unwrap_or(&Value::None))?.iter().for_each(|f| cluster().release(f));
    Ok(Value::None)
}

/// `remotely.restart()`: stops everything and drops all data.
pub(super) fn restart(args: &Args<'_>) -> Res {
    args.count("restart", 0, 0)?;
    cluster().futures().iter().for_each(|f: &Arc<Future>| cluster().release(f));
    Ok(Value::None)
}

/// `remotely.replay(p)`: runs what failed here, on this thread.
pub(super) fn replay(args: &Args<'_>) -> Res {
    let [p] = args.bind("replay", ["p"], 0, 1, 1)?;
    let handle: &Arc<Handle> =
        p.and_then(proxy::handle_of).ok_or_else(|| Fault::type_error("replay() takes a proxy"))?;
    cluster().wait_for(std::slice::from_ref(&handle.0), None)?;
    match cluster().replay(&handle.0) {
        Some(result) => result,
        None => handle.value(),
    }
}

/// `remotely.connect(address)`.
pub(super) fn connect(args: &Args<'_>) -> Res {
    let [address] = args.bind("connect", ["address"], 0, 1, 1)?;
    let Some(url) = address.and_then(Value::as_str) else {
        return Err(Fault::type_error("connect() takes the address of a cluster: 'afar://HOST:PORT'"));
    };
    let error = |message: String| Fault::exception("ConnectionError", message);
    let engine = crate::remotely::connect(url).map_err(|why| error(why.to_string()))?;
    if !set_engine(EngineKind::Cluster(engine)) {
        return Err(error("blocks have run elsewhere already: connect before the first one".to_owned()));
    }
    Ok(Value::None)
}
