//! Calls and attributes: what changes something in place, and what may be used at the edge only.

use super::Checker;
use super::frames::Meaning;
use crate::ast::*;
use crate::diagnostics::purity::Receiver;
use crate::diagnostics::{blocks, names, purity};
use crate::span::Span;
use crate::visit;
use std::collections::BTreeMap;

/// The methods of Python's own containers that change them.
pub(super) static MUTATING: &[&str] = &[
    "add",
    "append",
    "appendleft",
    "clear",
    "difference_update",
    "discard",
    "extend",
    "extendleft",
    "insert",
    "intersection_update",
    "move_to_end",
    "pop",
    "popitem",
    "popleft",
    "remove",
    "reverse",
    "rotate",
    "setdefault",
    "sort",
    "subtract",
    "symmetric_difference_update",
    "update",
];

/// Special methods that change what they are called on.
static SPECIAL: &[&str] = &["__setattr__", "__delattr__", "__setitem__", "__delitem__"];

/// What `sys` offers anywhere, and at the edge.
static SYS: &[&str] = &[
    "maxsize",
    "float_info",
    "int_info",
    "hash_info",
    "maxunicode",
    "byteorder",
    "version_info",
    "float_repr_style",
    "getdefaultencoding",
    "intern",
];
static SYS_EDGE: &[&str] = &["argv", "stderr", "stdout", "exit"];

impl<'a> Checker<'a> {
    pub(super) fn expr_stmt(&mut self, s: &'a Stmt, e: &'a Expr) {
        let ExprKind::Call { func, args } = &e.kind else { return self.expr(e) };
        match &func.kind {
            ExprKind::Name(name) if &**name == "print" && self.is_builtin("print") => {
                if !self.may_print() {
                    self.report(purity::print(func.span));
                }
                self.args(args);
            }
            ExprKind::Attribute { value, attr } if self.mutates(value, attr) => {
                self.report(self.mutating_statement(s, value, attr, args));
                self.expr(value);
                self.args(args);
            }
            _ => self.call(e, func, args),
        }
    }

    fn mutates(&self, value: &Expr, attr: &Ident) -> bool {
        if !MUTATING.contains(&&*attr.name) || self.survey.methods.contains(&*attr.name) {
            return false;
        }
        match &value.kind {
            ExprKind::Name(name) => {
                let is_module = self.survey.modules.contains(&**name) && self.meaning(name) == Meaning::Edge;
                let is_verb =
                    &*attr.name == "add" && self.survey.completions.contains(&**name) && self.is_edge();
                let is_client = &**name == "remotely" && self.is_builtin(name);
                !(is_module || is_verb || is_client)
            }
            ExprKind::Attribute { .. } => self.survey.dotted(value).is_none(),
            _ => true,
        }
    }

