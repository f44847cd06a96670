//! What `match` asks of values: class, mapping and sequence patterns.
//!
//! Each gives the values of its sub-patterns where the subject fits, else `None`.

use super::class::unwrap;
use super::{attr, relation};
use crate::collections::Dict;
use crate::value::Str;
use crate::{Fault, Ref, Res, Value, ops};

/// The built-in classes whose one positional sub-pattern is the subject itself.
const MATCH_SELF: &[&str] =
    &["bool", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple"];

/// `Class(p1, p2, name=p3)`: the values of the positional sub-patterns, then those of the named ones.
pub fn class_pattern(
    subject: &Value,
    class: &Value,
    n_positional: usize,
    names: &[Str],
) -> Res<Option<Vec<Value>>> {
    let Value::Class(inner) = class else {
        if super::attr::class_shown(class).is_some() {
            let fits = super::relation::is_instance(subject, class)?;
            if fits && (n_positional > 0 || !names.is_empty()) {
                return Err(Fault::not_pure("a pattern of a class of the library takes no parts apart"));
            }
            return Ok(fits.then(Vec::new));
        }
        return Err(Fault::type_error("called match pattern must be a type"));
    };
    if !relation::is_instance(subject, class)? {
        return Ok(None);
    }
    let mut seen: Vec<Str> = Vec::new();
    let mut values = Vec::with_capacity(n_positional + names.len());
    let mut read = |name: &Str| -> Res<Option<Value>> {
        if seen.contains(name) {
            return Err(Fault::type_error(format!(
                "{}() got multiple sub-patterns for attribute '{name}'",
                inner.name
            )));
        }
        seen.push(name.clone());
        attr::find(subject, name)
    };
    if n_positional > 0 {
        let match_args = match attr::find(class, "__match_args__")? {
            Some(Value::Tuple(args)) => Some(args.to_vec()),
            Some(other) => {
                return Err(Fault::type_error(format!(
                    "{}.__match_args__ must be a tuple (got {})",
                    inner.name,
                    ops::type_name(&other)
                )));
            }
            None if MATCH_SELF.iter().any(|name| inner.is_subclass_of(name)) => None,
            None => Some(Vec::new()),
        };
        let allowed = match_args.as_ref().map_or(1, Vec::len);
        if allowed < n_positional {
            let s = if allowed == 1 { "" } else { "s" };
            return Err(Fault::type_error(format!(
                "{}() accepts {allowed} positional sub-pattern{s} ({n_positional} given)",
                inner.name
            )));
        }
        match match_args {
            None => values.push(subject.clone()),
            Some(args) => {
                for arg in args.iter().take(n_positional) {
                    let Value::Str(name) = unwrap(arg) else {
                        return Err(Fault::type_error(format!(
                            "__match_args__ elements must be strings (got {})",
                            ops::type_name(arg)
                        )));
                    };
                    match read(name)? {
                        Some(value) => values.push(value),
                        None => return Ok(None),
                    }
                }
            }
        }
    }
    for name in names {
        match read(name)? {
            Some(value) => values.push(value),
            None => return Ok(None),
        }
    }
    Ok(Some(values))
}

/// Is it a sequence, as patterns understand it: no text, no bytes, no iterator.
pub fn is_sequence(subject: &Value) -> bool {
    matches!(unwrap(subject), Value::List(_) | Value::Tuple(_) | Value::Range(_))
        || super::registered::derives(subject, "Sequence")
}

/// Is it a mapping.
pub fn is_mapping(subject: &Value) -> bool {
    matches!(unwrap(subject), Value::Dict(_)) || super::registered::derives(subject, "Mapping")
}

/// What a sequence pattern asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Items {
    /// All, and a list for the name of its star: the sequence is unpacked.
    All,
    /// Those at the places of these bits: its star has no name, so each of them is asked for by its index.
    At(u64),
}

/// `[p1, *rest, p2]`: the values of the sub-patterns into slots, one for each; false where the sequence is too long or too short. `star` is the
/// index of the one with the star, or negative.
pub fn sequence_pattern(subject: &Value, slots: &mut [Value], star: i64, items: Items) -> Res<bool> {
    if !is_sequence(subject) {
        return Ok(false);
    }
    let n = slots.len();
    let star_at = usize::try_from(star).ok();
    // Where there is a star and nothing else, the length is not asked for.
    if star_at.is_none() || n > 1 {
        let len = ops::len(subject)?;
        let least = n - usize::from(star_at.is_some());
        if len < least || (star_at.is_none() && len > least) {
            return Ok(false);
        }
    }
    let wanted = match items {
        Items::All => {
            ops::unpack(subject, slots, star)?;
            return Ok(true);
        }
        Items::At(bits) => bits,
    };
    for (i, slot) in slots.iter_mut().enumerate().filter(|(i, _)| wanted >> i & 1 == 1) {
        let is_behind = star_at.is_some_and(|star| i > star);
        let at = if is_behind { (ops::len(subject)? + i).saturating_sub(n) } else { i };
        *slot = ops::getitem(subject, &Value::usize(at))?;
    }
    Ok(true)
}

/// What a mapping pattern asks for besides its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// Nothing.
    Ignored,
    /// `**rest`.
    Wanted,
}

/// `{key: p1, **rest}`: the values of the keys, and the dict of the rest where it is wanted.
pub fn mapping_pattern(subject: &Value, keys: &[Value], rest: Rest) -> Res<Option<Vec<Value>>> {
    if !is_mapping(subject) || keys.len() > ops::len(subject)? {
        return Ok(None);
    }
    let find = |key: &Value| match unwrap(subject) {
        Value::Dict(dict) => Ok(dict.get(key)?.cloned()),
        _ => {
            let absent = super::dataclass::missing();
            let args = [key.clone(), absent.clone()];
            let found = super::call::call_method(subject, "get", &crate::Args::positional(&args))?;
            Ok::<_, Fault>((!ops::is_same_object(&found, &absent)).then_some(found))
        }
    };
    let mut values = Vec::with_capacity(keys.len() + 1);
    for (i, key) in keys.iter().enumerate() {
        for earlier in &keys[..i] {
            if ops::eq(earlier, key)? {
                return Err(Fault::value_error(format!(
                    "mapping pattern checks duplicate key ({})",
                    ops::repr(key)?
                )));
            }
        }
        match find(key)? {
            Some(value) => values.push(value),
            None => return Ok(None),
        }
    }
    if rest == Rest::Wanted {
        let made = ops::call(&Value::Class(super::class::builtin("dict")), std::slice::from_ref(subject))?;
        let Value::Dict(dict) = made else { return Ok(None) };
        let mut others = Dict::new();
        'entries: for (key, value) in dict.iter() {
            for wanted in keys {
                if ops::eq(wanted, key)? {
                    continue 'entries;
                }
            }
            others.insert(key.clone(), value.clone())?;
        }
        values.push(Value::Dict(Ref::new(others)));
    }
    Ok(Some(values))
}

/// Does the subject match a literal that is compared by identity: `None`, `True`, `False`.
pub fn singleton_pattern(subject: &Value, literal: &Value) -> bool {
    subject.tag() == literal.tag() && ops::is_same_object(subject, literal)
}
