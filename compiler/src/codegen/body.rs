//! The body of one function: blocks, instructions, ways out.

mod ints;
mod slots;

use super::count::Counters;
use super::frames::Listed;
use super::machine_type;
use crate::compiler::Compiler;
use crate::ir::{
    BlockId, Cmp, FloatFn, FloatOp, FloatUnary, Func, FuncKind, Inst, Lasts, Operand, Quotient, SpecId, Term,
    VReg,
};
use crate::types::Reg;
use afar_runtime::Value as Boxed;
use afar_runtime::abi::{self, Ctx, Kind, Out, Rt};
use cranelift_codegen::ir::condcodes::{CondCode, FloatCC, IntCC};
use cranelift_codegen::ir::{
    self, AbiParam, Block, BlockArg, InstBuilder, MemFlagsData as MemFlags, Signature, StackSlot,
    StackSlotData, StackSlotKind, Value, types,
};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Variable};
use cranelift_jit::JITModule;
use cranelift_module::{FuncId, Module};
use rustc_hash::FxHashMap;

/// Bytes of a boxed value.
const VALUE_BYTES: u32 = 16;

/// So many slots are emptied one by one where nothing need be dropped.
const MAX_STORED: u32 = 8;

/// Where a register is kept.
#[derive(Clone, Copy, Debug)]
enum Home {
    /// In the frame.
    Slot,
    /// In a variable, which has a value in each block.
    Var(Variable),
    /// In one block alone, where it has this value by now.
    Local(Value),
}

pub(super) struct Emit<'a, 'b> {
    pub(super) b: FunctionBuilder<'b>,
    pub(super) module: &'a mut JITModule,
    pub(super) funcs: &'a FxHashMap<SpecId, FuncId>,
    quiet: super::quiet::Quiet,
    comp: &'a Compiler,
    pub(super) ir: &'a Func,
    blocks: Vec<Block>,
    homes: Vec<Home>,
    /// The place of each slot in the frame, in bytes.
    slot_at: Vec<i32>,
    n_slots: usize,
    frame: Option<StackSlot>,
    scratch: Option<StackSlot>,
    /// The records of expressions that wait.
    pub(super) forks: Option<StackSlot>,
    /// The function may call itself, by whatever way.
    pub(super) is_recursive: bool,
    /// Where the slots of a generator are.
    heap_frame: Option<Value>,
    pub(super) ctx: Value,
    /// Where boxed results go.
    outs: Vec<Value>,
    /// Where results go that are neither boxed nor in registers.
    pub(super) more_results: Option<Value>,
    /// Where such results of calls go.
    pub(super) result_room: Option<StackSlot>,
    pub(super) depth: Option<Value>,
    pub(super) consts: FxHashMap<VReg, i64>,
    /// The block that leaves with a fault, by handler.
    unwind: FxHashMap<Option<BlockId>, Block>,
    leave: Option<Block>,
    widen: Option<Block>,
    current: BlockId,
    counters: Option<Counters>,
    /// The frame that a profile finds it by.
    listed: Option<Listed>,
    /// The slots that never hold anything that is counted.
    plain: Vec<bool>,
    holdings: crate::passes::Holdings,
    /// What slots can hold at this place.
    slots: crate::passes::Slots,
    loops: crate::passes::Loops,
    /// Is the function so long that the time to compile it counts.
    is_long: bool,
}

/// What a call counts for in depth: more where its frame is large, so that as deep as calls may nest, the stack suffices.
fn depth_of(n_slots: usize) -> i64 {
    /// How much of the stack is there for each level.
    const LEVEL_BYTES: usize = 8 << 10;
    i64::try_from(1 + n_slots * VALUE_BYTES as usize / LEVEL_BYTES).unwrap_or(i64::MAX)
}

/// The machine code that a function may call.
pub(super) struct Callees<'a> {
    pub(super) funcs: &'a FxHashMap<SpecId, FuncId>,
    pub(super) quiet: super::quiet::Quiet,
}

