//! Variables: what is known of each at the current point, and how ways are joined.

use super::{Edges, Lower, Mode, Part, Val};
use crate::ir::{BlockId, Inst, Operand, Term, VReg};
use crate::program::{Body, Owner};
use crate::types::{Reg, Ty, join, join_words};
use afar_lang::ast::{Name, NodeId};
use afar_runtime::abi::{self, Rt};

/// A variable of the function that is lowered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VarId(pub u32);

/// What does not change of a variable.
#[derive(Clone, Debug)]
pub struct VarInfo {
    /// Its name.
    pub name: Name,
    /// It lives in a cell.
    pub is_cell: bool,
    /// It belongs to an enclosing function.
    pub is_capture: bool,
    /// It must be boxed, since an exception may leave from anywhere with its value.
    pub forced: bool,
}

/// Is a variable bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// On no way here.
    No,
    /// On all ways.
    Yes,
    /// On some: its slot holds `Unbound` on the others.
    Maybe,
}

/// Where a variable's value lies.
#[derive(Clone, Debug, PartialEq)]
pub enum Loc {
    /// In its own registers.
    Own,
    /// At an address that somebody else keeps alive.
    Borrowed(VReg),
}

/// What is known of a variable at a point.
#[derive(Clone, Debug, PartialEq)]
pub struct VarState {
    /// Is it bound.
    pub bound: Bound,
    /// Its type, where it is bound.
    pub ty: Ty,
    /// Where it lies.
    pub loc: Loc,
}

impl VarState {
    /// Not bound.
    pub fn unbound() -> Self {
        Self { bound: Bound::No, ty: Ty::Never, loc: Loc::Own }
    }
}

fn join_states(a: &VarState, b: &VarState, words: bool) -> VarState {
    if a == b {
        return a.clone();
    }
    if a.bound == Bound::Yes && b.bound == Bound::Yes {
        let ty = if words { join_words(&a.ty, &b.ty) } else { join(&a.ty, &b.ty) }.capped();
        let loc = if a.loc == b.loc { a.loc.clone() } else { Loc::Own };
        return VarState { bound: Bound::Yes, ty, loc };
    }
    VarState { bound: if a.bound == b.bound { a.bound } else { Bound::Maybe }, ty: Ty::Any, loc: Loc::Own }
}

