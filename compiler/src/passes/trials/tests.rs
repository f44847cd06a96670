//! Loops that look for divisors, with their flights, as text.

use super::super::tests::{check, func};
use crate::ir::{BlockId, CheckedOp, Cmp, Func, Inst, IntOp, Operand, Quotient, Term, VReg};
use crate::types::Reg::{Bool as B, Int as I};
use expect_test::expect;

fn rest(by: Quotient) -> Inst {
    Inst::Divide { is_mod: true, by, dst: VReg(4), a: VReg(0), b: VReg(1), site: 2, loc: 0 }
}

fn is_zero() -> Inst {
    Inst::IntCmp { cmp: Cmp::Eq, dst: VReg(3), a: VReg(4), b: Operand::Imm(0) }
}

/// `while x * x <= p: (if p % x == 0: return x, x = x + 1)`, with what is done before the test for a divisor.
fn search(first: Inst, insts: Vec<Inst>) -> Func {
    let more = Inst::IntOp { op: IntOp::Add, dst: VReg(1), a: VReg(1), b: Operand::Imm(1) };
    func(
        &[I, I, I, B, I],
        2,
        vec![
            (vec![], Term::Jump(BlockId(1))),
            (
                vec![
                    first,
                    Inst::IntCmp { cmp: Cmp::Le, dst: VReg(3), a: VReg(2), b: Operand::Reg(VReg(0)) },
                ],
                Term::Branch { cond: VReg(3), then: BlockId(2), orelse: BlockId(4) },
            ),
            (insts, Term::Branch { cond: VReg(3), then: BlockId(4), orelse: BlockId(3) }),
            (vec![more, Inst::Poll { loc: 0 }], Term::Jump(BlockId(1))),
            (vec![], Term::Return(vec![VReg(1)])),
        ],
    )
}

#[test]
fn four_divisors_are_tested_at_once() {
    let square = Inst::Checked { op: CheckedOp::Mul, dst: VReg(2), a: VReg(1), b: VReg(1), site: 1 };
    let mut f = search(square, vec![rest(Quotient::Any), is_zero()]);
    super::take_off(&mut f);
    super::super::tidy(&mut f);
    check(
        &f,
        &expect![[r#"
        func f(i0, i1) -> (int) {
        block0:
            jump block5
        block1:
            i2 = checked Mul i1, i1 @1
            b3 = Le i2, i0
            branch b3, block2, block4
        block2:
            i4 = mod i0, i1 @2
            b3 = Eq i4, 0
            branch b3, block4, block3
        block3:
            i1 = Add i1, 1
            poll
            i5 = checked Mul i1, i1 @1
            b3 = Le i5, i0
            branch b3, block6, block4
        block4:
            return i1
        block5:
            i11 = Add i0, -1
            i12 = 9007199254740991
            b13 = below i11, i12
            branch b13, block12, block1
        block6:
            i6 = mod i0, i1 @2
            b3 = Eq i6, 0
            branch b3, block4, block7
        block7:
            i1 = Add i1, 1
            i7 = checked Mul i1, i1 @1
            b3 = Le i7, i0
            branch b3, block8, block4
        block8:
            i8 = mod i0, i1 @2
            b3 = Eq i8, 0
            branch b3, block4, block9
        block9:
            i1 = Add i1, 1
            i9 = checked Mul i1, i1 @1
            b3 = Le i9, i0
            branch b3, block10, block4
        block10:
            i10 = mod i0, i1 @2
            b3 = Eq i10, 0
            branch b3, block4, block11
        block11:
            i1 = Add i1, 1
            jump block5
        block12:
            i14 = 2147483648
            b15 = below i1, i14
            branch b15, block13, block1
        block13:
            i17 = 16777217
            b16 = below i0, i17
            branch b16, block14, block15
        block14:
            i18 = Add i1, 3
            i19 = Add i1, 3
            i20 = Mul i18, i19
            b21 = Le i20, i0
            branch b21, block16, block1
        block15:
            i24 = Add i1, 3
            i25 = Add i1, 3
            i26 = Mul i24, i25
            b27 = Le i26, i0
            branch b27, block18, block1
        block16:
            b22 = Single i0 is divided by i1 + any of 0, 1, 2, 3
            branch b22, block1, block17
        block17:
            i23 = Add i1, 4
            i1 = i23
            poll
            jump block14
        block18:
            b28 = Double i0 is divided by i1 + any of 0, 1, 2, 3
            branch b28, block1, block19
        block19:
            i29 = Add i1, 4
            i1 = i29
            poll
            jump block15
        }
    "#]],
    );
}

#[test]
fn a_test_that_does_not_tell_of_the_rounds_before_stays() {
    // `x ^ 5 <= p` may hold for one number, and not for the one before.
    let mixed = Inst::IntOp { op: IntOp::Xor, dst: VReg(2), a: VReg(1), b: Operand::Imm(5) };
    stays(search(mixed, vec![rest(Quotient::Any), is_zero()]));
}

#[test]
fn a_round_that_does_more_stays() {
    let square = || Inst::IntOp { op: IntOp::Mul, dst: VReg(2), a: VReg(1), b: Operand::Reg(VReg(1)) };
    let kept = Inst::Store { src: VReg(4), address: VReg(0), offset: 0 };
    stays(search(square(), vec![rest(Quotient::Any), kept, is_zero()]));
    // The remainder is the next dividend.
    let next = Inst::Copy(VReg(0), VReg(4));
    stays(search(square(), vec![rest(Quotient::Any), next, is_zero()]));
}

#[track_caller]
fn stays(mut func: Func) {
    let before = crate::ir::text::func(&func);
    super::take_off(&mut func);
    assert_eq!(crate::ir::text::func(&func), before);
}