/// Emits the body of a function into a Cranelift function whose signature is set.
pub(super) fn emit(
    func: &mut ir::Function,
    context: &mut FunctionBuilderContext,
    module: &mut JITModule,
    callees: Callees<'_>,
    comp: &Compiler,
    ir: &Func,
    is_recursive: bool,
) -> Result<(), String> {
    let mut b = FunctionBuilder::new(func, context);
    let blocks: Vec<Block> = ir.blocks.iter().map(|_| b.create_block()).collect();
    let entry = b.create_block();
    b.append_block_params_for_function_params(entry);
    b.switch_to_block(entry);
    let params: Vec<Value> = b.block_params(entry).to_vec();
    let mut slot_at = Vec::new();
    let mut n_slots = 0usize;
    let mut homes = Vec::new();
    let used = crate::passes::used_slots(ir);
    for ((reg, is_local), is_used) in ir.regs.iter().zip(crate::ir::regs::local(ir)).zip(used) {
        if *reg == Reg::Slot && !is_used {
            slot_at.push(0);
            homes.push(Home::Slot);
        } else if *reg == Reg::Slot {
            slot_at
                .push(i32::try_from(n_slots * VALUE_BYTES as usize).map_err(|_| "the frame is too large")?);
            n_slots += 1;
            homes.push(Home::Slot);
        } else {
            slot_at.push(0);
            // Variables have room for a value in each block of the function: what one block alone knows is none.
            let local = Home::Local(params[0]);
            homes.push(if is_local { local } else { Home::Var(b.declare_var(machine_type(*reg))) });
        }
    }
    let holdings = crate::passes::Holdings::of(ir);
    let mut emit = Emit {
        b,
        module,
        funcs: callees.funcs,
        quiet: callees.quiet,
        comp,
        ir,
        blocks,
        homes,
        slot_at,
        n_slots,
        frame: None,
        scratch: None,
        forks: None,
        is_recursive,
        heap_frame: None,
        ctx: params[0],
        outs: Vec::new(),
        more_results: None,
        result_room: None,
        depth: None,
        consts: constants(ir),
        unwind: FxHashMap::default(),
        leave: None,
        widen: None,
        current: BlockId(0),
        counters: None,
        listed: None,
        plain: crate::passes::plain_slots(ir),
        slots: holdings.at(0),
        holdings,
        loops: crate::passes::Loops::of(ir),
        is_long: super::step::size(ir) > super::PLAIN,
    };
    emit.counters = Counters::new(&mut emit.b);
    emit.prologue(&params);
    let mut left = predecessors(ir);
    for (i, block) in ir.blocks.iter().enumerate() {
        emit.b.switch_to_block(emit.blocks[i]);
        if left[i] == 0 {
            emit.b.seal_block(emit.blocks[i]);
        }
        if block.is_cold {
            emit.b.set_cold_block(emit.blocks[i]);
        }
        emit.current = BlockId(u32::try_from(i).unwrap_or(u32::MAX));
        if let Some(counters) = &emit.counters {
            counters.enter(&mut emit.b, block);
        }
        emit.slots = emit.holdings.at(i);
        for inst in &block.insts {
            emit.inst(inst);
            emit.holdings.step(&mut emit.slots, ir, inst);
        }
        emit.term(&block.term);
        for next in successors(&block.term).into_iter().flatten() {
            let next = next.0 as usize;
            left[next] = left[next].saturating_sub(1);
            // A block that was emitted before, and that nothing else leads to.
            if left[next] == 0 && next <= i {
                emit.b.seal_block(emit.blocks[next]);
            }
        }
    }
    emit.cold_blocks();
    emit.b.seal_all_blocks();
    let config = emit.module.target_config();
    emit.b.finalize(config);
    Ok(())
}

fn successors(term: &Term) -> [Option<BlockId>; 2] {
    match term {
        Term::Jump(next) => [Some(*next), None],
        Term::Branch { then, orelse, .. } => [Some(*then), Some(*orelse)],
        _ => [None, None],
    }
}

/// How many ways lead to each block; more than there can be to one that faults lead to.
fn predecessors(ir: &Func) -> Vec<usize> {
    let mut all = vec![0; ir.blocks.len()];
    for block in &ir.blocks {
        for next in successors(&block.term).into_iter().flatten() {
            all[next.0 as usize] += 1;
        }
        if let Some(handler) = block.handler {
            all[handler.0 as usize] = usize::MAX / 2;
        }
    }
    all
}

/// Registers that hold one known number throughout.
fn constants(ir: &Func) -> FxHashMap<VReg, i64> {
    let mut defs: FxHashMap<VReg, (u32, Option<i64>)> = FxHashMap::default();
    for inst in ir.blocks.iter().flat_map(|b| &b.insts) {
        let (reg, value) = match inst {
            Inst::Int(r, n) => (*r, Some(*n)),
            Inst::Copy(r, _)
            | Inst::IntOp { dst: r, .. }
            | Inst::Checked { dst: r, .. }
            | Inst::Select { dst: r, .. }
            | Inst::Divide { dst: r, .. }
            | Inst::Unbox(r, _)
            | Inst::BoolToInt(r, _)
            | Inst::Load { dst: r, .. } => (*r, None),
            Inst::Rt { out: Some(r), .. } => (*r, None),
            Inst::Call { outs, .. } => {
                for r in outs {
                    defs.entry(*r).or_insert((0, None)).0 += 2;
                }
                continue;
            }
            _ => continue,
        };
        let entry = defs.entry(reg).or_insert((0, value));
        entry.0 += 1;
    }
    defs.into_iter().filter_map(|(r, (n, v))| if n == 1 { Some((r, v?)) } else { None }).collect()
}

fn int_cc(cmp: Cmp) -> IntCC {
    match cmp {
        Cmp::Eq => IntCC::Equal,
        Cmp::Ne => IntCC::NotEqual,
        Cmp::Lt => IntCC::SignedLessThan,
        Cmp::Le => IntCC::SignedLessThanOrEqual,
        Cmp::Gt => IntCC::SignedGreaterThan,
        Cmp::Ge => IntCC::SignedGreaterThanOrEqual,
    }
}

