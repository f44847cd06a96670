//! Match objects.

use super::matcher::{Found, UNSET};
use super::pattern::{Pattern, Subject, pattern_of};
use super::template;
use afar_runtime::collections::Dict;
use afar_runtime::object::{Host, HostObject, Method};
use afar_runtime::{Args, Builtin, Fault, Ref, Res, Value, number, ops};

impl Found {
    /// The span of a group, 0 for the whole; `None` where it did not match.
    pub fn group(&self, group: usize) -> Option<(usize, usize)> {
        if group == 0 {
            return Some((self.start, self.end));
        }
        let (start, end) = (*self.slots.get(group * 2 - 2)?, *self.slots.get(group * 2 - 1)?);
        (start != UNSET && end != UNSET).then_some((start, end))
    }

    fn n_groups(&self) -> usize {
        self.slots.len() / 2
    }

    fn last(&self) -> Option<usize> {
        self.slots.last().copied().filter(|last| *last != UNSET)
    }
}

/// A match.
pub struct Match {
    pattern: Value,
    subject: Ref<Subject>,
    bounds: (usize, usize),
    found: Found,
}

static METHODS: &[Builtin] = &[
    Builtin { name: "__getitem__", owner: "Match", call: |args| of(args)?.item(&one(args, "__getitem__")?) },
    Builtin { name: "end", owner: "Match", call: |args| Ok(of(args)?.place(args, "end")?.1) },
    Builtin { name: "expand", owner: "Match", call: expand },
    Builtin { name: "group", owner: "Match", call: group },
    Builtin { name: "groupdict", owner: "Match", call: groupdict },
    Builtin { name: "groups", owner: "Match", call: groups },
    Builtin {
        name: "span",
        owner: "Match",
        call: |args| {
            let (start, end) = of(args)?.place(args, "span")?;
            Ok(Value::tuple(vec![start, end]))
        },
    },
    Builtin { name: "start", owner: "Match", call: |args| Ok(of(args)?.place(args, "start")?.0) },
];

fn of<'a>(args: &Args<'a>) -> Res<&'a Match> {
    match args.receiver() {
        Value::Host(host) => host.downcast(),
        _ => None,
    }
    .ok_or_else(|| Fault::type_error("a method of re.Match is called on something else"))
}

fn one(args: &Args<'_>, name: &str) -> Res {
    args.rest().count(name, 1, 1)?;
    Ok(args.pos[1].clone())
}

impl Match {
    /// A match of a pattern in a subject between two bounds.
    pub fn new(pattern: Value, subject: Ref<Subject>, bounds: (usize, usize), found: Found) -> Self {
        Self { pattern, subject, bounds, found }
    }

    fn pattern(&self) -> Res<&Pattern> {
        pattern_of(&self.pattern).ok_or_else(|| Fault::type_error("a match without a pattern"))
    }

    /// The number of a group from its number or name.
    fn number(&self, index: &Value) -> Res<usize> {
        let refuse = || Fault::index_error("no such group");
        let group = match index {
            Value::Int(n) => usize::try_from(*n).ok(),
            Value::Str(name) => {
                self.pattern()?.names.iter().find(|(n, _)| n == name).map(|(_, group)| *group)
            }
            index if is_index(index) => match number::ops_index(index) {
                Ok(Value::Int(n)) => usize::try_from(n).ok(),
                Ok(_) => None,
                Err(fault) if fault.is("TypeError") => None,
                Err(fault) => return Err(fault),
            },
            // Anything else is looked up among the names.
            other => match &*self.pattern()?.names {
                [] => None,
                names => {
                    let mut dict = Dict::new();
                    for (name, group) in names {
                        dict.insert(Value::Str(name.clone()), Value::usize(*group))?;
                    }
                    match dict.get(other)? {
                        Some(Value::Int(n)) => usize::try_from(*n).ok(),
                        _ => None,
                    }
                }
            },
        };
        group.filter(|group| *group <= self.found.n_groups()).ok_or_else(refuse)
    }

    fn text(&self, group: usize, default: &Value) -> Value {
        match self.found.group(group) {
            Some((start, end)) => self.subject.slice(start, end),
            None => default.clone(),
        }
    }

    fn item(&self, index: &Value) -> Res {
        Ok(self.text(self.number(index)?, &Value::None))
    }

