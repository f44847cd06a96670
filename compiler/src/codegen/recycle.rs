//! A list that a slot gives away is kept for the next one of its kind: see `passes/recycle.rs`.

use super::body::Emit;
use crate::ir::VReg;
use crate::layout::{LIST_FORM, LIST_LEN};
use afar_runtime::Value as Boxed;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

impl Emit<'_, '_> {
    /// Moves a value into a slot. What that held moves the other way where it is a list of this form and length that nobody else
    /// has; else it is dropped.
    pub(super) fn recycle(&mut self, dst: VReg, src: VReg, form: i64, n: i64) {
        let (to, from) = (self.slot(dst), self.slot(src));
        let new = [0, 8].map(|at| self.b.ins().load(types::I64, Self::flags(), from, at));
        let [look, keep, lose, go] = [(); 4].map(|()| self.b.create_block());
        let tag = self.b.ins().load(types::I8, Self::flags(), to, 0);
        let is_list = self.b.ins().icmp_imm_s(IntCC::Equal, tag, i64::from(Boxed::LIST));
        self.b.ins().brif(is_list, look, &[], lose, &[]);
        self.b.switch_to_block(look);
        self.b.seal_block(look);
        let old = [0, 8].map(|at| self.b.ins().load(types::I64, Self::flags(), to, at));
        let fits = self.is_own_list(old[1], form, n);
        self.b.ins().brif(fits, keep, &[], lose, &[]);
        self.b.switch_to_block(keep);
        self.b.seal_block(keep);
        for (word, at) in old.into_iter().zip([0, 8]) {
            self.b.ins().store(Self::flags(), word, from, at);
        }
        self.b.ins().jump(go, &[]);
        self.b.switch_to_block(lose);
        self.b.seal_block(lose);
        self.b.set_cold_block(lose);
        self.drop_old(dst, to);
        let zero = self.b.ins().iconst(types::I64, 0);
        self.b.ins().store(Self::flags(), zero, from, 0);
        self.b.ins().jump(go, &[]);
        self.b.switch_to_block(go);
        self.b.seal_block(go);
        for (word, at) in new.into_iter().zip([0, 8]) {
            self.b.ins().store(Self::flags(), word, to, at);
        }
    }

    /// Has the list at an address one owner, this form and this length.
    fn is_own_list(&mut self, list: Value, form: i64, n: i64) -> Value {
        // As whoever else had it has let go of it by now, on another thread perhaps.
        let count = self.b.ins().atomic_load(types::I64, Self::flags(), list);
        let is_own = self.b.ins().icmp_imm_s(IntCC::Equal, count, 1);
        let len = self.b.ins().load(types::I64, Self::flags(), list, LIST_LEN);
        let is_long = self.b.ins().icmp_imm_s(IntCC::Equal, len, n);
        let stored = self.b.ins().load(types::I64, Self::flags(), list, LIST_FORM);
        let is_kind = self.b.ins().icmp_imm_s(IntCC::Equal, stored, form);
        let both = self.b.ins().band(is_own, is_long);
        self.b.ins().band(both, is_kind)
    }
}
