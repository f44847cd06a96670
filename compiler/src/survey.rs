//! What the functions of a script are specialised to, found without running it: definitions are carried out, all else is lowered
//! only, with the types that its names have then.

use crate::compiler::Compiler;
use crate::ir::SpecId;
pub use crate::lower::Reason;
use crate::lower::{self, Decision, Origin};
use crate::program::{Body, Code, Owner, Source};
use crate::types::{CodeId, Ty};
use crate::{compiler, run_statement};
use afar_lang::ast::{BinOp, Constant, Expr, ExprKind, Name, Stmt, StmtKind};
use afar_runtime::abi::Globals;
use afar_runtime::{Res, Value};
use std::sync::Arc;

/// The versions of the functions of a script.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// The functions, in the order of the text, each with its versions.
    pub funcs: Vec<FuncTypes>,
    /// The names of the edge whose values are computed, with their types, in the order of the text.
    pub names: Vec<(Name, String)>,
    /// What is split and what is not, in the order of the text.
    pub decisions: Vec<Decided>,
    /// The line of the first statement behind which nothing is reached.
    pub ends_at: Option<u32>,
}

/// Something that is split, or not.
#[derive(Clone, Debug)]
pub struct Decided {
    /// What was decided, where, and why.
    pub decision: Decision,
    /// The function that it stands in, with the types of its parameters; none at the edge.
    pub func: Option<String>,
}

/// A function of a script.
#[derive(Clone, Debug)]
pub struct FuncTypes {
    /// Its qualified name.
    pub name: String,
    /// The line of its `def` or `lambda`.
    pub line: u32,
    /// What it is specialised to; none where no call was found whose types are known.
    pub versions: Vec<Version>,
}

/// A specialisation.
#[derive(Clone, Debug)]
pub struct Version {
    /// The parameters and their types.
    pub params: Vec<(Name, String)>,
    /// What it captured, and the types.
    pub captures: Vec<(Name, String)>,
    /// The type of its result.
    pub ret: String,
    /// It is a generator.
    pub is_generator: bool,
    /// Where values of any type come from, in the order of the text.
    pub origins: Vec<Origin>,
}

/// Surveys the statements of an edge.
///
/// # Errors
///
/// What a definition raised: an import, a default, a decorator, the body of a class.
pub fn survey(owner: &Owner, source: &Arc<Source>, globals: &Arc<Globals>) -> Res<Survey> {
    compiler().surveys = true;
    let found = walk(owner, source, globals);
    let mut comp = compiler();
    comp.surveys = false;
    comp.surveyed.clear();
    let at_edge = std::mem::take(&mut comp.edge_decisions);
    let mut survey = found?;
    survey.funcs = comp.versions(source);
    let ids = comp.current_specs().collect();
    survey.decisions = comp.decided(source, ids, at_edge);
    Ok(survey)
}

/// From here on it is noted where values of any type come from.
pub fn watch() {
    compiler().surveys = true;
}

/// What the functions of a source were specialised to so far, as they ran, with what was noted since [`watch`].
pub fn watched(source: &Arc<Source>) -> Survey {
    let comp = compiler();
    let ids = comp.compiled_specs();
    Survey {
        funcs: comp.versions(source),
        decisions: comp.decided(source, ids, Vec::new()),
        ..Survey::default()
    }
}

/// The type that a name of the edge most likely has, where it is only known when it runs: `n = int(sys.argv[1])`.
pub fn guess(stmt: &Stmt) -> Option<(Name, Ty)> {
    let StmtKind::Assign { targets, value } = &stmt.kind else { return None };
    let [Expr { kind: ExprKind::Name(name), .. }] = targets.as_slice() else { return None };
    Some((name.clone(), guess_expr(value)?))
}

fn guess_expr(expr: &Expr) -> Option<Ty> {
    let same = |a: &Expr, b: &Expr| guess_expr(a).filter(|ty| guess_expr(b).as_ref() == Some(ty));
    match &expr.kind {
        ExprKind::Call { func, .. } => match &func.kind {
            ExprKind::Name(name) => match &**name {
                "int" | "len" | "round" => Some(Ty::Int),
                "float" => Some(Ty::Float),
                "str" | "repr" => Some(Ty::Str),
                "bool" => Some(Ty::Bool),
                _ => None,
            },
            _ => None,
        },
        ExprKind::IfElse { body, orelse, .. } => same(body, orelse),
        ExprKind::Binary {
            op: BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::FloorDiv | BinOp::Mod,
            left,
            right,
        } => same(left, right),
        ExprKind::Constant(Constant::Int(_)) => Some(Ty::Int),
        ExprKind::Constant(Constant::Float(_)) => Some(Ty::Float),
        ExprKind::Constant(Constant::Str(_)) => Some(Ty::Str),
        _ => None,
    }
}

fn walk(owner: &Owner, source: &Arc<Source>, globals: &Arc<Globals>) -> Res<Survey> {
    let mut survey = Survey::default();
    let mut known: Vec<(Name, Ty)> = Vec::new();
    for (at, stmt) in owner.stmts().iter().enumerate() {
        if is_definition(stmt) {
            run_statement(owner, at, source, globals)?;
            let mut bound = Vec::new();
            crate::tree::assigned(std::slice::from_ref(stmt), &mut bound);
            known.retain(|(name, _)| !bound.contains(name));
            continue;
        }
        let mut comp = compiler();
        comp.surveyed.clone_from(&known);
        let code_id = comp.register_edge(owner.clone(), at, false, globals, source);
        match lower::survey_statement(&mut comp, code_id, stmt, &known) {
            Some(now) => known = now,
            None => {
                survey.ends_at = Some(source.line(stmt.span.start));
                break;
            }
        }
    }
    let comp = compiler();
    survey.names = known.into_iter().map(|(name, ty)| (name, comp.type_text(&ty))).collect();
    Ok(survey)
}

