//! Bytes into values.

mod classes;

use super::bytes::{In, broken};
use super::names::{Names, TextHash, Uid};
use super::{place, tags};
use crate::proxy;
use afar_compiler::{Shipped, compiler};
use afar_lang::ast::NodeId;
use afar_runtime::abi::Globals;
use afar_runtime::collections::{Dict, DictFlavour, Items, List, Range, Set, Slice, View, ViewKind};
use afar_runtime::object::class::{Native, builtin_opt};
use afar_runtime::object::descriptor::Descriptor;
use afar_runtime::object::exception::{Element, Frame as Place, State};
use afar_runtime::object::group::Group;
use afar_runtime::object::{Cell, Func, FuncInfo, Instance, Marks, Method, attr, call, typing};
use afar_runtime::{Args, Builtin, Ref, Res, Str, Value, builtins, hooks};
use classes::{ClassHead, OriginHead, apply_overlays, make_class};
use std::sync::{Arc, OnceLock, RwLock};

/// A built-in function or method by its owner and name.
pub(super) fn find_builtin(owner: &str, name: &str) -> Option<&'static Builtin> {
    let found = if owner.is_empty() {
        builtins::lookup(name)
    } else if let Some(class) = builtin_opt(owner) {
        class.lookup(name).cloned()
    } else if owner.starts_with('(') {
        typing::REMAKERS.iter().find(|b| b.name == name).map(Value::Builtin)
    } else {
        let module = hooks::session().ok()?.import(0, owner, owner).ok()?;
        if let Value::Module(module) = module { module.get(name) } else { None }
    };
    match found {
        Some(Value::Builtin(builtin)) => Some(builtin),
        _ => None,
    }
}

/// What is being put together.
enum Kind {
    Tuple,
    List,
    Dict(DictFlavour),
    Set { frozen: bool },
    Range,
    Slice,
    View(ViewKind),
    Method,
    Func { uid: Uid, info: Ref<FuncInfo>, n_captures: usize },
    Class(Box<ClassHead>),
    RemadeClass(Box<OriginHead>),
    Instance(Box<InstanceHead>),
    Member { uid: Uid, is_named: bool },
    Remade { uid: Uid, n_pos: usize, kw: Vec<Str> },
}

struct InstanceHead {
    uid: Uid,
    tag: u8,
    suppresses: bool,
    places: Vec<Place>,
    fields: Vec<Str>,
    made: Option<Ref<Instance>>,
    /// It was here before: what comes of it again is left out.
    is_known: bool,
}

/// A value whose parts are not all there.
struct Frame {
    kind: Kind,
    number: usize,
    n_parts: usize,
    parts: Vec<Value>,
}

/// Bytes into values.
pub(super) struct Decoder<'l, 'b> {
    pub(super) names: &'l mut Names,
    pub(super) input: In<'b>,
    /// What may be met again, by number.
    opened: Vec<Option<Value>>,
}

/// A value, or one whose parts come next.
enum Next {
    Value(Value),
    Parts(Frame),
}

impl<'l, 'b> Decoder<'l, 'b> {
    pub(super) fn new(names: &'l mut Names, bytes: &'b [u8]) -> Self {
        Self { names, input: In::new(bytes), opened: Vec::new() }
    }

    /// The one value of these bytes.
    pub(super) fn finish(mut self) -> Res {
        let value = self.value()?;
        self.tail()?;
        Ok(value)
    }

