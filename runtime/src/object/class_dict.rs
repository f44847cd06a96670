//! Dicts that are only read: `C.__dict__`, the attributes that a class itself defines, and `E.__members__`.

use super::class::Class;
use super::{Host, HostObject, Side, annotations, attr, call};
use crate::collections::Dict;
use crate::ops::{BinOp, CmpOp};
use crate::value::{Args, Builtin, Str};
use crate::{Fault, Ref, Res, Value, ops};
use std::any::Any;

/// A `mappingproxy` of a class.
struct ClassDict(Ref<Class>);

/// `C.__dict__`.
pub(super) fn of(class: &Ref<Class>) -> Value {
    Host::value(ClassDict(class.clone()))
}

/// Under which name a class keeps what it does not show.
fn is_hidden(name: &str) -> bool {
    name == "__annotations__" || name == "__abstractmethods__"
}

impl ClassDict {
    fn one(&self, name: &str) -> Res<Option<Value>> {
        let class = &self.0;
        Ok(match name {
            "__module__" => Some(Value::Str(class.module.clone())),
            "__doc__" if class.own("__doc__").is_none() => Some(Value::None),
            "__annotations__" => match class.own(name) {
                Some(_) => Some(annotations::of_class(class)?),
                None => None,
            },
            "__dict__" | "__weakref__" if class.own(name).is_none() => {
                return Err(Fault::not_pure(format!("`{name}` of a class is not kept")));
            }
            _ => match class.own(name) {
                Some(found) if is_slot(found) => Some(attr::bind(found, None, class)?),
                found => found.cloned(),
            },
        })
    }

    /// All entries, in CPython's order; what `dataclass`, an enum or an abstract class adds to them is not known.
    fn all(&self) -> Res<Dict> {
        let class = &self.0;
        let is_plain = class.overlay.get().is_none()
            && class.enum_info.get().is_none()
            && class.namedtuple.get().is_none()
            && class.own("__abstractmethods__").is_none()
            && class.layout.is_empty()
            && class.bases.iter().all(|b| b.is_builtin && b.name.as_str() == "object");
        if !is_plain || class.slots.is_some() {
            return Err(Fault::not_pure(format!(
                "the whole of `{}.__dict__`, which holds what the implementation adds: ask for names",
                class.name
            )));
        }
        let mut dict = Dict::new();
        let mut put = |name: &str, value: Value| dict.insert(Value::str(name), value);
        put("__module__", Value::Str(class.module.clone()))?;
        if class.own("__annotations__").is_some() {
            put("__annotations__", annotations::of_class(class)?)?;
        }
        let attrs = class.attrs.get().map(Vec::as_slice).unwrap_or_default();
        for (name, value) in attrs.iter().filter(|(n, v)| !is_hidden(n) && !is_added(n, v)) {
            put(name, value.clone())?;
        }
        put("__dict__", super::member::of("__dict__", &class.name, super::member::Kind::Attribute))?;
        put("__weakref__", super::member::of("__weakref__", &class.name, super::member::Kind::Attribute))?;
        if class.own("__doc__").is_none() {
            put("__doc__", Value::None)?;
        }
        for (name, value) in attrs.iter().filter(|(n, v)| is_added(n, v)) {
            put(name, value.clone())?;
        }
        Ok(dict)
    }
}

/// A dict that is only read is compared as the dict.
fn no_order(op: CmpOp, other: &Value) -> Option<Res> {
    let symbol = match op {
        CmpOp::Eq | CmpOp::Ne => return None,
        CmpOp::Lt | CmpOp::Le | CmpOp::Gt | CmpOp::Ge => op.symbol(),
    };
    let other = ops::type_name(other);
    Some(Err(Fault::type_error(format!(
        "'{symbol}' not supported between instances of 'dict' and '{other}'"
    ))))
}

/// What is no text is no key, but is hashed to find that out.
fn no_name(key: &Value) -> Res<Option<Value>> {
    ops::hash(key).map(|_| None)
}

/// Does it stand for a name in `__slots__`.
fn is_slot(value: &Value) -> bool {
    matches!(super::descriptor::of(value), Some(super::descriptor::Descriptor::Slot(_)))
}

/// Is it the `__hash__` that goes with an `__eq__`, which comes last.
fn is_added(name: &Str, value: &Value) -> bool {
    name.as_str() == "__hash__" && value.is_none()
}

/// The methods that read all of it, as those of a dict.
static METHODS: &[Builtin] = &[
    Builtin { name: "keys", owner: "", call: |args| read("keys", args) },
    Builtin { name: "values", owner: "", call: |args| read("values", args) },
    Builtin { name: "items", owner: "", call: |args| read("items", args) },
    Builtin { name: "copy", owner: "", call: |args| read("copy", args) },
    Builtin { name: "get", owner: "", call: get },
];

fn this<'a>(args: &Args<'a>) -> Res<&'a ClassDict> {
    let found = match args.pos.first() {
        Some(Value::Host(host)) => host.downcast(),
        _ => None,
    };
    found.ok_or_else(|| Fault::type_error("a mappingproxy is needed"))
}

