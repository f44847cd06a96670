//! Reading what stands in parentheses: groups, looks, conditions, comments and flags.

use super::parse::{State, alternatives, close, sequence};
use super::source::{Source, Token};
use super::tree::{
    ASCII, DOTALL, IGNORECASE, LOCALE, MULTILINE, Node, Parsed, TEMPLATE, TYPE_FLAGS, UNICODE, VERBOSE, Wrong,
};
use afar_runtime::number::construct_int;
use afar_runtime::{Args, Fault, Value, text};

/// The options of a group that is being read.
#[derive(Default)]
struct Options {
    name: Option<String>,
    no_capture: bool,
    atomic: bool,
    add: u32,
    remove: u32,
}

/// What stands behind `(?`.
enum Opened {
    /// A group with these options.
    Group(Options),
    /// A whole part, or none (a comment, global flags).
    Done(Option<Node>),
}

/// Reads a group behind its `(`; `None` where it adds nothing.
pub fn group(
    source: &mut Source,
    state: &mut State,
    verbose: &mut bool,
    depth: usize,
    is_start: bool,
) -> Parsed<Option<Node>> {
    let start = source.tell() - 1;
    let mut options = Options::default();
    if source.take('?')? {
        match opened(source, state, verbose, depth, is_start, start)? {
            Opened::Group(found) => options = found,
            Opened::Done(node) => return Ok(node),
        }
    }
    let group = if options.no_capture { None } else { Some(open(source, state, options.name.as_deref())?) };
    let inner_verbose = (*verbose || options.add & VERBOSE != 0) && options.remove & VERBOSE == 0;
    let seq = alternatives(source, state, inner_verbose, depth + 1)?;
    closing(source, start)?;
    if let Some(group) = group {
        close(state, group, &seq);
    }
    Ok(Some(if options.atomic {
        Node::Atomic(seq)
    } else {
        Node::Group(group, options.add, options.remove, seq)
    }))
}

fn closing(source: &mut Source, start: usize) -> Parsed<()> {
    if source.take(')')? {
        return Ok(());
    }
    let offset = source.tell() - start;
    Err(source.error("missing ), unterminated subpattern", offset))
}

fn open(source: &Source, state: &mut State, name: Option<&str>) -> Parsed<usize> {
    let group = state.widths.len();
    state.widths.push(None);
    if let Some(name) = name {
        if let Some((_, earlier)) = state.names.iter().find(|(n, _)| n == name) {
            let message = format!(
                "redefinition of group name {} as group {group}; was group {earlier}",
                text::repr_str(name)
            );
            return Err(source.error(message, name.chars().count() + 1));
        }
        state.names.push((name.to_owned(), group));
    }
    Ok(group)
}

fn opened(
    source: &mut Source,
    state: &mut State,
    verbose: &mut bool,
    depth: usize,
    is_start: bool,
    start: usize,
) -> Parsed<Opened> {
    let Some(token) = source.get()? else { return Err(source.error("unexpected end of pattern", 0)) };
    let unknown =
        |source: &Source| source.error(format!("unknown extension ?{}", token.text()), token.len() + 1);
    let Token::Char(c) = token else { return Err(unknown(source)) };
    let plain = Options { no_capture: true, ..Options::default() };
    Ok(match c {
        'P' => return python_extension(source, state),
        ':' => Opened::Group(plain),
        '>' => Opened::Group(Options { atomic: true, ..plain }),
        '#' => {
            comment(source, start)?;
            Opened::Done(None)
        }
        '=' | '!' | '<' => Opened::Done(Some(look(source, state, *verbose, depth, c, start)?)),
        '(' => Opened::Done(Some(condition(source, state, *verbose, depth, start)?)),
        '-' => flags(source, state, verbose, token, is_start, start)?,
        _ if flag(c).is_some() => flags(source, state, verbose, token, is_start, start)?,
        _ => return Err(unknown(source)),
    })
}

