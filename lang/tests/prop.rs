//! Properties of the parser: a tree that is printed and parsed is the same tree; what it says is about places in the text.

use afar_lang::ast::Module;
use afar_lang::{CheckEnv, check, parse, print};
use proptest::prelude::*;

/// A tree as text, without places and numbers of nodes.
fn shape(tree: &Module) -> String {
    let all = format!("{:?}", tree.body);
    let mut out = String::new();
    let mut rest = all.as_str();
    while let Some(at) = rest.find("span: Span {").into_iter().chain(rest.find("id: NodeId(")).min() {
        out.push_str(&rest[..at]);
        let end = if rest[at..].starts_with("span") { '}' } else { ')' };
        rest = rest[at..].split_once(end).map_or("", |(_, rest)| rest);
    }
    out + rest
}

/// Literals and names: strings that need escapes, numbers at the borders, names beyond ASCII.
fn leaf() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        "x",
        "y1",
        "_",
        "été",
        "match",
        "case",
        "None",
        "True",
        "...",
        "0",
        "0.0",
        "1e999",
        "5e-324",
        "1j",
        "0xFFFFFFFFFFFFFFFFFF",
        "9223372036854775808",
        "b'\\xff\\'\"'",
        "'\\''",
        "\"\\n\\\\\"",
        "'''a\nb'''",
        "'\\U0001F600\\t'",
        "f'{x}{{}}'",
        "f'{x!r:>{y1}.3}'",
        "f\"{x = }{'a'}\"",
        "rb'\\d'",
        "'a' f'{x}' 'b'",
        "1_000",
        "()",
        "[]",
        "{}",
    ]);
    let texts = any::<String>().prop_map(|s| {
        let body: String = s.chars().filter(|c| !c.is_control()).collect();
        format!("'{}'", body.replace('\\', "\\\\").replace('\'', "\\'"))
    });
    prop_oneof![
        6 => fixed.prop_map(str::to_owned),
        1 => any::<u64>().prop_map(|n| n.to_string()),
        1 => any::<f64>().prop_filter("a literal is finite", |x| x.is_finite()).prop_map(|x| format!("{:e}", x.abs())),
        1 => texts,
    ]
}

/// An expression, with brackets around all its parts, so that any tree comes up.
fn expr() -> impl Strategy<Value = String> {
    leaf().prop_recursive(5, 40, 4, |inner| {
        let one = [
            "-(@)",
            "~(@)",
            "not (@)",
            "(@).a",
            "(@)()",
            "lambda: (@)",
            "lambda a, /, b=(@), *c, d, **e: a",
            "[(@)]",
            "{(@)}",
            "((@),)",
            "{**(@)}",
            "[*(@)]",
            "f'''{(@)}'''",
            "(a := (@))",
            "[x for x in (@)]",
            "{x: 1 for x, *_ in (@) if x if 2}",
            "(x for x in (@))",
            "(@)[::]",
            "(yield (@))",
            "(yield from (@))",
            "(await (@))",
            "f(*(@), **(@))",
            "f(x for x in (@))",
        ];
        let two = [
            "(@) + (@)",
            "(@) ** (@)",
            "(@) // (@)",
            "(@) @ (@)",
            "(@) << (@)",
            "(@) & (@) | (@)",
            "(@) and (@)",
            "(@) or not (@)",
            "(@) < (@) is not (@)",
            "(@) not in (@)",
            "(@) if (@) else (@)",
            "(@)[(@)]",
            "(@)[(@):(@), *(@)]",
            "f((@), k=(@))",
            "{(@): (@)}",
            "((@), *(@))",
            "[(@) for x in (@) for y in (@)]",
            "-(@) ** -(@)",
            "lambda x=(@): lambda: (@)",
            "f'{(@)!s}' f'{(@):x}'",
            "(@)((@))[(@)].b",
        ];
        let templates: Vec<&str> = one.into_iter().chain(two).collect();
        (prop::sample::select(templates), prop::collection::vec(inner, 4))
            .prop_map(|(template, parts)| filled(template, &parts))
    })
}

