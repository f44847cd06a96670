//! Attribute look-up on any value.

use crate::{Res, Value};

/// `value.name`.
pub fn get(value: &Value, name: &str) -> Res {
    let _ = (value, name);
    unimplemented!()
}

/// `value.name`, `None` where there is no such attribute.
pub fn find(value: &Value, name: &str) -> Res<Option<Value>> {
    let _ = (value, name);
    unimplemented!()
}

/// `self.name = value` in `__init__`.
pub fn set(value: &Value, name: &str, to: Value) -> Res<()> {
    let _ = (value, name, to);
    unimplemented!()
}
