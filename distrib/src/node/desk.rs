//! The ranges of a unit that a node shares with others: where it hears what is to be done, and says what it has done.

use super::errands::Errands;
use super::{Node, lock};
use crate::protocol::{Attempt, Coming, FromNode, PartHead, RangeHash, SliceEnd, ToNode};
use crate::{reach, wire};
use afar_compiler::{CodeId, compiler};
use afar_runtime::hooks::{self, Site};
use afar_runtime::pool::errand::{Errand, Given, Standing, Wish};
use afar_runtime::pool::spread::{
    Call, End, Offered, Order, Pace, Part, Sharing, Spreader, Verdict, Within, Worth, is_light,
};
use afar_runtime::{Res, Str, Value};
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// So often whoever waits for something to do looks whether it is wanted still.
const LOOK: Duration = Duration::from_millis(20);

/// A slice that is here.
struct Here {
    /// All before this index is done or under way.
    at: i64,
    /// Where it ends.
    hi: i64,
}

/// A range that the unit has come to, and that is not over here.
#[derive(Default)]
struct Open {
    /// What the hub has said of it, and nobody has read.
    unread: VecDeque<(ToNode, Vec<u8>)>,
    is_invited: bool,
    is_inner: bool,
    /// All before this element was begun without having been told to.
    under_way: i64,
    /// The element that is run for what is within it is not wanted any more.
    dismissed: Option<Arc<AtomicBool>>,
}

#[derive(Default)]
struct Papers {
    ranges: BTreeMap<RangeHash, Open>,
    slices: BTreeMap<(RangeHash, u64), Here>,
    /// The unit is to stop.
    is_stopped: bool,
}

/// Where a unit hears what to do for its ranges.
#[derive(Default)]
pub(super) struct Desk {
    papers: Mutex<Papers>,
    bell: Condvar,
    /// What waits for its turn in it, and is computed elsewhere.
    pub(super) errands: Errands,
}

impl Desk {
    pub(super) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// The hub has said something. What is for a range that is over is for nobody.
    pub(super) fn put(&self, message: ToNode, body: Vec<u8>) {
        let mut papers = lock(&self.papers);
        let papers = &mut *papers;
        let name = match &message {
            ToNode::Cut { range, slice, hi, .. } => {
                if let Some(here) = papers.slices.get_mut(&(*range, *slice)) {
                    here.hi = here.hi.min(*hi);
                }
                return;
            }
            ToNode::Invite { range: None, .. } => {
                papers.ranges.values_mut().filter(|open| !open.is_inner).for_each(|o| o.is_invited = true);
                return;
            }
            ToNode::Invite { range: Some(range), .. }
            | ToNode::Slice { range, .. }
            | ToNode::Join { range, .. }
            | ToNode::Fails { range, .. }
            | ToNode::GoOn { range, .. }
            | ToNode::Assist { range, .. }
            | ToNode::Dismiss { range, .. } => *range,
            ToNode::Text { .. }
            | ToNode::Run { .. }
            | ToNode::Hold { .. }
            | ToNode::Fetch { .. }
            | ToNode::Release { .. }
            | ToNode::Cancel { .. }
            | ToNode::Errand { .. }
            | ToNode::Bye => return,
        };
        let Some(open) = papers.ranges.get_mut(&name) else { return };
        match message {
            ToNode::Invite { .. } => {
                open.is_invited = true;
                return;
            }
            ToNode::Dismiss { .. } => {
                open.unread.retain(|(message, _)| !matches!(message, ToNode::Assist { .. }));
                open.dismissed.iter().for_each(|flag| {
                    hooks::cancel_task(flag);
                });
                return;
            }
            ToNode::Slice { slice, lo, hi, .. } => {
                let at = if lo == 0 { open.under_way.min(hi) } else { lo };
                papers.slices.insert((name, slice), Here { at, hi });
            }
            _ => {}
        }
        open.unread.push_back((message, body));
        self.bell.notify_all();
    }

    /// How far each slice has come.
    pub(super) fn reached(&self) -> Vec<(RangeHash, u64, i64)> {
        lock(&self.papers).slices.iter().map(|((range, slice), here)| (*range, *slice, here.at)).collect()
    }

    /// The unit is to stop, and all that is run for it.
    pub(super) fn stop(&self) {
        let mut papers = lock(&self.papers);
        papers.is_stopped = true;
        papers.ranges.values().flat_map(|open| &open.dismissed).for_each(|flag| {
            hooks::cancel_task(flag);
        });
    }
}

/// Shares the ranges of a unit with whoever else runs it.
#[derive(Clone)]
pub(super) struct Spread {
    pub(super) node: Arc<Node>,
    pub(super) attempt: Attempt,
    pub(super) desk: Arc<Desk>,
    pub(super) role: Role,
}

/// What a unit is run for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// For what it comes to.
    First,
    /// To take part in what another node runs for that.
    Helper,
    /// An element of a range of it, to take part in the ranges within.
    Assistant,
}

