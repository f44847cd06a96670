//! Bridges between machine code, which passes numbers in registers, and what is stepped, which passes words in memory.

use super::results::{self, Place};
use super::signature;
use super::step::{Steps, enter};
use crate::ir::Func;
use afar_runtime::abi;
use cranelift_codegen::ir::{
    self, AbiParam, InstBuilder, MemFlagsData as MemFlags, Signature, StackSlot, StackSlotData,
    StackSlotKind, Value, types,
};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_jit::JITModule;
use cranelift_module::{FuncId, Module};

/// Bytes of a word.
const WORD: usize = 8;

fn at(i: usize) -> i32 {
    i32::try_from(i * WORD).unwrap_or(i32::MAX)
}

/// The signature of machine code that takes words from memory: the context, where they are, where unboxed results go.
pub(super) fn raw_signature() -> Signature {
    let mut sig = Signature::new(CallConv::SystemV);
    sig.params.extend([AbiParam::new(types::I64); 3]);
    sig.returns.push(AbiParam::new(types::I64));
    sig
}

/// Memory of the frame for so many words.
fn memory(b: &mut FunctionBuilder<'_>, n: usize) -> StackSlot {
    let bytes = u32::try_from(n.max(1) * WORD).unwrap_or(u32::MAX);
    b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, bytes, 3))
}

/// Emits the code that takes words from memory and calls a function whose code is this.
pub(super) fn emit_raw(
    func: &mut ir::Function,
    context: &mut FunctionBuilderContext,
    module: &mut JITModule,
    callee: &Func,
    id: FuncId,
) {
    let sig = signature(callee);
    let places = results::places(callee);
    let n_more = results::n_in_memory(callee);
    let mut b = FunctionBuilder::new(func, context);
    let entry = b.create_block();
    b.append_block_params_for_function_params(entry);
    b.switch_to_block(entry);
    let [ctx, words, results] = [0, 1, 2].map(|i| b.block_params(entry)[i]);
    let mut args = vec![ctx];
    let n_words = sig.params.len() - usize::from(n_more > 0);
    for (i, param) in sig.params[1..n_words].iter().enumerate() {
        args.push(b.ins().load(param.value_type, MemFlags::trusted(), words, at(i)));
    }
    let more = (n_more > 0).then(|| {
        let slot = memory(&mut b, n_more);
        b.ins().stack_addr(types::I64, slot, 0)
    });
    args.extend(more);
    let callee = module.declare_func_in_func(id, b.func);
    let call = b.ins().call(callee, &args);
    let given: Vec<Value> = b.inst_results(call).to_vec();
    let mut registers = given[1..].iter();
    for (i, (kind, place)) in places.iter().enumerate() {
        let value = match (place, more) {
            (Place::Memory(at), Some(more)) => {
                b.ins().load(super::machine_type(*kind), MemFlags::trusted(), more, *at)
            }
            _ => match registers.next() {
                Some(value) => *value,
                None => continue,
            },
        };
        let value = if b.func.dfg.value_type(value) == types::I8 {
            b.ins().uextend(types::I64, value)
        } else {
            value
        };
        b.ins().store(MemFlags::trusted(), value, results, at(i));
    }
    b.ins().return_(&given[..1]);
    b.seal_all_blocks();
    b.finalize(module.target_config());
}

/// Emits the machine code that stands for a function that is stepped.
pub(super) fn emit_stub(
    func: &mut ir::Function,
    context: &mut FunctionBuilderContext,
    module: &mut JITModule,
    stepped: &Func,
    steps: &Steps,
) {
    let mut b = FunctionBuilder::new(func, context);
    let entry = b.create_block();
    b.append_block_params_for_function_params(entry);
    b.switch_to_block(entry);
    let params: Vec<Value> = b.block_params(entry).to_vec();
    let places = results::places(stepped);
    let n_words = params.len() - usize::from(results::n_in_memory(stepped) > 0);
    let (words, results) = (memory(&mut b, n_words), memory(&mut b, places.len()));
    for (i, param) in params[1..n_words].iter().enumerate() {
        let word = if b.func.dfg.value_type(*param) == types::I8 {
            b.ins().uextend(types::I64, *param)
        } else {
            *param
        };
        b.ins().stack_store(types::I64, word, words, at(i));
    }
    let address = |n: usize| i64::try_from(n).unwrap_or(0);
    let steps = b.ins().iconst(types::I64, address(std::ptr::from_ref(steps).expose_provenance()));
    let callee = b.ins().iconst(types::I64, address((enter as *const ()).expose_provenance()));
    let words = b.ins().stack_addr(types::I64, words, 0);
    let place = b.ins().stack_addr(types::I64, results, 0);
    let mut sig = raw_signature();
    sig.params.push(AbiParam::new(types::I64));
    let sig = b.import_signature(sig);
    let call = b.ins().call_indirect(sig, callee, &[params[0], steps, words, place]);
    let mut given = vec![b.inst_results(call)[0]];
    for (i, (kind, place)) in places.iter().enumerate() {
        let value = b.ins().stack_load(types::I64, super::machine_type(*kind), results, at(i));
        match place {
            Place::Register => given.push(value),
            Place::Memory(at) => {
                b.ins().store(MemFlags::trusted(), value, params[n_words], *at);
            }
        }
    }
    debug_assert_eq!(abi::OK, 0, "a status is passed on as it is");
    b.ins().return_(&given);
    b.seal_all_blocks();
    b.finalize(module.target_config());
}
