//! Stepping: the IR carried out as it stands, for code that runs once or is too long to be worth machine code.
//!
//! It is the same IR over the same frames and the same table of functions as the machine code made from it, so what is
//! stepped and what is compiled can call each other, and give the same answers. Straight code of the edge is done before
//! Cranelift would have looked at it; and a function of a hundred thousand lines costs no more than its length.

mod calls;
mod insts;

pub(crate) use calls::enter;

use super::frames::keeps_frames;
use crate::compiler::Compiler;
use crate::ir::{BlockId, Func, FuncKind, Inst, Operand, SpecId, Term, VReg};
use crate::types::{ConstId, Reg};
use afar_runtime::Value;
use afar_runtime::abi::{self, Ctx, Rt};
use afar_runtime::pool::sample;
use rustc_hash::FxHashMap;
use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

/// From how many instructions on a function is stepped, always.
const LONG: usize = 40_000;
/// How often code without loops is stepped before it is worth machine code.
const COLD_RUNS: u32 = 2;

/// How many instructions a function has, the ends of its blocks counted.
pub(crate) fn size(func: &Func) -> usize {
    func.blocks.iter().map(|b| b.insts.len() + 1).sum()
}

/// Is a function too long for machine code.
pub(crate) fn is_long(func: &Func) -> bool {
    size(func) > LONG
}

/// Can a block come before one that was carried out already; where in doubt, yes.
pub(crate) fn has_loop(func: &Func) -> bool {
    func.blocks.iter().enumerate().any(|(at, block)| match &block.term {
        Term::Jump(to) => to.0 as usize <= at,
        Term::Branch { then, orelse, .. } => then.0 as usize <= at || orelse.0 as usize <= at,
        _ => false,
    })
}

/// A function that is called directly.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// Machine code that takes its arguments from memory, by its address.
    Code(usize),
    /// One that is stepped too.
    Steps(Arc<Steps>),
}

/// A function that can be stepped.
#[derive(Debug)]
pub struct Steps {
    func: Arc<Func>,
    /// Of each register that is a slot: which.
    slot_at: Vec<u32>,
    n_slots: usize,
    consts: FxHashMap<ConstId, usize>,
    /// What it calls, once it was asked for.
    targets: FxHashMap<SpecId, OnceLock<Target>>,
    /// The addresses of range bodies.
    bodies: FxHashMap<SpecId, OnceLock<usize>>,
    resumes: Vec<BlockId>,
    takes_depth: bool,
    runs: AtomicU32,
}

impl Steps {
    pub(crate) fn new(comp: &Compiler, func: Arc<Func>) -> Self {
        let mut slot_at = Vec::with_capacity(func.regs.len());
        let mut n_slots = 0;
        for reg in &func.regs {
            slot_at.push(n_slots);
            n_slots += u32::from(*reg == Reg::Slot);
        }
        let mut made = Self {
            slot_at,
            n_slots: n_slots as usize,
            consts: FxHashMap::default(),
            targets: FxHashMap::default(),
            bodies: FxHashMap::default(),
            resumes: func.blocks.iter().filter_map(resume_of).collect(),
            takes_depth: super::body::calls_out(&func) && !func.is_inner,
            runs: AtomicU32::new(0),
            func: func.clone(),
        };
        for inst in func.blocks.iter().flat_map(|b| &b.insts) {
            made.note(comp, inst);
        }
        made
    }

    fn note(&mut self, comp: &Compiler, inst: &Inst) {
        let operands: &[Operand] = match inst {
            Inst::Call { spec, args, .. } => {
                self.targets.entry(*spec).or_default();
                args
            }
            Inst::SpecAddress { spec, .. } => {
                self.bodies.entry(*spec).or_default();
                &[]
            }
            Inst::Rt { args, .. } => args,
            Inst::IntOp { b, .. } | Inst::IntCmp { b, .. } => std::slice::from_ref(b),
            Inst::Clone(_, o) | Inst::Unbox(_, o) | Inst::Address(_, o) => std::slice::from_ref(o),
            Inst::HasTag { value, .. } => std::slice::from_ref(value),
            _ => &[],
        };
        for operand in operands {
            if let Operand::Const(id) = operand {
                let address = std::ptr::from_ref::<Value>(comp.const_value(*id)).expose_provenance();
                self.consts.insert(*id, address);
            }
        }
    }

    /// What it calls by this name is to be stepped too.
    pub(crate) fn calls_steps(&self, spec: SpecId, steps: Arc<Self>) {
        if let Some(target) = self.targets.get(&spec) {
            // Nobody else knows of it yet.
            let _ = target.set(Target::Steps(steps));
        }
    }

    /// Counts a run: is it still one of the first, or too long for anything else.
    pub(crate) fn is_cold(&self) -> bool {
        self.runs.fetch_add(1, Ordering::Relaxed) < COLD_RUNS
    }

