//! The Python that the Dask engine runs on: one that the user names, or an environment of Afar's own, made when it is first needed.

use crate::cli::output;
use afar_distrib::bridge::package::{self, MIN_DISTRIBUTED, MIN_PYTHON, REQUIREMENTS};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Names a Python that has Dask already.
const VARIABLE: &str = "AFAR_PYTHON";

/// What runs the Python half of the engine.
#[derive(Clone, Debug)]
pub struct Python {
    /// The interpreter, in an environment that has Dask.
    pub program: PathBuf,
    /// Where our package is.
    pub package: PathBuf,
}

/// Why there is none, and what to do.
#[derive(Debug)]
pub struct Absent {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

const OTHERWISE: &str = "or start with `--engine processes`, which needs no Python";

impl Absent {
    fn new(message: impl Into<String>, help: &str) -> Self {
        Self { message: message.into(), help: format!("{help}, {OTHERWISE}") }
    }

    fn of_disk(why: &std::io::Error, place: &Path) -> Self {
        Self::new(format!("{} cannot be written to: {why}", place.display()), "make room there")
    }
}

/// Finds the Python, or makes an environment, which takes a while and is said on stderr.
///
/// # Errors
///
/// Where there is none and none can be made.
pub fn prepare() -> Result<Python, Absent> {
    let folder = data_folder().ok_or_else(|| Absent::new("there is no home folder", "set `HOME`"))?;
    let packages = folder.join("python");
    let package = fs::create_dir_all(&packages)
        .and_then(|()| package::unpack(&packages))
        .map_err(|why| Absent::of_disk(&why, &packages))?;
    let program = match std::env::var_os(VARIABLE).filter(|name| !name.is_empty()) {
        Some(named) => named_python(&named)?,
        None => own_python(&folder)?,
    };
    Ok(Python { program, package })
}

/// Where the data of this user's programs are, by the XDG rules.
pub fn data_folder() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    absolute("XDG_DATA_HOME").or_else(|| Some(absolute("HOME")?.join(".local/share"))).map(|d| d.join("afar"))
}

/// Runs a program to its end, with nothing to read. Python looks for modules in the folder that it is in: there are none in this one.
fn run(program: &OsStr, args: &[&OsStr]) -> std::io::Result<Output> {
    Command::new(program).args(args).stdin(Stdio::null()).current_dir("/").output()
}

/// What a line of Python prints; what it says on stderr where it fails.
fn ask(python: &OsStr, code: &str) -> std::io::Result<Result<String, String>> {
    let out = run(python, &["-c".as_ref(), code.as_ref()])?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    Ok(if out.status.success() { Ok(text(&out.stdout)) } else { Err(text(&out.stderr)) })
}

/// The last lines of what a program has said.
fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(4)..].join("\n")
}

/// Two numbers of `3.11.7`.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

/// A Python that the user names has all that is needed, or is refused: nothing is installed there.
fn named_python(named: &OsStr) -> Result<PathBuf, Absent> {
    let shown = named.to_string_lossy().into_owned();
    // A path is one from here, a name is looked for as the shell does.
    let is_path = Path::new(named).components().count() > 1;
    let absolute = std::path::absolute(named).ok().filter(|_| is_path);
    let named = absolute.as_ref().map_or(named, |path| path.as_os_str());
    check_python(named, &shown)?;
    let needs = REQUIREMENTS.join(" ");
    let install = format!("install it there: `{shown} -m pip install '{}'`", REQUIREMENTS.join("' '"));
    let code = "import distributed, cryptography; print(distributed.__version__)";
    match ask(named, code).map_err(|why| no_python(&shown, &why))? {
        Err(why) => {
            let message = format!("`{shown}`, which {VARIABLE} names, lacks {needs}:\n{}", tail(&why));
            Err(Absent::new(message, &install))
        }
        Ok(found) if version(&found).is_some_and(|found| found >= MIN_DISTRIBUTED) => Ok(named.into()),
        Ok(found) => {
            let (year, month) = MIN_DISTRIBUTED;
            let message = format!(
                "distributed {found} is too old: `{shown}`, which {VARIABLE} names, needs {year}.{month} or newer"
            );
            Err(Absent::new(message, &install))
        }
    }
}

fn no_python(shown: &str, why: &std::io::Error) -> Absent {
    let (major, minor) = MIN_PYTHON;
    let message = format!("the Dask engine needs Python, and `{shown}` cannot be run: {why}");
    Absent::new(message, &format!("install Python {major}.{minor} or newer"))
}

/// The version of a Python that is new enough.
fn check_python(python: &OsStr, shown: &str) -> Result<String, Absent> {
    let code = "import sys; print('.'.join(map(str, sys.version_info[:3])))";
    let found = ask(python, code).map_err(|why| no_python(shown, &why))?;
    let (major, minor) = MIN_PYTHON;
    let help = format!("install Python {major}.{minor} or newer");
    match found {
        Ok(found) if version(&found).is_some_and(|found| found >= MIN_PYTHON) => Ok(found),
        Ok(found) => {
            let message =
                format!("`{shown}` is Python {found}: the Dask engine needs {major}.{minor} or newer");
            Err(Absent::new(message, &help))
        }
        Err(why) => Err(Absent::new(format!("`{shown}` does not work:\n{}", tail(&why)), &help)),
    }
}

