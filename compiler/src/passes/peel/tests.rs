//! Base cases before calls, and two bodies for one function.

use super::{head, peel, unless_plenty};
use crate::ir::{BlockId, CheckedOp, Cmp, Func, Inst, IntOp, Operand, SpecId, Term, VReg};
use crate::passes::tests::{check, func};
use crate::types::Reg;
use expect_test::expect;
use std::sync::Arc;

const I: Reg = Reg::Int;

/// `fact(n) = 1 if n < 2 else n * fact(n - 1)`, which is specialisation 0.
fn fact() -> Func {
    let [n, is_base, result, less, more] = [0, 1, 2, 3, 4].map(VReg);
    let call = Inst::Call { spec: SpecId(0), args: vec![Operand::Reg(less)], outs: vec![more], loc: 9 };
    let multiply = Inst::Checked { op: CheckedOp::Mul, dst: result, a: n, b: more, site: 1 };
    func(
        &[I, Reg::Bool, I, I, I],
        1,
        vec![
            (
                vec![Inst::IntCmp { cmp: Cmp::Lt, dst: is_base, a: n, b: Operand::Imm(2) }],
                Term::Branch { cond: is_base, then: BlockId(1), orelse: BlockId(2) },
            ),
            (vec![Inst::Int(result, 1)], Term::Jump(BlockId(3))),
            (
                vec![Inst::IntOp { op: IntOp::Sub, dst: less, a: n, b: Operand::Imm(1) }, call, multiply],
                Term::Jump(BlockId(3)),
            ),
            (vec![], Term::Return(vec![result])),
        ],
    )
}

#[test]
fn the_base_case_is_looked_at_before_the_call() {
    let mut f = fact();
    let head = head(&f).map(Arc::new);
    peel(&mut f, &mut |_| head.clone());
    crate::passes::tidy(&mut f);
    check(
        &f,
        &expect![[r#"
            func f(i0) -> (int) {
            block0:
                b1 = Lt i0, 2
                branch b1, block1, block2
            block1:
                i2 = 1
                jump block3
            block2:
                i3 = Sub i0, 1
                b6 = Lt i3, 2
                branch b6, block4, block5
            block3:
                return i2
            block4:
                i4 = 1
                jump block6
            block5:
                i4 = call spec0(i3)
                jump block6
            block6:
                i2 = checked Mul i0, i4 @1
                jump block3
            }
        "#]],
    );
}

#[test]
fn a_function_that_does_more_than_look_has_no_head() {
    let mut checked = fact();
    let fault = Inst::Checked { op: CheckedOp::Add, dst: VReg(2), a: VReg(0), b: VReg(0), site: 2 };
    checked.blocks[1].insts.push(fault);
    let mut swapped = fact();
    swapped.blocks[1].term = Term::Jump(BlockId(0));
    assert!(head(&checked).is_none() && head(&swapped).is_none());
}

#[test]
fn where_there_is_plenty_the_other_body_runs() {
    let mut f = fact();
    let alone = func(&[I], 1, vec![(vec![], Term::Return(vec![VReg(0)]))]);
    unless_plenty(&mut f, &alone);
    crate::passes::tidy(&mut f);
    check(
        &f,
        &expect![[r#"
        func f(i0) -> (int) {
        block0:
            i5 = i0
            b6 = plenty
            branch b6, block5, block4
        block1:
            i2 = 1
            jump block3
        block2:
            i3 = Sub i0, 1
            i4 = call spec0(i3)
            i2 = checked Mul i0, i4 @1
            jump block3
        block3:
            return i2
        block4:
            b1 = Lt i0, 2
            branch b1, block1, block2
        block5:
            return i5
        }
    "#]],
    );
}
