//! What is given to several workers and what is not, and why, as lowering decides it: for `afar explain parallel`.
//!
//! Each note is made where the decision is taken. A loop is lowered several times, as its types become known: the last note
//! of a place counts.

use super::fork::Fork;
use super::{Lower, Mode};
use crate::ir::SpecId;
use crate::weight::Weight;
use afar_lang::ast::{Arg, Comprehension, ComprehensionKind, Expr, ExprKind, Name, NodeId, Stmt, StmtKind};
use afar_lang::print;
use afar_lang::span::Span;
use afar_runtime::pool::Reduce;
use rustc_hash::{FxHashMap, FxHashSet};

/// The longest text of what a decision is about, in characters.
const MAX_CHARS: usize = 56;

/// Why something runs in parallel, or in order. The list is closed: each has an explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Each element is computed on its own, and the parts are joined in order.
    Map,
    /// The elements go into a set, a dict, a `Counter` or a text, which the parts build and which are then merged.
    Build,
    /// Each part is reduced, and the results are combined.
    Reduction,
    /// The elements are computed in parallel, and added up in order.
    OrderedFold,
    /// The elements are computed in parallel, and sorted.
    Sort,
    /// Calls of which none needs what the others give.
    Calls,
    /// A round of the loop reads what the round before has bound.
    CarriedValue,
    /// A clause reads what a later one has bound in the round before.
    CarriedCondition,
    /// The loop may be left in the middle.
    ShortCircuit,
    /// What it does shows outside, in order.
    Prints,
    /// How often it goes round is known only as it goes.
    OpenEnded,
    /// A `for` statement, which gives no value.
    Statement,
    /// Its elements are computed when, and as far as, somebody asks for them.
    Generator,
    /// What it runs over has no index.
    NoIndex,
    /// It advances an iterator that was made before it.
    IteratorFromOutside,
    /// It is done before another worker could take a part of it.
    TooLittleWork,
    /// It binds a name in an expression.
    BindsName,
    /// A function that it makes shares a variable with it.
    SharedVariable,
    /// Its elements are compared by what their classes say.
    UserComparison,
    /// There is one worker only.
    OneWorker,
    /// The object that it works on is not finished.
    UnfinishedObject,
    /// The expression, or what it uses, is too large to be kept waiting.
    TooLarge,
}

impl Reason {
    /// All of them, those of parallel work first.
    pub const ALL: [Self; 22] = [
        Self::Map,
        Self::Build,
        Self::Reduction,
        Self::OrderedFold,
        Self::Sort,
        Self::Calls,
        Self::CarriedValue,
        Self::CarriedCondition,
        Self::ShortCircuit,
        Self::Prints,
        Self::OpenEnded,
        Self::Statement,
        Self::Generator,
        Self::NoIndex,
        Self::IteratorFromOutside,
        Self::TooLittleWork,
        Self::BindsName,
        Self::SharedVariable,
        Self::UserComparison,
        Self::OneWorker,
        Self::UnfinishedObject,
        Self::TooLarge,
    ];

    /// Is what has this reason split.
    pub fn is_parallel(self) -> bool {
        matches!(
            self,
            Self::Map | Self::Build | Self::Reduction | Self::OrderedFold | Self::Sort | Self::Calls
        )
    }

