//! `TypedDict`: a class whose instances are plain dicts.

use super::form::{Form, Kind};
use super::{annotates, downcast, host};
use crate::collections::{Set, construct_dict};
use crate::object::class::{Class, Namespace};
use crate::object::{Host, HostObject};
use crate::value::{Args, Str};
use crate::{Fault, Ref, Res, Value, ops};
use std::any::Any;

/// A class of typed dicts.
struct TypedDict {
    name: Str,
    qualname: Str,
    module: Str,
    doc: Value,
    required: Vec<Str>,
    optional: Vec<Str>,
    is_total: bool,
    /// `__total__`: as it was given, or as the body has it.
    total: Value,
}

/// Is it `TypedDict`, or a class made of it.
pub(crate) fn is_base(value: &Value) -> bool {
    downcast::<TypedDict>(value).is_some()
        || downcast::<Form>(value).is_some_and(|form| matches!(form.kind, Kind::TypedDict))
}

/// `class Movie(TypedDict): ...`.
pub(crate) fn build_class(
    names: [Str; 3],
    bases: &[Value],
    namespace: &Namespace,
    keywords: &[(Str, Value)],
) -> Res {
    if !bases.iter().all(|base| is_base(base) || super::is_generic_base(base)) {
        return Err(Fault::type_error(
            "cannot inherit from both a TypedDict type and a non-TypedDict base class",
        ));
    }
    let mut total = Value::Bool(true);
    for (key, value) in keywords {
        match key.as_str() {
            "total" => total = value.clone(),
            _ => {
                return Err(Fault::type_error(format!(
                    "_TypedDictMeta.__new__() got an unexpected keyword argument '{key}'"
                )));
            }
        }
    }
    let [name, qualname, module] = names;
    let own = |name: &str| namespace.iter().find(|(n, _)| n.as_str() == name).map(|(_, v)| v.clone());
    let (doc, is_total) = (own("__doc__").unwrap_or_default(), ops::truthy(&total)?);
    let total = own("__total__").unwrap_or(total);
    let (required, optional) = (Vec::new(), Vec::new());
    let mut class = TypedDict { name, qualname, module, doc, required, optional, is_total, total };
    for base in bases.iter().filter_map(downcast::<TypedDict>) {
        class.required.extend(base.required.iter().cloned());
        class.optional.extend(base.optional.iter().cloned());
    }
    let annotations = namespace.iter().find(|(n, _)| n.as_str() == "__annotations__");
    if let Some((_, Value::Dict(dict))) = annotations {
        for (key, annotation) in dict.iter() {
            if let Value::Str(text) = annotation
                && text.contains("](")
            {
                return Err(Fault::not_pure(format!(
                    "the annotation `{text}` calls a type: it is not carried out"
                )));
            }
            if let Some(key) = super::text(key) {
                class.add(key, annotation);
            }
        }
    }
    Ok(host(class))
}

impl TypedDict {
    fn add(&mut self, key: Str, annotation: &Value) {
        let is_required = if annotates(annotation, "Required") {
            true
        } else {
            !annotates(annotation, "NotRequired") && self.is_total
        };
        self.required.retain(|k| *k != key);
        self.optional.retain(|k| *k != key);
        if is_required { self.required.push(key) } else { self.optional.push(key) }
    }
}

/// `TypedDict("Movie", {"title": str}, total=True)`.
pub(super) fn functional(args: &Args<'_>) -> Res {
    let (Some(Value::Str(name)), Some(Value::Dict(fields))) = (args.pos.first(), args.pos.get(1)) else {
        return Err(Fault::not_pure(
            "a `TypedDict` that is made of other than a name and a dict: write a class",
        ));
    };
    let mut total = Value::Bool(true);
    for (key, value) in args.kw {
        if key.as_str() != "total" || args.pos.len() > 2 {
            return Err(Fault::not_pure("fields of a `TypedDict` that are keywords: write a dict"));
        }
        total = value.clone();
    }
    let mut class = TypedDict {
        name: name.clone(),
        qualname: name.clone(),
        module: "__main__".into(),
        doc: Value::None,
        required: Vec::new(),
        optional: Vec::new(),
        is_total: ops::truthy(&total)?,
        total,
    };
    for (key, annotation) in fields.iter() {
        if let Some(key) = super::text(key) {
            class.add(key, annotation);
        }
    }
    Ok(host(class))
}

/// Is it a class of typed dicts.
pub(super) fn is_typed_dict(value: &Value) -> bool {
    downcast::<TypedDict>(value).is_some()
}

fn frozen(names: &[Str]) -> Res {
    let names = names.iter().cloned().map(Value::Str).collect();
    Ok(Value::Set(Ref::new(Set::from_values(true, names)?)))
}

fn no_checks<T>() -> Res<T> {
    Err(Fault::type_error("TypedDict does not support instance and class checks"))
}

impl HostObject for TypedDict {
    fn type_name(&self) -> &str {
        "_TypedDictMeta"
    }

    fn module(&self) -> &str {
        "typing"
    }

    fn repr(&self) -> Res<String> {
        Ok(format!("<class '{}.{}'>", self.module, self.qualname))
    }

    fn get_attr(&self, _: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        Ok(Some(match name {
            "__name__" => Value::Str(self.name.clone()),
            "__qualname__" => Value::Str(self.qualname.clone()),
            "__module__" => Value::Str(self.module.clone()),
            "__doc__" => self.doc.clone(),
            "__total__" => self.total.clone(),
            "__required_keys__" => frozen(&self.required)?,
            "__optional_keys__" => frozen(&self.optional)?,
            _ => return Err(Fault::not_pure(format!("`{name}` of a `TypedDict` is not kept"))),
        }))
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(&self, args: &Args<'_>) -> Res {
        construct_dict(args)
    }

    fn is_class_of(&self, _: &Value) -> Option<Res<bool>> {
        Some(no_checks())
    }

    fn is_base_of(&self, _: &Ref<Class>) -> Option<Res<bool>> {
        Some(no_checks())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
