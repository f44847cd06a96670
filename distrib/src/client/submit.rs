//! Sending units.

use super::job::{Job, Place};
use super::{Client, Known, proxy_value};
use crate::engine::{Unit, UnitId, Work};
use crate::future::{Future, Handle};
use crate::inputs::Inputs;
use crate::reach::{self, Reached};
use crate::resources::Resources;
use crate::wire;
use afar_compiler::program::Code;
use afar_lang::ast::{Block, Name};
use afar_runtime::object::Func;
use afar_runtime::{Res, Str, Value, ops};
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// A block to be run.
pub struct BlockRequest {
    /// Its tree.
    pub block: Arc<Block>,
    /// The code of the edge around it.
    pub outer: Arc<Code>,
    /// The names to keep.
    pub keep: Vec<Name>,
    /// The edge goes on meanwhile, and gets proxies.
    pub is_background: bool,
    /// How it is to be run.
    pub options: Options,
}

/// A call to be run.
pub struct CallRequest {
    /// What is called.
    pub func: Value,
    /// The arguments by position.
    pub args: Vec<Value>,
    /// The arguments by name.
    pub kw: Vec<(Str, Value)>,
}

/// How a unit is to be run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// In so many seconds, or not at all.
    pub timeout: Option<f64>,
    /// Higher ones start first.
    pub priority: i64,
    /// What progress calls it.
    pub name: Option<String>,
    /// It runs only where these are declared, and not in use.
    pub resources: Resources,
}

/// A job that is about to be sent.
struct Draft {
    work: Work,
    reached: Reached,
    labels: Vec<String>,
    earlier: Vec<Option<Value>>,
    is_urgent: bool,
    delivers: bool,
    shows: bool,
    options: Options,
    content: Option<([u8; 32], Vec<Value>)>,
}

impl Client {
    /// Sends a block; gives a future for each kept name, and one for its value, `None` where it ends in no expression.
    ///
    /// # Errors
    ///
    /// Where what it uses cannot leave the edge.
    pub fn submit_block(&'static self, request: BlockRequest) -> Res<Vec<Arc<Handle>>> {
        let BlockRequest { block, outer, keep, is_background, options } = request;
        let mut reached = reach::of_block(&block, &outer, &keep)?;
        if !is_background && reached.handles.is_empty() && self.engine.shares_memory() {
            // The edge waits, so nothing changes meanwhile.
            reached.names = Vec::new();
        }
        let earlier = |name: &Name| outer.globals.get(name).filter(|_| is_background);
        let mut labels: Vec<String> = keep.iter().map(|n| n.to_string()).collect();
        let mut before: Vec<Option<Value>> = keep.iter().map(earlier).collect();
        // The last place is the block's own: its value, or the end of a block without one.
        labels.push(options.name.clone().unwrap_or_else(|| "remotely".to_owned()));
        before.push(Some(Value::None));
        let shows = afar_compiler::prints(&block.body);
        Ok(self.send(Draft {
            work: Work::Block { block, outer, keep },
            reached,
            labels,
            earlier: before,
            is_urgent: !is_background,
            delivers: !is_background,
            shows,
            options,
            content: None,
        }))
    }

    /// Sends a call. An equal one that is known already is not sent again.
    ///
    /// # Errors
    ///
    /// Where the function or an argument cannot leave the edge.
    pub fn submit_call(&'static self, request: CallRequest) -> Res<Arc<Handle>> {
        let CallRequest { func, args, kw } = request;
        let given = args.iter().chain(kw.iter().map(|(_, v)| v));
        let reached = reach::of_values(std::iter::once(&func).chain(given))?;
        let content = wire::content(&func, &args, &kw, &reached.names);
        if let Some((key, _)) = &content
            && let Some(handle) = self.known_call(key)
        {
            return Ok(handle);
        }
        let label = called(&func);
        let handles = self.send(Draft {
            work: Work::Call { func, args, kw },
            reached,
            labels: vec![label],
            earlier: vec![None],
            is_urgent: false,
            delivers: false,
            shows: false,
            options: Options::default(),
            content,
        });
        let handle = handles.into_iter().next();
        handle.ok_or_else(|| afar_runtime::Fault::not_pure("internal error: a call without a result"))
    }

