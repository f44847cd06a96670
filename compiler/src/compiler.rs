//! The compiler's state: constants, code, specialisations, sites that turned out wide.

mod listing;
mod running;
mod sites;
mod type_of;
mod waiting;

pub use type_of::{is_of, is_shallow, shallow_type_of, type_of};

use crate::codegen::{Door, Jit, Steps, Target, has_loop, is_long};
use crate::ir::{Func, SpecId};
use crate::lower::{self, Mode};
use crate::program::{Body, Code, Owner, Source};
use crate::types::{CodeId, ConstId, Reg, Ty};
use afar_lang::ast::{self, Comprehension, Expr, Function, Name, NodeId};
use afar_lang::span::Span;
use afar_runtime::abi::Globals;
use afar_runtime::hooks::RangeKey;
use afar_runtime::object::exception::Frame;
use afar_runtime::object::{FuncInfo, ParamInfo, func::ParamKind};
use afar_runtime::{Ref, Str, Value};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;
use std::time::Duration;

/// How often a name may be bound anew before code reads it afresh each time.
const VOLATILE_AFTER: u32 = 6;
/// So many times a range is compiled again for a site, the last time the site is wide from then on.
const MAX_ABORTS: u32 = 2;
/// How many specialisations of one function there may be.
const MAX_SPECS: usize = 24;

/// A name of a namespace that a specialisation took for a constant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Dep {
    globals: u32,
    name: Str,
    /// 0 where it was not bound.
    version: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    InProgress,
    /// Rests on the assumed result of a specialisation that is in progress, at this depth of the stack.
    Provisional(usize),
    Done,
}

/// A specialisation.
pub struct Spec {
    code: CodeId,
    params: Vec<Ty>,
    captures: Vec<Ty>,
    mode: Mode,
    ret: Ty,
    state: State,
    /// The code, once lowered.
    pub ir: Option<Arc<Func>>,
    /// The code with small functions written out in it, as it is written out in others.
    open: Option<Arc<Func>>,
    /// The code as it becomes machine code.
    best: Option<Arc<Func>>,
    deps: FxHashSet<Dep>,
    /// In order.
    sites: Vec<u32>,
    origins: Vec<lower::Origin>,
    decisions: Vec<lower::Decision>,
    /// What it calls directly.
    pub callees: Vec<SpecId>,
    /// Everything below was found valid at this epoch, as seen in this view.
    valid_at: (u64, u64),
    entry: Option<Entry>,
    /// How it is lowered again, where it is the body of a range.
    recipe: Option<Arc<lower::Recipe>>,
    /// What it computes, where it is the body of an expression that waits.
    waits: Option<Arc<waiting::Waits>>,
    /// What is stepped: the function itself, where it is too long for machine code or runs for the first time.
    steps: Option<Arc<Steps>>,
    /// Machine code that takes words from memory.
    raw: Option<usize>,
}

/// How a specialisation is run.
#[derive(Clone, Debug)]
pub enum Entry {
    /// By machine code, at the address of what takes boxed arguments.
    Code {
        /// The address.
        address: usize,
        /// For a generator: how many slots its frame has.
        n_slots: usize,
    },
    /// Step by step.
    Steps(Arc<Steps>),
}

type Key = (CodeId, Vec<Ty>, Vec<Ty>);

