//! `dataclasses`: the decorator, and what it puts into a class.
//!
//! The functions over instances (`replace`, `asdict`, ...) stand in [`super::dataclass_functions`].

mod methods;

use super::class::{Attrs, Class, class_ref, mro};
use super::native_method::NativeMethod;
use super::{Host, HostObject, Remake, attr, construct};
use crate::ops::{self, CmpOp};
use crate::value::{Args, Builtin, Str};
use crate::{Fault, Ref, Res, Value};
use methods::{Init, State, init_signature, run_eq, run_hash, run_init, run_order, run_repr, run_setattr};
use std::any::Any;
use std::sync::Arc;

/// What a field is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// It is stored.
    Field,
    /// `InitVar`: only handed to `__post_init__`.
    InitVar,
}

/// A field.
#[derive(Clone)]
pub struct Field {
    /// Its name; empty before the class is processed.
    pub name: Str,
    /// What it is for.
    pub kind: FieldKind,
    /// Its annotation, as text.
    pub ty: Value,
    /// The module in which it was annotated.
    pub module: Str,
    /// The default, [`Value::Unbound`] where there is none.
    pub default: Value,
    /// Makes the default, [`Value::Unbound`] where there is none.
    pub factory: Value,
    /// Is it a parameter of `__init__`.
    pub init: bool,
    /// Is it shown.
    pub repr: bool,
    /// Does it take part in the hash; where not said, as `compare` says.
    pub hash: Option<bool>,
    /// Is it compared.
    pub compare: bool,
    /// `metadata`.
    pub metadata: Value,
    /// Is it a keyword-only parameter; not known before the class is processed.
    pub kw_only: Option<bool>,
}

/// What `dataclass` knows of a class.
pub struct DataclassInfo {
    /// All fields, those of bases first.
    pub fields: Vec<Field>,
    /// Was it made with `frozen=True`.
    pub frozen: bool,
    /// Was it made with `slots=True`.
    pub slots: bool,
}

/// The options of the decorator.
#[derive(Clone, Copy)]
struct Options {
    init: bool,
    repr: bool,
    eq: bool,
    order: bool,
    unsafe_hash: bool,
    frozen: bool,
    match_args: bool,
    kw_only: bool,
    slots: bool,
    weakref_slot: bool,
}

impl Options {
    /// The call of the decorator with these options.
    fn call(self) -> Remake {
        let given = [
            self.init,
            self.repr,
            self.eq,
            self.order,
            self.unsafe_hash,
            self.frozen,
            self.match_args,
            self.kw_only,
            self.slots,
            self.weakref_slot,
        ];
        let kw = OPTIONS.iter().zip(given).map(|(name, on)| (Str::new(name), Value::Bool(on))).collect();
        Remake { func: Value::Builtin(&DATACLASS), pos: Vec::new(), kw }
    }
}

/// `dataclasses.dataclass`.
pub static DATACLASS: Builtin = Builtin { name: "dataclass", owner: "", call: dataclass };

/// `dataclasses.field`.
pub static FIELD: Builtin = Builtin { name: "field", owner: "", call: field };

/// A field object, as `field()` makes it and `fields()` gives it.
pub struct FieldObject(pub Field);

impl HostObject for FieldObject {
    fn type_name(&self) -> &str {
        "Field"
    }

    fn module(&self) -> &str {
        "dataclasses"
    }

    fn repr(&self) -> Res<String> {
        Err(Fault::not_pure("the repr of a `Field` shows addresses"))
    }

    fn get_attr(&self, _this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        let or_missing = |v: &Value| if v.is_bound() { v.clone() } else { missing() };
        let f = &self.0;
        Ok(Some(match name {
            "name" => Value::Str(f.name.clone()),
            "type" => super::annotations::value_of(&f.module, &f.ty, None)?,
            "default" => or_missing(&f.default),
            "default_factory" => or_missing(&f.factory),
            "init" => Value::Bool(f.init),
            "repr" => Value::Bool(f.repr),
            "hash" => f.hash.map_or(Value::None, Value::Bool),
            "compare" => Value::Bool(f.compare),
            "metadata" => f.metadata.clone(),
            "kw_only" => f.kw_only.map_or_else(missing, Value::Bool),
            _ => return Ok(None),
        }))
    }

