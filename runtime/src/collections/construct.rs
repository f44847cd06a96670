//! The constructors `list`, `tuple`, `dict`, `set` and `frozenset`.

use super::{Dict, DictFlavour, List, Set, arity, collect, payload};
use crate::object::{attr, call};
use crate::{Args, Fault, Ref, Res, Value, hooks, iter, ops};

/// `list(iterable)`.
pub fn construct_list(args: &Args<'_>) -> Res {
    args.no_keywords("list")?;
    arity("list", args.pos.len(), 0, 1)?;
    match args.pos.first() {
        None => Ok(Value::list(Vec::new())),
        Some(Value::List(list)) => Ok(Value::List(list.clone())),
        Some(Value::Range(r)) => match r.small() {
            Some((start, stop, step)) => {
                let n = super::slice_len(start, stop, step);
                super::afford(n, 8, "list")?;
                // Each item fits, whatever the way to it does.
                let items = (0..n as i64).map(|i| start.wrapping_add(i.wrapping_mul(step))).collect();
                Ok(Value::List(Ref::new(List::new(super::Items::Int(items)))))
            }
            None => Ok(Value::list(collect(&args.pos[0])?)),
        },
        Some(other) => Ok(Value::list(collect(other)?)),
    }
}

/// `tuple(iterable)`.
pub fn construct_tuple(args: &Args<'_>) -> Res {
    args.no_keywords("tuple")?;
    arity("tuple", args.pos.len(), 0, 1)?;
    match args.pos.first() {
        None => Ok(Value::tuple(Vec::new())),
        Some(Value::Tuple(items)) => Ok(Value::Tuple(items.clone())),
        Some(other) => Ok(Value::tuple(collect(other)?)),
    }
}

/// `set(iterable)`.
pub fn construct_set(args: &Args<'_>) -> Res {
    args.no_keywords("set")?;
    arity("set", args.pos.len(), 0, 1)?;
    match args.pos.first() {
        None => Ok(Value::Set(Ref::new(Set::new(false)))),
        Some(source) => Ok(Value::Set(Ref::new(set_of(source, false)?))),
    }
}

/// `frozenset(iterable)`.
pub fn construct_frozenset(args: &Args<'_>) -> Res {
    args.no_keywords("frozenset")?;
    arity("frozenset", args.pos.len(), 0, 1)?;
    match args.pos.first() {
        None => Ok(Value::Set(Ref::new(Set::new(true)))),
        Some(Value::Set(set)) if set.frozen => Ok(Value::Set(set.clone())),
        Some(source) => Ok(Value::Set(Ref::new(set_of(source, true)?))),
    }
}

/// The set of what an iterable gives; a set among the iterables does not show its order here.
pub(super) fn set_of(source: &Value, frozen: bool) -> Res<Set> {
    match payload(source) {
        Value::Set(set) => Ok(set.clone_as(frozen)),
        _ => match iter::unordered_items(source)? {
            Some(items) => Set::from_unordered(frozen, items),
            None => {
                // Elements are hashed as they come: the first fault in order is the one that is reported.
                let mut set = Set::new(frozen);
                each(source, |item| set.insert(item).map(|_| ()))?;
                Ok(set)
            }
        },
    }
}

/// Runs something for each item, polling.
pub(crate) fn each(source: &Value, mut run: impl FnMut(Value) -> Res<()>) -> Res<()> {
    if let Some(super::seq::Seq::Any(items)) = super::seq::Seq::of(source) {
        for (n, item) in items.iter().enumerate() {
            if n % 4096 == 4095 {
                hooks::poll()?;
            }
            run(item.clone())?;
        }
        return Ok(());
    }
    let it = iter::of(source)?;
    let mut n = 0_usize;
    while let Some(item) = iter::advance(&it)? {
        run(item)?;
        n += 1;
        if n.is_multiple_of(4096) {
            hooks::poll()?;
        }
    }
    Ok(())
}

/// `dict(mapping_or_pairs, **entries)`.
pub fn construct_dict(args: &Args<'_>) -> Res {
    dict_from(args, "dict", DictFlavour::Plain)
}

/// What `dict`, `OrderedDict` and `dict.update` take.
pub(super) fn dict_from(args: &Args<'_>, name: &str, flavour: DictFlavour) -> Res {
    arity(name, args.pos.len(), 0, 1)?;
    let mut dict = match args.pos.first() {
        None => Dict::with_flavour(flavour),
        Some(Value::Dict(d)) if args.kw.is_empty() && d.flavour == flavour => {
            return Ok(Value::Dict(d.clone()));
        }
        Some(Value::Dict(d)) => d.clone_as(flavour),
        Some(source) => {
            let mut dict = Dict::with_flavour(flavour);
            fill(&mut dict, source)?;
            dict
        }
    };
    for (key, value) in args.kw {
        dict.insert(Value::Str(key.clone()), value.clone())?;
    }
    Ok(Value::Dict(Ref::new(dict)))
}

