//! Uuencoded lines.

use super::error;
use afar_runtime::Res;

/// The bytes of one line.
pub fn decode(line: &[u8]) -> Res<Vec<u8>> {
    // What is not there reads as zero, as the byte behind CPython's bytes is.
    let first = line.first().copied().unwrap_or(0);
    let n_bytes = usize::from(first.wrapping_sub(b' ') & 63);
    let mut rest = line.get(1..).unwrap_or_default().iter().copied();
    let mut out = Vec::with_capacity(n_bytes);
    let (mut bits, mut n_bits, mut is_over) = (0u32, 0, false);
    while out.len() < n_bytes {
        let byte = if is_over { None } else { rest.next() };
        is_over = byte.is_none();
        let digit = match byte {
            // White space at the end of a line may have been lost.
            None | Some(b'\n' | b'\r') => 0,
            Some(b' '..=b'`') => byte.unwrap_or(0).wrapping_sub(b' ') & 63,
            Some(_) => return Err(error("Illegal char")),
        };
        bits = bits << 6 | u32::from(digit);
        n_bits += 6;
        if n_bits >= 8 {
            n_bits -= 8;
            out.push((bits >> n_bits & 255) as u8);
            bits &= (1 << n_bits) - 1;
        }
    }
    if rest.all(|byte| matches!(byte, b' ' | b'`' | b'\n' | b'\r')) {
        Ok(out)
    } else {
        Err(error("Trailing garbage"))
    }
}

/// One line.
pub fn encode(data: &[u8], has_backtick: bool) -> Res<Vec<u8>> {
    if data.len() > 45 {
        return Err(error("At most 45 bytes at once"));
    }
    let digit = |bits: u32| {
        let bits = (bits & 63) as u8;
        if has_backtick && bits == 0 { b'`' } else { bits + b' ' }
    };
    let mut out = vec![digit(u32::try_from(data.len()).unwrap_or(0))];
    for chunk in data.chunks(3) {
        let at = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let word = at(0) << 16 | at(1) << 8 | at(2);
        out.extend((0..4).map(|i| digit(word >> (18 - 6 * i))));
    }
    out.push(b'\n');
    Ok(out)
}
