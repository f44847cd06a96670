//! Text in, text out: what is parsed, and what is said where it cannot be.

use crate::parse;
use expect_test::{Expect, expect};

/// The tree as text, then what is wrong: line, column, id, message, help.
#[track_caller]
fn check(source: &str, expected: Expect) {
    let parsed = parse(source);
    let mut out = crate::print::module(&parsed.tree);
    for e in &parsed.errors {
        let before = &source[..e.primary.start as usize];
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |i| i + 1) + 1;
        out.push_str(&format!("{line}:{column} {}: {}\n", e.id, e.message));
        if let Some(help) = &e.help {
            out.push_str(&format!("    {help}\n"));
        }
    }
    if parsed.incomplete {
        out.push_str("incomplete\n");
    }
    expected.assert_eq(&out);
}

#[test]
fn precedence_is_pythons() {
    check(
        "x = 1 + 2 * 3 ** -2 ** 2 << 1 | 4 & 5 ^ 6\ny = not a < b <= c in d or e and f if g else lambda: h\n",
        expect![[r#"
            x = 1 + 2 * 3 ** (-2 ** 2) << 1 | 4 & 5 ^ 6
            y = not a < b <= c in d or e and f if g else lambda: h
        "#]],
    );
    check(
        "x = (1 + 2) * 3 - (4 - 5) - 6\ny = (-2) ** 2, -2 ** 2, await_(x)[1:2, ::3, *a]\n",
        expect![[r#"
            x = (1 + 2) * 3 - (4 - 5) - 6
            y = ((-2) ** 2, -2 ** 2, await_(x)[1:2, ::3, *a])
        "#]],
    );
}

#[test]
fn literals() {
    check(
        "x = 0xFFFF_FFFF_FFFF_FFFF, 0o17, 0b1_01, 1_000, 12345678901234567890, 1e3, .5, 5., 3j, 1e999\n",
        expect![[r#"
            x = (18446744073709551615, 15, 5, 1000, 12345678901234567890, 1000.0, 0.5, 5.0, 3j, 1e309)
        "#]],
    );
    check(
        "x = 'a' \"b\" r'\\d' '''c\nd''', b'\\x41\\n', '\\N{BULLET}\\u00e9\\101', f'{x!r:>{w}} {{}} {y=}' 'z'\n",
        expect![[r#"
            x = ("ab\\dc\nd", b'''A
            ''', "•éA", f"{x!r:>{w}}" f" {{}} " f"{y=!r}" f"z")
        "#]],
    );
    check(
        "x = '\\ud800', '\\N{NOTHING}', b'é', 'a' b'b'\n",
        expect![[r#"
        x = ("", "", b"", <error>)
        1:6 syntax/lone-surrogate: half of a surrogate pair is no character
            write the character itself, as `\U0001F600`
        1:16 syntax/string: no character is named `NOTHING`
        1:32 syntax/string: bytes hold ASCII characters only
        1:37 syntax/string: bytes and text beside one another
            join two of a kind
    "#]],
    );
    check(
        "x = f'{', f'{}', f'{a b}', f'}', f'{a!x}', f'{a\\n}'\n",
        expect![[r#"
        x = (f"", f"", f"{<error>}", f"", f"", f"")
        1:7 syntax/f-string: expected `}` in an f-string
        1:13 syntax/f-string: nothing between the braces of an f-string
        1:21 syntax/missing-operator: two expressions with nothing between them
            a comma or an operator may be missing
        1:30 syntax/f-string: a single `}` in an f-string
        1:38 syntax/f-string: expected `r`, `s` or `a` after `!`
        1:48 syntax/f-string: a backslash between the braces of an f-string
    "#]],
    );
}

#[test]
fn private_names_are_mangled() {
    check(
        "class _A:\n    def f(self, __x): return self.__y + f(__z=1) + __w__\n    class B: __v = 1\nx = __u\n",
        expect![[r#"
        class _A():
            def f(self, _A__x):
                return self._A__y + f(__z=1) + __w__
            class B():
                _B__v = 1
        x = __u
    "#]],
    );
}

#[test]
fn soft_keywords_are_names_elsewhere() {
    check(
        "match = case = 1\nmatch[0]: int = 2\nmatch(x)\nmatch match:\n    case case: pass\n    case _: match - 1\n",
        expect![[r#"
        match = case = 1
        match[0]: int = 2
        match(x)
        match match:
            case case:
                pass
            case _:
                match - 1
    "#]],
    );
}

#[test]
fn blocks_have_three_forms() {
    check(
        "remotely <\n    x = 1\n\n    # comment\n    y = x > 2\n>\n",
        expect![[r#"
        remotely <
            x = 1
            y = x > 2
        >
    "#]],
    );
    check(
        "z = remotely.download_all('z') < a = x > y; a > 3 > # comment\nif z: remotely < b = 1 >\n",
        expect![[r#"
        z = remotely.download_all("z") <
            a = x > y
            a > 3
        >
        if z:
            remotely <
                b = 1
            >
    "#]],
    );
    check(
        "with remotely.remote_all(): x = 1\nremotely.submit(f, 1)\nz = w = remotely <\n    1\n>\n",
        expect![[r#"
        remotely.remote_all() <
            x = 1
        >
        remotely.submit(f, 1)
        z = w = remotely <
            1
        >
    "#]],
    );
}

#[test]
fn blocks_that_do_not_end() {
    check(
        "remotely <\n    x = 1\n",
        expect![[r#"
        remotely <
            x = 1
        >
        1:10 syntax/unclosed-block: the `<` of this block was never closed
            write `>` alone on the line after the block
        incomplete
    "#]],
    );
    check(
        "remotely <\n    x = 1\ny = 2\n",
        expect![[r#"
        remotely <
            x = 1
        >
        y = 2
        1:10 syntax/unclosed-block: the `<` of this block was never closed
            write `>` alone on the line after the block
    "#]],
    );
    check(
        "remotely < x = 1\ny = 2\n",
        expect![[r#"
        <error>
        y = 2
        1:10 syntax/unclosed-block: the `<` of this block was never closed
            end the line with `>`, or begin a block of several lines right after `<`
    "#]],
    );
    check(
        "remotely <\n>\nprint(remotely < 1 >)\n",
        expect![[r#"
        remotely <
            <error>
        >
        <error>
        1:10 syntax/expected-block: expected an indented block after `remotely <`
            indent what belongs to it; `pass` does nothing
        3:7 blocks/position: a `remotely` block cannot stand here
            give its value a name first: `value = remotely < ... >`
    "#]],
    );
}

#[test]
fn what_ends_too_early_may_go_on() {
    for source in [
        "x = (1,\n",
        "def f():\n",
        "x = '''abc\n",
        "if x:\n    y\nelse:\n",
        "x = 1 + \\",
        "@f\n",
        "try:\n    x\n",
        "remotely <",
        "class A:",
        "match x:\n",
        "f(a, [b",
    ] {
        assert!(parse(source).incomplete, "{source:?}");
    }
    for source in ["x = )\n", "x = 1 +\n", "x = 'abc\n", "x = 1\n", "", "x = (1,\ndef f(): pass\n"] {
        assert!(!parse(source).incomplete, "{source:?}");
    }
}

#[test]
fn several_mistakes_are_reported_at_once() {
    check(
        "x = = 1\ndef f(:\n    return (1\n    y = 2\nclass A\n    z = 3\nif x = 2:\n    pass\nelse if y:\n    pass\n",
        expect![[r#"
        <error>
        if <error>:
            <error>
        if <error>:
            z = 3
        if <error>:
            pass
        if <error>:
            pass
        1:5 syntax/assignment: an assignment cannot stand here
            maybe you meant `==`, or `:=` in parentheses
        2:6 syntax/unclosed-bracket: `(` was never closed
        3:12 syntax/unclosed-bracket: `(` was never closed
        5:8 syntax/expected-colon: expected `:`
            a `:` ends the head of a block
        7:6 syntax/assignment: an assignment cannot stand here
            maybe you meant `==`, or `:=` in parentheses
        9:6 syntax/clause: `else if` is `elif`
            write `elif`
    "#]],
    );
    check(
        "def f():\n    try:\n        x = 1\n    y = 2\n    return ]\nz = 5 5\n",
        expect![[r#"
        def f():
            if <error>:
                x = 1
            y = 2
            <error>
        <error>
        2:5 syntax/try: expected an `except` or `finally` block
        5:12 syntax/unmatched-bracket: unmatched `]`
        6:5 syntax/missing-operator: two expressions with nothing between them
            a comma or an operator may be missing
    "#]],
    );
}

#[test]
fn syntax_messages() {
    check(
        "f(a for a in b, c)\nf(**k, *a)\nf(a=1, b)\nf((a)=1)\nf(a.b=1)\n",
        expect![[r#"
        f((a for a in b), c)
        f(**k, *a)
        f(a=1, b)
        f(<error>)
        f(<error>)
        1:3 syntax/arguments: a generator among other arguments needs parentheses
            write `(a for a in b)`
        2:8 syntax/arguments: `*` unpacking after `**` unpacking
        3:8 syntax/arguments: positional argument after a keyword argument
        4:4 syntax/arguments: a name in parentheses cannot be the name of an argument
            maybe you meant `==` instead of `=`
        5:3 syntax/arguments: an attribute cannot be the name of an argument
            maybe you meant `==` instead of `=`
    "#]],
    );
    check(
        "def f(a=1, b): pass\ndef g(*): pass\ndef h(*, **k): pass\ndef i(a, /, b, /): pass\ndef j(**k, a): pass\n",
        expect![[r#"
        def f(a=1, b):
            pass
        def g():
            pass
        def h(**k):
            pass
        def i(a, b, /):
            pass
        def j(**k, a):
            pass
        1:12 syntax/parameters: a parameter without a default after one with a default
        2:7 syntax/parameters: a name must follow a bare `*`
        3:7 syntax/parameters: a name must follow a bare `*`
        4:16 syntax/parameters: `/` can stand here only once
        5:12 syntax/parameters: a parameter after `**` parameters
    "#]],
    );
    check(
        "f() = 1\n1 = x\na + b = c\n(a, 1) = x\n*a = b\n*a, *b = c\nNone = 1\nx + 1 += 2\n(a, b): int = 1\n",
        expect![[r#"
        <error> = 1
        <error> = x
        <error> = c
        (a, <error>) = x
        <error> = b
        (*a, *b) = c
        <error> = 1
        (x + 1) += 2
        (a, b): int = 1
        1:1 syntax/invalid-target: cannot assign to a function call
            maybe you meant `==` instead of `=`
        2:1 syntax/invalid-target: cannot assign to a literal
        3:1 syntax/invalid-target: cannot assign to an expression
            maybe you meant `==` instead of `=`
        4:5 syntax/invalid-target: cannot assign to a literal
        5:1 syntax/starred: a starred target must stand in a list or tuple
            write `*rest, = value`
        6:5 syntax/starred: two starred targets in one assignment
        7:1 syntax/invalid-target: cannot assign to `None`
        8:1 syntax/invalid-target: an expression cannot be the target of an augmented assignment
        9:1 syntax/invalid-target: a tuple cannot be annotated
            annotate one name at a time
    "#]],
    );
    check(
        "print 'x'\nx = y z\nx <> y\nx && y\nx++\nclass = 1\nimport for\nx := 1\nwhile x\n    pass\n",
        expect![[r#"
        <error>
        <error>
        <error>
        <error>
        <error>
        <error>
        <error>
        <error>
        if <error>:
            pass
        1:1 syntax/print-statement: missing parentheses in the call to `print`
            write `print(...)`
        2:5 syntax/missing-operator: two expressions with nothing between them
            a comma or an operator may be missing
        3:3 syntax/operator: `<>` is no operator
            write `!=`
        4:3 syntax/operator: `&&` is no operator
            write `and`
        5:3 syntax/operator: `++` and `--` are no operators
            write `x = x + 1`
        6:1 syntax/keyword: `class` is a keyword, and cannot be a name
            call it `class_`
        7:8 syntax/keyword: `for` is a keyword, and cannot be a name
            call it `for_`
        8:3 syntax/assignment: `:=` needs parentheses here
            a statement assigns by `=`; an expression by `(name := value)`
        9:8 syntax/expected-colon: expected `:`
            a `:` ends the head of a block
    "#]],
    );
    check(
        "0777\n1__0\n0xg\n1abc\n$\nx = 'abc\n(]\n",
        expect![[r#"
        <error>
        <error>
        <error>
        <error>
        <error>
        <error>
        1:1 syntax/invalid-number: leading zeros in a decimal number
            write `777`, or `0o777` for an octal number
        2:1 syntax/invalid-number: invalid decimal number
        3:1 syntax/invalid-number: invalid hexadecimal number
        4:1 syntax/invalid-number: invalid decimal number
        5:1 syntax/invalid-token: invalid character `$`
        6:5 syntax/unterminated-string: the string is never closed
            close it with '
        7:2 syntax/unmatched-bracket: closing `]` does not match opening `(`
    "#]],
    );
    check(
        "if x:\n\ty = 1\n        z = 2\n  w = 3\n",
        expect![[r#"
        if x:
            y = 1
            z = 2
        w = 3
        3:1 syntax/indentation: tabs and blanks are mixed in the indentation
            indent with blanks only
        4:3 syntax/indentation: the indentation matches no line above
            indent it by 0 or by as much as one of the lines around it
    "#]],
    );
    check(
        "x = 1; for i in y: pass\nmatch x:\n    y = 1\ndel f()\nexcept: pass\ntry:\n    x\nexcept A, B:\n    pass\n",
        expect![[r#"
        <error>
        if <error>:
            y = 1
        del f()
        <error>
        try:
            x
        except A:
            pass
        1:8 syntax/one-line: `for` must begin a line of its own
            write the block over several lines
        3:5 syntax/expected-block: expected `case`
        4:5 syntax/invalid-target: cannot delete a function call
        5:1 syntax/clause: `except` belongs to no `try`
        8:8 syntax/try: several exception types need parentheses
            write `except (A, B):`
    "#]],
    );
}

#[test]
fn deep_texts_are_refused_and_long_ones_are_not() {
    let on_a_large_stack = || {
        let too_deep = |source: String| parse(&source).errors.iter().any(|e| e.id == "syntax/too-deep");
        assert!(too_deep(format!("x = {}1{}\n", "(".repeat(30_000), ")".repeat(30_000))));
        assert!(too_deep(format!("x = {}1\n", "not ".repeat(30_000))));
        assert!(too_deep(format!("x = {}1\n", "1 ** ".repeat(30_000))));
        assert!(too_deep(format!("x = y{}\n", ".z".repeat(300_000))));
        assert!(!too_deep(format!("x = {}1{}\n", "[".repeat(15_000), "]".repeat(15_000))));
        assert!(!too_deep(format!("x = 1{}\n", " + 1".repeat(100_000))));
        assert!(!too_deep(format!("x = [{}]\n", "-1, ".repeat(300_000))));
    };
    std::thread::Builder::new().stack_size(1 << 30).spawn(on_a_large_stack).unwrap().join().unwrap();
}
