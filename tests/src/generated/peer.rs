//! What runs programs: the CPython server, and processes of Afar, one a mode. Each is started when it is needed, and again after it has died.

use super::Mode;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// How long a program may take.
const TIMEOUT: Duration = Duration::from_secs(15);
/// How many programs a process runs before a fresh one takes over: compiled code is never freed.
const MAX_PROGRAMS: usize = 400;

/// How a program ended, and what it printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// How it ended.
    pub end: End,
    /// What it printed.
    pub printed: String,
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// With its last statement.
    Done,
    /// It raised this.
    Raised(String),
    /// It is refused, for this reason.
    Refused(String),
    /// It says nothing about the language: out of memory, or of time.
    Skipped(String),
    /// The process died, or the message says that Afar is wrong: what is on its standard error.
    Crashed(String),
}

/// A process that runs programs.
pub struct Peer {
    command: Box<dyn Fn() -> Command + Send>,
    complaints: PathBuf,
    running: Option<Running>,
}

struct Running {
    child: Child,
    input: ChildStdin,
    answers: Receiver<(String, String)>,
    n_programs: usize,
}

/// How many frames an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answers {
    One,
    Two,
}

impl Peer {
    /// CPython, with the exact `sum`.
    pub fn python(folder: &Path) -> Self {
        let server = crate::root().join("tests/python/server.py");
        let command = move || {
            let mut command = Command::new("python3");
            command.arg("-s").arg(&server).env("PYTHONHASHSEED", "0");
            command
        };
        Self::new(Box::new(command), folder.join("python.txt"))
    }

    /// Afar in a mode; `binary` is one whose `main` calls [`serve`] for `--serve MODE`.
    pub fn afar(binary: &Path, mode: Mode, folder: &Path) -> Self {
        let binary = binary.to_owned();
        let command = move || {
            let mut command = Command::new(&binary);
            command.args(["--serve", mode.name()]);
            command
        };
        Self::new(Box::new(command), folder.join(format!("{}.txt", mode.name())))
    }

    fn new(command: Box<dyn Fn() -> Command + Send>, complaints: PathBuf) -> Self {
        Self { command, complaints, running: None }
    }

    /// CPython, which says whether texts are programs, and runs nothing: see [`Peer::ask`].
    pub fn python_parser(folder: &Path) -> Self {
        let server = crate::root().join("tests/python/server.py");
        let command = move || {
            let mut command = Command::new("python3");
            command.arg("-s").arg(&server).arg("--parse");
            command
        };
        Self::new(Box::new(command), folder.join("parser.txt"))
    }

    /// The answer to a frame, of a process that answers with one.
    ///
    /// # Panics
    ///
    /// If the process cannot be started.
    pub fn ask(&mut self, bytes: &[u8]) -> Option<String> {
        let mut running = self.running.take().unwrap_or_else(|| self.start(Answers::One));
        running.input.write_all(&framed(bytes)).and_then(|()| running.input.flush()).ok()?;
        let (answer, _) = running.answers.recv_timeout(TIMEOUT).ok()?;
        self.running = Some(running);
        Some(answer)
    }

    /// Runs a program.
    ///
    /// # Panics
    ///
    /// If the process cannot be started.
    pub fn run(&mut self, text: &str) -> Answer {
        self.run_within(text, TIMEOUT)
    }

    /// Runs a program that may take so long.
    ///
    /// # Panics
    ///
    /// If the process cannot be started.
    pub fn run_within(&mut self, text: &str, limit: Duration) -> Answer {
        if self.running.as_ref().is_some_and(|r| r.n_programs >= MAX_PROGRAMS) {
            self.stop();
        }
        let mut running = self.running.take().unwrap_or_else(|| self.start(Answers::Two));
        running.n_programs += 1;
        let sent = running.input.write_all(&frame(text)).and_then(|()| running.input.flush());
        let got = match sent {
            Ok(()) => running.answers.recv_timeout(limit),
            Err(_) => Err(RecvTimeoutError::Disconnected),
        };
        match got {
            Ok((end, printed)) => {
                self.running = Some(running);
                Answer { end: End::parse(&end), printed }
            }
            Err(why) => {
                // It may have died already.
                let _ = running.child.kill();
                let _ = running.child.wait();
                let said = std::fs::read(&self.complaints).unwrap_or_default();
                let said = String::from_utf8_lossy(&said).into_owned();
                let end = match why {
                    RecvTimeoutError::Timeout => End::Skipped("no answer in time".to_owned()),
                    RecvTimeoutError::Disconnected => End::Crashed(format!("the process died: {said}")),
                };
                Answer { end, printed: String::new() }
            }
        }
    }

