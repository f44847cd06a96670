//! `repr` of the containers.

use super::operators::dict_name;
use super::seq::Seq;
use super::{Dict, DictFlavour, Nest, ViewKind, counter};
use crate::{Fault, Ref, Res, Value, hooks, ops};
use std::cell::{Cell, RefCell};
use std::fmt::Write;

/// Writes what a view shows of an entry.
type WriteEntry = fn(&mut String, &Value, &Value) -> Res<()>;

thread_local! {
    /// The containers whose `repr` is being made, by address: a cycle through an instance shows as `[...]`.
    static ACTIVE: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
    /// Was the `__dict__` of an instance made meanwhile: each time it is another dict, and no cycle is seen in it.
    static HAS_FRESH: Cell<bool> = const { Cell::new(false) };
}

/// Takes note that the `__dict__` of an instance is made.
pub(crate) fn note_instance_dict() {
    if ACTIVE.with(|active| !active.borrow().is_empty()) {
        HAS_FRESH.set(true);
    }
}

/// What is said of a repr that is nested too deep.
pub(crate) fn too_deep() -> Fault {
    if HAS_FRESH.get() {
        return Fault::not_pure(
            "the repr of an object that holds itself, by its `__dict__`: it has no end here",
        );
    }
    Fault::exception("RecursionError", "maximum recursion depth exceeded while getting the repr of an object")
}

/// One container whose `repr` is being made.
struct Active(Nest);

impl Active {
    /// None where it is being made already.
    fn enter(address: usize) -> Res<Option<Self>> {
        if ACTIVE.with(|active| active.borrow().contains(&address)) {
            return Ok(None);
        }
        let nest = Nest::enter("").map_err(|_| too_deep())?;
        ACTIVE.with(|active| active.borrow_mut().push(address));
        Ok(Some(Self(nest)))
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        let is_last = ACTIVE.with(|active| {
            let mut active = active.borrow_mut();
            active.pop();
            active.is_empty()
        });
        if is_last {
            HAS_FRESH.set(false);
        }
    }
}

fn address<T>(of: &Ref<T>) -> usize {
    Ref::as_ptr(of).addr()
}

/// `repr(value)`.
pub fn repr(value: &Value) -> Option<Res<String>> {
    Some(match value {
        Value::List(list) => enclosed(address(list), "[", "]", "[...]", |out| items(out, Seq::of(value))),
        Value::Tuple(tuple) => {
            let close = if tuple.len() == 1 { ",)" } else { ")" };
            enclosed(address(tuple), "(", close, "(...)", |out| items(out, Seq::of(value)))
        }
        Value::Dict(dict) => dict_repr(dict),
        Value::Set(set) => match (set.len(), set.only()) {
            (0, _) => Ok(if set.frozen { "frozenset()" } else { "set()" }.to_owned()),
            (_, Some(only)) => {
                let (open, close) = if set.frozen { ("frozenset({", "})") } else { ("{", "}") };
                let again = if set.frozen { "frozenset(...)" } else { "set(...)" };
                enclosed(address(set), open, close, again, |out| {
                    out.push_str(&ops::repr(only)?);
                    Ok(())
                })
            }
            _ => Err(Fault::not_pure(
                "the text of a set of several elements shows their order, which is not defined: use `sorted`",
            )),
        },
        Value::Range(r) => range_repr(r),
        Value::Slice(s) => slice_repr(s),
        Value::View(view) => {
            let o = if view.dict.flavour == DictFlavour::Ordered { "o" } else { "" };
            let (kind, part): (&str, WriteEntry) = match view.kind {
                ViewKind::Keys => ("keys", |out, k, _| push(out, k)),
                ViewKind::Values => ("values", |out, _, v| push(out, v)),
                ViewKind::Items => ("items", pair),
            };
            enclosed(address(view), &format!("{o}dict_{kind}(["), "])", "...", |out| {
                entries(out, view.dict.iter(), part)
            })
        }
        Value::Iter(it) => return it.with(|it| Ok(it.repr())).unwrap_or(None),
        _ => return None,
    })
}

fn range_repr(r: &super::Range) -> Res<String> {
    let (start, stop) = (ops::repr(&r.start)?, ops::repr(&r.stop)?);
    if matches!(r.step, Value::Int(1)) {
        return Ok(format!("range({start}, {stop})"));
    }
    Ok(format!("range({start}, {stop}, {})", ops::repr(&r.step)?))
}

fn slice_repr(s: &super::Slice) -> Res<String> {
    Ok(format!("slice({}, {}, {})", ops::repr(&s.start)?, ops::repr(&s.stop)?, ops::repr(&s.step)?))
}

fn enclosed(
    address: usize,
    open: &str,
    close: &str,
    again: &str,
    fill: impl FnOnce(&mut String) -> Res<()>,
) -> Res<String> {
    let Some(_active) = Active::enter(address)? else { return Ok(again.to_owned()) };
    let mut out = open.to_owned();
    fill(&mut out)?;
    out.push_str(close);
    Ok(out)
}

fn push(out: &mut String, value: &Value) -> Res<()> {
    match value {
        Value::Int(n) => {
            let _ = write!(out, "{n}");
        }
        _ => out.push_str(&ops::repr(value)?),
    }
    Ok(())
}

fn items(out: &mut String, seq: Option<Seq<'_>>) -> Res<()> {
    let Some(seq) = seq else { return Ok(()) };
    for i in 0..seq.len() {
        if i > 0 {
            out.push_str(", ");
        }
        if i % 4096 == 4095 {
            hooks::poll()?;
        }
        match seq {
            Seq::Int(v) => {
                let _ = write!(out, "{}", v[i]);
            }
            Seq::Float(_) | Seq::Rows(_) => out.push_str(&ops::repr(&seq.at(i))?),
            Seq::Any(v) => push(out, &v[i])?,
        }
    }
    Ok(())
}

fn pair(out: &mut String, key: &Value, value: &Value) -> Res<()> {
    out.push('(');
    push(out, key)?;
    out.push_str(", ");
    push(out, value)?;
    out.push(')');
    Ok(())
}

fn colon(out: &mut String, key: &Value, value: &Value) -> Res<()> {
    push(out, key)?;
    out.push_str(": ");
    push(out, value)
}

fn entries<'a>(
    out: &mut String,
    all: impl Iterator<Item = (&'a Value, &'a Value)>,
    show: impl Fn(&mut String, &Value, &Value) -> Res<()>,
) -> Res<()> {
    for (n, (key, value)) in all.enumerate() {
        if n > 0 {
            out.push_str(", ");
        }
        if n % 4096 == 4095 {
            hooks::poll()?;
        }
        show(out, key, value)?;
    }
    Ok(())
}

fn dict_repr(dict: &Ref<Dict>) -> Res<String> {
    let at = address(dict);
    match dict.flavour {
        DictFlavour::Plain => enclosed(at, "{", "}", "{...}", |out| entries(out, dict.iter(), colon)),
        _ if dict.is_empty() => Ok(format!("{}()", dict_name(dict))),
        DictFlavour::Ordered => {
            enclosed(at, "OrderedDict([", "])", "...", |out| entries(out, dict.iter(), pair))
        }
        DictFlavour::Counter => enclosed(at, "Counter({", "})", "...", |out| {
            let order = match counter::by_count(dict) {
                Ok(order) => order,
                Err(e) if e.is("TypeError") => (0..dict.len()).collect(),
                Err(e) => return Err(e),
            };
            entries(out, order.iter().filter_map(|&i| dict.entry_at(i)), colon)
        }),
    }
}