/// Is it carried out: it makes what the rest is specialised on, and computes next to nothing.
fn is_definition(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::Def(_)
        | StmtKind::Class(_)
        | StmtKind::Import(_)
        | StmtKind::ImportFrom { .. }
        | StmtKind::Pass => true,
        StmtKind::Assign { value, .. } => is_literal(value),
        StmtKind::AnnAssign { value, .. } => value.as_ref().is_none_or(is_literal),
        _ => false,
    }
}

fn is_literal(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Constant(_) | ExprKind::Lambda(_) => true,
        ExprKind::Unary { operand, .. } => is_literal(operand),
        ExprKind::Tuple(items) | ExprKind::List(items) => items.iter().all(is_literal),
        _ => false,
    }
}

impl Compiler {
    /// The functions of a source with their specialisations.
    fn versions(&self, source: &Arc<Source>) -> Vec<FuncTypes> {
        let mut ids: Vec<_> = self.current_specs().collect();
        ids.sort_unstable();
        let mut found: Vec<FuncTypes> = Vec::new();
        let mut codes: Vec<(CodeId, Arc<Code>, u32)> = self
            .all_codes()
            .filter(|(_, code)| Arc::ptr_eq(&code.source, source))
            .filter_map(|(id, code)| match &code.body {
                Body::Function(f) => Some((id, code.clone(), f.span.start)),
                _ => None,
            })
            .collect();
        codes.sort_by_key(|(id, _, start)| (*start, *id));
        codes.dedup_by_key(|(_, _, start)| *start);
        for (_, code, start) in codes {
            let versions: Vec<Version> = ids
                .iter()
                .filter(|id| is_code_at(&self.code(self.spec_code(**id)), source, start))
                .map(|id| self.version(*id))
                .collect();
            found.push(FuncTypes {
                name: code.info.qualname.as_str().to_owned(),
                line: source.line(start),
                versions,
            });
        }
        found
    }

    /// What was decided in these specialisations of code of a source, and at its edge: each once.
    fn decided(&self, source: &Arc<Source>, mut ids: Vec<SpecId>, at_edge: Vec<Decision>) -> Vec<Decided> {
        ids.sort_unstable();
        let mut found: Vec<Decided> = Vec::new();
        let mut add = |decision: Decision, func: Option<String>| {
            let same = found.iter_mut().find(|d| {
                d.func == func && d.decision.span == decision.span && d.decision.reason == decision.reason
            });
            match same {
                Some(same) => same.decision.ranges.extend(decision.ranges),
                None => found.push(Decided { decision, func }),
            }
        };
        at_edge.into_iter().for_each(|decision| add(decision, None));
        for id in ids {
            let code = self.code(self.spec_code(id));
            if !Arc::ptr_eq(&code.source, source) {
                continue;
            }
            let func = matches!(code.body, Body::Function(_)).then(|| self.signature(id));
            self.spec_decisions(id).iter().for_each(|decision| add(decision.clone(), func.clone()));
        }
        found.sort_by_key(|d| (d.decision.span.start, d.decision.span.end));
        found
    }

    /// A function with the types of its parameters.
    fn signature(&self, id: SpecId) -> String {
        let version = self.version(id);
        let params: Vec<String> = version.params.iter().map(|(name, ty)| format!("{name}: {ty}")).collect();
        let code = self.code(self.spec_code(id));
        format!("{}({})", code.info.qualname, params.join(", "))
    }

    fn version(&self, id: SpecId) -> Version {
        let code = self.code(self.spec_code(id));
        let (params, captures) = self.spec_types(id);
        let text = |(name, ty): (&Name, &Ty)| (name.clone(), self.type_text(ty));
        let shown = code.captures.iter().map(|c| &c.name).zip(&captures);
        let mut origins = self.spec_origins(id).to_vec();
        origins.sort_by_key(|o| (o.span.start, o.span.end));
        Version {
            params: code.param_names.iter().zip(&params).map(text).collect(),
            captures: shown.filter(|(name, _)| !name.starts_with('.')).map(text).collect(),
            ret: self.type_text(&self.spec_ret(id)),
            is_generator: code.info.is_generator,
            origins,
        }
    }

    /// A type in the words of annotations.
    pub fn type_text(&self, ty: &Ty) -> String {
        match ty {
            Ty::Const(id) => match self.const_value(*id) {
                Value::Class(class) => format!("type[{}]", class.name),
                Value::Func(func) => format!("function {}", func.info.qualname),
                Value::Builtin(builtin) => format!("function {}", builtin.name),
                Value::Module(module) => format!("module {}", module.name),
                other => afar_runtime::ops::type_name(other).to_string(),
            },
            Ty::Closure(closure) => format!("function {}", self.code(closure.code).info.qualname),
            Ty::Tuple(items) => {
                let items: Vec<String> = items.iter().map(|t| self.type_text(t)).collect();
                format!("tuple[{}]", if items.is_empty() { "()".to_owned() } else { items.join(", ") })
            }
            Ty::List(item) => format!("list[{}]", self.type_text(item)),
            Ty::Cell => "shared".to_owned(),
            other => other.to_string(),
        }
    }
}

/// The code of a function may be registered once for each module or closure that it is made in.
fn is_code_at(code: &Code, source: &Arc<Source>, start: u32) -> bool {
    Arc::ptr_eq(&code.source, source) && matches!(&code.body, Body::Function(f) if f.span.start == start)
}
