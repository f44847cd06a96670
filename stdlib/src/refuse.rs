//! `afar`: the package. What it holds itself is for the library's modules written in Afar, which refuse what is not pure.

use afar_runtime::object::maker::maker;
use afar_runtime::object::{Instance, Native};
use afar_runtime::{Args, Builtin, Fault, Ref, Res, Value, ops};

/// What the module holds.
pub const NAMES: &[&str] =
    &["_maker", "_not_pure", "_read_moment", "_reckoned", "_shifted", "_type_name", "_with"];

static NOT_PURE: Builtin = Builtin { name: "_not_pure", owner: "afar", call: not_pure };

static MAKER: Builtin = Builtin { name: "_maker", owner: "afar", call: maker };

static TYPE_NAME: Builtin = Builtin { name: "_type_name", owner: "afar", call: type_name };

static WITH: Builtin = Builtin { name: "_with", owner: "afar", call: with };

/// A name of the module.
pub fn lookup(name: &str) -> Option<Value> {
    match name {
        "_maker" => Some(Value::Builtin(&MAKER)),
        "_read_moment" | "_reckoned" | "_shifted" => {
            crate::shortcut::ALL.iter().find(|b| b.name == name).map(Value::Builtin)
        }
        "_not_pure" => Some(Value::Builtin(&NOT_PURE)),
        "_type_name" => Some(Value::Builtin(&TYPE_NAME)),
        "_with" => Some(Value::Builtin(&WITH)),
        _ => None,
    }
}

/// `_with(instance, name, value)`: a copy of an instance without a value of a built-in type, in which one field has this value.
fn with(args: &Args<'_>) -> Res {
    args.count("with", 3, 3)?;
    let (Value::Instance(from), Some(name)) = (&args.pos[0], args.pos[1].as_str()) else {
        return Err(Fault::type_error("an instance and the name of a field are needed"));
    };
    let copy = Instance::new(from.class.clone(), Native::None);
    for (name, value) in from.named_fields() {
        copy.set_field(&name, value);
    }
    copy.set_field(name, args.pos[2].clone());
    copy.seal();
    Ok(Value::Instance(Ref::new(copy)))
}

/// `_type_name(value)`: what messages call its type.
fn type_name(args: &Args<'_>) -> Res {
    args.count("type_name", 1, 1)?;
    Ok(Value::Str(ops::type_name(&args.pos[0])))
}

/// `_not_pure(why)`: stops the program with this message.
fn not_pure(args: &Args<'_>) -> Res {
    args.count("not_pure", 1, 1)?;
    Err(Fault::not_pure(args.pos[0].as_str().unwrap_or("this is not pure")))
}
