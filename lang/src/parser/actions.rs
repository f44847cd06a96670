//! What the grammar does with what it has matched: makes nodes, and reports what a grammar can not say well.

use super::Privacy;
use super::mangle::ClassBody;
use super::{strings, targets};
use crate::ast::*;
use crate::diagnostic::Diagnostic;
use crate::layout::MAX_CHAIN;
use crate::span::Span;
use std::cell::{Cell, RefCell};
use std::sync::{Arc, OnceLock};
use unicode_normalization::UnicodeNormalization;

/// What the actions share: the text, the errors, the next number of a node.
pub(crate) struct Ctx<'s> {
    pub source: &'s str,
    pub errors: RefCell<Vec<Diagnostic>>,
    pub next_id: Cell<u32>,
    /// The bodies of classes: within them `__x` means `_Class__x`.
    pub classes: Vec<ClassBody>,
    /// Who can name the attributes `_x`.
    pub privacy: Privacy,
}

/// An operator and the operand on its right, with the operand's place, parentheses and all.
pub(crate) type Link = (BinOp, u32, u32, Expr);

/// A parameter as it is written.
#[derive(Debug)]
pub(crate) enum ParamItem {
    Normal(Ident, Option<Expr>, Option<Expr>),
    Slash(Span),
    BareStar(Span),
    Star(Ident, Option<Expr>),
    DoubleStar(Ident, Option<Expr>),
}

/// An argument as it is written.
#[derive(Debug)]
pub(crate) enum ArgItem {
    Positional(Expr),
    Generator(Expr),
    Keyword(Ident, Expr),
    Star(Span, Expr),
    DoubleStar(Span, Expr),
}

/// No name for `_`.
pub(crate) fn unless_wildcard(ident: Ident) -> Option<Ident> {
    (&*ident.name != "_").then_some(ident)
}

fn doc(body: &[Stmt]) -> Option<Arc<str>> {
    match &body.first()?.kind {
        StmtKind::Expr(Expr { kind: ExprKind::Constant(Constant::Str(text)), .. }) => Some(text.clone()),
        _ => None,
    }
}

fn end_of_body(bodies: &[&[Stmt]], otherwise: u32) -> u32 {
    bodies.iter().rev().find_map(|b| b.last()).map_or(otherwise, |s| s.span.end)
}

/// Where a statement really ends: the tokens after a block begin the next line.
fn end_of(kind: &StmtKind, r: u32) -> u32 {
    match kind {
        StmtKind::If { body, orelse, .. }
        | StmtKind::While { body, orelse, .. }
        | StmtKind::For { body, orelse, .. } => end_of_body(&[body, orelse], r),
        StmtKind::Try { body, handlers, orelse, finally, .. } => {
            let end = handlers.last().map_or(r, |h| h.span.end);
            let bodies: &[&[Stmt]] = if handlers.is_empty() { &[body, finally] } else { &[orelse, finally] };
            end_of_body(bodies, end)
        }
        StmtKind::With { body, .. } => end_of_body(&[body], r),
        StmtKind::Match { cases, .. } => cases.last().map_or(r, |c| end_of_body(&[&c.body], r)),
        StmtKind::Def(f) => f.span.end,
        StmtKind::Class(c) => c.span.end,
        StmtKind::Block(b) => b.span.end.min(r),
        _ => r,
    }
}

impl<'s> Ctx<'s> {
    pub fn new(source: &'s str, classes: Vec<ClassBody>, privacy: Privacy) -> Self {
        Self { source, errors: RefCell::new(Vec::new()), next_id: Cell::new(0), classes, privacy }
    }

    pub fn text(&self, span: Span) -> &'s str {
        self.source.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    pub fn report(&self, error: Diagnostic) {
        self.errors.borrow_mut().push(error);
    }

    fn id(&self) -> NodeId {
        let id = self.next_id.get();
        self.next_id.set(id.wrapping_add(1));
        NodeId(id)
    }

