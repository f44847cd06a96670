//! Classes and instances: their layout, the look-up of attributes along the MRO, and the class of any value.
//!
//! The classes of the language itself are made in [`super::table`], those of programs in [`super::build`].

pub use super::build::{ANNOTATED, ASKS_ITSELF, FIRST, Namespace, REBOUND, begin, build, remake, restore};
pub use super::table::{builtin, builtin_name, builtin_opt, class_of, class_ref};

use super::Remake;
use super::dataclass::DataclassInfo;
use super::descriptor::Descriptor;
use super::enum_making::Making;
use super::enums::EnumInfo;
use super::namedtuple::NamedTupleInfo;
use crate::value::Str;
use crate::{Ref, Res, Value};
use rustc_hash::FxHashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{OnceLock, PoisonError, RwLock};

/// Attributes by name.
pub type Attrs = FxHashMap<Str, Value>;

/// A class: of the program, or built in.
pub struct Class {
    /// `__name__`.
    pub name: Str,
    /// What messages call the type of its instances: the name, with the module for what CPython has in C.
    pub shown: Str,
    /// `__qualname__`.
    pub qualname: Str,
    /// `__module__`; `builtins` for built-in ones.
    pub module: Str,
    /// The direct bases.
    pub bases: Vec<Ref<Class>>,
    /// The method resolution order without the class itself.
    pub mro_tail: Vec<Ref<Class>>,
    /// Its own attributes, in order of definition; final once the class is made (methods get their `owner` after that).
    pub attrs: OnceLock<Vec<(Str, Value)>>,
    /// For a built-in class that calls run in Rust: `int(x)`, `list(x)`.
    pub construct: Option<fn(&crate::Args<'_>) -> Res>,
    /// The built-in layout of the instances of this class and of those derived from it (`int`, `tuple`, `dict`,
    /// `BaseException`), empty for `object`.
    pub layout: &'static str,
    /// The names of instance fields seen so far; an instance stores its fields in this order.
    pub fields: RwLock<Vec<Str>>,
    /// Is it part of the language, not of the program.
    pub is_builtin: bool,
    /// The names that `__slots__` allows, where no class of the MRO gives its instances a dict.
    pub slots: Option<Vec<Str>>,
    /// Do its functions ask for the class that they stand in, by `super` or `__class__`.
    pub asks_itself: bool,
    /// Did two instances get their fields in different orders; then the order of `__dict__` is not known.
    pub is_reordered: AtomicBool,
    /// All attributes along the MRO, the first of each name; made at the first look-up.
    pub table: OnceLock<Attrs>,
    /// What class decorators (`dataclass`, `total_ordering`) and `__init_subclass__` put over [`Class::table`];
    /// [`Value::Unbound`] takes away.
    pub overlay: OnceLock<Box<Overlay>>,
    /// Does its `__init_subclass__` run, which may write attributes.
    pub is_open: AtomicBool,
    /// What `dataclass` knows of it.
    pub dataclass: OnceLock<DataclassInfo>,
    /// What an enum's class knows of its members.
    pub enum_info: OnceLock<EnumInfo>,
    /// What an enum knew while its members were made.
    pub enum_making: OnceLock<Making>,
    /// What a named tuple's class knows of its fields.
    pub namedtuple: OnceLock<NamedTupleInfo>,
    /// The bases as the program wrote them, where it was derived from generic types.
    pub orig_bases: OnceLock<Vec<Value>>,
    /// What it was made of, where its attributes do not say that: an enum, or a named tuple.
    pub origin: OnceLock<Box<Origin>>,
}

/// What a class was made of that is more than its attributes: making it anew from this gives an equal one.
#[derive(Clone)]
pub struct Origin {
    /// The bases.
    pub bases: Vec<Ref<Class>>,
    /// The names that its body bound.
    pub namespace: Namespace,
    /// The keywords of the statement.
    pub keywords: Vec<(Str, Value)>,
    /// The names that the body bound more than once.
    pub rebound: Value,
    /// Of a named tuple: its fields, and their defaults ([`Value::Unbound`] where there is none).
    pub fields: Option<Vec<(Str, Value)>>,
}

/// Attributes over those of a class, and those over them in turn.
pub struct Overlay {
    /// The attributes.
    pub attrs: Attrs,
    /// What put them there, where calling it for the class does so again.
    pub by: Option<Remake>,
    next: OnceLock<Box<Overlay>>,
}

/// What an instance holds besides its fields.
pub enum Native {
    /// Nothing.
    None,
    /// The value of the built-in type that the class derives from: the int of an `IntEnum` member, the tuple of a
    /// `NamedTuple`, the dict of a subclass of `dict`.
    Value(Value),
    /// As [`Native::Value`], for a subclass of a mutable type whose `__init__` calls that of the base.
    Late(OnceLock<Value>),
    /// The state of an exception.
    Exception(super::exception::State),
    /// A property, static method, class method, or `super` object.
    Descriptor(Descriptor),
    /// `enum.auto()`, with what it was given.
    Auto(Option<Value>),
}

/// An instance. Its fields are written while `__init__` (or the like) runs, by one unit, and never after.
pub struct Instance {
    /// Its class.
    pub class: Ref<Class>,
    /// The fields, by the place of their names in [`Class::fields`]; [`Value::Unbound`] where absent.
    pub fields: RwLock<Vec<Value>>,
    /// The rest.
    pub native: Native,
    /// Is it complete: set when the call of its class ends. From then on writing a field is `NotPure`.
    pub sealed: AtomicBool,
    /// Did a class give it its name, by `__set_name__`.
    pub is_named: AtomicBool,
}

impl Class {
    /// An attribute of the class or of an ancestor, not bound.
    pub fn lookup(&self, name: &str) -> Option<&Value> {
        if self.overlay.get().is_some()
            && let Some(value) = self.overlays().filter_map(|o| o.get(name)).last()
        {
            return value.is_bound().then_some(value);
        }
        self.table.get_or_init(|| self.flatten()).get(name)
    }

