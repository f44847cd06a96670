//! How wrong calls are told of the functions that CPython's library has in C, and that are written in Afar here.
//!
//! They are functions of a module of the library, with parameters as any; what is wrong with the arguments of a call is said in the words
//! of C's parsers of arguments. Asked only after a call has been refused.

use super::class::{Class, class_ref};
use super::func::{FuncInfo, ParamKind};
use super::{Func, call};
use crate::collections::Dict;
use crate::value::Str;
use crate::{Args, Fault, Ref, Res, Value, number, ops};

/// How C takes the arguments.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// `METH_NOARGS`.
    NoArguments,
    /// `METH_O`.
    One,
    /// `PyArg_ParseTuple` with a name in its format.
    Named,
    /// `PyArg_ParseTuple` without one.
    Nameless,
    /// As [`Way::Named`], of a function that is called with an array.
    Counted,
    /// `_PyArg_CheckPositional`.
    Expected,
    /// `PyArg_ParseTupleAndKeywords` with a name in its format.
    NamedKeywords,
    /// `PyArg_ParseTupleAndKeywords` without one.
    NamelessKeywords,
    /// As [`Way::NamedKeywords`], with the name of the class.
    ClassKeywords,
    /// As [`Way::NamedKeywords`], with ints that are taken one by one.
    Ints,
    /// As [`Way::NamelessKeywords`], with ints that are taken one by one.
    NamelessInts,
    /// What stands for an operator.
    Wrapper,
}

use Way::{
    ClassKeywords, Counted, Expected, Ints, Named, NamedKeywords, Nameless, NamelessInts, NamelessKeywords,
    NoArguments, One, Wrapper,
};

