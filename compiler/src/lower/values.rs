//! Values while an expression is lowered, and their conversions.

use super::Lower;
use crate::ir::{Inst, Operand, VReg};
use crate::types::{ConstId, NO_PAIRS, Reg, Ty};
use afar_lang::ast::Name;
use afar_runtime::Value;
use afar_runtime::abi::Rt;

/// One component of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part {
    /// A number, float or boolean.
    Reg(VReg),
    /// A temporary slot that belongs to this value: it may be moved from.
    Temp(VReg),
    /// A slot of a variable.
    Var(VReg),
    /// The address of a value that is kept alive by something else during the statement.
    Address(VReg),
    /// A constant.
    Const(ConstId),
}

impl Part {
    /// The register or slot that it lies in.
    pub fn register(&self) -> Option<VReg> {
        match self {
            Self::Reg(r) | Self::Temp(r) | Self::Var(r) => Some(*r),
            Self::Address(_) | Self::Const(_) => None,
        }
    }
}

/// A value: its type, and a part for each component of the type.
#[derive(Clone, Debug)]
pub struct Val {
    /// Its type.
    pub ty: Ty,
    /// Its components.
    pub parts: Vec<Part>,
}

impl Val {
    /// Nothing comes here.
    pub fn never() -> Self {
        Self { ty: Ty::Never, parts: Vec::new() }
    }

    /// `None`.
    pub fn none() -> Self {
        Self { ty: Ty::None, parts: Vec::new() }
    }

    /// An int in a register.
    pub fn int(reg: VReg) -> Self {
        Self { ty: Ty::Int, parts: vec![Part::Reg(reg)] }
    }

    /// A word of 64 bits in a register.
    pub fn word(reg: VReg) -> Self {
        Self { ty: Ty::Word, parts: vec![Part::Reg(reg)] }
    }

    /// A float in a register.
    pub fn float(reg: VReg) -> Self {
        Self { ty: Ty::Float, parts: vec![Part::Reg(reg)] }
    }

    /// A boolean in a register.
    pub fn bool(reg: VReg) -> Self {
        Self { ty: Ty::Bool, parts: vec![Part::Reg(reg)] }
    }

    /// A boxed value in a temporary.
    pub fn temp(slot: VReg) -> Self {
        Self { ty: Ty::Any, parts: vec![Part::Temp(slot)] }
    }

    /// A known value.
    pub fn constant(id: ConstId) -> Self {
        Self { ty: Ty::Const(id), parts: Vec::new() }
    }

    /// With a narrower type, in the same representation.
    pub fn typed(mut self, ty: Ty) -> Self {
        self.ty = ty;
        self
    }

    /// The register of a number.
    pub fn reg(&self) -> Option<VReg> {
        match self.parts.first() {
            Some(Part::Reg(r)) => Some(*r),
            _ => None,
        }
    }

    /// The items of a tuple, each with its parts.
    pub fn items(&self) -> Option<Vec<Val>> {
        let Ty::Tuple(types) = &self.ty else { return None };
        Some(self.split(types.iter()))
    }

    /// Cuts the parts by these types.
    pub fn split<'a>(&self, types: impl Iterator<Item = &'a Ty>) -> Vec<Val> {
        let mut at = 0;
        types
            .map(|ty| {
                let n = ty.regs().len();
                let parts = self.parts[at..at + n].to_vec();
                at += n;
                Val { ty: ty.clone(), parts }
            })
            .collect()
    }

    /// A tuple of these items.
    pub fn tuple(items: &[Val]) -> Self {
        Self {
            ty: Ty::tuple(items.iter().map(|v| v.ty.clone()).collect()),
            parts: items.iter().flat_map(|v| v.parts.iter().copied()).collect(),
        }
    }
}

impl Lower<'_, '_> {
    pub(super) fn part_operand(part: Part) -> Operand {
        match part {
            Part::Reg(r) | Part::Temp(r) | Part::Var(r) | Part::Address(r) => Operand::Reg(r),
            Part::Const(c) => Operand::Const(c),
        }
    }

    /// Text as a constant of the pool, for the runtime.
    pub(super) fn name_const(&mut self, name: &Name) -> Operand {
        Operand::Const(self.comp.intern(name))
    }

    pub(super) fn const_value(&mut self, value: Value) -> Val {
        Val::constant(self.comp.constant(value))
    }

    pub(super) fn text_const(&mut self, text: &str) -> Operand {
        Operand::Const(self.comp.intern(text))
    }

