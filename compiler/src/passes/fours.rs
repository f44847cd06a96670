//! Short loops that count up go four rounds between their tests.
//!
//! Where at least four rounds are left, they are run one after the other without a test. The loop as it was does the rest.

use super::loops::{Loop, Loops};
use super::unroll::{copy_of, steps_by};
use crate::ir::regs::{each_written, local};
use crate::ir::{Block, BlockId, Cmp, Func, FuncKind, Inst, IntOp, Operand, Term, VReg};
use crate::types::Reg;

/// Longer bodies gain nothing.
const MAX_BODY: usize = 12;

/// A loop of one block behind its test.
#[derive(Clone, Copy)]
pub(super) struct Short {
    pub(super) head: BlockId,
    pub(super) body: BlockId,
    pub(super) counter: VReg,
    pub(super) stop: Operand,
}

/// Writes short counting loops out for four rounds.
pub(super) fn by_four(func: &mut Func) {
    if func.kind != FuncKind::Plain {
        return;
    }
    for found in Loops::of(func).0 {
        if let Some(short) = short(func, &found) {
            write_out(func, &short);
        }
    }
}

/// A loop of one block behind its test, which is soon done.
pub(super) fn short(func: &Func, found: &Loop) -> Option<Short> {
    let head = &func.blocks[found.head.0 as usize];
    let Term::Branch { cond, then: body, orelse } = head.term else { return None };
    let is_lone = found.places().count() == 2 && found.contains(body) && !found.contains(orelse);
    let insts = &func.blocks[body.0 as usize].insts;
    if !is_lone || found.head.0 == 0 || !insts.iter().all(is_plain) || insts.len() > MAX_BODY {
        return None;
    }
    let [polls @ .., Inst::IntCmp { cmp: Cmp::Lt, dst, a: counter, b: stop }] = head.insts.as_slice() else {
        return None;
    };
    let mut is_steady = *dst == cond && polls.iter().all(|i| matches!(i, Inst::Poll { .. }));
    for inst in insts {
        each_written(inst, &mut |r| is_steady &= Operand::Reg(r) != *stop && r != cond);
    }
    let steps_by_one = steps_by(func, found, *counter, body) == Some(1);
    (is_steady && steps_by_one).then_some(Short { head: found.head, body, counter: *counter, stop: *stop })
}

/// Is it soon done, and never ends the loop but by leaving the function.
fn is_plain(inst: &Inst) -> bool {
    matches!(
        inst,
        Inst::Int(..)
            | Inst::Float(..)
            | Inst::Bool(..)
            | Inst::Copy(..)
            | Inst::IntOp { .. }
            | Inst::Checked { .. }
            | Inst::FloatOp { .. }
            | Inst::FloatUnary { .. }
            | Inst::IntCmp { .. }
            | Inst::FloatCmp { .. }
            | Inst::IntToFloat(..)
            | Inst::BoolToInt(..)
            | Inst::Not(..)
            | Inst::IntToBool(..)
            | Inst::Load { .. }
            | Inst::Store { .. }
    )
}

/// How many rounds go without a test.
const ROUNDS: usize = 4;

fn write_out(func: &mut Func, short: &Short) {
    let is_local = local(func);
    let start = BlockId(u32::try_from(func.blocks.len()).unwrap_or(u32::MAX));
    let rounds = i64::try_from(ROUNDS).unwrap_or(0);
    let Some((insts, enough)) = enough_left(func, short.counter, short.stop, rounds) else { return };
    let first = BlockId(start.0 + 1);
    let term = Term::Branch { cond: enough, then: first, orelse: short.body };
    let handler = func.blocks[short.body.0 as usize].handler;
    func.blocks.push(Block { insts, term, handler: None, is_cold: false });
    super::flow::retarget(&mut func.blocks[short.head.0 as usize].term, short.body, start);
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.extend(copy_of(func, short.body.0 as usize, &is_local).insts);
    }
    func.blocks.push(Block { insts: rounds, term: Term::Jump(short.head), handler, is_cold: false });
}

/// Instructions that find out whether at least so many rounds of a loop are left, of which it is known that one is.
pub(super) fn enough_left(
    func: &mut Func,
    counter: VReg,
    stop: Operand,
    rounds: i64,
) -> Option<(Vec<Inst>, VReg)> {
    let [left, more] = [(); 2].map(|()| func.reg(Reg::Int));
    let enough = func.reg(Reg::Bool);
    let stop = match stop {
        Operand::Reg(stop) => Inst::Copy(left, stop),
        Operand::Imm(n) => Inst::Int(left, n),
        Operand::Const(_) => return None,
    };
    // As numbers without a sign, so many are left, wherever the loop counts from.
    let insts = vec![
        stop,
        Inst::IntOp { op: IntOp::Sub, dst: left, a: left, b: Operand::Reg(counter) },
        Inst::Int(more, rounds - 1),
        Inst::Below { dst: enough, a: more, b: left },
    ];
    Some((insts, enough))
}