/// A class of a module, or none, with the names of its functions.
type Row = (&'static str, &'static str, Way, &'static str);

const ROWS: &[Row] = &[
    (
        "decimal",
        "Decimal",
        Wrapper,
        "__abs__ __add__ __bool__ __divmod__ __eq__ __float__ __floordiv__ __ge__ __gt__ __hash__ __int__ __le__ __lt__ __mod__ __mul__ \
         __ne__ __neg__ __pos__ __radd__ __rdivmod__ __repr__ __rfloordiv__ __rmod__ __rmul__ __rsub__ __rtruediv__ __str__ __sub__ \
         __truediv__",
    ),
    (
        "decimal",
        "Decimal",
        NoArguments,
        "__ceil__ __complex__ __copy__ __floor__ __trunc__ adjusted as_integer_ratio as_tuple canonical conjugate copy_abs copy_negate \
         is_canonical is_finite is_infinite is_nan is_qnan is_signed is_snan is_zero radix",
    ),
    ("decimal", "Decimal", One, "__deepcopy__ from_float"),
    ("decimal", "Decimal", Nameless, "__format__ __round__"),
    (
        "decimal",
        "Decimal",
        NamelessKeywords,
        "compare compare_signal compare_total compare_total_mag copy_sign exp fma is_normal is_subnormal ln log10 logb logical_and \
         logical_invert logical_or logical_xor max max_mag min min_mag next_minus next_plus next_toward normalize number_class quantize \
         remainder_near rotate same_quantum scaleb shift sqrt to_eng_string to_integral to_integral_exact to_integral_value",
    ),
    ("decimal", "Context", NoArguments, "Etiny Etop __copy__ clear_flags clear_traps copy radix"),
    (
        "decimal",
        "Context",
        One,
        "abs canonical copy_abs copy_decimal copy_negate create_decimal_from_float exp is_canonical is_finite is_infinite is_nan \
         is_normal is_qnan is_signed is_snan is_subnormal is_zero ln log10 logb logical_invert minus next_minus next_plus normalize \
         number_class plus sqrt to_eng_string to_integral to_integral_exact to_integral_value to_sci_string",
    ),
    (
        "decimal",
        "Context",
        Nameless,
        "add compare compare_signal compare_total compare_total_mag copy_sign create_decimal divide divide_int divmod fma logical_and \
         logical_or logical_xor max max_mag min min_mag multiply next_toward quantize remainder remainder_near rotate same_quantum scaleb \
         shift subtract",
    ),
    ("decimal", "Decimal", NamelessKeywords, "__new__"),
    ("decimal", "Context", NamelessKeywords, "__init__ power"),
    ("decimal", "", NoArguments, "getcontext"),
    ("decimal", "", One, "setcontext"),
    ("decimal", "", NamelessKeywords, "localcontext"),
    (
        "datetime",
        "date",
        Wrapper,
        "__add__ __eq__ __ge__ __gt__ __hash__ __le__ __lt__ __ne__ __radd__ __rsub__ __sub__",
    ),
    ("datetime", "date", Named, "__format__ fromordinal"),
    ("datetime", "date", NamelessInts, "__new__"),
    ("datetime", "time", NamelessInts, "__new__"),
    ("datetime", "datetime", NamelessInts, "__new__"),
    ("datetime", "timedelta", NamedKeywords, "__new__"),
    ("datetime", "timezone", ClassKeywords, "__new__"),
    (
        "datetime",
        "date",
        NoArguments,
        "ctime isocalendar isoformat isoweekday timetuple today toordinal weekday",
    ),
    ("datetime", "date", One, "fromisoformat fromtimestamp"),
    ("datetime", "date", NamedKeywords, "strftime"),
    ("datetime", "date", Ints, "fromisocalendar replace"),
    ("datetime", "time", Wrapper, "__eq__ __ge__ __gt__ __hash__ __le__ __lt__ __ne__"),
    ("datetime", "time", Named, "__format__"),
    ("datetime", "time", NoArguments, "dst tzname utcoffset"),
    ("datetime", "time", One, "fromisoformat"),
    ("datetime", "time", NamedKeywords, "isoformat strftime"),
    ("datetime", "time", Ints, "replace"),
    (
        "datetime",
        "datetime",
        Wrapper,
        "__add__ __eq__ __ge__ __gt__ __hash__ __le__ __lt__ __ne__ __radd__ __rsub__ __sub__",
    ),
    (
        "datetime",
        "datetime",
        NoArguments,
        "ctime date dst time timestamp timetuple timetz tzname utcnow utcoffset utctimetuple",
    ),
    ("datetime", "datetime", One, "fromisoformat"),
    ("datetime", "datetime", Named, "strptime utcfromtimestamp"),
    ("datetime", "datetime", NamedKeywords, "astimezone combine fromtimestamp isoformat now strftime"),
    ("datetime", "datetime", Ints, "replace"),
    (
        "datetime",
        "timedelta",
        Wrapper,
        "__abs__ __add__ __bool__ __divmod__ __eq__ __floordiv__ __ge__ __gt__ __hash__ __le__ __lt__ __mod__ __mul__ __ne__ __neg__ \
         __pos__ __radd__ __rdivmod__ __rfloordiv__ __rmod__ __rmul__ __rsub__ __rtruediv__ __sub__ __truediv__",
    ),
    ("datetime", "timedelta", NoArguments, "total_seconds"),
    ("datetime", "IsoCalendarDate", ClassKeywords, "__new__"),
    ("datetime", "timezone", Wrapper, "__eq__ __ge__ __gt__ __hash__ __le__ __lt__ __ne__"),
    ("datetime", "timezone", NoArguments, "__getinitargs__"),
    ("datetime", "timezone", One, "dst fromutc tzname utcoffset"),
    ("datetime", "tzinfo", One, "dst fromutc tzname utcoffset"),
    (
        "_collections",
        "deque",
        Wrapper,
        "__add__ __contains__ __delitem__ __eq__ __ge__ __getitem__ __gt__ __iadd__ __imul__ __iter__ __le__ __len__ __lt__ __mul__ \
         __ne__ __rmul__ __setitem__",
    ),
    ("_collections", "deque", ClassKeywords, "__init__"),
    ("_collections", "deque", One, "append appendleft count extend extendleft remove"),
    ("_collections", "deque", NoArguments, "__copy__ __reversed__ clear copy pop popleft reverse"),
    ("_collections", "deque", Counted, "index insert"),
    ("_collections", "deque", Expected, "rotate"),
    ("_collections", "defaultdict", One, "__missing__"),
    ("_collections", "defaultdict", NoArguments, "__copy__ copy"),
    ("_collections", "defaultdict", Wrapper, "__or__ __ror__"),
    ("_collections", "defaultdict", Expected, "fromkeys"),
];

/// Operators that are like no row in how their arguments are counted.
const OPERATORS: &[(&str, &str, &str)] = &[
    ("decimal", "Decimal", "__pow__ __rpow__"),
    ("datetime", "date", "__repr__ __str__"),
    ("datetime", "time", "__repr__ __str__"),
    ("datetime", "datetime", "__repr__ __str__"),
    ("datetime", "timedelta", "__repr__ __str__"),
    ("datetime", "timezone", "__repr__ __str__"),
    ("_collections", "deque", "__repr__"),
    ("_collections", "defaultdict", "__repr__"),
];

/// The module, class and name of a function of the modules that CPython has in C.
fn names_of(info: &FuncInfo) -> Option<(&str, &str, &str)> {
    let module = info.module.as_str();
    if !matches!(module, "decimal" | "datetime" | "_collections") {
        return None;
    }
    let qualname = shown_qualname(info);
    let (class, name) = qualname.split_once('.').unwrap_or(("", qualname));
    Some((module, class, name))
}

/// The qualified name of a function in C; a class that its module does not show is made by a function here.
fn shown_qualname(info: &FuncInfo) -> &str {
    let qualname = info.qualname.as_str();
    qualname.strip_prefix("_iso_calendar_date.<locals>.").unwrap_or(qualname)
}

/// How CPython has a function of the library that it has in C.
fn way_of(info: &FuncInfo) -> Option<Way> {
    let (module, class, name) = names_of(info)?;
    let is_it = |row: &&Row| row.0 == module && row.1 == class && row.3.split(' ').any(|known| known == name);
    ROWS.iter().find(is_it).map(|row| row.2)
}

/// Has CPython the function in C; and is it a method, told as one of an operator.
pub(crate) fn native_kind(func: &Func) -> Option<NativeKind> {
    let way = way_of(&func.info)?;
    Some(match way {
        _ if !func.info.qualname.contains('.') => NativeKind::Function,
        Wrapper => NativeKind::Wrapper,
        _ => NativeKind::Method,
    })
}

/// Is it a method that CPython has in C, which looks at its receiver where it is called as a function: and one for an operator.
fn method_of_c(info: &FuncInfo) -> Option<(&str, &str, &str, bool)> {
    let (module, class, name) = names_of(info)?;
    if class.is_empty() || name == "__new__" {
        return None;
    }
    let is_operator = OPERATORS
        .iter()
        .any(|row| row.0 == module && row.1 == class && row.2.split(' ').any(|known| known == name));
    let is_wrapper = is_operator || way_of(info)? == Wrapper || name == "__init__";
    Some((module.trim_start_matches('_'), class, name, is_wrapper))
}

/// Does a call of the function look at its receiver, because CPython has it in C.
pub fn checks_receiver(info: &FuncInfo) -> bool {
    method_of_c(info).is_some()
}

/// What CPython says of a call of a method of a class in C, as a function, with a receiver of another class.
pub(super) fn wrong_receiver(func: &Func, args: &Args<'_>) -> Option<Fault> {
    let (module, class, name, is_wrapper) = method_of_c(&func.info)?;
    let shown = format!("{module}.{class}");
    Some(Fault::type_error(match args.pos.first() {
        None if is_wrapper => format!("descriptor '{name}' of '{shown}' object needs an argument"),
        None => format!("unbound method {class}.{name}() needs an argument"),
        Some(receiver) => {
            if super::class::mro(class_ref(receiver)).any(|c| *c.shown == *shown) {
                return None;
            }
            let ty = ops::type_name(receiver);
            match is_wrapper {
                true => format!("descriptor '{name}' requires a '{shown}' object but received a '{ty}'"),
                false => {
                    format!("descriptor '{name}' for '{shown}' objects doesn't apply to a '{ty}' object")
                }
            }
        }
    }))
}

/// What a function in C is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NativeKind {
    /// Of a module.
    Function,
    /// Of a class.
    Method,
    /// Of a class, for an operator.
    Wrapper,
}

