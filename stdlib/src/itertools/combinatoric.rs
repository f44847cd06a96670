//! `product`, `permutations`, `combinations`, `combinations_with_replacement`.

use afar_runtime::collections::collect;
use afar_runtime::iter::{Iter, Iterate};
use afar_runtime::{Args, Fault, Res, Value, budget, ops};

/// `product(*iterables, repeat=1)`.
pub fn product(args: &Args<'_>) -> Res {
    if args.kw.len() > 1 {
        let n = args.kw.len();
        return Err(Fault::type_error(format!("product() takes at most 1 keyword argument ({n} given)")));
    }
    let repeat = crate::native::only_keyword(args.kw, "repeat", |key| {
        Fault::type_error(format!("'{key}' is an invalid keyword argument for product()"))
    })?;
    let repeat = match repeat {
        None => 1,
        Some(n) => match ops::index(n)? {
            Value::Int(n) => {
                usize::try_from(n).map_err(|_| Fault::value_error("repeat argument cannot be negative"))?
            }
            _ => return Err(Fault::overflow("Python int too large to convert to C ssize_t")),
        },
    };
    let mut pools = Vec::new();
    if repeat > 0 {
        for source in args.pos {
            pools.push(collect(source)?);
        }
    }
    let n = pools.len();
    if n.saturating_mul(repeat) > 1 << 24 {
        return Err(Fault::overflow("repeat argument too large"));
    }
    let places = vec![0; n * repeat];
    Ok(Iter::value(Product { done: pools.iter().any(Vec::is_empty), pools, places }))
}

struct Product {
    pools: Vec<Vec<Value>>,
    places: Vec<usize>,
    done: bool,
}

impl Iterate for Product {
    fn next(&mut self) -> Res<Option<Value>> {
        if self.done {
            return Ok(None);
        }
        let pools = &self.pools;
        let pool = |at: usize| &pools[at % pools.len()];
        let item: Vec<Value> = self.places.iter().enumerate().map(|(at, &i)| pool(at)[i].clone()).collect();
        self.done = true;
        for at in (0..self.places.len()).rev() {
            self.places[at] += 1;
            if self.places[at] < pool(at).len() {
                self.done = false;
                break;
            }
            self.places[at] = 0;
        }
        Ok(Some(Value::tuple(item)))
    }

    fn type_name(&self) -> &'static str {
        "product"
    }
}

fn length(value: &Value) -> Res<usize> {
    match ops::index(value)? {
        Value::Int(n) if n > i64::MAX / 8 => Err(Fault::memory_error(format!("{n} places"))),
        Value::Int(n) => usize::try_from(n).map_err(|_| Fault::value_error("r must be non-negative")),
        _ => Err(Fault::overflow("Python int too large to convert to C ssize_t")),
    }
}

/// `permutations(iterable, r=None)`.
pub fn permutations(args: &Args<'_>) -> Res {
    let [source, r] = args.bind("permutations", ["iterable", "r"], 0, 1, 2)?;
    let pool = collect(source.unwrap_or(&Value::None))?;
    let r = match r {
        None | Some(Value::None) => pool.len(),
        Some(r @ (Value::Int(_) | Value::BigInt(_) | Value::Bool(_))) => length(r)?,
        Some(_) => return Err(Fault::type_error("Expected int as r")),
    };
    let n = pool.len();
    let places = (0..n).collect();
    let cycles = if r > n { Vec::new() } else { (n - r + 1..=n).rev().collect() };
    Ok(Iter::value(Permutations {
        pool,
        places,
        cycles,
        r,
        state: if r > n { State::Done } else { State::First },
    }))
}

/// How far an iterator is.
#[derive(PartialEq)]
enum State {
    First,
    Going,
    Done,
}

struct Permutations {
    pool: Vec<Value>,
    places: Vec<usize>,
    cycles: Vec<usize>,
    r: usize,
    state: State,
}

impl Permutations {
    /// Goes to the next one; false at the end.
    fn step(&mut self) -> bool {
        let n = self.pool.len();
        for i in (0..self.r).rev() {
            self.cycles[i] -= 1;
            if self.cycles[i] == 0 {
                self.places[i..].rotate_left(1);
                self.cycles[i] = n - i;
            } else {
                self.places.swap(i, n - self.cycles[i]);
                return true;
            }
        }
        false
    }
}

fn picked(pool: &[Value], places: &[usize]) -> Value {
    Value::tuple(places.iter().map(|&i| pool[i].clone()).collect::<Vec<_>>())
}

impl Iterate for Permutations {
    fn next(&mut self) -> Res<Option<Value>> {
        match self.state {
            State::Done => return Ok(None),
            State::First => self.state = State::Going,
            State::Going => {
                if !self.step() {
                    self.state = State::Done;
                    return Ok(None);
                }
            }
        }
        Ok(Some(picked(&self.pool, &self.places[..self.r])))
    }

    fn type_name(&self) -> &'static str {
        "permutations"
    }
}

/// `combinations(iterable, r)`.
pub fn combinations(args: &Args<'_>) -> Res {
    combined(args, "combinations", false)
}

/// `combinations_with_replacement(iterable, r)`.
pub fn combinations_with_replacement(args: &Args<'_>) -> Res {
    combined(args, "combinations_with_replacement", true)
}

fn combined(args: &Args<'_>, name: &'static str, again: bool) -> Res {
    let [source, r] = args.bind(name, ["iterable", "r"], 0, 2, 2)?;
    // The length is read before the iterable is.
    let r = ops::index(r.unwrap_or(&Value::None))?;
    let pool = collect(source.unwrap_or(&Value::None))?;
    let r = length(&r)?;
    let impossible = if again { pool.is_empty() && r > 0 } else { r > pool.len() };
    if !impossible {
        budget::check(r, 8, name)?;
    }
    let places = match (impossible, again) {
        (true, _) => Vec::new(),
        (_, true) => vec![0; r],
        (_, false) => (0..r).collect(),
    };
    let state = if impossible { State::Done } else { State::First };
    Ok(Iter::value(Combinations { pool, places, again, state }))
}

struct Combinations {
    pool: Vec<Value>,
    places: Vec<usize>,
    again: bool,
    state: State,
}

impl Combinations {
    fn step(&mut self) -> bool {
        let (n, r) = (self.pool.len(), self.places.len());
        let last = |i: usize| if self.again { n - 1 } else { i + n - r };
        let Some(i) = (0..r).rev().find(|&i| self.places[i] != last(i)) else { return false };
        let first = self.places[i] + 1;
        for (k, place) in self.places[i..].iter_mut().enumerate() {
            *place = if self.again { first } else { first + k };
        }
        true
    }
}

impl Iterate for Combinations {
    fn next(&mut self) -> Res<Option<Value>> {
        match self.state {
            State::Done => return Ok(None),
            State::First => self.state = State::Going,
            State::Going => {
                if !self.step() {
                    self.state = State::Done;
                    return Ok(None);
                }
            }
        }
        Ok(Some(picked(&self.pool, &self.places)))
    }

    fn type_name(&self) -> &'static str {
        if self.again { "combinations_with_replacement" } else { "combinations" }
    }
}
