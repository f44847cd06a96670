//! `ChainMap`: several mappings seen as one, the first one that has a key wins.

use crate::native::NativeClass;
use afar_runtime::collections::{Dict, View, ViewKind, construct_dict};
use afar_runtime::object::{Host, HostObject, Method, Side};
use afar_runtime::ops::{self, BinOp, CmpOp};
use afar_runtime::{Args, Builtin, Fault, Ref, Res, Value, iter};

/// The class.
pub static CLASS: NativeClass =
    NativeClass { module: "collections", name: "ChainMap", construct, statics: STATICS, constants: &[] };

const STATICS: &[Builtin] = &[Builtin {
    name: "fromkeys",
    owner: "",
    call: |args| {
        let made = afar_runtime::collections::static_method("dict", "fromkeys").map(|b| (b.call)(args));
        Ok(Host::value(ChainMap { maps: vec![made.unwrap_or(Ok(Value::None))?] }))
    },
}];

fn empty() -> Value {
    Value::Dict(Ref::new(Dict::new()))
}

/// `ChainMap(*maps)`.
fn construct(args: &Args<'_>) -> Res {
    if let Some((key, _)) = args.kw.first() {
        return Err(Fault::type_error(format!(
            "ChainMap.__init__() got an unexpected keyword argument '{key}'"
        )));
    }
    let maps = if args.pos.is_empty() { vec![empty()] } else { args.pos.to_vec() };
    Ok(Host::value(ChainMap { maps }))
}

struct ChainMap {
    maps: Vec<Value>,
}

static METHODS: &[Builtin] = &[
    Builtin {
        name: "__contains__",
        owner: "ChainMap",
        call: |args| with(args, 1, |map, a| map.has(&a[0]).map(Value::Bool)),
    },
    Builtin { name: "__getitem__", owner: "ChainMap", call: |args| with(args, 1, |map, a| map.item(&a[0])) },
    Builtin { name: "__iter__", owner: "ChainMap", call: |args| with(args, 0, |map, _| map.keys()) },
    Builtin {
        name: "__len__",
        owner: "ChainMap",
        call: |args| with(args, 0, |map, _| Ok(Value::usize(map.flat()?.len()))),
    },
    Builtin {
        name: "copy",
        owner: "ChainMap",
        call: |args| with(args, 0, |map, _| Ok(Host::value(ChainMap { maps: map.maps.clone() }))),
    },
    Builtin { name: "get", owner: "ChainMap", call: get },
    Builtin { name: "items", owner: "ChainMap", call: |args| view(args, ViewKind::Items) },
    Builtin { name: "keys", owner: "ChainMap", call: |args| view(args, ViewKind::Keys) },
    Builtin { name: "new_child", owner: "ChainMap", call: new_child },
    Builtin { name: "values", owner: "ChainMap", call: |args| view(args, ViewKind::Values) },
];

const MUTATING: &[&str] = &["pop", "popitem", "clear", "update", "setdefault", "__setitem__", "__delitem__"];

fn of(value: &Value) -> Option<&ChainMap> {
    match value {
        Value::Host(host) => host.downcast(),
        _ => None,
    }
}

fn with(args: &Args<'_>, n: usize, run: impl Fn(&ChainMap, &[Value]) -> Res) -> Res {
    let rest = &args.pos[1..];
    if rest.len() != n || !args.kw.is_empty() {
        return Err(Fault::type_error(format!(
            "a method of ChainMap takes {} positional arguments but {} were given",
            n + 1,
            args.pos.len()
        )));
    }
    match of(args.receiver()) {
        Some(map) => run(map, rest),
        None => Err(Fault::type_error("a method of ChainMap is called on something else")),
    }
}

fn view(args: &Args<'_>, kind: ViewKind) -> Res {
    with(args, 0, |_, _| Ok(Host::value(MapView { map: args.receiver().clone(), kind })))
}

