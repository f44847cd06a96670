//! `afar cluster`: a gateway with its nodes, on this machine.
//!
//! Three processes in a row: who asks, which waits until the cluster answers and goes; the [`keeper`], which holds the
//! listening socket and starts anew what dies; and the gateway. The socket outlives a gateway, so
//! whoever connects meanwhile waits.

mod environment;
mod keeper;
mod show;

use super::{BROKEN, OK, REFUSED, complain, output};
use crate::config::settings;
use afar_distrib::bridge::{self, Bridge};
use afar_distrib::gateway::{self, Address, Config, Engine, Health, Status, ask_health, end_job, shut_down};
use clap::ArgMatches;
use environment::Python;
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// So long a cluster has to start: Python takes a while on a machine that has much to do.
const STARTING: Duration = Duration::from_secs(60);
/// So long it has to end.
const ENDING: Duration = Duration::from_secs(10);
/// How many nodes a script has where nothing is said.
const N_NODES: usize = 2;

/// So many times the memory of its nodes may lie on disk where nothing is said.
const SPILL: usize = 2;

/// What a cluster is to be made of.
#[derive(Clone, Debug)]
struct Asked {
    n_nodes: usize,
    /// What Dask runs on; `None` where the nodes are processes.
    python: Option<Python>,
}

/// What is told of a cluster to its user: where it is, and what it asks for.
struct Told {
    host: String,
    token: String,
}

fn place() -> PathBuf {
    gateway::folder().join("cluster")
}

/// The cluster of this user, where there is one.
fn told() -> Option<Told> {
    let text = fs::read_to_string(place()).ok()?;
    let mut lines = text.lines();
    Some(Told { host: lines.next()?.to_owned(), token: lines.next()?.to_owned() })
}

/// What the cluster there asks for: of the cluster of this user it is known, for others `AFAR_TOKEN` says it.
pub fn token_of(host: &str) -> String {
    let own = told().filter(|told| told.host == host).map(|told| told.token);
    own.or_else(|| std::env::var("AFAR_TOKEN").ok()).unwrap_or_default()
}

fn address(told: &Told) -> Address {
    let (host, token) = (told.host.clone(), told.token.clone());
    Address { host, token, name: "afar cluster".to_owned(), folder: String::new(), script: None }
}

/// Does what `afar cluster` is asked for.
pub fn asked(matches: &ArgMatches) -> i32 {
    match matches.subcommand() {
        Some(("up", up)) => self::up(up),
        Some(("status", _)) => status(),
        _ => down(),
    }
}

fn number<T: std::str::FromStr>(matches: &ArgMatches, name: &str) -> Result<Option<T>, String> {
    match matches.get_one::<String>(name) {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| format!("`{text}`: a number is meant")),
    }
}

fn up(matches: &ArgMatches) -> i32 {
    let asked = number::<usize>(matches, "count").and_then(|n| Ok((n, number::<u16>(matches, "port")?)));
    let (n_nodes, port) = match asked {
        Ok((Some(n), _)) if !(1..=64).contains(&n) => {
            return refuse(&format!("`-n {n}`: from 1 to 64 nodes are meant"), None);
        }
        Ok((n, port)) => (n.unwrap_or(N_NODES), port.unwrap_or(0)),
        Err(why) => return refuse(&why, None),
    };
    if let Some(told) = told().filter(|told| keeper_pid().is_some() || ask_health(&address(told)).is_ok()) {
        return refuse(
            &format!("a cluster runs already, at afar://{}", told.host),
            Some("`afar cluster down` ends it"),
        );
    }
    let listener = match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(listener) => listener,
        Err(why) => {
            return refuse(
                &format!("port {port} cannot be taken: {why}"),
                Some("leave `--port` out, or name another one"),
            );
        }
    };
    let is_dask = matches.get_one::<String>("engine").is_none_or(|engine| engine == "dask");
    let python = match is_dask.then(environment::prepare).transpose() {
        Ok(python) => python,
        Err(absent) => return refuse(&absent.message, Some(&absent.help)),
    };
    match start(&listener, &Asked { n_nodes, python }) {
        Ok((told, keeper)) => {
            drop(listener);
            wait_until_up(&told, keeper)
        }
        Err(why) => refuse(&format!("the cluster cannot be started: {why}"), None),
    }
}