/// Hands over what `keys` of a mapping gives, one by one; all keys are there before the first is handed over.
pub fn each_key(source: &Value, take: impl FnMut(Value) -> Res<()>) -> Res<()> {
    let keys = call::call_method(source, "keys", &Args::positional(&[]))?;
    let keys = match ops::iter(&keys) {
        Err(fault) if fault.is("TypeError") => {
            return Err(Fault::type_error(format!(
                "{}.keys() returned a non-iterable (type {})",
                ops::type_name(source),
                ops::type_name(&keys)
            )));
        }
        keys => ops::collect(&keys?)?,
    };
    keys.into_iter().try_for_each(take)
}

/// `**source` in a display.
pub fn merge_mapping(dict: &mut Dict, source: &Value) -> Res<()> {
    if let Some(other) = direct_entries(source) {
        return dict.update(other);
    }
    // Whatever lacks an attribute on the way makes it no mapping.
    each_key(source, |key| dict.insert(key.clone(), ops::getitem(source, &key)?)).map_err(|fault| match fault
        .is("AttributeError")
    {
        true => Fault::type_error(format!("'{}' object is not a mapping", ops::type_name(source))),
        false => fault,
    })
}

/// `{**source, ...}`, to which `n` more entries are added.
pub fn display_of(source: &Value, n: usize) -> Res<Dict> {
    if let Some(other) = direct_entries(source) {
        return Ok(other.display(n));
    }
    let mut dict = Dict::new();
    merge_mapping(&mut dict, source)?;
    Ok(dict)
}

/// The dict whose entries a merge reads as they are: not where a subclass has an `__iter__` of its own, which makes CPython
/// ask for the keys.
pub fn direct_entries(source: &Value) -> Option<&Ref<Dict>> {
    match source {
        Value::Dict(dict) => Some(dict),
        Value::Instance(instance) if instance.class.special("__iter__").is_none() => match instance.payload()
        {
            Some(Value::Dict(dict)) => Some(dict),
            _ => None,
        },
        _ => None,
    }
}

/// What an operand of `|` that is a dict, or derives from it, gives to the result.
pub fn merge_entries(source: &Value) -> Res<Ref<Dict>> {
    match direct_entries(source) {
        Some(dict) => Ok(dict.clone()),
        None => {
            let mut dict = Dict::new();
            fill(&mut dict, source)?;
            Ok(Ref::new(dict))
        }
    }
}

/// Adds what a mapping (anything with `keys`) or an iterable of pairs holds.
pub(super) fn fill(dict: &mut Dict, source: &Value) -> Res<()> {
    if let Some(other) = direct_entries(source) {
        return dict.update(other);
    }
    if matches!(source, Value::Instance(_) | Value::Host(_)) && attr::find(source, "keys")?.is_some() {
        return each_key(source, |key| {
            let value = ops::getitem(source, &key)?;
            dict.insert(key, value)
        });
    }
    let mut n = 0_usize;
    each(source, |pair| {
        let (key, value) = match dict.flavour {
            DictFlavour::Ordered => ordered_pair_of(&pair)?,
            _ => pair_of(&pair, n)?,
        };
        n += 1;
        dict.insert(key, value)
    })
}

/// As [`pair_of`], in the words of `OrderedDict`.
fn ordered_pair_of(pair: &Value) -> Res<(Value, Value)> {
    let it = iter::of(pair)?;
    let mut items = Vec::new();
    while items.len() < 3
        && let Some(item) = iter::advance(&it)?
    {
        items.push(item);
    }
    <[Value; 2]>::try_from(items).map(|[key, value]| (key, value)).map_err(|items| {
        Fault::value_error(match items.len() {
            n @ (0 | 1) => format!("need more than {n} value{} to unpack", if n == 1 { "" } else { "s" }),
            _ => "too many values to unpack (expected 2)".to_owned(),
        })
    })
}

fn pair_of(pair: &Value, n: usize) -> Res<(Value, Value)> {
    if let Value::Tuple(items) = pair
        && let [key, value] = &***items
    {
        return Ok((key.clone(), value.clone()));
    }
    let it = iter::of(pair).map_err(|e| {
        if e.is("TypeError") {
            Fault::type_error(format!("cannot convert dictionary update sequence element #{n} to a sequence"))
        } else {
            e
        }
    })?;
    let mut items = Vec::new();
    while let Some(item) = iter::advance(&it)? {
        items.push(item);
    }
    match <[Value; 2]>::try_from(items) {
        Ok([key, value]) => Ok((key, value)),
        Err(items) => Err(Fault::value_error(format!(
            "dictionary update sequence element #{n} has length {}; 2 is required",
            items.len()
        ))),
    }
}
