//! Values of a straight way are numbered: what was computed, loaded or found out before is not again.

use crate::ir::regs::{each_written, map_term_regs, visit_mut};
use crate::ir::{
    BlockId, Cmp, FloatOp, FloatUnary, Func, Inst, IntOp, Lasts, Operand, Term, VReg, regs::Access,
};
use crate::passes::slots;
use crate::types::Reg;
use rustc_hash::{FxHashMap, FxHashSet};

/// What a value was made of.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Int(i64),
    Float(u64),
    IntOp(IntOp, u32, u32),
    IntCmp(Cmp, u32, u32),
    FloatOp(FloatOp, u32, u32),
    FloatUnary(FloatUnary, u32),
    FloatCmp(Cmp, u32, u32),
    Below(u32, u32),
    IntToFloat(u32),
    /// The address of a value in a slot, which is the same whatever the value is.
    Slot(VReg),
    Const(u32),
    /// Of this kind, from an address and this far behind it.
    Load(Reg, u32, i32),
}

struct Numbers {
    /// The number of what a register holds.
    of: FxHashMap<VReg, u32>,
    /// A register that held a value when it was made.
    home: Vec<Option<VReg>>,
    /// What it was made of, where that is known.
    key: Vec<Option<Key>>,
    made: FxHashMap<Key, u32>,
    /// The slot that a loaded value or an address came from.
    root: FxHashMap<u32, VReg>,
    ints: FxHashMap<u32, i64>,
    zeros: FxHashSet<u32>,
    /// Floats that are not below zero: greater, zero, or none.
    natural: FxHashSet<u32>,
    /// Booleans that are known.
    known: FxHashMap<u32, bool>,
    /// Bounds, and an index that is below them.
    below: FxHashMap<u32, i64>,
}

/// Leaves out what is known already on a way.
pub(super) fn number(func: &mut Func, way: &[BlockId]) {
    let mut all = Numbers {
        of: FxHashMap::default(),
        home: Vec::new(),
        key: Vec::new(),
        made: FxHashMap::default(),
        root: FxHashMap::default(),
        ints: FxHashMap::default(),
        zeros: FxHashSet::default(),
        natural: FxHashSet::default(),
        known: FxHashMap::default(),
        below: FxHashMap::default(),
    };
    for (i, id) in way.iter().enumerate() {
        let mut insts = std::mem::take(&mut func.blocks[id.0 as usize].insts);
        for inst in &mut insts {
            all.step(func, inst);
        }
        let mut term = std::mem::replace(&mut func.blocks[id.0 as usize].term, Term::Open);
        map_term_regs(&mut term, &|r| all.source(func, r));
        if let (Term::Branch { cond, then, orelse }, next) = (&term, way.get(i + 1)) {
            let cond = all.number(*cond);
            match (all.known.get(&cond), next) {
                (Some(known), _) => term = Term::Jump(if *known { *then } else { *orelse }),
                (None, Some(next)) if then != orelse => all.learn(cond, next == then),
                _ => {}
            }
        }
        let block = &mut func.blocks[id.0 as usize];
        block.insts = insts;
        block.term = term;
    }
}

impl Numbers {
    fn fresh(&mut self, home: Option<VReg>) -> u32 {
        self.home.push(home);
        self.key.push(None);
        u32::try_from(self.home.len() - 1).unwrap_or(u32::MAX)
    }

    fn number(&mut self, reg: VReg) -> u32 {
        if let Some(n) = self.of.get(&reg) {
            return *n;
        }
        let n = self.fresh(Some(reg));
        self.of.insert(reg, n);
        n
    }

    fn operand(&mut self, operand: Operand) -> Option<u32> {
        match operand {
            Operand::Reg(reg) => Some(self.number(reg)),
            Operand::Imm(n) => Some(self.keyed(Key::Int(n))),
            Operand::Const(_) => None,
        }
    }

    /// The number of a value that is made of this, in whatever register.
    fn keyed(&mut self, key: Key) -> u32 {
        if let Some(n) = self.made.get(&key) {
            return *n;
        }
        let n = self.fresh(None);
        self.key[n as usize] = Some(key);
        self.made.insert(key, n);
        if let Key::Int(known) = key {
            self.ints.insert(n, known);
        }
        n
    }