    /// An attribute that the class itself defines, not bound.
    pub fn own(&self, name: &str) -> Option<&Value> {
        if let Some(value) = self.overlays().filter_map(|o| o.get(name)).last() {
            return value.is_bound().then_some(value);
        }
        self.attrs.get()?.iter().find(|(n, _)| n.as_str() == name).map(|(_, v)| v)
    }

    /// As [`Class::lookup`], but only what a program defined, not what the built-in types bring.
    pub fn special(&self, name: &str) -> Option<&Value> {
        if self.is_builtin {
            return None;
        }
        self.lookup(name).filter(|v| !is_native_method(v))
    }

    /// Puts attributes over those that it has, for a class decorator; they hide what was there.
    pub fn put_over(&self, attrs: Attrs) {
        self.put_over_by(attrs, None);
    }

    /// As [`Class::put_over`], by something that does it again when it is called for the class.
    pub fn put_over_by(&self, attrs: Attrs, by: Option<Remake>) {
        super::cache::new_age();
        let mut slot = &self.overlay;
        let mut made = Box::new(Overlay { attrs, by, next: OnceLock::new() });
        while let Err(back) = slot.set(made) {
            made = back;
            if let Some(taken) = slot.get() {
                slot = &taken.next;
            }
        }
    }

    /// The attributes that were put over its own, the latest last.
    pub fn overlays(&self) -> impl Iterator<Item = &Attrs> {
        self.all_overlays().map(|o| &o.attrs)
    }

    /// What was put over its attributes, the latest last.
    pub fn all_overlays(&self) -> impl Iterator<Item = &Overlay> {
        let first = self.overlay.get().map(|o| &**o);
        std::iter::successors(first, |o| o.next.get().map(|o| &**o))
    }

    fn flatten(&self) -> Attrs {
        let mut all = Attrs::default();
        let own = std::iter::once(self);
        let chain: Vec<&Class> = own.chain(self.mro_tail.iter().map(|c| &**c)).collect();
        for class in chain.iter().rev() {
            for (name, value) in class.attrs.get().into_iter().flatten() {
                all.insert(name.clone(), value.clone());
            }
            for overlay in class.overlays() {
                #[expect(clippy::iter_over_hash_type, reason = "goes into a map again")]
                for (name, value) in overlay {
                    if value.is_bound() {
                        all.insert(name.clone(), value.clone());
                    } else {
                        all.remove(name);
                    }
                }
            }
        }
        all
    }

    /// Is it `other` or derived from it.
    pub fn is_subclass(&self, other: &Class) -> bool {
        std::ptr::eq(self, other) || self.mro_tail.iter().any(|c| std::ptr::eq(&**c, other))
    }

    /// Is it the built-in class of that name, or derived from it.
    pub fn is_subclass_of(&self, name: &str) -> bool {
        (self.is_builtin && self.name.as_str() == name)
            || self.mro_tail.iter().any(|c| c.is_builtin && c.name.as_str() == name)
    }

    /// The place of an instance field, where one of that name was ever set. It never changes.
    pub fn field_slot(&self, name: &str) -> Option<usize> {
        let fields = self.fields.read().unwrap_or_else(PoisonError::into_inner);
        fields.iter().position(|f| f.as_str() == name)
    }

