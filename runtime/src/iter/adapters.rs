//! `zip`, `map`, `filter`, `enumerate`, `iter(callable, sentinel)`, and walking a sequence by index.

use super::{Iter, Iterate, advance, hides_order, of, release_order};
use crate::object::call;
use crate::ops::BinOp;
use crate::{Args, Fault, Res, Value, hooks, ops};

/// `zip(*iterables, strict=False)`.
pub fn zip(args: &Args<'_>) -> Res {
    let mut strict = false;
    if args.kw.len() > 1 {
        let given = args.kw.len();
        return Err(Fault::type_error(format!("zip() takes at most 1 keyword argument ({given} given)")));
    }
    for (key, value) in args.kw {
        match key.as_str() {
            "strict" => strict = ops::truthy(value)?,
            _ => {
                return Err(Fault::type_error(format!("'{key}' is an invalid keyword argument for zip()")));
            }
        }
    }
    let sources = args.pos.iter().map(of).collect::<Res<Vec<Value>>>()?;
    Ok(Iter::value(Zip { sources, strict, done: false }))
}

struct Zip {
    sources: Vec<Value>,
    strict: bool,
    done: bool,
}

impl Zip {
    /// What a strict one says when the source at this place ended before the others.
    fn shorter(&mut self, at: usize) -> Res<Option<Value>> {
        let behind = |n: usize| if n == 1 { " 1".to_owned() } else { format!("s 1-{n}") };
        if at > 0 {
            return Err(Fault::value_error(format!(
                "zip() argument {} is shorter than argument{}",
                at + 1,
                behind(at)
            )));
        }
        for i in 1..self.sources.len() {
            if advance(&self.sources[i])?.is_some() {
                return Err(Fault::value_error(format!(
                    "zip() argument {} is longer than argument{}",
                    i + 1,
                    behind(i)
                )));
            }
        }
        Ok(None)
    }
}

impl Iterate for Zip {
    fn next(&mut self) -> Res<Option<Value>> {
        if self.sources.is_empty() || self.done {
            return Ok(None);
        }
        let mut items = Vec::with_capacity(self.sources.len());
        for at in 0..self.sources.len() {
            match advance(&self.sources[at])? {
                Some(item) => items.push(item),
                None if self.strict => return self.shorter(at),
                None => return Ok(None),
            }
        }
        Ok(Some(Value::tuple(items)))
    }

    fn type_name(&self) -> &'static str {
        "zip"
    }
}

/// `map(func, *iterables)`.
pub fn map(args: &Args<'_>) -> Res {
    args.no_keywords("map")?;
    let [func, sources @ ..] = args.pos else {
        return Err(Fault::type_error("map() must have at least two arguments."));
    };
    if sources.is_empty() {
        return Err(Fault::type_error("map() must have at least two arguments."));
    }
    let sources = sources.iter().map(of).collect::<Res<Vec<Value>>>()?;
    Ok(Iter::value(Map { func: func.clone(), sources }))
}

struct Map {
    func: Value,
    sources: Vec<Value>,
}

impl Iterate for Map {
    fn next(&mut self) -> Res<Option<Value>> {
        if let [source] = &*self.sources {
            return match advance(source)? {
                Some(item) => ops::call(&self.func, &[item]).map(Some),
                None => Ok(None),
            };
        }
        let mut items = Vec::with_capacity(self.sources.len());
        for source in &self.sources {
            match advance(source)? {
                Some(item) => items.push(item),
                None => return Ok(None),
            }
        }
        ops::call(&self.func, &items).map(Some)
    }

    fn hides_order(&self) -> bool {
        matches!(&*self.sources, [source] if hides_order(source))
    }

    fn release_order(&mut self) {
        if let [source] = &*self.sources {
            release_order(source);
        }
    }

    fn type_name(&self) -> &'static str {
        "map"
    }
}

/// `filter(func, iterable)`.
pub fn filter(args: &Args<'_>) -> Res {
    args.no_keywords("filter")?;
    crate::collections::arity("filter", args.pos.len(), 2, 2)?;
    Ok(Iter::value(Filter { func: args.pos[0].clone(), source: of(&args.pos[1])?, keep: true }))
}

/// `itertools.filterfalse(func, iterable)`.
pub fn filterfalse(func: &Value, source: &Value) -> Res {
    Ok(Iter::value(Filter { func: func.clone(), source: of(source)?, keep: false }))
}

struct Filter {
    func: Value,
    source: Value,
    keep: bool,
}

impl Filter {
    fn keeps(&self, item: &Value) -> Res<bool> {
        let held = if self.func.is_none() {
            ops::truthy(item)?
        } else {
            ops::truthy(&ops::call(&self.func, std::slice::from_ref(item))?)?
        };
        Ok(held == self.keep)
    }