    /// Its name, which stays what it is.
    pub fn id(self) -> &'static str {
        match self {
            Self::Map => "map",
            Self::Build => "build",
            Self::Reduction => "reduction",
            Self::OrderedFold => "ordered-fold",
            Self::Sort => "sort",
            Self::Calls => "calls",
            Self::CarriedValue => "carried-value",
            Self::CarriedCondition => "carried-condition",
            Self::ShortCircuit => "short-circuit",
            Self::Prints => "prints",
            Self::OpenEnded => "open-ended",
            Self::Statement => "statement",
            Self::Generator => "generator",
            Self::NoIndex => "no-index",
            Self::IteratorFromOutside => "iterator-from-outside",
            Self::TooLittleWork => "too-little-work",
            Self::BindsName => "binds-name",
            Self::SharedVariable => "shared-variable",
            Self::UserComparison => "user-comparison",
            Self::OneWorker => "one-worker",
            Self::UnfinishedObject => "unfinished-object",
            Self::TooLarge => "too-large",
        }
    }

    /// The reason of what a range of this kind does.
    fn of(kind: Reduce) -> Self {
        match kind {
            Reduce::List | Reduce::Ints | Reduce::Floats | Reduce::EachInt | Reduce::EachFloat => Self::Map,
            Reduce::Set
            | Reduce::Dict
            | Reduce::Count
            | Reduce::CountInt
            | Reduce::CountWords
            | Reduce::Join => Self::Build,
            Reduce::SumInt
            | Reduce::SumFloat
            | Reduce::Any
            | Reduce::All
            | Reduce::MinInt
            | Reduce::MaxInt
            | Reduce::MinFloat
            | Reduce::MaxFloat
            | Reduce::MinTotal
            | Reduce::MaxTotal
            | Reduce::MinKeyed
            | Reduce::MaxKeyed
            | Reduce::Fold => Self::Reduction,
            Reduce::SumAny | Reduce::MinAny | Reduce::MaxAny => Self::OrderedFold,
        }
    }
}

/// A loop, comprehension or group of calls, and what was decided about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Where it stands.
    pub span: Span,
    /// What it is, as text.
    pub what: String,
    /// Why it is split, or not.
    pub reason: Reason,
    /// The names that the reason is about.
    pub names: Vec<Name>,
    /// The numbers by which the runtime knows what it runs in parts.
    pub ranges: Vec<u32>,
}

/// What was noted in a function so far.
#[derive(Default)]
pub(super) struct Notes {
    found: Vec<(NodeId, Decision)>,
    /// Who uses up the generator expressions.
    consumers: FxHashMap<NodeId, String>,
    /// Generator expressions that were not reduced on the spot, though their consumer is one that might.
    declined: FxHashMap<NodeId, Reason>,
    /// The numbers of the ranges that loops were made into so far.
    ranges: FxHashMap<NodeId, Vec<u32>>,
    /// Expressions that are units of their own at the edge, though they are surveyed together.
    apart: FxHashSet<NodeId>,
}

impl Notes {
    /// The decisions, in the order of the text.
    pub(super) fn finish(self) -> Vec<Decision> {
        let mut found: Vec<Decision> = self.found.into_iter().map(|(_, d)| d).collect();
        found.sort_by_key(|d| (d.span.start, d.span.end));
        found
    }
}

