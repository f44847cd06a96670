//! What must hold of every function: a violation is a bug of the compiler.

use super::{FloatFn, Func, Inst, IntOp, Operand, Term, VReg};
use crate::types::Reg;
use afar_runtime::abi::{Kind, Out};

/// Checks a function.
///
/// # Errors
///
/// Says what is wrong, with the instruction.
pub fn verify(func: &Func) -> Result<(), String> {
    for (at, block) in func.blocks.iter().enumerate() {
        for inst in &block.insts {
            check_inst(func, inst)
                .map_err(|e| format!("{}: block{at}: `{}`: {e}", func.name, super::text::inst(func, inst)))?;
        }
        check_term(func, &block.term).map_err(|e| format!("{}: block{at}: {e}", func.name))?;
        if block.handler.is_some_and(|h| h.0 as usize >= func.blocks.len()) {
            return Err(format!("{}: block{at}: no such handler", func.name));
        }
    }
    Ok(())
}

fn is(func: &Func, reg: VReg, kind: Reg) -> Result<(), String> {
    match func.regs.get(reg.0 as usize) {
        Some(found) if *found == kind => Ok(()),
        Some(found) => Err(format!("register {} is {found:?}, not {kind:?}", reg.0)),
        None => Err(format!("there is no register {}", reg.0)),
    }
}

/// The kind of the operands where the result is this: floats, or pairs of them.
fn floats(func: &Func, dst: VReg) -> Reg {
    if func.regs.get(dst.0 as usize) == Some(&Reg::Pair) { Reg::Pair } else { Reg::Float }
}

/// As `floats`, of ints.
fn ints(func: &Func, dst: VReg) -> Reg {
    if func.regs.get(dst.0 as usize) == Some(&Reg::Quad) { Reg::Quad } else { Reg::Int }
}

/// Is there an operation on quads: lanes are shifted by numbers alone, and have no sign.
fn has_lanes(op: IntOp, b: Operand) -> bool {
    match op {
        IntOp::Add | IntOp::Sub | IntOp::Mul | IntOp::And | IntOp::Or | IntOp::Xor => true,
        IntOp::Shl | IntOp::Shr => matches!(b, Operand::Imm(0..32)),
        IntOp::Sar | IntOp::Min | IntOp::Max => false,
    }
}

fn check_inst(func: &Func, inst: &Inst) -> Result<(), String> {
    match inst {
        Inst::Int(r, _) => is(func, *r, Reg::Int),
        Inst::Float(r, _) => is(func, *r, Reg::Float),
        Inst::Bool(r, _) => is(func, *r, Reg::Bool),
        Inst::Copy(a, b) => {
            let kind = func.kind_of(*a);
            if kind == Reg::Slot {
                return Err("a slot is cloned or moved".to_owned());
            }
            is(func, *b, kind)
        }
        Inst::Checked { dst, a, b, .. } | Inst::Divide { dst, a, b, .. } => {
            [dst, a, b].into_iter().try_for_each(|r| is(func, *r, Reg::Int))
        }
        Inst::AnyDivides { dst, a, b, .. } => {
            is(func, *dst, Reg::Bool)?;
            [a, b].into_iter().try_for_each(|r| is(func, *r, Reg::Int))
        }
        Inst::Known { reg, .. } => is(func, *reg, Reg::Int),
        Inst::IntOp { op, dst, a, b } => {
            let kind = ints(func, *dst);
            if kind == Reg::Quad && !has_lanes(*op, *b) {
                return Err("there is no such operation on quads".to_owned());
            }
            [dst, a].into_iter().try_for_each(|r| is(func, *r, kind))?;
            if let Operand::Reg(b) = b { is(func, *b, kind) } else { Ok(()) }
        }
        Inst::FloatOp { dst, a, b, .. } => {
            [dst, a, b].into_iter().try_for_each(|r| is(func, *r, floats(func, *dst)))
        }
        Inst::FloatCall { func: name, dst, a, b } => {
            if (*name == FloatFn::Pow) != b.is_some() {
                return Err("another number of arguments".to_owned());
            }
            [Some(*dst), Some(*a), *b].into_iter().flatten().try_for_each(|r| is(func, r, Reg::Float))
        }
        Inst::FloatUnary { dst, a, .. } => {
            [dst, a].into_iter().try_for_each(|r| is(func, *r, floats(func, *dst)))
        }
        Inst::Splat(d, a) if ints(func, *d) == Reg::Quad => is(func, *a, Reg::Int),
        Inst::Splat(d, a) => is(func, *d, Reg::Pair).and_then(|()| is(func, *a, Reg::Float)),
        Inst::Steps(d, a) => is(func, *d, Reg::Quad).and_then(|()| is(func, *a, Reg::Int)),
        Inst::SumLanes(d, a) => is(func, *d, Reg::Int).and_then(|()| is(func, *a, Reg::Quad)),
        Inst::Pack(d, a, b) => {
            is(func, *d, Reg::Pair)?;
            [a, b].into_iter().try_for_each(|r| is(func, *r, Reg::Float))
        }
        Inst::Lane { dst, pair, .. } => is(func, *dst, Reg::Float).and_then(|()| is(func, *pair, Reg::Pair)),
        Inst::PairCmp { dst, a, b, .. } => {
            is(func, *dst, Reg::Int)?;
            [a, b].into_iter().try_for_each(|r| is(func, *r, Reg::Pair))
        }
        Inst::IntCmp { dst, a, .. } => is(func, *dst, Reg::Bool).and_then(|()| is(func, *a, Reg::Int)),
        Inst::Below { dst, a, b } => {
            is(func, *dst, Reg::Bool)?;
            [a, b].into_iter().try_for_each(|r| is(func, *r, Reg::Int))
        }
        Inst::FloatCmp { dst, a, b, .. } => {
            is(func, *dst, Reg::Bool)?;
            [a, b].into_iter().try_for_each(|r| is(func, *r, Reg::Float))
        }
        Inst::IntToFloat(d, a) => is(func, *d, Reg::Float).and_then(|()| is(func, *a, Reg::Int)),
        Inst::BoolToInt(d, a) => is(func, *d, Reg::Int).and_then(|()| is(func, *a, Reg::Bool)),
        Inst::Not(d, a) => is(func, *d, Reg::Bool).and_then(|()| is(func, *a, Reg::Bool)),
        Inst::Select { dst, cond, then, orelse } => {
            is(func, *cond, Reg::Bool)?;
            [dst, then, orelse].into_iter().try_for_each(|r| is(func, *r, Reg::Int))
        }
        Inst::IntToBool(d, a) => is(func, *d, Reg::Bool).and_then(|()| is(func, *a, Reg::Int)),
        Inst::Box(d, a) => {
            is(func, *d, Reg::Slot)?;
            if func.kind_of(*a) == Reg::Slot { Err("boxes a slot".to_owned()) } else { Ok(()) }
        }
        Inst::SetNone(d) | Inst::Clear(d) | Inst::ClearRun(d, _) | Inst::Clone(d, _) => {
            is(func, *d, Reg::Slot)
        }
        Inst::Move(d, a) | Inst::Recycle { dst: d, src: a, .. } => {
            is(func, *d, Reg::Slot).and_then(|()| is(func, *a, Reg::Slot))
        }
        Inst::Rt { rt, args, out, .. } => check_rt(func, *rt, args, *out),
        Inst::Load { address, .. } | Inst::Store { address, .. } => is(func, *address, Reg::Int),
        Inst::HasTag { dst, .. } => is(func, *dst, Reg::Bool),
        Inst::Address(d, _)
        | Inst::Tick(d)
        | Inst::FrameMemory { dst: d, .. }
        | Inst::SpecAddress { dst: d, .. } => is(func, *d, Reg::Int),
        Inst::ForkPop { dst, .. } | Inst::Plenty(dst) => is(func, *dst, Reg::Bool),
        Inst::ForkPush { captured, .. } => check_captured(captured),
        Inst::Unbox(..) | Inst::Call { .. } | Inst::Poll { .. } | Inst::Mark { .. } => Ok(()),
    }
}

