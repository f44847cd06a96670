//! What the front end knows in tables, and the manual lists: modules, and built-in names that are refused.

use afar_lang::builtins;
use std::collections::BTreeSet;

use super::page::code_spans;

/// The modules of Python's library that are there, against the list in this page: the paragraph behind its first line that ends in `:`.
pub fn modules(page: &str) -> Vec<String> {
    let list = page.split(":\n\n").nth(1).and_then(|rest| rest.split("\n\n").next()).unwrap_or_default();
    let listed: BTreeSet<String> = code_spans(list).into_iter().collect();
    let is_python = |name: &&&str| !name.starts_with("afar") && **name != "__future__";
    let known: BTreeSet<String> =
        builtins::MODULES.iter().filter(is_python).map(|name| (*name).to_owned()).collect();
    let missing = known.difference(&listed).map(|name| format!("the module `{name}` is not listed"));
    let wrong = listed.difference(&known).map(|name| format!("there is no module `{name}`"));
    missing.chain(wrong).collect()
}

/// The built-in names that no program may use and that no code in this page uses.
pub fn refused_builtins(page: &str) -> Vec<String> {
    let uses = |name: &str| {
        let code = page.lines().flat_map(code_spans);
        code.into_iter().any(|code| code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == name))
    };
    let missing = builtins::IMPURE.iter().filter(|name| !uses(name));
    missing.map(|name| format!("what `{name}` is refused for is not said")).collect()
}
