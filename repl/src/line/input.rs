//! When an input of a session is complete: as Python's prompt sees it, by our own parser.

use afar_lang::ast::{Stmt, StmtKind};
use afar_lang::parse;

/// What an input lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: it can be run.
    Nothing,
    /// More text: a bracket is open, a block has no body.
    More,
    /// An empty line, or more of the block.
    EmptyLine,
}

/// What `text` lacks.
///
/// A statement with a block ends at an empty line; a `remotely <` block at its `>`; all else where it is complete.
pub fn needs(text: &str) -> Needs {
    if text.trim().is_empty() || text.trim_start().starts_with(':') {
        return Needs::Nothing;
    }
    let ends_empty = ends_empty(text);
    let parsed = parse(text);
    if parsed.incomplete {
        // A header without a body is waited for only once.
        let waits_for_body = parsed.errors.iter().all(|e| e.id == "syntax/expected-block");
        return if waits_for_body && ends_empty { Needs::Nothing } else { Needs::More };
    }
    if !parsed.errors.is_empty() || ends_empty {
        return Needs::Nothing;
    }
    if parsed.tree.body.last().is_some_and(|s| has_block(s, text)) {
        Needs::EmptyLine
    } else {
        Needs::Nothing
    }
}

/// Is the last line empty, and not the only one.
fn ends_empty(text: &str) -> bool {
    text.rsplit_once('\n').is_some_and(|(_, last)| last.trim().is_empty())
}

fn has_block(stmt: &Stmt, text: &str) -> bool {
    match &stmt.kind {
        StmtKind::Def(_)
        | StmtKind::Class(_)
        | StmtKind::If { .. }
        | StmtKind::While { .. }
        | StmtKind::For { .. }
        | StmtKind::Try { .. }
        | StmtKind::With { .. }
        | StmtKind::Match { .. } => true,
        // `with remotely...:` goes on, `remotely < ... >` is closed.
        StmtKind::Block(_) => !text.trim_end().ends_with('>'),
        _ => false,
    }
}

/// Does a line go on with the statement before it, rather than begin one: `else:`, or what is indented.
pub fn continues(line: &str) -> bool {
    let first = line.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
    line.trim().is_empty()
        || line.starts_with([' ', '\t', ')', ']', '}', '>', '#'])
        || matches!(first, "else" | "elif" | "except" | "finally")
}

/// The indentation that the line after `text` is given.
pub fn indentation(text: &str) -> String {
    let last = text.rsplit('\n').next().unwrap_or("");
    let own: String = last.chars().take_while(|c| matches!(c, ' ' | '\t')).collect();
    let code = code_of(last);
    if code.ends_with(':') || (code.ends_with('<') && code.contains("remotely")) {
        return own + "    ";
    }
    let first = code.split_whitespace().next().unwrap_or("");
    if matches!(first, "return" | "pass" | "break" | "continue" | "raise") {
        return own.strip_suffix("    ").unwrap_or(&own).to_owned();
    }
    own
}

/// A line without its comment and blanks around it.
fn code_of(line: &str) -> &str {
    let comment = afar_lang::token::tokenize(line)
        .into_iter()
        .find(|(_, class)| *class == afar_lang::token::TokenClass::Comment)
        .map_or(line.len(), |(span, _)| span.start as usize);
    line.get(..comment).unwrap_or(line).trim()
}

#[cfg(test)]
mod tests {
    use super::{Needs, continues, indentation, needs};

    #[track_caller]
    fn check(text: &str, expected: Needs) {
        assert_eq!(needs(text), expected, "{text:?}");
    }

    #[test]
    fn simple_statements_are_complete() {
        for text in
            ["", "1 + 1", "x = 3", "f(1,\n  2)", ":help", "x = 1 +", "remotely < x = 1 >", "a = '''x\n\n'''"]
        {
            check(text, Needs::Nothing);
        }
    }

    #[test]
    fn brackets_strings_and_blocks_go_on() {
        for text in [
            "f(1,",
            "x = '''a",
            "x = [1,\n\n",
            "a \\",
            "def f():",
            "@d",
            "if x:",
            "remotely <",
            "remotely <\n    x = 1\n",
        ] {
            check(text, Needs::More);
        }
    }

    #[test]
    fn an_empty_line_ends_a_block() {
        check("def f():\n    return 1", Needs::EmptyLine);
        check("def f():\n    return 1\n", Needs::Nothing);
        check("if x: y = 1", Needs::EmptyLine);
        check("if x:\n    y = 1\n    ", Needs::Nothing);
        check("def f():\n", Needs::Nothing);
        check("remotely <\n    x = 1\n>", Needs::Nothing);
    }

    #[test]
    fn lines_that_go_on() {
        assert!(continues("else:") && continues("  x") && continues("") && continues("except E:"));
        assert!(!continues("elsewhere = 1") && !continues("x = 1"));
    }

    #[test]
    fn indentation_follows_the_line() {
        assert_eq!(indentation("def f():"), "    ");
        assert_eq!(indentation("def f():  # why"), "    ");
        assert_eq!(indentation("def f():\n    x = 1"), "    ");
        assert_eq!(indentation("def f():\n    return 1"), "");
        assert_eq!(indentation("remotely <"), "    ");
    }
}