    /// Runs it: the addresses for boxed results, then the parameters, as machine words; unboxed results into `results`.
    pub(crate) fn run(&self, ctx: &Ctx, args: &[u64], results: &mut [u64]) -> i64 {
        let mut slots: Vec<Value> = Vec::new();
        let base = if self.func.kind == FuncKind::Generator {
            std::ptr::with_exposed_provenance_mut(word_to_usize(args[0]))
        } else {
            slots.resize_with(self.n_slots, || Value::Unbound);
            slots.as_mut_ptr()
        };
        let depth = ctx.depth_left.get();
        let outer = ctx.frame.get();
        let listed = sample::Frame { outer: Cell::new(outer), mark: Cell::new(0) };
        if keeps_frames() {
            ctx.frame.set(&raw const listed);
        }
        let mut frame = Frame {
            listed: &listed,
            steps: self,
            ctx,
            regs: vec![0; self.func.regs.len()],
            slots: base,
            memory: Vec::new(),
            outs: args,
            results,
        };
        let status = frame.start(args, depth);
        ctx.frame.set(outer);
        ctx.depth_left.set(depth);
        status
    }
}

fn resume_of(block: &crate::ir::Block) -> Option<BlockId> {
    if let Term::Yield { resume, .. } = block.term { Some(resume) } else { None }
}

fn word_to_usize(word: u64) -> usize {
    usize::try_from(word).unwrap_or(0)
}

/// Why an instruction was not carried out.
enum Stop {
    /// A fault is in the context.
    Fault(crate::ir::Loc),
    /// An int did not fit.
    Widen(u32),
}

/// A call of a function that is stepped.
struct Frame<'s> {
    steps: &'s Steps,
    ctx: &'s Ctx,
    /// What a profile finds it by.
    listed: &'s sample::Frame,
    /// Numbers, floats by their bits, booleans as 0 and 1.
    regs: Vec<u64>,
    slots: *mut Value,
    /// Memory that the function asked for, in units of 16 bytes.
    memory: Vec<Box<[u128]>>,
    /// The addresses for boxed results come first.
    outs: &'s [u64],
    results: &'s mut [u64],
}

impl Frame<'_> {
    fn start(&mut self, args: &[u64], depth: i64) -> i64 {
        let steps = self.steps;
        let func = &*steps.func;
        if func.kind == FuncKind::Generator {
            return self.go(self.resume_block());
        }
        let n_outs = func.results.iter().filter(|r| **r == Reg::Slot).count();
        for (param, word) in func.params.iter().zip(&args[n_outs..]) {
            self.regs[param.0 as usize] = *word;
        }
        if steps.takes_depth {
            self.ctx.depth_left.set(depth - 1);
            if depth < 1 {
                self.rt(Rt::raise_recursion, &[], None);
                return abi::FAULT;
            }
        }
        self.go(BlockId(0))
    }

    /// Carries out blocks from this one on.
    fn go(&mut self, mut at: BlockId) -> i64 {
        let steps = self.steps;
        loop {
            let block = &steps.func.blocks[at.0 as usize];
            super::count::step(self.ctx, block);
            match block.insts.iter().try_for_each(|inst| self.inst(inst)) {
                Ok(()) => {}
                Err(Stop::Fault(loc)) => match self.unwind(loc, block.handler) {
                    Some(handler) => {
                        at = handler;
                        continue;
                    }
                    None => return abi::FAULT,
                },
                Err(Stop::Widen(site)) => return self.widen(site),
            }
            match &block.term {
                Term::Jump(to) => at = *to,
                Term::Branch { cond, then, orelse } => {
                    at = if self.regs[cond.0 as usize] == 0 { *orelse } else { *then };
                }
                Term::Return(values) => return self.leave_with(values),
                Term::Fail { loc, trace } => {
                    let next = if *trace { self.unwind(*loc, block.handler) } else { block.handler };
                    match next {
                        Some(handler) => at = handler,
                        None => return abi::FAULT,
                    }
                }
                Term::Widen { site } => return self.widen(*site),
                Term::Yield { value, resume } => return self.give(*value, *resume),
                Term::Open | Term::Unreachable => unreachable!("no way leads to a block without an end"),
            }
        }
    }

    /// A fault passes here on its way out; where it goes on.
    fn unwind(&mut self, loc: crate::ir::Loc, handler: Option<BlockId>) -> Option<BlockId> {
        self.ctx.place.set(i64::from(loc));
        self.rt(Rt::unwind, &[], None);
        handler
    }

    fn widen(&mut self, site: u32) -> i64 {
        self.rt(Rt::widen, &[u64::from(site)], None);
        abi::FAULT
    }

    fn leave_with(&mut self, values: &[VReg]) -> i64 {
        let steps = self.steps;
        if steps.func.kind == FuncKind::Plain {
            let (mut n_outs, mut n_results) = (0, 0);
            for (reg, kind) in values.iter().zip(&steps.func.results) {
                if *kind == Reg::Slot {
                    self.move_out(*reg, self.outs[n_outs]);
                    n_outs += 1;
                } else {
                    self.results[n_results] = self.regs[reg.0 as usize];
                    n_results += 1;
                }
            }
        }
        abi::OK
    }

    /// A generator gives a value, and goes on at the block when it is resumed.
    fn give(&mut self, value: VReg, resume: BlockId) -> i64 {
        let number = self.steps.resumes.iter().position(|r| *r == resume).map_or(0, |i| i + 1);
        self.set_state(i64::try_from(number).unwrap_or(0));
        self.move_out(value, self.outs[1]);
        super::run::YIELDED
    }

    fn resume_block(&self) -> BlockId {
        match usize::try_from(self.state()) {
            Ok(n) if n > 0 => self.steps.resumes.get(n - 1).copied().unwrap_or(BlockId(0)),
            _ => BlockId(0),
        }
    }
}
