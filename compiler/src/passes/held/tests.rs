//! What slots can hold.

use crate::ir::{BlockId, Func, Inst, Operand, Term, VReg};
use crate::passes::tests::{check, func};
use crate::types::{ConstId, Reg};
use afar_runtime::abi::Rt;
use expect_test::expect;

const COND: VReg = VReg(0);
const NUMBER: VReg = VReg(1);
const A: VReg = VReg(2);
const B: VReg = VReg(3);

fn emptied(blocks: Vec<(Vec<Inst>, Term)>) -> Func {
    let mut func = func(&[Reg::Bool, Reg::Int, Reg::Slot, Reg::Slot], 2, blocks);
    super::leave_empty(&mut func);
    func
}

fn any(slot: VReg) -> Inst {
    Inst::Clone(slot, Operand::Const(ConstId(1)))
}

#[test]
fn what_is_empty_is_not_emptied_again() {
    let insts = vec![
        Inst::Clear(A),
        any(A),
        Inst::Move(B, A),
        Inst::Clear(A),
        Inst::Clear(B),
        Inst::ClearRun(A, 2),
        Inst::Box(A, NUMBER),
        Inst::ClearRun(A, 2),
    ];
    check(
        &emptied(vec![(insts, Term::Return(vec![NUMBER]))]),
        &expect![[r#"
        func f(b0, i1) -> (int) {
        block0:
            s2 = clone const1
            s3 = move s2
            clear s3
            s2 = box i1
            clear s2 x 2
            return i1
        }
    "#]],
    );
}

#[test]
fn what_one_way_fills_is_emptied_where_they_meet() {
    let fork = Term::Branch { cond: COND, then: BlockId(1), orelse: BlockId(2) };
    let meet = || Term::Jump(BlockId(3));
    let blocks = vec![
        (vec![], fork),
        (vec![any(A), any(B), Inst::Clear(B)], meet()),
        (vec![], meet()),
        (vec![Inst::Clear(A), Inst::Clear(B)], Term::Return(vec![NUMBER])),
    ];
    check(
        &emptied(blocks),
        &expect![[r#"
        func f(b0, i1) -> (int) {
        block0:
            branch b0, block1, block2
        block1:
            s2 = clone const1
            s3 = clone const1
            clear s3
            jump block3
        block2:
            jump block3
        block3:
            clear s2
            return i1
        }
    "#]],
    );
}

#[test]
fn what_a_round_fills_is_emptied_in_the_next() {
    let blocks = vec![
        (vec![], Term::Jump(BlockId(1))),
        (vec![Inst::Clear(A), any(A)], Term::Branch { cond: COND, then: BlockId(1), orelse: BlockId(2) }),
        (vec![], Term::Return(vec![NUMBER])),
    ];
    check(
        &emptied(blocks),
        &expect![[r#"
        func f(b0, i1) -> (int) {
        block0:
            jump block1
        block1:
            clear s2
            s2 = clone const1
            branch b0, block1, block2
        block2:
            return i1
        }
    "#]],
    );
}

#[test]
fn calls_may_fill_what_they_are_given_or_whose_address_is_known() {
    let args = vec![Operand::Reg(A), Operand::Reg(A), Operand::Imm(2), Operand::Imm(-1)];
    let unpack = Inst::Rt { rt: Rt::unpack, args, out: None, loc: 0 };
    let given = vec![unpack, Inst::Clear(A), Inst::Clear(B), Inst::Clear(A)];
    check(
        &emptied(vec![(given, Term::Return(vec![NUMBER]))]),
        &expect![[r#"
        func f(b0, i1) -> (int) {
        block0:
            unpack(s2, s2, 2, -1)
            clear s2
            clear s3
            return i1
        }
    "#]],
    );
    let known = vec![Inst::Address(NUMBER, Operand::Reg(A)), Inst::Clear(A), Inst::Clear(B)];
    check(
        &emptied(vec![(known, Term::Return(vec![NUMBER]))]),
        &expect![[r#"
        func f(b0, i1) -> (int) {
        block0:
            i1 = address s2
            clear s2
            return i1
        }
    "#]],
    );
}

#[test]
fn a_handler_finds_what_a_block_has_filled() {
    let mut func = func(
        &[Reg::Bool, Reg::Int, Reg::Slot, Reg::Slot],
        2,
        vec![
            (vec![any(A), Inst::Poll { loc: 0 }, Inst::Clear(A)], Term::Return(vec![NUMBER])),
            (vec![Inst::Clear(A), Inst::Clear(B)], Term::Return(vec![NUMBER])),
        ],
    );
    func.blocks[0].handler = Some(BlockId(1));
    super::leave_empty(&mut func);
    check(
        &func,
        &expect![[r#"
        func f(b0, i1) -> (int) {
        block0: handler block1
            s2 = clone const1
            poll
            clear s2
            return i1
        block1:
            clear s2
            return i1
        }
    "#]],
    );
}
