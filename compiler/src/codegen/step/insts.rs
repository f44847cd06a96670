//! One instruction, carried out.

#![expect(unsafe_code, reason = "instructions name values and fields by their addresses")]

use super::{Frame, Stop, word_to_usize};
use crate::ir::{CheckedOp, Cmp, FloatFn, FloatOp, FloatUnary, Inst, IntOp, Operand, Quotient, VReg};
use crate::types::{NO_PAIRS, Reg};
use afar_runtime::abi::{Rt, libm};
use afar_runtime::number::nan;
use afar_runtime::{Value, hooks};
use std::sync::atomic::Ordering;

/// The address of a value's payload, from that of the value.
const PAYLOAD: usize = 8;

fn read<T: Copy>(address: usize) -> T {
    let from = std::ptr::with_exposed_provenance::<T>(address);
    // SAFETY: instructions read at addresses of live values, or of fields at the offsets that `layout` gives, as the machine
    // code for them does; the verifier holds the kinds of registers to them.
    unsafe { from.read() }
}

fn write<T>(address: usize, value: T) {
    let to = std::ptr::with_exposed_provenance_mut::<T>(address);
    // SAFETY: as `read`; memory that is written belongs to the frame, or to what the frame alone refers to.
    unsafe { to.write(value) }
}

fn float_bits(word: u64) -> f64 {
    f64::from_bits(word)
}

