//! `enum`: the making of classes of members, look-up by value and name, flags and what is composed of them.
//!
//! The methods of members stand in [`super::enum_methods`].

use super::enum_data::{member_type, of_chain};
use super::enum_functional::{Form, create};
use super::enum_making::{check_pending, is_making, known, make_members};
pub(super) use super::enum_methods::{ENUM, FLAG, INT_ENUM, STR_ENUM};
use super::enum_values::resolve_values;
pub use super::enum_values::{construct_auto, holds_auto, settle};

use super::class::{Class, Instance, Namespace, Native, Origin, builtin, builtin_opt, mro, unwrap};
use super::descriptor;
use super::func::ParamKind;
use super::native_method::signature;
use super::{attr, build, call, class_dict};
use crate::collections::Dict;
use crate::value::{Args, Str};
use crate::{Fault, Ref, Res, Value, ops};
use rustc_hash::FxHashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// What a flag does with bits that no member names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boundary {
    /// It is an error: `Flag`.
    Strict,
    /// They are dropped.
    Conform,
    /// The result is a plain int.
    Eject,
    /// They are kept: `IntFlag`.
    Keep,
}

/// What the class of an enum knows of its members.
#[derive(Clone, Default)]
pub struct EnumInfo {
    /// All names, those of aliases included, in the order of definition.
    pub names: Vec<(Str, Value)>,
    /// The members, without aliases, in the order of definition.
    pub members: Vec<Value>,
    pub(super) by_name: FxHashMap<Str, Value>,
    pub(super) by_value: Dict,
    pub(super) has_unhashable: bool,
    /// For a flag.
    pub(super) flag: Option<FlagInfo>,
}

/// What the class of a flag knows besides.
#[derive(Clone)]
pub(super) struct FlagInfo {
    pub(super) boundary: Boundary,
    pub(super) mask: i64,
    pub(super) singles: i64,
    pub(super) all_bits: i64,
    /// The members that were composed, so that each exists once.
    pub(super) composed: Arc<RwLock<Vec<(i64, Value)>>>,
}

/// Is this the name of a class whose methods see the member, not the int or text in it.
pub fn is_owner(owner: &str) -> bool {
    matches!(owner, "Enum" | "Flag" | "IntEnum" | "StrEnum")
}

/// Is it an enum: of the program, or `Enum` itself.
pub fn is_enum(class: &Class) -> bool {
    class.enum_info.get().is_some()
        || class.enum_making.get().is_some()
        || class.is_builtin && class.module.as_str() == "enum" && class.is_subclass_of("Enum")
}

pub(super) fn is_flag(class: &Class) -> bool {
    class.is_subclass_of("Flag")
}

/// The class of an enum's class.
pub fn metaclass(class: &Class) -> Option<&'static Ref<Class>> {
    if is_enum(class) { builtin_opt("EnumType") } else { None }
}

/// The members of an enum, without aliases; `None` where the class is no enum.
pub fn members(class: &Class) -> Option<Vec<Value>> {
    match known(class) {
        Some(info) => Some(info.members.clone()),
        None if is_enum(class) => Some(Vec::new()),
        None => None,
    }
}

/// `Colour.RED`, `Colour.__members__`; also `member.RED`.
pub fn class_attribute(class: &Class, name: &str) -> Res<Option<Value>> {
    let Some(info) = known(class) else { return Ok(None) };
    if let Some(member) = info.by_name.get(name) {
        return match class.special("__get__") {
            // A member is an attribute of its class like any other.
            Some(_) => attr::bind(member, None, &super::class_of(member)).map(Some),
            None => Ok(Some(member.clone())),
        };
    }
    check_pending(class, name)?;
    match name {
        "__members__" | "_member_map_" => {
            let mut dict = Dict::new();
            for (name, member) in &info.names {
                dict.insert(Value::Str(name.clone()), member.clone())?;
            }
            let dict = Ref::new(dict);
            Ok(Some(if name == "__members__" { class_dict::proxy(dict) } else { Value::Dict(dict) }))
        }
        "_member_type_" => Ok(Some(Value::Class(member_type(class).unwrap_or_else(|| builtin("object"))))),
        "_member_names_" => {
            let mut names = Vec::new();
            for member in &info.members {
                names.push(attr::get(member, "_name_")?);
            }
            Ok(Some(Value::list(names)))
        }
        "_flag_mask_" | "_all_bits_" | "_singles_mask_" | "_boundary_" => {
            let Some(flag) = &info.flag else {
                return if is_flag(class) && is_making(class) {
                    Err(unfinished_flag(class))
                } else {
                    Ok(None)
                };
            };
            Ok(Some(match name {
                "_flag_mask_" => Value::Int(flag.mask),
                "_all_bits_" => Value::Int(flag.all_bits),
                "_singles_mask_" => Value::Int(flag.singles),
                _ => super::enum_checks::boundary(flag.boundary)?,
            }))
        }
        "_value2member_map_" => Ok(Some(Value::Dict(Ref::new(info.by_value.clone())))),
        _ => Ok(None),
    }
}

