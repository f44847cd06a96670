//! Lists that are handed on from round to round.

use crate::ir::{BlockId, Cmp, Func, Inst, IntOp, Operand, Term, VReg};
use crate::passes::tests::{check, func};
use crate::types::Reg;
use afar_runtime::abi::Rt;
use expect_test::expect;

const LIST: VReg = VReg(1);
const MADE: VReg = VReg(2);

/// `while n > 0: n, xs = n - 1, [.., .., ..]`, where the list that is made moves on so.
fn looped(moves: Vec<Inst>) -> Func {
    let (n, more) = (VReg(0), VReg(3));
    let begin = Inst::Rt {
        rt: Rt::list_begin,
        args: vec![Operand::Imm(-1), Operand::Imm(3)],
        out: Some(MADE),
        loc: 0,
    };
    let next = Inst::IntOp { op: IntOp::Sub, dst: n, a: n, b: Operand::Imm(1) };
    let mut round = vec![next, begin];
    round.extend(moves);
    let mut made = func(
        &[Reg::Int, Reg::Slot, Reg::Slot, Reg::Bool],
        1,
        vec![
            (vec![], Term::Jump(BlockId(1))),
            (
                vec![Inst::IntCmp { cmp: Cmp::Gt, dst: more, a: n, b: Operand::Imm(0) }],
                Term::Branch { cond: more, then: BlockId(2), orelse: BlockId(3) },
            ),
            (round, Term::Jump(BlockId(1))),
            (vec![], Term::Return(vec![LIST])),
        ],
    );
    made.results = vec![Reg::Slot];
    super::recycle(&mut made);
    made
}

#[test]
fn the_list_of_the_round_before_is_written_over() {
    let found = looped(vec![Inst::Move(LIST, MADE), Inst::Clear(MADE)]);
    check(
        &found,
        &expect![[r#"
            func f(i0) -> (slot) {
            block0:
                jump block1
            block1:
                b3 = Gt i0, 0
                branch b3, block2, block3
            block2:
                i0 = Sub i0, 1
                b6 = tag s2 == 13
                branch b6, block5, block6
            block3:
                return s1
            block4:
                s1 = move s2, recycle 3 items
                jump block1
            block5:
                i4 = unbox s2
                i5 = load i4 + 16
                b7 = Eq i5, 3
                branch b7, block4, block6
            block6:
                s2 = list_begin(-1, 3)
                jump block4
            }
        "#]],
    );
}

#[test]
fn a_list_that_is_read_elsewhere_is_not_handed_on() {
    let found = looped(vec![Inst::Clone(LIST, Operand::Reg(MADE)), Inst::Clear(MADE)]);
    check(
        &found,
        &expect![[r#"
            func f(i0) -> (slot) {
            block0:
                jump block1
            block1:
                b3 = Gt i0, 0
                branch b3, block2, block3
            block2:
                i0 = Sub i0, 1
                s2 = list_begin(-1, 3)
                s1 = clone s2
                clear s2
                jump block1
            block3:
                return s1
            }
        "#]],
    );
}
