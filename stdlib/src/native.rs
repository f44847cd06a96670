//! Classes of the standard library whose instances are native: what calling them and asking about them gives.

use afar_runtime::object::{Host, HostObject};
use afar_runtime::{Args, Builtin, Fault, Ref, Res, Str, Value};

/// A class that is called to make iterators or native objects.
pub struct NativeClass {
    /// Its module.
    pub module: &'static str,
    /// Its name, which is also that of its instances' type.
    pub name: &'static str,
    /// What a call does.
    pub construct: fn(&Args<'_>) -> Res,
    /// What is called on the class: `chain.from_iterable`.
    pub statics: &'static [Builtin],
}

impl HostObject for &'static NativeClass {
    fn type_name(&self) -> &str {
        "type"
    }

    fn repr(&self) -> Res<String> {
        Ok(format!("<class '{}.{}'>", self.module, self.name))
    }

    fn get_attr(&self, _: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        Ok(match name {
            "__name__" | "__qualname__" => Some(Value::str(self.name)),
            "__module__" => Some(Value::str(self.module)),
            _ => self.statics.iter().find(|b| b.name == name).map(Value::Builtin),
        })
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(&self, args: &Args<'_>) -> Res {
        (self.construct)(args)
    }

    fn is_class_of(&self, value: &Value) -> Option<Res<bool>> {
        Some(Ok(match value {
            Value::Iter(it) => it.with(|it| Ok(it.type_name() == self.name)).unwrap_or(false),
            Value::Host(host) => host.0.type_name() == self.name && host.0.module() == self.module,
            _ => false,
        }))
    }

    fn eq(&self, other: &Value) -> Option<Res<bool>> {
        let Value::Host(host) = other else { return Some(Ok(false)) };
        let same = host.downcast::<&'static NativeClass>().is_some_and(|c| std::ptr::eq(*c, *self));
        Some(Ok(same))
    }

    fn hash(&self) -> Option<Res<u64>> {
        let text = self.module.bytes().chain(self.name.bytes());
        Some(Ok(text.fold(0xCBF2_9CE4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01B3))))
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

/// A function that CPython has and that changes what it is given.
pub fn refusal(what: &str, instead: &str) -> Fault {
    Fault::not_pure(format!("`{what}` changes its argument in place: {instead}"))
}

/// Binds arguments as a function written in Python does, with its messages: all names positional or by keyword, the
/// first `required` of them to be given.
pub fn bind_python<'a, const N: usize>(
    args: &Args<'a>,
    name: &str,
    params: [&str; N],
    required: usize,
) -> Res<[Option<&'a Value>; N]> {
    let mut out = [None; N];
    if args.pos.len() > N {
        let s = if N == 1 { "" } else { "s" };
        let takes = if required < N { format!("from {required} to {N}") } else { N.to_string() };
        return Err(Fault::type_error(format!(
            "{name}() takes {takes} positional argument{s} but {} {} given",
            args.pos.len(),
            if args.pos.len() == 1 { "was" } else { "were" }
        )));
    }
    for (slot, value) in out.iter_mut().zip(args.pos) {
        *slot = Some(value);
    }
    for (key, value) in args.kw {
        match params.iter().position(|p| *p == key.as_str()) {
            Some(i) if out[i].is_some() => {
                return Err(Fault::type_error(format!("{name}() got multiple values for argument '{key}'")));
            }
            Some(i) => out[i] = Some(value),
            None => {
                return Err(Fault::type_error(format!(
                    "{name}() got an unexpected keyword argument '{key}'"
                )));
            }
        }
    }
    let missing: Vec<String> =
        (0..required).filter(|&i| out[i].is_none()).map(|i| format!("'{}'", params[i])).collect();
    if missing.is_empty() {
        return Ok(out);
    }
    let (s, list) = match &*missing {
        [one] => ("", one.clone()),
        [first, second] => ("s", format!("{first} and {second}")),
        [init @ .., last] => ("s", format!("{}, and {last}", init.join(", "))),
        [] => unreachable!("it is not empty"),
    };
    Err(Fault::type_error(format!(
        "{name}() missing {} required positional argument{s}: {list}",
        missing.len()
    )))
}

/// A keyword argument by name, and a refusal of any other.
pub fn only_keyword<'a>(
    kw: &'a [(Str, Value)],
    wanted: &str,
    refuse: impl Fn(&str) -> Fault,
) -> Res<Option<&'a Value>> {
    let mut found = None;
    for (key, value) in kw {
        if key.as_str() != wanted {
            return Err(refuse(key));
        }
        found = Some(value);
    }
    Ok(found)
}
