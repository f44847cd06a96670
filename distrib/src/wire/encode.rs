//! Values into bytes.

use super::bytes::Out;
use super::link::{End, Link, identity, text_hash};
use super::tags;
use crate::proxy;
use afar_compiler::program::{Body, Code, Source};
use afar_compiler::{CodeId, compiler};
use afar_lang::ast::NodeId;
use afar_runtime::abi::Globals;
use afar_runtime::collections::{Dict, DictFlavour, Items, List, Set, ViewKind};
use afar_runtime::object::class::{Native, builtin_name};
use afar_runtime::object::descriptor::Descriptor;
use afar_runtime::object::exception::{Element, Frame, State};
use afar_runtime::object::{Cell, Class, Func, Instance};
use afar_runtime::{Builtin, Fault, Ref, Res, Str, Value, hooks, ops};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};

/// What the bytes are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// To be decoded at the other end.
    Sending,
    /// To know how many they are.
    Counting,
    /// To tell equal calls from others.
    Content,
}

/// More items than that count by where they lie, not by what they are.
const LARGE: usize = 4096;

/// What comes behind the value.
enum Rest {
    /// The contents of a cell, or the class of a method.
    Content(u64, Value),
    /// A name in a namespace of this end.
    Binding(u64, Str, Value),
}

/// Values into bytes.
pub(super) struct Encoder<'l> {
    link: &'l mut Link,
    end: End,
    purpose: Purpose,
    /// Are the names that functions find in namespaces of this end sent along.
    pub(super) sends_bindings: bool,
    pub(super) out: Out,
    work: Vec<Value>,
    seen: FxHashMap<usize, u64>,
    n_open: u64,
    rest: VecDeque<Rest>,
    bound: FxHashSet<(u32, Str)>,
    /// What is known by its address, which must live as long as that counts.
    pub(super) pins: Vec<Value>,
    /// What was made on the way: while it lives, nothing else has its address.
    made: Vec<Value>,
}

impl<'l> Encoder<'l> {
    fn new(link: &'l mut Link, end: End, purpose: Purpose, out: Out) -> Self {
        Self {
            link,
            end,
            purpose,
            sends_bindings: true,
            out,
            work: Vec::new(),
            seen: FxHashMap::default(),
            n_open: 0,
            rest: VecDeque::new(),
            bound: FxHashSet::default(),
            pins: Vec::new(),
            made: Vec::new(),
        }
    }

    pub(super) fn sending(link: &'l mut Link, end: End) -> Self {
        Self::new(link, end, Purpose::Sending, Out::Bytes(Vec::new()))
    }

    pub(super) fn counting(link: &'l mut Link) -> Self {
        Self::new(link, End::Edge, Purpose::Counting, Out::Count(0))
    }

    pub(super) fn hashing(link: &'l mut Link) -> Self {
        Self::new(link, End::Edge, Purpose::Content, Out::Hash(Box::default()))
    }

    /// The bytes of one value.
    pub(super) fn finish(mut self, value: &Value) -> Res<Vec<u8>> {
        self.value(value)?;
        self.tail()?;
        Ok(self.into_bytes())
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        match self.out {
            Out::Bytes(bytes) => bytes,
            Out::Count(_) | Out::Hash(_) => Vec::new(),
        }
    }

    /// How many bytes a value takes, without what is said of it besides.
    pub(super) fn length(mut self, value: &Value) -> Res<usize> {
        self.value(value)?;
        self.contents()?;
        match self.out {
            Out::Count(n) => Ok(n),
            Out::Bytes(_) | Out::Hash(_) => Ok(0),
        }
    }

    /// What comes behind all values.
    pub(super) fn tail(&mut self) -> Res<()> {
        self.contents()?;
        self.out.byte(tags::END);
        Ok(())
    }

    fn contents(&mut self) -> Res<()> {
        while let Some(rest) = self.rest.pop_front() {
            match rest {
                Rest::Content(number, value) => {
                    self.out.byte(tags::CONTENT);
                    self.out.number(number);
                    self.value(&value)?;
                }
                Rest::Binding(globals, name, value) => {
                    self.out.byte(tags::BINDING);
                    self.out.number(globals);
                    self.out.text(&name);
                    self.value(&value)?;
                }
            }
        }
        Ok(())
    }

