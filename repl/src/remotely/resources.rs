//! The resources that a block asks for.

use super::integer;
use afar_distrib::client::client as cluster;
use afar_distrib::engine::Slots;
use afar_distrib::resources::Resources;
use afar_runtime::{Fault, Res, Value, hooks, ops};
use std::time::{Duration, Instant};

/// So often whoever waits for the first node looks whether there is one, and so long they wait.
const LOOK: Duration = Duration::from_millis(20);
const NODES_COME: Duration = Duration::from_secs(5);

/// The nodes, once there are some.
fn slots() -> Res<Vec<Slots>> {
    let began = Instant::now();
    loop {
        let slots = cluster().engine().slots();
        // Where none comes, the block is refused later, and told why.
        if !slots.is_empty() || began.elapsed() > NODES_COME {
            return Ok(slots);
        }
        hooks::poll()?;
        std::thread::sleep(LOOK);
    }
}

/// The resources that are asked for. Those that no worker declares are refused.
pub(super) fn asked(value: &Value) -> Res<Resources> {
    let mut asked = Resources::default();
    let dict = match value {
        Value::None => return Ok(asked),
        Value::Dict(dict) => dict,
        other => {
            return Err(Fault::type_error(format!("resources is a dict, not '{}'", ops::type_name(other))));
        }
    };
    for (key, wanted) in dict.iter() {
        let name = key.as_str().ok_or_else(|| Fault::type_error("the names of resources are text"))?;
        let wanted = integer("an amount of a resource", wanted)?;
        let wanted = u64::try_from(wanted)
            .map_err(|_| Fault::value_error(format!("an amount of a resource is not negative: {wanted}")))?;
        asked.insert(name.to_owned(), wanted);
    }
    if asked.is_empty() {
        return Ok(asked);
    }
    let slots = slots()?;
    if slots.is_empty() {
        return Ok(asked);
    }
    for (name, wanted) in asked.iter() {
        match slots.iter().map(|s| s.resources.amount(name)).max().unwrap_or(0) {
            0 => return Err(Fault::value_error(format!("no worker declares {name}"))),
            best if wanted > best => {
                return Err(Fault::value_error(format!(
                    "no worker declares {wanted} {name}: the most is {best}"
                )));
            }
            _ => {}
        }
    }
    if slots.iter().any(|s| s.resources.suffices(&asked, std::iter::empty())) {
        return Ok(asked);
    }
    Err(Fault::value_error(format!("no worker declares all of {asked}")))
}
