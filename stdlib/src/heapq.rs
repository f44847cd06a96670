//! `heapq`: `merge`, `nsmallest` and `nlargest`, with the comparisons that CPython makes; what changes a heap refuses.

use crate::native::{bind_python, refusal};
use afar_runtime::iter::{self, Iter, Iterate, advance, of};
use afar_runtime::ops::{self, CmpOp};
use afar_runtime::{Args, Builtin, Fault, Res, Str, Value, hooks};

/// What the module holds.
pub const NAMES: &[&str] =
    &["heapify", "heappop", "heappush", "heappushpop", "heapreplace", "merge", "nlargest", "nsmallest"];

static BUILTINS: &[Builtin] = &[
    Builtin { name: "heapify", owner: "heapq", call: |_| Err(refused("heapify")) },
    Builtin { name: "heappop", owner: "heapq", call: |_| Err(refused("heappop")) },
    Builtin { name: "heappush", owner: "heapq", call: |_| Err(refused("heappush")) },
    Builtin { name: "heappushpop", owner: "heapq", call: |_| Err(refused("heappushpop")) },
    Builtin { name: "heapreplace", owner: "heapq", call: |_| Err(refused("heapreplace")) },
    Builtin { name: "merge", owner: "heapq", call: merge },
    Builtin { name: "nlargest", owner: "heapq", call: |args| extreme(args, Way::Falling) },
    Builtin { name: "nsmallest", owner: "heapq", call: |args| extreme(args, Way::Rising) },
];

/// A name of the module.
pub fn lookup(name: &str) -> Option<Value> {
    BUILTINS.iter().find(|b| b.name == name).map(Value::Builtin)
}

fn refused(name: &str) -> Fault {
    refusal(&format!("heapq.{name}"), "use `sorted`, `heapq.merge`, `heapq.nsmallest` or `bisect`")
}

/// The smallest first, or the largest.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Rising,
    Falling,
}

/// An item with what it is compared by: its key, then its place.
#[derive(Clone)]
struct Entry {
    key: Value,
    order: i64,
    item: Value,
    source: Value,
}

/// `a < b`, as of tuples or lists of key and place.
fn lt(a: &Entry, b: &Entry) -> Res<bool> {
    if let (Value::Int(x), Value::Int(y)) = (&a.key, &b.key) {
        return Ok((x, a.order) < (y, b.order));
    }
    if ops::eq(&a.key, &b.key)? { Ok(a.order < b.order) } else { ops::lt(&a.key, &b.key) }
}

/// A heap with the smallest entry first (`Rising`), or the largest.
struct Heap {
    entries: Vec<Entry>,
    way: Way,
}

impl Heap {
    fn new(entries: Vec<Entry>, way: Way) -> Res<Self> {
        let mut heap = Self { entries, way };
        for at in (0..heap.entries.len() / 2).rev() {
            heap.sift_up(at)?;
        }
        Ok(heap)
    }

    /// Does the one belong above the other; asked as CPython asks it.
    fn above(&self, a: usize, b: usize) -> Res<bool> {
        match self.way {
            Way::Rising => lt(&self.entries[a], &self.entries[b]),
            Way::Falling => lt(&self.entries[b], &self.entries[a]),
        }
    }

    fn sift_down(&mut self, start: usize, mut at: usize) -> Res<()> {
        while at > start {
            let parent = (at - 1) / 2;
            if !self.above(at, parent)? {
                break;
            }
            self.entries.swap(at, parent);
            at = parent;
        }
        Ok(())
    }

    fn sift_up(&mut self, start: usize) -> Res<()> {
        let end = self.entries.len();
        let mut at = start;
        while at < end / 2 {
            let mut child = 2 * at + 1;
            if child + 1 < end && !self.above(child, child + 1)? {
                child += 1;
            }
            self.entries.swap(child, at);
            at = child;
        }
        self.sift_down(start, at)
    }

    fn pop(&mut self) -> Res<()> {
        self.entries.swap_remove(0);
        if self.entries.is_empty() { Ok(()) } else { self.sift_up(0) }
    }
}

/// `merge(*iterables, key=None, reverse=False)`.
fn merge(args: &Args<'_>) -> Res {
    let (mut key, mut way) = (None, Way::Rising);
    for (name, value) in args.kw {
        match name.as_str() {
            "key" => key = Some(value.clone()).filter(|k| !k.is_none()),
            "reverse" => way = if ops::truthy(value)? { Way::Falling } else { Way::Rising },
            _ => {
                return Err(Fault::type_error(format!(
                    "merge() got an unexpected keyword argument '{name}'"
                )));
            }
        }
    }
    Ok(Iter::value(Merge {
        sources: Some(args.pos.to_vec()),
        key,
        heap: Heap { entries: Vec::new(), way },
        given: false,
    }))
}

struct Merge {
    /// What is merged; none once it has started.
    sources: Option<Vec<Value>>,
    key: Option<Value>,
    heap: Heap,
    /// Was the first entry of the heap given.
    given: bool,
}

impl Merge {
    fn key_of(&self, item: &Value) -> Res {
        match &self.key {
            Some(key) => ops::call(key, std::slice::from_ref(item)),
            None => Ok(item.clone()),
        }
    }

