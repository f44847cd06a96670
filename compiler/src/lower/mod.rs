//! From the checked tree to the IR: abstract interpretation that emits code as it goes.
//!
//! The state of every variable at every point is its type, so that code is chosen for the types that come there. Where ways
//! meet, types are joined and values converted; a loop is lowered again, with wider types, until nothing changes.

mod again;
mod assign;
mod calls;
mod carried;
mod closures;
mod comprehension;
mod decisions;
mod edge;
mod enum_body;
mod env;
mod exceptions;
mod expr;
mod extremes;
mod fold;
mod fork;
mod format;
mod indexed;
mod intrinsics;
mod loops;
mod made;
mod matching;
mod numbers;
mod origins;
mod quick;
mod reduce;
mod reductions;
mod region;
mod split_for;
mod stmt;
mod streams;
mod values;
mod words;

pub use again::{Recipe, lower_range};
pub(crate) use again::{is_of, whole};
pub use decisions::{Decision, Reason};
pub use env::{Bound, Loc, VarId, VarState};
pub use origins::Origin;
pub(crate) use reductions::all_names;
pub use values::{Part, Val};

use crate::compiler::Compiler;
use crate::ir::{BlockId, Func, FuncKind, Inst, Loc as Place, Operand, Term, VReg};
use crate::program::{Body, Code};
use crate::types::{CodeId, Reg, Ty};
use afar_lang::ast::{self, Name, NodeId};
use afar_lang::span::Span;
use afar_runtime::abi::Rt;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// No place: a fault that passes adds no frame.
const NO_PLACE: Place = Place::MAX;

/// How a function is lowered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Typed, speculating that ints fit: a unit that can be run again.
    Unit,
    /// Boxed, nothing is ever run again: the edge.
    Edge,
    /// Boxed, in a frame on the heap: a generator.
    Generator,
}

