//! Which registers instructions read and write.

use super::{Func, Inst, Operand, Term, VReg};
use crate::types::Reg;

/// What is done with a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It is read.
    Read,
    /// It is written.
    Write,
}

fn operand(o: Operand, f: &mut dyn FnMut(VReg, Access)) {
    if let Operand::Reg(reg) = o {
        f(reg, Access::Read);
    }
}

/// Calls `f` on the registers of an instruction: those that it reads, then those that it writes.
pub fn each_reg(inst: &Inst, f: &mut dyn FnMut(VReg, Access)) {
    let mut reads = |regs: &[VReg]| regs.iter().for_each(|r| f(*r, Access::Read));
    match inst {
        Inst::Copy(_, a)
        | Inst::IntToFloat(_, a)
        | Inst::BoolToInt(_, a)
        | Inst::Not(_, a)
        | Inst::IntToBool(_, a)
        | Inst::Box(_, a)
        | Inst::Move(_, a)
        | Inst::FloatUnary { a, .. }
        | Inst::Load { address: a, .. }
        | Inst::Known { reg: a, .. } => reads(&[*a]),
        Inst::Checked { a, b, .. }
        | Inst::Divide { a, b, .. }
        | Inst::FloatOp { a, b, .. }
        | Inst::Below { a, b, .. }
        | Inst::FloatCmp { a, b, .. }
        | Inst::Store { src: a, address: b, .. } => reads(&[*a, *b]),
        Inst::IntOp { a, b, .. } | Inst::IntCmp { a, b, .. } => {
            reads(&[*a]);
            operand(*b, f);
        }
        Inst::Clone(_, o) | Inst::Unbox(_, o) | Inst::Address(_, o) | Inst::HasTag { value: o, .. } => {
            operand(*o, f);
        }
        Inst::Call { args, .. } | Inst::Rt { args, .. } | Inst::ForkPush { captured: args, .. } => {
            args.iter().for_each(|o| operand(*o, f))
        }
        Inst::Int(..)
        | Inst::Float(..)
        | Inst::Bool(..)
        | Inst::SetNone(_)
        | Inst::Clear(_)
        | Inst::ClearRun(..)
        | Inst::Poll { .. }
        | Inst::FrameMemory { .. }
        | Inst::SpecAddress { .. }
        | Inst::ForkPop { .. } => {}
    }
    each_write(inst, f);
}

fn each_write(inst: &Inst, f: &mut dyn FnMut(VReg, Access)) {
    match inst {
        Inst::Int(d, _)
        | Inst::Float(d, _)
        | Inst::Bool(d, _)
        | Inst::Copy(d, _)
        | Inst::IntToFloat(d, _)
        | Inst::BoolToInt(d, _)
        | Inst::Not(d, _)
        | Inst::IntToBool(d, _)
        | Inst::Box(d, _)
        | Inst::SetNone(d)
        | Inst::Clear(d)
        | Inst::ClearRun(d, _)
        | Inst::Clone(d, _)
        | Inst::Move(d, _)
        | Inst::Unbox(d, _)
        | Inst::Address(d, _)
        | Inst::IntOp { dst: d, .. }
        | Inst::Checked { dst: d, .. }
        | Inst::Divide { dst: d, .. }
        | Inst::FloatOp { dst: d, .. }
        | Inst::FloatUnary { dst: d, .. }
        | Inst::IntCmp { dst: d, .. }
        | Inst::Below { dst: d, .. }
        | Inst::FloatCmp { dst: d, .. }
        | Inst::HasTag { dst: d, .. }
        | Inst::Load { dst: d, .. }
        | Inst::FrameMemory { dst: d, .. }
        | Inst::SpecAddress { dst: d, .. } => f(*d, Access::Write),
        Inst::Call { outs, .. } => outs.iter().for_each(|d| f(*d, Access::Write)),
        Inst::Rt { out, .. } => {
            if let Some(d) = out {
                f(*d, Access::Write);
            }
        }
        Inst::ForkPop { dst, .. } => f(*dst, Access::Write),
        Inst::Store { .. } | Inst::Poll { .. } | Inst::ForkPush { .. } | Inst::Known { .. } => {}
    }
}

