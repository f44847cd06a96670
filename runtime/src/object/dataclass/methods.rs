//! The methods that `dataclass` generates.

use super::{Field, FieldKind, missing};
use crate::object::class::{class_ref, unwrap};
use crate::object::func::ParamKind;
use crate::object::native_method::signature;
use crate::object::{Func, attr, call, descriptor, slots, typing};
use crate::ops::{self, CmpOp};
use crate::value::{Args, Str};
use crate::{Fault, Ref, Res, Value};
use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

/// What the generated `__init__` knows.
pub(super) struct Init {
    pub(super) func: Ref<Func>,
    pub(super) fields: Arc<[Field]>,
    pub(super) is_frozen: bool,
    pub(super) has_post: bool,
}

/// What the other generated methods know.
pub(super) struct State {
    /// The address of the class: a reference would be a cycle.
    pub(super) class: usize,
    pub(super) qualname: Str,
    pub(super) fields: Arc<[Field]>,
}

impl State {
    /// One argument for each parameter of a generated method; with CPython's messages where they do not fit.
    fn bound<'a, const N: usize>(
        &self,
        name: &str,
        params: [&str; N],
        args: &Args<'a>,
    ) -> Res<Cow<'a, [Value; N]>> {
        if let (Ok(pos), []) = (<&[Value; N]>::try_from(args.pos), args.kw) {
            return Ok(Cow::Borrowed(pos));
        }
        let params = params.map(|p| (Str::new(p), ParamKind::Normal, Value::Unbound));
        let bound = call::bind(&signature(format!("{}.{name}", self.qualname), params.into()), args)?;
        Ok(Cow::Owned(bound.try_into().unwrap_or_else(|_| unreachable!("one for each parameter"))))
    }
}

pub(super) fn init_signature(qualname: &str, fields: &[Field]) -> Res<Ref<Func>> {
    let self_name =
        if fields.iter().any(|f| f.name.as_str() == "self") { "__dataclass_self__" } else { "self" };
    let mut params = vec![(Str::new(self_name), ParamKind::Normal, Value::Unbound)];
    let mut seen_default = false;
    let default_of = |f: &Field| if f.factory.is_bound() { missing() } else { f.default.clone() };
    for field in fields.iter().filter(|f| f.init && f.kw_only != Some(true)) {
        let default = default_of(field);
        if default.is_bound() {
            seen_default = true;
        } else if seen_default {
            return Err(Fault::type_error(format!(
                "non-default argument '{}' follows default argument",
                field.name
            )));
        }
        params.push((field.name.clone(), ParamKind::Normal, default));
    }
    for field in fields.iter().filter(|f| f.init && f.kw_only == Some(true)) {
        params.push((field.name.clone(), ParamKind::KeywordOnly, default_of(field)));
    }
    Ok(signature(format!("{qualname}.__init__"), params))
}

pub(super) fn run_init(init: &Init, args: &Args<'_>) -> Res {
    let bound = call::bind(&init.func, args)?;
    let this = &bound[0];
    let names = &init.func.info.params;
    let argument = |field: &Field| names.iter().position(|p| p.name == field.name).map(|i| bound[i].clone());
    let Value::Instance(instance) = this else {
        let first = init.fields.iter().find(|f| f.kind == FieldKind::Field);
        return first.map_or(Ok(Value::None), |f| Err(attr::missing(this, &f.name)));
    };
    if instance.is_sealed() {
        return Err(Fault::not_pure(format!(
            "`{}` is called on an instance that is complete",
            init.func.info.qualname
        )));
    }
    // That of a frozen class goes past every `__setattr__`.
    let has_hook = !init.is_frozen && instance.class.special("__setattr__").is_some();
    let mut init_vars = Vec::new();
    for field in init.fields.iter() {
        let value = match argument(field) {
            Some(value) if field.factory.is_bound() && typing::is_marker(&value, "MISSING") => {
                ops::call(&field.factory, &[])?
            }
            Some(value) => value,
            None if field.factory.is_bound() => ops::call(&field.factory, &[])?,
            None => continue,
        };
        if field.kind == FieldKind::InitVar {
            init_vars.push(value);
        } else if has_hook
            || instance.class.lookup(&field.name).is_some_and(|v| descriptor::of(v).is_some())
            || instance.class.slots.as_ref().is_some_and(|s| !s.contains(&field.name))
        {
            if has_hook {
                attr::set(this, &field.name, value)?;
            } else {
                attr::set_generic(this, &field.name, value)?;
            }
        } else {
            instance.set_field(&field.name, value);
        }
    }
    if init.has_post {
        call::call_method(this, "__post_init__", &Args::positional(&init_vars))?;
    }
    Ok(Value::None)
}

