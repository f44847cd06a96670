//! The methods of `bytes`.

use super::bytes::{like, part};
use super::receiver::{arity, bytes, parsed_arity, str_of, window};
use super::{bytes_case, codec, search, split};
use crate::number::{c_int_arg, clinic_name, payload, type_name, word_arg};
use crate::ops::{BinOp, CmpOp};
use crate::value::Args;
use crate::{Builtin, Fault, Res, Value, budget};

macro_rules! table {
    ($($name:literal => $call:expr),* $(,)?) => {
        &[$(Builtin { name: $name, owner: "bytes", call: $call }),*]
    };
}

/// All of them.
pub static METHODS: &[Builtin] = table!(
    "capitalize" => |a| mapped(a, "capitalize", bytes_case::capitalize),
    "center" => |a| justify(a, "center"),
    "count" => count,
    "decode" => decode,
    "endswith" => |a| affix(a, "endswith"),
    "expandtabs" => expandtabs,
    "find" => |a| Ok(locate(a, "find", search::find)?.map_or(Value::Int(-1), Value::usize)),
    "hex" => hex,
    "index" => |a| locate(a, "index", search::find)?.map(Value::usize).ok_or_else(not_found),
    "isalnum" => |a| all(a, "isalnum", u8::is_ascii_alphanumeric),
    "isalpha" => |a| all(a, "isalpha", u8::is_ascii_alphabetic),
    "isascii" => |a| test(a, "isascii", <[u8]>::is_ascii),
    "isdigit" => |a| all(a, "isdigit", u8::is_ascii_digit),
    "islower" => |a| test(a, "islower", bytes_case::is_lower),
    "isspace" => |a| all(a, "isspace", |byte| split::is_byte_space(*byte)),
    "istitle" => |a| test(a, "istitle", bytes_case::is_title),
    "isupper" => |a| test(a, "isupper", bytes_case::is_upper),
    "join" => |a| {
        arity(a, "bytes", "join", 1, 1)?;
        split::join_bytes(bytes(a, "join")?, &a.pos[1])
    },
    "ljust" => |a| justify(a, "ljust"),
    "lower" => |a| mapped(a, "lower", <[u8]>::to_ascii_lowercase),
    "lstrip" => |a| strip(a, "lstrip", true, false),
    "partition" => |a| partition(a, "partition", false),
    "removeprefix" => |a| remove(a, "removeprefix"),
    "removesuffix" => |a| remove(a, "removesuffix"),
    "replace" => replace,
    "rfind" => |a| Ok(locate(a, "rfind", search::rfind)?.map_or(Value::Int(-1), Value::usize)),
    "rindex" => |a| locate(a, "rindex", search::rfind)?.map(Value::usize).ok_or_else(not_found),
    "rjust" => |a| justify(a, "rjust"),
    "rpartition" => |a| partition(a, "rpartition", true),
    "rsplit" => |a| split_method(a, "rsplit", true),
    "rstrip" => |a| strip(a, "rstrip", false, true),
    "split" => |a| split_method(a, "split", false),
    "splitlines" => splitlines,
    "startswith" => |a| affix(a, "startswith"),
    "strip" => |a| strip(a, "strip", true, true),
    "swapcase" => |a| mapped(a, "swapcase", bytes_case::swapcase),
    "title" => |a| mapped(a, "title", bytes_case::title),
    "translate" => translate,
    "upper" => |a| mapped(a, "upper", <[u8]>::to_ascii_uppercase),
    "zfill" => zfill,
    "__add__" => |a| operator(a, "__add__", BinOp::Add),
    "__mul__" => |a| operator(a, "__mul__", BinOp::Mul),
    "__rmul__" => |a| operator(a, "__rmul__", BinOp::Mul),
    "__mod__" => |a| operator(a, "__mod__", BinOp::Mod),
    "__contains__" => |a| {
        slot(a, 1)?;
        super::contains(a.receiver(), &a.pos[1]).unwrap_or(Ok(false)).map(Value::Bool)
    },
    "__getitem__" => |a| {
        slot(a, 1)?;
        super::getitem(a.receiver(), &a.pos[1]).unwrap_or(Ok(Value::None))
    },
    "__len__" => |a| slot(a, 0).and_then(|()| Ok(Value::usize(bytes(a, "__len__")?.len()))),
    "__str__" => |a| slot(a, 0).and_then(|()| Ok(Value::string(super::repr_bytes(bytes(a, "__str__")?)))),
    "__repr__" => |a| slot(a, 0).and_then(|()| Ok(Value::string(super::repr_bytes(bytes(a, "__repr__")?)))),
    "__bytes__" => |a| slot(a, 0).map(|()| payload(a.receiver()).clone()),
    "__hash__" => |a| slot(a, 0).map(|()| Value::Int(super::hash(a.receiver()).unwrap_or(0).cast_signed())),
    "__eq__" => |a| comparison(a, CmpOp::Eq),
    "__ne__" => |a| comparison(a, CmpOp::Ne),
    "__lt__" => |a| comparison(a, CmpOp::Lt),
    "__le__" => |a| comparison(a, CmpOp::Le),
    "__gt__" => |a| comparison(a, CmpOp::Gt),
    "__ge__" => |a| comparison(a, CmpOp::Ge),
);

