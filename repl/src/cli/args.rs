//! What the command line may say.

use super::{REFUSED, output};
use crate::config::{self, Engine, PYTHON_VERSION, Settings, Stats, UNICODE_VERSION};
use afar_distrib::resources::Resources;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use std::ffi::OsString;
use std::sync::LazyLock;

const EXAMPLES: &str = "\
Examples:
  afar                            a session
  afar run primes.afr             run a script
  afar run -w 4 primes.afr 100    with four workers, and `100` in sys.argv
  afar -c '2 ** 100'              the value of an expression
  afar check *.afr                what is wrong with some scripts, without running them
  afar profile primes.afr         where its time went: a page, and the busiest lines
  afar explain purity/del         what a code means, and the pure way to write it
  afar explain parallel a.afr     what of a script runs on all cores, and why the rest does not

Exit status: 0 done, 1 the program raised, 2 refused (syntax, purity, usage), 130 interrupted.";

const RUN_EXAMPLES: &str = "\
Examples:
  afar run primes.afr
  afar run primes.afr 1000 --fast       what follows the file is sys.argv[1:]
  afar run --sync --stats primes.afr    on one thread, with counters at the end
  afar run --memory 2GB primes.afr      larger values raise MemoryError
  echo 'print(1)' | afar run -          the script comes from stdin";

const PROFILE_EXAMPLES: &str = "\
Examples:
  afar profile primes.afr               writes primes.profile.html, and shows the busiest lines
  afar profile -o p.html primes.afr 9   what follows the file is sys.argv[1:]

The page needs no network: a flame graph by function and line, and what each worker did when. The code is compiled so
that it says where it is, which makes it a little slower. What the script prints goes to stderr.";

const CHECK_EXAMPLES: &str = "\
Examples:
  afar check a.afr b.afr
  afar check --fix a.afr          mends what has one mechanical answer: `x += 1`
  afar check --types a.afr        what each function is specialised to, and where `any` remains and why
  afar check --json a.afr         one line of JSON a diagnostic, on stdout";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  afar explain                          all codes of diagnostics
  afar explain blocks                   those of a group
  afar explain purity/item-assignment
  afar explain item-assignment          the group may be left out
  afar explain parallel a.afr           what of a script runs on all cores, and why the rest does not
  afar explain parallel --run a.afr     with what each loop took; behind `--` stand the script's arguments
  afar explain sequential               the reasons for which a loop runs in order; `parallel` for the others
  afar explain carried-value            what one of them means";

const CLUSTER_EXAMPLES: &str = "\
Examples:
  afar cluster up -n 2                         prints afar://127.0.0.1:PORT
  afar run --cluster afar://127.0.0.1:PORT primes.afr
  AFAR_CLUSTER=afar://127.0.0.1:PORT afar      for all that is run there
  afar cluster status
  afar cluster down

  afar cluster up --engine processes           without Dask and Python

The nodes are processes of this machine, two for each script that is connected, unless `-n` says otherwise. Dask's workers keep them; its
scheduler and they are started along with the rest, in a Python environment that is made when there is none. `AFAR_PYTHON` names
a Python that has Dask already. What dies is started anew, and what ran there runs again.";

const JOBS_EXAMPLES: &str = "\
Examples:
  afar jobs                       number, state, units, age, bytes, script
  afar jobs cancel 3

Each script that is connected has a job. A script that is killed loses its process alone: its job goes on, and the same script, run again
in the same folder with the same arguments, goes on with it. Ten minutes after it has nothing more to do, it ends.";

const REPL_EXAMPLES: &str = "\
Examples:
  afar repl
  afar repl --sync
  afar repl < session.txt         runs what stdin says, and shows the values

In the session, `:help` shows its commands.";

/// Afar's own version, and those of what it follows.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    format!("{} (Python {PYTHON_VERSION}, Unicode {UNICODE_VERSION})", env!("CARGO_PKG_VERSION"))
});