/// What `return`, `break` and `continue` must do on their way out.
enum Cleanup<'t> {
    /// Run the body of a `finally`.
    Finally(&'t [ast::Stmt], Option<BlockId>),
    /// Forget the exception that was being handled.
    EndHandling(Option<BlockId>),
    /// Unbind the name of a clause.
    Forget(&'t ast::Handler, Option<BlockId>),
    /// Call this `__exit__`.
    Exit(VReg, Option<BlockId>, Span),
    /// A loop that `break` and `continue` belong to.
    Loop,
}

/// Ways that lead to one place, each with its variables.
#[derive(Default)]
pub struct Edges(Vec<(BlockId, Vec<VarState>)>);

/// The lowering of one function.
pub struct Lower<'c, 't> {
    pub(crate) comp: &'c mut Compiler,
    pub(crate) code: Arc<Code>,
    code_id: CodeId,
    mode: Mode,
    func: Func,
    current: BlockId,
    /// Nothing comes to the current block.
    dead: bool,
    handler: Option<BlockId>,
    env: Vec<VarState>,
    vars: Vec<env::VarInfo>,
    scopes: Vec<FxHashMap<Name, VarId>>,
    var_regs: FxHashMap<(VarId, Ty), Vec<VReg>>,
    /// Which of the scopes are class bodies, innermost last.
    class_scopes: Vec<usize>,
    /// The body of a class that may be an enum, whose names are bound now.
    enum_body: Option<enum_body::EnumBody>,
    scope_vars: FxHashMap<(NodeId, Name), VarId>,
    free_temps: Vec<VReg>,
    live_temps: Vec<VReg>,
    lone_temps: rustc_hash::FxHashSet<VReg>,
    /// Addresses of values that stay what they are for as long as the function runs.
    steady: rustc_hash::FxHashSet<VReg>,
    /// The types of loops' heads as found so far, which spares rounds.
    heads: FxHashMap<(u32, u32), Vec<VarState>>,
    /// Does the loop that is being lowered run over something whose order must not show; set where its sink allows that.
    hidden: Option<VReg>,
    /// The same of the loop that was lowered last.
    was_hidden: Option<VReg>,
    /// How expressions of the edge are done.
    facts: FxHashMap<NodeId, edge::Facts>,
    /// How the body of a range that was lowered last gives its elements away.
    written: region::Written,
    /// Expressions that are no constants.
    unfoldable: rustc_hash::FxHashSet<NodeId>,
    /// Comprehensions that stand for what uses up an iterator.
    made: &'t made::Made,
    /// What those run over.
    over: FxHashMap<NodeId, &'t ast::Expr>,
    /// What variables in cells were last bound to, as variables.
    shadows: FxHashMap<VarId, VarId>,
    /// What is made to be run over may be run over while names are bound anew.
    is_lazy: bool,
    /// A function is being made that is called before any name is bound anew.
    on_spot: bool,
    /// The types of comprehensions' elements as found so far.
    probed: FxHashMap<NodeId, Ty>,
    /// An element was of another type than the room that it was to be written to is for.
    misfits: bool,
    /// What expressions may be to compute, as found so far.
    weights: FxHashMap<NodeId, crate::weight::Weight>,
    /// The body of an expression that waits for its turn is being lowered.
    in_fork: bool,
    /// An expression of the statement that is being lowered whose record is in the frame already.
    later: Option<(NodeId, fork::Fork)>,
    cleanups: Vec<Cleanup<'t>>,
    loops: Vec<loops::LoopFrame>,
    /// How many loops that are split are around.
    n_split_loops: u32,
    /// Loops that have turned out not to be splittable, by their targets.
    whole_loops: rustc_hash::FxHashSet<NodeId>,
    ret_assumed: Ty,
    ret: Ty,
    /// May ints be taken for words of 64 bits: none has turned out to be no such word.
    words: bool,
    span: Span,
    /// The sites at which ints may not fit, found in this function.
    pub(crate) sites: Vec<u32>,
    /// The result slot of a generator or boxed function, the address of the result of a typed one.
    reads_copy: bool,
    /// What is emitted now adds no frame to tracebacks.
    untraced: bool,
    /// The comprehensions and bodies of classes around what is emitted now, outermost first.
    inlined: Vec<Inlined>,
    /// How many expressions so far have a value of any type, where somebody asks for that.
    n_any: usize,
    origins: Vec<Origin>,
    notes: decisions::Notes,
    /// Variables that are of different types, or not bound, on two ways that meet.
    joined: FxHashMap<VarId, (Option<Ty>, Option<Ty>)>,
}

/// A comprehension, or the body of a class, whose code is written out in that of the function around it: in a traceback it has
/// a frame of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Inlined {
    /// The name of its frame.
    pub func: Name,
    /// The place of the frame around it; none where whoever runs the code adds that.
    pub outer: Option<Span>,
}

/// What a lowering gives.
pub struct Lowered {
    /// The function.
    pub func: Func,
    /// The type of its result.
    pub ret: Ty,
    /// The widening sites in it, in order.
    pub sites: Vec<u32>,
    /// Where values of any type come from, if somebody asks for that.
    pub origins: Vec<Origin>,
    /// What is split and what is not, if somebody asks for that.
    pub decisions: Vec<Decision>,
}

/// Lowers a code body for parameter and capture types. `ret` is the result type assumed for recursive calls.
pub fn lower(
    comp: &mut Compiler,
    code_id: CodeId,
    params: &[Ty],
    captures: &[Ty],
    ret: &Ty,
    mode: Mode,
) -> Lowered {
    let code = comp.code(code_id);
    let body = code.body.clone();
    let made = made::Made::default();
    let mut lower = Lower::new(comp, code, code_id, mode, ret.clone(), &made);
    lower.prologue(params, captures);
    match &body {
        Body::Function(f) => lower.function_body(f),
        Body::Expr { owner, node, span } => {
            if let Some(expr) = owner.find(*node, *span) {
                lower.span = expr.span;
                lower.mark_place();
                let value = lower.eval_inner(expr);
                lower.return_value(value);
            }
        }
        Body::GenExpr { owner, node, span } => {
            if let Some(ast::Expr { kind: ast::ExprKind::Comprehension(c), .. }) = owner.find(*node, *span) {
                lower.generator_expression(c);
            }
        }
        Body::Unit { owner, stmt, names } => {
            if let Some(stmt) = owner.stmts().get(*stmt) {
                lower.reads_copy = has_walrus(std::slice::from_ref(stmt));
                lower.unit_body(stmt, names);
            }
        }
        Body::Edge { owner, stmt, as_unit } => lower.edge_body(owner, *stmt, *as_unit),
    }
    lower.finish()
}