/// Those without a receiver.
pub static STATIC: &[Builtin] = table!("fromhex" => fromhex, "maketrans" => maketrans);

fn slot(args: &Args<'_>, expected: usize) -> Res<()> {
    let given = args.pos.len() - 1;
    if given == expected {
        return Ok(());
    }
    let s = if expected == 1 { "" } else { "s" };
    Err(Fault::type_error(format!("expected {expected} argument{s}, got {given}")))
}

fn operator(args: &Args<'_>, name: &str, op: BinOp) -> Res {
    slot(args, 1)?;
    let receiver = Value::bytes(bytes(args, name)?);
    match super::binary(op, &receiver, payload(&args.pos[1])) {
        Some(result) => result,
        None if op == BinOp::Add => {
            Err(super::concat_error(&receiver, &args.pos[1]).unwrap_or_else(|| Fault::type_error("")))
        }
        None => Ok(Value::NotImplemented),
    }
}

fn comparison(args: &Args<'_>, op: CmpOp) -> Res {
    slot(args, 1)?;
    match super::compare(op, payload(args.receiver()), payload(&args.pos[1])) {
        Some(result) => result.map(Value::Bool),
        None => Ok(Value::NotImplemented),
    }
}

fn not_found() -> Fault {
    Fault::value_error("subsection not found")
}

fn mapped(args: &Args<'_>, name: &str, map: impl Fn(&[u8]) -> Vec<u8>) -> Res {
    arity(args, "bytes", name, 0, 0)?;
    Ok(Value::bytes(map(bytes(args, name)?)))
}

fn test(args: &Args<'_>, name: &str, test: impl Fn(&[u8]) -> bool) -> Res {
    arity(args, "bytes", name, 0, 0)?;
    Ok(Value::Bool(test(bytes(args, name)?)))
}

fn all(args: &Args<'_>, name: &str, is: impl Fn(&u8) -> bool) -> Res {
    test(args, name, |bytes| !bytes.is_empty() && bytes.iter().all(&is))
}

fn locate(args: &Args<'_>, name: &str, find: fn(&[u8], &[u8]) -> Option<usize>) -> Res<Option<usize>> {
    parsed_arity(args, "bytes", name, 1, 3)?;
    let receiver = bytes(args, name)?;
    let (start, end) = window(args.pos.get(2), args.pos.get(3), receiver.len())?;
    let part = part(&args.pos[1])?;
    if start > end {
        return Ok(None);
    }
    Ok(find(&receiver[start..end], &part).map(|at| start + at))
}

fn count(args: &Args<'_>) -> Res {
    parsed_arity(args, "bytes", "count", 1, 3)?;
    let receiver = bytes(args, "count")?;
    let (start, end) = window(args.pos.get(2), args.pos.get(3), receiver.len())?;
    let part = part(&args.pos[1])?;
    Ok(Value::usize(if start > end {
        0
    } else if part.is_empty() {
        end - start + 1
    } else {
        search::count(&receiver[start..end], &part)?
    }))
}

