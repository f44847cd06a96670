//! `itemgetter`, `attrgetter`, `methodcaller`.

use crate::native::NativeClass;
use afar_runtime::collections::arity;
use afar_runtime::object::class::unwrap;
use afar_runtime::object::{Host, HostObject, Remake, attr, call};
use afar_runtime::{Args, Fault, Ref, Res, Str, Value, ops};
use std::sync::OnceLock;

static CLASSES: [NativeClass; 3] = [
    NativeClass {
        module: "operator",
        name: "attrgetter",
        construct: attrgetter,
        statics: &[],
        constants: &[],
    },
    NativeClass {
        module: "operator",
        name: "itemgetter",
        construct: itemgetter,
        statics: &[],
        constants: &[],
    },
    NativeClass {
        module: "operator",
        name: "methodcaller",
        construct: methodcaller,
        statics: &[],
        constants: &[],
    },
];

/// One of the three classes.
pub fn lookup(name: &str) -> Option<Value> {
    static VALUES: OnceLock<Vec<Value>> = OnceLock::new();
    let at = CLASSES.iter().position(|c| c.name == name)?;
    VALUES.get_or_init(|| CLASSES.iter().map(Host::value).collect()).get(at).cloned()
}

fn some(args: &Args<'_>, name: &str) -> Res<()> {
    args.no_keywords(name)?;
    if args.pos.is_empty() {
        return Err(Fault::type_error(format!("{name} expected 1 argument, got 0")));
    }
    Ok(())
}

/// `itemgetter(item, ...)`.
fn itemgetter(args: &Args<'_>) -> Res {
    some(args, "itemgetter")?;
    Ok(Host::value(ItemGetter(args.pos.to_vec())))
}

fn shown(name: &str, pos: &[Value], kw: &[(Str, Value)]) -> Res<String> {
    let mut parts = pos.iter().map(ops::repr).collect::<Res<Vec<String>>>()?;
    for (key, value) in kw {
        parts.push(format!("{key}={}", ops::repr(value)?));
    }
    Ok(format!("operator.{name}({})", parts.join(", ")))
}

/// `operator.itemgetter(...)`.
pub struct ItemGetter(Vec<Value>);

impl HostObject for ItemGetter {
    fn type_name(&self) -> &str {
        "itemgetter"
    }

    fn module(&self) -> &str {
        "operator"
    }

    fn repr(&self) -> Res<String> {
        shown("itemgetter", &self.0, &[])
    }

    fn get_attr(&self, _: &Ref<Host>, _: &str) -> Res<Option<Value>> {
        Ok(None)
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(&self, args: &Args<'_>) -> Res {
        args.no_keywords("itemgetter")?;
        arity("itemgetter", args.pos.len(), 1, 1)?;
        match &*self.0 {
            [one] => ops::getitem(&args.pos[0], one),
            all => {
                let items = all.iter().map(|i| ops::getitem(&args.pos[0], i)).collect::<Res<Vec<Value>>>()?;
                Ok(Value::tuple(items))
            }
        }
    }

    fn remake(&self) -> Option<Remake> {
        Some(Remake::new(lookup("itemgetter")?, self.0.clone()))
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

/// `attrgetter(name, ...)`.
fn attrgetter(args: &Args<'_>) -> Res {
    some(args, "attrgetter")?;
    let names = args
        .pos
        .iter()
        .map(|name| match unwrap(name) {
            Value::Str(name) => Ok(name.clone()),
            _ => Err(Fault::type_error("attribute name must be a string")),
        })
        .collect::<Res<Vec<Str>>>()?;
    Ok(Host::value(AttrGetter(names)))
}

struct AttrGetter(Vec<Str>);

impl HostObject for AttrGetter {
    fn type_name(&self) -> &str {
        "attrgetter"
    }

    fn module(&self) -> &str {
        "operator"
    }

    fn repr(&self) -> Res<String> {
        let names: Vec<Value> = self.0.iter().map(|n| Value::Str(n.clone())).collect();
        shown("attrgetter", &names, &[])
    }

    fn get_attr(&self, _: &Ref<Host>, _: &str) -> Res<Option<Value>> {
        Ok(None)
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(&self, args: &Args<'_>) -> Res {
        args.no_keywords("attrgetter")?;
        arity("attrgetter", args.pos.len(), 1, 1)?;
        let get = |name: &Str| -> Res {
            let mut value = args.pos[0].clone();
            for part in name.as_str().split('.') {
                value = attr::get(&value, part)?;
            }
            Ok(value)
        };
        match &*self.0 {
            [one] => get(one),
            all => Ok(Value::tuple(all.iter().map(get).collect::<Res<Vec<Value>>>()?)),
        }
    }

    fn remake(&self) -> Option<Remake> {
        Some(Remake::new(lookup("attrgetter")?, self.0.iter().cloned().map(Value::Str).collect()))
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

/// `methodcaller(name, *args, **kwargs)`.
fn methodcaller(args: &Args<'_>) -> Res {
    let [name, pos @ ..] = args.pos else {
        return Err(Fault::type_error("methodcaller needs at least one argument, the method name"));
    };
    let Value::Str(name) = unwrap(name) else {
        return Err(Fault::type_error("method name must be a string"));
    };
    Ok(Host::value(MethodCaller { name: name.clone(), pos: pos.to_vec(), kw: args.kw.to_vec() }))
}

struct MethodCaller {
    name: Str,
    pos: Vec<Value>,
    kw: Vec<(Str, Value)>,
}

impl HostObject for MethodCaller {
    fn type_name(&self) -> &str {
        "methodcaller"
    }

    fn module(&self) -> &str {
        "operator"
    }

    fn repr(&self) -> Res<String> {
        let mut pos = vec![Value::Str(self.name.clone())];
        pos.extend(self.pos.iter().cloned());
        shown("methodcaller", &pos, &self.kw)
    }

    fn get_attr(&self, _: &Ref<Host>, _: &str) -> Res<Option<Value>> {
        Ok(None)
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(&self, args: &Args<'_>) -> Res {
        args.no_keywords("methodcaller")?;
        arity("methodcaller", args.pos.len(), 1, 1)?;
        call::call_method(&args.pos[0], &self.name, &Args { pos: &self.pos, kw: &self.kw })
    }

    fn remake(&self) -> Option<Remake> {
        let name = Value::Str(self.name.clone());
        let pos = std::iter::once(name).chain(self.pos.iter().cloned()).collect();
        Some(Remake { func: lookup("methodcaller")?, pos, kw: self.kw.clone() })
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
