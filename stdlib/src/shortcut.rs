//! The frequent cases of what the library says in Python, done at once: arithmetic of ordinary decimals, days moved, and moments read. Each
//! answers `None` where the way through the library is to be taken: for special values, limits, errors and derived classes.

use afar_runtime::object::Instance;
use afar_runtime::object::class::{Class, Native};
use afar_runtime::{Args, Builtin, Ref, Res, Value};
use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_traits::{One, ToPrimitive, Zero};
use std::cmp::Ordering;
use std::sync::OnceLock;

/// What the module `afar` has under these names.
pub static ALL: [Builtin; 3] = [
    Builtin { name: "_read_moment", owner: "afar", call: read_moment },
    Builtin { name: "_reckoned", owner: "afar", call: reckoned },
    Builtin { name: "_shifted", owner: "afar", call: shifted },
];

/// The precision of `decimal.DefaultContext`.
const PREC: i64 = 28;
/// The limits of its exponents.
const EMAX: i64 = 999_999;
/// So large powers of ten are kept.
const N_POWERS: usize = 130;

fn power(n: i64) -> Option<&'static BigUint> {
    static POWERS: OnceLock<Vec<BigUint>> = OnceLock::new();
    let all = POWERS.get_or_init(|| {
        std::iter::successors(Some(BigUint::one()), |p| Some(p * 10u32)).take(N_POWERS).collect()
    });
    all.get(usize::try_from(n).ok()?)
}

/// How many decimal digits a number that is not zero has.
fn n_digits(n: &BigUint) -> Option<i64> {
    if let Some(small) = n.to_u128() {
        return Some(i64::from(small.ilog10()) + 1);
    }
    let mut guess = i64::try_from((n.bits() * 1233) >> 12).ok()?;
    while power(guess)? <= n {
        guess += 1;
    }
    Some(guess)
}

/// A finite number that is not zero.
struct Number {
    is_negative: bool,
    coef: BigUint,
    exp: i64,
}

fn field(instance: &Instance, name: &str) -> Option<Value> {
    instance.field(name)
}

/// Is it an instance of this class of the library itself.
fn is_of(instance: &Instance, module: &str, name: &str) -> bool {
    let class = &instance.class;
    class.name.as_str() == name && class.module.as_str() == module && instance.is_sealed()
}

fn number(value: &Value) -> Option<Number> {
    let (is_negative, coef, exp) = match value {
        Value::Int(n) => (*n < 0, BigUint::from(n.unsigned_abs()), 0),
        Value::Instance(instance) if is_of(instance, "decimal", "Decimal") => {
            let Some(Value::Str(kind)) = field(instance, "\u{1}kind") else { return None };
            let Some(Value::Int(exp)) = field(instance, "\u{1}exp") else { return None };
            let is_negative = match field(instance, "\u{1}sign")? {
                Value::Int(0) => false,
                Value::Int(1) => true,
                _ => return None,
            };
            let coef = match field(instance, "\u{1}coef")? {
                Value::Int(n) => BigUint::from(u64::try_from(n).ok()?),
                Value::BigInt(n) if n.sign() == Sign::Plus => n.magnitude().clone(),
                _ => return None,
            };
            if !kind.as_str().is_empty() {
                return None;
            }
            (is_negative, coef, exp)
        }
        _ => return None,
    };
    // Far from all limits.
    let is_plain = !coef.is_zero() && coef.bits() < 256 && exp.abs() < EMAX / 4;
    is_plain.then_some(Number { is_negative, coef, exp })
}

/// Rounded to the precision, half to even.
fn rounded(mut n: Number) -> Option<Number> {
    let least = n_digits(&n.coef)? + n.exp - PREC;
    if n.exp >= least {
        return Some(n);
    }
    let unit = power(least - n.exp)?;
    let (mut whole, rest) = n.coef.div_rem(unit);
    if !rest.is_zero() {
        let up = match (rest << 1u32).cmp(unit) {
            Ordering::Greater => true,
            Ordering::Equal => whole.is_odd(),
            Ordering::Less => false,
        };
        if up {
            whole += 1u32;
        }
    }
    n.exp = least;
    if n_digits(&whole)? > PREC {
        whole /= 10u32;
        n.exp += 1;
    }
    n.coef = whole;
    Some(n)
}

