//! `format(number, spec)` for ints, floats and complex numbers.

use super::render::{self, Notation, Style};
use super::spec::{self, Parts, Spec};
use super::{Num, big};
use crate::value::Complex;
use crate::{Fault, Res};

/// `format(n, spec)` of an int or bool.
pub fn int(n: Num<'_>, text: &str, type_name: &str) -> Res<String> {
    let spec = spec::parse(text, '>', 'd', type_name)?;
    match spec.kind {
        None | Some('b' | 'c' | 'd' | 'o' | 'x' | 'X' | 'n') => int_spec(n, &spec),
        Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => real(super::num_f64(n)?, &spec),
        Some(kind) => Err(spec::unknown_kind(kind, type_name)),
    }
}

fn int_spec(n: Num<'_>, spec: &Spec) -> Res<String> {
    if spec.precision.is_some() {
        return Err(Fault::value_error("Precision not allowed in integer format specifier"));
    }
    if spec.no_negative_zero {
        return Err(Fault::value_error("Negative zero coercion (z) not allowed in integer format specifier"));
    }
    if spec.kind == Some('c') {
        return character(n, spec);
    }
    let radix = match spec.kind {
        Some('b') => 2,
        Some('o') => 8,
        Some('x' | 'X') => 16,
        _ => 10,
    };
    let (negative, mut digits) = magnitude(n, radix)?;
    let mut prefix = match (spec.alternate, spec.kind) {
        (true, Some('b')) => "0b",
        (true, Some('o')) => "0o",
        (true, Some('x')) => "0x",
        (true, Some('X')) => "0X",
        _ => "",
    };
    if spec.kind == Some('X') {
        digits.make_ascii_uppercase();
    }
    if radix == 10 {
        prefix = "";
    }
    let group = if radix == 10 { 3 } else { 4 };
    spec::lay_out(&Parts { sign: sign(negative, spec), prefix, digits: &digits, rest: "", group }, spec)
}

/// Sign and digits in a radix of 2, 8, 10 or 16.
pub fn magnitude(n: Num<'_>, radix: u32) -> Res<(bool, String)> {
    match n {
        Num::Int(n) => {
            let size = n.unsigned_abs();
            let digits = match radix {
                2 => format!("{size:b}"),
                8 => format!("{size:o}"),
                16 => format!("{size:x}"),
                _ => size.to_string(),
            };
            Ok((n < 0, digits))
        }
        Num::Big(n) => {
            let digits = match radix {
                10 => big::to_decimal(n)?.trim_start_matches('-').to_owned(),
                _ => n.magnitude().to_str_radix(radix),
            };
            Ok((big::is_negative(n), digits))
        }
        Num::Float(_) | Num::Complex(_) => unreachable!("callers pass ints"),
    }
}

fn character(n: Num<'_>, spec: &Spec) -> Res<String> {
    if spec.sign.is_some() {
        return Err(Fault::value_error("Sign not allowed with integer format specifier 'c'"));
    }
    if spec.alternate {
        return Err(Fault::value_error("Alternate form (#) not allowed with integer format specifier 'c'"));
    }
    let c = match n {
        Num::Int(n) if (0..0x11_0000).contains(&n) => u32::try_from(n).ok(),
        Num::Big(_) => return Err(Fault::overflow("Python int too large to convert to C long")),
        _ => return Err(Fault::overflow("%c arg not in range(0x110000)")),
    };
    let c = c.and_then(char::from_u32).ok_or_else(crate::text::surrogate_refusal)?;
    let mut spec = *spec;
    if spec.align == '=' {
        spec.align = '>';
    }
    spec::pad(c.to_string(), 1, &spec)
}

fn sign(negative: bool, spec: &Spec) -> &'static str {
    match (negative, spec.sign) {
        (true, _) => "-",
        (false, Some('+')) => "+",
        (false, Some(' ')) => " ",
        _ => "",
    }
}

