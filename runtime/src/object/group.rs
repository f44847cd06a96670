//! Groups of exceptions: their making, what splits them, and what `except*` raises in the end.

use super::class::{Class, Instance, Native, class_ref, unwrap};
use super::exception::{self, State, state};
use super::{attr, call};
use crate::value::{Args, Builtin};
use crate::{Fault, Ref, Res, Value, ops};
use std::sync::PoisonError;

/// What a group holds besides the state of any exception.
#[derive(Clone)]
pub struct Group {
    /// `message`.
    pub message: Value,
    /// `exceptions`.
    pub exceptions: Vec<Value>,
}

/// What the group is, where the value is one.
pub fn group(value: &Value) -> Option<&Group> {
    state(value)?.group.get()
}

/// The state that `BaseExceptionGroup.__new__` makes, and the class of what it makes.
pub(super) fn new(class: &Ref<Class>, args: &Args<'_>) -> Res<(Ref<Class>, State)> {
    let [message, given] = args.pos else {
        return Err(Fault::type_error(format!(
            "BaseExceptionGroup.__new__() takes exactly 2 arguments ({} given)",
            args.pos.len()
        )));
    };
    if unwrap(message).as_str().is_none() {
        return Err(Fault::type_error(format!(
            "BaseExceptionGroup.__new__() argument 1 must be str, not {}",
            crate::number::clinic_name(message)
        )));
    }
    if !is_sequence(given)? {
        return Err(Fault::type_error("second argument (exceptions) must be a sequence"));
    }
    let exceptions = ops::collect(given)?;
    if exceptions.is_empty() {
        return Err(Fault::value_error("second argument (exceptions) must be a non-empty sequence"));
    }
    let mut holds_base = false;
    for (i, item) in exceptions.iter().enumerate() {
        if state(item).is_none() {
            return Err(Fault::value_error(format!(
                "Item {i} of second argument (exceptions) is not an exception"
            )));
        }
        holds_base = holds_base || !class_ref(item).is_subclass_of("Exception");
    }
    let mut class = class.clone();
    match (class.is_builtin, class.is_subclass_of("Exception")) {
        (true, false) if !holds_base => class = super::class::builtin("ExceptionGroup"),
        (true, true) if holds_base => {
            return Err(Fault::type_error("Cannot nest BaseExceptions in an ExceptionGroup"));
        }
        (false, true) if holds_base => {
            return Err(Fault::type_error(format!("Cannot nest BaseExceptions in '{}'", class.name)));
        }
        _ => {}
    }
    let state = State::new(args.pos.to_vec());
    let _ = state.group.set(Group { message: message.clone(), exceptions });
    Ok((class, state))
}

fn is_sequence(value: &Value) -> Res<bool> {
    Ok(match unwrap(value) {
        Value::List(_) | Value::Tuple(_) | Value::Range(_) | Value::Str(_) | Value::Bytes(_) => true,
        Value::Instance(_) => attr::find(&Value::Class(class_ref(value).clone()), "__getitem__")?.is_some(),
        _ => false,
    })
}

/// A new group of no class of the program's: `args` are the message and the exceptions, as they are given.
fn make(message: Value, exceptions: Value) -> Res {
    let class = Value::Class(super::class::builtin("BaseExceptionGroup"));
    ops::call(&class, &[message, exceptions])
}

/// The methods of `BaseExceptionGroup`.
pub(super) static METHODS: &[Builtin] = &[
    Builtin { name: "__init__", owner: "BaseExceptionGroup", call: init },
    Builtin { name: "__str__", owner: "BaseExceptionGroup", call: str_method },
    Builtin { name: "derive", owner: "BaseExceptionGroup", call: derive },
    Builtin { name: "split", owner: "BaseExceptionGroup", call: split_method },
    Builtin { name: "subgroup", owner: "BaseExceptionGroup", call: subgroup },
];

fn init(args: &Args<'_>) -> Res {
    if !args.kw.is_empty() {
        let class = &class_ref(args.receiver()).name;
        return Err(Fault::type_error(format!("{class}() takes no keyword arguments")));
    }
    exception::init(args)
}

/// `str(group)`.
pub(super) fn text(group: &Group) -> Res<String> {
    let n = group.exceptions.len();
    let s = if n == 1 { "" } else { "s" };
    Ok(format!("{} ({n} sub-exception{s})", ops::to_str(&group.message)?))
}

fn of(value: &Value) -> Res<&Group> {
    group(value).ok_or_else(|| Fault::type_error("a group of exceptions is needed"))
}

fn str_method(args: &Args<'_>) -> Res {
    args.rest().count("__str__", 0, 0)?;
    Ok(Value::string(text(of(args.receiver())?)?))
}

