//! `auto()` in the body of a class: the name that is bound to one stands for a number from there on, also within the body.

use super::{Lower, Val};
use crate::ir::Operand;
use crate::types::Ty;
use afar_lang::ast::{Class, ExprKind, Name, Stmt, StmtKind};
use afar_runtime::abi::Rt;
use afar_runtime::value::Value;

/// The body of a class that may be an enum.
#[derive(Clone, Copy)]
pub(super) struct EnumBody {
    /// The number of scopes within it.
    depth: usize,
    class: Operand,
    bases: Operand,
    /// What was bound up to now, as a list.
    bound: Operand,
}

impl<'t> Lower<'_, 't> {
    /// What [`Self::settled`] needs to know, where the body of a class may call `auto`. Its scope is the current one.
    pub(super) fn begin_enum_body(&mut self, class: &'t Class, bases: Operand) -> Option<EnumBody> {
        if class.args.is_empty() || !class.body.iter().any(may_bind_auto) {
            return None;
        }
        let name = self.comp.constant(Value::str(&*class.name.name));
        let bound = self.rt_value(Rt::new_list, vec![]);
        let bound = Self::part_operand(bound.parts[0]);
        Some(EnumBody { depth: self.scopes.len(), class: Operand::Const(name), bases, bound })
    }

    /// Lowers a loop, whose rounds may be functions of their own that do not see what the body has bound.
    pub(super) fn outside_enum_body(&mut self, lower: impl FnOnce(&mut Self)) {
        let body = self.enum_body.take();
        lower(self);
        self.enum_body = body;
    }

    /// What a name is bound to: the value itself, but in the body of an enum.
    pub(super) fn settled(&mut self, name: &Name, value: Val) -> Val {
        let Some(body) = self.enum_body.filter(|body| body.depth == self.scopes.len() && !self.dead) else {
            return value;
        };
        let is_settled =
            matches!(value.ty, Ty::None | Ty::Bool | Ty::Int | Ty::Float | Ty::Str | Ty::Closure(_));
        let value = if is_settled { value } else { self.steady(value) };
        let written = self.boxed_operand(&value);
        let name = self.name_const(name);
        let settled =
            self.rt_value(Rt::settle_bound, vec![body.class, body.bases, body.bound, name, written]);
        if is_settled { value } else { settled }
    }
}

/// Does a statement of the body of a class bind what a call gives.
fn may_bind_auto(stmt: &Stmt) -> bool {
    let is_definition = matches!(stmt.kind, StmtKind::Def(_) | StmtKind::Class(_) | StmtKind::Expr(_));
    let is_call = |e: &afar_lang::ast::Expr| matches!(e.kind, ExprKind::Call { .. });
    !is_definition && crate::tree::any_expr(std::slice::from_ref(stmt), &is_call)
}