    pub fn expr(&self, l: u32, r: u32, kind: ExprKind) -> Expr {
        Expr { id: self.id(), span: Span::new(l, r), kind }
    }

    pub fn error_expr(&self, l: u32, r: u32) -> Expr {
        self.expr(l, r, ExprKind::Error)
    }

    pub fn stmt(&self, l: u32, r: u32, kind: StmtKind) -> Stmt {
        let end = end_of(&kind, r);
        Stmt { span: Span::new(l, end), kind }
    }

    pub fn ident(&self, l: u32, r: u32) -> Ident {
        let span = Span::new(l, r);
        Ident { name: self.identifier(span), span }
    }

    fn identifier(&self, span: Span) -> Name {
        let text = self.text(span);
        if text.starts_with("__") && !text.ends_with("__") && !self.classes.is_empty() {
            return super::mangle::mangled(&self.classes, span, text);
        }
        if self.privacy == Privacy::Hidden
            && let Some(name) = super::mangle::hidden(self.source, span, text)
        {
            return name;
        }
        self.plain_name(span)
    }

    /// A name that is never private: that of a keyword argument.
    pub fn plain_name(&self, span: Span) -> Name {
        let text = self.text(span);
        if text.is_ascii() { Arc::from(text) } else { Arc::from(text.nfkc().collect::<String>()) }
    }

    pub fn name(&self, l: u32, r: u32) -> Expr {
        self.expr(l, r, ExprKind::Name(self.identifier(Span::new(l, r))))
    }

    pub fn dotted(&self, a: Ident, b: Ident) -> Ident {
        Ident { name: Arc::from(format!("{}.{}", a.name, b.name)), span: a.span.to(b.span) }
    }

    // ---- statements

    pub fn assign(&self, targets: Vec<Expr>, value: Expr) -> StmtKind {
        let targets =
            targets.into_iter().map(|t| targets::assignable(self, t, targets::Place::Assign)).collect();
        StmtKind::Assign { targets, value }
    }

    pub fn aug_assign(&self, l: u32, r: u32, target: Expr, op: BinOp, value: Expr) -> StmtKind {
        if !matches!(target.kind, ExprKind::Name(_) | ExprKind::Attribute { .. } | ExprKind::Subscript { .. })
        {
            let what = targets::describe(&target.kind);
            self.report(Diagnostic::error(
                "syntax/invalid-target",
                format!("{what} cannot be the target of an augmented assignment"),
                Span::new(l, r),
            ));
        }
        StmtKind::AugAssign { target, op, value }
    }

    pub fn ann_assign(
        &self,
        l: u32,
        r: u32,
        target: Expr,
        annotation: Expr,
        value: Option<Expr>,
    ) -> StmtKind {
        if !matches!(target.kind, ExprKind::Name(_) | ExprKind::Attribute { .. } | ExprKind::Subscript { .. })
        {
            let what = targets::describe(&target.kind);
            self.report(
                Diagnostic::error(
                    "syntax/invalid-target",
                    format!("{what} cannot be annotated"),
                    Span::new(l, r),
                )
                .help("annotate one name at a time"),
            );
        }
        StmtKind::AnnAssign { target, annotation, value }
    }

    pub fn target(&self, target: Expr) -> Expr {
        targets::assignable(self, target, targets::Place::Other)
    }

    pub fn delete(&self, values: Vec<Expr>) -> StmtKind {
        for value in &values {
            targets::deletable(self, value);
        }
        StmtKind::Delete(values)
    }

    pub fn import_from(&self, module: Option<Ident>, level: u32, names: Vec<Alias>) -> StmtKind {
        StmtKind::ImportFrom { module, level, names }
    }

    pub fn block(&self, l: u32, r: u32, mode: Option<(Ident, Vec<Arg>)>, body: Vec<Stmt>) -> Arc<Block> {
        let (mode, args) = mode.map_or((None, Vec::new()), |(mode, args)| (Some(mode), args));
        Arc::new(Block { id: self.id(), span: Span::new(l, r), mode, args, body, scope: OnceLock::new() })
    }

