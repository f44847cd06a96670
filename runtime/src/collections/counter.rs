//! `collections.Counter` and `collections.OrderedDict`: dicts of another flavour.

use super::construct::{self, dict_from, fill};
use super::{Dict, DictFlavour, method_table, payload, refuse, rest, same, special, wrong_receiver};
use crate::abi::native;
use crate::iter::{self, Iter, Iterate};
use crate::object::{attr, class};
use crate::ops::{BinOp, CmpOp, UnaryOp};
use crate::value::Builtin;
use crate::{Args, Fault, Ref, Res, Value, ops};

pub(super) static COUNTER: &[Builtin] = method_table! { "Counter";
    "__add__" => special::add,
    "__and__" => special::and,
    "__contains__" => special::contains,
    "__eq__" => special::eq,
    "__ge__" => special::ge,
    "__getitem__" => special::getitem,
    "__gt__" => special::gt,
    "__le__" => special::le,
    "__lt__" => special::lt,
    "__missing__" => |_| Ok(Value::Int(0)),
    "__ne__" => special::ne,
    "__neg__" => |args| signed(args, UnaryOp::Neg),
    "__or__" => special::or,
    "__pos__" => |args| signed(args, UnaryOp::Pos),
    "__sub__" => special::sub,
    "copy" => copy,
    "elements" => elements,
    "most_common" => most_common,
    "subtract" => refuse!("Counter", "subtract", "write `c = c - Counter(x)`, which drops counts below one"),
    "total" => total,
    "update" => refuse!("Counter", "update", "write `c = c + Counter(x)`, which drops counts below one"),
};

pub(super) static ORDERED: &[Builtin] = method_table! { "OrderedDict";
    "copy" => copy,
    "move_to_end" => refuse!(
        "OrderedDict", "move_to_end",
        "write `OrderedDict([*((a, b) for a, b in d.items() if a != k), (k, d[k])])`"
    ),
    "popitem" => refuse!("OrderedDict", "popitem", "take `list(d.items())[-1]`, and a new one of the rest"),
};

/// `OrderedDict.fromkeys`.
pub(super) static ORDERED_FROMKEYS: Builtin =
    Builtin { name: "fromkeys", owner: "OrderedDict", call: ordered_fromkeys };

/// `Counter.fromkeys`, which CPython refuses.
pub(super) static COUNTER_FROMKEYS: Builtin =
    Builtin { name: "fromkeys", owner: "Counter", call: no_fromkeys };

/// The class `collections.Counter`; always the same one.
pub fn class_counter() -> Value {
    Value::Class(class::builtin("Counter"))
}

/// The class `collections.OrderedDict`; always the same one.
pub fn class_ordered_dict() -> Value {
    Value::Class(class::builtin("OrderedDict"))
}

/// `OrderedDict(mapping_or_pairs, **entries)`.
pub fn construct_ordered_dict(args: &Args<'_>) -> Res {
    if args.pos.len() > 1 {
        return Err(Fault::type_error(format!("expected at most 1 arguments, got {}", args.pos.len())));
    }
    dict_from(args, "OrderedDict", DictFlavour::Ordered)
}

/// `Counter(mapping_or_iterable, **counts)`.
pub fn construct_counter(args: &Args<'_>) -> Res {
    if args.pos.len() > 1 {
        return Err(Fault::type_error(format!(
            "Counter.__init__() takes from 1 to 2 positional arguments but {} were given",
            args.pos.len() + 1
        )));
    }
    let mut dict = Dict::with_flavour(DictFlavour::Counter);
    match args.pos.first() {
        Some(Value::List(list)) if args.kw.is_empty() => match native::count_items(list) {
            Some(counted) => return counted,
            None => count_into(&mut dict, &args.pos[0])?,
        },
        Some(Value::Str(text)) => dict = native::count_chars(text)?,
        None | Some(Value::None) => {}
        Some(Value::Dict(other)) => dict = other.clone_as(DictFlavour::Counter),
        Some(source) if is_mapping(source)? => fill(&mut dict, source)?,
        Some(source) => count_into(&mut dict, source)?,
    }
    // An empty one takes the counts as they are, whatever they are.
    let is_empty = dict.is_empty();
    for (key, count) in args.kw {
        if is_empty {
            dict.insert(Value::Str(key.clone()), count.clone())?;
            continue;
        }
        let sum = {
            let had = dict.get(&Value::Str(key.clone()))?.cloned().unwrap_or(Value::Int(0));
            ops::binary(BinOp::Add, count, &had)?
        };
        dict.insert(Value::Str(key.clone()), sum)?;
    }
    Ok(Value::Dict(Ref::new(dict)))
}

