//! The smaller names of `enum`: what flags do with unknown bits, `member` and `nonmember`, and what `verify` checks.

use super::class::{builtin, unwrap};
use super::enums::{self, Boundary, bits};
use super::native_method::NativeMethod;
use super::{Host, HostObject, attr, enum_functional};
use crate::value::{Args, Builtin, Str};
use crate::{Fault, Ref, Res, Value, ops};
use std::any::Any;
use std::sync::OnceLock;

/// `member(x)` and `nonmember(x)` in the body of an enum.
struct Wrapped {
    is_member: bool,
    value: Value,
}

impl HostObject for Wrapped {
    fn type_name(&self) -> &str {
        if self.is_member { "member" } else { "nonmember" }
    }

    fn module(&self) -> &str {
        "enum"
    }

    fn repr(&self) -> Res<String> {
        Err(Fault::not_pure(format!("the default repr of a `{}` object shows its address", self.type_name())))
    }

    fn get_attr(&self, _this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        Ok((name == "value").then(|| self.value.clone()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn wrapped(value: &Value) -> Option<&Wrapped> {
    match value {
        Value::Host(host) => host.downcast::<Wrapped>(),
        _ => None,
    }
}

/// The value of a `nonmember(x)`.
pub(super) fn nonmember(value: &Value) -> Option<Value> {
    wrapped(value).filter(|w| !w.is_member).map(|w| w.value.clone())
}

/// The value of a `member(x)`.
pub(super) fn member(value: &Value) -> Option<Value> {
    wrapped(value).filter(|w| w.is_member).map(|w| w.value.clone())
}

static FUNCTIONS: &[Builtin] = &[
    Builtin { name: "member", owner: "", call: |args| wrap("member", true, args) },
    Builtin { name: "nonmember", owner: "", call: |args| wrap("nonmember", false, args) },
    Builtin { name: "verify", owner: "", call: verify },
];

fn wrap(name: &str, is_member: bool, args: &Args<'_>) -> Res {
    let [value] = args.bind_method(&format!("{name}.__init__"), ["value"], 1, 1)?;
    Ok(Host::value(Wrapped { is_member, value: value.cloned().unwrap_or_default() }))
}

const BOUNDARIES: [(Boundary, &str, &str); 4] = [
    (Boundary::Strict, "STRICT", "strict"),
    (Boundary::Conform, "CONFORM", "conform"),
    (Boundary::Eject, "EJECT", "eject"),
    (Boundary::Keep, "KEEP", "keep"),
];

const CHECKS: [(&str, &str); 3] = [
    ("CONTINUOUS", "no skipped integer values"),
    ("NAMED_FLAGS", "multi-flag aliases may not contain unnamed flags"),
    ("UNIQUE", "one name per value"),
];

/// An enum of the module, whose members are texts.
fn made(name: &str, members: &[(&str, &str)]) -> Value {
    let pairs = members.iter().map(|(n, v)| Value::tuple(vec![Value::str(n), Value::str(v)])).collect();
    let (name, names, module) = (Value::str(name), Value::list(pairs), Value::str("enum"));
    let form = enum_functional::Form {
        names: &names,
        module: &module,
        qualname: &Value::None,
        ty: &Value::None,
        start: &Value::Int(1),
        boundary: &Value::None,
    };
    enum_functional::create(&builtin("StrEnum"), &name, &form).unwrap_or_default()
}

fn boundaries() -> &'static Value {
    static MADE: OnceLock<Value> = OnceLock::new();
    MADE.get_or_init(|| made("FlagBoundary", &BOUNDARIES.map(|(_, n, v)| (n, v))))
}

fn checks() -> &'static Value {
    static MADE: OnceLock<Value> = OnceLock::new();
    MADE.get_or_init(|| made("EnumCheck", &CHECKS))
}

/// The member of `FlagBoundary` for a boundary.
pub(super) fn boundary(boundary: Boundary) -> Res {
    let name = BOUNDARIES.iter().find(|b| b.0 == boundary).map_or("STRICT", |b| b.1);
    attr::get(boundaries(), name)
}

/// The names of the module that stand in this file.
pub(super) fn names() -> Vec<(Str, Value)> {
    let mut all: Vec<(Str, Value)> =
        vec![("FlagBoundary".into(), boundaries().clone()), ("EnumCheck".into(), checks().clone())];
    for (_, name, _) in BOUNDARIES {
        all.push((name.into(), attr::get(boundaries(), name).unwrap_or_default()));
    }
    for (name, _) in CHECKS {
        all.push((name.into(), attr::get(checks(), name).unwrap_or_default()));
    }
    all.extend(FUNCTIONS.iter().map(|f| (f.name.into(), Value::Builtin(f))));
    all
}

/// `verify(UNIQUE, ...)`: a class decorator.
fn verify(args: &Args<'_>) -> Res {
    if let Some((key, _)) = args.kw.first() {
        return Err(Fault::type_error(format!(
            "verify.__init__() got an unexpected keyword argument '{key}'"
        )));
    }
    Ok(NativeMethod::value("verify", "__call__", args.pos.to_vec(), |checks, args| {
        args.count("__call__", 1, 1)?;
        for check in checks {
            run_check(&ops::to_str(check)?, &args.pos[0])?;
        }
        Ok(args.pos[0].clone())
    }))
}

fn run_check(check: &str, class: &Value) -> Res<()> {
    let Value::Class(inner) = class else { return Err(Fault::type_error("verify() needs an enum")) };
    let Some(info) = inner.enum_info.get() else { return Err(Fault::type_error("verify() needs an enum")) };
    let kind = if inner.is_subclass_of("Flag") { "flag" } else { "enum" };
    let name = &inner.name;
    let value_of = |m: &Value| attr::get(m, "_value_");
    if check == CHECKS[2].1 {
        let mut found = Vec::new();
        for (alias, member) in &info.names {
            let own = ops::to_str(&attr::get(member, "_name_")?)?;
            if own != *alias {
                found.push(format!("{alias} -> {own}"));
            }
        }
        if found.is_empty() {
            return Ok(());
        }
        return Err(Fault::value_error(format!(
            "aliases found in {}: {}",
            ops::repr(class)?,
            found.join(", ")
        )));
    }
    let mut values = Vec::new();
    for member in &info.members {
        match bits(unwrap(&value_of(member)?)) {
            Some(value) => values.push(value),
            None => return Err(Fault::not_pure("`verify` of an enum whose values are no ints of 63 bits")),
        }
    }
    if check == CHECKS[0].1 { continuous(kind, name, &values) } else { named_flags(name, info, &values) }
}

fn continuous(kind: &str, name: &str, values: &[i64]) -> Res<()> {
    let (Some(low), Some(high)) = (values.iter().min(), values.iter().max()) else { return Ok(()) };
    let mut missing: Vec<i64> = Vec::new();
    if kind == "flag" {
        for bit in low.trailing_zeros() + 1..63 - high.leading_zeros().min(63) {
            if !values.contains(&(1 << bit)) {
                missing.push(1 << bit);
            }
        }
    } else {
        if high.saturating_sub(*low) > 1 << 20 {
            return Err(Fault::not_pure("`verify` of an enum whose values lie far apart"));
        }
        missing.extend((low + 1..*high).filter(|i| !values.contains(i)));
    }
    if missing.is_empty() {
        return Ok(());
    }
    let shown: Vec<String> = missing.iter().map(i64::to_string).collect();
    let shown: String =
        format!("invalid {kind} {}: missing values {}", crate::text::repr_str(name), shown.join(", "));
    Err(Fault::value_error(shown.chars().take(256).collect::<String>()))
}

fn named_flags(name: &str, info: &enums::EnumInfo, values: &[i64]) -> Res<()> {
    let (mut bad_names, mut unnamed) = (Vec::new(), 0_i64);
    for (alias, member) in &info.names {
        let Some(value) = bits(&attr::get(member, "_value_")?) else { continue };
        if value < 0 || value.count_ones() < 2 {
            continue;
        }
        let missed: i64 = (0..63).map(|b| 1_i64 << b).filter(|b| value & b != 0 && !values.contains(b)).sum();
        if missed != 0 {
            bad_names.push(alias.to_string());
            unnamed |= missed;
        }
    }
    if bad_names.is_empty() {
        return Ok(());
    }
    let (alias, values_word) = match bad_names.as_slice() {
        [one] => {
            (format!("alias {one} is missing"), if unnamed.count_ones() == 1 { "value" } else { "values" })
        }
        [all @ .., last] => (
            format!("aliases {} and {last} are missing", all.join(", ")),
            if unnamed.count_ones() == 1 { "value" } else { "values" },
        ),
        [] => return Ok(()),
    };
    let value = if unnamed.count_ones() == 1 {
        format!("value 0x{unnamed:x}")
    } else {
        format!("combined {values_word} of 0x{unnamed:x}")
    };
    Err(Fault::value_error(format!(
        "invalid Flag {}: {alias} {value} [use enum.show_flag_values(value) for details]",
        crate::text::repr_str(name)
    )))
}