impl Spreader for Spread {
    fn offer(&self, offered: &Offered) -> Option<Box<dyn Sharing>> {
        let is_early = offered.worth == Worth::Early;
        if is_early && !offered.key.inputs.iter().all(is_light) {
            return None;
        }
        let code = compiler().code(CodeId(offered.key.code));
        let reached = reach::of_range(&code, &offered.key.inputs).ok()?;
        if is_early && !reached.names.iter().flat_map(|n| &n.found).all(|found| is_light(&found.value)) {
            return None;
        }
        // What a proxy stands for is known to whoever substitutes it only.
        let is_plain = reached.handles.is_empty() && reached.names.iter().all(|n| !n.is_proxied);
        let range = is_plain.then(|| wire::range_content(offered, &code, &reached.names))??;
        if self.role == Role::Helper && offered.within.is_none() {
            self.is_busy();
        }
        {
            let mut papers = lock(&self.desk.papers);
            if papers.ranges.contains_key(&range) {
                // Another thread is at the same.
                return None;
            }
            papers.ranges.insert(range, Open { is_inner: offered.within.is_some(), ..Open::default() });
        }
        let (len, ends_early) = (offered.len, offered.ends_early);
        let within = offered.within.map(|within| (within.range, within.index));
        let is_over = false;
        Some(Box::new(Share { of: self.clone(), range, len, ends_early, within, is_over }))
    }

    fn comes_second(&self, within: Option<Within>) -> bool {
        match self.role {
            Role::First => false,
            Role::Helper => within.is_none(),
            Role::Assistant => true,
        }
    }

    fn wish(&self, standing: Standing) -> Wish {
        self.wish_of(standing)
    }

    fn give(&self, given: &Given<'_>) -> Option<Box<dyn Errand>> {
        self.give_away(given)
    }
}

/// A range that a unit has come to.
struct Share {
    of: Spread,
    range: RangeHash,
    len: i64,
    ends_early: bool,
    within: Option<(RangeHash, i64)>,
    /// The hub knows that this node is not in it any more.
    is_over: bool,
}

impl Share {
    fn say(&self, message: &FromNode, body: &[u8]) {
        // Where the hub is gone, the node ends.
        self.of.node.say(message, body);
    }

    /// Says that this range was come to.
    fn offer(&self, head: PartHead, under_way: Option<i64>, pace: Pace, body: &[u8]) {
        let (len, ends_early, within) = (self.len, self.ends_early, self.within);
        let coming = Coming { len, ends_early, within, head, under_way, is_coarse: pace == Pace::Coarse };
        self.say(&FromNode::Offered { attempt: self.of.attempt, range: self.range, coming }, body);
    }

    /// A part as bytes.
    fn sent(&self, part: &Part) -> Option<(PartHead, Vec<u8>)> {
        let blob = wire::encode(&mut lock(&self.of.node.names), &part.value).ok()?;
        let sites = part.sites.iter().map(|site| (site.file.to_string(), site.node)).collect();
        Some((PartHead { lo: part.lo, hi: part.hi, n_bytes: blob.bytes.len() as u64, sites }, blob.bytes))
    }

    /// The parts of a message.
    fn parts(&self, heads: Vec<PartHead>, mut body: &[u8]) -> Res<Vec<Part>> {
        let mut names = lock(&self.of.node.names);
        heads
            .into_iter()
            .map(|head| {
                let n_bytes = usize::try_from(head.n_bytes).unwrap_or(usize::MAX).min(body.len());
                let (own, rest) = body.split_at(n_bytes);
                body = rest;
                let value = if own.is_empty() { Value::Unbound } else { wire::decode(&mut names, own)? };
                let sites =
                    head.sites.into_iter().map(|(file, node)| Site { file: Str::from(file), node }).collect();
                Ok(Part { lo: head.lo, hi: head.hi, value, sites })
            })
            .collect()
    }

    /// What a message asks for; none where it is not for this range.
    fn order(&self, message: ToNode, body: &[u8]) -> Res<Option<Order>> {
        Ok(match message {
            ToNode::Slice { range, slice, lo, hi, budget_ms, .. } if range == self.range => {
                Some(Order::Run { slice, lo, hi, budget: Duration::from_millis(budget_ms) })
            }
            ToNode::Join { range, parts, .. } if range == self.range => {
                Some(Order::Join(self.parts(parts, body)?))
            }
            ToNode::Fails { range, index, is_lost, .. } if range == self.range => {
                Some(if is_lost { Order::Lost(index) } else { Order::Fail(index) })
            }
            ToNode::GoOn { range, .. } if range == self.range => Some(Order::GoOn),
            ToNode::Assist { range, index, .. } if range == self.range => Some(self.assist(index)),
            _ => None,
        })
    }

