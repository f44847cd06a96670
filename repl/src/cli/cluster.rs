//! `afar cluster`: a gateway with its nodes, on this machine.
//!
//! Three processes in a row: who asks, which waits until the cluster answers and goes; the *keeper*, which holds the
//! listening socket and starts the gateway anew where it dies; and the gateway. The socket outlives a gateway, so
//! whoever connects meanwhile waits.

use super::{BROKEN, OK, REFUSED, complain, output};
use crate::config::settings;
use afar_distrib::gateway::{self, Address, Config, Status, ask_status, shut_down};
use clap::ArgMatches;
use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// So long a cluster has to start, or to end.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many gateways that die at once are not followed by another one.
const MAX_DEATHS: u32 = 10;
/// A gateway that has lived for so long did not die at once.
const LONG: Duration = Duration::from_millis(500);

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
    Address { host, token, name: "afar cluster".to_owned(), folder: String::new() }
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
        Ok((n, port)) => (n.unwrap_or(2), port.unwrap_or(0)),
        Err(why) => return refuse(&why, None),
    };
    if let Some(told) = told().filter(|told| ask_status(&address(told)).is_ok()) {
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
    match start(&listener, n_nodes) {
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
fn start(listener: &TcpListener, n_nodes: usize) -> std::io::Result<(Told, Child)> {
    let told = Told { host: listener.local_addr()?.to_string(), token: new_token()? };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(gateway::folder())?;
    let mut file = fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(place())?;
    writeln!(file, "{}\n{}", told.host, told.token)?;
    let log =
        fs::OpenOptions::new().create(true).append(true).mode(0o600).open(gateway::folder().join("log"))?;
    let own = settings();
    let keeper = Command::new(std::env::current_exe()?)
        .args(["gateway", "--keeper", "--engine", "processes", "--nodes", &n_nodes.to_string()])
        .args(["--workers", &own.n_workers.to_string(), "--memory", &own.memory.to_string()])
        .env_remove("AFAR_CLUSTER")
        .stdin(Stdio::from(OwnedFd::from(listener.try_clone()?)))
        .stdout(Stdio::null())
        .stderr(log)
        .process_group(0)
        .spawn()?;
    Ok((told, keeper))
}

/// 256 bits that nobody knows.
fn new_token() -> std::io::Result<String> {
    use std::io::Read;
    let mut bytes = [0; 32];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
}

/// Waits for a cluster that was started; where it does not answer, nothing of it is left.
fn wait_until_up(told: &Told, mut keeper: Child) -> i32 {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match ask_status(&address(told)) {
            Ok(_) => return output::result(&format!("afar://{}\n", told.host)),
            Err(why) if Instant::now() > deadline || matches!(keeper.try_wait(), Ok(Some(_))) => {
                // Without its keeper a gateway that does not answer has nobody who starts it anew.
                let _ = keeper.kill();
                let _ = fs::remove_file(place());
                let log = gateway::folder().join("log");
                return refuse(
                    &format!("the cluster does not start: {why}"),
                    Some(&format!("{} may say why", log.display())),
                );
            }
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

fn status() -> i32 {
    let Some(told) = told() else { return refuse("no cluster runs", Some("`afar cluster up` starts one")) };
    match ask_status(&address(&told)) {
        Ok(sessions) if settings().json => output::result(&json(&told, &sessions)),
        Ok(sessions) => output::result(&table(&told, &sessions)),
        Err(why) => refuse(&why.to_string(), Some("`afar cluster up` starts one")),
    }
}

fn table(told: &Told, sessions: &[Status]) -> String {
    let mut text = format!("afar://{}\n", told.host);
    if sessions.is_empty() {
        text += "no script is connected\n";
    }
    for session in sessions {
        text += &format!("{}: {} waiting\n", session.name, session.n_ready);
        for node in &session.nodes {
            let (n, running, slots, held) = (node.node.0, node.n_running, node.n_slots, node.n_held);
            text += &format!("  node {n}: {running} running, {slots} slots, {held} values\n");
        }
    }
    text
}

fn json(told: &Told, sessions: &[Status]) -> String {
    let node = |n: &afar_distrib::hub::NodeStatus| {
        format!(
            r#"{{"node":{},"slots":{},"running":{},"values":{}}}"#,
            n.node.0, n.n_slots, n.n_running, n.n_held
        )
    };
    let session = |s: &Status| {
        let nodes: Vec<String> = s.nodes.iter().map(node).collect();
        let name = crate::render::quote(&s.name);
        format!(r#"{{"name":{name},"waiting":{},"nodes":[{}]}}"#, s.n_ready, nodes.join(","))
    };
    let all: Vec<String> = sessions.iter().map(session).collect();
    format!("{{\"address\":\"afar://{}\",\"sessions\":[{}]}}\n", told.host, all.join(","))
}

fn down() -> i32 {
    let Some(told) = told() else { return refuse("no cluster runs", None) };
    let asked = shut_down(&address(&told));
    // Whoever comes next finds no trace, also of one that was killed.
    let _ = fs::remove_file(place());
    if asked.is_err() {
        return refuse(&format!("no cluster answers at afar://{}", told.host), None);
    }
    let deadline = Instant::now() + PATIENCE;
    while ask_status(&address(&told)).is_ok() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    OK
}

/// The keeper, or the gateway that it keeps: both have the listening socket as stdin.
pub fn gateway(matches: &ArgMatches) -> i32 {
    let Ok(socket) = std::io::stdin().as_fd().try_clone_to_owned() else { return BROKEN };
    let listener = TcpListener::from(socket);
    let Some(told) = told().filter(|_| listener.local_addr().is_ok()) else {
        return refuse("`afar gateway` keeps a cluster", Some("`afar cluster up` is what starts it"));
    };
    if matches.get_flag("keeper") {
        return keep(&listener);
    }
    let config = Config { nodes: crate::remotely::nodes_without_folder(), token: told.token };
    match gateway::serve(&listener, config) {
        // What runs still, runs for nobody.
        Ok(()) => std::process::exit(OK),
        Err(why) => refuse(&format!("the gateway cannot go on: {why}"), None),
    }
}

/// Starts the gateway anew until it ends because it was told to.
fn keep(listener: &TcpListener) -> i32 {
    let mut n_deaths = 0;
    while n_deaths < MAX_DEATHS {
        let began = Instant::now();
        let child = listener.try_clone().and_then(|socket| {
            let args = std::env::args().skip(1).filter(|arg| arg != "--keeper");
            Command::new(std::env::current_exe()?)
                .args(args)
                .stdin(Stdio::from(OwnedFd::from(socket)))
                .stdout(Stdio::null())
                .spawn()
        });
        match child.and_then(|mut child| child.wait()) {
            Ok(status) if status.success() => return OK,
            Ok(_) if began.elapsed() > LONG => n_deaths = 0,
            Ok(_) | Err(_) => n_deaths += 1,
        }
    }
    refuse("the gateway dies as soon as it is started", None)
}
