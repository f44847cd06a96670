//! From the text of a pattern to its tree, with the messages of CPython's `re`. Groups stand in [`super::groups`].
//!
//! Named characters (`\N{...}`) are refused.

use super::source::{Source, Token};
use super::tree::{
    At, Category, Greed, Item, MAX_REPEAT, Node, Parsed, Seq, VERBOSE, Wrong, fix_flags, width,
};
use afar_runtime::Fault;

/// What is known while a pattern is read.
pub struct State {
    /// Its flags.
    pub flags: u32,
    /// The names of groups, with their numbers.
    pub names: Vec<(String, usize)>,
    /// The widths of groups; `None` while one is open. Group 0 is the pattern.
    pub widths: Vec<Option<(u128, u128)>>,
    /// In a look behind: the number of groups before it.
    pub behind_groups: Option<usize>,
    /// Groups that conditions ask for, with their places.
    pub asked: Vec<(usize, usize)>,
}

/// A pattern that was read.
pub struct Tree {
    /// Its parts.
    pub seq: Seq,
    /// What was found on the way.
    pub state: State,
}

/// How deep groups may nest.
const MAX_DEPTH: usize = 300;

/// Reads a pattern.
pub fn parse(chars: Vec<char>, is_text: bool, flags: u32) -> Parsed<Tree> {
    let mut source = Source::new(chars, is_text)?;
    let mut state =
        State { flags, names: Vec::new(), widths: vec![None], behind_groups: None, asked: Vec::new() };
    let seq = alternatives(&mut source, &mut state, flags & VERBOSE != 0, 0)?;
    state.flags = fix_flags(is_text, state.flags)?;
    if source.next.is_some() {
        return Err(source.error("unbalanced parenthesis", 0));
    }
    for (group, at) in &state.asked {
        if *group >= state.widths.len() {
            return Err(Wrong::Pattern(format!("invalid group reference {group}"), Some(*at)));
        }
    }
    Ok(Tree { seq, state })
}

impl State {
    /// Is the group there and closed.
    pub fn is_closed(&self, group: usize) -> bool {
        self.widths.get(group).is_some_and(Option::is_some)
    }

    /// Refuses, in a look behind, a group that is not closed before it.
    pub fn check_behind(&self, group: usize, source: &Source) -> Parsed<()> {
        if let Some(before) = self.behind_groups {
            if !self.is_closed(group) {
                return Err(source.error("cannot refer to an open group", 0));
            }
            if group >= before {
                let message = "cannot refer to group defined in the same lookbehind subpattern";
                return Err(source.error(message, 0));
            }
        }
        Ok(())
    }
}

/// Reads `a|b|c`.
pub fn alternatives(source: &mut Source, state: &mut State, verbose: bool, depth: usize) -> Parsed<Seq> {
    if depth > MAX_DEPTH {
        return Err(
            Fault::not_pure("a regular expression with groups nested so deep is not supported").into()
        );
    }
    let mut verbose = verbose;
    let mut items: Vec<Seq> = Vec::new();
    loop {
        let is_first = depth == 0 && items.is_empty();
        items.push(sequence(source, state, verbose, depth + 1, is_first)?);
        if !source.take('|')? {
            break;
        }
        if depth == 0 {
            verbose = state.flags & VERBOSE != 0;
        }
    }
    if items.len() == 1 {
        return Ok(items.pop().unwrap_or_default());
    }
    let mut common = Vec::new();
    while let Some(prefix) = items[0].first().cloned() {
        if !items.iter().all(|item| item.first().is_some_and(|node| node.same(&prefix))) {
            break;
        }
        for item in &mut items {
            item.remove(0);
        }
        common.push(prefix);
    }
    match as_set(&items) {
        Some(set) => common.push(Node::In(false, set)),
        None => common.push(Node::Branch(items)),
    }
    Ok(common)
}

/// Alternatives of one character each, as one set.
fn as_set(items: &[Seq]) -> Option<Vec<Item>> {
    let mut set = Vec::new();
    for item in items {
        match item.as_slice() {
            [Node::Lit(c)] => add(&mut set, Item::Lit(*c)),
            [Node::In(false, more)] => more.iter().for_each(|item| add(&mut set, *item)),
            _ => return None,
        }
    }
    Some(set)
}

/// Adds an item that is not there yet.
fn add(set: &mut Vec<Item>, item: Item) {
    if !set.contains(&item) {
        set.push(item);
    }
}