fn comment(source: &mut Source, start: usize) -> Parsed<()> {
    loop {
        if source.next.is_none() {
            let offset = source.tell() - start;
            return Err(source.error("missing ), unterminated comment", offset));
        }
        if source.get()? == Some(Token::Char(')')) {
            return Ok(());
        }
    }
}

fn group_of(state: &State, name: &str) -> Option<usize> {
    state.names.iter().find(|(n, _)| n == name).map(|(_, group)| *group)
}

fn python_extension(source: &mut Source, state: &State) -> Parsed<Opened> {
    if source.take('<')? {
        let name = source.get_until('>', "group name")?;
        source.check_group_name(&name, 1)?;
        return Ok(Opened::Group(Options { name: Some(name), ..Options::default() }));
    }
    if source.take('=')? {
        let name = source.get_until(')', "group name")?;
        source.check_group_name(&name, 1)?;
        let offset = name.chars().count() + 1;
        let Some(group) = group_of(state, &name) else {
            return Err(source.error(format!("unknown group name {}", text::repr_str(&name)), offset));
        };
        if !state.is_closed(group) {
            return Err(source.error("cannot refer to an open group", offset));
        }
        state.check_behind(group, source)?;
        return Ok(Opened::Done(Some(Node::Ref(group))));
    }
    match source.get()? {
        None => Err(source.error("unexpected end of pattern", 0)),
        Some(token) => Err(source.error(format!("unknown extension ?P{}", token.text()), token.len() + 2)),
    }
}

fn look(
    source: &mut Source,
    state: &mut State,
    verbose: bool,
    depth: usize,
    c: char,
    start: usize,
) -> Parsed<Node> {
    let behind = c == '<';
    let mut sign = c;
    if behind {
        match source.get()? {
            None => return Err(source.error("unexpected end of pattern", 0)),
            Some(Token::Char(found @ ('=' | '!'))) => sign = found,
            Some(token) => {
                return Err(source.error(format!("unknown extension ?<{}", token.text()), token.len() + 2));
            }
        }
    }
    let outer = state.behind_groups;
    if behind && outer.is_none() {
        state.behind_groups = Some(state.widths.len());
    }
    let seq = alternatives(source, state, verbose, depth + 1)?;
    if behind && outer.is_none() {
        state.behind_groups = None;
    }
    closing(source, start)?;
    Ok(Node::Look { behind, negative: sign == '!', seq })
}

/// A group by name or number, as Python's `int` reads it.
pub fn number_of(name: &str) -> Parsed<Option<usize>> {
    match construct_int(&Args::positional(&[Value::str(name)])) {
        Ok(Value::Int(n)) => Ok(usize::try_from(n).ok()),
        Ok(Value::BigInt(n)) if n.sign() != num_bigint::Sign::Minus => Ok(Some(usize::MAX)),
        Ok(_) => Ok(None),
        Err(fault) if fault.is("ValueError") => Ok(None),
        Err(fault) => Err(fault.into()),
    }
}

/// More groups than any pattern has.
pub const MAX_GROUPS: usize = 1_073_741_823;

fn condition(
    source: &mut Source,
    state: &mut State,
    verbose: bool,
    depth: usize,
    start: usize,
) -> Parsed<Node> {
    let name = source.get_until(')', "group name")?;
    let offset = name.chars().count() + 1;
    let group = if text::is_identifier(&name) {
        group_of(state, &name)
            .ok_or_else(|| source.error(format!("unknown group name {}", text::repr_str(&name)), offset))?
    } else {
        let Some(group) = number_of(&name)? else {
            let message = format!("bad character in group name {}", text::repr_str(&name));
            return Err(source.error(message, offset));
        };
        if group == 0 {
            return Err(source.error("bad group number", offset));
        }
        if group >= MAX_GROUPS {
            return Err(source.error(format!("invalid group reference {}", name.trim()), offset));
        }
        if !state.asked.iter().any(|(g, _)| *g == group) {
            state.asked.push((group, source.tell() - offset));
        }
        group
    };
    state.check_behind(group, source)?;
    let yes = sequence(source, state, verbose, depth + 1, false)?;
    let mut no = Vec::new();
    if source.take('|')? {
        no = sequence(source, state, verbose, depth + 1, false)?;
        if source.at('|') {
            return Err(source.error("conditional backref with more than two branches", 0));
        }
    }
    closing(source, start)?;
    Ok(Node::Cond(group, yes, no))
}

