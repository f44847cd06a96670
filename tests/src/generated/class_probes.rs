//! What is done with the instances of the classes of [`super::class_parts`], in the same notation.

use super::rules::Rule;

/// What is done with instances and classes, each guarded.
pub const PROBES: &[&str] = &[
    "print(§o + §o)",
    "print(§o + @u, @u + §o)",
    "print(§o - §o, §o - @u, @u - §o)",
    "print(§o * §o)",
    "print(§o * @i, @u * §o)",
    "print(§o / §o, @n / §o)",
    "print(§o // @u, §o % @u)",
    "print(@u % §o)",
    "print('%s and %r' % (§o, §o))",
    "print(§o ** @k, pow(§o, 2, 3))",
    "print(@u ** §o)",
    "print(divmod(§o, @u))",
    "print(§o @ §o)",
    "print(§o & @u, §o | §o)",
    "print(@u | §o, @u ^ §o)",
    "print(§o << §o)",
    "print(-§o)",
    "print(+§o, ~§o)",
    "print(abs(§o), round(§o), round(§o, 2))",
    "print(math.floor(§o), math.trunc(§o))",
    "print(§o == §o, §o != §o)",
    "print(§o == @u, @u == §o, @u != §o)",
    "print(§o < §o)",
    "print(§o < @u, @u < §o)",
    "print(§o > §o, §o <= §o, §o >= @u)",
    "print(@u >= §o)",
    "print(sorted([§o, §o, §o]))",
    "print(sorted([§o, @i, §o, @i], reverse=True))",
    "print(sorted([§o, §o], key=lambda x: x.a))",
    "print(min(§o, §o), max([§o, §o, §o]))",
    "print(min(§o), max(§o, default=@u))",
    "print(bisect.bisect([§o, §o, §o], §o), bisect.bisect_left([@i, @i], §o))",
    "print(heapq.nsmallest(2, [§o, §o, §o]), heapq.nlargest(1, [§o, §o]))",
    "print(list(heapq.merge([§o], [§o, §o])))",
    "print({§o: 1, §o: 2})",
    "print({§o: 1, §o: 2}.get(§o, 'none'), {@u: 1}.get(§o))",
    "print(len({§o, §o, §o}), §o in {§o, @k})",
    "print(collections.Counter([§o, §o, §o]))",
    "print(collections.Counter(§o))",
    "print(§o in [§o, §o], [§o, §o, @u].index(§o), [§o, §o].count(§o))",
    "print((§o, 1) == (§o, 1), [§o] == [§o], (§o, 2) < (§o, 1))",
    "print(len(§o))",
    "print(bool(§o), not §o)",
    "print(§o and @u, §o or @u, 'yes' if §o else 'no')",
    "print(§o[‹q›])",
    "print(§o[1:2], §o[::‹q›])",
    "print(§o['a'], §o[@u])",
    "print(list(§o))",
    "print(*§o)",
    "print([*§o, 1], (*§o, *§o))",
    "print(tuple(§o), dict(§o))",
    "print({**§o})",
    "print((lambda *args, **more: (args, more))(*§o, **§o))",
    "x, y = §o
print(x, y)",
    "x, *y = §o
print(x, y)",
    "for y in §o:
    print(y)",
    "print([(i, y) for i, y in enumerate(§o)], list(zip(§o, §o)))",
    "print(@u in §o, None in §o)",
    "print(list(reversed(§o)))",
    "print(next(iter(§o), 'none'), next(§o))",
    "print(§o(@u), §o())",
    "print(§o(1, y=@u, z=@u))",
    "print(str(§o), repr(§o), [§o], {'k': §o})",
    "print(f'{§x:>9}|{§x!r:^20}|{§x!s}')",
    "print(format(§o, @s), '{0.a} {0!r:>12}'.format(§o))",
    "print(int(§o), float(§o))",
    "print(complex(§o), operator.index(§o))",
    "print(range(§o), [1, 2, 3][§o], 'ab' * §o)",
    "print(bytes(§o))",
    "print(sum([§o, §o]))",
    "print(sum([§o, §o], §o), math.prod([§o, 2]))",
    "print(functools.reduce(operator.add, [§o, §o, §o]))",
    "print(functools.reduce(lambda x, y: (x, y), §o))",
    "print(','.join([§o, §o]), 'x'.join(§o))",
    "print(json.dumps(§o), json.dumps([§o], default=lambda o: o.a))",
    "print(isinstance(§o, §K), issubclass(§K, §K), type(§o).__name__, type(§o) is §K)",
    "print([c.__name__ for c in §K.__mro__], [c.__name__ for c in §K.__bases__])",
    "print(§K.__name__, §K.__qualname__, §K.__doc__, §K.__module__)",
    "print(§o.a, §o.b)",
    "print(§o.c)",
    "print(§o.m1(), §o.m1(@u))",
    "print(§o.m1(1, 2))",
    "print(§o.m2(), §o.m3())",
    "print(list(§o.m3()))",
    "print(§o.p)",
    "print(§o.q, §o.d, §o.e)",
    "print(§o.v, §K.v)",
    "print(§K.make(), §K.make(@u), §o.make(@u))",
    "print(§o.st(@u), §K.st())",
    "print(§K.size, §o.size, §o.double)",
    "print(§K.m1(§o), §K.m1(§o, @u))",
    "print(§K.m1(@u))",
    "print(super(§K, §o).m1())",
    "print(§o.m4(@u), §o.m5(@u), §o.m5(3), §o.m6(1))",
    "print(§o.m8(1, @u, z=2, y=1), §o.m9())",
    "print(§o.m10(), §o.m11())",
    "print(§o.m12('a'), §o.m12('zzz'))",
    "print([x.m1() for x in [§o, §o]], [x.p for x in [§o, §o]])",
    "print(sum(len(x) for x in [§o, §o]), max((x.a for x in [§o, §o]), key=str))",
    "print({x.a: x for x in [§o, §o]}, {g№(x) for x in [§o]})",
    "def local(x, *more):
    y = x
    for z in more:
        y = y + z
    return y
print(local(§o, §o, @u))",
    "def local(x):
    while x:
        return x
    return 'none'
print(local(§o), [local(y) for y in (§o, @u)])",
    "def local(xs):
    best = None
    for x in xs:
        if best is None or x < best:
            best = x
    return best
print(local([§o, §o, §o]), local([§o, @i]))",
    "class Sub(§K):
    def m1(self, *args):
        return 'sub', super().m1(*args)
print(Sub(@u).m1(), Sub(@u), isinstance(Sub(@u), §K))",
    "class Sub(§K, tag=@u):
    a = @u
print(Sub().a, Sub.a)",
    "class Both(§K, §K):
    pass
print(Both(@u), [c.__name__ for c in Both.__mro__])",
    "print(sorted([§K(3), §K(1), §K(2)]), max(§K(i) for i in range(4)))",
    "print([x for x in (§K(i) for i in range(4)) if x], [§K(i) for i in range(3)] == [§K(i) for i in range(3)])",
    "print({§K(i % 2): i for i in range(4)}, len({§K(i % 2) for i in range(4)}))",
    "print([§K(i) for i in range(3)].index(§K(1)), §K(1) in [§K(0), §K(1)])",
    "remotely <
    z = [§K(i) for i in range(3)]
    w = [x.m1() for x in z]
>
print(z, w)",
    "try:
    raise ValueError(1) from §o
except ValueError as error:
    print(error.__cause__)",
    "try:
    try:
        raise §o
    finally:
        print('finally')
except (ValueError, §K) as error:
    print(type(error).__name__, error.args)",
    "print(list(map(§K, [1, 2])), list(map(§K.m1, [§o, §o])))",
    "print(operator.lt(§o, §o), operator.contains(§o, 1), operator.getitem(§o, 0), operator.concat(§o, §o))",
    "print(§o.__eq__(§o), §o.__lt__(§o), §o.__len__(), §o.__hash__ is None)",
    "print(§K.__eq__(§o, §o), §K.__repr__(§o), §K.__len__(§o))",
    "print(type(§o).m1(§o), type(§o)(@u), §o.__class__ is §K)",
    "print(isinstance(§o, collections.abc.Mapping), isinstance(§o, collections.abc.Sequence), isinstance(§o, collections.abc.Iterator))",
    "print(dataclasses.is_dataclass(§o), dataclasses.asdict(§o), dataclasses.replace(§o, a=@u))",
    "print(§o._asdict(), §o._replace(a=@u), §o._fields)",
    "print(§K.X, §K.X.value, §K['X'], list(§K), len(§K), §K.X in §K)",
    "print(§K.X.name, §K(§K.X.value), §K.__members__, §K.X | §K.Y)",
    "print(§o.Inner(1), §o.m7(), §K.Inner.size)",
    "print(§o.zzz)",
    "print(getattr(§o, 'zzz', @u), hasattr(§o, 'm1'), hasattr(§K, 'a'), callable(§o))",
    "print(§K.zzz)",
    "print(§K[int], §K[@u])",
    "print(§o.__dict__)",
    "print(vars(§o))",
    "print(§o.__class__.__name__, §o.__doc__)",
    "with §o as x:
    print(x)",
    "with §o:
    raise ValueError(@u)",
    "with §o as x, §o as y:
    print(x, y)
    print(1 // 0)",
    "match §o:
    case §K(x, y):
        print('two', x, y)
    case §K(a=x):
        print('a', x)
    case [x, *y]:
        print('sequence', x, y)
    case {'a': x}:
        print('mapping', x)
    case int() | str():
        print('plain')
    case _:
        print('other')",
    "match (§o, §o):
    case (§K(0), x):
        print(x)
    case (x, §K() as y) if x == y:
        print(x, y)
    case (x, y):
        print('rest', x, y)",
    "match §o:
    case §K(@q, p=x) | §K(x):
        print(x)",
    "print(§K(), §K(@u), §K(@u, @u))",
    "print(§K(1, 2, 3, 4, 5))",
    "print(§K(a=@u), §K(zzz=1))",
    "print([§K(i) + i for i in range(‹k›)])",
    "print([x == y for x in [§o, §o] for y in [§o, @u]])",
    "print([g№(x) for x in [§o, §o, @u, @i]])",
    "print([h№(x, y) for x in [§o, @i, §o] for y in [§o, @i]])",
    "print(k№(§o, 3))",
    "print(g№(§o), h№(§o, §o))",
    "print(list(map(g№, [§o, §o])), list(filter(None, [§o, §o])))",
    "print(any([§o, §o]), all([§o, §o]), any(§o), all(§o))",
    "print(dict.fromkeys(§o), set(§o) == {1}, list(itertools.chain(§o, §o)))",
    "print(copy№(§o))",
    "print(operator.attrgetter('a')(§o), operator.itemgetter(0)(§o), operator.methodcaller('m1', 2)(§o))",
    "print(isinstance(§o, collections.abc.Iterable), isinstance(§o, collections.abc.Hashable), isinstance(§o, collections.abc.Sized))",
    "print(isinstance(§o, (collections.abc.Callable, collections.abc.Container)), issubclass(§K, collections.abc.Mapping))",
    "print(§o is §o, §o is not None)",
    "print(§K.p is §K.p, §K == §K, §K != 1)",
    "remotely <
    x = §o
    y = [§o == x, g№(x)]
>
print(x, y)",
    "raise §o",
    "try:
    raise §K(@u)
except §K as error:
    print('caught', error)",
    "assert §o, §o",
    "print(Decimal(§o), Fraction(§o))",
    "print(statistics.mean([§o, §o]))",
    "print(slice(§o, §o), [1, 2, 3][§o:])",
    "print('abc'.startswith(§o), 'a' + §o)",
    "print(max(§o, @i, key=g№))",
    "print(isinstance(@u, §K), isinstance(§o, int), isinstance(§o, (str, list, dict)))",
    "print(typing.get_type_hints(§K), §K.__annotations__)",
    "print(enumerate is §K, §K in [int, §K], {§K: 1}[§K])",
    "print(str.upper(§o), int.__add__(§o, 1), list.__len__(§o))",
    "print(len([y for y in §o if y]), sorted(§o, key=str), sum(1 for _ in §o))",
    "print(object.__repr__(§o)[:1], object.__eq__(§o, §o))",
];

/// What the classes use: descriptors, and functions that are called with instances of several classes.
pub const SHARED: &str = "class D№:
    def __init__(self, name='none'):
        self.name = name
    def __set_name__(self, owner, name):
        self.name = (self.name, name)
    def __get__(self, o, owner=None):
        return self.name, o is None
class V№(D№):
    def __set__(self, o, value):
        raise AttributeError('read only')
def g№(x):
    return ‹use›
def h№(x, y):
    return ‹both›
def k№(x, n):
    out = [x]
    for i in range(n):
        out = out + [‹each›]
    return out
def copy№(x):
    return type(x)(x.a)";

/// What the shared functions do with what they are given.
pub const USES: &[Rule] = &[
    (
        "use",
        &[
            "x.a",
            "x + 1",
            "len(x)",
            "x.m1()",
            "-x",
            "[y for y in x]",
            "str(x)",
            "x == 1",
            "bool(x)",
            "x.p",
            "x.size",
            "x[0]",
            "x(1)",
            "isinstance(x, int)",
            "f'{x}'",
            "type(x).__name__",
            "{x: 1}",
            "1 if x else 2",
            "x is None",
            "(x, x)",
            "x < 3",
            "next(iter(x))",
            "x in (1, x)",
        ],
        &[],
    ),
    (
        "both",
        &[
            "x + y",
            "x == y",
            "x < y",
            "x - y",
            "(x, y)",
            "x if y else 0",
            "[x, y]",
            "x in [y]",
            "x.a == y",
            "max(x, y)",
            "x != y",
            "x * y",
            "{x: y}",
            "x >= y",
            "x and y",
            "x | y",
            "x.m1(y)",
            "x @ y",
        ],
        &[],
    ),
    (
        "each",
        &["x + i", "x == i", "x.m1(i)", "x[i]", "x.a", "i + x", "x < i", "i in x", "x(i)", "(x, i)", "x * i"],
        &[],
    ),
];
