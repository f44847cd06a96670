//! How specialisations are run: stepped, or by machine code; and ranges that are run again.

use super::*;
use crate::ir::Inst;
use crate::passes;
use afar_runtime::pool::sample::{self, State};
use std::time::{Duration, Instant};

/// So many times a function that calls itself is written out in itself.
const UNFOLDED: u32 = 2;
/// Once more where it has no more instructions than this: most of its time goes into calls.
const TINY: usize = 24;
/// So many calls are left in it at most.
const MAX_LEAVES: usize = 16;

impl Compiler {
    /// How to run code with boxed arguments of these types: parameters, then captures.
    pub fn entry(&mut self, code: CodeId, params: Vec<Ty>, captures: Vec<Ty>) -> Result<Entry, String> {
        self.timed(|comp| comp.make_entry(code, params, captures))
    }

    fn make_entry(&mut self, code: CodeId, params: Vec<Ty>, captures: Vec<Ty>) -> Result<Entry, String> {
        let (id, _) = self.spec(code, params, captures);
        match &self.specs[id.0 as usize].entry {
            Some(Entry::Steps(steps)) if !steps.is_cold() => {}
            Some(entry) => return Ok(entry.clone()),
            None if self.is_worth_steps(id) => {
                let entry = Entry::Steps(self.steps_with_door(id)?);
                self.specs[id.0 as usize].entry = Some(entry.clone());
                return Ok(entry);
            }
            None => {}
        }
        let ir = self.ir(id)?;
        let n_slots = ir.regs.iter().filter(|r| **r == Reg::Slot).count();
        let is_unit = self.specs[id.0 as usize].mode == Mode::Unit;
        let door = if is_unit { Door::Thunk(lower::thunk(self, id)) } else { Door::None };
        let entry = Entry::Code { address: self.compile(id, door)?, n_slots };
        self.specs[id.0 as usize].entry = Some(entry.clone());
        Ok(entry)
    }

    /// How long code was specialised and compiled so far.
    pub fn compile_time(&self) -> Duration {
        self.compile_time
    }

