//! `struct`: numbers and bytes laid out as C has them. `pack_into` writes into its argument, and is refused.

mod item;
mod layout;

use crate::native::{NativeClass, arity, buffer, method, receiver, refusal};
use afar_runtime::iter::{Iter, Iterate};
use afar_runtime::object::{Host, HostObject, Remake};
use afar_runtime::{Args, Builtin, Fault, Ref, Res, Value, number};
use layout::Layout;
use std::sync::{Arc, OnceLock};

/// What the module holds.
pub const NAMES: &[&str] =
    &["Struct", "calcsize", "error", "iter_unpack", "pack", "pack_into", "unpack", "unpack_from"];

static BUILTINS: &[Builtin] = &[
    Builtin { name: "calcsize", owner: "struct", call: calcsize },
    Builtin { name: "iter_unpack", owner: "struct", call: iter_unpack },
    Builtin { name: "pack", owner: "struct", call: pack },
    Builtin { name: "pack_into", owner: "struct", call: |_| Err(refusal("pack_into", "use pack")) },
    Builtin { name: "unpack", owner: "struct", call: unpack },
    Builtin { name: "unpack_from", owner: "struct", call: unpack_from },
];

static METHODS: &[Builtin] = &[
    Builtin {
        name: "iter_unpack",
        owner: "_struct.Struct",
        call: |args| {
            args.rest().count("Struct.iter_unpack", 1, 1)?;
            of(args)?.iterate(&args.pos[1])
        },
    },
    Builtin { name: "pack", owner: "_struct.Struct", call: |args| packed(of(args)?, &args.rest()) },
    Builtin { name: "pack_into", owner: "_struct.Struct", call: |_| Err(refusal("pack_into", "use pack")) },
    Builtin {
        name: "unpack",
        owner: "_struct.Struct",
        call: |args| {
            args.rest().count("Struct.unpack", 1, 1)?;
            of(args)?.unpack(&args.pos[1])
        },
    },
    Builtin {
        name: "unpack_from",
        owner: "_struct.Struct",
        call: |args| {
            let [data, offset] = args.rest().bind("unpack_from", ["buffer", "offset"], 0, 1, 2)?;
            of(args)?.unpack_at(data, offset)
        },
    },
];

static STRUCT: NativeClass =
    NativeClass { module: "_struct", name: "Struct", construct: make, statics: &[], constants: &[] };

/// A name of the module.
pub fn lookup(name: &str) -> Option<Value> {
    static CLASS: OnceLock<Value> = OnceLock::new();
    match name {
        "error" => crate::native::exception_class("struct.error"),
        "Struct" => Some(CLASS.get_or_init(|| Host::value(&STRUCT)).clone()),
        _ => BUILTINS.iter().find(|b| b.name == name).map(Value::Builtin),
    }
}

/// A `struct.error`.
fn error(message: impl Into<String>) -> Fault {
    Fault::exception("struct.error", message)
}

/// A compiled format: `struct.Struct`.
struct Struct(Arc<Layout>);

fn of<'a>(args: &Args<'a>) -> Res<&'a Arc<Layout>> {
    Ok(&receiver::<Struct>(args)?.0)
}

fn make(args: &Args<'_>) -> Res {
    let [format] = args.bind("Struct", ["format"], 0, 1, 1)?;
    Ok(Host::value(Struct(Layout::of(format.unwrap_or(&Value::None))?)))
}

fn calcsize(args: &Args<'_>) -> Res {
    arity(args, "_struct", "calcsize", 1, 1)?;
    Ok(Value::usize(Layout::known(&args.pos[0])?.size))
}

fn pack(args: &Args<'_>) -> Res {
    args.no_keywords("_struct.pack")?;
    let [format, values @ ..] = args.pos else {
        return Err(Fault::type_error("missing format argument"));
    };
    packed(&*Layout::known(format)?, &Args::positional(values))
}

