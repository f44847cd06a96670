//! Which captured names need a cell: those that may be bound after a scope that captures them was made.

use super::{Name, Resolver, ScopeKind, Use};
use std::collections::BTreeSet;

/// A branch or a loop of the text, within others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RegionId(u32);

impl RegionId {
    /// The straight line of the module. Each function has its own, below the region that it stands in.
    pub const ROOT: Self = Self(0);
}

/// A place in the text, in order of evaluation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site {
    pub position: u32,
    pub region: RegionId,
}

/// All regions; each knows the one around it and whether it is a loop.
pub(super) struct Regions {
    all: Vec<(RegionId, bool)>,
}

impl Regions {
    pub fn new() -> Self {
        Self { all: vec![(RegionId::ROOT, false)] }
    }

    pub fn add(&mut self, outer: RegionId, is_loop: bool) -> RegionId {
        let id = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push((outer, is_loop));
        RegionId(id)
    }

    /// The region and those around it, innermost first.
    fn path(&self, from: RegionId) -> Vec<RegionId> {
        let mut out = vec![from];
        let mut at = from;
        while at != RegionId::ROOT {
            let Some((outer, _)) = self.all.get(at.0 as usize) else { break };
            at = *outer;
            out.push(at);
        }
        out
    }

    fn is_loop(&self, region: RegionId) -> bool {
        self.all.get(region.0 as usize).is_some_and(|r| r.1)
    }
}

impl Resolver<'_> {
    /// The names of a scope that need a cell.
    pub(super) fn cells_of(&self, index: usize) -> BTreeSet<Name> {
        let info = &self.scopes[index];
        if !info.kind.lends() {
            return BTreeSet::new();
        }
        let needs = |name: &&Name| {
            info.forced_cells.contains(*name)
                || info.inner_uses.get(*name).is_some_and(|uses| self.needs_cell(index, name, uses))
        };
        info.bound.keys().filter(needs).cloned().collect()
    }

    fn needs_cell(&self, index: usize, name: &Name, uses: &[Use]) -> bool {
        let info = &self.scopes[index];
        let Some(bindings) = info.bound.get(name) else { return false };
        let late: Vec<&Use> = uses.iter().filter(|u| u.runs_late).collect();
        if late.is_empty() {
            return false;
        }
        let in_loop = |site: &Site| self.regions.path(site.region).iter().any(|r| self.regions.is_loop(*r));
        if let ([binding], Some(own)) = (bindings.as_slice(), info.defs.get(name))
            && late.iter().all(|u| u.by == *own)
            && !in_loop(binding)
        {
            return false;
        }
        !late.iter().all(|u| self.all_before(bindings, u.site))
    }

    /// Does every binding come before the site, for good, and one of them certainly?
    fn all_before(&self, bindings: &[Site], site: Site) -> bool {
        let path = self.regions.path(site.region);
        let before = bindings.iter().all(|b| {
            b.position < site.position
                && !self.regions.path(b.region).iter().any(|r| self.regions.is_loop(*r) && path.contains(r))
        });
        before && bindings.iter().any(|b| path.contains(&b.region))
    }

    /// The nearest scope around a comprehension that a walrus in it binds in.
    pub(super) fn walrus_scope(&self, mut scope: usize) -> usize {
        while self.scopes[scope].kind == ScopeKind::Comprehension {
            let Some(outer) = self.scopes[scope].outer else { break };
            scope = outer.scope;
        }
        scope
    }
}