fn sum(x: Number, y: Number) -> Option<Number> {
    let (a, b) = if x.exp >= y.exp { (x, y) } else { (y, x) };
    let gap = a.exp - b.exp;
    if gap > PREC + 2 {
        return None;
    }
    let signed = |is_negative, n| BigInt::from_biguint(if is_negative { Sign::Minus } else { Sign::Plus }, n);
    let total = signed(a.is_negative, a.coef * power(gap)?) + signed(b.is_negative, b.coef);
    let (sign, coef) = total.into_parts();
    (sign != Sign::NoSign).then_some(Number { is_negative: sign == Sign::Minus, coef, exp: b.exp })
}

fn quotient(x: Number, y: Number) -> Option<Number> {
    let shift = n_digits(&y.coef)? - n_digits(&x.coef)? + PREC + 1;
    let mut exp = x.exp - y.exp - shift;
    let (mut coef, rest) = match shift >= 0 {
        true => (x.coef * power(shift)?).div_rem(&y.coef),
        false => x.coef.div_rem(&(y.coef * power(-shift)?)),
    };
    if !rest.is_zero() {
        if (&coef % 5u32).is_zero() {
            coef += 1u32;
        }
    } else {
        let ideal = x.exp - y.exp;
        while exp < ideal {
            let (tenth, digit) = coef.div_rem(&BigUint::from(10u32));
            if !digit.is_zero() {
                break;
            }
            coef = tenth;
            exp += 1;
        }
    }
    Some(Number { is_negative: x.is_negative ^ y.is_negative, coef, exp })
}

/// `_reckoned(op, x, y)`: the sum, difference, product or quotient of decimals, or of a decimal and an int.
fn reckoned(args: &Args<'_>) -> Res {
    let [Value::Str(op), x, y] = args.pos else { return Ok(Value::None) };
    let class = match (x, y) {
        (Value::Instance(one), _) | (_, Value::Instance(one)) => one.class.clone(),
        _ => return Ok(Value::None),
    };
    let done = || {
        let (x, mut y) = (number(x)?, number(y)?);
        rounded(match op.as_str() {
            "+" => sum(x, y)?,
            "-" => {
                y.is_negative = !y.is_negative;
                sum(x, y)?
            }
            "*" => Number {
                is_negative: x.is_negative ^ y.is_negative,
                coef: x.coef * y.coef,
                exp: x.exp + y.exp,
            },
            "/" => quotient(x, y)?,
            _ => return None,
        })
    };
    let Some(n) = done() else { return Ok(Value::None) };
    let fields = [
        ("\u{1}sign", Value::Int(i64::from(n.is_negative))),
        ("\u{1}coef", Value::big(BigInt::from_biguint(Sign::Plus, n.coef))),
        ("\u{1}exp", Value::Int(n.exp)),
        ("\u{1}kind", Value::str("")),
    ];
    Ok(filled(class, fields))
}

/// A complete instance with these fields.
fn filled<const N: usize>(class: Ref<Class>, fields: [(&str, Value); N]) -> Value {
    let instance = Instance::new(class, Native::None);
    for (name, value) in fields {
        instance.set_field(name, value);
    }
    instance.seal();
    Value::Instance(Ref::new(instance))
}

