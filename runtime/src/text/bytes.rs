//! What the methods of `bytes` take: bytes, or an int that is a byte.

use super::operators::byte_arg;
use crate::number::{payload, type_name};
use crate::{Fault, Res, Value};
use std::borrow::Cow;

/// A bytes-like argument: `TypeError: a bytes-like object is required, not 'str'`.
pub fn like(value: &Value) -> Res<&[u8]> {
    match payload(value) {
        Value::Bytes(bytes) => Ok(bytes),
        _ => Err(Fault::type_error(format!("a bytes-like object is required, not '{}'", type_name(value)))),
    }
}

/// What `find`, `count` and the like look for.
pub fn part(value: &Value) -> Res<Cow<'_, [u8]>> {
    match payload(value) {
        Value::Bytes(bytes) => Ok(Cow::Borrowed(bytes)),
        Value::Int(_) | Value::BigInt(_) | Value::Bool(_) => {
            byte_arg(value).map(|byte| Cow::Owned(vec![byte]))
        }
        _ => Err(Fault::type_error(format!(
            "argument should be integer or bytes-like object, not '{}'",
            type_name(value)
        ))),
    }
}