/// Lowers a statement of the edge as a piece of pure code, for what it finds on the way; nothing of it is ever run. `known` are the
/// names whose types are known so far; the answer has those behind it, or none where nothing comes behind it.
pub fn survey_statement(
    comp: &mut Compiler,
    code_id: CodeId,
    stmt: &ast::Stmt,
    known: &[(Name, Ty)],
) -> Option<Vec<(Name, Ty)>> {
    let code = comp.code(code_id);
    let stmts = match &stmt.kind {
        ast::StmtKind::Block(block) => block.body.as_slice(),
        _ => std::slice::from_ref(stmt),
    };
    let made = made::Made::default();
    let mut lower = Lower::new(comp, code, code_id, Mode::Unit, Ty::Any, &made);
    lower.reads_copy = has_walrus(stmts);
    for (name, ty) in known {
        let var = lower.declare(name, false);
        lower.bind_param(var, ty);
    }
    let mut bound = Vec::new();
    crate::tree::assigned(stmts, &mut bound);
    for name in bound.iter().filter(|n| !known.iter().any(|(k, _)| k == *n)) {
        let earlier = lower.code.globals.find(name).map(|found| {
            let id = lower.comp.constant(found.value);
            lower.value_of_const(id)
        });
        let var = lower.declare(name, false);
        if let Some(value) = earlier {
            lower.write_var(var, value);
        }
    }
    lower.note_apart(stmt);
    lower.stmts(stmts);
    let decisions = std::mem::take(&mut lower.notes).finish();
    lower.comp.edge_decisions.extend(decisions);
    if lower.dead {
        return None;
    }
    let guess = crate::survey::guess(stmt);
    let states = lower.vars.iter().zip(&lower.env).filter(|(_, state)| state.bound != Bound::No);
    let mut now: Vec<(Name, Ty)> = states.map(|(var, state)| (var.name.clone(), state.ty.clone())).collect();
    now.retain(|(name, _)| known.iter().any(|(k, _)| k == name) || bound.contains(name));
    for (name, ty) in &mut now {
        if let (Ty::Any, Some((guessed, its))) = (&*ty, &guess)
            && guessed == name
        {
            *ty = its.clone();
        }
    }
    Some(now)
}

impl<'c, 't> Lower<'c, 't> {
    fn new(
        comp: &'c mut Compiler,
        code: Arc<Code>,
        code_id: CodeId,
        mode: Mode,
        ret_assumed: Ty,
        made: &'t made::Made,
    ) -> Self {
        let mut func = Func::new(format!("{}", code.info.qualname));
        if mode == Mode::Generator {
            func.kind = FuncKind::Generator;
        }
        let mut lower = Self {
            comp,
            code,
            code_id,
            mode,
            func,
            current: BlockId(0),
            dead: false,
            handler: None,
            env: Vec::new(),
            vars: Vec::new(),
            scopes: vec![FxHashMap::default()],
            var_regs: FxHashMap::default(),
            class_scopes: Vec::new(),
            enum_body: None,
            scope_vars: FxHashMap::default(),
            facts: FxHashMap::default(),
            written: region::Written::default(),
            unfoldable: rustc_hash::FxHashSet::default(),
            hidden: None,
            was_hidden: None,
            made,
            over: FxHashMap::default(),
            shadows: FxHashMap::default(),
            is_lazy: false,
            on_spot: false,
            probed: FxHashMap::default(),
            misfits: false,
            weights: FxHashMap::default(),
            in_fork: false,
            later: None,
            free_temps: Vec::new(),
            live_temps: Vec::new(),
            lone_temps: rustc_hash::FxHashSet::default(),
            steady: rustc_hash::FxHashSet::default(),
            heads: FxHashMap::default(),
            cleanups: Vec::new(),
            loops: Vec::new(),
            n_split_loops: 0,
            whole_loops: rustc_hash::FxHashSet::default(),
            ret_assumed,
            ret: Ty::Never,
            words: false,
            span: Span::default(),
            sites: Vec::new(),
            reads_copy: false,
            untraced: false,
            inlined: Vec::new(),
            n_any: 0,
            origins: Vec::new(),
            notes: decisions::Notes::default(),
            joined: FxHashMap::default(),
        };
        let site = lower.word_site();
        lower.words = !lower.comp.is_wide(site);
        lower.current = lower.new_block();
        lower
    }