    /// What comes behind all values.
    pub(super) fn tail(&mut self) -> Res<()> {
        loop {
            match self.input.byte()? {
                tags::CONTENT => {
                    let number = usize::try_from(self.input.number()?).unwrap_or(usize::MAX);
                    let content = self.value()?;
                    match self.opened.get(number) {
                        Some(Some(Value::Cell(cell))) => cell.set(content),
                        Some(Some(Value::Func(func))) => {
                            // A function that this end made has its class already.
                            let _ = func.owner.set(content);
                        }
                        Some(Some(Value::Class(class))) => {
                            if let Value::Tuple(bases) = content {
                                // As above.
                                let _ = class.orig_bases.set(bases.to_vec());
                            }
                        }
                        _ => return Err(broken("content for nothing")),
                    }
                }
                tags::BINDING => {
                    let uid = self.uid()?;
                    let name = self.input.str()?;
                    let value = self.value()?;
                    let globals = self.names.globals(uid).ok_or_else(|| broken("a namespace"))?;
                    bind(&globals, &name, value);
                }
                tags::END if self.input.is_at_end() => return Ok(()),
                _ => return Err(broken("no end")),
            }
        }
    }

    /// One value.
    pub(super) fn value(&mut self) -> Res {
        let mut stack: Vec<Frame> = Vec::new();
        loop {
            let mut done = match self.next()? {
                Next::Value(value) => Some(value),
                Next::Parts(frame) => {
                    stack.push(frame);
                    None
                }
            };
            loop {
                let Some(top) = stack.last_mut() else {
                    return done.ok_or_else(|| broken("no value"));
                };
                if let Some(value) = done.take() {
                    top.parts.push(value);
                }
                self.make_early(top)?;
                if top.parts.len() < top.n_parts {
                    break;
                }
                if let Some(frame) = stack.pop() {
                    done = Some(self.build(frame)?);
                }
            }
        }
    }

    fn frame(&mut self, kind: Kind, n_parts: usize) -> Next {
        self.opened.push(None);
        let parts = Vec::with_capacity(n_parts.min(1 << 16));
        Next::Parts(Frame { kind, number: self.opened.len() - 1, n_parts, parts })
    }

    fn next(&mut self) -> Res<Next> {
        let tag = self.input.byte()?;
        let value = match tag {
            tags::UNBOUND => Value::Unbound,
            tags::NONE => Value::None,
            tags::ELLIPSIS => Value::Ellipsis,
            tags::NOT_IMPLEMENTED => Value::NotImplemented,
            tags::FALSE => Value::Bool(false),
            tags::TRUE => Value::Bool(true),
            tags::INT => Value::Int(i64::from_le_bytes(self.input.array()?)),
            tags::BIG_INT => {
                let n = self.input.size()?;
                Value::big(num_bigint::BigInt::from_signed_bytes_le(self.input.take(n)?))
            }
            tags::FLOAT => Value::Float(self.float()?),
            tags::COMPLEX => Value::complex(self.float()?, self.float()?),
            tags::STR => Value::Str(self.input.str()?),
            tags::BYTES => {
                let n = self.input.size()?;
                Value::bytes(self.input.take(n)?)
            }
            tags::AGAIN => {
                let number = usize::try_from(self.input.number()?).unwrap_or(usize::MAX);
                self.opened
                    .get(number)
                    .cloned()
                    .flatten()
                    .ok_or_else(|| broken("a value before it is there"))?
            }
            tags::REFERENCE => {
                let (module, path) = (self.input.text()?, self.input.text()?);
                place::find(module, path)?
            }
            tags::HELD => {
                let key = self.input.number()?;
                self.names.held(key).ok_or_else(|| broken("a value that is not here"))?
            }
            tags::PROXY => proxy::remote(self.input.number()?),
            tags::BUILTIN => {
                let (owner, name) = (self.input.text()?, self.input.text()?);
                Value::Builtin(find_builtin(owner, name).ok_or_else(|| broken("an unknown function"))?)
            }
            tags::BUILTIN_CLASS => {
                let class = builtin_opt(self.input.text()?).ok_or_else(|| broken("an unknown class"))?;
                Value::Class(class.clone())
            }
            tags::MODULE => {
                let name = self.input.text()?;
                hooks::session()?.import(0, name, name)?
            }
            tags::CELL => {
                let uid = self.uid()?;
                let cell = self.names.known(uid).unwrap_or_else(|| Value::Cell(Ref::new(Cell::default())));
                self.names.learn(uid, &cell);
                self.opened.push(Some(cell.clone()));
                cell
            }
            _ => return self.parts(tag),
        };
        Ok(Next::Value(value))
    }

