//! Running the binary `afar` from tests: text in, text and an exit status out.

#![cfg_attr(test, allow(dead_code, reason = "no test binary uses all of it"))]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// What a run gave.
#[derive(Debug)]
pub struct Outcome {
    /// What it printed.
    pub stdout: String,
    /// What it said besides.
    pub stderr: String,
    /// Its exit status; -1 where a signal ended it.
    pub status: i32,
}

/// A folder of one test, removed with it.
pub struct Folder(PathBuf);

impl Folder {
    /// A new, empty one.
    pub fn new() -> Self {
        static N: AtomicU32 = AtomicU32::new(0);
        let n = N.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("afar-test-{}-{n}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap_or_else(|e| unreachable!("{}: {e}", path.display()));
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file in it.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.0.join(name), bytes).unwrap_or_else(|e| unreachable!("{name}: {e}"));
    }

    /// `afar` in this folder.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_afar"));
        command.args(args).current_dir(&self.0).env("XDG_STATE_HOME", &self.0).env_remove("AFAR_IR");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs `afar` in this folder.
    #[track_caller]
    pub fn afar(&self, args: &[&str], stdin: &str) -> Outcome {
        let mut child = self.command(args).spawn().unwrap_or_else(|e| unreachable!("{e}"));
        if let Some(mut pipe) = child.stdin.take() {
            // A program that does not read its input may be gone already.
            let _ = pipe.write_all(stdin.as_bytes());
        }
        let output = child.wait_with_output().unwrap_or_else(|e| unreachable!("{e}"));
        Outcome {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            status: output.status.code().unwrap_or(-1),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that stays behind in the temporary directory does no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The inputs of a transcript, and all of it as it is expected.
pub fn transcript(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/repl").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| unreachable!("{}: {e}", path.display()))
}
