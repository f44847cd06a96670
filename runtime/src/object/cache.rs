//! Where attributes of instances were found the last time: a table of each thread, by class and name.
//!
//! Classes do not change, with two exceptions, both of which begin a new age: what a decorator puts over a class, and a field of a
//! name that no instance had before. Entries of an earlier age count for nothing. An entry holds its class and its name, so that
//! neither address is used again while it is there.

use super::class::{Class, Instance, Native, class_ref};
use super::{abstracts, attr, call, descriptor, exception};
use crate::value::{Builtin, Str};
use crate::{Args, Fault, Ref, Res, Value, ops};
use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

static AGE: AtomicU64 = AtomicU64::new(0);

/// What was found may not be what is found from here on.
pub(super) fn new_age() {
    AGE.fetch_add(1, Ordering::Release);
}

fn age() -> u64 {
    AGE.load(Ordering::Acquire)
}

/// What stands behind a name.
#[derive(Clone)]
enum Found {
    /// A field at this place, which no code of the program hides.
    Field(usize),
    /// A field at this place, which is written as it is while its instance is made.
    Plain(usize),
    /// A function of the class, which no field hides.
    Method(Value),
    /// A method of a built-in type.
    Native(&'static Builtin),
    /// What a property of the class calls.
    Property(Value),
    /// The `__init__` of a class whose instances are made in the plain way.
    Init(Value),
}

/// How a name is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Read,
    Write,
    Call,
    Make,
}

struct Entry {
    age: u64,
    way: Use,
    class: Ref<Class>,
    name: Str,
    found: Found,
}

/// A power of two.
const N: usize = 512;

thread_local! {
    static TABLE: RefCell<Vec<Option<Entry>>> = const { RefCell::new(Vec::new()) };
}

fn place(way: Use, class: &Ref<Class>, name: &Str) -> usize {
    let class = Ref::as_ptr(class).addr() >> 4;
    let name = name.address() >> 4;
    (class ^ name.wrapping_mul(31) ^ (way as usize).wrapping_mul(0x55)) % N
}

/// Uses what was found the last time.
#[inline]
fn known<T>(way: Use, class: &Ref<Class>, name: &Str, run: impl FnOnce(&Found) -> Option<T>) -> Option<T> {
    TABLE.with_borrow(|table| {
        let entry = table.get(place(way, class, name))?.as_ref()?;
        let is_it = entry.way == way
            && Ref::ptr_eq(&entry.class, class)
            && entry.name.address() == name.address()
            && entry.age == age();
        if is_it { run(&entry.found) } else { None }
    })
}

fn note(way: Use, class: &Ref<Class>, name: &Str, age: u64, found: Found) {
    let entry = Entry { age, way, class: class.clone(), name: name.clone(), found };
    let old = TABLE.with_borrow_mut(|table| {
        if table.is_empty() {
            table.resize_with(N, || None);
        }
        table[place(way, class, name)].replace(entry)
    });
    // Its drop may be long, and use the table.
    drop(old);
}

/// `value.name`.
pub fn get(value: &Value, name: &Str) -> Res {
    let Value::Instance(instance) = value else { return attr::get(value, name.as_str()) };
    let class = &instance.class;
    let field = known(Use::Read, class, name, |found| match found {
        Found::Field(slot) => instance.field_at(*slot),
        _ => None,
    });
    if let Some(field) = field {
        return Ok(field);
    }
    let getter = known(Use::Read, class, name, |found| match found {
        Found::Property(getter) => Some(getter.clone()),
        _ => None,
    });
    if let Some(getter) = getter {
        let got = call::call_with(&getter, value, &Args::positional(&[]));
        return got.inspect_err(|fault| exception::tell_attribute(fault, value, name.as_str()));
    }
    let age = age();
    let found = attr::get(value, name.as_str())?;
    if !class.is_builtin
        && class.special("__getattribute__").is_none()
        && let Some(slot) = class.field_slot(name.as_str())
    {
        note(Use::Read, class, name, age, Found::Field(slot));
    } else if is_plain(class)
        && matches!(instance.native, Native::None)
        && ["__getattribute__", "__getattr__"].iter().all(|hook| class.special(hook).is_none())
        && let Some(property) = class.lookup(name.as_str())
        && let Some(descriptor::Descriptor::Property { get: getter @ Value::Func(_), .. }) =
            descriptor::of(property)
    {
        note(Use::Read, class, name, age, Found::Property(getter.clone()));
    }
    Ok(found)
}