/// Calls `f` on the registers that the end of a block reads.
pub fn each_of_term(term: &Term, f: &mut dyn FnMut(VReg, Access)) {
    match term {
        Term::Branch { cond, .. } => f(*cond, Access::Read),
        Term::Return(values) => values.iter().for_each(|v| f(*v, Access::Read)),
        Term::Yield { value, .. } => f(*value, Access::Read),
        Term::Open | Term::Jump(_) | Term::Fail { .. } | Term::Widen { .. } | Term::Unreachable => {}
    }
}

/// Replaces the registers of an instruction.
pub fn map_regs(inst: &mut Inst, to: &dyn Fn(VReg) -> VReg) {
    let on_operand = |o: &mut Operand| {
        if let Operand::Reg(reg) = o {
            *reg = to(*reg);
        }
    };
    match inst {
        Inst::Copy(d, a)
        | Inst::IntToFloat(d, a)
        | Inst::BoolToInt(d, a)
        | Inst::Not(d, a)
        | Inst::IntToBool(d, a)
        | Inst::Box(d, a)
        | Inst::Move(d, a)
        | Inst::FloatUnary { dst: d, a, .. }
        | Inst::Load { dst: d, address: a, .. }
        | Inst::Store { src: d, address: a, .. } => [d, a].into_iter().for_each(|r| *r = to(*r)),
        Inst::Checked { dst, a, b, .. }
        | Inst::Divide { dst, a, b, .. }
        | Inst::FloatOp { dst, a, b, .. }
        | Inst::Below { dst, a, b }
        | Inst::FloatCmp { dst, a, b, .. } => [dst, a, b].into_iter().for_each(|r| *r = to(*r)),
        Inst::IntOp { dst, a, b, .. } | Inst::IntCmp { dst, a, b, .. } => {
            [dst, a].into_iter().for_each(|r| *r = to(*r));
            on_operand(b);
        }
        Inst::Clone(d, o)
        | Inst::Unbox(d, o)
        | Inst::Address(d, o)
        | Inst::HasTag { dst: d, value: o, .. } => {
            *d = to(*d);
            on_operand(o);
        }
        Inst::Int(d, _)
        | Inst::Float(d, _)
        | Inst::Bool(d, _)
        | Inst::SetNone(d)
        | Inst::Clear(d)
        | Inst::ClearRun(d, _)
        | Inst::FrameMemory { dst: d, .. }
        | Inst::SpecAddress { dst: d, .. }
        | Inst::ForkPop { dst: d, .. }
        | Inst::Known { reg: d, .. } => *d = to(*d),
        Inst::Call { args, outs, .. } => {
            args.iter_mut().for_each(on_operand);
            outs.iter_mut().for_each(|r| *r = to(*r));
        }
        Inst::Rt { args, out, .. } => {
            args.iter_mut().for_each(on_operand);
            out.iter_mut().for_each(|r| *r = to(*r));
        }
        Inst::ForkPush { captured, .. } => captured.iter_mut().for_each(on_operand),
        Inst::Poll { .. } => {}
    }
}

/// Replaces the registers that the end of a block reads.
pub fn map_term_regs(term: &mut Term, to: &dyn Fn(VReg) -> VReg) {
    match term {
        Term::Branch { cond, .. } => *cond = to(*cond),
        Term::Return(values) => values.iter_mut().for_each(|v| *v = to(*v)),
        Term::Yield { value, .. } => *value = to(*value),
        Term::Open | Term::Jump(_) | Term::Fail { .. } | Term::Widen { .. } | Term::Unreachable => {}
    }
}

/// Of each register: is it written in one block before it is read there, and known nowhere else. Slots are not asked for.
pub fn local(func: &Func) -> Vec<bool> {
    const NOWHERE: u32 = u32::MAX;
    let mut home = vec![NOWHERE; func.regs.len()];
    let mut is_local: Vec<bool> = func.regs.iter().map(|kind| *kind != Reg::Slot).collect();
    for param in &func.params {
        is_local[param.0 as usize] = false;
    }
    for (at, block) in (0..).zip(&func.blocks) {
        let mut note = |reg: VReg, access: Access| {
            let reg = reg.0 as usize;
            if home[reg] == NOWHERE && access == Access::Write {
                home[reg] = at;
            }
            if home[reg] != at {
                is_local[reg] = false;
            }
        };
        block.insts.iter().for_each(|inst| each_reg(inst, &mut note));
        each_of_term(&block.term, &mut note);
    }
    is_local
}
