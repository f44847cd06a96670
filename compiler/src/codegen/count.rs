//! How many instructions run, and how many of them work on boxed values: counted where statistics are asked for, in code that is
//! compiled for that.
//!
//! Each block adds what is in it to two variables of its function, which go to the context on the way out.

use crate::ir::{Block, Inst, Term};
use afar_runtime::abi::{Ctx, Rt};
use cranelift_codegen::ir::{InstBuilder, MemFlagsData as MemFlags, Value, types};
use cranelift_frontend::{FunctionBuilder, Variable};
use std::sync::atomic::{AtomicBool, Ordering};

static COUNTS: AtomicBool = AtomicBool::new(false);

/// Counts instructions in all code that is compiled from here on.
pub fn count_instructions() {
    COUNTS.store(true, Ordering::Relaxed);
}

/// Counts a block that is stepped.
pub(super) fn step(ctx: &Ctx, block: &Block) {
    if COUNTS.load(Ordering::Relaxed) {
        let (all, boxed) = weigh(block);
        ctx.n_insts.set(ctx.n_insts.get().wrapping_add(all.unsigned_abs()));
        ctx.n_boxed.set(ctx.n_boxed.get().wrapping_add(boxed.unsigned_abs()));
    }
}

/// The counters of a function.
pub(super) struct Counters {
    all: Variable,
    boxed: Variable,
}

impl Counters {
    /// Counters at zero, where instructions are counted.
    pub(super) fn new(b: &mut FunctionBuilder<'_>) -> Option<Self> {
        if !COUNTS.load(Ordering::Relaxed) {
            return None;
        }
        let counters = Self { all: b.declare_var(types::I64), boxed: b.declare_var(types::I64) };
        let zero = b.ins().iconst(types::I64, 0);
        b.def_var(counters.all, zero);
        b.def_var(counters.boxed, zero);
        Some(counters)
    }

    /// Adds what is in a block.
    pub(super) fn enter(&self, b: &mut FunctionBuilder<'_>, block: &Block) {
        let (all, boxed) = weigh(block);
        for (counter, n) in [(self.all, all), (self.boxed, boxed)] {
            if n > 0 {
                let so_far = b.use_var(counter);
                let more = b.ins().iadd_imm_s(so_far, n);
                b.def_var(counter, more);
            }
        }
    }

    /// Adds the counters to those of the context.
    pub(super) fn leave(&self, b: &mut FunctionBuilder<'_>, ctx: Value) {
        for (counter, at) in [(self.all, Ctx::N_INSTS), (self.boxed, Ctx::N_BOXED)] {
            let at = i32::try_from(at).unwrap_or(0);
            let so_far = b.ins().load(types::I64, MemFlags::trusted(), ctx, at);
            let more = b.use_var(counter);
            let sum = b.ins().iadd(so_far, more);
            b.ins().store(MemFlags::trusted(), sum, ctx, at);
        }
    }
}

/// The instructions of a block that compute something, and those of them that work on boxed values.
fn weigh(block: &Block) -> (i64, i64) {
    let (mut all, mut boxed) = (i64::from(matches!(block.term, Term::Branch { .. })), 0);
    for inst in &block.insts {
        match kind(inst) {
            Kind::Typed => all += 1,
            Kind::Boxed => {
                all += 1;
                boxed += 1;
            }
            Kind::None => {}
        }
    }
    (all, boxed)
}

enum Kind {
    /// On numbers in registers, or on lists of a known form.
    Typed,
    /// On boxed values, by a call of the runtime as a rule.
    Boxed,
    /// Moves things about.
    None,
}

fn kind(inst: &Inst) -> Kind {
    match inst {
        Inst::Int(..)
        | Inst::Float(..)
        | Inst::Bool(..)
        | Inst::Copy(..)
        | Inst::SetNone(_)
        | Inst::Clear(_)
        | Inst::ClearRun(..)
        | Inst::Move(..)
        | Inst::Recycle { .. }
        | Inst::Address(..)
        | Inst::Splat(..)
        | Inst::Steps(..)
        | Inst::Pack(..)
        | Inst::Lane { .. }
        | Inst::Poll { .. }
        | Inst::Tick(_)
        | Inst::Plenty(_)
        | Inst::Mark { .. }
        | Inst::Known { .. }
        | Inst::FrameMemory { .. }
        | Inst::ForkPush { .. }
        | Inst::ForkPop { .. }
        | Inst::SpecAddress { .. } => Kind::None,
        Inst::Box(..) | Inst::Clone(..) | Inst::Unbox(..) | Inst::HasTag { .. } => Kind::Boxed,
        Inst::Rt { rt, .. } => kind_of_call(*rt),
        Inst::IntOp { .. }
        | Inst::Checked { .. }
        | Inst::Select { .. }
        | Inst::Divide { .. }
        | Inst::AnyDivides { .. }
        | Inst::PairCmp { .. }
        | Inst::SumLanes(..)
        | Inst::FloatOp { .. }
        | Inst::FloatUnary { .. }
        | Inst::FloatCall { .. }
        | Inst::IntCmp { .. }
        | Inst::Below { .. }
        | Inst::FloatCmp { .. }
        | Inst::IntToFloat(..)
        | Inst::BoolToInt(..)
        | Inst::Not(..)
        | Inst::IntToBool(..)
        | Inst::Load { .. }
        | Inst::Store { .. }
        | Inst::Call { .. } => Kind::Typed,
    }
}

fn kind_of_call(rt: Rt) -> Kind {
    match rt {
        Rt::int_div
        | Rt::int_pow
        | Rt::int_shl
        | Rt::int_shr
        | Rt::float_mod
        | Rt::float_floordiv
        | Rt::float_to_int
        | Rt::float_floor
        | Rt::float_ceil
        | Rt::int_isqrt
        | Rt::int_gcd
        | Rt::math_unary
        | Rt::exact_new
        | Rt::exact_add
        | Rt::exact_finish
        | Rt::sum_ints
        | Rt::sum_range
        | Rt::range_len
        | Rt::check_step
        | Rt::list_push_int
        | Rt::list_push_float
        | Rt::acc_fill_int
        | Rt::acc_fill_float
        | Rt::push_int_in_place
        | Rt::push_float_in_place => Kind::Typed,
        Rt::clone_value
        | Rt::move_value
        | Rt::drop_run
        | Rt::finish
        | Rt::new_list
        | Rt::new_set
        | Rt::new_dict
        | Rt::call_unit
        | Rt::unwind
        | Rt::widen
        | Rt::poll
        | Rt::parallel => Kind::None,
        _ => Kind::Boxed,
    }
}