    fn start(&mut self, sources: Vec<Value>) -> Res<()> {
        let mut entries = Vec::new();
        for (n, source) in (0_i64..).zip(&sources) {
            let source = of(source)?;
            if let Some(item) = advance(&source)? {
                let order = if self.heap.way == Way::Rising { n } else { -n };
                entries.push(Entry { key: self.key_of(&item)?, order, item, source });
            }
        }
        self.heap = Heap::new(entries, self.heap.way)?;
        Ok(())
    }

    fn step(&mut self) -> Res<Option<Value>> {
        if let Some(sources) = self.sources.take() {
            self.start(sources)?;
        }
        if std::mem::take(&mut self.given) {
            let source = self.heap.entries[0].source.clone();
            match advance(&source)? {
                Some(item) if self.heap.entries.len() == 1 => self.heap.entries[0].item = item,
                Some(item) => {
                    let key = self.key_of(&item)?;
                    let first = &mut self.heap.entries[0];
                    (first.key, first.item) = (key, item);
                    self.heap.sift_up(0)?;
                }
                None => self.heap.pop()?,
            }
        }
        let Some(first) = self.heap.entries.first() else { return Ok(None) };
        self.given = true;
        Ok(Some(first.item.clone()))
    }
}

impl Iterate for Merge {
    fn next(&mut self) -> Res<Option<Value>> {
        self.step().inspect_err(|_| self.heap.entries.clear())
    }

    fn type_name(&self) -> &'static str {
        "generator"
    }
}

/// `nsmallest(n, iterable, key=None)`, `nlargest(n, iterable, key=None)`.
fn extreme(args: &Args<'_>, way: Way) -> Res {
    let name = if way == Way::Rising { "nsmallest" } else { "nlargest" };
    let [n, source, key] = bind_python(args, name, ["n", "iterable", "key"], 2)?;
    let (n, source) = (n.unwrap_or(&Value::None), source.unwrap_or(&Value::None));
    let key = key.filter(|k| !k.is_none());
    let key_word: Vec<(Str, Value)> = key.map(|k| (Str::new("key"), k.clone())).into_iter().collect();
    if matches!(n, Value::Int(1)) {
        let mut kw = key_word;
        kw.push((Str::new("default"), Value::Unbound));
        let best = Args { pos: std::slice::from_ref(source), kw: &kw };
        let best = if way == Way::Rising { iter::min(&best)? } else { iter::max(&best)? };
        return Ok(Value::list(if best.is_bound() { vec![best] } else { Vec::new() }));
    }
    let is_all = match ops::len(source) {
        Ok(len) => ops::truthy(&ops::compare(CmpOp::Ge, n, &Value::usize(len))?)?,
        Err(e) if e.is("TypeError") || e.is("AttributeError") => false,
        Err(e) => return Err(e),
    };
    if is_all || iter::unordered(source).is_some() {
        let mut kw = key_word;
        kw.push((Str::new("reverse"), Value::Bool(way == Way::Falling)));
        let all = iter::sorted(&Args { pos: std::slice::from_ref(source), kw: &kw })?;
        let n = usize::try_from(whole(n)?).unwrap_or(0);
        return Ok(Value::list(ops::collect(&all)?.into_iter().take(n).collect()));
    }
    let it = of(source)?;
    let n = usize::try_from(whole(n)?).unwrap_or(0);
    best_of(&it, n, key, way)
}

fn whole(n: &Value) -> Res<i64> {
    match ops::index(n)? {
        Value::Int(n) => Ok(n),
        _ => Err(Fault::overflow("Python int too large to convert to C ssize_t")),
    }
}

fn best_of(it: &Value, n: usize, key: Option<&Value>, way: Way) -> Res {
    let step: i64 = if way == Way::Rising { 1 } else { -1 };
    let key_of = |item: &Value| match key {
        Some(key) => ops::call(key, std::slice::from_ref(item)),
        None => Ok(item.clone()),
    };
    let (mut entries, mut order) = (Vec::new(), 0_i64);
    while entries.len() < n {
        let Some(item) = advance(it)? else { break };
        entries.push(Entry { key: key_of(&item)?, order, item, source: Value::None });
        order += step;
    }
    if entries.is_empty() {
        return Ok(Value::list(Vec::new()));
    }
    // The heap has the worst of the best on top.
    let mut heap = Heap::new(entries, if way == Way::Rising { Way::Falling } else { Way::Rising })?;
    let mut seen = 0_u32;
    while let Some(item) = advance(it)? {
        let key = key_of(&item)?;
        let top = &heap.entries[0];
        let is_better = if way == Way::Rising { ops::lt(&key, &top.key)? } else { ops::lt(&top.key, &key)? };
        if is_better {
            heap.entries[0] = Entry { key, order, item, source: Value::None };
            heap.sift_up(0)?;
            order += step;
        }
        seen = seen.wrapping_add(1);
        if seen.is_multiple_of(4096) {
            hooks::poll()?;
        }
    }
    let pairs: Vec<Value> =
        heap.entries.iter().map(|e| Value::tuple(vec![e.key.clone(), Value::Int(e.order)])).collect();
    let direction =
        if way == Way::Rising { iter::sort::Direction::Rising } else { iter::sort::Direction::Falling };
    let places = iter::sort::order(&pairs, direction)?;
    Ok(Value::list(places.into_iter().map(|i| heap.entries[i].item.clone()).collect()))
}
