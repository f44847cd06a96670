//! Base 64, as `binascii` reads and writes it.

use super::error;
use afar_runtime::Res;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base 64 with padding.
pub fn encode(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len().div_ceil(3) * 4 + 1);
    for chunk in data.chunks(3) {
        let at = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let word = at(0) << 16 | at(1) << 8 | at(2);
        for i in 0..4 {
            out.push(if i <= chunk.len() { ALPHABET[(word >> (18 - 6 * i) & 63) as usize] } else { b'=' });
        }
    }
    out
}

fn value(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

/// Bytes from base 64. Where it is not strict, what is not of the alphabet is skipped, and all behind the padding.
pub fn decode(text: &[u8], is_strict: bool) -> Res<Vec<u8>> {
    if is_strict && text.first() == Some(&b'=') {
        return Err(error("Leading padding not allowed"));
    }
    let mut out = Vec::with_capacity(text.len().div_ceil(4) * 3);
    let (mut place, mut rest, mut n_pads, mut is_padded) = (0, 0u8, 0, false);
    for (i, &byte) in text.iter().enumerate() {
        if byte == b'=' {
            is_padded = true;
            if place >= 2 {
                n_pads += 1;
                if place + n_pads >= 4 {
                    if is_strict && i + 1 < text.len() {
                        return Err(error("Excess data after padding"));
                    }
                    return Ok(out);
                }
            }
            continue;
        }
        let Some(bits) = value(byte) else {
            if is_strict {
                return Err(error("Only base64 data is allowed"));
            }
            continue;
        };
        if is_strict && is_padded {
            return Err(error("Discontinuous padding not allowed"));
        }
        n_pads = 0;
        match place {
            0 => {}
            1 => out.push(rest << 2 | bits >> 4),
            2 => out.push(rest << 4 | bits >> 2),
            _ => out.push(rest << 6 | bits),
        }
        rest = [bits, bits & 15, bits & 3, 0][place];
        place = (place + 1) % 4;
    }
    match place {
        0 => Ok(out),
        1 => Err(error(format!(
            "Invalid base64-encoded string: number of data characters ({}) cannot be 1 more than a multiple of 4",
            out.len() / 3 * 4 + 1
        ))),
        _ => Err(error("Incorrect padding")),
    }
}