/// `Colour["RED"]`.
pub fn class_getitem(class: &Class, index: &Value) -> Option<Res> {
    if !is_enum(class) {
        return None;
    }
    let found = unwrap(index).as_str().and_then(|name| known(class)?.by_name.get(name).cloned());
    Some(match (found, ops::hash(index)) {
        (Some(member), _) => Ok(member),
        (None, Err(fault)) => Err(fault),
        (None, Ok(_)) => Err(Fault::key_error(index.clone())),
    })
}

/// `member in Colour`.
pub fn class_contains(class: &Ref<Class>, item: &Value) -> Option<Res<bool>> {
    if !is_enum(class) {
        return None;
    }
    let item_class = super::class_of(item);
    if !is_enum(&item_class) || matches!(item, Value::Class(_)) {
        return Some(Err(Fault::type_error(format!(
            "unsupported operand type(s) for 'in': '{}' and 'EnumType'",
            item_class.qualname
        ))));
    }
    Some(Ok(item_class.is_subclass(class)))
}

/// `Colour(1)`, and `Enum("Colour", "RED GREEN")`.
pub fn call_class(class: &Ref<Class>, args: &Args<'_>) -> Res {
    // Until all members are made, `__new__` of the program is what a call comes to.
    if is_making(class)
        && let Some(new) = class.special("__new__")
    {
        let new = attr::bind(new, None, class)?;
        return call::call_with(&new, &Value::Class(class.clone()), args);
    }
    if args.kw.is_empty()
        && let [value] = args.pos
    {
        return by_value(class, value);
    }
    let mut params =
        vec![("cls", ParamKind::Normal, Value::Unbound), ("value", ParamKind::Normal, Value::Unbound)];
    params.push(("names", ParamKind::Normal, Value::None));
    for name in ["module", "qualname", "type"] {
        params.push((name, ParamKind::KeywordOnly, Value::None));
    }
    params.push(("start", ParamKind::KeywordOnly, Value::Int(1)));
    params.push(("boundary", ParamKind::KeywordOnly, Value::None));
    let params = params.into_iter().map(|(n, k, d)| (n.into(), k, d)).collect();
    let mut pos = vec![Value::Class(class.clone())];
    pos.extend_from_slice(args.pos);
    let bound =
        call::bind(&signature("EnumType.__call__".to_owned(), params), &Args { pos: &pos, kw: args.kw })?;
    match bound.as_slice() {
        [_, value, Value::None, ..] => by_value(class, value),
        [_, name, names, module, qualname, ty, start, boundary] => {
            let form = Form { names, module, qualname, ty, start, boundary };
            create(class, name, &form)
        }
        _ => Err(Fault::type_error("EnumType.__call__() needs a value")),
    }
}

