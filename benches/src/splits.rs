//! What it costs that work could be split, where nobody takes it: instructions of one worker that keeps what it could give
//! away ready, by those of `--sync`. Counted by callgrind, since times say little of a few percent.

use crate::kernel::Kernel;
use std::path::Path;
use std::process::Command;

/// The aim.
pub const MOST: f64 = 1.03;

/// The instructions of one kernel, both ways.
#[derive(Clone, Debug)]
pub struct Cost {
    /// The kernel.
    pub name: String,
    /// With `--sync`.
    pub sync: u64,
    /// With one worker that is ready to give work away.
    pub split: u64,
}

impl Cost {
    /// How many times as many instructions splitting takes.
    pub fn ratio(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a ratio needs few digits")]
        let ratio = self.split as f64 / self.sync.max(1) as f64;
        ratio
    }
}

/// Is there a callgrind.
pub fn is_there() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Counts one kernel at its small size, less what it takes at half of that: starting and compiling are in both.
///
/// # Errors
///
/// Where it fails.
pub fn count(kernel: &Kernel, afar: &Path, scratch: &Path) -> Result<Cost, String> {
    let both = |flags: &[&str]| {
        let [all, half] = [kernel.small, kernel.small / 2].map(|size| {
            let file = scratch.join(format!("{}_{size}.afr", kernel.name));
            std::fs::write(&file, kernel.sized(size)).map_err(|e| format!("{}: {e}", file.display()))?;
            instructions(afar, flags, &file)
        });
        Ok::<u64, String>(all?.saturating_sub(half?))
    };
    Ok(Cost {
        name: kernel.name.clone(),
        sync: both(&["--sync"])?,
        split: both(&["--workers", "1", "--keep-splitting"])?,
    })
}

fn instructions(afar: &Path, flags: &[&str], file: &Path) -> Result<u64, String> {
    let mut command = Command::new("valgrind");
    command
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(afar)
        .arg("run")
        .args(flags)
        .arg(file);
    let output = command.output().map_err(|error| format!("valgrind: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let counted = said.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    counted.filter(|_| output.status.success()).ok_or_else(|| {
        said.trim_end().lines().last().map_or_else(|| "nothing was counted".to_owned(), str::to_owned)
    })
}
