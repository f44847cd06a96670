//! Calls of the runtime from the cold edges of hot loops: they leave all registers as they are, so that a loop keeps its variables in
//! them. The status is left in the context.

use super::body::Emit;
use afar_runtime::abi::{Ctx, Kind, Rt};
use cranelift_codegen::ir::{self, AbiParam, InstBuilder, MemFlagsData as MemFlags, Signature, Value, types};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_jit::JITModule;
use cranelift_module::{FuncId, Module};

/// The functions that are called so.
#[derive(Clone, Copy)]
pub(super) struct Quiet {
    pub(super) poll: FuncId,
    pub(super) drop_run: FuncId,
}

/// The functions of the table that there are such doors to, in the order of the fields.
pub(super) const CALLED: [Rt; 2] = [Rt::poll, Rt::drop_run];

/// The signature of the door to a function that takes only words, and gives nothing.
pub(super) fn signature(rt: Rt) -> Signature {
    let mut sig = Signature::new(CallConv::PreserveAll);
    sig.params.push(AbiParam::new(types::I64));
    sig.params.extend(rt.info().params.iter().map(|_| AbiParam::new(types::I64)));
    sig
}

/// Emits the door to a function of the table.
pub(super) fn emit(
    func: &mut ir::Function,
    context: &mut FunctionBuilderContext,
    module: &mut JITModule,
    rt: Rt,
) {
    let mut b = FunctionBuilder::new(func, context);
    let entry = b.create_block();
    b.append_block_params_for_function_params(entry);
    b.switch_to_block(entry);
    let mut args: Vec<Value> = b.block_params(entry).to_vec();
    let ctx = args[0];
    debug_assert!(rt.info().params.iter().all(|kind| *kind != Kind::Float));
    args.push(ctx);
    let mut sig = Signature::new(CallConv::SystemV);
    sig.params.extend(args.iter().map(|_| AbiParam::new(types::I64)));
    sig.returns.push(AbiParam::new(types::I64));
    let sig = b.import_signature(sig);
    let address = i64::try_from(rt.info().address.expose_provenance()).unwrap_or(0);
    let callee = b.ins().iconst(types::I64, address);
    let call = b.ins().call_indirect(sig, callee, &args);
    let status = b.inst_results(call)[0];
    b.ins().store(MemFlags::trusted(), status, ctx, offset());
    b.ins().return_(&[]);
    b.seal_all_blocks();
    b.finalize(module.target_config());
}

fn offset() -> i32 {
    i32::try_from(Ctx::STATUS).unwrap_or(0)
}

impl Emit<'_, '_> {
    /// Calls such a function.
    pub(super) fn quiet_call(&mut self, id: FuncId, args: &[Value]) {
        let callee = self.module.declare_func_in_func(id, self.b.func);
        let mut all = vec![self.ctx];
        all.extend_from_slice(args);
        self.b.ins().call(callee, &all);
    }

    /// The status of the last such call.
    pub(super) fn quiet_status(&mut self) -> Value {
        self.b.ins().load(types::I64, Self::flags(), self.ctx, offset())
    }
}
