//! Exceptions: the state of an instance, its attributes and text, and what `raise` and `except` do.
//!
//! The classes stand in [`super::table`]; tracebacks are shown by [`render`].

pub use super::render::render;

use super::class::{Class, Instance, Native, builtin, class_ref};
use super::exception_args::{self, size};
use crate::value::{Args, Builtin, Str};
use crate::{Fault, Ref, Res, Value, ops};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{OnceLock, PoisonError, RwLock};

/// A frame of a traceback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The file, as the user named it.
    pub file: Str,
    /// The line, from 1.
    pub line: u32,
    /// The function: `<module>`, `f`, `<lambda>`, `<listcomp>`.
    pub func: Str,
    /// Byte offsets of the expression in the file.
    pub start: u32,
    /// Byte offsets of the expression in the file.
    pub end: u32,
    /// The element that raised, in the frame of a comprehension over something with an index.
    pub element: Option<Element>,
}

/// Which element of a range raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element {
    /// Its number, from 0.
    pub index: u64,
    /// Is it shown: not in short ranges at the edge, whose traceback is CPython's to the byte.
    pub is_shown: bool,
}

/// The name under which tracebacks know a module of the library: its frames are not shown.
pub fn library_file(module: &str) -> String {
    format!("{LIBRARY}{module}>")
}

const LIBRARY: &str = "<library ";

impl Frame {
    /// Is it within a module of the library, not of the user's program.
    pub fn is_library(&self) -> bool {
        self.file.as_str().starts_with(LIBRARY)
    }

    /// Is it a comprehension's, or a generator expression's.
    fn is_comprehension(&self) -> bool {
        matches!(self.func.as_str(), "<listcomp>" | "<setcomp>" | "<dictcomp>" | "<genexpr>")
    }
}

/// Below this many elements their numbers are not shown.
pub const MANY: u64 = 1000;

/// Notes which element raised in the outermost frame, where that is the one of a comprehension.
pub fn set_element(exception: &Value, index: u64) {
    with_outermost(exception, |frame| {
        if frame.is_comprehension() && frame.element.is_none() {
            frame.element = Some(Element { index, is_shown: false });
        }
    });
}

/// The range that raised had this many elements.
pub fn set_n_elements(exception: &Value, n: u64) {
    with_outermost(exception, |frame| {
        if let Some(element) = &mut frame.element {
            element.is_shown = n >= MANY;
        }
    });
}

/// It comes from a unit that ran elsewhere: the numbers of its elements are shown, however many there were.
pub fn show_elements(exception: &Value) {
    if let Some(state) = state(exception) {
        let mut frames = state.frames.write().unwrap_or_else(PoisonError::into_inner);
        frames.iter_mut().filter_map(|f| f.element.as_mut()).for_each(|element| element.is_shown = true);
    }
}

fn with_outermost(exception: &Value, change: impl FnOnce(&mut Frame)) {
    if let Some(state) = state(exception) {
        let mut frames = state.frames.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(frame) = frames.last_mut() {
            change(frame);
        }
    }
}

/// What an exception holds besides its fields. `raise` writes it; locks, since it is shared with whoever catches it.
#[derive(Default)]
pub struct State {
    /// `args`.
    pub args: RwLock<Vec<Value>>,
    /// `__cause__`.
    pub cause: RwLock<Value>,
    /// `__context__`.
    pub context: RwLock<Value>,
    /// `__suppress_context__`.
    pub suppress_context: RwLock<bool>,
    /// `__traceback__`, innermost frame first.
    pub frames: RwLock<Vec<Frame>>,
    /// `__notes__`.
    pub notes: RwLock<Vec<Value>>,
    /// For a group: its message and its exceptions.
    pub group: OnceLock<super::group::Group>,
    /// Which `raise` of the process raised it last, 0 for none: what tells an exception that was raised anew from one that only went on.
    pub last_raise: AtomicU64,
}

fn read<T: Clone>(lock: &RwLock<T>) -> T {
    lock.read().unwrap_or_else(PoisonError::into_inner).clone()
}

fn write<T>(lock: &RwLock<T>, value: T) {
    let old = std::mem::replace(&mut *lock.write().unwrap_or_else(PoisonError::into_inner), value);
    drop(old);
}

/// [`Value::None`] for what was never set.
fn or_none(value: Value) -> Value {
    if value.is_bound() { value } else { Value::None }
}

impl State {
    /// The state of an exception with these arguments.
    pub fn new(args: Vec<Value>) -> Self {
        Self { args: RwLock::new(args), ..Self::default() }
    }