fn refuse(message: &str, help: Option<&str>) -> i32 {
    complain(message, "", help);
    REFUSED
}

/// Starts the keeper of the cluster, and writes down where it is.
fn start(listener: &TcpListener, asked: &Asked) -> std::io::Result<(Told, Child)> {
    let told = Told { host: listener.local_addr()?.to_string(), token: new_token()? };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(gateway::folder())?;
    let mut file = fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(place())?;
    writeln!(file, "{}\n{}", told.host, told.token)?;
    let log =
        fs::OpenOptions::new().create(true).append(true).mode(0o600).open(gateway::folder().join("log"))?;
    let own = settings();
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["gateway", "--keeper", "--count", &asked.n_nodes.to_string()]).args([
        "--workers",
        &own.n_workers.to_string(),
        "--memory",
        &own.memory.to_string(),
        "--spill",
        &own.spill.unwrap_or(own.memory.saturating_mul(SPILL)).to_string(),
    ]);
    if !own.resources.is_empty() {
        command.args(["--resources", &own.resources.to_string()]);
    }
    if let Some(Python { program, package }) = &asked.python {
        command.arg("--python").arg(program).arg("--package").arg(package);
    }
    let keeper = command
        .env_remove("AFAR_CLUSTER")
        .stdin(Stdio::from(OwnedFd::from(listener.try_clone()?)))
        .stdout(Stdio::null())
        .stderr(log)
        .process_group(0)
        .spawn()?;
    fs::write(keeper_place(), keeper.id().to_string())?;
    Ok((told, keeper))
}

/// Bytes that nobody knows.
fn random<const N: usize>() -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// 256 bits that nobody knows, as text.
fn new_token() -> std::io::Result<String> {
    Ok(random::<32>()?.iter().map(|b| format!("{b:02x}")).collect())
}

fn keeper_place() -> PathBuf {
    gateway::folder().join("keeper")
}

/// The process that keeps the cluster of this user, while it is there.
fn keeper_pid() -> Option<Pid> {
    let id = fs::read_to_string(keeper_place()).ok()?.trim().parse::<i32>().ok()?;
    // Another process may have got the number since.
    let line = fs::read(format!("/proc/{id}/cmdline")).ok()?;
    let is_keeper = |words: &[u8]| words.split(|b| *b == 0).any(|word| word == b"--keeper");
    is_keeper(&line).then(|| Pid::from_raw(id)).flatten()
}

