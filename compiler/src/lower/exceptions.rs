//! `try` and `with`: handlers, and what runs on every way out.

use super::{Cleanup, Edges, Lower, Part, Val};
use crate::ir::{BlockId, Operand, Term, VReg};
use crate::types::{Reg, Ty};
use afar_lang::ast::{Expr, Handler, Name, Stmt, WithItem};
use afar_runtime::abi::Rt;

/// The clauses of a `try`.
#[derive(Clone, Copy)]
pub(super) enum Clauses<'t> {
    /// `except`: one of them gets the exception.
    Whole(&'t [Handler]),
    /// `except*`: each gets its part of a group.
    Parts(&'t [Handler]),
}

impl<'t> Lower<'_, 't> {
    pub(super) fn try_stmt(
        &mut self,
        body: &'t [Stmt],
        clauses: Clauses<'t>,
        orelse: &'t [Stmt],
        finally: &'t [Stmt],
    ) {
        let (Clauses::Whole(handlers) | Clauses::Parts(handlers)) = clauses;
        let forced = self.force_assigned(&[body, orelse, finally], handlers);
        if finally.is_empty() {
            self.try_clauses(body, clauses, orelse);
        } else {
            self.try_finally(finally, |s| {
                if handlers.is_empty() {
                    s.stmts(body);
                } else {
                    s.try_clauses(body, clauses, orelse);
                }
            });
        }
        for var in forced {
            self.vars[var.0 as usize].forced = false;
        }
    }

    /// Makes all names that a region assigns boxed, so that a handler finds them in one form.
    fn force_assigned(&mut self, parts: &[&'t [Stmt]], handlers: &'t [Handler]) -> Vec<super::VarId> {
        let mut names: Vec<Name> = Vec::new();
        for part in parts {
            crate::tree::assigned(part, &mut names);
        }
        for handler in handlers {
            crate::tree::assigned(&handler.body, &mut names);
            names.extend(handler.name.as_ref().map(|n| n.name.clone()));
        }
        let mut forced = Vec::new();
        for name in names {
            if let Some(var) = self.find_var(&name)
                && !self.vars[var.0 as usize].forced
            {
                self.force(var);
                forced.push(var);
            }
        }
        // What leaves may have passed the end of an inner clause, which takes its name away.
        let mut forgotten: Vec<Name> = Vec::new();
        parts.iter().for_each(|part| crate::tree::forgotten(part, &mut forgotten));
        handlers.iter().for_each(|handler| crate::tree::forgotten(&handler.body, &mut forgotten));
        crate::tree::handler_names(handlers, &mut forgotten);
        for name in forgotten {
            let Some(var) = self.find_var(&name) else { continue };
            let state = &mut self.env[var.0 as usize];
            if state.bound == super::env::Bound::Yes && !self.vars[var.0 as usize].is_cell {
                state.bound = super::env::Bound::Maybe;
            }
        }
        forced
    }

    /// Runs a region whose faults go to a new block; gives that block and the variables there.
    pub(super) fn guarded(&mut self, run: impl FnOnce(&mut Self)) -> BlockId {
        let outer = self.handler;
        let catch = self.new_block();
        self.handler = Some(catch);
        let start = self.new_block();
        self.seal_to(start);
        run(self);
        self.handler = outer;
        if !self.dead {
            let after = self.new_block();
            self.end(Term::Jump(after));
            self.enter(after);
        }
        catch
    }

    /// A call of the runtime that raises again what has this function in its traceback already.
    pub(super) fn unseen(&mut self, rt: Rt, args: Vec<Operand>) {
        let untraced = std::mem::replace(&mut self.untraced, true);
        self.rt(rt, args);
        self.untraced = untraced;
    }

    fn seal_to(&mut self, block: BlockId) {
        self.end(Term::Jump(block));
        self.enter(block);
    }

    fn try_clauses(&mut self, body: &'t [Stmt], clauses: Clauses<'t>, orelse: &'t [Stmt]) {
        match clauses {
            Clauses::Whole(handlers) => self.try_except(body, handlers, orelse),
            Clauses::Parts(handlers) => self.try_parts(body, handlers, orelse),
        }
    }

    /// `except*`: what is caught is taken apart clause by clause, and what is left is raised behind the last.
    fn try_parts(&mut self, body: &'t [Stmt], handlers: &'t [Handler], orelse: &'t [Stmt]) {
        let at_entry = self.env.clone();
        let mut ends = Edges::default();
        let catch = self.guarded(|s| s.stmts(body));
        if !self.dead {
            self.stmts(orelse);
        }
        self.edge(&mut ends);
        self.enter(catch);
        self.env = at_entry.clone();
        let caught = self.func.reg(Reg::Slot);
        self.rt_into(caught, Rt::begin_star, vec![]);
        let leave = self.guarded(|s| {
            for handler in handlers {
                s.star_clause(handler, caught);
            }
            if !s.dead {
                s.rt(Rt::star_end, vec![Operand::Reg(caught)]);
            }
        });
        if !self.dead {
            self.rt(Rt::end_except, vec![]);
        }
        self.edge(&mut ends);
        self.enter(leave);
        self.env = at_entry;
        self.rt(Rt::end_except, vec![]);
        let loc = self.place();
        self.end(Term::Fail { loc, trace: false });
        self.meet(ends);
    }

    fn star_clause(&mut self, handler: &'t Handler, caught: VReg) {
        let Some(class) = handler.class.as_ref() else { return };
        self.span = handler.span;
        let class = self.eval(class);
        if self.dead {
            return;
        }
        let class = self.boxed_operand(&class);
        let part = self.func.reg(Reg::Slot);
        let args = vec![Operand::Reg(caught), class, Operand::Reg(part)];
        let is_taken = self.rt_bool(Rt::star_take, args);
        let (yes, no) = (self.new_block(), self.new_block());
        self.branch(is_taken, yes, no);
        let env = self.env.clone();
        let mut ends = Edges::default();
        self.enter(yes);
        let failed = self.guarded(|s| s.handler_body(handler, part));
        if !self.dead {
            self.rt(Rt::end_except, vec![]);
        }
        self.edge(&mut ends);
        self.enter(failed);
        self.env = env.clone();
        self.rt(Rt::star_raised, vec![Operand::Reg(caught)]);
        self.forget_name(handler);
        self.edge(&mut ends);
        self.enter(no);
        self.env = env;
        self.edge(&mut ends);
        self.meet(ends);
    }

    fn try_except(&mut self, body: &'t [Stmt], handlers: &'t [Handler], orelse: &'t [Stmt]) {
        let at_entry = self.env.clone();
        let mut ends = Edges::default();
        let catch = self.guarded(|s| s.stmts(body));
        if !self.dead {
            self.stmts(orelse);
        }
        self.edge(&mut ends);
        self.enter(catch);
        self.env = at_entry;
        let exception = self.func.reg(Reg::Slot);
        self.rt_into(exception, Rt::begin_except, vec![]);
        self.handlers(handlers, exception, &mut ends);
        self.meet(ends);
    }

    fn handlers(&mut self, handlers: &'t [Handler], exception: VReg, ends: &mut Edges) {
        // While an exception is handled, every way out must forget it.
        let at_entry = self.env.clone();
        let outer = self.handler;
        let leave = self.guarded(|s| {
            s.cleanups.push(Cleanup::EndHandling(outer));
            for handler in handlers {
                let next = s.handler_test(handler, exception);
                s.handler_body(handler, exception);
                if !s.dead {
                    s.rt(Rt::end_except, vec![]);
                }
                s.edge(ends);
                match next {
                    Some((block, env)) => {
                        s.enter(block);
                        s.env = env;
                    }
                    None => break,
                }
            }
            s.cleanups.pop();
            if !s.dead {
                s.unseen(Rt::reraise_caught, vec![Operand::Reg(exception)]);
                s.end(Term::Unreachable);
            }
        });
        for (block, _) in &mut ends.0 {
            // The ways on lie outside of the region.
            let out = self.new_block();
            self.seal(*block, Term::Jump(out));
            *block = out;
        }
        self.enter(leave);
        self.env = at_entry;
        self.rt(Rt::end_except, vec![]);
        let loc = self.place();
        self.end(Term::Fail { loc, trace: false });
    }

    fn handler_test(
        &mut self,
        handler: &'t Handler,
        exception: VReg,
    ) -> Option<(BlockId, Vec<super::VarState>)> {
        let class = handler.class.as_ref()?;
        self.span = handler.span;
        let class = self.eval(class);
        if self.dead {
            return None;
        }
        let class = self.boxed_operand(&class);
        let matches = self.rt_bool(Rt::exception_matches, vec![Operand::Reg(exception), class]);
        let (yes, no) = (self.new_block(), self.new_block());
        self.branch(matches, yes, no);
        let env = self.env.clone();
        self.enter(yes);
        Some((no, env))
    }

    fn handler_body(&mut self, handler: &'t Handler, exception: VReg) {
        let Some(name) = &handler.name else { return self.stmts(&handler.body) };
        self.bind_name(&name.name, Val { ty: Ty::Any, parts: vec![Part::Var(exception)] });
        let at_entry = self.env.clone();
        let outer = self.handler;
        let failed = self.guarded(|s| {
            s.cleanups.push(Cleanup::Forget(handler, outer));
            s.stmts(&handler.body);
            s.cleanups.pop();
        });
        if !self.dead {
            self.forget_name(handler);
        }
        let mut ends = Edges::default();
        self.edge(&mut ends);
        self.enter(failed);
        self.env = at_entry;
        self.forget_name(handler);
        let loc = self.place();
        self.end(Term::Fail { loc, trace: false });
        self.meet(ends);
    }

    /// The name of a clause is not bound behind it.
    fn forget_name(&mut self, handler: &'t Handler) {
        if let Some(name) = &handler.name {
            match self.find_var(&name.name) {
                Some(var) => self.unbind_var(var),
                None => {
                    let globals = Operand::Imm(i64::from(self.code.globals.id));
                    let name = self.name_const(&name.name);
                    self.rt(Rt::delete_global, vec![globals, name]);
                }
            }
        }
    }

    fn try_finally(&mut self, finally: &'t [Stmt], run: impl FnOnce(&mut Self)) {
        let at_entry = self.env.clone();
        let outer = self.handler;
        let catch = self.guarded(|s| {
            s.cleanups.push(Cleanup::Finally(finally, outer));
            run(s);
            s.cleanups.pop();
        });
        let mut ends = Edges::default();
        if !self.dead {
            self.stmts(finally);
        }
        self.edge(&mut ends);
        self.enter(catch);
        self.env = at_entry;
        let exception = self.func.reg(Reg::Slot);
        self.rt_into(exception, Rt::begin_finally, vec![]);
        let in_finally = self.env.clone();
        let leave = self.guarded(|s| {
            s.cleanups.push(Cleanup::EndHandling(outer));
            s.stmts(finally);
            s.cleanups.pop();
            if !s.dead {
                s.unseen(Rt::reraise_caught, vec![Operand::Reg(exception)]);
                s.end(Term::Unreachable);
            }
        });
        self.enter(leave);
        self.env = in_finally;
        self.rt(Rt::end_except, vec![]);
        let loc = self.place();
        self.end(Term::Fail { loc, trace: false });
        self.meet(ends);
    }

    /// Runs what must run on the way out to this depth, innermost first.
    pub(super) fn run_cleanups(&mut self, depth: usize) {
        let saved_handler = self.handler;
        let mut held = Vec::new();
        while self.cleanups.len() > depth {
            let Some(cleanup) = self.cleanups.pop() else { break };
            if !self.dead {
                match &cleanup {
                    Cleanup::Loop => {}
                    Cleanup::EndHandling(outer) => {
                        self.under(*outer);
                        self.rt(Rt::end_except, vec![]);
                    }
                    Cleanup::Forget(handler, outer) => {
                        self.under(*outer);
                        let handler: &'t Handler = handler;
                        self.forget_name(handler);
                    }
                    Cleanup::Exit(exit, outer, span) => {
                        self.under(*outer);
                        self.with_span(*span, |s| s.rt(Rt::with_leave, vec![Operand::Reg(*exit)]));
                    }
                    Cleanup::Finally(stmts, outer) => {
                        self.under(*outer);
                        // A `break` in it is one of the loops around the statement.
                        let n_around = self.loops_around(self.cleanups.len());
                        let inner = self.loops.split_off(n_around);
                        let stmts: &'t [Stmt] = stmts;
                        self.stmts(stmts);
                        self.loops.extend(inner);
                    }
                }
            }
            held.push(cleanup);
        }
        while let Some(cleanup) = held.pop() {
            self.cleanups.push(cleanup);
        }
        self.handler = saved_handler;
    }

    /// What follows has this handler.
    fn under(&mut self, handler: Option<BlockId>) {
        self.handler = handler;
        let block = self.new_block();
        self.seal_to(block);
    }

    pub(super) fn with_stmt(&mut self, items: &'t [WithItem], body: &'t [Stmt]) {
        let Some((first, rest)) = items.split_first() else {
            self.stmts(body);
            return;
        };
        let forced = {
            let forced = self.force_assigned(&[body], &[]);
            let mut names = Vec::new();
            for item in items {
                if let Some(target) = &item.target {
                    crate::tree::target_names(target, &mut names);
                }
            }
            let mut all = forced;
            for name in names {
                if let Some(var) = self.find_var(&name)
                    && !self.vars[var.0 as usize].forced
                {
                    self.force(var);
                    all.push(var);
                }
            }
            all
        };
        self.with_item(first, rest, body);
        for var in forced {
            self.vars[var.0 as usize].forced = false;
        }
    }

    fn with_item(&mut self, item: &'t WithItem, rest: &'t [WithItem], body: &'t [Stmt]) {
        let context = self.eval(&item.context);
        if self.dead {
            return;
        }
        let context = self.boxed_operand(&context);
        let exit = self.func.reg(Reg::Slot);
        let manager = self.func.reg(Reg::Slot);
        self.rt_into(manager, Rt::copy, vec![context]);
        self.rt_into(exit, Rt::with_exit, vec![Operand::Reg(manager)]);
        let entered = self.rt_value(Rt::with_enter, vec![Operand::Reg(manager)]);
        let at_entry = self.env.clone();
        let outer = self.handler;
        let target: Option<&'t Expr> = item.target.as_ref();
        let catch = self.guarded(|s| {
            s.cleanups.push(Cleanup::Exit(exit, outer, s.span));
            if let Some(target) = target {
                s.assign(target, entered);
            }
            s.with_stmt(rest, body);
            s.cleanups.pop();
        });
        let mut ends = Edges::default();
        if !self.dead {
            self.rt(Rt::with_leave, vec![Operand::Reg(exit)]);
        }
        self.edge(&mut ends);
        self.enter(catch);
        self.env = at_entry.clone();
        let exception = self.func.reg(Reg::Slot);
        self.rt_into(exception, Rt::begin_finally, vec![]);
        let leave = self.guarded(|s| {
            let swallowed = s.rt_bool(Rt::with_raise, vec![Operand::Reg(exit), Operand::Reg(exception)]);
            let (done, again) = (s.new_block(), s.new_block());
            s.branch(swallowed, done, again);
            s.enter(again);
            s.unseen(Rt::reraise_caught, vec![Operand::Reg(exception)]);
            s.end(Term::Unreachable);
            s.enter(done);
        });
        self.rt(Rt::end_except, vec![]);
        self.edge(&mut ends);
        self.enter(leave);
        self.env = at_entry;
        self.rt(Rt::end_except, vec![]);
        let loc = self.place();
        self.end(Term::Fail { loc, trace: false });
        self.meet(ends);
    }
}
