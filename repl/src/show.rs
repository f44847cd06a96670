//! Values as a session shows them: as `repr` does, but bounded to a screen, in bounded time, and never refused.
//!
//! What is too large is cut in its middle. What has an address or an order that CPython answers differently from run to run is
//! shown without it; that is the display's business alone, `repr` of the program refuses it.

#[cfg(test)]
mod tests;

use afar_runtime::collections::{Dict, DictFlavour, List, ViewKind};
use afar_runtime::fault::FaultKind;
use afar_runtime::object::call::call_attr;
use afar_runtime::object::{Instance, class::Native, dataclass, namedtuple};
use afar_runtime::{Args, Res, Value, hooks, ops};

/// How deep containers are shown.
const MAX_DEPTH: usize = 40;
/// What an item gets at least.
const MIN_ITEM: usize = 12;
/// How many items of a container are shown at least, where each of them is large.
const MIN_SHOWN: usize = 6;
/// Integers with more bits are not written out.
const MAX_BITS: u64 = 14_000;

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Characters in all.
    pub n_chars: usize,
    /// Lines, of texts with line ends.
    pub n_lines: usize,
}

impl Limits {
    /// One screen of this size.
    pub fn screen(columns: usize, rows: usize) -> Self {
        let rows = rows.saturating_sub(4).max(4);
        Self { n_chars: columns.max(20) * rows, n_lines: rows }
    }

    /// One line of this width.
    pub fn line(columns: usize) -> Self {
        Self { n_chars: columns.max(20), n_lines: 1 }
    }
}

/// A value as text, of at most about `limits.n_chars` characters.
///
/// # Errors
///
/// What a `__repr__` of the program raised.
pub fn show(value: &Value, limits: Limits) -> Res<String> {
    // What is small is shown by `repr` itself.
    if is_small(value, &mut (limits.n_chars / 8).min(1_000))
        && let Ok(text) = ops::repr(value)
        && text.len() <= limits.n_chars
    {
        return Ok(cut_lines(&text, limits.n_lines));
    }
    let text = sized(value, limits.n_chars, 0)?;
    let mut out = cut_lines(&text, limits.n_lines);
    if let Some(n) = cut_length(value, &text)? {
        out.push_str(if limits.n_lines > 1 { "\n" } else { "  " });
        out.push_str(&n);
    }
    Ok(out)
}

/// A value as text, in full, however long.
///
/// # Errors
///
/// What a `__repr__` of the program raised.
pub fn show_all(value: &Value) -> Res<String> {
    match ops::repr(value) {
        Err(fault) if matches!(*fault.0, FaultKind::NotPure { .. }) => sized(value, usize::MAX / 4, 0),
        done => done,
    }
}

/// Has a value at most `left` parts, each of them small.
fn is_small(value: &Value, left: &mut usize) -> bool {
    let size = match value {
        Value::Str(s) => s.len(),
        Value::Bytes(b) => b.len(),
        Value::BigInt(n) => usize::try_from(n.bits() / 8).unwrap_or(usize::MAX),
        Value::Iter(_) | Value::Func(_) | Value::Method(_) | Value::Module(_) | Value::Host(_) => {
            return false;
        }
        _ => 0,
    } / 8
        + 1;
    if *left < size {
        return false;
    }
    *left -= size;
    let mut all =
        |mut items: &mut dyn Iterator<Item = Value>| Iterator::all(&mut items, |v| is_small(&v, left));
    match value {
        Value::List(l) => l.len() <= 1_000 && all(&mut (0..l.len()).filter_map(|i| l.get(i))),
        Value::Tuple(t) => all(&mut t.iter().cloned()),
        Value::Dict(d) => all(&mut d.iter().flat_map(|(k, v)| [k.clone(), v.clone()])),
        Value::View(v) => all(&mut v.dict.iter().flat_map(|(k, v)| [k.clone(), v.clone()])),
        Value::Set(s) => s.len() <= 1 && all(&mut s.iter_unordered().cloned()),
        Value::Instance(i) => {
            all(&mut i.payload().cloned().into_iter())
                && all(&mut i.named_fields().into_iter().map(|(_, v)| v))
        }
        _ => true,
    }
}

