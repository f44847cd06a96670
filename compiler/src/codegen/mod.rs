//! Machine code from the IR, by Cranelift.

mod body;
mod bridge;
mod count;
mod divide;
mod forks;
mod frames;
mod lanes;
mod quiet;
mod recycle;
mod results;
mod run;
mod step;

pub(crate) use step::{Steps, Target, has_loop, is_long};

pub use count::count_instructions;
pub use frames::keep_frames;
pub(crate) use frames::keeps_frames;
pub use run::{call_edge, call_unit, compiler, fresh, generator, install};

use crate::compiler::Compiler;
use crate::ir::{Func, FuncKind, SpecId};
use crate::types::Reg;
use afar_runtime::abi::Rt;
use cranelift_codegen::Context;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::{AbiParam, Signature, Type, types};
use cranelift_codegen::isa::{CallConv, OwnedTargetIsa, TargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::FunctionBuilderContext;
use cranelift_jit::{ArenaMemoryProvider, JITBuilder, JITModule};
use cranelift_module::{FuncId, Linkage, Module, ModuleReloc};
use rustc_hash::FxHashMap;

/// How much address space is reserved for machine code, in bytes: less where the system bounds what a process may map.
const CODE_BYTES: [usize; 3] = [1 << 30, 1 << 28, 1 << 26];

/// The code generator and all code that it made.
pub struct Jit {
    module: Option<JITModule>,
    context: Context,
    builder_context: FunctionBuilderContext,
    funcs: FxHashMap<SpecId, FuncId>,
    n_funcs: u32,
    /// Doors to functions of the runtime that leave all registers as they are.
    quiet: Option<quiet::Quiet>,
    /// The machine, with settings that compile in time about linear in the size of a function.
    plain: Option<OwnedTargetIsa>,
    /// The machine, with the settings that compile fastest, where all code is to be compiled with them.
    quick: Option<OwnedTargetIsa>,
    /// Does it only stand in for one that is lent.
    is_lent: bool,
}

/// From how many instructions on a function is compiled without optimisations, whose time grows faster than its size.
const PLAIN: usize = 2_000;

/// Is a function so long that it is compiled without optimisations.
pub(crate) fn is_plain(func: &Func) -> bool {
    step::size(func) > PLAIN
}

/// The function that leads to one that is asked for.
pub enum Door {
    /// None: it is called as it is.
    None,
    /// One that takes boxed arguments.
    Thunk(Func),
    /// One that takes words from memory.
    Raw,
}

/// How well is code compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effort {
    Full,
    Little,
}

fn machine_type(kind: Reg) -> Type {
    match kind {
        Reg::Int | Reg::Slot => types::I64,
        Reg::Float => types::F64,
        Reg::Pair => types::F64X2,
        Reg::Quad => types::I32X4,
        Reg::Bool => types::I8,
    }
}

