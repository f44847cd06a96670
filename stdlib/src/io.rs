//! `afar.io`: what the edge does with files. Reading is the engine's; here is writing.

use afar_runtime::{Args, Builtin, Fault, Res, Value, ops};

/// What the module holds.
pub const NAMES: &[&str] = &["write_text"];

static WRITE_TEXT: Builtin = Builtin { name: "write_text", owner: "afar.io", call: write_text };

/// A name of the module.
pub fn lookup(name: &str) -> Option<Value> {
    (name == "write_text").then_some(Value::Builtin(&WRITE_TEXT))
}

/// `write_text(path, text)`: makes the file hold this text, in UTF-8, with the line ends as they are.
fn write_text(args: &Args<'_>) -> Res {
    if !afar_runtime::abi::is_at_edge() {
        return Err(Fault::not_pure(
            "`write_text` is called within pure code: it is a statement of the edge",
        ));
    }
    let [path, text] = crate::native::bind_python(args, "write_text", ["path", "text"], 2)?;
    let wanted = |what: &str, value: Option<&Value>| match value.and_then(Value::as_str) {
        Some(text) => Ok(text.to_owned()),
        None => {
            let name = value.map_or_else(String::new, |v| ops::type_name(v).to_string());
            Err(Fault::type_error(format!("write_text() needs {what} to be a str, not '{name}'")))
        }
    };
    let (path, text) = (wanted("the path", path)?, wanted("the text", text)?);
    if path.contains('\0') {
        return Err(Fault::value_error("embedded null byte"));
    }
    match std::fs::write(&path, text) {
        Ok(()) => Ok(Value::None),
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