fn read(name: &str, args: &Args<'_>) -> Res {
    args.rest().count(&format!("mappingproxy.{name}"), 0, 0)?;
    let dict = match args.pos.first().and_then(behind) {
        Some(dict) => dict,
        None => Value::Dict(Ref::new(this(args)?.all()?)),
    };
    call::call_method(&dict, name, &args.rest())
}

fn get(args: &Args<'_>) -> Res {
    args.rest().count("get", 1, 2)?;
    let found = match &args.pos[1] {
        Value::Str(name) => this(args)?.one(name)?,
        other => no_name(other)?,
    };
    Ok(found.or_else(|| args.pos.get(2).cloned()).unwrap_or(Value::None))
}

/// A dict behind a `mappingproxy`.
struct Proxy(Ref<Dict>);

/// A `mappingproxy` of a dict.
pub(super) fn proxy(dict: Ref<Dict>) -> Value {
    Host::value(Proxy(dict))
}

/// The dict that a proxy stands for.
fn behind(value: &Value) -> Option<Value> {
    match value {
        Value::Host(host) => host.downcast::<Proxy>().map(|proxy| Value::Dict(proxy.0.clone())),
        _ => None,
    }
}

impl Proxy {
    fn dict(&self) -> Value {
        Value::Dict(self.0.clone())
    }
}

impl HostObject for Proxy {
    fn type_name(&self) -> &str {
        "mappingproxy"
    }

    fn repr(&self) -> Res<String> {
        Ok(format!("mappingproxy({})", ops::repr(&self.dict())?))
    }

    fn str(&self) -> Option<Res<String>> {
        Some(ops::repr(&self.dict()))
    }

    fn get_attr(&self, this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        match name {
            "keys" | "values" | "items" | "copy" => {
                Ok(METHODS.iter().find(|m| m.name == name).map(|method| {
                    let (func, receiver) = (Value::Builtin(method), Value::Host(this.clone()));
                    Value::Method(Ref::new(super::Method { func, receiver }))
                }))
            }
            "get" | "__getitem__" | "__contains__" | "__iter__" | "__len__" | "__reversed__" => {
                attr::find(&self.dict(), name)
            }
            _ => Ok(None),
        }
    }

    fn getitem(&self, index: &Value) -> Option<Res> {
        Some(ops::getitem(&self.dict(), index))
    }

    fn compare(&self, op: CmpOp, other: &Value) -> Option<Res> {
        no_order(op, other)
    }

    fn contains(&self, item: &Value) -> Option<Res<bool>> {
        Some(ops::contains(&self.dict(), item))
    }

    fn len(&self) -> Option<Res<usize>> {
        Some(Ok(self.0.len()))
    }

    fn eq(&self, other: &Value) -> Option<Res<bool>> {
        Some(ops::eq(&self.dict(), &behind(other).unwrap_or_else(|| other.clone())))
    }

    fn hash(&self) -> Option<Res<u64>> {
        Some(ops::hash(&self.dict()))
    }

    fn binary(&self, op: BinOp, other: &Value, side: Side) -> Option<Res> {
        let other = behind(other).unwrap_or_else(|| other.clone());
        match side {
            Side::Left => ops::native_binary(op, &self.dict(), &other),
            Side::Right => ops::native_binary(op, &other, &self.dict()),
        }
    }

    fn is_iterable(&self) -> bool {
        true
    }

    fn iter(&self, _this: &Ref<Host>) -> Option<Res> {
        Some(ops::iter(&self.dict()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl HostObject for ClassDict {
    fn type_name(&self) -> &str {
        "mappingproxy"
    }

    fn repr(&self) -> Res<String> {
        Err(Fault::not_pure("the repr of the `__dict__` of a class shows addresses"))
    }

    fn get_attr(&self, this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        Ok(METHODS.iter().find(|m| m.name == name).map(|method| {
            let (func, receiver) = (Value::Builtin(method), Value::Host(this.clone()));
            Value::Method(Ref::new(super::Method { func, receiver }))
        }))
    }

    fn getitem(&self, index: &Value) -> Option<Res> {
        let found = match index {
            Value::Str(name) => self.one(name),
            other => no_name(other),
        };
        Some(found.and_then(|v| v.ok_or_else(|| Fault::key_error(index.clone()))))
    }

    fn compare(&self, op: CmpOp, other: &Value) -> Option<Res> {
        no_order(op, other)
    }

    fn contains(&self, item: &Value) -> Option<Res<bool>> {
        Some(match item {
            Value::Str(name) if matches!(name.as_str(), "__dict__" | "__weakref__") => {
                self.all().and_then(|all| Ok(all.get(item)?.is_some()))
            }
            Value::Str(name) => self.one(name).map(|v| v.is_some()),
            other => no_name(other).map(|_| false),
        })
    }

    fn len(&self) -> Option<Res<usize>> {
        Some(self.all().map(|all| all.len()))
    }

    fn is_iterable(&self) -> bool {
        true
    }

    fn iter(&self, _this: &Ref<Host>) -> Option<Res> {
        Some(self.all().and_then(|all| ops::iter(&Value::Dict(Ref::new(all)))))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
