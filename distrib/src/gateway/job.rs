//! A job: what one edge has a gateway do. It outlives its edge for a while: the same script, run again, is told what was computed already,
//! and only the rest is computed.
//!
//! A unit is known by its number and by the hash of all that it is made of. The bytes of a unit say what the names in them mean, and names
//! and numbers follow from the units that they belong to; so a unit of the same number and hash computes the same, and nodes that have
//! run it have taken nothing for what it is not. Where an edge sends anything else under a number that was used, its job begins anew.

mod book;
mod kept;
#[cfg(test)]
mod tests;

use super::messages::{FromGateway, ScriptHash, Status};
use crate::hub::{Event, Hub, Links, Told};
use crate::protocol;
use book::{Book, Course};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// So long what a job has computed is kept for an edge that may come back.
const KEEP: Duration = Duration::from_mins(10);

/// What one edge has a gateway do.
pub(super) struct Job {
    /// Its number.
    pub(super) id: u64,
    /// What is run; `None` where that cannot be run again.
    pub(super) script: Option<ScriptHash>,
    began: Instant,
    hub: Hub,
    book: Arc<Mutex<Book>>,
}

fn lock(book: &Mutex<Book>) -> MutexGuard<'_, Book> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Job {
    /// A job with a hub of its own, and no edge yet.
    pub(super) fn start(
        id: u64,
        script: Option<ScriptHash>,
        links: Box<dyn Links>,
    ) -> std::io::Result<Arc<Self>> {
        let book = Arc::new(Mutex::new(Book::new()));
        let heard = book.clone();
        let hub = Hub::start(links, Box::new(move |told| lock(&heard).hear(told)))?;
        Ok(Arc::new(Self { id, script, began: Instant::now(), hub, book }))
    }

    /// An edge has come, and is told what becomes of what it says from here on; false where another one is there.
    pub(super) fn attach(&self, name: &str, to: &TcpStream) -> std::io::Result<bool> {
        let mut writer = to.try_clone()?;
        let (tell, told) = channel::<Told>();
        if !lock(&self.book).attach(name, tell) {
            return Ok(false);
        }
        std::thread::Builder::new().name("to edge".to_owned()).spawn(move || {
            for told in told {
                let (message, body) = FromGateway::of(told);
                if protocol::send(&mut writer, &message, &body.bytes).is_err() {
                    // Whoever reads what the edge says notices as well.
                    let _ = writer.shutdown(Shutdown::Both);
                    return;
                }
            }
        })?;
        Ok(true)
    }

    /// The edge says something; false where it is not the edge that this job is for, which begins anew then.
    pub(super) fn take(&self, event: Event) -> bool {
        // Under the lock, so that what the hub tells of it comes behind what is told of it here.
        let mut book = lock(&self.book);
        match book.take(event) {
            Course::On(event) => {
                self.hub.tell(event);
                true
            }
            Course::Settled => true,
            Course::Another => false,
        }
    }

    /// The edge is lost; false where nobody can come for what the job computes.
    pub(super) fn lose_edge(&self) -> bool {
        let is_kept = lock(&self.book).lose_edge();
        is_kept && self.script.is_some()
    }

    /// Nobody has come for it in time.
    pub(super) fn is_over(&self) -> bool {
        lock(&self.book).idle_since().is_some_and(|since| since.elapsed() > KEEP)
    }

    /// Is it one that an edge with this script goes on with.
    pub(super) fn waits_for(&self, script: Option<ScriptHash>) -> bool {
        script.is_some() && self.script == script && lock(&self.book).is_waiting()
    }

    /// Somebody ends it: the edge, where there is one, is told that there is no result.
    pub(super) fn cancel(&self) {
        self.hub.end();
        lock(&self.book).cancel();
    }

    /// There is nobody any more who wants anything of it.
    pub(super) fn end(&self) {
        self.hub.end();
        lock(&self.book).lose_edge();
    }

    /// Is its edge there.
    pub(super) fn has_edge(&self) -> bool {
        lock(&self.book).has_edge()
    }

    /// What its edge calls itself.
    pub(super) fn name(&self) -> String {
        lock(&self.book).name.clone()
    }

    pub(super) fn status(&self) -> Status {
        let (nodes, n_ready) = self.hub.status();
        let held: u64 = nodes.iter().map(|node| node.nbytes_held).sum();
        let book = lock(&self.book);
        let (n_done, n_open) = book.count();
        Status {
            job: self.id,
            name: book.name.clone(),
            is_connected: book.has_edge(),
            nodes,
            n_ready: n_ready as u64,
            n_done,
            n_open,
            age_ms: u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX),
            nbytes: held + book.nbytes_kept(),
        }
    }
}
