//! Number literals. The lexer has seen to their form.

use super::actions::Ctx;
use crate::ast::*;
use crate::diagnostic::Diagnostic;
use crate::span::Span;

/// CPython's bound on the digits of a decimal literal.
const MAX_DIGITS: usize = 4300;

impl Ctx<'_> {
    pub(crate) fn int(&self, l: u32, r: u32) -> Expr {
        let text = self.text(Span::new(l, r)).replace('_', "");
        let lower = text.to_ascii_lowercase();
        let digits = match lower.get(..2) {
            Some("0x") => lower[2..].to_owned(),
            Some("0o") => bits_to_hex(&spread(&lower[2..], 3)),
            Some("0b") => bits_to_hex(&spread(&lower[2..], 1)),
            _ => match self.decimal(&lower, Span::new(l, r)) {
                Some(digits) => digits,
                None => return self.error_expr(l, r),
            },
        };
        let digits = digits.trim_start_matches('0');
        let constant = match digits {
            "" => Constant::Int(0),
            _ => match i64::from_str_radix(digits, 16) {
                Ok(value) => Constant::Int(value),
                Err(_) => Constant::BigInt(digits.into()),
            },
        };
        self.expr(l, r, ExprKind::Constant(constant))
    }

    fn decimal(&self, digits: &str, span: Span) -> Option<String> {
        if digits.len() <= 18 {
            return Some(format!("{:x}", digits.parse::<u64>().unwrap_or(0)));
        }
        if digits.len() > MAX_DIGITS {
            self.report(
                Diagnostic::error(
                    "syntax/invalid-number",
                    format!("a decimal number of {} digits, more than {MAX_DIGITS}", digits.len()),
                    span,
                )
                .help("write it in hexadecimal"),
            );
            return None;
        }
        Some(decimal_to_hex(digits))
    }

    pub(crate) fn float(&self, l: u32, r: u32) -> Expr {
        let value = self.float_value(Span::new(l, r));
        self.expr(l, r, ExprKind::Constant(Constant::Float(value)))
    }

    pub(crate) fn imaginary(&self, l: u32, r: u32) -> Expr {
        let value = self.float_value(Span::new(l, r.saturating_sub(1)));
        self.expr(l, r, ExprKind::Constant(Constant::Imaginary(value)))
    }

    fn float_value(&self, span: Span) -> f64 {
        self.text(span).replace('_', "").parse().unwrap_or(f64::INFINITY)
    }
}

/// Limbs of 32 bits, least first, times 10^9 plus the next nine digits, again and again.
fn decimal_to_hex(digits: &str) -> String {
    let mut limbs: Vec<u32> = Vec::new();
    let mut at = 0;
    while at < digits.len() {
        let end = if at == 0 && !digits.len().is_multiple_of(9) { digits.len() % 9 } else { at + 9 };
        let mut carry = digits[at..end].parse::<u64>().unwrap_or(0);
        for limb in &mut limbs {
            let value = u64::from(*limb) * 1_000_000_000 + carry;
            *limb = (value & 0xffff_ffff) as u32;
            carry = value >> 32;
        }
        if carry > 0 {
            limbs.push((carry & 0xffff_ffff) as u32);
        }
        at = end;
    }
    limbs.iter().rev().map(|limb| format!("{limb:08x}")).collect()
}

/// The binary digits of octal (width 3) or binary (width 1) ones.
fn spread(digits: &str, width: usize) -> Vec<u8> {
    digits.bytes().flat_map(|d| (0..width).rev().map(move |i| (d.wrapping_sub(b'0') >> i) & 1)).collect()
}

fn bits_to_hex(bits: &[u8]) -> String {
    let mut out: Vec<char> = bits
        .rchunks(4)
        .map(|four| {
            let value = four.iter().fold(0_u32, |v, bit| v * 2 + u32::from(*bit));
            char::from_digit(value, 16).unwrap_or('0')
        })
        .collect();
    out.reverse();
    out.into_iter().collect()
}