    /// The value boxed, as something that the runtime can read.
    pub(super) fn boxed_operand(&mut self, value: &Val) -> Operand {
        match &value.ty {
            Ty::Const(c) => Operand::Const(*c),
            Ty::None => Operand::Const(self.comp.constant(Value::None)),
            Ty::Never => Operand::Const(self.comp.constant(Value::None)),
            ty if ty.is_slot() => Self::part_operand(value.parts[0]),
            _ => {
                let boxed = self.to_any(value.clone());
                Self::part_operand(boxed.parts[0])
            }
        }
    }

    /// The value, boxed.
    #[expect(clippy::wrong_self_convention, reason = "the value is converted, the lowering only emits")]
    pub(super) fn to_any(&mut self, value: Val) -> Val {
        self.convert(value, &Ty::Any)
    }

    /// The value, of a wider type.
    pub(super) fn convert(&mut self, value: Val, to: &Ty) -> Val {
        if value.ty == *to {
            return value;
        }
        match (&value.ty, to) {
            (Ty::Never, _) => self.default_of(to),
            (Ty::Tuple(_), Ty::Tuple(types)) => {
                let items = value.items().unwrap_or_default();
                let items: Vec<Val> =
                    items.into_iter().zip(types.iter()).map(|(v, t)| self.convert(v, t)).collect();
                Val::tuple(&items)
            }
            (Ty::Closure(from), Ty::Closure(target)) if from.code == target.code => {
                let values = value.split(from.components().iter());
                let mut parts = Vec::new();
                for (i, v) in values.into_iter().enumerate() {
                    let v = match i.checked_sub(1).and_then(|i| target.captures.get(i)) {
                        Some(capture) => self.convert(v, capture),
                        None => v,
                    };
                    parts.extend(v.parts);
                }
                Val { ty: to.clone(), parts }
            }
            (Ty::Int | Ty::Bool, Ty::Word) => match self.as_word(&value) {
                Some(word) => Val::word(word),
                None => self.default_of(to),
            },
            (from, Ty::Any | Ty::Str | Ty::List(_)) if from.is_slot() => {
                Val { ty: to.clone(), parts: value.parts }
            }
            (_, Ty::Any) => {
                let slot = self.temp();
                self.box_into(slot, &value);
                Val::temp(slot)
            }
            // Only joins ask for conversions, and joins are upper bounds: nothing else can be asked for, but in code that a
            // later round replaces.
            _ => self.default_of(to),
        }
    }

    /// Some value of a type, for code that is never reached.
    pub(super) fn default_of(&mut self, ty: &Ty) -> Val {
        let parts = ty
            .regs()
            .into_iter()
            .map(|kind| match kind {
                Reg::Slot => Part::Temp(self.temp()),
                Reg::Pair | Reg::Quad => unreachable!("{NO_PAIRS}"),
                Reg::Int => Part::Reg(self.int(0)),
                Reg::Float => {
                    let reg = self.func.reg(Reg::Float);
                    self.emit(Inst::Float(reg, 0.0));
                    Part::Reg(reg)
                }
                Reg::Bool => {
                    let reg = self.func.reg(Reg::Bool);
                    self.emit(Inst::Bool(reg, false));
                    Part::Reg(reg)
                }
            })
            .collect();
        Val { ty: ty.clone(), parts }
    }

    /// Writes the value, boxed, into a slot.
    pub(super) fn box_into(&mut self, slot: VReg, value: &Val) {
        match &value.ty {
            Ty::Never => {}
            Ty::None => self.emit(Inst::SetNone(slot)),
            Ty::Const(c) => self.emit(Inst::Clone(slot, Operand::Const(*c))),
            Ty::Bool | Ty::Int | Ty::Float => {
                if let Some(reg) = value.reg() {
                    self.emit(Inst::Box(slot, reg));
                }
            }
            Ty::Word => {
                if let Some(reg) = value.reg() {
                    self.rt_into(slot, Rt::box_word, vec![Operand::Reg(reg)]);
                }
            }
            Ty::Str | Ty::List(_) | Ty::Cell | Ty::Any => match value.parts[0] {
                Part::Temp(src) => self.emit(Inst::Move(slot, src)),
                part => self.emit(Inst::Clone(slot, Self::part_operand(part))),
            },
            Ty::Tuple(_) => {
                let items = value.items().unwrap_or_default();
                let (first, n) = self.run_of(&items);
                self.rt_into(slot, Rt::make_tuple, vec![Operand::Reg(first), Operand::Imm(n)]);
            }
            Ty::Range => {
                let args = value.parts.iter().map(|p| Self::part_operand(*p)).collect();
                self.rt_into(slot, Rt::make_range, args);
            }
            Ty::Closure(closure) => self.box_closure(slot, &closure.clone(), value),
        }
    }

