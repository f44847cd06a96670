//! `wraps`, `update_wrapper`, `total_ordering`, `cached_property`.

use crate::native::bind_python;
use afar_runtime::object::class::{self, Attrs, Class};
use afar_runtime::object::{Host, HostObject, Remake, attr, call, descriptor};
use afar_runtime::ops::{self, CmpOp};
use afar_runtime::{Args, Fault, Ref, Res, Str, Value};

/// `wraps(wrapped)`; what is assigned cannot be chosen.
pub fn wraps(args: &Args<'_>) -> Res {
    let [wrapped, assigned, updated] = bind_python(args, "wraps", ["wrapped", "assigned", "updated"], 1)?;
    refuse_choice(assigned, updated)?;
    Ok(Host::value(Wraps(wrapped.cloned().unwrap_or_default())))
}

/// `update_wrapper(wrapper, wrapped)`: gives the wrapper with the names of what it wraps.
pub fn update_wrapper(args: &Args<'_>) -> Res {
    let [wrapper, wrapped, assigned, updated] =
        bind_python(args, "update_wrapper", ["wrapper", "wrapped", "assigned", "updated"], 2)?;
    refuse_choice(assigned, updated)?;
    updated_wrapper(wrapper.unwrap_or(&Value::None), wrapped.unwrap_or(&Value::None))
}

fn refuse_choice(assigned: Option<&Value>, updated: Option<&Value>) -> Res<()> {
    if assigned.is_some() || updated.is_some() {
        return Err(Fault::not_pure("`functools.wraps` takes all the names of what is wrapped, or none"));
    }
    Ok(())
}

/// A function is made anew, with the same code, under the names of what it wraps.
fn updated_wrapper(wrapper: &Value, wrapped: &Value) -> Res {
    match wrapper {
        Value::Func(func) => func.wrapping(wrapped),
        Value::Class(class) if !class.is_builtin => {
            Err(Fault::not_pure("`functools.wraps` of a class changes it: give the class its own names"))
        }
        Value::Host(_) | Value::Method(_) => Err(Fault::not_pure(format!(
            "`functools.wraps` of a `{}` changes it: wrap it in a function",
            ops::type_name(wrapper)
        ))),
        Value::Instance(instance) if instance.payload().is_none() => {
            if instance.is_sealed() {
                return Err(Fault::not_pure(
                    "`functools.update_wrapper` changes an object behind its `__init__`",
                ));
            }
            for name in NAMES {
                if let Some(value) = attr::find(wrapped, name)? {
                    instance.set_field(name, value);
                }
            }
            instance.set_field("__wrapped__", wrapped.clone());
            Ok(wrapper.clone())
        }
        _ => Err(not_writable(wrapper, wrapped)?),
    }
}

/// What a wrapper takes over.
const NAMES: [&str; 4] = ["__module__", "__name__", "__qualname__", "__doc__"];

/// What CPython says of the first name that it cannot set.
fn not_writable(wrapper: &Value, wrapped: &Value) -> Res<Fault> {
    let is_builtin = matches!(wrapper, Value::Builtin(_));
    let mut found = "__doc__";
    for name in NAMES {
        // The module of a built-in function can be set.
        if !(is_builtin && name == "__module__")
            && (name == "__doc__" || attr::find(wrapped, name)?.is_some())
        {
            found = name;
            break;
        }
    }
    let ty = ops::type_name(wrapper);
    Ok(match wrapper {
        Value::Class(class) => {
            Fault::type_error(format!("cannot set '{found}' attribute of immutable type '{}'", class.shown))
        }
        Value::Builtin(_) => {
            Fault::attribute_error(format!("attribute '{found}' of '{ty}' objects is not writable"))
        }
        _ if found == "__doc__" => {
            Fault::attribute_error(format!("'{ty}' object attribute '__doc__' is read-only"))
        }
        _ => Fault::attribute_error(format!("'{ty}' object has no attribute '{found}'")),
    })
}

struct Wraps(Value);

impl HostObject for Wraps {
    fn type_name(&self) -> &str {
        "partial"
    }

    fn module(&self) -> &str {
        "functools"
    }

    fn repr(&self) -> Res<String> {
        Err(Fault::not_pure("the repr of `functools.wraps(f)` shows an address"))
    }