/// The compiler of a process.
pub struct Compiler {
    /// Boxed, since machine code has their addresses.
    #[expect(clippy::vec_box, reason = "the addresses must not change as the pool grows")]
    consts: Vec<Box<Value>>,
    const_index: FxHashMap<ConstKey, ConstId>,
    codes: Vec<Arc<Code>>,
    code_index: FxHashMap<(usize, u32, u32), CodeId>,
    blocks: Vec<(Arc<ast::Block>, Arc<Code>)>,
    /// The names of each namespace that functions and generator expressions made in it may read.
    readers: FxHashMap<u32, FxHashSet<Name>>,
    pub(crate) specs: Vec<Spec>,
    by_key: FxHashMap<Key, SpecId>,
    n_specs: FxHashMap<CodeId, usize>,
    stack: Vec<SpecId>,
    lowest: usize,
    sites: FxHashMap<(CodeId, NodeId), u32>,
    wide: FxHashSet<u32>,
    /// How often ranges were compiled again for a site that is not wide yet.
    aborts: FxHashMap<u32, u32>,
    places: FxHashMap<(CodeKey, Span, Vec<crate::lower::Inlined>), u32>,
    /// How many sites turned out wide.
    pub n_widened: u64,
    jit: Jit,
    /// The functions whose weight is known: do they loop or call themselves.
    pub(crate) heavy: FxHashMap<CodeId, bool>,
    /// Whether functions have no loops, as found so far.
    brief: FxHashMap<CodeId, bool>,
    /// Independent calls may be computed by other workers.
    pub forks: bool,
    /// Shows the value of an expression that stands alone.
    pub interactive: bool,
    /// Every site is taken for wide from the start: what tests hold the narrow code against.
    pub starts_wide: bool,
    /// Somebody asks where values of any type come from.
    pub(crate) surveys: bool,
    /// The types of names of the edge that are not bound, since nothing is run.
    pub(crate) surveyed: Vec<(Name, Ty)>,
    /// What was decided about the statements of the edge, where the script is surveyed, not run.
    pub(crate) edge_decisions: Vec<lower::Decision>,
    compile_time: Duration,
    /// Somebody counts the time already.
    is_timed: bool,
}

type CodeKey = usize;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum ConstKey {
    Int(i64),
    Bool(bool),
    Bits(u64),
    None,
    Text(Str),
    Address(u8, usize),
}

fn const_key(value: &Value) -> Option<ConstKey> {
    Some(match value {
        Value::None => ConstKey::None,
        Value::Bool(b) => ConstKey::Bool(*b),
        Value::Int(n) => ConstKey::Int(*n),
        Value::Float(x) => ConstKey::Bits(x.to_bits()),
        Value::Str(s) => ConstKey::Text(s.clone()),
        Value::Builtin(b) => ConstKey::Address(value.tag(), std::ptr::from_ref(*b).addr()),
        Value::Func(r) => ConstKey::Address(value.tag(), Ref::as_ptr(r).addr()),
        Value::Class(r) => ConstKey::Address(value.tag(), Ref::as_ptr(r).addr()),
        Value::Module(r) => ConstKey::Address(value.tag(), Ref::as_ptr(r).addr()),
        Value::List(r) => ConstKey::Address(value.tag(), Ref::as_ptr(r).addr()),
        Value::Cell(r) => ConstKey::Address(value.tag(), Ref::as_ptr(r).addr()),
        _ => return None,
    })
}

impl Compiler {
    /// A compiler with nothing in it.
    pub fn new() -> Self {
        Self {
            consts: Vec::new(),
            const_index: FxHashMap::default(),
            codes: Vec::new(),
            code_index: FxHashMap::default(),
            blocks: Vec::new(),
            readers: FxHashMap::default(),
            specs: Vec::new(),
            by_key: FxHashMap::default(),
            n_specs: FxHashMap::default(),
            stack: Vec::new(),
            lowest: usize::MAX,
            sites: FxHashMap::default(),
            wide: FxHashSet::default(),
            aborts: FxHashMap::default(),
            places: FxHashMap::default(),
            n_widened: 0,
            jit: Jit::new(),
            heavy: FxHashMap::default(),
            brief: FxHashMap::default(),
            forks: false,
            interactive: false,
            starts_wide: false,
            surveys: false,
            surveyed: Vec::new(),
            edge_decisions: Vec::new(),
            compile_time: Duration::ZERO,
            is_timed: false,
        }
    }

    /// From now on code is compiled as fast as can be, and runs slower: for tests, which run most code once.
    pub fn compile_quickly(&mut self) {
        self.jit.compile_quickly();
    }

    // Constants.

