//! Formats: what they lay out, where.

use super::{error, item};
use afar_runtime::object::call;
use afar_runtime::{Args, Fault, Res, Value, budget, ops, text};
use std::sync::Arc;

/// Whose sizes and whose order of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The machine's sizes, alignment and order.
    Native,
    /// Fixed sizes without alignment, the least byte first.
    Little,
    /// Fixed sizes without alignment, the greatest byte first.
    Big,
}

impl Mode {
    /// Is the greatest byte first.
    pub fn is_big(self) -> bool {
        self == Mode::Big || self == Mode::Native && cfg!(target_endian = "big")
    }
}

/// One code of a format, with the number before it.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    /// The letter.
    pub code: u8,
    /// Where it begins.
    pub offset: usize,
    /// The bytes of one value.
    pub size: usize,
    /// How many values.
    pub n: usize,
}

/// A format that was read.
#[derive(Debug)]
pub struct Layout {
    /// Its text.
    pub format: String,
    /// Whose sizes and order.
    pub mode: Mode,
    /// All bytes.
    pub size: usize,
    /// All values.
    pub n_values: usize,
    items: Vec<Item>,
}

/// The size of a value; native ones are aligned to it.
fn size_of(code: u8, mode: Mode) -> Option<usize> {
    let is_native = mode == Mode::Native;
    Some(match code {
        b'x' | b'c' | b'b' | b'B' | b'?' | b's' | b'p' => 1,
        b'h' | b'H' | b'e' => 2,
        b'i' | b'I' | b'f' => 4,
        b'l' | b'L' if is_native => 8,
        b'l' | b'L' => 4,
        b'q' | b'Q' | b'd' => 8,
        b'n' | b'N' | b'P' if is_native => 8,
        _ => return None,
    })
}

fn format_text(format: &Value) -> Res<String> {
    if let Some(text) = text::str_of(format) {
        if !text.is_ascii() {
            // It raises, with the place.
            call::call_method(format, "encode", &Args::positional(&[Value::str("ascii")]))?;
        }
        return Ok(text.as_str().to_owned());
    }
    match text::bytes_of(format) {
        Some(bytes) => Ok(bytes.iter().map(|b| char::from(*b)).collect()),
        None => Err(Fault::type_error(format!(
            "Struct() argument 1 must be a str or bytes object, not {}",
            ops::short_type_name(format)
        ))),
    }
}

impl Layout {
    /// The layout of a format that a function of the module was given: CPython looks it up first among those it has met.
    pub fn known(format: &Value) -> Res<Arc<Self>> {
        ops::hash(format)?;
        Self::of(format)
    }

    /// The layout of a format.
    pub fn of(format: &Value) -> Res<Arc<Self>> {
        let format = format_text(format)?;
        if format.contains('\0') {
            return Err(error("embedded null character"));
        }
        let (mode, codes) = match format.as_bytes() {
            [b'<', rest @ ..] => (Mode::Little, rest),
            [b'>' | b'!', rest @ ..] => (Mode::Big, rest),
            [b'=', rest @ ..] => (if cfg!(target_endian = "big") { Mode::Big } else { Mode::Little }, rest),
            [b'@', rest @ ..] => (Mode::Native, rest),
            all => (Mode::Native, all),
        };
        let (items, size, n_values) = read(codes, mode)?;
        Ok(Arc::new(Self { format, mode, size, n_values, items }))
    }

    /// The bytes of as many values as the layout has.
    pub fn pack(&self, values: &[Value]) -> Res<Vec<u8>> {
        budget::check(self.size, 1, "struct.pack")?;
        let mut out = vec![0; self.size];
        let mut values = values.iter();
        for item in self.items.iter().filter(|item| item.code != b'x') {
            for i in 0..item.n {
                let at = item.offset + i * item.size;
                let Some(value) = values.next() else { break };
                item::write(item.code, value, &mut out[at..at + item.size], self.mode)?;
            }
        }
        Ok(out)
    }

    /// The values in bytes of the layout's size.
    pub fn read(&self, data: &[u8]) -> Res {
        let mut out = Vec::new();
        for item in self.items.iter().filter(|item| item.code != b'x') {
            for i in 0..item.n {
                let at = item.offset + i * item.size;
                out.push(item::read(item.code, &data[at..at + item.size], self.mode)?);
            }
        }
        Ok(Value::tuple(out))
    }
}

/// Items, size and number of values.
fn read(codes: &[u8], mode: Mode) -> Res<(Vec<Item>, usize, usize)> {
    let too_long = || error("total struct size too long");
    let (mut items, mut offset, mut n_values) = (Vec::new(), 0usize, 0usize);
    let mut codes = codes.iter().copied().peekable();
    while let Some(first) = codes.next() {
        if matches!(first, b' ' | b'\t'..=b'\r') {
            continue;
        }
        let (mut n, mut code) = (1usize, first);
        if first.is_ascii_digit() {
            n = usize::from(first - b'0');
            while let Some(digit) = codes.next_if(u8::is_ascii_digit) {
                let more = n.checked_mul(10).and_then(|n| n.checked_add(usize::from(digit - b'0')));
                n = more.filter(|n| isize::try_from(*n).is_ok()).ok_or_else(too_long)?;
            }
            code = codes.next().ok_or_else(|| error("repeat count given without format specifier"))?;
        }
        let size = size_of(code, mode).ok_or_else(|| error("bad char in struct format"))?;
        if mode == Mode::Native {
            offset = offset.checked_next_multiple_of(size).ok_or_else(too_long)?;
        }
        let item = match code {
            b's' | b'p' => Item { code, offset, size: n, n: 1 },
            _ => Item { code, offset, size, n },
        };
        if code == b'p' && n == 0 {
            return Err(Fault::not_pure("a Pascal string of no bytes has no room for its length"));
        }
        offset = size.checked_mul(n).and_then(|all| offset.checked_add(all)).ok_or_else(too_long)?;
        if isize::try_from(offset).is_err() {
            return Err(too_long());
        }
        if code != b'x' {
            n_values += item.n;
        }
        items.push(item);
    }
    Ok((items, offset, n_values))
}