fn get(args: &Args<'_>) -> Res {
    let rest = args.rest();
    let [key, default] = crate::native::bind_python(&rest, "ChainMap.get", ["key", "default"], 1)?;
    let key = key.unwrap_or(&Value::None);
    match of(args.receiver()) {
        Some(map) if map.has(key)? => map.item(key),
        _ => Ok(default.cloned().unwrap_or(Value::None)),
    }
}

fn new_child(args: &Args<'_>) -> Res {
    let first = match args.pos.get(1) {
        None | Some(Value::None) => construct_dict(&Args { pos: &[], kw: args.kw })?,
        Some(map) if args.kw.is_empty() => map.clone(),
        Some(map) => construct_dict(&Args { pos: std::slice::from_ref(map), kw: args.kw })?,
    };
    let mut maps = vec![first];
    maps.extend(of(args.receiver()).map(|map| map.maps.clone()).unwrap_or_default());
    Ok(Host::value(ChainMap { maps }))
}

impl ChainMap {
    fn item(&self, key: &Value) -> Res {
        for map in &self.maps {
            match ops::getitem(map, key) {
                Err(e) if e.is("KeyError") => {}
                result => return result,
            }
        }
        Err(Fault::key_error(key.clone()))
    }

    fn has(&self, key: &Value) -> Res<bool> {
        for map in &self.maps {
            if ops::contains(map, key)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// One dict with all keys, in the order that iteration shows, and the values that win.
    fn flat(&self) -> Res<Ref<Dict>> {
        let mut flat = Dict::new();
        for map in self.maps.iter().rev() {
            let it = iter::of(map)?;
            while let Some(key) = iter::advance(&it)? {
                flat.insert(key, Value::None)?;
            }
        }
        let mut full = Dict::new();
        for (key, _) in flat.iter() {
            full.insert(key.clone(), self.item(key)?)?;
        }
        Ok(Ref::new(full))
    }

    fn keys(&self) -> Res {
        iter::of(&Value::Dict(self.flat()?))
    }
}

/// `m.keys()`, `m.values()`, `m.items()`.
struct MapView {
    map: Value,
    kind: ViewKind,
}

impl MapView {
    /// The same as a view of one dict.
    fn flat(&self) -> Res {
        let dict = of(&self.map).map_or_else(|| Ok(Ref::new(Dict::new())), ChainMap::flat)?;
        Ok(Value::View(Ref::new(View { kind: self.kind, dict })))
    }
}

impl HostObject for MapView {
    fn type_name(&self) -> &str {
        match self.kind {
            ViewKind::Keys => "KeysView",
            ViewKind::Values => "ValuesView",
            ViewKind::Items => "ItemsView",
        }
    }

    fn module(&self) -> &str {
        "collections.abc"
    }

    fn repr(&self) -> Res<String> {
        Ok(format!("{}({})", self.type_name(), ops::repr(&self.map)?))
    }

    fn get_attr(&self, _: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        if name == "isdisjoint" {
            return afar_runtime::object::attr::find(&self.flat()?, name);
        }
        Ok((name == "__reversed__").then_some(Value::None))
    }

    fn contains(&self, item: &Value) -> Option<Res<bool>> {
        Some(self.flat().and_then(|view| ops::contains(&view, item)))
    }

    fn is_iterable(&self) -> bool {
        true
    }

    fn iter(&self) -> Option<Res> {
        Some(self.flat().and_then(|view| iter::of(&view)))
    }

    fn len(&self) -> Option<Res<usize>> {
        Some(self.flat().and_then(|view| ops::len(&view)))
    }

    fn compare(&self, op: CmpOp, other: &Value) -> Option<Res> {
        if self.kind == ViewKind::Values {
            return None;
        }
        let other = match other {
            Value::Host(host) => match host.downcast::<Self>()?.flat() {
                Ok(other) => other,
                Err(fault) => return Some(Err(fault)),
            },
            other => other.clone(),
        };
        Some(self.flat().and_then(|view| ops::compare(op, &view, &other)))
    }

    fn binary(&self, op: BinOp, other: &Value, side: Side) -> Option<Res> {
        if self.kind == ViewKind::Values
            || !matches!(op, BinOp::BitAnd | BinOp::BitOr | BinOp::BitXor | BinOp::Sub)
        {
            return None;
        }
        Some(self.flat().and_then(|view| match side {
            Side::Left => ops::binary(op, &view, other),
            Side::Right => ops::binary(op, other, &view),
        }))
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

impl HostObject for ChainMap {
    fn type_name(&self) -> &str {
        "ChainMap"
    }

    fn module(&self) -> &str {
        "collections"
    }

    fn repr(&self) -> Res<String> {
        let maps = self.maps.iter().map(ops::repr).collect::<Res<Vec<String>>>()?;
        Ok(format!("ChainMap({})", maps.join(", ")))
    }

    fn get_attr(&self, this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        if MUTATING.contains(&name) {
            return Err(Fault::not_pure(format!(
                "`ChainMap.{name}` changes its first mapping in place: use `new_child`"
            )));
        }
        Ok(match name {
            "__reversed__" => Some(Value::None),
            "maps" => Some(Value::list(self.maps.clone())),
            "parents" => {
                let rest = &self.maps[1..];
                let maps = if rest.is_empty() { vec![empty()] } else { rest.to_vec() };
                Some(Host::value(ChainMap { maps }))
            }
            _ => METHODS.iter().find(|b| b.name == name).map(|b| {
                let receiver = Value::Host(this.clone());
                Value::Method(Ref::new(Method { func: Value::Builtin(b), receiver }))
            }),
        })
    }

    fn getitem(&self, key: &Value) -> Option<Res> {
        Some(self.item(key))
    }

    fn contains(&self, key: &Value) -> Option<Res<bool>> {
        Some(self.has(key))
    }

    fn is_iterable(&self) -> bool {
        true
    }

    fn iter(&self) -> Option<Res> {
        Some(self.keys())
    }

    fn len(&self) -> Option<Res<usize>> {
        Some(self.flat().map(|d| d.len()))
    }

    fn truthy(&self) -> Option<Res<bool>> {
        for map in &self.maps {
            match ops::truthy(map) {
                Ok(false) => {}
                other => return Some(other),
            }
        }
        Some(Ok(false))
    }

    fn eq(&self, other: &Value) -> Option<Res<bool>> {
        let theirs = match (other, of(other)) {
            (Value::Dict(_), _) => Ok(other.clone()),
            (_, Some(map)) => map.flat().map(Value::Dict),
            _ => return Some(Ok(false)),
        };
        Some(theirs.and_then(|theirs| ops::eq(&Value::Dict(self.flat()?), &theirs)))
    }

    fn hash(&self) -> Option<Res<u64>> {
        Some(Err(Fault::type_error("unhashable type: 'ChainMap'")))
    }

    fn binary(&self, op: BinOp, other: &Value, side: Side) -> Option<Res> {
        if op != BinOp::BitOr || !(matches!(other, Value::Dict(_)) || of(other).is_some()) {
            return None;
        }
        Some(match side {
            Side::Left => {
                let pair = [self.maps[0].clone(), other.clone()];
                merged(&pair).map(|first| {
                    let mut maps = vec![first];
                    maps.extend_from_slice(&self.maps[1..]);
                    Host::value(ChainMap { maps })
                })
            }
            Side::Right => {
                let mut all = vec![other.clone()];
                all.extend(self.maps.iter().rev().cloned());
                merged(&all).map(|only| Host::value(ChainMap { maps: vec![only] }))
            }
        })
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

/// One dict of all, later ones winning.
fn merged(all: &[Value]) -> Res {
    let mut dict = Dict::new();
    for map in all {
        if let Value::Dict(other) = construct_dict(&Args::positional(std::slice::from_ref(map)))? {
            dict.update(&other)?;
        }
    }
    Ok(Value::Dict(Ref::new(dict)))
}
