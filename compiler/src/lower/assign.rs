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
            ExprKind::Subscript { value: dict, index } => match &dict.kind {
                ExprKind::Attribute { value: object, .. } => {
                    let object = self.eval(object);
                    let object = self.steady(object);
                    let key = self.eval(index);
                    if self.dead {
                        return;
                    }
                    let key = self.boxed_operand(&key);
                    let (object, value) = (self.boxed_operand(&object), self.boxed_operand(&value));
                    self.rt(Rt::set_dict_item, vec![object, key, value]);
                }
                _ => {
                    self.refuse("this target cannot be assigned to");
                }
            },
            _ => {
                self.refuse("this target cannot be assigned to");
            }
        }
    }

    pub(super) fn bind_name(&mut self, name: &Name, value: Val) {
        let value = self.settled(name, value);
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

    /// `x = x + more`, `x = x | more` and `x = {**x, key: value}` for a boxed local variable: what `x` held is reused where nobody else
    /// holds it.
    pub(super) fn update_in_place(&mut self, target: &'t Expr, value: &'t Expr) -> bool {
        let ExprKind::Name(name) = &target.kind else { return false };
        // A value that waits for its turn is taken from where it waits, as a whole.
        if self.later.as_ref().is_some_and(|(id, _)| *id == value.id) {
            return false;
        }
        match &value.kind {
            ExprKind::Binary { op: op @ (BinOp::Add | BinOp::BitOr), left, right } => {
                self.own_variable(name, left).is_some_and(|var| {
                    self.span = value.span;
                    self.operate_in_place(var, *op, right)
                })
            }
            ExprKind::Dict(entries) => {
                let [(None, first), (Some(key), item)] = entries.as_slice() else { return false };
                self.own_variable(name, first).is_some_and(|var| {
                    self.span = value.span;
                    self.enter_in_place(var, key, item)
                })
            }
            _ => false,
        }
    }

    /// The variable of this name, where `first` reads it, it is bound, and what it holds is boxed and its own.
    fn own_variable(&mut self, name: &Name, first: &Expr) -> Option<super::VarId> {
        if !matches!(&first.kind, ExprKind::Name(l) if l == name) || self.reads_copy {
            return None;
        }
        let var = self.find_var(name)?;
        let state = &self.env[var.0 as usize];
        let is_own = state.bound == super::Bound::Yes
            && matches!(state.ty, Ty::List(_) | Ty::Str | Ty::Any)
            && !self.vars[var.0 as usize].is_cell
            && state.loc == super::Loc::Own;
        is_own.then_some(var)
    }

    fn enter_in_place(&mut self, var: super::VarId, key: &'t Expr, item: &'t Expr) -> bool {
        let key = self.eval(key);
        let item = self.eval(item);
        if self.dead {
            return true;
        }
        let ty = self.env[var.0 as usize].ty.clone();
        let regs = self.regs_of(var, &ty);
        // `{**x, 1: x}` reads what it changes.
        let (key, item) = (self.steady(key), self.steady(item));
        let (key, item) = (self.boxed_operand(&key), self.boxed_operand(&item));
        let out = self.rt_value(Rt::with_entry_in_place, vec![Operand::Reg(regs[0]), key, item]);
        self.write_var(var, out);
        true
    }

    fn operate_in_place(&mut self, var: super::VarId, op: BinOp, right: &'t Expr) -> bool {
        let state = self.env[var.0 as usize].clone();
        if let (BinOp::Add, ExprKind::List(items), Ty::List(item)) = (op, &right.kind, &state.ty)
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
        let ty = match (op, &state.ty, &more.ty) {
            (BinOp::Add, Ty::List(_), Ty::List(_)) => crate::types::join(&state.ty, &more.ty),
            (BinOp::Add, Ty::Str, Ty::Str) => Ty::Str,
            _ => Ty::Any,
        };
        // `x + x` reads what it changes.
        let more = self.steady(more);
        let regs = self.regs_of(var, &state.ty);
        let more = self.boxed_operand(&more);
        let op = Operand::Imm(super::numbers::op_number(op));
        let out = self.rt_value(Rt::binary_in_place, vec![op, Operand::Reg(regs[0]), more]);
        self.write_var(var, out.typed(ty));
        true
    }

    fn push_in_place(&mut self, var: super::VarId, item: &Ty, value: &'t Expr) {
        let value = self.eval(value);
        if self.dead {
            return;
        }
        let new = crate::types::join(item, &value.ty).stored();
        let regs = self.regs_of(var, &Ty::list(item.clone()));
        let list = Operand::Reg(regs[0]);
        match (&value.ty, value.reg()) {
            (Ty::Int, Some(reg)) => self.rt(Rt::push_int_in_place, vec![list, Operand::Reg(reg)]),
            (Ty::Float, Some(reg)) => self.rt(Rt::push_float_in_place, vec![list, Operand::Reg(reg)]),
            _ => {
                // `x + [x]` reads what it changes.
                let value = self.steady(value);
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
