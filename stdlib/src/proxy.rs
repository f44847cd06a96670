//! `types.MappingProxyType`, as some attributes are: a dict under another name.

use afar_runtime::collections::Dict;
use afar_runtime::object::{Host, HostObject, attr};
use afar_runtime::ops::{self, CmpOp};
use afar_runtime::{Ref, Res, Value};

/// A view of a dict.
pub struct Proxy(Value);

impl Proxy {
    /// Of this dict.
    pub fn value(dict: Dict) -> Value {
        Host::value(Self(Value::Dict(Ref::new(dict))))
    }
}

impl HostObject for Proxy {
    fn type_name(&self) -> &str {
        "mappingproxy"
    }

    fn repr(&self) -> Res<String> {
        Ok(format!("mappingproxy({})", ops::repr(&self.0)?))
    }

    fn str(&self) -> Option<Res<String>> {
        Some(ops::repr(&self.0).map(|text| text.to_string()))
    }

    fn get_attr(&self, _: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        match name {
            "keys" | "values" | "items" | "get" | "copy" => attr::find(&self.0, name),
            _ => Ok(None),
        }
    }

    fn len(&self) -> Option<Res<usize>> {
        Some(ops::len(&self.0))
    }

    fn getitem(&self, index: &Value) -> Option<Res> {
        Some(ops::getitem(&self.0, index))
    }

    fn contains(&self, item: &Value) -> Option<Res<bool>> {
        Some(ops::contains(&self.0, item))
    }

    fn is_iterable(&self) -> bool {
        true
    }

    fn iter(&self, _this: &afar_runtime::Ref<afar_runtime::object::Host>) -> Option<Res> {
        Some(ops::iter(&self.0))
    }

    fn eq(&self, other: &Value) -> Option<Res<bool>> {
        let other = match other {
            Value::Host(host) => host.downcast::<Self>().map_or(other, |proxy| &proxy.0),
            other => other,
        };
        Some(ops::compare(CmpOp::Eq, &self.0, other).and_then(|same| ops::truthy(&same)))
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
