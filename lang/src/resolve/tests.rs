//! Text in, scopes out.

use crate::ast::*;
use crate::{CheckEnv, check as check_module, parse};
use expect_test::{Expect, expect};

#[track_caller]
fn check(source: &str, expected: Expect) {
    let parsed = parse(source);
    assert_eq!(parsed.errors, []);
    check_module(&parsed.tree, &CheckEnv::default(), source);
    let mut out = String::new();
    show("edge", parsed.tree.scope.get(), &mut out);
    parsed.tree.body.iter().for_each(|s| stmt(s, &mut out));
    expected.assert_eq(&out);
}

fn show(name: &str, scope: Option<&Scope>, out: &mut String) {
    let Some(scope) = scope else { return out.push_str(&format!("{name}: unresolved\n")) };
    let mark = |name: &Name, is_cell: bool| format!(" {name}{}", if is_cell { "*" } else { "" });
    let locals: String = scope.locals.iter().map(|l| mark(&l.name, l.is_cell)).collect();
    let captures: String = scope.captures.iter().map(|c| mark(&c.name, c.is_cell)).collect();
    let globals: String = scope.globals.iter().map(|g| format!(" {g}")).collect();
    let generator = if scope.is_generator { " generator" } else { "" };
    out.push_str(&format!("{name}:{locals} |{captures} |{globals}{generator}\n"));
}

fn stmt(s: &Stmt, out: &mut String) {
    match &s.kind {
        StmtKind::Def(f) => function(f, out),
        StmtKind::Class(c) => {
            show(&format!("class {}", c.qualname.get().map_or("?", |n| n)), c.scope.get(), out);
            c.body.iter().for_each(|s| stmt(s, out));
        }
        StmtKind::Block(b) => {
            show("block", b.scope.get(), out);
            b.body.iter().for_each(|s| stmt(s, out));
        }
        StmtKind::Expr(e) | StmtKind::Assign { value: e, .. } | StmtKind::Return(Some(e)) => expr(e, out),
        StmtKind::If { body, .. } | StmtKind::For { body, .. } | StmtKind::While { body, .. } => {
            body.iter().for_each(|s| stmt(s, out));
        }
        _ => {}
    }
}

fn function(f: &Function, out: &mut String) {
    show(&format!("def {}", f.qualname.get().map_or("?", |n| n)), f.scope.get(), out);
    f.body.iter().for_each(|s| stmt(s, out));
}

fn expr(e: &Expr, out: &mut String) {
    match &e.kind {
        ExprKind::Lambda(f) => function(f, out),
        ExprKind::Comprehension(c) => {
            show("comprehension", c.scope.get(), out);
            crate::visit::elements(&c.kind).into_iter().for_each(|e| expr(e, out));
        }
        _ => crate::visit::children(e, &mut |child| expr(child, out)),
    }
}

#[test]
fn names_are_local_captured_or_global() {
    check(
        "k = 1\ndef f(a, b=k):\n    c = a\n    def g(d):\n        return a + c + d + k + len(b)\n    return g\n",
        expect![[r#"
        edge: k f | | len
        def f: a b c g | | k len
        def f.<locals>.g: d | a c b | k len
    "#]],
    );
    check(
        "class A:\n    x = 1\n    def m(self):\n        return x, A\n    y = [x for _ in range(x)]\n",
        expect![[r#"
        edge: A | | x range
        class A: x m y | | A range
        def A.m: self | | x A
        comprehension: _ | | x
    "#]],
    );
    check(
        "def f(xs):\n    class A:\n        n = len(xs)\n        def m(self): return n, xs\n    return A\n",
        expect![[r#"
        edge: f | | len n
        def f: xs A | | len n
        class f.<locals>.A: n m | xs | len
        def f.<locals>.A.m: self | xs | n
    "#]],
    );
}

#[test]
fn cells_are_for_what_is_bound_later() {
    check(
        "def f(a, b):\n    b = b + 1\n    def g(): return a, b, c, d\n    c = 1\n    for d in a: pass\n    return g\n",
        expect![[r#"
        edge: f | |
        def f: a b g c* d* | |
        def f.<locals>.g: | a b c* d* |
    "#]],
    );
    check(
        "def f(xs):\n    out = []\n    for x in xs:\n        y = x\n        out = out + [lambda: (x, y, out)]\n    return out\n",
        expect![[r#"
        edge: f | |
        def f: xs out* x* y* | |
        def f.<locals>.<lambda>: | x* y* out* |
    "#]],
    );
    check(
        "def f(n):\n    def even(i): return i == 0 or odd(i - 1)\n    def odd(i): return i > 0 and even(i - 1)\n    def fact(i): return i * fact(i - 1)\n    return even(n), fact(n)\n",
        expect![[r#"
        edge: f | |
        def f: n even odd* fact | |
        def f.<locals>.even: i | odd* |
        def f.<locals>.odd: i | even |
        def f.<locals>.fact: i | fact |
    "#]],
    );
    check(
        "def f(x):\n    if x: y = 1\n    g = lambda: y\n    try: pass\n    except E as e: h = lambda: e\n    return g\n",
        expect![[r#"
        edge: f | | E
        def f: x y* g e* h | | E
        def f.<locals>.<lambda>: | y* |
    "#]],
    );
    check(
        "def f(xs):\n    t = [lambda: x for x in xs]\n    return sum(y * k for y in xs for k in [1]), [s := y for y in xs], s\n",
        expect![[r#"
            edge: f | | sum
            def f: xs t s* | | sum
            comprehension: x* | |
            def f.<locals>.<listcomp>.<lambda>: | x* |
            comprehension: y k | |
            comprehension: y | s* |
        "#]],
    );
}

#[test]
fn blocks_bind_at_the_edge() {
    check(
        "n = 2\nremotely <\n    m = n\n    def f(x): return x + m + n\n    ys = [f(i) + m for i in range(3)]\n>\nprint(m, ys)\n",
        expect![[r#"
        edge: n m f ys | | range print
        block: m f ys | | n range
        def f: x | | m n
        comprehension: i | | f m
    "#]],
    );
}

#[test]
fn generators_and_names() {
    check(
        "def f():\n    yield 1\n    g = lambda: (yield 2)\n    return [lambda: 0 for _ in []]\n",
        expect![[r#"
            edge: f | |
            def f: g | | generator
            def f.<locals>.<lambda>: | | generator
            comprehension: _ | |
            def f.<locals>.<listcomp>.<lambda>: | |
        "#]],
    );
}