fn affix(args: &Args<'_>, name: &str) -> Res {
    parsed_arity(args, "bytes", name, 1, 3)?;
    let receiver = bytes(args, name)?;
    let (start, end) = window(args.pos.get(2), args.pos.get(3), receiver.len())?;
    let piece = (start <= end).then(|| &receiver[start..end]);
    let fits = |part: &[u8]| {
        piece.is_some_and(
            |piece| if name == "startswith" { piece.starts_with(part) } else { piece.ends_with(part) },
        )
    };
    match payload(&args.pos[1]) {
        Value::Bytes(part) => Ok(Value::Bool(fits(part))),
        Value::Tuple(options) => {
            for option in options.iter() {
                if fits(like(option)?) {
                    return Ok(Value::Bool(true));
                }
            }
            Ok(Value::Bool(false))
        }
        _ => Err(Fault::type_error(format!(
            "{name} first arg must be bytes or a tuple of bytes, not {}",
            type_name(&args.pos[1])
        ))),
    }
}

fn replace(args: &Args<'_>) -> Res {
    arity(args, "bytes", "replace", 2, 3)?;
    let receiver = bytes(args, "replace")?;
    let (old, new) = (like(&args.pos[1])?, like(&args.pos[2])?);
    let limit = args.pos.get(3).map_or(Ok(-1), word_arg)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if limit == 0
        || old.len() > receiver.len()
        || receiver.is_empty() && limit != usize::MAX && !old.is_empty()
    {
        return Ok(Value::bytes(receiver));
    }
    if !old.is_empty() {
        budget::check(search::count(receiver, old)?.min(limit), new.len(), "bytes")?;
        return Ok(Value::bytes(search::replace(receiver, old, new, limit)?));
    }
    budget::check((receiver.len() + 1).min(limit), new.len(), "bytes")?;
    let mut out = Vec::new();
    let mut left = limit;
    for byte in receiver {
        if left > 0 {
            out.extend_from_slice(new);
            left -= 1;
        }
        out.push(*byte);
    }
    if left > 0 {
        out.extend_from_slice(new);
    }
    Ok(Value::bytes(out))
}

fn strip(args: &Args<'_>, name: &str, left: bool, right: bool) -> Res {
    arity(args, "bytes", name, 0, 1)?;
    let receiver = bytes(args, name)?;
    let set = match args.pos.get(1).filter(|v| !v.is_none()) {
        None => None,
        Some(value) => Some(like(value)?),
    };
    let matches = |byte: u8| set.map_or_else(|| split::is_byte_space(byte), |set| set.contains(&byte));
    Ok(Value::bytes(split::trim(receiver, matches, left, right)))
}

fn partition(args: &Args<'_>, name: &str, from_right: bool) -> Res {
    arity(args, "bytes", name, 1, 1)?;
    let receiver = bytes(args, name)?;
    let separator = like(&args.pos[1])?;
    if separator.is_empty() {
        return Err(Fault::value_error("empty separator"));
    }
    let find = if from_right { search::rfind } else { search::find };
    let empty: &[u8] = &[];
    let parts = match find(receiver, separator) {
        Some(at) => [&receiver[..at], separator, &receiver[at + separator.len()..]],
        None if from_right => [empty, empty, receiver],
        None => [receiver, empty, empty],
    };
    Ok(Value::tuple(parts.into_iter().map(Value::bytes).collect::<Vec<_>>()))
}

fn remove(args: &Args<'_>, name: &str) -> Res {
    arity(args, "bytes", name, 1, 1)?;
    let receiver = bytes(args, name)?;
    let part = like(&args.pos[1])?;
    let rest = if name == "removeprefix" { receiver.strip_prefix(part) } else { receiver.strip_suffix(part) };
    Ok(Value::bytes(rest.unwrap_or(receiver)))
}

