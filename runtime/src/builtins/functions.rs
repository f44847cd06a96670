//! The built-in functions but those over iterables, which come with the iterators.

use crate::object::{attr, call, class::unwrap, relation, slots_hash};
use crate::value::{Args, Builtin};
use crate::{Fault, Res, Value, ops};

macro_rules! functions {
    ($($name:literal $function:ident),* $(,)?) => {
        /// The functions of this module.
        pub(super) static FUNCTIONS: &[Builtin] = &[$(Builtin { name: $name, owner: "", call: $function }),*];
    };
}
functions!(
    "abs" abs, "ascii" ascii, "bin" bin, "callable" callable, "chr" chr, "divmod" divmod, "format" format,
    "getattr" getattr, "hasattr" hasattr, "hash" hash, "hex" hex, "id" id, "isinstance" isinstance,
    "issubclass" issubclass, "len" len, "oct" oct, "ord" ord, "pow" pow, "repr" repr, "round" round, "dir" dir,
);

fn one<'a>(args: &Args<'a>, name: &str) -> Res<&'a Value> {
    args.count(name, 1, 1)?;
    Ok(&args.pos[0])
}

fn abs(args: &Args<'_>) -> Res {
    ops::abs(one(args, "abs")?)
}

fn ascii(args: &Args<'_>) -> Res {
    Ok(Value::string(ops::ascii(one(args, "ascii")?)?))
}

fn callable(args: &Args<'_>) -> Res {
    Ok(Value::Bool(call::is_callable(one(args, "callable")?)))
}

fn len(args: &Args<'_>) -> Res {
    Ok(Value::usize(ops::len(one(args, "len")?)?))
}

fn repr(args: &Args<'_>) -> Res {
    Ok(Value::string(ops::repr(one(args, "repr")?)?))
}

/// Digits of an integer in a base that is a power of two, with sign and prefix.
fn in_base(args: &Args<'_>, name: &str, prefix: &str, radix: u32) -> Res {
    let number = ops::index(one(args, name)?)?;
    let (sign, digits) = match &number {
        Value::Int(n) => {
            let magnitude = n.unsigned_abs();
            let digits = match radix {
                2 => format!("{magnitude:b}"),
                8 => format!("{magnitude:o}"),
                _ => format!("{magnitude:x}"),
            };
            (*n < 0, digits)
        }
        Value::BigInt(n) => (n.sign() == num_bigint::Sign::Minus, n.magnitude().to_str_radix(radix)),
        _ => return Err(Fault::type_error("an integer is needed")),
    };
    Ok(Value::string(format!("{}{prefix}{digits}", if sign { "-" } else { "" })))
}

fn bin(args: &Args<'_>) -> Res {
    in_base(args, "bin", "0b", 2)
}

fn oct(args: &Args<'_>) -> Res {
    in_base(args, "oct", "0o", 8)
}

fn hex(args: &Args<'_>) -> Res {
    in_base(args, "hex", "0x", 16)
}

fn chr(args: &Args<'_>) -> Res {
    let number = ops::index(one(args, "chr")?)?;
    let range = || Fault::value_error("chr() arg not in range(0x110000)");
    let code = match number {
        Value::Int(n) if i32::try_from(n).is_ok() => u32::try_from(n).map_err(|_| range())?,
        _ => return Err(Fault::overflow("Python int too large to convert to C int")),
    };
    match char::from_u32(code) {
        Some(c) => Ok(Value::string(c.to_string())),
        None if (0xd800..0xe000).contains(&code) => Err(Fault::not_pure(format!(
            "chr({code:#x}) is half of a surrogate pair, which text here cannot hold"
        ))),
        None => Err(range()),
    }
}

fn ord(args: &Args<'_>) -> Res {
    let value = one(args, "ord")?;
    let wrong =
        |n: usize| Fault::type_error(format!("ord() expected a character, but string of length {n} found"));
    match unwrap(value) {
        Value::Str(text) => {
            let mut chars = text.chars();
            match (chars.next(), chars.next()) {
                (Some(c), None) => Ok(Value::Int(i64::from(u32::from(c)))),
                _ => Err(wrong(text.n_chars())),
            }
        }
        Value::Bytes(bytes) => match bytes[..] {
            [byte] => Ok(Value::Int(i64::from(byte))),
            _ => Err(wrong(bytes.len())),
        },
        _ => Err(Fault::type_error(format!(
            "ord() expected string of length 1, but {} found",
            ops::type_name(value)
        ))),
    }
}

fn divmod(args: &Args<'_>) -> Res {
    args.count("divmod", 2, 2)?;
    ops::divmod(&args.pos[0], &args.pos[1])
}

fn pow(args: &Args<'_>) -> Res {
    let [base, exp, modulus] = args.bind("pow", ["base", "exp", "mod"], 0, 2, 3)?;
    match (base, exp) {
        (Some(base), Some(exp)) => ops::pow(base, exp, modulus),
        _ => Err(Fault::type_error("pow() needs two arguments")),
    }
}