    pub fn try_stmt(
        &self,
        body: Vec<Stmt>,
        handlers: Vec<(bool, Handler)>,
        orelse: Option<Vec<Stmt>>,
        finally: Option<Vec<Stmt>>,
    ) -> StmtKind {
        let is_star = handlers.iter().any(|(star, _)| *star);
        let count = handlers.len();
        for (i, (star, h)) in handlers.iter().enumerate() {
            if *star != is_star {
                self.report(Diagnostic::error("syntax/try", "`except` and `except*` are mixed", h.span));
            }
            if h.class.is_none() && i + 1 < count {
                self.report(
                    Diagnostic::error("syntax/try", "a bare `except:` must be the last", h.span)
                        .label("the clauses after it could never run"),
                );
            }
        }
        StmtKind::Try {
            body,
            handlers: handlers.into_iter().map(|(_, h)| h).collect(),
            orelse: orelse.unwrap_or_default(),
            finally: finally.unwrap_or_default(),
            is_star,
        }
    }

    pub fn handler(
        &self,
        l: u32,
        r: u32,
        classes: Vec<Expr>,
        name: Option<Ident>,
        body: Vec<Stmt>,
    ) -> Handler {
        if let [first, .., last] = classes.as_slice() {
            let span = first.span.to(last.span);
            self.report(
                Diagnostic::error("syntax/try", "several exception types need parentheses", span)
                    .help(format!("write `except ({}):`", self.text(span))),
            );
        }
        let end = end_of_body(&[&body], r);
        Handler { span: Span::new(l, end), class: classes.into_iter().next(), name, body }
    }

    pub fn with_stmt(&self, is_async: bool, items: Vec<WithItem>, body: Vec<Stmt>) -> StmtKind {
        if let [WithItem { context, target: None }] = items.as_slice()
            && let Some((mode, start)) = block_mode(context)
            && !is_async
        {
            let end = end_of_body(&[&body], context.span.end);
            let args = match items.into_iter().next().map(|i| i.context.kind) {
                Some(ExprKind::Call { args, .. }) => args,
                _ => Vec::new(),
            };
            let span = Span::new(start, end);
            let block = Block { id: self.id(), span, mode, args, body, scope: OnceLock::new() };
            return StmtKind::Block(Arc::new(block));
        }
        StmtKind::With { is_async, items, body }
    }

    #[expect(clippy::too_many_arguments, reason = "one for each part of a definition")]
    pub fn def(
        &self,
        l: u32,
        r: u32,
        is_async: bool,
        decorators: Vec<Expr>,
        name: Ident,
        params: Vec<ParamItem>,
        returns: Option<Expr>,
        body: Vec<Stmt>,
    ) -> StmtKind {
        StmtKind::Def(Arc::new(Function {
            id: self.id(),
            span: Span::new(l, end_of_body(&[&body], r)),
            name,
            qualname: OnceLock::new(),
            is_async,
            decorators,
            params: self.params(params),
            returns,
            doc: doc(&body),
            body,
            scope: OnceLock::new(),
        }))
    }

    pub fn class(
        &self,
        l: u32,
        r: u32,
        decorators: Vec<Expr>,
        name: Ident,
        args: Option<Vec<Arg>>,
        body: Vec<Stmt>,
    ) -> StmtKind {
        StmtKind::Class(Arc::new(Class {
            id: self.id(),
            span: Span::new(l, end_of_body(&[&body], r)),
            name,
            qualname: OnceLock::new(),
            decorators,
            args: args.unwrap_or_default(),
            doc: doc(&body),
            body,
            scope: OnceLock::new(),
        }))
    }

    pub fn case(&self, l: u32, r: u32, pattern: Pattern, guard: Option<Expr>, body: Vec<Stmt>) -> MatchCase {
        MatchCase { span: Span::new(l, end_of_body(&[&body], r)), pattern, guard, body }
    }

