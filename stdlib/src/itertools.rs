//! `itertools`: chains, windows, groups, infinite iterators, accumulation.

mod combinatoric;
mod group;

use crate::native::{NativeClass, only_keyword};
use afar_runtime::collections::arity;
use afar_runtime::iter::{self, Iter, Iterate, advance, of};
use afar_runtime::object::Host;
use afar_runtime::ops::{self, BinOp};
use afar_runtime::{Args, Builtin, Fault, Res, Value, hooks};
use std::sync::OnceLock;

/// What the module holds.
pub const NAMES: &[&str] = &[
    "accumulate",
    "chain",
    "combinations",
    "combinations_with_replacement",
    "compress",
    "count",
    "cycle",
    "dropwhile",
    "filterfalse",
    "groupby",
    "islice",
    "pairwise",
    "permutations",
    "product",
    "repeat",
    "starmap",
    "takewhile",
    "tee",
    "zip_longest",
];

const FROM_ITERABLE: &[Builtin] = &[Builtin { name: "from_iterable", owner: "", call: from_iterable }];

const fn class(name: &'static str, construct: fn(&Args<'_>) -> Res) -> NativeClass {
    NativeClass { module: "itertools", name, construct, statics: &[], constants: &[] }
}

static CLASSES: [NativeClass; 18] = [
    class("accumulate", accumulate),
    NativeClass {
        module: "itertools",
        name: "chain",
        construct: chain,
        statics: FROM_ITERABLE,
        constants: &[],
    },
    class("combinations", combinatoric::combinations),
    class("combinations_with_replacement", combinatoric::combinations_with_replacement),
    class("compress", compress),
    class("count", count),
    class("cycle", cycle),
    class("dropwhile", dropwhile),
    class("filterfalse", filterfalse),
    class("groupby", group::groupby),
    class("islice", islice),
    class("pairwise", pairwise),
    class("permutations", combinatoric::permutations),
    class("product", combinatoric::product),
    class("repeat", repeat),
    class("starmap", starmap),
    class("takewhile", takewhile),
    class("zip_longest", zip_longest),
];

static TEE: Builtin = Builtin { name: "tee", owner: "itertools", call: group::tee };

/// A name of the module.
pub fn lookup(name: &str) -> Option<Value> {
    static VALUES: OnceLock<Vec<Value>> = OnceLock::new();
    if name == "tee" {
        return Some(Value::Builtin(&TEE));
    }
    let at = CLASSES.iter().position(|c| c.name == name)?;
    VALUES.get_or_init(|| CLASSES.iter().map(Host::value).collect()).get(at).cloned()
}

fn two<'a>(args: &Args<'a>, name: &str) -> Res<(&'a Value, &'a Value)> {
    args.no_keywords(name)?;
    arity(name, args.pos.len(), 2, 2)?;
    Ok((&args.pos[0], &args.pos[1]))
}

/// `chain(*iterables)`.
fn chain(args: &Args<'_>) -> Res {
    args.no_keywords("chain")?;
    Ok(Iter::value(Chain { sources: Some(of(&Value::tuple(args.pos.to_vec()))?), active: None }))
}

/// `chain.from_iterable(iterable)`.
fn from_iterable(args: &Args<'_>) -> Res {
    args.count("chain.from_iterable", 1, 1)?;
    Ok(Iter::value(Chain { sources: Some(of(&args.pos[0])?), active: None }))
}

struct Chain {
    sources: Option<Value>,
    active: Option<Value>,
}

impl Iterate for Chain {
    fn next(&mut self) -> Res<Option<Value>> {
        let mut n = 0_u32;
        while let Some(sources) = &self.sources {
            let active = match &self.active {
                Some(active) => active,
                None => match advance(sources)? {
                    Some(source) => {
                        n = n.wrapping_add(1);
                        if n.is_multiple_of(4096) {
                            hooks::poll()?;
                        }
                        let made = of(&source).inspect_err(|_| self.sources = None)?;
                        self.active.insert(made)
                    }
                    None => {
                        self.sources = None;
                        break;
                    }
                },
            };
            if let Some(item) = advance(active)? {
                return Ok(Some(item));
            }
            self.active = None;
        }
        Ok(None)
    }

    fn type_name(&self) -> &'static str {
        "chain"
    }
}

fn is_number(value: &Value) -> bool {
    match value {
        Value::Int(_) | Value::Bool(_) | Value::BigInt(_) | Value::Float(_) | Value::Complex(_) => true,
        Value::Instance(_) | Value::Host(_) => ["__index__", "__float__", "__int__"]
            .iter()
            .any(|name| matches!(afar_runtime::object::attr::find(value, name), Ok(Some(_)))),
        _ => false,
    }
}

