//! Verbs that wait.

use afar_distrib::client::client as cluster;
use afar_distrib::future::{Future, Handle};
use afar_distrib::{inputs, proxy};
use afar_runtime::iter::{Iter, Iterate};
use afar_runtime::object::{Host, HostObject, Method};
use afar_runtime::value::Builtin;
use afar_runtime::{Args, Fault, Ref, Res, Value, abi, ops};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The futures of all proxies in a value, in order, each once.
pub(super) fn futures_in(value: &Value) -> Res<Vec<Arc<Future>>> {
    Ok(handles_in(value)?.into_iter().map(|h| h.0.clone()).collect())
}

fn handles_in(value: &Value) -> Res<Vec<Arc<Handle>>> {
    let items;
    let value = match value {
        Value::Iter(_) | Value::Set(_) | Value::View(_) => {
            items = Value::list(ops::collect(value)?);
            &items
        }
        other => other,
    };
    let mut all: Vec<Arc<Handle>> = Vec::new();
    inputs::each_proxy(value, &mut |p| {
        if let Some(handle) = proxy::handle_of(p)
            && all.iter().all(|h| h.0.id != handle.0.id)
        {
            all.push(handle.clone());
        }
    });
    Ok(all)
}

/// `remotely.wait(ps, timeout=None, first=False)`.
pub(super) fn wait(args: &Args<'_>) -> Res {
    let [ps, timeout, first] = args.bind("wait", ["ps", "timeout", "first"], 0, 1, 3)?;
    let futures = futures_in(ps.unwrap_or(&Value::None))?;
    let deadline = timeout.map_or(Ok(None), proxy::deadline)?;
    let is_done = if first.map_or(Ok(false), ops::truthy)? {
        cluster().wait_first(&futures, deadline)?
    } else {
        cluster().wait_for(&futures, deadline)?
    };
    if is_done {
        return Ok(Value::None);
    }
    let left = futures.iter().filter(|f| !f.status().is_final()).count();
    Err(Fault::exception("TimeoutError", format!("{left} of {} are not there yet", futures.len())))
}

/// What `as_completed` gives: proxies, in the order in which they end.
struct Completions {
    left: Arc<Mutex<Vec<Arc<Handle>>>>,
}

struct CompletionsIter {
    left: Arc<Mutex<Vec<Arc<Handle>>>>,
}

/// `remotely.as_completed(ps)`.
pub(super) fn as_completed(args: &Args<'_>) -> Res {
    let [ps] = args.bind("as_completed", ["ps"], 0, 1, 1)?;
    let handles = handles_in(ps.unwrap_or(&Value::None))?;
    Ok(Host::value(Completions { left: Arc::new(Mutex::new(handles)) }))
}

impl Iterate for CompletionsIter {
    fn next(&mut self) -> Res<Option<Value>> {
        let futures: Vec<_> =
            self.left.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|h| h.0.clone()).collect();
        if futures.is_empty() {
            return Ok(None);
        }
        cluster().wait_first(&futures, None)?;
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let first = (0..left.len()).filter_map(|at| Some((left[at].0.order()?, at))).min();
        Ok(first.map(|(_, at)| cluster().proxy(&left.remove(at))))
    }

    fn type_name(&self) -> &'static str {
        "as_completed"
    }
}

static ADD: Builtin = Builtin { name: "add", owner: "as_completed", call: add };

fn add(args: &Args<'_>) -> Res {
    let Value::Host(host) = args.receiver() else { return Ok(Value::None) };
    let [p] = args.rest().bind("add", ["p"], 0, 1, 1)?;
    let more = handles_in(p.unwrap_or(&Value::None))?;
    if more.is_empty() {
        return Err(Fault::type_error("add() takes a proxy"));
    }
    if let Some(completions) = host.downcast::<Completions>() {
        completions.left.lock().unwrap_or_else(PoisonError::into_inner).extend(more);
    }
    Ok(Value::None)
}

impl HostObject for Completions {
    fn type_name(&self) -> &str {
        "as_completed"
    }

    fn repr(&self) -> Res<String> {
        let n = self.left.lock().unwrap_or_else(PoisonError::into_inner).len();
        Ok(format!("<as_completed, {n} left>"))
    }

    fn get_attr(&self, this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        if name != "add" {
            return Ok(None);
        }
        let receiver = Value::Host(this.clone());
        Ok(Some(Value::Method(Ref::new(Method { func: Value::Builtin(&ADD), receiver }))))
    }

    fn is_iterable(&self) -> bool {
        true
    }

    fn iter(&self, _this: &afar_runtime::Ref<afar_runtime::object::Host>) -> Option<Res> {
        Some(Ok(Iter::value(CompletionsIter { left: self.left.clone() })))
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

/// So often a line says how far the work is.
const REPORT: Duration = Duration::from_millis(500);

/// `remotely.progress(ps=None)`: waits, and says on stderr how far the work is.
pub(super) fn progress(args: &Args<'_>) -> Res {
    let [ps] = args.bind("progress", ["ps"], 0, 0, 1)?;
    let futures = match ps {
        None | Some(Value::None) => latest(),
        Some(ps) => futures_in(ps)?,
    };
    let mut last = String::new();
    loop {
        let is_done = cluster().wait_for(&futures, Some(Instant::now() + REPORT))?;
        let line = line(&futures);
        if line != last {
            abi::write(&format!("{line}\n"), true)?;
        }
        if is_done {
            return Ok(Value::None);
        }
        last = line;
    }
}

/// The work that was sent last.
fn latest() -> Vec<Arc<Future>> {
    let all = cluster().futures();
    let running: Vec<_> = all.iter().filter(|f| !f.status().is_final()).cloned().collect();
    if running.is_empty() { all.last().cloned().into_iter().collect() } else { running }
}

fn line(futures: &[Arc<Future>]) -> String {
    let n_done = futures.iter().filter(|f| f.status().is_final()).count();
    let mut labels: Vec<&str> = Vec::new();
    for future in futures {
        if !labels.contains(&&*future.label) {
            labels.push(&future.label);
        }
    }
    labels.truncate(3);
    format!("{}: {n_done} of {} done", labels.join(", "), futures.len())
}
