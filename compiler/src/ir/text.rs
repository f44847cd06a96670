//! The text form of the IR.

use super::{FloatFn, Func, Inst, Operand, Quotient, Term, VReg};
use crate::types::Reg;
use std::fmt::Write;

fn reg(func: &Func, r: VReg) -> String {
    let kind = match func.regs.get(r.0 as usize) {
        Some(Reg::Int) => 'i',
        Some(Reg::Float) => 'f',
        Some(Reg::Pair) => 'p',
        Some(Reg::Quad) => 'q',
        Some(Reg::Bool) => 'b',
        Some(Reg::Slot) => 's',
        None => '?',
    };
    format!("{kind}{}", r.0)
}

fn operand(func: &Func, o: Operand) -> String {
    match o {
        Operand::Reg(r) => reg(func, r),
        Operand::Imm(n) => n.to_string(),
        Operand::Const(c) => format!("const{}", c.0),
    }
}

fn operands(func: &Func, all: &[Operand]) -> String {
    all.iter().map(|o| operand(func, *o)).collect::<Vec<_>>().join(", ")
}

fn regs(func: &Func, all: &[VReg]) -> String {
    all.iter().map(|r| reg(func, *r)).collect::<Vec<_>>().join(", ")
}

/// An instruction as a line.
pub fn inst(func: &Func, inst: &Inst) -> String {
    let r = |x: &VReg| reg(func, *x);
    let o = |x: &Operand| operand(func, *x);
    match inst {
        Inst::Int(d, n) => format!("{} = {n}", r(d)),
        Inst::Float(d, x) => format!("{} = {x:?}", r(d)),
        Inst::Bool(d, b) => format!("{} = {b}", r(d)),
        Inst::Copy(d, a) => format!("{} = {}", r(d), r(a)),
        Inst::IntOp { op, dst, a, b } => format!("{} = {op:?} {}, {}", r(dst), r(a), o(b)),
        Inst::Checked { op, dst, a, b, site } => {
            format!("{} = checked {op:?} {}, {} @{site}", r(dst), r(a), r(b))
        }
        Inst::AnyDivides { dst, a, b, more, by } => {
            let more = more.map(|n| n.to_string()).join(", ");
            format!("{} = {by:?} {} is divided by {} + any of {more}", r(dst), r(a), r(b))
        }
        Inst::Divide { is_mod, by, dst, a, b, site, .. } => {
            let name = if *is_mod { "mod" } else { "floordiv" };
            let by = if *by == Quotient::Any { String::new() } else { format!("{by:?} ") };
            format!("{} = {name} {by}{}, {} @{site}", r(dst), r(a), r(b))
        }
        Inst::Known { reg, lo, hi } => format!("known {lo} <= {} <= {hi}", r(reg)),
        Inst::FloatOp { op, dst, a, b } => format!("{} = {op:?} {}, {}", r(dst), r(a), r(b)),
        Inst::FloatUnary { op, dst, a } => format!("{} = {op:?} {}", r(dst), r(a)),
        Inst::FloatCall { func: FloatFn::Unary(name), dst, a, .. } => {
            format!("{} = {}({})", r(dst), name.name(), r(a))
        }
        Inst::FloatCall { dst, a, b, .. } => {
            format!("{} = pow({}, {})", r(dst), r(a), b.map_or(String::new(), |b| r(&b)))
        }
        Inst::IntCmp { cmp, dst, a, b } => format!("{} = {cmp:?} {}, {}", r(dst), r(a), o(b)),
        Inst::FloatCmp { cmp, dst, a, b } => format!("{} = {cmp:?} {}, {}", r(dst), r(a), r(b)),
        Inst::Below { dst, a, b } => format!("{} = below {}, {}", r(dst), r(a), r(b)),
        Inst::Splat(d, a) => format!("{} = splat {}", r(d), r(a)),
        Inst::Steps(d, a) => format!("{} = steps from {}", r(d), r(a)),
        Inst::SumLanes(d, a) => format!("{} = sum of {}", r(d), r(a)),
        Inst::Pack(d, a, b) => format!("{} = pack {}, {}", r(d), r(a), r(b)),
        Inst::Lane { dst, pair, is_second } => {
            format!("{} = {} of {}", r(dst), if *is_second { "second" } else { "first" }, r(pair))
        }
        Inst::PairCmp { cmp, dst, a, b } => format!("{} = both {cmp:?} {}, {}", r(dst), r(a), r(b)),
        Inst::IntToFloat(d, a) => format!("{} = float {}", r(d), r(a)),
        Inst::BoolToInt(d, a) => format!("{} = int {}", r(d), r(a)),
        Inst::Not(d, a) => format!("{} = not {}", r(d), r(a)),
        Inst::Select { dst, cond, then, orelse } => {
            format!("{} = {} if {} else {}", r(dst), r(then), r(cond), r(orelse))
        }
        Inst::IntToBool(d, a) => format!("{} = bool {}", r(d), r(a)),
        Inst::Box(d, a) => format!("{} = box {}", r(d), r(a)),
        Inst::SetNone(d) => format!("{} = None", r(d)),
        Inst::Clear(d) => format!("clear {}", r(d)),
        Inst::ClearRun(d, n) => format!("clear {} x {n}", r(d)),
        Inst::Clone(d, a) => format!("{} = clone {}", r(d), o(a)),
        Inst::Move(d, a) => format!("{} = move {}", r(d), r(a)),
        Inst::Recycle { dst, src, n, .. } => format!("{} = move {}, recycle {n} items", r(dst), r(src)),
        Inst::Unbox(d, a) => format!("{} = unbox {}", r(d), o(a)),
        Inst::HasTag { dst, value, tag } => format!("{} = tag {} == {tag}", r(dst), o(value)),
        Inst::Address(d, a) => format!("{} = address {}", r(d), o(a)),
        Inst::Load { dst, address, offset, .. } => format!("{} = load {} + {offset}", r(dst), r(address)),
        Inst::Store { src, address, offset } => format!("store {} + {offset}, {}", r(address), r(src)),
        Inst::Call { spec, args, outs, .. } => {
            format!("{} = call spec{}({})", regs(func, outs), spec.0, operands(func, args))
        }
        Inst::Rt { rt, args, out, .. } => {
            let out = out.map_or(String::new(), |x| format!("{} = ", reg(func, x)));
            format!("{out}{}({})", rt.info().name, operands(func, args))
        }
        Inst::Poll { .. } => "poll".to_owned(),
        Inst::Plenty(dst) => format!("{} = plenty", r(dst)),
        Inst::Tick(dst) => format!("{} = tick", r(dst)),
        Inst::Mark { mark } => format!("mark {mark}"),
        Inst::FrameMemory { dst, bytes } => format!("{} = frame {bytes}", r(dst)),
        Inst::SpecAddress { dst, spec } => format!("{} = address spec{}", r(dst), spec.0),
        Inst::ForkPush { at, body, captured, .. } => {
            format!("fork {at} spec{}({})", body.0, operands(func, captured))
        }
        Inst::ForkPop { dst, at, .. } => format!("{} = unfork {at}", r(dst)),
    }
}

