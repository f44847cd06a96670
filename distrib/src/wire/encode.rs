//! Values into bytes.

mod objects;

use super::bytes::Out;
use super::names::{Names, TextHash, Uid, add_text, identity};
use super::{place, tags};
use crate::proxy;
use afar_compiler::program::{Body, Code, Source};
use afar_compiler::{CodeId, compiler};
use afar_lang::ast::NodeId;
use afar_runtime::abi::Globals;
use afar_runtime::collections::{Dict, DictFlavour, Items, List, Set, ViewKind};
use afar_runtime::object::{Cell, Func, Host, Remake};
use afar_runtime::{Builtin, Fault, Ref, Res, Str, Value, hooks, ops};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::VecDeque;
use std::sync::Arc;

/// What the bytes are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// To be decoded at the other end.
    Sending,
    /// To know how many they are.
    Counting,
    /// To tell equal calls from others.
    Content,
    /// To tell what is computed from the same, in whichever process.
    Anywhere,
}

/// More items than that count by where they lie, not by what they are.
const LARGE: usize = 4096;

/// What stands for a name where it does not count.
const UNNAMED: Uid = Uid { unit: 0, n: 0 };

/// A value or a unit as bytes, and the texts that whoever reads them needs.
#[derive(Clone, Debug, Default)]
pub struct Blob {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The texts that the code in them stands in.
    pub texts: Vec<TextHash>,
    /// The numbers that stand for values in it.
    pub held: Vec<u64>,
}

/// What stands for a large value.
pub type Large<'l> = &'l mut dyn FnMut(&Value) -> Option<u64>;

/// What comes behind the value.
enum Rest {
    /// The contents of a cell, or the class of a method.
    Content(u64, Value),
    /// A name in a namespace that is not the edge's.
    Binding(Uid, Str, Value),
}

/// What is said of bytes besides them.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// The texts that the code in them stands in.
    pub texts: Vec<TextHash>,
    /// The names of the edge that functions in them use, by their namespaces.
    pub reaches: Vec<(Uid, Str)>,
    /// The numbers that stand for values.
    pub held: Vec<u64>,
}

/// Values into bytes.
pub(super) struct Encoder<'l> {
    pub(super) names: &'l mut Names,
    purpose: Purpose,
    pub(super) out: Out,
    pub(super) about: About,
    work: Vec<Value>,
    seen: FxHashMap<usize, u64>,
    n_open: u64,
    rest: VecDeque<Rest>,
    bound: FxHashSet<(Uid, Str)>,
    /// What is known by its address, which must live as long as that counts.
    pub(super) pins: Vec<Value>,
    /// What was made on the way: while it lives, nothing else has its address.
    made: Vec<Value>,
    /// Gives numbers for large values, where whoever reads the bytes can have them apart.
    large: Option<Large<'l>>,
}

impl<'l> Encoder<'l> {
    fn new(names: &'l mut Names, purpose: Purpose, out: Out) -> Self {
        Self {
            names,
            purpose,
            out,
            about: About::default(),
            work: Vec::new(),
            seen: FxHashMap::default(),
            n_open: 0,
            rest: VecDeque::new(),
            bound: FxHashSet::default(),
            pins: Vec::new(),
            made: Vec::new(),
            large: None,
        }
    }

    pub(super) fn sending(names: &'l mut Names) -> Self {
        Self::new(names, Purpose::Sending, Out::Bytes(Vec::new()))
    }

    /// As [`Self::sending`], where numbers may stand for large values.
    pub(super) fn sending_once(names: &'l mut Names, large: Large<'l>) -> Self {
        Self { large: Some(large), ..Self::sending(names) }
    }

    pub(super) fn counting(names: &'l mut Names) -> Self {
        Self::new(names, Purpose::Counting, Out::Count(0))
    }

    pub(super) fn hashing(names: &'l mut Names) -> Self {
        Self::new(names, Purpose::Content, Out::Hash(Box::default()))
    }

    pub(super) fn hashing_for_all(names: &'l mut Names) -> Self {
        Self::new(names, Purpose::Anywhere, Out::Hash(Box::default()))
    }

    /// The bytes of one value.
    pub(super) fn finish(mut self, value: &Value) -> Res<Blob> {
        self.value(value)?;
        self.tail()?;
        Ok(self.into_blob())
    }

    pub(super) fn into_blob(self) -> Blob {
        let bytes = match self.out {
            Out::Bytes(bytes) => bytes,
            Out::Count(_) | Out::Hash(_) => Vec::new(),
        };
        Blob { bytes, texts: self.about.texts, held: self.about.held }
    }