    /// The place of an instance field, made where there is none yet.
    pub fn field_slot_or_add(&self, name: &str) -> usize {
        if let Some(slot) = self.field_slot(name) {
            return slot;
        }
        let mut fields = self.fields.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = fields.iter().position(|f| f.as_str() == name) {
            return slot;
        }
        fields.push(Str::new(name));
        super::cache::new_age();
        fields.len() - 1
    }

    /// The name that tracebacks and `repr` show: with its module, where that says something.
    pub fn full_name(&self) -> String {
        if self.module.as_str() == "builtins" {
            self.qualname.to_string()
        } else {
            format!("{}.{}", self.module, self.qualname)
        }
    }
}

/// The class and its ancestors, in the order of look-up.
pub fn mro(class: &Ref<Class>) -> impl Iterator<Item = &Ref<Class>> {
    std::iter::once(class).chain(class.mro_tail.iter())
}

/// Is this a method that a built-in type brings, not the program.
fn is_native_method(value: &Value) -> bool {
    match value {
        Value::Builtin(b) => {
            !b.owner.is_empty() && b.name.starts_with("__") && !super::enums::is_owner(b.owner)
        }
        // `__new__`.
        Value::Instance(instance) => {
            matches!(&instance.native, Native::Descriptor(Descriptor::Static(inner)) if is_native_method(inner))
        }
        _ => false,
    }
}

impl Instance {
    /// An instance without fields.
    pub fn new(class: Ref<Class>, native: Native) -> Self {
        let (sealed, is_named) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { class, fields: RwLock::new(Vec::new()), native, sealed, is_named }
    }

    /// A complete instance as a value.
    pub fn value(class: Ref<Class>, native: Native) -> Value {
        let instance = Self::new(class, native);
        instance.seal();
        Value::Instance(Ref::new(instance))
    }

    /// A field.
    pub fn field(&self, name: &str) -> Option<Value> {
        let slot = self.class.field_slot(name)?;
        self.field_at(slot)
    }

    /// The field at a place.
    pub fn field_at(&self, slot: usize) -> Option<Value> {
        let fields = self.fields.read().unwrap_or_else(PoisonError::into_inner);
        fields.get(slot).filter(|v| v.is_bound()).cloned()
    }

    /// Writes a field, whatever the class says.
    pub fn set_field(&self, name: &str, value: Value) {
        let slot = self.class.field_slot_or_add(name);
        self.set_field_at(slot, value);
    }

    /// Writes the field at a place.
    pub fn set_field_at(&self, slot: usize, value: Value) {
        let mut fields = self.fields.write().unwrap_or_else(PoisonError::into_inner);
        if fields.len() <= slot {
            fields.resize(slot + 1, Value::Unbound);
        } else if !fields[slot].is_bound() {
            self.class.is_reordered.store(true, Ordering::Relaxed);
        }
        // What was there is dropped behind the lock: its drop may be long.
        let old = std::mem::replace(&mut fields[slot], value);
        drop(fields);
        drop(old);
    }

    /// The fields with their names, in the order in which they were set.
    pub fn named_fields(&self) -> Vec<(Str, Value)> {
        let names = self.class.fields.read().unwrap_or_else(PoisonError::into_inner);
        let fields = self.fields.read().unwrap_or_else(PoisonError::into_inner);
        names
            .iter()
            .zip(fields.iter())
            .filter(|(_, v)| v.is_bound())
            .map(|(n, v)| (n.clone(), v.clone()))
            .collect()
    }

    /// No field is written from here on.
    pub fn seal(&self) {
        self.sealed.store(true, Ordering::Relaxed);
    }

    /// Its fields may be written once more, by the `__set_name__` of the first class that holds it: false from then on.
    pub fn reopen(&self) -> bool {
        let is_first = !self.is_named.swap(true, Ordering::Relaxed);
        if is_first {
            self.sealed.store(false, Ordering::Relaxed);
        }
        is_first
    }

    /// May no field be written any more.
    pub fn is_sealed(&self) -> bool {
        self.sealed.load(Ordering::Relaxed)
    }

    /// The value of the built-in type that the class derives from.
    pub fn payload(&self) -> Option<&Value> {
        match &self.native {
            Native::Value(value) => Some(value),
            Native::Late(value) => Some(value.get_or_init(|| super::construct::empty(&self.class))),
            _ => None,
        }
    }
}

/// The value of the built-in type that an instance's class derives from; any other value itself.
pub fn unwrap(value: &Value) -> &Value {
    match value {
        Value::Instance(instance) => instance.payload().unwrap_or(value),
        _ => value,
    }
}