/// Where a value was cut, how long it is.
fn cut_length(value: &Value, text: &str) -> Res<Option<String>> {
    if !text.contains(CUT) {
        return Ok(None);
    }
    Ok(match value {
        Value::Str(s) => Some(format!("# {} characters", grouped(s.n_chars()))),
        Value::Bytes(b) => Some(format!("# {} bytes", grouped(b.len()))),
        Value::List(_) | Value::Tuple(_) | Value::Dict(_) | Value::Set(_) | Value::View(_) => {
            Some(format!("# {} items", grouped(ops::len(value)?)))
        }
        _ => None,
    })
}

/// What stands for what is left out.
const CUT: &str = " ... ";

/// `1,000,000`.
pub fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

fn cut_lines(text: &str, n_lines: usize) -> String {
    let all = text.split('\n').count();
    if all <= n_lines {
        return text.to_owned();
    }
    let head: Vec<&str> = text.split('\n').take(n_lines.saturating_sub(1).max(1)).collect();
    format!("{}\n... # {} lines", head.join("\n"), grouped(all))
}

/// A value as text that is not much longer than `room`.
fn sized(value: &Value, room: usize, depth: usize) -> Res<String> {
    hooks::poll()?;
    if depth > MAX_DEPTH {
        return Ok("...".to_owned());
    }
    match value {
        Value::Str(s) => Ok(sized_text(s.as_str(), room)),
        Value::Bytes(b) => sized_bytes(b, room),
        Value::BigInt(n) if n.bits() > MAX_BITS => {
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "about"
            )]
            let digits = ((n.bits() - 1) as f64 * std::f64::consts::LOG10_2) as usize + 1;
            Ok(format!("<int of about {} digits>", grouped(digits)))
        }
        Value::List(list) => list_text(list, room, depth),
        Value::Tuple(items) => {
            let close = if items.len() == 1 { ",)" } else { ")" };
            Ok(format!("({}{close}", row(items.len(), room, &|i, room| sized(&items[i], room, depth + 1))?))
        }
        Value::Dict(dict) => dict_text(dict, room, depth),
        Value::Set(set) => {
            let items = ordered(set.iter_unordered().collect());
            let (open, close) = match (set.is_empty(), set.frozen) {
                (true, true) => return Ok("frozenset()".to_owned()),
                (true, false) => return Ok("set()".to_owned()),
                (false, true) => ("frozenset({", "})"),
                (false, false) => ("{", "}"),
            };
            Ok(format!(
                "{open}{}{close}",
                row(items.len(), room, &|i, room| sized(items[i], room, depth + 1))?
            ))
        }
        Value::View(view) => {
            let entry = |i: usize| view.dict.entry_at(i).unwrap_or((&Value::None, &Value::None));
            let (name, items) = match view.kind {
                ViewKind::Keys => {
                    ("keys", row(view.dict.len(), room, &|i, room| sized(entry(i).0, room, depth + 1))?)
                }
                ViewKind::Values => {
                    ("values", row(view.dict.len(), room, &|i, room| sized(entry(i).1, room, depth + 1))?)
                }
                ViewKind::Items => {
                    ("items", row(view.dict.len(), room, &|i, room| pair(entry(i), ", ", room, depth))?)
                }
            };
            let o = if view.dict.flavour == DictFlavour::Ordered { "o" } else { "" };
            Ok(format!("{o}dict_{name}([{items}])"))
        }
        Value::Func(func) => Ok(format!("<function {}>", func.info.qualname)),
        Value::Method(method) => {
            let receiver = sized(&method.receiver, room / 2, depth + 1)?;
            Ok(match &method.func {
                Value::Func(func) => format!("<bound method {} of {receiver}>", func.info.qualname),
                Value::Builtin(b) => {
                    format!("<built-in method {} of {} object>", b.name, ops::type_name(&method.receiver))
                }
                _ => format!("<bound method of {receiver}>"),
            })
        }
        Value::Module(module) => Ok(format!("<module '{}'>", module.name)),
        Value::Iter(_) => Ok(format!("<{} object>", ops::type_name(value))),
        Value::Instance(instance) => instance_text(value, instance, room, depth),
        _ => ops::repr(value).map(|text| shortened(&text, room)),
    }
}

fn list_text(list: &List, room: usize, depth: usize) -> Res<String> {
    let item = |i: usize, room: usize| sized(&list.get(i).unwrap_or_default(), room, depth + 1);
    Ok(format!("[{}]", row(list.len(), room, &item)?))
}

