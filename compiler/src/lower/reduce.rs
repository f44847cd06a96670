//! `functools.reduce` as a loop that carries what it has come to.

use super::streams::given;
use super::{Edges, Lower, Val, VarId, VarState};
use crate::ir::{Inst, Term, VReg};
use crate::types::{Reg, Ty};
use afar_lang::ast::{Arg, Expr, Name};
use afar_runtime::Value;
use afar_runtime::abi::Rt;

impl<'t> Lower<'_, 't> {
    /// `reduce(func, source, first)` of a function of the program, where what it carries is made of numbers: a loop.
    pub(super) fn reduced(&mut self, expr: &'t Expr, args: &'t [Arg]) -> Option<Val> {
        let given = given(args)?;
        let ([func, source] | [func, source, _], []) = (given.pos.as_slice(), given.kw.as_slice()) else {
            return None;
        };
        let start = self.snapshot();
        let value = self.reduce_loop(expr, func, source, given.pos.get(2).copied());
        if value.is_none() {
            self.roll_back(&start);
        }
        value
    }

    fn reduce_loop(
        &mut self,
        expr: &'t Expr,
        func: &'t Expr,
        source: &'t Expr,
        first: Option<&'t Expr>,
    ) -> Option<Val> {
        let func = self.eval_step(func);
        match &func.ty {
            Ty::Closure(_) => {}
            Ty::Const(id) if matches!(self.comp.const_value(*id), Value::Func(_)) => {}
            _ => return None,
        }
        let func = self.kept(func);
        let source = self.pending(source);
        let first = first.map(|e| self.eval(e));
        let source = self.settle(source);
        if self.dead || !source.is_typed() {
            return None;
        }
        let acc = self.declare_in(expr.id, &Name::from(".acc"), false);
        let begun = self.func.reg(Reg::Bool);
        self.emit(Inst::Bool(begun, first.is_some()));
        let has_first = first.is_some();
        let first = match first {
            Some(first) => first,
            None => {
                let ty = self.item_of(&source);
                self.default_of(&ty)
            }
        };
        self.write_var(acc, first);
        let ends = self.fixpoint(expr.id.0, |s, back, out| {
            s.poll();
            let mark = s.mark();
            let mut skip = Edges::default();
            let item = s.advance(&source, &mut skip, out);
            s.next_round(skip, mark, &[], back);
            s.fold_item(&func, acc, (!has_first).then_some(begun), item);
            s.release(mark);
        });
        self.meet(ends);
        self.forget_carried(&source);
        if self.dead {
            return Some(Val::never());
        }
        let value = self.read_var(acc);
        if value.ty.regs().contains(&Reg::Slot) {
            // The runtime hands what was gathered over to the function, which may grow it in place.
            return None;
        }
        self.env[acc.0 as usize] = VarState::unbound();
        if !has_first {
            self.raise_unless(begun, "reduce() of empty iterable with no initial value");
        }
        Some(value)
    }

    fn fold_item(&mut self, func: &Val, acc: VarId, begun: Option<VReg>, item: Val) {
        if self.dead {
            return;
        }
        let Some(begun) = begun else { return self.fold_next(func, acc, item) };
        let first = super::stmt::shared(&item);
        self.first_or_next(begun, |s| s.write_var(acc, first), |s| s.fold_next(func, acc, item));
    }

    fn fold_next(&mut self, func: &Val, acc: VarId, item: Val) {
        let total = self.read_var(acc);
        let given = super::calls::Given { pos: vec![total, item], kw: Vec::new() };
        let value = self.call_given(super::stmt::shared(func), given);
        self.write_var(acc, value);
    }

    fn raise_unless(&mut self, flag: VReg, text: &str) {
        let (good, bad) = (self.new_block(), self.new_cold_block());
        self.branch(flag, good, bad);
        let env = self.env.clone();
        self.enter(bad);
        let text = self.text_const(text);
        self.rt(Rt::raise_type_error, vec![text]);
        self.end(Term::Unreachable);
        self.enter(good);
        self.env = env;
    }
}
