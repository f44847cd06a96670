//! Tracebacks as text, in the words of CPython; and the number of the element that raised, where it is one of many.

mod syntax;

use super::class::class_ref;
use super::exception::{Element, Frame, State, state, summary, summary_of};
use super::group::group;
use super::{attr, class};
use crate::{Res, Value, ops};

/// How often the same line is shown before the rest is counted.
const REPEATS: usize = 3;
/// How many calls are shown at each end of a traceback that is longer.
const SHOWN: usize = 500;

/// What is shown of the source of a frame: its line, and marks under it, or nothing. The name is that of the attribute that was
/// not found there.
pub type Sources<'a> = &'a dyn Fn(&Frame, Option<&str>) -> Option<String>;

/// The traceback of an exception, with those of its cause or context before it.
///
/// An exception of the program's `__str__` shows as CPython shows it; only what no `except` catches is an error.
pub fn render(exception: &Value, source: Sources<'_>) -> Res<String> {
    let mut shown = Shown { source, out: String::new(), depth: 0, needs_close: false };
    shown.chain(exception)?;
    Ok(shown.out)
}

/// A traceback that is being written, within so many groups.
struct Shown<'a> {
    source: Sources<'a>,
    out: String,
    depth: usize,
    /// Must the last exception of the innermost group close the frame.
    needs_close: bool,
}

impl Shown<'_> {
    fn indent(&self) -> String {
        "  ".repeat(self.depth)
    }

    /// Writes lines with the margin of the groups around them.
    fn lines(&mut self, text: &str) {
        let margin = if self.depth > 0 { self.indent() + "| " } else { String::new() };
        for line in text.split_inclusive('\n') {
            self.out.push_str(&margin);
            self.out.push_str(line);
        }
    }

    /// Writes text with the margin before its first line only, as CPython writes what exceptions say.
    fn text(&mut self, text: &str) {
        let (first, rest) = text.split_at(text.find('\n').map_or(text.len(), |end| end + 1));
        self.lines(first);
        self.out.push_str(rest);
    }

    /// An exception behind its header.
    fn one(&mut self, one: &One) {
        self.lines(&one.frames);
        self.text(&one.place);
        self.text(&one.message);
        self.lines(&one.notes);
    }

    /// An exception, behind those that it came from.
    fn chain(&mut self, exception: &Value) -> Res<()> {
        let chain = chain_of(exception);
        for (exception, link) in chain.iter().rev() {
            if !link.is_empty() {
                self.lines(&format!("\n{link}\n\n"));
            }
            match group(exception) {
                Some(group) => self.group(exception, &group.exceptions)?,
                None => {
                    let one = One::of(exception, self.source)?;
                    if !one.frames.is_empty() {
                        self.lines(HEADER);
                    }
                    self.one(&one);
                }
            }
        }
        Ok(())
    }

    fn group(&mut self, exception: &Value, exceptions: &[Value]) -> Res<()> {
        const MAX_DEPTH: usize = 10;
        const MAX_WIDTH: usize = 15;
        if self.depth > MAX_DEPTH {
            self.lines(&format!("... (max_group_depth is {MAX_DEPTH})\n"));
            return Ok(());
        }
        let is_outermost = self.depth == 0;
        self.depth += usize::from(is_outermost);
        let one = One::of(exception, self.source)?;
        if !one.frames.is_empty() {
            let margin = if is_outermost { "+ " } else { "| " };
            self.out.push_str(&format!("{}{margin}Exception Group {HEADER}", self.indent()));
        }
        self.one(&one);
        let n_shown = exceptions.len().min(MAX_WIDTH + 1);
        self.needs_close = false;
        for (i, item) in exceptions.iter().take(n_shown).enumerate() {
            let is_last = i + 1 == n_shown;
            self.needs_close = self.needs_close || is_last;
            let is_cut = i >= MAX_WIDTH;
            let title = if is_cut { "...".to_owned() } else { (i + 1).to_string() };
            let start = if i == 0 { "+-" } else { "  " };
            self.out
                .push_str(&format!("{}{start}+---------------- {title} ----------------\n", self.indent()));
            self.depth += 1;
            if is_cut {
                let n = exceptions.len() - MAX_WIDTH;
                self.lines(&format!("and {n} more exception{}\n", if n == 1 { "" } else { "s" }));
            } else {
                self.chain(item)?;
            }
            if is_last && self.needs_close {
                self.out.push_str(&format!("{}+------------------------------------\n", self.indent()));
                self.needs_close = false;
            }
            self.depth -= 1;
        }
        self.depth -= usize::from(is_outermost);
        Ok(())
    }
}

