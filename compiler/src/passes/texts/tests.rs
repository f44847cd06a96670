//! Texts of numbers that are written where they are added.

use crate::ir::{BlockId, Func, Inst, Operand, Term, VReg};
use crate::passes::tests::{check, func};
use crate::types::{ConstId, Reg};
use afar_runtime::abi::Rt;
use expect_test::expect;

const ACC: VReg = VReg(0);
const INT: VReg = VReg(1);
const FLOAT: VReg = VReg(2);
const FIRST: VReg = VReg(3);
const SECOND: VReg = VReg(4);
const MADE: VReg = VReg(5);
const MOVED: VReg = VReg(6);

fn rt(rt: Rt, args: Vec<Operand>, out: Option<VReg>) -> Inst {
    Inst::Rt { rt, args, out, loc: 7 }
}

/// `f"{i}{x}"`, to which this is done before it is added, in the next block.
fn added(between: Vec<Inst>) -> Func {
    let template = Operand::Const(ConstId(9));
    let fill = rt(Rt::fill_text, vec![template, Operand::Reg(FIRST), Operand::Imm(2)], Some(MADE));
    let mut made = vec![
        Inst::ClearRun(FIRST, 2),
        Inst::Box(FIRST, INT),
        Inst::Box(SECOND, FLOAT),
        fill,
        Inst::Move(MOVED, MADE),
    ];
    made.push(Inst::ClearRun(FIRST, 2));
    made.extend(between);
    let add = vec![rt(Rt::acc_text, vec![Operand::Reg(ACC), Operand::Reg(MOVED)], None), Inst::Clear(MOVED)];
    let kinds = [Reg::Int, Reg::Int, Reg::Float, Reg::Slot, Reg::Slot, Reg::Slot, Reg::Slot];
    let mut func = func(&kinds, 3, vec![(made, Term::Jump(BlockId(1))), (add, Term::Return(vec![INT]))]);
    super::write_in_place(&mut func);
    func
}

#[test]
fn numbers_are_written_where_their_text_is_added() {
    check(
        &added(vec![]),
        &expect![[r#"
        func f(i0, i1, f2) -> (int) {
        block0:
            jump block1
        block1:
            acc_fill_int(i0, const9, 0, i1)
            acc_fill_float(i0, const9, 1, f2)
            return i1
        }
    "#]],
    );
}

#[test]
fn a_number_that_changes_before_is_boxed_as_it_was() {
    check(
        &added(vec![Inst::Int(INT, 3)]),
        &expect![[r#"
        func f(i0, i1, f2) -> (int) {
        block0:
            clear s3 x 2
            s3 = box i1
            s4 = box f2
            s5 = fill_text(const9, s3, 2)
            s6 = move s5
            clear s3 x 2
            i1 = 3
            jump block1
        block1:
            acc_text(i0, s6)
            clear s6
            return i1
        }
    "#]],
    );
}

#[test]
fn a_text_that_is_read_twice_is_a_text() {
    let read = rt(Rt::len, vec![Operand::Reg(MOVED)], Some(INT));
    check(
        &added(vec![read]),
        &expect![[r#"
        func f(i0, i1, f2) -> (int) {
        block0:
            clear s3 x 2
            s3 = box i1
            s4 = box f2
            s5 = fill_text(const9, s3, 2)
            s6 = move s5
            clear s3 x 2
            i1 = len(s6)
            jump block1
        block1:
            acc_text(i0, s6)
            clear s6
            return i1
        }
    "#]],
    );
}
