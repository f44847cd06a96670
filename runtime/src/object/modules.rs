//! The modules of the standard library that are about classes: `dataclasses`, `enum`, `typing`.

use super::class::builtin;
use super::{Module, abstracts, dataclass, dataclass_functions, enums, typing};
use crate::value::Str;
use crate::{Ref, Value};
use std::sync::OnceLock;

/// The names that [`module`] knows.
pub const NAMES: &[&str] = &["abc", "dataclasses", "enum", "typing"];

/// What CPython has in modules of the standard library, and Afar has not: what they import from others, too.
#[rustfmt::skip]
const ABSENT: &[(&str, &str)] = &[
    ("abc", "abstractclassmethod abstractproperty abstractstaticmethod get_cache_token"),
    ("enum", "bin global_enum global_enum_repr global_flag_repr global_str pickle_by_enum_name \
              pickle_by_global_name show_flag_values"),
    ("csv", "StringIO re"),
    ("dataclasses", "FunctionType GenericAlias abc builtins copy functools inspect itertools keyword re sys types"),
    ("enum", "DynamicClassAttribute MappingProxyType bltns reduce sys"),
    ("fractions", "Decimal numbers re sys"),
    ("functools", "GenericAlias RLock get_cache_token namedtuple recursive_repr"),
    ("re", "copyreg functools"),
    ("statistics", "defaultdict groupby mul numbers random"),
    ("base64", "MAXBINSIZE MAXLINESIZE binascii bytes_types main re struct test"),
    ("datetime", "datetime_CAPI sys"),
    ("hashlib", "algorithms_available"),
    ("json", "codecs decoder detect_encoding encoder scanner"),
    ("re", "Scanner"),
    ("unicodedata", "UCD ucd_3_2_0"),
    ("zlib", "ZLIB_RUNTIME_VERSION ZLIB_VERSION"),
    (
        "typing",
        "ABCMeta EXCLUDED_ATTRIBUTES GenericAlias MethodDescriptorType MethodWrapperType NamedTupleMeta \
         WrapperDescriptorType abstractmethod collections contextlib defaultdict functools io operator re stdlib_re sys \
         types warnings",
    ),
];

/// The `__all__` of the modules that have no other list.
#[rustfmt::skip]
const ALL: &[(&str, &[&str])] = &[
    (
        "dataclasses",
        &[
        "dataclass", "field", "Field", "FrozenInstanceError", "InitVar", "KW_ONLY", "MISSING", "fields",
        "asdict", "astuple", "make_dataclass", "replace", "is_dataclass",
        ],
    ),
    (
        "enum",
        &[
        "EnumType", "EnumMeta", "Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "ReprEnum", "auto",
        "unique", "property", "verify", "member", "nonmember", "FlagBoundary", "STRICT", "CONFORM", "EJECT",
        "KEEP", "global_flag_repr", "global_enum_repr", "global_str", "global_enum", "EnumCheck",
        "CONTINUOUS", "NAMED_FLAGS", "UNIQUE", "pickle_by_global_name", "pickle_by_enum_name",
        ],
    ),
];

/// Is it a name that CPython's module has, and ours has not.
pub fn is_absent(module: &Module, name: &str) -> bool {
    module.file.is_none()
        && ABSENT
            .iter()
            .any(|(m, names)| *m == module.name.as_str() && names.split_whitespace().any(|n| n == name))
}

/// One of these modules.
pub fn module(name: &str) -> Option<Ref<Module>> {
    static MADE: OnceLock<Vec<Ref<Module>>> = OnceLock::new();
    let made = MADE.get_or_init(|| NAMES.iter().map(|name| make(name)).collect());
    made.iter().find(|m| m.name.as_str() == name).cloned()
}

fn make(name: &str) -> Ref<Module> {
    let attrs = match name {
        "abc" => abstracts::module(),
        "dataclasses" => dataclasses(),
        "enum" => enums::module(),
        _ => typing_names(),
    };
    let mut attrs = attrs;
    if let Some((_, all)) = ALL.iter().find(|(module, _)| *module == name) {
        attrs.push(("__all__".into(), Value::list(all.iter().map(|name| Value::str(*name)).collect())));
    }
    Ref::new(Module::new(name, attrs))
}

fn dataclasses() -> Vec<(Str, Value)> {
    let mut all: Vec<(Str, Value)> = vec![
        ("dataclass".into(), Value::Builtin(&dataclass::DATACLASS)),
        ("field".into(), Value::Builtin(&dataclass::FIELD)),
        ("FrozenInstanceError".into(), Value::Class(builtin("FrozenInstanceError"))),
        ("Field".into(), Value::Class(super::table::named("Field", "host", "dataclasses").clone())),
        ("InitVar".into(), typing::init_var()),
        ("KW_ONLY".into(), typing::marker("KW_ONLY")),
        ("MISSING".into(), dataclass::missing()),
    ];
    all.extend(dataclass_functions::FUNCTIONS.iter().map(|f| (f.name.into(), Value::Builtin(f))));
    all
}

fn typing_names() -> Vec<(Str, Value)> {
    let names = typing::NAMES.iter().map(|name| Value::str(*name)).collect();
    let mut all: Vec<(Str, Value)> = vec![("__all__".into(), Value::list(names))];
    all.extend(typing::FORMS.iter().map(|form| (form.name().into(), typing::form(form))));
    for (name, class) in [("Generic", "Generic"), ("Protocol", "Protocol"), ("Text", "str")] {
        all.push((name.into(), Value::Class(builtin(class))));
    }
    for name in ["AnyStr", "T", "KT", "VT", "T_co", "V_co", "VT_co", "T_contra", "CT_co"] {
        all.push((name.into(), typing::named_variable(name)));
    }
    let functions = typing::FUNCTIONS.iter().chain(typing::VARIABLES);
    all.extend(functions.map(|f| (f.name.into(), Value::Builtin(f))));
    all.push(("TYPE_CHECKING".into(), Value::Bool(false)));
    all
}
