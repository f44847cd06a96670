//! The protocols of containers, iterators and conversions.

use super::{eq, type_name};
use crate::iter::{Iter, Iterate};
use crate::object::call::call_attr;
use crate::object::class::unwrap;
use crate::object::{attr, typing};
use crate::{Args, Fault, Res, Value, hooks};

/// Calls the method of that name that the program defined, if there is one.
fn special(value: &Value, name: &str, args: &[Value]) -> Option<Res> {
    let Value::Instance(instance) = value else { return None };
    let method = instance.class.special(name)?;
    if method.is_none() {
        // These are looked at before they are called; of the others the call says what is wrong.
        let is_called = matches!(name, "__len__" | "__bool__" | "__getitem__");
        return is_called.then(|| Err(Fault::type_error("'NoneType' object is not callable")));
    }
    Some(call_attr(method, value, &Args::positional(args)))
}

/// What is said of a value whose class says that it cannot be iterated, by `__iter__ = None`.
pub fn refuse_to_iterate(value: &Value) -> Res<()> {
    match value {
        Value::Instance(i) if i.class.special("__iter__").is_some() => iter(value).map(|_| ()),
        _ => Ok(()),
    }
}

/// The error of a native object that stands for a value elsewhere.
fn refuse(value: &Value) -> Res<()> {
    match value {
        Value::Host(host) => host.0.refusal().map_or(Ok(()), |message| Err(Fault::type_error(message))),
        _ => Ok(()),
    }
}

/// `item in container`.
pub fn contains(container: &Value, item: &Value) -> Res<bool> {
    if let Some(result) = special(container, "__contains__", std::slice::from_ref(item)) {
        return truthy(&result?);
    }
    if matches!(container, Value::Instance(i) if i.class.special("__contains__").is_some_and(Value::is_none))
    {
        return Err(Fault::type_error(format!("'{}' object is not a container", type_name(container))));
    }
    refuse(container)?;
    if let Value::Host(host) = container
        && let Some(result) = host.0.contains(item)
    {
        return result;
    }
    if let Value::Class(class) = container
        && let Some(result) = crate::object::enums::class_contains(class, item)
    {
        return result;
    }
    let native = unwrap(container);
    if let Some(result) =
        crate::text::contains(native, item).or_else(|| crate::collections::contains(native, item))
    {
        return result;
    }
    if !is_iterable(container) {
        return Err(Fault::type_error(format!(
            "argument of type '{}' is not iterable",
            type_name(container)
        )));
    }
    let iterator = iter(container).map_err(|fault| {
        if fault.is("TypeError") {
            Fault::type_error(format!("argument of type '{}' is not iterable", type_name(container)))
        } else {
            fault
        }
    })?;
    while let Some(next_item) = next(&iterator)? {
        if eq(&next_item, item)? {
            return Ok(true);
        }
        hooks::poll()?;
    }
    Ok(false)
}

/// `bool(value)`.
pub fn truthy(value: &Value) -> Res<bool> {
    match value {
        Value::Bool(b) => return Ok(*b),
        Value::None => return Ok(false),
        Value::Int(n) => return Ok(*n != 0),
        Value::Float(x) => return Ok(*x != 0.0),
        Value::Str(s) => return Ok(!s.is_empty()),
        _ => {}
    }
    if let Some(result) = special(value, "__bool__", &[]) {
        return match result? {
            Value::Bool(b) => Ok(b),
            other => {
                Err(Fault::type_error(format!("__bool__ should return bool, returned {}", type_name(&other))))
            }
        };
    }
    // A number has a truth of its own, whatever its class says of its length.
    let is_number = |v: &Value| {
        matches!(v, Value::Int(_) | Value::BigInt(_) | Value::Bool(_) | Value::Float(_) | Value::Complex(_))
    };
    if matches!(value, Value::Instance(i) if !is_number(unwrap(value)) && i.class.special("__len__").is_some())
    {
        return Ok(len(value)? > 0);
    }
    refuse(value)?;
    match unwrap(value) {
        Value::Host(host) => match host.0.truthy() {
            Some(result) => result,
            None => host.0.len().map_or(Ok(true), |n| Ok(n? > 0)),
        },
        Value::Bytes(bytes) => Ok(!bytes.is_empty()),
        Value::Str(text) => Ok(!text.is_empty()),
        native => {
            Ok(crate::number::truthy(native).or_else(|| crate::collections::truthy(native)).unwrap_or(true))
        }
    }
}