    /// A value as a constant of the pool.
    pub fn constant(&mut self, value: Value) -> ConstId {
        let key = const_key(&value);
        if let Some(id) = key.as_ref().and_then(|k| self.const_index.get(k)) {
            return *id;
        }
        let id = ConstId(u32::try_from(self.consts.len()).unwrap_or(u32::MAX));
        self.consts.push(Box::new(value));
        if let Some(key) = key {
            self.const_index.insert(key, id);
        }
        id
    }

    /// Text as a constant of the pool.
    pub fn intern(&mut self, text: &str) -> ConstId {
        self.constant(Value::str(text))
    }

    /// The value of a constant.
    pub fn const_value(&self, id: ConstId) -> &Value {
        &self.consts[id.0 as usize]
    }

    /// The type of a constant, looked at more closely than an argument's.
    pub fn type_of_const(&self, id: ConstId) -> Ty {
        type_of(self.const_value(id), 4)
    }

    /// An attribute of a module or class that never changes.
    pub fn const_attribute(&mut self, id: ConstId, name: &str) -> Option<ConstId> {
        let found = match self.const_value(id) {
            Value::Module(module) => module.get(name)?,
            Value::Class(class) => {
                let own = class.attrs.get()?.iter().find(|(n, _)| n.as_str() == name)?;
                if !matches!(own.1, Value::Func(_))
                    || class.attrs.get()?.iter().any(|(n, _)| n.as_str() == "__getattribute__")
                {
                    return None;
                }
                own.1.clone()
            }
            _ => return None,
        };
        Some(self.constant(found))
    }

    /// The value of a free name, where it may be taken for a constant.
    pub fn global_constant(&mut self, code: &Code, name: &Name) -> Option<ConstId> {
        if code.volatile.contains(name) {
            return None;
        }
        match code.globals.find(name) {
            Some(found) if found.n_writes > VOLATILE_AFTER => None,
            Some(found) => {
                self.depend(Dep { globals: code.globals.id, name: Str::new(name), version: found.version });
                Some(self.constant(found.value))
            }
            None => {
                let value = afar_runtime::builtins::lookup(name)?;
                self.depend(Dep { globals: code.globals.id, name: Str::new(name), version: 0 });
                Some(self.constant(value))
            }
        }
    }

    fn depend(&mut self, dep: Dep) {
        if let Some(spec) = self.stack.last() {
            self.specs[spec.0 as usize].deps.insert(dep);
        }
    }

    // Code.

    /// The code of a number.
    pub fn code(&self, id: CodeId) -> Arc<Code> {
        self.codes[id.0 as usize].clone()
    }

    fn add_code(&mut self, make: impl FnOnce(u32) -> Code) -> CodeId {
        let id = u32::try_from(self.codes.len()).unwrap_or(u32::MAX);
        let code = make(id);
        if matches!(code.body, Body::Function(_) | Body::GenExpr { .. }) {
            self.readers.entry(code.globals.id).or_default().extend(code.free.iter().cloned());
        }
        self.codes.push(Arc::new(code));
        CodeId(id)
    }

    /// The code of a function that is made within other code.
    pub fn register_function(&mut self, f: &Arc<Function>, outer: &Code, in_class: bool) -> CodeId {
        let key = (Arc::as_ptr(f).addr(), outer.globals.id, 0);
        if let Some(id) = self.code_index.get(&key) {
            return *id;
        }
        let scope = f.scope.get().cloned().unwrap_or_default();
        let mut captures = scope.captures.clone();
        let self_name = captures
            .iter()
            .position(|c| c.name == f.name.name && !c.is_cell)
            .map(|at| captures.remove(at).name);
        if self_name.is_some() {
            // To make itself anew it needs its defaults.
            let with_default = f.params.iter().enumerate().filter(|(_, p)| p.default.is_some());
            captures
                .extend(with_default.map(|(i, _)| ast::Capture { name: default_name(i), is_cell: false }));
        }
        if in_class && uses_class_cell(f) && captures.iter().all(|c| &*c.name != "__class__") {
            captures.push(ast::Capture { name: "__class__".into(), is_cell: true });
        }
        let qualname = f.qualname.get().unwrap_or(&f.name.name);
        let info = FuncInfo {
            name: Str::new(&f.name.name),
            qualname: Str::new(qualname),
            module: outer.info.module.clone(),
            doc: f.doc.as_ref().map(|d| Str::new(d)),
            params: f.params.iter().map(param_info).collect(),
            is_generator: scope.is_generator,
            code: 0,
        };
        let param_names = f.params.iter().map(|p| p.name.name.clone()).collect();
        let id = self.add_code(|id| Code {
            body: Body::Function(f.clone()),
            info: Ref::new(FuncInfo { code: id, ..info }),
            globals: outer.globals.clone(),
            source: outer.source.clone(),
            param_names,
            locals: scope.locals.clone(),
            captures,
            self_name,
            owner: Owner::Function(f.clone()),
            is_edge: false,
            volatile: Vec::new(),
            free: scope.globals.clone(),
        });
        self.code_index.insert(key, id);
        id
    }

