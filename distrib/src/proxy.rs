//! Proxies: what the edge has in place of a value that stays where it was computed.

use crate::client;
use crate::engine::Meta;
use crate::future::{Future, Handle, Status};
use afar_runtime::fault::FaultKind;
use afar_runtime::object::class::{Instance, Native};
use afar_runtime::object::exception::{self, State};
use afar_runtime::object::{Host, HostObject, Method};
use afar_runtime::value::Builtin;
use afar_runtime::{Args, Fault, Ref, Res, Value};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

/// A proxy.
pub struct Proxy {
    handle: Arc<Handle>,
}

/// A proxy as a value of the edge.
pub fn value(handle: Arc<Handle>) -> Value {
    Host::value(Proxy { handle })
}

/// The handle of a proxy; `None` for any other value.
pub fn handle_of(value: &Value) -> Option<&Arc<Handle>> {
    match value {
        Value::Host(host) => host.downcast::<Proxy>().map(|p| &p.handle),
        _ => None,
    }
}

/// The future of a proxy; `None` for any other value.
pub fn future_of(value: &Value) -> Option<&Arc<Future>> {
    handle_of(value).map(|h| &h.0)
}

/// The number of the future behind a proxy, or behind what came over the wire for one; `None` for any other value.
pub fn id_of(value: &Value) -> Option<u64> {
    let Value::Host(host) = value else { return None };
    let stand_in = || host.downcast::<StandIn>().and_then(|s| s.0.as_ref().ok().copied());
    host.downcast::<Proxy>().map(|p| p.handle.0.id).or_else(stand_in)
}

/// What stands for a proxy where the edge is not: its number, or why there is no value behind it.
struct StandIn(Result<u64, Fault>);

/// What comes over the wire for a proxy.
pub(crate) fn remote(id: u64) -> Value {
    Host::value(StandIn(Ok(id)))
}

/// What a name is bound to in a block whose proxy failed: using it raises.
pub fn absent(fault: Fault) -> Value {
    Host::value(StandIn(Err(fault)))
}

impl HostObject for StandIn {
    fn type_name(&self) -> &str {
        "proxy"
    }

    fn repr(&self) -> Res<String> {
        match &self.0 {
            Ok(_) => Ok("<proxy>".to_owned()),
            Err(fault) => Err(raised_again(fault)),
        }
    }

    fn get_attr(&self, _this: &Ref<Host>, _name: &str) -> Res<Option<Value>> {
        Ok(None)
    }

    fn refusal(&self) -> Option<String> {
        match &self.0 {
            Err(Fault(why)) if let FaultKind::NotPure { message, .. } = &**why => Some(message.clone()),
            _ => Some("on the cluster: use p.result(), or a block".to_owned()),
        }
    }

