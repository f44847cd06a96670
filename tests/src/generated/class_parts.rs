//! What classes are made of, and what is done with their instances: texts in the notation of [`super::scenes`].
//!
//! `§K` is the class itself or another one, `§B` its first base, `§o` an instance of some class, `§x` one that has a name. Nothing calls itself: a method asks fields, its arguments and
//! `super()`.

/// Members of a class: methods, and what is no method.
pub const MEMBERS: &[&str] = &[
    // Operators.
    "def __add__(self, o):
    return §K(self.a, @u) if isinstance(o, §K) else (self.a, o)",
    "def __add__(self, o):
    if isinstance(o, (int, §K)):
        return type(self)(@i)
    return NotImplemented",
    "def __radd__(self, o):
    return ('radd', o, self.a)",
    "def __radd__(self, o):
    return self if o == 0 else NotImplemented",
    "def __sub__(self, o):
    return NotImplemented",
    "def __sub__(self, o):
    return super().__sub__(o)",
    "def __rsub__(self, o):
    return ('rsub', o)",
    "def __mul__(self, o):
    return [self.a, o]",
    "def __rmul__(self, o):
    return ('rmul', self.a, o)",
    "def __truediv__(self, o):
    return @f",
    "def __rtruediv__(self, o):
    raise ZeroDivisionError(@s)",
    "def __floordiv__(self, o):
    return self.a // o",
    "def __mod__(self, o):
    return 'mod', o",
    "def __rmod__(self, o):
    return 'rmod', o",
    "def __pow__(self, o, m=None):
    return 'pow', o, m",
    "def __rpow__(self, o):
    return 'rpow', o",
    "def __divmod__(self, o):
    return @u",
    "def __matmul__(self, o):
    return self.a, o",
    "def __and__(self, o):
    return self if o else None",
    "def __ror__(self, o):
    return 'ror', o",
    "def __xor__(self, o):
    return NotImplemented",
    "def __lshift__(self, o):
    return self, o",
    "def __neg__(self):
    return type(self)(@u)",
    "def __neg__(self):
    return -self.a",
    "def __pos__(self):
    return self",
    "def __invert__(self):
    return @u",
    "def __abs__(self):
    return abs(self.a)",
    "def __round__(self, n=None):
    return 'round', n",
    "def __trunc__(self):
    return @k",
    "__add__ = __radd__ = lambda self, o: ('plus', o)",
    "__mul__ = None",
    // Comparisons.
    "def __eq__(self, o):
    return isinstance(o, §K) and self.a == o.a",
    "def __eq__(self, o):
    return self.a == o.a if type(o) is type(self) else NotImplemented",
    "def __eq__(self, o):
    return self.a == o",
    "def __eq__(self, o):
    return @u",
    "def __eq__(self, o):
    return super().__eq__(o)",
    "def __eq__(self, o):
    raise ValueError('eq')",
    "def __ne__(self, o):
    return @u",
    "def __lt__(self, o):
    return self.a < o.a",
    "def __lt__(self, o):
    return self.a < o.a if isinstance(o, §K) else NotImplemented",
    "def __lt__(self, o):
    return @b",
    "def __lt__(self, o):
    return super().__lt__(o)",
    "def __gt__(self, o):
    return self.a > o.a",
    "def __gt__(self, o):
    return 'gt'",
    "def __le__(self, o):
    return self.a <= getattr(o, 'a', o)",
    "def __ge__(self, o):
    return [self.a]",
    "__lt__ = None",
    "def __hash__(self):
    return hash(self.a)",
    "def __hash__(self):
    return ‹q›",
    "def __hash__(self):
    return @a",
    "__hash__ = None",
    // Containers.
    "def __len__(self):
    return ‹k›",
    "def __len__(self):
    return ‹q›",
    "def __len__(self):
    return @a",
    "def __len__(self):
    return super().__len__() + 1",
    "def __bool__(self):
    return @b",
    "def __bool__(self):
    return @a",
    "def __bool__(self):
    return self.a > ‹k›",
    "def __getitem__(self, i):
    if isinstance(i, slice):
        return i.start, i.stop, i.step
    if i == ‹k›:
        raise IndexError(i)
    return self.a, i",
    "def __getitem__(self, i):
    return {'a': self.a, 0: 'zero', 1: @u}[i]",
    "def __getitem__(self, i):
    return super().__getitem__(i)",
    "def __iter__(self):
    return iter((self.a, @u))",
    "def __iter__(self):
    yield self.a
    yield @u",
    "def __iter__(self):
    return @a",
    "def __iter__(self):
    yield from super().__iter__()
    yield @u",
    "__iter__ = None",
    "def __next__(self):
    raise StopIteration(@u)",
    "def __contains__(self, x):
    return x == self.a",
    "def __contains__(self, x):
    return @u",
    "__contains__ = None",
    "def __reversed__(self):
    return [self.a, 'reversed']",
    "def __missing__(self, key):
    return 'missing', key",
    "def __length_hint__(self):
    return ‹q›",
    "def keys(self):
    return ['a', 'b']",
    "def items(self):
    return [('a', self.a), @u]",
    // Conversions.
    "def __call__(self, *args, **more):
    return self.a, args, more",
    "def __call__(self, x, /, y=@u, *, z=@u):
    return x, y, z",
    "def __index__(self):
    return ‹q›",
    "def __index__(self):
    return @a",
    "def __int__(self):
    return @i",
    "def __float__(self):
    return @n",
    "def __complex__(self):
    return @c",
    "def __str__(self):
    return f'<{self.a}>'",
    "def __str__(self):
    return @a",
    "def __repr__(self):
    return f'§K({self.a!r})'",
    "def __repr__(self):
    return type(self).__name__ + super().__repr__()[:0]",
    "def __format__(self, spec):
    return f'{spec}|{self.a}'",
    "def __format__(self, spec):
    return format(self.a, spec)",
    "def __bytes__(self):
    return @y",
    "def __enter__(self):
    return self.a
def __exit__(self, kind, error, trace):
    return @b",
    "def __enter__(self):
    return self
def __exit__(self, kind, error, trace):
    if kind is not None:
        raise KeyError(kind.__name__, str(error)) from error",
    "def __exit__(self, *all):
    return False",
    // Attributes.
    "def __getattr__(self, name):
    return name * 2",
    "def __getattr__(self, name):
    raise AttributeError(name, 'of', type(self).__name__)",
    "def __getattribute__(self, name):
    return super().__getattribute__(name)",
    "def m1(self, x=@u):
    return x, self.a",
    "def m1(self, x=0):
    return '§K', super().m1(x)",
    "def m1(self, x=0, *rest):
    return x, rest, super(§K, self).m1(*rest)",
    "def m1(self, *args, **more):
    return super().m1(*args, **more), type(self).__name__",
    "def m2(self):
    return self.m1(@u), self.size",
    "def m2(self, o=None):
    return [o, __class__.__name__, self.__class__.__name__]",
    "def m3(self):
    def inner(n):
        return self.m1(n), super(§K, self).__class__.__name__
    return [inner(i) for i in range(2)]",
    "def m3(self):
    yield self.a
    yield from range(‹k›)",
    "@property
def p(self):
    return self.a, 'p'",
    "@property
def p(self):
    return super().p, @u",
    "@property
def p(self):
    return self.nothing",
    "p = property(lambda self: [self.a])",
    "p = @u",
    "a = @u",
    "@property
def a(self):
    return @i",
    "@functools.cached_property
def q(self):
    return self.a, 'cached'",
    "@classmethod
def make(cls, x=@u):
    return cls(x)",
    "@classmethod
def make(cls, *args):
    return [cls.__name__, super().make(*args)]",
    "@classmethod
@property
def cp(cls):
    return cls.__name__",
    "@staticmethod
def st(x=@u, *rest):
    return x, rest",
    "st = staticmethod(lambda *args: args)",
    "st = classmethod(lambda cls, *args: (cls.__name__, args))",
    "size = @u",
    "size = ‹k›
double = size * 2",
    "size = [i for i in range(‹k›)]",
    "__match_args__ = ('a', 'b')",
    "__match_args__ = ('p',)",
    "__match_args__ = ['a']",
    "__doc__ = @s",
    "def __class_getitem__(cls, item):
    return cls.__name__, item",
    "def __init_subclass__(cls, /, tag=@u, **more):
    super().__init_subclass__(**more)
    if tag == 0:
        raise TypeError(cls.__name__)",
    "def __new__(cls, *args, **more):
    return super().__new__(cls)",
    "def __new__(cls, *args):
    return super().__new__(cls, *args)",
    "def __new__(cls, a=0, *args):
    if a == ‹k›:
        return @u
    return super().__new__(cls)",
    "d = D№('d')",
    "e = D№()",
    "v = V№()",
    "m4 = functools.partialmethod(lambda self, *args: (self.a, args), @u)",
    "@functools.singledispatchmethod
def m5(self, x):
    return 'any', x
@m5.register
def _(self, x: int):
    return 'int', x
@m5.register(str)
def _(self, x):
    return 'str', x",
    "@functools.lru_cache
def m6(x):
    return @u
m6 = staticmethod(m6)",
    "def m8(self, *args, key=@u, **more):
    total = [self.a]
    for arg in args:
        total = total + [arg, key]
    return total, sorted(more)",
    "def m9(self):
    with self as entered:
        if entered == self.a:
            raise KeyError('inside')
        return 'left', entered
    return 'swallowed'",
    "def m9(self):
    try:
        return self.m1(@u), self.zzz
    except AttributeError as error:
        return type(error).__name__, error.name
    finally:
        self.m1(0)",
    "def m10(self, n=3):
    total = 0
    for i in range(n):
        total = total + i if i in self else total - 1
    return total",
    "def m10(self, n=3):
    return [self + i for i in range(n)], [i < self for i in range(n)]",
    "def m11(self):
    match self:
        case §K(a=x) if x == @u:
            return 'equal'
        case §K(x):
            return 'first', x
        case object(a=(x, *_)):
            return 'parts', x
    return None",
    "def m12(self, x):
    return getattr(self, x, @u), isinstance(self, §K), [c.__name__ for c in type(self).__mro__][:2]",
    "def __eq__(self, o):
    return (self.a, type(self)) == (o.a, type(o)) if isinstance(o, §K) else NotImplemented
def __hash__(self):
    return hash(self.a)
def __lt__(self, o):
    return (self.a, 0) < (o.a, 1)",
    "def __getitem__(self, i):
    return [self.a, self.b, @u][i]
def __len__(self):
    return 3",
    "def __enter__(self):
    return self
def __exit__(self, kind, error, trace):
    return kind is KeyError",
    "def __copy__(self):
    return type(self)(@u)",
    "def __set__(self, o, value):
    pass",
    "def __get__(self, o, owner=None):
    return owner.__name__ if owner else None",
    "def __setattr__(self, name, value):
    super().__setattr__(name, (value, 'set'))",
    "a: int = @u
b: 'later'",
    "def __init__(self):
    pass",
    "__str__ = __repr__ = lambda self: 'shown'",
    "__getitem__ = lambda self, i: i",
    "__call__ = staticmethod(lambda *args: len(args))",
    "__len__ = @u",
    "__iter__ = lambda self: iter(range(‹k›))",
    "@staticmethod
def __eq__(x, y=0):
    return @u",
    "@classmethod
def __len__(cls):
    return ‹k›",
    "@property
def __len__(self):
    return lambda: ‹k›",
    "class Inner:
    size = @u
    def __init__(self, o=0):
        self.o = o
    def __repr__(self):
        return f'{type(self).__qualname__}({self.o!r})'",
    "def m7(self):
    return self.Inner(self.a), type(self).Inner.size",
    "__slots__ = ('a', 'b')",
    "__slots__ = ()",
];

