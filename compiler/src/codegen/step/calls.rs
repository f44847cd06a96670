//! Calls out of code that is stepped, and into it.

#![expect(unsafe_code, reason = "calls machine code and functions of the runtime by their addresses")]

use super::{Frame, Steps, Stop, Target};
use crate::ir::{Loc, Operand, SpecId, VReg};
use crate::types::Reg;
use afar_runtime::abi::{self, Ctx, Kind, Out, Rt};
use afar_runtime::{Fault, Value};
use std::panic::AssertUnwindSafe;

/// Machine code that takes its arguments from memory: the context, the addresses for boxed results and the parameters, and
/// where unboxed results go.
pub(crate) type Raw = extern "C" fn(&Ctx, *const u64, *mut u64) -> i64;

/// Calls a function at an address, of a type made of these parameters.
macro_rules! call_as {
    ($address:expr, $ctx:expr, $out:expr; $($ty:ty = $arg:expr),*) => {{
        let code = std::ptr::with_exposed_provenance::<()>($address);
        // SAFETY: the address is that of a function of the runtime's table, which declares exactly these parameters.
        let code: extern "C" fn(&Ctx, $($ty,)* u64) -> i64 = unsafe { std::mem::transmute(code) };
        code($ctx, $($arg,)* $out)
    }};
}

/// Calls a function of the runtime with its arguments as machine words; `out` is an address.
fn call_rt(ctx: &Ctx, address: usize, kinds: &[Kind], args: &[u64], out: u64) -> i64 {
    let x = |i: usize| f64::from_bits(args[i]);
    match (kinds, args) {
        ([Kind::Float, Kind::Float], _) => call_as!(address, ctx, out; f64 = x(0), f64 = x(1)),
        ([Kind::Float, Kind::Float, _], &[_, _, c]) => {
            call_as!(address, ctx, out; f64 = x(0), f64 = x(1), u64 = c)
        }
        ([Kind::Float, _], &[_, b]) => call_as!(address, ctx, out; f64 = x(0), u64 = b),
        ([_, Kind::Float], &[a, _]) => call_as!(address, ctx, out; u64 = a, f64 = x(1)),
        ([_, _, _, Kind::Float], &[a, b, c, _]) => {
            call_as!(address, ctx, out; u64 = a, u64 = b, u64 = c, f64 = x(3))
        }
        (_, &[]) => call_as!(address, ctx, out;),
        (_, &[a]) => call_as!(address, ctx, out; u64 = a),
        (_, &[a, b]) => call_as!(address, ctx, out; u64 = a, u64 = b),
        (_, &[a, b, c]) => call_as!(address, ctx, out; u64 = a, u64 = b, u64 = c),
        (_, &[a, b, c, d]) => call_as!(address, ctx, out; u64 = a, u64 = b, u64 = c, u64 = d),
        (_, &[a, b, c, d, e]) => call_as!(address, ctx, out; u64 = a, u64 = b, u64 = c, u64 = d, u64 = e),
        (_, &[a, b, c, d, e, f]) => {
            call_as!(address, ctx, out; u64 = a, u64 = b, u64 = c, u64 = d, u64 = e, u64 = f)
        }
        (_, &[a, b, c, d, e, f, g]) => {
            call_as!(address, ctx, out; u64 = a, u64 = b, u64 = c, u64 = d, u64 = e, u64 = f, u64 = g)
        }
        (_, _) => {
            ctx.set_fault(Fault::not_pure("internal error: a function of the runtime takes too much"));
            abi::FAULT
        }
    }
}

/// Can a function of the table be called by what is stepped.
#[cfg(test)]
pub(super) fn is_callable(kinds: &[Kind]) -> bool {
    match kinds.iter().filter(|k| **k == Kind::Float).count() {
        0 => kinds.len() <= 7,
        2 if kinds.len() == 3 => kinds[0] == Kind::Float && kinds[1] == Kind::Float,
        1 if kinds.len() == 4 => kinds[3] == Kind::Float,
        _ => kinds.len() == 2,
    }
}

