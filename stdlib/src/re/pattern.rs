//! Compiled patterns: making them, and their methods.

use super::matched::Match;
use super::matcher::{Found, Request, match_at, search};
use super::program::{Program, compile};
use super::template::{self, Template};
use super::tree::{self, DEBUG, LOCALE, TEMPLATE, Wrong};
use super::{parse, raise};
use afar_runtime::collections::Dict;
use afar_runtime::iter::{Iter, Iterate};
use afar_runtime::object::{Host, HostObject, Method, Remake, call};
use afar_runtime::{Args, Builtin, Fault, Ref, Res, Str, Value, number, ops, text};
use std::sync::{Mutex, PoisonError};

/// A compiled pattern.
pub struct Pattern {
    /// What was compiled.
    pub source: Value,
    /// Is it text, not bytes.
    pub is_text: bool,
    /// Its flags.
    pub flags: u32,
    /// The names of groups, with their numbers.
    pub names: Vec<(Str, usize)>,
    program: Program,
}

/// What is searched: a value, and its characters where they are not its bytes.
pub struct Subject {
    /// The value.
    pub value: Value,
    is_text: bool,
    wide: Option<Vec<u32>>,
    /// Its length in characters.
    pub len: usize,
}

static CACHE: Mutex<Vec<(Value, u32, Value)>> = Mutex::new(Vec::new());

/// How many patterns are kept for the functions of the module.
const MAX_CACHED: usize = 128;

/// The pattern of a call of a function of the module.
pub fn compiled(source: &Value, flags: Option<&Value>) -> Res {
    // Both are looked up in a table first.
    if let Some(flags) = flags {
        ops::hash(flags)?;
    }
    if pattern_of(source).is_none() {
        ops::hash(source)?;
    }
    if pattern_of(source).is_none() && text::str_of(source).is_none() && text::bytes_of(source).is_none() {
        return Err(Fault::type_error("first argument must be string or compiled pattern"));
    }
    let flags = match flags {
        None => 0,
        Some(flags) if number::to_big(flags).is_none() && !matches!(flags, Value::Instance(_)) => {
            return Err(Fault::type_error(format!(
                "unsupported operand type(s) for &: '{}' and 'RegexFlag'",
                ops::type_name(flags)
            )));
        }
        Some(flags) => match ops::index(flags)? {
            Value::Int(flags) if (0..1 << 16).contains(&flags) => u32::try_from(flags).unwrap_or(0),
            _ => return Err(Fault::not_pure("`re` flags beyond those of the module")),
        },
    };
    if pattern_of(source).is_some() {
        if flags != 0 {
            return Err(Fault::value_error("cannot process flags argument with a compiled pattern"));
        }
        return Ok(source.clone());
    }
    {
        let cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
        let found = cache.iter().rev().find(|(s, f, _)| *f == flags && same_text(s, source));
        if let Some((_, _, pattern)) = found {
            return Ok(pattern.clone());
        }
    }
    let made = Host::value(make(source, flags)?);
    if matches!(source, Value::Str(_) | Value::Bytes(_)) {
        let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= MAX_CACHED {
            cache.remove(0);
        }
        cache.push((source.clone(), flags, made.clone()));
    }
    Ok(made)
}

fn same_text(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::Bytes(a), Value::Bytes(b)) => a == b,
        _ => false,
    }
}

/// Text or bytes as characters, those of Latin 1 for bytes; and is it text.
pub fn chars_of(value: &Value) -> Option<(Vec<char>, bool)> {
    if let Some(text) = text::str_of(value) {
        return Some((text.chars().collect(), true));
    }
    text::bytes_of(value).map(|bytes| (bytes.iter().map(|b| char::from(*b)).collect(), false))
}