const BEFORE: [i64; 13] = [0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn ordinal(year: i64, month: i64, day: i64) -> Option<i64> {
    let past = year - 1;
    let before = BEFORE.get(usize::try_from(month).ok()?)?;
    let leap = i64::from(month > 2 && is_leap(year));
    Some(past * 365 + past / 4 - past / 100 + past / 400 + before + leap + day)
}

/// Year, month and day: cycles of 400, 100, 4 and 1 years.
fn from_ordinal(n: i64) -> Option<(i64, i64, i64)> {
    let (n400, n) = (n - 1).div_rem(&146_097);
    let (n100, n) = n.div_rem(&36_524);
    let (n4, n) = n.div_rem(&1_461);
    let (n1, n) = n.div_rem(&365);
    let year = n400 * 400 + n100 * 100 + n4 * 4 + n1 + 1;
    if n1 == 4 || n100 == 4 {
        return Some((year - 1, 12, 31));
    }
    let leap = i64::from(is_leap(year));
    let before =
        |month: i64| Some(BEFORE.get(usize::try_from(month).ok()?)? + if month > 2 { leap } else { 0 });
    let guess = (n + 50) >> 5;
    let month = if before(guess)? > n { guess - 1 } else { guess };
    Some((year, month, n - before(month)? + 1))
}

/// `_shifted(day, days)`: a `datetime.date` so many days later.
fn shifted(args: &Args<'_>) -> Res {
    let [Value::Instance(day), Value::Int(days)] = args.pos else { return Ok(Value::None) };
    if !is_of(day, "datetime", "date") || days.unsigned_abs() > 4_000_000 {
        return Ok(Value::None);
    }
    let part = |name| match field(day, name) {
        Some(Value::Int(n)) => Some(n),
        _ => None,
    };
    let moved = || {
        let n = ordinal(part("\u{1}year")?, part("\u{1}month")?, part("\u{1}day")?)? + days;
        if (1..=3_652_059).contains(&n) { from_ordinal(n) } else { None }
    };
    let Some((year, month, date)) = moved() else { return Ok(Value::None) };
    let fields =
        [("\u{1}year", Value::Int(year)), ("\u{1}month", Value::Int(month)), ("\u{1}day", Value::Int(date))];
    Ok(filled(day.class.clone(), fields))
}

/// `_read_moment(text, format)`: year, month, day, hour, minute, second and microsecond of a text whose format is made of `%Y`, `%m`,
/// `%d`, `%H`, `%M`, `%S` and marks, with all digits written out: what the first way to match them finds.
fn read_moment(args: &Args<'_>) -> Res {
    let [Value::Str(text), Value::Str(format)] = args.pos else { return Ok(Value::None) };
    let Some(parts) = moment(text.as_str().as_bytes(), format.as_str().as_bytes()) else {
        return Ok(Value::None);
    };
    Ok(Value::tuple(parts.map(Value::Int).to_vec()))
}

fn moment(mut text: &[u8], mut format: &[u8]) -> Option<[i64; 7]> {
    // Year, month, day, hour, minute, second: what the text says, and what they may be.
    let mut parts: [Option<i64>; 6] = [None; 6];
    let limits = [(1, 9999), (1, 12), (1, 31), (0, 23), (0, 59), (0, 59)];
    while let Some((mark, after)) = format.split_first() {
        format = after;
        if *mark != b'%' {
            let (found, rest) = text.split_first()?;
            let is_it =
                found == mark && (mark.is_ascii_punctuation() || mark.is_ascii_alphabetic() || *mark == b' ');
            // A space stands for any number of them.
            let is_more = *mark == b' ' && (rest.first()? == &b' ' || format.first() == Some(&b' '));
            if !is_it || is_more {
                return None;
            }
            text = rest;
            continue;
        }
        let (directive, after) = format.split_first()?;
        format = after;
        let at = b"YmdHMS".iter().position(|d| d == directive)?;
        let n_digits = if at == 0 { 4 } else { 2 };
        let (digits, rest) = text.split_at_checked(n_digits)?;
        if !digits.iter().all(u8::is_ascii_digit) || parts[at].is_some() {
            return None;
        }
        let n = digits.iter().fold(0, |n, d| n * 10 + i64::from(d - b'0'));
        let (least, most) = limits[at];
        if !(least..=most).contains(&n) {
            return None;
        }
        parts[at] = Some(n);
        text = rest;
    }
    let [year, month, day, hour, minute, second] = parts;
    let (year, month, day) = (year?, month.unwrap_or(1), day.unwrap_or(1));
    // The next day is in the same month, or the first of another.
    let (_, next_month, next_day) = from_ordinal(ordinal(year, month, day)? + 1)?;
    let is_day = next_day == day + 1 || (next_day == 1 && next_month == month % 12 + 1);
    let rest = [hour, minute, second].map(|n| n.unwrap_or(0));
    (text.is_empty() && is_day).then_some([year, month, day, rest[0], rest[1], rest[2], 0])
}
