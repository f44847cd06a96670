//! Everything that is said about a tree before it runs: names, purity, and what CPython refuses when it compiles.

mod calls;
mod exprs;
mod frames;
mod functions;
mod patterns;
mod stmts;
mod survey;
#[cfg(test)]
mod tests;

use crate::ast::*;
use crate::diagnostic::Diagnostic;
use frames::Frame;
use std::collections::BTreeSet;
use survey::Survey;

/// What is known outside of the text.
#[derive(Clone, Copy)]
pub struct CheckEnv<'a> {
    /// The names that earlier inputs of a session have bound at the edge.
    pub globals: &'a [Name],
    /// Is there a module of this dotted name that a pure program may import?
    pub is_module: &'a dyn Fn(&str) -> bool,
    /// The names that an import of everything from the module of this name binds, where they can be seen.
    pub exports: &'a dyn Fn(&str) -> Option<Vec<Name>>,
}

impl Default for CheckEnv<'_> {
    /// A script by itself, with the pure standard library.
    fn default() -> Self {
        Self { globals: &[], is_module: &crate::builtins::is_pure_module, exports: &|_| None }
    }
}

impl std::fmt::Debug for CheckEnv<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CheckEnv").field("globals", &self.globals).finish_non_exhaustive()
    }
}

/// Resolves every name, fills in all scopes, and says what is wrong with the program. `source` is what it was parsed from.
///
/// The scopes are filled in as well where there are errors. The diagnostics come in the order of the text.
pub fn check(module: &Module, env: &CheckEnv<'_>, source: &str) -> Vec<Diagnostic> {
    crate::resolve::resolve(module);
    let empty = Scope::default();
    let scope = module.scope.get().unwrap_or(&empty);
    let mut edge: BTreeSet<&str> = scope.locals.iter().map(|l| &*l.name).collect();
    edge.extend(env.globals.iter().map(|n| &**n));
    let starred = starred(&module.body, env);
    edge.extend(starred.iter().map(|n| &**n));
    let mut checker = Checker {
        env,
        source,
        survey: survey::survey(module),
        edge,
        frames: vec![Frame::edge(scope)],
        out: Vec::new(),
        unbound: Vec::new(),
        unbound_names: BTreeSet::new(),
        is_broken: false,
    };
    checker.body(&module.body);
    let mut out = checker.out;
    // A line that could not be parsed may have bound anything.
    if !checker.is_broken {
        out.append(&mut checker.unbound);
    }
    out.sort_by_key(|d| (d.primary.start, d.primary.end));
    out.dedup();
    out
}

/// The names that imports of everything bind, as far as that can be seen.
fn starred(body: &[Stmt], env: &CheckEnv<'_>) -> Vec<Name> {
    let imported = body.iter().filter_map(|s| match &s.kind {
        StmtKind::ImportFrom { module, level, names } if names.is_empty() => {
            let name = module.as_ref().map_or("", |m| &*m.name);
            (env.exports)(&format!("{}{name}", ".".repeat(*level as usize)))
        }
        _ => None,
    });
    imported.flatten().collect()
}

struct Checker<'a> {
    env: &'a CheckEnv<'a>,
    source: &'a str,
    survey: Survey<'a>,
    /// All names that the edge binds.
    edge: BTreeSet<&'a str>,
    frames: Vec<Frame<'a>>,
    out: Vec<Diagnostic>,
    unbound: Vec<Diagnostic>,
    unbound_names: BTreeSet<&'a str>,
    /// The tree has nodes that stand for what could not be parsed.
    is_broken: bool,
}

impl<'a> Checker<'a> {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.out.push(diagnostic);
    }

    fn text(&self, span: crate::span::Span) -> &'a str {
        self.source.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    fn body(&mut self, body: &'a [Stmt]) {
        for s in body {
            self.stmt(s);
        }
    }
}
