//! Assignment to names, unpacking, and fields in `__init__`.

use super::{Lower, Part, Val};
use crate::ir::{Inst, Operand};
use crate::types::Ty;
use afar_lang::ast::{BinOp, Expr, ExprKind, Name};
use afar_runtime::abi::Rt;

impl<'t> Lower<'_, 't> {
    /// `target = value`.
    pub(super) fn assign(&mut self, target: &'t Expr, value: Val) {
        if self.dead {
            return;
        }
        match &target.kind {
            ExprKind::Name(name) => self.bind_name(name, value),
            ExprKind::Tuple(items) | ExprKind::List(items) => self.unpack(items, value, target),
            ExprKind::Starred(inner) => self.assign(inner, value),
            ExprKind::Attribute { value: object, attr } => {
                let object = self.eval(object);
                let (object, value) = (self.boxed_operand(&object), self.boxed_operand(&value));
                let name = self.name_const(&attr.name);
                self.rt(Rt::set_attr, vec![object, name, value]);
            }
            _ => {
                self.refuse("this target cannot be assigned to");
            }
        }
    }

    pub(super) fn bind_name(&mut self, name: &Name, value: Val) {
        match self.find_var(name) {
            Some(var) => self.write_var(var, value),
            None => self.store_global(name, value),
        }
    }

    fn unpack(&mut self, targets: &'t [Expr], value: Val, whole: &'t Expr) {
        let star = targets.iter().position(|t| matches!(t.kind, ExprKind::Starred(_)));
        if let (None, Some(items)) = (star, value.items())
            && items.len() == targets.len()
        {
            // `a, b = b, a`: all are read before any is written.
            let items: Vec<Val> = items.into_iter().map(|v| self.steady(v)).collect();
            for (target, item) in targets.iter().zip(items) {
                self.assign(target, item);
            }
            return;
        }
        let source = self.boxed_operand(&value);
        let slots = self.temp_run(targets.len());
        let before = star.unwrap_or(targets.len());
        let args = vec![
            source,
            Operand::Reg(slots[0]),
            Operand::Imm(i64::try_from(targets.len()).unwrap_or(0)),
            Operand::Imm(if star.is_some() { i64::try_from(before).unwrap_or(0) } else { -1 }),
        ];
        self.with_span(whole.span, |s| s.rt(Rt::unpack, args));
        for (target, slot) in targets.iter().zip(slots) {
            self.assign(target, Val { ty: Ty::Any, parts: vec![Part::Temp(slot)] });
        }
    }

    /// A value that later assignments do not change.
    pub(super) fn steady(&mut self, value: Val) -> Val {
        let parts = value
            .parts
            .iter()
            .map(|part| match part {
                Part::Var(slot) => {
                    let temp = self.temp();
                    self.emit(Inst::Clone(temp, Operand::Reg(*slot)));
                    Part::Temp(temp)
                }
                other => *other,
            })
            .collect();
        Val { ty: value.ty, parts }
    }

    /// `x = x + more` for a boxed local variable: what `x` held is reused where nobody else holds it.
    pub(super) fn append_in_place(&mut self, target: &'t Expr, value: &'t Expr) -> bool {
        let (ExprKind::Name(name), ExprKind::Binary { op: BinOp::Add, left, right }) =
            (&target.kind, &value.kind)
        else {
            return false;
        };
        if !matches!(&left.kind, ExprKind::Name(l) if l == name) || self.reads_copy {
            return false;
        }
        let Some(var) = self.find_var(name) else { return false };
        let state = self.env[var.0 as usize].clone();
        let growable = matches!(state.ty, Ty::List(_) | Ty::Str | Ty::Any);
        if state.bound != super::Bound::Yes
            || !growable
            || self.vars[var.0 as usize].is_cell
            || state.loc != super::Loc::Own
        {
            return false;
        }
        self.span = value.span;
        if let (ExprKind::List(items), Ty::List(item)) = (&right.kind, &state.ty)
            && let [only] = items.as_slice()
            && !matches!(only.kind, ExprKind::Starred(_))
            && !self.vars[var.0 as usize].forced
        {
            let item = (**item).clone();
            self.push_in_place(var, &item, only);
            return true;
        }
        let more = self.eval(right);
        if self.dead {
            return true;
        }
        let ty = match (&state.ty, &more.ty) {
            (Ty::List(_), Ty::List(_)) => crate::types::join(&state.ty, &more.ty),
            (Ty::Str, Ty::Str) => Ty::Str,
            _ => Ty::Any,
        };
        let regs = self.regs_of(var, &state.ty);
        let mut more = self.boxed_operand(&more);
        if more == Operand::Reg(regs[0]) {
            // What grows is never what it grows by.
            let copy = self.temp();
            self.emit(crate::ir::Inst::Clone(copy, more));
            more = Operand::Reg(copy);
        }
        let out = self.rt_value(Rt::add_in_place, vec![Operand::Reg(regs[0]), more]);
        self.write_var(var, out.typed(ty));
        true
    }

    fn push_in_place(&mut self, var: super::VarId, item: &Ty, value: &'t Expr) {
        let value = self.eval(value);
        if self.dead {
            return;
        }
        let new = super::expr::stored_item(crate::types::join(item, &value.ty));
        let regs = self.regs_of(var, &Ty::list(item.clone()));
        let list = Operand::Reg(regs[0]);
        match (&value.ty, value.reg()) {
            (Ty::Int, Some(reg)) => self.rt(Rt::push_int_in_place, vec![list, Operand::Reg(reg)]),
            (Ty::Float, Some(reg)) => self.rt(Rt::push_float_in_place, vec![list, Operand::Reg(reg)]),
            _ => {
                let value = self.boxed_operand(&value);
                self.rt(Rt::push_in_place, vec![list, value]);
            }
        }
        self.env[var.0 as usize].ty = Ty::list(new).capped();
        if self.env[var.0 as usize].ty == Ty::Any {
            let slot = self.regs_of(var, &Ty::Any);
            self.store_regs(&slot, &Val { ty: Ty::Any, parts: vec![Part::Var(regs[0])] });
        }
    }
}
