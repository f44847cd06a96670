//! Machine code from the IR, by Cranelift.

mod body;
mod count;
mod run;

pub use count::count_instructions;
pub use run::{call_edge, call_unit, compiler, fresh, generator, install};

use crate::compiler::{Compiler, Entry};
use crate::ir::{Func, FuncKind, SpecId};
use crate::types::Reg;
use cranelift_codegen::Context;
use cranelift_codegen::ir::{AbiParam, Signature, Type, types};
use cranelift_codegen::isa::CallConv;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::FunctionBuilderContext;
use cranelift_jit::{ArenaMemoryProvider, JITBuilder, JITModule};
use cranelift_module::{FuncId, Linkage, Module};
use rustc_hash::FxHashMap;

/// How much address space is reserved for machine code, in bytes.
const CODE_BYTES: usize = 1 << 30;

/// The code generator and all code that it made.
pub struct Jit {
    module: Option<JITModule>,
    context: Context,
    builder_context: FunctionBuilderContext,
    funcs: FxHashMap<SpecId, FuncId>,
    n_thunks: u32,
}

fn machine_type(kind: Reg) -> Type {
    match kind {
        Reg::Int | Reg::Slot => types::I64,
        Reg::Float => types::F64,
        Reg::Bool => types::I8,
    }
}

/// The signature of a function: the context, where boxed results go, the parameters; a status, then unboxed results.
pub(crate) fn signature(func: &Func) -> Signature {
    let mut sig = Signature::new(CallConv::SystemV);
    sig.params.push(AbiParam::new(types::I64));
    sig.returns.push(AbiParam::new(types::I64));
    if func.kind == FuncKind::Generator {
        sig.params.push(AbiParam::new(types::I64));
        sig.params.push(AbiParam::new(types::I64));
        return sig;
    }
    for result in &func.results {
        if *result == Reg::Slot {
            sig.params.push(AbiParam::new(types::I64));
        }
    }
    for param in &func.params {
        sig.params.push(AbiParam::new(machine_type(func.kind_of(*param))));
    }
    for result in &func.results {
        if *result != Reg::Slot {
            sig.returns.push(AbiParam::new(machine_type(*result)));
        }
    }
    sig
}

impl Default for Jit {
    fn default() -> Self {
        Self::new()
    }
}

impl Jit {
    /// A generator for this machine.
    pub fn new() -> Self {
        let mut jit = Self::empty();
        jit.module = Self::make_module();
        jit
    }

    /// A generator that makes nothing, to stand in while the real one is lent.
    pub fn empty() -> Self {
        Self {
            module: None,
            context: Context::new(),
            builder_context: FunctionBuilderContext::new(),
            funcs: FxHashMap::default(),
            n_thunks: 0,
        }
    }

    fn make_module() -> Option<JITModule> {
        let mut flags = settings::builder();
        for (name, value) in [
            ("opt_level", "speed"),
            ("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" }),
            ("enable_multi_ret_implicit_sret", "true"),
            ("enable_probestack", "false"),
            ("unwind_info", "false"),
        ] {
            flags.set(name, value).ok()?;
        }
        let isa = cranelift_native::builder().ok()?.finish(settings::Flags::new(flags)).ok()?;
        let mut builder = JITBuilder::with_isa(isa, cranelift_module::default_libcall_names());
        // Near enough to each other for calls with 32-bit offsets.
        builder.memory_provider(Box::new(ArenaMemoryProvider::new_with_size(CODE_BYTES).ok()?));
        Some(JITModule::new(builder))
    }

    /// Compiles specialisations that have no machine code yet; gives the entry of the last.
    pub fn compile(
        &mut self,
        comp: &Compiler,
        order: &[SpecId],
        root: SpecId,
        thunk: Option<Func>,
    ) -> Result<Entry, String> {
        let mut module = self.module.take().ok_or("this processor is not supported")?;
        let result = self.compile_in(&mut module, comp, order, root, thunk);
        self.module = Some(module);
        result
    }

    fn compile_in(
        &mut self,
        module: &mut JITModule,
        comp: &Compiler,
        order: &[SpecId],
        root: SpecId,
        thunk: Option<Func>,
    ) -> Result<Entry, String> {
        let mut fresh = Vec::new();
        for id in order {
            if self.funcs.contains_key(id) {
                continue;
            }
            let ir = comp.specs[id.0 as usize].ir.as_ref().ok_or("a specialisation was not lowered")?;
            let func_id = module
                .declare_function(&format!("spec{}", id.0), Linkage::Local, &signature(ir))
                .map_err(|e| e.to_string())?;
            self.funcs.insert(*id, func_id);
            fresh.push(*id);
        }
        for id in fresh {
            let ir = comp.specs[id.0 as usize].ir.as_ref().ok_or("a specialisation was not lowered")?;
            let func_id = self.funcs[&id];
            self.define(module, comp, ir, func_id)?;
        }
        let mut entry_id = self.funcs[&root];
        if let Some(thunk) = &thunk {
            self.n_thunks += 1;
            entry_id = module
                .declare_function(&format!("thunk{}", self.n_thunks), Linkage::Local, &signature(thunk))
                .map_err(|e| e.to_string())?;
            self.define(module, comp, thunk, entry_id)?;
        }
        module.finalize_definitions().map_err(|e| e.to_string())?;
        let n_slots = comp.specs[root.0 as usize]
            .ir
            .as_ref()
            .map_or(0, |f| f.regs.iter().filter(|r| **r == Reg::Slot).count());
        Ok(Entry { address: module.get_finalized_function(entry_id).addr(), n_slots })
    }

    fn define(
        &mut self,
        module: &mut JITModule,
        comp: &Compiler,
        ir: &Func,
        id: FuncId,
    ) -> Result<(), String> {
        crate::ir::verify::verify(ir)?;
        self.context.func.signature = signature(ir);
        body::emit(&mut self.context.func, &mut self.builder_context, module, &self.funcs, comp, ir)?;
        let done = module.define_function(id, &mut self.context).map_err(|e| format!("{e:?}"));
        module.clear_context(&mut self.context);
        done
    }
}
