//! Text in, tokens out.

use super::layout;
use crate::token::Kind;
use expect_test::{Expect, expect};

/// The tokens of each line, with `>` and `<` for indentation.
#[track_caller]
fn check(source: &str, expected: Expect) {
    let laid_out = layout(source);
    let mut out = String::new();
    for t in &laid_out.tokens {
        match t.kind {
            Kind::Newline => out.push_str("NEWLINE\n"),
            Kind::Indent => out.push_str("INDENT "),
            Kind::Dedent => out.push_str("DEDENT "),
            Kind::Name | Kind::Int | Kind::Str => {
                out.push_str(&format!("{} ", &source[t.span.start as usize..t.span.end as usize]))
            }
            kind => out.push_str(&format!("{kind:?} ")),
        }
    }
    for e in &laid_out.errors {
        out.push_str(&format!("\n{:?} {}: {}", e.primary, e.id, e.message));
    }
    expected.assert_eq(&out);
}

#[test]
fn lines_join_within_brackets_and_at_backslashes() {
    check(
        "a = (1,\n  # comment\n 2)\n\nb = a \\\n  + 1 # end\n",
        expect![[r#"
        a Equal LParen 1 Comma 2 RParen NEWLINE
        b Equal a Plus 1 NEWLINE
    "#]],
    );
}

#[test]
fn indentation_makes_blocks() {
    check(
        "if a:\n  b\n  if c:\n\td\ne\n",
        expect![[r#"
        If a Colon NEWLINE
        INDENT b NEWLINE
        If c Colon NEWLINE
        INDENT d NEWLINE
        DEDENT DEDENT e NEWLINE

        Span { start: 18, end: 19 } syntax/indentation: tabs and blanks are mixed in the indentation"#]],
    );
    check(
        "a\n  b\n c\n",
        expect![[r#"
        a NEWLINE
        b NEWLINE
        c NEWLINE

        Span { start: 4, end: 5 } syntax/indentation: unexpected indentation
        Span { start: 7, end: 8 } syntax/indentation: the indentation matches no line above"#]],
    );
}

#[test]
fn the_last_bracket_of_the_line_closes_a_block() {
    check(
        "remotely < a = b > c; d >\nx = remotely.remote_all() <\n  a > b\n>\na < b > c\n",
        expect![[r#"
        Remotely InlineOpen a Equal b Greater c Semicolon d BlockClose NEWLINE
        x Equal Remotely Dot remote_all LParen RParen BlockOpen NEWLINE
        INDENT a Greater b NEWLINE
        DEDENT BlockClose NEWLINE
        a Less b Greater c NEWLINE
    "#]],
    );
}

#[test]
fn a_forgotten_bracket_ends_at_the_next_statement() {
    check(
        "a = (1,\ndef f(): pass\n",
        expect![[r#"
        a Equal LParen 1 Comma NEWLINE
        Def f LParen RParen Colon Pass NEWLINE

        Span { start: 4, end: 5 } syntax/unclosed-bracket: `(` was never closed"#]],
    );
}