    fn float(&mut self) -> Res<f64> {
        Ok(f64::from_bits(u64::from_le_bytes(self.input.array()?)))
    }

    fn parts(&mut self, tag: u8) -> Res<Next> {
        Ok(match tag {
            tags::TUPLE => {
                let n = self.input.size()?;
                self.frame(Kind::Tuple, n)
            }
            tags::LIST => return self.list(),
            tags::DICT => {
                let flavour = match self.input.byte()? {
                    1 => DictFlavour::Counter,
                    2 => DictFlavour::Ordered,
                    _ => DictFlavour::Plain,
                };
                let n = self.input.size()?;
                self.frame(Kind::Dict(flavour), n * 2)
            }
            tags::SET => {
                let frozen = self.input.byte()? != 0;
                let n = self.input.size()?;
                self.frame(Kind::Set { frozen }, n)
            }
            tags::RANGE => self.frame(Kind::Range, 3),
            tags::SLICE => self.frame(Kind::Slice, 3),
            tags::VIEW => {
                let kind = match self.input.byte()? {
                    0 => ViewKind::Keys,
                    1 => ViewKind::Values,
                    _ => ViewKind::Items,
                };
                self.frame(Kind::View(kind), 1)
            }
            tags::METHOD => self.frame(Kind::Method, 2),
            tags::FUNC => return self.func(),
            tags::CLASS => return self.class(),
            tags::REMADE_CLASS => return self.remade_class(),
            tags::INSTANCE => return self.instance(),
            tags::MEMBER => {
                let (uid, is_named) = (self.uid()?, self.input.byte()? != 0);
                self.frame(Kind::Member { uid, is_named }, 2)
            }
            tags::REMADE => {
                let uid = self.uid()?;
                let n_pos = self.input.size()?;
                let kw = self.strs()?;
                let n = 1 + n_pos + kw.len();
                self.frame(Kind::Remade { uid, n_pos, kw }, n)
            }
            _ => return Err(broken("an unknown tag")),
        })
    }

    fn list(&mut self) -> Res<Next> {
        let [kind, ..] = self.input.array::<7>()?;
        let n = usize::try_from(u64::from_le_bytes(self.input.array()?)).map_err(|_| broken("a size"))?;
        let bytes = |input: &mut In<'b>| input.take(n.checked_mul(8).ok_or_else(|| broken("a size"))?);
        let eight = |b: &[u8]| u64::from_le_bytes(<[u8; 8]>::try_from(b).unwrap_or_default());
        let items = match kind {
            1 => {
                Items::Int(bytes(&mut self.input)?.chunks_exact(8).map(|b| eight(b).cast_signed()).collect())
            }
            2 => Items::Float(
                bytes(&mut self.input)?.chunks_exact(8).map(|b| f64::from_bits(eight(b))).collect(),
            ),
            _ => return Ok(self.frame(Kind::List, n)),
        };
        let list = Value::List(Ref::new(List::new(items)));
        self.opened.push(Some(list.clone()));
        Ok(Next::Value(list))
    }

    // Code.

    /// A text.
    pub(super) fn text(&mut self) -> Res<Arc<Shipped>> {
        let hash: TextHash = self.input.array()?;
        self.names.text(&hash).ok_or_else(|| broken("a text that is not there"))
    }

    pub(super) fn node(&mut self) -> Res<NodeId> {
        u32::try_from(self.input.number()?).map(NodeId).map_err(|_| broken("a number"))
    }

    pub(super) fn uid(&mut self) -> Res<Uid> {
        Ok(Uid { unit: self.input.number()?, n: self.input.number()? })
    }