/// The options that stand before or behind the name of a command.
fn options() -> [Arg; 12] {
    [
        Arg::new("workers")
            .short('w')
            .long("workers")
            .value_name("N")
            .help("How many threads share the work [default: all cores]"),
        Arg::new("memory").long("memory").value_name("SIZE").help(
            "The most memory that values may take: `2GB`, `512M`, `50%` [default: 60% of what there is]",
        ),
        Arg::new("spill").long("spill").value_name("SIZE").help(
            "How much may lie on disk besides, in large lists and texts [default: 0; with `cluster up` twice the memory]",
        ),
        Arg::new("resources").long("resources").value_name("NAME=N,...").help(
            "What each node declares for blocks that ask for it, as `GPU=1`; without nodes, this process [default: nothing]",
        ),
        Arg::new("sync")
            .long("sync")
            .action(ArgAction::SetTrue)
            .help("Run on one thread, split nothing: for debugging"),
        // What splitting costs is measured with it.
        Arg::new("keep-splitting").long("keep-splitting").action(ArgAction::SetTrue).hide(true),
        Arg::new("engine")
            .long("engine")
            .value_name("ENGINE")
            .value_parser(["embedded", "processes", "wire"])
            .help("What runs `remotely` blocks: this process, or nodes that are processes of their own [default: embedded]"),
        Arg::new("cluster")
            .long("cluster")
            .value_name("ADDRESS")
            .help("Run `remotely` blocks on a cluster: what `afar cluster up` prints, `afar://HOST:PORT`"),
        Arg::new("nodes")
            .long("nodes")
            .value_name("N")
            .help("How many nodes share the work of `remotely` blocks; `--engine processes` is meant [default: 2]"),
        Arg::new("stats")
            .long("stats")
            .value_name("FORM")
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("table")
            .value_parser(["table", "json"])
            .hide_possible_values(true)
            .help("Print to stderr at the end how long it took, on how many cores, and why; `--stats=json` for machines"),
        Arg::new("emit")
            .long("emit")
            .value_name("FORM")
            .value_parser(["ir", "types"])
            .help("Print to stderr at the end the compiled form, or what each function was specialised to"),
        Arg::new("json").long("json").action(ArgAction::SetTrue).help("Diagnostics as lines of JSON"),
    ]
}

/// A script, and what it is given.
fn script_and_its_args() -> Arg {
    Arg::new("FILE")
        .required(true)
        .num_args(1..)
        .trailing_var_arg(true)
        .allow_hyphen_values(true)
        .value_parser(value_parser!(OsString))
        .help("The script (`-` is stdin), and behind it what it finds in sys.argv")
}

