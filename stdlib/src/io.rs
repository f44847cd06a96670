//! `afar.io`: files are read anywhere, and written by statements of the edge.
//!
//! A file is read once: what was found then is what it holds until the edge writes it. So reading is a function of its path, and
//! work that is run again finds what it found before.

use afar_runtime::text;
use afar_runtime::{Args, Builtin, Fault, Res, Value, ops};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What the module holds.
pub const NAMES: &[&str] = &["read_text", "write_text"];

static READ_TEXT: Builtin = Builtin { name: "read_text", owner: "afar.io", call: read_text };
static WRITE_TEXT: Builtin = Builtin { name: "write_text", owner: "afar.io", call: write_text };

/// What files held when they were read first.
static PINNED: Mutex<BTreeMap<PathBuf, Arc<str>>> = Mutex::new(BTreeMap::new());

/// A name of the module.
pub fn lookup(name: &str) -> Option<Value> {
    match name {
        "read_text" => Some(Value::Builtin(&READ_TEXT)),
        "write_text" => Some(Value::Builtin(&WRITE_TEXT)),
        _ => None,
    }
}

/// Lets go of what was read: each file is read anew when it is asked for next.
pub fn forget() {
    pinned().clear();
}

fn pinned() -> MutexGuard<'static, BTreeMap<PathBuf, Arc<str>>> {
    PINNED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The same for all ways to write the path of a file that is there.
fn place(path: &str) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| Path::new(path).to_owned())
}

/// A value that must be text.
fn wanted(function: &str, what: &str, value: Option<&Value>) -> Res<String> {
    match value.and_then(Value::as_str) {
        Some(text) => Ok(text.to_owned()),
        None => {
            let name = value.map_or_else(String::new, |v| ops::type_name(v).to_string());
            Err(Fault::type_error(format!("{function}() needs {what} to be a str, not '{name}'")))
        }
    }
}

/// A path: text without a NUL.
fn wanted_path(function: &str, value: Option<&Value>) -> Res<String> {
    let path = wanted(function, "the path", value)?;
    if path.contains('\0') {
        return Err(Fault::value_error("embedded null byte"));
    }
    Ok(path)
}

/// `read_text(path)`: what the file holds, as UTF-8, with the line ends as they are.
fn read_text(args: &Args<'_>) -> Res {
    let [path] = crate::native::bind_python(args, "read_text", ["path"], 1)?;
    let path = wanted_path("read_text", path)?;
    let place = place(&path);
    let known = pinned().get(&place).cloned();
    if let Some(text) = known {
        return Ok(Value::str(&text));
    }
    let bytes = std::fs::read(&path).map_err(|error| failed(&error, &path))?;
    let found: Arc<str> = text::decode(&bytes, "utf-8", "strict")?.into();
    // Whoever reads it at the same time gives all the same text.
    let text = pinned().entry(place).or_insert(found).clone();
    Ok(Value::str(&text))
}

/// `write_text(path, text)`: makes the file hold this text, in UTF-8, with the line ends as they are.
fn write_text(args: &Args<'_>) -> Res {
    if !afar_runtime::abi::is_at_edge() {
        return Err(Fault::not_pure(
            "`write_text` is called within pure code: it is a statement of the edge",
        ));
    }
    let [path, text] = crate::native::bind_python(args, "write_text", ["path", "text"], 2)?;
    let (path, text) = (wanted_path("write_text", path)?, wanted("write_text", "the text", text)?);
    match std::fs::write(&path, text) {
        Ok(()) => {
            pinned().remove(&place(&path));
            Ok(Value::None)
        }
        Err(error) => Err(failed(&error, &path)),
    }
}

/// The exception that CPython's `open` raises for an error of the system.
fn failed(error: &std::io::Error, path: &str) -> Fault {
    let class = match error.kind() {
        std::io::ErrorKind::NotFound => "FileNotFoundError",
        std::io::ErrorKind::PermissionDenied => "PermissionError",
        std::io::ErrorKind::IsADirectory => "IsADirectoryError",
        std::io::ErrorKind::NotADirectory => "NotADirectoryError",
        _ => "OSError",
    };
    let text = error.to_string();
    let reason = text.split(" (os error").next().unwrap_or(&text).to_owned();
    match error.raw_os_error() {
        Some(code) => Fault::exception_args(
            class,
            vec![Value::Int(code.into()), Value::string(reason), Value::str(path)],
        ),
        None => Fault::exception(class, format!("{reason}: {path}")),
    }
}