    /// The namespace of this process that has a name, made where there is none.
    pub(super) fn globals(&mut self) -> Res<Arc<Globals>> {
        let mut inner: Vec<(Uid, Str)> = Vec::new();
        let mut around = None;
        loop {
            let kind = self.input.byte()?;
            if kind == 2 {
                around = Some(place::globals_of(self.input.text()?)?);
                break;
            }
            inner.push((self.uid()?, self.input.str()?));
            if kind == 0 {
                break;
            }
        }
        for (uid, name) in inner.into_iter().rev() {
            let globals = self.names.globals(uid).unwrap_or_else(|| {
                let made = Globals::new(&name, around.take());
                self.names.learn_globals(uid, &made);
                made
            });
            around = Some(globals);
        }
        around.ok_or_else(|| broken("a namespace"))
    }

    fn func(&mut self) -> Res<Next> {
        let uid = self.uid()?;
        let shipped = self.text()?;
        let node = self.node()?;
        let in_class = self.input.byte()? != 0;
        let globals = self.globals()?;
        let (n_captures, n_defaults) = (self.input.size()?, self.input.size()?);
        let tree = shipped.function(node).ok_or_else(|| broken("a function that is not in its text"))?;
        let info = {
            let mut compiler = compiler();
            let outer = compiler.register_shipped(&shipped, &globals);
            let id = compiler.register_shipped_function(tree, &outer, in_class);
            compiler.code(id).info.clone()
        };
        Ok(self.frame(Kind::Func { uid, info, n_captures }, n_captures + n_defaults + 1))
    }

    fn strs(&mut self) -> Res<Vec<Str>> {
        let n = self.input.size()?;
        (0..n).map(|_| self.input.str()).collect()
    }

    // Classes and instances.

    fn instance(&mut self) -> Res<Next> {
        let uid = self.uid()?;
        let tag = self.input.byte()?;
        let mut suppresses = false;
        let mut places = Vec::new();
        if tag == tags::EXCEPTION {
            suppresses = self.input.byte()? != 0;
            places = self.places()?;
        }
        let fields = self.strs()?;
        let n = 1 + n_native(tag)? + fields.len();
        let is_known = self.names.known(uid).is_some();
        let head = InstanceHead { uid, tag, suppresses, places, fields, made: None, is_known };
        Ok(self.frame(Kind::Instance(Box::new(head)), n))
    }

    /// A traceback.
    pub(super) fn places(&mut self) -> Res<Vec<Place>> {
        let n = self.input.size()?;
        (0..n).map(|_| self.place()).collect()
    }

    fn place(&mut self) -> Res<Place> {
        let (file, func) = (self.input.str()?, self.input.str()?);
        let mut number = || Ok(u32::try_from(self.input.number()?).unwrap_or(u32::MAX));
        let (line, start, end) = (number()?, number()?, number()?);
        let is_shown = match self.input.byte()? {
            0 => return Ok(Place { file, line, func, start, end, element: None }),
            n => n == 2,
        };
        let element = Some(Element { index: self.input.number()?, is_shown });
        Ok(Place { file, line, func, start, end, element })
    }

    /// Makes a class or an instance as soon as what it needs is there, so that what comes behind may mention it.
    fn make_early(&mut self, frame: &mut Frame) -> Res<()> {
        let Frame { kind, number, parts, .. } = frame;
        let (uid, made) = match kind {
            Kind::Class(head) if head.made.is_none() && parts.len() >= head.n_bases => {
                let class = match self.names.known(head.uid) {
                    Some(Value::Class(known)) => known,
                    _ => Ref::new(make_class(head, parts)?),
                };
                head.made = Some(class.clone());
                (head.uid, Value::Class(class))
            }
            Kind::Instance(head) if head.made.is_none() && parts.len() > n_native(head.tag)? => {
                let made = match self.names.known(head.uid) {
                    Some(Value::Instance(known)) => known,
                    _ => make_instance(head, parts)?,
                };
                head.made = Some(made.clone());
                (head.uid, Value::Instance(made))
            }
            _ => return Ok(()),
        };
        self.names.learn(uid, &made);
        self.opened[*number] = Some(made);
        Ok(())
    }

