//! Text of floats: the shortest that reads back, and fixed, exponent and general notation.

/// How digits are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// `repr`: the shortest digits that read back.
    Shortest,
    /// `e`.
    Exponent,
    /// `f`.
    Fixed,
    /// `g`.
    General,
}

/// What the text of a float looks like.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// The notation.
    pub notation: Notation,
    /// Digits behind the point, or significant ones for [`Notation::General`].
    pub precision: usize,
    /// `#`: keep the point and the zeros at the end.
    pub alternate: bool,
    /// Add `.0` to what looks like an int.
    pub add_dot_0: bool,
    /// `z`: no sign for what is rounded to zero.
    pub no_negative_zero: bool,
}

/// Digits beyond these are zeros for every float, and the formatter of the standard library is not asked for them.
const MAX_DIGITS: usize = 1100;

/// `repr(x)`.
pub fn repr(x: f64) -> String {
    if x.is_finite() && x == x.trunc() && x.abs() < 1e15 {
        return format!("{x:.1}");
    }
    let style = Style {
        notation: Notation::Shortest,
        precision: 0,
        alternate: false,
        add_dot_0: true,
        no_negative_zero: false,
    };
    float(x, style)
}

/// As [`repr`] without the `.0`, for the parts of a complex number.
pub fn short(x: f64) -> String {
    let style = Style {
        notation: Notation::Shortest,
        precision: 0,
        alternate: false,
        add_dot_0: false,
        no_negative_zero: false,
    };
    float(x, style)
}

/// The text of a float, lower case.
pub fn float(x: f64, style: Style) -> String {
    if x.is_nan() {
        return "nan".to_owned();
    }
    if x.is_infinite() {
        return if x > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let size = x.abs();
    let body = match style.notation {
        Notation::Fixed => fixed(size, style),
        Notation::Exponent => {
            let (digits, exponent) = exact_digits(size, style.precision.saturating_add(1));
            exponential(&digits, exponent, style.alternate)
        }
        Notation::General => general(size, style),
        Notation::Shortest => {
            let (digits, exponent) = shortest_digits(size);
            if (-4..16).contains(&exponent) {
                positional(&digits, exponent, style)
            } else {
                exponential(&digits, exponent, style.alternate)
            }
        }
    };
    let negative = x.is_sign_negative();
    if negative && !(style.no_negative_zero && is_zero(&body)) { format!("-{body}") } else { body }
}

fn is_zero(text: &str) -> bool {
    text.bytes().take_while(|b| *b != b'e').all(|b| matches!(b, b'0' | b'.'))
}

fn fixed(size: f64, style: Style) -> String {
    let mut short = Vec::new();
    if !style.alternate
        && super::fixed::push_fixed(&mut short, size, style.precision)
        && let Ok(text) = String::from_utf8(short)
    {
        return text;
    }
    let mut text = format!("{size:.*}", style.precision.min(MAX_DIGITS));
    text.extend(std::iter::repeat_n('0', style.precision.saturating_sub(MAX_DIGITS)));
    if style.precision == 0 && style.alternate {
        text.push('.');
    }
    text
}

fn general(size: f64, style: Style) -> String {
    let precision = style.precision.max(1);
    let (mut digits, exponent) = exact_digits(size, precision);
    let limit = i64::try_from(precision).unwrap_or(i64::MAX) - i64::from(style.add_dot_0);
    if !style.alternate {
        digits.truncate(digits.trim_end_matches('0').len().max(1));
    }
    if exponent < -4 || i64::from(exponent) >= limit {
        exponential(&digits, exponent, style.alternate)
    } else {
        positional(&digits, exponent, style)
    }
}

/// The shortest digits that read back, and the exponent of the first.
fn shortest_digits(size: f64) -> (String, i32) {
    let text = format!("{size:e}");
    let (digits, exponent) = split(&text);
    // Two texts of 16 digits or more can be equally near: the standard library rounds up, CPython to even.
    if digits.len() >= 16 {
        let even = format!("{size:.*e}", digits.len() - 1);
        if even != text && even.parse() == Ok(size) {
            return split(&even);
        }
    }
    (digits, exponent)
}

/// That many significant digits, rounded half to even, and the exponent of the first.
fn exact_digits(size: f64, n_digits: usize) -> (String, i32) {
    let (mut digits, exponent) = split(&format!("{size:.*e}", (n_digits - 1).min(MAX_DIGITS)));
    digits.extend(std::iter::repeat_n('0', n_digits - digits.len()));
    (digits, exponent)
}

fn split(text: &str) -> (String, i32) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    (mantissa.replace('.', ""), exponent.parse().unwrap_or(0))
}

fn exponential(digits: &str, exponent: i32, alternate: bool) -> String {
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() && !alternate { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{first}{point}{rest}e{sign}{:02}", exponent.unsigned_abs())
}

fn positional(digits: &str, exponent: i32, style: Style) -> String {
    let mut text = String::with_capacity(digits.len() + 8);
    if exponent < 0 {
        text.push_str("0.");
        text.extend(std::iter::repeat_n('0', exponent.unsigned_abs() as usize - 1));
        text.push_str(digits);
        return text;
    }
    let whole = exponent.unsigned_abs() as usize + 1;
    if digits.len() > whole {
        text.push_str(&digits[..whole]);
        text.push('.');
        text.push_str(&digits[whole..]);
        return text;
    }
    text.push_str(digits);
    text.extend(std::iter::repeat_n('0', whole - digits.len()));
    if style.add_dot_0 {
        text.push_str(".0");
    } else if style.alternate {
        text.push('.');
    }
    text
}
