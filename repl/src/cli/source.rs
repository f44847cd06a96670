//! Reading scripts: what can be wrong with a file, in words.

use std::io::Read;
use std::path::{Path, PathBuf};

/// Why a script cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// `FILE`, or `FILE:LINE:COLUMN`.
    pub place: String,
    /// What to do.
    pub help: Option<String>,
}

/// The text of a script; `-` is stdin. A byte order mark is left out.
///
/// # Errors
///
/// Where there is no such file, it is a directory, it may not be read, or it is not UTF-8.
pub fn read(path: &Path) -> Result<String, Unreadable> {
    let shown = path.display().to_string();
    let fail = |message: String, help: Option<&str>| Unreadable {
        message,
        place: shown.clone(),
        help: help.map(str::to_owned),
    };
    let mut bytes = Vec::new();
    let outcome = if shown == "-" {
        std::io::stdin().read_to_end(&mut bytes).map(|_| ())
    } else if path.is_dir() {
        return Err(fail(format!("`{shown}` is a directory"), Some("name a file in it")));
    } else {
        std::fs::read(path).map(|all| bytes = all)
    };
    if let Err(error) = outcome {
        let why = match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
            std::io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
            _ => error.to_string(),
        };
        let help = similar(path).map(|name| format!("did you mean `{name}`?"));
        return Err(fail(format!("cannot read `{shown}`: {why}"), help.as_deref()));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
        Err(error) => Err(not_utf8(&shown, error.as_bytes(), error.utf8_error().valid_up_to())),
    }
}

/// Where the modules of a script are looked for.
pub fn folder(path: &Path) -> PathBuf {
    path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

fn not_utf8(shown: &str, bytes: &[u8], at: usize) -> Unreadable {
    let before = &bytes[..at];
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
    let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
    let byte = bytes.get(at).copied().unwrap_or(0);
    Unreadable {
        message: format!("`{shown}` is not UTF-8: byte 0x{byte:02x} in line {line}, at offset {at}"),
        place: format!("{shown}:{line}:{column}"),
        help: Some("save the file as UTF-8".to_owned()),
    }
}

/// A script beside this path whose name is much like its own.
fn similar(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_str()?;
    let folder = folder(path);
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .ok()?
        .take(1_000)
        .filter_map(|e| e.ok()?.file_name().into_string().ok())
        .filter(|n| Path::new(n).extension().is_some_and(|e| e == "afr" || e == "py"))
        .collect();
    names.sort();
    afar_runtime::object::render::closest(wanted, names.iter().map(String::as_str))
}
