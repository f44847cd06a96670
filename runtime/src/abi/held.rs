//! A fault that no `except` catches, held like an exception while a `finally` runs, and raised again behind it.

use crate::fault::FaultKind;
use crate::object::{Host, HostObject};
use crate::{Fault, Ref, Res, Value};
use std::any::Any;

struct Held(Fault);

impl HostObject for Held {
    fn type_name(&self) -> &str {
        "fault"
    }

    fn repr(&self) -> Res<String> {
        Err(self.0.clone())
    }

    fn get_attr(&self, _this: &Ref<Host>, _name: &str) -> Res<Option<Value>> {
        Ok(None)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The fault as a value, where a `finally` runs for its kind: not where the work is run again, or is not wanted any more.
pub(crate) fn hold(fault: Fault) -> Res {
    match *fault.0 {
        FaultKind::NotPure { .. } | FaultKind::Exit(_) => Ok(Host::value(Held(fault))),
        FaultKind::Exception(exception) => Ok(exception),
        FaultKind::Cancelled | FaultKind::Widen(_) | FaultKind::NotHere => Err(fault),
    }
}

/// The fault in a value that [`hold`] made of what is no exception.
pub(crate) fn held(value: &Value) -> Option<Fault> {
    match value {
        Value::Host(host) => host.downcast::<Held>().map(|held| held.0.clone()),
        _ => None,
    }
}
