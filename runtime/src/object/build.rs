//! What the statement `class` does: bases, MRO, attributes, and the hooks of enums, named tuples and subclasses.

use super::class::{Class, Origin, builtin, unwrap};
use super::descriptor::{self, Descriptor};
use super::{Func, abstracts, call, enums, exception, namedtuple, typing};
use crate::value::{Args, Str};
use crate::{Fault, Ref, Res, Value, ops};
use std::sync::atomic::Ordering;
use std::sync::{OnceLock, RwLock};

/// The names that the body of a class bound, in the order of first binding, with their last values.
pub type Namespace = Vec<(Str, Value)>;

/// Under which name a namespace holds the names that the body bound more than once, where there are any.
pub const REBOUND: &str = "(rebound)";
/// Under which name a namespace says that functions in it ask for the class.
pub const ASKS_ITSELF: &str = "(asks itself)";

/// What stands before the name under which a namespace holds the first value of a name that is bound more than once.
pub const FIRST: &str = "(first)";
/// What stands before the name of an annotation that was evaluated where it stands.
pub const ANNOTATED: &str = "(annotated)";

/// Makes a class of the program.
///
/// `namespace` may hold `__annotations__` (a dict with the annotated names in order), `__doc__` and `__slots__`. The
/// functions of the body, also those in properties, static and class methods, get the class as their owner.
/// `keywords` go to `__init_subclass__`.
pub fn build(
    name: Str,
    qualname: Str,
    module: Str,
    bases: Vec<Value>,
    namespace: Namespace,
    keywords: Vec<(Str, Value)>,
) -> Res {
    let (mut namespace, mut keywords) = (namespace, keywords);
    let mut names = Names::new(name, qualname, module, &mut namespace)?;
    if bases.iter().any(namedtuple::is_named_tuple_base) {
        return namedtuple::build_class(names, &bases, namespace);
    }
    if bases.iter().any(typing::is_typed_dict_base) {
        let names = [names.name, names.qualname, names.module];
        return typing::build_typed_dict(names, &bases, &namespace, &keywords);
    }
    if let Some(at) = keywords.iter().position(|(k, _)| k.as_str() == "metaclass") {
        let (_, meta) = keywords.remove(at);
        let is = |name: &str| matches!(&meta, Value::Class(c) if c.is_builtin && c.name.as_str() == name);
        names.is_abstract = is("ABCMeta");
        if !is("type") && !is("ABCMeta") {
            return Err(Fault::not_pure("a `metaclass` of the program's own is not there"));
        }
    }
    let written = bases;
    let bases = resolve_bases(&written)?;
    if bases.iter().any(|base| enums::is_enum(base)) {
        return enums::build_class(names, bases, namespace, keywords);
    }
    implicit_methods(&mut namespace);
    let body = names.body.clone();
    let is_abstract = names.is_abstract || bases.iter().any(abstracts::is_abstract);
    let class = Ref::new(prepare(names, bases, &mut namespace)?);
    if is_abstract {
        abstracts::list_methods(&class, &mut namespace)?;
    }
    set_attributes(&class, &body, namespace);
    typing::check_bases(&class, written)?;
    name_attributes(&class)?;
    class.is_open.store(true, Ordering::Relaxed);
    let told = tell_ancestors(&class, &keywords);
    class.is_open.store(false, Ordering::Relaxed);
    told?;
    Ok(Value::Class(class))
}

/// What a class is called.
pub(super) struct Names {
    /// `__name__`.
    pub(super) name: Str,
    /// `__qualname__`.
    pub(super) qualname: Str,
    /// `__module__`.
    pub(super) module: Str,
    /// What the names of the functions in its body begin with, whatever the body says of `__qualname__`.
    pub(super) body: Str,
    /// Is its class `ABCMeta`, because the statement says so.
    pub(super) is_abstract: bool,
    /// The names that the body bound more than once: no members of an enum can be among them.
    pub(super) rebound: Value,
    /// The first values of those.
    pub(super) firsts: Namespace,
    /// Do its functions ask for the class that they stand in.
    pub(super) asks_itself: bool,
}