impl Frame<'_> {
    /// Calls the runtime; the status. `out` is the address for the result, where it is wanted.
    pub(super) fn rt(&mut self, rt: Rt, args: &[u64], out: Option<u64>) -> i64 {
        let info = rt.info();
        let mut scratch = Value::Unbound;
        let out = out.unwrap_or_else(|| (&raw mut scratch).expose_provenance() as u64);
        call_rt(self.ctx, info.address.expose_provenance(), info.params, args, out)
    }

    pub(super) fn rt_inst(
        &mut self,
        rt: Rt,
        args: &[Operand],
        out: Option<VReg>,
        loc: Loc,
    ) -> Result<(), Stop> {
        let mut words = [0; 8];
        for (word, arg) in words.iter_mut().zip(args) {
            *word = self.word(*arg);
        }
        let words = &words[..args.len().min(8)];
        let info = rt.info();
        let status = match (out, info.out) {
            (Some(reg), Out::Value) => {
                let slot = self.word(Operand::Reg(reg));
                self.rt(rt, words, Some(slot))
            }
            (Some(reg), Out::Int | Out::Float) => {
                let mut number = 0u64;
                let status = self.rt(rt, words, Some((&raw mut number).expose_provenance() as u64));
                self.regs[reg.0 as usize] = number;
                status
            }
            _ => self.rt(rt, words, None),
        };
        if status == abi::OK { Ok(()) } else { Err(Stop::Fault(loc)) }
    }

    /// Calls a function directly.
    pub(super) fn call(
        &mut self,
        spec: SpecId,
        args: &[Operand],
        outs: &[VReg],
        loc: Loc,
    ) -> Result<(), Stop> {
        let steps = self.steps;
        let Some(target) = steps.targets.get(&spec) else { return Err(self.broken("no such call", loc)) };
        let target = match target.get() {
            Some(known) => known,
            None => match super::super::compiler().raw(spec) {
                Ok(made) => target.get_or_init(|| made),
                Err(why) => return Err(self.broken(&why, loc)),
            },
        };
        let is_boxed = |reg: &&VReg| steps.func.kind_of(**reg) == Reg::Slot;
        let boxed = outs.iter().filter(is_boxed).map(|reg| self.word(Operand::Reg(*reg)));
        let words: Vec<u64> = boxed.chain(args.iter().map(|arg| self.word(*arg))).collect();
        let mut results = vec![0; outs.len()];
        let status = match target {
            Target::Steps(steps) => steps.run(self.ctx, &words, &mut results),
            Target::Code(address) => {
                let code = std::ptr::with_exposed_provenance::<()>(*address);
                // SAFETY: the address is that of a bridge that `Jit` made with this signature; its code is never freed.
                let code: Raw = unsafe { std::mem::transmute(code) };
                code(self.ctx, words.as_ptr(), results.as_mut_ptr())
            }
        };
        if status != abi::OK {
            return Err(Stop::Fault(loc));
        }
        let unboxed = outs.iter().filter(|reg| !is_boxed(reg));
        for (reg, word) in unboxed.zip(results) {
            self.regs[reg.0 as usize] = word;
        }
        Ok(())
    }

    /// The address of the machine code of a range's body.
    pub(super) fn body_address(&mut self, spec: SpecId) -> Result<usize, Stop> {
        let steps = self.steps;
        let Some(body) = steps.bodies.get(&spec) else { return Err(self.broken("no such body", Loc::MAX)) };
        if let Some(address) = body.get() {
            return Ok(*address);
        }
        match super::super::compiler().body_address(spec) {
            Ok(address) => Ok(*body.get_or_init(|| address)),
            Err(why) => Err(self.broken(&why, Loc::MAX)),
        }
    }

    fn broken(&mut self, why: &str, loc: Loc) -> Stop {
        self.ctx.set_fault(Fault::not_pure(format!("internal error of the compiler: {why}")));
        Stop::Fault(loc)
    }
}

/// Runs a function that is stepped, for machine code that calls it.
pub(crate) extern "C" fn enter(ctx: &Ctx, steps: &Steps, args: *const u64, results: *mut u64) -> i64 {
    let func = &steps.func;
    let (n_args, n_results) = if func.kind == crate::ir::FuncKind::Generator {
        (2, 0)
    } else {
        let n_boxed = func.results.iter().filter(|r| **r == Reg::Slot).count();
        (n_boxed + func.params.len(), func.results.len() - n_boxed)
    };
    // SAFETY: the stub that calls this passes as many words as the function has boxed results and parameters.
    let args = unsafe { std::slice::from_raw_parts(args, n_args) };
    // SAFETY: as above, for its unboxed results.
    let results = unsafe { std::slice::from_raw_parts_mut(results, n_results) };
    match std::panic::catch_unwind(AssertUnwindSafe(|| steps.run(ctx, args, results))) {
        Ok(status) => status,
        Err(_) => {
            ctx.set_fault(Fault::not_pure("internal error in the runtime; please report it"));
            abi::FAULT
        }
    }
}

#[cfg(test)]
mod tests {
    use afar_runtime::abi::Rt;

    #[test]
    fn every_function_of_the_table_can_be_called() {
        for rt in Rt::ALL {
            let info = rt.info();
            assert!(super::is_callable(info.params), "{}: {:?}", info.name, info.params);
        }
    }
}