pub(super) fn float_cc(cmp: Cmp) -> FloatCC {
    match cmp {
        Cmp::Eq => FloatCC::Equal,
        Cmp::Ne => FloatCC::NotEqual,
        Cmp::Lt => FloatCC::LessThan,
        Cmp::Le => FloatCC::LessThanOrEqual,
        Cmp::Gt => FloatCC::GreaterThan,
        Cmp::Ge => FloatCC::GreaterThanOrEqual,
    }
}

pub(super) fn calls_out(ir: &Func) -> bool {
    ir.blocks.iter().flat_map(|b| &b.insts).any(|i| match i {
        Inst::Call { .. } => true,
        Inst::Rt { rt, .. } => matches!(
            rt,
            Rt::call | Rt::call_method | Rt::call_spread | Rt::binary | Rt::get_attr | Rt::call_unit
        ),
        _ => false,
    })
}

impl Emit<'_, '_> {
    pub(super) fn flags() -> MemFlags {
        MemFlags::trusted()
    }

    /// Of what is wider than the places of memory are aligned to.
    fn unaligned() -> MemFlags {
        MemFlags::new().with_notrap()
    }

    fn prologue(&mut self, params: &[Value]) {
        let mut next = 1;
        if self.ir.kind == FuncKind::Generator {
            self.heap_frame = Some(params[1]);
            self.outs = vec![params[2]];
            self.listed = Listed::new(&mut self.b, self.ctx);
            let state = self.b.ins().load(types::I64, Self::flags(), params[1], 8);
            self.dispatch(state);
            return;
        }
        for result in &self.ir.results {
            if *result == Reg::Slot {
                self.outs.push(params[next]);
                next += 1;
            }
        }
        for param in &self.ir.params {
            self.set(*param, params[next]);
            next += 1;
        }
        self.more_results = params.get(next).copied();
        if self.n_slots > 0 {
            let bytes = u32::try_from(self.n_slots).unwrap_or(u32::MAX).saturating_mul(VALUE_BYTES);
            let frame =
                self.b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, bytes, 4));
            self.frame = Some(frame);
            let zero = self.b.ins().iconst(types::I64, 0);
            for i in 0..self.n_slots {
                let at = i32::try_from(i * VALUE_BYTES as usize).unwrap_or(0);
                self.b.ins().stack_store(types::I64, zero, frame, at);
            }
        }
        self.prepare_forks();
        // Behind the records of what waits, so that its address tells that they are in the same frame.
        self.listed = Listed::new(&mut self.b, self.ctx);
        if calls_out(self.ir) && !self.ir.is_inner {
            let at = i32::try_from(Ctx::DEPTH_LEFT).unwrap_or(0);
            let depth = self.b.ins().load(types::I64, Self::flags(), self.ctx, at);
            let less = self.b.ins().iadd_imm_s(depth, -depth_of(self.n_slots));
            self.b.ins().store(Self::flags(), less, self.ctx, at);
            self.depth = Some(depth);
            let too_deep = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, less, 0);
            let (bad, good) = (self.b.create_block(), self.b.create_block());
            self.b.ins().brif(too_deep, bad, &[], good, &[]);
            self.b.set_cold_block(bad);
            self.b.switch_to_block(bad);
            self.rt_call(Rt::raise_recursion, &[], None);
            let leave = self.leave_block();
            self.b.ins().jump(leave, &[]);
            self.b.switch_to_block(good);
        }
        if self.is_recursive && super::forks::polls_at_start(self.ir) {
            self.poll(u32::MAX);
        }
        let first = self.blocks[0];
        self.b.ins().jump(first, &[]);
    }

    /// To where a generator left off.
    fn dispatch(&mut self, state: Value) {
        let mut resumes = vec![self.blocks[0]];
        for block in &self.ir.blocks {
            if let Term::Yield { resume, .. } = block.term {
                resumes.push(self.blocks[resume.0 as usize]);
            }
        }
        let mut n = i64::try_from(resumes.len()).unwrap_or(0) - 1;
        while let Some(target) = resumes.pop() {
            if resumes.is_empty() {
                self.b.ins().jump(target, &[]);
                break;
            }
            let here = self.b.ins().icmp_imm_s(IntCC::Equal, state, n);
            let next = self.b.create_block();
            self.b.ins().brif(here, target, &[], next, &[]);
            self.b.switch_to_block(next);
            n -= 1;
        }
    }

    pub(super) fn slot(&mut self, reg: VReg) -> Value {
        let at = self.slot_at[reg.0 as usize];
        if let Some(frame) = self.heap_frame {
            return self.b.ins().iadd_imm_s(frame, i64::from(at));
        }
        match self.frame {
            Some(frame) => self.b.ins().stack_addr(types::I64, frame, at),
            None => self.ctx,
        }
    }

    pub(super) fn get(&mut self, reg: VReg) -> Value {
        match self.homes[reg.0 as usize] {
            Home::Var(var) => self.b.use_var(var),
            Home::Local(value) => value,
            Home::Slot => self.slot(reg),
        }
    }

    pub(super) fn set(&mut self, reg: VReg, value: Value) {
        match &mut self.homes[reg.0 as usize] {
            Home::Var(var) => self.b.def_var(*var, value),
            Home::Local(known) => *known = value,
            Home::Slot => {}
        }
    }

    /// A number, or the address of a value.
    pub(super) fn operand(&mut self, operand: Operand) -> Value {
        match operand {
            Operand::Reg(reg) => {
                let value = self.get(reg);
                if self.ir.kind_of(reg) == Reg::Bool {
                    self.b.ins().uextend(types::I64, value)
                } else {
                    value
                }
            }
            Operand::Imm(n) => self.b.ins().iconst(types::I64, n),
            Operand::Const(id) => {
                let address = std::ptr::from_ref::<Boxed>(self.comp.const_value(id)).expose_provenance();
                self.b.ins().iconst(types::I64, i64::try_from(address).unwrap_or(0))
            }
        }
    }

    fn scratch(&mut self) -> StackSlot {
        if let Some(slot) = self.scratch {
            return slot;
        }
        let slot = self.b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, 16, 4));
        self.scratch = Some(slot);
        slot
    }

    /// Calls the runtime; the status. An unboxed result is in the scratch slot.
    pub(super) fn rt_call(&mut self, rt: Rt, args: &[Value], out: Option<Value>) -> Value {
        let info = rt.info();
        let mut sig = Signature::new(CallConv::SystemV);
        sig.params.push(AbiParam::new(types::I64));
        for kind in info.params {
            sig.params.push(AbiParam::new(if *kind == Kind::Float { types::F64 } else { types::I64 }));
        }
        sig.params.push(AbiParam::new(types::I64));
        sig.returns.push(AbiParam::new(types::I64));
        let sig = self.b.import_signature(sig);
        let address = i64::try_from(info.address.expose_provenance()).unwrap_or(0);
        let callee = self.b.ins().iconst(types::I64, address);
        let mut all = vec![self.ctx];
        all.extend_from_slice(args);
        let out = match (info.out, out) {
            (Out::Value, Some(out)) => out,
            (Out::Unit, _) => self.ctx,
            _ => {
                let scratch = self.scratch();
                if info.out == Out::Value {
                    let zero = self.b.ins().iconst(types::I64, 0);
                    self.b.ins().stack_store(types::I64, zero, scratch, 0);
                }
                self.b.ins().stack_addr(types::I64, scratch, 0)
            }
        };
        all.push(out);
        let call = self.b.ins().call_indirect(sig, callee, &all);
        self.b.inst_results(call)[0]
    }

    pub(super) fn check(&mut self, status: Value, loc: u32) {
        let (cold, go) = (self.b.create_block(), self.b.create_block());
        self.b.ins().brif(status, cold, &[], go, &[]);
        self.b.set_cold_block(cold);
        self.b.switch_to_block(cold);
        self.b.seal_block(cold);
        self.unwind_at(loc);
        self.b.switch_to_block(go);
        self.b.seal_block(go);
    }

    /// On to the way out, from this place.
    fn unwind_at(&mut self, loc: u32) {
        let unwind = self.unwind_block();
        let loc = self.b.ins().iconst(types::I64, i64::from(loc));
        let at = i32::try_from(Ctx::PLACE).unwrap_or(0);
        self.b.ins().store(Self::flags(), loc, self.ctx, at);
        self.b.ins().jump(unwind, &[]);
    }

    fn unwind_block(&mut self) -> Block {
        let handler = self.ir.blocks[self.current.0 as usize].handler;
        if let Some(block) = self.unwind.get(&handler) {
            return *block;
        }
        let block = self.b.create_block();
        self.b.set_cold_block(block);
        self.unwind.insert(handler, block);
        block
    }

    fn leave_block(&mut self) -> Block {
        if let Some(block) = self.leave {
            return block;
        }
        let block = self.b.create_block();
        self.b.set_cold_block(block);
        self.leave = Some(block);
        block
    }

    fn widen_block(&mut self) -> Block {
        if let Some(block) = self.widen {
            return block;
        }
        let block = self.b.create_block();
        self.b.append_block_param(block, types::I64);
        self.b.set_cold_block(block);
        self.widen = Some(block);
        block
    }

    fn cold_blocks(&mut self) {
        if let Some(block) = self.widen {
            self.b.switch_to_block(block);
            let site = self.b.block_params(block)[0];
            self.rt_call(Rt::widen, &[site], None);
            let leave = self.leave_block();
            self.b.ins().jump(leave, &[]);
        }
        let mut unwinds: Vec<(Option<BlockId>, Block)> = self.unwind.iter().map(|(h, b)| (*h, *b)).collect();
        unwinds.sort_unstable_by_key(|(h, _)| h.map_or(u32::MAX, |h| h.0));
        for (handler, block) in unwinds {
            self.b.switch_to_block(block);
            self.rt_call(Rt::unwind, &[], None);
            if handler.is_some() {
                self.abandon_forks();
            }
            let target = match handler {
                Some(handler) => self.blocks[handler.0 as usize],
                None => self.leave_block(),
            };
            self.b.ins().jump(target, &[]);
        }
        if let Some(block) = self.leave {
            self.b.switch_to_block(block);
            self.abandon_forks();
            self.epilogue();
            self.before_return();
            let status = self.b.ins().iconst(types::I64, abi::FAULT);
            let mut values = vec![status];
            values.extend(self.no_results());
            self.b.ins().return_(&values);
        }
    }

    /// What is to be done on every way out.
    fn before_return(&mut self) {
        if let Some(counters) = &self.counters {
            counters.leave(&mut self.b, self.ctx);
        }
        if let Some(frame) = &self.listed {
            frame.leave(&mut self.b, self.ctx);
        }
        if let Some(depth) = self.depth {
            let at = i32::try_from(Ctx::DEPTH_LEFT).unwrap_or(0);
            self.b.ins().store(Self::flags(), depth, self.ctx, at);
        }
    }

    fn term(&mut self, term: &Term) {
        match term {
            Term::Open | Term::Unreachable => {
                self.b.ins().trap(ir::TrapCode::unwrap_user(1));
            }
            Term::Jump(target) => {
                let target = self.blocks[target.0 as usize];
                self.b.ins().jump(target, &[]);
            }
            Term::Branch { cond, then, orelse } => {
                let cond = self.get(*cond);
                // The way out of a loop comes first, or Cranelift takes what comes behind it for no part of the loop.
                let at = self.current.0 as usize;
                let is_turned = self.loops.leaves(at, *orelse) && !self.loops.leaves(at, *then);
                let (then, orelse) = (self.blocks[then.0 as usize], self.blocks[orelse.0 as usize]);
                if is_turned {
                    let cond = self.turned(cond);
                    self.b.ins().brif(cond, orelse, &[], then, &[]);
                } else {
                    self.b.ins().brif(cond, then, &[], orelse, &[]);
                }
            }
            Term::Return(values) => self.return_(values),
            Term::Fail { loc, trace } => {
                if *trace {
                    self.unwind_at(*loc);
                } else {
                    let target = match self.ir.blocks[self.current.0 as usize].handler {
                        Some(handler) => self.blocks[handler.0 as usize],
                        None => self.leave_block(),
                    };
                    self.b.ins().jump(target, &[]);
                }
            }
            Term::Widen { site } => {
                let widen = self.widen_block();
                let site = self.b.ins().iconst(types::I64, i64::from(*site));
                self.b.ins().jump(widen, &[BlockArg::Value(site)]);
            }
            Term::Yield { value, resume } => self.yield_(*value, *resume),
        }
    }

    /// `not` of a condition.
    fn turned(&mut self, cond: Value) -> Value {
        let def = self.b.func.dfg.value_def(cond).inst().map(|inst| self.b.func.dfg.insts[inst]);
        match def {
            Some(ir::InstructionData::IntCompare { cond, args: [a, b], .. }) => {
                self.b.ins().icmp(cond.complement(), a, b)
            }
            Some(ir::InstructionData::FloatCompare { cond, args: [a, b], .. }) => {
                self.b.ins().fcmp(cond.complement(), a, b)
            }
            _ => self.b.ins().icmp_imm_s(IntCC::Equal, cond, 0),
        }
    }

    fn return_(&mut self, values: &[VReg]) {
        let mut results = Vec::new();
        if self.ir.kind == FuncKind::Plain {
            let boxed = values.iter().zip(&self.ir.results).filter(|(_, kind)| **kind == Reg::Slot);
            let boxed: Vec<VReg> = boxed.map(|(reg, _)| *reg).collect();
            for (reg, out) in boxed.into_iter().zip(self.outs.clone()) {
                let src = self.slot(reg);
                self.drop_counted(out);
                self.copy_words(out, src);
                let zero = self.b.ins().iconst(types::I64, 0);
                self.b.ins().store(Self::flags(), zero, src, 0);
                self.holdings.take(&mut self.slots, reg);
            }
            results = self.give_results(values);
            self.drop_rest();
        }
        self.before_return();
        let status = self.b.ins().iconst(types::I64, abi::OK);
        let mut all = vec![status];
        all.extend(results);
        self.b.ins().return_(&all);
    }

    fn yield_(&mut self, value: VReg, resume: BlockId) {
        let number = self
            .ir
            .blocks
            .iter()
            .filter_map(|b| if let Term::Yield { resume, .. } = b.term { Some(resume) } else { None })
            .position(|r| r == resume)
            .map_or(0, |i| i + 1);
        if let Some(frame) = self.heap_frame {
            let state = self.b.ins().iconst(types::I64, i64::try_from(number).unwrap_or(0));
            self.b.ins().store(Self::flags(), state, frame, 8);
        }
        let src = self.slot(value);
        let out = self.outs[0];
        self.rt_call(Rt::move_value, &[out, src], None);
        self.before_return();
        let status = self.b.ins().iconst(types::I64, super::run::YIELDED);
        self.b.ins().return_(&[status]);
    }

    fn inst(&mut self, inst: &Inst) {
        match inst {
            Inst::Int(dst, n) => {
                let v = self.b.ins().iconst(types::I64, *n);
                self.set(*dst, v);
            }
            Inst::Float(dst, x) => {
                let v = self.b.ins().f64const(*x);
                self.set(*dst, v);
            }
            Inst::Bool(dst, x) => {
                let v = self.b.ins().iconst(types::I8, i64::from(*x));
                self.set(*dst, v);
            }
            Inst::Copy(dst, src) => {
                let v = self.get(*src);
                self.set(*dst, v);
            }
            Inst::IntOp { op, dst, a, b } if self.ir.kind_of(*dst) == Reg::Quad => {
                self.quad_op(*op, *dst, *a, *b);
            }
            Inst::IntOp { op, dst, a, b } => self.int_op(*op, *dst, *a, *b),
            Inst::Checked { op, dst, a, b, site } => self.checked(*op, *dst, *a, *b, *site),
            Inst::AnyDivides { dst, a, b, more, by } => self.any_divides(*dst, *a, *b, *more, *by),
            Inst::Divide { is_mod, by, dst, a, b, site, loc } => match by {
                Quotient::Any => self.divide(*is_mod, *dst, *a, *b, *site, *loc),
                by => self.divide_known(*is_mod, *by, *dst, *a, *b),
            },
            Inst::FloatOp { op, dst, a, b } => {
                let (x, y) = (self.get(*a), self.get(*b));
                let v = match op {
                    FloatOp::Add => self.b.ins().fadd(x, y),
                    FloatOp::Sub => self.b.ins().fsub(x, y),
                    FloatOp::Mul => self.b.ins().fmul(x, y),
                    FloatOp::Div => self.b.ins().fdiv(x, y),
                };
                self.set(*dst, v);
            }
            Inst::FloatUnary { op, dst, a } => self.float_unary(*op, *dst, *a),
            Inst::FloatCall { func, dst, a, b } => self.float_call(*func, *dst, *a, *b),
            Inst::Splat(..)
            | Inst::Steps(..)
            | Inst::SumLanes(..)
            | Inst::Pack(..)
            | Inst::Lane { .. }
            | Inst::PairCmp { .. } => self.lanes_inst(inst),
            Inst::IntCmp { cmp, dst, a, b } => {
                let (x, y) = (self.get(*a), self.operand(*b));
                let v = self.b.ins().icmp(int_cc(*cmp), x, y);
                self.set(*dst, v);
            }
            Inst::Below { dst, a, b } => {
                let (x, y) = (self.get(*a), self.get(*b));
                let v = self.b.ins().icmp(IntCC::UnsignedLessThan, x, y);
                self.set(*dst, v);
            }
            Inst::FloatCmp { cmp, dst, a, b } => {
                let (x, y) = (self.get(*a), self.get(*b));
                let v = self.b.ins().fcmp(float_cc(*cmp), x, y);
                self.set(*dst, v);
            }
            Inst::IntToFloat(dst, a) => {
                let x = self.get(*a);
                let v = self.b.ins().fcvt_from_sint(types::F64, x);
                self.set(*dst, v);
            }
            Inst::BoolToInt(dst, a) => {
                let x = self.get(*a);
                let v = self.b.ins().uextend(types::I64, x);
                self.set(*dst, v);
            }
            Inst::Not(dst, a) => {
                let x = self.get(*a);
                let v = self.b.ins().bxor_imm_u(x, 1);
                self.set(*dst, v);
            }
            Inst::Select { dst, cond, then, orelse } => {
                let [cond, then, orelse] = [cond, then, orelse].map(|reg| self.get(*reg));
                let v = self.b.ins().select(cond, then, orelse);
                self.set(*dst, v);
            }
            Inst::IntToBool(dst, a) => {
                let x = self.get(*a);
                let v = self.b.ins().icmp_imm_s(IntCC::NotEqual, x, 0);
                self.set(*dst, v);
            }
            _ => self.memory_inst(inst),
        }
    }

    fn memory_inst(&mut self, inst: &Inst) {
        match inst {
            Inst::Box(dst, src) => {
                let slot = self.slot(*dst);
                self.drop_old(*dst, slot);
                let value = self.get(*src);
                let tag = match self.ir.kind_of(*src) {
                    Reg::Bool => 4,
                    Reg::Float => 6,
                    Reg::Int | Reg::Slot | Reg::Pair | Reg::Quad => 5,
                };
                let tag = self.b.ins().iconst(types::I64, tag);
                self.b.ins().store(Self::flags(), tag, slot, 0);
                self.b.ins().store(Self::flags(), value, slot, 8);
            }
            Inst::SetNone(dst) => {
                let slot = self.slot(*dst);
                self.drop_old(*dst, slot);
                let tag = self.b.ins().iconst(types::I64, 1);
                self.b.ins().store(Self::flags(), tag, slot, 0);
            }
            Inst::Clear(dst) => {
                let slot = self.slot(*dst);
                self.drop_old(*dst, slot);
                let tag = self.b.ins().iconst(types::I64, 0);
                self.b.ins().store(Self::flags(), tag, slot, 0);
            }
            Inst::ClearRun(dst, n) => {
                let slot = self.slot(*dst);
                let mut all = (dst.0..dst.0 + n).map(VReg);
                if *n <= MAX_STORED && all.all(|slot| self.holdings.is_plain(&self.slots, slot)) {
                    let zero = self.b.ins().iconst(types::I64, 0);
                    for i in 0..n.cast_signed() {
                        self.b.ins().store(Self::flags(), zero, slot, i * VALUE_BYTES.cast_signed());
                    }
                    return;
                }
                let n = self.b.ins().iconst(types::I64, i64::from(*n));
                self.rt_call(Rt::drop_run, &[slot, n], None);
            }
            Inst::Clone(dst, src) => {
                let reg = *dst;
                let (dst, src) = (self.slot(reg), self.operand(*src));
                if self.plain[reg.0 as usize] {
                    self.copy_words(dst, src);
                } else if self.is_long {
                    self.rt_call(Rt::clone_value, &[dst, src], None);
                } else {
                    self.clone_words(reg, dst, src);
                }
            }
            Inst::Move(dst, src) => {
                let reg = *dst;
                let (dst, src) = (self.slot(reg), self.slot(*src));
                self.drop_old(reg, dst);
                self.copy_words(dst, src);
                let zero = self.b.ins().iconst(types::I64, 0);
                self.b.ins().store(Self::flags(), zero, src, 0);
            }
            Inst::Recycle { dst, src, form, n } => self.recycle(*dst, *src, *form, *n),
            Inst::Unbox(dst, src) => {
                let src = self.operand(*src);
                let ty = machine_type(self.ir.kind_of(*dst));
                let v = self.b.ins().load(ty, Self::flags(), src, 8);
                self.set(*dst, v);
            }
            Inst::HasTag { dst, value, tag } => {
                let src = self.operand(*value);
                let found = self.b.ins().load(types::I8, Self::flags(), src, 0);
                let v = self.b.ins().icmp_imm_s(IntCC::Equal, found, i64::from(*tag));
                self.set(*dst, v);
            }
            Inst::Address(dst, src) => {
                let v = self.operand(*src);
                self.set(*dst, v);
            }
            Inst::Load { dst, address, offset, lasts } => {
                let kind = self.ir.kind_of(*dst);
                let mut flags = if kind == Reg::Pair { Self::unaligned() } else { Self::flags() };
                if *lasts == Lasts::Call {
                    flags.set_readonly();
                    flags.set_can_move();
                }
                let address = self.get(*address);
                let ty = machine_type(kind);
                let v = self.b.ins().load(ty, flags, address, *offset);
                self.set(*dst, v);
            }
            Inst::Store { src, address, offset } => {
                let is_pair = self.ir.kind_of(*src) == Reg::Pair;
                let flags = if is_pair { Self::unaligned() } else { Self::flags() };
                let (src, address) = (self.get(*src), self.get(*address));
                self.b.ins().store(flags, src, address, *offset);
            }
            Inst::Call { spec, args, outs, loc } => self.call(*spec, args, outs, *loc),
            Inst::Rt { rt, args, out, loc } => self.rt_inst(*rt, args, *out, *loc),
            Inst::Poll { loc } => self.poll(*loc),
            Inst::Tick(dst) => self.tick(*dst),
            Inst::Plenty(dst) => self.plenty(*dst),
            Inst::Mark { mark } => {
                if let Some(frame) = &self.listed {
                    frame.mark(&mut self.b, *mark);
                }
            }
            Inst::FrameMemory { dst, bytes } => {
                let slot = self.b.create_sized_stack_slot(StackSlotData::new(
                    StackSlotKind::ExplicitSlot,
                    *bytes,
                    4,
                ));
                let v = self.b.ins().stack_addr(types::I64, slot, 0);
                self.set(*dst, v);
            }
            Inst::ForkPush { at, body, shape, captured, loc } => {
                self.fork_push(*at, *body, *shape, captured, *loc);
            }
            Inst::ForkPop { dst, at, shape } => self.fork_pop(*dst, *at, *shape),
            Inst::SpecAddress { dst, spec } => {
                if let Some(id) = self.funcs.get(spec) {
                    let callee = self.module.declare_func_in_func(*id, self.b.func);
                    let v = self.b.ins().func_addr(types::I64, callee);
                    self.set(*dst, v);
                }
            }
            _ => {}
        }
    }

    fn float_unary(&mut self, op: FloatUnary, dst: VReg, a: VReg) {
        let x = self.get(a);
        // Arithmetic, not a change of the sign alone: the result is another NaN than the operand.
        let changed = match op {
            FloatUnary::Neg => self.b.ins().fneg(x),
            FloatUnary::Abs => self.b.ins().fabs(x),
            FloatUnary::Sqrt => {
                let root = self.b.ins().sqrt(x);
                return self.set(dst, root);
            }
        };
        let mut zero = self.b.ins().f64const(-0.0);
        if self.ir.kind_of(dst) == Reg::Pair {
            zero = self.b.ins().splat(types::F64X2, zero);
        }
        let v = self.b.ins().fadd(changed, zero);
        self.set(dst, v);
    }

    fn float_call(&mut self, func: FloatFn, dst: VReg, a: VReg, b: Option<VReg>) {
        let args: Vec<Value> = [Some(a), b].into_iter().flatten().map(|reg| self.get(reg)).collect();
        let mut sig = Signature::new(CallConv::SystemV);
        sig.params.extend(args.iter().map(|_| AbiParam::new(types::F64)));
        sig.returns.push(AbiParam::new(types::F64));
        let sig = self.b.import_signature(sig);
        let address = match func {
            FloatFn::Unary(func) => func.address(),
            FloatFn::Pow => abi::libm::pow_address(),
        };
        let callee = self.b.ins().iconst(types::I64, i64::try_from(address).unwrap_or(0));
        let call = self.b.ins().call_indirect(sig, callee, &args);
        let v = self.b.inst_results(call)[0];
        self.set(dst, v);
    }

    fn call(&mut self, spec: SpecId, args: &[Operand], outs: &[VReg], loc: u32) {
        let (Some(id), Ok(func)) = (self.funcs.get(&spec), self.comp.ir(spec)) else {
            self.b.ins().trap(ir::TrapCode::unwrap_user(2));
            let next = self.b.create_block();
            self.b.switch_to_block(next);
            return;
        };
        let callee = self.module.declare_func_in_func(*id, self.b.func);
        let mut all = vec![self.ctx];
        for out in outs {
            if self.ir.kind_of(*out) == Reg::Slot {
                let slot = self.slot(*out);
                all.push(slot);
            }
        }
        for arg in args {
            let value = match arg {
                Operand::Reg(r) => self.get(*r),
                other => self.operand(*other),
            };
            all.push(value);
        }
        let (status, given) = self.call_for_results(callee, func, all);
        self.check(status, loc);
        let results = self.take_results(&given);
        let unboxed = outs.iter().filter(|out| self.ir.kind_of(**out) != Reg::Slot);
        for (out, value) in unboxed.copied().collect::<Vec<_>>().into_iter().zip(results) {
            self.set(out, value);
        }
    }

    fn rt_inst(&mut self, rt: Rt, args: &[Operand], out: Option<VReg>, loc: u32) {
        let info = rt.info();
        let mut values = Vec::new();
        for (arg, kind) in args.iter().zip(info.params) {
            let value = match (arg, kind) {
                (Operand::Reg(r), Kind::Float) => self.get(*r),
                (arg, _) => self.operand(*arg),
            };
            values.push(value);
        }
        let target = match out {
            Some(reg) if info.out == Out::Value => Some(self.slot(reg)),
            _ => None,
        };
        let status = self.rt_call(rt, &values, target);
        self.check(status, loc);
        if let (Some(reg), Out::Int | Out::Float) = (out, info.out) {
            let scratch = self.scratch();
            let ty = if info.out == Out::Float { types::F64 } else { types::I64 };
            let v = self.b.ins().stack_load(types::I64, ty, scratch, 0);
            self.set(reg, v);
        }
    }

    /// Loops that ask for it are worth workers, once such a program has run for a while.
    fn tick(&mut self, dst: VReg) {
        afar_runtime::pool::expect_calls();
        let at = std::ptr::from_ref(afar_runtime::pool::ticks()).expose_provenance();
        let address = self.b.ins().iconst(types::I64, i64::try_from(at).unwrap_or(0));
        let n = self.b.ins().load(types::I64, Self::flags(), address, 0);
        self.set(dst, n);
    }

    pub(super) fn poll(&mut self, loc: u32) {
        let flag = std::ptr::from_ref(afar_runtime::hooks::attention_flag()).expose_provenance();
        let address = self.b.ins().iconst(types::I64, i64::try_from(flag).unwrap_or(0));
        let set = self.b.ins().load(types::I8, Self::flags(), address, 0);
        let (stop, go) = (self.b.create_block(), self.b.create_block());
        self.b.ins().brif(set, stop, &[], go, &[]);
        self.b.set_cold_block(stop);
        self.b.switch_to_block(stop);
        self.b.seal_block(stop);
        self.quiet_call(self.quiet.poll, &[]);
        let status = self.quiet_status();
        self.check(status, loc);
        self.b.ins().jump(go, &[]);
        self.b.switch_to_block(go);
        self.b.seal_block(go);
    }
}
