//! How a cluster is: what its nodes run on, and whether they can be had at all, which is tried once when the gateway starts.

use crate::bridge::Bridge;
use crate::hub::{Hub, Links, Nodes};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// So often it is looked whether the nodes of the trial are there.
const LOOK: Duration = Duration::from_millis(10);

/// Where a gateway gets its nodes from.
#[derive(Clone)]
pub enum Engine {
    /// They are processes of this machine.
    Processes(Nodes),
    /// They are on the workers of Dask.
    Dask(Arc<Bridge>),
}

impl Engine {
    /// Nodes for a hub, which get these arguments besides.
    pub(super) fn links(&self, args: &[String]) -> Box<dyn Links> {
        match self {
            Self::Processes(nodes) => {
                let mut nodes = nodes.clone();
                nodes.args.extend_from_slice(args);
                nodes.links()
            }
            Self::Dask(bridge) => bridge.links(args),
        }
    }

    fn n_nodes(&self) -> usize {
        match self {
            Self::Processes(nodes) => nodes.n_nodes,
            Self::Dask(bridge) => bridge.n_workers(),
        }
    }
}

/// A worker of Dask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerStatus {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub address: String,
}

/// How a cluster is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// What its nodes run on, with the version where that is not Afar itself.
    pub engine: String,
    /// How many nodes each script is to have.
    pub n_nodes: u64,
    /// The workers of Dask that can take nodes at this moment.
    pub workers: Vec<WorkerStatus>,
    /// All nodes could be had when it was tried.
    pub is_ready: bool,
    /// Why no node can be had.
    pub trouble: Option<String>,
}

/// How the trial went.
#[derive(Clone, Debug, Default)]
pub(super) struct Trial {
    state: Arc<Mutex<(bool, Option<String>)>>,
}

impl Trial {
    /// Tries whether all nodes can be had, on a thread of its own.
    pub(super) fn start(engine: &Engine) -> std::io::Result<Self> {
        let this = Self::default();
        let (trial, n_nodes, own) = (this.clone(), engine.n_nodes(), engine.clone());
        let places = move || match &own {
            Engine::Processes(_) => None,
            Engine::Dask(bridge) => Some(bridge.places().len()),
        };
        let hub = Hub::start(engine.links(&[]), Box::new(drop))?;
        std::thread::Builder::new().name("trial".to_owned()).spawn(move || {
            while hub.status().0.len() < n_nodes {
                let trouble = hub.trouble();
                let is_over = trouble.is_some();
                trial.lock().1 = trouble;
                if is_over {
                    return hub.end();
                }
                std::thread::sleep(LOOK);
            }
            hub.end();
            while !hub.status().0.is_empty() {
                std::thread::sleep(LOOK);
            }
            // Each has a place to itself again, which whoever comes first is to find.
            while places().is_some_and(|n| n < n_nodes) {
                std::thread::sleep(LOOK);
            }
            *trial.lock() = (true, None);
        })?;
        Ok(this)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, (bool, Option<String>)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the cluster is.
    pub(super) fn health(&self, engine: &Engine) -> Health {
        let (is_ready, trouble) = self.lock().clone();
        let n_nodes = engine.n_nodes() as u64;
        match engine {
            Engine::Processes(_) => {
                Health { engine: "processes".to_owned(), n_nodes, workers: Vec::new(), is_ready, trouble }
            }
            Engine::Dask(bridge) => {
                let version = bridge.distributed();
                let engine = if version.is_empty() { "dask".to_owned() } else { format!("dask {version}") };
                let workers =
                    bridge.places().into_iter().map(|p| WorkerStatus { name: p.name, address: p.address });
                let trouble = trouble.or_else(|| bridge.trouble());
                Health { engine, n_nodes, workers: workers.collect(), is_ready, trouble }
            }
        }
    }
}