/// The member of a value.
fn by_value(class: &Ref<Class>, value: &Value) -> Res {
    if let Value::Instance(instance) = value
        && Ref::ptr_eq(&instance.class, class)
    {
        return Ok(value.clone());
    }
    let shown_class = || ops::repr(&Value::Class(class.clone()));
    let Some(info) = known(class).filter(|i| !i.names.is_empty()) else {
        return Err(Fault::type_error(format!("{} has no members defined", shown_class()?)));
    };
    if let Some(found) = find_value(&info, value)? {
        return Ok(found);
    }
    if is_flag(class) && is_making(class) {
        return Err(unfinished_flag(class));
    }
    if let Some(flag) = &info.flag
        && class.special("_missing_").is_none()
    {
        return compose(class, &info, flag, value);
    }
    let result = match class.special("_missing_") {
        Some(hook) => {
            let bound = attr::bind(hook, None, class)?;
            call::call(&bound, &Args::positional(std::slice::from_ref(value)))
        }
        None => Ok(Value::None),
    };
    let invalid =
        || Ok(Fault::value_error(format!("{} is not a valid {}", ops::repr(value)?, class.qualname)));
    match result {
        Ok(Value::None) => Err(invalid()?),
        Ok(found) if super::class_of(&found).is_subclass(class) => Ok(found),
        Ok(other) => {
            let fault = Fault::type_error(format!(
                "error in {}._missing_: returned {} instead of None or a valid member",
                class.name,
                ops::repr(&other)?
            ));
            Err(with_context(fault, &invalid()?))
        }
        Err(fault) if fault.is("ValueError") || fault.as_exception().is_none() => Err(fault),
        Err(fault) => Err(with_context(fault, &invalid()?)),
    }
}

fn unfinished_flag(class: &Class) -> Fault {
    Fault::not_pure(format!("what the flag `{}` is composed of, before its members are made", class.name))
}

fn with_context(fault: Fault, context: &Fault) -> Fault {
    if let (Some(raised), Some(context)) = (fault.as_exception(), context.as_exception()) {
        super::exception::set_context(raised, context);
    }
    fault
}

pub(super) fn find_value(info: &EnumInfo, value: &Value) -> Res<Option<Value>> {
    match info.by_value.get(value) {
        Ok(Some(found)) => return Ok(Some(found.clone())),
        Ok(None) if !info.has_unhashable => return Ok(None),
        Ok(None) => return Ok(None),
        Err(fault) if fault.is("TypeError") => {}
        Err(fault) => return Err(fault),
    }
    for (_, member) in &info.names {
        if ops::eq(&attr::get(member, "_value_")?, value)? {
            return Ok(Some(member.clone()));
        }
    }
    Ok(None)
}

/// The bits of a flag's value, where they fit.
pub(super) fn bits(value: &Value) -> Option<i64> {
    match unwrap(value) {
        Value::Int(n) => Some(*n),
        Value::Bool(b) => Some(i64::from(*b)),
        _ => None,
    }
}

/// `bin` as `enum` shows it: sign and digits apart.
fn shown_bits(value: i64, max_bits: u32) -> String {
    let (sign, digits) = if value >= 0 { ("0b0", format!("{value:b}")) } else { ("0b1", String::new()) };
    let digits = if value >= 0 {
        digits
    } else {
        // Two's complement without the sign, as wide as the number without its sign is.
        let width = 64 - value.unsigned_abs().leading_zeros();
        let ones = if width == 64 { u64::MAX } else { (1_u64 << width) - 1 };
        #[expect(clippy::cast_sign_loss, reason = "the bits are wanted")]
        let low = value as u64 & ones;
        format!("{low:0w$b}", w = width as usize)
    };
    let fill = if value >= 0 { "0" } else { "1" };
    let digits = if digits.len() < max_bits as usize {
        format!("{}{digits}", fill.repeat(max_bits as usize - digits.len()))
    } else {
        digits
    };
    format!("{sign} {digits}")
}

/// The int that a value of another kind equals: its hash, if there is one.
fn equal_int(value: &Value) -> Res<Option<i64>> {
    let Ok(hash) = ops::hash(value) else { return Ok(None) };
    // That of -1 is -2.
    for n in [hash.cast_signed(), -1] {
        if ops::hash(&Value::Int(n))? == hash && ops::eq(value, &Value::Int(n))? {
            return Ok(Some(n));
        }
    }
    Ok(None)
}

