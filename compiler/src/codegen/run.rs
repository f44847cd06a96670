//! Running machine code: dispatch on the types of boxed arguments, units run again where ints turn out large, generators.

#![expect(unsafe_code, reason = "calls machine code by its address")]

use crate::compiler::{Compiler, Entry, is_of, is_shallow, shallow_type_of, type_of};
use crate::types::{CodeId, Ty};
use afar_runtime::abi::{self, Ctx};
use afar_runtime::hooks::{Hooks, RangeKey, Site};
use afar_runtime::iter::{self, Iter, Iterate, Resume};
use afar_runtime::object::exception;
use afar_runtime::object::func::FuncInfo;
use afar_runtime::object::{Class, Func, Marks};
use afar_runtime::{Fault, Ref, Res, Str, Value, pool, stack};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// What a generator answers when it gives an item.
pub(super) const YIELDED: i64 = 2;

static COMPILER: OnceLock<Mutex<Compiler>> = OnceLock::new();
/// Grows with every site that turns out wide.
static WIDENED: AtomicU64 = AtomicU64::new(0);

/// The compiler of this process.
pub fn compiler() -> MutexGuard<'static, Compiler> {
    COMPILER.get_or_init(|| Mutex::new(Compiler::new())).lock().unwrap_or_else(PoisonError::into_inner)
}

type Key = (CodeId, Vec<Ty>, Vec<Ty>);
/// When, as seen in which view, and with how many wide sites a table of entries was made.
type Stamp = ((u64, u64), u64);

thread_local! {
    static ENTRIES: RefCell<(Stamp, FxHashMap<Key, Entry>)> = RefCell::default();
}

/// Runs something as the outermost unit of this thread: with a fresh context.
pub fn fresh<T>(run: impl FnOnce() -> T) -> T {
    abi::with_ctx(|ctx| {
        let depth = ctx.depth_left.replace(abi::MAX_DEPTH);
        let handling = ctx.handling.take();
        let result = run();
        ctx.depth_left.set(depth);
        ctx.handling.replace(handling);
        result
    })
}

/// The machine code for these types: from this thread's table, or from the compiler.
fn entry(code: CodeId, params: Vec<Ty>, captures: Vec<Ty>) -> Res<Entry> {
    let stamp = (crate::compiler::now(), WIDENED.load(Ordering::Acquire));
    let key = (code, params, captures);
    let known = ENTRIES.with_borrow_mut(|(at, entries)| {
        if *at != stamp {
            entries.clear();
            *at = stamp;
        }
        match entries.get(&key) {
            Some(Entry::Steps(steps)) if !steps.is_cold() => None,
            known => known.cloned(),
        }
    });
    if let Some(entry) = known {
        return Ok(entry);
    }
    let made = compiler().entry(key.0, key.1.clone(), key.2.clone());
    let made = made.map_err(|e| Fault::not_pure(format!("internal error of the compiler: {e}")))?;
    ENTRIES.with_borrow_mut(|(at, entries)| {
        if *at == stamp {
            entries.insert(key, made.clone());
        }
    });
    Ok(made)
}

/// How a function was entered, and for arguments and captures of which types: none where it is taken for all.
struct Last {
    code: CodeId,
    stamp: Stamp,
    types: Option<Vec<Ty>>,
    /// It has no loop, so that less is asked of its arguments.
    is_brief: bool,
    entry: Entry,
}

/// So many functions at a time are remembered, by their numbers.
const N_LAST: usize = 64;
/// So many ways are remembered for each.
const N_WAYS: usize = 4;

/// The ways in which functions were entered, and which of them is given up next.
#[derive(Default)]
struct Ways {
    all: [Option<Last>; N_WAYS],
    next: usize,
}
/// So deep types of arguments are looked into.
const DEPTH: usize = 2;

thread_local! {
    static LAST: RefCell<[Ways; N_LAST]> =
        const { RefCell::new([const { Ways { all: [const { None }; N_WAYS], next: 0 } }; N_LAST]) };
}

/// The entry that was used before, where the types are the same.
fn last_entry(code: CodeId, args: &[Value]) -> Option<Entry> {
    LAST.with_borrow(|all| {
        let now = (crate::compiler::now(), WIDENED.load(Ordering::Acquire));
        let ways = all[code.0 as usize % N_LAST].all.iter().flatten();
        let last =
            ways.filter(|last| last.code == code && last.stamp == now).find(|last| match &last.types {
                Some(types) => {
                    let is_it = |v: &Value, ty: &Ty| {
                        if last.is_brief { is_shallow(v, ty) } else { is_of(v, ty, DEPTH) }
                    };
                    types.len() == args.len() && args.iter().zip(types).all(|(v, ty)| is_it(v, ty))
                }
                None => args.iter().all(Value::is_bound),
            })?;
        Some(last.entry.clone())
    })
}

