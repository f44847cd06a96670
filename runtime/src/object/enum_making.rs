//! The making of the members of an enum, and what is known of them meanwhile: `__new__` and `__init__` of the program see those before.

use super::class::{Class, Instance, Namespace, Native, unwrap};
use super::enum_data::member_type;
use super::enums::{Boundary, EnumInfo, FlagInfo, bits, boundary_of, find_value, is_flag};
use super::{attr, call, construct, exception};
use crate::value::{Args, Str};
use crate::{Fault, Ref, Res, Value, ops};
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

/// An enum whose members are being made.
pub struct Making {
    /// What is there already; a reader keeps what it found, and the next member goes into a copy then.
    info: Mutex<Arc<EnumInfo>>,
    /// The names of the members in order, made or not.
    names: Vec<Str>,
}

/// What is known of the members of an enum, finished or not.
pub(super) enum Known<'a> {
    Done(&'a EnumInfo),
    Making(Arc<EnumInfo>),
}

impl Deref for Known<'_> {
    type Target = EnumInfo;

    fn deref(&self) -> &EnumInfo {
        match self {
            Self::Done(info) => info,
            Self::Making(info) => info,
        }
    }
}

impl Making {
    /// No member is made yet.
    pub(super) fn new(names: Vec<Str>) -> Self {
        Self { info: Mutex::new(Arc::default()), names }
    }

