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

/// Makes a walk over the registers of an instruction: those that it reads, then those that it writes.
macro_rules! walk {
    ($(#[$doc:meta])* $name:ident, $($mutable:ident)?) => {
        $(#[$doc])*
        pub fn $name(inst: &$($mutable)? Inst, f: &mut dyn FnMut(& $($mutable)? VReg, Access)) {
            fn operand(o: & $($mutable)? Operand, f: &mut dyn FnMut(& $($mutable)? VReg, Access)) {
                if let Operand::Reg(reg) = o {
                    f(reg, Access::Read);
                }
            }
            match inst {
                Inst::Copy(d, a)
                | Inst::IntToFloat(d, a)
                | Inst::Splat(d, a)
                | Inst::Steps(d, a)
                | Inst::SumLanes(d, a)
                | Inst::Lane { dst: d, pair: a, .. }
                | Inst::BoolToInt(d, a)
                | Inst::Not(d, a)
                | Inst::IntToBool(d, a)
                | Inst::Box(d, a)
                | Inst::Move(d, a)
                | Inst::FloatUnary { dst: d, a, .. }
                | Inst::Load { dst: d, address: a, .. } => {
                    f(a, Access::Read);
                    f(d, Access::Write);
                }
                Inst::Known { reg, .. } => f(reg, Access::Read),
                Inst::Checked { dst, a, b, .. }
                | Inst::Divide { dst, a, b, .. }
                | Inst::AnyDivides { dst, a, b, .. }
                | Inst::FloatOp { dst, a, b, .. }
                | Inst::Below { dst, a, b }
                | Inst::Pack(dst, a, b)
                | Inst::PairCmp { dst, a, b, .. }
                | Inst::FloatCmp { dst, a, b, .. } => {
                    f(a, Access::Read);
                    f(b, Access::Read);
                    f(dst, Access::Write);
                }
                Inst::FloatCall { dst, a, b, .. } => {
                    f(a, Access::Read);
                    if let Some(b) = b {
                        f(b, Access::Read);
                    }
                    f(dst, Access::Write);
                }
                Inst::Select { dst, cond, then, orelse } => {
                    f(cond, Access::Read);
                    f(then, Access::Read);
                    f(orelse, Access::Read);
                    f(dst, Access::Write);
                }
                Inst::Store { src, address, .. } => {
                    f(src, Access::Read);
                    f(address, Access::Read);
                }
                Inst::IntOp { dst, a, b, .. } | Inst::IntCmp { dst, a, b, .. } => {
                    f(a, Access::Read);
                    operand(b, f);
                    f(dst, Access::Write);
                }
                Inst::Recycle { dst, src, .. } => {
                    f(src, Access::Read);
                    f(dst, Access::Write);
                    f(src, Access::Write);
                }
                Inst::Clone(d, o)
                | Inst::Unbox(d, o)
                | Inst::Address(d, o)
                | Inst::HasTag { dst: d, value: o, .. } => {
                    operand(o, f);
                    f(d, Access::Write);
                }
                Inst::Call { args, outs, .. } => {
                    for arg in args {
                        operand(arg, f);
                    }
                    for out in outs {
                        f(out, Access::Write);
                    }
                }
                Inst::Rt { args, out, .. } => {
                    for arg in args {
                        operand(arg, f);
                    }
                    if let Some(out) = out {
                        f(out, Access::Write);
                    }
                }
                Inst::ForkPush { captured, .. } => {
                    for arg in captured {
                        operand(arg, f);
                    }
                }
                Inst::Int(d, _)
                | Inst::Tick(d)
                | Inst::Plenty(d)
                | Inst::Float(d, _)
                | Inst::Bool(d, _)
                | Inst::SetNone(d)
                | Inst::Clear(d)
                | Inst::ClearRun(d, _)
                | Inst::FrameMemory { dst: d, .. }
                | Inst::SpecAddress { dst: d, .. }
                | Inst::ForkPop { dst: d, .. } => f(d, Access::Write),
                Inst::Poll { .. } | Inst::Mark { .. } => {}
            }
        }
    };
}

walk!(
    /// Calls `f` on the registers of an instruction, by reference.
    visit,
);
walk!(
    /// Calls `f` on the registers of an instruction, which it may replace.
    visit_mut, mut
);

/// Calls `f` on the registers of an instruction: those that it reads, then those that it writes.
pub fn each_reg(inst: &Inst, f: &mut dyn FnMut(VReg, Access)) {
    visit(inst, &mut |reg, access| f(*reg, access));
}

/// Calls `f` on the registers that an instruction writes.
pub fn each_written(inst: &Inst, f: &mut dyn FnMut(VReg)) {
    visit(inst, &mut |reg, access| {
        if access == Access::Write {
            f(*reg);
        }
    });
}

/// Replaces the registers of an instruction.
pub fn map_regs(inst: &mut Inst, to: &dyn Fn(VReg) -> VReg) {
    visit_mut(inst, &mut |reg, _| *reg = to(*reg));
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