/// A call with keywords that are no strings: some of what CPython has in C does not look at them.
pub fn call_with_other_keys(func: &Value, pos: &[Value], kw: &Dict) -> Res {
    let is_bare = |class: &Class| class.special("__init__").is_none() && class.special("__new__").is_none();
    let takes_some = |class: &Class| {
        ["ImportError", "AttributeError", "NameError"].iter().any(|n| class.is_subclass_of(n))
    };
    match func {
        // The first thing that is wrong is that there are any.
        Value::Class(class)
            if is_bare(class)
                && (class.layout.is_empty() && !class.is_builtin
                    || class.layout.is_empty() && class.name.as_str() == "object"
                    || class.layout == "BaseException" && !takes_some(class)) =>
        {
            let kw = [(Str::new("keyword"), Value::None)];
            call::call(func, &Args { pos, kw: &kw })
        }
        // It is found out only where nothing else is wrong.
        Value::Class(class)
            if class.name.as_str() == "slice"
                || matches!(&*class.shown, "datetime.date" | "datetime.datetime" | "datetime.timezone") =>
        {
            let kw = [(Str::new("keyword"), Value::None)];
            match call::call(func, &Args { pos, kw: &kw }) {
                Err(fault) if !says(&fault, "invalid keyword argument") => Err(fault),
                _ => Err(Fault::type_error("keywords must be strings")),
            }
        }
        Value::Builtin(b) if matches!(b.name, "min" | "max") && b.owner.is_empty() && pos.is_empty() => {
            Err(Fault::type_error(format!("{} expected at least 1 argument, got 0", b.name)))
        }
        Value::Class(class) if class.is_builtin && class.name.as_str() == "OrderedDict" && pos.is_empty() => {
            call::call(func, &Args::positional(&[Value::Dict(Ref::new(kw.clone()))]))
        }
        Value::Method(method) if matches!(method.func, Value::Builtin(b) if b.owner == "str" && b.name == "format") =>
        {
            let texts = kw.iter().filter_map(|(k, v)| Some((k.as_str().map(Str::new)?, v.clone())));
            call::call(func, &Args { pos, kw: &texts.collect::<Vec<_>>() })
        }
        _ => Err(Fault::type_error("keywords must be strings")),
    }
}

