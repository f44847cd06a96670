//! Shorter ways: blocks that nothing leads to are left out, branches on what is known by then become jumps, and blocks that follow
//! each other alone become one.

use crate::ir::{Block, BlockId, Func, Inst, Quotient, Term, VReg};

/// Rewrites the blocks of a function.
pub(super) fn shorten(func: &mut Func) {
    thread(func);
    merge(func);
    compact(func);
}

/// The blocks that the end of a block leads to.
pub(super) fn successors(term: &Term) -> [Option<BlockId>; 2] {
    match term {
        Term::Jump(next) | Term::Yield { resume: next, .. } => [Some(*next), None],
        Term::Branch { then, orelse, .. } => [Some(*then), Some(*orelse)],
        Term::Open | Term::Return(_) | Term::Fail { .. } | Term::Widen { .. } | Term::Unreachable => {
            [None, None]
        }
    }
}

/// Can a fault leave a block to its handler.
fn faults(block: &Block) -> bool {
    matches!(block.term, Term::Fail { .. })
        || block.insts.iter().any(|inst| match inst {
            Inst::Rt { .. } | Inst::Call { .. } | Inst::Poll { .. } | Inst::ForkPush { .. } => true,
            Inst::Divide { by, .. } => *by == Quotient::Any,
            _ => false,
        })
}

/// Of each block: can anything come to it.
pub(super) fn reachable(func: &Func) -> Vec<bool> {
    let mut seen = vec![false; func.blocks.len()];
    let mut todo = vec![BlockId(0)];
    while let Some(at) = todo.pop() {
        if std::mem::replace(&mut seen[at.0 as usize], true) {
            continue;
        }
        let block = &func.blocks[at.0 as usize];
        todo.extend(successors(&block.term).into_iter().flatten());
        todo.extend(block.handler.filter(|_| faults(block)));
    }
    seen
}

/// The one block that leads to each, where there is one; ways by faults and resumptions count as more than one.
pub(super) fn lone_predecessors(func: &Func, seen: &[bool]) -> Vec<Option<BlockId>> {
    let mut count = vec![0u32; func.blocks.len()];
    let mut from = vec![None; func.blocks.len()];
    for (at, block) in (0u32..).zip(&func.blocks) {
        if !seen[at as usize] {
            continue;
        }
        for next in successors(&block.term).into_iter().flatten() {
            count[next.0 as usize] += if matches!(block.term, Term::Yield { .. }) { 2 } else { 1 };
            from[next.0 as usize] = Some(BlockId(at));
        }
        if let Some(handler) = block.handler.filter(|_| faults(block)) {
            count[handler.0 as usize] += 2;
        }
    }
    count[0] += 1;
    from.into_iter().zip(count).map(|(from, n)| from.filter(|_| n == 1)).collect()
}

/// A jump to a block that only branches becomes that branch; and a branch on what is known becomes a jump.
fn thread(func: &mut Func) {
    let seen = reachable(func);
    let lone = lone_predecessors(func, &seen);
    for at in (0..func.blocks.len()).filter(|at| seen[*at]) {
        if let Term::Jump(next) = func.blocks[at].term {
            let target = &func.blocks[next.0 as usize];
            if target.insts.is_empty() && matches!(target.term, Term::Branch { .. }) {
                func.blocks[at].term = target.term.clone();
            }
        }
        if let Term::Branch { cond, then, orelse } = func.blocks[at].term
            && let Some(known) = known_at_end(func, &lone, at, cond)
        {
            func.blocks[at].term = Term::Jump(if known { then } else { orelse });
        }
    }
}

/// What a boolean is at the end of a block, where its last instructions or the only way to it tell.
fn known_at_end(func: &Func, lone: &[Option<BlockId>], at: usize, cond: VReg) -> Option<bool> {
    let mut cond = cond;
    for inst in func.blocks[at].insts.iter().rev() {
        match inst {
            Inst::Copy(dst, src) if *dst == cond => cond = *src,
            Inst::Bool(dst, known) if *dst == cond => return Some(*known),
            inst if writes(inst, cond) => return None,
            _ => {}
        }
    }
    let from = lone[at]?;
    let Term::Branch { cond: tested, then, orelse } = func.blocks[from.0 as usize].term else { return None };
    let is_then = then.0 as usize == at;
    (tested == cond && is_then != (orelse.0 as usize == at)).then_some(is_then)
}

fn writes(inst: &Inst, reg: VReg) -> bool {
    let mut found = false;
    crate::ir::regs::each_written(inst, &mut |r| found |= r == reg);
    found
}

/// Appends blocks to the only ones that lead to them.
fn merge(func: &mut Func) {
    let seen = reachable(func);
    let lone = lone_predecessors(func, &seen);
    for at in (0..func.blocks.len()).filter(|at| seen[*at]) {
        while let Term::Jump(next) = func.blocks[at].term {
            let to = next.0 as usize;
            let fits = to != at
                && lone[to].is_some()
                && (func.blocks[to].handler == func.blocks[at].handler
                    || !faults(&func.blocks[to])
                    || !faults(&func.blocks[at]))
                && func.blocks[to].is_cold == func.blocks[at].is_cold;
            if !fits {
                break;
            }
            let empty = Block { insts: Vec::new(), term: Term::Open, handler: None, is_cold: true };
            let tail = std::mem::replace(&mut func.blocks[to], empty);
            if faults(&tail) {
                func.blocks[at].handler = tail.handler;
            }
            func.blocks[at].insts.extend(tail.insts);
            func.blocks[at].term = tail.term;
        }
    }
}

/// Leaves out blocks that nothing leads to, and numbers the others anew.
fn compact(func: &mut Func) {
    let seen = reachable(func);
    let mut number = vec![BlockId(0); func.blocks.len()];
    let mut n = 0;
    for (at, seen) in seen.iter().enumerate() {
        number[at] = BlockId(n);
        n += u32::from(*seen);
    }
    for block in &mut func.blocks {
        if !faults(block) {
            block.handler = None;
        }
    }
    let blocks = std::mem::take(&mut func.blocks);
    func.blocks = blocks.into_iter().zip(seen).filter_map(|(block, seen)| seen.then_some(block)).collect();
    for block in &mut func.blocks {
        renumber(block, &|id| number[id.0 as usize]);
    }
}

/// Replaces the blocks that a block names.
pub(super) fn renumber(block: &mut Block, to: &dyn Fn(BlockId) -> BlockId) {
    block.handler = block.handler.map(to);
    match &mut block.term {
        Term::Jump(next) | Term::Yield { resume: next, .. } => *next = to(*next),
        Term::Branch { then, orelse, .. } => {
            *then = to(*then);
            *orelse = to(*orelse);
        }
        Term::Open | Term::Return(_) | Term::Fail { .. } | Term::Widen { .. } | Term::Unreachable => {}
    }
}

/// Makes the ends of blocks that lead to one block lead to another.
pub(super) fn retarget(term: &mut Term, from: BlockId, to: BlockId) {
    match term {
        Term::Jump(next) | Term::Yield { resume: next, .. } if *next == from => *next = to,
        Term::Branch { then, orelse, .. } => {
            for way in [then, orelse] {
                if *way == from {
                    *way = to;
                }
            }
        }
        _ => {}
    }
}