    fn stands_for(&self) -> Option<Res> {
        self.0.as_ref().err().map(|fault| Err(raised_again(fault)))
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

/// The fault with an exception of its own, so that what raises it again does not write on the traceback of the first.
pub fn raised_again(fault: &Fault) -> Fault {
    let copied = fault.as_exception().and_then(copy);
    copied.map_or_else(|| fault.clone(), |e| Fault::new(afar_runtime::fault::FaultKind::Exception(e)))
}

fn copy(exception: &Value) -> Option<Value> {
    let Value::Instance(instance) = exception else { return None };
    let state = exception::state(exception)?;
    let made = State {
        args: RwLock::new(state.args()),
        cause: RwLock::new(state.cause()),
        context: RwLock::new(state.context()),
        suppress_context: RwLock::new(state.suppresses_context()),
        frames: RwLock::new(state.frames()),
        notes: RwLock::new(state.notes()),
        group: state.group.clone(),
        ..State::default()
    };
    let copy = Instance::new(instance.class.clone(), Native::Exception(made));
    for (name, value) in instance.named_fields() {
        copy.set_field(&name, value);
    }
    copy.seal();
    Some(Value::Instance(Ref::new(copy)))
}

impl HostObject for Proxy {
    fn type_name(&self) -> &str {
        "proxy"
    }

    fn module(&self) -> &str {
        "remotely"
    }

    fn repr(&self) -> Res<String> {
        Ok(repr(&self.handle.0))
    }

    fn get_attr(&self, this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        let method = |builtin: &'static Builtin| {
            let receiver = Value::Host(this.clone());
            Ok(Some(Value::Method(Ref::new(Method { func: Value::Builtin(builtin), receiver }))))
        };
        let future = &self.handle.0;
        match name {
            "status" => Ok(Some(Value::str(future.status().text()))),
            "nbytes" => {
                let held = ended(&self.handle)?.held();
                Ok(Some(held.and_then(|h| h.meta.nbytes).map_or(Value::None, Value::usize)))
            }
            "nodes" => {
                let node = future.held().and_then(|_| future.state().node.clone());
                Ok(Some(Value::list(node.into_iter().map(Value::Str).collect())))
            }
            _ => METHODS.iter().find(|b| b.name == name).map_or(Ok(None), method),
        }
    }

    fn refusal(&self) -> Option<String> {
        Some("on the cluster: use p.result(), or a block".to_owned())
    }

    fn stands_for(&self) -> Option<Res> {
        Some(self.handle.result())
    }

    fn len(&self) -> Option<Res<usize>> {
        let len = || {
            let held = ended(&self.handle)?.held();
            let meta = held.map(|h| h.meta.clone());
            match meta {
                Some(Meta { len: Some(n), .. }) => Ok(n),
                Some(meta) => {
                    let message = format!("object of type '{}' has no len()", bare(&meta.type_name));
                    Err(Fault::type_error(message))
                }
                None => self.handle.value().map(|_| 0),
            }
        };
        Some(len())
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

/// `list` of `list[int]`.
fn bare(type_name: &str) -> &str {
    type_name.split('[').next().unwrap_or(type_name)
}

/// Waits for the end, and raises what there is to raise.
fn ended(handle: &Arc<Handle>) -> Res<Arc<Future>> {
    client::client().wait_for(std::slice::from_ref(&handle.0), None)?;
    let fault = handle.0.state().fault.clone();
    match fault {
        Some(fault) => Err(raised_again(&fault)),
        None => Ok(handle.0.clone()),
    }
}

static METHODS: &[Builtin] = &[
    Builtin { name: "result", owner: "proxy", call: result },
    Builtin { name: "to_local", owner: "proxy", call: result },
    Builtin { name: "exception", owner: "proxy", call: exception_method },
    Builtin { name: "traceback", owner: "proxy", call: traceback },
    Builtin { name: "cancel", owner: "proxy", call: cancel },
];

fn receiver<'a>(args: &'a Args<'_>) -> Res<&'a Arc<Handle>> {
    handle_of(args.receiver()).ok_or_else(|| Fault::type_error("this is a method of proxies"))
}

/// `p.result(timeout=None)`.
fn result(args: &Args<'_>) -> Res {
    let handle = receiver(args)?;
    let [timeout] = args.rest().bind("result", ["timeout"], 0, 0, 1)?;
    wait(handle, timeout)?;
    handle.value()
}

/// Waits for the end; `TimeoutError` where that takes too long.
fn wait(handle: &Arc<Handle>, timeout: Option<&Value>) -> Res<()> {
    let deadline = timeout.map_or(Ok(None), deadline)?;
    if client::client().wait_for(std::slice::from_ref(&handle.0), deadline)? {
        return Ok(());
    }
    Err(Fault::exception("TimeoutError", "the value is not there yet"))
}

/// The moment that lies so many seconds ahead; `None` for `None`.
///
/// # Errors
///
/// `TypeError` where it is no number.
pub fn deadline(timeout: &Value) -> Res<Option<Instant>> {
    Ok(seconds(timeout)?
        .and_then(|s| Duration::try_from_secs_f64(s.max(0.0)).ok())
        .map(|d| Instant::now() + d))
}

/// A number of seconds, or `None`.
///
/// # Errors
///
/// `TypeError` where it is neither.
#[expect(clippy::cast_precision_loss, reason = "nobody waits for 2**53 seconds")]
pub fn seconds(timeout: &Value) -> Res<Option<f64>> {
    match timeout {
        Value::None => Ok(None),
        Value::Int(n) => Ok(Some(*n as f64)),
        Value::Float(x) => Ok(Some(*x)),
        other => Err(Fault::type_error(format!(
            "a timeout is a number of seconds or None, not '{}'",
            afar_runtime::ops::type_name(other)
        ))),
    }
}

fn failure(args: &Args<'_>, name: &str) -> Res<Option<Value>> {
    let handle = receiver(args)?;
    let [timeout] = args.rest().bind(name, ["timeout"], 0, 0, 1)?;
    wait(handle, timeout)?;
    let fault = handle.0.state().fault.clone();
    match fault {
        None => Ok(None),
        Some(fault) => match fault.as_exception() {
            Some(exception) => Ok(copy(exception).or_else(|| Some(exception.clone()))),
            None => Err(fault),
        },
    }
}

/// `p.exception(timeout=None)`: waits; the exception, or `None`.
fn exception_method(args: &Args<'_>) -> Res {
    Ok(failure(args, "exception")?.unwrap_or(Value::None))
}

/// `p.traceback(timeout=None)`: waits; the traceback as text, or `None`.
fn traceback(args: &Args<'_>) -> Res {
    match failure(args, "traceback")? {
        Some(exception) => Ok(Value::string(exception::render(&exception, &client::source_line)?)),
        None => Ok(Value::None),
    }
}

/// `p.cancel()`.
fn cancel(args: &Args<'_>) -> Res {
    args.rest().count("cancel", 0, 0)?;
    let handle = receiver(args)?;
    if !handle.0.status().is_final() {
        client::client().cancel(handle.0.unit);
    }
    Ok(Value::None)
}

/// `<proxy list[int] 664,581 items 5.3 MB finished on 2 nodes>`.
fn repr(future: &Future) -> String {
    let state = future.state();
    let status = state.status.text();
    if let Some(held) = &state.value {
        let Meta { type_name, len, nbytes, .. } = &held.meta;
        let items =
            len.map(|n| format!(" {} item{}", grouped(n), if n == 1 { "" } else { "s" })).unwrap_or_default();
        let size = nbytes.map(|n| format!(" {}", size(n))).unwrap_or_default();
        return format!("<proxy {type_name}{items}{size} {status} on 1 node>");
    }
    match (&state.fault, state.status) {
        (Some(fault), Status::Error) => match fault.as_exception() {
            Some(e) => format!("<proxy {} {status}: {}>", future.label, afar_runtime::ops::type_name(e)),
            None => format!("<proxy {} {status}: NotPure>", future.label),
        },
        _ => format!("<proxy {} {status}>", future.label),
    }
}

/// `664,581`.
fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// `5.3 MB`.
#[expect(clippy::cast_precision_loss, reason = "one digit behind the point is shown")]
pub fn size(n: usize) -> String {
    let mut amount = n as f64;
    if n < 1000 {
        return format!("{n} B");
    }
    for unit in ["kB", "MB", "GB", "TB"] {
        amount /= 1000.0;
        if amount < 999.95 || unit == "TB" {
            return format!("{amount:.1} {unit}");
        }
    }
    format!("{n} B")
}