/// The signature of a function: the context, where boxed results go, the parameters, where results go for which there is no
/// register, if there are any; a status, then the other unboxed results.
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
    for (kind, place) in results::places(func) {
        if place == results::Place::Register {
            sig.returns.push(AbiParam::new(machine_type(kind)));
        }
    }
    if results::n_in_memory(func) > 0 {
        sig.params.push(AbiParam::new(types::I64));
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
        jit.is_lent = false;
        jit.module = Self::make_module().ok();
        jit.plain = Self::make_isa("none", "backtracking");
        jit
    }

    /// A generator that makes nothing, to stand in while the real one is lent.
    pub fn empty() -> Self {
        Self {
            module: None,
            context: Context::new(),
            builder_context: FunctionBuilderContext::new(),
            funcs: FxHashMap::default(),
            n_funcs: 0,
            quiet: None,
            plain: None,
            quick: None,
            is_lent: true,
        }
    }

    /// From now on code is compiled as fast as can be, and runs slower: for tests, which run most code once.
    pub fn compile_quickly(&mut self) {
        self.quick = Self::make_isa("none", "single_pass");
    }

    fn make_isa(opt_level: &str, register_allocation: &str) -> Option<OwnedTargetIsa> {
        let mut flags = settings::builder();
        for (name, value) in [
            ("opt_level", opt_level),
            ("regalloc_algorithm", register_allocation),
            ("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" }),
            ("enable_multi_ret_implicit_sret", "true"),
            ("enable_probestack", "false"),
            ("unwind_info", "false"),
        ] {
            flags.set(name, value).ok()?;
        }
        cranelift_native::builder().ok()?.finish(settings::Flags::new(flags)).ok()
    }

    fn make_module() -> Result<JITModule, String> {
        let isa = Self::make_isa("speed", "backtracking").ok_or("this processor is not supported")?;
        let mut builder = JITBuilder::with_isa(isa, cranelift_module::default_libcall_names());
        // Near enough to each other for calls with 32-bit offsets.
        let mut arena = Err(String::new());
        for bytes in CODE_BYTES {
            arena = ArenaMemoryProvider::new_with_size(bytes)
                .map_err(|e| format!("the system has no {bytes} bytes of addresses for machine code: {e}"));
            if arena.is_ok() {
                break;
            }
        }
        let arena = arena?;
        builder.memory_provider(Box::new(arena));
        Ok(JITModule::new(builder))
    }

    /// Machine code for these specialisations, where they have none yet, and for one more function that leads to the root;
    /// the address of that, or of the root itself.
    pub fn compile(
        &mut self,
        comp: &Compiler,
        order: &[SpecId],
        root: SpecId,
        door: Door,
    ) -> Result<usize, String> {
        let mut module = match self.module.take() {
            Some(module) => module,
            None if self.is_lent => return Err("the generator of machine code is in use".to_owned()),
            // It could not be made at the start; by now there may be room.
            None => Self::make_module()?,
        };
        let result = self.compile_in(&mut module, comp, order, root, door);
        self.module = Some(module);
        result
    }

    fn compile_in(
        &mut self,
        module: &mut JITModule,
        comp: &Compiler,
        order: &[SpecId],
        root: SpecId,
        door: Door,
    ) -> Result<usize, String> {
        if self.quiet.is_none() {
            let [poll, drop_run] = quiet::CALLED.map(|rt| self.define_quiet(module, rt));
            self.quiet = Some(quiet::Quiet { poll: poll?, drop_run: drop_run? });
        }
        let mut fresh = Vec::new();
        for id in order {
            if self.funcs.contains_key(id) {
                continue;
            }
            let func_id = self.declare(module, &signature(comp.ir(*id)?))?;
            self.funcs.insert(*id, func_id);
            fresh.push(*id);
        }
        for id in fresh {
            let func_id = self.funcs[&id];
            match comp.steps(id) {
                Some(steps) => self.define_stub(module, comp.ir(id)?, steps, func_id)?,
                None => self.define(module, comp, comp.best(id)?, func_id, comp.is_recursive(id))?,
            }
        }
        let root_id = self.funcs[&root];
        let entry_id = match door {
            Door::None => root_id,
            Door::Thunk(thunk) => {
                let id = self.declare(module, &signature(&thunk))?;
                self.define(module, comp, &thunk, id, false)?;
                id
            }
            Door::Raw => {
                let id = self.declare(module, &bridge::raw_signature())?;
                self.context.func.signature = bridge::raw_signature();
                let ir = comp.ir(root)?;
                bridge::emit_raw(&mut self.context.func, &mut self.builder_context, module, ir, root_id);
                self.finish(module, id, Effort::Little)?;
                id
            }
        };
        module.finalize_definitions().map_err(|e| e.to_string())?;
        Ok(module.get_finalized_function(entry_id).addr())
    }

    /// The specialisation whose machine code begins at this address.
    pub fn spec_at(&self, address: usize) -> Option<SpecId> {
        let module = self.module.as_ref()?;
        let mut all = self.funcs.iter();
        all.find(|(_, func)| module.get_finalized_function(**func).addr() == address).map(|(id, _)| *id)
    }

    fn declare(&mut self, module: &mut JITModule, sig: &Signature) -> Result<FuncId, String> {
        self.n_funcs += 1;
        let name = format!("f{}", self.n_funcs);
        module.declare_function(&name, Linkage::Local, sig).map_err(|e| e.to_string())
    }

    fn define_quiet(&mut self, module: &mut JITModule, rt: Rt) -> Result<FuncId, String> {
        let id = self.declare(module, &quiet::signature(rt))?;
        self.context.func.signature = quiet::signature(rt);
        quiet::emit(&mut self.context.func, &mut self.builder_context, module, rt);
        self.finish(module, id, Effort::Little)?;
        Ok(id)
    }

    fn define_stub(
        &mut self,
        module: &mut JITModule,
        ir: &Func,
        steps: &Steps,
        id: FuncId,
    ) -> Result<(), String> {
        self.context.func.signature = signature(ir);
        bridge::emit_stub(&mut self.context.func, &mut self.builder_context, module, ir, steps);
        self.finish(module, id, Effort::Little)
    }

    /// Compiles what was emitted, and gives it to the module.
    fn finish(&mut self, module: &mut JITModule, id: FuncId, effort: Effort) -> Result<(), String> {
        let done = match (&self.quick, effort, &self.plain) {
            (Some(isa), ..) | (None, Effort::Little, Some(isa)) => {
                define_with(module, &**isa, &mut self.context, id)
            }
            _ => module.define_function(id, &mut self.context).map_err(|e| format!("{e:?}")),
        };
        module.clear_context(&mut self.context);
        done
    }

    fn define(
        &mut self,
        module: &mut JITModule,
        comp: &Compiler,
        ir: &Func,
        id: FuncId,
        is_recursive: bool,
    ) -> Result<(), String> {
        crate::ir::verify::verify(ir)?;
        let Some(quiet) = self.quiet else { return Err("the doors to the runtime are missing".to_owned()) };
        self.context.func.signature = signature(ir);
        body::emit(
            &mut self.context.func,
            &mut self.builder_context,
            module,
            body::Callees { funcs: &self.funcs, quiet },
            comp,
            ir,
            is_recursive,
        )?;
        let effort = if is_plain(ir) { Effort::Little } else { Effort::Full };
        self.finish(module, id, effort)
    }
}

/// Compiles a function with other settings than the module's.
fn define_with(
    module: &mut JITModule,
    isa: &dyn TargetIsa,
    context: &mut Context,
    id: FuncId,
) -> Result<(), String> {
    let code = context.compile(isa, &mut ControlPlane::default()).map_err(|e| format!("{e:?}"))?;
    let alignment = u64::from(code.buffer.alignment);
    let bytes = code.code_buffer().to_vec();
    let relocs: Vec<ModuleReloc> = code
        .buffer
        .relocs()
        .to_vec()
        .iter()
        .map(|r| ModuleReloc::from_mach_reloc(r, &context.func, id))
        .collect();
    module.define_function_bytes(id, alignment, &bytes, &relocs).map_err(|e| format!("{e:?}"))
}