    fn boxed(&self) -> bool {
        self.mode != Mode::Unit
    }

    /// Makes the parameters and captures into variables.
    fn prologue(&mut self, params: &[Ty], captures: &[Ty]) {
        let code = self.code.clone();
        if self.mode == Mode::Generator {
            // Slot 0 is the state; parameters and captures are put into the slots behind it by whoever makes the frame.
            self.func.reg(Reg::Slot);
        }
        for (i, ty) in params.iter().enumerate() {
            let name = code.param_names[i].clone();
            let var = self.declare(&name, code.is_cell(&name));
            self.bind_param(var, ty);
        }
        for (capture, ty) in code.captures.iter().zip(captures) {
            let var = self.declare(&capture.name, false);
            self.vars[var.0 as usize].is_capture = true;
            self.bind_param(var, ty);
            // What is called before anything is bound anew has the value itself.
            self.vars[var.0 as usize].is_cell = capture.is_cell && *ty == Ty::Cell;
            // A generator expression may be made before what it reads is bound: reading it raises, if it comes to that.
            if matches!(code.body, Body::GenExpr { .. }) && !capture.is_cell && &*capture.name != ".0" {
                self.env[var.0 as usize].bound = env::Bound::Maybe;
            }
        }
        for local in code.locals.iter().filter(|l| !code.param_names.contains(&l.name)) {
            self.declare(&local.name, local.is_cell);
        }
        for var in 0..self.vars.len() {
            if self.vars[var].is_cell && !self.vars[var].is_capture {
                self.make_cell(VarId(u32::try_from(var).unwrap_or(u32::MAX)));
            }
        }
    }

    fn bind_param(&mut self, var: VarId, ty: &Ty) {
        if self.mode == Mode::Generator {
            let regs = self.regs_of(var, &Ty::Any);
            debug_assert_eq!(regs.len(), 1);
            self.env[var.0 as usize] = VarState { bound: Bound::Yes, ty: Ty::Any, loc: Loc::Own };
            return;
        }
        if *ty == Ty::Never {
            // A name that was not bound where the code begins.
            self.env[var.0 as usize] = VarState::unbound();
            return;
        }
        if ty.is_slot() {
            let address = self.func.reg(Reg::Int);
            self.func.params.push(address);
            self.steady.insert(address);
            self.env[var.0 as usize] =
                VarState { bound: Bound::Yes, ty: ty.clone(), loc: Loc::Borrowed(address) };
            return;
        }
        let regs = self.regs_of(var, ty);
        for reg in regs {
            if self.func.kind_of(reg) == Reg::Slot {
                let address = self.func.reg(Reg::Int);
                self.func.params.push(address);
                self.emit(Inst::Clone(reg, Operand::Reg(address)));
            } else {
                let param = self.func.reg(self.func.kind_of(reg));
                self.func.params.push(param);
                self.emit(Inst::Copy(reg, param));
            }
        }
        self.env[var.0 as usize] = VarState { bound: Bound::Yes, ty: ty.clone(), loc: Loc::Own };
    }