/// A whole function.
pub fn func(func: &Func) -> String {
    let mut out = String::new();
    let results: Vec<String> = func.results.iter().map(|r| format!("{r:?}").to_lowercase()).collect();
    let _ = writeln!(out, "func {}({}) -> ({}) {{", func.name, regs(func, &func.params), results.join(", "));
    for (i, block) in func.blocks.iter().enumerate() {
        let handler = block.handler.map_or(String::new(), |h| format!(" handler block{}", h.0));
        let _ = writeln!(out, "block{i}:{handler}");
        for x in &block.insts {
            let _ = writeln!(out, "    {}", inst(func, x));
        }
        let _ = writeln!(out, "    {}", term(func, &block.term));
    }
    out.push_str("}\n");
    out
}

fn term(func: &Func, term: &Term) -> String {
    match term {
        Term::Open => "open".to_owned(),
        Term::Jump(b) => format!("jump block{}", b.0),
        Term::Branch { cond, then, orelse } => {
            format!("branch {}, block{}, block{}", reg(func, *cond), then.0, orelse.0)
        }
        Term::Return(values) => format!("return {}", regs(func, values)),
        Term::Fail { .. } => "fail".to_owned(),
        Term::Widen { site } => format!("widen @{site}"),
        Term::Yield { value, resume } => format!("yield {}, block{}", reg(func, *value), resume.0),
        Term::Unreachable => "unreachable".to_owned(),
    }
}
