//! What is kept of a range when it is lowered, so that its body can be lowered again by itself, with wider ints, for the same
//! environment; and what a result of it must be to suit the code behind it.

use super::loops::Source;
use super::split_for::Folded;
use super::{Bound, Lower, Mode, VarId, env, made};
use crate::compiler::Compiler;
use crate::ir::Func;
use crate::types::{CodeId, Ty};
use afar_lang::ast::{Name, NodeId};
use afar_lang::span::Span;
use afar_runtime::collections::{Items, Range};
use afar_runtime::hooks::RangeKey;
use afar_runtime::object::{self};
use afar_runtime::pool::Reduce;
use afar_runtime::{Ref, Value};
use rustc_hash::FxHashMap;
use std::sync::OnceLock;

/// How a range was lowered.
pub struct Recipe {
    pub(super) node: NodeId,
    /// Where it stands, and what it is, if no program has written it.
    pub(super) made: Option<(made::Shape, Span)>,
    pub(super) kind: Reduce,
    pub(super) site: u32,
    pub(super) source: Source,
    /// The types of what it runs over, then of the variables that it uses.
    pub(super) types: Vec<Ty>,
    pub(super) names: Vec<VarId>,
    pub(super) bounds: Vec<Bound>,
    /// The type of its elements.
    pub(super) item: Ty,
    /// It is a `for` statement.
    pub(super) rounds: Option<Rounds>,
    pub(super) scene: Scene,
}

/// What is kept of a `for` statement.
#[derive(Clone)]
pub(super) struct Rounds {
    pub(super) folded: std::sync::Arc<[Folded]>,
    /// Of how many loops around each other it is the inner one.
    pub(super) n_split: u32,
}

/// The names that are known where a range stands.
pub(super) struct Scene {
    vars: Vec<env::VarInfo>,
    scopes: Vec<FxHashMap<Name, VarId>>,
    class_scopes: Vec<usize>,
    scope_vars: FxHashMap<(NodeId, Name), VarId>,
    span: Span,
    reads_copy: bool,
}

impl<'t> Lower<'_, 't> {
    pub(super) fn scene(&self) -> Scene {
        Scene {
            vars: self.vars.clone(),
            scopes: self.scopes.clone(),
            class_scopes: self.class_scopes.clone(),
            scope_vars: self.scope_vars.clone(),
            span: self.span,
            reads_copy: self.reads_copy,
        }
    }

    fn restore(&mut self, scene: &Scene) {
        self.vars.clone_from(&scene.vars);
        self.scopes.clone_from(&scene.scopes);
        self.class_scopes.clone_from(&scene.class_scopes);
        self.scope_vars.clone_from(&scene.scope_vars);
        self.span = scene.span;
        self.reads_copy = scene.reads_copy;
        self.env = vec![super::VarState::unbound(); self.vars.len()];
    }
}

/// Lowers the body of a range again, as it is now: with what has turned out wide since, gathering its elements as
/// [`Reduce::wide`] says. None where the range is not found in the tree of its code.
pub fn lower_range(comp: &mut Compiler, code_id: CodeId, recipe: &Recipe) -> Option<(Func, Recipe)> {
    let code = comp.code(code_id);
    let owner = code.owner.clone();
    let made = made::Made::default();
    let mut lower = Lower::new(comp, code, code_id, Mode::Unit, Ty::Never, &made);
    lower.restore(&recipe.scene);
    let kind = recipe.kind.wide();
    let (func, item) = if let Some(rounds) = &recipe.rounds {
        lower.n_split_loops = rounds.n_split;
        let (target, body) = crate::tree::find_for(owner.stmts(), recipe.node)?;
        let (func, types) = lower.rounds_body(target, body, recipe, &rounds.folded);
        (func, Ty::tuple(types))
    } else {
        let c = match recipe.made {
            Some((shape, span)) => made.add(made::comprehension(recipe.node, span, shape)),
            None => crate::tree::find_comprehension(owner.stmts(), recipe.node)?,
        };
        lower.region_body(c, recipe, kind, super::region::Gathers::Values)
    };
    let scene = lower.scene();
    let again = Recipe {
        node: recipe.node,
        made: recipe.made,
        kind,
        site: recipe.site,
        source: recipe.source.clone(),
        types: recipe.types.clone(),
        names: recipe.names.clone(),
        bounds: recipe.bounds.clone(),
        item,
        rounds: recipe.rounds.clone(),
        scene,
    };
    Some((func, again))
}

