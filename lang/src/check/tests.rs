//! Text in, diagnostics out.

use crate::{CheckEnv, apply_fixes, check as check_module, parse};
use expect_test::{Expect, expect};

/// Each diagnostic: line, id, the text it marks, message, help. Then the text with all fixes made, if there are any.
#[track_caller]
fn check(source: &str, expected: Expect) {
    let parsed = parse(source);
    assert_eq!(parsed.errors, []);
    let diagnostics = check_module(&parsed.tree, &CheckEnv::default(), source);
    let mut out = String::new();
    for d in &diagnostics {
        let line = source[..d.primary.start as usize].matches('\n').count() + 1;
        let text = &source[d.primary.start as usize..d.primary.end as usize];
        out.push_str(&format!("{line} {} `{text}`: {}\n", d.id, d.message));
        if let Some(help) = &d.help {
            out.push_str(&format!("    {help}\n"));
        }
    }
    let fixed = apply_fixes(source, &diagnostics);
    if fixed != source {
        out.push_str(&fixed);
    }
    expected.assert_eq(&out);
}

#[test]
fn augmented_assignment_is_fixed() {
    check(
        "x = y = 1\nx += 1\nx -= y - 1\nx *= y + 1\nx += y * 2\nx **= (y + 1)\nx //= (y) + 1\nx = [1]\nx[0] += 1\n",
        expect![[r#"
        2 purity/augmented-assignment `x += 1`: augmented assignment `+=`
            write `x = x + 1`
        3 purity/augmented-assignment `x -= y - 1`: augmented assignment `-=`
            write `x = x - (y - 1)`
        4 purity/augmented-assignment `x *= y + 1`: augmented assignment `*=`
            write `x = x * (y + 1)`
        5 purity/augmented-assignment `x += y * 2`: augmented assignment `+=`
            write `x = x + y * 2`
        6 purity/augmented-assignment `x **= (y + 1)`: augmented assignment `**=`
            write `x = x ** (y + 1)`
        7 purity/augmented-assignment `x //= (y) + 1`: augmented assignment `//=`
            write `x = x // ((y) + 1)`
        9 purity/augmented-assignment `x[0] += 1`: augmented assignment `+=`
            make a new value that has `x[0] + ...` in its place
        x = y = 1
        x = x + 1
        x = x - (y - 1)
        x = x * (y + 1)
        x = x + y * 2
        x = x ** (y + 1)
        x = x // ((y) + 1)
        x = [1]
        x[0] += 1
    "#]],
    );
    check(
        "t = ()\nt += 1, 2\nt += (3,)\nt = t; t += (lambda: t)()\n",
        expect![[r#"
        2 purity/augmented-assignment `t += 1, 2`: augmented assignment `+=`
            write `t = t + (1, 2)`
        3 purity/augmented-assignment `t += (3,)`: augmented assignment `+=`
            write `t = t + (3,)`
        4 purity/augmented-assignment `t += (lambda: t)()`: augmented assignment `+=`
            write `t = t + (lambda: t)()`
        t = ()
        t = t + (1, 2)
        t = t + (3,)
        t = t; t = t + (lambda: t)()
    "#]],
    );
}

#[test]
fn mutating_methods() {
    check(
        "xs = [1]\nxs.append(2)\nxs.append(x * 2 for x in xs)\nxs.sort()\nxs[0].update({})\ny = [3].pop()\nz = xs.pop()\n",
        expect![[r#"
            2 purity/mutating-method `xs.append(2)`: `append` changes a value in place
                write `xs = xs + [2]`
            3 purity/mutating-method `xs.append(x * 2 for x in xs)`: `append` changes a value in place
                write `xs = xs + [x]`
            4 purity/mutating-method `xs.sort()`: `sort` changes a value in place
                write `xs = sorted(xs)`
            5 purity/mutating-method `xs[0].update({})`: `update` changes a value in place
                make a new value: `xs[0] | {}` for a dict, `xs[0].union({})` for a set
            6 purity/mutating-method `[3].pop()`: `pop` changes a value in place
                read `[3][-1]`, and go on with `[3][:-1]`
            xs = [1]
            xs = xs + [2]
            xs = xs + [(x * 2 for x in xs)]
            xs.sort()
            xs[0].update({})
            y = [3].pop()
            z = xs.pop()
        "#]],
    );
    check(
        "class Canvas:\n    def add(self, s): return self\nc = Canvas()\nc.add(1)\nc.remove(1)\n",
        expect![[r#"
            5 purity/mutating-method `c.remove(1)`: `remove` changes a value in place
                write `i = c.index(1)` and `c = c[:i] + c[i + 1:]` for a list, `c = c - {1}` for a set
        "#]],
    );
    check(
        "ps = [1]\nas_done = remotely.as_completed(ps)\nas_done.add(1)\nimport operator\noperator.add(1, 2)\n",
        expect![[""]],
    );
    check(
        "def f(xs):\n    def g():\n        xs.append(1)\n    return g\n",
        expect![[r#"
            3 purity/mutating-method `xs.append(1)`: `append` changes a value in place
                make a new value: `xs + [1]`
        "#]],
    );
}

#[test]
fn attributes() {
    check(
        "class A:\n    n = 0\n    def __init__(self, x):\n        self.x = x\n        self.y: int = x\n        self.a, (self.b, *self.c) = x\n        for self.i in x: pass\n        def late(): self.z = 1\n    def m(self): self.x = 2\n    def __new__(cls): cls.n = 1\nA.n = 1\n",
        expect![[r#"
        7 purity/attribute-assignment `self.i`: assignment to the attribute `i`
            return a new instance, with the new `i`; only `__init__` sets the attributes of `self`
        8 purity/attribute-assignment `self.z`: assignment to the attribute `z`
            return a new instance, with the new `z`; only `__init__` sets the attributes of `self`
        9 purity/attribute-assignment `self.x`: assignment to the attribute `x`
            return a new instance, with the new `x`; only `__init__` sets the attributes of `self`
        10 purity/attribute-assignment `cls.n`: assignment to the attribute `n`
            make a new instance with the new `n`, as `dataclasses.replace(cls, n=...)` does
        11 purity/attribute-assignment `A.n`: assignment to the attribute `n`
            make a new instance with the new `n`, as `dataclasses.replace(A, n=...)` does
    "#]],
    );
    check(
        "class A:\n    def __init__(self, x):\n        object.__setattr__(self, 'x', x)\n        super().__setattr__('y', x)\n        object.__setattr__(x, 'y', 1)\n    def f(self):\n        object.__setattr__(self, 'x', 1)\n",
        expect![[r#"
        5 purity/attribute-assignment `object.__setattr__(x, 'y', 1)`: `__setattr__` changes what it is called on
            make a new value
        7 purity/attribute-assignment `object.__setattr__(self, 'x', 1)`: `__setattr__` changes what it is called on
            make a new value
    "#]],
    );
}

#[test]
fn print_belongs_to_the_edge() {
    check(
        "for i in range(2):\n    if i: print(i)\nx = print(1)\nf = print\ndef g(): print(2)\nremotely < print(3) >\nremotely <\n    def h(): print(4)\n>\n",
        expect![[r#"
        3 purity/print `print`: `print` in pure code
            return the value, and print it at the top level
        4 purity/print `print`: `print` in pure code
            return the value, and print it at the top level
        5 purity/print `print`: `print` in pure code
            return the value, and print it at the top level
        8 purity/print `print`: `print` in pure code
            return the value, and print it at the top level
    "#]],
    );
    check(
        "def f(print, open): print(1); open(2)\ndef input(): return 1\ninput()\nclass A:\n    print(1)\n",
        expect![[r#"
        5 purity/print `print`: `print` in pure code
            return the value, and print it at the top level
    "#]],
    );
}

#[test]
fn impure_builtins() {
    check(
        "x = eval('1'), globals(), id(1), hash(1), open('x'), bytearray(1), __import__('os')\nclass A:\n    def __hash__(self): return hash(1)\n    def h(self): return hash(1)\n",
        expect![[r#"
        1 purity/dynamic-code `eval`: `eval` is not pure
            write a function, or a dict of functions
        1 purity/reflection `globals`: `globals` is not pure
            build the dict that is meant: `{"x": x}`
        1 purity/identity `id`: `id` is not pure
            compare by `==`, or give things a number of your own
        1 purity/identity `hash`: `hash` is not pure
            use `hashlib`, or put the value into a set or dict; within `__hash__` it is allowed
        1 purity/input-output `open`: `open` is not pure
            read files by `afar.io.read_text(path)`
        1 purity/mutable-type `bytearray`: `bytearray` is not pure
            use `bytes`
        1 purity/dynamic-code `__import__`: `__import__` is not pure
            write `import`
        4 purity/identity `hash`: `hash` is not pure
            use `hashlib`, or put the value into a set or dict; within `__hash__` it is allowed
    "#]],
    );
}

#[test]
fn imports() {
    check(
        "import os.path, math, random as r, xml.dom\nfrom time import sleep\nfrom math import *\nfrom . import x\nfrom __future__ import annotations\nimport sys\nsys.path\nsys.exit(sys.argv[1])\ndef f(): return sys.maxsize, sys.argv\n",
        expect![[r#"
        1 purity/impure-import `os.path`: the module `os.path` is not pure, or not known
            read files by `afar.io.read_text`, and write them at the edge by `afar.io.write_text`
        1 purity/impure-import `random`: the module `random` is not pure, or not known
            use `afar.random`: `afar.random.uniform(seed, i)` is the same in every run
        1 purity/impure-import `xml.dom`: the module `xml.dom` is not pure, or not known
            a program can import the pure standard library, `afar`, and files beside the script
        2 purity/impure-import `time`: the module `time` is not pure, or not known
            leave it out: a pure program cannot tell the time; `afar run --stats` measures it
        3 purity/import-star `from math import *`: an import of everything
            name what is used: `from math import a, b`
        4 purity/impure-import `from . import x`: a relative import
            import the file beside the script by its name
        5 syntax/future `from __future__ import annotations`: an import from `__future__` that is not at the top of the file
            move it to the first line
        7 purity/impure-member `sys.path`: `sys.path` is not pure
            of `sys` there are `argv`, `stderr`, `exit` at the edge, and constants as `maxsize`, `version_info` anywhere
        9 blocks/edge-only `sys.argv`: `sys.argv` can be used at the top level only
            return a value, and act on it at the top level of the script
    "#]],
    );
    check(
        "from afar.io import write_text\nimport afar.io\nwrite_text('a', 'b')\nafar.io.write_text('a', 'b')\ndef f(): write_text('a', 'b'); afar.io.write_text('a', afar.io.read_text('b'))\n",
        expect![[r#"
        5 blocks/edge-only `write_text`: `afar.io.write_text` can be used at the top level only
            return a value, and act on it at the top level of the script
        5 blocks/edge-only `afar.io.write_text`: `afar.io.write_text` can be used at the top level only
            return a value, and act on it at the top level of the script
    "#]],
    );
}

#[test]
fn names() {
    check(
        "def area(radius): return 3 * raduis\nprnit(1)\nx = later\nlater = 1\ny = __name__, __class__, exit\n",
        expect![[r#"
            1 names/unbound `raduis`: the name `raduis` is not bound
                did you mean `radius`?
            2 names/unbound `prnit`: the name `prnit` is not bound
                did you mean `print`?
            5 names/unbound `__class__`: the name `__class__` is not bound
            5 purity/input-output `exit`: `exit` is not pure
                write `sys.exit(status)`, at the edge
        "#]],
    );
    check(
        "def f(a, b, a, *, b=1): pass\nf(x=1, x=2)\nlambda q, q: 0\n",
        expect![[r#"
        1 names/duplicate-argument `a`: two parameters are named `a`
        1 names/duplicate-argument `b`: two parameters are named `b`
        2 names/duplicate-keyword `x`: the argument `x` is given twice
        3 names/duplicate-argument `q`: two parameters are named `q`
    "#]],
    );
    check(
        "def outer(start, n):\n    def bump(by):\n        start = start + by\n        return start\n    def fine(n):\n        n = n + 1\n        start = 1\n        start = start + 1\n        return n\n    return bump, fine\n",
        expect![[r#"
        3 purity/rebind-captured `start`: `start` belongs to `outer`
            bind another name: `new_start = start ...`
    "#]],
    );
    check(
        "def f(a: Lsit, b: 'x') -> Missing:\n    c: Nothing = 1\nd: Gone = 1\n",
        expect![[r#"
        1 names/unbound `Lsit`: the name `Lsit` is not bound
        1 names/unbound `Missing`: the name `Missing` is not bound
        3 names/unbound `Gone`: the name `Gone` is not bound
    "#]],
    );
}

#[test]
fn control_flow() {
    check(
        "return 1\nbreak\nyield 1\nfor i in []:\n    def f(): continue\nclass A:\n    return 1\nremotely <\n    return 1\n>\nfor i in []:\n    remotely < break >\nx = [(yield 1) for i in []]\n",
        expect![[r#"
        1 syntax/outside-function `return 1`: `return` outside of a function
        2 syntax/outside-loop `break`: `break` outside of a loop
        3 syntax/outside-function `yield 1`: `yield` outside of a function
        5 syntax/outside-loop `continue`: `continue` outside of a loop
        7 syntax/outside-function `return 1`: `return` outside of a function
        9 blocks/leaves `return 1`: `return` directly in a block
            bind a name: what the block binds comes back
        12 syntax/outside-loop `break`: `break` outside of a loop
        13 syntax/outside-function `yield 1`: `yield` inside of a comprehension
    "#]],
    );
    check(
        "async def f():\n    await g()\n    async with a as b: pass\n    async for c in d: pass\n    return [x async for x in y]\ng = a = d = y = 1\n",
        expect![[r#"
        1 purity/async `async def f`: `async def` is not pure
            write it without: what is independent runs in parallel by itself
        2 purity/async `await g()`: `await` is not pure
            write it without: what is independent runs in parallel by itself
        3 purity/async `async with a`: `async with` is not pure
            write it without: what is independent runs in parallel by itself
        4 purity/async `async for c`: `async for` is not pure
            write it without: what is independent runs in parallel by itself
        5 purity/async `[x async for x`: an `async` comprehension is not pure
            write it without: what is independent runs in parallel by itself
    "#]],
    );
    check(
        "def f():\n    global a\n    nonlocal b\n    del a\n",
        expect![[r#"
        2 purity/global `global a`: `global` is not pure
            return the new value, and bind it where the function is called
        3 purity/nonlocal `nonlocal b`: `nonlocal` is not pure
            take the value as a parameter, and return the new one
        4 purity/del `del a`: `del` is not pure
            leave it out: what no name needs any more is freed by itself
    "#]],
    );
    check(
        "x = *[1],\ny = *x\nprint(*x)\nfor z in *x, 1: pass\n*x\n",
        expect![[r#"
        2 syntax/starred `*x`: a starred expression cannot stand here
            it unpacks into a display, a call or a target: `[*x]`, `f(*x)`, `*x, = y`
        5 syntax/starred `*x`: a starred expression cannot stand here
            it unpacks into a display, a call or a target: `[*x]`, `f(*x)`, `*x, = y`
    "#]],
    );
}

#[test]
fn blocks() {
    check(
        "def f():\n    remotely < x = 1 >\nremotely.upload() < x = 1 >\nremotely.download_all('y', cores=1) < x = 1 >\nz = remotely < x = 1 >\nremotely <\n    remotely < x = 1 >\n>\n",
        expect![[r#"
        2 blocks/position `remotely`: a `remotely` block in the core
            compute here, and call this from a block at the top level
        3 blocks/mode `upload`: a block has no mode `upload`
            the modes are `download_all`, `remote_all`, `download_small`
        4 blocks/unknown-name `'y'`: the block does not bind `y`
        4 blocks/argument `cores`: a block takes no argument `cores`
            it takes `resources`, `timeout`, `priority`, `name`
        5 blocks/no-value `x = 1`: the block has no value
            let the block end in the expression whose value is meant
        7 blocks/position `remotely`: a `remotely` block in another block
            compute here, and call this from a block at the top level
    "#]],
    );
    check(
        "def f(): return remotely.submit(f)\nremotely.map(f, [1])\nx = [remotely.submit(f) for _ in 'ab']\nremotely < remotely.wait(x) >\n",
        expect![[r#"
        1 blocks/edge-only `remotely`: `remotely` can be used at the top level only
            `remotely.map(f, items)` submits one call for each item
        3 blocks/edge-only `remotely`: `remotely` can be used at the top level only
            `remotely.map(f, items)` submits one call for each item
        4 blocks/edge-only `remotely`: `remotely` can be used at the top level only
            `remotely.map(f, items)` submits one call for each item
    "#]],
    );
}

#[test]
fn patterns() {
    check(
        "match 1:\n    case x: pass\n    case [a, a]: pass\n    case (b | [c]): pass\n    case {1: d, 1: e}: pass\n    case int(real=f, real=g): pass\n    case _ | 1: pass\n    case _: pass\n",
        expect![[r#"
        2 syntax/pattern `x`: this pattern always matches: the cases after it are unreachable
        3 syntax/pattern `a`: `a` is bound twice in one pattern
        4 syntax/pattern `b`: this pattern always matches: the cases after it are unreachable
        4 syntax/pattern `b`: this pattern always matches: those after it are unreachable
        4 syntax/pattern `b | [c]`: the alternatives bind different names
        5 syntax/pattern `1`: the pattern looks up one key twice
        6 syntax/pattern `real`: the attribute `real` is repeated
        7 syntax/pattern `_`: this pattern always matches: the cases after it are unreachable
        7 syntax/pattern `_`: this pattern always matches: those after it are unreachable
    "#]],
    );
}

#[test]
fn comprehensions() {
    check(
        "a = [i := 0 for i in []]\nb = [j for i in (k := [])]\nclass A:\n    c = [(m := 1) for i in []]\nd = [(n := i) for i in []]\nprint(n)\n",
        expect![[r#"
        1 syntax/walrus `i`: `:=` rebinds the variable of a comprehension
            use another name, or a statement of its own
        2 names/unbound `j`: the name `j` is not bound
        2 syntax/walrus `k := []`: `:=` in what a comprehension iterates over
            use another name, or a statement of its own
        4 syntax/walrus `m := 1`: `:=` in a comprehension of a class body
            use another name, or a statement of its own
    "#]],
    );
}

#[test]
fn defaults() {
    check(
        "def f(a=[], b={}, c=[], d=set()):\n    if a:\n        a.append(1)\n    b[1] = 2\n    c = c + [1]\n    return d | {1}\n",
        expect![[r#"
            1 purity/mutable-default `[]`: the default of `a` is written to
                pass `a` in, and return the new value beside the result
            1 purity/mutable-default `{}`: the default of `b` is written to
                pass `b` in, and return the new value beside the result
            3 purity/mutating-method `a.append(1)`: `append` changes a value in place
                write `a = a + [1]`
            4 purity/item-assignment `b[1]`: assignment to an item
                make a new value: `b = b[:1] + [value] + b[2:]` for a list, `b = b | {1: value}` for a dict
        "#]],
    );
}

#[test]
fn a_line_that_is_no_syntax_leaves_names_open() {
    let source = "x = = 1\nprint(x)\ndel y\n";
    let parsed = parse(source);
    let ids: Vec<_> = check_module(&parsed.tree, &CheckEnv::default(), source).iter().map(|d| d.id).collect();
    assert_eq!(ids, ["purity/del"]);
}

#[test]
fn what_to_write_instead_of_a_mutating_method() {
    check(
        "def f(d, s, xs, o):\n    xs.extend(d)\n    xs.pop()\n    d.pop('a')\n    xs.remove(1)\n    xs.sort(key=len, reverse=True)\n    s.update([5])\n    d.setdefault(1, 2)\n    o.inner.remove(3)\n",
        expect![[r#"
            2 purity/mutating-method `xs.extend(d)`: `extend` changes a value in place
                write `xs = xs + list(d)`
            3 purity/mutating-method `xs.pop()`: `pop` changes a value in place
                read `xs[-1]`, and go on with `xs[:-1]`
            4 purity/mutating-method `d.pop('a')`: `pop` changes a value in place
                read `d['a']`, and go on with `d[:i] + d[i + 1:]` of a list, `{k: v for k, v in d.items() if k != 'a'}` of a dict
            5 purity/mutating-method `xs.remove(1)`: `remove` changes a value in place
                write `i = xs.index(1)` and `xs = xs[:i] + xs[i + 1:]` for a list, `xs = xs - {1}` for a set
            6 purity/mutating-method `xs.sort(key=len, reverse=True)`: `sort` changes a value in place
                write `xs = sorted(xs, key=len, reverse=True)`
            7 purity/mutating-method `s.update([5])`: `update` changes a value in place
                write `s = s | [5]` for a dict, `s = s.union([5])` for a set
            8 purity/mutating-method `d.setdefault(1, 2)`: `setdefault` changes a value in place
                write `d = {**d, key: d.get(key, default)}`
            9 purity/mutating-method `o.inner.remove(3)`: `remove` changes a value in place
                write `i = o.inner.index(3)` and `o.inner[:i] + o.inner[i + 1:]` for a list, `o.inner - {3}` for a set
        "#]],
    );
    check(
        "def f(xs, d):\n    xs[-1] = 0\n    xs[3] = 0\n    d['k'] = 0\n    xs[1:] = []\n",
        expect![[r#"
            2 purity/item-assignment `xs[-1]`: assignment to an item
                make a new value: `xs = xs[:-1] + [value]` for a list, `xs = xs | {-1: value}` for a dict
            3 purity/item-assignment `xs[3]`: assignment to an item
                make a new value: `xs = xs[:3] + [value] + xs[4:]` for a list, `xs = xs | {3: value}` for a dict
            4 purity/item-assignment `d['k']`: assignment to an item
                make a new dict: `d = d | {'k': value}`
            5 purity/item-assignment `xs[1:]`: assignment to a slice
                make a new list: `xs = xs[:i] + new + xs[j:]`
        "#]],
    );
}

#[test]
fn a_list_that_came_from_elsewhere_is_not_mended() {
    check(
        "def f(xs, rows):\n    xs.append(1)\n    for row in rows:\n        row.append(2)\n    ys = xs\n    ys.append(3)\n    zs = [*xs]\n    zs.append(4)\n",
        expect![[r#"
            2 purity/mutating-method `xs.append(1)`: `append` changes a value in place
                write `xs = xs + [1]`
            4 purity/mutating-method `row.append(2)`: `append` changes a value in place
                write `row = row + [2]`
            6 purity/mutating-method `ys.append(3)`: `append` changes a value in place
                write `ys = ys + [3]`
            8 purity/mutating-method `zs.append(4)`: `append` changes a value in place
                write `zs = zs + [4]`
            def f(xs, rows):
                xs.append(1)
                for row in rows:
                    row.append(2)
                ys = xs
                ys.append(3)
                zs = [*xs]
                zs = zs + [4]
        "#]],
    );
}
