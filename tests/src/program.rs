//! Running a program, bounded in time, with nothing on its standard input.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long a program may take, where nothing else is said.
pub const TIMEOUT: Duration = Duration::from_secs(120);

/// A program to run.
#[derive(Clone, Debug)]
pub struct Program {
    path: PathBuf,
    args: Vec<OsString>,
    folder: Option<PathBuf>,
    env: Vec<(String, String)>,
    timeout: Duration,
    is_interrupted: bool,
}

/// What a program did.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The exit status; `None` if a signal ended it, or the timeout.
    pub status: Option<i32>,
    /// What it printed.
    pub stdout: Vec<u8>,
    /// What it said beside that.
    pub stderr: Vec<u8>,
    /// From its start to its end.
    pub took: Duration,
    /// Was it ended because it took too long.
    pub is_late: bool,
}

impl Answer {
    /// Standard output as text.
    pub fn stdout_text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error as text.
    pub fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// The exit status as a word for messages.
    pub fn status_text(&self) -> String {
        match self.status {
            Some(status) => format!("exit status {status}"),
            None if self.is_late => format!("no answer within {:?}", self.took),
            None => "ended by a signal".to_owned(),
        }
    }

    /// The last lines of standard error.
    pub fn stderr_tail(&self, n_lines: usize) -> String {
        let text = self.stderr_text();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(n_lines)..].join("\n")
    }
}

impl Program {
    /// A program with no arguments.
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            args: Vec::new(),
            folder: None,
            env: Vec::new(),
            timeout: TIMEOUT,
            is_interrupted: false,
        }
    }

    /// With these arguments behind those that it has.
    #[must_use]
    pub fn args(mut self, args: &[&str]) -> Self {
        self.args.extend(args.iter().map(OsString::from));
        self
    }

    /// In this folder.
    #[must_use]
    pub fn folder(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }

    /// With this in its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Ended if it takes longer.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Interrupted, as by Ctrl-C, once it has said something on stderr; the time that the answer took counts from there.
    #[must_use]
    pub fn interrupt(mut self) -> Self {
        self.is_interrupted = true;
        self
    }

    /// The command, to be started in another way.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.args(&self.args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env("NO_COLOR", "1").env("PYTHONUTF8", "1").env_remove("PYTHONHASHSEED");
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command
    }

    /// Runs it to its end, or to the timeout.
    ///
    /// # Panics
    ///
    /// If there is no such program.
    pub fn run(&self) -> Answer {
        let mut started = Instant::now();
        let mut child =
            self.command().spawn().unwrap_or_else(|error| panic!("{}: {error}", self.path.display()));
        let (stdout, _) = reader(child.stdout.take());
        let (stderr, heard) = reader(child.stderr.take());
        if self.is_interrupted {
            // A program that never says anything, or ends before, is not interrupted, and fails by its status.
            if heard.recv_timeout(self.timeout).is_ok() {
                thread::sleep(LEAD);
                interrupt(&child);
            }
            started = Instant::now();
        }
        let status = wait(&mut child, started + self.timeout);
        let took = started.elapsed();
        let (stdout, stderr) = (stdout.recv().unwrap_or_default(), stderr.recv().unwrap_or_default());
        let is_late = status.is_none();
        Answer { status: status.and_then(|status| status.code()), stdout, stderr, took, is_late }
    }
}

/// Reads a pipe to its end on a thread of its own, so that a full one stops nobody.
/// Also tells when the first byte came.
fn reader(pipe: Option<impl Read + Send + 'static>) -> (Receiver<Vec<u8>>, Receiver<()>) {
    let (send, receive) = channel();
    let (begin, begun) = channel();
    thread::spawn(move || {
        let mut data = vec![0];
        if let Some(mut pipe) = pipe {
            // A pipe that breaks gives what came before.
            match pipe.read_exact(&mut data) {
                Ok(()) => {
                    // Most have nobody who waits for it.
                    let _ = begin.send(());
                    let _ = pipe.read_to_end(&mut data);
                }
                Err(_) => data.clear(),
            }
        } else {
            data.clear();
        }
        let _ = send.send(data);
    });
    (receive, begun)
}

/// Waits for the end; `None`, and the program is gone, if the deadline comes first.
fn wait(child: &mut Child, deadline: Instant) -> Option<ExitStatus> {
    let mut pause = Duration::from_micros(200);
    while Instant::now() < deadline {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(5));
    }
    let _ = child.kill();
    let _ = child.wait();
    None
}

/// How long a program is left alone after it has said that it starts, so that it is in the midst of what comes next.
const LEAD: Duration = Duration::from_millis(200);

/// Sends what Ctrl-C sends. The shell's own `kill` is there where no other is.
fn interrupt(child: &Child) {
    let sent = Command::new("sh").args(["-c", "kill -INT \"$0\"", &child.id().to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()), "cannot send an interrupt");
}

/// An empty folder that is removed with all that is in it.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes one.
    ///
    /// # Panics
    ///
    /// If the system's folder for such things cannot be written to.
    pub fn new() -> Self {
        static COUNT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("afar-tests-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file into it.
    ///
    /// # Panics
    ///
    /// If that fails.
    pub fn write(&self, name: &str, data: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        }
        std::fs::write(&path, data).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        path
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A folder that stays behind does no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
