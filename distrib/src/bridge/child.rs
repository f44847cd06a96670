//! The process that is the bridge: it is started, told, heard, and started anew where it is lost.

use super::{Bridge, lock};
use crate::bridge::messages::FromBridge;
use crate::log;
use crate::protocol;
use std::io::BufReader;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

/// So often it is looked whether the bridge is silent.
const LOOK: Duration = Duration::from_millis(500);
/// A bridge that says nothing for so long is ended, and another one started.
const SILENCE: Duration = Duration::from_secs(30);
/// So long the next bridge waits where the one before it did not live.
const NAP: Duration = Duration::from_millis(200);

/// With this status a bridge ends that has a mistake in it; where it lost the scheduler, with another one.
const BROKEN: i32 = 1;
/// After so many bridges that never lived, no more are started.
const MAX_DEATHS: u32 = 5;

/// The bridge that runs, and when it was last heard.
type Running = Arc<Mutex<Option<(Child, Instant)>>>;

/// Starts the threads that keep a bridge running; they end with it, or when nobody has the bridge any more.
pub(super) fn keep(bridge: &Arc<Bridge>) -> std::io::Result<()> {
    let running: Running = Arc::default();
    let (kept, watched) = (Arc::downgrade(bridge), Arc::downgrade(bridge));
    let seen = running.clone();
    std::thread::Builder::new().name("bridge".to_owned()).spawn(move || {
        let mut n_deaths = 0;
        while let Some(bridge) = kept.upgrade().filter(|bridge| lock(&bridge.state).failed.is_none()) {
            let ended = run(&bridge, &running);
            bridge.lost();
            log::say("the bridge to Dask is lost");
            n_deaths += 1;
            let failed = match ended {
                Err(why) => Some(format!("the bridge to Dask cannot be started: {why}")),
                Ok(Some(BROKEN)) if n_deaths >= MAX_DEATHS && bridge.distributed().is_empty() => {
                    Some("the bridge to Dask ends as soon as it is started".to_owned())
                }
                Ok(_) => None,
            };
            if failed.is_some() {
                lock(&bridge.state).failed = failed;
            }
            drop(bridge);
            std::thread::sleep(NAP);
        }
    })?;
    std::thread::Builder::new().name("bridge watch".to_owned()).spawn(move || watch(&watched, &seen))?;
    Ok(())
}

/// Ends a bridge that is silent for long; while it is silent, it vouches for the nodes behind it.
fn watch(bridge: &Weak<Bridge>, running: &Running) {
    while let Some(bridge) = bridge.upgrade() {
        bridge.vouch();
        drop(bridge);
        if let Some((child, heard)) = &mut *lock(running)
            && heard.elapsed() > SILENCE
        {
            // That it is gone is told by who listens to it.
            let _ = child.kill();
        }
        std::thread::sleep(LOOK);
    }
}

/// Starts a bridge, and listens to it until it is gone; gives the status with which it ended.
fn run(bridge: &Bridge, running: &Running) -> std::io::Result<Option<i32>> {
    let config = &bridge.config;
    let mut child = Command::new(&config.python)
        .args(["-m", "afar_dask.bridge"])
        .arg(&config.cluster)
        .env("PYTHONPATH", &config.package)
        // Modules are looked for there as well: not where somebody happens to be.
        .current_dir(&config.package)
        .env("PYTHONUNBUFFERED", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()?;
    let (Some(mut to), Some(from)) = (child.stdin.take(), child.stdout.take()) else { return Ok(None) };
    *lock(running) = Some((child, Instant::now()));
    let (out, told) = channel::<(_, Arc<Vec<u8>>)>();
    std::thread::Builder::new().name("to bridge".to_owned()).spawn(move || {
        for (message, body) in told {
            if protocol::send(&mut to, &message, &body).is_err() {
                return;
            }
        }
    })?;
    bridge.begin(out);
    let mut from = BufReader::with_capacity(1 << 20, from);
    while let Ok((message, body)) = protocol::receive::<FromBridge>(&mut from) {
        if let Some((_, heard)) = &mut *lock(running) {
            *heard = Instant::now();
        }
        bridge.hear(message, body);
    }
    let Some((mut child, _)) = lock(running).take() else { return Ok(None) };
    let deadline = Instant::now() + NAP;
    while Instant::now() < deadline {
        if let Ok(Some(status)) = child.try_wait() {
            return Ok(status.code());
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let _ = child.kill();
    let _ = child.wait();
    Ok(None)
}