/// `count(start=0, step=1)`.
fn count(args: &Args<'_>) -> Res {
    let [start, step] = args.bind("count", ["start", "step"], 0, 0, 2)?;
    let next = start.cloned().unwrap_or(Value::Int(0));
    let step = step.cloned().unwrap_or(Value::Int(1));
    if !is_number(&next) || !is_number(&step) {
        return Err(Fault::type_error("a number is required"));
    }
    Ok(Iter::value(Count { next, step }))
}

struct Count {
    next: Value,
    step: Value,
}

impl Iterate for Count {
    fn next(&mut self) -> Res<Option<Value>> {
        let after = match (&self.next, &self.step) {
            (Value::Int(n), Value::Int(step)) => Value::int128(i128::from(*n) + i128::from(*step)),
            (next, step) => ops::binary(BinOp::Add, next, step)?,
        };
        Ok(Some(std::mem::replace(&mut self.next, after)))
    }

    fn type_name(&self) -> &'static str {
        "count"
    }

    fn repr(&self) -> Option<Res<String>> {
        let show = || -> Res<String> {
            let next = ops::repr(&self.next)?;
            match &self.step {
                Value::Int(1) => Ok(format!("count({next})")),
                step => Ok(format!("count({next}, {})", ops::repr(step)?)),
            }
        };
        Some(show())
    }
}

/// `cycle(iterable)`.
fn cycle(args: &Args<'_>) -> Res {
    args.no_keywords("cycle")?;
    arity("cycle", args.pos.len(), 1, 1)?;
    Ok(Iter::value(Cycle { source: Some(of(&args.pos[0])?), saved: Vec::new(), at: 0 }))
}

struct Cycle {
    source: Option<Value>,
    saved: Vec<Value>,
    at: usize,
}

impl Iterate for Cycle {
    fn next(&mut self) -> Res<Option<Value>> {
        if let Some(source) = &self.source {
            if let Some(item) = advance(source)? {
                self.saved.push(item.clone());
                return Ok(Some(item));
            }
            self.source = None;
        }
        let item = self.saved.get(self.at).cloned();
        self.at = if self.at + 1 >= self.saved.len() { 0 } else { self.at + 1 };
        Ok(item)
    }

    fn type_name(&self) -> &'static str {
        "cycle"
    }
}

/// `repeat(object, times)`.
fn repeat(args: &Args<'_>) -> Res {
    let [object, times] = args.bind("repeat", ["object", "times"], 0, 1, 2)?;
    let left = match times {
        Some(times) => Some(clamp(&ops::index(times)?)?),
        None => None,
    };
    Ok(Iter::value(Repeat { object: object.cloned().unwrap_or_default(), left }))
}

/// A count: none below zero.
fn clamp(n: &Value) -> Res<usize> {
    match n {
        Value::Int(n) => Ok(usize::try_from(*n).unwrap_or(0)),
        _ => Err(Fault::overflow("Python int too large to convert to C ssize_t")),
    }
}

struct Repeat {
    object: Value,
    left: Option<usize>,
}

impl Iterate for Repeat {
    fn next(&mut self) -> Res<Option<Value>> {
        match &mut self.left {
            Some(0) => return Ok(None),
            Some(left) => *left -= 1,
            None => {}
        }
        Ok(Some(self.object.clone()))
    }

    fn type_name(&self) -> &'static str {
        "repeat"
    }

    fn size_hint(&self) -> usize {
        self.left.unwrap_or(0)
    }

    fn repr(&self) -> Option<Res<String>> {
        Some(ops::repr(&self.object).map(|object| match self.left {
            Some(left) => format!("repeat({object}, {left})"),
            None => format!("repeat({object})"),
        }))
    }
}

/// `accumulate(iterable, func=None, *, initial=None)`.
fn accumulate(args: &Args<'_>) -> Res {
    let [source, func, initial] = args.bind("accumulate", ["iterable", "func", "initial"], 0, 1, 2)?;
    Ok(Iter::value(Accumulate {
        source: of(source.unwrap_or(&Value::None))?,
        func: func.filter(|f| !f.is_none()).cloned(),
        initial: initial.filter(|v| !v.is_none()).cloned(),
        total: None,
    }))
}

struct Accumulate {
    source: Value,
    func: Option<Value>,
    initial: Option<Value>,
    total: Option<Value>,
}

