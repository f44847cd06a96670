//! What was added to a dict or set that a part of a range builds, in order, where code of the program compares the keys.
//!
//! Parts are joined by adding the keys of one to the other. Where equality is what it should be, that gives what adding one by one gives. An
//! `__eq__` of the program may be anything: `a == b` and `b == c`, but not `a == c`. Such a part is joined by adding all of it again.

use super::payload;
use crate::{Res, Value};

/// Off, but in parts; there from the first key on that code of the program compares.
#[derive(Default)]
pub(super) struct Log(Option<Box<State>>);

#[derive(Default)]
struct State {
    is_on: bool,
    all: Vec<(Value, Value)>,
}

impl Clone for Log {
    /// A copy is no part.
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Log {
    /// From here on keys are looked at.
    pub(super) fn watch(&mut self) {
        self.0.get_or_insert_default();
    }

    /// Are keys looked at.
    #[inline]
    pub(super) fn is_watching(&self) -> bool {
        self.0.is_some()
    }

    /// Is everything that is added noted.
    pub(super) fn is_noting(&self) -> bool {
        self.0.as_ref().is_some_and(|state| state.is_on)
    }

    /// Is a key such that what is added from here on must be noted; what is there already is `so_far`.
    pub(super) fn begins(&mut self, key: &Value, so_far: impl FnOnce() -> Vec<(Value, Value)>) -> bool {
        let Some(state) = &mut self.0 else { return false };
        if !state.is_on && runs_own_eq(key) {
            state.is_on = true;
            state.all = so_far();
        }
        state.is_on
    }

    /// Notes what is added.
    pub(super) fn push(&mut self, key: Value, value: Value) {
        if let Some(state) = &mut self.0 {
            state.all.push((key, value));
        }
    }

    /// How many are noted; none where nothing is.
    pub(super) fn mark(&self) -> Option<usize> {
        self.0.as_ref().filter(|state| state.is_on).map(|state| state.all.len())
    }

    /// Forgets what was noted behind a mark.
    pub(super) fn truncate(&mut self, mark: Option<usize>) {
        if let Some(state) = &mut self.0 {
            state.is_on = mark.is_some();
            state.all.truncate(mark.unwrap_or(0));
        }
    }

    /// All that was added, where it was noted.
    pub(super) fn replay(&self, mut add: impl FnMut(&Value, &Value) -> Res<()>) -> Option<Res<()>> {
        let state = self.0.as_ref().filter(|state| state.is_on)?;
        Some(state.all.iter().enumerate().try_for_each(|(n, (key, value))| {
            if n % 4096 == 4095 {
                crate::hooks::poll()?;
            }
            add(key, value)
        }))
    }
}

/// Does code of the program say what a key is equal to. The library's classes are sound.
fn runs_own_eq(key: &Value) -> bool {
    const LIBRARY: [&str; 6] =
        ["decimal", "datetime", "fractions", "statistics", "_collections", "collections"];
    match key {
        Value::Instance(instance) => match instance.class.special("__eq__") {
            Some(Value::Func(eq)) => !LIBRARY.contains(&eq.info.module.as_str()),
            Some(_) => false,
            None => matches!(payload(key), items @ Value::Tuple(_) if runs_own_eq(items)),
        },
        Value::Tuple(items) => items.iter().any(runs_own_eq),
        Value::Set(set) => set.iter_unordered().any(runs_own_eq),
        _ => false,
    }
}