    /// The register that what a register holds was in first, if it is there still.
    fn source(&self, func: &Func, reg: VReg) -> VReg {
        let home = self.of.get(&reg).and_then(|n| self.home[*n as usize].map(|home| (home, *n)));
        match home {
            Some((home, n)) if self.of.get(&home) == Some(&n) && func.kind_of(home) == func.kind_of(reg) => {
                home
            }
            _ => reg,
        }
    }

    fn step(&mut self, func: &Func, inst: &mut Inst) {
        visit_mut(inst, &mut |reg, access| {
            if access == Access::Read && func.kind_of(*reg) != Reg::Slot {
                *reg = self.source(func, *reg);
            }
        });
        // The address of a value whose address is in a register already.
        if let Inst::Address(dst, Operand::Reg(src)) = inst
            && func.kind_of(*src) == Reg::Int
        {
            *inst = Inst::Copy(*dst, *src);
        }
        // Of what is not below zero one comparison tells; with equality another asks whether it is a number.
        if let Inst::FloatCmp { cmp: cmp @ Cmp::Eq, a, b, .. } = inst {
            let (a, b) = (self.number(*a), self.number(*b));
            if self.natural.contains(&a) && self.zeros.contains(&b) {
                *cmp = Cmp::Le;
            }
        }
        if let Inst::Copy(dst, src) = inst {
            let n = self.number(*src);
            self.of.insert(*dst, n);
            return;
        }
        if let Some((dst, key)) = self.key(func, inst) {
            return self.define(func, inst, dst, key);
        }
        self.forget_loads(func, inst);
        let mut written = Vec::new();
        each_written(inst, &mut |r| written.push(r));
        for reg in written {
            let n = self.fresh(Some(reg));
            self.of.insert(reg, n);
        }
    }

    /// A value that is made of others alone: where it was made before, it is copied.
    fn define(&mut self, func: &Func, inst: &mut Inst, dst: VReg, key: Key) {
        let is_known = self.made.contains_key(&key);
        let n = self.keyed(key);
        self.note(key, n);
        if let Some(known) = self.known.get(&n)
            && func.kind_of(dst) == Reg::Bool
        {
            *inst = Inst::Bool(dst, *known);
        }
        let home = self.home[n as usize].filter(|home| self.of.get(home) == Some(&n));
        match home {
            Some(home)
                if is_known
                    && home != dst
                    && !matches!(inst, Inst::Bool(..) | Inst::Int(..) | Inst::Float(..)) =>
            {
                *inst = Inst::Copy(dst, home);
            }
            Some(_) => {}
            None => self.home[n as usize] = Some(dst),
        }
        self.of.insert(dst, n);
    }

    fn key(&mut self, func: &Func, inst: &Inst) -> Option<(VReg, Key)> {
        Some(match inst {
            Inst::Int(dst, n) => (*dst, Key::Int(*n)),
            Inst::Float(dst, x) => (*dst, Key::Float(x.to_bits())),
            Inst::IntOp { op, dst, a, b } => (*dst, Key::IntOp(*op, self.number(*a), self.operand(*b)?)),
            Inst::IntCmp { cmp, dst, a, b } => (*dst, Key::IntCmp(*cmp, self.number(*a), self.operand(*b)?)),
            Inst::FloatOp { op, dst, a, b } if func.kind_of(*dst) == Reg::Float => {
                let (a, b) = (self.number(*a), self.number(*b));
                (*dst, self.float_op(*op, a, b))
            }
            Inst::FloatUnary { op, dst, a } if func.kind_of(*dst) == Reg::Float => {
                (*dst, Key::FloatUnary(*op, self.number(*a)))
            }
            Inst::FloatCmp { cmp, dst, a, b } => {
                (*dst, Key::FloatCmp(*cmp, self.number(*a), self.number(*b)))
            }
            Inst::Below { dst, a, b } => (*dst, Key::Below(self.number(*a), self.number(*b))),
            Inst::IntToFloat(dst, a) => (*dst, Key::IntToFloat(self.number(*a))),
            Inst::Address(dst, Operand::Reg(slot)) if func.kind_of(*slot) == Reg::Slot => {
                (*dst, Key::Slot(*slot))
            }
            Inst::Address(dst, Operand::Const(id)) => (*dst, Key::Const(id.0)),
            Inst::Load { dst, address, offset, lasts } if *lasts != Lasts::No => {
                (*dst, Key::Load(func.kind_of(*dst), self.number(*address), *offset))
            }
            _ => return None,
        })
    }

