//! Places in sources, and the sites whose ints turned out wide.

use super::*;
use crate::lower::Inlined;
use afar_runtime::hooks;
use afar_runtime::value::Str;

impl Compiler {
    /// The number of a place in the runtime's table. `inlined` are the comprehensions and bodies of classes around it that are written out in the
    /// code, outermost first.
    pub fn place(&mut self, code: &Arc<Code>, span: Span, inlined: &[Inlined]) -> u32 {
        let key = (Arc::as_ptr(code).addr(), span, inlined.to_vec());
        if let Some(place) = self.places.get(&key) {
            return *place;
        }
        let frame = |span: Span, func: Str| Frame {
            file: code.source.file.clone(),
            line: code.source.line(span.start),
            func,
            start: span.start,
            end: span.end,
            element: None,
        };
        let mut frames = Vec::new();
        let mut span = Some(span);
        for around in inlined.iter().rev() {
            frames.extend(span.map(|s| frame(s, Str::new(&around.func))));
            span = around.outer;
        }
        frames.extend(span.map(|s| frame(s, code.info.name.clone())));
        let place = afar_runtime::abi::add_location(frames);
        self.places.insert(key, place);
        place
    }

    /// The number of a site at which an int may not fit.
    pub fn site(&mut self, code: CodeId, node: NodeId) -> u32 {
        let next = u32::try_from(self.sites.len()).unwrap_or(u32::MAX);
        *self.sites.entry((code, node)).or_insert(next)
    }

    /// These sites under names that all processes use; none where one of them is not known.
    pub fn name_sites(&self, sites: &[u32]) -> Option<Vec<hooks::Site>> {
        let place = |site: &u32| self.sites.iter().find(|(_, n)| *n == site).map(|(place, _)| *place);
        let places = sites.iter().map(place).collect::<Option<Vec<_>>>()?;
        Some(places.into_iter().map(|(code, node)| self.site_name(code, node)).collect())
    }

    /// The sites of these names that code here has.
    pub fn sites_named(&self, names: &[hooks::Site]) -> Vec<u32> {
        if names.is_empty() {
            return Vec::new();
        }
        let all = self.sites.iter().filter(|((code, node), _)| names.contains(&self.site_name(*code, *node)));
        let mut found: Vec<u32> = all.map(|(_, site)| *site).collect();
        found.sort_unstable();
        found
    }

    fn site_name(&self, code: CodeId, node: NodeId) -> hooks::Site {
        hooks::Site { file: self.code(code).source.file.clone(), node: node.0 }
    }

    /// Did an int not fit here.
    pub fn is_wide(&self, site: u32) -> bool {
        self.starts_wide || self.wide.contains(&site)
    }

    /// An int did not fit here: from now on this site is boxed.
    pub fn widen(&mut self, site: u32) {
        self.n_widened += 1;
        if self.wide.insert(site) {
            let stale = self.reaching(site);
            self.by_key.retain(|_, id| !stale.contains(id));
        }
    }

    /// The specialisations that hold a site, or call one that does.
    pub(super) fn reaching(&self, site: u32) -> FxHashSet<SpecId> {
        let mut callers: FxHashMap<SpecId, Vec<SpecId>> = FxHashMap::default();
        let mut todo = Vec::new();
        for (i, spec) in self.specs.iter().enumerate() {
            let id = SpecId(u32::try_from(i).unwrap_or(u32::MAX));
            if spec.sites.binary_search(&site).is_ok() {
                todo.push(id);
            }
            for callee in &spec.callees {
                callers.entry(*callee).or_default().push(id);
            }
        }
        let mut found = FxHashSet::default();
        while let Some(next) = todo.pop() {
            if found.insert(next) {
                todo.extend(callers.get(&next).into_iter().flatten());
            }
        }
        found
    }
}