    /// A header that could not be parsed, its block, and those of the clauses that go on with it.
    pub fn wrong_header(&self, l: u32, body: Vec<Stmt>, clauses: Vec<Vec<Stmt>>) -> StmtKind {
        StmtKind::If { test: self.error_expr(l, l), body, orelse: clauses.into_iter().flatten().collect() }
    }

    pub fn lambda(&self, l: u32, r: u32, params: Vec<ParamItem>, body: Expr) -> Expr {
        let params = self.params(params);
        let function = Function {
            id: self.id(),
            span: Span::new(l, r),
            name: Ident { name: Arc::from("<lambda>"), span: Span::new(l, l + 6) },
            qualname: OnceLock::new(),
            is_async: false,
            decorators: Vec::new(),
            params,
            returns: None,
            body: vec![Stmt { span: body.span, kind: StmtKind::Return(Some(body)) }],
            doc: None,
            scope: OnceLock::new(),
        };
        self.expr(l, r, ExprKind::Lambda(Arc::new(function)))
    }

    // ---- expressions

    pub fn unary(&self, l: u32, r: u32, op: UnaryOp, operand: Expr) -> Expr {
        self.expr(l, r, ExprKind::Unary { op, operand: Box::new(operand) })
    }

    pub fn binary(&self, l: u32, r: u32, op: BinOp, left: Expr, right: Expr) -> Expr {
        self.expr(l, r, ExprKind::Binary { op, left: Box::new(left), right: Box::new(right) })
    }

    pub fn compare(&self, l: u32, r: u32, first: Expr, tail: (Vec<CmpOp>, Vec<Expr>)) -> Expr {
        self.expr(l, r, ExprKind::Compare { first: Box::new(first), ops: tail.0, rest: tail.1 })
    }

    /// Folds a chain of binary operators by their precedence.
    pub fn fold(&self, chain: Vec<Link>) -> Expr {
        if chain.len() > MAX_CHAIN {
            let span = chain.first().map_or(Span::default(), |c| c.3.span);
            self.report(
                Diagnostic::error("syntax/too-deep", "this expression is too long", span)
                    .help("give a part of it a name, or use `sum` or `join`"),
            );
            return self.error_expr(span.start, span.end);
        }
        let mut stack: Vec<Link> = Vec::new();
        for link in chain {
            self.reduce(&mut stack, precedence(link.0));
            stack.push(link);
        }
        self.reduce(&mut stack, 0);
        stack.pop().map_or_else(|| self.error_expr(0, 0), |(_, _, _, expr)| expr)
    }

    /// Joins the topmost operands whose operator binds at least as tightly as `level`.
    fn reduce(&self, stack: &mut Vec<Link>, level: u8) {
        while stack.len() > 1 && stack.last().is_some_and(|top| precedence(top.0) >= level) {
            let (Some((op, _, r, right)), Some((before, l, _, left))) = (stack.pop(), stack.pop()) else {
                return;
            };
            stack.push((before, l, r, self.binary(l, r, op, left, right)));
        }
    }

    pub fn tuple_or_one(&self, l: u32, r: u32, mut values: Vec<Expr>, has_comma: bool) -> Expr {
        if values.len() == 1
            && !has_comma
            && let Some(value) = values.pop()
        {
            return value;
        }
        self.expr(l, r, ExprKind::Tuple(values))
    }

    pub fn parenthesised(&self, l: u32, r: u32, values: Vec<Expr>, has_comma: bool) -> Expr {
        let value = self.tuple_or_one(l, r, values, has_comma);
        if matches!(value.kind, ExprKind::Starred(_)) {
            self.report(
                Diagnostic::error("syntax/starred", "a starred expression cannot stand here", value.span)
                    .help("a tuple of one has a comma: `(*x,)`"),
            );
        }
        value
    }