    fn remake(&self) -> Option<Remake> {
        // One that a class has made its own knows a name and a type, which no call gives it.
        let field = &self.0;
        if !field.name.is_empty() {
            return None;
        }
        let mut kw = Vec::new();
        let mut add = |name: &str, value: Value| kw.push((Str::new(name), value));
        if field.default.is_bound() {
            add("default", field.default.clone());
        }
        if field.factory.is_bound() {
            add("default_factory", field.factory.clone());
        }
        add("init", Value::Bool(field.init));
        add("repr", Value::Bool(field.repr));
        add("hash", field.hash.map_or(Value::None, Value::Bool));
        add("compare", Value::Bool(field.compare));
        add("metadata", field.metadata.clone());
        if let Some(kw_only) = field.kw_only {
            add("kw_only", Value::Bool(kw_only));
        }
        Some(Remake { func: Value::Builtin(&FIELD), pos: Vec::new(), kw })
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `MISSING`, the one.
pub fn missing() -> Value {
    static MISSING: std::sync::OnceLock<Value> = std::sync::OnceLock::new();
    MISSING.get_or_init(|| super::typing::marker("MISSING")).clone()
}

fn given(value: Option<&Value>) -> Value {
    match value {
        Some(value) if !super::typing::is_marker(value, "MISSING") => value.clone(),
        _ => Value::Unbound,
    }
}

fn flag(value: Option<&Value>, default: bool) -> Res<bool> {
    value.map_or(Ok(default), ops::truthy)
}

/// `field(*, default, default_factory, init, repr, hash, compare, metadata, kw_only)`.
fn field(args: &Args<'_>) -> Res {
    const NAMES: [&str; 8] =
        ["default", "default_factory", "init", "repr", "hash", "compare", "metadata", "kw_only"];
    args.bind_python("field", NAMES, 0, 0)?;
    let part = |name: &str| args.kw.iter().find(|(k, _)| k.as_str() == name).map(|(_, v)| v);
    let (default, factory) = (given(part("default")), given(part("default_factory")));
    if default.is_bound() && factory.is_bound() {
        return Err(Fault::value_error("cannot specify both default and default_factory"));
    }
    let kw_only = match given(part("kw_only")) {
        Value::Unbound => None,
        value => Some(ops::truthy(&value)?),
    };
    let hash = match part("hash") {
        None | Some(Value::None) => None,
        Some(value) => Some(ops::truthy(value)?),
    };
    let metadata = match part("metadata") {
        None | Some(Value::None) => Value::Dict(Ref::new(crate::collections::Dict::new())),
        Some(value) => value.clone(),
    };
    Ok(Host::value(FieldObject(Field {
        name: Str::new(""),
        kind: FieldKind::Field,
        ty: Value::None,
        module: Str::new(""),
        default,
        factory,
        init: flag(part("init"), true)?,
        repr: flag(part("repr"), true)?,
        hash,
        compare: flag(part("compare"), true)?,
        metadata,
        kw_only,
    })))
}

/// What may be said of how a data class is made.
pub(super) const OPTIONS: [&str; 10] = [
    "init",
    "repr",
    "eq",
    "order",
    "unsafe_hash",
    "frozen",
    "match_args",
    "kw_only",
    "slots",
    "weakref_slot",
];

/// `dataclass(cls)`, `dataclass(frozen=True)`.
fn dataclass(args: &Args<'_>) -> Res {
    if let Some((key, _)) = args.kw.iter().find(|(k, _)| !OPTIONS.contains(&k.as_str())) {
        return Err(Fault::type_error(format!("dataclass() got an unexpected keyword argument '{key}'")));
    }
    let part = |name: &str, default: bool| {
        flag(args.kw.iter().find(|(k, _)| k.as_str() == name).map(|(_, v)| v), default)
    };
    let options = Options {
        init: part("init", true)?,
        repr: part("repr", true)?,
        eq: part("eq", true)?,
        order: part("order", false)?,
        unsafe_hash: part("unsafe_hash", false)?,
        frozen: part("frozen", false)?,
        match_args: part("match_args", true)?,
        kw_only: part("kw_only", false)?,
        slots: part("slots", false)?,
        weakref_slot: part("weakref_slot", false)?,
    };
    match args.pos {
        [] | [Value::None] => Ok(NativeMethod::value("", "wrap", options, |options, args| {
            args.count("wrap", 1, 1)?;
            process_value(&args.pos[0], *options)
        })),
        [class] => process_value(class, options),
        more => Err(Fault::type_error(format!(
            "dataclass() takes from 0 to 1 positional arguments but {} were given",
            more.len()
        ))),
    }
}

fn process_value(class: &Value, options: Options) -> Res {
    match class {
        Value::Class(inner) if inner.is_builtin => Err(Fault::type_error(format!(
            "cannot set '__dataclass_params__' attribute of immutable type '{}'",
            inner.shown
        ))),
        Value::Class(inner) => {
            process(inner, options)?;
            Ok(class.clone())
        }
        // What is asked of the class first, and is not there.
        other => {
            attr::get(other, "__module__")?;
            let is_fixed = matches!(other, Value::Builtin(_));
            Err(attr::missing(other, if is_fixed { "__dataclass_params__" } else { "__mro__" }))
        }
    }
}

/// The fields that the class itself declares, in order, and what becomes of its attributes.
fn own_fields(class: &Ref<Class>, options: Options, attrs: &mut Attrs) -> Res<Vec<Field>> {
    let namespace = class.attrs.get().map(Vec::as_slice).unwrap_or_default();
    let annotations = match namespace.iter().find(|(n, _)| n.as_str() == "__annotations__") {
        Some((_, Value::Dict(dict))) => dict.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
        _ => Vec::new(),
    };
    let mut kw_only = options.kw_only;
    let mut is_marked = false;
    let mut fields: Vec<Field> = Vec::new();
    let mut annotated: Vec<Str> = Vec::new();
    for (name, ty) in annotations {
        let Value::Str(name) = name else { continue };
        annotated.push(name.clone());
        if super::typing::annotates(&ty, "KW_ONLY") {
            if std::mem::replace(&mut is_marked, true) {
                let name = crate::text::repr_str(&name);
                return Err(Fault::type_error(format!(
                    "{name} is KW_ONLY, but KW_ONLY has already been specified"
                )));
            }
            kw_only = true;
            continue;
        }
        let given = class
            .own(&name)
            .filter(|v| !matches!(super::descriptor::of(v), Some(super::descriptor::Descriptor::Slot(_))));
        let field_object = match given {
            Some(Value::Host(host)) => host.downcast::<FieldObject>(),
            _ => None,
        };
        let mut field = match (field_object, given) {
            (Some(object), _) => {
                attrs.insert(name.clone(), object.0.default.clone());
                object.0.clone()
            }
            (None, given) => plain_field(given.cloned().unwrap_or(Value::Unbound)),
        };
        field.name = name.clone();
        field.ty = ty.clone();
        field.module = class.module.clone();
        let is_class_var = super::typing::annotates(&ty, "ClassVar");
        if is_class_var || super::typing::annotates(&ty, "InitVar") {
            field.kind = FieldKind::InitVar;
            if field.factory.is_bound() {
                return Err(Fault::type_error(format!("field {name} cannot have a default factory")));
            }
        }
        if is_class_var {
            if field.kw_only.is_some() {
                return Err(Fault::type_error(format!("field {name} is a ClassVar but specifies kw_only")));
            }
            continue;
        }
        field.kw_only = field.kw_only.or(Some(kw_only));
        if field.kind == FieldKind::Field && field.default.is_bound() && is_unhashable(&field.default) {
            let ty = ops::repr(&Value::Class(class_ref(&field.default).clone()))?;
            return Err(Fault::value_error(format!(
                "mutable default {ty} for field {name} is not allowed: use default_factory"
            )));
        }
        fields.push(field);
    }
    for (name, value) in namespace {
        if matches!(value, Value::Host(h) if h.downcast::<FieldObject>().is_some())
            && !annotated.contains(name)
        {
            return Err(Fault::type_error(format!("'{name}' is a field but has no type annotation")));
        }
    }
    Ok(fields)
}

fn is_unhashable(value: &Value) -> bool {
    class_ref(value).lookup("__hash__").is_some_and(Value::is_none)
}

fn plain_field(default: Value) -> Field {
    Field {
        name: Str::new(""),
        kind: FieldKind::Field,
        ty: Value::None,
        module: Str::new(""),
        default,
        factory: Value::Unbound,
        init: true,
        repr: true,
        hash: None,
        compare: true,
        metadata: Value::Dict(Ref::new(crate::collections::Dict::new())),
        kw_only: None,
    }
}

fn process(class: &Ref<Class>, options: Options) -> Res<()> {
    let mut fields: Vec<Field> = Vec::new();
    let (mut any_frozen, mut has_base) = (false, false);
    let put = |fields: &mut Vec<Field>, field: Field| match fields.iter_mut().find(|f| f.name == field.name) {
        Some(old) => *old = field,
        None => fields.push(field),
    };
    for base in mro(class).skip(1).collect::<Vec<_>>().into_iter().rev() {
        if let Some(info) = base.dataclass.get() {
            has_base = true;
            any_frozen |= info.frozen;
            for field in &info.fields {
                put(&mut fields, field.clone());
            }
        }
    }
    let mut attrs = Attrs::default();
    for field in own_fields(class, options, &mut attrs)? {
        put(&mut fields, field);
    }
    if has_base {
        if any_frozen && !options.frozen {
            return Err(Fault::type_error("cannot inherit non-frozen dataclass from a frozen one"));
        }
        if !any_frozen && options.frozen {
            return Err(Fault::type_error("cannot inherit frozen dataclass from a non-frozen one"));
        }
    }
    add_methods(class, options, &fields, &mut attrs)?;
    class.put_over_by(attrs, Some(options.call()));
    super::abstracts::recount(class)?;
    let _ = class.dataclass.set(DataclassInfo { fields, frozen: options.frozen, slots: options.slots });
    Ok(())
}

fn add_methods(class: &Ref<Class>, options: Options, fields: &[Field], attrs: &mut Attrs) -> Res<()> {
    let defined = |name: &str| class.own(name).is_some();
    let qualname = class.qualname.clone();
    let all: Arc<[Field]> = fields.into();
    let address = Ref::as_ptr(class).addr();
    let state = || Arc::new(State { class: address, qualname: qualname.clone(), fields: all.clone() });
    if options.order && !options.eq {
        return Err(Fault::value_error("eq must be true if order is true"));
    }
    if options.init {
        let func = init_signature(&qualname, fields)?;
        if !defined("__init__") {
            let has_post = attr::find(&Value::Class(class.clone()), "__post_init__")?.is_some();
            let init = Init { func, fields: all.clone(), is_frozen: options.frozen, has_post };
            attrs.insert("__init__".into(), NativeMethod::value(&qualname, "__init__", init, run_init));
        }
    }
    if options.repr && !defined("__repr__") {
        attrs.insert("__repr__".into(), NativeMethod::value(&qualname, "__repr__", state(), run_repr));
    }
    if options.eq && !defined("__eq__") {
        attrs.insert("__eq__".into(), NativeMethod::value(&qualname, "__eq__", state(), run_eq));
    }
    if options.order {
        type Run = fn(&Arc<State>, &Args<'_>) -> Res;
        let methods: [(&'static str, Run); 4] = [
            ("__lt__", |s, a| run_order(s, a, CmpOp::Lt)),
            ("__le__", |s, a| run_order(s, a, CmpOp::Le)),
            ("__gt__", |s, a| run_order(s, a, CmpOp::Gt)),
            ("__ge__", |s, a| run_order(s, a, CmpOp::Ge)),
        ];
        for (name, run) in methods {
            if defined(name) {
                return Err(Fault::type_error(format!(
                    "Cannot overwrite attribute {name} in class {}. Consider using functools.total_ordering",
                    class.name
                )));
            }
            attrs.insert(name.into(), NativeMethod::value(&qualname, name, state(), run));
        }
    }
    if options.frozen {
        for name in ["__setattr__", "__delattr__"] {
            if defined(name) {
                return Err(Fault::type_error(format!(
                    "Cannot overwrite attribute {name} in class {}",
                    class.name
                )));
            }
        }
        attrs.insert(
            "__setattr__".into(),
            NativeMethod::value(&qualname, "__setattr__", state(), run_setattr),
        );
    }
    add_hash(class, options, state(), attrs)?;
    if options.match_args && !defined("__match_args__") {
        let names =
            fields.iter().filter(|f| f.init && f.kw_only != Some(true)).map(|f| Value::Str(f.name.clone()));
        attrs.insert("__match_args__".into(), Value::tuple(names.collect::<Vec<_>>()));
    }
    if options.weakref_slot && !options.slots {
        return Err(Fault::type_error("weakref_slot is True but slots is False"));
    }
    if options.slots { add_slots(class, options, fields, attrs) } else { Ok(()) }
}

/// `__slots__` of the fields that no ancestor has a slot for, which stand in the class instead of the defaults.
fn add_slots(class: &Ref<Class>, options: Options, fields: &[Field], attrs: &mut Attrs) -> Res<()> {
    if class.own("__slots__").is_some() {
        return Err(Fault::type_error(format!("{} already specifies __slots__", class.name)));
    }
    if class.asks_itself {
        return Err(Fault::not_pure(format!(
            "`super` or `__class__` in `{}`, which `slots=True` makes anew: name the class",
            class.name
        )));
    }
    let inherited: Vec<&Str> = mro(class)
        .skip(1)
        .flat_map(|base| {
            let of_dataclass = base.dataclass.get().filter(|info| info.slots).map(|info| &info.fields);
            let of_dataclass = of_dataclass.into_iter().flatten().filter(|f| f.kind == FieldKind::Field);
            base.slots.iter().flatten().chain(of_dataclass.map(|f| &f.name))
        })
        .collect();
    let mut names = Vec::new();
    for field in fields.iter().filter(|f| f.kind == FieldKind::Field && !inherited.contains(&&f.name)) {
        names.push(Value::Str(field.name.clone()));
        attrs.insert(field.name.clone(), super::descriptor::slot(field.name.clone()));
    }
    if options.weakref_slot {
        names.push(Value::str("__weakref__"));
    }
    attrs.insert("__slots__".into(), Value::tuple(names));
    Ok(())
}

fn add_hash(class: &Ref<Class>, options: Options, state: Arc<State>, attrs: &mut Attrs) -> Res<()> {
    let own = class.own("__hash__");
    // `None` beside an `__eq__` came from the class statement, not from the program.
    let is_explicit = own.is_some_and(|v| !(v.is_none() && class.own("__eq__").is_some()));
    if options.unsafe_hash {
        if is_explicit {
            return Err(Fault::type_error(format!(
                "Cannot overwrite attribute __hash__ in class {}",
                class.name
            )));
        }
    } else if !options.eq || is_explicit {
        return Ok(());
    }
    let value = if options.unsafe_hash || options.frozen {
        NativeMethod::value(&class.qualname, "__hash__", state, run_hash)
    } else {
        Value::None
    };
    attrs.insert("__hash__".into(), value);
    Ok(())
}

/// What `dataclass` knows of the class of an instance.
pub fn info_of(value: &Value) -> Option<&DataclassInfo> {
    match value {
        Value::Instance(instance) => mro(&instance.class).find_map(|c| c.dataclass.get()),
        _ => None,
    }
}

/// What `dataclass` knows of a class, or of the class of an instance.
pub(super) fn info_of_any(value: &Value) -> Option<&DataclassInfo> {
    match value {
        Value::Class(class) => mro(class).find_map(|c| c.dataclass.get()),
        other => info_of(other),
    }
}

/// Calls the class of an instance anew.
pub(super) fn remake(instance: &Value, keywords: &[(Str, Value)]) -> Res {
    construct::call_class(class_ref(instance), &Args { pos: &[], kw: keywords })
}