impl<'t> Lower<'_, 't> {
    fn note(&mut self, id: NodeId, decision: Decision) {
        self.notes.found.retain(|(known, _)| *known != id);
        self.notes.found.push((id, decision));
    }

    /// A statement of the edge is surveyed as if it were pure: notes which of its expressions the edge evaluates one by one.
    pub(super) fn note_apart(&mut self, stmt: &'t Stmt) {
        let stmts = std::slice::from_ref(stmt);
        if !super::edge::has_effect(stmts) {
            return;
        }
        let mut all = Vec::new();
        crate::tree::each_expr(stmts, &mut |e| all.push(e));
        while let Some(expr) = all.pop() {
            self.notes.apart.insert(expr.id);
            if crate::tree::any_in(expr, &super::edge::is_effect) {
                crate::tree::each_child(expr, true, &mut |e| all.push(e));
            }
        }
    }

    /// Notes who gets the generator expressions among the arguments of a call.
    pub(super) fn note_consumer(&mut self, func: &Expr, args: &[Arg]) {
        if !self.comp.surveys {
            return;
        }
        for arg in args {
            let value = crate::tree::arg_value(arg);
            match &value.kind {
                ExprKind::Comprehension(c) => self.notes.consumers.insert(c.id, print::expr(func)),
                ExprKind::Call { .. } => self.notes.consumers.insert(value.id, print::expr(func)),
                _ => None,
            };
        }
    }

    /// Notes that a generator expression is not reduced where it stands, whoever gets it.
    pub(super) fn note_declined(&mut self, c: &Comprehension, reason: Reason) {
        if self.comp.surveys {
            self.notes.declined.insert(c.id, reason);
        }
    }

    /// Notes that a comprehension is not split.
    pub(super) fn note_whole(&mut self, c: &Comprehension, reason: Reason) {
        self.note_comprehension(c, reason, Vec::new());
    }

    /// Notes that a generator expression is made into a generator.
    pub(super) fn note_generator(&mut self, c: &Comprehension) {
        let reason = self.notes.declined.remove(&c.id).unwrap_or(Reason::Generator);
        self.note_whole(c, reason);
    }

    /// Notes that a comprehension is a range that is run in parts.
    pub(super) fn note_range(&mut self, c: &Comprehension, kind: Reduce, range: SpecId) {
        let is_sorted = self.notes.consumers.get(&c.id).is_some_and(|f| f == "sorted");
        let reason = match Reason::of(kind) {
            Reason::Map if is_sorted => Reason::Sort,
            reason => reason,
        };
        self.note_comprehension(c, reason, vec![range.0]);
    }

    fn note_comprehension(&mut self, c: &Comprehension, reason: Reason, ranges: Vec<u32>) {
        if !self.comp.surveys {
            return;
        }
        let consumer = self.notes.consumers.get(&c.id).map(String::as_str);
        let what = match self.over.get(&c.id).filter(|_| super::made::shape(c).is_some()) {
            Some(over) => shortened(&format!("{}({})", consumer.unwrap_or_default(), print::expr(over))),
            None => comprehension_text(c, consumer),
        };
        let names = match reason {
            Reason::SharedVariable => c.scope.get().map_or(Vec::new(), |scope| {
                scope.locals.iter().filter(|l| l.is_cell).map(|l| l.name.clone()).collect()
            }),
            _ => Vec::new(),
        };
        self.note(c.id, Decision { span: self.span, what, reason, names, ranges });
    }

    /// Notes a `for` or `while` statement as one that runs in order; the reason says what stands in the way.
    pub(super) fn note_loop(&mut self, target: Option<&Expr>, over: &Expr, body: &[Stmt]) {
        if !self.comp.surveys {
            return;
        }
        let carried = super::carried::carried(target, over, body);
        let prints = crate::tree::any_expr(body, &super::edge::is_effect);
        let reason = match target {
            _ if prints => Reason::Prints,
            None => Reason::OpenEnded,
            Some(_) if self.mode == Mode::Generator && yields(body) => Reason::Generator,
            Some(_) if !carried.is_empty() => Reason::CarriedValue,
            Some(_) if leaves(body, 0) => Reason::ShortCircuit,
            Some(_) => Reason::Statement,
        };
        let (id, what) = match target {
            Some(target) => (target.id, for_text(target, over)),
            None => (over.id, shortened(&format!("while {}", print::expr(over)))),
        };
        let names = if reason == Reason::CarriedValue { carried } else { Vec::new() };
        self.note(id, Decision { span: self.span, what, reason, names, ranges: Vec::new() });
    }

    /// As `note`, where the same may have been lowered before: the numbers of its ranges are added.
    pub(super) fn note_again(&mut self, id: NodeId, mut decision: Decision) {
        let before = self.notes.ranges.entry(id).or_default();
        before.extend(&decision.ranges);
        decision.ranges.clone_from(before);
        self.note(id, decision);
    }

    /// Notes calls that do not need one another, of which some wait so that others may compute them.
    pub(super) fn note_calls(&mut self, exprs: &[&'t Expr], forks: &[&Fork]) {
        if let Some(reason) = if forks.is_empty() { self.why_no_calls() } else { Some(Reason::Calls) } {
            self.note_group(exprs, reason, forks);
        }
    }

    /// Notes what was decided about calls that do not need one another, if there are at least two.
    pub(super) fn note_group(&mut self, exprs: &[&'t Expr], reason: Reason, forks: &[&Fork]) {
        let [first, _, ..] = exprs else { return };
        if !self.comp.surveys || self.in_fork || self.notes.apart.contains(&first.id) {
            return;
        }
        let all: Vec<String> = exprs.iter().map(|e| print::expr(e)).collect();
        let decision = Decision {
            span: first.span,
            what: shortened(&all.join(", ")),
            reason,
            names: Vec::new(),
            ranges: forks.iter().map(|f| f.body.0).collect(),
        };
        self.note(first.id, decision);
    }

    /// Notes calls where none is given away, if there are at least two that would be worth it.
    pub(super) fn note_calls_in_order(&mut self, exprs: &[&'t Expr]) {
        if self.comp.surveys && self.mode != Mode::Edge {
            let heavy: Vec<&'t Expr> =
                exprs.iter().filter(|e| self.weigh(e) == Weight::Heavy).copied().collect();
            self.note_calls(&heavy, &[]);
        }
    }

    fn why_no_calls(&self) -> Option<Reason> {
        match self.mode {
            // Each expression of the edge is a unit, in which this is asked again.
            Mode::Edge => None,
            Mode::Generator => Some(Reason::Generator),
            Mode::Unit if !self.comp.forks => Some(Reason::OneWorker),
            Mode::Unit if self.hidden.is_some() => Some(Reason::NoIndex),
            Mode::Unit if !self.may_fork() => Some(Reason::UnfinishedObject),
            Mode::Unit => Some(Reason::TooLarge),
        }
    }
}

/// A comprehension without its element, as its consumer gets it.
fn comprehension_text(c: &Comprehension, consumer: Option<&str>) -> String {
    let clauses: Vec<String> = c
        .clauses
        .iter()
        .map(|clause| {
            let conditions = if clause.conditions.is_empty() { "" } else { " if ..." };
            format!("for {} in {}{conditions}", print::expr(&clause.target), print::expr(&clause.iter))
        })
        .collect();
    let inner = format!("... {}", clauses.join(" "));
    let own = match &c.kind {
        ComprehensionKind::List(_) => format!("[{inner}]"),
        ComprehensionKind::Set(_) => format!("{{{inner}}}"),
        ComprehensionKind::Dict(..) => format!("{{...: {inner}}}"),
        ComprehensionKind::Generator(_) => format!("({inner})"),
    };
    shortened(&match (consumer, &c.kind) {
        (Some(consumer), ComprehensionKind::Generator(_)) => format!("{consumer}{own}"),
        _ => own,
    })
}

/// A loop without its body.
pub(super) fn for_text(target: &Expr, over: &Expr) -> String {
    shortened(&format!("for {} in {}", print::expr(target), print::expr(over)))
}

fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MAX_CHARS {
        return line;
    }
    let kept: String = line.chars().take(MAX_CHARS - 3).collect();
    format!("{}...", kept.trim_end())
}

fn yields(body: &[Stmt]) -> bool {
    crate::tree::any_expr(body, &|e| matches!(e.kind, ExprKind::Yield(_) | ExprKind::YieldFrom(_)))
}

/// May a loop be left from its body; `depth` is how many loops within it are around these statements.
pub(super) fn leaves(body: &[Stmt], depth: usize) -> bool {
    body.iter().any(|stmt| match &stmt.kind {
        StmtKind::Return(_) => true,
        StmtKind::Break => depth == 0,
        StmtKind::For { body, orelse, .. } | StmtKind::While { body, orelse, .. } => {
            leaves(body, depth + 1) || leaves(orelse, depth)
        }
        StmtKind::If { body, orelse, .. } => leaves(body, depth) || leaves(orelse, depth),
        StmtKind::With { body, .. } => leaves(body, depth),
        StmtKind::Match { cases, .. } => cases.iter().any(|case| leaves(&case.body, depth)),
        StmtKind::Try { body, handlers, orelse, finally, .. } => {
            leaves(body, depth)
                || handlers.iter().any(|h| leaves(&h.body, depth))
                || leaves(orelse, depth)
                || leaves(finally, depth)
        }
        _ => false,
    })
}
