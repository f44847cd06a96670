//! What the body of a range runs over: items that are reached by their number.

use super::loops::{KnownRange, Source};
use super::streams::{Order, Step};
use super::{Edges, Lower, Val};
use crate::ir::{Inst, IntOp, Operand, VReg};
use crate::types::{Reg, Ty};

/// What a body runs over, by index.
pub(super) enum Indexed {
    Range { start: Val, step: Val, known: KnownRange },
    List { list: Val, item: Ty, order: Order },
    Zip(Vec<Indexed>),
    Enumerate { first: i64, inner: Box<Indexed> },
    Map { step: Step, all: Vec<Indexed>, spreads: bool },
    Filter { step: Step, keep: bool, inner: Box<Indexed> },
}

impl Indexed {
    pub(super) fn of(source: &Source, parts: &mut dyn Iterator<Item = Val>) -> Self {
        let mut next = || parts.next().unwrap_or_else(Val::never);
        match source {
            Source::Range { known, .. } => Self::Range { start: next(), step: next(), known: *known },
            Source::List { item, order, .. } => {
                Self::List { list: next(), item: item.clone(), order: *order }
            }
            Source::Zip(all) => Self::Zip(all.iter().map(|s| Self::of(s, parts)).collect()),
            Source::Enumerate { source, first, .. } => {
                Self::Enumerate { first: *first, inner: Box::new(Self::of(source, parts)) }
            }
            Source::Map { step, all, spreads } => {
                let step = Step { func: next(), ..step.clone() };
                let all = all.iter().map(|s| Self::of(s, parts)).collect();
                Self::Map { step, all, spreads: *spreads }
            }
            Source::Filter { step, keep, source } => {
                let step = Step { func: next(), ..step.clone() };
                Self::Filter { step, keep: *keep, inner: Box::new(Self::of(source, parts)) }
            }
            Source::While { .. } | Source::Accumulate { .. } | Source::Iter { .. } => Self::Zip(Vec::new()),
        }
    }

    pub(super) fn item(&self, lower: &mut Lower<'_, '_>, at: VReg, skip: &mut Edges) -> Val {
        match self {
            Self::Range { start, step, known } => {
                let (Some(start), Some(step)) = (start.reg(), step.reg()) else { return Val::never() };
                let by = known.step.map_or(Operand::Reg(step), Operand::Imm);
                let mut value = at;
                if known.step != Some(1) {
                    let scaled = lower.func.reg(Reg::Int);
                    lower.emit(Inst::IntOp { op: IntOp::Mul, dst: scaled, a: at, b: by });
                    value = scaled;
                }
                let item = lower.func.reg(Reg::Int);
                let start = known.start.map_or(Operand::Reg(start), Operand::Imm);
                lower.emit(Inst::IntOp { op: IntOp::Add, dst: item, a: value, b: start });
                if let Some((lo, hi)) = known.items() {
                    lower.emit(Inst::Known { reg: item, lo, hi });
                }
                Val::int(item)
            }
            Self::List { list, item, order } => {
                let at = lower.place_in(list, *order, at);
                lower.list_item_unchecked(list, item, at)
            }
            Self::Zip(all) => {
                let items: Vec<Val> = all.iter().map(|i| i.item(lower, at, skip)).collect();
                Val::tuple(&items)
            }
            Self::Enumerate { first, inner } => {
                let item = inner.item(lower, at, skip);
                let mut number = at;
                if *first != 0 {
                    number = lower.func.reg(Reg::Int);
                    let (dst, b) = (number, Operand::Imm(*first));
                    lower.emit(Inst::IntOp { op: IntOp::Add, dst, a: at, b });
                }
                Val::tuple(&[Val::int(number), item])
            }
            Self::Map { step, all, spreads } => {
                let items: Vec<Val> = all.iter().map(|i| i.item(lower, at, skip)).collect();
                lower.mapped(step, items, *spreads)
            }
            Self::Filter { step, keep, inner } => {
                let item = inner.item(lower, at, skip);
                lower.sifted(step, *keep, item, skip)
            }
        }
    }
}

/// Can its items be reached by their number.
pub(super) fn is_indexed(source: &Source) -> bool {
    match source {
        Source::Range { .. } | Source::List { .. } => true,
        // Where some are left out, the places of the others are not known.
        Source::Zip(all) => !all.is_empty() && all.iter().all(|s| is_indexed(s) && !s.skips()),
        Source::Map { all, .. } => {
            all.iter().all(is_indexed) && (all.len() == 1 || !all.iter().any(Source::skips))
        }
        Source::Filter { source, .. } => is_indexed(source),
        Source::Enumerate { source, .. } => is_indexed(source) && !source.skips(),
        Source::While { .. } | Source::Accumulate { .. } | Source::Iter { .. } => false,
    }
}