/// `value.name = to`.
pub fn set(value: &Value, name: &Str, to: &Value) -> Res<()> {
    let Value::Instance(instance) = value else { return attr::set(value, name.as_str(), to.clone()) };
    let class = &instance.class;
    if !instance.is_sealed()
        && let Some(slot) = known(Use::Write, class, name, |found| match found {
            Found::Plain(slot) => Some(*slot),
            _ => None,
        })
    {
        instance.set_field_at(slot, to.clone());
        return Ok(());
    }
    attr::set(value, name.as_str(), to.clone())?;
    let age = age();
    if is_plain(class)
        && matches!(instance.native, Native::None)
        && class.special("__setattr__").is_none()
        && class.lookup(name.as_str()).is_none_or(|found| !is_descriptor(found))
        && class.slots.is_none()
        && class.dataclass.get().is_none()
        && let Some(slot) = class.field_slot(name.as_str())
    {
        note(Use::Write, class, name, age, Found::Plain(slot));
    }
    Ok(())
}

fn is_descriptor(found: &Value) -> bool {
    matches!(found, Value::Instance(_) | Value::Host(_)) || descriptor::of(found).is_some()
}

/// Has it no built-in ancestor but `object`.
fn is_plain(class: &Class) -> bool {
    !class.is_builtin
        && class.layout.is_empty()
        && class.mro_tail.iter().all(|c| !c.is_builtin || c.name.as_str() == "object")
}

/// `receiver.name(*args.pos, **args.kw)`.
pub fn call_method(receiver: &Value, name: &Str, args: &Args<'_>) -> Res {
    let instance = match receiver {
        Value::Instance(instance) => instance,
        Value::Str(_) | Value::List(_) | Value::Dict(_) | Value::Tuple(_) | Value::Bytes(_) => {
            return call_native(receiver, name, args);
        }
        _ => return call::call_method(receiver, name.as_str(), args),
    };
    let class = &instance.class;
    let method = known(Use::Call, class, name, |found| match found {
        Found::Method(method) => Some(method.clone()),
        _ => None,
    });
    if let Some(method) = method {
        return call::call_with(&method, receiver, args);
    }
    let age = age();
    if is_plain(class)
        && matches!(instance.native, Native::None)
        && class.special("__getattribute__").is_none()
        && class.field_slot(name.as_str()).is_none()
        && name.as_str() != "__doc__"
        && let Some(method @ Value::Func(_)) = class.lookup(name.as_str())
    {
        note(Use::Call, class, name, age, Found::Method(method.clone()));
    }
    call::call_method(receiver, name.as_str(), args)
}

/// The call of a method of a built-in type.
fn call_native(receiver: &Value, name: &Str, args: &Args<'_>) -> Res {
    let class = class_ref(receiver);
    let method = known(Use::Call, class, name, |found| match found {
        Found::Native(method) => Some(*method),
        _ => None,
    });
    let method = match method {
        Some(method) => method,
        None => match class.lookup(name.as_str()) {
            Some(Value::Builtin(method)) if !method.name.starts_with("__") => {
                note(Use::Call, class, name, age(), Found::Native(method));
                method
            }
            _ => return call::call_method(receiver, name.as_str(), args),
        },
    };
    call::call_own(method, receiver, args)
}

/// `class(*args.pos, **args.kw)` of a class whose instances are made in the plain way.
pub(super) fn make(class: &Ref<Class>, args: &Args<'_>) -> Option<Res> {
    let init = known(Use::Make, class, &class.name, |found| match found {
        Found::Init(init) => Some(init.clone()),
        _ => None,
    });
    let init = match init {
        Some(init) => init,
        None => {
            let age = age();
            if !is_plain(class)
                || class.special("__new__").is_some()
                || class.enum_info.get().is_some()
                || class.namedtuple.get().is_some()
                || abstracts::is_abstract(class)
            {
                return None;
            }
            let init @ Value::Func(_) = class.special("__init__")? else { return None };
            note(Use::Make, class, &class.name, age, Found::Init(init.clone()));
            init.clone()
        }
    };
    let value = Value::Instance(Ref::new(Instance::new(class.clone(), Native::None)));
    Some(initialized(&init, value, args))
}

fn initialized(init: &Value, value: Value, args: &Args<'_>) -> Res {
    let result = call::call_with(init, &value, args)?;
    if !result.is_none() {
        return Err(Fault::type_error(format!(
            "__init__() should return None, not '{}'",
            ops::type_name(&result)
        )));
    }
    if let Value::Instance(instance) = &value {
        instance.seal();
    }
    Ok(value)
}