/// The exception, then the one that it came from, and so on; each with the words between it and the one before it.
fn chain_of(exception: &Value) -> Vec<(Value, &'static str)> {
    let mut chain: Vec<(Value, &'static str)> = vec![(exception.clone(), "")];
    while let Some(state) = chain.last().and_then(|(e, _)| state(e)) {
        let (next, link) = match (state.cause(), state.context()) {
            (Value::None, Value::None) => break,
            (Value::None, _) if state.suppresses_context() => break,
            (Value::None, context) => {
                (context, "During handling of the above exception, another exception occurred:")
            }
            (cause, _) => (cause, "The above exception was the direct cause of the following exception:"),
        };
        if chain.iter().any(|(e, _)| ops::is_same_object(e, &next)) {
            break;
        }
        if let Some(last) = chain.last_mut() {
            last.1 = link;
        }
        chain.push((next, ""));
    }
    chain
}

const HEADER: &str = "Traceback (most recent call last):\n";

/// What is told of one exception.
#[derive(Default)]
struct One {
    /// The lines of its frames.
    frames: String,
    /// Where the program text is wrong, of a `SyntaxError` that knows it.
    place: String,
    /// Its class and what it says.
    message: String,
    notes: String,
}

impl One {
    fn of(exception: &Value, source: Sources<'_>) -> Res<Self> {
        let mut one = Self::default();
        let Some(state) = state(exception) else { return Ok(one) };
        let frames: Vec<Frame> = state.frames().into_iter().filter(|f| !f.is_library()).collect();
        if !frames.is_empty() {
            render_frames(&frames, missing(exception).as_deref(), source, &mut one.frames);
        }
        one.message = match syntax::place(exception)? {
            Some(place) => {
                one.place = place;
                summary_of(exception, &attr::get(exception, "msg")?)?
            }
            None => summary(exception)?,
        };
        if let Some(hint) = suggestion(exception) {
            one.message.push_str(&format!(". Did you mean: '{hint}'?"));
        }
        one.message.push('\n');
        render_notes(state, &mut one.notes)?;
        Ok(one)
    }
}

fn render_frames(frames: &[Frame], missing: Option<&str>, source: Sources<'_>, out: &mut String) {
    let mut previous: Option<&Frame> = None;
    let mut n_same = 0;
    let (mut n_shown, mut is_cut) = (0, false);
    let repeated = |n_same: usize, out: &mut String| {
        if n_same > REPEATS {
            let more = n_same - REPEATS;
            let s = if more == 1 { "" } else { "s" };
            out.push_str(&format!("  [Previous line repeated {more} more time{s}]\n"));
        }
    };
    let middle = SHOWN..frames.len().saturating_sub(SHOWN);
    for (at, frame) in frames.iter().rev().enumerate() {
        // Of a chain that never repeats a line more than once, as two functions that call each other make it.
        if n_shown >= SHOWN && middle.contains(&at) {
            if !is_cut {
                repeated(n_same, out);
                out.push_str(&format!("  [{} calls left out]\n", middle.end - at));
                (is_cut, n_same, previous) = (true, 0, None);
            }
            continue;
        }
        let is_same =
            previous.is_some_and(|p| p.file == frame.file && p.line == frame.line && p.func == frame.func);
        if is_same {
            n_same += 1;
        } else {
            repeated(n_same, out);
            n_same = 1;
            previous = Some(frame);
        }
        if n_same > REPEATS {
            continue;
        }
        n_shown += 1;
        out.push_str(&format!("  File \"{}\", line {}, in {}\n", frame.file, frame.line, frame.func));
        let missing = missing.filter(|_| at + 1 == frames.len());
        for line in source(frame, missing).iter().flat_map(|text| text.lines()) {
            out.push_str(&format!("    {line}\n"));
        }
        if let Some(Element { index, is_shown: true }) = frame.element {
            out.push_str(&format!("  [At element {index}]\n"));
        }
    }
    repeated(n_same, out);
}

fn render_notes(state: &State, out: &mut String) -> Res<()> {
    for note in state.notes() {
        for line in ops::to_str(&note)?.split('\n') {
            out.push_str(line);
            out.push('\n');
        }
    }
    Ok(())
}

/// The attribute that was not found.
fn missing(exception: &Value) -> Option<String> {
    let Value::Instance(instance) = exception else { return None };
    if !class_ref(exception).is_subclass_of("AttributeError") {
        return None;
    }
    class::unwrap(&instance.field("name")?).as_str().map(str::to_owned)
}

/// The name that an `AttributeError` may have meant.
fn suggestion(exception: &Value) -> Option<String> {
    let name = missing(exception)?;
    let Value::Instance(instance) = exception else { return None };
    let names = attr::names(&instance.field("obj")?);
    closest(&name, names.iter().map(|n| n.as_str()))
}

/// The closest of some names, as CPython's suggestions find it.
pub fn closest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    const MAX_NAMES: usize = 750;
    let names: Vec<&str> = names.collect();
    if names.len() >= MAX_NAMES {
        return None;
    }
    let mut best: Option<(usize, &str)> = None;
    for name in names {
        if name == wrong {
            continue;
        }
        let mut max = (name.len() + wrong.len() + 3) * MOVE_COST / 6;
        if let Some((distance, _)) = best {
            max = max.min(distance - 1);
        }
        let distance = levenshtein(wrong, name, max);
        if distance > max {
            continue;
        }
        if best.is_none_or(|(d, _)| distance < d) {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name.to_owned())
}

const MOVE_COST: usize = 2;
const CASE_COST: usize = 1;

fn substitution(a: u8, b: u8) -> usize {
    if a == b {
        0
    } else if a.eq_ignore_ascii_case(&b) {
        CASE_COST
    } else {
        MOVE_COST
    }
}

/// The edit distance with CPython's costs; more than `max` where it is more than that.
fn levenshtein(a: &str, b: &str, max: usize) -> usize {
    const MAX_SIZE: usize = 40;
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    if a == b {
        return 0;
    }
    while let ([x, rest_a @ ..], [y, rest_b @ ..]) = (a, b)
        && x == y
    {
        (a, b) = (rest_a, rest_b);
    }
    while let ([rest_a @ .., x], [rest_b @ .., y]) = (a, b)
        && x == y
    {
        (a, b) = (rest_a, rest_b);
    }
    if a.is_empty() || b.is_empty() {
        return (a.len() + b.len()) * MOVE_COST;
    }
    if a.len() > MAX_SIZE || b.len() > MAX_SIZE {
        return max + 1;
    }
    if b.len() < a.len() {
        (a, b) = (b, a);
    }
    if (b.len() - a.len()) * MOVE_COST > max {
        return max + 1;
    }
    let mut row: Vec<usize> = (1..=a.len()).map(|i| i * MOVE_COST).collect();
    let mut result = 0;
    for (b_idx, &code) in b.iter().enumerate() {
        result = b_idx * MOVE_COST;
        let mut distance = result;
        let mut minimum = usize::MAX;
        for (idx, slot) in row.iter_mut().enumerate() {
            let substitute = distance + substitution(code, a[idx]);
            distance = *slot;
            let insert_delete = result.min(distance) + MOVE_COST;
            result = insert_delete.min(substitute);
            *slot = result;
            minimum = minimum.min(result);
        }
        if minimum > max {
            return max + 1;
        }
    }
    result
}
