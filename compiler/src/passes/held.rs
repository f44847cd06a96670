//! What slots can hold, at each place of a function: nothing, something that is not counted, or anything. What is known to be
//! empty is not emptied again, and what is not counted need not be dropped.

use super::flow::successors;
use super::slots::each_in_runs;
use crate::ir::regs::each_written;
use crate::ir::{Block, Func, FuncKind, Inst, Operand, VReg};
use crate::types::Reg;
use afar_runtime::abi::Rt;

/// More than this is not looked at: slots times blocks.
const MAX_CELLS: usize = 1 << 20;

/// What a slot can hold; the later ones include the earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Held {
    Nothing,
    /// A number, a boolean, `None` or nothing.
    Plain,
    Anything,
}

/// What the slots of a function can hold at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slots(Vec<Held>);

/// What the slots of a function can hold where its blocks begin.
pub(crate) struct Holdings {
    /// Of each register, which of the slots it is.
    index: Vec<Option<u32>>,
    /// The slots that are written by their addresses.
    exposed: Vec<bool>,
    /// None where nothing comes to a block, or the function is too long to ask.
    states: Vec<Option<Slots>>,
}

impl Holdings {
    /// Of this function.
    pub(crate) fn of(func: &Func) -> Self {
        let mut n = 0;
        let index: Vec<Option<u32>> = func
            .regs
            .iter()
            .map(|kind| {
                let is_slot = *kind == Reg::Slot;
                n += u32::from(is_slot);
                is_slot.then(|| n - 1)
            })
            .collect();
        let n = n as usize;
        let mut exposed = vec![false; n];
        for inst in func.blocks.iter().flat_map(|b| &b.insts) {
            if let Inst::Address(_, Operand::Reg(slot)) = inst
                && let Some(at) = index[slot.0 as usize]
            {
                exposed[at as usize] = true;
            }
        }
        let mut holdings = Self { index, exposed, states: vec![None; func.blocks.len()] };
        if func.kind == FuncKind::Plain && n * func.blocks.len() <= MAX_CELLS {
            holdings.solve(func, n);
        }
        holdings
    }

    fn solve(&mut self, func: &Func, n: usize) {
        let mut first = Slots(vec![Held::Nothing; n]);
        for (held, is_exposed) in first.0.iter_mut().zip(&self.exposed) {
            if *is_exposed {
                *held = Held::Anything;
            }
        }
        self.states[0] = Some(first);
        let mut todo = vec![0];
        while let Some(at) = todo.pop() {
            let Some(mut slots) = self.states[at].clone() else { continue };
            let block: &Block = &func.blocks[at];
            let mut reached = |to: usize, slots: &Slots| {
                let changed = match &mut self.states[to] {
                    Some(known) => known.join(slots),
                    none => {
                        *none = Some(slots.clone());
                        true
                    }
                };
                if changed && !todo.contains(&to) {
                    todo.push(to);
                }
            };
            let handler = block.handler.map(|h| h.0 as usize);
            for inst in &block.insts {
                if let Some(handler) = handler {
                    reached(handler, &slots);
                }
                slots.step(&self.index, &self.exposed, func, inst);
            }
            if let Some(handler) = handler {
                reached(handler, &slots);
            }
            for next in successors(&block.term).into_iter().flatten() {
                reached(next.0 as usize, &slots);
            }
        }
    }

    /// What slots can hold where a block begins.
    pub(crate) fn at(&self, block: usize) -> Slots {
        let anything = || Slots(vec![Held::Anything; self.exposed.len()]);
        self.states.get(block).cloned().flatten().unwrap_or_else(anything)
    }

    /// Goes over one instruction.
    pub(crate) fn step(&self, slots: &mut Slots, func: &Func, inst: &Inst) {
        slots.step(&self.index, &self.exposed, func, inst);
    }

    fn held(&self, slots: &Slots, slot: VReg) -> Held {
        self.index[slot.0 as usize].map_or(Held::Anything, |at| slots.0[at as usize])
    }