/// `len(value)`.
pub fn len(value: &Value) -> Res<usize> {
    if let Some(result) = special(value, "__len__", &[]) {
        return checked_len(&result?);
    }
    if let Value::Host(host) = value
        && let Some(result) = host.0.len()
    {
        return result;
    }
    refuse(value)?;
    let native = unwrap(value);
    match native {
        Value::Str(s) => return Ok(s.n_chars()),
        Value::Bytes(b) => return Ok(b.len()),
        Value::Tuple(t) => return Ok(t.len()),
        Value::List(l) => return Ok(l.len()),
        Value::Host(host) => {
            if let Some(result) = host.0.len() {
                return result;
            }
        }
        Value::Class(class) => {
            if let Some(members) = crate::object::enums::members(class) {
                return Ok(members.len());
            }
        }
        _ => {
            if let Some(result) = crate::collections::len(native) {
                return result;
            }
        }
    }
    Err(Fault::type_error(format!("object of type '{}' has no len()", type_name(value))))
}

/// A length that the program's `__len__` gave.
fn checked_len(value: &Value) -> Res<usize> {
    match index(value)? {
        Value::Int(n) => usize::try_from(n).map_err(|_| Fault::value_error("__len__() should return >= 0")),
        Value::BigInt(n) if n.sign() == num_bigint::Sign::Minus => {
            Err(Fault::value_error("__len__() should return >= 0"))
        }
        _ => Err(Fault::overflow("cannot fit 'int' into an index-sized integer")),
    }
}

/// `value[index]`, slices included.
pub fn getitem(value: &Value, index: &Value) -> Res {
    match value {
        Value::Instance(instance) => {
            if let Some(result) = special(value, "__getitem__", std::slice::from_ref(index)) {
                return result;
            }
            let native = unwrap(value);
            if let Value::Dict(dict) = native
                && let Some(missing) = instance.class.special("__missing__")
            {
                return match dict.get(index)? {
                    Some(found) => Ok(found.clone()),
                    None => call_attr(missing, value, &Args::positional(std::slice::from_ref(index))),
                };
            }
            if matches!(
                native,
                Value::Str(_)
                    | Value::Bytes(_)
                    | Value::Tuple(_)
                    | Value::List(_)
                    | Value::Dict(_)
                    | Value::Range(_)
                    | Value::Host(_)
            ) {
                return native_getitem(native, index);
            }
        }
        Value::Class(class) => return class_getitem(class, index),
        Value::Host(host) => {
            refuse(value)?;
            if let Some(result) = host.0.getitem(index) {
                return result;
            }
        }
        _ => return native_getitem(value, index),
    }
    Err(not_subscriptable(value))
}

fn not_subscriptable(value: &Value) -> Fault {
    if let Some(class) = crate::object::attr::class_shown(value) {
        return Fault::type_error(format!("type '{class}' is not subscriptable"));
    }
    Fault::type_error(format!("'{}' object is not subscriptable", type_name(value)))
}

fn native_getitem(value: &Value, idx: &Value) -> Res {
    let made;
    let named = idx;
    let idx = match (value, idx) {
        (Value::Dict(_), idx) => idx,
        // An index is asked for its `__index__`; a slice's parts are asked by whoever uses them.
        (_, Value::Instance(instance)) => match instance.payload() {
            Some(payload @ (Value::Int(_) | Value::BigInt(_) | Value::Bool(_))) => payload,
            None if instance.class.special("__index__").is_some() => {
                made = index(idx)?;
                &made
            }
            _ => idx,
        },
        (_, idx) => idx,
    };
    if let (Value::BigInt(_), Value::Str(_) | Value::Bytes(_) | Value::Tuple(_) | Value::List(_)) =
        (idx, value)
    {
        let name = type_name(named);
        return Err(Fault::index_error(format!("cannot fit '{name}' into an index-sized integer")));
    }
    crate::text::getitem(value, idx)
        .or_else(|| crate::collections::getitem(value, idx))
        .unwrap_or_else(|| Err(not_subscriptable(value)))
}

