//! Where loops poll.

use crate::ir::{BlockId, Cmp, Inst, IntOp, Operand, Term, VReg};
use crate::passes::tests::{check, func};
use crate::types::Reg;
use expect_test::expect;

#[test]
fn a_loop_polls_on_its_way_back() {
    let (counter, more) = (VReg(0), VReg(1));
    let odd = VReg(2);
    let step = |by| Inst::IntOp { op: IntOp::Sub, dst: counter, a: counter, b: Operand::Imm(by) };
    let test = Inst::IntCmp { cmp: Cmp::Gt, dst: more, a: counter, b: Operand::Imm(0) };
    let is_odd = Inst::IntCmp { cmp: Cmp::Eq, dst: odd, a: counter, b: Operand::Imm(7) };
    let mut found = func(
        &[Reg::Int, Reg::Bool, Reg::Bool],
        1,
        vec![
            (vec![], Term::Jump(BlockId(1))),
            (
                vec![Inst::Poll { loc: 0 }, test],
                Term::Branch { cond: more, then: BlockId(2), orelse: BlockId(4) },
            ),
            (vec![step(1), is_odd], Term::Branch { cond: odd, then: BlockId(3), orelse: BlockId(1) }),
            (vec![step(2)], Term::Jump(BlockId(1))),
            (vec![], Term::Return(vec![counter])),
        ],
    );
    super::move_back(&mut found);
    super::super::tidy(&mut found);
    check(
        &found,
        &expect![[r#"
            func f(i0) -> (int) {
            block0:
                jump block1
            block1:
                b1 = Gt i0, 0
                branch b1, block2, block4
            block2:
                i0 = Sub i0, 1
                b2 = Eq i0, 7
                branch b2, block3, block5
            block3:
                i0 = Sub i0, 2
                jump block5
            block4:
                return i0
            block5:
                poll
                jump block1
            }
        "#]],
    );
}