    /// The code of a generator expression; its first parameter is the iterator of the first clause.
    pub fn register_generator(
        &mut self,
        c: &Comprehension,
        expr: &Expr,
        outer: &Code,
    ) -> (CodeId, Vec<(Name, bool)>) {
        let scope = c.scope.get().cloned().unwrap_or_default();
        let captures: Vec<ast::Capture> = scope.captures.clone();
        let wanted: Vec<(Name, bool)> = captures.iter().map(|c| (c.name.clone(), c.is_cell)).collect();
        let key = (std::ptr::from_ref(c).addr(), outer.globals.id, 1);
        if let Some(id) = self.code_index.get(&key) {
            return (*id, wanted);
        }
        let info = hidden_info("<genexpr>", outer, true);
        let (owner, node, span) = (outer.owner.clone(), expr.id, expr.span);
        let id = self.add_code(|id| Code {
            body: Body::GenExpr { owner: owner.clone(), node, span },
            info: Ref::new(FuncInfo { code: id, ..info }),
            globals: outer.globals.clone(),
            source: outer.source.clone(),
            param_names: vec![".0".into()],
            locals: vec![ast::Local { name: ".0".into(), is_cell: false }],
            captures,
            self_name: None,
            owner,
            is_edge: false,
            volatile: outer.volatile.clone(),
            free: scope.globals,
        });
        self.code_index.insert(key, id);
        (id, wanted)
    }

    /// The code of an expression that is a unit of its own.
    pub fn register_expr(&mut self, expr: &Expr, captures: Vec<(Name, bool)>, outer: &Code) -> CodeId {
        let key = (std::ptr::from_ref(expr).addr(), outer.globals.id, 2);
        if let Some(id) = self.code_index.get(&key) {
            return *id;
        }
        let info = hidden_info(outer.info.name.as_str(), outer, false);
        let (owner, node, span) = (outer.owner.clone(), expr.id, expr.span);
        let id = self.add_code(|id| Code {
            body: Body::Expr { owner: owner.clone(), node, span },
            info: Ref::new(FuncInfo { code: id, ..info }),
            globals: outer.globals.clone(),
            source: outer.source.clone(),
            param_names: Vec::new(),
            locals: Vec::new(),
            captures: captures.into_iter().map(|(name, is_cell)| ast::Capture { name, is_cell }).collect(),
            self_name: None,
            owner,
            is_edge: outer.is_edge,
            volatile: Vec::new(),
            free: Vec::new(),
        });
        self.code_index.insert(key, id);
        id
    }

    /// The code of a statement that is a unit; and which of its names are bound already, which it takes as parameters.
    pub fn register_unit(
        &mut self,
        owner: &Owner,
        stmt: usize,
        names: &[Name],
        outer: &Code,
    ) -> (CodeId, Vec<Name>) {
        let bound: Vec<Name> = names.iter().filter(|n| outer.globals.find(n).is_some()).cloned().collect();
        let info = hidden_info(outer.info.name.as_str(), outer, false);
        let id = self.add_code(|id| Code {
            body: Body::Unit { owner: owner.clone(), stmt, names: names.to_vec() },
            info: Ref::new(FuncInfo { code: id, ..info }),
            globals: outer.globals.clone(),
            source: outer.source.clone(),
            param_names: bound.clone(),
            locals: names.iter().map(|n| ast::Local { name: n.clone(), is_cell: false }).collect(),
            captures: Vec::new(),
            self_name: None,
            owner: owner.clone(),
            is_edge: true,
            volatile: Vec::new(),
            free: Vec::new(),
        });
        (id, bound)
    }