fn says(fault: &Fault, part: &str) -> bool {
    fault.as_exception().and_then(|e| ops::to_str(e).ok()).is_some_and(|text| text.as_str().contains(part))
}

/// What CPython says of a call that does not fit, where it has the function in C.
pub(super) fn wrong_call(func: &Ref<Func>, args: &Args<'_>) -> Option<Fault> {
    let qualname = shown_qualname(&func.info);
    let (class, name) = qualname.split_once('.').unwrap_or(("", qualname));
    let module = func.info.module.as_str();
    let way = way_of(&func.info)?;
    let n_receivers = usize::from(!class.is_empty());
    let given = Args { pos: args.pos.get(n_receivers..)?, kw: args.kw };
    let n_positional =
        func.info.params.iter().filter(|p| p.kind != ParamKind::KeywordOnly).count() - n_receivers;
    let params = params(func, n_receivers);
    let call = Call { qualname: full_name(module, qualname), name, params, n_positional, given };
    if matches!(way, Ints | NamelessInts)
        && let Some(fault) = call.too_large()
    {
        return Some(fault);
    }
    call.wrong(way).map(Fault::type_error)
}

/// Functions of a module are told with it, methods are not.
fn full_name(module: &str, qualname: &str) -> String {
    if qualname.contains('.') { qualname.to_owned() } else { format!("{module}.{qualname}") }
}

