//! Code that comes from elsewhere: functions and blocks found again in a text that was parsed anew.

use crate::compiler::Compiler;
use crate::program::{Body, Code, Owner, Source};
use crate::types::CodeId;
use afar_lang::ast::{Block, Expr, ExprKind, Function, Module, NodeId, Stmt, StmtKind};
use afar_runtime::abi::Globals;
use afar_runtime::object::FuncInfo;
use afar_runtime::{Ref, Str};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A text with its tree, and what may be asked for in it by number.
pub struct Shipped {
    /// The text.
    pub source: Arc<Source>,
    module: Arc<Module>,
    functions: FxHashMap<NodeId, Arc<Function>>,
    blocks: FxHashMap<NodeId, Arc<Block>>,
}

impl Shipped {
    /// A tree whose scopes are filled in.
    pub fn new(source: Arc<Source>, module: Module) -> Self {
        let mut made = Self {
            source,
            module: Arc::new(Module::default()),
            functions: FxHashMap::default(),
            blocks: FxHashMap::default(),
        };
        made.stmts(&module.body);
        made.module = Arc::new(module);
        made
    }

    /// A function of it.
    pub fn function(&self, id: NodeId) -> Option<&Arc<Function>> {
        self.functions.get(&id)
    }

    /// A block of it.
    pub fn block(&self, id: NodeId) -> Option<&Arc<Block>> {
        self.blocks.get(&id)
    }

    fn stmts(&mut self, stmts: &[Stmt]) {
        let mut exprs = Vec::new();
        crate::tree::each_expr(stmts, &mut |e| exprs.push(e));
        exprs.into_iter().for_each(|e| self.expr(e));
        stmts.iter().for_each(|s| self.stmt(s));
    }

    /// The definitions among statements; their expressions were walked with those of the outermost ones.
    fn stmt(&mut self, stmt: &Stmt) {
        let mut within = |bodies: &[&[Stmt]]| bodies.iter().copied().flatten().for_each(|s| self.stmt(s));
        match &stmt.kind {
            StmtKind::Def(f) => {
                within(&[&f.body]);
                self.functions.insert(f.id, f.clone());
            }
            StmtKind::Class(class) => within(&[&class.body]),
            StmtKind::If { body, orelse, .. }
            | StmtKind::While { body, orelse, .. }
            | StmtKind::For { body, orelse, .. } => within(&[body, orelse]),
            StmtKind::Try { body, handlers, orelse, finally, .. } => {
                within(&[body, orelse, finally]);
                handlers.iter().flat_map(|h| &h.body).for_each(|s| self.stmt(s));
            }
            StmtKind::With { body, .. } => within(&[body]),
            StmtKind::Match { cases, .. } => cases.iter().flat_map(|c| &c.body).for_each(|s| self.stmt(s)),
            StmtKind::Block(block) => self.add_block(block),
            _ => {}
        }
    }

    fn add_block(&mut self, block: &Arc<Block>) {
        self.blocks.insert(block.id, block.clone());
        self.stmts(&block.body);
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Lambda(f) => {
                self.functions.insert(f.id, f.clone());
                self.stmts(&f.body);
            }
            ExprKind::Block(block) => self.add_block(block),
            _ => {}
        }
        crate::tree::each_child(expr, false, &mut |e| self.expr(e));
    }
}

impl Compiler {
    /// The code around something that was shipped, whose free names are looked for in this namespace.
    pub fn register_shipped(&mut self, shipped: &Shipped, globals: &Arc<Globals>) -> Arc<Code> {
        let info = FuncInfo {
            name: Str::new("<module>"),
            qualname: Str::new("<module>"),
            module: globals.name.clone(),
            doc: None,
            params: Vec::new(),
            is_generator: false,
            code: 0,
        };
        let owner = Owner::Module(shipped.module.clone());
        Arc::new(Code {
            body: Body::Edge { owner: owner.clone(), stmt: 0, as_unit: false },
            info: Ref::new(info),
            globals: globals.clone(),
            source: shipped.source.clone(),
            param_names: Vec::new(),
            locals: Vec::new(),
            captures: Vec::new(),
            self_name: None,
            owner,
            is_edge: true,
            volatile: Vec::new(),
            free: Vec::new(),
        })
    }

    /// The code of a function that was shipped.
    pub fn register_shipped_function(&mut self, f: &Arc<Function>, outer: &Code, in_class: bool) -> CodeId {
        self.register_function(f, outer, in_class)
    }
}
