//! `min` and `max` of what a generator expression gives, and those with a `key`.

use super::comprehension::Sink;
use super::made::BY;
use super::{Lower, Part, Reason, Val};
use crate::ir::Inst;
use crate::types::{Reg, Ty, join};
use afar_lang::ast::{Comprehension, Expr, Name};
use afar_runtime::pool::Reduce;

/// Are any two values of a type comparable, without a word from the program, in an order that is total but for NaN.
fn is_total(ty: &Ty) -> bool {
    match ty {
        Ty::Int | Ty::Float | Ty::Bool | Ty::Str => true,
        Ty::Tuple(items) => items.iter().all(is_total),
        _ => false,
    }
}

impl<'t> Lower<'_, 't> {
    pub(super) fn best_generator(&mut self, name: &str, c: &'t Comprehension) -> Option<Val> {
        let item = self.probe(c);
        let is_max = name == "max";
        if !matches!(item, Ty::Int | Ty::Float) {
            if is_total(&item) {
                return self.best_total(name, c, &item);
            }
            if self.comp.n_widened > 0 {
                return self.best_of_any(is_max, c);
            }
            self.note_declined(c, Reason::UserComparison);
            return None;
        }
        let start = self.snapshot();
        let Some(source) = self.first_source(c) else { return Some(Val::never()) };
        let kind = match (&item, is_max) {
            (Ty::Int, true) => Reduce::MaxInt,
            (Ty::Int, false) => Reduce::MinInt,
            (_, true) => Reduce::MaxFloat,
            (_, false) => Reduce::MinFloat,
        };
        let split = self.region(c, &source, kind, 0);
        let (value, found) = match item {
            _ if split.is_some() => {
                let (value, found) = split.unwrap_or_else(|| (Val::never(), Ty::Never));
                (self.unbox(Self::part_operand(value.parts[0]), &item), found)
            }
            Ty::Int | Ty::Float => {
                let best = self.func.reg(item.regs()[0]);
                if item == Ty::Int {
                    self.emit(Inst::Int(best, 0));
                } else {
                    self.emit(Inst::Float(best, 0.0));
                }
                let some = self.func.reg(Reg::Bool);
                self.emit(Inst::Bool(some, false));
                let sink = if item == Ty::Int {
                    Sink::BestInt { best, some, is_max }
                } else {
                    Sink::BestFloat { best, some, is_max }
                };
                let found = self.run_from(c, &source, sink);
                if !self.dead {
                    self.raise_if_empty(some, name);
                }
                let out = self.func.reg(item.regs()[0]);
                self.emit(Inst::Copy(out, best));
                (Val { ty: item.clone(), parts: vec![Part::Reg(out)] }, found)
            }
            _ => return None,
        };
        if join(&item, &found) != item {
            self.roll_back(&start);
            self.forget_probe(c.id, join(&item, &found));
            return self.best_generator(name, c);
        }
        Some(if self.dead { Val::never() } else { value })
    }

    /// The least or greatest of what may have been ints before they turned out wide: the range may be finished already.
    fn best_of_any(&mut self, is_max: bool, c: &'t Comprehension) -> Option<Val> {
        let start = self.snapshot();
        let Some(source) = self.first_source(c) else { return Some(Val::never()) };
        let kind = if is_max { Reduce::MaxAny } else { Reduce::MinAny };
        match self.region(c, &source, kind, 0) {
            Some((value, _)) => Some(value),
            None => {
                self.roll_back(&start);
                None
            }
        }
    }

    /// The least or greatest of texts, tuples of numbers, and the like.
    fn best_total(&mut self, name: &str, c: &'t Comprehension, item: &Ty) -> Option<Val> {
        let kind = if name == "max" { Reduce::MaxTotal } else { Reduce::MinTotal };
        let start = self.snapshot();
        let Some(source) = self.first_source(c) else { return Some(Val::never()) };
        let Some((value, found)) = self.region(c, &source, kind, 0) else {
            self.roll_back(&start);
            return None;
        };
        let wider = join(item, &found);
        if wider != *item {
            self.roll_back(&start);
            self.forget_probe(c.id, wider);
            return self.best_generator(name, c);
        }
        Some(if self.dead { Val::never() } else { self.taken_for(value, item) })
    }

    /// `max(xs, key=f)`, where what `f` gives has such an order.
    pub(super) fn best_keyed(
        &mut self,
        call: &'t Expr,
        is_max: bool,
        over: &'t Expr,
        by: &'t Expr,
    ) -> Option<Val> {
        if self.boxed() {
            return None;
        }
        let start = self.snapshot();
        let value = self.best_keyed_from(call, is_max, over, by);
        if value.is_none() {
            self.roll_back(&start);
        }
        value
    }

    fn best_keyed_from(&mut self, call: &'t Expr, is_max: bool, over: &'t Expr, by: &'t Expr) -> Option<Val> {
        let c = self.keyed(call, over);
        let source = self.first_source(c)?;
        let by = self.eval(by);
        if self.dead || !matches!(by.ty, Ty::Closure(_) | Ty::Const(_)) {
            return None;
        }
        let var = self.declare_in(call.id, &Name::from(BY), false);
        self.write_var(var, by);
        let key_of = |ty: &Ty| match ty {
            Ty::Tuple(pair) if pair.len() == 2 => Some((pair[0].clone(), pair[1].clone())),
            _ => None,
        };
        let item = self.probe(c);
        let (key, element) = key_of(&item)?;
        let kind = if is_max { Reduce::MaxKeyed } else { Reduce::MinKeyed };
        if !is_total(&key) {
            return None;
        }
        let (value, found) = self.region(c, &source, kind, 0)?;
        if join(&item, &found) != item {
            return None;
        }
        Some(if self.dead { Val::never() } else { self.taken_for(value, &element) })
    }
}
