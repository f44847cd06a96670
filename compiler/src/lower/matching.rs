//! `match`.

use super::{Edges, Lower, Part, Val};
use crate::ir::{Inst, Operand, VReg};
use crate::types::{Reg, Ty};
use afar_lang::ast::{CmpOp, Constant, Expr, Ident, MatchCase, Name, Pattern, PatternKind};
use afar_runtime::Value;
use afar_runtime::abi::Rt;

/// The names of a pattern so far, and where the values are that they will be bound to.
#[derive(Default)]
struct Found {
    names: Vec<(Name, Val)>,
    /// In one of several alternatives, which share the places: all is boxed.
    is_shared: bool,
}

impl<'t> Lower<'_, 't> {
    pub(super) fn match_stmt(&mut self, subject: &'t Expr, cases: &'t [MatchCase]) {
        let value = self.eval(subject);
        if self.dead {
            return;
        }
        let subject = match &value.ty {
            Ty::Tuple(_) | Ty::Int | Ty::Float | Ty::Str => self.kept(value),
            _ => {
                let slot = self.func.reg(Reg::Slot);
                let value = self.to_any(value);
                self.store_regs(&[slot], &value);
                Val { ty: Ty::Any, parts: vec![Part::Var(slot)] }
            }
        };
        let mut ends = Edges::default();
        for case in cases {
            let mut failed = Edges::default();
            self.span = case.span;
            let mut found = Found::default();
            self.pattern(&case.pattern, &subject, &mut failed, &mut found);
            self.bind_captures(found);
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

    /// Keeps what a name of a pattern stands for, in a place that all alternatives share, until the whole pattern has matched.
    fn keep_captured(&mut self, name: &Name, value: Val, found: &mut Found) {
        if self.dead {
            return;
        }
        let value = if found.is_shared { self.to_any(value) } else { value };
        let known = found.names.iter().find(|(n, _)| n == name).map(|(_, place)| place.clone());
        let place = known.unwrap_or_else(|| {
            let regs = value.ty.regs();
            let regs: Vec<VReg> = regs.into_iter().map(|kind| self.func.reg(kind)).collect();
            let part = |r: VReg| if self.func.kind_of(r) == Reg::Slot { Part::Var(r) } else { Part::Reg(r) };
            let place = Val { ty: value.ty.clone(), parts: regs.into_iter().map(part).collect() };
            found.names.push((name.clone(), place.clone()));
            place
        });
        let regs: Vec<VReg> = place.parts.iter().filter_map(|p| p.register()).collect();
        self.store_regs(&regs, &value);
    }

    /// Binds the names of a pattern that has matched.
    fn bind_captures(&mut self, found: Found) {
        for (name, value) in found.names {
            if self.dead {
                return;
            }
            self.bind_name(&name, value.clone());
            for part in value.parts {
                if let Part::Var(slot) = part {
                    self.emit(Inst::Clear(slot));
                }
            }
        }
    }

    /// Goes on only where the condition holds.
    fn require(&mut self, cond: crate::ir::VReg, failed: &mut Edges) {
        if self.dead {
            return;
        }
        self.stop_unless(cond, failed);
    }

    fn pattern(&mut self, pattern: &'t Pattern, subject: &Val, failed: &mut Edges, found: &mut Found) {
        self.with_span(pattern.span, |s| s.pattern_inner(pattern, subject, failed, found));
    }

    fn pattern_inner(&mut self, pattern: &'t Pattern, subject: &Val, failed: &mut Edges, found: &mut Found) {
        if self.dead {
            return;
        }
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
                let operand = self.boxed_operand(subject);
                let same = self.rt_bool(Rt::is_singleton, vec![operand, wanted]);
                self.require(same, failed);
            }
            PatternKind::Sequence(patterns) => match subject.items() {
                Some(items) if !patterns.iter().any(|p| matches!(p.kind, PatternKind::Star(_))) => {
                    self.tuple_pattern(patterns, &items, failed, found);
                }
                _ => {
                    let operand = self.boxed_operand(subject);
                    self.sequence_pattern(patterns, operand, failed, found);
                }
            },
            PatternKind::Mapping { keys, patterns, rest } => {
                let operand = self.boxed_operand(subject);
                self.mapping_pattern((keys, patterns, rest.as_ref()), operand, failed, found);
            }
            PatternKind::Class { class, positional, keywords } => {
                let operand = self.boxed_operand(subject);
                self.class_pattern((class, positional, keywords), operand, failed, found);
            }
            PatternKind::Star(_) => {}
            PatternKind::As { pattern, name } => {
                if let Some(inner) = pattern {
                    self.pattern(inner, subject, failed, found);
                }
                if let (Some(name), false) = (name, self.dead) {
                    self.keep_captured(&name.name, super::stmt::shared(subject), found);
                }
            }
            PatternKind::Or(patterns) => self.or_pattern(patterns, subject, failed, found),
        }
    }

    fn or_pattern(&mut self, patterns: &'t [Pattern], subject: &Val, failed: &mut Edges, found: &mut Found) {
        let mut matched = Edges::default();
        let is_shared = std::mem::replace(&mut found.is_shared, true);
        for (i, pattern) in patterns.iter().enumerate() {
            let mut next = Edges::default();
            self.pattern(pattern, subject, &mut next, found);
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
        found.is_shared = is_shared;
        self.meet(matched);
    }

    /// A pattern for the items of a tuple whose length is known.
    fn tuple_pattern(
        &mut self,
        patterns: &'t [Pattern],
        items: &[Val],
        failed: &mut Edges,
        found: &mut Found,
    ) {
        if patterns.len() != items.len() {
            self.edge(failed);
            return;
        }
        for (pattern, item) in patterns.iter().zip(items) {
            self.pattern(pattern, &super::stmt::shared(item), failed, found);
        }
    }

    fn sequence_pattern(
        &mut self,
        patterns: &'t [Pattern],
        subject: Operand,
        failed: &mut Edges,
        found: &mut Found,
    ) {
        let star = patterns.iter().position(|p| matches!(p.kind, PatternKind::Star(_)));
        let n = i64::try_from(patterns.len()).unwrap_or(0);
        let star_at = star.map_or(-1, |s| i64::try_from(s).unwrap_or(-1));
        let slots = self.temp_run(patterns.len());
        let wanted = Operand::Imm(wanted_items(patterns));
        let args = vec![subject, Operand::Reg(slots[0]), Operand::Imm(n), Operand::Imm(star_at), wanted];
        let fits = self.rt_bool(Rt::match_sequence, args);
        self.require(fits, failed);
        for (pattern, slot) in patterns.iter().zip(slots) {
            let item = Val { ty: Ty::Any, parts: vec![Part::Var(slot)] };
            match &pattern.kind {
                PatternKind::Star(Some(name)) => self.keep_captured(&name.name, item, found),
                PatternKind::Star(None) => {}
                _ => self.pattern(pattern, &item, failed, found),
            }
        }
    }

    fn mapping_pattern(
        &mut self,
        (keys, patterns, rest): (&'t [Expr], &'t [Pattern], Option<&'t Ident>),
        subject: Operand,
        failed: &mut Edges,
        found: &mut Found,
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
            let is_there = self.rt_bool(Rt::match_key, vec![subject, key, Operand::Reg(slot)]);
            self.require(is_there, failed);
            let item = Val { ty: Ty::Any, parts: vec![Part::Var(slot)] };
            self.pattern(pattern, &item, failed, found);
        }
        if let (Some(rest), false) = (rest, self.dead) {
            let value = self.rt_value(Rt::match_rest, vec![subject, list]);
            self.keep_captured(&rest.name, value, found);
        }
    }

    fn class_pattern(
        &mut self,
        (class, positional, keywords): (&'t Expr, &'t [Pattern], &'t [(Ident, Pattern)]),
        subject: Operand,
        failed: &mut Edges,
        found: &mut Found,
    ) {
        let class = self.eval(class);
        if self.dead {
            return;
        }
        let class = self.boxed_operand(&class);
        let slots = self.temp_run(positional.len() + keywords.len());
        let names: Vec<Value> = keywords.iter().map(|(n, _)| Value::str(&*n.name)).collect();
        let names = Operand::Const(self.comp.constant(Value::tuple(names)));
        let count = |n: usize| Operand::Imm(i64::try_from(n).unwrap_or(0));
        // The count of the run is what passes know it by.
        let (n, n_all) = (count(positional.len()), count(slots.len()));
        let args = vec![subject, class, n, names, Operand::Reg(slots[0]), n_all];
        let fits = self.rt_bool(Rt::match_class, args);
        self.require(fits, failed);
        for (pattern, slot) in positional.iter().chain(keywords.iter().map(|(_, p)| p)).zip(slots) {
            let item = Val { ty: Ty::Any, parts: vec![Part::Var(slot)] };
            self.pattern(pattern, &item, failed, found);
        }
    }
}

/// So many items have bits of their own in a number that is not negative.
const MAX_BITS: usize = 63;

/// The items that a sequence pattern asks for by their index, as bits; negative where it is unpacked. What stands for `_` alone is not asked for.
fn wanted_items(patterns: &[Pattern]) -> i64 {
    let is_wildcard = |p: &Pattern| {
        matches!(p.kind, PatternKind::As { pattern: None, name: None } | PatternKind::Star(None))
    };
    let has_wild_star = patterns.iter().any(|p| matches!(p.kind, PatternKind::Star(None)));
    if patterns.len() >= MAX_BITS {
        return -1;
    }
    let wanted = patterns.iter().enumerate().filter(|(_, p)| !is_wildcard(p));
    let bits = wanted.fold(0, |bits, (i, _)| bits | 1i64 << i);
    if bits == 0 || has_wild_star { bits } else { -1 }
}
