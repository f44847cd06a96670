//! How a cluster is, for people and for machines.

use crate::render::quote;
use afar_distrib::gateway::{Health, Status, WorkerStatus};
use afar_distrib::hub::NodeStatus;
use afar_distrib::proxy::size;

/// As `afar cluster status` shows it.
pub fn table(host: &str, sessions: &[Status], health: &Health) -> String {
    let mut text = format!("afar://{host}\nengine {}", health.engine);
    if health.engine.starts_with("dask") {
        text += &format!(", {} of {} workers", health.workers.len(), health.n_nodes);
    }
    text += "\n";
    if let Some(trouble) = &health.trouble {
        text += &format!("{trouble}\n");
    }
    for WorkerStatus { name, address } in &health.workers {
        text += &format!("  {name} {address}\n");
    }
    if sessions.is_empty() {
        text += "no script is connected\n";
    }
    for session in sessions {
        text += &format!("{}: {} waiting\n", session.name, session.n_ready);
        for node in &session.nodes {
            let (n, running, slots, held) = (node.node.0, node.n_running, node.n_slots, node.n_held);
            let declared = &node.resources;
            let declared = if declared.is_empty() { String::new() } else { format!(", {declared}") };
            text += &format!("  node {n}: {running} running, {slots} slots, {held} values{declared}\n");
        }
    }
    text
}

/// The same, as one line of JSON.
pub fn json(host: &str, sessions: &[Status], health: &Health) -> String {
    let node = |n: &NodeStatus| {
        let (id, slots, running, held) = (n.node.0, n.n_slots, n.n_running, n.n_held);
        let resources: Vec<String> =
            n.resources.iter().map(|(name, amount)| format!("{}:{amount}", quote(name))).collect();
        let resources = resources.join(",");
        format!(
            r#"{{"node":{id},"slots":{slots},"running":{running},"values":{held},"resources":{{{resources}}}}}"#
        )
    };
    let session = |s: &Status| {
        let (name, nodes) = (quote(&s.name), list(s.nodes.iter().map(node)));
        format!(r#"{{"name":{name},"waiting":{},"nodes":{nodes}}}"#, s.n_ready)
    };
    let worker =
        |w: &WorkerStatus| format!(r#"{{"name":{},"address":{}}}"#, quote(&w.name), quote(&w.address));
    let (engine, n_nodes) = (quote(&health.engine), health.n_nodes);
    let trouble = health.trouble.as_deref().map_or_else(|| "null".to_owned(), quote);
    let workers = list(health.workers.iter().map(worker));
    let sessions = list(sessions.iter().map(session));
    format!(
        "{{\"address\":\"afar://{host}\",\"engine\":{engine},\"nodes\":{n_nodes},\"trouble\":{trouble},\
         \"workers\":{workers},\"sessions\":{sessions}}}\n"
    )
}

/// What a job does.
fn state(job: &Status) -> &'static str {
    match (job.n_open > 0, job.is_connected) {
        (true, true) => "running",
        (true, false) => "running, script lost",
        (false, true) => "idle",
        (false, false) => "done, script lost",
    }
}

/// As `afar jobs` shows them.
pub fn jobs_table(_: &str, jobs: &[Status], _: &Health) -> String {
    let mut text = String::new();
    for job in jobs {
        let (done, open, age) = (job.n_done, job.n_open, job.age_ms / 1000);
        let bytes = size(usize::try_from(job.nbytes).unwrap_or(usize::MAX));
        text += &format!("job {}, {}: {}\n", job.job, state(job), job.name);
        text += &format!("  {done} units done, {open} to do, {bytes}, {age} s old\n");
    }
    if text.is_empty() { "no jobs\n".to_owned() } else { text }
}

/// The same, as one line of JSON.
pub fn jobs_json(_: &str, jobs: &[Status], _: &Health) -> String {
    let job = |job: &Status| {
        let (state, name) = (if job.n_open > 0 { "running" } else { "done" }, quote(&job.name));
        let (number, done, open, is_connected) = (job.job, job.n_done, job.n_open, job.is_connected);
        let (age, bytes) = (job.age_ms / 1000, job.nbytes);
        format!(
            "{{\"job\":{number},\"script\":{name},\"state\":\"{state}\",\"connected\":{is_connected},\
             \"done\":{done},\"open\":{open},\"age_s\":{age},\"bytes\":{bytes}}}"
        )
    };
    format!("{{\"jobs\":{}}}\n", list(jobs.iter().map(job)))
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}
