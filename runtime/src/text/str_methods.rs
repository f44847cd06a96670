//! The methods of `str`.

use super::receiver::{arity, parsed_arity, str_of, text, window};
use super::{case, chars, codec, search, split, template, translate};
use crate::abi::native;
use crate::number::{c_int_arg, clinic_name, payload, type_name, word_arg};
use crate::ops::{BinOp, CmpOp};
use crate::value::Args;
use crate::{Builtin, Fault, Res, Str, Value, budget};

macro_rules! table {
    ($($name:literal => $call:expr),* $(,)?) => {
        &[$(Builtin { name: $name, owner: "str", call: $call }),*]
    };
}

/// All of them.
pub static METHODS: &[Builtin] = table!(
    "capitalize" => |a| mapped(a, "capitalize", case::capitalize),
    "casefold" => |a| mapped(a, "casefold", case::casefold),
    "center" => |a| justify(a, "center"),
    "count" => count,
    "encode" => encode,
    "endswith" => |a| affix(a, "endswith"),
    "expandtabs" => expandtabs,
    "find" => |a| Ok(locate(a, "find", search::find)?.map_or(Value::Int(-1), Value::usize)),
    "format" => |a| template::format(text(a, "format")?, a.rest()),
    "format_map" => |a| {
        arity(a, "str", "format_map", 1, 1)?;
        template::format_map(text(a, "format_map")?, &a.pos[1])
    },
    "index" => |a| locate(a, "index", search::find)?.map(Value::usize).ok_or_else(not_found),
    "isalnum" => |a| all(a, "isalnum", chars::is_alnum),
    "isalpha" => |a| all(a, "isalpha", chars::is_alpha),
    "isascii" => |a| test(a, "isascii", str::is_ascii),
    "isdecimal" => |a| all(a, "isdecimal", chars::is_decimal),
    "isdigit" => |a| all(a, "isdigit", chars::is_digit),
    "isidentifier" => |a| test(a, "isidentifier", chars::is_identifier),
    "islower" => |a| test(a, "islower", case::text_is_lower),
    "isnumeric" => |a| all(a, "isnumeric", chars::is_numeric),
    "isprintable" => |a| test(a, "isprintable", |text| text.chars().all(chars::is_printable)),
    "isspace" => |a| all(a, "isspace", chars::is_space),
    "istitle" => |a| test(a, "istitle", case::text_is_title),
    "isupper" => |a| test(a, "isupper", case::text_is_upper),
    "join" => |a| {
        arity(a, "str", "join", 1, 1)?;
        split::join_str(text(a, "join")?, &a.pos[1])
    },
    "ljust" => |a| justify(a, "ljust"),
    "lower" => |a| mapped(a, "lower", case::lower),
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
    "swapcase" => |a| mapped(a, "swapcase", case::swapcase),
    "title" => |a| mapped(a, "title", case::title),
    "translate" => |a| {
        arity(a, "str", "translate", 1, 1)?;
        translate::translate(text(a, "translate")?, &a.pos[1])
    },
    "upper" => |a| mapped(a, "upper", case::upper),
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
    "__len__" => |a| slot(a, 0).and_then(|()| Ok(Value::usize(text(a, "__len__")?.n_chars()))),
    "__str__" => |a| slot(a, 0).and_then(|()| Ok(Value::Str(text(a, "__str__")?.clone()))),
    "__repr__" => |a| slot(a, 0).and_then(|()| Ok(Value::string(super::repr_str(text(a, "__repr__")?)))),
    "__hash__" => |a| slot(a, 0).map(|()| Value::Int(super::hash(a.receiver()).unwrap_or(0).cast_signed())),
    "__format__" => |a| {
        arity(a, "str", "__format__", 1, 1)?;
        let spec = clinic_arg(&a.pos[1], "__format__() argument")?;
        crate::object::format_native(a.receiver(), spec)
    },
    "__eq__" => |a| comparison(a, CmpOp::Eq),
    "__ne__" => |a| comparison(a, CmpOp::Ne),
    "__lt__" => |a| comparison(a, CmpOp::Lt),
    "__le__" => |a| comparison(a, CmpOp::Le),
    "__gt__" => |a| comparison(a, CmpOp::Gt),
    "__ge__" => |a| comparison(a, CmpOp::Ge),
);