fn class_getitem(class: &crate::Ref<crate::object::Class>, index: &Value) -> Res {
    if let Some(result) = crate::object::enums::class_getitem(class, index) {
        return result;
    }
    if let Some(found) = class.lookup("__class_getitem__") {
        let bound = attr::bind(found, None, class)?;
        return crate::object::call::call(&bound, &Args::positional(std::slice::from_ref(index)));
    }
    if typing::is_generic(class) {
        return typing::generic_alias(class, index);
    }
    let is_deque =
        |c: &crate::object::Class| c.name.as_str() == "deque" && c.module.as_str() == "collections";
    if crate::object::class::mro(class).any(|c| is_deque(c))
        || class.is_subclass_of("BaseExceptionGroup")
        || class.is_builtin && class.name.as_str() == "type"
    {
        return Ok(typing::alias(Value::Class(class.clone()), index));
    }
    Err(Fault::type_error(format!("type '{}' is not subscriptable", class.shown)))
}

/// Can `iter` be called on it; nothing is called to find out.
pub fn is_iterable(value: &Value) -> bool {
    match value {
        Value::Instance(instance) => {
            let has = |name: &str| instance.class.special(name).is_some_and(|m| !m.is_none());
            has("__iter__") || has("__getitem__") || instance.payload().is_some_and(is_iterable)
        }
        Value::Str(_)
        | Value::Bytes(_)
        | Value::Tuple(_)
        | Value::List(_)
        | Value::Dict(_)
        | Value::Set(_)
        | Value::Range(_)
        | Value::View(_)
        | Value::Iter(_) => true,
        Value::Class(class) => crate::object::enums::members(class).is_some(),
        Value::Host(host) => host.0.is_iterable(),
        _ => false,
    }
}

/// `iter(value)`: a [`Value::Iter`].
pub fn iter(value: &Value) -> Res {
    match value {
        Value::Iter(_) => Ok(value.clone()),
        Value::Instance(instance) => {
            match instance.class.special("__iter__") {
                Some(Value::None) => {}
                Some(method) => {
                    let made = call_attr(method, value, &Args::positional(&[]))?;
                    return iterator_of(made);
                }
                None => {
                    // A collection's own `__iter__` does not ask a `__getitem__` of the program.
                    if let Some(made) = instance.payload().and_then(native_iter) {
                        return made;
                    }
                    if instance.class.special("__getitem__").is_some() {
                        return Ok(Iter::value(ItemIter { object: Some(value.clone()), next: 0 }));
                    }
                }
            }
            Err(not_iterable(value))
        }
        Value::Class(class) => match crate::object::enums::members(class) {
            Some(members) => iter(&Value::tuple(members)),
            None => Err(not_iterable(value)),
        },
        Value::Host(host) => {
            refuse(value)?;
            host.0.iter(host).unwrap_or_else(|| Err(not_iterable(value)))
        }
        _ => native_iter(value).unwrap_or_else(|| Err(not_iterable(value))),
    }
}

fn native_iter(value: &Value) -> Option<Res> {
    crate::collections::iter(value)
}

fn not_iterable(value: &Value) -> Fault {
    Fault::type_error(format!("'{}' object is not iterable", type_name(value)))
}

/// What the built-in `iter` gives: the very object that an `__iter__` of the program made.
pub fn iter_object(value: &Value) -> Res {
    let method = match value {
        Value::Instance(instance) => instance.class.special("__iter__").filter(|m| !m.is_none()),
        _ => None,
    };
    let Some(method) = method else { return iter(value) };
    let made = call_attr(method, value, &Args::positional(&[]))?;
    iterator_of(made.clone()).map(|_| made)
}

/// What an `__iter__` gave, as an iterator.
fn iterator_of(made: Value) -> Res {
    match &made {
        Value::Iter(_) => Ok(made),
        Value::Instance(instance) if instance.class.special("__next__").is_some() => {
            Ok(Iter::value(NextIter { object: Some(made), returned: Value::None }))
        }
        other => {
            Err(Fault::type_error(format!("iter() returned non-iterator of type '{}'", type_name(other))))
        }
    }
}

/// Iterates by asking for the items 0, 1, 2, until there is none.
struct ItemIter {
    object: Option<Value>,
    next: i64,
}

impl Iterate for ItemIter {
    fn next(&mut self) -> Res<Option<Value>> {
        let Some(object) = &self.object else { return Ok(None) };
        match getitem(object, &Value::Int(self.next)) {
            Ok(item) => {
                self.next += 1;
                Ok(Some(item))
            }
            Err(fault) if fault.is("IndexError") || fault.is("StopIteration") => {
                self.object = None;
                Ok(None)
            }
            Err(fault) => Err(fault),
        }
    }