/// The member that stands for a union of flags.
fn compose(class: &Ref<Class>, info: &EnumInfo, flag: &FlagInfo, given: &Value) -> Res {
    let shown_class = || ops::repr(&Value::Class(class.clone()));
    let Some(mut value) = bits(given) else {
        return match unwrap(given) {
            Value::BigInt(_) => Err(Fault::not_pure("a flag of more than 63 bits")),
            // CPython finds it where the member of the equal int has been made before, and only there.
            other
                if equal_int(other)?.is_some_and(|n| compose(class, info, flag, &Value::Int(n)).is_ok()) =>
            {
                Err(Fault::not_pure(format!("the flags of {}: use an int", ops::repr(given)?)))
            }
            _ => Err(Fault::value_error(format!("{} is not a valid {}", ops::repr(given)?, class.qualname))),
        };
    };
    let known = flag.composed.read().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, member)) = known.iter().find(|(v, _)| *v == value) {
        return Ok(member.clone());
    }
    drop(known);
    let mut negative = None;
    if !(!flag.all_bits <= value && value <= flag.all_bits) || value & (flag.all_bits ^ flag.mask) != 0 {
        match flag.boundary {
            Boundary::Strict => {
                let width = |n: i64| 64 - n.unsigned_abs().leading_zeros();
                let max_bits = width(value).max(width(flag.mask));
                return Err(Fault::value_error(format!(
                    "{} invalid value {value}\n    given {}\n  allowed {}",
                    shown_class()?,
                    shown_bits(value, max_bits),
                    shown_bits(flag.mask, max_bits)
                )));
            }
            Boundary::Conform => value &= flag.mask,
            Boundary::Eject => return Ok(Value::Int(value)),
            Boundary::Keep if value < 0 => {
                let width = 64 - value.unsigned_abs().leading_zeros();
                let limit = if width >= 63 { i64::MAX } else { 1 << width };
                value = flag.all_bits.saturating_add(1).max(limit).saturating_add(value);
            }
            Boundary::Keep => {}
        }
    }
    if value < 0 {
        negative = Some(value);
        value = value.saturating_add(flag.all_bits).saturating_add(1);
    }
    // A composed value may be that of a member after all, and may be known under its positive form.
    if let Some(found) = find_value(info, &Value::Int(value))? {
        return Ok(found);
    }
    let name = composed_name(class, info, flag, value)?;
    let member = new_flag(class, value, name)?;
    let mut known = flag.composed.write().unwrap_or_else(PoisonError::into_inner);
    let member = match known.iter().find(|(v, _)| *v == value) {
        Some((_, first)) => first.clone(),
        None => {
            known.push((value, member.clone()));
            member
        }
    };
    if let Some(negative) = negative {
        known.push((negative, member.clone()));
    }
    Ok(member)
}

fn new_flag(class: &Ref<Class>, value: i64, name: Option<String>) -> Res {
    let native = match class.layout {
        "" => Native::None,
        _ => Native::Value(Value::Int(value)),
    };
    let instance = Instance::new(class.clone(), native);
    instance.set_field("_value_", Value::Int(value));
    instance.set_field("_name_", name.map_or(Value::None, Value::string));
    instance.seal();
    Ok(Value::Instance(Ref::new(instance)))
}

/// `READ|WRITE`; none where no member is part of it.
fn composed_name(class: &Ref<Class>, info: &EnumInfo, flag: &FlagInfo, value: i64) -> Res<Option<String>> {
    let aliases = value & !flag.singles;
    let mut names: Vec<String> = Vec::new();
    let mut combined = 0;
    for member in single_flags(info, value & flag.singles) {
        names.push(ops::to_str(&attr::get(&member, "_name_")?)?.to_string());
        combined |= bits(&attr::get(&member, "_value_")?).unwrap_or(0);
    }
    if aliases != 0 {
        for (_, member) in &info.names {
            let bits = bits(&attr::get(member, "_value_")?).unwrap_or(0);
            let name = ops::to_str(&attr::get(member, "_name_")?)?.to_string();
            if bits != 0 && bits & value == bits && !names.contains(&name) {
                names.push(name);
                combined |= bits;
            }
        }
    }
    if combined == 0 {
        return Ok(None);
    }
    let unknown = value ^ combined;
    if unknown != 0 {
        if flag.boundary == Boundary::Strict {
            let class = ops::repr(&Value::Class(class.clone()))?;
            return Err(Fault::value_error(format!("{class}: no members with value {unknown}")));
        }
        names.push(unknown.to_string());
    }
    Ok(Some(names.join("|")))
}

