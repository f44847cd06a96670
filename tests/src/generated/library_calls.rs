//! Grids of calls of the library's functions, classes and methods that are wrong: how each is told is CPython's business, function by
//! function. What refuses one of the shapes stands in no grid.

use super::grids::Grid;

/// What is put between the parentheses.
const SHAPES: &[&str] = &[
    "",
    "1",
    "'a'",
    "None",
    "[]",
    "()",
    "1, 2",
    "'a', 'b'",
    "[], []",
    "1, 2, 3",
    "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13",
    "x=1",
    "1, x=1",
    "[], x=1",
    "'ab', x=1, y=2",
    "{}",
    "int",
    "len",
    "int, int",
    "1.5",
    "b'a'",
    "[1, 2]",
    "'a', [1]",
    "...",
    "-1",
    "object()",
    "*1",
    "**1",
];

/// Modules, and names in them.
#[rustfmt::skip]
const FUNCTIONS: &[(&str, &str)] = &[
    (
        "math",
        "acos acosh asin asinh atan atan2 atanh cbrt ceil comb copysign cos cosh degrees dist erf erfc exp exp2 expm1 \
         fabs factorial floor fmod frexp fsum gamma gcd hypot isclose isfinite isinf isnan isqrt lcm ldexp lgamma log \
         log10 log1p log2 modf nextafter perm pow prod radians remainder sin sinh sqrt tan tanh trunc ulp",
    ),
    (
        "cmath",
        "acos acosh asin asinh atan atanh cos cosh exp isclose isfinite isinf isnan log log10 phase polar rect sin sinh \
         sqrt tan tanh",
    ),
    (
        "statistics",
        "NormalDist correlation covariance fmean geometric_mean harmonic_mean linear_regression mean median \
         median_grouped median_high median_low mode multimode pstdev pvariance quantiles stdev variance",
    ),
    (
        "itertools",
        "accumulate chain combinations combinations_with_replacement compress count cycle dropwhile filterfalse groupby \
         islice pairwise permutations product repeat starmap takewhile tee zip_longest",
    ),
    (
        "functools",
        "cache cached_property cmp_to_key lru_cache partial reduce singledispatch total_ordering",
    ),
    (
        "operator",
        "abs add and_ attrgetter call concat contains countOf eq floordiv ge getitem gt index indexOf inv invert \
         itemgetter le length_hint lshift lt matmul methodcaller mod mul ne neg not_ or_ pos pow rshift sub truediv \
         truth xor",
    ),
    (
        "collections",
        "ChainMap Counter OrderedDict UserDict UserList defaultdict deque",
    ),
    (
        "string",
        "Formatter Template capwords",
    ),
    (
        "re",
        "Match Pattern compile error escape findall finditer fullmatch match search split sub subn",
    ),
    (
        "json",
        "JSONDecoder JSONEncoder dumps load loads",
    ),
    (
        "fractions",
        "Fraction",
    ),
    (
        "decimal",
        "Clamped Context ConversionSyntax Decimal DecimalException DecimalTuple DivisionByZero DivisionImpossible \
         DivisionUndefined FloatOperation Inexact InvalidContext InvalidOperation Overflow Rounded Subnormal Underflow \
         getcontext",
    ),
    (
        "bisect",
        "bisect bisect_left bisect_right",
    ),
    (
        "heapq",
        "merge nlargest nsmallest",
    ),
    (
        "dataclasses",
        "asdict astuple dataclass field fields is_dataclass make_dataclass replace",
    ),
    (
        "enum",
        "Enum Flag IntEnum IntFlag StrEnum auto member nonmember unique",
    ),
    (
        "typing",
        "AbstractSet Annotated Any AsyncGenerator AsyncIterable AsyncIterator Awaitable ByteString ChainMap ClassVar \
         Collection Concatenate Container Coroutine Counter DefaultDict Deque Dict Final FrozenSet Generator Hashable \
         ItemsView Iterable Iterator KeysView List Literal LiteralString Mapping MappingView MutableMapping \
         MutableSequence MutableSet Never NoReturn NotRequired Optional OrderedDict ParamSpecArgs ParamSpecKwargs \
         Required Reversible Self Sequence Set Sized SupportsAbs SupportsBytes SupportsComplex SupportsFloat \
         SupportsIndex SupportsInt SupportsRound Tuple Type TypeAlias TypeGuard Union Unpack ValuesView assert_type \
         cast final get_args get_origin is_typeddict overload runtime_checkable",
    ),
    (
        "datetime",
        "date datetime time timedelta timezone",
    ),
    (
        "textwrap",
        "TextWrapper dedent fill indent shorten wrap",
    ),
    (
        "base64",
        "a85decode a85encode b16decode b16encode b32decode b32encode b32hexdecode b32hexencode b64decode b64encode \
         b85decode b85encode decodebytes encodebytes standard_b64decode standard_b64encode urlsafe_b64decode \
         urlsafe_b64encode",
    ),
    (
        "binascii",
        "Incomplete a2b_base64 a2b_hex a2b_qp a2b_uu b2a_base64 b2a_hex b2a_qp b2a_uu crc32 crc_hqx hexlify unhexlify",
    ),
    (
        "struct",
        "Struct calcsize error iter_unpack pack unpack unpack_from",
    ),
    (
        "csv",
        "Dialect DictReader DictWriter Sniffer excel excel_tab get_dialect list_dialects reader unix_dialect",
    ),
    (
        "zlib",
        "adler32 compress crc32 decompress error",
    ),
    (
        "unicodedata",
        "bidirectional category combining decimal decomposition digit east_asian_width is_normalized mirrored name \
         normalize numeric",
    ),
    (
        "collections.abc",
        "AsyncGenerator AsyncIterable AsyncIterator Awaitable ByteString Callable Collection Container Coroutine \
         Generator Hashable ItemsView Iterable Iterator KeysView Mapping MappingView MutableMapping MutableSequence \
         MutableSet Reversible Sequence Set Sized ValuesView",
    ),
    (
        "abc",
        "ABCMeta update_abstractmethods",
    ),
    (
        "hashlib",
        "blake2b blake2s md5 pbkdf2_hmac sha1 sha224 sha256 sha384 sha3_224 sha3_256 sha3_384 sha3_512 sha512 shake_128 \
         shake_256",
    ),
];