    /// One value.
    pub(super) fn value(&mut self, value: &Value) -> Res<()> {
        self.work.push(value.clone());
        let mut n = 0u32;
        while let Some(next) = self.work.pop() {
            n = n.wrapping_add(1);
            if n.is_multiple_of(4096) {
                hooks::poll()?;
            }
            self.one(&next)?;
        }
        Ok(())
    }

    fn one(&mut self, value: &Value) -> Res<()> {
        if leaf(&mut self.out, value) {
            return Ok(());
        }
        match value {
            Value::Tuple(r) => {
                if self.opens(Ref::as_ptr(r).addr()) {
                    self.out.byte(tags::TUPLE);
                    self.out.size(r.len());
                    self.push(r);
                }
            }
            Value::List(r) => {
                if self.opens(Ref::as_ptr(r).addr()) {
                    self.list(value, r);
                }
            }
            Value::Dict(r) => {
                if self.opens(Ref::as_ptr(r).addr()) {
                    self.dict(r);
                }
            }
            Value::Set(r) => {
                if self.opens(Ref::as_ptr(r).addr()) {
                    self.set(r);
                }
            }
            Value::Range(r) => {
                if self.opens(Ref::as_ptr(r).addr()) {
                    self.out.byte(tags::RANGE);
                    self.push(&[r.start.clone(), r.stop.clone(), r.step.clone()]);
                }
            }
            Value::Slice(r) => {
                if self.opens(Ref::as_ptr(r).addr()) {
                    self.out.byte(tags::SLICE);
                    self.push(&[r.start.clone(), r.stop.clone(), r.step.clone()]);
                }
            }
            Value::View(r) => {
                if self.opens(Ref::as_ptr(r).addr()) {
                    let kind = match r.kind {
                        ViewKind::Keys => 0,
                        ViewKind::Values => 1,
                        ViewKind::Items => 2,
                    };
                    self.out.put(&[tags::VIEW, kind]);
                    self.push(&[Value::Dict(r.dict.clone())]);
                }
            }
            Value::Method(r) => {
                if self.opens(Ref::as_ptr(r).addr()) {
                    self.out.byte(tags::METHOD);
                    self.push(&[r.func.clone(), r.receiver.clone()]);
                }
            }
            Value::Func(r) => self.func(value, r)?,
            Value::Class(r) => self.class(value, r)?,
            Value::Instance(r) => self.instance(value, r)?,
            Value::Cell(r) => self.cell(value, r),
            Value::Builtin(builtin) => self.builtin(value, builtin)?,
            Value::Module(module) => {
                self.out.byte(tags::MODULE);
                self.out.text(&module.name);
            }
            Value::Host(_) => match proxy::id_of(value) {
                Some(id) => {
                    self.out.byte(tags::PROXY);
                    self.out.number(id);
                }
                None => self.local(value)?,
            },
            other => {
                let kind = ops::type_name(other);
                return Err(Fault::not_pure(format!("a `{kind}` has a state, and cannot leave the edge")));
            }
        }
        Ok(())
    }

    /// Pushes what is to be written next, in this order.
    fn push(&mut self, values: &[Value]) {
        self.work.extend(values.iter().rev().cloned());
    }

    /// Opens what may be met again: false where it was met before, and its number is written instead.
    fn opens(&mut self, address: usize) -> bool {
        if let Some(number) = self.seen.get(&address) {
            self.out.byte(tags::AGAIN);
            self.out.number(*number);
            return false;
        }
        self.seen.insert(address, self.n_open);
        self.n_open += 1;
        true
    }

    /// As [`Self::opens`], for what has an identity: where the other end has it, its number there is enough.
    fn opens_known(&mut self, tag: u8, value: &Value) -> bool {
        let Some(address) = identity(value) else { return false };
        if self.purpose != Purpose::Sending {
            if !self.opens(address) {
                return false;
            }
            self.out.byte(tag);
            self.out.number(0);
            return true;
        }
        if self.seen.contains_key(&address) {
            return self.opens(address);
        }
        match self.link.number_of(self.end, value) {
            (number, true) => {
                self.out.byte(tags::KNOWN);
                self.out.number(number);
                false
            }
            (number, false) => {
                self.opens(address);
                self.out.byte(tag);
                self.out.number(number);
                true
            }
        }
    }

    /// Where it lies is what counts.
    fn pin(&mut self, value: &Value, address: usize) {
        self.pins.push(value.clone());
        self.out.byte(tags::LOCAL);
        self.out.size(address);
    }

