//! `groupby` and `tee`: iterators that share what they take from one source.

use afar_runtime::iter::{Iter, Iterate, advance, of};
use afar_runtime::{Args, Fault, Res, Value, hooks, ops};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

fn lock<T>(of: &Mutex<T>) -> Res<MutexGuard<'_, T>> {
    match of.try_lock() {
        Ok(guard) => Ok(guard),
        Err(std::sync::TryLockError::Poisoned(e)) => Ok(PoisonError::into_inner(e)),
        Err(std::sync::TryLockError::WouldBlock) => Err(Fault::value_error("generator already executing")),
    }
}

/// `groupby(iterable, key=None)`.
pub fn groupby(args: &Args<'_>) -> Res {
    let [source, key] = args.bind("groupby", ["iterable", "key"], 0, 1, 2)?;
    Ok(Iter::value(GroupBy(Arc::new(Mutex::new(Groups {
        source: of(source.unwrap_or(&Value::None))?,
        func: key.filter(|k| !k.is_none()).cloned(),
        target: None,
        key: None,
        value: None,
        n_groups: 0,
    })))))
}

/// What a `groupby` and its groups share.
struct Groups {
    source: Value,
    func: Option<Value>,
    /// The key of the group that was given last.
    target: Option<Value>,
    /// The item that was taken last, while it is not given, and its key.
    key: Option<Value>,
    value: Option<Value>,
    n_groups: u64,
}

impl Groups {
    /// Takes an item; false at the end.
    fn step(&mut self) -> Res<bool> {
        let Some(item) = advance(&self.source)? else { return Ok(false) };
        let key = match &self.func {
            Some(func) => ops::call(func, std::slice::from_ref(&item))?,
            None => item.clone(),
        };
        (self.value, self.key) = (Some(item), Some(key));
        Ok(true)
    }
}

struct GroupBy(Arc<Mutex<Groups>>);

impl Iterate for GroupBy {
    fn next(&mut self) -> Res<Option<Value>> {
        let mut groups = lock(&self.0)?;
        groups.n_groups += 1;
        let mut n = 0_u32;
        loop {
            match (&groups.key, &groups.target) {
                (None, _) => {}
                (Some(_), None) => break,
                (Some(key), Some(target)) => {
                    if !ops::eq(target, key)? {
                        break;
                    }
                }
            }
            if !groups.step()? {
                return Ok(None);
            }
            n = n.wrapping_add(1);
            if n.is_multiple_of(4096) {
                hooks::poll()?;
            }
        }
        let key = groups.key.clone().unwrap_or_default();
        groups.target = Some(key.clone());
        let group = Group { groups: self.0.clone(), key: key.clone(), number: groups.n_groups };
        Ok(Some(Value::tuple(vec![key, Iter::value(group)])))
    }

    fn type_name(&self) -> &'static str {
        "groupby"
    }
}

/// One group; empty as soon as the next one was asked for.
struct Group {
    groups: Arc<Mutex<Groups>>,
    key: Value,
    number: u64,
}

impl Iterate for Group {
    fn next(&mut self) -> Res<Option<Value>> {
        let mut groups = lock(&self.groups)?;
        if groups.n_groups != self.number {
            return Ok(None);
        }
        if groups.value.is_none() && !groups.step()? {
            return Ok(None);
        }
        match &groups.key {
            Some(key) if ops::eq(&self.key, key)? => {}
            _ => return Ok(None),
        }
        groups.key = None;
        Ok(groups.value.take())
    }

    fn type_name(&self) -> &'static str {
        "_grouper"
    }
}

/// `tee(iterable, n=2)`.
pub fn tee(args: &Args<'_>) -> Res {
    args.no_keywords("itertools.tee")?;
    afar_runtime::collections::arity("tee", args.pos.len(), 1, 2)?;
    let n = match args.pos.get(1) {
        None => 2,
        Some(n) => match ops::index(n)? {
            Value::Int(n) => usize::try_from(n).map_err(|_| Fault::value_error("n must be >= 0"))?,
            _ => return Err(Fault::overflow("Python int too large to convert to C ssize_t")),
        },
    };
    if n > 1 << 24 {
        return Err(Fault::memory_error(format!("{n} iterators over one source")));
    }
    let source = of(&args.pos[0])?;
    let shared = Arc::new(Mutex::new(Shared { source, kept: VecDeque::new(), first: 0, at: vec![0; n] }));
    Ok(Value::tuple((0..n).map(|i| Iter::value(Tee { shared: shared.clone(), i })).collect::<Vec<_>>()))
}

/// What the iterators of one `tee` share: the items from `first` on, which some of them have not given yet.
struct Shared {
    source: Value,
    kept: VecDeque<Value>,
    first: usize,
    at: Vec<usize>,
}

struct Tee {
    shared: Arc<Mutex<Shared>>,
    i: usize,
}

impl Iterate for Tee {
    fn next(&mut self) -> Res<Option<Value>> {
        let mut shared = lock(&self.shared)?;
        let at = shared.at[self.i];
        let idx = at - shared.first;
        if idx == shared.kept.len() {
            let Some(item) = advance(&shared.source)? else { return Ok(None) };
            shared.kept.push_back(item);
        }
        let item = shared.kept[idx].clone();
        shared.at[self.i] = at + 1;
        if idx == 0 && shared.at.iter().all(|a| *a > at) {
            shared.kept.pop_front();
            shared.first += 1;
        }
        Ok(Some(item))
    }

    fn type_name(&self) -> &'static str {
        "_tee"
    }
}

impl Drop for Tee {
    fn drop(&mut self) {
        if let Ok(mut shared) = self.shared.lock() {
            shared.at[self.i] = usize::MAX;
        }
    }
}
