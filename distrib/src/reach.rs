//! What a unit uses, directly or through functions, classes and values: the names of the edge, and the proxies.

use crate::future::Handle;
use crate::inputs::{self, Input};
use crate::proxy;
use afar_compiler::program::Code;
use afar_compiler::{CodeId, binds_first, compiler};
use afar_lang::ast::{Block, Name};
use afar_runtime::abi::Globals;
use afar_runtime::collections::Items;
use afar_runtime::object::class::Native;
use afar_runtime::object::descriptor::Descriptor;
use afar_runtime::object::{Class, Func, Instance, Remake};
use afar_runtime::{Fault, Ref, Res, Str, Value};
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// What a unit uses.
#[derive(Default)]
pub struct Reached {
    /// The names, as they are bound at this moment.
    pub names: Vec<Input>,
    /// The proxies.
    pub handles: Vec<Arc<Handle>>,
}

/// What a block uses. Of the names that it keeps, the earlier values count where they could show.
///
/// # Errors
///
/// Where there is something among it that has a state.
pub fn of_block(block: &Block, outer: &Code, keep: &[Name]) -> Res<Reached> {
    let mut walk = Walk::default();
    let empty = afar_lang::ast::Scope::default();
    let scope = block.scope.get().unwrap_or(&empty);
    for name in &scope.globals {
        walk.name(&outer.globals, name);
    }
    let own = scope.locals.iter().map(|l| &l.name).chain(keep);
    for name in own.filter(|n| !binds_first(&block.body, n)) {
        walk.name(&outer.globals, name);
    }
    walk.run()
}

/// What these values hold and use.
///
/// # Errors
///
/// Where there is something among it that has a state.
pub fn of_values<'a>(values: impl IntoIterator<Item = &'a Value>) -> Res<Reached> {
    let mut walk = Walk::default();
    walk.todo.extend(values.into_iter().cloned());
    walk.todo.reverse();
    walk.run()
}

/// What a range uses: the names that its code may read, and what it runs over and captured.
///
/// # Errors
///
/// Where there is something among it that has a state.
pub fn of_range(code: &Code, inputs: &[Value]) -> Res<Reached> {
    let mut walk = Walk::default();
    for name in code.names_read() {
        walk.name(&code.globals, &name);
    }
    walk.todo.extend(inputs.iter().rev().cloned());
    walk.run()
}

/// What these names of namespaces are bound to at this moment, and what that uses in turn.
///
/// # Errors
///
/// Where there is something among it that has a state.
pub fn of_names(names: &[(u32, Str)]) -> Res<Reached> {
    let mut walk = Walk::default();
    for (id, name) in names {
        if let Some(globals) = afar_runtime::abi::globals(i64::from(*id)) {
            walk.name(&globals, &Name::from(name.as_str()));
        }
    }
    walk.run()
}

#[derive(Default)]
struct Walk {
    seen: FxHashSet<usize>,
    seen_names: FxHashSet<(u32, Name)>,
    names: Vec<Input>,
    handles: Vec<Arc<Handle>>,
    todo: Vec<Value>,
}

impl Walk {
    fn run(mut self) -> Res<Reached> {
        while let Some(value) = self.todo.pop() {
            self.value(&value)?;
        }
        Ok(Reached { names: self.names, handles: self.handles })
    }

    /// A name, here or in the namespaces around.
    fn name(&mut self, globals: &Globals, name: &Name) {
        if !self.seen_names.insert((globals.id, name.clone())) {
            return;
        }
        let found = globals.find_own(name);
        let is_bound = found.is_some();
        let is_proxied = found.as_ref().is_some_and(|f| inputs::holds_proxy(&f.value));
        self.todo.extend(found.iter().map(|f| f.value.clone()));
        self.names.push(Input { globals: globals.id, name: Str::new(name), found, is_proxied });
        if !is_bound && let Some(parent) = globals.parent() {
            self.name(parent, name);
        }
    }

    fn is_new<T>(&mut self, of: &Ref<T>) -> bool {
        self.seen.insert(Ref::as_ptr(of).addr())
    }