fn is_mapping(source: &Value) -> Res<bool> {
    // CPython asks for the abstract class `Mapping`: `keys` alone makes no mapping of an instance.
    let is_dict = matches!((source, payload(source)), (Value::Instance(_), Value::Dict(_)))
        || crate::object::registered::derives(source, "Mapping");
    Ok((is_dict || matches!(source, Value::Host(_)))
        && attr::find(source, "keys")?.is_some()
        && attr::find_special(source, "__getitem__")?.is_some())
}

/// Adds the number of occurrences of each item.
fn count_into(dict: &mut Dict, source: &Value) -> Res<()> {
    let mut one = |item: Value| -> Res<()> {
        let count = dict.get_or_insert(&item, || Value::Int(0))?;
        *count = match &*count {
            Value::Int(n) if *n < i64::MAX => Value::Int(*n + 1),
            other => ops::binary(BinOp::Add, other, &Value::Int(1))?,
        };
        Ok(())
    };
    match source {
        Value::Set(set) if set.len() > 1 => Err(super::iterators::order_hidden()),
        _ => construct::each(source, &mut one),
    }
}

fn receiver<'a>(args: &Args<'a>, name: &str) -> Res<&'a Ref<Dict>> {
    match payload(args.receiver()) {
        Value::Dict(dict) => Ok(dict),
        _ => Err(wrong_receiver(args, "Counter", name)),
    }
}

fn copy(args: &Args<'_>) -> Res {
    let dict = receiver(args, "copy")?;
    match super::operators::dict_name(dict) {
        "Counter" => no_more(args, "copy")?,
        name => {
            rest(args, name, "copy", 0, 0)?;
        }
    }
    Ok(Value::Dict(dict.clone()))
}

/// Refuses arguments, in the words of a method that CPython has in Python.
fn no_more(args: &Args<'_>, name: &str) -> Res<()> {
    if let Some((key, _)) = args.kw.first() {
        return Err(Fault::type_error(format!(
            "Counter.{name}() got an unexpected keyword argument '{key}'"
        )));
    }
    match args.pos.len() {
        0 | 1 => Ok(()),
        n => {
            Err(Fault::type_error(format!("Counter.{name}() takes 1 positional argument but {n} were given")))
        }
    }
}

fn signed(args: &Args<'_>, op: UnaryOp) -> Res {
    unary(op, receiver(args, "__neg__")?).unwrap_or(Ok(Value::NotImplemented))
}

fn no_fromkeys(args: &Args<'_>) -> Res {
    args.bind_method("Counter.fromkeys", ["iterable", "v"], 1, 2)?;
    Err(Fault::exception(
        "NotImplementedError",
        "Counter.fromkeys() is undefined.  Use Counter(iterable) instead.",
    ))
}

fn ordered_fromkeys(args: &Args<'_>) -> Res {
    let [iterable, value] = args.bind("fromkeys", ["iterable", "value"], 0, 1, 2)?;
    let mut dict = Dict::with_flavour(DictFlavour::Ordered);
    let value = value.cloned().unwrap_or(Value::None);
    if let Some(iterable) = iterable {
        construct::each(iterable, |key| dict.insert(key, value.clone()))?;
    }
    Ok(Value::Dict(Ref::new(dict)))
}

/// The places of the entries by falling count, equal ones in their order.
pub(super) fn by_count(dict: &Dict) -> Res<Vec<usize>> {
    let counts: Vec<Value> = dict.iter().map(|(_, count)| count.clone()).collect();
    iter::sort::order(&counts, iter::sort::Direction::Falling)
}