    fn get_attr(&self, _: &Ref<Host>, _: &str) -> Res<Option<Value>> {
        Ok(None)
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(&self, args: &Args<'_>) -> Res {
        let [wrapper] = bind_python(args, "update_wrapper", ["wrapper"], 1)?;
        updated_wrapper(wrapper.unwrap_or(&Value::None), &self.0)
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

/// `cached_property(function)`: a property that fields of the instance hide.
pub fn cached_property(args: &Args<'_>) -> Res {
    let [func] = args.bind_method("cached_property.__init__", ["func"], 1, 1)?;
    Ok(descriptor::lazy_property(func.cloned().unwrap_or_default()))
}

/// How one comparison follows from another one.
#[derive(Clone, Copy)]
enum Rule {
    /// `not (a op b)`
    Not,
    /// `not (a op b) and a != b`
    NotAndDiffers,
    /// `a op b or a == b`
    OrEqual,
    /// `not (a op b) or a == b`
    NotOrEqual,
    /// `a op b and a != b`
    AndDiffers,
}

/// Of each comparison that a class may define, in the order of preference: the three that follow.
const DERIVED: [(&str, [(&str, Rule); 3]); 4] = [
    ("__lt__", [("__gt__", Rule::NotAndDiffers), ("__le__", Rule::OrEqual), ("__ge__", Rule::Not)]),
    ("__le__", [("__ge__", Rule::NotOrEqual), ("__lt__", Rule::AndDiffers), ("__gt__", Rule::Not)]),
    ("__gt__", [("__lt__", Rule::NotAndDiffers), ("__ge__", Rule::OrEqual), ("__le__", Rule::Not)]),
    ("__ge__", [("__le__", Rule::NotOrEqual), ("__gt__", Rule::AndDiffers), ("__lt__", Rule::Not)]),
];

fn has(class: &Class, name: &str) -> bool {
    // What `object` has compares nothing.
    class.lookup(name).is_some_and(|found| !matches!(found, Value::Builtin(b) if b.owner == "object"))
}

/// `total_ordering(class)`: the comparisons that are missing follow from one that is there.
pub fn total_ordering(args: &Args<'_>) -> Res {
    let [given] = bind_python(args, "total_ordering", ["cls"], 1)?;
    let given = given.unwrap_or(&Value::None);
    let Value::Class(class) = given else {
        // A value has all comparisons that its class has.
        return Ok(given.clone());
    };
    let Some((root, derived)) = DERIVED.iter().find(|(name, _)| has(class, name)) else {
        return Err(Fault::value_error("must define at least one ordering operation: < > <= >="));
    };
    let mut attrs = Attrs::default();
    for (name, rule) in derived {
        if !has(class, name) {
            attrs.insert(Str::new(name), Host::value(Derived { name, root, rule: *rule }));
        }
    }
    if !attrs.is_empty() {
        let again = crate::lookup("functools", "total_ordering").map(|f| Remake::new(f, Vec::new()));
        class.put_over_by(attrs, again);
    }
    Ok(given.clone())
}

/// A comparison that follows from another one.
struct Derived {
    name: &'static str,
    root: &'static str,
    rule: Rule,
}

impl HostObject for Derived {
    fn type_name(&self) -> &str {
        "function"
    }

    fn repr(&self) -> Res<String> {
        Err(Fault::not_pure("the default repr of a `function` object shows its address"))
    }

    fn get_attr(&self, _: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        Ok((name == "__name__").then(|| Value::str(self.name)))
    }

    fn binds(&self) -> bool {
        true
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(&self, args: &Args<'_>) -> Res {
        let [a, b] = bind_python(args, self.name, ["self", "other"], 2)?;
        let (a, b) = (a.unwrap_or(&Value::None), b.unwrap_or(&Value::None));
        let class = class::class_of(a);
        let Some(method) = class.lookup(self.root) else { return Ok(Value::NotImplemented) };
        let result = call::call_attr(method, a, &Args::positional(std::slice::from_ref(b)))?;
        if matches!(result, Value::NotImplemented) {
            return Ok(result);
        }
        let held = ops::truthy(&result)?;
        match self.rule {
            Rule::Not => Ok(Value::Bool(!held)),
            Rule::NotAndDiffers if held => Ok(Value::Bool(false)),
            Rule::NotAndDiffers => ops::compare(CmpOp::Ne, a, b),
            Rule::OrEqual if held => Ok(result),
            Rule::OrEqual => ops::compare(CmpOp::Eq, a, b),
            Rule::NotOrEqual if !held => Ok(Value::Bool(true)),
            Rule::NotOrEqual => ops::compare(CmpOp::Eq, a, b),
            Rule::AndDiffers if !held => Ok(result),
            Rule::AndDiffers => ops::compare(CmpOp::Ne, a, b),
        }
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