fn packed(layout: &Layout, args: &Args<'_>) -> Res {
    args.no_keywords("Struct.pack")?;
    if args.pos.len() != layout.n_values {
        let (n, given) = (layout.n_values, args.pos.len());
        return Err(error(format!("pack expected {n} items for packing (got {given})")));
    }
    layout.pack(args.pos).map(Value::bytes)
}

fn unpack(args: &Args<'_>) -> Res {
    arity(args, "_struct", "unpack", 2, 2)?;
    Layout::known(&args.pos[0])?.unpack(&args.pos[1])
}

fn unpack_from(args: &Args<'_>) -> Res {
    let [format, data, offset] = args.bind("unpack_from", ["", "buffer", "offset"], 1, 2, 3)?;
    Layout::known(format.unwrap_or(&Value::None))?.unpack_at(data, offset)
}

fn iter_unpack(args: &Args<'_>) -> Res {
    arity(args, "_struct", "iter_unpack", 2, 2)?;
    Layout::known(&args.pos[0])?.iterate(&args.pos[1])
}

impl Layout {
    fn unpack(&self, data: &Value) -> Res {
        let data = buffer(data)?;
        if data.len() != self.size {
            return Err(error(format!("unpack requires a buffer of {} bytes", self.size)));
        }
        self.read(data)
    }

    fn unpack_at(&self, data: Option<&Value>, offset: Option<&Value>) -> Res {
        let offset = offset.map_or(Ok(0), number::word_arg)?;
        let data = buffer(data.unwrap_or(&Value::None))?;
        let (size, len) = (self.size, data.len());
        let at = if offset < 0 {
            let from_end = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
            if size > from_end {
                return Err(error(format!("not enough data to unpack {size} bytes at offset {offset}")));
            }
            len.checked_sub(from_end)
                .ok_or_else(|| error(format!("offset {offset} out of range for {len}-byte buffer")))?
        } else {
            usize::try_from(offset).unwrap_or(usize::MAX)
        };
        if len < at || len - at < size {
            return Err(error(format!(
                "unpack_from requires a buffer of at least {} bytes for unpacking {size} bytes at offset {at} \
                 (actual buffer size is {len})",
                at.saturating_add(size)
            )));
        }
        self.read(&data[at..at + size])
    }

    fn iterate(self: &Arc<Self>, data: &Value) -> Res {
        if self.size == 0 {
            return Err(error("cannot iteratively unpack with a struct of length 0"));
        }
        if !buffer(data)?.len().is_multiple_of(self.size) {
            let size = self.size;
            return Err(error(format!(
                "iterative unpacking requires a buffer of a multiple of {size} bytes"
            )));
        }
        Ok(Iter::value(Unpack { layout: self.clone(), data: data.clone(), at: 0 }))
    }
}

/// What `iter_unpack` gives.
struct Unpack {
    layout: Arc<Layout>,
    data: Value,
    at: usize,
}

impl Iterate for Unpack {
    fn next(&mut self) -> Res<Option<Value>> {
        let size = self.layout.size;
        let Some(part) = buffer(&self.data)?.get(self.at..self.at + size) else { return Ok(None) };
        self.at += size;
        self.layout.read(part).map(Some)
    }

    fn type_name(&self) -> &'static str {
        "unpack_iterator"
    }

    fn size_hint(&self) -> usize {
        buffer(&self.data).map_or(0, |data| (data.len() - self.at) / self.layout.size)
    }
}

impl HostObject for Struct {
    fn type_name(&self) -> &str {
        "Struct"
    }

    fn module(&self) -> &str {
        "_struct"
    }

    fn repr(&self) -> Res<String> {
        Err(Fault::not_pure("the repr of a struct.Struct shows its address"))
    }

    fn get_attr(&self, this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        Ok(match name {
            "format" => Some(Value::str(&self.0.format)),
            "size" => Some(Value::usize(self.0.size)),
            _ => method(METHODS, this, name),
        })
    }

    fn remake(&self) -> Option<Remake> {
        Some(Remake::new(crate::lookup("struct", "Struct")?, vec![Value::str(&self.0.format)]))
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