/// Waits for a cluster that was started; where it does not answer, nothing of it is left.
fn wait_until_up(told: &Told, mut child: Child) -> i32 {
    let deadline = Instant::now() + STARTING;
    let (why, help) = loop {
        let has_ended = matches!(child.try_wait(), Ok(Some(_)));
        match ask_health(&address(told)) {
            Ok((_, health)) if health.is_ready => {
                return output::result(&format!("afar://{}\n", told.host));
            }
            Ok((_, health)) if health.trouble.is_some() => {
                let help = "see to it that a node has the memory that it needs: `--memory`, and `-n` for fewer nodes";
                break (health.trouble.unwrap_or_default(), Some(help));
            }
            Ok((_, health)) if Instant::now() > deadline => {
                break (
                    format!(
                        "its nodes do not answer ({} of {} workers)",
                        health.workers.len(),
                        health.n_nodes
                    ),
                    None,
                );
            }
            Err(why) if Instant::now() > deadline || has_ended => break (why.to_string(), None),
            Ok(_) | Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    end(told);
    // It is reaped here, as its parent.
    let _ = child.wait();
    let log = gateway::folder().join("log");
    let log = format!("{} may say more", log.display());
    let help = help.map_or_else(|| log.clone(), |help| format!("{help}; {log}"));
    refuse(&format!("the cluster does not start: {why}"), Some(&help))
}

/// Ends what there is of a cluster, whether it answers or not; false where there is nothing.
fn end(told: &Told) -> bool {
    let has_keeper = keeper_pid().is_some();
    let answered = shut_down(&address(told)).is_ok();
    let began = Instant::now();
    let is_there = || keeper_pid().is_some() || answered && ask_health(&address(told)).is_ok();
    while is_there() && began.elapsed() < ENDING {
        if !answered || began.elapsed() > ENDING / 2 {
            // The gateway does not answer: its keeper ends it as well.
            let _ = keeper_pid().map(|keeper| kill_process(keeper, Signal::TERM));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    // Whoever comes next finds no trace, also of one that was killed.
    let _ = fs::remove_file(place());
    let _ = fs::remove_file(keeper_place());
    answered || has_keeper
}

/// What starts a cluster, where there is none.
const UP: Option<&str> = Some("`afar cluster up` starts one");

/// Shows how things are with a cluster: its address, the jobs, and itself.
type Show = fn(&str, &[Status], &Health) -> String;

/// Asks the cluster of this user how things are, and shows some of it, for machines or for people.
fn ask(json: Show, table: Show) -> i32 {
    let Some(told) = told() else { return refuse("no cluster runs", UP) };
    match ask_health(&address(&told)) {
        Ok((jobs, health)) => {
            output::result(&(if settings().json { json } else { table })(&told.host, &jobs, &health))
        }
        Err(why) => refuse(&why.to_string(), UP),
    }
}

/// Shows the cluster of this user.
pub fn status() -> i32 {
    ask(show::json, show::table)
}

/// Shows the jobs of the cluster, or ends one.
pub fn jobs(matches: &ArgMatches) -> i32 {
    let Some(("cancel", cancel)) = matches.subcommand() else {
        return ask(show::jobs_json, show::jobs_table);
    };
    let Some(told) = told() else { return refuse("no cluster runs", UP) };
    let job = cancel.get_one::<u64>("job").copied().unwrap_or(0);
    match end_job(&address(&told), job) {
        Ok(true) => OK,
        Ok(false) => refuse(&format!("there is no job {job}"), Some("`afar jobs` shows all")),
        Err(why) => refuse(&why.to_string(), UP),
    }
}

fn down() -> i32 {
    let Some(told) = told() else { return refuse("no cluster runs", None) };
    if end(&told) { OK } else { refuse(&format!("no cluster answers at afar://{}", told.host), None) }
}

/// The keeper, or the gateway that it keeps: both have the listening socket as stdin.
pub fn gateway(matches: &ArgMatches) -> i32 {
    let Ok(socket) = std::io::stdin().as_fd().try_clone_to_owned() else { return BROKEN };
    let listener = TcpListener::from(socket);
    let Some(told) = told().filter(|_| listener.local_addr().is_ok()) else {
        return refuse("`afar gateway` keeps a cluster", Some("`afar cluster up` is what starts it"));
    };
    let path = |name: &str| matches.get_one::<std::ffi::OsString>(name).map(PathBuf::from);
    let python = path("python").zip(path("package")).map(|(program, package)| Python { program, package });
    let n_nodes = matches.get_one::<usize>("count").copied().unwrap_or(N_NODES);
    let asked = Asked { n_nodes, python };
    if matches.get_flag("keeper") {
        return keeper::keep(listener, asked);
    }
    let served =
        engine(asked).and_then(|engine| gateway::serve(&listener, Config { engine, token: told.token }));
    match served {
        // What runs still, runs for nobody.
        Ok(()) => std::process::exit(OK),
        Err(why) => refuse(&format!("the gateway cannot go on: {why}"), None),
    }
}

/// Where the nodes of a gateway come from.
fn engine(asked: Asked) -> std::io::Result<Engine> {
    let nodes = crate::remotely::nodes_without_folder(asked.n_nodes);
    let Some(Python { program: python, package }) = asked.python else {
        return Ok(Engine::Processes(nodes));
    };
    let mut program = vec![nodes.program.display().to_string()];
    program.extend(nodes.args);
    let bridge: Arc<Bridge> = Bridge::start(bridge::Config {
        python,
        package,
        cluster: keeper::cluster_file(),
        n_workers: asked.n_nodes,
        program,
        epoch: u64::from_le_bytes(random()?),
    })?;
    Ok(Engine::Dask(bridge))
}