/// The parameters by position, and whether each must be given.
fn params(func: &Ref<Func>, n_receivers: usize) -> Vec<(&str, bool)> {
    let params = func.info.params.iter().enumerate().skip(n_receivers);
    params
        .filter(|(_, p)| p.kind != ParamKind::Star && p.kind != ParamKind::DoubleStar)
        .map(|(i, p)| (p.name.as_str(), func.defaults.get(i).is_none_or(|d| !d.is_bound())))
        .collect()
}

struct Call<'a> {
    qualname: String,
    name: &'a str,
    params: Vec<(&'a str, bool)>,
    n_positional: usize,
    given: Args<'a>,
}

fn s(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

impl Call<'_> {
    fn wrong(&self, way: Way) -> Option<String> {
        let (qualname, name) = (self.qualname.as_str(), self.name);
        match way {
            NoArguments | One | Counted | Expected => {
                self.no_keywords(qualname).or_else(|| self.counted(way))
            }
            Named | Nameless => self.no_keywords(name).or_else(|| self.counted(way)),
            NamedKeywords => self.keywords(&format!("{name}()"), &format!("{name}()"), false),
            ClassKeywords => {
                let class = format!("{}()", qualname.split('.').next().unwrap_or_default());
                self.keywords(&class, &class, false)
            }
            Ints => self.keywords(&format!("{name}()"), &format!("{name}()"), true),
            NamelessKeywords => self.keywords("function", "this function", false),
            NamelessInts => self.keywords("function", "this function", true),
            Wrapper => self.no_keywords(&format!("wrapper {name}")).or_else(|| self.counted(way)),
        }
    }

    fn no_keywords(&self, name: &str) -> Option<String> {
        (!self.given.kw.is_empty()).then(|| format!("{name}() takes no keyword arguments"))
    }

    /// What is wrong with how many there are.
    fn counted(&self, way: Way) -> Option<String> {
        let (n, qualname) = (self.given.pos.len(), &self.qualname);
        let least = self.params.iter().filter(|(_, is_required)| *is_required).count();
        let most = self.params.len();
        if (least..=most).contains(&n) {
            return None;
        }
        let is_less = n < least;
        let bound = if is_less { least } else { most };
        Some(match way {
            NoArguments => format!("{qualname}() takes no arguments ({n} given)"),
            One => format!("{qualname}() takes exactly one argument ({n} given)"),
            Expected | Wrapper => {
                let name = match way {
                    Wrapper => "",
                    _ if qualname.starts_with("deque.") => qualname,
                    _ => self.name,
                };
                let blank = if name.is_empty() { "" } else { " " };
                let how = if least == most {
                    ""
                } else if is_less {
                    "at least "
                } else {
                    "at most "
                };
                format!("{name}{blank}expected {how}{bound} argument{}, got {n}", s(bound))
            }
            _ => {
                let name = if way == Nameless { "function".to_owned() } else { format!("{}()", self.name) };
                let how = if least == most {
                    "exactly"
                } else if is_less {
                    "at least"
                } else {
                    "at most"
                };
                format!("{name} takes {how} {bound} argument{} ({n} given)", s(bound))
            }
        })
    }

    /// An int that does not fit, which is noticed before anything behind it that is wrong.
    fn too_large(&self) -> Option<Fault> {
        if self.given.pos.len() > self.n_positional {
            return None;
        }
        for (i, (param, is_required)) in self.params.iter().enumerate() {
            let value = self.given.pos.get(i).or_else(|| self.by_name(param));
            match value.map(number::ops_index) {
                Some(Ok(Value::BigInt(_))) => {
                    return Some(Fault::overflow("Python int too large to convert to C long"));
                }
                Some(Ok(Value::Int(n))) if i32::try_from(n).is_err() => {
                    let how = if n > 0 { "greater than maximum" } else { "less than minimum" };
                    return Some(Fault::overflow(format!("signed integer is {how}")));
                }
                Some(Err(_)) => return None,
                None if *is_required => return None,
                _ => {}
            }
        }
        None
    }

    /// As `PyArg_ParseTupleAndKeywords` goes through its parameters.
    fn keywords(&self, name: &str, this: &str, are_ints: bool) -> Option<String> {
        let (by_position, most) = (self.given.pos.len(), self.params.len());
        let n = by_position + self.given.kw.len();
        if n > most {
            let keyword = if by_position == 0 { "keyword " } else { "" };
            return Some(format!("{name} takes at most {most} {keyword}argument{} ({n} given)", s(most)));
        }
        if by_position > self.n_positional {
            let n = self.n_positional;
            return Some(format!(
                "{name} takes at most {n} positional argument{} ({by_position} given)",
                s(n)
            ));
        }
        for (i, (param, is_required)) in self.params.iter().enumerate() {
            let value = self.given.pos.get(i).or_else(|| self.by_name(param));
            match value {
                Some(value) if are_ints && *param != "tzinfo" && number::ops_index(value).is_err() => {
                    return Some(format!(
                        "'{}' object cannot be interpreted as an integer",
                        ops::type_name(value)
                    ));
                }
                Some(value) if self.expected(param, value).is_some() => {
                    let expected = self.expected(param, value).unwrap_or_default();
                    let given = if value.is_none() { "None".into() } else { ops::type_name(value) };
                    return Some(format!("{name} argument {} must be {expected}, not {given}", i + 1));
                }
                None if *is_required => {
                    return Some(format!("{name} missing required argument '{param}' (pos {})", i + 1));
                }
                _ => {}
            }
        }
        for (i, (param, _)) in self.params.iter().enumerate().take(by_position) {
            if self.by_name(param).is_some() {
                return Some(format!(
                    "argument for {name} given by name ('{param}') and position ({})",
                    i + 1
                ));
            }
        }
        let is_known = |key: &str| self.params.iter().any(|(param, _)| *param == key);
        let (key, _) = self.given.kw.iter().find(|(key, _)| !is_known(key.as_str()))?;
        Some(format!("'{key}' is an invalid keyword argument for {this}"))
    }

    /// What an argument must be, where it is not that.
    fn expected(&self, param: &str, value: &Value) -> Option<&'static str> {
        let (expected, class) = match (self.qualname.as_str(), param) {
            ("datetime.combine", "date") => ("datetime.date", "date"),
            ("datetime.combine", "time") => ("datetime.time", "time"),
            ("timezone.__new__", "offset") => ("datetime.timedelta", "timedelta"),
            ("date.strftime" | "time.strftime", "format")
            | ("time.isoformat" | "datetime.isoformat", "timespec") => ("str", "str"),
            ("datetime.isoformat", "sep") => ("a unicode character", "str"),
            _ => return None,
        };
        let is_it = |c: &super::Class| {
            c.name.as_str() == class && matches!(c.module.as_str(), "datetime" | "builtins")
        };
        (!super::class::mro(super::class::class_ref(value)).any(|c| is_it(c))).then_some(expected)
    }

    fn by_name(&self, param: &str) -> Option<&Value> {
        self.given.kw.iter().find(|(key, _)| key.as_str() == param).map(|(_, value)| value)
    }
}
