//! What the user set: options of the command line, the environment, the machine's limits.
//!
//! Read once at the start; the rest of the crate asks [`settings`].

use afar_distrib::resources::Resources;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::OnceLock;

/// The version of the character tables.
pub const UNICODE_VERSION: &str = "14.0.0";

/// The version of Python whose answers Afar gives.
pub const PYTHON_VERSION: &str = "3.11";

/// What runs units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// Here, in this process.
    #[default]
    Embedded,
    /// Here, with code, values and errors passed through bytes.
    Wire,
    /// In processes of this machine.
    Processes,
}

/// Whether counters are printed at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stats {
    /// They are not.
    #[default]
    None,
    /// As a table.
    Table,
    /// As an object of JSON.
    Json,
}

/// The settings of a process.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many workers share the work.
    pub n_workers: usize,
    /// The memory budget, in bytes.
    pub memory: usize,
    /// How much may lie in files where it does not fit into memory, in bytes, where that was said.
    pub spill: Option<usize>,
    /// What each node declares, for blocks that ask for it.
    pub resources: Resources,
    /// Everything runs on one thread, nothing is split.
    pub is_sync: bool,
    /// What runs units.
    pub engine: Engine,
    /// The address of the cluster that runs units.
    pub cluster: Option<String>,
    /// How many nodes there are, where the engine has some.
    pub n_nodes: usize,
    /// Ranges are cut at every poll, wanted or not; for tests alone.
    pub cuts_always: bool,
    /// No int is taken to fit 64 bits; for tests alone.
    pub starts_wide: bool,
    /// Code is compiled as fast as can be, and runs slower; for tests alone.
    pub compiles_quickly: bool,
    /// Code is made as if there were others to take work, also for one worker; for benches alone.
    pub keeps_splitting: bool,
    /// Which counters are printed at the end.
    pub stats: Stats,
    /// The compiler's intermediate form is printed at the end.
    pub emits_ir: bool,
    /// Print what each function was specialised to.
    pub emits_types: bool,
    /// Diagnostics are lines of JSON.
    pub json: bool,
    /// `sys.argv`.
    pub argv: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            n_workers: default_workers(),
            memory: default_memory(),
            spill: None,
            resources: Resources::default(),
            is_sync: false,
            engine: Engine::default(),
            cluster: None,
            n_nodes: 2,
            cuts_always: false,
            starts_wide: false,
            compiles_quickly: false,
            keeps_splitting: false,
            stats: Stats::None,
            emits_ir: false,
            emits_types: false,
            json: false,
            argv: vec![String::new()],
        }
    }
}

static SETTINGS: OnceLock<Settings> = OnceLock::new();

/// The settings of this process.
pub fn settings() -> &'static Settings {
    SETTINGS.get_or_init(Settings::default)
}

/// Sets the settings of this process, once, and the limits that follow from them.
pub fn set(settings: Settings) {
    afar_runtime::budget::set_limit(settings.memory);
    afar_distrib::resources::declare(settings.resources.clone());
    afar_runtime::pool::configure(settings.n_workers);
    afar_runtime::pool::cut_always(settings.cuts_always);
    afar_compiler::compiler().starts_wide = settings.starts_wide;
    if settings.compiles_quickly {
        afar_compiler::compiler().compile_quickly();
    }
    // Whoever comes second finds the process configured already, as tests in one process do.
    let _ = SETTINGS.set(settings);
}

/// As many workers as there are cores that this process may use.
pub fn default_workers() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Where values lie that do not fit into memory: where temporary files are, if that is said, and else where large ones belong.
fn spill_folder() -> PathBuf {
    std::env::var_os("TMPDIR").map_or_else(|| PathBuf::from("/var/tmp"), PathBuf::from)
}

/// Lets large values lie in files where they do not fit into memory, up to so many bytes.
///
/// # Errors
///
/// What stands in the way, as text.
pub fn allow_spill(bytes: usize) -> Result<(), String> {
    let folder = spill_folder();
    match afar_runtime::budget::spill::set(&folder, bytes) {
        Ok(_) => Ok(()),
        Err(why) => Err(format!("no values can lie in files of {}: {why}", folder.display())),
    }
}