/// Those without a receiver.
pub static STATIC: &[Builtin] = table!("maketrans" => translate::maketrans);

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
    let receiver = Value::Str(text(args, name)?.clone());
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
    Fault::value_error("substring not found")
}

fn mapped(args: &Args<'_>, name: &str, map: impl Fn(&str) -> String) -> Res {
    arity(args, "str", name, 0, 0)?;
    Ok(Value::string(map(text(args, name)?)))
}

fn test(args: &Args<'_>, name: &str, test: impl Fn(&str) -> bool) -> Res {
    arity(args, "str", name, 0, 0)?;
    Ok(Value::Bool(test(text(args, name)?)))
}

fn all(args: &Args<'_>, name: &str, is: impl Fn(char) -> bool) -> Res {
    test(args, name, |text| !text.is_empty() && text.chars().all(&is))
}

/// An argument of a method that Argument Clinic made.
fn clinic_arg<'a>(value: &'a Value, what: &str) -> Res<&'a Str> {
    str_of(value).ok_or_else(|| Fault::type_error(format!("{what} must be str, not {}", clinic_name(value))))
}

fn str_arg(value: &Value, what: impl Fn(&str) -> String) -> Res<&Str> {
    str_of(value).ok_or_else(|| Fault::type_error(what(&type_name(value))))
}

/// The place of the first argument between the optional second and third, in characters.
fn locate(args: &Args<'_>, name: &str, find: fn(&[u8], &[u8]) -> Option<usize>) -> Res<Option<usize>> {
    let Some((receiver, part, start, end)) = parts(args, name)? else { return Ok(None) };
    let (from, to) = (receiver.byte_of(start), receiver.byte_of(end));
    let haystack = &receiver.as_str()[from..to];
    let found = find(haystack.as_bytes(), part.as_bytes());
    Ok(found.map(|at| start + if receiver.is_ascii() { at } else { haystack[..at].chars().count() }))
}

/// Receiver, part, and window of `find` and the like; `None` where the window is beyond the end or turned around.
fn parts<'a>(args: &Args<'a>, name: &str) -> Res<Option<(&'a Str, &'a Str, usize, usize)>> {
    parsed_arity(args, "str", name, 1, 3)?;
    let receiver = text(args, name)?;
    // The arguments are read from left to right, the text is checked last.
    let (start, end) = window(args.pos.get(2), args.pos.get(3), receiver.n_chars())?;
    let part = str_arg(&args.pos[1], |found| format!("must be str, not {found}"))?;
    Ok((start <= end).then_some((receiver, part, start, end)))
}

fn count(args: &Args<'_>) -> Res {
    let Some((receiver, part, start, end)) = parts(args, "count")? else { return Ok(Value::Int(0)) };
    if part.is_empty() {
        return Ok(Value::usize(end - start + 1));
    }
    Ok(Value::usize(search::count(receiver.slice(start, end).as_bytes(), part.as_bytes())?))
}

fn affix(args: &Args<'_>, name: &str) -> Res {
    parsed_arity(args, "str", name, 1, 3)?;
    let receiver = text(args, name)?;
    let (start, end) = window(args.pos.get(2), args.pos.get(3), receiver.n_chars())?;
    let piece = (start <= end).then(|| receiver.slice(start, end));
    let fits = |part: &str| {
        piece.is_some_and(
            |piece| if name == "startswith" { piece.starts_with(part) } else { piece.ends_with(part) },
        )
    };
    match payload(&args.pos[1]) {
        Value::Str(part) => Ok(Value::Bool(fits(part))),
        Value::Tuple(options) => {
            for option in options.iter() {
                let part =
                    str_arg(option, |found| format!("tuple for {name} must only contain str, not {found}"))?;
                if fits(part) {
                    return Ok(Value::Bool(true));
                }
            }
            Ok(Value::Bool(false))
        }
        _ => Err(Fault::type_error(format!(
            "{name} first arg must be str or a tuple of str, not {}",
            type_name(&args.pos[1])
        ))),
    }
}

