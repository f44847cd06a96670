//! Annotations: kept as text, and evaluated when the program asks for them.
//!
//! Only what annotations are made of is evaluated: names of the module and of the class, attributes, subscripts, `|`,
//! displays and literals.

use crate::compiler;
use crate::program::Body;
use crate::tree::any_in;
use crate::types::CodeId;
use afar_lang::ast::{BinOp, Constant, Expr, ExprKind, Function, Param, ParamKind, StmtKind};
use afar_runtime::abi::{Globals, globals_named};
use afar_runtime::object::{Class, attr};
use afar_runtime::ops::{self, BinOp as Op};
use afar_runtime::{Fault, Ref, Res, Str, Value, builtins};
use std::sync::Arc;

/// Under which name a module says that its annotations are texts.
pub(crate) const LAZY: &str = "(lazy annotations)";

/// The text that is kept of an annotation.
pub(crate) fn text(annotation: &Expr) -> Value {
    Value::string(afar_lang::print::expr(annotation))
}

/// Must an annotation be evaluated where it stands: it may fail there, or has a name that the class body around it binds.
pub(crate) fn is_eager(annotation: &Expr, is_bound: &dyn Fn(&str) -> bool) -> bool {
    let has_scope = |e: &Expr| {
        matches!(
            e.kind,
            ExprKind::Comprehension(_)
                | ExprKind::Lambda(_)
                | ExprKind::Yield(_)
                | ExprKind::YieldFrom(_)
                | ExprKind::Walrus { .. }
        )
    };
    let is_display = |e: &Expr| {
        matches!(e.kind, ExprKind::List(_) | ExprKind::Tuple(_) | ExprKind::Dict(_) | ExprKind::Constant(_))
    };
    let asks = |e: &Expr| match &e.kind {
        ExprKind::Subscript { value, .. } => is_display(value),
        ExprKind::Name(name) => is_bound(name),
        _ => false,
    };
    !any_in(annotation, &has_scope) && any_in(annotation, &asks)
}

/// The annotations of a function, in CPython's order.
pub(crate) fn of_code(code: u32) -> Vec<(Str, Str)> {
    let Body::Function(function) = compiler().code(CodeId(code)).body.clone() else { return Vec::new() };
    let texts = in_order(&function).into_iter();
    texts.map(|(name, annotation)| (name.into(), afar_lang::print::expr(annotation).into())).collect()
}

/// The annotations of a function as they are written, in the order in which CPython evaluates them.
pub(crate) fn in_order(function: &Function) -> Vec<(&str, &Expr)> {
    let mut all = Vec::new();
    let order = [
        ParamKind::Normal,
        ParamKind::PositionalOnly,
        ParamKind::Star,
        ParamKind::KeywordOnly,
        ParamKind::DoubleStar,
    ];
    for kind in order {
        let of_kind = |p: &&Param| p.kind == kind;
        for param in function.params.iter().filter(of_kind) {
            if let Some(annotation) = &param.annotation {
                all.push((&*param.name.name, annotation));
            }
        }
    }
    if let Some(returns) = &function.returns {
        all.push(("return", returns));
    }
    all
}

/// Is a text one expression, as `compile(text, "", "eval")` has it.
pub(crate) fn is_expression(text: &str) -> bool {
    let parsed = afar_lang::parse(&format!("{}\n", text.trim_start_matches([' ', '\t'])));
    parsed.errors.is_empty()
        && matches!(parsed.tree.body.as_slice(), [stmt] if matches!(stmt.kind, StmtKind::Expr(_)))
}

/// The type that a text stands for, as `typing.get_type_hints` finds it.
pub(crate) fn resolve(module: &str, text: &str, class: Option<&Ref<Class>>) -> Res {
    match of_text(module, text, class, Texts::Evaluated)? {
        Value::Str(inner) if inner.as_str() != text => resolve(module, &inner, class),
        value => Ok(value),
    }
}

/// The value of an annotation.
pub(crate) fn evaluate(module: &str, text: &str, class: Option<&Ref<Class>>) -> Res {
    of_text(module, text, class, Texts::AsModule)
}

/// What is done with annotations that a module keeps as texts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Texts {
    AsModule,
    Evaluated,
}

fn of_text(module: &str, text: &str, class: Option<&Ref<Class>>, texts: Texts) -> Res {
    let refused = || Fault::not_pure(format!("the annotation `{text}` is not kept as a value"));
    let parsed = afar_lang::parse(&format!("({text})\n"));
    let [stmt] = parsed.tree.body.as_slice() else { return Err(refused()) };
    let StmtKind::Expr(expr) = &stmt.kind else { return Err(refused()) };
    let globals = globals_named(module);
    if texts == Texts::AsModule && globals.as_ref().is_some_and(|g| g.find_own(LAZY).is_some()) {
        return match &expr.kind {
            ExprKind::Constant(Constant::Str(text)) => Ok(Value::string(ops::repr(&Value::str(text))?)),
            // How it would be quoted is CPython's.
            _ if text.contains(['"', '\'']) => Err(refused()),
            _ => Ok(Value::str(text)),
        };
    }
    Scope { globals, class, refused: &refused }.value(expr)
}

struct Scope<'a> {
    globals: Option<Arc<Globals>>,
    class: Option<&'a Ref<Class>>,
    refused: &'a dyn Fn() -> Fault,
}

impl Scope<'_> {
    fn name(&self, name: &str) -> Res {
        if let Some(found) = self.class.and_then(|c| c.own(name)) {
            return Ok(found.clone());
        }
        // What makes its default stood there as a `Field`, and is taken away.
        let is_made = |c: &&Ref<Class>| {
            c.dataclass
                .get()
                .is_some_and(|d| d.fields.iter().any(|f| f.name.as_str() == name && f.factory.is_bound()))
        };
        if self.class.filter(is_made).is_some() {
            return Err((self.refused)());
        }
        match self.globals.as_ref().and_then(|g| g.find(name)) {
            Some(found) if found.n_writes > 1 => Err((self.refused)()),
            Some(found) => Ok(found.value),
            None => builtins::lookup(name).ok_or_else(self.refused),
        }
    }

    fn values(&self, items: &[Expr]) -> Res<Vec<Value>> {
        items.iter().map(|e| self.value(e)).collect()
    }

    fn value(&self, expr: &Expr) -> Res {
        match &expr.kind {
            ExprKind::Constant(constant) => match constant {
                Constant::None => Ok(Value::None),
                Constant::Ellipsis => Ok(Value::Ellipsis),
                Constant::Bool(b) => Ok(Value::Bool(*b)),
                Constant::Int(n) => Ok(Value::Int(*n)),
                Constant::Float(x) => Ok(Value::Float(*x)),
                Constant::Str(text) => Ok(Value::str(text)),
                _ => Err((self.refused)()),
            },
            ExprKind::Name(name) => self.name(name),
            ExprKind::Attribute { value, attr } => attr::get(&self.value(value)?, &attr.name),
            ExprKind::Subscript { value, index } => ops::getitem(&self.value(value)?, &self.value(index)?),
            ExprKind::Binary { op: BinOp::BitOr, left, right } => {
                ops::binary(Op::BitOr, &self.value(left)?, &self.value(right)?)
            }
            ExprKind::Tuple(items) => Ok(Value::tuple(self.values(items)?)),
            ExprKind::List(items) => Ok(Value::list(self.values(items)?)),
            _ => Err((self.refused)()),
        }
    }
}
