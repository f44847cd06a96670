//! Expressions of a unit that wait for their turn, and that nodes compute for each other: what was given away here, and what is computed here
//! for others.
//!
//! What one captured travels, and its value. Its code does not: who computes it runs the same unit, and has come to the same code; whether what
//! that reads is the same is told by the hash under which the expression was given away.

use super::desk::{Role, Spread};
use super::lock;
use crate::protocol::{CallEnd, CallHead, CallId, ErrandSaid, ErrandTold, FromNode};
use crate::{reach, wire};
use afar_compiler::{CodeId, compiler};
use afar_runtime::hooks::{self, RangeKey, Site};
use afar_runtime::pool::errand::{Answer, CallOff, Errand, Given, Guest, Host, News, Standing, Wish};
use afar_runtime::pool::spread::{is_small, is_small_or_named};
use afar_runtime::{Str, Value};
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// So often whoever waits for an answer looks whether it is wanted still.
const LOOK: Duration = Duration::from_millis(20);

/// What is to be computed here, and was not begun.
struct Asked {
    call: CallId,
    awaited: Option<u64>,
    head: CallHead,
    body: Vec<u8>,
}

/// What is computed here.
struct Hosted {
    call: CallId,
    awaited: Option<u64>,
    call_off: Option<CallOff>,
    is_wanted: bool,
}

/// What was given away here.
#[derive(Default)]
struct Gone {
    answer: Option<(CallEnd, Vec<u8>)>,
    /// The hub knows that its turn has come.
    is_told: bool,
}

#[derive(Default)]
struct Papers {
    wants: BTreeMap<Option<CallId>, Duration>,
    is_ready: bool,
    asked: Vec<Asked>,
    hosted: BTreeMap<u64, Hosted>,
    last_hosted: u64,
    gone: BTreeMap<u64, Gone>,
    last_gone: u64,
}

/// The errands of a unit.
#[derive(Default)]
pub(super) struct Errands {
    papers: Mutex<Papers>,
    bell: Condvar,
}

impl Errands {
    /// The hub has said something; gives what is to be answered at once.
    pub(super) fn hear(&self, told: ErrandTold, body: Vec<u8>) -> Option<ErrandSaid> {
        let mut papers = lock(&self.papers);
        match told {
            ErrandTold::Want { within, waited_ms } => {
                papers.wants.insert(within, Duration::from_millis(waited_ms));
            }
            ErrandTold::Compute { call, awaited, head } => {
                papers.asked.push(Asked { call, awaited, head, body });
            }
            ErrandTold::Answer { n, end } => {
                if let Some(gone) = papers.gone.get_mut(&n) {
                    gone.answer = Some((end, body));
                }
            }
            ErrandTold::Recall { call } => return papers.give_back(|asked| asked.call == call).pop(),
            ErrandTold::CallOff { call } => {
                drop(papers.give_back(|asked| asked.call == call));
                let hosted = papers.hosted.values_mut().filter(|hosted| hosted.call == call);
                hosted.for_each(Hosted::call_off);
                return None;
            }
        }
        drop(papers);
        self.bell.notify_all();
        hooks::look();
        None
    }

    /// Is there something that a thread of the unit should look at.
    pub(super) fn needs_look(&self, is_helper: bool) -> bool {
        let papers = lock(&self.papers);
        !papers.wants.is_empty() || !papers.asked.is_empty() || is_helper && !papers.is_ready
    }
}

impl Papers {
    /// Takes what is to be computed while waiting for this one, or else on top of the unit; it can be called off from here on.
    fn begin(&mut self, awaited: Option<u64>) -> Option<(u64, Asked)> {
        let at = self.asked.iter().position(|asked| asked.awaited == awaited)?;
        let asked = self.asked.remove(at);
        self.last_hosted += 1;
        let hosted = Hosted { call: asked.call, awaited, call_off: None, is_wanted: true };
        self.hosted.insert(self.last_hosted, hosted);
        Some((self.last_hosted, asked))
    }

    /// What was not begun, and is not going to be.
    fn give_back(&mut self, is_it: impl Fn(&Asked) -> bool) -> Vec<ErrandSaid> {
        let (back, kept) = std::mem::take(&mut self.asked).into_iter().partition(is_it);
        self.asked = kept;
        let back: Vec<Asked> = back;
        back.iter().map(|asked| refusal(asked.call, asked.awaited)).collect()
    }
}