    /// A value that has no bytes: an engine in this process finds it in the link.
    fn local(&mut self, value: &Value) -> Res<()> {
        match self.purpose {
            Purpose::Sending => {
                let number = self.link.add_local(value);
                self.out.byte(tags::LOCAL);
                self.out.size(number);
                Ok(())
            }
            Purpose::Content | Purpose::Counting => {
                let kind = ops::type_name(value);
                Err(Fault::not_pure(format!("a `{kind}` has no bytes")))
            }
        }
    }

    fn list(&mut self, value: &Value, list: &Ref<List>) {
        if self.purpose == Purpose::Content && list.len() > LARGE {
            return self.pin(value, Ref::as_ptr(list).addr());
        }
        let items = list.items();
        let kind = match items {
            Items::Rows(_) | Items::Any(_) => 0,
            Items::Int(_) => 1,
            Items::Float(_) => 2,
        };
        self.out.put(&[tags::LIST, kind, 0, 0, 0, 0, 0, 0]);
        self.out.put(&(list.len() as u64).to_le_bytes());
        match items {
            Items::Rows(_) => {
                let values = items.to_values();
                self.push(&values);
                // What was written is known by its address: no other value may come to lie there.
                self.pins.extend(values);
            }
            Items::Any(items) => self.push(items),
            Items::Int(items) => items.iter().for_each(|n| self.out.put(&n.to_le_bytes())),
            Items::Float(items) => items.iter().for_each(|x| self.out.put(&x.to_bits().to_le_bytes())),
        }
    }

    fn dict(&mut self, dict: &Dict) {
        let flavour = match dict.flavour {
            DictFlavour::Plain => 0,
            DictFlavour::Counter => 1,
            DictFlavour::Ordered => 2,
        };
        self.out.put(&[tags::DICT, flavour]);
        self.out.size(dict.len());
        for (key, value) in dict.iter().rev() {
            self.work.push(value.clone());
            self.work.push(key.clone());
        }
    }

    /// The order of a set is hidden: where bytes can decide it, they do.
    fn set(&mut self, set: &Set) {
        self.out.put(&[tags::SET, u8::from(set.frozen)]);
        self.out.size(set.len());
        let mut keyed: Vec<(Vec<u8>, &Value)> = Vec::with_capacity(set.len());
        for value in set.iter_unordered() {
            let mut out = Out::Bytes(Vec::new());
            leaf(&mut out, value);
            keyed.push((if let Out::Bytes(bytes) = out { bytes } else { Vec::new() }, value));
        }
        keyed.sort_by(|a, b| a.0.cmp(&b.0));
        self.work.extend(keyed.into_iter().rev().map(|(_, v)| v.clone()));
    }

    fn cell(&mut self, value: &Value, cell: &Ref<Cell>) {
        let number = self.n_open;
        if self.opens_known(tags::CELL, value) {
            self.rest.push_back(Rest::Content(number, cell.get()));
        }
    }

    // Code.

    /// A text: its name, and itself where the other end does not have it.
    pub(super) fn text(&mut self, source: &Source) {
        let hash = text_hash(source);
        self.out.put(&hash);
        let has = self.purpose != Purpose::Sending || self.link.has_text(&hash);
        self.out.byte(u8::from(!has));
        if !has {
            self.out.text(&source.file);
            self.out.text(&source.text);
            self.link.add_text(hash, &source.file, &source.text);
        }
    }

    /// A namespace: its number; its name and what is around it, where the other end does not know it.
    pub(super) fn globals(&mut self, globals: &Arc<Globals>) {
        let mut next = Some(globals);
        while let Some(globals) = next {
            if self.purpose != Purpose::Sending {
                return self.out.number(u64::from(globals.id));
            }
            let (number, is_known) = self.link.number_of_globals(self.end, globals);
            self.out.number(number);
            self.out.byte(u8::from(is_known));
            if is_known {
                return;
            }
            self.out.text(&globals.name);
            next = globals.parent();
            self.out.byte(u8::from(next.is_some()));
        }
    }

    pub(super) fn node(&mut self, id: NodeId) {
        self.out.number(u64::from(id.0));
    }

