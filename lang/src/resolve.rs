//! What every name means: fills the `Scope` of each node that opens one, and the qualified names.
//!
//! One walk in the order of evaluation collects, for each scope, what it binds and what it uses. A name that a scope
//! uses and does not bind goes on to the scope around it. Then each such name is looked up, outermost scope first.

mod cells;
#[cfg(test)]
mod tests;
mod walk;

use crate::ast::*;
use cells::{RegionId, Regions, Site};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// Fills in the scopes of a module.
pub(crate) fn resolve(module: &Module) {
    let mut r = Resolver { scopes: Vec::new(), regions: Regions::new(), position: 0 };
    let edge = r.open(ScopeKind::Edge, &module.scope, None, "");
    walk::Walk { r: &mut r, scope: edge, region: RegionId::ROOT, inner: None }.body(&module.body);
    r.close(edge);
    r.finish();
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum ScopeKind {
    Edge,
    Function,
    Class,
    Block,
    Comprehension,
}

impl ScopeKind {
    /// Can scopes within it capture its names?
    fn lends(self) -> bool {
        matches!(self, Self::Function | Self::Comprehension)
    }
}

/// How a scope sits in the one around it.
#[derive(Clone, Copy, Debug)]
struct Outer {
    scope: usize,
    site: Site,
    /// It may run later than where it stands: a function, a lambda, a generator expression.
    runs_late: bool,
}

/// The use of a name that is bound here by a scope within this one.
#[derive(Clone, Copy, Debug)]
struct Use {
    site: Site,
    runs_late: bool,
    /// The scope within.
    by: usize,
}

struct Info<'a> {
    kind: ScopeKind,
    outer: Option<Outer>,
    slot: &'a OnceLock<Scope>,
    /// Where functions and classes in it begin their qualified name.
    prefix: String,
    /// The names that it binds, in order.
    order: Vec<Name>,
    bound: BTreeMap<Name, Vec<Site>>,
    /// Which scope a `def` binds the name of.
    defs: BTreeMap<Name, usize>,
    forced_cells: BTreeSet<Name>,
    /// Declared `global` or `nonlocal`.
    declared: BTreeSet<Name>,
    uses: Vec<Name>,
    seen: BTreeSet<Name>,
    /// Uses by the scopes within.
    inner_uses: BTreeMap<Name, Vec<Use>>,
    is_generator: bool,
}

struct Resolver<'a> {
    scopes: Vec<Info<'a>>,
    regions: Regions,
    position: u32,
}

impl<'a> Resolver<'a> {
    fn open(
        &mut self,
        kind: ScopeKind,
        slot: &'a OnceLock<Scope>,
        outer: Option<Outer>,
        prefix: &str,
    ) -> usize {
        self.scopes.push(Info {
            kind,
            outer,
            slot,
            prefix: prefix.to_owned(),
            order: Vec::new(),
            bound: BTreeMap::new(),
            defs: BTreeMap::new(),
            forced_cells: BTreeSet::new(),
            declared: BTreeSet::new(),
            uses: Vec::new(),
            seen: BTreeSet::new(),
            inner_uses: BTreeMap::new(),
            is_generator: false,
        });
        self.scopes.len() - 1
    }

    fn site(&mut self, region: RegionId) -> Site {
        self.position += 1;
        Site { position: self.position, region }
    }

    fn bind(&mut self, scope: usize, name: &Name, site: Site) {
        let info = &mut self.scopes[scope];
        if !info.bound.contains_key(name) {
            info.order.push(name.clone());
        }
        info.bound.entry(name.clone()).or_default().push(site);
    }

    fn use_name(&mut self, scope: usize, name: &Name) {
        let info = &mut self.scopes[scope];
        if info.seen.insert(name.clone()) {
            info.uses.push(name.clone());
        }
    }

    /// Hands what a scope uses and does not bind to the one around it.
    fn close(&mut self, scope: usize) {
        let info = &mut self.scopes[scope];
        for name in &info.declared {
            info.bound.remove(name);
        }
        let declared = &info.declared;
        info.order.retain(|n| !declared.contains(n));
        let Some(outer) = info.outer else { return };
        let is_class = info.kind == ScopeKind::Class;
        let free: Vec<Name> = info
            .uses
            .iter()
            // A class lends nothing: what the scopes within it use goes on even if the class binds it. And what it
            // reads before it binds it (`x = x`) is the edge's.
            .filter(|n| is_class || !info.bound.contains_key(*n))
            .cloned()
            .collect();
        for name in free {
            let through =
                self.scopes[scope].inner_uses.get(&name).is_some_and(|uses| uses.iter().any(|u| u.runs_late));
            let inner = &mut self.scopes[outer.scope];
            if inner.seen.insert(name.clone()) {
                inner.uses.push(name.clone());
            }
            let runs_late = outer.runs_late || through;
            inner.inner_uses.entry(name).or_default().push(Use { site: outer.site, runs_late, by: scope });
        }
    }

    /// Looks every name up, and writes the scopes down.
    fn finish(&mut self) {
        let mut cells: Vec<BTreeSet<Name>> = Vec::with_capacity(self.scopes.len());
        for i in 0..self.scopes.len() {
            cells.push(self.cells_of(i));
            let scope = self.scope(i, &cells);
            // A tree that is checked twice keeps what it has.
            let _ = self.scopes[i].slot.set(scope);
        }
    }

    fn scope(&self, index: usize, cells: &[BTreeSet<Name>]) -> Scope {
        let info = &self.scopes[index];
        let locals = info
            .order
            .iter()
            .map(|name| Local { name: name.clone(), is_cell: cells[index].contains(name) })
            .collect();
        let (mut captures, mut globals) = (Vec::new(), Vec::new());
        for name in &info.uses {
            let is_local = info.bound.contains_key(name);
            let passes_class = info.kind == ScopeKind::Class && info.inner_uses.contains_key(name);
            if is_local && !passes_class {
                continue;
            }
            match self.owner(index, name) {
                Some(owner) => {
                    captures.push(Capture { name: name.clone(), is_cell: cells[owner].contains(name) });
                }
                None if !is_local => globals.push(name.clone()),
                None => {}
            }
        }
        Scope { locals, captures, globals, is_generator: info.is_generator }
    }

    /// The scope around this one whose name is meant.
    fn owner(&self, index: usize, name: &Name) -> Option<usize> {
        let mut at = self.scopes[index].outer?.scope;
        loop {
            let info = &self.scopes[at];
            if info.kind.lends() && info.bound.contains_key(name) {
                return Some(at);
            }
            at = info.outer?.scope;
        }
    }
}
