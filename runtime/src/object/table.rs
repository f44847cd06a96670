//! The classes of the language itself, and which of them any value belongs to.

use super::c_calls::{self, NativeKind};
use super::class::Class;
use super::wrapper::is_wrapper;
use super::{construct, slots};
use crate::collections::DictFlavour;
use crate::value::{Args, Str};
use crate::{Builtin, Ref, Res, Value};
use rustc_hash::FxHashMap;
use std::sync::{OnceLock, PoisonError, RwLock};

/// All built-in classes by name, and the ones of the plain tags.
struct Table {
    by_name: FxHashMap<&'static str, &'static Ref<Class>>,
    by_tag: [&'static Ref<Class>; 27],
    frozenset: &'static Ref<Class>,
    counter: &'static Ref<Class>,
    ordered: &'static Ref<Class>,
    views: [&'static Ref<Class>; 3],
    method_descriptor: &'static Ref<Class>,
    wrapper_descriptor: &'static Ref<Class>,
    method_wrapper: &'static Ref<Class>,
}

/// What a call of a built-in class runs.
type Construct = Option<fn(&Args<'_>) -> Res>;

/// Built-in classes but exceptions: name, base, layout, constructor. A base stands before what derives from it.
#[rustfmt::skip]
const CLASSES: &[(&str, &str, &str, Construct)] = &[
    ("object", "", "", None),
    ("type", "object", "type", Some(construct::construct_type)),
    ("int", "object", "int", Some(crate::number::construct_int)),
    ("bool", "int", "bool", Some(construct::construct_bool)),
    ("float", "object", "float", Some(crate::number::construct_float)),
    ("complex", "object", "complex", Some(crate::number::construct_complex)),
    ("str", "object", "str", Some(crate::text::construct_str)),
    ("bytes", "object", "bytes", Some(crate::text::construct_bytes)),
    ("tuple", "object", "tuple", Some(crate::collections::construct_tuple)),
    ("list", "object", "list", Some(crate::collections::construct_list)),
    ("dict", "object", "dict", Some(crate::collections::construct_dict)),
    ("set", "object", "set", Some(crate::collections::construct_set)),
    ("frozenset", "object", "frozenset", Some(crate::collections::construct_frozenset)),
    ("range", "object", "range", Some(crate::collections::construct_range)),
    ("slice", "object", "slice", Some(crate::collections::construct_slice)),
    ("property", "object", "property", Some(super::descriptor::construct_property)),
    ("_tuplegetter", "object", "_tuplegetter", None),
    ("cached_property", "object", "cached_property", None),
    ("staticmethod", "object", "staticmethod", Some(super::descriptor::construct_static)),
    ("classmethod", "object", "classmethod", Some(super::descriptor::construct_class)),
    ("super", "object", "super", Some(super::descriptor::construct_super)),
    ("zip", "object", "zip", Some(construct::construct_zip)),
    ("map", "object", "map", Some(construct::construct_map)),
    ("filter", "object", "filter", Some(construct::construct_filter)),
    ("enumerate", "object", "enumerate", Some(construct::construct_enumerate)),
    ("reversed", "object", "reversed", Some(construct::construct_reversed)),
    ("NoneType", "object", "NoneType", Some(construct::construct_none)),
    ("ellipsis", "object", "ellipsis", Some(construct::construct_ellipsis)),
    ("NotImplementedType", "object", "NotImplementedType", Some(construct::construct_not_implemented)),
    ("function", "object", "function", Some(construct::construct_function)),
    ("builtin_function_or_method", "object", "builtin_function_or_method", None),
    ("method_descriptor", "object", "method_descriptor", None),
    ("wrapper_descriptor", "object", "method_descriptor", None),
    ("method-wrapper", "object", "builtin_function_or_method", None),
    ("method", "object", "method", None),
    ("module", "object", "module", Some(construct::construct_module)),
    ("generator", "object", "generator", None),
    ("cell", "object", "cell", None),
    ("dict_keys", "object", "dict_keys", None),
    ("dict_values", "object", "dict_values", None),
    ("dict_items", "object", "dict_items", None),
    ("Counter", "dict", "dict", Some(crate::collections::construct_counter)),
    ("OrderedDict", "dict", "dict", Some(crate::collections::construct_ordered_dict)),
    ("Generic", "object", "", None),
    ("Protocol", "Generic", "", None),
    ("EnumType", "type", "type", Some(|a| construct::construct_meta(a, "EnumType", ["cls", "bases", "classdict"]))),
    ("Enum", "object", "", None),
    ("ReprEnum", "Enum", "", None),
    ("IntEnum", "int ReprEnum", "int", None),
    ("StrEnum", "str ReprEnum", "str", None),
    ("Flag", "Enum", "", None),
    ("IntFlag", "int ReprEnum Flag", "int", None),
    ("auto", "object", "auto", Some(super::enums::construct_auto)),
    ("ABCMeta", "type", "type", Some(|a| construct::construct_meta(a, "ABCMeta", ["name", "bases", "namespace"]))),
    ("ABC", "object", "", None),
    ("_ProtocolMeta", "ABCMeta", "type", Some(|a| construct::construct_meta(a, "ABCMeta", ["name", "bases", "namespace"]))),
];

/// Built-in exception classes: name, then its bases. A base stands before what derives from it.
#[rustfmt::skip]
const EXCEPTIONS: &[(&str, &str)] = &[
    ("BaseException", "object"),
    ("BaseExceptionGroup", "BaseException"), ("Exception", "BaseException"), ("GeneratorExit", "BaseException"),
    ("KeyboardInterrupt", "BaseException"), ("SystemExit", "BaseException"),
    ("ExceptionGroup", "BaseExceptionGroup Exception"),
    ("ArithmeticError", "Exception"), ("AssertionError", "Exception"), ("AttributeError", "Exception"),
    ("BufferError", "Exception"), ("EOFError", "Exception"), ("ImportError", "Exception"), ("LookupError", "Exception"),
    ("MemoryError", "Exception"), ("NameError", "Exception"), ("OSError", "Exception"), ("ReferenceError", "Exception"),
    ("RuntimeError", "Exception"), ("StopAsyncIteration", "Exception"), ("StopIteration", "Exception"),
    ("SyntaxError", "Exception"), ("SystemError", "Exception"), ("TypeError", "Exception"), ("ValueError", "Exception"),
    ("Warning", "Exception"),
    ("FloatingPointError", "ArithmeticError"), ("OverflowError", "ArithmeticError"),
    ("ZeroDivisionError", "ArithmeticError"), ("ModuleNotFoundError", "ImportError"), ("IndexError", "LookupError"),
    ("KeyError", "LookupError"), ("UnboundLocalError", "NameError"), ("BlockingIOError", "OSError"),
    ("ChildProcessError", "OSError"), ("ConnectionError", "OSError"), ("FileExistsError", "OSError"),
    ("FileNotFoundError", "OSError"), ("InterruptedError", "OSError"), ("IsADirectoryError", "OSError"),
    ("NotADirectoryError", "OSError"), ("PermissionError", "OSError"), ("ProcessLookupError", "OSError"),
    ("TimeoutError", "OSError"), ("BrokenPipeError", "ConnectionError"), ("ConnectionAbortedError", "ConnectionError"),
    ("ConnectionRefusedError", "ConnectionError"), ("ConnectionResetError", "ConnectionError"),
    ("NotImplementedError", "RuntimeError"), ("RecursionError", "RuntimeError"), ("IndentationError", "SyntaxError"),
    ("TabError", "IndentationError"), ("UnicodeError", "ValueError"), ("UnicodeDecodeError", "UnicodeError"),
    ("UnicodeEncodeError", "UnicodeError"), ("UnicodeTranslateError", "UnicodeError"),
    ("BytesWarning", "Warning"), ("DeprecationWarning", "Warning"), ("EncodingWarning", "Warning"),
    ("FutureWarning", "Warning"), ("ImportWarning", "Warning"), ("PendingDeprecationWarning", "Warning"),
    ("ResourceWarning", "Warning"), ("RuntimeWarning", "Warning"), ("SyntaxWarning", "Warning"),
    ("UnicodeWarning", "Warning"), ("UserWarning", "Warning"),
    // Of the standard library: their modules hand them out, they are no built-in names.
    ("FrozenInstanceError", "AttributeError"), ("struct.error", "Exception"), ("zlib.error", "Exception"),
    ("binascii.Error", "ValueError"), ("binascii.Incomplete", "Exception"), ("_csv.Error", "Exception"),
];

/// The built-in exception classes that are names of every program.
pub fn exception_names() -> impl Iterator<Item = &'static str> {
    EXCEPTIONS.iter().map(|(name, _)| *name).filter(|name| module_of(name) == "builtins")
}

fn module_of(name: &'static str) -> &'static str {
    if let Some((module, _)) = name.split_once('.') {
        return module;
    }
    match name {
        "Counter" | "OrderedDict" => "collections",
        "EnumType" | "Enum" | "ReprEnum" | "IntEnum" | "StrEnum" | "Flag" | "IntFlag" | "auto" => "enum",
        "Generic" | "Protocol" | "_ProtocolMeta" => "typing",
        "ABC" | "ABCMeta" => "abc",
        "FrozenInstanceError" => "dataclasses",
        "_tuplegetter" => "_collections",
        "cached_property" => "functools",
        _ => "builtins",
    }
}

/// Are the classes of this module written in C in CPython, with the module in the names that messages show.
pub(super) fn is_native_module(module: &str, name: &str) -> bool {
    match module {
        "functools" => name != "cached_property",
        "itertools" | "_collections" | "operator" | "re" | "_struct" | "_csv" | "_hashlib" | "_blake2"
        | "sys" => true,
        "collections" => matches!(name, "OrderedDict" | "defaultdict" | "deque"),
        "types" => matches!(name, "GenericAlias" | "UnionType"),
        _ => false,
    }
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(make)
}

/// A reference to a class that lives as long as the process.
fn leak(class: Class) -> &'static Ref<Class> {
    Box::leak(Box::new(Ref::new(class)))
}

/// A built-in class with these bases.
pub(super) fn class(
    name: &str,
    module: &str,
    bases: Vec<Ref<Class>>,
    layout: &'static str,
    construct: Option<fn(&Args<'_>) -> Res>,
) -> Class {
    let mut mro_tail: Vec<Ref<Class>> = Vec::new();
    // No built-in class but the enums has two bases; for these, ancestors behind all that derive from them is C3.
    for base in bases.iter().flat_map(super::class::mro) {
        mro_tail.retain(|c| !Ref::ptr_eq(c, base));
        mro_tail.push(base.clone());
    }
    Class {
        name: name.into(),
        shown: if is_native_module(module, name) { format!("{module}.{name}").into() } else { name.into() },
        qualname: name.into(),
        module: module.into(),
        bases,
        mro_tail,
        attrs: OnceLock::new(),
        construct,
        layout,
        fields: RwLock::default(),
        is_builtin: true,
        slots: None,
        asks_itself: false,
        is_reordered: false.into(),
        table: OnceLock::new(),
        overlay: OnceLock::new(),
        is_open: false.into(),
        dataclass: OnceLock::new(),
        enum_info: OnceLock::new(),
        enum_making: OnceLock::new(),
        namedtuple: OnceLock::new(),
        orig_bases: OnceLock::new(),
        origin: OnceLock::new(),
    }
}

fn make() -> Table {
    let mut by_name: FxHashMap<&'static str, &'static Ref<Class>> = FxHashMap::default();
    for (name, bases, layout, construct) in CLASSES {
        let bases = bases.split_whitespace().filter_map(|b| by_name.get(b)).map(|b| (*b).clone()).collect();
        by_name.insert(name, leak(class(name, module_of(name), bases, layout, *construct)));
    }
    for (name, bases) in EXCEPTIONS {
        let bases = bases.split_whitespace().filter_map(|b| by_name.get(b)).map(|b| (*b).clone()).collect();
        let short = name.split_once('.').map_or(*name, |(_, short)| short);
        by_name.insert(name, leak(class(short, module_of(name), bases, "BaseException", None)));
    }
    let names = CLASSES.iter().map(|c| c.0).chain(EXCEPTIONS.iter().map(|e| e.0));
    for name in names {
        let _ = by_name[name].attrs.set(attributes(name));
    }
    let get = |name: &str| by_name[name];
    let by_tag = [
        "object",
        "NoneType",
        "ellipsis",
        "NotImplementedType",
        "bool",
        "int",
        "float",
        "builtin_function_or_method",
        "int",
        "complex",
        "str",
        "bytes",
        "tuple",
        "list",
        "dict",
        "set",
        "range",
        "slice",
        "function",
        "method",
        "type",
        "object",
        "generator",
        "dict_keys",
        "module",
        "cell",
        "object",
    ];
    Table {
        by_tag: by_tag.map(get),
        frozenset: get("frozenset"),
        counter: get("Counter"),
        ordered: get("OrderedDict"),
        views: ["dict_keys", "dict_values", "dict_items"].map(get),
        method_descriptor: get("method_descriptor"),
        wrapper_descriptor: get("wrapper_descriptor"),
        method_wrapper: get("method-wrapper"),
        by_name,
    }
}

/// The methods of the other owners' tables, the static ones, and the operator methods.
fn attributes(name: &'static str) -> Vec<(Str, Value)> {
    let mut all: Vec<(Str, Value)> = Vec::new();
    let mut add = |name: &str, value: Value| {
        if !all.iter().any(|(n, _)| n.as_str() == name) {
            all.push((name.into(), value));
        }
    };
    for method in slots::overriding(name) {
        add(method.name, Value::Builtin(method));
    }
    for key in ["from_bytes", "fromhex", "maketrans", "fromkeys"] {
        let found = crate::number::static_method(name, key)
            .or_else(|| crate::text::static_method(name, key))
            .or_else(|| crate::collections::static_method(name, key));
        if let Some(method) = found {
            add(key, super::descriptor::native_static(method));
        }
    }
    for method in crate::number::methods(name)
        .iter()
        .chain(crate::text::methods(name))
        .chain(crate::collections::methods(name))
    {
        add(method.name, Value::Builtin(method));
    }
    for (key, method) in slots::of(name) {
        add(key, method);
    }
    all
}

/// The class of any value: `type(x)`.
pub fn class_of(value: &Value) -> Ref<Class> {
    class_ref(value).clone()
}

/// As [`class_of`], borrowed.
pub fn class_ref(value: &Value) -> &Ref<Class> {
    let table = table();
    match value {
        Value::Instance(instance) => &instance.class,
        Value::Set(set) if set.frozen => table.frozenset,
        Value::Dict(dict) => match dict.flavour {
            DictFlavour::Plain => table.by_tag[14],
            DictFlavour::Counter => table.counter,
            DictFlavour::Ordered => table.ordered,
        },
        Value::View(view) => table.views[view.kind as usize],
        Value::Iter(iter) => {
            let name = iter.with(|i| Ok(i.type_name())).unwrap_or("generator");
            let is_sized = name.ends_with("iterator") && name != "callable_iterator";
            let layout = if is_sized { super::slots::LAYOUT_SIZED } else { super::slots::LAYOUT_ITER };
            named(name, layout, iterator_module(name))
        }
        Value::Host(host) => named(host.0.type_name(), "host", host.0.module()),
        Value::Builtin(builtin) if is_method(builtin) => {
            if is_wrapper(builtin) {
                table.wrapper_descriptor
            } else {
                table.method_descriptor
            }
        }
        Value::Builtin(builtin) if crate::ops::class_module(builtin).is_some() => table.by_tag[20],
        Value::Builtin(builtin) if crate::ops::is_written_in_python(builtin) => table.by_tag[18],
        Value::Method(method) => match method.func {
            Value::Builtin(builtin) if is_wrapper(builtin) => table.method_wrapper,
            Value::Builtin(_) => table.by_tag[7],
            Value::Func(ref func) => match c_calls::native_kind(func) {
                Some(NativeKind::Wrapper) => table.method_wrapper,
                Some(_) => table.by_tag[7],
                None => table.by_tag[19],
            },
            _ => table.by_tag[19],
        },
        Value::Func(func) => match c_calls::native_kind(func) {
            Some(NativeKind::Function) => table.by_tag[7],
            Some(NativeKind::Method) => table.method_descriptor,
            Some(NativeKind::Wrapper) => table.wrapper_descriptor,
            None => table.by_tag[18],
        },
        Value::Class(class) => super::enums::metaclass(class)
            .or_else(|| super::abstracts::metaclass(class))
            .unwrap_or(table.by_tag[20]),
        other => table.by_tag[other.tag() as usize],
    }
}

/// The module of an iterator's class.
fn iterator_module(name: &str) -> &'static str {
    match name {
        "accumulate"
        | "chain"
        | "combinations"
        | "combinations_with_replacement"
        | "compress"
        | "count"
        | "cycle"
        | "dropwhile"
        | "filterfalse"
        | "groupby"
        | "_grouper"
        | "islice"
        | "pairwise"
        | "permutations"
        | "product"
        | "repeat"
        | "starmap"
        | "takewhile"
        | "_tee"
        | "zip_longest" => "itertools",
        "reader" => "_csv",
        _ => "builtins",
    }
}

/// Is it a method of a built-in type, to be called with its receiver first.
pub fn is_method(builtin: &'static Builtin) -> bool {
    if is_of_iterator(builtin) {
        return true;
    }
    !builtin.owner.is_empty()
        && builtin_opt(builtin.owner)
            .and_then(|class| class.lookup(builtin.name))
            .is_some_and(|v| matches!(v, Value::Builtin(b) if std::ptr::eq(*b, builtin)))
}

/// Is it a method of the iterators, which share one table whatever their classes are called.
pub(super) fn is_of_iterator(builtin: &Builtin) -> bool {
    matches!(builtin.owner, super::slots::LAYOUT_ITER | super::slots::LAYOUT_SIZED)
}

/// A class that is known by the name of its values' type only: those of iterators and native objects.
pub(super) fn named(name: &str, layout: &'static str, module: &str) -> &'static Ref<Class> {
    type Made = FxHashMap<(String, String), &'static Ref<Class>>;
    static MADE: OnceLock<RwLock<Made>> = OnceLock::new();
    if module == "builtins"
        && let Some(class) = table().by_name.get(name)
    {
        return class;
    }
    let made = MADE.get_or_init(RwLock::default);
    let key = (module.to_owned(), name.to_owned());
    if let Some(class) = made.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return class;
    }
    let mut made = made.write().unwrap_or_else(PoisonError::into_inner);
    made.entry(key).or_insert_with(|| {
        let class = class(name, module, vec![builtin("object")], layout, None);
        let _ =
            class.attrs.set(slots::of_named(layout, name).into_iter().map(|(n, v)| (n.into(), v)).collect());
        leak(class)
    })
}

/// A built-in class by name: `int`, `ValueError`, `object`. A programming error where there is none.
pub fn builtin(name: &str) -> Ref<Class> {
    match builtin_opt(name) {
        Some(class) => class.clone(),
        None => unreachable!("there is no built-in class `{name}`"),
    }
}

/// The name that [`builtin_opt`] finds a class by: for some of the standard library, their module stands before it.
pub fn builtin_name(class: &Ref<Class>) -> Option<&'static str> {
    let names = &table().by_name;
    let is_it = |found: Option<(&&'static str, &&'static Ref<Class>)>| {
        found.filter(|(_, c)| Ref::ptr_eq(c, class)).map(|(name, _)| *name)
    };
    is_it(names.get_key_value(class.name.as_str()))
        .or_else(|| is_it(names.get_key_value(&*format!("{}.{}", class.module, class.name))))
}

/// A built-in class by name, if there is one.
pub fn builtin_opt(name: &str) -> Option<&'static Ref<Class>> {
    table().by_name.get(name).copied()
}