    /// Need nothing be dropped of what a slot holds.
    pub(crate) fn is_plain(&self, slots: &Slots, slot: VReg) -> bool {
        self.held(slots, slot) <= Held::Plain
    }

    /// The value of a slot has been moved away.
    pub(crate) fn take(&self, slots: &mut Slots, slot: VReg) {
        slots.set(&self.index, &self.exposed, slot, Held::Nothing);
    }
}

impl Slots {
    /// Adds what may be at another way to the same place; has that changed anything.
    fn join(&mut self, other: &Self) -> bool {
        let mut changed = false;
        for (held, more) in self.0.iter_mut().zip(&other.0) {
            changed |= *more > *held;
            *held = (*held).max(*more);
        }
        changed
    }

    fn set(&mut self, index: &[Option<u32>], exposed: &[bool], slot: VReg, held: Held) {
        if let Some(at) = index[slot.0 as usize] {
            let at = at as usize;
            self.0[at] = if exposed[at] { Held::Anything } else { held };
        }
    }

    fn step(&mut self, index: &[Option<u32>], exposed: &[bool], func: &Func, inst: &Inst) {
        let get = |slots: &Self, slot: VReg| {
            index[slot.0 as usize].map_or(Held::Anything, |at| slots.0[at as usize])
        };
        match inst {
            Inst::Clear(slot) => self.set(index, exposed, *slot, Held::Nothing),
            Inst::ClearRun(first, n) => {
                for slot in (first.0..first.0 + n).map(VReg) {
                    self.set(index, exposed, slot, Held::Nothing);
                }
            }
            Inst::SetNone(slot) | Inst::Box(slot, _) => self.set(index, exposed, *slot, Held::Plain),
            Inst::Clone(dst, Operand::Reg(src)) => {
                let held = get(self, *src);
                self.set(index, exposed, *dst, held);
            }
            Inst::Move(dst, src) if dst != src => {
                let held = get(self, *src);
                self.set(index, exposed, *dst, held);
                self.set(index, exposed, *src, Held::Nothing);
            }
            inst => {
                // Calls may write what they are given, by itself or in runs.
                if let Inst::Rt { args, .. }
                | Inst::Call { args, .. }
                | Inst::ForkPush { captured: args, .. } = inst
                {
                    each_in_runs(func, args, &mut |slot| self.set(index, exposed, slot, Held::Anything));
                }
                each_written(inst, &mut |slot| self.set(index, exposed, slot, Held::Anything));
                if let Inst::Rt { rt, args, .. } = inst
                    && takes_run(*rt)
                    && let [.., Operand::Reg(first), Operand::Imm(n)] = args[..]
                {
                    for slot in (first.0..).map(VReg).take(usize::try_from(n).unwrap_or(0)) {
                        self.set(index, exposed, slot, Held::Nothing);
                    }
                }
            }
        }
    }
}

/// Does a function take the values of the run that its last arguments name.
fn takes_run(rt: Rt) -> bool {
    matches!(rt, Rt::make_tuple | Rt::make_list | Rt::acc_count_tuple | Rt::count_tuple | Rt::set_add_tuple)
}

/// Leaves out what empties slots that are empty.
pub(super) fn leave_empty(func: &mut Func) {
    let is_clear = |inst: &Inst| matches!(inst, Inst::Clear(_) | Inst::ClearRun(..));
    if !func.blocks.iter().flat_map(|b| &b.insts).any(is_clear) {
        return;
    }
    let holdings = Holdings::of(func);
    for at in 0..func.blocks.len() {
        let mut slots = holdings.at(at);
        let mut insts = std::mem::take(&mut func.blocks[at].insts);
        insts.retain(|inst| {
            let is_empty = |slot: VReg| holdings.held(&slots, slot) == Held::Nothing;
            let keep = match inst {
                Inst::Clear(slot) => !is_empty(*slot),
                Inst::ClearRun(first, n) => !(first.0..first.0 + n).map(VReg).all(is_empty),
                _ => true,
            };
            holdings.step(&mut slots, func, inst);
            keep
        });
        func.blocks[at].insts = insts;
    }
}

#[cfg(test)]
mod tests;