impl Recipe {
    /// Is a result of the type that the code behind the range takes it for.
    pub fn fits(&self, result: &Value) -> bool {
        match self.kind {
            Reduce::List | Reduce::Ints | Reduce::Floats | Reduce::EachInt | Reduce::EachFloat => {
                is_of(result, &Ty::list(self.item.clone().stored()))
            }
            Reduce::SumInt | Reduce::MinInt | Reduce::MaxInt => matches!(result, Value::Int(_)),
            Reduce::MinFloat | Reduce::MaxFloat => matches!(result, Value::Float(_)),
            Reduce::SumFloat => matches!(result, Value::Float(_) | Value::Int(0)),
            Reduce::Any | Reduce::All => matches!(result, Value::Bool(_)),
            Reduce::Fold | Reduce::MinTotal | Reduce::MaxTotal => is_of(result, &self.item),
            Reduce::MinKeyed | Reduce::MaxKeyed => match &self.item {
                Ty::Tuple(pair) if pair.len() == 2 => is_of(result, &pair[1]),
                _ => false,
            },
            Reduce::Set
            | Reduce::Dict
            | Reduce::SumAny
            | Reduce::MinAny
            | Reduce::MaxAny
            | Reduce::Count
            | Reduce::CountInt
            | Reduce::CountWords
            | Reduce::Join => true,
        }
    }

    /// What the range computes in this environment, whichever version of the code it belongs to.
    pub fn key(&self, comp: &Compiler, code: CodeId, env: &[Value]) -> Option<RangeKey> {
        let mut leaves = env.iter();
        let inputs = self.types.iter().map(|ty| whole(comp, ty, &mut leaves)).collect::<Option<Vec<_>>>()?;
        // What combines the elements stands behind them.
        let inputs = inputs.into_iter().chain(leaves.next().cloned()).collect();
        Some(RangeKey { code: code.0, node: self.node.0, inputs })
    }
}

/// A value of this type from its components.
pub(crate) fn whole<'v>(
    comp: &Compiler,
    ty: &Ty,
    leaves: &mut impl Iterator<Item = &'v Value>,
) -> Option<Value> {
    Some(match ty {
        Ty::Never => Value::Unbound,
        Ty::None => Value::None,
        Ty::Const(id) => comp.const_value(*id).clone(),
        // What it holds while the range runs: the range itself binds nothing anew.
        Ty::Cell => return None,
        Ty::Bool | Ty::Int | Ty::Float | Ty::Str | Ty::List(_) | Ty::Any => leaves.next()?.clone(),
        Ty::Word => {
            let Value::Int(word) = leaves.next()? else { return None };
            afar_runtime::number::word_value(word.cast_unsigned())
        }
        Ty::Tuple(items) => {
            Value::tuple(items.iter().map(|ty| whole(comp, ty, leaves)).collect::<Option<Vec<_>>>()?)
        }
        Ty::Range => {
            let (start, stop) = (leaves.next()?.clone(), leaves.next()?.clone());
            Value::Range(Ref::new(Range { start, stop, step: leaves.next()?.clone() }))
        }
        Ty::Closure(closure) => {
            let Value::Int(identity) = leaves.next()? else { return None };
            let captures = closure.captures.iter().map(|ty| whole(comp, ty, leaves));
            let captures = captures.collect::<Option<Vec<_>>>()?;
            let defaults = closure.defaults.iter().map(|ty| match ty {
                Some(ty) => whole(comp, ty, leaves),
                None => Some(Value::Unbound),
            });
            let defaults = defaults.collect::<Option<Vec<_>>>()?;
            Value::Func(Ref::new(object::Func {
                info: comp.code(closure.code).info.clone(),
                defaults: defaults.into(),
                captures: captures.into(),
                owner: OnceLock::new(),
                identity: identity.cast_unsigned(),
                marks: object::Marks::default(),
                wrapped: Value::Unbound,
            }))
        }
    })
}

/// Does a boxed value have this type.
pub(crate) fn is_of(value: &Value, ty: &Ty) -> bool {
    match (ty, value) {
        (Ty::Any, _)
        | (Ty::None, Value::None)
        | (Ty::Bool, Value::Bool(_))
        | (Ty::Int, Value::Int(_))
        | (Ty::Float, Value::Float(_))
        | (Ty::Str, Value::Str(_)) => true,
        (Ty::Word, value) => afar_runtime::number::word_of(value).is_some(),
        (Ty::Tuple(types), Value::Tuple(items)) => {
            types.len() == items.len() && types.iter().zip(items.iter()).all(|(ty, v)| is_of(v, ty))
        }
        (Ty::List(item), Value::List(list)) => match (&**item, list.items()) {
            (Ty::Any, _) | (Ty::Int, Items::Int(_)) | (Ty::Float, Items::Float(_)) => true,
            (Ty::Int | Ty::Float | Ty::Never, items) => matches!(items, Items::Any(v) if v.is_empty()),
            (item, Items::Rows(rows)) => item.row().is_some_and(|form| form == *rows.form()),
            (item, Items::Any(items)) if item.row().is_some() => items.is_empty(),
            (item, Items::Any(items)) => items.iter().all(|v| is_of(v, item)),
            _ => false,
        },
        _ => false,
    }
}