impl Iterate for Accumulate {
    fn next(&mut self) -> Res<Option<Value>> {
        if let Some(initial) = self.initial.take() {
            self.total = Some(initial.clone());
            return Ok(Some(initial));
        }
        let Some(item) = advance(&self.source)? else { return Ok(None) };
        let total = match (&self.total, &self.func) {
            (None, _) => item,
            (Some(total), None) => ops::binary(BinOp::Add, total, &item)?,
            (Some(total), Some(func)) => ops::call(func, &[total.clone(), item])?,
        };
        self.total = Some(total.clone());
        Ok(Some(total))
    }

    fn type_name(&self) -> &'static str {
        "accumulate"
    }
}

/// `takewhile(predicate, iterable)`.
fn takewhile(args: &Args<'_>) -> Res {
    let (func, source) = two(args, "takewhile")?;
    Ok(Iter::value(TakeWhile { func: func.clone(), source: of(source)?, done: false }))
}

struct TakeWhile {
    func: Value,
    source: Value,
    done: bool,
}

impl Iterate for TakeWhile {
    fn next(&mut self) -> Res<Option<Value>> {
        if self.done {
            return Ok(None);
        }
        let Some(item) = advance(&self.source)? else { return Ok(None) };
        if ops::truthy(&ops::call(&self.func, std::slice::from_ref(&item))?)? {
            return Ok(Some(item));
        }
        self.done = true;
        Ok(None)
    }

    fn type_name(&self) -> &'static str {
        "takewhile"
    }
}

/// `dropwhile(predicate, iterable)`.
fn dropwhile(args: &Args<'_>) -> Res {
    let (func, source) = two(args, "dropwhile")?;
    Ok(Iter::value(DropWhile { func: func.clone(), source: of(source)?, started: false }))
}

struct DropWhile {
    func: Value,
    source: Value,
    started: bool,
}

impl Iterate for DropWhile {
    fn next(&mut self) -> Res<Option<Value>> {
        let mut n = 0_u32;
        while let Some(item) = advance(&self.source)? {
            if self.started {
                return Ok(Some(item));
            }
            if !ops::truthy(&ops::call(&self.func, std::slice::from_ref(&item))?)? {
                self.started = true;
                return Ok(Some(item));
            }
            n = n.wrapping_add(1);
            if n.is_multiple_of(4096) {
                hooks::poll()?;
            }
        }
        Ok(None)
    }

    fn type_name(&self) -> &'static str {
        "dropwhile"
    }
}

/// `filterfalse(predicate, iterable)`.
fn filterfalse(args: &Args<'_>) -> Res {
    let (func, source) = two(args, "filterfalse")?;
    iter::filterfalse(func, source)
}

/// `starmap(function, iterable)`.
fn starmap(args: &Args<'_>) -> Res {
    let (func, source) = two(args, "starmap")?;
    Ok(Iter::value(StarMap { func: func.clone(), source: of(source)? }))
}

struct StarMap {
    func: Value,
    source: Value,
}

impl Iterate for StarMap {
    fn next(&mut self) -> Res<Option<Value>> {
        match advance(&self.source)? {
            Some(Value::Tuple(items)) => ops::call(&self.func, &items).map(Some),
            Some(item) => ops::call(&self.func, &ops::collect(&item)?).map(Some),
            None => Ok(None),
        }
    }

    fn type_name(&self) -> &'static str {
        "starmap"
    }
}

/// `compress(data, selectors)`.
fn compress(args: &Args<'_>) -> Res {
    let [data, selectors] = args.bind("compress", ["data", "selectors"], 0, 2, 2)?;
    let source = |v: Option<&Value>| of(v.unwrap_or(&Value::None));
    Ok(Iter::value(Compress { data: source(data)?, selectors: source(selectors)? }))
}

struct Compress {
    data: Value,
    selectors: Value,
}

impl Iterate for Compress {
    fn next(&mut self) -> Res<Option<Value>> {
        let mut n = 0_u32;
        loop {
            let Some(item) = advance(&self.data)? else { return Ok(None) };
            let Some(selector) = advance(&self.selectors)? else { return Ok(None) };
            if ops::truthy(&selector)? {
                return Ok(Some(item));
            }
            n = n.wrapping_add(1);
            if n.is_multiple_of(4096) {
                hooks::poll()?;
            }
        }
    }

    fn type_name(&self) -> &'static str {
        "compress"
    }
}

/// `pairwise(iterable)`.
fn pairwise(args: &Args<'_>) -> Res {
    args.no_keywords("pairwise")?;
    arity("pairwise", args.pos.len(), 1, 1)?;
    Ok(Iter::value(Pairwise { source: Some(of(&args.pos[0])?), before: None }))
}

struct Pairwise {
    source: Option<Value>,
    before: Option<Value>,
}