/// All of it.
pub fn command() -> Command {
    Command::new("afar")
        .version(VERSION.as_str())
        .about("The purely functional part of Python, compiled, on all cores and many machines")
        .after_help(EXAMPLES)
        .disable_help_subcommand(true)
        .args_conflicts_with_subcommands(false)
        .args(options().map(|a| a.global(true)))
        .arg(
            Arg::new("code")
                .short('c')
                .value_name("CODE")
                .allow_hyphen_values(true)
                .help("Run CODE; where it ends in an expression, show its value"),
        )
        .subcommand(
            Command::new("run")
                .about("Run a script")
                .override_usage("afar run [OPTIONS] FILE [ARGS]...")
                .after_help(RUN_EXAMPLES)
                .arg(script_and_its_args()),
        )
        .subcommand(
            Command::new("profile")
                .about("Run a script and show where its time went")
                .override_usage("afar profile [OPTIONS] FILE [ARGS]...")
                .after_help(PROFILE_EXAMPLES)
                .arg(
                    Arg::new("output")
                        .short('o')
                        .long("output")
                        .value_name("PAGE")
                        .value_parser(value_parser!(OsString))
                        .help("Where the page is written [default: FILE.profile.html]"),
                )
                .arg(script_and_its_args()),
        )
        .subcommand(
            Command::new("check")
                .about("Say what is wrong with scripts, without running them")
                .after_help(CHECK_EXAMPLES)
                .arg(
                    Arg::new("fix")
                        .long("fix")
                        .action(ArgAction::SetTrue)
                        .help("Mend what has one mechanical answer"),
                )
                .arg(
                    Arg::new("types")
                        .long("types")
                        .action(ArgAction::SetTrue)
                        .help("Show what each function is specialised to, and where `any` remains and why"),
                )
                .arg(
                    Arg::new("FILE")
                        .required(true)
                        .num_args(1..)
                        .value_parser(value_parser!(OsString))
                        .help("The scripts"),
                ),
        )
        .subcommand(
            Command::new("explain")
                .about("Explain a code, or what of a script runs in parallel")
                .override_usage("afar explain [OPTIONS] [CODE]\n       afar explain parallel [OPTIONS] [--run] FILE [-- ARGS...]")
                .after_help(EXPLAIN_EXAMPLES)
                .arg(Arg::new("CODE").help(
                    "The code, as `purity/del`, or a group of them, as `purity`; `parallel` with a file",
                ))
                .arg(
                    Arg::new("FILE")
                        .num_args(0..)
                        .value_parser(value_parser!(OsString))
                        .help("Of `parallel`: the script, and behind `--` what it finds in sys.argv"),
                )
                .arg(
                    Arg::new("run")
                        .long("run")
                        .action(ArgAction::SetTrue)
                        .help("Of `parallel`: run the script, and show what each loop took"),
                ),
        )
        .subcommand(
            Command::new("cluster")
                .about("Start, show and end a cluster of this machine")
                .subcommand_required(true)
                .after_help(CLUSTER_EXAMPLES)
                .subcommand(
                    Command::new("up")
                        .about("Start a cluster, and print its address")
                        .arg(
                            Arg::new("engine")
                                .long("engine")
                                .value_name("ENGINE")
                                .value_parser(["dask", "processes"])
                                .help("What keeps the nodes: the workers of a Dask cluster, or the gateway itself [default: dask]"),
                        )
                        .arg(
                            Arg::new("count")
                                .short('n')
                                .value_name("N")
                                .help("How many nodes each script has [default: 2]"),
                        )
                        .arg(
                            Arg::new("port")
                                .long("port")
                                .value_name("PORT")
                                .help("Where it listens, on this machine alone [default: one that is free]"),
                        ),
                )
                .subcommand(Command::new("status").about("Show the cluster, and the scripts that use it"))
                .subcommand(Command::new("down").about("End the cluster, and what runs on it")),
        )
        .subcommand(
            Command::new("jobs")
                .about("Show what scripts have the cluster do, and end it")
                .after_help(JOBS_EXAMPLES)
                .subcommand(
                    Command::new("cancel").about("End a job, and what its nodes run").arg(
                        Arg::new("job")
                            .required(true)
                            .value_name("JOB")
                            .value_parser(value_parser!(u64))
                            .help("Its number"),
                    ),
                ),
        )
        .subcommand(Command::new("status").about("Show the cluster (as `afar cluster status` does)"))
        .subcommand(
            // What `afar cluster up` starts.
            Command::new("gateway")
                .hide(true)
                .about("Keep a cluster, whose gateway listens at the socket that is stdin")
                .arg(Arg::new("keeper").long("keeper").action(ArgAction::SetTrue))
                .arg(Arg::new("count").long("count").value_name("N").value_parser(value_parser!(usize)))
                .arg(Arg::new("python").long("python").value_name("PYTHON").value_parser(value_parser!(OsString)))
                .arg(Arg::new("package").long("package").value_name("FOLDER").value_parser(value_parser!(OsString))),
        )
        .subcommand(
            // What the engine of processes starts.
            Command::new("node")
                .hide(true)
                .about("Serve as a node to the hub at the other end of stdin, which is a socket")
                .arg(Arg::new("folder").long("folder").value_name("FOLDER").value_parser(value_parser!(OsString))),
        )
        .subcommand(
            Command::new("repl").about("Start a session (as plain `afar` does)").after_help(REPL_EXAMPLES),
        )
}

/// Shows help or the version, or what is wrong with the command line.
pub fn explain_error(error: &clap::Error) -> i32 {
    let text = error.render().to_string();
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return output::result(&text);
    }
    output::error(&text);
    if error.kind() == ErrorKind::InvalidSubcommand
        && let Some(clap::error::ContextValue::String(word)) =
            error.get(clap::error::ContextKind::InvalidSubcommand)
        && (word.ends_with(".afr") || word.ends_with(".py") || std::path::Path::new(word).is_file())
    {
        output::error(&format!("\nTo run a script: afar run {word}\n"));
    }
    REFUSED
}

