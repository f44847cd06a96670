//! Straight ways with roots and divisions on them.

use crate::ir::{BlockId, Cmp, FloatOp, FloatUnary, Func, Inst, IntOp, Lasts, Operand, Term, VReg};
use crate::passes::tests::{check, func};
use crate::types::Reg;
use expect_test::expect;

fn op(op: FloatOp, dst: u32, a: u32, b: u32) -> Inst {
    Inst::FloatOp { op, dst: VReg(dst), a: VReg(a), b: VReg(b) }
}

fn root(dst: u32, a: u32) -> Inst {
    Inst::FloatUnary { op: FloatUnary::Sqrt, dst: VReg(dst), a: VReg(a) }
}

fn load(dst: u32, offset: i32) -> Inst {
    Inst::Load { dst: VReg(dst), address: VReg(1), offset, lasts: Lasts::Value }
}

fn store(src: u32, offset: i32) -> Inst {
    Inst::Store { src: VReg(src), address: VReg(2), offset }
}

/// `while i0 > 0: .. ; i0 -= 1`, of floats from 5 on, beside i1 and i2, which are addresses, and f3.
fn looped(n_floats: usize, round: Vec<Inst>) -> Func {
    let mut regs = vec![Reg::Int, Reg::Int, Reg::Int, Reg::Float, Reg::Bool];
    regs.extend(std::iter::repeat_n(Reg::Float, n_floats));
    let mut round = round;
    round.push(Inst::IntOp { op: IntOp::Sub, dst: VReg(0), a: VReg(0), b: Operand::Imm(1) });
    let test = Inst::IntCmp { cmp: Cmp::Gt, dst: VReg(4), a: VReg(0), b: Operand::Imm(0) };
    let mut made = func(
        &regs,
        4,
        vec![
            (vec![], Term::Jump(BlockId(1))),
            (vec![test], Term::Branch { cond: VReg(4), then: BlockId(2), orelse: BlockId(3) }),
            (round, Term::Jump(BlockId(1))),
            (vec![], Term::Return(vec![VReg(0)])),
        ],
    );
    super::straighten(&mut made);
    super::super::tidy(&mut made);
    made
}

#[test]
fn what_is_stored_side_by_side_is_computed_so() {
    let found = looped(
        11,
        vec![
            load(5, 0),
            load(6, 8),
            op(FloatOp::Mul, 7, 5, 5),
            op(FloatOp::Mul, 8, 6, 6),
            op(FloatOp::Add, 9, 7, 8),
            root(10, 9),
            op(FloatOp::Div, 11, 3, 10),
            root(12, 11),
            op(FloatOp::Div, 13, 12, 10),
            op(FloatOp::Mul, 14, 5, 13),
            op(FloatOp::Mul, 15, 6, 13),
            store(14, 0),
            store(15, 8),
        ],
    );
    check(
        &found,
        &expect![[r#"
            func f(i0, i1, i2, f3) -> (int) {
            block0:
                jump block1
            block1:
                b4 = Gt i0, 0
                branch b4, block2, block3
            block2:
                p17 = load i1 + 0
                f5 = first of p17
                f6 = second of p17
                f7 = Mul f5, f5
                f8 = Mul f6, f6
                f9 = Add f7, f8
                f10 = Sqrt f9
                f11 = Div f3, f10
                f12 = Sqrt f11
                f13 = Div f12, f10
                p18 = splat f13
                p19 = Mul p17, p18
                store i2 + 0, p19
                i16 = Sub i0, 1
                i0 = i16
                jump block1
            block3:
                return i0
            }
        "#]],
    );
}

#[test]
fn the_squares_of_a_difference_are_the_same_both_ways() {
    let found = looped(
        14,
        vec![
            load(5, 0),
            load(6, 16),
            op(FloatOp::Sub, 7, 5, 6),
            op(FloatOp::Mul, 8, 7, 7),
            root(9, 8),
            op(FloatOp::Div, 10, 3, 9),
            op(FloatOp::Sub, 11, 6, 5),
            op(FloatOp::Mul, 12, 11, 11),
            root(13, 12),
            op(FloatOp::Div, 14, 7, 13),
            op(FloatOp::Mul, 15, 10, 14),
            op(FloatOp::Mul, 16, 14, 10),
            op(FloatOp::Sub, 17, 15, 11),
            op(FloatOp::Sub, 18, 16, 7),
            store(17, 0),
            store(18, 24),
        ],
    );
    check(
        &found,
        &expect![[r#"
            func f(i0, i1, i2, f3) -> (int) {
            block0:
                jump block1
            block1:
                b4 = Gt i0, 0
                branch b4, block2, block3
            block2:
                f5 = load i1 + 0
                f6 = load i1 + 16
                f7 = Sub f5, f6
                p20 = pack f3, f7
                p21 = splat f7
                p22 = Mul p21, p21
                p23 = Sqrt p22
                p24 = Div p20, p23
                f10 = first of p24
                f11 = Sub f6, f5
                f14 = second of p24
                f15 = Mul f10, f14
                f17 = Sub f15, f11
                f18 = Sub f15, f7
                store i2 + 0, f17
                store i2 + 24, f18
                i19 = Sub i0, 1
                i0 = i19
                jump block1
            block3:
                return i0
            }
        "#]],
    );
}
