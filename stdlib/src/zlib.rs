//! `zlib`: compression and checksums of whole bytes, by zlib itself, so that what is compressed is the same to the
//! byte. The objects that take data piece by piece are refused.

use crate::native::{arity, buffer, c_int};
use afar_runtime::number::{self, big_arg};
use afar_runtime::{Args, Builtin, Fault, Res, Value, budget, hooks};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// Constants of the module.
const CONSTANTS: &[(&str, i64)] = &[
    ("DEFLATED", 8),
    ("DEF_BUF_SIZE", 16384),
    ("DEF_MEM_LEVEL", 8),
    ("MAX_WBITS", 15),
    ("Z_BEST_COMPRESSION", 9),
    ("Z_BEST_SPEED", 1),
    ("Z_BLOCK", 5),
    ("Z_DEFAULT_COMPRESSION", -1),
    ("Z_DEFAULT_STRATEGY", 0),
    ("Z_FILTERED", 1),
    ("Z_FINISH", 4),
    ("Z_FIXED", 4),
    ("Z_FULL_FLUSH", 3),
    ("Z_HUFFMAN_ONLY", 2),
    ("Z_NO_COMPRESSION", 0),
    ("Z_NO_FLUSH", 0),
    ("Z_PARTIAL_FLUSH", 1),
    ("Z_RLE", 3),
    ("Z_SYNC_FLUSH", 2),
    ("Z_TREES", 6),
];

static BUILTINS: &[Builtin] = &[
    Builtin { name: "adler32", owner: "zlib", call: |args| checksum(args, "zlib", "adler32", 1, adler32) },
    Builtin { name: "compress", owner: "zlib", call: compress },
    Builtin { name: "compressobj", owner: "zlib", call: |_| Err(refused("compressobj", "compress")) },
    Builtin { name: "crc32", owner: "zlib", call: |args| checksum(args, "zlib", "crc32", 0, crc32) },
    Builtin { name: "decompress", owner: "zlib", call: decompress },
    Builtin { name: "decompressobj", owner: "zlib", call: |_| Err(refused("decompressobj", "decompress")) },
];

/// The names and values of the module.
pub fn names() -> impl Iterator<Item = &'static str> {
    let constants = CONSTANTS.iter().map(|(name, _)| *name);
    constants.chain(BUILTINS.iter().map(|b| b.name)).chain(["error"])
}

/// A name of the module.
pub fn lookup(name: &str) -> Option<Value> {
    if name == "error" {
        return crate::native::exception_class("zlib.error");
    }
    let constant = CONSTANTS.iter().find(|(n, _)| *n == name).map(|(_, value)| Value::Int(*value));
    constant.or_else(|| BUILTINS.iter().find(|b| b.name == name).map(Value::Builtin))
}

fn refused(what: &str, instead: &str) -> Fault {
    Fault::not_pure(format!("the object of `zlib.{what}` changes as it is used: use zlib.{instead}"))
}

fn error(message: impl Into<String>) -> Fault {
    Fault::exception("zlib.error", message)
}

/// How much is taken between two polls.
const STEP: usize = 1 << 20;

/// The CRC-32 of bytes, continued.
pub fn crc32(start: u32, bytes: &[u8]) -> u32 {
    let mut state = crc32fast::Hasher::new_with_initial(start);
    state.update(bytes);
    state.finalize()
}

/// The Adler-32 of bytes, continued.
fn adler32(start: u32, bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (start & 0xffff, start >> 16);
    // So many that the sums stay within 32 bits.
    for chunk in bytes.chunks(5552) {
        for byte in chunk {
            a += u32::from(*byte);
            b += a;
        }
        a %= 65521;
        b %= 65521;
    }
    ((b % 65521) << 16) | (a % 65521)
}

/// `crc32(data, value=0)`, or another checksum.
pub fn checksum(args: &Args<'_>, module: &str, name: &str, start: u32, run: fn(u32, &[u8]) -> u32) -> Res {
    arity(args, module, name, 1, 2)?;
    let data = buffer(&args.pos[0])?;
    let mut value = match args.pos.get(1) {
        // Only the low 32 bits count.
        Some(value) => (crate::native::low_word(&big_arg(value)?) & 0xffff_ffff) as u32,
        None => start,
    };
    for part in data.chunks(STEP) {
        value = run(value, part);
        hooks::poll()?;
    }
    if data.is_empty() {
        value = run(value, data);
    }
    Ok(Value::Int(value.into()))
}

/// What stands around compressed data.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrapper {
    Zlib,
    Raw,
    Gzip,
    /// Zlib's or gzip's, by what is there.
    Any,
}

/// The wrapper and the window of a `wbits`; `None` where it is out of range.
fn window(bits: i32) -> Option<(Wrapper, u8)> {
    let (wrapper, size) = match bits {
        -15..=-8 => (Wrapper::Raw, -bits),
        0 => (Wrapper::Zlib, 0),
        8..=15 => (Wrapper::Zlib, bits),
        16 | 24..=31 => (Wrapper::Gzip, bits - 16),
        32 | 40..=47 => (Wrapper::Any, bits - 32),
        _ => return None,
    };
    Some((wrapper, u8::try_from(size).unwrap_or(15)))
}