    /// The code of a statement of the edge.
    pub fn register_edge(
        &mut self,
        owner: Owner,
        stmt: usize,
        as_unit: bool,
        globals: &Arc<Globals>,
        source: &Arc<Source>,
    ) -> CodeId {
        let mut volatile = Vec::new();
        if let Some(stmt) = owner.stmts().get(stmt) {
            crate::tree::assigned(std::slice::from_ref(stmt), &mut volatile);
        }
        volatile.extend(afar_runtime::abi::proxied_names().iter().map(|n| Name::from(n.as_str())));
        self.add_code(|id| Code {
            info: Ref::new(FuncInfo {
                name: Str::new("<module>"),
                qualname: Str::new("<module>"),
                module: globals.name.clone(),
                doc: None,
                params: Vec::new(),
                is_generator: false,
                code: id,
            }),
            body: Body::Edge { owner: owner.clone(), stmt, as_unit },
            globals: globals.clone(),
            source: source.clone(),
            param_names: Vec::new(),
            locals: Vec::new(),
            captures: Vec::new(),
            self_name: None,
            owner,
            is_edge: true,
            volatile,
            free: Vec::new(),
        })
    }

    /// A block, by number.
    pub fn register_block(&mut self, block: &Arc<ast::Block>, outer: &Arc<Code>) -> u32 {
        self.blocks.push((block.clone(), outer.clone()));
        u32::try_from(self.blocks.len() - 1).unwrap_or(u32::MAX)
    }

    /// A block and the code around it.
    pub fn block(&self, number: u32) -> Option<(Arc<ast::Block>, Arc<Code>)> {
        self.blocks.get(number as usize).cloned()
    }

    /// May a function of this namespace read one of these names.
    pub fn is_read_by_functions(&self, code: &Code, names: &[Name]) -> bool {
        self.readers.get(&code.globals.id).is_some_and(|read| names.iter().any(|n| read.contains(n)))
    }

    /// Was a function or generator expression made in this namespace.
    pub fn has_functions(&self, globals: &Globals) -> bool {
        self.readers.contains_key(&globals.id)
    }

    /// Is the value of an expression that stands alone shown.
    pub fn shows(&self, code: &Code) -> bool {
        self.interactive
            && matches!(&code.body, Body::Edge { owner, .. } if !matches!(owner, Owner::Block(_)))
    }

    // Specialisations.

    /// The specialisation of a function for these types; and the type of its result.
    pub fn spec(&mut self, code: CodeId, params: Vec<Ty>, captures: Vec<Ty>) -> (SpecId, Ty) {
        let (params, captures) = self.generalize(code, params, captures);
        let key = (code, params, captures);
        if let Some(&id) = self.by_key.get(&key) {
            if self.is_valid(id) {
                return self.reuse(id);
            }
            self.by_key.remove(&key);
        }
        *self.n_specs.entry(code).or_default() += 1;
        let id = SpecId(u32::try_from(self.specs.len()).unwrap_or(u32::MAX));
        let (_, params, captures) = key.clone();
        let mode = self.mode_of(code);
        self.specs.push(Spec {
            code,
            params,
            captures,
            mode,
            ret: Ty::Never,
            state: State::InProgress,
            ir: None,
            open: None,
            best: None,
            deps: FxHashSet::default(),
            sites: Vec::new(),
            origins: Vec::new(),
            decisions: Vec::new(),
            callees: Vec::new(),
            valid_at: now(),
            entry: None,
            recipe: None,
            waits: None,
            steps: None,
            raw: None,
        });
        self.by_key.insert(key, id);
        self.infer(id);
        (id, self.specs[id.0 as usize].ret.clone())
    }

