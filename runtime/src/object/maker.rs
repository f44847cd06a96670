//! The `__new__` of a class of the library that is written as an `__init__`.
//!
//! CPython's `Decimal` or `date` is complete when `__new__` is done, so that a subclass may have another `__new__`, or an `__init__` of its own.
//! Here `self.x = ...` fills what is there. A maker puts an empty instance before the function that fills it:
//!
//! ```python
//! def __init__(self, year, month, day): ...
//! __new__, __init__ = _maker(__init__), object.__init__
//! ```

use super::class::{Class, Instance, Native};
use super::func::FuncInfo;
use super::{Func, Host, HostObject, call};
use crate::value::Args;
use crate::{Fault, Ref, Res, Str, Value, ops};
use std::any::Any;

/// It is told as the function `__new__`.
pub struct Maker {
    fill: Value,
    class: Str,
    module: Str,
}

/// `_maker(init)`.
pub fn maker(args: &Args<'_>) -> Res {
    let Some(Value::Func(init)) = args.pos.first() else {
        return Err(Fault::type_error("_maker() takes a function"));
    };
    let class = init.info.qualname.split('.').next().unwrap_or_default();
    let info = FuncInfo {
        name: "__new__".into(),
        qualname: format!("{class}.__new__").into(),
        module: init.info.module.clone(),
        doc: init.info.doc.clone(),
        params: init.info.params.clone(),
        is_generator: false,
        code: init.info.code,
    };
    let fill = Func {
        info: Ref::new(info),
        defaults: init.defaults.clone(),
        captures: init.captures.clone(),
        owner: init.owner.clone(),
        identity: init.identity,
        marks: init.marks.clone(),
        wrapped: Value::Unbound,
    };
    Ok(Host::value(Maker {
        fill: Value::Func(Ref::new(fill)),
        class: class.into(),
        module: init.info.module.clone(),
    }))
}

impl Maker {
    /// That of a class, where its `__new__` is one.
    pub(super) fn of(new: &Value) -> Option<&Self> {
        match new {
            Value::Host(host) => host.downcast(),
            _ => None,
        }
    }

    /// A new instance of a class.
    pub(super) fn make(&self, class: &Ref<Class>, args: &Args<'_>) -> Res {
        super::abstracts::check_instance(class)?;
        let instance = Value::Instance(Ref::new(Instance::new(class.clone(), Native::None)));
        call::call_with(&self.fill, &instance, args)?;
        Ok(instance)
    }

    /// Python's own modules have functions, the others are in C.
    fn is_python(&self) -> bool {
        self.module.as_str() == "fractions"
    }
}

impl HostObject for Maker {
    fn type_name(&self) -> &str {
        if self.is_python() { "function" } else { "builtin_function_or_method" }
    }

    fn repr(&self) -> Res<String> {
        Err(Fault::not_pure("the default repr of a function shows its address"))
    }

    fn get_attr(&self, _this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        Ok(match name {
            "__name__" => Some(Value::str("__new__")),
            "__qualname__" => Some(Value::string(format!("{}.__new__", self.class))),
            _ => None,
        })
    }

    fn call(&self, args: &Args<'_>) -> Res {
        let name = format!("{}.{}.__new__", self.module, self.class);
        let class = match args.pos.first() {
            Some(Value::Class(class)) => class,
            None if self.is_python() => {
                return Err(call::missing_error(
                    &format!("{}.__new__", self.class),
                    "positional",
                    &["'cls'".to_owned()],
                ));
            }
            None => return Err(Fault::type_error(format!("{name}(): not enough arguments"))),
            Some(_) if self.is_python() => return Err(foreign()),
            Some(other) => {
                let ty = ops::type_name(other);
                return Err(Fault::type_error(format!("{name}(X): X is not a type object ({ty})")));
            }
        };
        let is_it = |c: &Class| c.module == self.module && c.qualname == self.class;
        if !is_it(class) && !class.mro_tail.iter().any(|c| is_it(c)) {
            if self.is_python() {
                return Err(foreign());
            }
            return Err(Fault::type_error(format!(
                "{name}({0}): {0} is not a subtype of {1}.{2}",
                class.name, self.module, self.class
            )));
        }
        self.make(class, &args.rest())
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// What `super` says in a `__new__` in Python that is given something else than a class derived from its own.
fn foreign() -> Fault {
    Fault::type_error("super(type, obj): obj must be an instance or subtype of type")
}