fn replace(args: &Args<'_>) -> Res {
    arity(args, "str", "replace", 2, 3)?;
    let receiver = text(args, "replace")?;
    let old = clinic_arg(&args.pos[1], "replace() argument 1")?;
    let new = clinic_arg(&args.pos[2], "replace() argument 2")?;
    let limit = args.pos.get(3).map_or(Ok(-1), word_arg)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if limit == 0
        || old.n_chars() > receiver.n_chars()
        || receiver.is_empty() && limit != usize::MAX && !old.is_empty()
    {
        return Ok(Value::Str(receiver.clone()));
    }
    if old.is_empty() {
        return interleave(receiver, new, limit);
    }
    let n = search::count(receiver.as_bytes(), old.as_bytes())?;
    if n == 0 {
        return Ok(Value::Str(receiver.clone()));
    }
    budget::check(n.min(limit), new.len(), "a str")?;
    let replaced = search::replace(receiver.as_bytes(), old.as_bytes(), new.as_bytes(), limit)?;
    Ok(Value::string(String::from_utf8(replaced).unwrap_or_default()))
}

/// `new` before each character and at the end, at most `limit` times.
fn interleave(text: &Str, new: &str, limit: usize) -> Res {
    // CPython replaces in an empty text only where no limit is given.
    budget::check((text.n_chars() + 1).min(limit), new.len(), "a str")?;
    let mut out = String::with_capacity(text.len() + new.len() * (text.n_chars() + 1).min(limit));
    let mut left = limit;
    for c in text.chars() {
        if left > 0 {
            out.push_str(new);
            left -= 1;
        }
        out.push(c);
    }
    if left > 0 {
        out.push_str(new);
    }
    Ok(Value::string(out))
}

fn strip(args: &Args<'_>, name: &str, left: bool, right: bool) -> Res {
    arity(args, "str", name, 0, 1)?;
    let receiver = text(args, name)?;
    let strip_chars = match args.pos.get(1).filter(|v| !v.is_none()) {
        None => None,
        Some(value) => {
            Some(str_of(value).ok_or_else(|| Fault::type_error(format!("{name} arg must be None or str")))?)
        }
    };
    let matches = |c: char| strip_chars.map_or_else(|| chars::is_space(c), |set| set.contains(c));
    let mut rest = receiver.as_str();
    if left {
        rest = rest.trim_start_matches(matches);
    }
    if right {
        rest = rest.trim_end_matches(matches);
    }
    Ok(if rest.len() == receiver.len() { Value::Str(receiver.clone()) } else { Value::str(rest) })
}

fn partition(args: &Args<'_>, name: &str, from_right: bool) -> Res {
    arity(args, "str", name, 1, 1)?;
    let receiver = text(args, name)?;
    let separator = str_arg(&args.pos[1], |found| format!("must be str, not {found}"))?;
    if separator.is_empty() {
        return Err(Fault::value_error("empty separator"));
    }
    let find = if from_right { search::rfind } else { search::find };
    let parts = match find(receiver.as_bytes(), separator.as_bytes()) {
        Some(at) => vec![
            Value::str(&receiver[..at]),
            Value::Str(separator.clone()),
            Value::str(&receiver[at + separator.len()..]),
        ],
        None if from_right => vec![Value::str(""), Value::str(""), Value::Str(receiver.clone())],
        None => vec![Value::Str(receiver.clone()), Value::str(""), Value::str("")],
    };
    Ok(Value::tuple(parts))
}

fn remove(args: &Args<'_>, name: &str) -> Res {
    arity(args, "str", name, 1, 1)?;
    let receiver = text(args, name)?;
    let part = clinic_arg(&args.pos[1], &format!("{name}() argument"))?;
    let rest = if name == "removeprefix" {
        receiver.strip_prefix(part.as_str())
    } else {
        receiver.strip_suffix(part.as_str())
    };
    Ok(rest.map_or_else(|| Value::Str(receiver.clone()), Value::str))
}

fn split_method(args: &Args<'_>, name: &str, from_right: bool) -> Res {
    let receiver = text(args, name)?;
    let [separator, limit] = args.rest().bind(name, ["sep", "maxsplit"], 0, 0, 2)?;
    let limit = limit.map_or(Ok(-1), word_arg)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if let (usize::MAX, false) = (limit, from_right)
        && let Some(parts) = split_in_parts(receiver, separator)
    {
        return parts;
    }
    let parts: Vec<Value> = match separator.filter(|v| !v.is_none()) {
        None if from_right => split::by_space_right(receiver, limit).into_iter().map(Value::str).collect(),
        None => split::by_space(receiver, limit).into_iter().map(Value::str).collect(),
        Some(separator) => {
            let separator = str_arg(separator, |found| format!("must be str or None, not {found}"))?;
            if separator.is_empty() {
                return Err(Fault::value_error("empty separator"));
            }
            split::by_separator(receiver.as_bytes(), separator.as_bytes(), limit, from_right)
                .into_iter()
                .map(|part| Value::str(&receiver[part]))
                .collect()
        }
    };
    Ok(Value::list(parts))
}

