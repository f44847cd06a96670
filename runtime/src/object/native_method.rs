//! Functions in Rust that stand in classes of the program as if `def` had made them.

use super::func::{FuncInfo, ParamInfo, ParamKind};
use super::{Func, Host, HostObject, Marks};
use crate::value::{Args, Str};
use crate::{Fault, Ref, Res, Value};
use std::any::Any;
use std::sync::OnceLock;

/// A method, with what it knows besides its arguments.
pub(super) struct NativeMethod<T> {
    name: &'static str,
    qualname: Str,
    state: T,
    call: fn(&T, &Args<'_>) -> Res,
}

impl<T: Send + Sync + 'static> NativeMethod<T> {
    /// A method as a value.
    pub(super) fn value(class: &str, name: &'static str, state: T, call: fn(&T, &Args<'_>) -> Res) -> Value {
        let qualname = if class.is_empty() { name.into() } else { format!("{class}.{name}").into() };
        Host::value(Self { name, qualname, state, call })
    }
}

impl<T: Send + Sync + 'static> HostObject for NativeMethod<T> {
    fn type_name(&self) -> &str {
        "function"
    }

    fn repr(&self) -> Res<String> {
        Err(Fault::not_pure("the default repr of a `function` object shows its address"))
    }

    fn get_attr(&self, _this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        Ok(match name {
            "__name__" => Some(Value::str(self.name)),
            "__qualname__" => Some(Value::Str(self.qualname.clone())),
            "__doc__" => Some(Value::None),
            "__annotations__" | "__defaults__" | "__kwdefaults__" | "__code__" | "__globals__"
            | "__closure__" | "__dict__" => {
                return Err(Fault::not_pure(format!(
                    "`{name}` of a method that the library makes is not kept"
                )));
            }
            _ => None,
        })
    }

    fn call(&self, args: &Args<'_>) -> Res {
        (self.call)(&self.state, args)
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn binds(&self) -> bool {
        true
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A function without code, to bind arguments to its parameters.
pub(super) fn signature(qualname: String, params: Vec<(Str, ParamKind, Value)>) -> Ref<Func> {
    let (mut infos, mut defaults) = (Vec::new(), Vec::new());
    for (name, kind, default) in params {
        infos.push(ParamInfo { name, kind });
        defaults.push(default);
    }
    let info = FuncInfo {
        name: qualname.rsplit('.').next().unwrap_or_default().into(),
        qualname: qualname.into(),
        module: "builtins".into(),
        doc: None,
        params: infos,
        is_generator: false,
        code: u32::MAX,
    };
    Ref::new(Func {
        info: Ref::new(info),
        defaults: defaults.into(),
        captures: Box::default(),
        owner: OnceLock::new(),
        identity: Func::new_identity(),
        marks: Marks::default(),
        wrapped: Value::Unbound,
    })
}