fn make(source: &Value, flags: u32) -> Res<Pattern> {
    let Some((chars, is_text)) = chars_of(source) else {
        ops::hash(source)?;
        return Err(Fault::type_error("first argument must be string or compiled pattern"));
    };
    if flags & (DEBUG | TEMPLATE) != 0 || flags & LOCALE != 0 && !is_text {
        return Err(Fault::not_pure("the flags `DEBUG`, `TEMPLATE` and `LOCALE` of `re` are not supported"));
    }
    let made = parse::parse(chars, is_text, flags).and_then(|tree| {
        let flags = flags | tree.state.flags;
        Ok((compile(&tree.seq, flags, &tree.state.widths)?, tree, flags))
    });
    let (program, tree, flags) = made.map_err(|wrong| match wrong {
        Wrong::Pattern(message, at) => raise(&message, source, at),
        Wrong::Other(fault) => fault,
    })?;
    let names = tree.state.names.iter().map(|(n, group)| (Str::new(n), *group)).collect();
    Ok(Pattern { source: source.clone(), is_text, flags, names, program })
}

impl Pattern {
    /// The number of its groups.
    pub fn n_groups(&self) -> usize {
        self.program.n_groups
    }
}

/// The pattern that a value is.
pub fn pattern_of(value: &Value) -> Option<&Pattern> {
    match value {
        Value::Host(host) => host.downcast(),
        _ => None,
    }
}

impl Subject {
    fn new(pattern: &Pattern, value: &Value) -> Res<Self> {
        let (is_text, wide, len) = if let Some(text) = text::str_of(value) {
            let wide = (!text.is_ascii()).then(|| text.chars().map(u32::from).collect());
            (true, wide, text.n_chars())
        } else if let Some(bytes) = text::bytes_of(value) {
            (false, None, bytes.len())
        } else {
            return Err(Fault::type_error(format!(
                "expected string or bytes-like object, got '{}'",
                ops::type_name(value)
            )));
        };
        match (pattern.is_text, is_text) {
            (true, false) => Err(Fault::type_error("cannot use a string pattern on a bytes-like object")),
            (false, true) => Err(Fault::type_error("cannot use a bytes pattern on a string-like object")),
            _ => Ok(Self { value: value.clone(), is_text, wide, len }),
        }
    }

    fn bytes(&self) -> &[u8] {
        match text::str_of(&self.value) {
            Some(text) => text.as_bytes(),
            None => text::bytes_of(&self.value).unwrap_or_default(),
        }
    }

    /// A part of it.
    pub fn slice(&self, start: usize, end: usize) -> Value {
        if start == 0 && end == self.len && matches!(self.value, Value::Str(_) | Value::Bytes(_)) {
            return self.value.clone();
        }
        match text::str_of(&self.value) {
            Some(text) => Value::str(text.slice(start, end)),
            None => Value::bytes(self.bytes().get(start..end).unwrap_or_default()),
        }
    }

    /// The empty text or bytes.
    pub fn empty(&self) -> Value {
        if self.is_text { Value::str("") } else { Value::bytes(Vec::new()) }
    }

    fn find(&self, program: &Program, request: Request, anchored: bool) -> Res<Option<Found>> {
        match (&self.wide, anchored) {
            (Some(wide), true) => match_at(program, wide.as_slice(), request),
            (Some(wide), false) => search(program, wide.as_slice(), request),
            (None, true) => match_at(program, self.bytes(), request),
            (None, false) => search(program, self.bytes(), request),
        }
    }
}