impl Hosted {
    fn call_off(&mut self) {
        self.is_wanted = false;
        self.call_off.iter().for_each(CallOff::call_off);
    }
}

fn refusal(call: CallId, awaited: Option<u64>) -> ErrandSaid {
    ErrandSaid::Ended { call, awaited, end: CallEnd::Refused, ran_us: 0 }
}

/// The hash of what an expression computes, where all that it uses is the same on all nodes and soon looked through.
fn name_of(key: &RangeKey, depth_left: i64) -> Option<[u8; 32]> {
    let code = compiler().code(CodeId(key.code));
    let reached = reach::of_range(&code, &key.inputs).ok()?;
    let found =
        |name: &crate::inputs::Input| name.found.as_ref().is_none_or(|found| is_small_or_named(&found.value));
    let is_plain = reached.handles.is_empty() && reached.names.iter().all(|n| !n.is_proxied && found(n));
    is_plain.then(|| wire::waiting_content(key, depth_left, &code, &reached.names))?
}

impl Spread {
    fn errand_says(&self, said: ErrandSaid, body: &[u8]) {
        // Where the hub is gone, the node ends.
        self.node.say(&FromNode::Errand { attempt: self.attempt, said }, body);
    }

    /// The unit has come to a range that others take part in, and has something to do.
    pub(super) fn is_busy(&self) {
        let mut papers = lock(&self.desk.errands.papers);
        let was_ready = std::mem::take(&mut papers.is_ready);
        let back = papers.give_back(|asked| asked.awaited.is_none());
        drop(papers);
        back.into_iter().for_each(|said| self.errand_says(said, &[]));
        if was_ready {
            self.errand_says(ErrandSaid::Busy, &[]);
        }
    }

    /// What other nodes want of a thread of the unit.
    pub(super) fn wish_of(&self, standing: Standing) -> Wish {
        if self.role == Role::Assistant {
            return Wish::Nothing;
        }
        let may_compute = self.role == Role::Helper && standing.is_outside;
        let mut papers = lock(&self.desk.errands.papers);
        if may_compute && let Some((number, asked)) = papers.begin(None) {
            drop(papers);
            return self.guest(number, asked).map_or(Wish::Nothing, Wish::Compute);
        }
        if may_compute && !papers.is_ready {
            papers.is_ready = true;
            drop(papers);
            self.errand_says(ErrandSaid::Ready, &[]);
            return Wish::Nothing;
        }
        let within = match standing.within.map(|number| papers.hosted.get(&number)) {
            None => None,
            Some(Some(hosted)) => Some(hosted.call),
            Some(None) => return Wish::Nothing,
        };
        papers.wants.get(&within).map_or(Wish::Nothing, |waited| Wish::Give(*waited))
    }

    /// What is to be computed here, if it can be: says so if not.
    fn guest(&self, number: u64, asked: Asked) -> Option<Guest> {
        let Asked { call, awaited, head, body } = asked;
        let guest = self.find(number, head, &body);
        if guest.is_none() {
            lock(&self.desk.errands.papers).hosted.remove(&number);
            self.errand_says(refusal(call, awaited), &[]);
        }
        guest
    }

    fn find(&self, number: u64, head: CallHead, body: &[u8]) -> Option<Guest> {
        let CallHead { key, node, depth_left } = head;
        let decoded = wire::decode(&mut lock(&self.node.names), body).ok()?;
        let Value::Tuple(captured) = decoded else { return None };
        let captured = captured.to_vec();
        let bodies = compiler().bodies_for(node, &captured);
        let found = bodies.into_iter().find(|found| name_of(&found.key, depth_left) == Some(key))?;
        let (body, n_results) = compiler().enter_waiting(&found)?;
        Some(Guest { number, body, captured, n_results, depth_left, host: Arc::new(self.clone()) })
    }