    /// Start and end of the group that the one optional argument names.
    fn place(&self, args: &Args<'_>, name: &str) -> Res<(Value, Value)> {
        args.rest().no_keywords(&format!("Match.{name}"))?;
        args.rest().count(name, 0, 1)?;
        let group = match args.pos.get(1) {
            Some(index) => self.number(index)?,
            None => 0,
        };
        Ok(self.span(group))
    }

    fn span(&self, group: usize) -> (Value, Value) {
        match self.found.group(group) {
            Some((start, end)) => (Value::usize(start), Value::usize(end)),
            None => (Value::Int(-1), Value::Int(-1)),
        }
    }
}

/// Is it an int, or has it `__index__`.
fn is_index(value: &Value) -> bool {
    number::to_big(value).is_some()
        || matches!(value, Value::Instance(i) if i.class.special("__index__").is_some() || i.class.layout == "int")
}

fn group(args: &Args<'_>) -> Res {
    args.no_keywords("Match.group")?;
    let this = of(args)?;
    match &args.pos[1..] {
        [] => Ok(this.text(0, &Value::None)),
        [index] => this.item(index),
        all => Ok(Value::tuple(all.iter().map(|index| this.item(index)).collect::<Res<Vec<_>>>()?)),
    }
}

fn groups(args: &Args<'_>) -> Res {
    let this = of(args)?;
    let [default] = args.rest().bind("groups", ["default"], 0, 0, 1)?;
    let default = default.unwrap_or(&Value::None);
    Ok(Value::tuple((1..=this.found.n_groups()).map(|g| this.text(g, default)).collect::<Vec<_>>()))
}

fn groupdict(args: &Args<'_>) -> Res {
    let this = of(args)?;
    let [default] = args.rest().bind("groupdict", ["default"], 0, 0, 1)?;
    let default = default.unwrap_or(&Value::None);
    let mut dict = Dict::new();
    for (name, group) in &this.pattern()?.names {
        dict.insert(Value::Str(name.clone()), this.text(*group, default))?;
    }
    Ok(Value::Dict(Ref::new(dict)))
}

fn expand(args: &Args<'_>) -> Res {
    let this = of(args)?;
    let [wanted] = args.rest().bind("expand", ["template"], 0, 1, 1)?;
    let template = template::parse(this.pattern()?, wanted.unwrap_or(&Value::None))?;
    let mut out = template::Output::new(this.subject.empty().as_str().is_some());
    template.expand(&this.subject, &this.found, &mut out)?;
    out.finish()
}

impl HostObject for Match {
    fn type_name(&self) -> &str {
        "Match"
    }

    fn module(&self) -> &str {
        "re"
    }

    fn repr(&self) -> Res<String> {
        let (start, end) = (self.found.start, self.found.end);
        let shown: String = ops::repr(&self.text(0, &Value::None))?.chars().take(50).collect();
        Ok(format!("<re.Match object; span=({start}, {end}), match={shown}>"))
    }

    fn get_attr(&self, this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        Ok(match name {
            "re" => Some(self.pattern.clone()),
            "string" => Some(self.subject.value.clone()),
            "pos" => Some(Value::usize(self.bounds.0)),
            "endpos" => Some(Value::usize(self.bounds.1)),
            "lastindex" => Some(self.found.last().map_or(Value::None, Value::usize)),
            "lastgroup" => {
                let names = &self.pattern()?.names;
                let last = self.found.last();
                let found = names.iter().find(|(_, group)| Some(*group) == last);
                Some(found.map_or(Value::None, |(name, _)| Value::Str(name.clone())))
            }
            "regs" => {
                let span = |group| {
                    let (start, end) = self.span(group);
                    Value::tuple(vec![start, end])
                };
                Some(Value::tuple((0..=self.found.n_groups()).map(span).collect::<Vec<_>>()))
            }
            _ if name.starts_with("__") && name != "__getitem__" => None,
            _ => match METHODS.iter().find(|m| m.name == name) {
                Some(method) => {
                    let receiver = Value::Host(this.clone());
                    Some(Value::Method(Ref::new(Method { func: Value::Builtin(method), receiver })))
                }
                None => {
                    return Err(Fault::attribute_error(format!(
                        "'re.Match' object has no attribute '{name}'"
                    )));
                }
            },
        })
    }

    fn truthy(&self) -> Option<Res<bool>> {
        Some(Ok(true))
    }

    fn getitem(&self, index: &Value) -> Option<Res> {
        Some(self.item(index))
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