impl Names {
    /// Those of the statement, with what its body says otherwise; takes that out of the namespace.
    fn new(name: Str, qualname: Str, module: Str, namespace: &mut Namespace) -> Res<Self> {
        let mut names = Self::plain(name, qualname, module);
        let mut take = |name: &str| {
            let at = namespace.iter().position(|(n, _)| n.as_str() == name);
            at.map(|at| namespace.remove(at).1)
        };
        names.rebound = take(REBOUND).unwrap_or(Value::None);
        names.asks_itself = take(ASKS_ITSELF).is_some();
        let (firsts, rest) = std::mem::take(namespace).into_iter().partition(|(n, _)| n.starts_with(FIRST));
        (names.firsts, *namespace) = (firsts, rest);
        let mut take = |name: &str| {
            let at = namespace.iter().position(|(n, _)| n.as_str() == name);
            at.map(|at| namespace.remove(at).1)
        };
        match take("__qualname__") {
            None => {}
            Some(Value::Str(qualname)) => names.qualname = qualname,
            Some(other) => {
                let ty = ops::type_name(&other);
                return Err(Fault::type_error(format!("type __qualname__ must be a str, not {ty}")));
            }
        }
        match take("__module__") {
            None => {}
            Some(Value::Str(module)) => names.module = module,
            Some(_) => return Err(Fault::not_pure("a `__module__` that is no text")),
        }
        Ok(names)
    }

    /// As for [`Names::new`], for a class that is not made by a statement.
    pub(super) fn plain(name: Str, qualname: Str, module: Str) -> Self {
        Self {
            body: qualname.clone(),
            name,
            qualname,
            module,
            rebound: Value::None,
            is_abstract: false,
            firsts: Vec::new(),
            asks_itself: false,
        }
    }

    /// Is it one of the library that CPython has in C.
    fn is_in_c(&self) -> bool {
        self.shown().contains('.')
    }

    /// What messages call an instance's type: CPython's classes that are written in C bring their module along.
    fn shown(&self) -> Str {
        match (self.module.as_str(), self.name.as_str()) {
            (
                "datetime",
                "date" | "time" | "datetime" | "timedelta" | "tzinfo" | "timezone" | "IsoCalendarDate",
            )
            | ("decimal", "Decimal" | "Context")
            | ("_csv", "writer")
            | ("collections", "deque" | "defaultdict") => format!("{}.{}", self.module, self.name).into(),
            _ => self.name.clone(),
        }
    }
}

/// The classes among the bases; what only annotates (`Generic[T]`, `Protocol`) is left out.
fn resolve_bases(bases: &[Value]) -> Res<Vec<Ref<Class>>> {
    let mut classes: Vec<Ref<Class>> = Vec::new();
    for (at, base) in bases.iter().enumerate() {
        match base {
            Value::Class(class) => {
                if classes.iter().any(|c| Ref::ptr_eq(c, class)) {
                    return Err(Fault::type_error(format!("duplicate base class {}", class.name)));
                }
                if class.is_builtin && class.is_subclass_of("type") {
                    return Err(Fault::not_pure(format!(
                        "a class that derives from `{}`: metaclasses of the program's own are not there",
                        class.full_name()
                    )));
                }
                if class.is_builtin && !can_be_base(class) {
                    return Err(Fault::type_error(format!(
                        "type '{}' is not an acceptable base type",
                        class.full_name()
                    )));
                }
                classes.push(class.clone());
            }
            other => match typing::bases_of(other, &bases[at + 1..])? {
                Some(some) => some.into_iter().for_each(|class| push_new(&mut classes, class)),
                None => return Err(no_class(other, bases)),
            },
        }
    }
    if classes.is_empty() {
        classes.push(builtin("object"));
    }
    Ok(classes)
}

/// Why a class cannot be derived from a value that is no class: CPython calls the type of the value to make it.
fn no_class(base: &Value, bases: &[Value]) -> Fault {
    if is_class_elsewhere(base) {
        return Fault::not_pure(format!(
            "a base of a class that is a `{}`, not a class",
            ops::type_name(base)
        ));
    }
    let args = [
        Value::str("X"),
        Value::tuple(bases.to_vec()),
        Value::Dict(Ref::new(crate::collections::Dict::new())),
    ];
    let maker = Value::Class(super::class_of(base));
    match call::call(&maker, &Args::positional(&args)) {
        Err(fault) => fault,
        Ok(_) => {
            Fault::not_pure(format!("a base of a class that is a `{}`, not a class", ops::type_name(base)))
        }
    }
}

/// May a function of the library be a class in CPython: those that are built-in names are not.
fn is_class_elsewhere(base: &Value) -> bool {
    match base {
        Value::Builtin(function) => {
            !matches!(crate::builtins::lookup(function.name), Some(Value::Builtin(found)) if std::ptr::eq(found, *function))
        }
        _ => false,
    }
}

