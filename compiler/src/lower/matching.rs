//! `match`.

use super::{Edges, Lower, Part, Val};
use crate::ir::Operand;
use crate::types::{Reg, Ty};
use afar_lang::ast::{CmpOp, Constant, Expr, Ident, MatchCase, Pattern, PatternKind};
use afar_runtime::Value;
use afar_runtime::abi::Rt;

impl<'t> Lower<'_, 't> {
    pub(super) fn match_stmt(&mut self, subject: &'t Expr, cases: &'t [MatchCase]) {
        let value = self.eval(subject);
        if self.dead {
            return;
        }
        let slot = self.func.reg(Reg::Slot);
        let value = self.to_any(value);
        self.store_regs(&[slot], &value);
        let subject = Val { ty: Ty::Any, parts: vec![Part::Var(slot)] };
        let mut ends = Edges::default();
        for case in cases {
            let mut failed = Edges::default();
            self.span = case.span;
            self.pattern(&case.pattern, &subject, &mut failed);
            if let (Some(guard), false) = (&case.guard, self.dead) {
                let truth = self.eval(guard);
                if !self.dead {
                    let truth = self.truth(&truth);
                    self.require(truth, &mut failed);
                }
            }
            self.stmts(&case.body);
            self.edge(&mut ends);
            self.meet(failed);
            if self.dead {
                break;
            }
        }
        self.edge(&mut ends);
        self.meet(ends);
    }

    /// Goes on only where the condition holds.
    fn require(&mut self, cond: crate::ir::VReg, failed: &mut Edges) {
        if self.dead {
            return;
        }
        let (go, stop) = (self.new_block(), self.new_block());
        self.branch(cond, go, stop);
        let env = self.env.clone();
        self.enter(stop);
        self.edge(failed);
        self.enter(go);
        self.env = env;
    }

    fn pattern(&mut self, pattern: &'t Pattern, subject: &Val, failed: &mut Edges) {
        self.with_span(pattern.span, |s| s.pattern_inner(pattern, subject, failed));
    }

    fn pattern_inner(&mut self, pattern: &'t Pattern, subject: &Val, failed: &mut Edges) {
        if self.dead {
            return;
        }
        let operand = self.boxed_operand(subject);
        match &pattern.kind {
            PatternKind::Value(e) => {
                let wanted = self.eval(e);
                let equal = self.compare(CmpOp::Eq, subject, &wanted);
                if !self.dead {
                    let truth = self.truth(&equal);
                    self.require(truth, failed);
                }
            }
            PatternKind::Singleton(c) => {
                let wanted = match c {
                    Constant::Bool(b) => Value::Bool(*b),
                    _ => Value::None,
                };
                let wanted = Operand::Const(self.comp.constant(wanted));
                let same = self.rt_bool(Rt::is_singleton, vec![operand, wanted]);
                self.require(same, failed);
            }
            PatternKind::Sequence(patterns) => self.sequence_pattern(patterns, operand, failed),
            PatternKind::Mapping { keys, patterns, rest } => {
                self.mapping_pattern(keys, patterns, rest.as_ref(), operand, failed);
            }
            PatternKind::Class { class, positional, keywords } => {
                self.class_pattern(class, positional, keywords, operand, failed);
            }
            PatternKind::Star(_) => {}
            PatternKind::As { pattern, name } => {
                if let Some(inner) = pattern {
                    self.pattern(inner, subject, failed);
                }
                if let (Some(name), false) = (name, self.dead) {
                    self.bind_name(&name.name, super::stmt::shared(subject));
                }
            }
            PatternKind::Or(patterns) => self.or_pattern(patterns, subject, failed),
        }
    }

    fn or_pattern(&mut self, patterns: &'t [Pattern], subject: &Val, failed: &mut Edges) {
        let mut matched = Edges::default();
        for (i, pattern) in patterns.iter().enumerate() {
            let mut next = Edges::default();
            self.pattern(pattern, subject, &mut next);
            self.edge(&mut matched);
            if i + 1 == patterns.len() {
                failed.0.extend(next.0);
            } else {
                self.meet(next);
                if self.dead {
                    break;
                }
            }
        }
        self.meet(matched);
    }

    fn sequence_pattern(&mut self, patterns: &'t [Pattern], subject: Operand, failed: &mut Edges) {
        let star = patterns.iter().position(|p| matches!(p.kind, PatternKind::Star(_)));
        let n = i64::try_from(patterns.len()).unwrap_or(0);
        let star_at = star.map_or(-1, |s| i64::try_from(s).unwrap_or(-1));
        let slots = self.temp_run(patterns.len());
        let args = vec![subject, Operand::Reg(slots[0]), Operand::Imm(n), Operand::Imm(star_at)];
        let fits = self.rt_bool(Rt::match_sequence, args);
        self.require(fits, failed);
        for (pattern, slot) in patterns.iter().zip(slots) {
            let item = Val { ty: Ty::Any, parts: vec![Part::Var(slot)] };
            match &pattern.kind {
                PatternKind::Star(Some(name)) => self.bind_name(&name.name, item),
                PatternKind::Star(None) => {}
                _ => self.pattern(pattern, &item, failed),
            }
        }
    }

    fn mapping_pattern(
        &mut self,
        keys: &'t [Expr],
        patterns: &'t [Pattern],
        rest: Option<&'t Ident>,
        subject: Operand,
        failed: &mut Edges,
    ) {
        let is_mapping = self.rt_bool(Rt::is_mapping, vec![subject]);
        self.require(is_mapping, failed);
        let list = self.rt_value(Rt::new_list, vec![]);
        let list = Self::part_operand(list.parts[0]);
        for (key, pattern) in keys.iter().zip(patterns) {
            let key = self.eval(key);
            if self.dead {
                return;
            }
            let key = self.boxed_operand(&key);
            self.rt(Rt::list_push, vec![list, key]);
            let slot = self.func.reg(Reg::Slot);
            let found = self.rt_bool(Rt::match_key, vec![subject, key, Operand::Reg(slot)]);
            self.require(found, failed);
            let item = Val { ty: Ty::Any, parts: vec![Part::Var(slot)] };
            self.pattern(pattern, &item, failed);
        }
        if let (Some(rest), false) = (rest, self.dead) {
            let value = self.rt_value(Rt::match_rest, vec![subject, list]);
            self.bind_name(&rest.name, value);
        }
    }

    fn class_pattern(
        &mut self,
        class: &'t Expr,
        positional: &'t [Pattern],
        keywords: &'t [(Ident, Pattern)],
        subject: Operand,
        failed: &mut Edges,
    ) {
        let class = self.eval(class);
        if self.dead {
            return;
        }
        let class = self.boxed_operand(&class);
        let slots = self.temp_run(positional.len() + keywords.len());
        let names: Vec<Value> = keywords.iter().map(|(n, _)| Value::str(&*n.name)).collect();
        let names = Operand::Const(self.comp.constant(Value::tuple(names)));
        let n = Operand::Imm(i64::try_from(positional.len()).unwrap_or(0));
        let fits = self.rt_bool(Rt::match_class, vec![subject, class, n, names, Operand::Reg(slots[0])]);
        self.require(fits, failed);
        for (pattern, slot) in positional.iter().chain(keywords.iter().map(|(_, p)| p)).zip(slots) {
            let item = Val { ty: Ty::Any, parts: vec![Part::Var(slot)] };
            self.pattern(pattern, &item, failed);
        }
    }
}