    fn reuse(&mut self, id: SpecId) -> (SpecId, Ty) {
        match self.specs[id.0 as usize].state {
            State::InProgress => {
                let at = self.stack.iter().position(|s| *s == id).unwrap_or(0);
                self.lowest = self.lowest.min(at);
            }
            State::Provisional(low) => self.lowest = self.lowest.min(low),
            State::Done => {}
        }
        (id, self.specs[id.0 as usize].ret.clone())
    }

    /// Lowers a specialisation until the type of its result stands.
    fn infer(&mut self, id: SpecId) {
        let at = self.stack.len();
        self.stack.push(id);
        let outer_lowest = std::mem::replace(&mut self.lowest, usize::MAX);
        loop {
            let first_new = self.specs.len();
            self.lowest = usize::MAX;
            let spec = &mut self.specs[id.0 as usize];
            spec.deps.clear();
            let (code, params, captures, ret, mode) =
                (spec.code, spec.params.clone(), spec.captures.clone(), spec.ret.clone(), spec.mode);
            let lowered = lower::lower(self, code, &params, &captures, &ret, mode);
            let wider = crate::types::join_words(&ret, &lowered.ret).capped();
            let spec = &mut self.specs[id.0 as usize];
            spec.sites = lowered.sites;
            spec.origins = lowered.origins;
            spec.decisions = lowered.decisions;
            spec.callees = called(&lowered.func);
            spec.ir = Some(Arc::new(lowered.func));
            spec.open = None;
            spec.best = None;
            if wider == ret {
                break;
            }
            spec.ret = wider;
            // What rests on the old result is lowered again.
            let stale: FxHashSet<SpecId> = (first_new..self.specs.len())
                .filter(|i| self.specs[*i].state != State::Done)
                .filter_map(|i| u32::try_from(i).ok().map(SpecId))
                .collect();
            self.by_key.retain(|_, v| !stale.contains(v));
        }
        self.stack.pop();
        let low = self.lowest;
        if low < at {
            self.specs[id.0 as usize].state = State::Provisional(low);
        } else {
            self.specs[id.0 as usize].state = State::Done;
            for i in id.0 as usize..self.specs.len() {
                if matches!(self.specs[i].state, State::Provisional(l) if l >= at) {
                    self.specs[i].state = State::Done;
                }
            }
        }
        self.lowest = outer_lowest.min(if low < at { low } else { usize::MAX });
    }

    /// The body of a range, which is called by its address only.
    pub fn add_region(&mut self, code: CodeId, func: Func, recipe: Option<lower::Recipe>) -> SpecId {
        let id = SpecId(u32::try_from(self.specs.len()).unwrap_or(u32::MAX));
        let callees = called(&func);
        self.specs.push(Spec {
            code,
            params: Vec::new(),
            captures: Vec::new(),
            mode: Mode::Unit,
            ret: Ty::None,
            state: State::Done,
            ir: Some(Arc::new(func)),
            open: None,
            best: None,
            deps: FxHashSet::default(),
            sites: Vec::new(),
            origins: Vec::new(),
            decisions: Vec::new(),
            callees,
            valid_at: now(),
            entry: None,
            recipe: recipe.map(Arc::new),
            waits: None,
            steps: None,
            raw: None,
        });
        id
    }

    fn mode_of(&self, code: CodeId) -> Mode {
        let code = &self.codes[code.0 as usize];
        match &code.body {
            Body::Edge { .. } => Mode::Edge,
            Body::GenExpr { .. } => Mode::Generator,
            _ if code.info.is_generator => Mode::Generator,
            _ => Mode::Unit,
        }
    }