/// The entry for these types, which is remembered once it is machine code.
fn entry_for(code: CodeId, args: &[Value], n_captures: usize) -> Res<Entry> {
    if let Some(entry) = last_entry(code, args) {
        return Ok(entry);
    }
    let stamp = (crate::compiler::now(), WIDENED.load(Ordering::Acquire));
    let is_brief = compiler().is_brief(code);
    let type_of = |v: &Value| if is_brief { shallow_type_of(v) } else { type_of(v, DEPTH) };
    let types = |values: &[Value]| -> Vec<Ty> { values.iter().map(type_of).collect() };
    let (params, captures) = args.split_at(args.len() - n_captures);
    let entry = entry(code, types(params), types(captures))?;
    if let Entry::Code { .. } = entry {
        // Code for all types is taken where there is none for these alone.
        let is_for_all = {
            let mut comp = compiler();
            comp.takes_all(code) && !comp.has_spec(code, &types(params), &types(captures))
        };
        let types = if is_for_all { None } else { Some(types(args)) };
        let last = Last { code, stamp, types, is_brief, entry: entry.clone() };
        let old = LAST.with_borrow_mut(|all| {
            let ways = &mut all[code.0 as usize % N_LAST];
            ways.next = (ways.next + 1) % N_WAYS;
            let at = ways.next;
            ways.all[at].replace(last)
        });
        drop(old);
    }
    Ok(entry)
}

/// Runs code with boxed arguments, as often as ints turn out larger than thought.
fn run(code: CodeId, params: &[Value], captures: &[Value]) -> Res {
    stack::check()?;
    if captures.is_empty() {
        return run_with(code, params, 0);
    }
    let n = params.len() + captures.len();
    let all = || params.iter().chain(captures).cloned();
    if n <= FEW {
        let mut args: [Value; FEW] = Default::default();
        args.iter_mut().zip(all()).for_each(|(slot, value)| *slot = value);
        return run_with(code, &args[..n], captures.len());
    }
    run_with(code, &all().collect::<Vec<_>>(), captures.len())
}

/// So many arguments and captures need no memory of their own.
const FEW: usize = 6;

/// As `run`, with the captures behind the arguments.
fn run_with(code: CodeId, args: &[Value], n_captures: usize) -> Res {
    pool::run_unit(|| enter(&entry_for(code, args, n_captures)?, args))
}

/// The word that is the address of something.
fn word<T>(place: *const T) -> u64 {
    place.expose_provenance() as u64
}

fn enter(entry: &Entry, args: &[Value]) -> Res {
    let mut out = Value::Unbound;
    abi::with_ctx(|ctx| {
        let status = match entry {
            Entry::Steps(steps) => steps.run(ctx, &[word(&raw mut out), word(args.as_ptr())], &mut []),
            Entry::Code { address, .. } => {
                let code = std::ptr::with_exposed_provenance::<()>(*address);
                // SAFETY: the address is that of a thunk that `Jit::compile` made with this signature; its code is never freed.
                let code: extern "C" fn(&Ctx, &mut Value, *const Value) -> i64 =
                    unsafe { std::mem::transmute(code) };
                code(ctx, &mut out, args.as_ptr())
            }
        };
        match status {
            abi::OK => Ok(std::mem::take(&mut out)),
            _ => Err(ctx.take_fault()),
        }
    })
}

/// Runs a statement of the edge.
///
/// # Errors
///
/// What the statement raised.
pub fn call_edge(code: CodeId) -> Res<()> {
    let entry = compiler()
        .entry(code, Vec::new(), Vec::new())
        .map_err(|e| Fault::not_pure(format!("internal error of the compiler: {e}")))?;
    abi::with_ctx(|ctx| {
        let n_handled = ctx.n_handled();
        let status = match &entry {
            Entry::Steps(steps) => steps.run(ctx, &[], &mut []),
            Entry::Code { address, .. } => {
                let address = std::ptr::with_exposed_provenance::<()>(*address);
                // SAFETY: the code of an edge statement takes the context alone, and is never freed.
                let run: extern "C" fn(&Ctx) -> i64 = unsafe { std::mem::transmute(address) };
                run(ctx)
            }
        };
        ctx.hand_in_counts();
        ctx.forget_handled(n_handled);
        match status {
            abi::OK => Ok(()),
            _ => Err(ctx.take_fault()),
        }
    })
}

/// Runs code that takes captures only.
///
/// # Errors
///
/// What the code raised.
pub fn call_unit(code: CodeId, captures: &[Value]) -> Res {
    run(code, &[], captures)
}