fn split_method(args: &Args<'_>, name: &str, from_right: bool) -> Res {
    let receiver = bytes(args, name)?;
    let [separator, limit] = args.rest().bind(name, ["sep", "maxsplit"], 0, 0, 2)?;
    let limit = limit.map_or(Ok(-1), word_arg)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let parts: Vec<Value> = match separator.filter(|v| !v.is_none()) {
        None => split::bytes_by_space(receiver, limit, from_right).into_iter().map(Value::bytes).collect(),
        Some(separator) => {
            let separator = like(separator)?;
            if separator.is_empty() {
                return Err(Fault::value_error("empty separator"));
            }
            split::by_separator(receiver, separator, limit, from_right)
                .into_iter()
                .map(|part| Value::bytes(&receiver[part]))
                .collect()
        }
    };
    Ok(Value::list(parts))
}

fn splitlines(args: &Args<'_>) -> Res {
    let receiver = bytes(args, "splitlines")?;
    let [keep_ends] = args.rest().bind("splitlines", ["keepends"], 0, 0, 1)?;
    let keep_ends = keep_ends.map_or(Ok(0), c_int_arg)? != 0;
    Ok(Value::list(split::byte_lines(receiver, keep_ends).into_iter().map(Value::bytes).collect()))
}

fn justify(args: &Args<'_>, name: &str) -> Res {
    arity(args, "bytes", name, 1, 2)?;
    let receiver = bytes(args, name)?;
    let width = word_arg(&args.pos[1])?;
    let fill = match args.pos.get(2).map(|value| (payload(value), value)) {
        None => b' ',
        Some((Value::Bytes(fill), _)) if fill.len() == 1 => fill[0],
        Some((_, value)) => {
            return Err(Fault::type_error(format!(
                "{name}() argument 2 must be a byte string of length 1, not {}",
                clinic_name(value)
            )));
        }
    };
    let width = usize::try_from(width).unwrap_or(0);
    let Some(total) = width.checked_sub(receiver.len()).filter(|n| *n > 0) else {
        return Ok(Value::bytes(receiver));
    };
    budget::check(width, 1, "padded bytes")?;
    let left = match name {
        "ljust" => 0,
        "rjust" => total,
        _ => total / 2 + (total & width & 1),
    };
    let mut out = vec![fill; left];
    out.extend_from_slice(receiver);
    out.resize(width, fill);
    Ok(Value::bytes(out))
}

fn zfill(args: &Args<'_>) -> Res {
    arity(args, "bytes", "zfill", 1, 1)?;
    let receiver = bytes(args, "zfill")?;
    let width = usize::try_from(word_arg(&args.pos[1])?).unwrap_or(0);
    let Some(zeros) = width.checked_sub(receiver.len()).filter(|n| *n > 0) else {
        return Ok(Value::bytes(receiver));
    };
    budget::check(width, 1, "padded bytes")?;
    let n_sign = usize::from(matches!(receiver.first(), Some(b'+' | b'-')));
    let (sign, digits) = receiver.split_at(n_sign);
    Ok(Value::bytes([sign, &vec![b'0'; zeros], digits].concat()))
}

fn expandtabs(args: &Args<'_>) -> Res {
    let receiver = bytes(args, "expandtabs")?;
    let [size] = args.rest().bind("expandtabs", ["tabsize"], 0, 0, 1)?;
    let size = usize::try_from(size.map_or(Ok(8), c_int_arg)?).unwrap_or(0);
    budget::check(receiver.iter().filter(|b| **b == b'\t').count(), size, "bytes")?;
    let mut out = Vec::with_capacity(receiver.len());
    let mut column = 0;
    for &byte in receiver {
        match byte {
            b'\t' if size > 0 => {
                let n = size - column % size;
                out.extend(std::iter::repeat_n(b' ', n));
                column += n;
            }
            b'\t' => {}
            _ => {
                out.push(byte);
                column = if matches!(byte, b'\n' | b'\r') { 0 } else { column + 1 };
            }
        }
    }
    Ok(Value::bytes(out))
}

fn decode(args: &Args<'_>) -> Res {
    let receiver = bytes(args, "decode")?;
    let [encoding, errors] = args.rest().bind("decode", ["encoding", "errors"], 0, 0, 2)?;
    let encoding = codec::name_arg("decode", "encoding", encoding, "utf-8")?;
    let errors = codec::name_arg("decode", "errors", errors, "strict")?;
    codec::decode(receiver, encoding, errors).map(Value::string)
}

