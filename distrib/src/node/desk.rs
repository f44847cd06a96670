//! The ranges of a unit that a node shares with others: where it hears what is to be done, and says what it has done.

use super::{Node, lock};
use crate::protocol::{Attempt, FromNode, PartHead, RangeHash, SliceEnd, ToNode};
use crate::{reach, wire};
use afar_compiler::{CodeId, compiler};
use afar_runtime::hooks::{self, Site};
use afar_runtime::pool::spread::{End, Offered, Order, Part, Sharing, Spreader, Verdict};
use afar_runtime::{Res, Str, Value};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// So often whoever waits for something to do looks whether it is wanted still.
const LOOK: Duration = Duration::from_millis(20);

/// A slice that is here.
struct Here {
    range: RangeHash,
    /// All before this index is done or under way.
    at: i64,
    /// Where it ends.
    hi: i64,
}

#[derive(Default)]
struct Papers {
    /// What the hub has said, and nobody has read.
    unread: VecDeque<(ToNode, Vec<u8>)>,
    slices: BTreeMap<u64, Here>,
    is_invited: bool,
}

/// Where a unit hears what to do for its ranges.
#[derive(Default)]
pub(super) struct Desk {
    papers: Mutex<Papers>,
    bell: Condvar,
}

impl Desk {
    pub(super) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// The hub has said something.
    pub(super) fn put(&self, message: ToNode, body: Vec<u8>) {
        let mut papers = lock(&self.papers);
        match message {
            ToNode::Cut { range, slice, hi, .. } => {
                if let Some(here) = papers.slices.get_mut(&slice).filter(|here| here.range == range) {
                    here.hi = here.hi.min(hi);
                }
                return;
            }
            ToNode::Invite { .. } => {
                papers.is_invited = true;
                return;
            }
            ToNode::Slice { range, slice, lo, hi, .. } => {
                papers.slices.insert(slice, Here { range, at: lo, hi });
            }
            _ => {}
        }
        papers.unread.push_back((message, body));
        drop(papers);
        self.bell.notify_all();
    }

    /// How far each slice has come.
    pub(super) fn reached(&self) -> Vec<(RangeHash, u64, i64)> {
        lock(&self.papers).slices.iter().map(|(slice, here)| (here.range, *slice, here.at)).collect()
    }
}

/// Shares the ranges of a unit with whoever else runs it.
pub(super) struct Spread {
    pub(super) node: Arc<Node>,
    pub(super) attempt: Attempt,
    pub(super) desk: Arc<Desk>,
}

impl Spreader for Spread {
    fn offer(&self, offered: &Offered) -> Option<Box<dyn Sharing>> {
        let code = compiler().code(CodeId(offered.key.code));
        let reached = reach::of_range(&code, &offered.key.inputs).ok()?;
        // What a proxy stands for is known to whoever substitutes it only.
        let is_plain = reached.handles.is_empty() && reached.names.iter().all(|n| !n.is_proxied);
        let range = is_plain.then(|| wire::range_content(offered, &code, &reached.names))??;
        let (node, attempt, desk) = (self.node.clone(), self.attempt, self.desk.clone());
        let (len, ends_early) = (offered.len, offered.ends_early);
        Some(Box::new(Share { node, attempt, desk, range, len, ends_early }))
    }
}

/// A range that a unit has come to.
struct Share {
    node: Arc<Node>,
    attempt: Attempt,
    desk: Arc<Desk>,
    range: RangeHash,
    len: i64,
    ends_early: bool,
}

impl Share {
    fn say(&self, message: &FromNode, body: &[u8]) {
        // Where the hub is gone, the node ends.
        self.node.say(message, body);
    }

    /// A part as bytes.
    fn sent(&self, part: &Part) -> Option<(PartHead, Vec<u8>)> {
        let blob = wire::encode(&mut lock(&self.node.names), &part.value).ok()?;
        let sites = part.sites.iter().map(|site| (site.file.to_string(), site.node)).collect();
        Some((PartHead { lo: part.lo, hi: part.hi, n_bytes: blob.bytes.len() as u64, sites }, blob.bytes))
    }

    /// The parts of a message.
    fn parts(&self, heads: Vec<PartHead>, mut body: &[u8]) -> Res<Vec<Part>> {
        let mut names = lock(&self.node.names);
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
            _ => None,
        })
    }
}

impl Sharing for Share {
    fn begin(&mut self, head: Part) {
        lock(&self.desk.papers).is_invited = false;
        match self.sent(&head) {
            Some((head, body)) => {
                let (attempt, range, len) = (self.attempt, self.range, self.len);
                let ends_early = self.ends_early;
                self.say(&FromNode::Offered { attempt, range, len, ends_early, head }, &body);
            }
            None => self.desk.put(ToNode::GoOn { attempt: self.attempt, range: self.range }, Vec::new()),
        }
    }

    fn next(&mut self) -> Res<Order> {
        loop {
            hooks::poll()?;
            let next = {
                let mut papers = lock(&self.desk.papers);
                if papers.unread.is_empty() {
                    papers =
                        self.desk.bell.wait_timeout(papers, LOOK).unwrap_or_else(PoisonError::into_inner).0;
                }
                papers.unread.pop_front()
            };
            if let Some((message, body)) = next
                && let Some(order) = self.order(message, &body)?
            {
                return Ok(order);
            }
        }
    }

    fn take(&mut self, slice: u64, lo: i64, hi: i64) -> i64 {
        let mut papers = lock(&self.desk.papers);
        papers.slices.get_mut(&slice).map_or(lo, |here| {
            let hi = hi.min(here.hi);
            here.at = here.at.max(hi);
            hi
        })
    }

    fn is_invited(&mut self) -> bool {
        lock(&self.desk.papers).is_invited
    }

    fn ended(&mut self, slice: u64, end: End, ran: Duration) {
        lock(&self.desk.papers).slices.remove(&slice);
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
        let (attempt, range) = (self.attempt, self.range);
        self.say(&FromNode::SliceEnded { attempt, range, slice, end, ran_us }, &body);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        // What is left of it was for a range that is over.
        let range = self.range;
        lock(&self.desk.papers).slices.retain(|_, here| here.range != range);
    }
}