fn most_common(args: &Args<'_>) -> Res {
    let dict = receiver(args, "most_common")?;
    let [n] = args.rest().bind_method("Counter.most_common", ["n"], 0, 1)?;
    let mut order = by_count(dict)?;
    match n {
        None | Some(Value::None) => {}
        Some(n) => {
            let is_one = ops::eq(n, &Value::Int(1))?;
            let is_all = !is_one && ops::truthy(&ops::compare(CmpOp::Ge, n, &Value::usize(dict.len()))?)?;
            let n = match ops::index(n) {
                Err(fault) if is_all && fault.is("TypeError") => {
                    return Err(Fault::type_error(
                        "slice indices must be integers or None or have an __index__ method",
                    ));
                }
                n => super::clamp(&n?),
            };
            order.truncate(usize::try_from(n).unwrap_or(0));
        }
    }
    let pairs = order.iter().filter_map(|&i| dict.entry_at(i));
    Ok(Value::list(pairs.map(|(k, v)| Value::tuple(vec![k.clone(), v.clone()])).collect()))
}

fn total(args: &Args<'_>) -> Res {
    let dict = receiver(args, "total")?;
    no_more(args, "total")?;
    iter::sum::of_values(dict.iter().map(|(_, count)| count.clone()).collect(), Value::Int(0))
}

fn elements(args: &Args<'_>) -> Res {
    let dict = receiver(args, "elements")?;
    no_more(args, "elements")?;
    Ok(Iter::value(Elements { dict: dict.clone(), at: 0, left: None }))
}

/// Each element as often as its count says.
struct Elements {
    dict: Ref<Dict>,
    at: usize,
    left: Option<i64>,
}

impl Iterate for Elements {
    fn next(&mut self) -> Res<Option<Value>> {
        while let Some((element, count)) = self.dict.entry_at(self.at) {
            let left = match self.left {
                Some(left) => left,
                None => super::clamp(&ops::index(count)?),
            };
            if left > 0 {
                self.left = Some(left - 1);
                return Ok(Some(element.clone()));
            }
            self.left = None;
            self.at += 1;
        }
        Ok(None)
    }

    fn type_name(&self) -> &'static str {
        "chain"
    }
}

fn count_of(dict: &Dict, hash: u64, key: &Value) -> Res {
    Ok(dict.get_hashed(hash, key)?.cloned().unwrap_or(Value::Int(0)))
}

fn positive(count: &Value) -> Res<bool> {
    match count {
        Value::Int(n) => Ok(*n > 0),
        _ => ops::truthy(&ops::compare(CmpOp::Gt, count, &Value::Int(0))?),
    }
}

fn negative(count: &Value) -> Res<bool> {
    match count {
        Value::Int(n) => Ok(*n < 0),
        _ => ops::lt(count, &Value::Int(0)),
    }
}

/// `a op b` of two counters; `None` where they are not, or for another operator.
pub(super) fn binary(op: BinOp, a: &Value, b: &Value) -> Option<Res> {
    let (Value::Dict(a), Value::Dict(b)) = (a, b) else { return None };
    if a.flavour != DictFlavour::Counter || b.flavour != DictFlavour::Counter {
        return None;
    }
    match op {
        BinOp::Add | BinOp::Sub | BinOp::BitAnd | BinOp::BitOr => {
            Some(combined(op, a, b).map(|dict| Value::Dict(Ref::new(dict))))
        }
        _ => None,
    }
}

fn combined(op: BinOp, a: &Dict, b: &Dict) -> Res<Dict> {
    let mut out = Dict::with_flavour(DictFlavour::Counter);
    for (hash, key, count) in a.iter_hashed() {
        let other = count_of(b, hash, key)?;
        let new = match op {
            BinOp::Add | BinOp::Sub => ops::binary(op, count, &other)?,
            BinOp::BitOr if ops::lt(count, &other)? => other,
            BinOp::BitAnd if !ops::lt(count, &other)? => other,
            _ => count.clone(),
        };
        if positive(&new)? {
            out.insert_hashed(hash, key.clone(), new)?;
        }
    }
    if op == BinOp::BitAnd {
        return Ok(out);
    }
    for (hash, key, count) in b.iter_hashed() {
        if a.get_hashed(hash, key)?.is_some() {
            continue;
        }
        if op == BinOp::Sub {
            if negative(count)? {
                out.insert_hashed(hash, key.clone(), ops::binary(BinOp::Sub, &Value::Int(0), count)?)?;
            }
        } else if positive(count)? {
            out.insert_hashed(hash, key.clone(), count.clone())?;
        }
    }
    Ok(out)
}