impl Iterate for Pairwise {
    fn next(&mut self) -> Res<Option<Value>> {
        let Some(source) = &self.source else { return Ok(None) };
        let before = match self.before.take() {
            Some(before) => Some(before),
            None => advance(source)?,
        };
        let after = if before.is_some() { advance(source)? } else { None };
        match (before, after) {
            (Some(before), Some(after)) => {
                self.before = Some(after.clone());
                Ok(Some(Value::tuple(vec![before, after])))
            }
            _ => {
                self.source = None;
                Ok(None)
            }
        }
    }

    fn type_name(&self) -> &'static str {
        "pairwise"
    }
}

/// `islice(iterable, stop)`, `islice(iterable, start, stop, step)`.
fn islice(args: &Args<'_>) -> Res {
    args.no_keywords("islice")?;
    arity("islice", args.pos.len(), 2, 4)?;
    // As CPython: what is no index counts as -1, which is wrong for a stop in one way and for what is below it in another.
    let index = |value: Option<&Value>, default: i64| match value {
        None | Some(Value::None) => default,
        Some(value) => match ops::index(value) {
            Ok(Value::Int(n)) => n,
            _ => -1,
        },
    };
    let (start, stop) = match args.pos {
        [_, stop] => (0, Some(stop)),
        _ => (index(args.pos.get(1), 0), args.pos.get(2)),
    };
    let is_bounded = stop.is_some_and(|stop| !stop.is_none());
    let stop = index(stop, i64::MAX);
    if stop == -1 {
        let message = "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
        return Err(Fault::value_error(message));
    }
    let (Ok(start), Ok(stop)) = (usize::try_from(start), usize::try_from(stop)) else {
        let message = "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
        return Err(Fault::value_error(message));
    };
    let stop = is_bounded.then_some(stop);
    let step = match usize::try_from(index(args.pos.get(3), 1)) {
        Ok(step) if step > 0 => step,
        _ => return Err(Fault::value_error("Step for islice() must be a positive integer or None.")),
    };
    Ok(Iter::value(ISlice { source: Some(of(&args.pos[0])?), next: start, stop, step, seen: 0 }))
}

struct ISlice {
    source: Option<Value>,
    next: usize,
    stop: Option<usize>,
    step: usize,
    seen: usize,
}

impl Iterate for ISlice {
    fn next(&mut self) -> Res<Option<Value>> {
        let Some(source) = &self.source else { return Ok(None) };
        let stop = self.stop.unwrap_or(usize::MAX);
        let target = self.next.min(stop);
        while self.seen < target {
            if advance(source)?.is_none() {
                self.source = None;
                return Ok(None);
            }
            self.seen += 1;
            if self.seen.is_multiple_of(4096) {
                hooks::poll()?;
            }
        }
        if self.seen >= stop {
            self.source = None;
            return Ok(None);
        }
        let item = advance(source)?;
        if item.is_none() {
            self.source = None;
            return Ok(None);
        }
        self.seen += 1;
        self.next = self.next.saturating_add(self.step).min(stop);
        Ok(item)
    }

    fn type_name(&self) -> &'static str {
        "islice"
    }
}

/// `zip_longest(*iterables, fillvalue=None)`.
fn zip_longest(args: &Args<'_>) -> Res {
    let fill = only_keyword(args.kw, "fillvalue", |_| {
        Fault::type_error("zip_longest() got an unexpected keyword argument")
    })?;
    let sources = args.pos.iter().map(|s| of(s).map(Some)).collect::<Res<Vec<Option<Value>>>>()?;
    Ok(Iter::value(ZipLongest {
        n_active: sources.len(),
        sources,
        fill: fill.cloned().unwrap_or(Value::None),
    }))
}

struct ZipLongest {
    sources: Vec<Option<Value>>,
    n_active: usize,
    fill: Value,
}

impl Iterate for ZipLongest {
    fn next(&mut self) -> Res<Option<Value>> {
        if self.n_active == 0 {
            return Ok(None);
        }
        let mut items = Vec::with_capacity(self.sources.len());
        for slot in &mut self.sources {
            let item = match slot {
                Some(source) => match advance(source) {
                    Ok(item) => item,
                    Err(e) => {
                        self.n_active = 0;
                        return Err(e);
                    }
                },
                None => None,
            };
            match item {
                Some(item) => items.push(item),
                None => {
                    if slot.take().is_some() {
                        self.n_active -= 1;
                        if self.n_active == 0 {
                            return Ok(None);
                        }
                    }
                    items.push(self.fill.clone());
                }
            }
        }
        Ok(Some(Value::tuple(items)))
    }

    fn type_name(&self) -> &'static str {
        "zip_longest"
    }
}