fn derive(args: &Args<'_>) -> Res {
    one_argument("derive", args)?;
    make(of(args.receiver())?.message.clone(), args.pos[1].clone())
}

fn one_argument(name: &str, args: &Args<'_>) -> Res<()> {
    if !args.kw.is_empty() {
        return Err(Fault::type_error(format!("BaseExceptionGroup.{name}() takes no keyword arguments")));
    }
    match args.pos.len() {
        2 => Ok(()),
        n if name == "derive" => Err(Fault::type_error(format!(
            "function takes exactly 1 argument ({} given)",
            n.saturating_sub(1)
        ))),
        n => Err(Fault::type_error(format!("{name} expected 1 argument, got {}", n.saturating_sub(1)))),
    }
}

fn split_method(args: &Args<'_>) -> Res {
    one_argument("split", args)?;
    let wanted = Wanted::of(&args.pos[1])?;
    let (matched, rest) = split(args.receiver(), &wanted)?;
    Ok(Value::tuple(vec![matched, rest]))
}

fn subgroup(args: &Args<'_>) -> Res {
    one_argument("subgroup", args)?;
    let wanted = Wanted::of(&args.pos[1])?;
    Ok(parted(args.receiver(), &wanted, Rest::Dropped)?.0.unwrap_or(Value::None))
}

