//! Verbs that tell.

use afar_distrib::client::client as cluster;
use afar_distrib::future::{Future, Status};
use afar_distrib::proxy;
use afar_distrib::resources::Resources;
use afar_runtime::collections::Dict;
use afar_runtime::{Args, Fault, Ref, Res, Value, ops};

/// A dict of these entries.
fn dict(entries: impl IntoIterator<Item = (String, Value)>) -> Res {
    let mut out = Dict::new();
    for (key, value) in entries {
        out.insert(Value::string(key), value)?;
    }
    Ok(Value::Dict(Ref::new(out)))
}

/// How much of what, by name.
fn amounts(resources: &Resources) -> Res {
    // More than an int holds is as good as that.
    let amount = |n: u64| Value::Int(i64::try_from(n).unwrap_or(i64::MAX));
    dict(resources.iter().map(|(name, n)| (name.to_owned(), amount(n))))
}

/// `remotely.status()`: a dict of nodes, of how many proxies there are in each state, and of bytes held.
pub(super) fn status(args: &Args<'_>) -> Res {
    args.count("status", 0, 0)?;
    let engine = cluster().engine();
    let futures = cluster().futures();
    let mut nodes = Vec::new();
    for slots in engine.slots() {
        nodes.push(dict([
            ("node".to_owned(), Value::Str(slots.node)),
            ("slots".to_owned(), Value::usize(slots.n_slots)),
            ("running".to_owned(), Value::usize(slots.n_running)),
            ("ready".to_owned(), Value::usize(slots.n_ready)),
            ("values".to_owned(), Value::usize(slots.n_held)),
            ("resources".to_owned(), amounts(&slots.resources)?),
        ])?);
    }
    let count = |status: Status| futures.iter().filter(|f| f.status() == status).count();
    let states = dict(Status::ALL.iter().map(|s| (s.text().to_owned(), Value::usize(count(*s)))))?;
    let bytes = futures.iter().filter_map(|f| f.held()?.meta.nbytes).sum();
    dict([
        ("engine".to_owned(), Value::str(engine.name())),
        ("nodes".to_owned(), Value::list(nodes)),
        ("proxies".to_owned(), states),
        ("nbytes".to_owned(), Value::usize(bytes)),
    ])
}

/// `remotely.why(p)`: text on what it is computed from, what it cost, where it is, and its error.
pub(super) fn why(args: &Args<'_>) -> Res {
    let [p] = args.bind("why", ["p"], 0, 1, 1)?;
    let future = p.and_then(proxy::future_of).ok_or_else(|| Fault::type_error("why() takes a proxy"))?;
    Ok(Value::string(explanation(future)?))
}

fn explanation(future: &Future) -> Res<String> {
    let state = future.state();
    let mut lines = vec![format!("{}: {}", future.label, state.status.text())];
    if !future.inputs.is_empty() {
        let labels: Vec<&str> = future.inputs.iter().map(|(_, label)| label.as_str()).collect();
        lines.push(format!("computed from: {}", labels.join(", ")));
    }
    if let (Some(began), Some((ended, _))) = (state.began, state.ended) {
        lines.push(format!("took: {:.3} s", ended.saturating_duration_since(began).as_secs_f64()));
    }
    if let Some(node) = &state.node {
        lines.push(format!("on: {node}"));
    }
    if let Some(held) = &state.value {
        let size = held.meta.nbytes.map_or_else(|| "unknown size".to_owned(), proxy::size);
        lines.push(format!("holds: {}, {size}", held.meta.type_name));
    }
    if let Some(fault) = &state.fault {
        lines.push(match fault.as_exception() {
            Some(e) => format!("error: {}", ops::repr(e)?),
            None => format!("error: {fault:?}"),
        });
    }
    Ok(lines.join("\n"))
}