/// `compress(data, /, level=-1, wbits=15)`.
fn compress(args: &Args<'_>) -> Res {
    let [data, level, bits] = args.bind("compress", ["", "level", "wbits"], 1, 1, 3)?;
    let data = buffer(data.unwrap_or(&Value::None))?;
    let level = level.map_or(Ok(-1), c_int)?;
    let bits = bits.map_or(Ok(15), c_int)?;
    let bad_level = || error("Bad compression level");
    // What zlib itself takes for the default.
    let level = Compression::new(match level {
        -1 => 6,
        level => u32::try_from(level).ok().filter(|l| *l <= 9).ok_or_else(bad_level)?,
    });
    let (wrapper, size) = match window(bits) {
        Some((Wrapper::Any, _)) | Some((_, 0)) | None => return Err(bad_level()),
        Some((Wrapper::Raw | Wrapper::Gzip, 8)) if wrapper_refuses_small(bits) => return Err(bad_level()),
        Some(found) => found,
    };
    // The smallest window is one larger than asked for, since zlib's own is.
    let size = size.max(9);
    let mut state = match wrapper {
        Wrapper::Raw => Compress::new_with_window_bits(level, false, size),
        Wrapper::Gzip => Compress::new_gzip(level, size),
        Wrapper::Zlib | Wrapper::Any => Compress::new_with_window_bits(level, true, size),
    };
    let mut out = Vec::with_capacity(data.len() / 2 + 64);
    loop {
        let at = usize::try_from(state.total_in()).unwrap_or(usize::MAX);
        let part = &data[at..data.len().min(at + STEP)];
        let flush = if at + part.len() == data.len() { FlushCompress::Finish } else { FlushCompress::None };
        grow(&mut out, "zlib.compress")?;
        match state.compress_vec(part, &mut out, flush) {
            Ok(Status::StreamEnd) => return Ok(Value::bytes(out)),
            Ok(_) => hooks::poll()?,
            Err(failed) => return Err(error(failed.to_string())),
        }
    }
}

/// zlib makes no raw stream, and no gzip one, with the smallest window.
fn wrapper_refuses_small(bits: i32) -> bool {
    matches!(bits, -8 | 24)
}

/// Room for more output.
fn grow(out: &mut Vec<u8>, what: &str) -> Res<()> {
    if out.capacity() - out.len() < 64 {
        let more = out.capacity().max(1 << 14);
        budget::check(out.len() + more, 1, what)?;
        out.reserve(more);
    }
    Ok(())
}

/// `decompress(data, /, wbits=15, bufsize=16384)`.
fn decompress(args: &Args<'_>) -> Res {
    let [data, bits, size] = args.bind("decompress", ["", "wbits", "bufsize"], 1, 1, 3)?;
    let data = buffer(data.unwrap_or(&Value::None))?;
    let bits = bits.map_or(Ok(15), c_int)?;
    let size = size.map_or(Ok(16384), number::word_arg)?;
    if size < 0 {
        return Err(Fault::value_error("bufsize must be non-negative"));
    }
    let Some((wrapper, size)) = window(bits) else {
        return Err(error("Error -2 while preparing to decompress data: inconsistent stream state"));
    };
    let is_gzip = match wrapper {
        Wrapper::Any => data.starts_with(&[0x1f, 0x8b]),
        wrapper => wrapper == Wrapper::Gzip,
    };
    let size = if size == 0 { 15 } else { size };
    let mut state = match wrapper {
        Wrapper::Raw => Decompress::new_with_window_bits(false, size),
        _ if is_gzip => Decompress::new_gzip(size),
        _ => Decompress::new_with_window_bits(true, size),
    };
    let mut out = Vec::new();
    loop {
        grow(&mut out, "zlib.decompress")?;
        let at = usize::try_from(state.total_in()).unwrap_or(usize::MAX);
        let part = &data[at..data.len().min(at + STEP)];
        let before = (state.total_in(), out.len());
        match state.decompress_vec(part, &mut out, FlushDecompress::None) {
            Ok(Status::StreamEnd) => return Ok(Value::bytes(out)),
            Ok(_) if before != (state.total_in(), out.len()) || out.capacity() == out.len() => {
                hooks::poll()?;
            }
            Ok(_) => {
                return Err(error("Error -5 while decompressing data: incomplete or truncated stream"));
            }
            Err(failed) if failed.needs_dictionary().is_some() => {
                return Err(error("Error 2 while decompressing data"));
            }
            Err(failed) => {
                let why = failed.message().map_or(String::new(), |why| format!(": {why}"));
                return Err(error(format!("Error -3 while decompressing data{why}")));
            }
        }
    }
}