/// The Python of our own environment, made where there is none for the `python3` that there is.
fn own_python(folder: &Path) -> Result<PathBuf, Absent> {
    let base = OsStr::new("python3");
    let found = check_python(base, "python3")?;
    let series = found.rsplit_once('.').map_or(found.as_str(), |(series, _)| series);
    let place = folder.join(format!("dask-python{series}"));
    let program = place.join("bin/python");
    // The Python that it was made from may be gone.
    let works = place.join(DONE).is_file() && matches!(ask(program.as_os_str(), "pass"), Ok(Ok(_)));
    if !works {
        make(base, folder, &place)?;
    }
    Ok(program)
}

/// The file that says which packages an environment has; it is written last.
const DONE: &str = "afar-requirements.txt";

/// Makes an environment beside its place, and puts it there when it is whole.
fn make(base: &OsStr, folder: &Path, place: &Path) -> Result<(), Absent> {
    let made = folder.join(format!(".making-{}", std::process::id()));
    output::error(&format!(
        "making an environment of Python with Dask in {}: this is done once, and takes half a minute\n",
        place.display()
    ));
    let result = fill(base, &made).and_then(|()| {
        let disk = |why| Absent::of_disk(&why, place);
        fs::write(made.join(DONE), REQUIREMENTS.join("\n") + "\n").map_err(disk)?;
        match fs::rename(&made, place) {
            // Another one has just been made there.
            Err(_)
                if place.join(DONE).is_file()
                    && matches!(ask(place.join("bin/python").as_os_str(), "pass"), Ok(Ok(_))) =>
            {
                Ok(())
            }
            Err(_) => {
                // What is there does not work.
                fs::remove_dir_all(place).and_then(|()| fs::rename(&made, place)).map_err(disk)
            }
            Ok(()) => Ok(()),
        }
    });
    // After a success there is nothing to be removed.
    let _ = fs::remove_dir_all(&made);
    result
}

fn fill(base: &OsStr, made: &Path) -> Result<(), Absent> {
    let broken = |what: &str, why: std::io::Error| Absent::new(format!("{what}: {why}"), "try again");
    let text = |out: &Output| {
        tail(&format!("{}\n{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr)))
    };
    let words = ["-m", "venv", "--without-pip"].map(OsStr::new);
    let out = run(base, &[&words[..], &[made.as_os_str()]].concat())
        .map_err(|why| broken("`python3 -m venv`", why))?;
    if !out.status.success() {
        let help = "install what it needs (`apt install python3-venv` on Debian and Ubuntu)";
        return Err(Absent::new(format!("`python3 -m venv` fails:\n{}", text(&out)), help));
    }
    let own = made.join("bin/python");
    let Some((program, words)) = pip(base, &own) else {
        let help = "install them (`apt install python3-pip python3-venv` on Debian and Ubuntu)";
        return Err(Absent::new("this Python has neither `pip` nor `ensurepip`", help));
    };
    let args = ["install", "--quiet", "--no-input", "--disable-pip-version-check"].map(OsStr::new);
    let needs = REQUIREMENTS.map(OsStr::new);
    let words: Vec<&OsStr> = words.iter().map(AsRef::as_ref).chain(args).chain(needs).collect();
    let out = run(program.as_os_str(), &words).map_err(|why| broken("`pip`", why))?;
    if out.status.success() {
        return Ok(());
    }
    let message = format!("`pip install {}` fails:\n{}", REQUIREMENTS.join(" "), text(&out));
    let help =
        format!("see to it that `pip` reaches a package index, set {VARIABLE} to a Python that has Dask");
    Err(Absent::new(message, &help))
}

/// How packages are installed for an environment: by the `pip` that there is, which is quickest, or by one of its own.
fn pip(base: &OsStr, own: &Path) -> Option<(PathBuf, Vec<std::ffi::OsString>)> {
    let shared: Vec<std::ffi::OsString> = ["-m".into(), "pip".into(), "--python".into(), own.into()].into();
    let asked: Vec<&OsStr> = shared.iter().map(AsRef::as_ref).chain([OsStr::new("--version")]).collect();
    if run(base, &asked).is_ok_and(|out| out.status.success()) {
        return Some((base.into(), shared));
    }
    let ensured = run(own.as_os_str(), &["-m", "ensurepip"].map(OsStr::new));
    ensured.is_ok_and(|out| out.status.success()).then(|| (own.to_owned(), vec!["-m".into(), "pip".into()]))
}

#[cfg(test)]
mod tests {
    use super::{tail, version};

    #[test]
    fn versions() {
        assert_eq!(version("3.11.7"), Some((3, 11)));
        assert_eq!(version("2026.8.0"), Some((2026, 8)));
        assert_eq!(version("3"), None);
        assert_eq!(tail("a\nb\n\nc\nd\ne\n"), "b\nc\nd\ne");
    }
}
