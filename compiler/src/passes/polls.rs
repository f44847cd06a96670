//! Loops poll where they go back, and not where they begin.
//!
//! A poll may leave the loop. What comes behind such a place is no part of the loop to Cranelift, which then moves nothing out of it.

use super::flow::retarget;
use super::loops::Loops;
use crate::ir::{Block, BlockId, Func, FuncKind, Inst, Term};

/// Moves the polls that loops begin with to the ways back.
pub(super) fn move_back(func: &mut Func) {
    if func.kind != FuncKind::Plain {
        return;
    }
    for found in Loops::of(func).0 {
        let head = &mut func.blocks[found.head.0 as usize];
        if found.head.0 == 0 || !matches!(head.insts.first(), Some(Inst::Poll { .. })) {
            continue;
        }
        let poll = head.insts.remove(0);
        let back = Block {
            insts: vec![poll],
            term: Term::Jump(found.head),
            handler: head.handler,
            is_cold: head.is_cold,
        };
        let to = BlockId(u32::try_from(func.blocks.len()).unwrap_or(u32::MAX));
        for at in found.places() {
            retarget(&mut func.blocks[at].term, found.head, to);
        }
        func.blocks.push(back);
    }
}

#[cfg(test)]
mod tests;