    pub fn walrus(&self, l: u32, r: u32, target: Expr, value: Expr) -> Expr {
        match &target.kind {
            ExprKind::Name(name) if target.span.start == l => {
                let target = Ident { name: name.clone(), span: target.span };
                self.expr(l, r, ExprKind::Walrus { target, value: Box::new(value) })
            }
            kind => {
                let what = targets::describe(kind);
                self.report(
                    Diagnostic::error(
                        "syntax/invalid-target",
                        format!("`:=` cannot bind {what}"),
                        target.span,
                    )
                    .label("`:=` binds a plain name"),
                );
                self.error_expr(l, r)
            }
        }
    }

    pub fn comprehension(&self, l: u32, r: u32, kind: ComprehensionKind, clauses: Vec<Clause>) -> Expr {
        if let ComprehensionKind::List(e) | ComprehensionKind::Set(e) | ComprehensionKind::Generator(e) =
            &kind
            && matches!(e.kind, ExprKind::Starred(_))
        {
            self.report(
                Diagnostic::error("syntax/starred", "`*` cannot unpack in a comprehension", e.span)
                    .help("write a second `for`: `[x for part in parts for x in part]`"),
            );
        }
        let id = self.id();
        let comprehension = Comprehension { id, kind, clauses, scope: OnceLock::new() };
        self.expr(l, r, ExprKind::Comprehension(Arc::new(comprehension)))
    }

    pub fn dict_comprehension(
        &self,
        l: u32,
        r: u32,
        item: (Option<Expr>, Expr),
        clauses: Vec<Clause>,
    ) -> Expr {
        let (key, value) = item;
        let Some(key) = key else {
            self.report(Diagnostic::error(
                "syntax/starred",
                "`**` cannot unpack in a comprehension",
                value.span,
            ));
            return self.error_expr(l, r);
        };
        self.comprehension(l, r, ComprehensionKind::Dict(key, value), clauses)
    }

    pub fn index(&self, l: u32, r: u32, values: Vec<Expr>, has_comma: bool) -> Expr {
        let starred = matches!(values.as_slice(), [Expr { kind: ExprKind::Starred(_), .. }]);
        self.tuple_or_one(l, r, values, has_comma || starred)
    }

    pub fn slice(
        &self,
        l: u32,
        r: u32,
        lower: Option<Expr>,
        upper: Option<Expr>,
        step: Option<Expr>,
    ) -> Expr {
        let (lower, upper, step) = (lower.map(Box::new), upper.map(Box::new), step.map(Box::new));
        self.expr(l, r, ExprKind::Slice { lower, upper, step })
    }

    pub fn strings(&self, parts: Vec<Span>) -> Expr {
        strings::literal(self, &parts)
    }
}

/// The mode of `with remotely.mode(...)`, and where `remotely` stands.
fn block_mode(context: &Expr) -> Option<(Option<Ident>, u32)> {
    let is_remotely = |e: &Expr| matches!(&e.kind, ExprKind::Name(n) if &**n == "remotely");
    let head = match &context.kind {
        ExprKind::Call { func, .. } => func,
        _ => context,
    };
    match &head.kind {
        ExprKind::Name(_) if is_remotely(head) => Some((None, head.span.start)),
        ExprKind::Attribute { value, attr } if is_remotely(value) && BLOCK_MODES.contains(&&*attr.name) => {
            Some((Some(attr.clone()), value.span.start))
        }
        _ => None,
    }
}

fn precedence(op: BinOp) -> u8 {
    match op {
        BinOp::BitOr => 1,
        BinOp::BitXor => 2,
        BinOp::BitAnd => 3,
        BinOp::LShift | BinOp::RShift => 4,
        BinOp::Add | BinOp::Sub => 5,
        BinOp::Mul | BinOp::Div | BinOp::FloorDiv | BinOp::Mod | BinOp::MatMul => 6,
        BinOp::Pow => 7,
    }
}
