//! The one place where threads for units are made: their stacks are as deep as the edge's.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};

/// The address space of a unit's stack; pages are taken as they are used.
const STACK_BYTES: usize = 4 << 30;
/// So many idle threads are kept.
const MAX_IDLE: usize = 16;

type Job = Box<dyn FnOnce() + Send>;

static IDLE: Mutex<Vec<Sender<Job>>> = Mutex::new(Vec::new());

/// Runs something on a thread of its own; gives it back where no thread can be had.
pub(crate) fn run(mut job: Job) -> Result<(), Job> {
    loop {
        let idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let Some(thread) = idle else { return start(job) };
        match thread.send(job) {
            Ok(()) => return Ok(()),
            // That thread is gone.
            Err(unsent) => job = unsent.0,
        }
    }
}

fn start(job: Job) -> Result<(), Job> {
    let (send, receive) = channel::<Job>();
    let again = send.clone();
    let life = move || {
        while let Ok(job) = receive.recv() {
            job();
            let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() >= MAX_IDLE {
                return;
            }
            idle.push(again.clone());
        }
    };
    let made = std::thread::Builder::new().name("unit".to_owned()).stack_size(STACK_BYTES).spawn(life);
    match made {
        Ok(_) => send.send(job).map_err(|unsent| unsent.0),
        Err(_) => Err(job),
    }
}
