//! The values of the members of an enum, and `enum.auto()`, which generates them.

use super::class::{Class, Instance, Namespace, Native, builtin};
use super::descriptor;
use super::enums::{bits, is_enum, is_flag, split_namespace};
use crate::value::{Args, Str};
use crate::{Fault, Ref, Res, Value, ops};

/// `auto()`, whose value is known once a name is bound to it, or `auto(value)`.
pub fn construct_auto(args: &Args<'_>) -> Res {
    let [value] = args.bind_method("auto.__init__", ["value"], 0, 1)?;
    Ok(Instance::value(builtin("auto"), Native::Auto(value.cloned())))
}

/// What was given to `auto`, where this is one.
fn given(value: &Value) -> Option<Option<&Value>> {
    match value {
        Value::Instance(instance) => match &instance.native {
            Native::Auto(given) => Some(given.as_ref()),
            _ => None,
        },
        _ => None,
    }
}

/// Is it `auto()`, or a tuple of one and more: the body of an enum binds a name to another value then.
pub fn holds_auto(value: &Value) -> bool {
    match value {
        Value::Tuple(items) => items.iter().any(|item| given(item).is_some()),
        one => given(one).is_some(),
    }
}

/// What the members before tell about the next one.
#[derive(Default)]
struct Before {
    /// Each `auto()` that was bound, and its value.
    known: Vec<(Value, Value)>,
    /// The values, as `_generate_next_value_` gets them.
    last: Vec<Value>,
}

impl Before {
    /// Adds a member.
    fn add(&mut self, written: &Value, value: &Value) {
        match (written, value) {
            (Value::Tuple(written), Value::Tuple(values)) if written.iter().any(|w| given(w).is_some()) => {
                let pairs = written.iter().zip(values.iter());
                pairs.filter(|(w, _)| given(w).is_some()).for_each(|(w, v)| self.add_auto(w, v));
            }
            _ if given(written).is_some() => self.add_auto(written, value),
            _ => self.last.push(value.clone()),
        }
    }

    fn add_auto(&mut self, auto: &Value, value: &Value) {
        self.known.push((auto.clone(), value.clone()));
        self.last.push(value.clone());
    }

    /// The value of the next member, which it adds; `next` generates that of an `auto()`.
    fn resolve(&mut self, written: &Value, next: &dyn Fn(&[Value]) -> Res) -> Res {
        if !holds_auto(written) {
            self.last.push(written.clone());
            return Ok(written.clone());
        }
        let Value::Tuple(items) = written else { return self.resolve_auto(written, next) };
        let items = items.iter().map(|item| match given(item) {
            Some(_) => self.resolve_auto(item, next),
            None => Ok(item.clone()),
        });
        Ok(Value::tuple(items.collect::<Res<Vec<Value>>>()?))
    }

    fn resolve_auto(&mut self, auto: &Value, next: &dyn Fn(&[Value]) -> Res) -> Res {
        let known = self.known.iter().find(|(a, _)| ops::is_same_object(a, auto));
        let value = match (known, given(auto).flatten()) {
            (Some((_, value)), _) | (None, Some(value)) => value.clone(),
            (None, None) => next(&self.last)?,
        };
        self.add_auto(auto, &value);
        Ok(value)
    }
}

fn own_generator(others: &Namespace) -> Option<&Value> {
    others.iter().find(|(n, _)| n.as_str() == "_generate_next_value_").map(|(_, v)| v)
}

/// The values of the members, with each `auto()` resolved in order.
pub(super) fn resolve_values(parent: &Ref<Class>, others: &Namespace, entries: Namespace) -> Res<Namespace> {
    let own = own_generator(others);
    let mut before = Before::default();
    let mut out: Namespace = Vec::new();
    for (name, written) in entries {
        let key = Value::Str(name.clone());
        let n = out.len();
        let value = before.resolve(&written, &|last| generate(parent, own, &key, &Value::Int(1), n, last))?;
        out.push((name, value));
    }
    Ok(out)
}