/// The members of one bit in a value: by bit, or in the order of definition where that is another one.
pub(super) fn single_flags(info: &EnumInfo, value: i64) -> Vec<Value> {
    let bits_of = |member: &Value| match member {
        Value::Instance(i) => i.field("_value_").and_then(|v| bits(&v)).unwrap_or(0),
        _ => 0,
    };
    info.members.iter().filter(|m| bits_of(m) & value != 0).cloned().collect()
}

/// Refuses to derive from an enum that has members.
pub(super) fn check_bases(name: &str, bases: &[Ref<Class>]) -> Res<()> {
    for class in bases.iter().flat_map(mro) {
        if class.enum_info.get().is_some_and(|i| !i.members.is_empty()) {
            let extended = ops::repr(&Value::Class(class.clone()))?;
            return Err(Fault::type_error(format!("<enum '{name}'> cannot extend {extended}")));
        }
    }
    Ok(())
}

/// `class Colour(Enum): ...`.
pub(super) fn build_class(
    names: build::Names,
    bases: Vec<Ref<Class>>,
    namespace: Namespace,
    keywords: Vec<(Str, Value)>,
) -> Res {
    check_bases(&names.name, &bases)?;
    let Some(parent) = bases.last().filter(|b| is_enum(b)).cloned() else {
        return Err(Fault::type_error(
            "new enumerations should be created as `EnumName([mixin_type, ...] [data_type,] enum_type)`",
        ));
    };
    let origin = Origin {
        bases: bases.clone(),
        namespace: namespace.clone(),
        keywords: keywords.clone(),
        rebound: names.rebound.clone(),
        fields: None,
    };
    let mut keywords = keywords;
    let boundary =
        keywords.iter().position(|(k, _)| k.as_str() == "boundary").map(|at| keywords.remove(at).1);
    check_types(&names.name, &bases)?;
    let order = namespace.iter().rev().find(|(n, _)| matches!(n.as_str(), "_order_" | "__order__"));
    let order = order.map(|(_, order)| order.clone());
    let (mut others, entries) = split_namespace(&names.name, namespace)?;
    refuse_rebound(&names, &entries)?;
    let values = resolve_values(&parent, &others, entries)?;
    build::implicit_methods(&mut others);
    let body = names.body.clone();
    let class = Ref::new(build::prepare(names, bases, &mut others)?);
    add_methods(&class, &mut others);
    build::set_attributes(&class, &body, others);
    let info = make_members(&class, values, boundary.as_ref())?;
    check_order(&info, order.as_ref())?;
    let _ = class.enum_info.set(info);
    let _ = class.origin.set(Box::new(origin));
    build::tell_ancestors(&class, &keywords)?;
    Ok(Value::Class(class))
}

/// Refuses what is mixed in where it is more than one type, and a `ReprEnum` without any.
fn check_types(name: &str, bases: &[Ref<Class>]) -> Res<()> {
    let mut types: Vec<Ref<Class>> = Vec::new();
    for ty in bases.iter().filter_map(of_chain) {
        if ty.layout == "BaseException" {
            return Err(Fault::not_pure(format!("the enum `{name}`, whose members are exceptions")));
        }
        if !types.iter().any(|known| Ref::ptr_eq(known, &ty)) {
            types.push(ty);
        }
    }
    let is_repr = bases.iter().any(|b| b.is_builtin && b.name.as_str() == "ReprEnum");
    match types.len() {
        0 if is_repr => Err(Fault::type_error(
            "ReprEnum subclasses must be mixed with a data type (i.e. int, str, float, etc.)",
        )),
        0 | 1 => Ok(()),
        _ => Err(Fault::not_pure(format!(
            "the enum `{name}` mixes in several types: CPython names a set of them"
        ))),
    }
}

/// Compares the members with `_order_`, where the body says in which order they stand.
fn check_order(info: &EnumInfo, order: Option<&Value>) -> Res<()> {
    let Some(order) = order else { return Ok(()) };
    let order = match unwrap(order) {
        Value::Str(text) => text.replace(',', " ").split_whitespace().map(Value::str).collect(),
        other => ops::collect(other)?,
    };
    let mut names = Vec::new();
    for member in &info.members {
        names.push(attr::get(member, "_name_")?);
    }
    let mut kept = Vec::new();
    for name in order {
        let is_known = unwrap(&name).as_str().is_some_and(|n| info.by_name.contains_key(n));
        if !is_known || ops::contains(&Value::list(names.clone()), &name)? {
            kept.push(name);
        }
    }
    let (names, kept) = (Value::list(names), Value::list(kept));
    if ops::eq(&names, &kept)? {
        return Ok(());
    }
    let (names, kept) = (ops::repr(&names)?, ops::repr(&kept)?);
    Err(Fault::type_error(format!("member order does not match _order_:\n  {names}\n  {kept}")))
}