    /// Counts how long something takes, what it does in between by itself counted once.
    fn timed<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        if std::mem::replace(&mut self.is_timed, true) {
            return run(self);
        }
        let start = Instant::now();
        let result = sample::during(State::Compiles, || run(self));
        self.compile_time += start.elapsed();
        self.is_timed = false;
        result
    }

    /// Is it done before it would be compiled.
    pub(super) fn is_worth_steps(&self, id: SpecId) -> bool {
        let spec = &self.specs[id.0 as usize];
        // What waits for its turn is given away by machine code only. A line of the edge is not worth that: where its calls
        // call themselves, they give away what they come to.
        let is_edge = self.codes[spec.code.0 as usize].is_edge;
        let is_short = |func: &Func| is_long(func) || (!has_loop(func) && (is_edge || func.fork_bytes == 0));
        spec.mode != Mode::Generator && spec.ir.as_ref().is_some_and(|func| is_short(func))
    }

    /// What is stepped to run a specialisation with boxed arguments.
    pub(super) fn steps_with_door(&mut self, id: SpecId) -> Result<Arc<Steps>, String> {
        let ir = self.ir_of(id)?;
        crate::ir::verify::verify(&ir)?;
        let own = match self.steps(id) {
            Some(long) => long.clone(),
            None => Arc::new(Steps::new(self, ir)),
        };
        if self.specs[id.0 as usize].mode != Mode::Unit {
            return Ok(own);
        }
        let thunk = lower::thunk(self, id);
        let door = Steps::new(self, Arc::new(thunk));
        door.calls_steps(id, own);
        Ok(Arc::new(door))
    }

    /// The code of a specialisation in the intermediate representation.
    pub(crate) fn ir(&self, id: SpecId) -> Result<&Func, String> {
        self.specs[id.0 as usize].ir.as_deref().ok_or_else(|| "a specialisation was not lowered".to_owned())
    }

    pub(super) fn ir_of(&self, id: SpecId) -> Result<Arc<Func>, String> {
        self.specs[id.0 as usize].ir.clone().ok_or_else(|| "a specialisation was not lowered".to_owned())
    }

    /// The steps of a specialisation that is too long for machine code.
    pub(crate) fn steps(&self, id: SpecId) -> Option<&Arc<Steps>> {
        self.specs[id.0 as usize].steps.as_ref()
    }

    /// What a specialisation is called by from what is stepped.
    pub(crate) fn raw(&mut self, id: SpecId) -> Result<Target, String> {
        self.mark_long(id)?;
        if let Some(steps) = self.steps(id) {
            return Ok(Target::Steps(steps.clone()));
        }
        if let Some(address) = self.specs[id.0 as usize].raw {
            return Ok(Target::Code(address));
        }
        let address = self.timed(|comp| comp.compile(id, Door::Raw))?;
        self.specs[id.0 as usize].raw = Some(address);
        Ok(Target::Code(address))
    }

    /// The address of the machine code of a specialisation that is called by its address.
    pub(crate) fn body_address(&mut self, id: SpecId) -> Result<usize, String> {
        self.timed(|comp| comp.compile(id, Door::None))
    }

    /// Makes the steps of what is too long for machine code.
    pub(super) fn mark_long(&mut self, id: SpecId) -> Result<(), String> {
        let ir = self.ir_of(id)?;
        if is_long(&ir) && self.steps(id).is_none() {
            crate::ir::verify::verify(&ir)?;
            self.specs[id.0 as usize].steps = Some(Arc::new(Steps::new(self, ir)));
        }
        Ok(())
    }

    /// Machine code for a specialisation and all that it calls; the address of what leads to it.
    pub(super) fn compile(&mut self, root: SpecId, door: Door) -> Result<usize, String> {
        let mut todo = vec![root];
        let mut seen = FxHashSet::default();
        while let Some(next) = todo.pop() {
            if !seen.insert(next) {
                continue;
            }
            self.mark_long(next)?;
            // What is stepped asks for what it calls when it comes to it.
            if self.steps(next).is_none() {
                todo.extend(called(&*self.optimized(next)?));
            }
        }
        let mut order: Vec<SpecId> = seen.into_iter().collect();
        order.sort_unstable();
        let mut jit = std::mem::replace(&mut self.jit, Jit::empty());
        let address = jit.compile(self, &order, root, door);
        self.jit = jit;
        address
    }

    /// The code of a specialisation with small functions that it calls written out.
    fn opened(&mut self, id: SpecId) -> Result<Arc<Func>, String> {
        if let Some(open) = &self.specs[id.0 as usize].open {
            return Ok(open.clone());
        }
        let mut func = (*self.ir_of(id)?).clone();
        passes::tidy(&mut func);
        // Whatever calls this one while its own calls are looked at calls it as it is.
        self.specs[id.0 as usize].open = Some(Arc::new(func.clone()));
        passes::inline(&mut func, &mut |callee| {
            self.mark_long(callee).ok()?;
            if callee == id || self.steps(callee).is_some() || self.is_recursive(callee) {
                return None;
            }
            self.opened(callee).ok().filter(|func| passes::is_small(func))
        });
        passes::tidy(&mut func);
        let open = Arc::new(func);
        self.specs[id.0 as usize].open = Some(open.clone());
        Ok(open)
    }

    /// The code of a specialisation after all passes.
    fn optimized(&mut self, id: SpecId) -> Result<Arc<Func>, String> {
        if let Some(best) = &self.specs[id.0 as usize].best {
            return Ok(best.clone());
        }
        let mut func = (*self.opened(id)?).clone();
        self.unfold(id, &mut func);
        passes::improve(&mut func);
        let best = Arc::new(func);
        self.specs[id.0 as usize].best = Some(best.clone());
        Ok(best)
    }

    /// Writes a small function that calls itself out in itself, a few times over.
    fn unfold(&self, id: SpecId, func: &mut Func) {
        if !called(func).contains(&id) {
            return;
        }
        let alone = Arc::new(passes::without_forks(func));
        let calls = |func: &Func| {
            let all = func.blocks.iter().flat_map(|b| &b.insts);
            all.filter(|inst| matches!(inst, Inst::Call { spec, .. } if *spec == id)).count()
        };
        let (n, n_calls) = match passes::size(&alone) {
            // Beside a loop a call costs little; and what waits in a frame is ended by a fault that is caught there.
            _ if has_loop(&alone) || alone.blocks.iter().any(|b| b.handler.is_some()) => (0, 0),
            0..=TINY => (UNFOLDED + 1, calls(&alone)),
            _ => (UNFOLDED, calls(&alone)),
        };
        let head = passes::head(&alone).map(Arc::new);
        // As many calls nest in a frame whether something waits in it or not: how deep a recursion may be does not depend on that.
        let write_out = |func: &mut Func| {
            for _ in (0..n).take_while(|i| n_calls.pow(i + 2) <= MAX_LEAVES) {
                passes::inline(func, &mut |callee| {
                    (callee == id && passes::is_small(&alone)).then(|| alone.clone())
                });
                passes::tidy(func);
            }
            if let Some(head) = &head {
                passes::peel(func, &mut |callee| (callee == id).then(|| head.clone()));
                passes::tidy(func);
            }
        };
        write_out(func);
        if func.fork_bytes > 0 && passes::is_small(&alone) {
            let mut body = (*alone).clone();
            write_out(&mut body);
            passes::unless_plenty(func, &body);
        }
    }

    /// The code of a specialisation that becomes machine code.
    pub(crate) fn best(&self, id: SpecId) -> Result<&Func, String> {
        self.specs[id.0 as usize]
            .best
            .as_deref()
            .ok_or_else(|| "a specialisation was not prepared".to_owned())
    }

    // Ranges that are run again.

    pub(super) fn recipe(&self, range: u32) -> Option<(CodeId, Arc<lower::Recipe>)> {
        let spec = self.specs.get(range as usize)?;
        Some((spec.code, spec.recipe.clone()?))
    }

    /// The body of a range with ints of any size at these sites: its address.
    pub fn wide_range(&mut self, range: u32, sites: &[u32]) -> Option<usize> {
        let (code, recipe) = self.recipe(range)?;
        self.timed(|comp| comp.make_wide_range(code, &recipe, sites))
    }

    fn make_wide_range(&mut self, code: CodeId, recipe: &lower::Recipe, sites: &[u32]) -> Option<usize> {
        self.with_wide(sites, |comp| {
            let (func, again) = lower::lower_range(comp, code, recipe)?;
            let id = comp.add_region(code, func, Some(again));
            comp.body_address(id).ok()
        })
    }

    /// Compiles something with these sites wide. A site that had this before is wide from now on; for the others, the narrow
    /// code stays in use.
    pub(super) fn with_wide<T>(&mut self, sites: &[u32], compile: impl FnOnce(&mut Self) -> T) -> T {
        let mut passing = Vec::new();
        for site in sites.iter().copied().filter(|s| !self.wide.contains(s)).collect::<Vec<_>>() {
            let n = self.aborts.entry(site).or_default();
            *n += 1;
            if *n < MAX_ABORTS {
                passing.push(site);
            } else {
                self.widen(site);
            }
        }
        let (by_key, n_specs) = (self.by_key.clone(), self.n_specs.clone());
        for site in &passing {
            self.wide.insert(*site);
            let stale = self.reaching(*site);
            self.by_key.retain(|_, id| !stale.contains(id));
        }
        let result = compile(self);
        if !passing.is_empty() {
            self.wide.retain(|site| !passing.contains(site));
            self.by_key = by_key;
            self.n_specs = n_specs;
        }
        result
    }

    /// Is a result of a range of the type that the code behind the range takes it for.
    pub fn range_fits(&self, range: u32, result: &Value) -> bool {
        self.recipe(range).is_some_and(|(_, recipe)| recipe.fits(result))
    }

    /// What a range in this environment computes.
    pub fn range_key(&self, range: u32, env: &[Value]) -> Option<RangeKey> {
        let (code, recipe) = self.recipe(range)?;
        recipe.key(self, code, env)
    }

    /// Is code that has no loop compiled for values of any type from here on, whichever they are.
    pub(crate) fn takes_all(&mut self, code: CodeId) -> bool {
        self.n_specs.get(&code).copied().unwrap_or(0) >= MAX_SPECS && self.is_brief(code)
    }

    /// Has code no loop of its own.
    pub(crate) fn is_brief(&mut self, code: CodeId) -> bool {
        if let Some(known) = self.brief.get(&code) {
            return *known;
        }
        let found = !crate::weight::loops(self, code);
        self.brief.insert(code, found);
        found
    }

    /// Is there code for exactly these types.
    pub(crate) fn has_spec(&mut self, code: CodeId, params: &[Ty], captures: &[Ty]) -> bool {
        let key = (code, params.to_vec(), captures.to_vec());
        match self.by_key.get(&key) {
            Some(&id) => self.is_valid(id),
            None => false,
        }
    }

    /// The text of all specialisations: after the passes, where they became machine code.
    pub fn ir_text(&self) -> String {
        self.specs
            .iter()
            .filter_map(|s| s.best.as_deref().or(s.ir.as_deref()))
            .map(crate::ir::text::func)
            .collect::<Vec<_>>()
            .join("\n")
    }
}
