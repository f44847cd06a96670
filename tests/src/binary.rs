//! Where the `afar` under test is, and which flags it has.

use crate::program::Program;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The binary under test: what `AFAR` names, or the one of this build, made first if it is not there or is old.
///
/// # Panics
///
/// If it cannot be built.
pub fn afar() -> &'static Path {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    FOUND.get_or_init(|| match std::env::var_os("AFAR") {
        Some(path) => std::path::absolute(path).expect("AFAR is a path"),
        None => build(),
    })
}

/// Where the program that runs was built: a test is in `<target>/<profile>/deps`, any other program one folder above.
fn profile_folder() -> PathBuf {
    let program = std::env::current_exe().expect("a program has a path");
    let folder = program.parent().expect("a program is in a folder");
    let above = folder.parent().filter(|_| folder.ends_with("deps"));
    above.unwrap_or(folder).to_owned()
}

/// Where everything is built.
///
/// # Panics
///
/// If the program that runs was not built by cargo.
pub fn target_folder() -> PathBuf {
    profile_folder().parent().expect("a profile has a folder of its own").to_owned()
}

/// Builds the binary beside the program that runs: in the same folder, with the same profile.
fn build() -> PathBuf {
    let (folder, target) = (profile_folder(), target_folder());
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        None | Some("debug") => "dev",
        Some(name) => name,
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        // As the tests were built: without one of them, what the workspace uses would have other features, and be built once more.
        .args(["build", "--quiet", "--workspace", "--bin", "afar", "--test", "tidy"])
        .args(["--profile", profile, "--target-dir"])
        .arg(target)
        .current_dir(crate::root())
        .status();
    assert!(built.is_ok_and(|status| status.success()), "`cargo build --bin afar` failed");
    folder.join("afar")
}

/// Does `afar run --help` list this flag.
pub fn has_flag(flag: &str) -> bool {
    static HELP: OnceLock<String> = OnceLock::new();
    let help = HELP.get_or_init(|| Program::new(afar()).args(&["run", "--help"]).run().stdout_text());
    help.split_whitespace().any(|word| word == flag)
}

/// CPython 3.11, if it is here.
pub fn python() -> Option<&'static Path> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let find = || {
        let version = Command::new("python3").arg("--version").output().ok()?;
        version.stdout.starts_with(b"Python 3.11.").then(|| PathBuf::from("python3"))
    };
    FOUND.get_or_init(find).as_deref()
}
