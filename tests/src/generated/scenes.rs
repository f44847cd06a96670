//! Scenes: short programs about one part of the language each, with places that are filled in at random.
//!
//! The notation is that of [`super::rules`], but for the number, which is `#` here. A line that prints is guarded: what it raises is printed.

use super::class_probes::USES;
use super::rules::RULES;
use super::rules_more::MORE;
use super::scope::Gen;
use super::tree::{Clause, Expr, Part, Stmt};

/// What scenes import, besides what all programs do.
pub const IMPORTS: &[&str] = &[
    "import re, json, cmath, collections, statistics, bisect, heapq, string, textwrap, datetime, struct, base64, zlib, hashlib, csv, unicodedata",
    "import enum, typing",
    "from decimal import Decimal",
    "from fractions import Fraction",
];

/// Rules whose expressions are shown by themselves.
const SHOWN: &[&str] = &[
    "bigshow", "bigshow", "fmt", "fmt", "decshow", "fracshow", "reshow", "jshow", "itshow", "itshow",
    "txtshow", "bytshow", "lib", "lib",
];

/// The scenes.
const SCENES: &[&str] = &[
    // Late overflow in ranges, and in loops.
    "print(sum(i * ‹big› for i in range(300)))
print([i * ‹big› + ‹big› for i in range(200)][-2:])
print(max((i * 3037000 * i) ^ ‹big› for i in range(400)))",
    "def f#(n, a, b):
    t = a
    for i in range(n):
        t = t * 3 + b if abs(t) < ‹big› else t // 7 - i
    return t
print(f#(200, ‹k›, ‹q›), f#(90, ‹big›, 1))
print([f#(n, ‹q›, ‹k›) for n in range(60)][-3:])",
    "def f#(x):
    return x * x * x + ‹big›
print(sum(f#(i) for i in range(2 ** 21 - 30, 2 ** 21 + 30)), f#(‹fl›))
print(list(map(f#, range(0, 4000000, 1000000))))
print(max(f#(i) % 1000003 for i in range(500)), min(map(f#, [‹q›, ‹big›])))",
    "def f#(n):
    a, b = 0, 1
    while n > 0:
        a, b, n = b, a + b, n - 1
    return a
print(f#(91), f#(92), f#(93), f#(‹shift›), sum(map(f#, range(95))))
print([f#(k) & ‹big› for k in range(88, 98)])",
    "def f#(n):
    total = 0
    for i in range(n):
        for j in range(i % 5):
            total = total + (i << j) * ‹big›
        if total > ‹big›:
            total = total - ‹big›
    return total
print(f#(50), f#(200))
print(sum(f#(n) for n in range(30)))",
    // Enums.
    "class K#(enum.Enum):
    A = @u
    B = 2
    C = 'c'
    D = 2
    def twice(self):
        return (self.name, self.value) * 2
print(K#.A, repr(K#.B), K#.D is K#.B, [m.name for m in K#], len(K#), K#('c'), K#['B'].twice())
print(K#(@u))
print(K#['Z'], K#.Z)
print(K#.A == K#.B, K#.A in K#, list(K#.__members__), {K#.A: @u}[K#.A], f'{K#.B} {K#.C!r:>5}')
print(K#.A < K#.B)",
    "class N#(enum.IntEnum):
    X = ‹k›
    Y = 5
    Z = enum.auto()
print(N#.X + 1, N#.Y > N#.X, max(N#), sorted(N#, reverse=True), N#(5), N#.Z, int(N#.Z), [1, 2, 3, 4, 5, 6, 7][N#.X], f'{N#.Y:03d} {N#.Y}')
print(N#(@i))
print(sum(N#), N#.X == ‹k›, N#.Y.name, isinstance(N#.X, int), json.dumps([N#.X]))",
    "class F#(enum.Flag):
    R = 1
    W = 2
    X = 4
    RW = R | W
print(F#.R | F#.X, F#.RW, F#.RW & F#.W, F#.R in F#.RW, ~F#.R, bool(F#.R & F#.X), F#(‹k›), F#.R ^ F#.RW, [m.name for m in F#])",
    "class P#(enum.Enum):
    A = (1, @s)
    B = (2, @s)
    def __init__(self, n, text):
        self.n, self.text = n, text
    @property
    def both(self):
        return f'{self.n}{self.text}'
    @classmethod
    def of(cls, n):
        return next((m for m in cls if m.n == n), None)
print(P#.A.both, P#.of(2), P#.of(@k), [m.n for m in P#], P#((1, @s)))",
    // Data classes and named tuples.
    "@dataclasses.dataclass(frozen=True, order=True)
class D#:
    x: int
    y: object = @u
    z: list = dataclasses.field(default_factory=list)
    def norm(self):
        return self.x, self.y
print(D#(1), D#(1, 2) == D#(1, 2), D#(y=3, x=@u), D#(1).norm(), dataclasses.replace(D#(1, 2), y=@u))
print(D#(@u) < D#(@u), sorted([D#(3), D#(@k), D#(2)]))
print(D#(), D#(1, 2, 3, 4))
print(dataclasses.asdict(D#(1, [2])), dataclasses.astuple(D#(@u)), [f.name for f in dataclasses.fields(D#)])
print(D#(1, q=2))
print(len({D#(1, 1, ()), D#(1, 1, ()), D#(2, 1, ())}), D#(1) != D#(2), repr(D#(@u, @u)))",
    "@dataclasses.dataclass(frozen=True)
class B#:
    a: int = 1
    def area(self):
        return self.a * 2
@dataclasses.dataclass(frozen=True)
class D#(B#):
    b: int = dataclasses.field(default=2, repr=False)
    c: str = dataclasses.field(default=@s, compare=False, kw_only=True)
    def area(self):
        return super().area() + self.b
print(D#(), D#(@i, @i).area(), D#(1, 2, c='x') == D#(1, 2), B#(1) == D#(1), D#(c=@u))
print(D#(1, 2, 'x'), isinstance(D#(), B#))",
    "P# = collections.namedtuple('P#', 'x y z', defaults=[@u])
print(P#(1, 2), P#(@u, @u, @u), P#(1, 2)._replace(y=@u), P#(1, 2)._asdict(), P#._fields, P#(1, 2)[‹q›], P#(1, 2) == (1, 2, 3))
print(P#(1), P#(1, 2, 3, 4))
print(P#(1, 2)._replace(q=1))
print([a + b for a, b, _ in [P#(1, 2), P#(3, ‹k›)]], P#(*[1, 2]) < P#(1, 3), P#._make([1, 2, 3]), (lambda x, y, z: z)(**P#(1, 2)._asdict()))",
    "class P#(typing.NamedTuple):
    x: int
    y: str = @s
    def both(self):
        return self.x, self.y
    @property
    def n(self):
        return len(self.y)
print(P#(1), P#(x=@u).both(), P#(1, @s).n, P#(1)._replace(x=@u), P#.__doc__, P#(1) + (2,))
print(P#(), P#(z=1))
match P#(@i, @s):
    case P#(0, y) | P#(y, 'a'):
        print('one', y)
    case P#(x=int(x), y=y):
        print('two', x, y)
    case (a, b):
        print('three', a, b)",
    // Generators.
    "def g#(n):
    total = 0
    try:
        while total < n:
            got = yield total
            total = total + (got if isinstance(got, int) else 1)
    except ‹excs› as e:
        yield 'caught', type(e).__name__, str(e)
    finally:
        total = -1
    return ('end', total)
def d#():
    it = g#(‹shift›)
    out = [next(it)]
    out = out + [it.send(@i)]
    try:
        out = out + [it.throw(‹exc›(‹eargs›))]
    except Exception as e:
        out = out + [repr(e)]
    out = out + [it.close()]
    return out + [next(it, 'over')]
print(d#())
print(list(itertools.islice(g#(‹k›), 4)))",
    "def g#(a):
    x = yield from a
    return x, 'r'
def h#(n):
    r = yield from g#(range(n))
    yield r
    r = yield from i#(n)
    yield r
def i#(n):
    for k in range(n):
        if k == ‹k›:
            return 'early'
        yield k * 10
print(list(h#(‹k›)), list(g#(‹it›)), sum(h#(0), []) if False else 0)
print([*h#(3)], dict(zip('ab', h#(2))), list(zip(i#(2), h#(9))))",
    "def g#():
    try:
        yield 1
        ‹boom›
        yield 2
    except ‹excs› as e:
        yield repr(e)
    yield 3
def raise_#():
    raise E#(@s)
class E#(Exception):
    pass
class F#(E#):
    pass
def assert_#(x):
    assert x, @u
print(list(g#()))
print(next(g#()), [x for x in g#() if x != 1], max(map(str, g#())))",
    "def g#(n):
    if n > 0:
        yield n
        yield from g#(n - 1)
        yield -n
print(list(g#(‹k›)), sum(g#(4)), [a for a, b in zip(g#(3), itertools.count())], len(list(g#(20))))
def t#(tree):
    match tree:
        case [left, value, right]:
            yield from t#(left)
            yield value
            yield from t#(right)
        case None:
            return
print(list(t#([[None, 1, None], @u, [None, ‹k›, None]])))",
    // With.
    "class W#:
    def __init__(self, name, swallow):
        self.name, self.swallow = name, swallow
    def __enter__(self):
        return self.name
    def __exit__(self, kind, value, trace):
        return self.swallow and kind is not None and issubclass(kind, ‹excs›)
class E#(Exception):
    pass
class F#(E#):
    pass
def raise_#():
    raise F#(@s, 1)
def assert_#(x):
    assert x
def f#(n):
    out = ['a']
    with W#(@u, @b) as x, W#('y', True) as (y):
        out = out + [x, y]
        if n:
            ‹boom›
        out = out + ['end']
        if n == 0:
            return out
    return out + ['after']
print(f#(0))
print(f#(1))",
    // Exceptions.
    "class E#(Exception):
    def __init__(self, a, b=2):
        super().__init__(a)
        self.b = b
    def __str__(self):
        return f'E:{self.args}{self.b}'
class F#(ValueError):
    pass
def raise_#():
    raise E#(@u)
def assert_#(x):
    assert x, (@u, 1)
def f#(n):
    try:
        try:
            if n == 0:
                ‹boom›
            raise ‹exc›(‹eargs›)
        except ‹excs› as e:
            raise ‹exc›('from') from e
        finally:
            if n == 2:
                return 'finally'
    except Exception as e:
        c = e.__cause__
        x = e.__context__
        return type(e).__name__, str(e), e.args, repr(c), repr(x), e.__suppress_context__
print(f#(0))
print(f#(1))
print(f#(2))",
    "class E#(KeyError):
    pass
class F#(E#, ValueError):
    code = ‹k›
def raise_#():
    raise F#(@s) from None
def assert_#(x):
    assert x
def f#(x):
    for i in range(3):
        try:
            if i == x:
                ‹boom›
            if i == 2:
                break
        except ‹excs› as e:
            x = 7
            continue
        except:
            x = 8
            raise
        else:
            x = x + 10
        finally:
            x = x + 100
    else:
        x = -x
    return x
print(f#(0))
print(f#(1), f#(2), f#(5))
print([c.__name__ for c in F#.__mro__], issubclass(F#, LookupError), F#('a').code, str(F#('a')), repr(F#(@u, 1)), F#() == F#())",
    "def raise_#():
    raise KeyError(@u)
class E#(Exception): pass
class F#(E#): pass
def assert_#(x):
    assert x
def f#():
    try:
        ‹boom›
    except (ZeroDivisionError, IndexError, KeyError):
        raise ValueError(@s)
    except TypeError as error:
        raise
print('before')
f#()",
    // Properties, descriptors, super.
    "class A#:
    n = @u
    def __init__(self, x):
        self.x = x
    @property
    def p(self):
        return self.x, self.n
    @classmethod
    def make(cls, *a):
        return cls(*a or (@u,))
    @staticmethod
    def s(a, b=@u):
        return a, b
    def m(self):
        return 'A'
    def __repr__(self):
        return f'{type(self).__name__}({self.x!r})'
class B#(A#):
    n = @u
    def m(self):
        return 'B' + super().m()
    @property
    def p(self):
        return ('B', super().p)
class C#(A#):
    def m(self):
        return 'C' + super().m()
class D#(B#, C#):
    def __init__(self, x, y=1):
        super().__init__(x)
        self.y = y
    def m(self):
        return 'D' + super().m()
print(D#(1).m(), D#(@u).p, [c.__name__ for c in D#.__mro__], D#.make(), B#.make(@u), A#.s(1), D#(2).s(@u, @u), D#(1).y)
print(D#(1).zzz)
print(D#.m(B#(1)), A#.n, D#.n, getattr(D#(1), 'q', @u), hasattr(D#(1), 'p'), isinstance(D#(1), C#), issubclass(B#, C#))
print(A#(), A#(1, 2))
print(A#.m(), D#(1)())",
    "class T#:
    def __init__(self, f):
        self.f = f
    def __set_name__(self, owner, name):
        pass
    def __get__(self, obj, owner=None):
        return ('class', owner.__name__) if obj is None else self.f(obj)
class A#:
    a = T#(lambda self: self.v * 2)
    def __init__(self, v):
        self.v = v
    def __getattr__(self, name):
        if name.startswith('x'):
            return name[1:] + str(self.v)
        raise AttributeError(f'no {name}')
print(A#(@u).a, A#.a, A#(@i).xyz)
print(A#(1).foo)
print(hasattr(A#(1), 'foo'), getattr(A#(1), 'foo', 3), getattr(A#(1), 'xx'))",
    "class V#:
    def __init__(self, *xs):
        self.xs = xs
    def __add__(self, o):
        return V#(*(a + b for a, b in zip(self.xs, o.xs))) if isinstance(o, V#) else NotImplemented
    def __radd__(self, o):
        return self if o == 0 else NotImplemented
    def __mul__(self, k):
        return V#(*(a * k for a in self.xs))
    __rmul__ = __mul__
    def __eq__(self, o):
        return isinstance(o, V#) and self.xs == o.xs
    def __hash__(self):
        return hash(self.xs)
    def __lt__(self, o):
        return self.xs < o.xs
    def __len__(self):
        return len(self.xs)
    def __getitem__(self, i):
        return self.xs[i]
    def __neg__(self):
        return V#(*(-a for a in self.xs))
    def __bool__(self):
        return any(self.xs)
    def __contains__(self, x):
        return x in self.xs
    def __call__(self, k=1):
        return sum(self.xs) * k
    def __repr__(self):
        return f'V{self.xs}'
    def __format__(self, spec):
        return '|'.join(format(a, spec) for a in self.xs)
    def __index__(self):
        return len(self.xs)
print(V#(1, 2) + V#(@i, @f), 3 * V#(1, @n), -V#(@f), V#(1)[‹q›], V#(1, 2)[::-1], sum([V#(1), V#(2)]), bool(V#(0)), list(V#(1, @u)))
print(V#(1) + @u)
print(@u + V#(1))
print(sorted([V#(2), V#(@i), V#(1, 1)]), max(V#(1), V#(@f)), V#(1) == V#(1.0), V#(1) != 1, 1 in V#(@i, 1), len({V#(1), V#(1.0), V#(True)}))
print(f'{V#(1, 2.5):‹fspec›}', [10, 20, 30][V#(1)], V#(@i, 2)(‹k›), range(9)[V#(1, 2):], 'ab' * V#(1, 2))
print(V#(1) > V#(2), V#(1) <= V#(2))",
    "@functools.total_ordering
class O#:
    def __init__(self, v):
        self.v = v
    def __eq__(self, o):
        return self.v == o.v
    def __lt__(self, o):
        return self.v < o.v
    def __repr__(self):
        return f'O{self.v}'
print(O#(1) >= O#(‹k›), O#(@i) > O#(2), sorted([O#(3), O#(1.5), O#(@i)]), max([O#(1), O#(1.0), O#(@f)]), min(O#('a'), O#(@s)))
print(O#(1) < O#(@u))
print({O#(1)})",
    "class I#:
    def __init__(self, n):
        self.n = n
    def __iter__(self):
        for i in range(self.n):
            yield i * @i
class J#:
    def __getitem__(self, i):
        if i >= ‹k›:
            raise IndexError(i)
        return i, @u
class M#:
    def keys(self):
        return ['a', 'b']
    def __getitem__(self, k):
        return k + @s
print(list(I#(3)), sum(I#(4)), [*I#(2), *J#()], tuple(J#()), dict(**M#()), {**M#()}, max(I#(3), default=None), 0 in I#(3), sorted(I#(4), reverse=True))
print(len(I#(1)))
a, *b = I#(‹k›)
print(a, b)",
    // Functions.
    "def f#(‹params›):
    return sorted(locals_#.items()) if False else [x for x in [1]]
locals_# = {}
print(f#(‹args›))
print(f#(‹args›))
print(f#(‹args›))
print((lambda ‹params›: 1)(‹args›))",
    "def f#(a, /, b=@u, *args, c=@u, **kw):
    return a, b, args, c, sorted(kw.items(), key=repr)
print(f#(‹args›))
print(f#(‹args›), f#(1, ‹args2›))
print(f#(1, *‹it›, ‹args2›))
print(f#(*@I, **{'b1': @u}), f#.__name__, f#.__defaults__, f#.__kwdefaults__)",
    "fs# = [lambda: i for i in range(3)]
gs# = [lambda x, i=i: (x, i) for i in range(3)]
def outer#(n):
    def inner(k):
        return later(k) + n if k > 0 else n
    def later(k):
        return inner(k - 1) * x
    x = @i
    return inner
def count#(n):
    fs = []
    for i in range(n):
        def f(y=i):
            return i * 10 + y
        fs = fs + [f]
    return [f() for f in fs], [f(1) for f in fs]
print([f() for f in fs#], [g(@u) for g in gs#], outer#(@i)(3), count#(‹k›))
z# = @u
def see#():
    return z#
print(see#())
z# = @u
print(see#(), (lambda f: f(f, 5))(lambda f, n: 1 if n == 0 else n * f(f, n - 1)))",
    "def deco#(n):
    def wrap(f):
        @functools.wraps(f)
        def inner(*a, **k):
            return (n, f(*a, **k))
        return inner
    return wrap
@deco#(@u)
@deco#(2)
def f#(x, *, y=@u):
    \"doc\"
    return x, y
compose# = lambda *fs: functools.reduce(lambda f, g: lambda x: g(f(x)), fs, lambda x: x)
@functools.lru_cache(maxsize=None)
def fib#(n):
    return n if n < 2 else fib#(n - 1) + fib#(n - 2)
print(f#(1), f#(@u, y=@u), f#.__name__, f#.__doc__, compose#(str, len, lambda n: n * @i)(@u), fib#(60), fib#(93))
print(functools.partial(f#, y=@u)(1), functools.partial(pow, 2)(@k), list(map(functools.partial(operator.sub, 10), @I)))",
    // Patterns.
    "@dataclasses.dataclass(frozen=True)
class P#:
    x: object
    y: object
class K#(enum.Enum):
    A = 1
    B = 2
def f#(s):
    match s:
        case ‹pat›:
            return 1
        case ‹pat› if len(repr(s)) > ‹k›:
            return 2
        case ‹pat› as w:
            return 3, w
        case [x, *r] | (x, _, r):
            return 4, x, r
        case {'a': x, **r}:
            return 5, x, r
        case P#(x, y):
            return 6, x, y
        case x:
            return 7, x
print(f#(‹subj›))
print(f#(‹subj›))
print([f#(s) for s in [‹subj›, ‹subj›, ‹subj›]])",
    // Loops that carry many things.
    "def f#(n, s):
    a, b, c, d = 0, 1.0, '', [s]
    i = 0
    while True:
        i = i + 1
        if i > n:
            break
        elif i % 3 == ‹k›:
            continue
        a = a + i * ‹q›
        b = b * 1.5 if b < 1e300 else @f
        c = (c + chr(97 + i % 26))[-5:]
        d = d + [a] if i % 2 else d[1:]
        if a > ‹big›:
            a = a // 2
    else:
        c = 'never'
    return a, b, c, d[-3:]
print(f#(‹shift›, @u), f#(30, 's'))",
    "def f#(xs):
    best, seen, out = None, set(), {}
    for i, x in enumerate(xs):
        if best is None or repr(x) > repr(best):
            best = x
        if repr(x) in seen:
            continue
        seen = seen | {repr(x)}
        out = {**out, repr(x): i}
    return best, len(seen), out
print(f#(list(‹it›)), f#(@L), f#(@S))",
    // Parallel ranges with errors and other types late.
    "def f#(i):
    if i == ‹shift›:
        ‹boom›
    return i if i < ‹shift› else @u
class E#(Exception): pass
class F#(E#): pass
def raise_#():
    raise F#(@u)
def assert_#(x):
    assert x
print([f#(i) for i in range(150)][-2:])
print(sum(f#(i) for i in range(‹shift›, 150)))
print(any(f#(i) == @u for i in range(100)), next((i for i in range(200) if f#(i) == ‹k›), None))
print(sorted([f#(i) for i in range(40)], key=str)[:4], {i % 7: f#(i) for i in range(60)})",
    "xs# = [(i * 7919) % 1009 for i in range(300)]
print(sum(x * x for x in xs# if x % ‹k› == 0))
print(sorted(xs#, key=lambda x: (x % 10, -x))[:5], max(xs#, key=lambda x: x ^ ‹big›), min(xs#), xs#.index(‹shift›))
print(functools.reduce(lambda a, b: (a * 31 + b) % ‹big›, xs#, ‹k›), collections.Counter(x % 5 for x in xs#).most_common(‹k›))
print([x / (x - ‹shift›) for x in xs#][:2], len({x % 97 for x in xs#}), ''.join(chr(97 + x % 26) for x in xs#)[:9], math.prod(x % 5 + 1 for x in xs#) % 1000007)
print(all(x >= 0 for x in xs#), sum(map(float, xs#)), list(itertools.accumulate(xs#, max))[-1], sum(1.5 * x for x in xs#), math.fsum(x / 7 for x in xs#))",
    "def step#(state, x):
    a, b = state
    return (a + x * ‹big›) % ‹big›, (b, x)[x % 2]
print(functools.reduce(step#, range(200), (@i, @u)))
print(list(itertools.accumulate(range(6), step#, initial=(0, @u)))[-1])",
    // The cluster.
    "a# = @u
def f#(x):
    return (x, a#)
remotely <
    b# = [f#(i) for i in range(‹k›)]
    c# = ‹bigshow›
    print('in', b#)
>
print(b#, c#, f#(@u))",
    "class C#:
    def __init__(self, v):
        self.v = v
    def get(self, k=@u):
        return self.v, k
    def __eq__(self, o):
        return self.v == o.v
remotely <
    o# = C#(@u)
    e# = C#(1) == C#(@u)
>
print(o#.get(), e#, type(o#).__name__, isinstance(o#, C#))
remotely <
    q# = [C#(i).get(i) for i in range(20)][-1]
    r# = ‹boom›
>
print(q#)",
];

impl Gen {
    /// A few scenes.
    pub fn scenes(&mut self) -> Vec<Stmt> {
        let mut all: Vec<Stmt> = IMPORTS.iter().map(|line| Stmt::line(line, vec![])).collect();
        for _ in 0..self.random.between(1, 2) {
            let number = self.fresh("");
            let scene = (*self.random.pick(SCENES)).replace('#', &number);
            all.extend(self.scene(&scene, &number));
        }
        for _ in 0..self.random.between(1, 6) {
            let number = self.fresh("");
            let rule = *self.random.pick(SHOWN);
            let value = self.by_rule(rule, 3, &number);
            all.push(guarded(Stmt::line("print($)", vec![value])));
        }
        all
    }

    /// The statements of a scene, places filled in.
    pub(super) fn scene(&mut self, text: &str, number: &str) -> Vec<Stmt> {
        let lines: Vec<&str> = text.lines().collect();
        let mut at = 0;
        self.stmts_at(&lines, &mut at, 0, number)
    }

    /// The statements at one depth.
    fn stmts_at(&mut self, lines: &[&str], at: &mut usize, depth: usize, number: &str) -> Vec<Stmt> {
        let mut all: Vec<Stmt> = Vec::new();
        let mut decorators = String::new();
        while let Some(line) = lines.get(*at) {
            let indent = (line.len() - line.trim_start().len()) / 4;
            if indent < depth {
                break;
            }
            *at += 1;
            let line = line.trim_start();
            if line.starts_with('@') && !line[1..].starts_with(|c: char| "usn".contains(c) && line.len() < 4)
            {
                decorators.push_str(line);
                decorators.push('\n');
                continue;
            }
            if line == ">" {
                continue;
            }
            self.fuel = 2;
            let Some(head) = line.strip_suffix(':') else {
                all.push(self.one_line(line, lines, at, depth, number));
                continue;
            };
            let head = self.filled(
                &format!("{}{head}", indented(&std::mem::take(&mut decorators), depth)),
                2,
                number,
            );
            let body = self.stmts_at(lines, at, depth + 1, number);
            let goes_on = ["else", "elif", "except", "finally"].iter().any(|word| line.starts_with(word));
            match all.last_mut() {
                Some(Stmt::Block(clauses)) if goes_on => clauses.push(Clause::optional(head, body)),
                _ => all.push(Stmt::block(head, body)),
            }
        }
        all
    }

    fn one_line(&mut self, line: &str, lines: &[&str], at: &mut usize, depth: usize, number: &str) -> Stmt {
        if line == "remotely <" {
            return guarded(Stmt::Remote(self.stmts_at(lines, at, depth + 1, number)));
        }
        let is_shown = line.starts_with("print(") && depth == 0;
        let filled = self.filled(line, 2, number);
        if is_shown && !self.random.chance(3) {
            return guarded(Stmt::Line(filled));
        }
        Stmt::Line(filled)
    }

    /// A text with its places filled in, in no more than so many levels.
    fn filled(&mut self, text: &str, depth: usize, number: &str) -> Expr {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(found) = rest.find(['‹', '@']) {
            let (before, from) = rest.split_at(found);
            parts.push(Part::Text(before.to_owned()));
            if let Some(from) = from.strip_prefix('‹') {
                let (name, behind) = from.split_once('›').unwrap_or((from, ""));
                parts.push(Part::Sub(self.by_rule(name, depth, number)));
                rest = behind;
                continue;
            }
            let mut letters = from[1..].chars();
            let letter = letters.next().unwrap_or(' ');
            // An `@` before a name is that of a decorator.
            let is_decorator =
                before.ends_with('\n') || before.is_empty() && parts.len() == 1 && text.contains("class ");
            let is_place = !is_decorator
                && !letters.as_str().starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.');
            if is_place && letter.is_ascii_alphabetic() {
                parts.push(Part::Sub(self.at_place(letter)));
                rest = letters.as_str();
            } else {
                parts.push(Part::Text("@".to_owned()));
                rest = &from[1..];
            }
        }
        parts.push(Part::Text(rest.to_owned()));
        Expr(parts)
    }

    /// What a rule may be, here.
    fn by_rule(&mut self, name: &str, depth: usize, number: &str) -> Expr {
        let (_, leaves, others) = RULES
            .iter()
            .chain(MORE)
            .chain(USES)
            .find(|r| r.0 == name)
            .unwrap_or_else(|| unreachable!("no rule `{name}`"));
        let is_leaf = others.is_empty() || depth == 0 || self.random.chance(25);
        let text = *self.random.pick(if is_leaf { leaves } else { others });
        self.filled(&text.replace('№', number), depth.saturating_sub(1), number)
    }
}

/// Decorators, each on its line.
fn indented(decorators: &str, depth: usize) -> String {
    decorators.lines().map(|line| format!("{line}\n{}", "    ".repeat(depth))).collect()
}

/// A statement, and a line for what it raises.
pub(super) fn guarded(stmt: Stmt) -> Stmt {
    let handler = Stmt::Fixed(Expr::text("print(type(error).__name__, error)"));
    Stmt::Block(vec![
        Clause::new(Expr::text("try"), vec![stmt]),
        Clause::new(Expr::text("except Exception as error"), vec![handler]),
    ])
}
