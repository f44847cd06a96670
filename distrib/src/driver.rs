//! Running one unit on the thread that calls: a block statement by statement, or a call.

use crate::engine::{Key, Unit, Work};
use afar_compiler::program::{Code, Owner};
use afar_compiler::{BLOCK_VALUE, run_statement};
use afar_lang::ast::{Block, Name};
use afar_runtime::abi::{self, Globals};
use afar_runtime::object::call;
use afar_runtime::{Args, Res, Str, Value};
use std::sync::Arc;

/// Takes what a block printed; an error stops the block.
pub(crate) type Print<'a> = &'a dyn Fn(Vec<(String, bool)>) -> Res<()>;

/// What a unit left behind: a value for each kept name that it bound, then its own; and how it ended.
pub(crate) struct Ended {
    pub(crate) bound: Vec<Option<Value>>,
    pub(crate) end: Res<()>,
}

/// Runs a block in a namespace of its own inside that of the edge around it.
///
/// With `delivers` the kept names are the edge's from then on: functions that the block made find them there, late, as
/// Python's functions do. Otherwise they stay the block's own.
fn run_block(
    block: &Arc<Block>,
    outer: &Arc<Code>,
    keep: &[Name],
    delivers: bool,
    print: Print<'_>,
) -> Ended {
    let globals = Globals::new(outer.globals.name.as_str(), Some(outer.globals.clone()));
    let owner = Owner::Block(block.clone());
    let end = afar_compiler::fresh(|| {
        (0..owner.stmts().len()).try_for_each(|at| {
            let (result, printed) = abi::capture(|| run_statement(&owner, at, &outer.source, &globals));
            if !printed.is_empty() {
                print(printed)?;
            }
            result
        })
    });
    let own = |name: &str| globals.find_own(name).map(|f| f.value);
    let mut bound: Vec<Option<Value>> = keep.iter().map(|n| own(n)).collect();
    bound.push(own(BLOCK_VALUE));
    globals.delete(BLOCK_VALUE);
    let has_functions = afar_compiler::compiler().has_functions(&globals);
    for name in globals.names() {
        let is_kept = keep.iter().any(|n| **n == *name.as_str());
        if !has_functions || (delivers && is_kept) {
            globals.delete(name.as_str());
        }
    }
    Ended { bound, end }
}

/// Runs a unit on this thread, as its task.
pub(crate) fn run(unit: &Unit, fetch: &dyn Fn(Key) -> Res<Value>, print: Print<'_>) -> Ended {
    match &unit.work {
        Work::Block { block, outer, keep } => run_block(block, outer, keep, unit.delivers, print),
        Work::Call { func, args, kw } => {
            let given = |v: &Value| unit.inputs.substitute(v, fetch);
            let args: Res<Vec<Value>> = args.iter().map(given).collect();
            let kw = || kw.iter().map(|(n, v)| Ok((n.clone(), given(v)?))).collect::<Res<Vec<_>>>();
            match args.and_then(|args| Ok((args, kw()?))) {
                Ok((args, kw)) => run_call(func, &args, &kw),
                Err(fault) => Ended { bound: vec![None], end: Err(fault) },
            }
        }
    }
}

/// Runs a call.
fn run_call(func: &Value, args: &[Value], kw: &[(Str, Value)]) -> Ended {
    match afar_compiler::fresh(|| call::call(func, &Args { pos: args, kw })) {
        Ok(value) => Ended { bound: vec![Some(value)], end: Ok(()) },
        Err(fault) => Ended { bound: vec![None], end: Err(fault) },
    }
}
