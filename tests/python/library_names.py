"""Lists, for the library's test of names, what CPython has: a line for each object, with its module, how it is written, and the names that it has."""
import importlib
import inspect
import types

MODULES = """math cmath statistics itertools functools operator collections string re json fractions decimal bisect heapq
dataclasses enum typing datetime textwrap hashlib base64 binascii struct csv zlib unicodedata collections.abc abc""".split()

# Objects of their classes, beside which the modules themselves and the classes in them are asked.
OBJECTS = """statistics.NormalDist() | fractions.Fraction(1, 2) | decimal.Decimal(1) | decimal.Context()
decimal.Decimal(1).as_tuple() | datetime.date(2020, 1, 2) | datetime.time(1) | datetime.datetime(2020, 1, 2)
datetime.timedelta(1) | datetime.timezone.utc | re.compile('a') | re.match('a', 'a') | string.Template('a')
string.Formatter() | json.JSONEncoder() | json.JSONDecoder() | struct.Struct('i') | textwrap.TextWrapper()
collections.Counter() | collections.OrderedDict() | collections.ChainMap() | collections.deque()
collections.defaultdict() | collections.UserDict() | collections.UserList() | collections.UserString('')
hashlib.sha256() | hashlib.blake2b() | hashlib.shake_128() | csv.reader([]) | csv.DictReader([]) | csv.excel()
csv.Sniffer() | functools.partial(len) | functools.lru_cache(len) | operator.itemgetter(1) | operator.attrgetter('a')
operator.methodcaller('a') | itertools.count() | itertools.groupby([]) | itertools.tee([])[0]
json.JSONDecodeError('a', 'b', 0) | typing.TypeVar('T') | typing.NewType('N', int) | typing.List[int]
typing.Optional[int] | typing.Literal[1] | typing.Annotated[int, 1] | typing.ParamSpec('P')
typing.Callable[[int], str] | typing.ForwardRef('a')"""

# What says how and from where a module was loaded.
LOADED = "__builtins__ __cached__ __loader__ __spec__ __file__ __path__ __package__".split()


def is_of(module, name, value):
    """Is it the module's own name, not one that it imported or keeps to itself."""
    if name in LOADED or isinstance(value, types.ModuleType) and value.__name__ != f"{module.__name__}.{name}":
        return False
    if name.startswith("_"):
        return name == "__all__"
    owner = getattr(value, "__module__", None)
    listed = getattr(module, "__all__", None)
    return listed is None or name in listed or not owner or owner.split(".")[0].lstrip("_") == module.__name__.split(".")[0]


def public(value):
    return [name for name in sorted(dir(value)) if not name.startswith("_")]


def rows():
    for name in MODULES:
        module = importlib.import_module(name)
        own = [n for n in sorted(dir(module)) if is_of(module, n, getattr(module, n))]
        yield name, name, own
        for n in own:
            if inspect.isclass(getattr(module, n)):
                yield name, f"{name}.{n}", public(getattr(module, n))
    for text in OBJECTS.replace("\n", " | ").split(" | "):
        name = text.split(".")[0]
        yield name, text, public(eval(text, {name: importlib.import_module(name)}))


for module, text, names in rows():
    print(module, text, " ".join(names), sep="\t")
