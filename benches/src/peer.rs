//! Who runs a kernel: Afar, and those it is held against. One that is not here is said to be missing, and left out.

use crate::kernel::{Kernel, folder};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// One that runs kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    /// Afar, on all cores.
    Afar,
    /// The same by hand, in Rust with Rayon.
    Rust,
    /// The same by hand, with Numba.
    Numba,
    /// The same text under CPython.
    Python,
}

impl Peer {
    /// Those that Afar is held against.
    pub const OTHERS: [Self; 3] = [Self::Rust, Self::Numba, Self::Python];

    /// How it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Afar => "Afar",
            Self::Rust => "Rust",
            Self::Numba => "Numba",
            Self::Python => "CPython",
        }
    }

    /// As the command line names it.
    pub fn parse(word: &str) -> Option<Self> {
        Self::OTHERS.into_iter().find(|peer| peer.name().eq_ignore_ascii_case(word))
    }
}

/// Where the peers are, or why they are not there.
#[derive(Clone, Debug)]
pub struct Tools {
    /// The command `afar`.
    pub afar: PathBuf,
    /// The folder with the programs in Rust.
    pub rust: Result<PathBuf, String>,
    /// A Python that has Numba.
    pub numba: Result<PathBuf, String>,
    /// CPython.
    pub python: Result<PathBuf, String>,
}

impl Tools {
    /// Finds those that are wanted, and builds the programs in Rust.
    pub fn find(afar: PathBuf, wanted: &[Peer], numba_python: Option<&str>) -> Self {
        let ask = |peer: Peer, find: &dyn Fn() -> Result<PathBuf, String>| {
            if wanted.contains(&peer) { find() } else { Err("not asked for".to_owned()) }
        };
        let numba = numba_python.unwrap_or("python3");
        Self {
            rust: ask(Peer::Rust, &|| build_rust(&afar)),
            numba: ask(Peer::Numba, &|| {
                answers(numba, &["-c", "import numba"]).ok_or_else(|| {
                format!("`{numba}` has no module numba: `python3 -m venv DIR`, `DIR/bin/pip install numba`, then `--numba-python DIR/bin/python`")
            })
            }),
            python: ask(Peer::Python, &|| {
                answers("python3", &["--version"]).ok_or_else(|| "there is no python3".to_owned())
            }),
            afar,
        }
    }

    /// Why a peer is not here.
    pub fn missing(&self, peer: Peer) -> Option<&str> {
        let found = match peer {
            Peer::Afar => return None,
            Peer::Rust => &self.rust,
            Peer::Numba => &self.numba,
            Peer::Python => &self.python,
        };
        found.as_ref().err().map(String::as_str)
    }

    /// How a peer runs a kernel of this size, whose text is in the file; none where it cannot.
    pub fn command(&self, peer: Peer, kernel: &Kernel, size: u64, file: &Path) -> Option<Vec<String>> {
        let text = |path: &Path| path.display().to_string();
        match peer {
            Peer::Afar => Some(vec![text(&self.afar), "run".to_owned(), text(file)]),
            Peer::Rust => {
                let program = self.rust.as_ref().ok()?.join(&kernel.name);
                program.is_file().then(|| vec![text(&program), size.to_string()])
            }
            Peer::Numba => {
                let program = folder().join("numba").join(format!("{}.py", kernel.name));
                let python = self.numba.as_ref().ok()?;
                program.is_file().then(|| vec![text(python), text(&program), size.to_string()])
            }
            Peer::Python => Some(vec![text(self.python.as_ref().ok()?), text(file)]),
        }
    }

    /// The versions of all that are here, for the report.
    pub fn versions(&self) -> Vec<String> {
        let first_line = |program: &Path, args: &[&str]| {
            let output = Command::new(program).args(args).output().ok()?;
            String::from_utf8_lossy(&output.stdout).lines().next().map(str::to_owned)
        };
        let mut all = vec![first_line(&self.afar, &["--version"])];
        if self.rust.is_ok() {
            all.push(first_line(Path::new("rustc"), &["--version"]));
        }
        if let Ok(python) = &self.numba {
            let version = first_line(python, &["-c", "import numba; print(numba.__version__)"]);
            all.push(version.map(|v| format!("Numba {v}")));
        }
        if let Ok(python) = &self.python {
            all.push(first_line(python, &["--version"]).map(|v| format!("C{v}")));
        }
        all.into_iter().flatten().collect()
    }
}

fn answers(program: &str, args: &[&str]) -> Option<PathBuf> {
    let status = Command::new(program).args(args).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|s| s.success()).then(|| PathBuf::from(program))
}

/// Builds the programs in Rust, in a folder beside Afar's own.
fn build_rust(afar: &Path) -> Result<PathBuf, String> {
    let target = afar.parent().and_then(Path::parent).unwrap_or(Path::new(".")).join("peers");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--release", "--quiet"]).env("CARGO_TARGET_DIR", &target);
    match build.current_dir(folder().join("rust")).status() {
        Ok(status) if status.success() => Ok(target.join("release")),
        Ok(status) => Err(format!("its programs cannot be built: {status}")),
        Err(error) => Err(format!("there is no cargo: {error}")),
    }
}