    fn value(&mut self, value: &Value) -> Res<()> {
        match value {
            Value::Tuple(items) => self.items(items),
            Value::List(list) => {
                if let Items::Any(items) = list.items() {
                    self.items(items);
                }
            }
            Value::Dict(dict) => {
                for (key, value) in dict.iter() {
                    self.items(std::slice::from_ref(key));
                    self.items(std::slice::from_ref(value));
                }
            }
            Value::Set(set) => set.iter_unordered().for_each(|v| self.items(std::slice::from_ref(v))),
            Value::Func(func) => self.func(func),
            Value::Method(method) => {
                self.todo.push(method.receiver.clone());
                self.todo.push(method.func.clone());
            }
            Value::Class(class) => self.class(class),
            Value::Instance(instance) => self.instance(instance),
            Value::View(view) => self.todo.push(Value::Dict(view.dict.clone())),
            Value::Cell(cell) if self.is_new(cell) => self.todo.push(cell.get()),
            Value::Iter(iter) => {
                let kind = iter.with(|it| Ok(it.type_name())).unwrap_or("generator");
                return Err(Fault::not_pure(format!(
                    "a `{kind}` has a state, and cannot leave the edge: use `list(...)` of it"
                )));
            }
            Value::Host(host) => {
                if let Some(handle) = proxy::handle_of(value) {
                    self.handles.push(handle.clone());
                }
                self.todo.extend(host.0.wrapped());
                self.todo.extend(host.0.remake().iter().flat_map(Remake::values).cloned());
            }
            _ => {}
        }
        Ok(())
    }

    fn items(&mut self, items: &[Value]) {
        self.todo.extend(items.iter().rev().filter(|v| !is_leaf(v)).cloned());
    }

    fn func(&mut self, func: &Ref<Func>) {
        if !self.is_new(func) {
            return;
        }
        let code = compiler().code(CodeId(func.info.code));
        for name in &code.free {
            self.name(&code.globals, name);
        }
        self.items(&func.captures);
        self.items(&func.defaults);
        self.todo.extend(func.owner.get().cloned());
        self.todo.extend(Some(&func.wrapped).filter(|v| v.is_bound()).cloned());
    }

    fn class(&mut self, class: &Ref<Class>) {
        if class.is_builtin || !self.is_new(class) {
            return;
        }
        self.todo.extend(class.bases.iter().map(|b| Value::Class(b.clone())));
        let attrs = class.attrs.get().into_iter().flatten().map(|(_, v)| v);
        self.todo.extend(attrs.filter(|v| !is_leaf(v)).cloned());
    }

    fn instance(&mut self, instance: &Ref<Instance>) {
        if !self.is_new(instance) {
            return;
        }
        self.class(&instance.class);
        let fields = instance.named_fields();
        self.todo.extend(fields.into_iter().map(|(_, v)| v).filter(|v| !is_leaf(v)));
        match &instance.native {
            Native::None => {}
            Native::Auto(given) => self.todo.extend(given.clone()),
            Native::Value(_) | Native::Late(_) => self.todo.extend(instance.payload().cloned()),
            Native::Exception(state) => {
                self.todo.extend(state.args());
                self.todo.extend([state.cause(), state.context()]);
                self.todo.extend(state.group.get().into_iter().flat_map(|g| g.exceptions.clone()));
            }
            Native::Descriptor(descriptor) => self.todo.extend(parts(descriptor)),
        }
    }
}

/// The values in a descriptor.
fn parts(descriptor: &Descriptor) -> Vec<Value> {
    match descriptor {
        Descriptor::Property { get, set, delete, .. } => vec![get.clone(), set.clone(), delete.clone()],
        Descriptor::Static(value) | Descriptor::Class(value) => vec![value.clone()],
        _ => Vec::new(),
    }
}

fn is_leaf(value: &Value) -> bool {
    value.tag() < Value::FIRST_COUNTED
        || matches!(
            value,
            Value::Str(_)
                | Value::Bytes(_)
                | Value::BigInt(_)
                | Value::Complex(_)
                | Value::Range(_)
                | Value::Slice(_)
                | Value::Module(_)
        )
}