impl Frame<'_> {
    fn slot(&self, reg: VReg) -> *mut Value {
        let at = self.steps.slot_at[reg.0 as usize] as usize;
        // SAFETY: the frame has a slot for each register that is one, and `slot_at` numbers them from 0 on.
        unsafe { self.slots.add(at) }
    }

    fn slot_word(&self, reg: VReg) -> u64 {
        self.slot(reg).expose_provenance() as u64
    }

    pub(super) fn value(&mut self, reg: VReg) -> &mut Value {
        let slot = self.slot(reg);
        // SAFETY: slots always hold valid values, and are used by the thread of the frame alone; the borrow of the frame keeps
        // this the only reference.
        unsafe { &mut *slot }
    }

    pub(super) fn state(&self) -> i64 {
        read(self.slots.expose_provenance() + PAYLOAD)
    }

    pub(super) fn set_state(&mut self, state: i64) {
        write(self.slots.expose_provenance() + PAYLOAD, state);
    }

    /// Moves a value to the address that the caller gave for it.
    pub(super) fn move_out(&mut self, from: VReg, to: u64) {
        let value = std::mem::take(self.value(from));
        let to = std::ptr::with_exposed_provenance_mut::<Value>(word_to_usize(to));
        // SAFETY: the caller gives the address of a valid value for each boxed result.
        unsafe { *to = value };
    }

    fn int(&self, reg: VReg) -> i64 {
        self.regs[reg.0 as usize].cast_signed()
    }

    fn float(&self, reg: VReg) -> f64 {
        float_bits(self.regs[reg.0 as usize])
    }

    fn set(&mut self, reg: VReg, word: u64) {
        self.regs[reg.0 as usize] = word;
    }

    fn set_int(&mut self, reg: VReg, n: i64) {
        self.set(reg, n.cast_unsigned());
    }

    /// A number, or the address of a value.
    pub(super) fn word(&self, operand: Operand) -> u64 {
        match operand {
            Operand::Reg(reg) if self.steps.func.kind_of(reg) == Reg::Slot => self.slot_word(reg),
            Operand::Reg(reg) => self.regs[reg.0 as usize],
            Operand::Imm(n) => n.cast_unsigned(),
            Operand::Const(id) => self.steps.consts.get(&id).map_or(0, |address| *address as u64),
        }
    }

    fn address(&self, operand: Operand) -> usize {
        word_to_usize(self.word(operand))
    }

    /// A load of a register's kind.
    fn load(&mut self, dst: VReg, address: usize) {
        let word = match self.steps.func.kind_of(dst) {
            Reg::Bool => u64::from(read::<u8>(address)),
            Reg::Int | Reg::Float | Reg::Slot => read::<u64>(address),
            Reg::Pair | Reg::Quad => unreachable!("{NO_PAIRS}"),
        };
        self.set(dst, word);
    }

    pub(super) fn inst(&mut self, inst: &Inst) -> Result<(), Stop> {
        match inst {
            Inst::Rt { rt, args, out, loc } => return self.rt_inst(*rt, args, *out, *loc),
            Inst::Call { spec, args, outs, loc } => return self.call(*spec, args, outs, *loc),
            Inst::Int(dst, n) => self.set_int(*dst, *n),
            Inst::Float(dst, x) => self.set(*dst, x.to_bits()),
            Inst::Bool(dst, x) => self.set(*dst, u64::from(*x)),
            Inst::Copy(dst, src) | Inst::BoolToInt(dst, src) => {
                let word = self.regs[src.0 as usize];
                self.set(*dst, word);
            }
            Inst::Checked { op, dst, a, b, site } => return self.checked(*op, *dst, *a, *b, *site),
            Inst::AnyDivides { dst, a, b, more, .. } => {
                let (a, b) = (self.int(*a), self.int(*b));
                let divides =
                    |n: &i32| a.checked_rem(b.wrapping_add((*n).into())).is_none_or(|rest| rest == 0);
                let any = more.iter().any(divides);
                self.set(*dst, u64::from(any));
            }
            Inst::Divide { is_mod, by: Quotient::Unsigned, dst, a, b, .. } => {
                let (x, y) = (self.int(*a).cast_unsigned(), self.int(*b).cast_unsigned().max(1));
                self.set(*dst, if *is_mod { x % y } else { x / y });
            }
            Inst::Divide { is_mod, dst, a, b, site, loc, .. } => {
                let value = self.divide(*is_mod, self.int(*a), self.int(*b), *site, *loc)?;
                self.set_int(*dst, value);
            }
            Inst::SpecAddress { dst, spec } => {
                let address = self.body_address(*spec)?;
                self.set(*dst, address as u64);
            }
            Inst::Known { .. } => {}
            Inst::Mark { mark } => self.listed.mark.set(*mark),
            Inst::Tick(dst) => {
                let n = afar_runtime::pool::ticks().load(Ordering::Relaxed);
                self.set(*dst, n.cast_unsigned());
            }
            // Nothing waits for its turn where it is stepped.
            Inst::Plenty(dst) => self.set(*dst, 1),
            Inst::Poll { loc } => {
                if hooks::attention_flag().load(Ordering::Relaxed) && self.rt(Rt::poll, &[], None) != 0 {
                    return Err(Stop::Fault(*loc));
                }
            }
            _ => self.plain_inst(inst),
        }
        Ok(())
    }

    fn plain_inst(&mut self, inst: &Inst) {
        match inst {
            Inst::IntOp { op, dst, a, b } => {
                let value = int_op(*op, self.int(*a), self.word(*b).cast_signed());
                self.set_int(*dst, value);
            }
            Inst::FloatOp { op, dst, a, b } => {
                let (x, y) = (self.float(*a), self.float(*b));
                let value = match op {
                    FloatOp::Add => x + y,
                    FloatOp::Sub => x - y,
                    FloatOp::Mul => x * y,
                    FloatOp::Div => x / y,
                };
                self.set(*dst, value.to_bits());
            }
            Inst::FloatUnary { op, dst, a } => {
                let x = self.float(*a);
                let value = match op {
                    FloatUnary::Neg => nan::plain(-x),
                    FloatUnary::Abs => nan::plain(x.abs()),
                    FloatUnary::Sqrt => x.sqrt(),
                };
                self.set(*dst, value.to_bits());
            }
            Inst::FloatCall { func, dst, a, b } => {
                let (x, y) = (self.float(*a), b.map_or(0.0, |b| self.float(b)));
                let value = match func {
                    FloatFn::Unary(func) => func.call(x),
                    FloatFn::Pow => libm::power(x, y),
                };
                self.set(*dst, value.to_bits());
            }
            Inst::IntCmp { cmp, dst, a, b } => {
                let holds = compare(*cmp, &self.int(*a), &self.word(*b).cast_signed());
                self.set(*dst, u64::from(holds));
            }
            Inst::Below { dst, a, b } => {
                let holds = self.regs[a.0 as usize] < self.regs[b.0 as usize];
                self.set(*dst, u64::from(holds));
            }
            Inst::FloatCmp { cmp, dst, a, b } => {
                let holds = compare(*cmp, &self.float(*a), &self.float(*b));
                self.set(*dst, u64::from(holds));
            }
            #[expect(clippy::cast_precision_loss, reason = "rounded to nearest, as asked")]
            Inst::IntToFloat(dst, a) => {
                let value = self.int(*a) as f64;
                self.set(*dst, value.to_bits());
            }
            Inst::Not(dst, a) => {
                let word = self.regs[a.0 as usize] ^ 1;
                self.set(*dst, word);
            }
            Inst::Select { dst, cond, then, orelse } => {
                let chosen = if self.regs[cond.0 as usize] != 0 { then } else { orelse };
                let word = self.regs[chosen.0 as usize];
                self.set(*dst, word);
            }
            Inst::IntToBool(dst, a) => {
                let holds = self.int(*a) != 0;
                self.set(*dst, u64::from(holds));
            }
            _ => self.memory_inst(inst),
        }
    }

    fn memory_inst(&mut self, inst: &Inst) {
        match inst {
            Inst::Box(dst, src) => {
                let word = self.regs[src.0 as usize];
                *self.value(*dst) = match self.steps.func.kind_of(*src) {
                    Reg::Bool => Value::Bool(word != 0),
                    Reg::Float => Value::Float(float_bits(word)),
                    Reg::Int | Reg::Slot => Value::Int(word.cast_signed()),
                    Reg::Pair | Reg::Quad => unreachable!("{NO_PAIRS}"),
                };
            }
            Inst::SetNone(dst) => *self.value(*dst) = Value::None,
            Inst::Clear(dst) => *self.value(*dst) = Value::Unbound,
            Inst::ClearRun(dst, n) => {
                self.rt(Rt::drop_run, &[self.slot_word(*dst), u64::from(*n)], None);
            }
            Inst::Clone(dst, src) => {
                self.rt(Rt::clone_value, &[self.slot_word(*dst), self.word(*src)], None);
            }
            // What the slot held is dropped as well as kept.
            Inst::Move(dst, src) | Inst::Recycle { dst, src, .. } => {
                let value = std::mem::take(self.value(*src));
                *self.value(*dst) = value;
            }
            Inst::Unbox(dst, src) => {
                let address = self.address(*src);
                self.load(*dst, address + PAYLOAD);
            }
            Inst::HasTag { dst, value, tag } => {
                let holds = read::<u8>(self.address(*value)) == *tag;
                self.set(*dst, u64::from(holds));
            }
            Inst::Address(dst, src) => {
                let word = self.word(*src);
                self.set(*dst, word);
            }
            Inst::Load { dst, address, offset, .. } => {
                let at = self.field(*address, *offset);
                self.load(*dst, at);
            }
            Inst::Store { src, address, offset } => {
                let at = self.field(*address, *offset);
                let word = self.regs[src.0 as usize];
                match self.steps.func.kind_of(*src) {
                    Reg::Bool => write(at, u8::from(word != 0)),
                    Reg::Int | Reg::Float | Reg::Slot => write(at, word),
                    Reg::Pair | Reg::Quad => unreachable!("{NO_PAIRS}"),
                }
            }
            Inst::FrameMemory { dst, bytes } => {
                self.memory.push(vec![0u128; bytes.div_ceil(16) as usize].into());
                let address = self.memory.last_mut().map_or(0, |m| m.as_mut_ptr().expose_provenance());
                self.set(*dst, address as u64);
            }
            // Nobody can take what waits while it is stepped.
            Inst::ForkPush { .. } => {}
            Inst::ForkPop { dst, .. } => self.set(*dst, 0),
            _ => unreachable!("`inst`, `plain_inst` and this have an arm for each instruction; {NO_PAIRS}"),
        }
    }

    fn field(&self, address: VReg, offset: i32) -> usize {
        word_to_usize(self.regs[address.0 as usize].wrapping_add_signed(i64::from(offset)))
    }

    fn checked(&mut self, op: CheckedOp, dst: VReg, a: VReg, b: VReg, site: u32) -> Result<(), Stop> {
        let (x, y) = (self.int(a), self.int(b));
        let value = match op {
            CheckedOp::Add | CheckedOp::Sum => x.checked_add(y),
            CheckedOp::Sub => x.checked_sub(y),
            CheckedOp::Mul => x.checked_mul(y),
            CheckedOp::Shl => {
                let by = u32::try_from(y & 63).unwrap_or(0);
                let value = x.wrapping_shl(by);
                (value.wrapping_shr(by) == x).then_some(value)
            }
        };
        self.set_int(dst, value.ok_or(Stop::Widen(site))?);
        Ok(())
    }

    fn divide(&mut self, is_mod: bool, x: i64, y: i64, site: u32, loc: u32) -> Result<i64, Stop> {
        if y == 0 {
            self.rt(Rt::raise_zero_division, &[u64::from(is_mod)], None);
            return Err(Stop::Fault(loc));
        }
        if y == -1 {
            return if is_mod { Ok(0) } else { x.checked_neg().ok_or(Stop::Widen(site)) };
        }
        let (quotient, rest) = (x / y, x % y);
        // The remainder has the sign of the divisor: where it is not zero and the signs differ, one divisor more.
        let is_off = rest != 0 && (rest ^ y) < 0;
        Ok(match (is_mod, is_off) {
            (true, true) => rest + y,
            (true, false) => rest,
            (false, is_off) => quotient - i64::from(is_off),
        })
    }
}

fn int_op(op: IntOp, x: i64, y: i64) -> i64 {
    let by = u32::try_from(y & 63).unwrap_or(0);
    match op {
        IntOp::Add => x.wrapping_add(y),
        IntOp::Sub => x.wrapping_sub(y),
        IntOp::Mul => x.wrapping_mul(y),
        IntOp::And => x & y,
        IntOp::Or => x | y,
        IntOp::Xor => x ^ y,
        IntOp::Sar => x.wrapping_shr(by),
        IntOp::Shr => x.cast_unsigned().wrapping_shr(by).cast_signed(),
        IntOp::Shl => x.wrapping_shl(by),
        IntOp::Min => x.min(y),
        IntOp::Max => x.max(y),
    }
}

fn compare<T: PartialOrd>(cmp: Cmp, a: &T, b: &T) -> bool {
    match cmp {
        Cmp::Eq => a == b,
        Cmp::Ne => a != b,
        Cmp::Lt => a < b,
        Cmp::Le => a <= b,
        Cmp::Gt => a > b,
        Cmp::Ge => a >= b,
    }
}