/// Refuses a body that binds the name of a member a second time.
fn refuse_rebound(names: &build::Names, entries: &Namespace) -> Res<()> {
    for (key, first) in &names.firsts {
        let name = key.trim_start_matches(build::FIRST);
        let is_attribute_still = || entries.iter().all(|(n, _)| n.as_str() != name) && is_attribute(first);
        if is_dunder(name) || is_sunder(name) || is_attribute_still() {
            continue;
        }
        if holds_auto(first) {
            return Err(Fault::not_pure(format!(
                "the enum `{}` binds the member `{name}` twice",
                names.name
            )));
        }
        let shown = ops::repr(first)?;
        return Err(Fault::type_error(format!("{} already defined as {shown}", crate::text::repr_str(name))));
    }
    Ok(())
}

fn is_dunder(name: &str) -> bool {
    let inner = name.strip_prefix("__").and_then(|n| n.strip_suffix("__"));
    inner.is_some_and(|i| !i.is_empty() && !i.starts_with('_') && !i.ends_with('_'))
}

fn is_sunder(name: &str) -> bool {
    let inner = name.strip_prefix('_').and_then(|n| n.strip_suffix('_'));
    inner.is_some_and(|i| !i.is_empty() && !i.starts_with('_') && !i.ends_with('_'))
}

/// Is it a private name of the class: `_Class__name`.
fn is_private(name: &str, prefix: &str) -> bool {
    name.len() > prefix.len() && name.starts_with(prefix) && !name.ends_with("__")
}

/// Does the value stay an attribute of the class, because it is a method or the like.
fn is_attribute(value: &Value) -> bool {
    const NAMES: [&str; 3] = ["__get__", "__set__", "__delete__"];
    match value {
        Value::Func(_) => true,
        Value::Instance(i) => {
            descriptor::of(value).is_some() || NAMES.iter().any(|name| i.class.special(name).is_some())
        }
        Value::Host(host) => host.0.binds(),
        Value::Class(class) if !class.is_builtin => NAMES.iter().any(|name| class.lookup(name).is_some()),
        // What is refused to be looked at is there.
        Value::Class(_) | Value::Builtin(_) | Value::Method(_) => {
            !matches!(attr::find(value, NAMES[0]), Ok(None))
        }
        _ => false,
    }
}

/// Parts the body of the class into attributes and members.
pub(super) fn split_namespace(class: &str, namespace: Namespace) -> Res<(Namespace, Namespace)> {
    const KNOWN: &[&str] = &["_order_", "_generate_next_value_", "_numeric_repr_", "_missing_", "_ignore_"];
    let private = format!("_{class}__");
    let mut ignored = Vec::new();
    if let Some((_, names)) = namespace.iter().find(|(n, _)| n.as_str() == "_ignore_") {
        ignored = match unwrap(names) {
            Value::Str(text) => text.replace(',', " ").split_whitespace().map(str::to_owned).collect(),
            other => ops::collect(other)?.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect(),
        };
    }
    let (mut others, mut entries) = (Vec::new(), Vec::new());
    for (name, value) in namespace {
        if name.as_str() == "_ignore_"
            || matches!(name.as_str(), "_order_" | "__order__")
            || ignored.iter().any(|i| *i == name.as_str())
        {
            continue;
        }
        if is_sunder(&name) && !KNOWN.contains(&name.as_str()) {
            return Err(Fault::value_error(format!(
                "_sunder_ names, such as {}, are reserved for future Enum use",
                ops::repr(&Value::Str(name))?
            )));
        }
        if let Some(inner) = super::enum_checks::nonmember(&value) {
            others.push((name, inner));
            continue;
        }
        if let Some(inner) = super::enum_checks::member(&value) {
            entries.push((name, inner));
            continue;
        }
        if is_sunder(&name) || is_dunder(&name) || is_private(&name, &private) || is_attribute(&value) {
            others.push((name, value));
        } else if matches!(name.as_str(), "mro" | "") {
            return Err(Fault::value_error(format!("invalid enum member name(s) '{name}'")));
        } else {
            entries.push((name, value));
        }
    }
    Ok((others, entries))
}

