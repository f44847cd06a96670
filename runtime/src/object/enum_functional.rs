//! The functional form of enums: `Enum("Colour", "RED GREEN")`, from names, pairs or a mapping.

use super::build;
use super::class::{Class, Namespace, unwrap};
use super::enum_values::generate;
use super::enums::{build_class, split_namespace};
use crate::value::Str;
use crate::{Fault, Ref, Res, Value, ops};

/// What the functional form is given beside the name of the class.
pub(super) struct Form<'v> {
    /// The members, in any of the four forms.
    pub(super) names: &'v Value,
    pub(super) module: &'v Value,
    pub(super) qualname: &'v Value,
    /// The type that is mixed in.
    pub(super) ty: &'v Value,
    /// The first value that is generated.
    pub(super) start: &'v Value,
    /// What a flag does with bits that no member names.
    pub(super) boundary: &'v Value,
}

/// Makes the class.
///
/// # Errors
///
/// What CPython's `_create_` raises, in its order: names that are no texts, pairs that are none, names given twice.
pub(super) fn create(class: &Ref<Class>, name: &Value, form: &Form<'_>) -> Res {
    if class.enum_info.get().is_some_and(|info| !info.names.is_empty()) {
        return Err(Fault::type_error(format!(
            "<enum {}> cannot extend {}",
            ops::repr(name)?,
            ops::repr(&Value::Class(class.clone()))?
        )));
    }
    if !matches!(form.ty, Value::None | Value::Class(_)) {
        return Err(super::attr::missing(form.ty, "__mro__"));
    }
    let namespace = members(class, form.names, form.start).map_err(|fault| {
        let text = fault.as_exception().and_then(|e| super::exception::text(e).ok()).unwrap_or_default();
        if unwrap(name).as_str().is_none() && text.starts_with("attribute name must be string") {
            return no_name(name);
        }
        fault
    })?;
    let Value::Str(name) = unwrap(name) else {
        split_namespace("", namespace)?;
        return Err(no_name(name));
    };
    let mut bases = vec![class.clone()];
    if let Value::Class(ty) = form.ty {
        bases.insert(0, ty.clone());
    }
    let text = |given: &Value, default: &Str| match unwrap(given) {
        Value::None => Ok(default.clone()),
        Value::Str(text) => Ok(text.clone()),
        _ => Err(Fault::not_pure("the `module` and `qualname` of an enum must be texts")),
    };
    let module = text(form.module, &Str::new("__main__"))?;
    let names = build::Names::plain(name.clone(), text(form.qualname, name)?, module);
    let keywords = match form.boundary {
        Value::None => Vec::new(),
        boundary => vec![("boundary".into(), boundary.clone())],
    };
    build_class(names, bases, namespace, keywords)
}

fn no_name(name: &Value) -> Fault {
    let given = crate::number::clinic_name(name);
    Fault::type_error(format!("type.__new__() argument 1 must be str, not {given}"))
}

/// The names with their values, in order.
fn members(class: &Ref<Class>, names: &Value, start: &Value) -> Res<Namespace> {
    let items = match unwrap(names) {
        Value::None => Vec::new(),
        Value::Str(text) => {
            let text = text.replace(',', " ");
            text.split_whitespace().map(Value::str).collect()
        }
        other => ops::collect(other)?,
    };
    let is_sequence = matches!(unwrap(names), Value::Str(_) | Value::Tuple(_) | Value::List(_));
    let generated = is_sequence && items.first().is_some_and(is_text);
    let mut values: Vec<Value> = Vec::new();
    if generated {
        for (i, item) in items.iter().enumerate() {
            values.push(generate(class, None, item, start, i, &values)?);
        }
    }
    let mut namespace: Namespace = Vec::new();
    let mut strange: Vec<Value> = Vec::new();
    for (i, item) in items.into_iter().enumerate() {
        let (key, value) = match values.get(i) {
            Some(value) => (item, value.clone()),
            None if is_text(&item) => {
                let value = ops::getitem(names, &item)?;
                (item, value)
            }
            None => {
                let mut pair = [Value::None, Value::None];
                ops::unpack(&item, &mut pair, -1)?;
                let [key, value] = pair;
                (key, value)
            }
        };
        let Some(key) = member_name(&key)? else {
            for other in &strange {
                if ops::eq(other, &key)? {
                    return Err(Fault::not_pure("an enum with two members of one name that is no text"));
                }
            }
            strange.push(key);
            continue;
        };
        if let Some((_, first)) = namespace.iter().find(|(n, _)| *n == key) {
            let (key, first) = (ops::repr(&Value::Str(key))?, ops::repr(first)?);
            return Err(Fault::type_error(format!("{key} already defined as {first}")));
        }
        namespace.push((key, value));
    }
    match strange.first() {
        None => Ok(namespace),
        Some(key) => {
            Err(Fault::type_error(format!("attribute name must be string, not '{}'", ops::type_name(key))))
        }
    }
}

fn is_text(value: &Value) -> bool {
    matches!(unwrap(value), Value::Str(_))
}

/// The name as a text. CPython asks for its length first, and meets one that is no text when the class is made: there is none then.
fn member_name(key: &Value) -> Res<Option<Str>> {
    match unwrap(key) {
        Value::Str(name) => Ok(Some(name.clone())),
        other => match ops::len(other)? {
            0..3 => {
                // It is looked for among the names so far.
                ops::hash(other)?;
                Ok(None)
            }
            _ => Err(Fault::not_pure("an enum whose member has a name that is no text")),
        },
    }
}
