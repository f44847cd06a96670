//! What is done to the code of a function before it becomes machine code: none of it shows in the outcome.
//!
//! Cranelift numbers values, folds constants and moves what does not change out of loops; these passes do what it does not.

mod choices;
mod copies;
mod counters;
mod dead;
mod flow;
mod fours;
mod held;
mod hoist;
mod inline;
mod lanes;
mod live;
mod loops;
mod peel;
mod polls;
mod quads;
mod ranges;
mod recycle;
mod slots;
mod straight;
mod texts;
mod trials;
mod unroll;

pub(crate) use held::{Holdings, Slots};
pub(crate) use inline::{inline, is_small, size, without_forks};
pub(crate) use loops::Loops;
pub(crate) use peel::{head, peel, unless_plenty};
pub(crate) use slots::{plain_slots, used_slots};

use crate::ir::{Func, Inst};

/// All that is done to one function by itself.
pub(crate) fn improve(func: &mut Func) {
    tidy(func);
    texts::write_in_place(func);
    let before = func.clone();
    improve_with(func, unroll::MAX_HEAVY);
    if crate::codegen::is_plain(func) && !crate::codegen::is_plain(&before) {
        *func = before;
        improve_with(func, 0);
    }
}

/// As `improve`, where as much as this is written out of loops of heavy arithmetic.
fn improve_with(func: &mut Func, heavy: usize) {
    if unroll::unroll(func, heavy) {
        tidy(func);
    }
    unroll::leave_out_polls(func);
    narrow(func);
    trials::take_off(func);
    lanes::side_by_side(func);
    straight::straighten(func);
    hoist::hoist(func);
    quads::by_lanes(func);
    fours::by_four(func);
    recycle::recycle(func);
    choices::choose(func);
    polls::move_back(func);
    held::leave_empty(func);
    tidy(func);
}

/// Leaves out checks that cannot fire, and with them the notes that say why.
fn narrow(func: &mut Func) {
    ranges::narrow(func);
    for block in &mut func.blocks {
        block.insts.retain(|inst| !matches!(inst, Inst::Known { .. }));
    }
    tidy(func);
}

/// Makes ways shorter, and leaves out what nothing reads.
pub(crate) fn tidy(func: &mut Func) {
    flow::shorten(func);
    copies::forward(func);
    dead::remove(func);
}

#[cfg(test)]
mod tests;
