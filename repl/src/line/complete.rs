//! Completion: names of the session, built-in names, keywords, and attributes after a dot. Runs no code of the program.

use super::command::COMMANDS;
use afar_lang::builtins;
use afar_runtime::abi::Globals;
use afar_runtime::object::attr;
use afar_runtime::{Str, Value};
use reedline::{Completer, CompletionResult, Span, Suggestion};
use std::sync::{Arc, PoisonError, RwLock};

const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "break", "case", "class", "continue", "def", "elif",
    "else", "except", "finally", "for", "from", "if", "import", "in", "is", "lambda", "match", "not", "or",
    "pass", "raise", "remotely", "return", "try", "while", "with", "yield",
];

/// Methods that are there only to be refused.
const MUTATING: &[&str] = &[
    "add",
    "append",
    "clear",
    "difference_update",
    "discard",
    "extend",
    "insert",
    "intersection_update",
    "pop",
    "popitem",
    "remove",
    "reverse",
    "setdefault",
    "sort",
    "symmetric_difference_update",
    "update",
];

/// Completes names of a session.
pub(crate) struct Names {
    /// The session's names; another namespace after a reset.
    pub(crate) globals: Arc<RwLock<Arc<Globals>>>,
}

impl Completer for Names {
    fn complete(&mut self, line: &str, pos: usize) -> CompletionResult {
        let globals = self.globals.read().unwrap_or_else(PoisonError::into_inner).clone();
        let (start, found) = complete(line.get(..pos).unwrap_or(line), &globals);
        let suggestions: Vec<Suggestion> = found
            .into_iter()
            .map(|value| Suggestion { value, span: Span::new(start, pos), ..Suggestion::default() })
            .collect();
        CompletionResult::fresh(suggestions)
    }
}

/// Where the word before the end of `text` begins, and what it may become.
pub(crate) fn complete(text: &str, globals: &Globals) -> (usize, Vec<String>) {
    if text.starts_with(':') && !text.contains(char::is_whitespace) {
        return (0, COMMANDS.iter().filter(|c| c.starts_with(text)).map(|c| (*c).to_owned()).collect());
    }
    let start = word_start(text);
    let word = &text[start..];
    let found = match text[..start].strip_suffix('.') {
        Some(before) => match receiver(before, globals) {
            Some(value) => attributes(&value, word),
            None => Vec::new(),
        },
        None if word.is_empty() => Vec::new(),
        None => names(word, globals),
    };
    (start, found)
}

fn word_start(text: &str) -> usize {
    text.rfind(|c: char| !c.is_alphanumeric() && c != '_')
        .map_or(0, |i| i + text[i..].chars().next().map_or(1, char::len_utf8))
}

fn names(word: &str, globals: &Globals) -> Vec<String> {
    let bound = globals.names();
    let mut all: Vec<String> = bound
        .iter()
        .map(Str::as_str)
        .chain(builtins::PURE.iter().copied())
        .chain(KEYWORDS.iter().copied())
        .chain(["print"])
        .filter(|n| n.starts_with(word) && (word.starts_with('_') || !n.starts_with('_')))
        .map(str::to_owned)
        .collect();
    all.sort();
    all.dedup();
    all
}

fn attributes(value: &Value, word: &str) -> Vec<String> {
    let is_builtin = !matches!(value, Value::Instance(_) | Value::Module(_) | Value::Class(_));
    attr::names(value)
        .iter()
        .map(Str::as_str)
        .filter(|n| n.starts_with(word) && (word.starts_with('_') || !n.starts_with('_')))
        .filter(|n| !(is_builtin && MUTATING.contains(n)))
        .map(str::to_owned)
        .collect()
}

/// The value that stands before a dot, where it is a literal or a chain of names whose look-up runs no code.
fn receiver(before: &str, globals: &Globals) -> Option<Value> {
    match before.chars().last()? {
        '"' | '\'' => return Some(Value::str("")),
        ']' if is_display(before) => return Some(Value::list(Vec::new())),
        _ => {}
    }
    let start = before
        .rfind(|c: char| !c.is_alphanumeric() && c != '_' && c != '.')
        .map_or(0, |i| i + before[i..].chars().next().map_or(1, char::len_utf8));
    let mut chain = before[start..].split('.');
    let first = chain.next().filter(|n| !n.is_empty())?;
    let mut value = globals.get(first).or_else(|| afar_runtime::builtins::lookup(first))?;
    for name in chain {
        value = match &value {
            Value::Module(module) => module.get(name)?,
            Value::Instance(instance) => instance.field(name)?,
            Value::Class(class) => class.lookup(name)?.clone(),
            _ => return None,
        };
    }
    Some(value)
}

/// Does `before` end with a list, rather than with a subscript.
fn is_display(before: &str) -> bool {
    let mut depth = 0;
    for (at, c) in before.char_indices().rev() {
        match c {
            ']' => depth += 1,
            '[' if depth == 1 => {
                let outside = before[..at].trim_end().chars().last();
                return outside.is_none_or(|c| {
                    !(c.is_alphanumeric() || matches!(c, '_' | ')' | ']' | '}' | '"' | '\''))
                });
            }
            '[' => depth -= 1,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::complete;
    use afar_runtime::Value;
    use afar_runtime::abi::Globals;

    #[track_caller]
    fn check(text: &str, start: usize, some: &[&str], none: &[&str]) {
        let globals = Globals::new("__main__", None);
        globals.set("primes", Value::list(vec![]));
        globals.set("_private", Value::None);
        let (at, found) = complete(text, &globals);
        assert_eq!(at, start, "{text}: {found:?}");
        for name in some {
            assert!(found.iter().any(|f| f == name), "{text}: {name} is missing in {found:?}");
        }
        for name in none {
            assert!(!found.iter().any(|f| f == name), "{text}: {name} is in {found:?}");
        }
    }

    #[test]
    fn names_and_keywords() {
        check("x = pri", 4, &["primes", "print"], &["range"]);
        check("remo", 0, &["remotely"], &[]);
        check("_p", 0, &["_private"], &[]);
    }

    #[test]
    fn attributes_after_a_dot() {
        check("primes.", 7, &["index", "count"], &["append", "__len__"]);
        check("\"a\".up", 4, &["upper"], &["lower"]);
        check("(primes.co", 8, &["count"], &[]);
        check("[1, [2]].", 9, &["count"], &[]);
        check("primes[0].", 10, &[], &["count"]);
        check("nobody.", 7, &[], &["count"]);
    }

    #[test]
    fn commands() {
        check(":t", 0, &[":type", ":time"], &[":help"]);
    }
}