    fn function_body(&mut self, f: &'t ast::Function) {
        self.reads_copy = has_walrus(&f.body);
        self.stmts(&f.body);
        if !self.dead {
            self.return_value(Val::none());
        }
    }

    fn finish(mut self) -> Lowered {
        self.func.results = match self.mode {
            Mode::Unit => self.ret_assumed.regs(),
            Mode::Edge => Vec::new(),
            Mode::Generator => vec![],
        };
        self.sites.sort_unstable();
        self.sites.dedup();
        Lowered {
            func: self.func,
            ret: self.ret,
            sites: self.sites,
            origins: self.origins,
            decisions: self.notes.finish(),
        }
    }

    // Blocks and instructions.

    fn new_block(&mut self) -> BlockId {
        self.func.blocks.push(crate::ir::Block {
            insts: Vec::new(),
            term: Term::Open,
            handler: self.handler,
            is_cold: false,
        });
        BlockId(u32::try_from(self.func.blocks.len() - 1).unwrap_or(u32::MAX))
    }

    fn emit(&mut self, inst: Inst) {
        self.func.blocks[self.current.0 as usize].insts.push(inst);
    }

    /// Ends the current block; what is emitted next is dead until a block is entered.
    fn end(&mut self, term: Term) {
        let block = &mut self.func.blocks[self.current.0 as usize];
        if block.term == Term::Open {
            block.term = term;
        }
        self.current = self.new_block();
        self.dead = true;
    }

    /// Ends a block with a jump, wherever lowering is.
    fn seal(&mut self, block: BlockId, term: Term) {
        let block = &mut self.func.blocks[block.0 as usize];
        if block.term == Term::Open {
            block.term = term;
        }
    }

    fn enter(&mut self, block: BlockId) {
        self.current = block;
        self.dead = false;
    }

    fn jump_to(&mut self, block: BlockId) {
        if self.dead {
            return;
        }
        self.end(Term::Jump(block));
    }

    fn branch(&mut self, cond: VReg, then: BlockId, orelse: BlockId) {
        self.end(Term::Branch { cond, then, orelse });
    }

    fn int(&mut self, n: i64) -> VReg {
        let reg = self.func.reg(Reg::Int);
        self.emit(Inst::Int(reg, n));
        reg
    }

    fn place(&mut self) -> Place {
        if self.untraced {
            return NO_PLACE;
        }
        let code = self.code.clone();
        self.comp.place(&code, self.span, &self.inlined)
    }

    /// From here on the function is at the place of the current span, where a profile asks for that.
    fn mark_place(&mut self) {
        if crate::codegen::keeps_frames() {
            let place = self.place();
            if place != NO_PLACE {
                self.emit(Inst::Mark { mark: crate::ir::marks::at(place) });
            }
        }
    }

    /// A call of the runtime that gives a value into a new temporary slot.
    fn rt_value(&mut self, rt: Rt, args: Vec<Operand>) -> Val {
        let out = self.temp();
        let loc = self.place();
        self.emit(Inst::Rt { rt, args, out: Some(out), loc });
        Val::temp(out)
    }

    /// A call of the runtime that gives an integer.
    fn rt_int(&mut self, rt: Rt, args: Vec<Operand>) -> VReg {
        let out = self.func.reg(Reg::Int);
        let loc = self.place();
        self.emit(Inst::Rt { rt, args, out: Some(out), loc });
        out
    }

    /// A call of the runtime that gives a float.
    fn rt_float(&mut self, rt: Rt, args: Vec<Operand>) -> VReg {
        let out = self.func.reg(Reg::Float);
        let loc = self.place();
        self.emit(Inst::Rt { rt, args, out: Some(out), loc });
        out
    }

    /// A call of the runtime that gives a boolean.
    fn rt_bool(&mut self, rt: Rt, args: Vec<Operand>) -> VReg {
        let out = self.rt_int(rt, args);
        let flag = self.func.reg(Reg::Bool);
        self.emit(Inst::IntToBool(flag, out));
        flag
    }

