//! Functions in, functions out, as text.

use crate::ir::text;
use crate::ir::{
    Block, BlockId, CheckedOp, Cmp, Func, Inst, IntOp, Lasts, Operand, Quotient, SpecId, Term, VReg,
};
use crate::types::Reg;
use expect_test::{Expect, expect};
use std::sync::Arc;

/// A function of these registers, the first of which are its parameters, and blocks.
pub(super) fn func(regs: &[Reg], n_params: u32, blocks: Vec<(Vec<Inst>, Term)>) -> Func {
    let mut func = Func::new("f");
    func.regs = regs.to_vec();
    func.params = (0..n_params).map(VReg).collect();
    func.results = vec![Reg::Int];
    let block = |(insts, term)| Block { insts, term, handler: None, is_cold: false };
    func.blocks = blocks.into_iter().map(block).collect();
    func
}

#[track_caller]
pub(super) fn check(func: &Func, expected: &Expect) {
    crate::ir::verify::verify(func).unwrap_or_else(|e| unreachable!("{e}"));
    expected.assert_eq(&text::func(func));
}

const I: Reg = Reg::Int;
const B: Reg = Reg::Bool;

#[test]
fn what_is_only_boxed_is_left_out() {
    let mut f = func(
        &[I, Reg::Slot, Reg::Slot, I],
        1,
        vec![
            (
                vec![Inst::Box(VReg(2), VReg(0)), Inst::Move(VReg(1), VReg(2)), Inst::Clear(VReg(2))],
                Term::Jump(BlockId(1)),
            ),
            (vec![Inst::Int(VReg(3), 7)], Term::Return(vec![VReg(0)])),
        ],
    );
    super::tidy(&mut f);
    check(
        &f,
        &expect![[r#"
        func f(i0) -> (int) {
        block0:
            return i0
        }
    "#]],
    );
}

#[test]
fn a_branch_on_what_is_known_is_a_jump() {
    let mut f = func(
        &[I, B, B],
        1,
        vec![
            (
                vec![Inst::IntCmp { cmp: Cmp::Lt, dst: VReg(1), a: VReg(0), b: Operand::Imm(5) }],
                Term::Branch { cond: VReg(1), then: BlockId(1), orelse: BlockId(2) },
            ),
            (
                vec![Inst::IntCmp { cmp: Cmp::Gt, dst: VReg(2), a: VReg(0), b: Operand::Imm(1) }],
                Term::Jump(BlockId(3)),
            ),
            (vec![Inst::Copy(VReg(2), VReg(1))], Term::Jump(BlockId(3))),
            (vec![], Term::Branch { cond: VReg(2), then: BlockId(4), orelse: BlockId(5) }),
            (vec![Inst::Int(VReg(0), 1)], Term::Return(vec![VReg(0)])),
            (vec![Inst::Int(VReg(0), 0)], Term::Return(vec![VReg(0)])),
        ],
    );
    super::tidy(&mut f);
    check(
        &f,
        &expect![[r#"
        func f(i0) -> (int) {
        block0:
            b1 = Lt i0, 5
            branch b1, block1, block2
        block1:
            b2 = Gt i0, 1
            branch b2, block3, block4
        block2:
            b2 = b1
            jump block4
        block3:
            i0 = 1
            return i0
        block4:
            i0 = 0
            return i0
        }
    "#]],
    );
}

/// `x = 2; while x * x <= p: (p % x, x = x + 1)`, for a `p` of at most so much.
fn divisors(most: i64) -> Func {
    func(
        &[I, I, I, B, I, I],
        1,
        vec![
            (
                vec![Inst::Known { reg: VReg(0), lo: 0, hi: most }, Inst::Int(VReg(1), 2)],
                Term::Jump(BlockId(1)),
            ),
            (
                vec![
                    Inst::Checked { op: CheckedOp::Mul, dst: VReg(2), a: VReg(1), b: VReg(1), site: 1 },
                    Inst::IntCmp { cmp: Cmp::Le, dst: VReg(3), a: VReg(2), b: Operand::Reg(VReg(0)) },
                ],
                Term::Branch { cond: VReg(3), then: BlockId(2), orelse: BlockId(3) },
            ),
            (
                vec![
                    Inst::Divide {
                        is_mod: true,
                        by: Quotient::Any,
                        dst: VReg(4),
                        a: VReg(0),
                        b: VReg(1),
                        site: 2,
                        loc: 0,
                    },
                    Inst::Store { src: VReg(4), address: VReg(0), offset: 0 },
                    Inst::Int(VReg(5), 1),
                    Inst::Checked { op: CheckedOp::Add, dst: VReg(1), a: VReg(1), b: VReg(5), site: 3 },
                ],
                Term::Jump(BlockId(1)),
            ),
            (vec![], Term::Return(vec![VReg(1)])),
        ],
    )
}

#[test]
fn checks_that_cannot_fire_are_left_out() {
    let mut f = divisors(10_000_000);
    super::narrow(&mut f);
    check(
        &f,
        &expect![[r#"
            func f(i0) -> (int) {
            block0:
                i1 = 2
                jump block1
            block1:
                i2 = Mul i1, i1
                b3 = Le i2, i0
                branch b3, block2, block3
            block2:
                i4 = mod Small i0, i1 @2
                store i0 + 0, i4
                i1 = Add i1, 1
                jump block1
            block3:
                return i1
            }
        "#]],
    );
}

#[test]
fn checks_that_can_fire_stay() {
    let mut f = divisors(i64::MAX);
    super::narrow(&mut f);
    check(
        &f,
        &expect![[r#"
            func f(i0) -> (int) {
            block0:
                i1 = 2
                jump block1
            block1:
                i2 = checked Mul i1, i1 @1
                b3 = Le i2, i0
                branch b3, block2, block3
            block2:
                i4 = mod Natural i0, i1 @2
                store i0 + 0, i4
                i1 = Add i1, 1
                jump block1
            block3:
                return i1
            }
        "#]],
    );
}

#[test]
fn a_small_function_is_written_out() {
    let callee = Arc::new(func(
        &[I, I],
        1,
        vec![(
            vec![Inst::IntOp { op: IntOp::Add, dst: VReg(1), a: VReg(0), b: Operand::Imm(1) }],
            Term::Return(vec![VReg(1)]),
        )],
    ));
    let call = Inst::Call { spec: SpecId(0), args: vec![Operand::Reg(VReg(0))], outs: vec![VReg(1)], loc: 9 };
    let mut f = func(&[I, I], 1, vec![(vec![call], Term::Return(vec![VReg(1)]))]);
    super::inline(&mut f, &mut |_| Some(callee.clone()));
    super::tidy(&mut f);
    check(
        &f,
        &expect![[r#"
            func f(i0) -> (int) {
            block0:
                i3 = Add i0, 1
                return i3
            }
        "#]],
    );
}

/// `n = start; while n < stop: (total = total + n, n = n + 1)`, with a poll.
fn counting(start: i64, stop: Operand) -> Func {
    func(
        &[I, I, B, I],
        1,
        vec![
            (vec![Inst::Int(VReg(1), start), Inst::Int(VReg(3), 0)], Term::Jump(BlockId(1))),
            (
                vec![Inst::Poll { loc: 0 }, Inst::IntCmp { cmp: Cmp::Lt, dst: VReg(2), a: VReg(1), b: stop }],
                Term::Branch { cond: VReg(2), then: BlockId(2), orelse: BlockId(3) },
            ),
            (
                vec![
                    Inst::IntOp { op: IntOp::Xor, dst: VReg(3), a: VReg(3), b: Operand::Reg(VReg(1)) },
                    Inst::IntOp { op: IntOp::Add, dst: VReg(1), a: VReg(1), b: Operand::Imm(1) },
                ],
                Term::Jump(BlockId(1)),
            ),
            (vec![], Term::Return(vec![VReg(3)])),
        ],
    )
}

#[test]
fn a_loop_of_few_rounds_is_written_out() {
    let mut f = counting(5, Operand::Imm(7));
    super::improve(&mut f);
    check(
        &f,
        &expect![[r#"
        func f(i0) -> (int) {
        block0:
            i1 = 5
            i3 = 0
            i3 = Xor i3, 5
            i1 = Add i1, 1
            i3 = Xor i3, i1
            i1 = Add i1, 1
            return i3
        }
    "#]],
    );
}

#[test]
fn a_loop_of_some_rounds_has_no_poll() {
    let mut f = counting(5, Operand::Imm(1000));
    super::improve(&mut f);
    check(
        &f,
        &expect![[r#"
        func f(i0) -> (int) {
        block0:
            i1 = 5
            i3 = 0
            jump block1
        block1:
            b2 = Lt i1, 1000
            branch b2, block4, block3
        block2:
            i3 = Xor i3, i1
            i1 = Add i1, 1
            jump block1
        block3:
            return i3
        block4:
            i4 = 1000
            i4 = Sub i4, i1
            i5 = 3
            b6 = below i5, i4
            branch b6, block5, block2
        block5:
            i3 = Xor i3, i1
            i1 = Add i1, 1
            i3 = Xor i3, i1
            i1 = Add i1, 1
            i3 = Xor i3, i1
            i1 = Add i1, 1
            i3 = Xor i3, i1
            i1 = Add i1, 1
            jump block1
        }
    "#]],
    );
}

#[test]
fn a_loop_of_who_knows_how_many_rounds_polls() {
    let mut f = counting(5, Operand::Reg(VReg(0)));
    super::improve(&mut f);
    check(
        &f,
        &expect![[r#"
            func f(i0) -> (int) {
            block0:
                i1 = 5
                i3 = 0
                jump block1
            block1:
                b2 = Lt i1, i0
                branch b2, block4, block3
            block2:
                i3 = Xor i3, i1
                i1 = Add i1, 1
                jump block6
            block3:
                return i3
            block4:
                i4 = i0
                i4 = Sub i0, i1
                i5 = 3
                b6 = below i5, i4
                branch b6, block5, block2
            block5:
                i3 = Xor i3, i1
                i1 = Add i1, 1
                i3 = Xor i3, i1
                i1 = Add i1, 1
                i3 = Xor i3, i1
                i1 = Add i1, 1
                i3 = Xor i3, i1
                i1 = Add i1, 1
                jump block6
            block6:
                poll
                jump block1
            }
        "#]],
    );
}

/// `for i in range(n): total = total + xs[k]`, with a list at the address in the second register.
fn looking_up(lasts: Lasts) -> Func {
    let load = |dst, address, offset| Inst::Load { dst: VReg(dst), address: VReg(address), offset, lasts };
    func(
        &[I, I, I, I, B, I, I, I, B, I, I],
        3,
        vec![
            (vec![Inst::Int(VReg(3), 0), Inst::Int(VReg(10), 0)], Term::Jump(BlockId(1))),
            (
                vec![Inst::IntCmp { cmp: Cmp::Lt, dst: VReg(4), a: VReg(3), b: Operand::Reg(VReg(0)) }],
                Term::Branch { cond: VReg(4), then: BlockId(2), orelse: BlockId(3) },
            ),
            (
                vec![
                    Inst::IntOp { op: IntOp::Add, dst: VReg(3), a: VReg(3), b: Operand::Imm(1) },
                    load(5, 1, 8),
                    load(6, 5, 16),
                    load(7, 5, 8),
                    Inst::Below { dst: VReg(8), a: VReg(2), b: VReg(6) },
                ],
                Term::Branch { cond: VReg(8), then: BlockId(4), orelse: BlockId(5) },
            ),
            (vec![], Term::Return(vec![VReg(10)])),
            (
                vec![
                    load(9, 7, 0),
                    Inst::IntOp { op: IntOp::Xor, dst: VReg(10), a: VReg(10), b: Operand::Reg(VReg(9)) },
                ],
                Term::Jump(BlockId(1)),
            ),
            (vec![], Term::Fail { loc: 0, trace: true }),
        ],
    )
}

#[test]
fn what_does_not_change_leaves_the_loop_with_its_check() {
    let mut f = looking_up(Lasts::Value);
    super::improve(&mut f);
    check(
        &f,
        &expect![[r#"
        func f(i0, i1, i2) -> (int) {
        block0:
            i3 = 0
            i10 = 0
            b4 = Lt i3, i0
            branch b4, block4, block2
        block1:
            i3 = Add i3, 1
            i10 = Xor i10, i9
            b4 = Lt i3, i0
            branch b4, block1, block2
        block2:
            return i10
        block3:
            fail
        block4:
            i5 = load i1 + 8
            i6 = load i5 + 16
            i7 = load i5 + 8
            b8 = below i2, i6
            branch b8, block6, block5
        block5:
            i3 = Add i3, 1
            i5 = load i1 + 8
            i6 = load i5 + 16
            i7 = load i5 + 8
            b8 = below i2, i6
            jump block3
        block6:
            i9 = load i7 + 0
            jump block1
        }
    "#]],
    );
}

#[test]
fn what_may_change_stays() {
    let mut f = looking_up(Lasts::No);
    super::improve(&mut f);
    check(
        &f,
        &expect![[r#"
        func f(i0, i1, i2) -> (int) {
        block0:
            i3 = 0
            i10 = 0
            jump block1
        block1:
            b4 = Lt i3, i0
            branch b4, block2, block3
        block2:
            i3 = Add i3, 1
            i5 = load i1 + 8
            i6 = load i5 + 16
            i7 = load i5 + 8
            b8 = below i2, i6
            branch b8, block4, block5
        block3:
            return i10
        block4:
            i9 = load i7 + 0
            i10 = Xor i10, i9
            jump block1
        block5:
            fail
        }
    "#]],
    );
}

#[test]
fn rounds_with_a_loop_in_them_go_side_by_side() {
    use crate::ir::{FloatOp, FloatUnary};
    let f = Reg::Float;
    // i0 counts to i1; i2 counts the rounds of the inner loop, which ends at i3; f4 grows; f7 gathers what rounds give.
    let mut looped = func(
        &[I, I, I, I, f, B, B, f, f, f, B],
        2,
        vec![
            (vec![Inst::Int(VReg(3), 100), Inst::Float(VReg(7), 0.0)], Term::Jump(BlockId(1))),
            (
                vec![Inst::IntCmp { cmp: Cmp::Lt, dst: VReg(5), a: VReg(0), b: Operand::Reg(VReg(1)) }],
                Term::Branch { cond: VReg(5), then: BlockId(2), orelse: BlockId(6) },
            ),
            (
                vec![
                    Inst::IntToFloat(VReg(4), VReg(0)),
                    Inst::IntOp { op: IntOp::Add, dst: VReg(0), a: VReg(0), b: Operand::Imm(1) },
                    Inst::Int(VReg(2), 0),
                ],
                Term::Jump(BlockId(3)),
            ),
            (
                vec![Inst::IntCmp { cmp: Cmp::Lt, dst: VReg(6), a: VReg(2), b: Operand::Reg(VReg(3)) }],
                Term::Branch { cond: VReg(6), then: BlockId(4), orelse: BlockId(5) },
            ),
            (
                vec![
                    Inst::FloatOp { op: FloatOp::Mul, dst: VReg(4), a: VReg(4), b: VReg(4) },
                    Inst::FloatUnary { op: FloatUnary::Sqrt, dst: VReg(4), a: VReg(4) },
                    Inst::IntOp { op: IntOp::Add, dst: VReg(2), a: VReg(2), b: Operand::Imm(1) },
                    Inst::Float(VReg(9), 4.0),
                    Inst::FloatCmp { cmp: Cmp::Le, dst: VReg(10), a: VReg(4), b: VReg(9) },
                ],
                Term::Branch { cond: VReg(10), then: BlockId(3), orelse: BlockId(5) },
            ),
            (
                vec![Inst::FloatOp { op: FloatOp::Add, dst: VReg(7), a: VReg(7), b: VReg(4) }],
                Term::Jump(BlockId(1)),
            ),
            (vec![], Term::Return(vec![VReg(7)])),
        ],
    );
    looped.results = vec![f];
    super::lanes::side_by_side(&mut looped);
    super::tidy(&mut looped);
    check(
        &looped,
        &expect![[r#"
            func f(i0, i1) -> (float) {
            block0:
                i3 = 100
                f7 = 0.0
                jump block1
            block1:
                b5 = Lt i0, i1
                branch b5, block10, block6
            block2:
                f4 = float i0
                i0 = Add i0, 1
                i2 = 0
                jump block3
            block3:
                b6 = Lt i2, i3
                branch b6, block4, block5
            block4:
                f4 = Mul f4, f4
                f4 = Sqrt f4
                i2 = Add i2, 1
                f9 = 4.0
                b10 = Le f4, f9
                branch b10, block3, block5
            block5:
                f7 = Add f7, f4
                jump block1
            block6:
                return f7
            block7:
                i0 = i13
                f4 = f17
                f7 = Add f7, f17
                i0 = i14
                f4 = f18
                f7 = Add f7, f18
                i0 = i15
                f4 = f19
                f7 = Add f7, f19
                i0 = i16
                f4 = f20
                jump block5
            block8:
                i12 = Sub i12, 1
                b35 = Ge i12, 0
                branch b35, block12, block2
            block9:
                p25 = Mul p25, p25
                p26 = Mul p26, p26
                p25 = Sqrt p25
                p26 = Sqrt p26
                i34 = Add i34, 1
                f48 = 4.0
                p50 = splat f48
                i51 = both Le p25, p50
                p52 = splat f48
                i53 = both Le p26, p52
                i54 = Shl i53, 2
                i55 = Or i51, i54
                i56 = And i55, i11
                b57 = Eq i56, i11
                branch b57, block8, block22
            block10:
                i21 = i1
                i21 = Sub i1, i0
                i22 = 3
                b23 = below i22, i21
                branch b23, block11, block2
            block11:
                i24 = i0
                i11 = 15
                i12 = 1048576
                f27 = float i0
                i29 = Add i0, 1
                f28 = float i29
                p25 = pack f27, f28
                i31 = Add i0, 2
                f30 = float i31
                i33 = Add i0, 3
                f32 = float i33
                p26 = pack f30, f32
                i24 = Add i0, 1
                i34 = 0
                jump block8
            block12:
                b36 = Lt i34, i3
                branch b36, block9, block13
            block13:
                i37 = And i11, 1
                b38 = Ne i37, 0
                branch b38, block14, block15
            block14:
                i13 = i24
                f17 = first of p25
                jump block15
            block15:
                i39 = And i11, 2
                b40 = Ne i39, 0
                branch b40, block16, block17
            block16:
                i41 = Add i24, 1
                i14 = i41
                f18 = second of p25
                jump block17
            block17:
                i42 = And i11, 4
                b43 = Ne i42, 0
                branch b43, block18, block19
            block18:
                i44 = Add i24, 2
                i15 = i44
                f19 = first of p26
                jump block19
            block19:
                i45 = And i11, 8
                b46 = Ne i45, 0
                branch b46, block20, block21
            block20:
                i47 = Add i24, 3
                i16 = i47
                f20 = second of p26
                jump block21
            block21:
                jump block7
            block22:
                i58 = Xor i56, i11
                i59 = And i58, 1
                b60 = Ne i59, 0
                branch b60, block23, block24
            block23:
                i13 = i24
                f17 = first of p25
                jump block24
            block24:
                i61 = And i58, 2
                b62 = Ne i61, 0
                branch b62, block25, block26
            block25:
                i63 = Add i24, 1
                i14 = i63
                f18 = second of p25
                jump block26
            block26:
                i64 = And i58, 4
                b65 = Ne i64, 0
                branch b65, block27, block28
            block27:
                i66 = Add i24, 2
                i15 = i66
                f19 = first of p26
                jump block28
            block28:
                i67 = And i58, 8
                b68 = Ne i67, 0
                branch b68, block29, block30
            block29:
                i69 = Add i24, 3
                i16 = i69
                f20 = second of p26
                jump block30
            block30:
                i11 = i56
                b70 = Ne i56, 0
                branch b70, block8, block7
            }
        "#]],
    );
}

#[test]
fn divisions_that_are_alike_are_made_two_at_a_time() {
    use crate::ir::{FloatOp, FloatUnary};
    let f = Reg::Float;
    // i0 counts down to zero; f2 and f3 are divided by the roots of squares, and f1 gathers it.
    let op = |op, dst, a, b| Inst::FloatOp { op, dst: VReg(dst), a: VReg(a), b: VReg(b) };
    let root = |dst, a| Inst::FloatUnary { op: FloatUnary::Sqrt, dst: VReg(dst), a: VReg(a) };
    let mut looped = func(
        &[I, f, f, f, B, f, f, f, f, f, f, f, f],
        4,
        vec![
            (vec![], Term::Jump(BlockId(1))),
            (
                vec![Inst::IntCmp { cmp: Cmp::Gt, dst: VReg(4), a: VReg(0), b: Operand::Imm(0) }],
                Term::Branch { cond: VReg(4), then: BlockId(2), orelse: BlockId(3) },
            ),
            (
                vec![
                    op(FloatOp::Mul, 5, 2, 2),
                    root(6, 5),
                    op(FloatOp::Div, 7, 1, 6),
                    op(FloatOp::Add, 1, 1, 2),
                    op(FloatOp::Mul, 8, 3, 3),
                    root(9, 8),
                    op(FloatOp::Div, 10, 2, 9),
                    op(FloatOp::Sub, 11, 7, 10),
                    op(FloatOp::Add, 1, 1, 11),
                    Inst::IntOp { op: IntOp::Sub, dst: VReg(0), a: VReg(0), b: Operand::Imm(1) },
                ],
                Term::Jump(BlockId(1)),
            ),
            (vec![], Term::Return(vec![VReg(1)])),
        ],
    );
    looped.results = vec![f];
    super::straight::straighten(&mut looped);
    super::tidy(&mut looped);
    check(
        &looped,
        &expect![[r#"
        func f(i0, f1, f2, f3) -> (float) {
        block0:
            jump block1
        block1:
            b4 = Gt i0, 0
            branch b4, block2, block3
        block2:
            p16 = pack f1, f2
            p17 = pack f2, f3
            p18 = Mul p17, p17
            p19 = Sqrt p18
            p20 = Div p16, p19
            f7 = first of p20
            f13 = Add f1, f2
            f10 = second of p20
            f11 = Sub f7, f10
            f14 = Add f13, f11
            i15 = Sub i0, 1
            i0 = i15
            f1 = f14
            jump block1
        block3:
            return f1
        }
    "#]],
    );
}
