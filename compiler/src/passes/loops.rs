//! The loops of a function.

use super::flow::successors;
use crate::ir::{Block, BlockId, Func};

/// One loop: its head, and of each block whether it belongs to it.
pub(crate) struct Loop {
    pub(crate) head: BlockId,
    pub(crate) has: Vec<bool>,
}

impl Loop {
    /// Does a block belong to it: none that was written out since it was found.
    pub(super) fn contains(&self, block: BlockId) -> bool {
        self.has_place(block.0 as usize)
    }

    /// As `contains`, by the place of the block.
    pub(super) fn has_place(&self, at: usize) -> bool {
        self.has.get(at).is_some_and(|has| *has)
    }

    /// The places of its blocks.
    pub(super) fn places(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.has.len()).filter(|at| self.has[*at])
    }

    /// Its blocks.
    pub(super) fn blocks<'f>(&self, func: &'f Func) -> impl Iterator<Item = &'f Block> {
        self.places().map(|at| &func.blocks[at])
    }

    /// Do faults lead into it.
    pub(super) fn is_caught(&self, func: &Func) -> bool {
        func.blocks.iter().any(|b| b.handler.is_some_and(|h| self.contains(h)))
    }
}

/// All loops, inner ones before those around them.
pub(crate) struct Loops(pub(crate) Vec<Loop>);

impl Loops {
    /// Finds the loops. Ways by faults belong to none.
    pub(crate) fn of(func: &Func) -> Self {
        let n = func.blocks.len();
        let mut before = vec![Vec::new(); n];
        for (at, block) in func.blocks.iter().enumerate() {
            for next in successors(&block.term).into_iter().flatten() {
                before[next.0 as usize].push(at);
            }
        }
        let mut loops: Vec<Loop> = Vec::new();
        for (tail, head) in back_edges(func) {
            let known = loops.iter().position(|l| l.head.0 as usize == head);
            let found = known.unwrap_or_else(|| {
                let id = BlockId(u32::try_from(head).unwrap_or(u32::MAX));
                let mut has = vec![false; n];
                has[head] = true;
                loops.push(Loop { head: id, has });
                loops.len() - 1
            });
            let has = &mut loops[found].has;
            let mut todo = vec![tail];
            while let Some(at) = todo.pop() {
                if !std::mem::replace(&mut has[at], true) {
                    todo.extend(before[at].iter().copied());
                }
            }
        }
        loops.sort_by_key(|l| l.has.iter().filter(|has| **has).count());
        Self(loops)
    }

    /// Has a loop none within it.
    pub(super) fn is_inner(&self, of: &Loop) -> bool {
        self.0.iter().all(|l| l.head == of.head || !of.contains(l.head))
    }

    /// The innermost loop around a block.
    pub(crate) fn around(&self, block: usize) -> Option<&Loop> {
        self.0.iter().find(|l| l.has[block])
    }

    /// Does a way from a block leave the innermost loop that the block is in.
    pub(crate) fn leaves(&self, from: usize, to: BlockId) -> bool {
        self.around(from).is_some_and(|l| !l.has[to.0 as usize])
    }
}

/// The ways back: to a block that the way from the entry to their start has come through.
fn back_edges(func: &Func) -> Vec<(usize, usize)> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; func.blocks.len()];
    let mut found = Vec::new();
    let mut roots: Vec<usize> = func.blocks.iter().filter_map(|b| Some(b.handler?.0 as usize)).collect();
    roots.push(0);
    while let Some(root) = roots.pop() {
        let mut stack = vec![(root, 0usize)];
        if marks[root] == Mark::New {
            marks[root] = Mark::Open;
        } else {
            continue;
        }
        while let Some((at, n)) = stack.last_mut() {
            let next = successors(&func.blocks[*at].term).into_iter().flatten().nth(*n);
            *n += 1;
            match next.map(|b| b.0 as usize) {
                None => {
                    marks[*at] = Mark::Done;
                    stack.pop();
                }
                Some(to) if marks[to] == Mark::Open => found.push((*at, to)),
                Some(to) if marks[to] == Mark::New => {
                    marks[to] = Mark::Open;
                    stack.push((to, 0));
                }
                Some(_) => {}
            }
        }
    }
    found
}