/// Puts the enum's own `__repr__` and the like before those of the type that is mixed in.
fn add_methods(class: &Ref<Class>, attrs: &mut Namespace) {
    let is_flag = is_flag(class);
    let is_repr = class.is_subclass_of("ReprEnum");
    let data = member_type(class);
    // Text and format of the members of a `ReprEnum` are those of what is mixed in, its own methods first.
    let mut add = |names: &[&str], table: &'static [crate::Builtin], keeps_data: bool| {
        for name in names {
            let definer = class
                .mro_tail
                .iter()
                .find(|c| !c.is_builtin && c.own(name).is_some_and(|v| !matches!(v, Value::Builtin(_))));
            let of_data = |c: &Ref<Class>| !keeps_data && data.as_ref().is_some_and(|d| d.is_subclass(c));
            let is_given =
                attrs.iter().any(|(n, _)| n.as_str() == *name) || definer.is_some_and(|c| !of_data(c));
            if is_given {
                continue;
            }
            if let Some(method) = table.iter().find(|m| m.name == *name) {
                attrs.push(((*name).into(), Value::Builtin(method)));
            }
        }
    };
    if is_flag {
        add(&["__or__", "__and__", "__xor__", "__ror__", "__rand__", "__rxor__", "__invert__"], FLAG, false);
        add(&["__repr__"], FLAG, false);
    }
    if is_repr {
        add(&["__str__", "__format__"], INT_ENUM, true);
    }
    if is_flag && !is_repr {
        add(&["__str__"], FLAG, false);
    }
    add(if is_repr { &["__repr__"] } else { &["__repr__", "__str__", "__format__"] }, ENUM, false);
}

pub(super) fn boundary_of(value: &Value) -> Res<Boundary> {
    match ops::to_str(value)?.as_str() {
        "strict" => Ok(Boundary::Strict),
        "conform" => Ok(Boundary::Conform),
        "eject" => Ok(Boundary::Eject),
        "keep" => Ok(Boundary::Keep),
        other => Err(Fault::value_error(format!("unknown flag boundary {other}"))),
    }
}

/// `unique(enumeration)`: a class decorator.
pub(super) fn unique(args: &Args<'_>) -> Res {
    let class = args.only("unique", "enumeration")?;
    let Value::Class(inner) = class else {
        return Err(attr::missing(class, "__members__"));
    };
    if !is_enum(inner) {
        return Err(attr::missing(class, "__members__"));
    }
    let mut duplicates = Vec::new();
    for (alias, member) in inner.enum_info.get().map(|i| i.names.as_slice()).unwrap_or_default() {
        let name = ops::to_str(&attr::get(member, "_name_")?)?;
        if name != *alias {
            duplicates.push(format!("{alias} -> {name}"));
        }
    }
    if duplicates.is_empty() {
        return Ok(class.clone());
    }
    Err(Fault::value_error(format!(
        "duplicate values found in {}: {}",
        ops::repr(class)?,
        duplicates.join(", ")
    )))
}

/// The classes and functions of the module `enum`.
pub(super) fn module() -> Vec<(Str, Value)> {
    const CLASSES: &[&str] =
        &["Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "ReprEnum", "EnumType", "auto"];
    static UNIQUE: crate::Builtin = crate::Builtin { name: "unique", owner: "", call: unique };
    let mut all: Vec<(Str, Value)> = Vec::new();
    for name in CLASSES {
        if builtin_opt(name).is_some() {
            all.push(((*name).into(), Value::Class(builtin(name))));
        }
    }
    all.push(("EnumMeta".into(), Value::Class(builtin("EnumType"))));
    all.push(("unique".into(), Value::Builtin(&UNIQUE)));
    all.push(("property".into(), Value::Class(builtin("property"))));
    all.extend(super::enum_checks::names());
    all
}