    fn type_name(&self) -> &'static str {
        "iterator"
    }
}

/// Iterates by calling the `__next__` of an instance.
struct NextIter {
    object: Option<Value>,
    /// The value of the `StopIteration` that ended it.
    returned: Value,
}

impl NextIter {
    /// An item, or the end with its value.
    fn step(&mut self, item: Res) -> Res<Option<Value>> {
        match item {
            Err(fault) if fault.is("StopIteration") => {
                let exception = fault.as_exception().map(|e| attr::get(e, "value"));
                self.returned = exception.unwrap_or(Ok(Value::None))?;
                self.object = None;
                Ok(None)
            }
            item => item.map(Some),
        }
    }

    fn throw(&mut self, object: &Value, fault: crate::Fault) -> Res<Option<Value>> {
        let Some(exception) = fault.as_exception().cloned() else { return Err(fault) };
        let is_exit = fault.is("GeneratorExit");
        match attr::find(object, if is_exit { "close" } else { "throw" })? {
            Some(close) if is_exit => {
                crate::object::call::call(&close, &Args::positional(&[]))?;
                Err(fault)
            }
            Some(throw) => {
                let item = crate::object::call::call(&throw, &Args::positional(&[exception]));
                self.step(item)
            }
            None => Err(fault),
        }
    }
}

impl Iterate for NextIter {
    fn next(&mut self) -> Res<Option<Value>> {
        let Some(object) = self.object.clone() else { return Ok(None) };
        match special(&object, "__next__", &[]) {
            Some(item) => self.step(item),
            None => Err(not_an_iterator(&object)),
        }
    }

    fn type_name(&self) -> &'static str {
        "iterator"
    }

    fn resume(&mut self, with: crate::iter::Resume) -> Option<Res<Option<Value>>> {
        let object = self.object.clone()?;
        Some(match with {
            crate::iter::Resume::Send(Value::None) => self.next(),
            crate::iter::Resume::Send(value) => {
                let item = crate::object::call::call_method(&object, "send", &Args::positional(&[value]));
                self.step(item)
            }
            crate::iter::Resume::Throw(fault) => self.throw(&object, fault),
        })
    }

    fn return_value(&mut self) -> Value {
        std::mem::replace(&mut self.returned, Value::None)
    }
}

/// `next(iterator)`; `None` at its end.
pub fn next(iterator: &Value) -> Res<Option<Value>> {
    match iterator {
        Value::Iter(iter) => iter.advance(),
        Value::Instance(_) => match special(iterator, "__next__", &[]) {
            Some(Ok(item)) => Ok(Some(item)),
            Some(Err(fault)) if fault.is("StopIteration") => Ok(None),
            Some(Err(fault)) => Err(fault),
            None => Err(not_an_iterator(iterator)),
        },
        Value::Host(host) => {
            refuse(iterator)?;
            host.0.next().unwrap_or_else(|| Err(not_an_iterator(iterator)))
        }
        _ => Err(not_an_iterator(iterator)),
    }
}

fn not_an_iterator(value: &Value) -> Fault {
    Fault::type_error(format!("'{}' object is not an iterator", type_name(value)))
}