    fn generalize(&self, code: CodeId, params: Vec<Ty>, captures: Vec<Ty>) -> (Vec<Ty>, Vec<Ty>) {
        let n = self.n_specs.get(&code).copied().unwrap_or(0);
        let any = |types: Vec<Ty>| {
            types
                .into_iter()
                .map(|t| if matches!(t, Ty::Cell | Ty::Never) { t } else { Ty::Any })
                .collect::<Vec<_>>()
        };
        if self.mode_of(code) == Mode::Generator {
            return (
                any(params),
                captures.into_iter().map(|t| if t == Ty::Cell { t } else { Ty::Any }).collect(),
            );
        }
        if n >= MAX_SPECS {
            return (any(params), any(captures));
        }
        (params, captures)
    }

    /// Do the names that a specialisation took for constants still have those values.
    fn is_valid(&mut self, id: SpecId) -> bool {
        let epoch = now();
        let spec = &self.specs[id.0 as usize];
        if spec.valid_at == epoch || spec.state == State::InProgress {
            return true;
        }
        let mut seen = FxHashSet::default();
        let mut todo = vec![id];
        while let Some(next) = todo.pop() {
            if !seen.insert(next) {
                continue;
            }
            let spec = &self.specs[next.0 as usize];
            if spec.valid_at == epoch && next != id {
                continue;
            }
            if !spec.deps.iter().all(is_current) {
                return false;
            }
            todo.extend(spec.callees.iter().copied());
        }
        let mut seen: Vec<SpecId> = seen.into_iter().collect();
        seen.sort_unstable();
        for id in seen {
            self.specs[id.0 as usize].valid_at = epoch;
        }
        true
    }

    /// May a specialisation come to call itself directly, by whatever way.
    pub(crate) fn is_recursive(&self, id: SpecId) -> bool {
        let mut seen = FxHashSet::default();
        let mut todo = self.specs[id.0 as usize].callees.clone();
        while let Some(next) = todo.pop() {
            if next == id {
                return true;
            }
            if seen.insert(next) {
                todo.extend(self.specs[next.0 as usize].callees.iter().copied());
            }
        }
        false
    }
}

impl Default for Compiler {
    fn default() -> Self {
        Self::new()
    }
}

/// The moment, and the view that this thread has of it.
pub(crate) fn now() -> (u64, u64) {
    (afar_runtime::abi::epoch(), afar_runtime::abi::view_id())
}

/// What a function calls directly, or takes the address of.
fn called(func: &Func) -> Vec<SpecId> {
    let mut all: Vec<SpecId> = func
        .blocks
        .iter()
        .flat_map(|b| &b.insts)
        .filter_map(|inst| match inst {
            crate::ir::Inst::Call { spec, .. }
            | crate::ir::Inst::SpecAddress { spec, .. }
            | crate::ir::Inst::ForkPush { body: spec, .. } => Some(*spec),
            _ => None,
        })
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn is_current(dep: &Dep) -> bool {
    let found = afar_runtime::abi::globals(i64::from(dep.globals)).and_then(|g| g.find(dep.name.as_str()));
    found.map_or(0, |f| f.version) == dep.version
}

fn param_info(p: &ast::Param) -> ParamInfo {
    let kind = match p.kind {
        ast::ParamKind::PositionalOnly => ParamKind::PositionalOnly,
        ast::ParamKind::Normal => ParamKind::Normal,
        ast::ParamKind::Star => ParamKind::Star,
        ast::ParamKind::KeywordOnly => ParamKind::KeywordOnly,
        ast::ParamKind::DoubleStar => ParamKind::DoubleStar,
    };
    ParamInfo { name: Str::new(&p.name.name), kind }
}

fn hidden_info(name: &str, outer: &Code, is_generator: bool) -> FuncInfo {
    FuncInfo {
        name: Str::new(name),
        qualname: Str::new(name),
        module: outer.info.module.clone(),
        doc: None,
        params: Vec::new(),
        is_generator,
        code: 0,
    }
}

/// The name under which a function that captures itself finds one of its defaults.
pub fn default_name(param: usize) -> Name {
    format!(".default{param}").into()
}

/// Does a function use `super` or `__class__`.
fn uses_class_cell(f: &Function) -> bool {
    crate::tree::any_expr(
        &f.body,
        &|e| matches!(&e.kind, ast::ExprKind::Name(n) if matches!(&**n, "super" | "__class__")),
    )
}