/// In an order that only the elements decide: ints among themselves by size, else by text.
fn ordered(mut items: Vec<&Value>) -> Vec<&Value> {
    /// Larger sets are shown in the order in which they are found.
    const MAX: usize = 10_000;
    if items.iter().all(|v| matches!(v, Value::Int(_))) {
        items.sort_by_key(|v| if let Value::Int(n) = v { *n } else { 0 });
    } else if items.iter().all(|v| matches!(v, Value::Str(_))) {
        items.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    } else if items.len() <= MAX {
        items.sort_by_cached_key(|v| sized(v, 100, 1).unwrap_or_default());
    }
    items
}

fn pair(entry: (&Value, &Value), between: &str, room: usize, depth: usize) -> Res<String> {
    let key = sized(entry.0, room / 2, depth + 1)?;
    let value = sized(entry.1, room.saturating_sub(key.len()).max(MIN_ITEM), depth + 1)?;
    Ok(if between == ", " { format!("({key}, {value})") } else { format!("{key}{between}{value}") })
}

fn dict_text(dict: &Dict, room: usize, depth: usize) -> Res<String> {
    let entry = |i: usize| dict.entry_at(i).unwrap_or((&Value::None, &Value::None));
    Ok(match dict.flavour {
        DictFlavour::Plain => {
            format!("{{{}}}", row(dict.len(), room, &|i, room| pair(entry(i), ": ", room, depth))?)
        }
        DictFlavour::Ordered if dict.is_empty() => "OrderedDict()".to_owned(),
        DictFlavour::Ordered => {
            format!("OrderedDict([{}])", row(dict.len(), room, &|i, room| pair(entry(i), ", ", room, depth))?)
        }
        DictFlavour::Counter if dict.is_empty() => "Counter()".to_owned(),
        DictFlavour::Counter => {
            let mut order: Vec<usize> = (0..dict.len()).collect();
            if dict.iter().all(|(_, v)| matches!(v, Value::Int(_))) {
                order.sort_by_key(|&i| {
                    if let Value::Int(n) = entry(i).1 { std::cmp::Reverse(*n) } else { std::cmp::Reverse(0) }
                });
            }
            let item = |i: usize, room: usize| pair(entry(order[i]), ": ", room, depth);
            format!("Counter({{{}}})", row(dict.len(), room, &item)?)
        }
    })
}

fn instance_text(value: &Value, instance: &Instance, room: usize, depth: usize) -> Res<String> {
    let class = &instance.class;
    if let Some(method) = class.special("__repr__") {
        if !matches!(method, Value::Func(_))
            && let Some(fields) = generated_fields(value, instance)
        {
            let item = |i: usize, room: usize| {
                let (name, value): &(String, Value) = &fields[i];
                Ok(format!(
                    "{name}={}",
                    sized(value, room.saturating_sub(name.len()).max(MIN_ITEM), depth + 1)?
                ))
            };
            return Ok(format!("{}({})", class.qualname, row(fields.len(), room, &item)?));
        }
        let shown = call_attr(method, value, &Args::positional(&[]))?;
        return match afar_runtime::object::class::unwrap(&shown) {
            Value::Str(text) => Ok(shortened(text.as_str(), room)),
            _ => ops::repr(value),
        };
    }
    match (&instance.native, instance.payload()) {
        (Native::Exception(_), _) => ops::repr(value).map(|t| shortened(&t, room)),
        (_, Some(payload @ Value::Set(_))) => {
            Ok(format!("{}({})", class.name, sized(payload, room, depth + 1)?))
        }
        (_, Some(payload)) => sized(payload, room, depth + 1),
        (Native::None, None) => Ok(format!("<{} object>", class.full_name())),
        _ => ops::repr(value).map(|t| shortened(&t, room)),
    }
}

/// The fields that the `__repr__` shows which `dataclass` or `NamedTuple` has made.
fn generated_fields(value: &Value, instance: &Instance) -> Option<Vec<(String, Value)>> {
    if let Some(info) = dataclass::info_of(value) {
        let shown = info.fields.iter().filter(|f| f.repr);
        return shown.map(|f| Some((f.name.to_string(), instance.field(&f.name)?))).collect();
    }
    let info = namedtuple::info(&instance.class)?;
    let Some(Value::Tuple(items)) = instance.payload() else { return None };
    Some(info.fields.iter().map(ToString::to_string).zip(items.iter().cloned()).collect())
}