    fn func(&mut self, value: &Value, func: &Ref<Func>) -> Res<()> {
        let code = compiler().code(CodeId(func.info.code));
        let Body::Function(tree) = &code.body else {
            return Err(Fault::not_pure("internal error: a function without a tree"));
        };
        let number = self.n_open;
        if !self.opens_known(tags::FUNC, value) {
            // Known, but the names that it finds may be bound anew.
            return self.bindings(&code);
        }
        self.text(&code.source);
        self.node(tree.id);
        let in_class = code.captures.iter().any(|c| &*c.name == "__class__");
        self.out.byte(u8::from(in_class));
        self.globals(&code.globals);
        self.out.size(func.captures.len());
        self.out.size(func.defaults.len());
        if let Some(owner) = func.owner.get().filter(|_| self.purpose == Purpose::Sending) {
            self.rest.push_back(Rest::Content(number, owner.clone()));
        }
        let last = std::iter::once(&func.wrapped);
        let children: Vec<Value> =
            func.captures.iter().chain(func.defaults.iter()).chain(last).cloned().collect();
        self.push(&children);
        self.bindings(&code)
    }

    /// The names that a function finds in namespaces of this end.
    fn bindings(&mut self, code: &Code) -> Res<()> {
        if !self.sends_bindings || self.purpose != Purpose::Sending {
            return Ok(());
        }
        for name in &code.free {
            let mut next = Some(&code.globals);
            while let Some(globals) = next {
                if let Some(found) = globals.find_own(name) {
                    let is_own = self.link.is_own_globals(self.end, globals);
                    if is_own && self.bound.insert((globals.id, Str::new(name))) {
                        let (number, _) = self.link.number_of_globals(self.end, globals);
                        self.rest.push_back(Rest::Binding(number, Str::new(name), found.value));
                    }
                    break;
                }
                next = globals.parent();
            }
        }
        Ok(())
    }

    fn builtin(&mut self, value: &Value, builtin: &'static Builtin) -> Res<()> {
        let found = super::decode::find_builtin(builtin.owner, builtin.name);
        if !found.is_some_and(|f| std::ptr::eq(f, builtin)) {
            return match self.purpose {
                Purpose::Sending => self.local(value),
                Purpose::Content | Purpose::Counting => {
                    self.pin(value, std::ptr::from_ref(builtin).addr());
                    Ok(())
                }
            };
        }
        self.out.byte(tags::BUILTIN);
        self.out.text(builtin.owner);
        self.out.text(builtin.name);
        Ok(())
    }

    // Classes and instances.

    fn class(&mut self, value: &Value, class: &Ref<Class>) -> Res<()> {
        if let Some(name) = builtin_name(class) {
            self.out.byte(tags::BUILTIN_CLASS);
            self.out.text(name);
            return Ok(());
        }
        if self.purpose == Purpose::Content {
            self.pin(value, Ref::as_ptr(class).addr());
            return Ok(());
        }
        if class.is_builtin || is_special(class) {
            return self.local(value);
        }
        if !self.opens_known(tags::CLASS, value) {
            return Ok(());
        }
        for text in [&class.name, &class.qualname, &class.module] {
            self.out.text(text);
        }
        self.out.byte(u8::from(class.slots.is_some()));
        self.names(class.slots.iter().flatten());
        let fields = class.fields.read().unwrap_or_else(PoisonError::into_inner).clone();
        self.names(fields.iter());
        let mut children: Vec<Value> = class.bases.iter().map(|b| Value::Class(b.clone())).collect();
        self.out.size(children.len());
        let attrs = class.attrs.get().map_or(&[][..], |a| a);
        self.names(attrs.iter().map(|(n, _)| n));
        children.extend(attrs.iter().map(|(_, v)| v.clone()));
        self.push(&children);
        Ok(())
    }