/// `format(x, spec)` of a float.
pub fn float(x: f64, text: &str, type_name: &str) -> Res<String> {
    let spec = spec::parse(text, '>', '\0', type_name)?;
    match spec.kind {
        None | Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'n' | '%') => real(x, &spec),
        Some(kind) => Err(spec::unknown_kind(kind, type_name)),
    }
}

/// The notation of a presentation type, its precision and whether `.0` marks a float.
fn style(spec: &Spec) -> Style {
    let (mut notation, mut precision) = match spec.kind {
        None => (Notation::Shortest, 0),
        Some('e' | 'E') => (Notation::Exponent, 6),
        Some('f' | 'F' | '%') => (Notation::Fixed, 6),
        _ => (Notation::General, 6),
    };
    if let Some(given) = spec.precision {
        precision = given;
        if notation == Notation::Shortest {
            notation = Notation::General;
        }
    }
    Style {
        notation,
        precision,
        alternate: spec.alternate,
        add_dot_0: spec.kind.is_none(),
        no_negative_zero: spec.no_negative_zero,
    }
}

fn check_precision(spec: &Spec) -> Res<()> {
    match spec.precision {
        Some(precision) if i32::try_from(precision).is_err() => Err(Fault::value_error("precision too big")),
        Some(precision) => crate::budget::check(precision, 1, "a float's text"),
        None => Ok(()),
    }
}

fn real(x: f64, spec: &Spec) -> Res<String> {
    check_precision(spec)?;
    let percent = spec.kind == Some('%');
    let mut text = render::float(if percent { x * 100.0 } else { x }, style(spec));
    if percent {
        text.push('%');
    }
    if spec.kind.is_some_and(char::is_uppercase) {
        text.make_ascii_uppercase();
    }
    let (negative, body) = text.strip_prefix('-').map_or((false, text.as_str()), |body| (true, body));
    let n_digits = body.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = body.split_at(n_digits);
    spec::lay_out(&Parts { sign: sign(negative, spec), prefix: "", digits, rest, group: 3 }, spec)
}

/// `format(c, spec)` of a complex number.
pub fn complex(c: Complex, text: &str, type_name: &str) -> Res<String> {
    let spec = spec::parse(text, '>', '\0', type_name)?;
    if let Some(kind) = spec.kind.filter(|kind| !matches!(kind, 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'n')) {
        return Err(spec::unknown_kind(kind, type_name));
    }
    check_precision(&spec)?;
    if spec.fill == '0' {
        return Err(Fault::value_error("Zero padding is not allowed in complex format specifier"));
    }
    if spec.align == '=' {
        return Err(Fault::value_error("'=' alignment flag is not allowed in complex format specifier"));
    }
    let skip_real = spec.kind.is_none() && c.re == 0.0 && c.re.is_sign_positive();
    let parens = spec.kind.is_none() && !skip_real;
    let style = Style { add_dot_0: false, ..style(&spec) };
    let inner = Spec { width: 0, align: '<', fill: '\0', ..spec };
    let part = |x: f64, spec: &Spec| -> Res<String> {
        let mut text = render::float(x, style);
        if spec.kind.is_some_and(char::is_uppercase) {
            text.make_ascii_uppercase();
        }
        let (negative, body) = text.strip_prefix('-').map_or((false, text.as_str()), |body| (true, body));
        let n_digits = body.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = body.split_at(n_digits);
        spec::lay_out(&Parts { sign: sign(negative, spec), prefix: "", digits, rest, group: 3 }, spec)
    };
    let imaginary_sign = if skip_real { inner.sign } else { Some('+') };
    let mut body = String::new();
    if parens {
        body.push('(');
    }
    if !skip_real {
        body.push_str(&part(c.re, &inner)?);
    }
    body.push_str(&part(c.im, &Spec { sign: imaginary_sign, ..inner })?);
    body.push('j');
    if parens {
        body.push(')');
    }
    let len = body.len();
    spec::pad(body, len, &spec)
}
