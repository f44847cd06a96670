//! Where `print` goes: the session's sink, or the capture of the block that runs on this thread.

use crate::object::{Host, HostObject};
use crate::value::Builtin;
use crate::{Args, Fault, Ref, Res, Value};
use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};

/// What a session does with text.
pub trait Sink: Send {
    /// Takes text; `is_error` for what is meant for stderr. An error ends the program.
    fn write(&mut self, text: &str, is_error: bool) -> std::io::Result<()>;

    /// Hands on what was held back.
    fn flush(&mut self) -> std::io::Result<()>;
}

static SINK: Mutex<Option<Box<dyn Sink>>> = Mutex::new(None);

thread_local! {
    static CAPTURES: RefCell<Vec<Vec<(String, bool)>>> = const { RefCell::new(Vec::new()) };
}

/// Installs the sink of the session.
pub fn set_sink(sink: Box<dyn Sink>) {
    *SINK.lock().unwrap_or_else(PoisonError::into_inner) = Some(sink);
}

/// Writes text to the innermost capture, or to the session.
pub fn write(text: &str, is_error: bool) -> Res<()> {
    let captured = CAPTURES.with_borrow_mut(|all| match all.last_mut() {
        Some(top) => {
            match top.last_mut() {
                Some((held, e)) if *e == is_error => held.push_str(text),
                _ => top.push((text.to_owned(), is_error)),
            }
            true
        }
        None => false,
    });
    if captured {
        return Ok(());
    }
    let mut sink = SINK.lock().unwrap_or_else(PoisonError::into_inner);
    let done = sink.as_mut().map_or(Ok(()), |s| s.write(text, is_error));
    // A reader that went away (`| head`) wants no more: the program ends without a word, as `cat` does.
    done.map_err(|_| Fault::new(crate::fault::FaultKind::Exit(1)))
}

/// Hands on what the session's sink holds back.
pub fn flush() {
    let mut sink = SINK.lock().unwrap_or_else(PoisonError::into_inner);
    // Nobody is left to tell.
    let _ = sink.as_mut().map(|s| s.flush());
}

/// Runs something, and gives what it printed beside its result.
pub fn capture<T>(run: impl FnOnce() -> T) -> (T, Vec<(String, bool)>) {
    CAPTURES.with_borrow_mut(|all| all.push(Vec::new()));
    let result = run();
    let printed = CAPTURES.with_borrow_mut(|all| all.pop().unwrap_or_default());
    (result, printed)
}

/// `print(*values, sep=, end=, file=, flush=)`.
pub static PRINT: Builtin = Builtin { name: "print", owner: "", call: print };

/// The stream that `file=` names, as an object of `sys`.
pub struct Stream {
    /// Is it stderr.
    pub is_error: bool,
}

impl HostObject for Stream {
    fn type_name(&self) -> &str {
        "TextIOWrapper"
    }

    fn repr(&self) -> Res<String> {
        let name = if self.is_error { "<stderr>" } else { "<stdout>" };
        Ok(format!("<_io.TextIOWrapper name='{name}' mode='w' encoding='utf-8'>"))
    }

    fn get_attr(&self, _this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        if name.starts_with("__") {
            return Ok(None);
        }
        Err(Fault::not_pure(format!(
            "`{name}` of a stream is not there: write `print(..., file=sys.stderr)`, with `end=` where no line ends"
        )))
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

fn print(args: &Args<'_>) -> Res {
    let mut is_error = false;
    for (key, value) in args.kw {
        match (key.as_str(), value) {
            ("file", Value::None) => {}
            ("file", Value::Host(host)) if host.downcast::<Stream>().is_some() => {
                is_error = host.downcast::<Stream>().is_some_and(|s| s.is_error);
            }
            ("file", _) => {
                return Err(Fault::not_pure("`print` writes to `sys.stdout` and `sys.stderr` only"));
            }
            _ => {}
        }
    }
    let (text, end) = crate::builtins::print_text(args)?;
    write(&text, is_error)?;
    end?;
    if args.kw.iter().any(|(k, v)| k.as_str() == "flush" && crate::ops::truthy(v).unwrap_or(false)) {
        flush();
    }
    Ok(Value::None)
}
