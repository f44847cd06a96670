//! Where the unboxed results of a function go: a few into registers, the others into memory that the caller gives.
//!
//! Cranelift would return them through the stack as well, but copies them there word by word and takes them up as vectors, for which
//! the processor waits.

use super::body::Emit;
use super::machine_type;
use crate::ir::{Func, FuncKind, VReg};
use crate::types::Reg;
use cranelift_codegen::ir::{
    FuncRef, InstBuilder, MemFlagsData as MemFlags, StackSlotData, StackSlotKind, Value, types,
};

/// Bytes of a result in memory.
const WORD: usize = 8;

/// Where a result is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Where the calling convention has it.
    Register,
    /// So far behind the address that comes last among the parameters.
    Memory(i32),
}

/// The kind and the place of each unboxed result: one number beside the status and two floats are in registers.
pub(super) fn places(func: &Func) -> Vec<(Reg, Place)> {
    if func.kind == FuncKind::Generator {
        return Vec::new();
    }
    let (mut n_ints, mut n_floats, mut at) = (1, 2, 0);
    let mut place = |kind: Reg| {
        let left = if kind == Reg::Float { &mut n_floats } else { &mut n_ints };
        if *left > 0 {
            *left -= 1;
            return Place::Register;
        }
        at += 1;
        Place::Memory(offset(at - 1))
    };
    func.results.iter().filter(|kind| **kind != Reg::Slot).map(|kind| (*kind, place(*kind))).collect()
}

fn offset(words: usize) -> i32 {
    i32::try_from(words * WORD).unwrap_or(i32::MAX)
}

/// How many results a function writes to memory.
pub(super) fn n_in_memory(func: &Func) -> usize {
    places(func).iter().filter(|(_, place)| *place != Place::Register).count()
}

impl Emit<'_, '_> {
    /// The values that a return instruction takes, behind the status; the others are written.
    pub(super) fn give_results(&mut self, values: &[VReg]) -> Vec<Value> {
        let unboxed = values.iter().zip(&self.ir.results).filter(|(_, kind)| **kind != Reg::Slot);
        let unboxed: Vec<VReg> = unboxed.map(|(reg, _)| *reg).collect();
        let mut given = Vec::new();
        for (reg, (_, place)) in unboxed.into_iter().zip(places(self.ir)) {
            let value = self.get(reg);
            match (place, self.more_results) {
                (Place::Memory(at), Some(memory)) => {
                    self.b.ins().store(MemFlags::trusted(), value, memory, at);
                }
                _ => given.push(value),
            }
        }
        given
    }

    /// What stands for the results in registers of a function that failed.
    pub(super) fn no_results(&mut self) -> Vec<Value> {
        let kinds = places(self.ir).into_iter().filter(|(_, place)| *place == Place::Register);
        let kinds: Vec<Reg> = kinds.map(|(kind, _)| kind).collect();
        kinds
            .into_iter()
            .map(|kind| match kind {
                Reg::Float => self.b.ins().f64const(0.0),
                kind => self.b.ins().iconst(machine_type(kind), 0),
            })
            .collect()
    }

    /// Memory for the results of a call that are in no register: its address, where there are any.
    pub(super) fn room_for_results(&mut self, callee: &Func) -> Option<Value> {
        let n = n_in_memory(callee);
        if n == 0 {
            return None;
        }
        let bytes = u32::try_from(n * WORD).unwrap_or(u32::MAX);
        let slot = match self.result_room.filter(|slot| self.b.func.sized_stack_slots[*slot].size >= bytes) {
            Some(slot) => slot,
            None => self.b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, bytes, 3)),
        };
        self.result_room = Some(slot);
        Some(self.b.ins().stack_addr(types::I64, slot, 0))
    }

    /// Calls a function whose code is this: the status, and a way to its results.
    pub(super) fn call_for_results(
        &mut self,
        callee: FuncRef,
        func: &Func,
        mut args: Vec<Value>,
    ) -> (Value, Given) {
        let memory = self.room_for_results(func);
        args.extend(memory);
        let call = self.b.ins().call(callee, &args);
        let registers = self.b.inst_results(call).to_vec();
        (registers[0], Given { places: places(func), registers, memory })
    }

    /// The unboxed results of a call that went well.
    pub(super) fn take_results(&mut self, given: &Given) -> Vec<Value> {
        let mut registers = given.registers[1..].iter();
        let mut all = Vec::new();
        for (kind, place) in &given.places {
            match (place, given.memory) {
                (Place::Memory(at), Some(memory)) => {
                    all.push(self.b.ins().load(machine_type(*kind), MemFlags::trusted(), memory, *at));
                }
                _ => all.extend(registers.next().copied()),
            }
        }
        all
    }
}

/// What a call gave.
pub(super) struct Given {
    places: Vec<(Reg, Place)>,
    registers: Vec<Value>,
    memory: Option<Value>,
}