    /// Looks at what is there, or adds to it; runs nothing of the program.
    pub(super) fn with<T>(&self, run: impl FnOnce(&mut EnumInfo) -> T) -> T {
        run(Arc::make_mut(&mut self.info.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// What is there.
    pub(super) fn info(&self) -> Arc<EnumInfo> {
        self.info.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What is known of the members of an enum; `None` where the class is none.
pub(super) fn known(class: &Class) -> Option<Known<'_>> {
    match class.enum_info.get() {
        Some(info) => Some(Known::Done(info)),
        None => class.enum_making.get().map(|making| Known::Making(making.info())),
    }
}

/// Are members of this enum being made.
pub(super) fn is_making(class: &Class) -> bool {
    class.enum_info.get().is_none() && class.enum_making.get().is_some()
}

/// Refuses to show a name whose member is not made yet: CPython has an object of its own there.
pub(super) fn check_pending(class: &Class, name: &str) -> Res<Option<Value>> {
    let Some(making) = class.enum_making.get().filter(|_| is_making(class)) else { return Ok(None) };
    // The one that is being made is taken away already.
    let n_made = making.info().names.len();
    if making.names.iter().skip(n_made + 1).any(|n| n.as_str() == name) {
        return Err(Fault::not_pure(format!(
            "`{name}` of the enum `{}` before its members are made",
            class.name
        )));
    }
    Ok(None)
}

/// The members of an enum, made one after the other.
pub(super) fn make_members(class: &Ref<Class>, values: Namespace, boundary: Option<&Value>) -> Res<EnumInfo> {
    let making = Making::new(values.iter().map(|(name, _)| name.clone()).collect());
    let making = class.enum_making.get_or_init(|| making);
    let (mut mask, mut singles) = (0_i64, 0_i64);
    for (name, value) in values {
        let order = making.info().members.len();
        let (mut member, value) = make_member(class, &name, value, order)?;
        let mut is_single = true;
        if is_flag(class) {
            let bits =
                bits(&value).ok_or_else(|| Fault::not_pure("a flag whose value is no int of 63 bits"))?;
            mask |= bits;
            is_single = bits > 0 && bits.count_ones() == 1;
            if is_single {
                singles |= bits;
            }
        }
        let info = making.info();
        if let Some(first) = find_value(&info, &value)? {
            member = first;
        } else if is_single {
            making.with(|info| info.members.push(member.clone()));
        }
        if info.by_name.contains_key(&name) {
            return Err(Fault::type_error(format!("'{name}' already defined as {}", ops::repr(&member)?)));
        }
        drop(info);
        // Hashing and comparing may run what is of the program, which looks at the enum in turn.
        let mut by_value = making.with(|info| std::mem::take(&mut info.by_value));
        match by_value.get(&value) {
            Ok(None) => by_value.insert(value, member.clone())?,
            Ok(Some(_)) => {}
            Err(fault) if fault.is("TypeError") => making.with(|info| info.has_unhashable = true),
            Err(fault) => return Err(fault),
        }
        making.with(|info| {
            info.by_value = by_value;
            info.by_name.insert(name.clone(), member.clone());
            info.names.push((name, member));
        });
    }
    let mut info = making.with(std::mem::take);
    if is_flag(class) {
        let boundary = match boundary {
            Some(value) => boundary_of(value)?,
            None => class
                .mro_tail
                .iter()
                .find_map(|c| c.enum_info.get()?.flag.as_ref().map(|f| f.boundary))
                .unwrap_or(if class.is_subclass_of("IntFlag") { Boundary::Keep } else { Boundary::Strict }),
        };
        let width = 64 - mask.unsigned_abs().leading_zeros();
        let all_bits = if width >= 63 { i64::MAX } else { (1 << width) - 1 };
        info.flag = Some(FlagInfo { boundary, mask, singles, all_bits, composed: Arc::default() });
    }
    Ok(info)
}

/// What CPython says of a mixed-in class that does not take the value.
fn unset(fault: Fault) -> Fault {
    let Some(cause) = fault.as_exception().filter(|_| fault.is("Exception")).cloned() else { return fault };
    let new = Fault::type_error("_value_ not set in __new__, unable to create it");
    match new.as_exception().map(|error| exception::set_cause(error, &cause)) {
        Some(Err(wrong)) => wrong,
        _ => new,
    }
}

/// What a `__new__` raises that asks for the class, which is not bound yet here.
fn early(class: &Class, fault: Fault) -> Fault {
    let says_so = |fault: &Fault| {
        let text = fault.as_exception().and_then(|e| exception::summary(e).ok());
        text.is_some_and(|text| text.contains("'__class__'"))
    };
    if fault.is("NameError") && says_so(&fault) {
        let name = &class.name;
        return Fault::not_pure(format!(
            "`super` or `__class__` in the `__new__` of the enum `{name}`: name the type"
        ));
    }
    fault
}

/// The cell by which a function knows the class that it stands in, where nothing is in it.
fn class_cell(func: &Value) -> Option<Ref<super::Cell>> {
    let Value::Func(func) = func else { return None };
    let names = crate::hooks::compiler().ok()?.captured(func.info.code);
    let at = names.iter().position(|n| n.as_str() == "__class__")?;
    match func.captures.get(at) {
        Some(Value::Cell(cell)) if !cell.get().is_bound() => Some(cell.clone()),
        _ => None,
    }
}

/// Is `tuple` itself the type that an enum mixes in: then each value is a tuple of what was given.
fn is_tuple(class: &Class) -> bool {
    member_type(class).is_some_and(|ty| ty.is_builtin && ty.name.as_str() == "tuple")
}

/// A member, and its value as `__new__` of the mixed-in type made it.
fn make_member(class: &Ref<Class>, name: &Str, value: Value, order: usize) -> Res<(Value, Value)> {
    let args = match &value {
        Value::Tuple(_) if is_tuple(class) => vec![value.clone()],
        Value::Tuple(items) => items.to_vec(),
        one if is_tuple(class) => vec![Value::tuple(vec![one.clone()])],
        one => vec![one.clone()],
    };
    let args = Args::positional(&args);
    if class.special("__getattr__").is_some() {
        return Err(Fault::not_pure(format!(
            "a `__getattr__` in `{}`: CPython asks it for what a member has not got yet",
            class.name
        )));
    }
    let new = class.special("__new__");
    let is_own = new.is_some();
    let member = match new {
        Some(new) => {
            let new = attr::bind(new, None, class)?;
            call::call_with(&new, &Value::Class(class.clone()), &args).map_err(|fault| early(class, fault))?
        }
        None => {
            let native = match class.layout {
                "" => Native::None,
                _ => {
                    if class.is_subclass_of("StrEnum")
                        && let [one] = args.pos
                        && unwrap(one).as_str().is_none()
                    {
                        return Err(Fault::type_error(format!("{} is not a string", ops::repr(one)?)));
                    }
                    let made = construct::native_value(class, &args);
                    // What never looks at its arguments is made; the value of them is not.
                    let is_late = matches!(class.layout, "list" | "set" | "dict");
                    Native::Value(if is_late { made.map_err(unset)? } else { made? })
                }
            };
            Value::Instance(Ref::new(Instance::new(class.clone(), native)))
        }
    };
    let Value::Instance(instance) = &member else {
        return Err(match member_type(class) {
            Some(_) => Fault::type_error("_value_ not set in __new__, unable to create it"),
            None => attr::missing(&member, "_value_"),
        });
    };
    let value = match (instance.field("_value_"), member_type(class)) {
        (Some(value), _) => value,
        (None, None) => value.clone(),
        (None, Some(ty)) => match instance.payload() {
            // What is built in made the value already, of the same arguments.
            Some(payload) if ty.is_builtin && !is_own => payload.clone(),
            _ => construct::call_class(&ty, &args).map_err(unset)?,
        },
    };
    instance.set_field("_value_", value.clone());
    instance.set_field("_name_", Value::Str(name.clone()));
    instance.set_field("__objclass__", Value::Class(class.clone()));
    if let Some(init) = class.special("__init__") {
        // It may ask for the class, which is bound in the functions only when the statement is done.
        let cell = class_cell(init);
        if let Some(cell) = &cell {
            cell.set(Value::Class(class.clone()));
        }
        let made = call::call_attr(init, &member, &args);
        if let Some(cell) = &cell {
            cell.set(Value::Unbound);
        }
        made?;
    }
    instance.set_field("_sort_order_", Value::usize(order));
    instance.seal();
    Ok((member, value))
}