/// A generator of this code with these values at the start of its frame, which maps the items of `source`, if there is one.
///
/// # Errors
///
/// Where it cannot be compiled.
pub fn generator(code: CodeId, values: &[Value], source: Option<&Value>) -> Res {
    let shape = {
        let comp = compiler();
        comp.code(code)
    };
    let n_params = shape.param_names.len();
    let types = |all: &[Value]| -> Vec<Ty> {
        all.iter().map(|v| if matches!(v, Value::Cell(_)) { Ty::Cell } else { Ty::Any }).collect()
    };
    let (params, captures) = values.split_at(n_params.min(values.len()));
    let Entry::Code { address, n_slots } = entry(code, types(params), types(captures))? else {
        return Err(Fault::not_pure("internal error: a generator without machine code"));
    };
    let mut frame = vec![Value::Unbound; n_slots.max(values.len() + 1)];
    frame[0] = Value::Int(0);
    for (slot, value) in frame[1..].iter_mut().zip(values) {
        *slot = value.clone();
    }
    Ok(Iter::value(Generator {
        frame,
        address,
        state: State::Fresh,
        returned: Value::None,
        handling: Vec::new(),
        info: shape.info.clone(),
        source: source.filter(|it| iter::hides_order(it)).cloned(),
    }))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Fresh,
    Suspended,
    Done,
}

/// A generator: its frame, and the code that goes on from where it left off.
struct Generator {
    frame: Vec<Value>,
    address: usize,
    state: State,
    returned: Value,
    /// The exceptions that it was handling when it was suspended, innermost last.
    handling: Vec<Value>,
    /// Its function's names.
    info: Ref<FuncInfo>,
    /// The iterator whose items it maps, where their order must not show.
    source: Option<Value>,
}

impl Generator {
    fn go_on(&mut self, with: Option<Resume>) -> Res<Option<Value>> {
        if self.state == State::Done {
            return Ok(None);
        }
        let code = std::ptr::with_exposed_provenance::<()>(self.address);
        // SAFETY: the address is that of a generator's code, whose frame has `n_slots` values; it is never freed.
        let code: extern "C" fn(&Ctx, *mut Value, &mut Value) -> i64 = unsafe { std::mem::transmute(code) };
        let mut out = Value::Unbound;
        let (status, fault, returned) = abi::with_ctx(|ctx| {
            let depth = ctx.depth_left.get();
            let deep = || Fault::exception("RecursionError", "maximum recursion depth exceeded");
            if let Some(fault) = stack::check().err().or_else(|| (depth <= 0).then(deep)) {
                return (abi::FAULT, Some(fault), Value::None);
            }
            ctx.depth_left.set(depth - 1);
            ctx.resume.set(with);
            // What the generator itself handles is set aside while it is suspended.
            let n_around = ctx.handling.borrow().len();
            ctx.handling.borrow_mut().append(&mut self.handling);
            let status = code(ctx, self.frame.as_mut_ptr(), &mut out);
            let mut all = ctx.handling.borrow_mut();
            let n_around = n_around.min(all.len());
            self.handling = all.split_off(n_around);
            drop(all);
            ctx.resume.set(None);
            ctx.depth_left.set(depth);
            match status {
                abi::OK => (status, None, ctx.returned.take()),
                YIELDED => (status, None, Value::None),
                _ => (status, Some(ctx.take_fault()), Value::None),
            }
        });
        match (status, fault) {
            (YIELDED, _) => {
                self.state = State::Suspended;
                Ok(Some(out))
            }
            (_, Some(fault)) => {
                self.finish();
                Err(exception::leave_generator(fault))
            }
            _ => {
                self.finish();
                self.returned = returned;
                Ok(None)
            }
        }
    }

    fn finish(&mut self) {
        self.state = State::Done;
        self.frame = Vec::new();
        self.handling = Vec::new();
    }
}

impl Iterate for Generator {
    fn next(&mut self) -> Res<Option<Value>> {
        let with = (self.state == State::Suspended).then_some(Resume::Send(Value::None));
        self.go_on(with)
    }

    fn type_name(&self) -> &'static str {
        "generator"
    }

    fn attr(&mut self, name: &str) -> Res<Option<Value>> {
        Ok(match name {
            "__name__" => Some(Value::Str(self.info.name.clone())),
            "__qualname__" => Some(Value::Str(self.info.qualname.clone())),
            _ => None,
        })
    }

    fn hides_order(&self) -> bool {
        self.state == State::Fresh && self.source.is_some()
    }

    fn release_order(&mut self) {
        if let Some(source) = self.source.take() {
            iter::release_order(&source);
        }
    }

    fn resume(&mut self, with: Resume) -> Option<Res<Option<Value>>> {
        Some(match (self.state, with) {
            (State::Fresh, Resume::Send(value)) if !value.is_none() => {
                Err(Fault::type_error("can't send non-None value to a just-started generator"))
            }
            (State::Fresh, Resume::Send(_)) => self.go_on(None),
            (State::Fresh, Resume::Throw(fault)) => {
                self.finish();
                Err(exception::leave_generator(fault))
            }
            (State::Done, Resume::Throw(fault)) => Err(fault),
            (_, with) => self.go_on(Some(with)),
        })
    }

    fn return_value(&mut self) -> Value {
        std::mem::replace(&mut self.returned, Value::None)
    }
}