/// A long text, on all workers; none where it is not worth that.
fn split_in_parts(receiver: &Str, separator: Option<&Value>) -> Option<Res> {
    match separator {
        None | Some(Value::None) => native::split_words(receiver),
        Some(Value::Str(separator)) => match separator.as_bytes() {
            [byte] => native::split_by(receiver, *byte),
            _ => None,
        },
        Some(_) => None,
    }
}

fn splitlines(args: &Args<'_>) -> Res {
    let receiver = text(args, "splitlines")?;
    let [keep_ends] = args.rest().bind("splitlines", ["keepends"], 0, 0, 1)?;
    let keep_ends = keep_ends.map_or(Ok(0), c_int_arg)? != 0;
    Ok(Value::list(split::lines(receiver, keep_ends).into_iter().map(Value::str).collect()))
}

/// The width and the optional fill character.
fn justify(args: &Args<'_>, name: &str) -> Res {
    arity(args, "str", name, 1, 2)?;
    let receiver = text(args, name)?;
    let width = word_arg(&args.pos[1])?;
    let fill = match args.pos.get(2) {
        None => ' ',
        Some(value) => {
            let text = str_arg(value, |found| {
                format!("The fill character must be a unicode character, not {found}")
            })?;
            text.char_at(0)
                .filter(|_| text.n_chars() == 1)
                .ok_or_else(|| Fault::type_error("The fill character must be exactly one character long"))?
        }
    };
    let width = usize::try_from(width).unwrap_or(0);
    let Some(total) = width.checked_sub(receiver.n_chars()).filter(|n| *n > 0) else {
        return Ok(Value::Str(receiver.clone()));
    };
    budget::check(width, fill.len_utf8(), "a padded str")?;
    let left = match name {
        "ljust" => 0,
        "rjust" => total,
        _ => total / 2 + (total & width & 1),
    };
    let mut out = String::with_capacity(receiver.len() + total * fill.len_utf8());
    out.extend(std::iter::repeat_n(fill, left));
    out.push_str(receiver);
    out.extend(std::iter::repeat_n(fill, total - left));
    Ok(Value::string(out))
}

fn zfill(args: &Args<'_>) -> Res {
    arity(args, "str", "zfill", 1, 1)?;
    let receiver = text(args, "zfill")?;
    let width = usize::try_from(word_arg(&args.pos[1])?).unwrap_or(0);
    let Some(zeros) = width.checked_sub(receiver.n_chars()).filter(|n| *n > 0) else {
        return Ok(Value::Str(receiver.clone()));
    };
    budget::check(width, 1, "a padded str")?;
    let (sign, digits) = match receiver.as_bytes().first() {
        Some(b'+' | b'-') => receiver.split_at(1),
        _ => ("", receiver.as_str()),
    };
    Ok(Value::string([sign, &"0".repeat(zeros), digits].concat()))
}

fn expandtabs(args: &Args<'_>) -> Res {
    let receiver = text(args, "expandtabs")?;
    let [size] = args.rest().bind("expandtabs", ["tabsize"], 0, 0, 1)?;
    let size = usize::try_from(size.map_or(Ok(8), c_int_arg)?).unwrap_or(0);
    budget::check(receiver.bytes().filter(|b| *b == b'\t').count(), size, "a str")?;
    let mut out = String::with_capacity(receiver.len());
    let mut column = 0;
    for c in receiver.chars() {
        match c {
            '\t' if size > 0 => {
                let n = size - column % size;
                out.extend(std::iter::repeat_n(' ', n));
                column += n;
            }
            '\t' => {}
            _ => {
                out.push(c);
                column = if matches!(c, '\n' | '\r') { 0 } else { column + 1 };
            }
        }
    }
    Ok(Value::string(out))
}

fn encode(args: &Args<'_>) -> Res {
    let receiver = text(args, "encode")?;
    let [encoding, errors] = args.rest().bind("encode", ["encoding", "errors"], 0, 0, 2)?;
    let encoding = codec::name_arg("encode", "encoding", encoding, "utf-8")?;
    let errors = codec::name_arg("encode", "errors", errors, "strict")?;
    codec::encode(receiver, encoding, errors).map(Value::bytes)
}