/// Reads the parts of one alternative.
pub fn sequence(
    source: &mut Source,
    state: &mut State,
    verbose: bool,
    depth: usize,
    is_first: bool,
) -> Parsed<Seq> {
    let mut seq: Seq = Vec::new();
    let mut verbose = verbose;
    while let Some(this) = source.next {
        if matches!(this, Token::Char('|' | ')')) {
            break;
        }
        source.get()?;
        let c = match this {
            Token::Escape(c) => {
                seq.push(escape(source, c, state)?);
                continue;
            }
            Token::Char(c) => c,
        };
        if verbose && matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c') {
            continue;
        }
        if verbose && c == '#' {
            while !matches!(source.get()?, None | Some(Token::Char('\n'))) {}
            continue;
        }
        match c {
            '[' => seq.push(set(source)?),
            '*' | '+' | '?' | '{' => repeat(source, c, &mut seq)?,
            '.' => seq.push(Node::Any),
            '(' => {
                let is_start = is_first && seq.is_empty();
                if let Some(node) = super::groups::group(source, state, &mut verbose, depth, is_start)? {
                    seq.push(node);
                }
            }
            '^' => seq.push(Node::At(At::Beginning)),
            '$' => seq.push(Node::At(At::End)),
            _ => seq.push(Node::Lit(u32::from(c))),
        }
    }
    let mut flat = Vec::with_capacity(seq.len());
    for node in seq {
        match node {
            Node::Group(None, 0, 0, inner) => flat.extend(inner),
            node => flat.push(node),
        }
    }
    Ok(flat)
}

/// Reads a quantifier and puts it around the last part.
fn repeat(source: &mut Source, c: char, seq: &mut Seq) -> Parsed<()> {
    let here = source.tell();
    let (mut min, mut max) = match c {
        '?' => (0, 1),
        '+' => (1, MAX_REPEAT),
        _ => (0, MAX_REPEAT),
    };
    if c == '{' {
        if source.at('}') {
            seq.push(Node::Lit(u32::from(c)));
            return Ok(());
        }
        let lo = source.get_while(usize::MAX, |c| c.is_ascii_digit())?;
        let hi = if source.take(',')? {
            source.get_while(usize::MAX, |c| c.is_ascii_digit())?
        } else {
            lo.clone()
        };
        if !source.take('}')? {
            seq.push(Node::Lit(u32::from(c)));
            return source.seek(here);
        }
        let number = |digits: &str| match digits.parse::<u64>() {
            Ok(n) if n < MAX_REPEAT => Ok(n),
            _ => Err(Wrong::Other(Fault::overflow("the repetition number is too large"))),
        };
        if !lo.is_empty() {
            min = number(&lo)?;
        }
        if !hi.is_empty() {
            max = number(&hi)?;
            if max < min {
                let offset = source.tell() - here;
                return Err(source.error("min repeat greater than max repeat", offset));
            }
        }
    }
    let offset = source.tell() - here + 1;
    let item = match seq.pop() {
        None | Some(Node::At(_)) => return Err(source.error("nothing to repeat", offset)),
        Some(Node::Repeat(..)) => return Err(source.error("multiple repeat", offset)),
        Some(Node::Group(None, 0, 0, inner)) => inner,
        Some(node) => vec![node],
    };
    let greed = if source.take('?')? {
        Greed::Lazy
    } else if source.take('+')? {
        Greed::Possessive
    } else {
        Greed::Greedy
    };
    seq.push(Node::Repeat(greed, min, max, item));
    Ok(())
}

/// Reads a set behind its `[`.
fn set(source: &mut Source) -> Parsed<Node> {
    let here = source.tell() - 1;
    let mut items: Vec<Item> = Vec::new();
    let mut n_read = 0;
    let negate = source.take('^')?;
    let unterminated = |source: &Source| {
        let offset = source.tell() - here;
        source.error("unterminated character set", offset)
    };
    loop {
        let Some(this) = source.get()? else { return Err(unterminated(source)) };
        if this == Token::Char(']') && n_read > 0 {
            break;
        }
        let (first, first_text) = set_member(source, this)?;
        n_read += 1;
        if !source.take('-')? {
            add(&mut items, first);
            continue;
        }
        let Some(that) = source.get()? else { return Err(unterminated(source)) };
        if that == Token::Char(']') {
            add(&mut items, first);
            add(&mut items, Item::Lit(u32::from('-')));
            break;
        }
        let (second, _) = set_member(source, that)?;
        match (first, second) {
            (Item::Lit(lo), Item::Lit(hi)) if lo <= hi => add(&mut items, Item::Range(lo, hi)),
            _ => {
                let message = format!("bad character range {}-{}", first_text, that.text());
                return Err(source.error(message, this.len() + 1 + that.len()));
            }
        }
    }
    Ok(match items.as_slice() {
        [Item::Lit(c)] if negate => Node::NotLit(*c),
        [Item::Lit(c)] => Node::Lit(*c),
        _ => Node::In(negate, items),
    })
}

fn set_member(source: &mut Source, token: Token) -> Parsed<(Item, String)> {
    let item = match token {
        Token::Char(c) => Item::Lit(u32::from(c)),
        Token::Escape(c) => set_escape(source, c)?,
    };
    Ok((item, token.text()))
}

/// The escapes for one character.
pub fn simple_escape(c: char) -> Option<u32> {
    Some(match c {
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => 10,
        'r' => 13,
        't' => 9,
        'v' => 11,
        '\\' => 92,
        _ => return None,
    })
}

fn category(c: char) -> Option<Item> {
    let category = match c.to_ascii_lowercase() {
        'd' => Category::Digit,
        's' => Category::Space,
        'w' => Category::Word,
        _ => return None,
    };
    Some(Item::Class(category, c.is_ascii_uppercase()))
}