    /// A call of the runtime that gives nothing.
    fn rt(&mut self, rt: Rt, args: Vec<Operand>) {
        let loc = self.place();
        self.emit(Inst::Rt { rt, args, out: None, loc });
    }

    // Temporaries: slots that live until the end of the statement.

    fn temp(&mut self) -> VReg {
        let slot = self.free_temps.pop().unwrap_or_else(|| self.func.reg(Reg::Slot));
        self.live_temps.push(slot);
        slot
    }

    /// A temporary whose slot serves for nothing else.
    fn lone_temp(&mut self) -> VReg {
        let slot = self.func.reg(Reg::Slot);
        self.live_temps.push(slot);
        self.lone_temps.insert(slot);
        slot
    }

    /// `n` consecutive slots, never shared with other temporaries.
    fn temp_run(&mut self, n: usize) -> Vec<VReg> {
        (0..n.max(1)).map(|_| self.func.reg(Reg::Slot)).collect()
    }

    fn mark(&self) -> usize {
        self.live_temps.len()
    }

    /// Empties and frees the temporaries made since the mark.
    fn release(&mut self, mark: usize) {
        while self.live_temps.len() > mark {
            if let Some(slot) = self.live_temps.pop() {
                if !self.dead {
                    self.emit(Inst::Clear(slot));
                }
                self.free(slot);
            }
        }
    }

    /// The slot of a temporary that is not needed any more serves for the next one.
    fn free(&mut self, slot: VReg) {
        if !self.lone_temps.contains(&slot) {
            self.free_temps.push(slot);
        }
    }

    fn site(&mut self, node: NodeId) -> u32 {
        let site = self.comp.site(self.code_id, node);
        self.sites.push(site);
        site
    }

    fn with_span<T>(&mut self, span: Span, run: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.span, span);
        let result = run(self);
        self.span = before;
        result
    }
}

/// Is there an assignment expression in these statements (not within functions in them).
fn has_walrus(stmts: &[ast::Stmt]) -> bool {
    crate::tree::any_expr(stmts, &crate::tree::is_walrus)
}

/// The code that takes boxed arguments from consecutive values, calls a specialisation, and boxes its result.
pub fn thunk(comp: &mut Compiler, spec: crate::ir::SpecId) -> Func {
    let (params, captures) = comp.spec_types(spec);
    let ret = comp.spec_ret(spec);
    let code_id = comp.spec_code(spec);
    let code = comp.code(code_id);
    let made = made::Made::default();
    let mut lower = Lower::new(comp, code, code_id, Mode::Unit, Ty::Any, &made);
    lower.untraced = true;
    let args = lower.func.reg(Reg::Int);
    lower.func.params.push(args);
    let mut operands = Vec::new();
    for (i, ty) in params.iter().chain(&captures).enumerate() {
        let address = lower.func.reg(Reg::Int);
        let offset = i64::try_from(i * 16).unwrap_or(0);
        lower.emit(Inst::IntOp { op: crate::ir::IntOp::Add, dst: address, a: args, b: Operand::Imm(offset) });
        let value = lower.unbox(Operand::Reg(address), ty);
        operands.extend(value.parts.iter().map(|p| Lower::part_operand(*p)));
    }
    let result = lower.emit_call(spec, operands, &ret);
    if !lower.dead {
        let slot = lower.func.reg(Reg::Slot);
        lower.box_into(slot, &result);
        lower.end(Term::Return(vec![slot]));
    }
    lower.func.results = vec![Reg::Slot];
    lower.func
}

pub use edge::BLOCK_VALUE;

/// Is a statement of the edge run as a unit.
pub fn runs_as_unit(stmt: &ast::Stmt) -> bool {
    edge::runs_as_unit(stmt)
}

/// Do these statements act on the world, or define something.
pub fn has_effect(stmts: &[ast::Stmt]) -> bool {
    edge::has_effect(stmts)
}