/// Objects, and names of their methods.
#[rustfmt::skip]
const METHODS: &[(&str, &str)] = &[
    (
        "1.5",
        "as_integer_ratio conjugate fromhex hex is_integer",
    ),
    (
        "{}.keys()",
        "isdisjoint",
    ),
    (
        "{}.items()",
        "isdisjoint",
    ),
    (
        "statistics.NormalDist()",
        "cdf from_samples inv_cdf overlap pdf quantiles zscore",
    ),
    (
        "fractions.Fraction(1, 2)",
        "as_integer_ratio limit_denominator",
    ),
    (
        "decimal.Decimal(1)",
        "adjusted as_integer_ratio as_tuple canonical compare compare_signal compare_total compare_total_mag conjugate \
         copy_abs copy_negate copy_sign exp fma from_float is_canonical is_finite is_infinite is_nan is_normal is_qnan \
         is_signed is_snan is_subnormal is_zero ln log10 logb logical_and logical_invert logical_or logical_xor max \
         max_mag min min_mag next_minus next_plus next_toward normalize number_class quantize radix remainder_near \
         rotate same_quantum scaleb shift sqrt to_eng_string to_integral_exact to_integral_value",
    ),
    (
        "decimal.Context()",
        "Etiny Etop abs add canonical compare compare_signal compare_total compare_total_mag copy copy_abs copy_decimal \
         copy_negate copy_sign create_decimal create_decimal_from_float divide divide_int divmod exp fma is_canonical \
         is_finite is_infinite is_nan is_normal is_qnan is_signed is_snan is_subnormal is_zero ln log10 logb \
         logical_and logical_invert logical_or logical_xor max max_mag min min_mag minus multiply next_minus next_plus \
         next_toward normalize number_class plus power quantize radix remainder remainder_near rotate same_quantum \
         scaleb shift sqrt subtract to_eng_string to_integral to_integral_exact to_integral_value to_sci_string",
    ),
    (
        "datetime.date(2020, 1, 2)",
        "ctime fromisocalendar fromisoformat fromordinal isocalendar isoformat isoweekday replace strftime timetuple \
         toordinal weekday",
    ),
    (
        "datetime.time(1)",
        "dst fromisoformat isoformat replace strftime tzname utcoffset",
    ),
    (
        "datetime.timedelta(1)",
        "total_seconds",
    ),
    (
        "datetime.timezone.utc",
        "dst fromutc tzname utcoffset",
    ),
    (
        "re.compile('a')",
        "findall finditer fullmatch match search split sub subn",
    ),
    (
        "string.Template('a')",
        "get_identifiers is_valid safe_substitute substitute",
    ),
    (
        "string.Formatter()",
        "check_unused_args convert_field format format_field get_field get_value parse vformat",
    ),
    (
        "json.JSONEncoder()",
        "default encode",
    ),
    (
        "json.JSONDecoder()",
        "parse_float parse_int",
    ),
    (
        "struct.Struct('i')",
        "iter_unpack pack unpack",
    ),
    (
        "textwrap.TextWrapper()",
        "fill wrap",
    ),
    (
        "collections.ChainMap()",
        "copy fromkeys get items keys values",
    ),
    (
        "collections.deque()",
        "copy count",
    ),
    (
        "collections.UserDict()",
        "copy fromkeys get items keys values",
    ),
    (
        "collections.UserList()",
        "copy count",
    ),
    (
        "collections.UserString('')",
        "capitalize casefold center count encode endswith expandtabs find format format_map index isalnum isalpha \
         isascii isdecimal isdigit isidentifier islower isnumeric isprintable isspace istitle isupper join ljust lower \
         lstrip maketrans partition removeprefix removesuffix replace rfind rindex rjust rpartition rsplit rstrip split \
         splitlines startswith strip swapcase title translate upper zfill",
    ),
    (
        "csv.Sniffer()",
        "sniff",
    ),
    (
        "functools.partial(len)",
        "func",
    ),
    (
        "typing.List[int]",
        "copy count index",
    ),
    (
        "typing.Annotated[int, 1]",
        "as_integer_ratio bit_count bit_length conjugate from_bytes to_bytes",
    ),
];