    fn start(&self, answers: Answers) -> Running {
        let complaints = std::fs::File::create(&self.complaints).expect("a scratch folder takes files");
        let mut child = (self.command)()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(complaints)
            .spawn()
            .expect("the process starts");
        let input = child.stdin.take().expect("its input is a pipe");
        let mut output = child.stdout.take().expect("its output is a pipe");
        let (sender, receiver) = channel();
        thread::spawn(move || {
            let mut next = || {
                let first = read_frame(&mut output)?;
                let second = if answers == Answers::Two { read_frame(&mut output)? } else { String::new() };
                Some((first, second))
            };
            while let Some((end, printed)) = next() {
                if sender.send((end, printed)).is_err() {
                    return;
                }
            }
        });
        Running { child, input, answers: receiver, n_programs: 0 }
    }

    fn stop(&mut self) {
        if let Some(Running { mut child, input, .. }) = self.running.take() {
            // Without input it ends by itself; what hangs is ended.
            drop(input);
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.stop();
    }
}

impl End {
    fn parse(text: &str) -> Self {
        let (kind, rest) = text.split_once(' ').unwrap_or((text, ""));
        let rest = rest.to_owned();
        match kind {
            "done" => Self::Done,
            "raised" if rest.starts_with("MemoryError") => Self::Skipped(rest),
            "raised" => Self::Raised(rest),
            "refused" if rest.contains("internal error") => Self::Crashed(rest),
            "refused" => Self::Refused(rest),
            "skipped" => Self::Skipped(rest),
            _ => Self::Crashed(text.to_owned()),
        }
    }
}

/// A text as it goes through a pipe: its length, and its bytes.
pub fn frame(text: &str) -> Vec<u8> {
    framed(text.as_bytes())
}

fn framed(bytes: &[u8]) -> Vec<u8> {
    let n = u32::try_from(bytes.len()).expect("programs and answers are short");
    [&n.to_le_bytes(), bytes].concat()
}

fn read_frame(from: &mut impl Read) -> Option<String> {
    let mut head = [0; 4];
    from.read_exact(&mut head).ok()?;
    let mut bytes = vec![0; usize::try_from(u32::from_le_bytes(head)).ok()?];
    from.read_exact(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The stack of the thread that runs them.
const STACK_BYTES: usize = 1 << 30;

/// Runs the programs that come through standard input, in a mode, until it is closed.
pub fn serve(mode: Mode) {
    afar::config::set(mode.settings());
    let edge = thread::Builder::new().name("edge".into()).stack_size(STACK_BYTES).spawn(|| {
        afar::batch::own_stack(STACK_BYTES);
        let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
        while let Some(text) = read_frame(&mut input) {
            let outcome = afar::batch::run(&text);
            let end = match outcome.end {
                afar::batch::End::Done => "done".to_owned(),
                afar::batch::End::Raised(line) => format!("raised {line}"),
                afar::batch::End::Refused(why) => format!("refused {why}"),
                afar::batch::End::Other(what) => format!("other {what}"),
            };
            let answer = [frame(&end), frame(&outcome.printed)].concat();
            if output.write_all(&answer).and_then(|()| output.flush()).is_err() {
                return;
            }
        }
    });
    // A panic of the edge has said why on standard error.
    let is_sound = edge.is_ok_and(|thread| thread.join().is_ok());
    std::process::exit(i32::from(!is_sound));
}
