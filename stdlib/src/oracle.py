"""Reads expressions, one a line; answers each with its outcome and its tree, hex-encoded."""
import ast, base64, binascii, bisect, collections, csv, functools, hashlib, heapq, itertools, operator, re, struct, sys
import unicodedata, zlib


def text(s):
    return s.encode("utf-8", "surrogatepass").hex()


def node(kind, words, *kids):
    return [kind, text(words), str(len(kids)), *(t for k in kids for t in k)]


def tree(e):
    match e:
        case None:
            return node("none", "")
        case ast.Expression():
            return tree(e.body)
        case ast.Constant(value=bool() | None as v):
            return node("const", str(v))
        case ast.Constant(value=complex() as v):
            return node("complex", f"{v.real!r},{v.imag!r}")
        case ast.Constant(value=bytes() as v):
            return node("bytes", v.decode("latin-1"))
        case ast.Constant(value=v):
            if v is ...:
                return node("const", "Ellipsis")
            return node(type(v).__name__, str(v))
        case ast.Name():
            return node("Name", e.id)
        case ast.List() | ast.Tuple() | ast.Set():
            return node(type(e).__name__, "", *map(tree, e.elts))
        case ast.Dict():
            return node("Dict", "", *(tree(x) for kv in zip(e.keys, e.values) for x in kv))
        case ast.Starred():
            return node("Starred", "", tree(e.value))
        case ast.Attribute():
            return node("Attribute", e.attr, tree(e.value))
        case ast.Subscript():
            return node("Subscript", "", tree(e.value), tree(e.slice))
        case ast.Slice():
            return node("Slice", "", tree(e.lower), tree(e.upper), tree(e.step))
        case ast.IfExp():
            return node("IfExp", "", tree(e.test), tree(e.body), tree(e.orelse))
        case ast.BinOp():
            return node("BinOp", type(e.op).__name__, tree(e.left), tree(e.right))
        case ast.UnaryOp():
            return node("UnaryOp", type(e.op).__name__, tree(e.operand))
        case ast.BoolOp():
            return node("BoolOp", type(e.op).__name__, *map(tree, e.values))
        case ast.Compare():
            return node("Compare", ",".join(type(o).__name__ for o in e.ops), tree(e.left), *map(tree, e.comparators))
        case ast.Call():
            return node("Call", "", tree(e.func), *map(tree, e.args), *(node("keyword", k.arg or "", tree(k.value)) for k in e.keywords))
        case ast.Lambda():
            a = e.args
            names = [x.arg for x in a.args] + (["*" + a.vararg.arg] if a.vararg else []) + (["**" + a.kwarg.arg] if a.kwarg else [])
            return node("Lambda", ",".join(names), tree(e.body))
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            return node(type(e).__name__, "", tree(e.elt), *map(clause, e.generators))
        case ast.DictComp():
            return node("DictComp", "", tree(e.key), tree(e.value), *map(clause, e.generators))
    raise ValueError(ast.dump(e))


def clause(g):
    return node("for", "", tree(g.target), tree(g.iter), *map(tree, g.ifs))


def name(e):
    module = type(e).__module__
    return type(e).__name__ if module in ("builtins", "re") else f"{module}.{type(e).__name__}"


for line in sys.stdin.read().split("\n"):
    try:
        answer = repr(eval(line, dict(globals())))
    except BaseException as e:
        answer = f"{name(e)}: {e}" if str(e) else name(e)
    print(text(answer), " ".join(tree(ast.parse(line, mode="eval"))))