fn check_captured(captured: &[Operand]) -> Result<(), String> {
    match captured.iter().find(|c| matches!(c, Operand::Imm(_))) {
        Some(_) => Err("a number is captured that is in no register".to_owned()),
        None => Ok(()),
    }
}

fn check_rt(
    func: &Func,
    rt: afar_runtime::abi::Rt,
    args: &[Operand],
    out: Option<VReg>,
) -> Result<(), String> {
    let info = rt.info();
    if args.len() != info.params.len() {
        return Err(format!("{} takes {} arguments, not {}", info.name, info.params.len(), args.len()));
    }
    for (arg, kind) in args.iter().zip(info.params) {
        let fits = match (arg, kind) {
            (Operand::Reg(r), Kind::Int) => matches!(func.kind_of(*r), Reg::Int | Reg::Bool),
            (Operand::Reg(r), Kind::Float) => func.kind_of(*r) == Reg::Float,
            (Operand::Reg(r), Kind::Value) => matches!(func.kind_of(*r), Reg::Slot | Reg::Int),
            (Operand::Imm(_), Kind::Int) | (Operand::Const(_), Kind::Value) => true,
            _ => false,
        };
        if !fits {
            return Err(format!("{arg:?} is no {kind:?}"));
        }
    }
    match (info.out, out) {
        (Out::Value, Some(r)) => is(func, r, Reg::Slot),
        (Out::Int, Some(r)) => is(func, r, Reg::Int),
        (Out::Float, Some(r)) => is(func, r, Reg::Float),
        (Out::Unit, Some(_)) => Err("there is no result".to_owned()),
        (_, None) => Ok(()),
    }
}

fn check_term(func: &Func, term: &Term) -> Result<(), String> {
    let exists = |b: &super::BlockId| {
        if (b.0 as usize) < func.blocks.len() { Ok(()) } else { Err(format!("there is no block{}", b.0)) }
    };
    match term {
        Term::Jump(b) => exists(b),
        Term::Branch { cond, then, orelse } => {
            is(func, *cond, Reg::Bool)?;
            exists(then).and_then(|()| exists(orelse))
        }
        Term::Return(values) => {
            if func.kind == super::FuncKind::Plain && values.len() != func.results.len() {
                return Err(format!("returns {} values, not {}", values.len(), func.results.len()));
            }
            values.iter().zip(&func.results).try_for_each(|(v, k)| is(func, *v, *k))
        }
        Term::Yield { value, resume } => is(func, *value, Reg::Slot).and_then(|()| exists(resume)),
        Term::Open | Term::Fail { .. } | Term::Widen { .. } | Term::Unreachable => Ok(()),
    }
}