/// 60 percent of the smaller of RAM and the control group's limit.
pub fn default_memory() -> usize {
    available_memory().map_or(usize::MAX, |bytes| bytes / 100 * 60)
}

/// The smaller of RAM and the control group's limit, in bytes.
pub fn available_memory() -> Option<usize> {
    let ram = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| mem_total(&text));
    ram.into_iter().chain(cgroup_limits()).min()
}

fn mem_total(text: &str) -> Option<usize> {
    let line = text.lines().find_map(|l| l.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<usize>().ok()?.checked_mul(1024)
}

/// The limits of this process's control group and of those around it, in both versions of the interface.
fn cgroup_limits() -> Vec<usize> {
    let read = |path: PathBuf| std::fs::read_to_string(path).ok()?.trim().parse::<usize>().ok();
    let mut limits: Vec<usize> =
        read("/sys/fs/cgroup/memory/memory.limit_in_bytes".into()).into_iter().collect();
    let own = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let own = own.lines().find_map(|l| l.strip_prefix("0::")).unwrap_or("/");
    let mut folder = PathBuf::from("/sys/fs/cgroup").join(own.trim_start_matches('/'));
    while folder.starts_with("/sys/fs/cgroup") {
        limits.extend(read(folder.join("memory.max")));
        if !folder.pop() {
            break;
        }
    }
    limits
}

/// A size as the user writes it: `512M`, `1.5GB`, `2GiB`, `50%` of what there is, or a number of bytes.
///
/// # Errors
///
/// What is wrong with it, as text.
pub fn parse_size(text: &str) -> Result<usize, String> {
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: f64 =
        number.parse().map_err(|_| format!("`{text}` is no size: write `512M`, `2GB`, `1.5GiB` or `50%`"))?;
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "t" | "tb" => 1e12,
        "kib" => 1024.0,
        "mib" => 1024.0 * 1024.0,
        "gib" => 1024.0 * 1024.0 * 1024.0,
        "tib" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        #[expect(clippy::cast_precision_loss, reason = "a share of the memory need not be exact")]
        "%" => available_memory().ok_or("the size of the memory is not known here")? as f64 / 100.0,
        other => {
            return Err(format!(
                "`{other}` is no unit of size: there are K, M, G, T, KiB, MiB, GiB, TiB and %"
            ));
        }
    };
    let bytes = number * factor;
    if !(1.0..9e18).contains(&bytes) {
        return Err(format!("`{text}` is no sensible size"));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it was compared a line above"
    )]
    Ok(bytes as usize)
}

/// Where a stream may be colored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colors {
    /// It is a terminal, and the user has not said no.
    Yes,
    /// It is not, or `NO_COLOR` is set.
    No,
}

impl Colors {
    /// Of stderr.
    pub fn of_stderr() -> Self {
        Self::of(std::io::stderr().is_terminal())
    }

    /// Of stdout.
    pub fn of_stdout() -> Self {
        Self::of(std::io::stdout().is_terminal())
    }

    fn of(is_terminal: bool) -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty())
            || std::env::var_os("TERM").is_some_and(|t| t == "dumb");
        if is_terminal && !refused { Self::Yes } else { Self::No }
    }

    /// May it be colored.
    pub fn is_yes(self) -> bool {
        self == Self::Yes
    }
}

/// Where the state of this user's sessions is kept, by the XDG rules.
pub fn state_dir() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    absolute("XDG_STATE_HOME")
        .or_else(|| Some(absolute("HOME")?.join(".local/state")))
        .map(|d| d.join("afar"))
}

#[cfg(test)]
mod tests {
    use super::{mem_total, parse_size};

    #[test]
    fn sizes() {
        assert_eq!(parse_size("1000"), Ok(1000));
        assert_eq!(parse_size("512M"), Ok(512_000_000));
        assert_eq!(parse_size("1.5 GiB"), Ok(1_610_612_736));
        assert!(parse_size("50%").is_ok());
        for wrong in ["", "x", "5 parsecs", "-1", "0", "1e400"] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ram() {
        assert_eq!(mem_total("MemTotal:       24000 kB\nMemFree: 1 kB\n"), Some(24_576_000));
    }
}
