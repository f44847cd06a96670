//! Loops that add up small numbers.

use crate::ir::{BlockId, Cmp, Func, Inst, IntOp, Operand, Term, VReg};
use crate::passes::tests::{check, func};
use crate::types::Reg;
use expect_test::expect;

const COUNTER: VReg = VReg(0);
const SUM: VReg = VReg(2);

/// `for i in range(i0, i1): i2 += ..`, where registers from 4 on are the round's own, and the last of them is added.
fn adding(ops: &[(IntOp, VReg, Operand)]) -> Func {
    let mut regs = vec![Reg::Int, Reg::Int, Reg::Int, Reg::Bool];
    let at = |i: usize| VReg(u32::try_from(4 + i).unwrap_or(0));
    let mut round: Vec<Inst> = Vec::new();
    for (i, (op, a, b)) in ops.iter().enumerate() {
        regs.push(Reg::Int);
        round.push(Inst::IntOp { op: *op, dst: at(i), a: *a, b: *b });
    }
    let term = Operand::Reg(at(ops.len().saturating_sub(1)));
    round.push(Inst::IntOp { op: IntOp::Add, dst: SUM, a: SUM, b: term });
    round.insert(0, Inst::IntOp { op: IntOp::Add, dst: COUNTER, a: COUNTER, b: Operand::Imm(1) });
    let test = Inst::IntCmp { cmp: Cmp::Lt, dst: VReg(3), a: COUNTER, b: Operand::Reg(VReg(1)) };
    let mut made = func(
        &regs,
        3,
        vec![
            (vec![], Term::Jump(BlockId(1))),
            (vec![test], Term::Branch { cond: VReg(3), then: BlockId(2), orelse: BlockId(3) }),
            (round, Term::Jump(BlockId(1))),
            (vec![], Term::Return(vec![SUM])),
        ],
    );
    super::by_lanes(&mut made);
    super::super::tidy(&mut made);
    made
}

#[test]
fn squares_under_a_mask_are_added_in_lanes() {
    let found =
        adding(&[(IntOp::Mul, COUNTER, Operand::Reg(COUNTER)), (IntOp::And, VReg(4), Operand::Imm(1023))]);
    check(
        &found,
        &expect![[r#"
            func f(i0, i1, i2) -> (int) {
            block0:
                jump block1
            block1:
                b3 = Lt i0, i1
                branch b3, block4, block3
            block2:
                i0 = Add i0, 1
                i4 = Mul i0, i0
                i5 = And i4, 1023
                i2 = Add i2, i5
                jump block1
            block3:
                return i2
            block4:
                i6 = i1
                i6 = Sub i1, i0
                i7 = 31
                b8 = below i7, i6
                branch b8, block5, block2
            block5:
                q9 = steps from i0
                q10 = Add q9, 0
                q11 = Add q10, 1
                q12 = Mul q11, q11
                q13 = And q12, 1023
                q14 = Add q9, 4
                q15 = Add q14, 1
                q16 = Mul q15, q15
                q17 = And q16, 1023
                q18 = Add q13, q17
                q19 = Add q9, 8
                q20 = Add q19, 1
                q21 = Mul q20, q20
                q22 = And q21, 1023
                q23 = Add q18, q22
                q24 = Add q9, 12
                q25 = Add q24, 1
                q26 = Mul q25, q25
                q27 = And q26, 1023
                q28 = Add q23, q27
                q29 = Add q9, 16
                q30 = Add q29, 1
                q31 = Mul q30, q30
                q32 = And q31, 1023
                q33 = Add q28, q32
                q34 = Add q9, 20
                q35 = Add q34, 1
                q36 = Mul q35, q35
                q37 = And q36, 1023
                q38 = Add q33, q37
                q39 = Add q9, 24
                q40 = Add q39, 1
                q41 = Mul q40, q40
                q42 = And q41, 1023
                q43 = Add q38, q42
                q44 = Add q9, 28
                q45 = Add q44, 1
                q46 = Mul q45, q45
                q47 = And q46, 1023
                q48 = Add q43, q47
                i49 = sum of q48
                i2 = Add i2, i49
                i0 = Add i0, 32
                jump block1
            }
        "#]],
    );
}

#[test]
fn what_is_not_small_is_added_as_it_was() {
    let mask =
        |mask| [(IntOp::Mul, COUNTER, Operand::Reg(COUNTER)), (IntOp::And, VReg(4), Operand::Imm(mask))];
    let shifted = [(IntOp::Sar, COUNTER, Operand::Imm(3)), (IntOp::And, VReg(4), Operand::Imm(7))];
    let is_wide = |func: &Func| func.regs.contains(&Reg::Quad);
    assert!(is_wide(&adding(&mask((1 << 29) - 1))));
    assert!(!is_wide(&adding(&mask(1 << 30))));
    assert!(!is_wide(&adding(&mask(-2))));
    // What is shifted in is not in the lane.
    assert!(!is_wide(&adding(&shifted)));
}