    /// Sums and products are the same either way round, and so are the squares of `a - b` and `b - a`. (Of two NaNs, IEEE 754 does
    /// not say which one the result is.)
    fn float_op(&mut self, op: FloatOp, a: u32, b: u32) -> Key {
        let (a, b) = match op {
            FloatOp::Add | FloatOp::Mul => (a.min(b), a.max(b)),
            FloatOp::Sub | FloatOp::Div => (a, b),
        };
        match self.key[a as usize] {
            Some(Key::FloatOp(FloatOp::Sub, x, y)) if op == FloatOp::Mul && a == b && x > y => {
                let turned = self.keyed(Key::FloatOp(FloatOp::Sub, y, x));
                Key::FloatOp(op, turned, turned)
            }
            _ => Key::FloatOp(op, a, b),
        }
    }

    /// What follows from how a value was made.
    fn note(&mut self, key: Key, n: u32) {
        match key {
            Key::Slot(slot) => {
                self.root.insert(n, slot);
            }
            Key::Load(_, address, _) | Key::IntOp(_, address, _) => {
                if let Some(root) = self.root.get(&address) {
                    self.root.insert(n, *root);
                } else if let Key::IntOp(_, _, other) = key
                    && let Some(root) = self.root.get(&other)
                {
                    self.root.insert(n, *root);
                }
            }
            Key::Float(bits) if f64::from_bits(bits) >= 0.0 => {
                self.natural.insert(n);
                if f64::from_bits(bits) == 0.0 {
                    self.zeros.insert(n);
                }
            }
            Key::FloatOp(FloatOp::Mul, a, b) if a == b => {
                self.natural.insert(n);
            }
            Key::FloatOp(FloatOp::Add | FloatOp::Mul, a, b)
                if self.natural.contains(&a) && self.natural.contains(&b) =>
            {
                self.natural.insert(n);
            }
            Key::FloatUnary(FloatUnary::Sqrt, _) => {
                self.natural.insert(n);
            }
            Key::FloatCmp(Cmp::Lt, a, b) if self.natural.contains(&a) && self.zeros.contains(&b) => {
                self.known.insert(n, false);
            }
            Key::Below(a, b) => {
                let index = self.ints.get(&a).copied().filter(|index| *index >= 0);
                if let (Some(index), Some(other)) = (index, self.below.get(&b))
                    && index <= *other
                {
                    self.known.insert(n, true);
                }
            }
            _ => {}
        }
    }

    /// A branch on the way tells what its condition is.
    fn learn(&mut self, cond: u32, is_true: bool) {
        self.known.insert(cond, is_true);
        if let (Some(Key::Below(a, b)), true) = (self.key[cond as usize], is_true)
            && let Some(index) = self.ints.get(&a).copied().filter(|index| *index >= 0)
        {
            let most = self.below.entry(b).or_insert(index);
            *most = index.max(*most);
        }
    }

    /// What was loaded of a value is not known any more once its slot holds another.
    fn forget_loads(&mut self, func: &Func, inst: &Inst) {
        let mut gone: FxHashSet<VReg> = FxHashSet::default();
        each_written(inst, &mut |r| {
            gone.insert(r);
        });
        match inst {
            Inst::Move(_, from) => {
                gone.insert(*from);
            }
            Inst::ClearRun(first, n) => gone.extend((first.0..first.0 + n).map(VReg)),
            Inst::Rt { args, .. } | Inst::Call { args, .. } | Inst::ForkPush { captured: args, .. } => {
                slots::each_in_runs(func, args, &mut |reg| {
                    gone.insert(reg);
                });
            }
            _ => {}
        }
        gone.retain(|r| func.kind_of(*r) == Reg::Slot);
        if gone.is_empty() {
            return;
        }
        let root = &self.root;
        self.made.retain(|key, n| {
            !matches!(key, Key::Load(..)) || root.get(n).is_none_or(|slot| !gone.contains(slot))
        });
    }
}
