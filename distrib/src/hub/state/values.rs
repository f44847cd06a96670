//! The values that a hub knows of: how one is brought to whoever waits for it, and when it is forgotten.

use super::super::events::{Action, NodeId, Told};
use super::{Place, State, Unit};
use crate::protocol::ToNode;
use crate::wire::Blob;
use std::collections::BTreeSet;
use std::sync::Arc;

impl State {
    /// Sees to it that a value comes here: from a node that has it, or by computing it again.
    pub(super) fn bring(&mut self, key: u64) {
        let Some(held) = self.held.get_mut(&key) else { return };
        if held.coming_from.is_some() {
            return;
        }
        if let Some(from) = held.on.first().copied() {
            held.coming_from = Some(from);
            return self.say(from, ToNode::Fetch { key });
        }
        if let Some(unit) = held.unit.and_then(|id| self.units.get_mut(&id))
            && unit.place == Place::Done
        {
            unit.place = Place::Ready;
        }
    }

    pub(super) fn ask(&mut self, key: u64) {
        let Some(held) = self.held.get_mut(&key) else {
            return self.actions.push(Action::Tell(Told::Gone(key, "the value was released".to_owned())));
        };
        match &held.blob {
            Some(blob) => {
                let answer = Told::Answer(key, Ok(blob.clone()));
                self.actions.push(Action::Tell(answer));
            }
            None => {
                held.is_asked = true;
                self.bring(key);
            }
        }
    }

    pub(super) fn arrived(&mut self, from: NodeId, key: u64, value: Result<Arc<Blob>, Arc<Blob>>) {
        let Some(held) = self.held.get_mut(&key) else { return };
        if held.coming_from != Some(from) {
            return;
        }
        held.coming_from = None;
        if std::mem::take(&mut held.is_asked) {
            self.actions.push(Action::Tell(Told::Answer(key, value.clone())));
        }
        let waiting: Vec<(u64, NodeId)> = self
            .units
            .iter()
            .filter_map(|(id, unit)| match &unit.place {
                Place::Gathering(to, missing) if missing.contains(&key) => Some((*id, *to)),
                _ => None,
            })
            .collect();
        match value {
            Ok(blob) => {
                for (id, to) in waiting {
                    if !self.held.get(&key).is_some_and(|h| h.on.contains(&to)) {
                        self.move_to(to, key, &blob);
                    }
                    self.has_come(id, key);
                }
                for (id, to) in self.helpers_waiting(key) {
                    if !self.held.get(&key).is_some_and(|h| h.on.contains(&to)) {
                        self.move_to(to, key, &blob);
                    }
                    self.helper_has(id, to, key);
                }
            }
            Err(why) => {
                for (_, node) in self.helpers_waiting(key) {
                    self.stop_helping(node);
                }
                if let Some(held) = self.held.get_mut(&key) {
                    held.stuck = Some(why);
                }
                waiting.into_iter().for_each(|(id, _)| self.put_back(id));
            }
        }
    }

    /// An input of a unit is where it is to run.
    pub(super) fn has_come(&mut self, id: u64, key: u64) {
        let Some(unit) = self.units.get_mut(&id) else { return };
        if let Place::Gathering(to, missing) = &mut unit.place {
            missing.remove(&key);
            let (to, is_complete) = (*to, missing.is_empty());
            if is_complete {
                self.run(id, to);
            }
        }
    }

    /// Frees what nobody needs: the values, and what is known of them only to compute others again.
    pub(super) fn sweep(&mut self, key: u64) {
        let mut todo = vec![key];
        while let Some(key) = todo.pop() {
            let Some(held) = self.held.get_mut(&key) else { continue };
            if held.is_wanted {
                continue;
            }
            let is_input = |u: &Unit| u.place != Place::Done && u.given.inputs.contains(&key);
            if held.n_users > 0 && self.units.values().any(is_input) {
                continue;
            }
            let (n_users, unit) = (held.n_users, held.unit);
            let place = unit.and_then(|id| self.units.get(&id)).map(|u| &u.place);
            let computes_it = |node: &NodeId| place == Some(&Place::Running(*node));
            // Where it is being computed again it is let go when that has ended: it may be wanted again by then.
            let on = std::mem::take(&mut held.on);
            let (stays, goes): (BTreeSet<_>, BTreeSet<_>) = on.into_iter().partition(computes_it);
            held.on = stays;
            for node in goes {
                self.say(node, ToNode::Release { keys: vec![key] });
            }
            if n_users > 0 {
                continue;
            }
            let is_over = unit.and_then(|id| self.units.get(&id)).is_none_or(|u| u.place == Place::Done);
            if is_over {
                self.held.remove(&key);
                todo.extend(unit.into_iter().flat_map(|id| self.forget(id)));
            }
        }
    }

    /// Forgets a unit none of whose values is known any more; gives what it was computed from.
    pub(super) fn forget(&mut self, id: u64) -> Vec<u64> {
        let is_needed =
            self.units.get(&id).is_none_or(|u| u.given.keys.iter().any(|k| self.held.contains_key(k)));
        if is_needed {
            return Vec::new();
        }
        let inputs = self.units.remove(&id).map(|u| u.given.inputs).unwrap_or_default();
        for key in &inputs {
            if let Some(held) = self.held.get_mut(key) {
                held.n_users = held.n_users.saturating_sub(1);
            }
        }
        inputs
    }

    /// Somebody may wait for a value that was computed again.
    pub(super) fn wake(&mut self, key: u64) {
        // Where it was made it need not be moved to.
        for id in self.gathering(key) {
            let Some(Place::Gathering(to, _)) = self.units.get(&id).map(|u| u.place.clone()) else {
                continue;
            };
            if self.held.get(&key).is_some_and(|h| h.on.contains(&to)) {
                self.has_come(id, key);
            }
        }
        self.bring_if_awaited(key);
    }

    /// The units that wait for a value.
    pub(super) fn gathering(&self, key: u64) -> Vec<u64> {
        let waits = |u: &Unit| matches!(&u.place, Place::Gathering(_, missing) if missing.contains(&key));
        self.units.iter().filter(|(_, u)| waits(u)).map(|(id, _)| *id).collect()
    }

    pub(super) fn bring_if_awaited(&mut self, key: u64) {
        if self.held.get(&key).is_some_and(|h| h.is_asked) || !self.gathering(key).is_empty() {
            self.bring(key);
        }
    }
}