/// `a op b` of two counters, one of which has methods of its own that its comparisons ask; `None` for others.
pub(crate) fn compare_by_methods(op: CmpOp, [a, b]: [&Value; 2], natives: [&Value; 2]) -> Option<Res<bool>> {
    const ASKED: [&str; 3] = ["__getitem__", "__missing__", "__iter__"];
    let is_counter = |v: &&Value| matches!(v, Value::Dict(d) if d.flavour == DictFlavour::Counter);
    let asks =
        |v: &Value| matches!(v, Value::Instance(i) if ASKED.iter().any(|m| i.class.special(m).is_some()));
    if !natives.iter().all(is_counter) || !(asks(a) || asks(b)) {
        return None;
    }
    let holds = |op| ops::truthy(&ops::compare(op, a, b)?);
    let each = || -> Res<bool> {
        for counter in [a, b] {
            for element in ops::collect(counter)? {
                if !ops::truthy(&ops::compare(op, &ops::getitem(a, &element)?, &ops::getitem(b, &element)?)?)?
                {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    };
    Some(match op {
        CmpOp::Eq | CmpOp::Le | CmpOp::Ge => each(),
        CmpOp::Ne => holds(CmpOp::Eq).map(|same| !same),
        CmpOp::Lt => holds(CmpOp::Le).and_then(|fits| Ok(fits && holds(CmpOp::Ne)?)),
        CmpOp::Gt => holds(CmpOp::Ge).and_then(|fits| Ok(fits && holds(CmpOp::Ne)?)),
    })
}

/// `+c` and `-c`.
pub(super) fn unary(op: UnaryOp, dict: &Dict) -> Option<Res> {
    if op == UnaryOp::Invert {
        return None;
    }
    let run = || -> Res {
        let mut out = Dict::with_flavour(DictFlavour::Counter);
        for (hash, key, count) in dict.iter_hashed() {
            if op == UnaryOp::Pos && positive(count)? {
                out.insert_hashed(hash, key.clone(), count.clone())?;
            } else if op == UnaryOp::Neg && negative(count)? {
                out.insert_hashed(hash, key.clone(), ops::binary(BinOp::Sub, &Value::Int(0), count)?)?;
            }
        }
        Ok(Value::Dict(Ref::new(out)))
    };
    Some(run())
}

/// Does this hold between the counts of all keys of either counter.
pub(super) fn all_pairs(a: &Dict, b: &Dict, holds: impl Fn(&Value, &Value) -> Res<bool>) -> Res<bool> {
    for (hash, key, count) in a.iter_hashed() {
        if !holds(count, &count_of(b, hash, key)?)? {
            return Ok(false);
        }
    }
    for (hash, key, count) in b.iter_hashed() {
        if !holds(&count_of(a, hash, key)?, count)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `a op b` of two counters, as multisets.
pub(super) fn compare(op: CmpOp, a: &Dict, b: &Dict) -> Res<bool> {
    let asks = |op: CmpOp| move |x: &Value, y: &Value| ops::truthy(&ops::compare(op, x, y)?);
    match op {
        CmpOp::Eq => all_pairs(a, b, same),
        CmpOp::Ne => Ok(!all_pairs(a, b, same)?),
        CmpOp::Le => all_pairs(a, b, asks(CmpOp::Le)),
        CmpOp::Ge => all_pairs(a, b, asks(CmpOp::Ge)),
        CmpOp::Lt => Ok(all_pairs(a, b, asks(CmpOp::Le))? && !all_pairs(a, b, same)?),
        CmpOp::Gt => Ok(all_pairs(a, b, asks(CmpOp::Ge))? && !all_pairs(a, b, same)?),
    }
}
