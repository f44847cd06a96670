//! What reads a part of a value that is kept natively, as the class shows it: `int.real`, a name of `__slots__`.

use super::class::Class;
use super::{Host, HostObject, attr};
use crate::value::{Args, Str};
use crate::{Fault, Ref, Res, Value};
use std::any::Any;

/// How CPython keeps the part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// By a function that computes it.
    Attribute,
    /// In a place of its own.
    Member,
}

struct Member {
    name: Str,
    class: Str,
    kind: Kind,
}

/// A part of the instances of a class.
pub(super) fn of(name: &str, class: &str, kind: Kind) -> Value {
    Host::value(Member { name: name.into(), class: class.into(), kind })
}

/// The parts of built-in types.
#[rustfmt::skip]
const PARTS: &[(&str, &str, Kind)] = &[
    ("int", "real imag numerator denominator", Kind::Attribute),
    ("float", "real imag", Kind::Attribute),
    ("complex", "real imag", Kind::Member),
    ("range", "start stop step", Kind::Member),
    ("slice", "start stop step", Kind::Member),
    ("property", "fget fset fdel", Kind::Member),
    ("BaseException", "args __cause__ __context__ __traceback__", Kind::Attribute),
    ("BaseException", "__suppress_context__", Kind::Member),
    ("BaseExceptionGroup", "message exceptions", Kind::Member),
    ("StopIteration", "value", Kind::Member),
    ("SystemExit", "code", Kind::Member),
    ("Field", "name type default default_factory init repr hash compare metadata kw_only", Kind::Member),
];

/// The part of that name of the instances of a class.
pub(super) fn of_class(class: &Class, name: &str) -> Option<Value> {
    let known = |c: &Class| {
        let part = |p: &&(&str, &str, Kind)| p.0 == c.name.as_str() && p.1.split(' ').any(|n| n == name);
        PARTS.iter().find(part).filter(|_| c.is_builtin).map(|p| of(name, p.0, p.2))
    };
    known(class).or_else(|| class.mro_tail.iter().find_map(|c| known(c)))
}

impl HostObject for Member {
    fn type_name(&self) -> &str {
        if self.kind == Kind::Member { "member_descriptor" } else { "getset_descriptor" }
    }

    fn repr(&self) -> Res<String> {
        let kind = if self.kind == Kind::Member { "member" } else { "attribute" };
        Ok(format!("<{kind} '{}' of '{}' objects>", self.name, self.class))
    }

    fn get_attr(&self, this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        Ok(match name {
            "__name__" => Some(Value::Str(self.name.clone())),
            "__qualname__" => Some(Value::string(format!("{}.{}", self.class, self.name))),
            "__get__" => Some(Value::Method(Ref::new(super::Method {
                func: super::native_method::NativeMethod::value("", "__get__", (), |(), args| get(args)),
                receiver: Value::Host(this.clone()),
            }))),
            "__doc__" | "__objclass__" => {
                return Err(Fault::not_pure(format!("`{name}` of `{}` is not kept", self.name)));
            }
            _ => None,
        })
    }

    fn eq(&self, other: &Value) -> Option<Res<bool>> {
        let Value::Host(host) = other else { return Some(Ok(false)) };
        let same = host.downcast::<Self>().is_some_and(|o| o.name == self.name && o.class == self.class);
        Some(Ok(same))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `member.__get__(instance, owner=None)`.
fn get(args: &Args<'_>) -> Res {
    args.rest().count("__get__", 1, 2)?;
    match (&args.pos[0], &args.pos[1]) {
        (this, Value::None) => Ok(this.clone()),
        (Value::Host(host), value) => match host.downcast::<Member>() {
            Some(member) => {
                let class = super::class::class_ref(value);
                if !super::class::mro(class).any(|c| c.shown == member.class || c.name == member.class) {
                    return Err(Fault::type_error(format!(
                        "descriptor '{}' for '{}' objects doesn't apply to a '{}' object",
                        member.name,
                        member.class,
                        crate::ops::type_name(value)
                    )));
                }
                attr::get(value, &member.name)
            }
            None => Err(Fault::type_error("a descriptor is needed")),
        },
        _ => Err(Fault::type_error("a descriptor is needed")),
    }
}