/// What the body of a class binds a name to, where [`holds_auto`] says that this may be another value than the one `written`: that of the
/// member, if the class is an enum. `body` is what was bound before: a name, a value and what was written, each.
pub fn settle(class: &str, bases: &[Value], body: &[Value], name: &Str, written: &Value) -> Res {
    let Some(Value::Class(parent)) = bases.last().filter(|b| matches!(b, Value::Class(c) if is_enum(c)))
    else {
        return Ok(written.clone());
    };
    let mut namespace: Namespace = Vec::new();
    let mut autos: Vec<(&Str, &Value)> = Vec::new();
    for bound in body {
        let Value::Tuple(bound) = bound else { continue };
        if let [Value::Str(name), value, written] = &bound[..] {
            namespace.push((name.clone(), value.clone()));
            autos.push((name, written));
        }
    }
    namespace.push((name.clone(), written.clone()));
    let (others, mut entries) = split_namespace(class, namespace)?;
    if entries.last().is_none_or(|(last, _)| last != name) {
        return Ok(written.clone());
    }
    entries.pop();
    let mut before = Before::default();
    for (name, value) in &entries {
        let written = autos.iter().find(|(n, _)| *n == name).map_or(value, |(_, written)| *written);
        before.add(written, value);
    }
    let (own, key) = (own_generator(&others), Value::Str(name.clone()));
    before.resolve(written, &|last| generate(parent, own, &key, &Value::Int(1), entries.len(), last))
}

/// What `_generate_next_value_` gives.
pub(super) fn generate(
    parent: &Ref<Class>,
    own: Option<&Value>,
    name: &Value,
    start: &Value,
    count: usize,
    last: &[Value],
) -> Res {
    if let Some(hook) = own.or_else(|| parent.special("_generate_next_value_")) {
        let hook = match descriptor::of(hook) {
            Some(descriptor::Descriptor::Static(inner)) => inner,
            _ => hook,
        };
        let args = [name.clone(), start.clone(), Value::usize(count), Value::list(last.to_vec())];
        return ops::call(hook, &args);
    }
    if parent.is_subclass_of("StrEnum") {
        return crate::object::call::call_method(name, "lower", &Args::positional(&[]));
    }
    let Some(mut highest) = last.first().cloned() else {
        return Ok(start.clone());
    };
    if is_flag(parent) {
        for value in &last[1..] {
            if ops::lt(&highest, value)? {
                highest = value.clone();
            }
        }
        return match bits(&highest) {
            Some(value) if (0..1 << 61).contains(&value) => Ok(Value::Int(1 << (64 - value.leading_zeros()))),
            Some(value) if value < 0 => Ok(Value::Int(1 << (64 - value.unsigned_abs().leading_zeros()))),
            Some(_) => Err(Fault::not_pure("a flag of more than 62 bits")),
            None if matches!(super::class::unwrap(&highest), Value::BigInt(_)) => {
                Err(Fault::not_pure("a flag of more than 62 bits"))
            }
            None => Err(Fault::type_error(format!("invalid flag value {}", ops::repr(&highest)?))),
        };
    }
    let one = Value::Int(1);
    for value in &last[1..] {
        match ops::lt(&highest, value) {
            Ok(true) => highest = value.clone(),
            Ok(false) => {}
            Err(fault) if fault.is("TypeError") => {
                let mut sums = last.iter().rev().map(|v| ops::binary(ops::BinOp::Add, v, &one));
                return sums.find(Result::is_ok).unwrap_or_else(|| Ok(start.clone()));
            }
            Err(fault) => return Err(fault),
        }
    }
    match ops::binary(ops::BinOp::Add, &highest, &one) {
        Err(fault) if fault.is("TypeError") => {
            let mut sums = last.iter().rev().map(|v| ops::binary(ops::BinOp::Add, v, &one));
            sums.find(Result::is_ok).unwrap_or_else(|| Ok(start.clone()))
        }
        result => result,
    }
}