    fn names<'a>(&mut self, names: impl Iterator<Item = &'a Str>) {
        let names: Vec<&Str> = names.collect();
        self.out.size(names.len());
        names.into_iter().for_each(|n| self.out.text(n));
    }

    fn instance(&mut self, value: &Value, instance: &Ref<Instance>) -> Res<()> {
        if self.purpose == Purpose::Content {
            self.pin(value, Ref::as_ptr(instance).addr());
            return Ok(());
        }
        if instance.class.enum_info.get().is_some() || matches!(instance.native, Native::Deferred(_)) {
            return self.local(value);
        }
        if !self.opens_known(tags::INSTANCE, value) {
            return Ok(());
        }
        let mut children = vec![Value::Class(instance.class.clone())];
        match &instance.native {
            Native::None | Native::Deferred(_) => self.out.byte(tags::PLAIN),
            Native::Value(_) | Native::Late(_) => {
                let is_late = matches!(instance.native, Native::Late(_));
                self.out.byte(if is_late { tags::LATE } else { tags::PAYLOAD });
                children.extend(instance.payload().cloned());
            }
            Native::Exception(state) => children.extend(self.exception(state)),
            Native::Descriptor(descriptor) => children.extend(self.descriptor(descriptor)?),
        }
        let fields = instance.named_fields();
        self.names(fields.iter().map(|(n, _)| n));
        children.extend(fields.into_iter().map(|(_, v)| v));
        self.push(&children);
        Ok(())
    }

    /// A traceback.
    pub(super) fn places(&mut self, frames: &[Frame]) {
        self.out.size(frames.len());
        for frame in frames {
            self.out.text(&frame.file);
            self.out.text(&frame.func);
            [frame.line, frame.start, frame.end].into_iter().for_each(|n| self.out.number(u64::from(n)));
            self.out.byte(match frame.element {
                None => 0,
                Some(Element { is_shown: false, .. }) => 1,
                Some(Element { is_shown: true, .. }) => 2,
            });
            frame.element.into_iter().for_each(|e| self.out.number(e.index));
        }
    }

    /// What an exception holds.
    fn exception(&mut self, state: &State) -> Vec<Value> {
        self.out.byte(tags::EXCEPTION);
        self.out.byte(u8::from(state.suppresses_context()));
        self.places(&state.frames());
        let group = state
            .group
            .get()
            .map_or_else(Vec::new, |g| std::iter::once(&g.message).chain(&g.exceptions).cloned().collect());
        let made = [Value::tuple(state.args()), Value::tuple(state.notes()), Value::tuple(group)];
        self.made.extend(made.iter().cloned());
        [state.cause(), state.context()].into_iter().chain(made).collect()
    }

    fn descriptor(&mut self, descriptor: &Descriptor) -> Res<Vec<Value>> {
        Ok(match descriptor {
            Descriptor::Property { get, set, delete, doc } => {
                self.out.byte(tags::PROPERTY);
                [get, set, delete, doc].map(Value::clone).to_vec()
            }
            Descriptor::Static(inner) => {
                self.out.byte(tags::STATIC);
                vec![inner.clone()]
            }
            Descriptor::Class(inner) => {
                self.out.byte(tags::CLASS_METHOD);
                vec![inner.clone()]
            }
            Descriptor::Lazy(inner) => {
                self.out.byte(tags::LAZY);
                vec![inner.clone()]
            }
            Descriptor::TupleField(at) => {
                self.out.byte(tags::TUPLE_FIELD);
                vec![Value::usize(*at)]
            }
            Descriptor::Slot(name) => {
                self.out.byte(tags::SLOT);
                vec![Value::Str(name.clone())]
            }
            Descriptor::Super { .. } => {
                return Err(Fault::not_pure("a `super` object cannot leave the edge"));
            }
        })
    }
}

/// Was the class made by more than its body: by `Enum`, `NamedTuple`, or a decorator that put native methods into it.
fn is_special(class: &Class) -> bool {
    class.enum_info.get().is_some() || class.namedtuple.get().is_some() || class.overlay.get().is_some()
}

/// Writes a value that holds no others; false where it does.
fn leaf(out: &mut Out, value: &Value) -> bool {
    match value {
        Value::Unbound => out.byte(tags::UNBOUND),
        Value::None => out.byte(tags::NONE),
        Value::Ellipsis => out.byte(tags::ELLIPSIS),
        Value::NotImplemented => out.byte(tags::NOT_IMPLEMENTED),
        Value::Bool(b) => out.byte(if *b { tags::TRUE } else { tags::FALSE }),
        Value::Int(n) => {
            out.byte(tags::INT);
            out.put(&n.to_le_bytes());
        }
        Value::BigInt(n) => {
            let bytes = n.to_signed_bytes_le();
            out.byte(tags::BIG_INT);
            out.size(bytes.len());
            out.put(&bytes);
        }
        Value::Float(x) => {
            out.byte(tags::FLOAT);
            out.put(&x.to_bits().to_le_bytes());
        }
        Value::Complex(c) => {
            out.byte(tags::COMPLEX);
            out.put(&c.re.to_bits().to_le_bytes());
            out.put(&c.im.to_bits().to_le_bytes());
        }
        Value::Str(text) => {
            out.byte(tags::STR);
            out.text(text);
        }
        Value::Bytes(bytes) => {
            out.byte(tags::BYTES);
            out.size(bytes.len());
            out.put(bytes);
        }
        _ => return false,
    }
    true
}