/// Items with commas between them: all, or the first and the last ones, as many as there is room for.
fn row(n: usize, room: usize, item: &dyn Fn(usize, usize) -> Res<String>) -> Res<String> {
    // No item takes the place of all others.
    let most = (room / n.clamp(1, MIN_SHOWN)).max(MIN_ITEM);
    let mut head = String::new();
    let mut i = 0;
    while i < n && (head.len() < room / 3 * 2 || i == 0) {
        if i > 0 {
            head.push_str(", ");
        }
        let left = room.saturating_sub(head.len()).clamp(MIN_ITEM, most);
        head.push_str(&item(i, left)?);
        i += 1;
    }
    let mut tail: Vec<String> = Vec::new();
    let (mut j, mut used) = (n, 0);
    while j > i && (used < room / 3 || j == n) {
        j -= 1;
        let text = item(j, (room / 3).saturating_sub(used).clamp(MIN_ITEM, most))?;
        used += text.len() + 2;
        tail.push(text);
    }
    if tail.is_empty() {
        return Ok(head);
    }
    tail.reverse();
    let between = if i == j { ", " } else { "," };
    let gap = if i == j { "" } else { CUT };
    Ok(format!("{head}{between}{gap}{}", tail.join(", ")))
}

fn sized_text(text: &str, room: usize) -> String {
    let room = room.max(MIN_ITEM);
    if text.len() <= room {
        return ops::repr(&Value::str(text)).unwrap_or_default();
    }
    let head: String = text.chars().take(room / 3 * 2).collect();
    let n_tail = room / 3;
    let tail: Vec<char> = text.chars().rev().take(n_tail).collect();
    let tail: String = tail.into_iter().rev().collect();
    if head.len() + tail.len() >= text.len() {
        return ops::repr(&Value::str(text)).unwrap_or_default();
    }
    let quoted = |t: String| ops::repr(&Value::string(t)).unwrap_or_default();
    format!("{}{CUT}{}", quoted(head), quoted(tail))
}

fn sized_bytes(bytes: &[u8], room: usize) -> Res<String> {
    let room = room.max(MIN_ITEM);
    if bytes.len() <= room {
        return ops::repr(&Value::bytes(bytes));
    }
    let (head, tail) = (&bytes[..room / 3 * 2], &bytes[bytes.len() - room / 3..]);
    Ok(format!("{}{CUT}{}", ops::repr(&Value::bytes(head))?, ops::repr(&Value::bytes(tail))?))
}

/// A text that was made already, cut in its middle.
fn shortened(text: &str, room: usize) -> String {
    let room = room.max(2 * MIN_ITEM);
    if text.len() <= room {
        return text.to_owned();
    }
    let head: String = text.chars().take(room / 3 * 2).collect();
    let tail: Vec<char> = text.chars().rev().take(room / 3).collect();
    let tail: String = tail.into_iter().rev().collect();
    if head.len() + tail.len() >= text.len() {
        return text.to_owned();
    }
    format!("{head}{CUT}{tail}")
}

/// The type of a value as `:type` shows it: `list[int]`, `dict[str, float]`, from at most a few items.
pub fn type_text(value: &Value) -> String {
    fn of(value: &Value, depth: usize) -> String {
        let name = ops::type_name(value).to_string();
        if depth > 3 {
            return name;
        }
        let joined = |items: &mut dyn Iterator<Item = Value>| {
            let mut all: Vec<String> = Vec::new();
            for text in items.take(100).map(|v| of(&v, depth + 1)) {
                if !all.contains(&text) {
                    all.push(text);
                }
            }
            if all.len() > 4 { "object".to_owned() } else { all.join(" | ") }
        };
        let inner = match value {
            Value::List(l) if !l.is_empty() => joined(&mut (0..l.len()).filter_map(|i| l.get(i))),
            Value::Set(s) if !s.is_empty() => joined(&mut s.iter_unordered().cloned()),
            Value::Dict(d) if !d.is_empty() => {
                let keys = joined(&mut d.iter().map(|(k, _)| k.clone()));
                if d.flavour == DictFlavour::Counter {
                    keys
                } else {
                    format!("{keys}, {}", joined(&mut d.iter().map(|(_, v)| v.clone())))
                }
            }
            Value::Tuple(t) if !t.is_empty() && t.len() <= 8 => {
                t.iter().map(|v| of(v, depth + 1)).collect::<Vec<_>>().join(", ")
            }
            Value::Tuple(t) if !t.is_empty() => format!("{}, ...", joined(&mut t.iter().cloned())),
            _ => return name,
        };
        format!("{name}[{inner}]")
    }
    of(value, 0)
}
