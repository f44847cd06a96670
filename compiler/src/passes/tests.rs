//! Functions in, functions out, as text.

use crate::ir::text;
use crate::ir::{Block, BlockId, CheckedOp, Cmp, Func, Inst, IntOp, Operand, Quotient, SpecId, Term, VReg};
use crate::types::Reg;
use expect_test::{Expect, expect};
use std::sync::Arc;

/// A function of these registers, the first of which are its parameters, and blocks.
fn func(regs: &[Reg], n_params: u32, blocks: Vec<(Vec<Inst>, Term)>) -> Func {
    let mut func = Func::new("f");
    func.regs = regs.to_vec();
    func.params = (0..n_params).map(VReg).collect();
    func.results = vec![Reg::Int];
    let block = |(insts, term)| Block { insts, term, handler: None, is_cold: false };
    func.blocks = blocks.into_iter().map(block).collect();
    func
}

#[track_caller]
fn check(func: &Func, expected: &Expect) {
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
            i5 = 1
            i1 = Add i1, i5
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
            i5 = 1
            i1 = Add i1, i5
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
                i2 = i0
                i3 = Add i2, 1
                i1 = i3
                return i1
            }
        "#]],
    );
}