/// The methods of patterns.
pub static METHODS: &[Builtin] = &[
    Builtin { name: "findall", owner: "Pattern", call: |args| findall(args.receiver(), &args.rest()) },
    Builtin { name: "finditer", owner: "Pattern", call: |args| finditer(args.receiver(), &args.rest()) },
    Builtin { name: "fullmatch", owner: "Pattern", call: |a| one(a.receiver(), &a.rest(), Kind::Full) },
    Builtin { name: "match", owner: "Pattern", call: |args| one(args.receiver(), &args.rest(), Kind::Match) },
    Builtin {
        name: "scanner",
        owner: "Pattern",
        call: |_| Err(Fault::not_pure("`Pattern.scanner` has a state")),
    },
    Builtin {
        name: "search",
        owner: "Pattern",
        call: |args| one(args.receiver(), &args.rest(), Kind::Search),
    },
    Builtin { name: "split", owner: "Pattern", call: |args| split(args.receiver(), &args.rest()) },
    Builtin { name: "sub", owner: "Pattern", call: |args| sub_method(args, "sub") },
    Builtin { name: "subn", owner: "Pattern", call: |args| sub_method(args, "subn") },
];

impl HostObject for Pattern {
    fn type_name(&self) -> &str {
        "Pattern"
    }

    fn module(&self) -> &str {
        "re"
    }

    fn repr(&self) -> Res<String> {
        const NAMES: [(&str, u32); 9] = [
            ("re.TEMPLATE", tree::TEMPLATE),
            ("re.IGNORECASE", tree::IGNORECASE),
            ("re.LOCALE", tree::LOCALE),
            ("re.MULTILINE", tree::MULTILINE),
            ("re.DOTALL", tree::DOTALL),
            ("re.UNICODE", tree::UNICODE),
            ("re.VERBOSE", tree::VERBOSE),
            ("re.DEBUG", tree::DEBUG),
            ("re.ASCII", tree::ASCII),
        ];
        let mut flags = self.flags;
        if self.is_text && flags & tree::TYPE_FLAGS == tree::UNICODE {
            flags &= !tree::UNICODE;
        }
        let mut names: Vec<String> =
            NAMES.iter().filter(|(_, bit)| flags & bit != 0).map(|(name, _)| (*name).to_owned()).collect();
        let rest = flags & !NAMES.iter().fold(0, |all, (_, bit)| all | bit);
        if rest != 0 {
            names.push(format!("0x{rest:x}"));
        }
        let shown: String = ops::repr(&self.source)?.chars().take(200).collect();
        let behind = if names.is_empty() { String::new() } else { format!(", {}", names.join("|")) };
        Ok(format!("re.compile({shown}{behind})"))
    }

    fn get_attr(&self, this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        Ok(match name {
            "pattern" => Some(self.source.clone()),
            "flags" => Some(Value::Int(i64::from(self.flags))),
            "groups" => Some(Value::usize(self.program.n_groups)),
            "groupindex" => {
                let mut dict = Dict::new();
                for (name, group) in &self.names {
                    dict.insert(Value::Str(name.clone()), Value::usize(*group))?;
                }
                Some(crate::proxy::Proxy::value(dict))
            }
            _ if name.starts_with("__") => None,
            _ => match METHODS.iter().find(|m| m.name == name) {
                Some(method) => {
                    let receiver = Value::Host(this.clone());
                    Some(Value::Method(Ref::new(Method { func: Value::Builtin(method), receiver })))
                }
                None => {
                    return Err(Fault::attribute_error(format!(
                        "'re.Pattern' object has no attribute '{name}'"
                    )));
                }
            },
        })
    }

    fn eq(&self, other: &Value) -> Option<Res<bool>> {
        let other = pattern_of(other)?;
        Some(Ok(self.flags == other.flags && same_text(&self.source, &other.source)))
    }

    fn hash(&self) -> Option<Res<u64>> {
        Some(ops::hash(&self.source).map(|h| h ^ u64::from(self.flags)))
    }