/// The class of the class that such bases make, as CPython finds it among theirs.
fn check_metaclass(bases: &[Value], first: Option<Ref<Class>>) -> Res<()> {
    let metaclass = |base: &Value| match base {
        Value::Host(_) => builtin("type"),
        other => super::class_of(other),
    };
    let Some(mut winner) = first.or_else(|| bases.first().map(metaclass)) else { return Ok(()) };
    for base in bases {
        let meta = metaclass(base);
        if meta.is_subclass(&winner) {
            winner = meta;
        } else if !winner.is_subclass(&meta) {
            return Err(Fault::type_error(
                "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses \
                 of all its bases",
            ));
        }
    }
    Ok(())
}

/// What is wrong with the bases of a class before its body runs.
pub fn begin(name: &str, bases: &[Value]) -> Res<()> {
    if let Some(member @ Value::Instance(instance)) = bases.first()
        && enums::is_enum(&instance.class)
    {
        return Err(super::attr::missing(member, "__mro__"));
    }
    if bases.iter().any(|base| !matches!(base, Value::Class(_) | Value::Host(_)) && !is_class_elsewhere(base))
    {
        check_metaclass(bases, None)?;
    }
    let classes: Vec<Ref<Class>> =
        bases.iter().filter_map(|b| if let Value::Class(c) = b { Some(c.clone()) } else { None }).collect();
    if !classes.iter().any(|c| enums::is_enum(c)) {
        return Ok(());
    }
    check_metaclass(bases, None)?;
    enums::check_bases(name, &classes)
}

/// As [`begin`], for `type(name, bases, namespace)`.
pub(super) fn begin_by_type(bases: &[Value]) -> Res<()> {
    match bases.iter().find(|base| !matches!(base, Value::Class(_))) {
        Some(Value::Host(_)) => {
            Err(Fault::type_error("type() doesn't support MRO entry resolution; use types.new_class()"))
        }
        Some(_) => {
            check_metaclass(bases, Some(builtin("type")))?;
            Err(Fault::type_error("bases must be types"))
        }
        None => Ok(()),
    }
}

/// What generic types bring along may stand among the bases already.
fn push_new(classes: &mut Vec<Ref<Class>>, class: Ref<Class>) {
    if !classes.iter().any(|c| Ref::ptr_eq(c, &class)) {
        classes.push(class);
    }
}

fn can_be_base(class: &Class) -> bool {
    !matches!(
        class.name.as_str(),
        "bool"
            | "NoneType"
            | "ellipsis"
            | "NotImplementedType"
            | "function"
            | "builtin_function_or_method"
            | "method_descriptor"
            | "method"
            | "generator"
            | "range"
            | "slice"
            | "dict_keys"
            | "dict_values"
            | "dict_items"
    )
}

/// A class of the program that was made elsewhere, without its attributes; `fields` are those that its instances have.
pub fn restore(
    name: Str,
    qualname: Str,
    module: Str,
    bases: Vec<Ref<Class>>,
    slots: Option<Vec<Str>>,
    fields: Vec<Str>,
) -> Res<Class> {
    let mut class = prepare(Names::plain(name, qualname, module), bases, &mut Vec::new())?;
    class.slots = slots;
    class.fields = RwLock::new(fields);
    Ok(class)
}

/// A class of the program that was made elsewhere, from what it was made of there.
///
/// # Errors
///
/// What making it raises.
pub fn remake(name: Str, qualname: Str, module: Str, origin: &Origin) -> Res {
    let mut names = Names::plain(name, qualname, module);
    match &origin.fields {
        Some(fields) => {
            let (fields, defaults) = fields.iter().cloned().unzip();
            namedtuple::make(names, origin.bases.clone(), fields, defaults, origin.namespace.clone())
        }
        None => {
            names.rebound = origin.rebound.clone();
            enums::build_class(names, origin.bases.clone(), origin.namespace.clone(), origin.keywords.clone())
        }
    }
}

/// Do instances of classes that derive from it have a dict, whatever these say.
fn gives_dict(base: &Class) -> bool {
    if !base.is_builtin {
        return base.slots.is_none();
    }
    let is_own = base.module.as_str() == "builtins" && base.name.as_str() == base.layout;
    !(is_own && base.layout != "BaseException"
        || matches!(base.name.as_str(), "object" | "bool" | "Generic" | "Protocol" | "ABC"))
}

