//! Choices between cheap values.

use crate::ir::{BlockId, CheckedOp, Func, Inst, IntOp, Operand, Term, VReg};
use crate::passes::tests::{check, func};
use crate::types::Reg;
use expect_test::expect;

const N: VReg = VReg(0);
const COND: VReg = VReg(1);
const M: VReg = VReg(2);
const OTHER: VReg = VReg(3);

/// Two ways that meet where both numbers are read.
fn fork(then: Vec<Inst>, orelse: Vec<Inst>) -> Func {
    let mut func = func(
        &[Reg::Int, Reg::Bool, Reg::Int, Reg::Int],
        3,
        vec![
            (vec![], Term::Branch { cond: COND, then: BlockId(1), orelse: BlockId(2) }),
            (then, Term::Jump(BlockId(3))),
            (orelse, Term::Jump(BlockId(3))),
            (vec![Inst::IntOp { op: IntOp::Sub, dst: N, a: N, b: Operand::Reg(M) }], Term::Return(vec![N])),
        ],
    );
    super::choose(&mut func);
    func
}

fn half() -> Inst {
    Inst::IntOp { op: IntOp::Sar, dst: N, a: N, b: Operand::Imm(1) }
}

#[test]
fn what_may_not_fit_is_asked_for_on_its_way_alone() {
    let triple = Inst::Checked { op: CheckedOp::Mul, dst: N, a: N, b: M, site: 3 };
    let next = Inst::Checked { op: CheckedOp::Add, dst: N, a: N, b: M, site: 4 };
    check(
        &fork(vec![half()], vec![triple, next]),
        &expect![[r#"
            func f(i0, b1, i2) -> (int) {
            block0:
                i8 = Add i0, 2147483648
                i7 = Add i2, 2147483648
                i8 = Or i8, i7
                i9 = 4294967296
                b10 = below i8, i9
                branch b10, block4, block5
            block1:
                i0 = Sar i0, 1
                jump block3
            block2:
                i0 = checked Mul i0, i2 @3
                i0 = checked Add i0, i2 @4
                jump block3
            block3:
                i0 = Sub i0, i2
                return i0
            block4:
                i4 = Sar i0, 1
                i5 = Mul i0, i2
                i6 = Add i5, i2
                i0 = i4 if b1 else i6
                jump block3
            block5:
                branch b1, block1, block2
            }
        "#]],
    );
}

#[test]
fn numbers_change_places() {
    let swap = vec![Inst::Copy(OTHER, N), Inst::Copy(N, M), Inst::Copy(M, OTHER)];
    check(
        &fork(swap, vec![]),
        &expect![[r#"
        func f(i0, b1, i2) -> (int) {
        block0:
            i7 = i2
            i8 = i0
            i0 = i7 if b1 else i0
            i2 = i8 if b1 else i2
            i0 = Sub i0, i2
            return i0
        }
    "#]],
    );
}

#[test]
fn one_way_may_be_empty() {
    check(
        &fork(vec![half()], vec![]),
        &expect![[r#"
        func f(i0, b1, i2) -> (int) {
        block0:
            i4 = Sar i0, 1
            i0 = i4 if b1 else i0
            i0 = Sub i0, i2
            return i0
        }
    "#]],
    );
}

#[test]
fn what_costs_more_than_a_wrong_guess_stays() {
    let mul = || Inst::IntOp { op: IntOp::Mul, dst: N, a: N, b: Operand::Reg(M) };
    check(
        &fork(vec![mul(), mul()], vec![mul(), mul()]),
        &expect![[r#"
        func f(i0, b1, i2) -> (int) {
        block0:
            branch b1, block1, block2
        block1:
            i0 = Mul i0, i2
            i0 = Mul i0, i2
            jump block3
        block2:
            i0 = Mul i0, i2
            i0 = Mul i0, i2
            jump block3
        block3:
            i0 = Sub i0, i2
            return i0
        }
    "#]],
    );
}