    fn assist(&self, index: i64) -> Order {
        let flag = |papers: &Papers| papers.ranges.get(&self.range)?.dismissed.clone();
        let cancel = flag(&lock(&self.of.desk.papers)).unwrap_or_default();
        let spreader = Arc::new(Spread { role: Role::Assistant, ..self.of.clone() });
        Order::Assist { index, cancel, spreader }
    }

    /// What the hub has said next. What is run for what is within it can be called off from here on.
    fn unread(&self, papers: &mut Papers) -> Option<(ToNode, Vec<u8>)> {
        let open = papers.ranges.get_mut(&self.range)?;
        let next = open.unread.pop_front()?;
        if matches!(next.0, ToNode::Assist { .. }) {
            let flag = open.dismissed.insert(Arc::default());
            if papers.is_stopped {
                hooks::cancel_task(flag);
            }
        }
        Some(next)
    }
}

impl Sharing for Share {
    fn name(&self) -> RangeHash {
        self.range
    }

    fn begun(&mut self, under_way: i64) {
        if let Some(open) = lock(&self.of.desk.papers).ranges.get_mut(&self.range) {
            open.under_way = under_way;
        }
        let nothing = PartHead { lo: 0, hi: 0, n_bytes: 0, sites: Vec::new() };
        self.offer(nothing, Some(under_way), Pace::Fine, &[]);
    }

    fn begin(&mut self, head: Part, pace: Pace) {
        if let Some(open) = lock(&self.of.desk.papers).ranges.get_mut(&self.range) {
            open.is_invited = false;
            open.under_way = head.hi;
        }
        match self.sent(&head) {
            Some((head, body)) => self.offer(head, None, pace, &body),
            None => {
                let (attempt, range) = (self.of.attempt, self.range);
                self.of.desk.put(ToNode::GoOn { attempt, range }, Vec::new());
            }
        }
    }

    fn next(&mut self) -> Res<Order> {
        loop {
            hooks::poll()?;
            let next = {
                let mut papers = lock(&self.of.desk.papers);
                match self.unread(&mut papers) {
                    Some(next) => Some(next),
                    None => {
                        let waited = self.of.desk.bell.wait_timeout(papers, LOOK);
                        self.unread(&mut waited.unwrap_or_else(PoisonError::into_inner).0)
                    }
                }
            };
            if let Some((message, body)) = next
                && let Some(order) = self.order(message, &body)?
            {
                self.is_over = matches!(order, Order::Join(_) | Order::Fail(_) | Order::Lost(_));
                return Ok(order);
            }
        }
    }

    fn take(&mut self, slice: u64, lo: i64, hi: i64) -> i64 {
        let mut papers = lock(&self.of.desk.papers);
        papers.slices.get_mut(&(self.range, slice)).map_or(lo, |here| {
            let hi = hi.min(here.hi);
            here.at = here.at.max(hi);
            hi
        })
    }

    fn call(&mut self) -> Call {
        let papers = lock(&self.of.desk.papers);
        match papers.ranges.get(&self.range) {
            Some(open) if !open.unread.is_empty() => Call::Orders,
            Some(open) if open.is_invited => Call::Invited,
            Some(_) | None => Call::None,
        }
    }

    fn assisted(&mut self, index: i64) {
        let open = |papers: &mut Papers| papers.ranges.get_mut(&self.range)?.dismissed.take();
        let flag = open(&mut lock(&self.of.desk.papers));
        flag.iter().for_each(|flag| hooks::end_task(flag));
        let (attempt, range) = (self.of.attempt, self.range);
        self.say(&FromNode::Assisted { attempt, range, index }, &[]);
    }

    fn ended(&mut self, slice: u64, end: End, ran: Duration) {
        lock(&self.of.desk.papers).slices.remove(&(self.range, slice));
        self.is_over |= matches!(end, End::Kept);
        let (end, body) = match end {
            End::Stopped(part, verdict) => match self.sent(&part) {
                Some((part, body)) => {
                    (SliceEnd::Stopped { part, decides: verdict == Verdict::Decides }, body)
                }
                None => (SliceEnd::Kept, Vec::new()),
            },
            End::Failed(index) => (SliceEnd::Failed(index), Vec::new()),
            End::Kept => (SliceEnd::Kept, Vec::new()),
        };
        let ran_us = u64::try_from(ran.as_micros()).unwrap_or(u64::MAX);
        let (attempt, range) = (self.of.attempt, self.range);
        self.say(&FromNode::SliceEnded { attempt, range, slice, end, ran_us }, &body);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let range = self.range;
        let mut papers = lock(&self.of.desk.papers);
        papers.ranges.remove(&range);
        // What is left of them was for a range that is over.
        papers.slices.retain(|(of, _), _| *of != range);
        drop(papers);
        if !self.is_over {
            // As where it was called away from the element in which the range is.
            self.say(&FromNode::Left { attempt: self.of.attempt, range }, &[]);
        }
    }
}

#[cfg(test)]
mod tests;
