//! Values that are nothing but themselves: `MISSING`, `KW_ONLY`.

use crate::object::{Host, HostObject};
use crate::{Fault, Ref, Res, Value};
use std::any::Any;

/// A value that is nothing but itself.
struct Marker(&'static str);

impl HostObject for Marker {
    fn type_name(&self) -> &str {
        match self.0 {
            "MISSING" => "_MISSING_TYPE",
            "traceback" => "traceback",
            _ => "_KW_ONLY_TYPE",
        }
    }

    fn module(&self) -> &str {
        "dataclasses"
    }

    fn repr(&self) -> Res<String> {
        Err(Fault::not_pure(format!("the default repr of `{}` shows its address", self.0)))
    }

    fn get_attr(&self, _this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        if self.0 == "traceback" && name.starts_with("tb_") {
            return Err(Fault::not_pure(format!("`{name}` of a traceback is not kept")));
        }
        Ok(None)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A value that is nothing but itself.
pub(crate) fn marker(name: &'static str) -> Value {
    Host::value(Marker(name))
}

/// Is it the marker of that name.
pub(crate) fn is_marker(value: &Value, name: &str) -> bool {
    matches!(value, Value::Host(host) if host.downcast::<Marker>().is_some_and(|m| m.0 == name))
}
