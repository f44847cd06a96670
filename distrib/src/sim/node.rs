//! A simulated node: it runs its slices in the order in which they came, the elements of each in order, on all its cores.

use super::work::{Does, Work};
use crate::ledger::{AttemptId, NodeId, Slice};
use std::collections::BTreeSet;
use std::rc::Rc;

/// A slice on a node.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) slice: Slice,
    pub(super) work: Rc<Work>,
    hi: u64,
    /// The next element to begin.
    pub(super) next: u64,
    under_way: BTreeSet<u64>,
    /// Elements that wait for an inner range, and keep no core busy.
    waiting: BTreeSet<u64>,
    began_us: Option<u64>,
    failed: Option<u64>,
    decided: Option<u64>,
}

/// How a slice ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Stopped(u64),
    Decided(u64),
    Failed(u64),
}

impl Run {
    fn new(slice: Slice, work: Rc<Work>) -> Self {
        Self {
            hi: slice.hi,
            next: slice.lo,
            slice,
            work,
            under_way: BTreeSet::new(),
            waiting: BTreeSet::new(),
            began_us: None,
            failed: None,
            decided: None,
        }
    }

    fn wants_more(&self, now_us: u64) -> bool {
        let is_over = self.began_us.is_some_and(|began| now_us >= began + self.slice.budget_ms * 1000);
        let is_settled = self.failed.is_some() || self.decided.is_some();
        self.next < self.hi && !is_over && !is_settled
    }

    fn ending(&self) -> Ending {
        match (self.failed, self.decided) {
            (Some(at), decided) if decided.is_none_or(|d| at < d) => Ending::Failed(at),
            (_, Some(at)) => Ending::Decided(at + 1),
            _ => Ending::Stopped(self.next),
        }
    }
}

/// A node, in one of its lives.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) id: NodeId,
    pub(super) n_cores: u64,
    n_busy: u64,
    pub(super) runs: Vec<Run>,
    /// The codes that it has.
    pub(super) codes: BTreeSet<u64>,
}

/// What a node began or ended.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// A slice has begun, and has so much time.
    First(AttemptId, u64),
    /// An element runs from here on.
    Began { attempt: AttemptId, index: u64, cost_us: u64 },
    /// A slice has ended, after so much time.
    Ended { slice: Slice, work: Rc<Work>, ending: Ending, ran_us: u64 },
}

impl Node {
    pub(super) fn new(id: NodeId, n_cores: u64) -> Self {
        Self { id, n_cores, n_busy: 0, runs: Vec::new(), codes: BTreeSet::new() }
    }

    pub(super) fn submit(&mut self, slice: Slice, work: Rc<Work>) {
        if !self.runs.iter().any(|run| run.slice.attempt == slice.attempt) {
            self.runs.push(Run::new(slice, work));
        }
    }

    pub(super) fn cut(&mut self, attempt: AttemptId, hi: u64) {
        for run in self.runs.iter_mut().filter(|run| run.slice.attempt == attempt) {
            run.hi = run.hi.min(hi);
        }
    }

    pub(super) fn cancel(&mut self, attempt: AttemptId) {
        let busy = |run: &Run| if run.slice.attempt == attempt { run.under_way.len() as u64 } else { 0 };
        self.n_busy -= self.runs.iter().map(busy).sum::<u64>();
        self.runs.retain(|run| run.slice.attempt != attempt);
    }

    /// An element has done what it does.
    pub(super) fn finish(&mut self, attempt: AttemptId, index: u64) -> Option<Does> {
        let run = self.runs.iter_mut().find(|run| run.slice.attempt == attempt)?;
        if run.under_way.remove(&index) {
            self.n_busy -= 1;
        } else if !run.waiting.remove(&index) {
            return None;
        }
        let does = run.work.does(index);
        match does {
            Does::Raises => run.failed = Some(run.failed.map_or(index, |at| at.min(index))),
            Does::Decides => run.decided = Some(run.decided.map_or(index, |at| at.min(index))),
            Does::Returns | Does::Kills | Does::Waits => {}
        }
        Some(does)
    }

    /// An element waits for its inner range, and gives its core to others.
    pub(super) fn wait(&mut self, attempt: AttemptId, index: u64) -> Option<Rc<Work>> {
        let run = self.runs.iter_mut().find(|run| run.slice.attempt == attempt)?;
        if !run.under_way.remove(&index) {
            return None;
        }
        self.n_busy -= 1;
        run.waiting.insert(index);
        Some(run.work.clone())
    }

    /// Where a slice will end whose time is over, if something of it is still under way.
    pub(super) fn stops_at(&self, attempt: AttemptId) -> Option<u64> {
        let run = self.runs.iter().find(|run| run.slice.attempt == attempt)?;
        let is_settled = run.failed.is_some() || run.decided.is_some();
        (!is_settled && !(run.under_way.is_empty() && run.waiting.is_empty())).then_some(run.next)
    }

    /// Begins what can begin, and ends what is over.
    pub(super) fn pump(&mut self, now_us: u64, steps: &mut Vec<Step>) {
        for run in &mut self.runs {
            while self.n_busy < self.n_cores && run.wants_more(now_us) {
                if run.began_us.is_none() {
                    run.began_us = Some(now_us);
                    steps.push(Step::First(run.slice.attempt, run.slice.budget_ms));
                }
                let index = run.next;
                run.next += 1;
                self.n_busy += 1;
                run.under_way.insert(index);
                steps.push(Step::Began {
                    attempt: run.slice.attempt,
                    index,
                    cost_us: run.work.cost_us(index),
                });
            }
        }
        self.runs.retain(|run| {
            let is_over = run.under_way.is_empty() && run.waiting.is_empty() && !run.wants_more(now_us);
            if is_over {
                let ran_us = now_us - run.began_us.unwrap_or(now_us);
                let (slice, work, ending) = (run.slice, run.work.clone(), run.ending());
                steps.push(Step::Ended { slice, work, ending, ran_us });
            }
            !is_over
        });
    }
}