/// How instances are made ready.
pub const INITS: &[&str] = &[
    "def __init__(self, a=@u, b=@u):
    self.a = a
    self.b = b",
    "def __init__(self, a=@u, *rest):
    self.a, self.b = a, rest",
    "def __init__(self, a, b=1, **more):
    super().__init__()
    self.a = (a, b)
    self.b = more",
    "def __init__(self, a=0):
    self.a = a",
    "def __init__(self, a=0, *, b=@u):
    self.a = self.b = a",
];

/// How those of a derived class are.
pub const DERIVED_INITS: &[&str] = &[
    "def __init__(self, *args, **more):
    super().__init__(*args, **more)
    self.c = len(args)",
    "def __init__(self, a=@u, c=@u):
    super().__init__(a)
    self.c = c",
    "def __init__(self, a=@u):
    §B.__init__(self, a)
    self.c = (self.a, @u)",
    "def __init__(self, a=@u):
    self.a = self.b = self.c = a",
    "def __init__(self, *args):
    self.a = args",
];

/// Classes of a kind of their own, whole, with `§o` made by what stands behind the mark.
pub const KINDS: &[(&str, &str)] = &[
    (
        "@dataclasses.dataclass
class §K:
    a: int
    b: object = @u",
        "§K(@i)",
    ),
    (
        "@dataclasses.dataclass(frozen=True, order=True)
class §K:
    a: int = @i
    b: object = dataclasses.field(default=@u, compare=False)",
        "§K(@i, @u)",
    ),
    (
        "@dataclasses.dataclass(eq=False)
class §K:
    a: int = 0
    b: list = dataclasses.field(default_factory=list, repr=False)",
        "§K(@u)",
    ),
    (
        "@dataclasses.dataclass(unsafe_hash=True, slots=True)
class §K:
    a: object = @u
    b: int = dataclasses.field(default=1, hash=False)",
        "§K(@u)",
    ),
    (
        "@dataclasses.dataclass(kw_only=True)
class §K:
    a: int = 1
    b: int = 2
    c: int = dataclasses.field(init=False, default=@u)",
        "§K(a=@i, b=@u)",
    ),
    (
        "@dataclasses.dataclass
class §K:
    a: int
    b: dataclasses.InitVar[int] = 2
    size: typing.ClassVar[int] = @u
    def __post_init__(self, b):
        self.c = (self.a, b)",
        "§K(@u, @i)",
    ),
    (
        "@dataclasses.dataclass(order=True, repr=False)
class §K:
    a: int = dataclasses.field(compare=False)
    b: object = 1
    def __repr__(self):
        return f'<{self.a} {self.b}>'
    def __lt__(self, o):
        return NotImplemented",
        "§K(@i, @u)",
    ),
    (
        "class §K(typing.NamedTuple):
    a: int
    b: object = @u
    def m1(self, x=0):
        return self.a, x
    @property
    def p(self):
        return self[1]",
        "§K(@u)",
    ),
    (
        "class §K(collections.namedtuple('P', 'a b', defaults=[@u])):
    __slots__ = ()
    def __add__(self, o):
        return self._replace(a=(self.a, o))",
        "§K(@u)",
    ),
    (
        "class §K(enum.Enum):
    X = @u
    Y = @i
    Z = X
    @property
    def a(self):
        return self.name
    def m1(self, x=0):
        return self.value, x",
        "§K.X",
    ),
    (
        "class §K(enum.IntEnum):
    X = ‹k›
    Y = 7
    a = property(lambda self: self.value * 2)
    def __str__(self):
        return 'n' + self.name",
        "§K.Y",
    ),
    (
        "class §K(str, enum.Enum):
    X = 'x'
    Y = @s
    def m1(self):
        return self.upper()",
        "§K.X",
    ),
    (
        "class §K(enum.Flag):
    X = enum.auto()
    Y = enum.auto()
    XY = X | Y
    def a(self):
        return [m.name for m in type(self) if m in self]",
        "§K.XY",
    ),
    (
        "class §K(enum.IntFlag):
    X = 1
    Y = 4
    @classmethod
    def make(cls, x=5):
        return cls(x)",
        "§K(5)",
    ),
    (
        "class §K(enum.StrEnum):
    X = enum.auto()
    Y = 'why'
    @classmethod
    def _missing_(cls, value):
        return cls.X if value == @u else None",
        "§K.Y",
    ),
    (
        "@functools.total_ordering
class §K:
    def __init__(self, a=@i, b=0):
        self.a = a
        self.b = b
    def __eq__(self, o):
        return self.a == o.a
    def __lt__(self, o):
        return self.a < o.a
    def __repr__(self):
        return f'T({self.a!r})'",
        "§K(@i)",
    ),
    (
        "class §K(Exception):
    def __init__(self, a=@u, b=2):
        super().__init__(a, @s)
        self.a = a
        self.b = b",
        "§K(@u)",
    ),
    (
        "class §K(KeyError, ValueError):
    a = @u
    def __str__(self):
        return f'{self.args}'",
        "§K(@u, @u)",
    ),
    (
        "class §K(int):
    a = property(lambda self: int(self) + 1)
    def __add__(self, o):
        return §K(super().__add__(o))
    def __repr__(self):
        return f'I({int(self)})'",
        "§K(@i)",
    ),
    (
        "class §K(float):
    a = 1.5
    def __lt__(self, o):
        return super().__gt__(o)",
        "§K(@f)",
    ),
    (
        "class §K(str):
    a = 'a'
    def __eq__(self, o):
        return self.lower() == str(o).lower()
    def __hash__(self):
        return hash(self.lower())",
        "§K(@s)",
    ),
    (
        "class §K(tuple):
    a = property(lambda self: len(self))
    def __new__(cls, *items):
        return super().__new__(cls, items)
    def __repr__(self):
        return 'T' + super().__repr__()",
        "§K(@u, @i)",
    ),
    (
        "class §K(list):
    a = @u
    def __iter__(self):
        return iter([1, self.a])",
        "§K([@i, @i])",
    ),
    (
        "class §K(dict):
    a = property(lambda self: list(self))
    def __missing__(self, key):
        return key, 'missing'
    def __getitem__(self, key):
        return super().__getitem__(key)",
        "§K({@s: @u, 1: 2})",
    ),
    (
        "class §K(set):
    a = property(len)
    def __contains__(self, x):
        return not super().__contains__(x)",
        "§K({@i})",
    ),
    (
        "class §K(collections.abc.Mapping):
    def __init__(self, a=@u):
        self.a = {1: a, 'a': 2}
        self.b = 0
    def __getitem__(self, k):
        return self.a[k]
    def __iter__(self):
        return iter(self.a)
    def __len__(self):
        return len(self.a)
    def __repr__(self):
        return f'M{dict(self)}'",
        "§K(@u)",
    ),
    (
        "class §K(collections.abc.Sequence):
    def __init__(self, a=@u, b=2):
        self.a = a
        self.b = b
    def __getitem__(self, i):
        return [self.a, self.b, @u][i]
    def __len__(self):
        return 3
    def __repr__(self):
        return f'Q({self.a!r})'",
        "§K(@u)",
    ),
    (
        "class §K(abc.ABC):
    def __init__(self, a=0):
        self.a = a
    @abc.abstractmethod
    def m1(self, x=0):
        return x, 'abstract'
    def __repr__(self):
        return f'A({self.a!r})'",
        "§K(@u)",
    ),
    (
        "class §K(typing.Generic[typing.TypeVar('T')]):
    def __init__(self, a=@u):
        self.a = a
    def __repr__(self):
        return f'G({self.a!r})'",
        "§K[int](@u)",
    ),
    (
        "class §K:
    __slots__ = ('a', 'b')
    def __init__(self, a=@u):
        self.a = a
    def __repr__(self):
        return f'S({self.a!r})'",
        "§K(@u)",
    ),
];
