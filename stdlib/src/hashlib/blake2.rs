//! BLAKE2, with its key, salt and tree parameters.

use super::{Hash, State, data};
use crate::native::{NativeClass, buffer, c_int};
use afar_runtime::object::Host;
use afar_runtime::{Args, Fault, Res, Value, number, ops};
use num_traits::ToPrimitive;
use std::sync::OnceLock;

static BLAKE2B: NativeClass = NativeClass {
    module: "_blake2",
    name: "blake2b",
    construct: |args| make(args, false),
    statics: &[],
    constants: &[("SALT_SIZE", 16), ("PERSON_SIZE", 16), ("MAX_KEY_SIZE", 64), ("MAX_DIGEST_SIZE", 64)],
};
static BLAKE2S: NativeClass = NativeClass {
    module: "_blake2",
    name: "blake2s",
    construct: |args| make(args, true),
    statics: &[],
    constants: &[("SALT_SIZE", 8), ("PERSON_SIZE", 8), ("MAX_KEY_SIZE", 32), ("MAX_DIGEST_SIZE", 32)],
};

/// The class of this name.
pub fn lookup(name: &str) -> Option<Value> {
    static CLASSES: OnceLock<[Value; 2]> = OnceLock::new();
    let [b, s] = CLASSES.get_or_init(|| [Host::value(&BLAKE2B), Host::value(&BLAKE2S)]);
    Some(if name == "blake2s" { s.clone() } else { b.clone() })
}

/// The limits that the classes name.
pub fn constant(class: &str, name: &str) -> Option<Value> {
    let class = [&BLAKE2B, &BLAKE2S].into_iter().find(|c| c.name == class)?;
    class.constants.iter().find(|(n, _)| *n == name).map(|(_, value)| Value::Int(*value))
}

/// All parameters, checked.
struct Settings<'a> {
    digest_size: usize,
    key: &'a [u8],
    salt: &'a [u8],
    person: &'a [u8],
    fanout: u8,
    depth: u8,
    leaf_size: u32,
    node_offset: u64,
    node_depth: u8,
    inner_size: usize,
    is_last: bool,
}

/// An int from one bound to another.
fn within(value: Option<&Value>, default: i32, low: i32, high: i32, message: &str) -> Res<u8> {
    let n = value.map_or(Ok(default), c_int)?;
    if !(low..=high).contains(&n) {
        return Err(Fault::value_error(message));
    }
    Ok(u8::try_from(n).unwrap_or(0))
}

/// An int that is not negative, as C's `unsigned long` holds it.
fn unsigned(value: Option<&Value>) -> Res<u64> {
    let Some(value) = value else { return Ok(0) };
    let n = number::big_arg(value)?;
    if n.sign() == num_bigint::Sign::Minus {
        return Err(Fault::value_error("value must be positive"));
    }
    n.to_u64().ok_or_else(|| Fault::overflow("int too big to convert"))
}

fn bytes<'a>(value: Option<&'a Value>, limit: usize, what: &str) -> Res<&'a [u8]> {
    let bytes = value.map_or(Ok(&[][..]), buffer)?;
    if bytes.len() > limit {
        return Err(Fault::value_error(format!("maximum {what} length is {limit} bytes")));
    }
    Ok(bytes)
}

/// `blake2b(...)`, or `blake2s(...)`.
pub fn make(args: &Args<'_>, is_small: bool) -> Res {
    let (name, block_size) = if is_small { ("blake2s", 64) } else { ("blake2b", 128) };
    let limit: i32 = if is_small { 32 } else { 64 };
    let most = if is_small { 32 } else { 64 };
    let params = [
        "",
        "digest_size",
        "key",
        "salt",
        "person",
        "fanout",
        "depth",
        "leaf_size",
        "node_offset",
        "node_depth",
        "inner_size",
        "last_node",
        "usedforsecurity",
    ];
    let [input, size, key, salt, person, fanout, depth, leaf, offset, level, inner, last, _] =
        args.bind(name, params, 1, 0, 1)?;
    let between = |what: &str, range: &str| format!("{what} must be between {range}");
    let settings = Settings {
        digest_size: within(size, limit, 1, limit, &between("digest_size", &format!("1 and {limit} bytes")))?
            .into(),
        salt: bytes(salt, most / 4, "salt")?,
        person: bytes(person, most / 4, "person")?,
        fanout: within(fanout, 1, 0, 255, &between("fanout", "0 and 255"))?,
        depth: within(depth, 1, 1, 255, &between("depth", "1 and 255"))?,
        leaf_size: u32::try_from(unsigned(leaf)?).map_err(|_| Fault::overflow("leaf_size is too large"))?,
        node_offset: match unsigned(offset)? {
            n if is_small && n >= 1 << 48 => return Err(Fault::overflow("node_offset is too large")),
            n => n,
        },
        node_depth: within(level, 0, 0, 255, &between("node_depth", "0 and 255"))?,
        inner_size: within(inner, 0, 0, limit, &between("inner_size", &format!("0 and is {limit}")))?.into(),
        key: bytes(key, most, "key")?,
        is_last: last.map_or(Ok(false), ops::truthy)?,
    };
    let input = data(input)?;
    let digest = if is_small { small(&settings, input) } else { large(&settings, input) };
    Ok(Host::value(Hash { name, class: name, block_size, state: State::Digest(digest) }))
}

fn large(settings: &Settings<'_>, input: &[u8]) -> Vec<u8> {
    blake2b_simd::Params::new()
        .hash_length(settings.digest_size)
        .key(settings.key)
        .salt(settings.salt)
        .personal(settings.person)
        .fanout(settings.fanout)
        .max_depth(settings.depth)
        .max_leaf_length(settings.leaf_size)
        .node_offset(settings.node_offset)
        .node_depth(settings.node_depth)
        .inner_hash_length(settings.inner_size)
        .last_node(settings.is_last)
        .hash(input)
        .as_bytes()
        .to_vec()
}

fn small(settings: &Settings<'_>, input: &[u8]) -> Vec<u8> {
    blake2s_simd::Params::new()
        .hash_length(settings.digest_size)
        .key(settings.key)
        .salt(settings.salt)
        .personal(settings.person)
        .fanout(settings.fanout)
        .max_depth(settings.depth)
        .max_leaf_length(settings.leaf_size)
        .node_offset(settings.node_offset)
        .node_depth(settings.node_depth)
        .inner_hash_length(settings.inner_size)
        .last_node(settings.is_last)
        .hash(input)
        .as_bytes()
        .to_vec()
}