    fn remake(&self) -> Option<Remake> {
        let flags = Value::Int(i64::from(self.flags));
        Some(Remake::new(crate::lookup("re", "compile")?, vec![self.source.clone(), flags]))
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

/// The pattern, which a caller has checked to be one.
fn checked(pattern: &Value) -> Res<&Pattern> {
    pattern_of(pattern).ok_or_else(|| Fault::type_error("a method of re.Pattern is called on something else"))
}

/// How to match.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// At the start.
    Match,
    /// All of it.
    Full,
    /// Anywhere.
    Search,
}

/// The subject and its bounds from the arguments `string, pos, endpos`.
fn window(pattern: &Pattern, args: &Args<'_>, name: &str) -> Res<(Subject, usize, usize)> {
    let [string, pos, endpos] = args.bind(name, ["string", "pos", "endpos"], 0, 1, 3)?;
    let pos = pos.map_or(Ok(0), number::index_arg)?;
    let endpos = endpos.map_or(Ok(i64::MAX), number::index_arg)?;
    let subject = Subject::new(pattern, string.unwrap_or(&Value::None))?;
    let clamp = |n: i64| usize::try_from(n).unwrap_or(0).min(subject.len);
    let (pos, endpos) = (clamp(pos), clamp(endpos));
    Ok((subject, pos, endpos))
}

/// `match`, `fullmatch`, `search`.
pub fn one(this: &Value, args: &Args<'_>, kind: Kind) -> Res {
    let pattern = checked(this)?;
    let name = match kind {
        Kind::Match => "match",
        Kind::Full => "fullmatch",
        Kind::Search => "search",
    };
    let (subject, start, end) = window(pattern, args, name)?;
    if start > end && kind == Kind::Match {
        return Err(Fault::not_pure("`Pattern.match` with `pos` behind `endpos`"));
    }
    let request = Request { start, end, is_full: kind == Kind::Full, must_advance: false };
    let found = subject.find(&pattern.program, request, kind != Kind::Search)?;
    let subject = Ref::new(subject);
    Ok(found.map_or(Value::None, |found| matched(this, &subject, (start, end), found)))
}

fn matched(pattern: &Value, subject: &Ref<Subject>, bounds: (usize, usize), found: Found) -> Value {
    Host::value(Match::new(pattern.clone(), subject.clone(), bounds, found))
}

/// All matches, one after the other.
struct Walk {
    start: usize,
    end: usize,
    must_advance: bool,
}

impl Walk {
    fn next(&mut self, pattern: &Pattern, subject: &Subject) -> Res<Option<Found>> {
        let request =
            Request { start: self.start, end: self.end, is_full: false, must_advance: self.must_advance };
        let found = subject.find(&pattern.program, request, false)?;
        if let Some(found) = &found {
            self.must_advance = found.start == found.end;
            self.start = found.end;
        }
        Ok(found)
    }
}

/// `findall(string, pos, endpos)`.
pub fn findall(this: &Value, args: &Args<'_>) -> Res {
    let pattern = checked(this)?;
    let (subject, start, end) = window(pattern, args, "findall")?;
    let mut walk = Walk { start, end, must_advance: false };
    let mut items = Vec::new();
    while let Some(found) = walk.next(pattern, &subject)? {
        let group = |group: usize| match found.group(group) {
            Some((start, end)) => subject.slice(start, end),
            None => subject.empty(),
        };
        items.push(match pattern.program.n_groups {
            0 => subject.slice(found.start, found.end),
            1 => group(1),
            n => Value::tuple((1..=n).map(group).collect::<Vec<_>>()),
        });
    }
    Ok(Value::list(items))
}

struct FindIter {
    pattern: Value,
    subject: Ref<Subject>,
    bounds: (usize, usize),
    walk: Option<Walk>,
}

impl Iterate for FindIter {
    fn next(&mut self) -> Res<Option<Value>> {
        let Some(walk) = &mut self.walk else { return Ok(None) };
        let found = walk.next(checked(&self.pattern)?, &self.subject)?;
        if found.is_none() {
            self.walk = None;
        }
        Ok(found.map(|found| matched(&self.pattern, &self.subject, self.bounds, found)))
    }

    fn type_name(&self) -> &'static str {
        "callable_iterator"
    }
}