    fn find(&self) -> Res<Option<Value>> {
        let mut n = 0_u32;
        while let Some(item) = advance(&self.source)? {
            if self.keeps(&item)? {
                return Ok(Some(item));
            }
            n = n.wrapping_add(1);
            if n.is_multiple_of(4096) {
                hooks::poll()?;
            }
        }
        Ok(None)
    }
}

impl Iterate for Filter {
    fn next(&mut self) -> Res<Option<Value>> {
        self.find()
    }

    fn hides_order(&self) -> bool {
        hides_order(&self.source)
    }

    fn release_order(&mut self) {
        release_order(&self.source);
    }

    fn type_name(&self) -> &'static str {
        if self.keep { "filter" } else { "filterfalse" }
    }
}

/// `enumerate(iterable, start=0)`.
pub fn enumerate(args: &Args<'_>) -> Res {
    if let ([], [(key, _)]) = (args.pos, args.kw)
        && key.as_str() != "iterable"
    {
        return Err(Fault::type_error(format!("'{key}' is an invalid keyword argument for enumerate()")));
    }
    let is_given = !args.pos.is_empty() || args.kw.iter().any(|(key, _)| key.as_str() == "iterable");
    if is_given && args.pos.len() + args.kw.len() > 2 {
        return Err(Fault::type_error(format!(
            "enumerate() takes at most 2 arguments ({} given)",
            args.pos.len() + args.kw.len()
        )));
    }
    let mut source = args.pos.first();
    let mut start = args.pos.get(1);
    for (key, value) in args.kw {
        match key.as_str() {
            "iterable" if source.is_none() => source = Some(value),
            "start" if start.is_none() => start = Some(value),
            _ => {
                return Err(Fault::type_error(format!(
                    "'{key}' is an invalid keyword argument for enumerate()"
                )));
            }
        }
    }
    let Some(source) = source else {
        return Err(Fault::type_error("enumerate() missing required argument 'iterable'"));
    };
    let next = match start {
        None => Value::Int(0),
        Some(start) => ops::index(start)?,
    };
    Ok(Iter::value(Enumerate { source: of(source)?, next }))
}

struct Enumerate {
    source: Value,
    next: Value,
}

impl Iterate for Enumerate {
    fn next(&mut self) -> Res<Option<Value>> {
        let Some(item) = advance(&self.source)? else { return Ok(None) };
        let after = successor(&self.next)?;
        let at = std::mem::replace(&mut self.next, after);
        Ok(Some(Value::tuple(vec![at, item])))
    }

    fn type_name(&self) -> &'static str {
        "enumerate"
    }
}

/// `n + 1`.
pub fn successor(n: &Value) -> Res {
    match n {
        Value::Int(n) if *n < i64::MAX => Ok(Value::Int(n + 1)),
        _ => ops::binary(BinOp::Add, n, &Value::Int(1)),
    }
}

/// `iter(func, sentinel)`.
pub(super) fn until(func: &Value, sentinel: &Value) -> Res {
    if !call::is_callable(func) {
        return Err(Fault::type_error("iter(v, w): v must be callable"));
    }
    Ok(Iter::value(Until { func: Some(func.clone()), sentinel: sentinel.clone() }))
}

struct Until {
    func: Option<Value>,
    sentinel: Value,
}

impl Iterate for Until {
    fn next(&mut self) -> Res<Option<Value>> {
        let Some(func) = &self.func else { return Ok(None) };
        match ops::call(func, &[]) {
            Ok(item) => {
                if ops::eq(&self.sentinel, &item)? {
                    self.func = None;
                    return Ok(None);
                }
                Ok(Some(item))
            }
            Err(e) if e.is("StopIteration") => {
                self.func = None;
                Ok(None)
            }
            Err(e) => Err(e),
        }
    }

    fn type_name(&self) -> &'static str {
        "callable_iterator"
    }
}

/// `reversed` of a sequence that only has `__len__` and `__getitem__`.
pub(super) fn backward(sequence: &Value, len: usize) -> Value {
    Iter::value(Backward { sequence: sequence.clone(), left: len })
}

struct Backward {
    sequence: Value,
    left: usize,
}

impl Iterate for Backward {
    fn next(&mut self) -> Res<Option<Value>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        match ops::getitem(&self.sequence, &Value::usize(self.left)) {
            Ok(item) => Ok(Some(item)),
            Err(e) if e.is("IndexError") || e.is("StopIteration") => {
                self.left = 0;
                Ok(None)
            }
            Err(e) => Err(e),
        }
    }

    fn type_name(&self) -> &'static str {
        "reversed"
    }
}
