//! What a unit will leave behind under one name: its status, then its value or its error.

use crate::client;
use crate::engine::{Engine, Key, Meta, Unit, UnitId};
use afar_runtime::{Fault, Res, Str, Value};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// How far a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It waits for others, or for a slot.
    Pending,
    /// It runs.
    Running,
    /// Its value is there.
    Finished,
    /// It raised.
    Error,
    /// It was stopped.
    Cancelled,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Pending, Self::Running, Self::Finished, Self::Error, Self::Cancelled];

    /// As programs see it.
    pub fn text(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Error => "error",
            Self::Cancelled => "cancelled",
        }
    }

    /// Does it stay as it is.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Finished | Self::Error | Self::Cancelled)
    }
}

/// A value that an engine holds, until this is dropped.
pub struct HeldValue {
    engine: Arc<dyn Engine>,
    /// Where it is.
    pub key: Key,
    /// What is known of it.
    pub meta: Meta,
}

impl HeldValue {
    /// Takes over a held value.
    pub fn new(engine: Arc<dyn Engine>, held: crate::engine::Held) -> Self {
        Self { engine, key: held.key, meta: held.meta }
    }

    /// The value, brought here.
    ///
    /// # Errors
    ///
    /// Where it cannot be brought here.
    pub fn fetch(&self) -> Res {
        self.engine.fetch(self.key)
    }
}

impl Drop for HeldValue {
    fn drop(&mut self) {
        self.engine.release(self.key);
    }
}

/// What there is of a future.
pub struct State {
    /// How far it is.
    pub status: Status,
    /// The value, once finished. `None` in a finished one: the name was not bound.
    pub value: Option<Arc<HeldValue>>,
    /// Why there is no value.
    pub fault: Option<Fault>,
    /// Where it ran.
    pub node: Option<Str>,
    /// When it began.
    pub began: Option<Instant>,
    /// When it ended, and how many had ended before it.
    pub ended: Option<(Instant, u64)>,
    /// The name of the call by what it computes, where an equal one shares this future.
    pub content: Option<[u8; 32]>,
    /// What failed, to be run again.
    pub recipe: Option<Arc<Unit>>,
}

/// What a unit will leave behind under one name.
pub struct Future {
    /// Its number.
    pub id: u64,
    /// The unit.
    pub unit: UnitId,
    /// What is computed: the name in the block, or the function that is called.
    pub label: String,
    /// The futures that it is computed from.
    pub inputs: Vec<(u64, String)>,
    state: Mutex<State>,
}

impl Future {
    /// A future that is pending.
    pub fn new(id: u64, unit: UnitId, label: String, inputs: Vec<(u64, String)>) -> Arc<Self> {
        let state = State {
            status: Status::Pending,
            value: None,
            fault: None,
            node: None,
            began: None,
            ended: None,
            content: None,
            recipe: None,
        };
        Arc::new(Self { id, unit, label, inputs, state: Mutex::new(state) })
    }

    /// Its state, locked.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far it is.
    pub fn status(&self) -> Status {
        self.state().status
    }

    /// How many futures of the process had ended before this one, which has ended too.
    pub fn order(&self) -> Option<u64> {
        let state = self.state();
        let is_final = state.status.is_final();
        state.ended.map(|(_, n)| n + 1).or(is_final.then_some(0))
    }

    /// The held value, where it is finished and bound.
    pub fn held(&self) -> Option<Arc<HeldValue>> {
        self.state().value.clone()
    }
}

/// One who wants the value of a future. When the last one goes, the value is freed, or the work stopped.
pub struct Handle(pub Arc<Future>);

impl Handle {
    /// Waits for it, and brings the value here.
    ///
    /// # Errors
    ///
    /// What computing it raised; `Cancelled` where the edge was interrupted meanwhile.
    pub fn result(&self) -> Res {
        let client = client::client();
        client.wait_for(std::slice::from_ref(&self.0), None)?;
        self.value()
    }

    /// The value of a finished one.
    ///
    /// # Errors
    ///
    /// What computing it raised.
    pub fn value(&self) -> Res {
        let (value, fault) = {
            let state = self.0.state();
            (state.value.clone(), state.fault.clone())
        };
        match (value, fault) {
            (Some(value), _) => value.fetch(),
            (None, Some(fault)) => Err(crate::proxy::raised_again(&fault)),
            (None, None) => Ok(Value::None),
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        client::client().dropped(&self.0);
    }
}