    /// How many bytes a value takes, without what is said of it besides.
    pub(super) fn length(&mut self, value: &Value) -> Res<usize> {
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
                    self.uid(globals);
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
        if let Some(key) = self.large.as_mut().and_then(|number_of| number_of(value)) {
            self.out.byte(tags::HELD);
            self.out.number(key);
            self.about.held.push(key);
            return Ok(());
        }
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
            Value::Host(host) => match proxy::id_of(value) {
                Some(id) => {
                    self.out.byte(tags::PROXY);
                    self.out.number(id);
                }
                None => self.host(value, host)?,
            },
            other => {
                let kind = ops::type_name(other);
                return Err(Fault::not_pure(format!("a `{kind}` has a state, and cannot leave the edge")));
            }
        }
        Ok(())
    }

    /// Does only what a value says count, not what it is called.
    fn is_content(&self) -> bool {
        matches!(self.purpose, Purpose::Content | Purpose::Anywhere)
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

    /// As [`Self::opens`], for what has an identity: its name in all processes comes first.
    fn opens_named(&mut self, tag: u8, value: &Value) -> bool {
        let Some(address) = identity(value) else { return false };
        if !self.opens(address) {
            return false;
        }
        self.out.byte(tag);
        // Named it is in any case: what is only counted may be sent later, when its unit is over.
        let uid = if self.is_content() { UNNAMED } else { self.names.of(value) };
        self.uid(uid);
        true
    }

    /// A name; the length of an encoding does not hang on it.
    fn uid(&mut self, uid: Uid) {
        let uid = if self.purpose == Purpose::Sending { uid } else { UNNAMED };
        self.out.number(uid.unit);
        self.out.number(uid.n);
    }

    /// Writes where a thing of a module is found, which both sides load by themselves; false where it is none.
    fn refers(&mut self, value: &Value) -> bool {
        let Some((module, path)) = place::of(value) else { return false };
        self.out.byte(tags::REFERENCE);
        self.out.text(&module);
        self.out.text(&path);
        true
    }

    /// Where it lies is what counts.
    fn pin(&mut self, value: &Value, address: usize) {
        self.pins.push(value.clone());
        self.out.byte(tags::PLACE);
        self.out.size(address);
    }

    /// An object of the library: by its place in a module, or by the call that makes it anew.
    fn host(&mut self, value: &Value, host: &Ref<Host>) -> Res<()> {
        if self.refers(value) {
            return Ok(());
        }
        let Some(Remake { func, pos, kw }) = host.0.remake() else {
            let kind = ops::type_name(value);
            return Err(Fault::not_pure(format!(
                "a `{kind}` cannot leave the process: send what it is made of"
            )));
        };
        if self.opens_named(tags::REMADE, value) {
            self.out.size(pos.len());
            self.names(kw.iter().map(|(n, _)| n));
            let parts: Vec<Value> =
                std::iter::once(func).chain(pos).chain(kw.into_iter().map(|(_, v)| v)).collect();
            self.made.extend(parts.iter().cloned());
            self.push(&parts);
        }
        Ok(())
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
        if self.opens_named(tags::CELL, value) {
            self.rest.push_back(Rest::Content(number, cell.get()));
        }
    }

    // Code.

    /// A text: its name. Itself it is sent apart, once.
    pub(super) fn text(&mut self, source: &Arc<Source>) {
        let hash = add_text(source);
        self.out.put(&hash);
        if !self.about.texts.contains(&hash) {
            self.about.texts.push(hash);
        }
    }

    /// A namespace with what is around it: of a module, by its name; any other by the name that all processes use.
    pub(super) fn globals(&mut self, globals: &Arc<Globals>) {
        match self.purpose {
            Purpose::Sending => {}
            Purpose::Counting => {
                self.names.of_globals(globals);
                return self.out.number(u64::from(globals.id));
            }
            Purpose::Content => return self.out.number(u64::from(globals.id)),
            Purpose::Anywhere => return self.out.text(&globals.name),
        }
        let mut next = Some(globals);
        while let Some(globals) = next {
            if place::is_module(globals) {
                self.out.byte(2);
                return self.out.text(&globals.name);
            }
            next = globals.parent();
            self.out.byte(u8::from(next.is_some()));
            let uid = self.names.of_globals(globals);
            self.uid(uid);
            self.out.text(&globals.name);
        }
    }

    pub(super) fn node(&mut self, id: NodeId) {
        self.out.number(u64::from(id.0));
    }

    fn func(&mut self, value: &Value, func: &Ref<Func>) -> Res<()> {
        if self.purpose != Purpose::Content && self.refers(value) {
            return Ok(());
        }
        let code = compiler().code(CodeId(func.info.code));
        let Body::Function(tree) = &code.body else {
            return Err(Fault::not_pure("internal error: a function without a tree"));
        };
        let number = self.n_open;
        if !self.opens_named(tags::FUNC, value) {
            return Ok(());
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
        self.bindings(&code);
        Ok(())
    }

    /// The names that a function finds: those of blocks go along; those of the edge are only told, since every unit has
    /// them as they are when it is sent; those of modules are there.
    fn bindings(&mut self, code: &Code) {
        if self.is_content() {
            return;
        }
        for name in &code.free {
            let mut next = Some(&code.globals).filter(|g| !place::is_module(g));
            while let Some(globals) = next {
                let uid = self.names.of_globals(globals);
                let found = globals.find_own(name);
                let is_new = self.bound.insert((uid, Str::new(name)));
                if uid.is_of_edge() && is_new {
                    self.about.reaches.push((uid, Str::new(name)));
                }
                if let Some(found) = found {
                    if !uid.is_of_edge() && is_new && self.purpose == Purpose::Sending {
                        self.rest.push_back(Rest::Binding(uid, Str::new(name), found.value));
                    }
                    break;
                }
                next = globals.parent();
            }
        }
    }

    fn builtin(&mut self, value: &Value, builtin: &'static Builtin) -> Res<()> {
        let found = super::decode::find_builtin(builtin.owner, builtin.name);
        if found.is_some_and(|f| std::ptr::eq(f, builtin)) {
            self.out.byte(tags::BUILTIN);
            self.out.text(builtin.owner);
            self.out.text(builtin.name);
            return Ok(());
        }
        if self.refers(value) {
            return Ok(());
        }
        if matches!(self.purpose, Purpose::Content | Purpose::Counting) {
            self.pin(value, std::ptr::from_ref(builtin).addr());
            return Ok(());
        }
        Err(Fault::not_pure(format!("the method `{}` of the library cannot leave the process", builtin.name)))
    }

    fn names<'a>(&mut self, names: impl Iterator<Item = &'a Str>) {
        let names: Vec<&Str> = names.collect();
        self.out.size(names.len());
        names.into_iter().for_each(|n| self.out.text(n));
    }
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