/// What a group is split by.
enum Wanted<'a> {
    /// A class, or a tuple of classes.
    Classes(&'a Value),
    /// What this function says of an exception.
    Predicate(&'a Value),
    /// These very objects, none of which is a group.
    Objects(&'a [Value]),
}

impl<'a> Wanted<'a> {
    fn of(value: &'a Value) -> Res<Self> {
        let is_class = |v: &Value| matches!(v, Value::Class(c) if c.is_subclass_of("BaseException"));
        match value {
            Value::Func(_) => Ok(Self::Predicate(value)),
            Value::Tuple(all) if all.iter().all(is_class) => Ok(Self::Classes(value)),
            one if is_class(one) => Ok(Self::Classes(value)),
            _ => Err(Fault::type_error("expected a function, exception type or tuple of exception types")),
        }
    }

    fn holds(&self, exception: &Value) -> Res<bool> {
        match self {
            Self::Classes(classes) => exception::matches(exception, classes),
            Self::Predicate(f) => ops::truthy(&ops::call(f, std::slice::from_ref(exception))?),
            Self::Objects(all) => {
                Ok(group(exception).is_none() && all.iter().any(|o| ops::is_same_object(o, exception)))
            }
        }
    }
}

/// Is what does not match wanted too.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    Kept,
    Dropped,
}

/// What matches, and the rest; `None` (of Python) for what is empty.
fn split(exception: &Value, wanted: &Wanted<'_>) -> Res<(Value, Value)> {
    let (matched, rest) = parted(exception, wanted, Rest::Kept)?;
    Ok((matched.unwrap_or(Value::None), rest.unwrap_or(Value::None)))
}

fn parted(exception: &Value, wanted: &Wanted<'_>, rest: Rest) -> Res<(Option<Value>, Option<Value>)> {
    if wanted.holds(exception)? {
        return Ok((Some(exception.clone()), None));
    }
    let Some(group) = group(exception) else {
        return Ok((None, (rest == Rest::Kept).then(|| exception.clone())));
    };
    let (mut matched, mut others) = (Vec::new(), Vec::new());
    for item in &group.exceptions {
        let (yes, no) = parted(item, wanted, rest)?;
        matched.extend(yes);
        others.extend(no);
    }
    Ok((subset(exception, matched)?, if rest == Rest::Kept { subset(exception, others)? } else { None }))
}

/// A group of these exceptions with all else as in the group that they come from; `None` where there are none.
fn subset(from: &Value, exceptions: Vec<Value>) -> Res<Option<Value>> {
    if exceptions.is_empty() {
        return Ok(None);
    }
    let made = call::call_method(from, "derive", &Args::positional(&[Value::list(exceptions)]))?;
    let (Some(old), Some(new)) = (state(from), state(&made).filter(|s| s.group.get().is_some())) else {
        return Err(Fault::type_error("derive must return an instance of BaseExceptionGroup"));
    };
    exception::copy_history(old, new);
    Ok(Some(made))
}

/// An exception that `except*` caught, as its clauses take it apart.
pub struct Caught {
    whole: Value,
    rest: Value,
    raised: Vec<Value>,
}

impl Caught {
    /// Of an exception that nobody has looked at.
    pub fn new(exception: Value) -> Self {
        Self { rest: exception.clone(), whole: exception, raised: Vec::new() }
    }

    /// What a clause for these classes gets; [`Value::None`] where it gets nothing.
    pub fn take(&mut self, classes: &Value) -> Res {
        refuse_groups(classes)?;
        if self.rest.is_none() {
            return Ok(Value::None);
        }
        if exception::matches(&self.rest, classes)? {
            let matched = std::mem::take(&mut self.rest);
            self.rest = Value::None;
            if group(&matched).is_some() {
                return Ok(matched);
            }
            return make(Value::str(""), Value::tuple(vec![matched]));
        }
        if group(&self.rest).is_none() {
            return Ok(Value::None);
        }
        let parts = call::call_method(&self.rest, "split", &Args::positional(std::slice::from_ref(classes)))?;
        let Value::Tuple(pair) = unwrap(&parts) else {
            let class = ops::type_name(&self.rest).to_string();
            let got = ops::type_name(&parts);
            return Err(Fault::type_error(format!("{class}.split must return a tuple, not {got}")));
        };
        let [matched, rest, ..] = &***pair else {
            let class = ops::type_name(&self.rest).to_string();
            let n = pair.len();
            return Err(Fault::type_error(format!(
                "{class}.split must return a 2-tuple, got tuple of size {n}"
            )));
        };
        self.rest = rest.clone();
        Ok(matched.clone())
    }

    /// A clause ended with an exception.
    pub fn add_raised(&mut self, exception: Value) {
        self.raised.push(exception);
    }

    /// What is raised behind the last clause; [`Value::None`] where nothing is left.
    pub fn finish(&mut self) -> Res {
        let mut ends = std::mem::take(&mut self.raised);
        if !self.rest.is_none() {
            ends.push(self.rest.clone());
        }
        let Some(first) = ends.first() else { return Ok(Value::None) };
        if group(&self.whole).is_none() {
            return Ok(first.clone());
        }
        let (again, mut raised): (Vec<_>, Vec<_>) =
            ends.into_iter().partition(|e| exception::has_same_history(e, &self.whole));
        let mut leaves = Vec::new();
        again.iter().for_each(|e| add_leaves(e, &mut leaves));
        let again = parted(&self.whole, &Wanted::Objects(&leaves), Rest::Dropped)?.0;
        if raised.is_empty() {
            return Ok(again.unwrap_or(Value::None));
        }
        raised.extend(again);
        if let [one] = raised.as_slice() {
            return Ok(one.clone());
        }
        let made = make(Value::str(""), Value::list(raised))?;
        exception::mark_raised(&made);
        Ok(made)
    }
}

fn add_leaves(exception: &Value, into: &mut Vec<Value>) {
    match group(exception) {
        Some(group) => group.exceptions.iter().for_each(|e| add_leaves(e, into)),
        None => into.push(exception.clone()),
    }
}

fn refuse_groups(classes: &Value) -> Res<()> {
    let is_group = |v: &Value| matches!(v, Value::Class(c) if c.is_subclass_of("BaseExceptionGroup"));
    let holds_one = match unwrap(classes) {
        Value::Tuple(all) => {
            if !all.iter().all(|v| matches!(v, Value::Class(c) if c.is_subclass_of("BaseException"))) {
                return Err(exception::not_catchable());
            }
            all.iter().any(is_group)
        }
        one @ Value::Class(c) if c.is_subclass_of("BaseException") => is_group(one),
        _ => return Err(exception::not_catchable()),
    };
    if holds_one {
        return Err(Fault::type_error(
            "catching ExceptionGroup with except* is not allowed. Use except instead.",
        ));
    }
    Ok(())
}

/// A [`Caught`] as a value that compiled code holds in a slot.
pub struct CaughtCell(pub std::sync::Mutex<Caught>);

impl CaughtCell {
    /// Runs with what is caught.
    pub fn with<T>(&self, run: impl FnOnce(&mut Caught) -> T) -> T {
        run(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl super::HostObject for CaughtCell {
    fn type_name(&self) -> &str {
        "caught"
    }

    fn repr(&self) -> Res<String> {
        Ok("caught".to_owned())
    }

    fn get_attr(&self, _this: &Ref<super::Host>, _name: &str) -> Res<Option<Value>> {
        Ok(None)
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

/// An instance of a class derived from `BaseExceptionGroup`.
pub(super) fn instance(class: &Ref<Class>, args: &Args<'_>) -> Res<Instance> {
    let (class, state) = new(class, args)?;
    if !args.kw.is_empty() && class.special("__init__").is_none() {
        return Err(Fault::type_error(format!("{}() takes no keyword arguments", class.name)));
    }
    Ok(Instance::new(class, Native::Exception(state)))
}
