//! What the edge is told, now and then, of the unit that it waits for.

use super::super::events::{Told, Work};
use super::{Action, Place, State};

/// So often it is told.
const PERIOD_MS: u64 = 200;

impl State {
    /// Says how far the first unit is that the edge waits for.
    pub(super) fn tell_work(&mut self) {
        if self.now_ms.saturating_sub(self.told_work_ms) < PERIOD_MS {
            return;
        }
        self.told_work_ms = self.now_ms;
        let is_awaited =
            |u: &super::Unit| u.given.is_urgent && !u.is_told && matches!(u.place, Place::Running(_));
        let Some(unit) = self.units.iter().find(|(_, u)| is_awaited(u)).map(|(id, _)| *id) else { return };
        let (n_done, n_all) = self.progress(unit).unwrap_or_default();
        let n_busy = self.nodes.values().filter(|n| !n.running.is_empty() || n.helping.is_some()).count();
        let number = |n| u32::try_from(n).unwrap_or(u32::MAX);
        let work = Work { unit, n_done, n_all, n_busy: number(n_busy), n_nodes: number(self.nodes.len()) };
        self.actions.push(Action::Tell(Told::Working(work)));
    }
}