fn flag(c: char) -> Option<u32> {
    Some(match c {
        'i' => IGNORECASE,
        'L' => LOCALE,
        'm' => MULTILINE,
        's' => DOTALL,
        'x' => VERBOSE,
        'a' => ASCII,
        't' => TEMPLATE,
        'u' => UNICODE,
        _ => return None,
    })
}

/// The flag that a token is; `terminators` end the flags, and stand in the message where neither is found.
fn next_flag(source: &mut Source, terminators: &str, missing: &str) -> Parsed<Result<(char, u32), char>> {
    let Some(token) = source.get()? else { return Err(source.error(missing, 0)) };
    let c = match token {
        Token::Char(c) => c,
        Token::Escape(_) => return Err(source.error(missing, 2)),
    };
    if terminators.contains(c) {
        return Ok(Err(c));
    }
    match flag(c) {
        Some(bits) => Ok(Ok((c, bits))),
        None => Err(source.error(if text::is_alpha(c) { "unknown flag" } else { missing }, 1)),
    }
}

/// Refuses a flag of the other kind of pattern.
fn check_kind(source: &Source, c: char) -> Parsed<()> {
    match c {
        'L' if source.is_text => {
            Err(source.error("bad inline flags: cannot use 'L' flag with a str pattern", 0))
        }
        'u' if !source.is_text => {
            Err(source.error("bad inline flags: cannot use 'u' flag with a bytes pattern", 0))
        }
        _ => Ok(()),
    }
}

/// Reads flags: `(?i)`, `(?i:...)`, `(?i-m:...)`.
fn flags(
    source: &mut Source,
    state: &mut State,
    verbose: &mut bool,
    token: Token,
    is_start: bool,
    start: usize,
) -> Parsed<Opened> {
    let (mut add, mut remove) = (0, 0);
    let mut end = '-';
    if let Token::Char(c) = token
        && let Some(bits) = flag(c)
    {
        let (mut c, mut bits) = (c, bits);
        loop {
            check_kind(source, c)?;
            add |= bits;
            if bits & TYPE_FLAGS != 0 && add & TYPE_FLAGS != bits {
                let message = "bad inline flags: flags 'a', 'u' and 'L' are incompatible";
                return Err(source.error(message, 0));
            }
            match next_flag(source, ")-:", "missing -, : or )")? {
                Ok(found) => (c, bits) = found,
                Err(found) => {
                    end = found;
                    break;
                }
            }
        }
    }
    if add & (LOCALE | TEMPLATE) != 0 {
        let message = "the flags `L` and `t` in a regular expression are not supported";
        return Err(Wrong::Other(Fault::not_pure(message)));
    }
    if end == ')' {
        state.flags |= add;
        if !is_start {
            let offset = source.tell() - start;
            return Err(source.error("global flags not at the start of the expression", offset));
        }
        *verbose = state.flags & VERBOSE != 0;
        return Ok(Opened::Done(None));
    }
    if end == '-' {
        remove = removed(source)?;
    }
    if add & remove != 0 {
        return Err(source.error("bad inline flags: flag turned on and off", 1));
    }
    Ok(Opened::Group(Options { no_capture: true, add, remove, ..Options::default() }))
}

fn removed(source: &mut Source) -> Parsed<u32> {
    let mut remove = 0;
    let mut found = next_flag(source, "", "missing flag")?;
    while let Ok((_, bits)) = found {
        if bits & TYPE_FLAGS != 0 {
            return Err(source.error("bad inline flags: cannot turn off flags 'a', 'u' and 'L'", 0));
        }
        remove |= bits;
        found = next_flag(source, ":", "missing :")?;
    }
    if remove & TEMPLATE != 0 {
        return Err(source.error("bad inline flags: cannot turn off global flag", 1));
    }
    Ok(remove)
}