/// The settings that the options ask for.
///
/// # Errors
///
/// What is wrong with an option.
pub fn settings(top: &ArgMatches, sub: &ArgMatches) -> Result<Settings, String> {
    let text = |name: &str| sub.get_one::<String>(name);
    let flag = |name: &str| sub.get_flag(name);
    let mut settings = Settings {
        is_sync: flag("sync"),
        keeps_splitting: flag("keep-splitting"),
        stats: text("stats").map_or(Stats::None, |f| if f == "json" { Stats::Json } else { Stats::Table }),
        emits_ir: text("emit").is_some_and(|f| f == "ir") || std::env::var_os("AFAR_IR").is_some(),
        emits_types: text("emit").is_some_and(|f| f == "types"),
        json: flag("json"),
        argv: vec![if top.contains_id("code") { "-c".to_owned() } else { String::new() }],
        ..Settings::default()
    };
    if let Some(n) = text("workers") {
        settings.n_workers = match n.parse() {
            Ok(n @ 1..=1024) => n,
            _ => return Err(format!("`--workers {n}`: a number from 1 to 1024 is meant")),
        };
    }
    if settings.is_sync {
        settings.n_workers = 1;
    }
    if let Some(size) = text("memory") {
        settings.memory = config::parse_size(size).map_err(|e| format!("`--memory {size}`: {e}"))?;
    }
    if let Some(size) = text("spill") {
        let bytes = if size == "0" { Ok(0) } else { config::parse_size(size) };
        settings.spill = Some(bytes.map_err(|e| format!("`--spill {size}`: {e}"))?);
    }
    if let Some(list) = text("resources") {
        settings.resources = Resources::parse(list).map_err(|e| format!("`--resources {list}`: {e}"))?;
    }
    settings.engine = match text("engine").map(String::as_str) {
        Some("wire") => Engine::Wire,
        Some("processes") => Engine::Processes,
        Some(_) => Engine::Embedded,
        None if text("nodes").is_some() => Engine::Processes,
        None => Engine::Embedded,
    };
    let named = || std::env::var("AFAR_CLUSTER").ok().filter(|url| !url.is_empty());
    let is_chosen = text("engine").is_some() || text("nodes").is_some();
    settings.cluster = text("cluster").cloned().or_else(|| named().filter(|_| !is_chosen));
    if text("cluster").is_some() && is_chosen {
        return Err("`--cluster` says where blocks run: `--engine` and `--nodes` cannot".to_owned());
    }
    if let Some(n) = text("nodes") {
        settings.n_nodes = match n.parse() {
            Ok(n @ 1..=64) if settings.engine == Engine::Processes => n,
            Ok(1..=64) => return Err("`--nodes`: only `--engine processes` has nodes".to_owned()),
            _ => return Err(format!("`--nodes {n}`: a number from 1 to 64 is meant")),
        };
    }
    if matches!(top.subcommand_name(), Some("run" | "explain" | "profile"))
        && let Some(all) = sub.get_many::<OsString>("FILE")
    {
        let all: Vec<String> = all.map(|a| a.to_string_lossy().into_owned()).collect();
        if all[0].starts_with('-') && all[0] != "-" {
            return Err(format!("there is no option `{}` of `afar run`", all[0]));
        }
        settings.argv = all;
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::{Stats, command, settings};

    #[test]
    fn the_command_line_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn what_follows_the_file_is_the_script_s() {
        let words = ["afar", "run", "--sync", "a.afr", "--stats", "-x", "1"];
        let matches = command().try_get_matches_from(words).unwrap_or_else(|e| unreachable!("{e}"));
        let (_, sub) = matches.subcommand().unwrap_or(("", &matches));
        let made = settings(&matches, sub).unwrap_or_default();
        assert!(made.is_sync && made.stats == Stats::None);
        assert_eq!(made.argv, ["a.afr", "--stats", "-x", "1"]);
    }

    #[test]
    fn options_that_make_no_sense() {
        for words in [["afar", "--workers", "0"], ["afar", "--memory", "x"], ["afar", "--resources", "GPU"]] {
            let matches = command().try_get_matches_from(words).unwrap_or_else(|e| unreachable!("{e}"));
            assert!(settings(&matches, &matches).is_err());
        }
    }
}
