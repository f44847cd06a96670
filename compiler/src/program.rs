//! Code as the compiler knows it: bodies, names, and the namespaces that they look into.

use crate::types::CodeId;
use afar_lang::ast::{self, Block, Expr, Function, Module, Name, NodeId, Stmt};
use afar_lang::span::Span;
use afar_runtime::abi::Globals;
use afar_runtime::object::FuncInfo;
use afar_runtime::{Ref, Str};
use std::sync::Arc;

/// The tree that a body is part of.
#[derive(Clone, Debug)]
pub enum Owner {
    /// A module, or one input of a session.
    Module(Arc<Module>),
    /// A function.
    Function(Arc<Function>),
    /// A block.
    Block(Arc<Block>),
}

impl Owner {
    /// Its statements.
    pub fn stmts(&self) -> &[Stmt] {
        match self {
            Self::Module(m) => &m.body,
            Self::Function(f) => &f.body,
            Self::Block(b) => &b.body,
        }
    }

    /// An expression in it.
    pub fn find(&self, node: NodeId, span: Span) -> Option<&Expr> {
        crate::tree::find(self.stmts(), node, span)
    }
}

/// What is compiled.
#[derive(Clone, Debug)]
pub enum Body {
    /// A `def` or `lambda`.
    Function(Arc<Function>),
    /// An expression of an edge or a generator, as a unit of its own.
    Expr {
        /// Where it is.
        owner: Owner,
        /// Which it is.
        node: NodeId,
        /// Where it stands.
        span: Span,
    },
    /// A generator expression.
    GenExpr {
        /// Where it is.
        owner: Owner,
        /// The expression.
        node: NodeId,
        /// Where it stands.
        span: Span,
    },
    /// A statement of the edge without effects, as a unit: gives a tuple of the names it binds.
    Unit {
        /// Where it is.
        owner: Owner,
        /// Which statement.
        stmt: usize,
        /// The names that it binds.
        names: Vec<Name>,
    },
    /// A statement of the edge.
    Edge {
        /// Where it is.
        owner: Owner,
        /// Which statement.
        stmt: usize,
        /// May it be run as a unit.
        as_unit: bool,
    },
}

/// A source file, or an input of a session.
#[derive(Debug)]
pub struct Source {
    /// Its name, as the user gave it.
    pub file: Str,
    /// Its text.
    pub text: Arc<str>,
    /// The byte offset of each line.
    pub lines: Vec<u32>,
}

impl Source {
    /// A source.
    pub fn new(file: &str, text: &str) -> Self {
        let mut lines = vec![0];
        lines.extend(
            text.bytes()
                .enumerate()
                .filter(|(_, b)| *b == b'\n')
                .filter_map(|(i, _)| u32::try_from(i + 1).ok()),
        );
        Self { file: Str::new(file), text: text.into(), lines }
    }

    /// The line of a byte, from 1.
    pub fn line(&self, at: u32) -> u32 {
        u32::try_from(self.lines.partition_point(|start| *start <= at)).unwrap_or(u32::MAX)
    }

    /// The text of a line, from 1.
    pub fn line_text(&self, line: u32) -> Option<&str> {
        self.text.lines().nth(usize::try_from(line).ok()?.checked_sub(1)?)
    }
}

/// A body of code, in the namespace that its free names are looked up in.
#[derive(Debug)]
pub struct Code {
    /// What is compiled.
    pub body: Body,
    /// What the runtime knows of it.
    pub info: Ref<FuncInfo>,
    /// The namespace.
    pub globals: Arc<Globals>,
    /// Where it comes from.
    pub source: Arc<Source>,
    /// The parameters' names, in order.
    pub param_names: Vec<Name>,
    /// All names that it binds.
    pub locals: Vec<ast::Local>,
    /// What it captures; a function that captures itself alone does not list itself.
    pub captures: Vec<ast::Capture>,
    /// The function captures itself, and finds itself by its own captures.
    pub self_name: Option<Name>,
    /// The tree that expressions in it belong to.
    pub owner: Owner,
    /// Its free names are the edge's variables.
    pub is_edge: bool,
    /// The names that the edge statement around it assigns, which are no constants for it.
    pub volatile: Vec<Name>,
    /// Names of the edge that it, or what is in it, may read.
    pub free: Vec<Name>,
}

impl Code {
    /// Names of the edge that it, or what is in it, may read; of a statement all that it mentions.
    pub fn names_read(&self) -> Vec<Name> {
        let of = |stmts: &[ast::Stmt]| {
            let mut names = crate::lower::all_names(stmts);
            names.sort_unstable();
            names.dedup();
            names
        };
        match &self.body {
            Body::Function(_) | Body::GenExpr { .. } => self.free.clone(),
            Body::Expr { owner, .. } => of(owner.stmts()),
            Body::Unit { owner, stmt, .. } | Body::Edge { owner, stmt, .. } => {
                owner.stmts().get(*stmt).map_or_else(Vec::new, |stmt| of(std::slice::from_ref(stmt)))
            }
        }
    }

    /// Does a name of its own live in a cell.
    pub fn is_cell(&self, name: &str) -> bool {
        self.locals.iter().any(|l| l.is_cell && &*l.name == name)
    }
}

/// The key by which the code of a function is found again.
pub type CodeKey = (usize, u32, CodeId);
