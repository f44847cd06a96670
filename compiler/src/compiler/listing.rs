//! What is known of specialisations from outside.

use super::*;

impl Compiler {
    /// The specialisations that are in use.
    pub(crate) fn current_specs(&self) -> impl Iterator<Item = SpecId> {
        self.by_key.values().copied()
    }

    /// Where values of any type come from in a specialisation, found while that is asked for.
    pub(crate) fn spec_origins(&self, id: SpecId) -> &[lower::Origin] {
        &self.specs[id.0 as usize].origins
    }

    /// The specialisations that were made ready to run, or written out in such, in use or not any more.
    pub(crate) fn compiled_specs(&self) -> Vec<SpecId> {
        let is_ready = |s: &Spec| s.best.is_some() || s.steps.is_some() || s.entry.is_some();
        let ids = (0u32..).map(SpecId).zip(&self.specs);
        let mut todo: Vec<SpecId> = ids.filter(|(_, spec)| is_ready(spec)).map(|(id, _)| id).collect();
        let mut seen = FxHashSet::default();
        while let Some(next) = todo.pop() {
            if seen.insert(next) {
                todo.extend(self.specs[next.0 as usize].callees.iter().copied());
            }
        }
        let mut all: Vec<SpecId> = seen.into_iter().collect();
        all.sort_unstable();
        all
    }

    /// The number of the body, of a range or of an expression that waits, whose machine code begins at this address.
    pub fn body_at(&self, address: usize) -> Option<u32> {
        self.jit.spec_at(address).map(|id| id.0)
    }

    /// What is split and what is not in a specialisation, found while that is asked for.
    pub(crate) fn spec_decisions(&self, id: SpecId) -> &[lower::Decision] {
        &self.specs[id.0 as usize].decisions
    }

    /// The type of a name of the edge, where the script is surveyed, not run.
    pub(crate) fn surveyed(&self, name: &Name) -> Option<Ty> {
        self.surveyed.iter().find(|(n, _)| n == name).map(|(_, ty)| ty.clone()).filter(|ty| *ty != Ty::Any)
    }

    /// All code so far.
    pub(crate) fn all_codes(&self) -> impl Iterator<Item = (CodeId, &Arc<Code>)> {
        self.codes.iter().enumerate().map(|(i, code)| (CodeId(u32::try_from(i).unwrap_or(u32::MAX)), code))
    }

    /// The types that a specialisation takes.
    pub fn spec_types(&self, id: SpecId) -> (Vec<Ty>, Vec<Ty>) {
        let spec = &self.specs[id.0 as usize];
        (spec.params.clone(), spec.captures.clone())
    }

    /// The code of a specialisation.
    pub fn spec_code(&self, id: SpecId) -> CodeId {
        self.specs[id.0 as usize].code
    }

    /// The type that a specialisation gives.
    pub fn spec_ret(&self, id: SpecId) -> Ty {
        self.specs[id.0 as usize].ret.clone()
    }
}