thread_local! {
    /// The instances whose `repr` is being made on this thread.
    static SHOWN: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

pub(super) fn run_repr(state: &Arc<State>, args: &Args<'_>) -> Res {
    let [this] = &*state.bound("__repr__", ["self"], args)?;
    let Value::Instance(instance) = this else {
        return Ok(Value::string(format!(
            "{}({})",
            class_ref(this).qualname,
            shown_fields(this, &state.fields)?
        )));
    };
    let address = Ref::as_ptr(instance).addr();
    if SHOWN.with_borrow(|shown| shown.contains(&address)) {
        return Ok(Value::str("..."));
    }
    SHOWN.with_borrow_mut(|shown| shown.push(address));
    let result = shown_fields(this, &state.fields);
    SHOWN.with_borrow_mut(Vec::pop);
    Ok(Value::string(format!("{}({})", instance.class.qualname, result?)))
}

pub(super) fn shown_fields(this: &Value, fields: &[Field]) -> Res<String> {
    let mut parts = Vec::new();
    for field in fields.iter().filter(|f| f.repr && f.kind == FieldKind::Field) {
        parts.push(format!("{}={}", field.name, ops::repr(&attr::get(this, &field.name)?)?));
    }
    Ok(parts.join(", "))
}

pub(super) fn compared(fields: &[Field]) -> impl Iterator<Item = &Field> {
    fields.iter().filter(|f| f.compare && f.kind == FieldKind::Field)
}

pub(super) fn same_class(a: &Value, b: &Value) -> bool {
    Ref::ptr_eq(class_ref(a), class_ref(b))
}

pub(super) fn run_eq(state: &Arc<State>, args: &Args<'_>) -> Res {
    let [this, other] = &*state.bound("__eq__", ["self", "other"], args)?;
    if !same_class(this, other) {
        return Ok(Value::NotImplemented);
    }
    for field in compared(&state.fields) {
        if !ops::eq(&attr::get(this, &field.name)?, &attr::get(other, &field.name)?)? {
            return Ok(Value::Bool(false));
        }
    }
    Ok(Value::Bool(true))
}

pub(super) fn run_order(state: &Arc<State>, args: &Args<'_>, op: CmpOp) -> Res {
    let [this, other] = &*state.bound(op.method(), ["self", "other"], args)?;
    if !same_class(this, other) {
        return Ok(Value::NotImplemented);
    }
    for field in compared(&state.fields) {
        let (a, b) = (attr::get(this, &field.name)?, attr::get(other, &field.name)?);
        if !ops::eq(&a, &b)? {
            return ops::compare(op, &a, &b);
        }
    }
    Ok(Value::Bool(matches!(op, CmpOp::Le | CmpOp::Ge)))
}

pub(super) fn run_hash(state: &Arc<State>, args: &Args<'_>) -> Res {
    let [this] = &*state.bound("__hash__", ["self"], args)?;
    let mut values = Vec::new();
    for field in state.fields.iter().filter(|f| f.hash.unwrap_or(f.compare) && f.kind == FieldKind::Field) {
        values.push(attr::get(this, &field.name)?);
    }
    Ok(slots::hash_value(ops::hash(&Value::tuple(values))?))
}

pub(super) fn run_setattr(state: &Arc<State>, args: &Args<'_>) -> Res {
    let [this, name, value] = &*state.bound("__setattr__", ["self", "name", "value"], args)?;
    let name = unwrap(name).as_str().unwrap_or_default();
    if Ref::as_ptr(class_ref(this)).addr() == state.class
        || state.fields.iter().any(|f| f.name.as_str() == name)
    {
        return Err(Fault::exception(
            "FrozenInstanceError",
            format!("cannot assign to field {}", crate::text::repr_str(name)),
        ));
    }
    attr::set_generic(this, name, value.clone()).map(|()| Value::None)
}