    fn mutating_statement(
        &self,
        s: &Stmt,
        value: &Expr,
        attr: &Ident,
        args: &'a [Arg],
    ) -> crate::diagnostic::Diagnostic {
        let receiver = self.text(value.span);
        let only = match args {
            [Arg::Positional(item)] if !matches!(item.kind, ExprKind::Comprehension(_)) => {
                Some(self.text(item.span))
            }
            _ if &*attr.name == "sort" => {
                let call = self.text(Span::new(attr.span.end, s.span.end));
                call.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).filter(|args| !args.is_empty())
            }
            _ => None,
        };
        // The name must be bound here: elsewhere the assignment would bind another one.
        let is_local = matches!(&value.kind, ExprKind::Name(n) if self.frame().scope.local(n).is_some());
        // A name of an earlier input of a session can be bound again at the edge.
        let is_name = is_local || (self.is_edge() && matches!(value.kind, ExprKind::Name(_)));
        let shown = if is_name { Receiver::Name(receiver) } else { Receiver::Other(receiver) };
        let mut error = purity::mutating_method(s.span, shown, &attr.name, only);
        // A list that came from elsewhere may have another name, under which the change is meant to be seen.
        let is_own = is_local && self.survey.lists.contains(receiver);
        if let (true, "append", [Arg::Positional(item)]) = (is_own, &*attr.name, args)
            && !matches!(item.kind, ExprKind::Walrus { .. } | ExprKind::Yield(_))
        {
            let item = if let ExprKind::Comprehension(c) = &item.kind
                && matches!(c.kind, ComprehensionKind::Generator(_))
            {
                let text = self.text(item.span);
                if text.starts_with('(') { text.to_owned() } else { format!("({text})") }
            } else {
                self.text(item.span).to_owned()
            };
            error = error.fix(s.span, format!("{receiver} = {receiver} + [{item}]"));
        }
        error
    }

    pub(super) fn call(&mut self, e: &'a Expr, func: &'a Expr, args: &'a [Arg]) {
        if let ExprKind::Attribute { value, attr } = &func.kind {
            let is_display = matches!(value.kind, ExprKind::List(_) | ExprKind::Dict(_) | ExprKind::Set(_))
                || matches!(&value.kind, ExprKind::Comprehension(c) if !matches!(c.kind, ComprehensionKind::Generator(_)));
            if is_display && MUTATING.contains(&&*attr.name) {
                let receiver = Receiver::Other(self.text(value.span));
                self.report(purity::mutating_method(e.span, receiver, &attr.name, None));
            }
            if SPECIAL.contains(&&*attr.name) && !self.sets_own(value, attr, args) {
                self.report(purity::special_method(e.span, &attr.name));
            }
            // Where the program defines one, its own may be what is called.
            let is_own = self.survey.methods.contains("__hash__");
            if &*attr.name == "__hash__" && !is_own && !self.frames.iter().any(|f| f.may_hash) {
                self.report(purity::impure_builtin("__hash__", attr.span));
            }
        }
        self.expr(func);
        self.args(args);
    }

    /// `object.__setattr__(self, ...)` and `super().__setattr__(...)` where `self.x = ...` may stand.
    fn sets_own(&self, value: &Expr, attr: &Ident, args: &[Arg]) -> bool {
        let Some(own) = self.frame().own else { return false };
        if &*attr.name != "__setattr__" {
            return false;
        }
        match &value.kind {
            ExprKind::Name(_) => {
                matches!(args.first(), Some(Arg::Positional(Expr { kind: ExprKind::Name(n), .. })) if &**n == own)
            }
            ExprKind::Call { func, args } => {
                args.is_empty() && matches!(&func.kind, ExprKind::Name(n) if &**n == "super")
            }
            _ => false,
        }
    }

    pub(super) fn args(&mut self, args: &'a [Arg]) {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for arg in args {
            if let Arg::Keyword(name, _) = arg
                && let Some(first) = seen.insert(&name.name, name.span)
            {
                self.report(names::duplicate_keyword(name, first));
            }
            self.expr(visit::argument(arg));
        }
    }

    /// An attribute of a module, or of `remotely`.
    pub(super) fn attribute(&mut self, e: &'a Expr) {
        let mut root = e;
        // No module is deeper than that, and a chain may be long.
        for _ in 0..4 {
            let ExprKind::Attribute { value, .. } = &root.kind else { break };
            root = value;
        }
        let ExprKind::Name(name) = &root.kind else { return };
        if self.meaning(name) != Meaning::Edge && self.frame().scope.local(name).is_none() {
            return;
        }
        if let Some(dotted) = self.survey.dotted(e) {
            self.impure_member(&dotted, e.span, false);
        }
    }

    /// A thing of a module by its dotted name: may it be used here?
    pub(super) fn impure_member(&mut self, dotted: &str, span: Span, is_import: bool) {
        if let Some(member) = dotted.strip_prefix("sys.")
            && !member.contains('.')
            && !SYS.contains(&member)
            && !SYS_EDGE.contains(&member)
        {
            return self.report(purity::impure_member(dotted, span));
        }
        if matches!(
            dotted,
            "datetime.datetime.now"
                | "datetime.datetime.utcnow"
                | "datetime.datetime.today"
                | "datetime.date.today"
        ) {
            return self.report(purity::impure_member(dotted, span));
        }
        if !is_import {
            self.edge_only(dotted, span);
        }
    }

    pub(super) fn edge_only(&mut self, dotted: &str, span: Span) {
        let sys = dotted.strip_prefix("sys.").is_some_and(|member| SYS_EDGE.contains(&member));
        if (sys || dotted == "afar.io.write_text") && !self.is_edge() {
            self.report(blocks::edge_only(dotted, span));
        }
    }
}