/// A class with everything but its attributes.
pub(super) fn prepare(names: Names, bases: Vec<Ref<Class>>, namespace: &mut Namespace) -> Res<Class> {
    let mro_tail = linearize(&bases)?;
    let layout = layout_of(&bases)?;
    if bases.len() > 1 {
        check_layouts(&bases)?;
    }
    let is_sized = matches!(layout, "int" | "tuple" | "bytes" | "type");
    if is_sized && has_slots(namespace)? {
        let base = &bases.iter().find(|b| b.layout == layout).unwrap_or(&bases[0]).name;
        return Err(Fault::type_error(format!("nonempty __slots__ not supported for subtype of '{base}'")));
    }
    let own_slots = slots(&names, namespace)?;
    let inherits_dict = bases.iter().any(|b| gives_dict(b));
    let slots = match own_slots {
        Some(mut own) if !inherits_dict => {
            own.extend(bases.iter().filter_map(|b| b.slots.as_ref()).flatten().cloned());
            Some(own)
        }
        _ => None,
    };
    // The names of the fields that a single base has seen keep their places: its methods work on the same slots.
    Ok(Class {
        shown: names.shown(),
        name: names.name,
        qualname: names.qualname,
        module: names.module,
        bases,
        mro_tail,
        attrs: OnceLock::new(),
        construct: None,
        layout,
        fields: RwLock::default(),
        is_builtin: false,
        asks_itself: names.asks_itself,
        slots,
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
    })
}

/// Gives the class its attributes; `body` is what the names of its own functions begin with.
pub(super) fn set_attributes(class: &Ref<Class>, body: &str, namespace: Namespace) {
    let value = Value::Class(class.clone());
    for (_, attribute) in &namespace {
        adopt(attribute, &value, body, 0);
    }
    let has = |name: &str| namespace.iter().any(|(n, _)| n.as_str() == name);
    let hides_hash = has("__eq__") && !has("__hash__");
    let mut attrs: Vec<(Str, Value)> = namespace;
    if hides_hash {
        attrs.push(("__hash__".into(), Value::None));
    }
    let _ = class.attrs.set(attrs);
}

/// Calls the `__set_name__` of the attributes that have one. What it writes is complete when it ends.
fn name_attributes(class: &Ref<Class>) -> Res<()> {
    for (name, attribute) in class.attrs.get().into_iter().flatten() {
        let Value::Instance(instance) = attribute else { continue };
        let Some(hook) = instance.class.special("__set_name__") else { continue };
        let args = [Value::Class(class.clone()), Value::Str(name.clone())];
        let was_open = instance.reopen();
        let result = call::call_attr(hook, attribute, &Args::positional(&args));
        if was_open {
            instance.seal();
        }
        let Err(fault) = result else { continue };
        let Some(cause) = fault.as_exception() else { return Err(fault) };
        let made = Fault::exception(
            "RuntimeError",
            format!(
                "Error calling __set_name__ on '{}' instance '{name}' in '{}'",
                instance.class.name, class.name
            ),
        );
        if let Some(raised) = made.as_exception() {
            exception::set_cause(raised, cause)?;
            exception::set_context(raised, cause);
        }
        return Err(made);
    }
    Ok(())
}

/// Calls the `__init_subclass__` of the nearest ancestor.
pub(super) fn tell_ancestors(class: &Ref<Class>, keywords: &[(Str, Value)]) -> Res<()> {
    let parent = class.mro_tail.iter().find_map(|c| c.own("__init_subclass__"));
    if let Some(hook) = parent {
        let bound = super::attr::bind(hook, None, class)?;
        call::call(&bound, &Args { pos: &[], kw: keywords })?;
    }
    Ok(())
}

/// `__init_subclass__` and `__class_getitem__` are class methods, `__new__` is static, without being marked.
pub(super) fn implicit_methods(namespace: &mut Namespace) {
    for (name, value) in namespace {
        if !matches!(value, Value::Func(_)) {
            continue;
        }
        match name.as_str() {
            "__init_subclass__" | "__class_getitem__" => *value = descriptor::classmethod(value.clone()),
            "__new__" => *value = descriptor::staticmethod(value.clone()),
            _ => {}
        }
    }
}