    /// `args`.
    pub fn args(&self) -> Vec<Value> {
        read(&self.args)
    }

    /// `__cause__`.
    pub fn cause(&self) -> Value {
        or_none(read(&self.cause))
    }

    /// `__context__`.
    pub fn context(&self) -> Value {
        or_none(read(&self.context))
    }

    /// `__suppress_context__`.
    pub fn suppresses_context(&self) -> bool {
        read(&self.suppress_context)
    }

    /// `__notes__`.
    pub fn notes(&self) -> Vec<Value> {
        read(&self.notes)
    }

    /// Has it been raised, and passed a place.
    pub fn has_frames(&self) -> bool {
        !self.frames.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Has a `raise` raised it.
    pub fn was_raised(&self) -> bool {
        self.last_raise.load(Ordering::Relaxed) > 0
    }

    /// The traceback, innermost frame first.
    pub fn frames(&self) -> Vec<Frame> {
        read(&self.frames)
    }
}

/// A `raise` raises it.
pub fn mark_raised(exception: &Value) {
    static N_RAISES: AtomicU64 = AtomicU64::new(0);
    if let Some(state) = state(exception) {
        state.last_raise.store(N_RAISES.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
    }
}

/// Gives the part of a group the traceback, context, cause and notes of the whole.
pub(super) fn copy_history(from: &State, to: &State) {
    write(&to.frames, from.frames());
    write(&to.context, from.context());
    write(&to.cause, from.cause());
    write(&to.suppress_context, true);
    let notes = from.notes();
    if !notes.is_empty() {
        write(&to.notes, notes);
    }
    to.last_raise.store(from.last_raise.load(Ordering::Relaxed), Ordering::Relaxed);
}

/// Is one a part of the other that no clause raised anew.
pub(super) fn has_same_history(part: &Value, whole: &Value) -> bool {
    let (Some(a), Some(b)) = (state(part), state(whole)) else { return false };
    let raise = |s: &State| s.last_raise.load(Ordering::Relaxed);
    a.group.get().is_some()
        && raise(a) == raise(b)
        && ops::is_same_object(&a.cause(), &b.cause())
        && ops::is_same_object(&a.context(), &b.context())
}

/// An instance of a built-in exception class.
pub fn instance(class: &'static str, args: Vec<Value>) -> Value {
    let instance = Instance::new(builtin(class), Native::Exception(State::new(args)));
    instance.seal();
    Value::Instance(Ref::new(instance))
}

/// Is this an instance of the built-in class of that name, or of a class derived from it.
pub fn is_instance(value: &Value, class: &str) -> bool {
    matches!(value, Value::Instance(instance) if instance.class.is_subclass_of(class))
}

/// The state of an exception, if it is one.
pub fn state(value: &Value) -> Option<&State> {
    match value {
        Value::Instance(instance) => match &instance.native {
            Native::Exception(state) => Some(state),
            _ => None,
        },
        _ => None,
    }
}

/// An `AttributeError` that knows the object and the name.
pub(super) fn attribute_error(message: String, value: &Value, name: &str) -> Fault {
    let fault = Fault::attribute_error(message);
    if let Some(Value::Instance(instance)) = fault.as_exception() {
        instance.set_field("name", Value::str(name));
        instance.set_field("obj", value.clone());
    }
    fault
}

/// Tells an `AttributeError` of the program that knows neither what was looked for, and on which object.
pub(super) fn tell_attribute(fault: &Fault, value: &Value, name: &str) {
    if fault.is("AttributeError")
        && let Some(Value::Instance(instance)) = fault.as_exception()
        && instance.field("name").is_none()
        && instance.field("obj").is_none()
    {
        instance.set_field("name", Value::str(name));
        instance.set_field("obj", value.clone());
    }
}

/// A `NameError`, or a class derived from it, that knows the name.
pub fn name_error(class: &'static str, message: impl Into<String>, name: &str) -> Fault {
    let fault = Fault::exception(class, message);
    if class != "UnboundLocalError"
        && let Some(Value::Instance(instance)) = fault.as_exception()
    {
        instance.set_field("name", Value::str(name));
    }
    fault
}

/// Adds a frame, further out than those that are there.
pub fn add_frame(exception: &Value, frame: Frame) {
    if let Some(state) = state(exception) {
        let mut frames = state.frames.write().unwrap_or_else(PoisonError::into_inner);
        if !frame.is_around(frames.last()) {
            frames.push(frame);
        }
    }
}

impl Frame {
    /// Is it the edge around a unit of the same edge: one frame, as the user sees it.
    pub fn is_around(&self, inner: Option<&Frame>) -> bool {
        inner.is_some_and(|i| {
            let is_within = i.line == self.line || self.start <= i.start && i.end <= self.end;
            i.func.as_str() == "<module>" && i.func == self.func && i.file == self.file && is_within
        })
    }
}

/// Takes the keywords that a built-in exception class knows, and refuses the rest.
pub(super) fn fill(instance: &Instance, args: &Args<'_>) -> Res<()> {
    if instance.class.special("__init__").is_some() {
        return Ok(());
    }
    let class = &instance.class;
    if args.kw.is_empty() {
        return exception_args::check(class, args.pos);
    }
    let (base, known): (&str, &[&str]) = if class.is_subclass_of("ImportError") {
        ("ImportError", &["name", "path"])
    } else if class.is_subclass_of("NameError") {
        ("NameError", &["name"])
    } else if class.is_subclass_of("AttributeError") {
        ("AttributeError", &["name", "obj"])
    } else {
        return Err(Fault::type_error(format!("{}() takes no keyword arguments", class.name)));
    };
    exception_args::check_keywords(base, known.len(), args)?;
    for (key, value) in args.kw {
        if !known.contains(&key.as_str()) {
            return Err(Fault::type_error(format!("'{key}' is an invalid keyword argument for {base}()")));
        }
        instance.set_field(key, value.clone());
    }
    Ok(())
}

/// `args`: an `OSError` keeps the file that it is about apart.
fn shown_args(class: &Class, state: &State) -> Vec<Value> {
    let mut args = state.args();
    if (3..=5).contains(&args.len()) && !args[2].is_none() && class.is_subclass_of("OSError") {
        args.truncate(2);
    }
    args
}

/// The field that tells that the `__init__` of CPython's class has seen an instance of a class with an `__init__` of its own.
const BEGUN: &str = "\u{1}begun";

/// Does a class leave the arguments to the `__init__` of `OSError`: it has an `__init__` of its own, and no `__new__`.
pub(super) fn begins_in_init(class: &Class) -> bool {
    class.is_subclass_of("OSError")
        && class.special("__init__").is_some()
        && class.special("__new__").is_none()
}

/// Has an exception attributes that its `__init__` takes from the arguments.
pub(super) fn takes_attributes(class: &Class) -> bool {
    ["StopIteration", "SystemExit", "ImportError"].iter().any(|n| class.is_subclass_of(n))
}

/// The attributes that every exception, or its built-in class, brings.
pub(super) fn attribute(instance: &Ref<Instance>, value: &Value, name: &str) -> Option<Value> {
    let state = state(value)?;
    if let Some(group) = state.group.get() {
        match name {
            "message" => return Some(group.message.clone()),
            "exceptions" => return Some(Value::tuple(group.exceptions.clone())),
            _ => {}
        }
    }
    let class = &instance.class;
    let arg = |i: usize| state.args().get(i).cloned();
    let in_class = |class_name: &str| class.is_subclass_of(class_name);
    match name {
        "args" => Some(Value::tuple(shown_args(class, state))),
        "__cause__" => Some(state.cause()),
        "__context__" => Some(state.context()),
        "__suppress_context__" => Some(Value::Bool(state.suppresses_context())),
        "__traceback__" if !state.has_frames() => Some(Value::None),
        "__traceback__" => Some(super::typing::marker("traceback")),
        "__notes__" => Some(state.notes()).filter(|n| !n.is_empty()).map(Value::list),
        // The `__init__` of the program did not call the one that takes them from the arguments.
        "value" | "code" | "msg"
            if class.special("__init__").is_some()
                && takes_attributes(class)
                && instance.field(BEGUN).is_none() =>
        {
            let has = |owner: &str, attribute: &str| name == attribute && in_class(owner);
            let is_one =
                has("StopIteration", "value") || has("SystemExit", "code") || has("ImportError", "msg");
            is_one.then_some(Value::None)
        }
        "value" if in_class("StopIteration") => Some(arg(0).unwrap_or(Value::None)),
        "code" if in_class("SystemExit") => Some(match state.args().as_slice() {
            [] => Value::None,
            [one] => one.clone(),
            more => Value::tuple(more.to_vec()),
        }),
        "name" if in_class("NameError") || in_class("AttributeError") || in_class("ImportError") => {
            Some(Value::None)
        }
        "obj" if in_class("AttributeError") => Some(Value::None),
        "path" if in_class("ImportError") => Some(Value::None),
        // Two arguments say nothing.
        "msg" if in_class("ImportError") && arg(1).is_some() => Some(Value::None),
        "msg" if in_class("ImportError") || in_class("SyntaxError") => Some(arg(0).unwrap_or(Value::None)),
        "errno" if in_class("OSError") => Some(arg(1).and_then(|_| arg(0)).unwrap_or(Value::None)),
        "strerror" if in_class("OSError") => Some(arg(1).unwrap_or(Value::None)),
        "filename" if in_class("OSError") => Some(arg(2).unwrap_or(Value::None)),
        "encoding" if in_class("UnicodeDecodeError") || in_class("UnicodeEncodeError") => arg(0),
        "object" if in_class("UnicodeDecodeError") || in_class("UnicodeEncodeError") => arg(1),
        "start" if in_class("UnicodeDecodeError") || in_class("UnicodeEncodeError") => {
            arg(2).as_ref().map(size)
        }
        "end" if in_class("UnicodeDecodeError") || in_class("UnicodeEncodeError") => {
            arg(3).as_ref().map(size)
        }
        "reason" if in_class("UnicodeDecodeError") || in_class("UnicodeEncodeError") => arg(4),
        _ => exception_args::attribute(class, &state.args(), name),
    }
}

/// Writes an attribute that is no field: true where it was one.
pub(super) fn set_attribute(state: &State, name: &str, to: &Value) -> Res<bool> {
    match name {
        "args" => write(&state.args, ops::collect(to)?),
        "__cause__" => write(&state.cause, to.clone()),
        "__context__" => write(&state.context, to.clone()),
        "__suppress_context__" => write(&state.suppress_context, ops::truthy(to)?),
        "__traceback__" => {}
        _ => return Ok(false),
    }
    Ok(true)
}

/// The methods of `BaseException`.
pub(super) static METHODS: &[Builtin] = &[
    Builtin { name: "__init__", owner: "BaseException", call: init },
    Builtin { name: "__str__", owner: "BaseException", call: str_method },
    Builtin { name: "__repr__", owner: "BaseException", call: repr_method },
    Builtin { name: "with_traceback", owner: "BaseException", call: with_traceback },
    Builtin { name: "add_note", owner: "BaseException", call: add_note },
];

/// What `BaseException.__init__` does with an instance that has no other `__init__`.
pub(super) fn init_with(this: &Value, args: &Args<'_>) -> Res<()> {
    let pos: Vec<Value> = std::iter::once(this).chain(args.pos).cloned().collect();
    init(&Args { pos: &pos, kw: args.kw }).map(|_| ())
}

pub(super) fn init(args: &Args<'_>) -> Res {
    let Some(state) = state(args.receiver()) else {
        return Ok(Value::None);
    };
    let class = class_ref(args.receiver());
    if class.is_subclass_of("OSError") && !begins_in_init(class) {
        // What its `__new__` was given is what it knows.
        return Ok(Value::None);
    }
    if !args.kw.is_empty() {
        let Value::Instance(instance) = args.receiver() else { return Ok(Value::None) };
        if !["ImportError", "NameError", "AttributeError"].iter().any(|c| instance.class.is_subclass_of(c)) {
            return Err(Fault::type_error(format!("{}() takes no keyword arguments", instance.class.name)));
        }
        for (key, value) in args.kw {
            instance.set_field(key, value.clone());
        }
    }
    if let Value::Instance(instance) = args.receiver() {
        exception_args::check(&instance.class, args.rest().pos)?;
        if instance.class.special("__init__").is_some() && takes_attributes(&instance.class) {
            instance.set_field(BEGUN, Value::None);
        }
    }
    write(&state.args, args.rest().pos.to_vec());
    Ok(Value::None)
}

fn str_method(args: &Args<'_>) -> Res {
    args.rest().count("__str__", 0, 0)?;
    Ok(Value::string(text(args.receiver())?))
}

fn repr_method(args: &Args<'_>) -> Res {
    args.rest().count("__repr__", 0, 0)?;
    Ok(Value::string(repr(args.receiver())?))
}

fn with_traceback(args: &Args<'_>) -> Res {
    args.rest().count("BaseException.with_traceback", 1, 1)?;
    let traceback = &args.pos[1];
    if !traceback.is_none() && !super::typing::is_marker(traceback, "traceback") {
        return Err(Fault::type_error("__traceback__ must be a traceback or None"));
    }
    Ok(args.receiver().clone())
}

fn add_note(args: &Args<'_>) -> Res {
    args.rest().count("BaseException.add_note", 1, 1)?;
    let note = super::class::unwrap(&args.pos[1]);
    if note.as_str().is_none() {
        return Err(Fault::type_error(format!("note must be a str, not '{}'", ops::type_name(&args.pos[1]))));
    }
    if let Some(state) = state(args.receiver()) {
        state.notes.write().unwrap_or_else(PoisonError::into_inner).push(note.clone());
    }
    Ok(Value::None)
}

/// What the `__str__` of the built-in class gives.
pub fn text(exception: &Value) -> Res<String> {
    let Some(state) = state(exception) else {
        return ops::repr(exception);
    };
    if let Some(group) = state.group.get() {
        return super::group::text(group);
    }
    let args = state.args();
    let class = class_ref(exception);
    if let Some(text) = exception_args::text(class, &args) {
        return text;
    }
    if class.is_subclass_of("UnicodeError")
        && args.len() == 5
        && let Some(text) = unicode_text(class, &args)?
    {
        return Ok(text);
    }
    if class.is_subclass_of("OSError") && (2..=5).contains(&args.len()) {
        let shown = format!("[Errno {}] {}", ops::to_str(&args[0])?, ops::to_str(&args[1])?);
        return Ok(match args.get(2) {
            Some(file) if !file.is_none() => match args.get(4) {
                Some(second) if !second.is_none() => {
                    format!("{shown}: {} -> {}", ops::repr(file)?, ops::repr(second)?)
                }
                _ => format!("{shown}: {}", ops::repr(file)?),
            },
            _ => shown,
        });
    }
    match args.as_slice() {
        [] => Ok(String::new()),
        [one] if class.is_subclass_of("KeyError") => ops::repr(one),
        [one] => Ok(ops::to_str(one)?.to_string()),
        _ => ops::repr(&Value::tuple(args)),
    }
}

/// The text of a `UnicodeDecodeError` or `UnicodeEncodeError` from its five arguments.
fn unicode_text(class: &Class, args: &[Value]) -> Res<Option<String>> {
    let (Some(encoding), Value::Int(start), Value::Int(end)) =
        (args[0].as_str(), size(&args[2]), size(&args[3]))
    else {
        return Ok(None);
    };
    let reason = ops::to_str(&args[4])?;
    let at = usize::try_from(start).unwrap_or(0);
    let one = end == start + 1;
    let last = end - 1;
    match &args[1] {
        Value::Bytes(bytes) if class.is_subclass_of("UnicodeDecodeError") => Ok(Some(match bytes.get(at) {
            Some(byte) if one => {
                format!("'{encoding}' codec can't decode byte 0x{byte:02x} in position {start}: {reason}")
            }
            _ => format!("'{encoding}' codec can't decode bytes in position {start}-{last}: {reason}"),
        })),
        Value::Str(text) if class.is_subclass_of("UnicodeEncodeError") => Ok(Some(match text.char_at(at) {
            Some(c) if one => {
                let c = match u32::from(c) {
                    n @ 0..=0xff => format!("\\x{n:02x}"),
                    n @ 0x100..=0xffff => format!("\\u{n:04x}"),
                    n => format!("\\U{n:08x}"),
                };
                format!("'{encoding}' codec can't encode character '{c}' in position {start}: {reason}")
            }
            _ => format!("'{encoding}' codec can't encode characters in position {start}-{last}: {reason}"),
        })),
        _ => Ok(None),
    }
}

/// What the `__repr__` of the built-in class gives: `ValueError('text')`.
pub fn repr(exception: &Value) -> Res<String> {
    let name = ops::type_name(exception);
    let args = state(exception).map(|s| shown_args(class_ref(exception), s)).unwrap_or_default();
    let mut shown = Vec::with_capacity(args.len());
    for arg in &args {
        shown.push(ops::repr(arg)?);
    }
    Ok(format!("{name}({})", shown.join(", ")))
}

/// The last line of a traceback: `ValueError: text`, or `Name` alone where the text is empty.
pub fn summary(exception: &Value) -> Res<String> {
    summary_of(exception, exception)
}

/// The same, where what the exception says is this.
pub(super) fn summary_of(exception: &Value, says: &Value) -> Res<String> {
    let class = class_ref(exception);
    let name =
        if class.module.as_str() == "__main__" { class.qualname.to_string() } else { class.full_name() };
    let text = match ops::to_str(says) {
        Ok(text) => text,
        Err(fault) if fault.as_exception().is_some() => Str::new("<exception str() failed>"),
        Err(fault) => return Err(fault),
    };
    Ok(if text.is_empty() { name } else { format!("{name}: {text}") })
}

/// The error of `except value:` where the value is no class of exceptions.
pub(super) fn not_catchable() -> Fault {
    Fault::type_error("catching classes that do not inherit from BaseException is not allowed")
}

/// Does `except class:` catch this exception; `class` may be a tuple of classes, nested.
pub fn matches(exception: &Value, class: &Value) -> Res<bool> {
    let is_exception = |class: &Value| matches!(class, Value::Class(c) if c.is_subclass_of("BaseException"));
    match super::class::unwrap(class) {
        Value::Tuple(classes) => {
            if !classes.iter().all(is_exception) {
                return Err(not_catchable());
            }
            Ok(classes.iter().any(|c| matches!(c, Value::Class(c) if class_ref(exception).is_subclass(c))))
        }
        Value::Class(class) if class.is_subclass_of("BaseException") => {
            Ok(class_ref(exception).is_subclass(class))
        }
        _ => Err(not_catchable()),
    }
}

/// The exception that `raise value` means: an instance, or a class that is called without arguments.
fn to_exception(value: &Value, refusal: &str) -> Res {
    match value {
        Value::Class(class) if class.is_subclass_of("BaseException") => {
            let made = super::construct::call_class(class, &Args::positional(&[]))?;
            if state(&made).is_none() {
                return Err(Fault::type_error(format!(
                    "calling {} should have returned an instance of BaseException, not {}",
                    ops::repr(value)?,
                    ops::repr(&Value::Class(class_ref(&made).clone()))?
                )));
            }
            Ok(made)
        }
        value if state(value).is_some() => Ok(value.clone()),
        _ => Err(Fault::type_error(refusal)),
    }
}

/// `raise value`.
pub fn raise_value(value: &Value) -> Fault {
    match to_exception(value, "exceptions must derive from BaseException") {
        Ok(exception) => Fault::new(crate::fault::FaultKind::Exception(exception)),
        Err(fault) => fault,
    }
}

/// `generator.throw(value)`.
pub(super) fn throw_value(value: &Value) -> Fault {
    let refusal = format!(
        "exceptions must be classes or instances deriving from BaseException, not {}",
        ops::type_name(value)
    );
    match to_exception(value, &refusal) {
        Ok(exception) => Fault::new(crate::fault::FaultKind::Exception(exception)),
        Err(fault) => fault,
    }
}

/// `raise value from cause`.
pub fn raise_from(value: &Value, cause: &Value) -> Fault {
    match to_exception(value, "exceptions must derive from BaseException").and_then(|exception| {
        set_cause(&exception, cause)?;
        Ok(exception)
    }) {
        Ok(exception) => Fault::new(crate::fault::FaultKind::Exception(exception)),
        Err(fault) => fault,
    }
}

/// Sets `__cause__`, which hides `__context__`.
pub fn set_cause(exception: &Value, cause: &Value) -> Res<()> {
    let cause = match cause {
        Value::None => Value::None,
        other => to_exception(other, "exception causes must derive from BaseException")?,
    };
    if let Some(state) = state(exception) {
        write(&state.cause, cause);
        write(&state.suppress_context, true);
    }
    Ok(())
}

/// Sets `__context__` to the exception that is being handled while this one is raised. The chain stays free of cycles.
pub fn set_context(exception: &Value, handled: &Value) {
    let Some(raised) = state(exception) else { return };
    if state(handled).is_none() || ops::is_same_object(exception, handled) {
        return;
    }
    let mut link = handled.clone();
    while let Some(next) = state(&link).map(State::context).filter(|c| !c.is_none()) {
        if ops::is_same_object(&next, exception) {
            if let Some(state) = state(&link) {
                write(&state.context, Value::None);
            }
            break;
        }
        link = next;
    }
    write(&raised.context, handled.clone());
}

/// A `StopIteration` that leaves a generator becomes a `RuntimeError`.
pub fn leave_generator(fault: Fault) -> Fault {
    if !fault.is("StopIteration") {
        return fault;
    }
    let made = Fault::exception("RuntimeError", "generator raised StopIteration");
    if let (Some(new), Some(old)) = (made.as_exception(), fault.as_exception()) {
        if let Some(state) = state(new) {
            write(&state.cause, old.clone());
            write(&state.suppress_context, true);
        }
        set_context(new, old);
    }
    made
}
