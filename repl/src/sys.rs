//! The module `sys`, as much of it as a pure program has: `argv`, `exit` and the streams at the edge, constants anywhere.

use afar_runtime::abi::Stream;
use afar_runtime::object::{Host, HostObject};
use afar_runtime::value::Builtin;
use afar_runtime::{Args, Fault, Ref, Res, Str, Value, ops};

/// What the module holds.
pub fn attributes() -> Vec<(Str, Value)> {
    let argv = crate::config::settings().argv.iter().map(Value::str).collect();
    let all = [
        ("argv", Value::list(argv)),
        ("exit", Value::Builtin(&EXIT)),
        ("stdout", Host::value(Stream { is_error: false })),
        ("stderr", Host::value(Stream { is_error: true })),
        ("maxsize", Value::Int(i64::MAX)),
        ("float_info", Host::value(FloatInfo)),
    ];
    all.into_iter().map(|(name, value)| (Str::new(name), value)).collect()
}

static EXIT: Builtin = Builtin { name: "exit", owner: "", call: exit };

fn exit(args: &Args<'_>) -> Res {
    if !args.kw.is_empty() {
        return Err(Fault::type_error("sys.exit() takes no keyword arguments"));
    }
    if args.pos.len() > 1 {
        return Err(Fault::type_error(format!("exit expected at most 1 argument, got {}", args.pos.len())));
    }
    Err(Fault::exception_args("SystemExit", args.pos.to_vec()))
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

/// `sys.float_info`.
struct FloatInfo;

/// In CPython's order.
fn float_info() -> [(&'static str, Value); 11] {
    let int = |n: i32| Value::Int(i64::from(n));
    [
        ("max", Value::Float(f64::MAX)),
        ("max_exp", int(f64::MAX_EXP)),
        ("max_10_exp", int(f64::MAX_10_EXP)),
        ("min", Value::Float(f64::MIN_POSITIVE)),
        ("min_exp", int(f64::MIN_EXP)),
        ("min_10_exp", int(f64::MIN_10_EXP)),
        ("dig", Value::Int(i64::from(f64::DIGITS))),
        ("mant_dig", Value::Int(i64::from(f64::MANTISSA_DIGITS))),
        ("epsilon", Value::Float(f64::EPSILON)),
        ("radix", Value::Int(i64::from(f64::RADIX))),
        ("rounds", int(1)),
    ]
}

impl HostObject for FloatInfo {
    fn type_name(&self) -> &str {
        "float_info"
    }

    fn module(&self) -> &str {
        "sys"
    }

    fn repr(&self) -> Res<String> {
        let mut fields = Vec::new();
        for (name, value) in float_info() {
            fields.push(format!("{name}={}", ops::repr(&value)?));
        }
        Ok(format!("sys.float_info({})", fields.join(", ")))
    }

    fn get_attr(&self, _this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        Ok(float_info().into_iter().find(|(n, _)| *n == name).map(|(_, v)| v))
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