    /// Gives an expression that waits to whoever wants it.
    pub(super) fn give_away(&self, given: &Given<'_>) -> Option<Box<dyn Errand>> {
        if !given.captured.iter().all(is_small) {
            return None;
        }
        let key = name_of(&given.key, given.depth_left)?;
        let captured = Value::tuple(given.captured.to_vec());
        let body = wire::encode(&mut lock(&self.node.names), &captured).ok()?.bytes;
        let mut papers = lock(&self.desk.errands.papers);
        let within = match given.within {
            None => None,
            Some(number) => Some(papers.hosted.get(&number)?.call),
        };
        papers.wants.remove(&within)?;
        papers.last_gone += 1;
        let n = papers.last_gone;
        papers.gone.insert(n, Gone::default());
        drop(papers);
        let head = CallHead { key, node: given.key.node, depth_left: given.depth_left };
        self.errand_says(ErrandSaid::Gives { n, within, head }, &body);
        Some(Box::new(Away { of: self.clone(), n }))
    }
}

impl Host for Spread {
    fn began(&self, number: u64, call_off: CallOff) {
        if let Some(hosted) = lock(&self.desk.errands.papers).hosted.get_mut(&number) {
            if !hosted.is_wanted {
                call_off.call_off();
            }
            hosted.call_off = Some(call_off);
        }
    }

    fn ended(&self, number: u64, answer: Answer, ran: Duration) {
        let hosted = {
            let mut papers = lock(&self.desk.errands.papers);
            let hosted = papers.hosted.remove(&number);
            papers.wants.retain(|within, _| *within != hosted.as_ref().map(|h| h.call) || within.is_none());
            hosted
        };
        let Some(hosted) = hosted.filter(|hosted| hosted.is_wanted) else { return };
        let (end, body) = match answer {
            Answer::Value(value) => match wire::encode(&mut lock(&self.node.names), &value) {
                Ok(blob) => (CallEnd::Value, blob.bytes),
                Err(_) => (CallEnd::InPlace, Vec::new()),
            },
            Answer::Wide(sites) => {
                let sites = sites.into_iter().map(|site| (site.file.to_string(), site.node));
                (CallEnd::Wide(sites.collect()), Vec::new())
            }
            Answer::InPlace => (CallEnd::InPlace, Vec::new()),
        };
        let ran_us = u64::try_from(ran.as_micros()).unwrap_or(u64::MAX);
        self.errand_says(
            ErrandSaid::Ended { call: hosted.call, awaited: hosted.awaited, end, ran_us },
            &body,
        );
    }
}

/// An expression that was given away here.
struct Away {
    of: Spread,
    n: u64,
}

impl Away {
    fn answer(&self, end: CallEnd, body: &[u8]) -> Answer {
        match end {
            CallEnd::Value => {
                let value = wire::decode(&mut lock(&self.of.node.names), body);
                value.map_or(Answer::InPlace, Answer::Value)
            }
            CallEnd::Wide(sites) => {
                let site = |(file, node)| Site { file: Str::from(file), node };
                Answer::Wide(sites.into_iter().map(site).collect())
            }
            CallEnd::InPlace | CallEnd::Refused => Answer::InPlace,
        }
    }
}

impl Errand for Away {
    fn wait(&self) -> Option<News> {
        let errands = &self.of.desk.errands;
        let mut papers = lock(&errands.papers);
        let gone = papers.gone.get_mut(&self.n)?;
        if let Some((end, body)) = gone.answer.take() {
            drop(papers);
            return Some(News::Answer(self.answer(end, &body)));
        }
        if !std::mem::replace(&mut gone.is_told, true) {
            drop(papers);
            self.of.errand_says(ErrandSaid::Waits { n: self.n }, &[]);
            papers = lock(&errands.papers);
        }
        let has_news = papers.gone.get(&self.n).is_some_and(|gone| gone.answer.is_some());
        let is_part = |asked: &Asked| asked.awaited == Some(self.n);
        if !has_news && !papers.asked.iter().any(is_part) {
            let waited = errands.bell.wait_timeout(papers, LOOK);
            papers = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let (number, asked) = papers.begin(Some(self.n))?;
        drop(papers);
        self.of.guest(number, asked).map(News::Part)
    }

    fn call_off(&self) {
        self.of.errand_says(ErrandSaid::NotWanted { n: self.n }, &[]);
    }
}

impl Drop for Away {
    fn drop(&mut self) {
        let mut papers = lock(&self.of.desk.errands.papers);
        papers.gone.remove(&self.n);
        let back = papers.give_back(|asked| asked.awaited == Some(self.n));
        drop(papers);
        back.into_iter().for_each(|said| self.of.errand_says(said, &[]));
    }
}

#[cfg(test)]
mod tests;