fn hex(args: &Args<'_>) -> Res {
    let receiver = bytes(args, "hex")?;
    let [separator, group] = args.rest().bind("hex", ["sep", "bytes_per_sep"], 0, 0, 2)?;
    let group: i32 = group.map_or(Ok(1), c_int_arg)?;
    let separator = match separator {
        None => None,
        Some(value) => {
            let text: &[u8] = match payload(value) {
                Value::Str(text) => text.as_bytes(),
                Value::Bytes(bytes) => bytes,
                _ if crate::ops::len(value)? != 1 => return Err(Fault::value_error("sep must be length 1.")),
                _ => return Err(Fault::type_error("sep must be str or bytes.")),
            };
            let n_chars = str_of(value).map_or(text.len(), |text| text.n_chars());
            if n_chars != 1 {
                return Err(Fault::value_error("sep must be length 1."));
            }
            if !text.is_ascii() {
                return Err(Fault::value_error("sep must be ASCII."));
            }
            Some(char::from(text[0]))
        }
    };
    let mut out = String::with_capacity(receiver.len() * 2);
    let size: usize = usize::try_from(group.unsigned_abs()).unwrap_or(usize::MAX);
    for (at, byte) in receiver.iter().enumerate() {
        // Groups are counted from the right, or from the left for a negative size.
        let done = if group > 0 { receiver.len() - at } else { at };
        if let Some(separator) = separator.filter(|_| at > 0 && size > 0 && done % size == 0) {
            out.push(separator);
        }
        for digit in [byte >> 4, byte & 15] {
            out.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
    Ok(Value::string(out))
}

fn fromhex(args: &Args<'_>) -> Res {
    args.count("bytes.fromhex", 1, 1)?;
    let Some(text) = str_of(&args.pos[0]) else {
        return Err(Fault::type_error(format!(
            "fromhex() argument must be str, not {}",
            clinic_name(&args.pos[0])
        )));
    };
    let chars: Vec<char> = text.chars().collect();
    let invalid = |at: usize| {
        Fault::value_error(format!("non-hexadecimal number found in fromhex() arg at position {at}"))
    };
    if let Some(at) = chars.iter().position(|c| !c.is_ascii()) {
        return Err(invalid(at));
    }
    let mut out = Vec::with_capacity(chars.len() / 2);
    let mut at = 0;
    while at < chars.len() {
        if matches!(chars[at], '\t'..='\r' | ' ') {
            at += 1;
            continue;
        }
        let high = chars[at].to_digit(16).ok_or_else(|| invalid(at))?;
        let low = chars.get(at + 1).and_then(|c| c.to_digit(16)).ok_or_else(|| invalid(at + 1))?;
        out.push(u8::try_from(high * 16 + low).unwrap_or(0));
        at += 2;
    }
    Ok(Value::bytes(out))
}

fn maketrans(args: &Args<'_>) -> Res {
    args.no_keywords("bytes.maketrans")?;
    args.count("maketrans", 2, 2)?;
    let (from, to) = (like(&args.pos[0])?, like(&args.pos[1])?);
    if from.len() != to.len() {
        return Err(Fault::value_error("maketrans arguments must have same length"));
    }
    let mut table: Vec<u8> = (0..=255).collect();
    for (from, to) in from.iter().zip(to) {
        table[usize::from(*from)] = *to;
    }
    Ok(Value::bytes(table))
}

fn translate(args: &Args<'_>) -> Res {
    let receiver = bytes(args, "translate")?;
    let [table, delete] = args.rest().bind("translate", ["", "delete"], 1, 1, 2)?;
    let table = match table.filter(|v| !v.is_none()) {
        None => None,
        Some(table) => Some(like(table)?),
    };
    if table.is_some_and(|table| table.len() != 256) {
        return Err(Fault::value_error("translation table must be 256 characters long"));
    }
    let delete = delete.map_or(Ok(&[][..]), like)?;
    let mapped = receiver
        .iter()
        .filter(|byte| !delete.contains(byte))
        .map(|byte| table.map_or(*byte, |table| table[usize::from(*byte)]));
    Ok(Value::bytes(mapped.collect::<Vec<u8>>()))
}