/// Tells a function, and those it wraps, in whose body it was defined.
fn adopt(value: &Value, class: &Value, qualname: &str, depth: usize) {
    const MAX_WRAPPERS: usize = 8;
    if depth > MAX_WRAPPERS {
        return;
    }
    match value {
        Value::Func(func) => adopt_func(func, class, qualname, depth),
        Value::Method(method) => adopt(&method.func, class, qualname, depth + 1),
        Value::Cell(cell) => adopt(&cell.get(), class, qualname, depth + 1),
        Value::Instance(_) => match descriptor::of(value) {
            Some(Descriptor::Property { get, set, delete, .. }) => {
                for part in [get, set, delete] {
                    adopt(part, class, qualname, depth + 1);
                }
            }
            Some(Descriptor::Static(inner) | Descriptor::Class(inner) | Descriptor::Lazy(inner)) => {
                adopt(inner, class, qualname, depth + 1);
            }
            _ => {}
        },
        Value::Host(host) => {
            if let Some(inner) = host.0.wrapped() {
                adopt(&inner, class, qualname, depth + 1);
            }
        }
        _ => {}
    }
}

fn adopt_func(func: &Ref<Func>, class: &Value, qualname: &str, depth: usize) {
    let is_own = func
        .info
        .qualname
        .strip_prefix(qualname)
        .and_then(|rest| rest.strip_prefix('.'))
        .is_some_and(|rest| !rest.contains('.'));
    if is_own {
        let _ = func.owner.set(class.clone());
        return;
    }
    // A decorator's wrapper holds the method among what it captured.
    for captured in &func.captures {
        if matches!(captured, Value::Func(_) | Value::Cell(_) | Value::Host(_)) {
            adopt(captured, class, qualname, depth + 1);
        }
    }
}

/// The names in `__slots__`, each of which gets its descriptor.
fn slots(names: &Names, namespace: &mut Namespace) -> Res<Option<Vec<Str>>> {
    let Some(at) = namespace.iter().position(|(n, _)| n.as_str() == "__slots__") else {
        return Ok(None);
    };
    let given = match unwrap(&namespace[at].1) {
        one @ Value::Str(_) => vec![one.clone()],
        many => ops::collect(many)?,
    };
    // A class in C has no such attribute, and its names are hidden: none is one that a program could write.
    let is_in_c = names.is_in_c();
    if is_in_c {
        namespace.remove(at);
    }
    let mut all = Vec::with_capacity(given.len());
    for name in given {
        let Value::Str(name) = &name else {
            return Err(Fault::type_error(format!(
                "__slots__ items must be strings, not '{}'",
                ops::type_name(&name)
            )));
        };
        if !is_in_c && !is_identifier(name) {
            return Err(Fault::type_error("__slots__ must be identifiers"));
        }
        if name.as_str() == "__dict__" {
            return Ok(None);
        }
        let name = &mangled(&names.name, name);
        if namespace.iter().any(|(n, _)| n == name) {
            return Err(Fault::value_error(format!("'{name}' in __slots__ conflicts with class variable")));
        }
        namespace.push((name.clone(), descriptor::slot(name.clone())));
        all.push(name.clone());
    }
    Ok(Some(all))
}

fn is_identifier(name: &str) -> bool {
    let is_part = |c: char| c == '_' || c.is_alphanumeric();
    name.chars().all(is_part) && name.chars().next().is_some_and(|c| !c.is_numeric())
}

/// A private name, as the body of the class has it.
fn mangled(class: &str, name: &Str) -> Str {
    let class = class.trim_start_matches('_');
    if name.starts_with("__") && !name.ends_with("__") && !class.is_empty() {
        format!("_{class}{name}").into()
    } else {
        name.clone()
    }
}

/// Does a body name any slots.
fn has_slots(namespace: &Namespace) -> Res<bool> {
    match namespace.iter().find(|(n, _)| n.as_str() == "__slots__") {
        Some((_, Value::Str(_))) => Ok(true),
        Some((_, given)) => Ok(ops::iter(given).is_ok() && !ops::collect(given)?.is_empty()),
        None => Ok(false),
    }
}