impl Lower<'_, '_> {
    pub(super) fn declare(&mut self, name: &Name, is_cell: bool) -> VarId {
        let id = VarId(u32::try_from(self.vars.len()).unwrap_or(u32::MAX));
        self.vars.push(VarInfo { name: name.clone(), is_cell, is_capture: false, forced: false });
        self.env.resize(self.vars.len(), VarState::unbound());
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.clone(), id);
        }
        id
    }

    /// A variable of an inner scope: the same one each time that the scope is lowered again.
    pub(super) fn declare_in(&mut self, scope: NodeId, name: &Name, is_cell: bool) -> VarId {
        if let Some(&id) = self.scope_vars.get(&(scope, name.clone())) {
            if let Some(names) = self.scopes.last_mut() {
                names.insert(name.clone(), id);
            }
            self.env.resize(self.vars.len(), VarState::unbound());
            return id;
        }
        let id = self.declare(name, is_cell);
        self.scope_vars.insert((scope, name.clone()), id);
        id
    }

    pub(super) fn find_var(&self, name: &str) -> Option<VarId> {
        // Only the body of a class itself sees its names: not a class or comprehension in it.
        self.find_var_in(name, self.scopes.len().wrapping_sub(1))
    }

    /// As an inner function sees it: not the names of the class body that is being run.
    pub(super) fn find_var_past_class(&self, name: &str) -> Option<VarId> {
        self.find_var_in(name, usize::MAX)
    }

    /// The variable, where the scopes of classes but this one are not seen.
    fn find_var_in(&self, name: &str, class: usize) -> Option<VarId> {
        let is_hidden = |i: usize| i != class && name != "__class__" && self.class_scopes.contains(&i);
        let scopes = self.scopes.iter().enumerate().rev();
        scopes.filter(|(i, _)| !is_hidden(*i)).find_map(|(_, scope)| scope.get(name).copied())
    }

    /// A variable of the function itself, past the scopes of comprehensions: where a walrus binds.
    pub(super) fn find_function_var(&self, name: &str) -> Option<VarId> {
        self.scopes.first().and_then(|scope| scope.get(name).copied())
    }

    pub(super) fn regs_of(&mut self, var: VarId, ty: &Ty) -> Vec<VReg> {
        // All that is one boxed value shares a slot; of other types each has registers of its own, also where they are of the same kinds.
        let key = if ty.is_slot() { Ty::Any } else { ty.clone() };
        if let Some(regs) = self.var_regs.get(&(var, key.clone())) {
            return regs.clone();
        }
        let regs: Vec<VReg> = ty.regs().iter().map(|kind| self.func.reg(*kind)).collect();
        self.var_regs.insert((var, key), regs.clone());
        regs
    }

    pub(super) fn make_cell(&mut self, var: VarId) {
        let state = self.env[var.0 as usize].clone();
        let value = match state.bound {
            Bound::Yes => {
                let value = self.read_state(var, &state);
                let value = self.boxed_operand(&value);
                let cell = self.rt_value(Rt::new_cell, vec![value]);
                Val { ty: Ty::Cell, parts: cell.parts }
            }
            _ => {
                let cell = self.rt_value(Rt::new_empty_cell, vec![]);
                Val { ty: Ty::Cell, parts: cell.parts }
            }
        };
        let regs = self.regs_of(var, &Ty::Cell);
        self.store_regs(&regs, &value);
        self.env[var.0 as usize] = VarState { bound: Bound::Yes, ty: Ty::Cell, loc: Loc::Own };
        self.forget_shadow(var);
    }

    /// The variable that has what a variable in a cell was last bound to. Only its own function binds it, in places that are all seen
    /// here, unless expressions do.
    fn shadow(&mut self, var: VarId) -> Option<VarId> {
        let info = &self.vars[var.0 as usize];
        if self.mode != Mode::Unit || self.reads_copy || info.is_capture {
            return None;
        }
        if let Some(known) = self.shadows.get(&var).copied() {
            self.env.resize(self.vars.len(), VarState::unbound());
            return Some(known);
        }
        let name = Name::from(format!(".{}", info.name));
        let shadow = self.declare(&name, false);
        self.shadows.insert(var, shadow);
        Some(shadow)
    }

    /// The same, where it is bound.
    pub(super) fn bound_shadow(&self, var: VarId) -> Option<VarId> {
        let shadow = *self.shadows.get(&var)?;
        (self.env.get(shadow.0 as usize)?.bound == Bound::Yes).then_some(shadow)
    }

    /// What a variable in a cell was bound to is not known from here on.
    fn forget_shadow(&mut self, var: VarId) {
        if let Some(shadow) = self.bound_shadow(var) {
            self.env[shadow.0 as usize] = VarState::unbound();
        }
    }

    fn read_state(&mut self, var: VarId, state: &VarState) -> Val {
        match &state.loc {
            Loc::Borrowed(address) => Val { ty: state.ty.clone(), parts: vec![Part::Address(*address)] },
            Loc::Own => {
                let regs = self.regs_of(var, &state.ty);
                let parts = regs.into_iter().map(|reg| self.read_reg(reg)).collect();
                Val { ty: state.ty.clone(), parts }
            }
        }
    }

    /// Reads a register of a variable: a number is copied, so that later assignments do not show.
    fn read_reg(&mut self, reg: VReg) -> Part {
        let kind = self.func.kind_of(reg);
        if kind == Reg::Slot {
            if self.reads_copy || self.mode == Mode::Generator {
                let temp = self.temp();
                self.emit(Inst::Clone(temp, Operand::Reg(reg)));
                return Part::Temp(temp);
            }
            return Part::Var(reg);
        }
        let copy = self.func.reg(kind);
        self.emit(Inst::Copy(copy, reg));
        Part::Reg(copy)
    }

    /// What a variable is to the code that reads it here, for the error that it is not bound.
    fn unbound_kind(&self, var: VarId) -> Operand {
        // A comprehension and a class body are functions of their own.
        let is_outer = self.scopes.last().is_some_and(|scope| !scope.values().any(|v| *v == var));
        let at = self.scopes.iter().rposition(|scope| scope.values().any(|v| *v == var));
        let is_of_class = at.is_some_and(|at| self.class_scopes.contains(&at));
        let info = &self.vars[var.0 as usize];
        // An expression that is a unit of its own is no function of its own.
        let is_capture = match (&self.code.body, &self.code.owner) {
            (Body::Expr { .. }, Owner::Function(f)) => {
                f.scope.get().is_some_and(|s| s.captures.iter().any(|c| c.name == info.name))
            }
            _ => info.is_capture,
        };
        Operand::Imm(match (is_capture && info.is_cell) || is_outer {
            _ if is_of_class || self.code.is_edge && at.is_none_or(|at| at == 0) => abi::UNBOUND_GLOBAL,
            true => abi::UNBOUND_FREE,
            false => abi::UNBOUND_LOCAL,
        })
    }

    /// The value of a variable; raises where it is not bound.
    pub(super) fn read_var(&mut self, var: VarId) -> Val {
        let state = self.env[var.0 as usize].clone();
        let info = self.vars[var.0 as usize].clone();
        if let (true, Some(shadow)) = (info.is_cell, self.bound_shadow(var)) {
            return self.read_var(shadow);
        }
        if info.is_cell {
            let cell = self.read_state(var, &state);
            let operand = self.boxed_operand(&cell);
            let name = self.name_const(&info.name);
            let kind = self.unbound_kind(var);
            return self.rt_value(Rt::cell_get, vec![operand, name, kind]);
        }
        match state.bound {
            Bound::Yes => self.read_state(var, &state),
            Bound::No => {
                let name = self.name_const(&info.name);
                let kind = self.unbound_kind(var);
                self.rt(Rt::raise_unbound, vec![name, kind]);
                self.end(Term::Unreachable);
                Val::never()
            }
            Bound::Maybe => {
                let value = self.read_state(var, &state);
                let operand = self.boxed_operand(&value);
                let name = self.name_const(&info.name);
                let kind = self.unbound_kind(var);
                self.rt(Rt::check_bound, vec![operand, name, kind]);
                value
            }
        }
    }

    /// Binds a variable.
    pub(super) fn write_var(&mut self, var: VarId, value: Val) {
        if self.dead {
            return;
        }
        if self.vars[var.0 as usize].is_cell {
            let state = self.env[var.0 as usize].clone();
            let cell = self.read_state(var, &state);
            let cell = self.boxed_operand(&cell);
            let value = super::stmt::shared(&value);
            let boxed = self.boxed_operand(&value);
            self.rt(Rt::cell_set, vec![cell, boxed]);
            if self.vars[var.0 as usize].forced {
                self.forget_shadow(var);
            } else if let Some(shadow) = self.shadow(var) {
                self.write_var(shadow, value);
            }
            return;
        }
        let value = if self.boxed() || self.vars[var.0 as usize].forced { self.to_any(value) } else { value };
        let ty = value.ty.clone().capped();
        let value = self.convert(value, &ty);
        let regs = self.regs_of(var, &ty);
        self.store_regs(&regs, &value);
        self.env[var.0 as usize] = VarState { bound: Bound::Yes, ty, loc: Loc::Own };
    }

    /// Unbinds a variable, as the end of an `except ... as name` does.
    pub(super) fn unbind_var(&mut self, var: VarId) {
        if self.vars[var.0 as usize].is_cell {
            let state = self.env[var.0 as usize].clone();
            let cell = self.read_state(var, &state);
            let cell = self.boxed_operand(&cell);
            self.rt(Rt::cell_clear, vec![cell]);
            self.forget_shadow(var);
            return;
        }
        let regs = self.regs_of(var, &Ty::Any);
        self.emit(Inst::Clear(regs[0]));
        let bound = if self.vars[var.0 as usize].forced { Bound::Maybe } else { Bound::No };
        self.env[var.0 as usize] = VarState { bound, ty: Ty::Any, loc: Loc::Own };
    }

    /// Makes a variable boxed from here to the end of a region from which exceptions may leave.
    pub(super) fn force(&mut self, var: VarId) {
        self.vars[var.0 as usize].forced = true;
        if self.vars[var.0 as usize].is_cell {
            self.forget_shadow(var);
            return;
        }
        let state = self.env[var.0 as usize].clone();
        let target = VarState {
            bound: if state.bound == Bound::No { Bound::Maybe } else { state.bound },
            ty: Ty::Any,
            loc: Loc::Own,
        };
        self.convert_state(var, &state, &target);
        self.env[var.0 as usize] = target;
    }

    /// Emits the conversion of a variable from one state to a wider one, in the current block.
    fn convert_state(&mut self, var: VarId, from: &VarState, to: &VarState) {
        if from == to || to.bound == Bound::No {
            return;
        }
        let regs = self.regs_of(var, &to.ty);
        if from.bound == Bound::No {
            self.emit(Inst::Clear(regs[0]));
            return;
        }
        if from.ty == to.ty && from.loc == to.loc {
            return;
        }
        let value = match &from.loc {
            Loc::Borrowed(address) => Val { ty: from.ty.clone(), parts: vec![Part::Address(*address)] },
            Loc::Own => {
                let own = self.regs_of(var, &from.ty);
                if own == regs {
                    return;
                }
                let parts = own
                    .into_iter()
                    .map(|r| if self.func.kind_of(r) == Reg::Slot { Part::Var(r) } else { Part::Reg(r) })
                    .collect();
                Val { ty: from.ty.clone(), parts }
            }
        };
        let mark = self.mark();
        let value = self.convert(value, &to.ty);
        self.store_regs(&regs, &value);
        self.release(mark);
    }

    /// Writes a value of exactly the type of the registers.
    pub(super) fn store_regs(&mut self, regs: &[VReg], value: &Val) {
        // A register may be read by a later part: read all before any is written.
        let parts: Vec<Part> = if regs.len() > 1 {
            value.parts.iter().map(|part| self.detach(part, regs)).collect()
        } else {
            value.parts.clone()
        };
        for (reg, part) in regs.iter().zip(parts) {
            match part {
                Part::Reg(src) => self.emit(Inst::Copy(*reg, src)),
                Part::Temp(src) => self.emit(Inst::Move(*reg, src)),
                Part::Var(src) if src == *reg => {}
                Part::Var(src) => self.emit(Inst::Clone(*reg, Operand::Reg(src))),
                Part::Address(src) => self.emit(Inst::Clone(*reg, Operand::Reg(src))),
                Part::Const(c) => self.emit(Inst::Clone(*reg, Operand::Const(c))),
            }
        }
    }

    fn detach(&mut self, part: &Part, written: &[VReg]) -> Part {
        match part {
            Part::Reg(src) if written.contains(src) => {
                let copy = self.func.reg(self.func.kind_of(*src));
                self.emit(Inst::Copy(copy, *src));
                Part::Reg(copy)
            }
            Part::Var(src) if written.contains(src) => {
                let temp = self.temp();
                self.emit(Inst::Clone(temp, Operand::Reg(*src)));
                Part::Temp(temp)
            }
            other => *other,
        }
    }

    // Ways that meet.

    /// Notes that the current way goes to where these edges meet.
    pub(super) fn edge(&mut self, edges: &mut Edges) {
        if self.dead {
            return;
        }
        edges.0.push((self.current, self.env.clone()));
        self.current = self.new_block();
        self.dead = true;
    }

    /// Enters the place where edges meet.
    pub(super) fn meet(&mut self, edges: Edges) {
        let Some(((first_block, first_env), rest)) = edges.0.split_first().map(|(a, b)| (a.clone(), b))
        else {
            if !self.dead {
                self.end(Term::Unreachable);
            }
            return;
        };
        if rest.is_empty() {
            self.current = first_block;
            self.env = first_env;
            self.dead = false;
            return;
        }
        let mut env = first_env;
        for (_, other) in rest {
            env = self.join_envs(&env, other);
        }
        let target = self.new_block();
        for (block, from) in edges.0 {
            self.convert_edge(block, &from, &env, target);
        }
        self.env = env;
        self.enter(target);
    }

    pub(super) fn join_envs(&mut self, a: &[VarState], b: &[VarState]) -> Vec<VarState> {
        let unbound = VarState::unbound();
        (0..self.vars.len())
            .map(|i| {
                let (a, b) = (a.get(i).unwrap_or(&unbound), b.get(i).unwrap_or(&unbound));
                let joined = join_states(a, b, self.words);
                if self.comp.surveys {
                    self.note_join(i, a, b, &joined);
                }
                joined
            })
            .collect()
    }

    /// Emits the conversions at the end of a block that is still open, and its jump.
    pub(super) fn convert_edge(
        &mut self,
        block: BlockId,
        from: &[VarState],
        to: &[VarState],
        target: BlockId,
    ) {
        let (current, dead) = (self.current, self.dead);
        self.current = block;
        self.dead = false;
        let unbound = VarState::unbound();
        for (i, to) in to.iter().enumerate() {
            let from = from.get(i).unwrap_or(&unbound).clone();
            self.convert_state(VarId(u32::try_from(i).unwrap_or(u32::MAX)), &from, to);
        }
        let end = self.current;
        self.seal(end, Term::Jump(target));
        self.current = current;
        self.dead = dead;
    }
}