fn set_escape(source: &mut Source, c: char) -> Parsed<Item> {
    if let Some(code) = simple_escape(c) {
        return Ok(Item::Lit(code));
    }
    if let Some(item) = category(c) {
        return Ok(item);
    }
    if let Some(code) = hexadecimal(source, c)? {
        return Ok(Item::Lit(code));
    }
    let escape = format!("\\{c}");
    if c.is_digit(8) {
        let digits = format!("{c}{}", source.get_while(2, |c| c.is_digit(8))?);
        return octal(source, &digits).map(Item::Lit);
    }
    if c.is_ascii_alphanumeric() {
        return Err(source.error(format!("bad escape {escape}"), 2));
    }
    Ok(Item::Lit(u32::from(c)))
}

fn octal(source: &Source, digits: &str) -> Parsed<u32> {
    let code = u32::from_str_radix(digits, 8).unwrap_or(u32::MAX);
    if code > 0o377 {
        let message = format!("octal escape value \\{digits} outside of range 0-0o377");
        return Err(source.error(message, digits.len() + 1));
    }
    Ok(code)
}

/// The character that `\N{...}` names, behind the brace.
fn named(source: &mut Source) -> Parsed<u32> {
    let name = source.get_until('}', "character name")?;
    match crate::unicodedata::named(&name) {
        Ok(c) => Ok(u32::from(c)),
        Err(fault) if fault.is("KeyError") => {
            let shown = afar_runtime::text::repr_str(&name);
            Err(source.error(format!("undefined character name {shown}"), name.chars().count() + 4))
        }
        Err(fault) => Err(fault.into()),
    }
}

/// `\x41`, `\u0041`, `\U00000041`; `None` where it is none of them.
fn hexadecimal(source: &mut Source, c: char) -> Parsed<Option<u32>> {
    let n = match c {
        'x' => 2,
        'u' if source.is_text => 4,
        'U' if source.is_text => 8,
        'N' if source.is_text => {
            if !source.take('{')? {
                return Err(source.error("missing {", 0));
            }
            return named(source).map(Some);
        }
        _ => return Ok(None),
    };
    let digits = source.get_while(n, |c| c.is_ascii_hexdigit())?;
    if digits.len() != n {
        let offset = digits.len() + 2;
        return Err(source.error(format!("incomplete escape \\{c}{digits}"), offset));
    }
    let code = u32::from_str_radix(&digits, 16).unwrap_or(u32::MAX);
    if code > 0x10_FFFF {
        return Err(source.error(format!("bad escape \\{c}{digits}"), n + 2));
    }
    Ok(Some(code))
}

/// Reads an escape outside of a set.
fn escape(source: &mut Source, c: char, state: &State) -> Parsed<Node> {
    if let Some(item) = category(c) {
        return Ok(Node::In(false, vec![item]));
    }
    match c {
        'A' => return Ok(Node::At(At::StringBeginning)),
        'Z' => return Ok(Node::At(At::StringEnd)),
        'b' | 'B' => return Ok(Node::At(At::Boundary(c == 'B'))),
        _ => {}
    }
    if let Some(code) = simple_escape(c) {
        return Ok(Node::Lit(code));
    }
    if let Some(code) = hexadecimal(source, c)? {
        return Ok(Node::Lit(code));
    }
    if c == '0' {
        let digits = source.get_while(2, |c| c.is_digit(8))?;
        return Ok(Node::Lit(u32::from_str_radix(&format!("0{digits}"), 8).unwrap_or(0)));
    }
    if c.is_ascii_digit() {
        return back_reference(source, c, state);
    }
    if c.is_ascii_alphabetic() {
        return Err(source.error(format!("bad escape \\{c}"), 2));
    }
    Ok(Node::Lit(u32::from(c)))
}

/// `\1`, `\12`, or an octal escape of three digits.
fn back_reference(source: &mut Source, c: char, state: &State) -> Parsed<Node> {
    let mut digits = c.to_string();
    if let Some(second) = source.next_if(|c| c.is_ascii_digit()) {
        source.get()?;
        digits.push(second);
        if c.is_digit(8)
            && second.is_digit(8)
            && let Some(third) = source.next_if(|c| c.is_digit(8))
        {
            source.get()?;
            digits.push(third);
            return octal(source, &digits).map(Node::Lit);
        }
    }
    let group: usize = digits.parse().unwrap_or(0);
    if group >= state.widths.len() {
        return Err(source.error(format!("invalid group reference {group}"), digits.len()));
    }
    if !state.is_closed(group) {
        return Err(source.error("cannot refer to an open group", digits.len() + 1));
    }
    state.check_behind(group, source)?;
    Ok(Node::Ref(group))
}

/// The width of a closed group.
pub fn close(state: &mut State, group: usize, seq: &Seq) {
    let found = width(seq, &state.widths);
    if let Some(slot) = state.widths.get_mut(group) {
        *slot = Some(found);
    }
}
