//! Numbers that count.

use crate::ir::{BlockId, CheckedOp, Cmp, Inst, Operand, Term, VReg};
use crate::passes::tests::func;
use crate::types::Reg;

const BOUND: VReg = VReg(0);
const NUMBER: VReg = VReg(1);
const STEP: VReg = VReg(2);
const MORE: VReg = VReg(3);

/// Is a number checked that begins so and changes by so much in each round.
fn is_checked(start: i64, step: i64) -> bool {
    let add = Inst::Checked { op: CheckedOp::Add, dst: NUMBER, a: NUMBER, b: STEP, site: 1 };
    let mut func = func(
        &[Reg::Int, Reg::Int, Reg::Int, Reg::Bool],
        1,
        vec![
            (vec![Inst::Int(NUMBER, start)], Term::Jump(BlockId(1))),
            (
                vec![Inst::IntCmp { cmp: Cmp::Ne, dst: MORE, a: NUMBER, b: Operand::Reg(BOUND) }],
                Term::Branch { cond: MORE, then: BlockId(2), orelse: BlockId(3) },
            ),
            (vec![Inst::Int(STEP, step), add], Term::Jump(BlockId(1))),
            (vec![], Term::Return(vec![NUMBER])),
        ],
    );
    crate::passes::ranges::narrow(&mut func);
    func.blocks.iter().flat_map(|b| &b.insts).any(|i| matches!(i, Inst::Checked { .. }))
}

#[test]
fn what_counts_is_not_checked() {
    assert_eq!([(0, 1), (5, -1), (-7, 16), (1 << 61, 1)].map(|(n, by)| is_checked(n, by)), [false; 4]);
}

#[test]
fn what_begins_or_grows_beyond_what_years_take_is_checked() {
    let all = [(i64::MIN, -1), (i64::MIN, 1), (i64::MAX, 1), (1 << 62, 1), (0, 17), (0, i64::MIN)];
    assert_eq!(all.map(|(n, by)| is_checked(n, by)), [true; 6]);
}