/// `finditer(string, pos, endpos)`.
pub fn finditer(this: &Value, args: &Args<'_>) -> Res {
    let pattern = checked(this)?;
    let (subject, start, end) = window(pattern, args, "finditer")?;
    let walk = Some(Walk { start, end, must_advance: false });
    Ok(Iter::value(FindIter {
        pattern: this.clone(),
        subject: Ref::new(subject),
        bounds: (start, end),
        walk,
    }))
}

/// `split(string, maxsplit)`.
pub fn split(this: &Value, args: &Args<'_>) -> Res {
    let pattern = checked(this)?;
    let [string, limit] = args.bind("split", ["string", "maxsplit"], 0, 1, 2)?;
    let limit = limit.map_or(Ok(0), number::word_arg)?;
    let subject = Subject::new(pattern, string.unwrap_or(&Value::None))?;
    let mut walk = Walk { start: 0, end: subject.len, must_advance: false };
    let (mut items, mut last, mut n) = (Vec::new(), 0, 0_i64);
    while limit == 0 || n < limit {
        let Some(found) = walk.next(pattern, &subject)? else { break };
        items.push(subject.slice(last, found.start));
        for group in 1..=pattern.program.n_groups {
            items.push(found.group(group).map_or(Value::None, |(start, end)| subject.slice(start, end)));
        }
        last = found.end;
        n += 1;
    }
    items.push(subject.slice(last, subject.len));
    Ok(Value::list(items))
}

fn sub_method(args: &Args<'_>, name: &str) -> Res {
    let [repl, string, count] = args.rest().bind(name, ["repl", "string", "count"], 0, 2, 3)?;
    let none = &Value::None;
    let (text, n) = sub(args.receiver(), repl.unwrap_or(none), string.unwrap_or(none), count)?;
    Ok(if name == "sub" { text } else { Value::tuple(vec![text, Value::Int(n)]) })
}

/// What a match is replaced by.
enum Filter {
    Call(Value),
    Literal(Value),
    Template(Template),
}

fn filter_of(pattern: &Pattern, repl: &Value) -> Res<Filter> {
    if call::is_callable(repl) {
        return Ok(Filter::Call(repl.clone()));
    }
    let is_plain = match (text::str_of(repl), text::bytes_of(repl)) {
        (Some(text), _) => !text.contains('\\'),
        (_, Some(bytes)) => !bytes.contains(&b'\\'),
        _ => false,
    };
    if is_plain {
        return Ok(Filter::Literal(repl.clone()));
    }
    template::parse(pattern, repl).map(Filter::Template)
}

/// `sub` and `subn`: the text, and how many matches were replaced.
pub fn sub(this: &Value, repl: &Value, string: &Value, count: Option<&Value>) -> Res<(Value, i64)> {
    let pattern = checked(this)?;
    let count = count.map_or(Ok(0), number::word_arg)?;
    let filter = filter_of(pattern, repl)?;
    let subject = Ref::new(Subject::new(pattern, string)?);
    let bounds = (0, subject.len);
    let mut walk = Walk { start: 0, end: subject.len, must_advance: false };
    let (mut out, mut last, mut n) = (template::Output::new(subject.is_text), 0, 0);
    while count == 0 || n < count {
        let Some(found) = walk.next(pattern, &subject)? else { break };
        if last < found.start {
            out.part(&subject, last, found.start);
        }
        last = found.end;
        n += 1;
        match &filter {
            Filter::Literal(value) => out.value(value),
            Filter::Template(template) => template.expand(&subject, &found, &mut out)?,
            Filter::Call(func) => {
                let item = ops::call(func, &[matched(this, &subject, bounds, found)])?;
                if !item.is_none() {
                    out.value(&item);
                }
            }
        }
    }
    if n == 0 && matches!(subject.value, Value::Str(_) | Value::Bytes(_)) {
        return Ok((subject.value.clone(), 0));
    }
    if last < subject.len {
        out.part(&subject, last, subject.len);
    }
    Ok((out.finish()?, n))
}