    pub(super) fn rt_into(&mut self, slot: VReg, rt: Rt, args: Vec<Operand>) {
        let loc = self.place();
        self.emit(Inst::Rt { rt, args, out: Some(slot), loc });
    }

    /// Boxes values into consecutive slots: the first one, and how many.
    pub(super) fn run_of(&mut self, values: &[Val]) -> (VReg, i64) {
        let slots = self.temp_run(values.len());
        for (slot, value) in slots.iter().zip(values) {
            self.box_into(*slot, value);
        }
        (slots[0], i64::try_from(values.len()).unwrap_or(i64::MAX))
    }

    /// The value of a constant of this type, where that is made of numbers.
    fn unbox_const(&mut self, id: ConstId, ty: &Ty) -> Option<Val> {
        match (self.comp.const_value(id).clone(), ty) {
            (Value::Int(n), Ty::Int) => Some(Val::int(self.int(n))),
            (Value::Float(x), Ty::Float) => {
                let reg = self.func.reg(Reg::Float);
                self.emit(Inst::Float(reg, x));
                Some(Val::float(reg))
            }
            (Value::Bool(b), Ty::Bool) => {
                let reg = self.func.reg(Reg::Bool);
                self.emit(Inst::Bool(reg, b));
                Some(Val::bool(reg))
            }
            (Value::Tuple(items), Ty::Tuple(types)) => {
                let items: Vec<Val> = items
                    .iter()
                    .zip(types.iter())
                    .map(|(item, ty)| {
                        let item = self.comp.constant(item.clone());
                        self.unbox(Operand::Const(item), ty)
                    })
                    .collect();
                Some(Val::tuple(&items))
            }
            _ => None,
        }
    }

    /// The value of a boxed value of this type, which it is known to have.
    pub(super) fn unbox(&mut self, source: Operand, ty: &Ty) -> Val {
        if let Operand::Const(id) = source
            && let Some(value) = self.unbox_const(id, ty)
        {
            return value;
        }
        match ty {
            Ty::Bool | Ty::Int | Ty::Float => {
                let reg = self.func.reg(ty.regs()[0]);
                self.emit(Inst::Unbox(reg, source));
                Val { ty: ty.clone(), parts: vec![Part::Reg(reg)] }
            }
            Ty::Word => Val::word(self.rt_int(Rt::unbox_word, vec![source])),
            Ty::Never | Ty::None | Ty::Const(_) => Val { ty: ty.clone(), parts: Vec::new() },
            Ty::Tuple(types) => {
                let types = types.clone();
                let items: Vec<Val> = types
                    .iter()
                    .enumerate()
                    .map(|(i, t)| {
                        let idx = i64::try_from(i).unwrap_or(i64::MAX);
                        let item = self.rt_value(Rt::tuple_item, vec![source, Operand::Imm(idx)]);
                        self.unbox(Self::part_operand(item.parts[0]), t)
                    })
                    .collect();
                Val::tuple(&items)
            }
            Ty::Range => {
                let parts = (0..3)
                    .map(|i| Part::Reg(self.rt_int(Rt::range_part, vec![source, Operand::Imm(i)])))
                    .collect();
                Val { ty: Ty::Range, parts }
            }
            Ty::Str | Ty::List(_) | Ty::Cell | Ty::Any => match source {
                Operand::Const(c) => Val { ty: ty.clone(), parts: vec![Part::Const(c)] },
                Operand::Reg(r) if self.func.kind_of(r) == Reg::Slot => {
                    Val { ty: ty.clone(), parts: vec![Part::Temp(r)] }
                }
                Operand::Reg(r) => Val { ty: ty.clone(), parts: vec![Part::Address(r)] },
                Operand::Imm(_) => Val::never(),
            },
            Ty::Closure(closure) => {
                let closure = closure.clone();
                let mut parts = vec![Part::Reg(self.rt_int(Rt::func_identity, vec![source]))];
                for (i, t) in closure.captures.iter().enumerate() {
                    let idx = Operand::Imm(i64::try_from(i).unwrap_or(i64::MAX));
                    let item = self.rt_value(Rt::func_capture, vec![source, idx]);
                    parts.extend(self.unbox(Self::part_operand(item.parts[0]), t).parts);
                }
                for (i, t) in closure.defaults.iter().enumerate() {
                    if let Some(t) = t {
                        let idx = Operand::Imm(i64::try_from(i).unwrap_or(i64::MAX));
                        let item = self.rt_value(Rt::func_default, vec![source, idx]);
                        parts.extend(self.unbox(Self::part_operand(item.parts[0]), t).parts);
                    }
                }
                Val { ty: ty.clone(), parts }
            }
        }
    }
}
