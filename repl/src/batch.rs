//! Programs one after the other in this process, what they print caught: for tests that run very many.
//!
//! Standard error, tracebacks and timing are left out: an ending is one line, which another implementation's can be held against.

use crate::session::{Interactive, Session, Trouble};
use afar_runtime::abi::{self, Sink};
use afar_runtime::fault::FaultKind;
use afar_runtime::object::exception;
use std::sync::{Arc, Mutex, PoisonError};

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// With its last statement.
    Done,
    /// It raised: the last line of the traceback, `ValueError: text`.
    Raised(String),
    /// Afar cannot do it faithfully, or it is no pure program: why.
    Refused(String),
    /// In another way: it was cancelled, or it asked to end.
    Other(String),
}

/// What a program printed, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// All that it printed, to either stream.
    pub printed: String,
    /// How it ended.
    pub end: End,
}

struct Caught(Arc<Mutex<String>>);

impl Sink for Caught {
    fn write(&mut self, text: &str, _is_error: bool) -> std::io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_str(text);
        Ok(())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Says how large the stack of this thread is, in bytes: called where a thread starts that programs will run on.
pub fn own_stack(bytes: usize) {
    afar_runtime::stack::own(bytes);
}

/// Runs a program in a session of its own. One at a time: there is one place in a process where text goes.
pub fn run(text: &str) -> Outcome {
    let printed = Arc::new(Mutex::new(String::new()));
    abi::set_sink(Box::new(Caught(printed.clone())));
    let result = Session::new(Interactive::No).run("program.afr", text);
    let end = match result {
        Ok(()) => End::Done,
        Err(Trouble::Refused(all)) => {
            End::Refused(all.first().map_or(String::new(), |d| format!("{}: {}", d.id, d.message)))
        }
        Err(Trouble::Fault(fault)) => match &*fault.0 {
            FaultKind::Exception(raised) => match exception::summary(raised) {
                Ok(line) => End::Raised(line),
                Err(_) => End::Refused("an exception that cannot be shown".to_owned()),
            },
            FaultKind::NotPure { message, .. } => End::Refused(message.clone()),
            other => End::Other(format!("{other:?}")),
        },
    };
    let printed = std::mem::take(&mut *printed.lock().unwrap_or_else(PoisonError::into_inner));
    Outcome { printed, end }
}
