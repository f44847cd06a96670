//! The module `sys`, as much of it as a pure program has: `argv`, `exit` and the streams at the edge, constants anywhere.

use afar_runtime::abi::Stream;
use afar_runtime::object::Host;
use afar_runtime::value::Builtin;
use afar_runtime::{Args, Fault, Res, Str, Value, ops};

/// What the module holds.
pub fn attributes() -> Vec<(Str, Value)> {
    let argv = crate::config::settings().argv.iter().map(Value::str).collect();
    let all = [
        ("argv", Value::list(argv)),
        ("exit", Value::Builtin(&EXIT)),
        ("stdout", Host::value(Stream { is_error: false })),
        ("stderr", Host::value(Stream { is_error: true })),
        ("maxsize", Value::Int(i64::MAX)),
        ("maxunicode", Value::Int(0x0010_FFFF)),
        ("byteorder", Value::str(if cfg!(target_endian = "big") { "big" } else { "little" })),
        ("float_repr_style", Value::str("short")),
        ("getdefaultencoding", Value::Builtin(&ENCODING)),
        ("intern", Value::Builtin(&INTERN)),
    ];
    all.into_iter().chain(crate::sys_info::all()).map(|(name, value)| (Str::new(name), value)).collect()
}

static ENCODING: Builtin = Builtin {
    name: "getdefaultencoding",
    owner: "sys",
    call: |args| {
        args.count("sys.getdefaultencoding", 0, 0)?;
        Ok(Value::str("utf-8"))
    },
};

static INTERN: Builtin = Builtin {
    name: "intern",
    owner: "sys",
    call: |args| {
        args.count("sys.intern", 1, 1)?;
        match &args.pos[0] {
            Value::Str(_) => Ok(args.pos[0].clone()),
            other => {
                let name = ops::type_name(other);
                Err(Fault::type_error(format!("intern() argument must be str, not {name}")))
            }
        }
    },
};

static EXIT: Builtin = Builtin { name: "exit", owner: "", call: exit };

fn exit(args: &Args<'_>) -> Res {
    if !args.kw.is_empty() {
        return Err(Fault::type_error("sys.exit() takes no keyword arguments"));
    }
    if args.pos.len() > 1 {
        return Err(Fault::type_error(format!("exit expected at most 1 argument, got {}", args.pos.len())));
    }
    let args = match args.pos.first() {
        None | Some(Value::None) => Vec::new(),
        Some(Value::Tuple(parts)) => parts.to_vec(),
        Some(status) => vec![status.clone()],
    };
    Err(Fault::exception_args("SystemExit", args))
}

/// How a program ends that raised `SystemExit`: its status, and what is said on stderr.
///
/// # Errors
///
/// What the text of the argument raised.
pub fn status(exception: &Value) -> Res<(i32, Option<String>)> {
    match afar_runtime::object::attr::get(exception, "code")? {
        Value::None => Ok((0, None)),
        Value::Bool(b) => Ok((i32::from(b), None)),
        // The system keeps the low byte of what fits.
        Value::Int(n) => Ok((i32::try_from(n & 0xff).unwrap_or(255), None)),
        Value::BigInt(_) => Ok((255, None)),
        other => Ok((1, Some(ops::to_str(&other)?.to_string()))),
    }
}