/// The compiler, as the runtime calls it.
struct CompilerHooks;

impl Hooks for CompilerHooks {
    fn call(&self, func: &Ref<Func>, args: &[Value]) -> Res {
        // Functions may call each other in ways that compiled code does not see, and come to no other poll.
        if afar_runtime::hooks::attention_flag().load(Ordering::Relaxed) {
            afar_runtime::pool::poll()?;
        }
        let code = CodeId(func.info.code);
        if func.info.is_generator {
            let values: Vec<Value> = args.iter().chain(func.captures.iter()).cloned().collect();
            return generator(code, &values, None);
        }
        run(code, args, &func.captures)
    }

    fn call_unit(&self, code: u32, captures: &[Value]) -> Res {
        let code = CodeId(code);
        // The parameters of a unit of statements are the names that it finds bound.
        let n_params = compiler().code(code).param_names.len().min(captures.len());
        let (params, captures) = captures.split_at(n_params);
        run(code, params, captures)
    }

    fn make_func(&self, code: u32, captures: &[Value], defaults: &[Value], identity: u64) -> Res {
        let info = compiler().code(CodeId(code)).info.clone();
        Ok(Value::Func(Ref::new(Func {
            info,
            defaults: defaults.into(),
            captures: captures.into(),
            owner: OnceLock::new(),
            identity,
            marks: Marks::default(),
            wrapped: Value::Unbound,
        })))
    }

    fn make_generator(&self, code: u32, values: &[Value], source: Option<&Value>) -> Res {
        generator(CodeId(code), values, source)
    }

    fn wide_range(&self, range: u32, sites: &[u32]) -> Option<usize> {
        let mut comp = compiler();
        let before = comp.n_widened;
        let address = comp.wide_range(range, sites);
        if comp.n_widened > before {
            WIDENED.fetch_add(1, Ordering::AcqRel);
        }
        address
    }

    fn range_fits(&self, range: u32, result: &Value) -> bool {
        compiler().range_fits(range, result)
    }

    fn range_key(&self, range: u32, env: &[Value]) -> Option<RangeKey> {
        compiler().range_key(range, env)
    }

    fn name_sites(&self, sites: &[u32]) -> Option<Vec<Site>> {
        compiler().name_sites(sites)
    }

    fn sites_named(&self, sites: &[Site]) -> Vec<u32> {
        compiler().sites_named(sites)
    }

    fn narrow_sites_named(&self, sites: &[Site]) -> Vec<u32> {
        let comp = compiler();
        comp.sites_named(sites).into_iter().filter(|site| !comp.is_wide(*site)).collect()
    }

    fn waiting_key(&self, body: usize, captured: &[Value]) -> Option<RangeKey> {
        compiler().waiting_key(body, captured)
    }

    fn waiting_value(&self, body: usize, components: &[Value]) -> Option<Value> {
        compiler().waiting_value(body, components)
    }

    fn waiting_components(&self, body: usize, value: &Value) -> Option<Vec<Value>> {
        compiler().waiting_components(body, value)
    }

    fn captured(&self, code: u32) -> Vec<Str> {
        let code = compiler().code(crate::types::CodeId(code));
        code.captures.iter().map(|c| (&*c.name).into()).collect()
    }

    fn annotations(&self, code: u32) -> Vec<(Str, Str)> {
        crate::annotations::of_code(code)
    }

    fn annotation(&self, module: &str, text: &str, class: Option<&Ref<Class>>) -> Res {
        crate::annotations::evaluate(module, text, class)
    }

    fn type_of_text(&self, module: &str, text: &str, class: Option<&Ref<Class>>) -> Res {
        crate::annotations::resolve(module, text, class)
    }

    fn is_expression(&self, text: &str) -> bool {
        crate::annotations::is_expression(text)
    }

    fn widen(&self, sites: &[u32]) {
        let mut comp = compiler();
        sites.iter().for_each(|site| comp.widen(*site));
        WIDENED.fetch_add(1, Ordering::AcqRel);
    }
}

/// Gives the runtime its compiler.
pub fn install() {
    static THE_HOOKS: CompilerHooks = CompilerHooks;
    afar_runtime::hooks::install(&THE_HOOKS);
}