/// A template with the parts in its places, by turns.
fn filled(template: &str, parts: &[String]) -> String {
    let mut out = String::new();
    for (at, piece) in template.split('@').enumerate() {
        if at > 0 {
            out.push_str(&parts[(at - 1) % parts.len()]);
        }
        out.push_str(piece);
    }
    out
}

fn stmts() -> impl Strategy<Value = String> {
    let lines = vec![
        "@\n",
        "x = y = @\n",
        "x: @ = @\n",
        "(a, *b), c[@] = @, @\n",
        "assert @, @\n",
        "raise @ from @\n",
        "if @:\n    @\nelif @:\n    pass\nelse:\n    @\n",
        "while @:\n    break\nelse:\n    x = @\n",
        "for x, *y in @, @:\n    continue\n",
        "def f(a, /, b: @ = @, *c, d=@, **e) -> @:\n    '''doc'''\n    return @, *@\n",
        "@d(@)\nclass C(@, k=@):\n    x: int = @\n",
        "try:\n    @\nexcept @ as e:\n    raise\nelse:\n    @\nfinally:\n    @\n",
        "with x as x, f(y) as (y, z):\n    @\n",
        "match @, @:\n    case [1, *_, {'a': x, **r}] | C(a, b=D()) if @:\n        @\n    case -1.5 | 'a' | None | a.b:\n        pass\n",
        "del x[@], (y, z)\n",
        "x[@] += @\n",
        "import a.b as c, d\n",
        "from ..a import b as c\n",
        "remotely <\n    x = @\n    @\n>\n",
        "def f():\n    return remotely < x = @ >\n",
        "async def f():\n    async with x as x:\n        return [y async for y in @]\n",
        "global x, y\n",
    ];
    let one = (prop::sample::select(lines), prop::collection::vec(expr(), 4)).prop_map(|(line, parts)| {
        // A decorator is no place.
        let (head, rest) = line.strip_prefix("@d").map_or(("", line), |rest| ("@d", rest));
        format!("{head}{}", filled(rest, &parts))
    });
    prop::collection::vec(one, 1..4).prop_map(|all| all.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_printed_tree_is_the_same_tree(text in stmts()) {
        let first = parse(&text);
        // What is too much for a parser of Python 3.11, as a backslash in an f-string, is no tree.
        prop_assume!(first.errors.is_empty());
        let printed = print::module(&first.tree);
        let again = parse(&printed);
        prop_assert_eq!(&again.errors, &vec![], "{}\n{}", text, printed);
        prop_assert_eq!(shape(&again.tree), shape(&first.tree), "{}\n{}", text, printed);
    }

    #[test]
    fn any_text_is_answered(text in "[ -~\n\té日]{0,80}") {
        let parsed = parse(&text);
        let mut all = parsed.errors;
        all.extend(check(&parsed.tree, &CheckEnv::default(), &text));
        for d in all {
            prop_assert!(text.get(d.primary.start as usize..d.primary.end as usize).is_some(), "{:?}", d);
        }
    }
}

/// Is a text a program, as far as its grammar goes.
fn accepted(text: &str) -> bool {
    let parsed = parse(text);
    let all = check(&parsed.tree, &CheckEnv::default(), text);
    parsed.errors.is_empty() && !all.iter().any(|d| d.id.starts_with("syntax/"))
}

#[test]
fn what_cpython_refuses_is_refused() {
    for text in [
        "x = 'a\0b'\n",
        "x = 1 # a\0b\n",
        "x = f'{te\u{a0}xt}'\n",
        "x = f'{0777}'\n",
        "x = f'{1x}'\n",
        "a.\u{31bf2} = 1\n",
        "x: (yield)\n",
        "class A:\n    x: (yield) = 1\n",
        "\\\n  \\\nx = 1\n",
    ] {
        assert!(!accepted(text), "{text}");
    }
}

#[test]
fn what_cpython_accepts_is_accepted() {
    for text in [
        "x = f'{y for y in [1]}'\n",
        "if 1:\n    \\\nx = 1\n",
        "if 1:\n  \\\n      x = 1\n  y = 2\n",
        "def f():\n    x: (yield) = 1\n",
    ] {
        assert!(accepted(text), "{text}\n{:?}", parse(text).errors);
    }
}