    fn build(&mut self, frame: Frame) -> Res {
        let Frame { kind, number, parts, .. } = frame;
        let value = match kind {
            Kind::Tuple => Value::tuple(parts),
            Kind::List => Value::List(Ref::new(List::from_values(parts))),
            Kind::Dict(flavour) => {
                let mut dict = Dict::with_flavour(flavour);
                for pair in parts.chunks_exact(2) {
                    dict.insert(pair[0].clone(), pair[1].clone())?;
                }
                Value::Dict(Ref::new(dict))
            }
            Kind::Set { frozen } => Value::Set(Ref::new(Set::from_values(frozen, parts)?)),
            Kind::Range => {
                let [start, stop, step] = exactly(parts)?;
                Value::Range(Ref::new(Range { start, stop, step }))
            }
            Kind::Slice => {
                let [start, stop, step] = exactly(parts)?;
                Value::Slice(Ref::new(Slice { start, stop, step }))
            }
            Kind::View(kind) => match exactly(parts)? {
                [Value::Dict(dict)] => Value::View(Ref::new(View { kind, dict })),
                _ => return Err(broken("a view of no dict")),
            },
            Kind::Method => {
                let [func, receiver] = exactly(parts)?;
                Value::Method(Ref::new(Method { func, receiver }))
            }
            Kind::Func { uid, .. } if self.names.known(uid).is_some() => {
                self.names.known(uid).unwrap_or_default()
            }
            Kind::Func { uid, info, n_captures } => {
                let mut parts = parts;
                let wrapped = parts.pop().unwrap_or_default();
                let (captures, defaults) = parts.split_at(n_captures.min(parts.len()));
                let (captures, defaults) = (captures.into(), defaults.into());
                let func = Func {
                    info,
                    defaults,
                    captures,
                    owner: OnceLock::new(),
                    identity: Func::foreign_identity(),
                    marks: Marks::default(),
                    wrapped: Value::Unbound,
                };
                let func =
                    if wrapped.is_bound() { func.wrapping(&wrapped)? } else { Value::Func(Ref::new(func)) };
                self.names.learn(uid, &func);
                func
            }
            Kind::Class(head) => {
                let class = head.made.ok_or_else(|| broken("a class"))?;
                if !head.is_known {
                    let n_attrs = head.n_bases + head.attrs.len();
                    let own = parts[head.n_bases..n_attrs].iter().cloned();
                    // A class that was just made has no attributes yet.
                    let _ = class.attrs.set(head.attrs.into_iter().zip(own).collect());
                    apply_overlays(&class, &head.overlays, &parts[n_attrs..])?;
                }
                Value::Class(class)
            }
            Kind::RemadeClass(head) => match self.names.known(head.uid) {
                Some(known) => known,
                None => self.remake_class(*head, parts)?,
            },
            Kind::Member { uid, is_named } => {
                let [class, key] = exactly(parts)?;
                let member = match (&key, is_named) {
                    (Value::Str(name), true) => attr::get(&class, name)?,
                    _ => call::call(&class, &Args::positional(std::slice::from_ref(&key)))?,
                };
                self.names.learn(uid, &member);
                member
            }
            Kind::Remade { uid, .. } if self.names.known(uid).is_some() => {
                self.names.known(uid).unwrap_or_default()
            }
            Kind::Remade { uid, n_pos, kw } => {
                let (func, given) = parts.split_first().ok_or_else(|| broken("a call"))?;
                let (pos, named) = given.split_at_checked(n_pos).ok_or_else(|| broken("a call"))?;
                let kw: Vec<(Str, Value)> = kw.into_iter().zip(named.iter().cloned()).collect();
                let made = call::call(func, &Args { pos, kw: &kw })?;
                self.names.learn(uid, &made);
                made
            }
            Kind::Instance(head) if head.is_known => {
                Value::Instance(head.made.ok_or_else(|| broken("an instance"))?)
            }
            Kind::Instance(head) => {
                let instance = head.made.ok_or_else(|| broken("an instance"))?;
                let n_before = 1 + n_native(head.tag)?;
                for (name, value) in head.fields.iter().zip(parts.into_iter().skip(n_before)) {
                    instance.set_field(name, value);
                }
                instance.seal();
                Value::Instance(instance)
            }
        };
        self.opened[number] = Some(value.clone());
        Ok(value)
    }
}