/// Asks an instance how long it is, as CPython does before it makes a list of it: only what is raised matters.
pub fn length_hint(value: &Value) -> Res<()> {
    for name in ["__len__", "__length_hint__"] {
        if name == "__length_hint__" && is_sized(unwrap(value)) {
            return Ok(());
        }
        let Some(answer) = special(value, name, &[]) else { continue };
        match answer
            .and_then(|n| if name == "__len__" { checked_len(&n).map(|_| ()) } else { checked_hint(&n) })
        {
            Ok(()) => return Ok(()),
            Err(fault) if fault.is("TypeError") && (name == "__len__" || !is_wrong_hint(&fault)) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(())
}

/// Has a value a length, as the built-in collections have.
fn is_sized(value: &Value) -> bool {
    use Value::{Bytes, Dict, List, Range, Set, Str, Tuple};
    matches!(value, Str(_) | Bytes(_) | Tuple(_) | List(_) | Dict(_) | Set(_) | Range(_))
}

const WRONG_HINT: &str = "__length_hint__ must be an integer, not ";

fn checked_hint(hint: &Value) -> Res<()> {
    match unwrap(hint) {
        Value::NotImplemented | Value::Bool(_) | Value::BigInt(_) => Ok(()),
        Value::Int(n) if *n < 0 => Err(Fault::value_error("__length_hint__() should return >= 0")),
        Value::Int(_) => Ok(()),
        _ => Err(Fault::type_error(format!("{WRONG_HINT}{}", type_name(hint)))),
    }
}

/// A `TypeError` that `__length_hint__` raises itself is ignored; that it is no int is not.
fn is_wrong_hint(fault: &Fault) -> bool {
    let text = fault.as_exception().and_then(|e| super::to_str(e).ok());
    text.is_some_and(|t| t.as_str().starts_with(WRONG_HINT))
}

/// All items of an iterable, in order, as a list is made of them: an instance is asked for its length before.
pub fn collect_sized(iterable: &Value) -> Res<Vec<Value>> {
    if !matches!(iterable, Value::Instance(_)) {
        return collect(iterable);
    }
    let iterator = iter(iterable)?;
    length_hint(iterable)?;
    collect(&iterator)
}

/// All items of an iterable, in order.
pub fn collect(iterable: &Value) -> Res<Vec<Value>> {
    match iterable {
        Value::Tuple(items) => return Ok(items.to_vec()),
        Value::List(items) => return Ok(items.to_values()),
        Value::Instance(_) | Value::Class(_) | Value::Host(_) | Value::Iter(_) => {}
        _ if is_iterable(iterable) => return crate::collections::collect(iterable),
        _ => return Err(not_iterable(iterable)),
    }
    let iterator = iter(iterable)?;
    let hint = match &iterator {
        Value::Iter(iter) => iter.with(|i| Ok(i.size_hint()))?,
        _ => 0,
    };
    crate::budget::check(hint, size_of::<Value>(), "a list that is being made")?;
    const MAX_HINT: usize = 1 << 16;
    const ITEMS_PER_POLL: usize = 4096;
    let mut items = Vec::with_capacity(hint.min(MAX_HINT));
    while let Some(item) = next(&iterator)? {
        items.push(item);
        if items.len() % ITEMS_PER_POLL == 0 {
            hooks::poll()?;
            crate::budget::check(items.len(), size_of::<Value>(), "a list that is being made")?;
        }
    }
    Ok(items)
}

/// `operator.index(value)`: an [`Value::Int`] or [`Value::BigInt`].
pub fn index(value: &Value) -> Res {
    match unwrap(value) {
        Value::Int(_) | Value::BigInt(_) => return Ok(unwrap(value).clone()),
        Value::Bool(b) => return Ok(Value::Int(i64::from(*b))),
        _ => {}
    }
    match special(value, "__index__", &[]) {
        Some(result) => {
            let given = result?;
            match (unwrap(&given), &given) {
                (number @ (Value::Int(_) | Value::BigInt(_)), _) => Ok(number.clone()),
                (Value::Bool(b), _) => Ok(Value::Int(i64::from(*b))),
                (_, other) => {
                    Err(Fault::type_error(format!("__index__ returned non-int (type {})", type_name(other))))
                }
            }
        }
        None => Err(Fault::type_error(format!(
            "'{}' object cannot be interpreted as an integer",
            type_name(value)
        ))),
    }
}

/// `abs(value)`.
pub fn abs(value: &Value) -> Res {
    if let Some(result) = special(value, "__abs__", &[]) {
        return result;
    }
    if let Value::Host(host) = value
        && let Some(result) = host.0.abs()
    {
        return result;
    }
    crate::number::abs(unwrap(value)).unwrap_or_else(|| {
        Err(Fault::type_error(format!("bad operand type for abs(): '{}'", type_name(value))))
    })
}

/// `round(value, ndigits)`.
pub fn round(value: &Value, ndigits: Option<&Value>) -> Res {
    let args: Vec<Value> = ndigits.filter(|n| !n.is_none()).cloned().into_iter().collect();
    if let Some(result) = special(value, "__round__", &args) {
        return result;
    }
    if let Value::Host(_) = value
        && let Some(method) = attr::find_special(value, "__round__")?
    {
        return super::call(&method, &args);
    }
    crate::number::round(unwrap(value), args.first()).unwrap_or_else(|| {
        Err(Fault::type_error(format!("type {} doesn't define __round__ method", type_name(value))))
    })
}