/// What every grid begins with. Instances are told by their type: what many show is an address.
const BEGIN: &str = "\
import abc, base64, binascii, bisect, cmath, collections, collections.abc, csv, dataclasses, datetime, decimal, enum, fractions
import functools, hashlib, heapq, itertools, json, math, operator, re, statistics, string, struct, textwrap, typing, unicodedata
import zlib

def show(v):
    t = type(v).__name__
    if isinstance(v, (int, float, complex, str, bytes, type(None))):
        return t + ' ' + str(v)
    if t in ('tuple', 'list'):
        return t + '(' + ', '.join([show(x) for x in v]) + ')'
    return t

def attempt(f):
    try:
        return show(f())
    except Exception as e:
        return type(e).__name__ + ': ' + str(e)

";

/// All of them: one for each module, and one for each object.
pub(super) fn all() -> Vec<Grid> {
    let calls: String =
        SHAPES.iter().map(|shape| format!("        attempt(lambda: f({shape})),\n")).collect();
    let run = format!("def run(f):\n    return [\n{calls}    ]\n");
    let grid = |name: &str, all: Vec<String>| Grid {
        name: format!("wrong calls in {name}"),
        text: format!("{BEGIN}{run}for f in [{}]:\n    print('\\n'.join(run(f)))\n", all.join(", ")),
    };
    let functions = FUNCTIONS.iter().map(|(module, names)| {
        grid(module, names.split(' ').map(|name| format!("{module}.{name}")).collect())
    });
    let methods = METHODS.iter().map(|(object, names)| {
        grid(object, names.split(' ').map(|name| format!("({object}).{name}")).collect())
    });
    functions.chain(methods).collect()
}