fn round(args: &Args<'_>) -> Res {
    let [number, ndigits] = args.bind("round", ["number", "ndigits"], 0, 1, 2)?;
    match number {
        Some(number) => ops::round(number, ndigits),
        None => Err(Fault::type_error("round() missing required argument 'number' (pos 1)")),
    }
}

fn format(args: &Args<'_>) -> Res {
    args.count("format", 1, 2)?;
    let spec = match args.pos.get(1).map(unwrap) {
        None => "",
        Some(Value::Str(spec)) => spec.as_str(),
        Some(other) => {
            return Err(Fault::type_error(format!(
                "format() argument 2 must be str, not {}",
                crate::number::clinic_name(other)
            )));
        }
    };
    let shown = ops::format(&args.pos[0], spec)?;
    // What pads and cuts nothing gives the object itself, of whatever class derived from `str` it is.
    if let (Value::Instance(instance), false) = (&args.pos[0], spec.is_empty())
        && !matches!(instance.class.special("__format__"), Some(Value::Func(_)))
        && unwrap(&args.pos[0]).as_str() == Some(shown.as_str())
    {
        return Ok(args.pos[0].clone());
    }
    Ok(Value::Str(shown))
}

fn attribute_name<'a>(value: &'a Value, func: &str) -> Res<&'a str> {
    unwrap(value)
        .as_str()
        .ok_or_else(|| Fault::type_error(format!("{func}attribute name must be string")))
        .map_err(|fault| {
            if func.is_empty() {
                Fault::type_error(format!("attribute name must be string, not '{}'", ops::type_name(value)))
            } else {
                fault
            }
        })
}

fn getattr(args: &Args<'_>) -> Res {
    args.count("getattr", 2, 3)?;
    let name = attribute_name(&args.pos[1], "")?;
    let found = match args.pos.get(2) {
        None => attr::get(&args.pos[0], name)?,
        Some(default) => attr::find_kept(&args.pos[0], name)?.unwrap_or_else(|| default.clone()),
    };
    if matches!(&found, Value::Builtin(b) if b.owner == "afar.io") {
        return Err(Fault::not_pure(format!("`{name}` acts on the world: call it by its name, at the edge")));
    }
    Ok(found)
}

fn hasattr(args: &Args<'_>) -> Res {
    args.count("hasattr", 2, 2)?;
    let name = attribute_name(&args.pos[1], "")?;
    Ok(Value::Bool(attr::find_kept(&args.pos[0], name)?.is_some()))
}

fn hash(args: &Args<'_>) -> Res {
    Ok(slots_hash(ops::hash(one(args, "hash")?)?))
}

fn id(args: &Args<'_>) -> Res {
    one(args, "id")?;
    Err(Fault::not_pure("`id()` differs from run to run"))
}

fn isinstance(args: &Args<'_>) -> Res {
    args.count("isinstance", 2, 2)?;
    Ok(Value::Bool(relation::is_instance(&args.pos[0], &args.pos[1])?))
}

fn issubclass(args: &Args<'_>) -> Res {
    args.count("issubclass", 2, 2)?;
    Ok(Value::Bool(relation::is_subclass(&args.pos[0], &args.pos[1])?))
}

fn dir(args: &Args<'_>) -> Res {
    args.no_keywords("dir")?;
    let value = match args.pos {
        [] => {
            return Err(Fault::not_pure(
                "`dir()` without an argument lists what is bound where it is called",
            ));
        }
        [value] => value,
        more => {
            return Err(Fault::type_error(format!("dir expected at most 1 argument, got {}", more.len())));
        }
    };
    if let Value::Module(module) = value {
        let names = module.attrs.get().into_iter().flatten().map(|(n, _)| Value::Str(n.clone())).collect();
        return Ok(Value::list(names));
    }
    Err(Fault::not_pure("`dir()` shows what CPython's implementation has, which is not all there"))
}

/// The text that `print(*args, sep=, end=)` writes, up to the argument that has none, and what that raises. `file` and `flush` are
/// the edge's business: it takes them out.
pub fn print_text(args: &Args<'_>) -> Res<(String, Res<()>)> {
    let (mut sep, mut end) = (" ".to_owned(), "\n".to_owned());
    for (key, value) in args.kw {
        let target = match key.as_str() {
            "sep" => &mut sep,
            "end" => &mut end,
            "file" | "flush" => continue,
            _ => {
                return Err(Fault::type_error(format!("'{key}' is an invalid keyword argument for print()")));
            }
        };
        match unwrap(value) {
            Value::None => {}
            Value::Str(text) => text.as_str().clone_into(target),
            other => {
                return Err(Fault::type_error(format!(
                    "{key} must be None or a string, not {}",
                    ops::type_name(other)
                )));
            }
        }
    }
    let mut out = String::new();
    for (i, value) in args.pos.iter().enumerate() {
        if i > 0 {
            out.push_str(&sep);
        }
        match ops::to_str(value) {
            Ok(text) => out.push_str(&text),
            Err(fault) => return Ok((out, Err(fault))),
        }
    }
    out.push_str(&end);
    Ok((out, Ok(())))
}