/// The class on the way up from this one that last added something to the layout of its instances.
fn solid(class: &Ref<Class>) -> Option<Ref<Class>> {
    if class.is_builtin {
        // Of the exceptions, these have more than the others.
        const LARGER: [&str; 9] = [
            "BaseExceptionGroup",
            "OSError",
            "ImportError",
            "NameError",
            "AttributeError",
            "StopIteration",
            "SystemExit",
            "SyntaxError",
            "UnicodeError",
        ];
        let is_larger = |c: &&Ref<Class>| c.layout != "BaseException" || LARGER.contains(&c.name.as_str());
        let root = || super::class::mro(class).find(|c| c.name.as_str() == "BaseException");
        let found = super::class::mro(class).find(is_larger).filter(|c| !c.layout.is_empty());
        return found.or_else(root).filter(|c| !c.layout.is_empty()).cloned();
    }
    let base = class.bases.iter().find_map(solid);
    // A class in C has no `__slots__` to show.
    let has_slots = |c: &Ref<Class>| {
        c.own("__slots__").is_some() || c.shown.contains('.') || c.dataclass.get().is_some_and(|d| d.slots)
    };
    let has_dict = |c: &Ref<Class>| !c.is_builtin && !has_slots(c);
    let own = has_slots(class)
        && class.attrs.get().is_some_and(|attrs| {
            attrs.iter().any(|(_, v)| matches!(descriptor::of(v), Some(descriptor::Descriptor::Slot(_))))
        });
    let own = own || class.dataclass.get().is_some_and(|d| d.slots && !d.fields.is_empty());
    let is_sized = matches!(class.layout, "int" | "tuple" | "bytes");
    let adds_dict = is_sized && has_dict(class) && !class.mro_tail.iter().any(has_dict);
    if own || adds_dict { Some(class.clone()) } else { base }
}

/// Refuses bases whose instances are laid out differently.
fn check_layouts(bases: &[Ref<Class>]) -> Res<()> {
    let mut winner: Option<Ref<Class>> = None;
    for found in bases.iter().filter_map(solid) {
        match &winner {
            Some(known) if known.is_subclass(&found) => {}
            Some(known) if !found.is_subclass(known) => {
                return Err(Fault::type_error("multiple bases have instance lay-out conflict"));
            }
            _ => winner = Some(found),
        }
    }
    Ok(())
}

/// The one built-in layout that the bases agree on.
fn layout_of(bases: &[Ref<Class>]) -> Res<&'static str> {
    let mut layout = "";
    for base in bases {
        if base.layout.is_empty() || base.layout == layout {
            continue;
        }
        if !layout.is_empty() {
            return Err(Fault::type_error("multiple bases have instance lay-out conflict"));
        }
        layout = base.layout;
    }
    Ok(layout)
}

/// The C3 order of the ancestors.
fn linearize(bases: &[Ref<Class>]) -> Res<Vec<Ref<Class>>> {
    let mut sequences: Vec<Vec<Ref<Class>>> =
        bases.iter().map(|b| super::class::mro(b).cloned().collect()).collect();
    sequences.push(bases.to_vec());
    let mut out = Vec::new();
    loop {
        sequences.retain(|s| !s.is_empty());
        if sequences.is_empty() {
            return Ok(out);
        }
        let in_tail = |c: &Ref<Class>| sequences.iter().any(|s| s[1..].iter().any(|d| Ref::ptr_eq(c, d)));
        let Some(next) = sequences.iter().map(|s| s[0].clone()).find(|c| !in_tail(c)) else {
            let mut heads: Vec<String> = Vec::new();
            for sequence in &sequences {
                if !heads.iter().any(|h| *h == sequence[0].name.as_str()) {
                    heads.push(sequence[0].name.to_string());
                }
            }
            return Err(Fault::type_error(format!(
                "Cannot create a consistent method resolution\norder (MRO) for bases {}",
                heads.join(", ")
            )));
        };
        for sequence in &mut sequences {
            if Ref::ptr_eq(&sequence[0], &next) {
                sequence.remove(0);
            }
        }
        out.push(next);
    }
}

/// The annotated names of a class body, in order, with the values of those that have one.
pub(super) fn annotated(namespace: &[(Str, Value)]) -> Vec<(Str, Option<Value>)> {
    let Some((_, Value::Dict(dict))) = namespace.iter().find(|(n, _)| n.as_str() == "__annotations__") else {
        return Vec::new();
    };
    dict.iter()
        .filter_map(|(key, _)| match key {
            Value::Str(name) => Some(name.clone()),
            _ => None,
        })
        .map(|name| {
            let value = namespace.iter().find(|(n, _)| *n == name).map(|(_, v)| v.clone());
            (name, value)
        })
        .collect()
}
