//! Classes of the standard library whose instances are native: what calling them and asking about them gives.

use afar_runtime::object::{Host, HostObject, Method, class};
use afar_runtime::{Args, Builtin, Fault, Ref, Res, Str, Value, number, text};
use num_bigint::BigInt;

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
    /// Its attributes that are ints.
    pub constants: &'static [(&'static str, i64)],
}

impl HostObject for &'static NativeClass {
    fn type_name(&self) -> &str {
        "type"
    }

    fn repr(&self) -> Res<String> {
        Ok(format!("<class '{}.{}'>", self.module, self.name))
    }

    fn class_shown(&self) -> Option<String> {
        Some(format!("{}.{}", self.module, self.name))
    }

    fn get_attr(&self, _: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        Ok(match name {
            "__name__" | "__qualname__" => Some(Value::str(self.name)),
            "__module__" => Some(Value::str(self.module)),
            _ => match self.constants.iter().find(|(constant, _)| *constant == name) {
                Some((_, value)) => Some(Value::Int(*value)),
                None => match self.statics.iter().find(|b| b.name == name) {
                    Some(found) => Some(Value::Builtin(found)),
                    None if is_of_instances(self.name, name) => {
                        return Err(Fault::not_pure(format!(
                            "`{}.{name}` as an attribute of the class: ask an object for it",
                            self.name
                        )));
                    }
                    None => None,
                },
            },
        })
    }

    fn getitem(&self, index: &Value) -> Option<Res> {
        let is_generic = matches!(self.name, "Match" | "Pattern" | "chain" | "partial");
        let this = crate::lookup(self.module, self.name).filter(|_| is_generic)?;
        Some(Ok(afar_runtime::object::typing::alias(this, index)))
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

/// What CPython's classes hold for their objects.
const OF_INSTANCES: &[(&str, &str)] = &[
    ("DictReader", "fieldnames"),
    ("Match", "end endpos expand group groupdict groups lastgroup lastindex pos re regs span start string"),
    (
        "Pattern",
        "findall finditer flags fullmatch groupindex groups match pattern scanner search split sub subn",
    ),
    ("Struct", "format iter_unpack pack pack_into size unpack unpack_from"),
    ("blake2b", "block_size copy digest digest_size hexdigest name update"),
    ("blake2s", "block_size copy digest digest_size hexdigest name update"),
    ("partial", "args func keywords"),
    ("", "__base__ __bases__ __basicsize__ __call__ __dict__ __init__ __mro__ __new__ __subclasses__ mro"),
];

fn is_of_instances(class: &str, name: &str) -> bool {
    OF_INSTANCES
        .iter()
        .any(|(c, names)| (c.is_empty() || *c == class) && names.split_whitespace().any(|n| n == name))
}

/// Checks the number of arguments of a module's function that takes no keywords, in CPython's words: the module is named
/// where there are keywords, or where it takes none or one.
pub fn arity(args: &Args<'_>, module: &str, name: &str, min: usize, max: usize) -> Res<()> {
    let qualified = format!("{module}.{name}");
    if args.kw.is_empty() && (max > 1 || min != max) {
        return args.count(name, min, max);
    }
    args.count(&qualified, min, max)
}

/// The bytes of a bytes-like argument.
pub fn buffer(value: &Value) -> Res<&[u8]> {
    text::bytes_of(value).ok_or_else(|| {
        let name = number::type_name(value);
        Fault::type_error(format!("a bytes-like object is required, not '{name}'"))
    })
}

/// A bound method of a native object.
pub fn method(table: &'static [Builtin], this: &Ref<Host>, name: &str) -> Option<Value> {
    let method = table.iter().find(|m| m.name == name)?;
    let receiver = Value::Host(this.clone());
    Some(Value::Method(Ref::new(Method { func: Value::Builtin(method), receiver })))
}

/// The native object that a method is called on.
pub fn receiver<'a, T: 'static>(args: &Args<'a>) -> Res<&'a T> {
    match args.pos.first() {
        Some(Value::Host(host)) => host.downcast(),
        _ => None,
    }
    .ok_or_else(|| Fault::type_error("a method is called on something else than its object"))
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
    args.bind_python(name, params, required, N)
}

/// As [`bind_python`], where the names behind the first `n_positional` are by keyword only.
pub fn bind_python_keywords<'a, const N: usize>(
    args: &Args<'a>,
    name: &str,
    params: [&str; N],
    required: usize,
    n_positional: usize,
) -> Res<[Option<&'a Value>; N]> {
    args.bind_python(name, params, required, n_positional)
}

/// An argument that C's `int` holds.
pub fn c_int(value: &Value) -> Res<i32> {
    let n = number::ops_index(value)?;
    let small = if let Value::Int(n) = n { i32::try_from(n).ok() } else { None };
    small.ok_or_else(|| Fault::overflow("Python int too large to convert to C int"))
}

/// The low 64 bits of an int, in two's complement.
pub fn low_word(n: &BigInt) -> u64 {
    let low = n.iter_u64_digits().next().unwrap_or(0);
    if n.sign() == num_bigint::Sign::Minus { low.wrapping_neg() } else { low }
}

/// An exception class of a module, by the dotted name that the runtime knows it by.
pub fn exception_class(name: &str) -> Option<Value> {
    class::builtin_opt(name).map(|c| Value::Class(c.clone()))
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