    /// Holds a value of the edge, and gives a future that has it already.
    ///
    /// # Errors
    ///
    /// Where it cannot leave the edge.
    pub fn scatter(&'static self, value: &Value) -> Res<Arc<Handle>> {
        reach::of_values(std::iter::once(value))?;
        let (id, unit) = (self.number(), UnitId(self.number()));
        let held = self.engine.hold(value, id)?;
        let future = Future::new(id, unit, "scatter".to_owned(), Vec::new());
        {
            let mut state = future.state();
            state.status = crate::future::Status::Finished;
            state.value = Some(Arc::new(crate::future::HeldValue::new(self.engine.clone(), held)));
        }
        self.board().known.push(Arc::downgrade(&future));
        Ok(Arc::new(Handle(future)))
    }

    fn known_call(&self, key: &[u8; 32]) -> Option<Arc<Handle>> {
        let board = self.board();
        board.shared.get(key).and_then(|known| known.handle.upgrade())
    }

    fn send(&'static self, draft: Draft) -> Vec<Arc<Handle>> {
        let id = UnitId(self.number());
        let Reached { names, handles: deps } = draft.reached;
        let inputs: Vec<_> = deps.iter().map(|d| (d.0.id, d.0.label.clone())).collect();
        let futures: Vec<Arc<Future>> = draft
            .labels
            .into_iter()
            .map(|label| Future::new(self.number(), id, label, inputs.clone()))
            .collect();
        let handles: Vec<Arc<Handle>> = futures.iter().map(|f| Arc::new(Handle(f.clone()))).collect();
        let unit = Unit {
            id,
            work: draft.work,
            inputs: Inputs { names, ..Inputs::default() },
            priority: draft.options.priority,
            is_urgent: draft.is_urgent,
            resources: draft.options.resources,
            delivers: draft.delivers,
        };
        let mut board = self.board();
        let mut seen = FxHashSet::default();
        let mut n_waits = 0;
        for dep in &deps {
            // What had ended before it was put on the board rings no bell.
            if !dep.0.status().is_final() && seen.insert(dep.0.id) {
                board.waiters.entry(dep.0.id).or_default().push(id);
                n_waits += 1;
            }
        }
        let places = futures
            .iter()
            .cloned()
            .zip(draft.earlier)
            .map(|(future, earlier)| Place { future, earlier })
            .collect();
        board.known.extend(futures.iter().map(Arc::downgrade));
        let content = draft.content.as_ref().map(|(key, _)| *key);
        let mut forgotten = None;
        if let (Some((key, pins)), Some(handle)) = (draft.content, handles.first()) {
            handle.0.state().content = Some(key);
            forgotten = board.shared.insert(key, Known { handle: Arc::downgrade(handle), _pins: pins });
        }
        let job = Job {
            unit: Some(unit),
            places,
            deps,
            n_waits,
            n_wanted: handles.len().max(1),
            is_awaited: draft.is_urgent,
            shows: draft.shows,
            delivers: draft.delivers,
            printed: Vec::new(),
            content,
        };
        board.jobs.insert(id, job);
        drop(board);
        // What it pinned may hold proxies, whose drop looks at the board.
        drop(forgotten);
        if let Some(seconds) = draft.options.timeout {
            self.limit(id, seconds);
        }
        if n_waits == 0 {
            self.start(id);
        }
        handles
    }

    /// A proxy for the edge to bind.
    pub fn proxy(&self, handle: &Arc<Handle>) -> Value {
        proxy_value(handle)
    }
}

/// What messages call a function.
fn called(func: &Value) -> String {
    match func {
        Value::Func(func) => qualname(func),
        Value::Builtin(builtin) => builtin.name.to_owned(),
        Value::Class(class) => class.name.to_string(),
        Value::Method(method) => called(&method.func),
        other => ops::type_name(other).to_string(),
    }
}

fn qualname(func: &Func) -> String {
    func.info.qualname.to_string()
}
