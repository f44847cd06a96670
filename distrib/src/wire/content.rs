//! Names for what is computed, by code and inputs: of calls within one process, and of ranges in all that run the same unit.

use super::bytes::Out;
use super::encode::Encoder;
use super::names::Names;
use crate::inputs::Input;
use afar_compiler::program::Code;
use afar_runtime::hooks::RangeKey;
use afar_runtime::pool::spread::Offered;
use afar_runtime::{Res, Str, Value};

/// What names a call by what it computes, and what must live as long as that name counts; `None` where there is no name.
pub fn content(
    func: &Value,
    args: &[Value],
    kw: &[(Str, Value)],
    names: &[Input],
) -> Option<([u8; 32], Vec<Value>)> {
    let mut scratch = Names::default();
    let mut encoder = Encoder::hashing(&mut scratch);
    let encode = |e: &mut Encoder<'_>| -> Res<()> {
        e.value(func)?;
        e.out.size(args.len());
        args.iter().try_for_each(|v| e.value(v))?;
        for (name, value) in kw {
            e.out.text(name);
            e.value(value)?;
        }
        for input in names {
            e.out.number(u64::from(input.globals));
            e.out.text(&input.name);
            e.value(bound_to(input))?;
        }
        e.tail()
    };
    encode(&mut encoder).ok()?;
    let pins = std::mem::take(&mut encoder.pins);
    Some((finished(encoder.out)?, pins))
}

/// What names a range by what it computes, in every process that runs the same unit: its code, its inputs, and the names that are found on
/// the way. `None` where there is something among them that only this process knows.
pub fn range_content(range: &Offered, code: &Code, names: &[Input]) -> Option<[u8; 32]> {
    computed(&range.key, range.kind, range.len, code, names)
}

/// As [`range_content`], of an expression that waits for its turn. How many calls may nest in it counts too: it may handle what is raised
/// where that are too many.
pub fn waiting_content(key: &RangeKey, depth_left: i64, code: &Code, names: &[Input]) -> Option<[u8; 32]> {
    /// No kind of range.
    const WAITS: u8 = u8::MAX - 1;
    computed(key, WAITS, depth_left, code, names)
}

fn computed(key: &RangeKey, kind: u8, n: i64, code: &Code, names: &[Input]) -> Option<[u8; 32]> {
    let mut scratch = Names::default();
    let mut encoder = Encoder::hashing_for_all(&mut scratch);
    let encode = |e: &mut Encoder<'_>| -> Res<()> {
        e.text(&code.source);
        e.globals(&code.globals);
        e.out.number(u64::from(key.node));
        e.out.byte(kind);
        e.out.put(&n.to_le_bytes());
        e.out.size(key.inputs.len());
        key.inputs.iter().try_for_each(|v| e.value(v))?;
        e.out.size(names.len());
        for input in names {
            e.out.text(&input.name);
            e.value(bound_to(input))?;
        }
        e.tail()
    };
    encode(&mut encoder).ok()?;
    finished(encoder.out)
}

fn bound_to(input: &Input) -> &Value {
    input.found.as_ref().map_or(&Value::Unbound, |f| &f.value)
}

fn finished(out: Out) -> Option<[u8; 32]> {
    match out {
        Out::Hash(hasher) => Some(*hasher.finalize().as_bytes()),
        Out::Bytes(_) | Out::Count(_) => None,
    }
}