/// Binds a name, unless it is bound to the very same value: code that took it for a constant stays good.
pub(super) fn bind(globals: &Globals, name: &str, value: Value) {
    let is_same = globals.find_own(name).is_some_and(|found| is_same(&found.value, &value));
    if !is_same {
        globals.set(name, value);
    }
}

fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::None, Value::None) => true,
        (Value::Module(a), Value::Module(b)) => Ref::ptr_eq(a, b),
        (Value::Builtin(a), Value::Builtin(b)) => std::ptr::eq(*a, *b),
        _ => super::names::identity(a).is_some() && super::names::identity(a) == super::names::identity(b),
    }
}

/// How many parts an instance has between its class and its fields.
fn n_native(tag: u8) -> Res<usize> {
    match tag {
        tags::PLAIN => Ok(0),
        tags::PAYLOAD
        | tags::LATE
        | tags::STATIC
        | tags::CLASS_METHOD
        | tags::LAZY
        | tags::TUPLE_FIELD
        | tags::SLOT => Ok(1),
        tags::EXCEPTION => Ok(5),
        tags::PROPERTY => Ok(4),
        _ => Err(broken("an instance of an unknown kind")),
    }
}

fn exactly<const N: usize>(parts: Vec<Value>) -> Res<[Value; N]> {
    <[Value; N]>::try_from(parts).map_err(|_| broken("too few parts"))
}

/// An instance without fields; the parts are its class, and what it holds besides fields.
fn make_instance(head: &mut InstanceHead, parts: &[Value]) -> Res<Ref<Instance>> {
    let Some((Value::Class(class), native)) = parts.split_first() else {
        return Err(broken("an instance without a class"));
    };
    let native = match (head.tag, native) {
        (tags::PLAIN, _) => Native::None,
        (tags::PAYLOAD, [value, ..]) => Native::Value(value.clone()),
        (tags::LATE, [value, ..]) => Native::Late(OnceLock::from(value.clone())),
        (tags::STATIC, [inner, ..]) => Native::Descriptor(Descriptor::Static(inner.clone())),
        (tags::CLASS_METHOD, [inner, ..]) => Native::Descriptor(Descriptor::Class(inner.clone())),
        (tags::LAZY, [inner, ..]) => Native::Descriptor(Descriptor::Lazy(inner.clone())),
        (tags::TUPLE_FIELD, [Value::Int(at), ..]) => {
            Native::Descriptor(Descriptor::TupleField(usize::try_from(*at).unwrap_or(0)))
        }
        (tags::SLOT, [Value::Str(name), ..]) => Native::Descriptor(Descriptor::Slot(name.clone())),
        (tags::PROPERTY, [get, set, delete, doc, ..]) => {
            let (get, set, delete, doc) = (get.clone(), set.clone(), delete.clone(), doc.clone());
            Native::Descriptor(Descriptor::Property { get, set, delete, doc })
        }
        (
            tags::EXCEPTION,
            [cause, context, Value::Tuple(args), Value::Tuple(notes), Value::Tuple(group), ..],
        ) => Native::Exception(State {
            args: RwLock::new(args.to_vec()),
            cause: RwLock::new(cause.clone()),
            context: RwLock::new(context.clone()),
            suppress_context: RwLock::new(head.suppresses),
            frames: RwLock::new(std::mem::take(&mut head.places)),
            notes: RwLock::new(notes.to_vec()),
            group: match group.split_first() {
                Some((message, exceptions)) => {
                    OnceLock::from(Group { message: message.clone(), exceptions: exceptions.to_vec() })
                }
                None => OnceLock::new(),
            },
            ..State::default()
        }),
        _ => return Err(broken("an instance of another kind")),
    };
    Ok(Ref::new(Instance::new(class.clone(), native)))
}
