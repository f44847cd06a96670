//! What a part of a range comes to, and how two parts become one.

mod best;
mod portable;

use super::elements::Elements;
use super::folds::Folds;
use super::ledger;
use super::reduce::Reduce;
use super::tally::{IntTally, WordTally};
use crate::collections::{Dict, DictFlavour, Items, List, Set};
use crate::number::exact_sum::ExactSum;
use crate::ops::{self, BinOp};
use crate::{Args, Fault, Ref, Res, Str, Value, budget, iter, text};

/// The state of an accumulator before a strip.
pub(super) enum Mark {
    /// So many entries of a dict or set, and so many that are noted of it.
    Added((usize, Option<usize>)),
    /// The strip writes it at its end only.
    Untouched,
    /// What the strip writes is taken at its end only.
    Written,
    /// This many elements.
    Len(usize),
    /// This sum of floats, and how many they are.
    Sum(Option<Box<ExactSum>>, i64),
    /// A text of so many bytes, of so many texts.
    Text(usize, i64),
}

/// The state of one part of a range. Compiled code reads and writes it between strips.
#[repr(C)]
pub struct Acc {
    /// The list, set or dict that is being built; the sum, the least or the greatest so far.
    pub value: Value,
    /// How many elements there were, for `SumFloat`.
    pub count: i64,
    /// For `Any` and `All`: decided. For the least and greatest: there is one.
    pub flag: i64,
    /// Where compiled code writes the next element.
    pub at: i64,
    /// Where the room for elements ends.
    pub end: i64,
    /// For `SumFloat`, once there is something to add. It is large, and an accumulator is moved.
    sum: Option<Box<ExactSum>>,
    /// The text so far.
    pub text: String,
    /// The best so far, or all that may be.
    kept: Vec<Value>,
    /// What lies between two texts.
    pub(super) separator: Option<Str>,
    /// For `EachInt` and `EachFloat`: the address of the first element of the whole range, where there is room for all.
    pub(super) whole: i64,
    /// Elements of the whole range that are of another type: the first one's number, and a list.
    pub(super) apart: Vec<(i64, Value)>,
    elements: Option<Elements>,
    tally: IntTally,
    /// The words so far, and the text that they are of.
    words: Option<Box<(Str, WordTally)>>,
    /// For `Fold`: the variables of the loop.
    pub(super) folds: Option<Box<Folds>>,
    /// What a long strip has counted so far.
    strip: Option<IntTally>,
    kind: Reduce,
    /// What a strip has counted in a `Counter`, by the numbers of its entries.
    counted: Vec<usize>,
    /// For sums, the least and the greatest of ints: what did not fit `value`, to be combined with it.
    spill: Option<Value>,
    /// Is it joined to another one: what it adds to a dict or set is noted, where code of the program compares the keys.
    is_watched: bool,
}

impl Acc {
    /// Offset of the payload of `value`.
    pub const PAYLOAD: usize = std::mem::offset_of!(Acc, value) + 8;
    /// Offset of `count`.
    pub const COUNT: usize = std::mem::offset_of!(Acc, count);
    /// Offset of `flag`.
    pub const FLAG: usize = std::mem::offset_of!(Acc, flag);
    /// Offset of `at`.
    pub const AT: usize = std::mem::offset_of!(Acc, at);
    /// Offset of `end`.
    pub const END: usize = std::mem::offset_of!(Acc, end);

    /// Nothing yet.
    pub fn new(kind: Reduce) -> Self {
        let value = match kind {
            Reduce::List | Reduce::SumAny | Reduce::MinAny | Reduce::MaxAny => Value::list(Vec::new()),
            kind if kind.keeps_best() => Value::list(Vec::new()),
            Reduce::SumInt | Reduce::MinInt | Reduce::MaxInt => Value::Int(0),
            Reduce::MinFloat | Reduce::MaxFloat => Value::Float(0.0),
            Reduce::Set => Value::Set(Ref::new(Set::new(false))),
            Reduce::Dict => Value::Dict(Ref::new(Dict::new())),
            Reduce::Count => Value::Dict(Ref::new(Dict::with_flavour(DictFlavour::Counter))),
            _ => Value::None,
        };
        let elements = match kind {
            Reduce::Ints | Reduce::EachInt | Reduce::CountInt => Some(Elements::ints()),
            Reduce::Floats | Reduce::EachFloat | Reduce::SumFloat => Some(Elements::floats()),
            _ => None,
        };
        Self {
            value,
            count: 0,
            flag: 0,
            at: 0,
            end: 0,
            sum: None,
            text: String::new(),
            kept: Vec::new(),
            separator: None,
            whole: 0,
            apart: Vec::new(),
            elements,
            tally: IntTally::default(),
            words: None,
            folds: None,
            strip: None,
            kind,
            counted: Vec::new(),
            spill: None,
            is_watched: false,
        }
    }

    /// As [`Acc::new`], of a part that will be joined to the one before it.
    pub(super) fn watch(&mut self) {
        self.is_watched = true;
        match &mut self.value {
            Value::Set(set) => Ref::make_mut(set).watch(),
            Value::Dict(dict) => Ref::make_mut(dict).watch(),
            _ => {}
        }
    }

    /// Makes room for what a strip of so many indices may write.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub(super) fn open(&mut self, lo: i64, hi: i64) -> Res<()> {
        self.counted.clear();
        self.strip = None;
        if self.whole != 0 {
            (self.at, self.end) = (self.whole + lo * 8, self.whole + hi * 8);
        } else if let Some(elements) = &mut self.elements {
            let room = elements.open(usize::try_from(hi - lo).unwrap_or(0))?;
            (self.at, self.end) = (room.at, room.end);
        }
        Ok(())
    }

    /// Takes what a strip has written.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub(super) fn close(&mut self, kind: Reduce) -> Res<()> {
        if kind.keeps_best() {
            self.keep_best_of_list(kind);
        }
        if self.whole == 0 && self.elements.is_some() {
            self.take_written(kind);
            if let Some(strip) = self.strip.take() {
                self.merge_tally(&strip)?;
            }
        }
        Ok(())
    }

    /// Makes more room in the midst of a strip.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn grow(&mut self) -> Res<()> {
        let kind = self.kind;
        if kind == Reduce::CountInt {
            // Until the strip has come to its end, what it counts stays apart.
            self.strip.get_or_insert_default();
        }
        self.take_written(kind);
        if let Some(elements) = &mut self.elements {
            let room = elements.open(elements.len().clamp(64, 1 << 13))?;
            (self.at, self.end) = (room.at, room.end);
        }
        Ok(())
    }

    fn take_written(&mut self, kind: Reduce) {
        let Some(elements) = &mut self.elements else { return };
        elements.close(self.at);
        match (kind, elements.items()) {
            (Reduce::SumFloat, Items::Float(all)) => {
                self.sum.get_or_insert_default().add_slice(all);
                self.count += i64::try_from(all.len()).unwrap_or(0);
            }
            (Reduce::CountInt, Items::Int(all)) => {
                let tally = match (&mut self.strip, &self.value) {
                    (Some(strip), _) => strip,
                    (None, Value::Dict(_)) => self.strip.insert(IntTally::default()),
                    (None, _) => &mut self.tally,
                };
                tally.add_all(all);
            }
            _ => return,
        }
        elements.truncate(0);
    }

    /// Adds counts of ints that came behind those which are there.
    fn merge_tally(&mut self, more: &IntTally) -> Res<()> {
        let Value::Dict(dict) = &mut self.value else {
            self.tally.merge(more);
            return Ok(());
        };
        let dict = Ref::make_mut(dict);
        more.counts().try_for_each(|(key, n)| dict.count(&Value::Int(key), n).map(|_| ()))
    }

    /// Adds the counts of a part that may have keys of any kind.
    fn merge_counts(&mut self, more: Self) -> Res<()> {
        if let Value::Dict(counts) = &more.value {
            if self.kind == Reduce::CountInt && !matches!(self.value, Value::Dict(_)) {
                self.value = Value::Dict(Ref::new(self.tally.to_counter()?));
            }
            if let Value::Dict(dict) = &mut self.value {
                let dict = Ref::make_mut(dict);
                if self.is_watched {
                    dict.watch();
                }
                dict.join_counts(counts)?;
            }
            return Ok(());
        }
        self.merge_tally(&more.tally)
    }

    /// Adds a text behind those that are there.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn add_text(&mut self, more: &str) -> Res<()> {
        self.begin_text()?;
        push_text(&mut self.text, more)?;
        self.count += 1;
        Ok(())
    }

    /// Adds what a template has up to its value at a place, as [`crate::text::filled`] takes it; behind the last one the text has its end.
    ///
    /// # Errors
    ///
    /// `MemoryError`, and what formatting the value raises.
    pub fn fill_text(&mut self, template: &[Value], at: i64, value: &Value) -> Res<()> {
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        let Some([before, spec, rest @ ..]) = template.get(2 * at..) else {
            unreachable!("a template has two pieces for each value")
        };
        if at == 0 {
            self.begin_text()?;
        }
        push_text(&mut self.text, before.as_str().unwrap_or(""))?;
        text::with_formatted(value, spec.as_str().unwrap_or(""), |more| push_text(&mut self.text, more))?;
        if let [end] = rest {
            push_text(&mut self.text, end.as_str().unwrap_or(""))?;
            self.count += 1;
        }
        Ok(())
    }

    /// As `fill_text`, of an int.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn fill_int(&mut self, template: &[Value], at: i64, n: i64) -> Res<()> {
        let pieces = usize::try_from(at).ok().and_then(|at| template.get(2 * at..)).unwrap_or_default();
        let [Value::Str(before), Value::Str(spec), rest @ ..] = pieces else {
            unreachable!("a template has two pieces for each value")
        };
        if !spec.as_str().is_empty() {
            return self.fill_text(template, at, &Value::Int(n));
        }
        let separator = match &self.separator {
            Some(separator) if at == 0 && self.count > 0 => separator.as_str(),
            _ => "",
        };
        let end = match rest {
            [Value::Str(end)] => {
                self.count += 1;
                end.as_str()
            }
            _ => "",
        };
        push_all(&mut self.text, [separator, before.as_str(), itoa::Buffer::new().format(n), end])
    }

    /// What lies between the texts before and the next one.
    fn begin_text(&mut self) -> Res<()> {
        match &self.separator {
            Some(separator) if self.count > 0 => push_text(&mut self.text, separator.as_str()),
            _ => Ok(()),
        }
    }

    /// Begins to count the words of a text.
    pub(super) fn begin_words(&mut self, text: &Str) {
        self.words = Some(Box::new((text.clone(), WordTally::default())));
    }

    /// Counts the words of the text that begin in this part of it.
    pub fn count_words(&mut self, part: std::ops::Range<usize>) {
        if let Some(words) = &mut self.words {
            let (text, tally) = &mut **words;
            text::words::starting_in(text.as_str(), part, |at| tally.add(text.as_str(), at));
        }
    }

    /// Counts ints.
    pub fn count_ints(&mut self, keys: &[i64]) {
        self.tally.add_all(keys);
    }

    /// Adds items to the list.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn extend(&mut self, more: Vec<Value>) -> Res<()> {
        if let Value::List(list) = &mut self.value
            && let Some(list) = Ref::get_mut(list)
        {
            budget::check(more.len(), size_of::<Value>(), "a list")?;
            list.update(|items| items.extend(&Items::Any(more)));
        }
        Ok(())
    }

    /// Takes in what the variables of a loop came to in a strip.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn fold(&mut self, values: Vec<Value>) -> Res<()> {
        self.folds.as_mut().map_or(Ok(()), |folds| folds.take_in(values))
    }

    /// Counts a value in the `Counter`.
    ///
    /// # Errors
    ///
    /// What a comparison or hash of the program raises.
    pub fn count(&mut self, key: &Value) -> Res<()> {
        if let Value::Dict(dict) = &mut self.value {
            let at = Ref::make_mut(dict).count(key, 1)?;
            self.counted.push(at);
        }
        Ok(())
    }

    /// As [`Acc::count`], of a tuple of these.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn count_tuple(&mut self, items: &[Value]) -> Res<()> {
        if let Value::Dict(dict) = &mut self.value {
            let at = Ref::make_mut(dict).count_tuple(items, 1)?;
            self.counted.push(at);
        }
        Ok(())
    }

    /// What [`Acc::roll_back`] needs to know.
    pub(super) fn mark(&self, kind: Reduce) -> Mark {
        match &self.value {
            _ if kind == Reduce::CountInt => Mark::Written,
            Value::List(list) => Mark::Len(list.len()),
            Value::Set(set) => Mark::Added(set.mark()),
            Value::Dict(dict) => Mark::Added(dict.mark()),
            _ => match kind {
                Reduce::SumFloat => Mark::Sum(self.sum.clone(), self.count),
                Reduce::Join => Mark::Text(self.text.len(), self.count),
                _ => self.elements.as_ref().map_or(Mark::Untouched, |all| Mark::Len(all.len())),
            },
        }
    }

    /// Takes back what a strip that did not come to its end has added.
    ///
    /// Values that it gave to keys of a dict that were there before stay: the same strip, run again, gives them again.
    pub(super) fn roll_back(&mut self, mark: Mark) {
        match (mark, &mut self.value) {
            (Mark::Len(n), Value::List(list)) => {
                if let Some(list) = Ref::get_mut(list) {
                    list.update(|items| items.truncate(n));
                }
            }
            (Mark::Added(mark), Value::Set(set)) => Ref::make_mut(set).roll_back(mark),
            (Mark::Added(mark), Value::Dict(dict)) => {
                let dict = Ref::make_mut(dict);
                self.counted.drain(..).for_each(|at| dict.uncount(at));
                dict.roll_back(mark);
            }
            (Mark::Written, _) => {
                self.strip = None;
                if let Some(elements) = &mut self.elements {
                    elements.truncate(0);
                }
            }
            (Mark::Len(n), _) => {
                if let Some(elements) = &mut self.elements {
                    elements.truncate(n);
                }
            }
            (Mark::Sum(sum, n), _) => {
                (self.sum, self.count) = (sum, n);
                if let Some(elements) = &mut self.elements {
                    elements.truncate(0);
                }
            }
            (Mark::Text(n_bytes, n), _) => {
                self.text.truncate(n_bytes);
                self.count = n;
            }
            (Mark::Untouched | Mark::Added(_), _) => {}
        }
    }

    /// Has the deciding element been met.
    pub fn is_decided(&self, kind: Reduce) -> bool {
        matches!(kind, Reduce::Any | Reduce::All) && self.flag != 0
    }

    /// Takes in the part that comes right behind this one.
    ///
    /// # Errors
    ///
    /// What a comparison or hash of the program raises, for sets and dicts.
    pub fn append(&mut self, kind: Reduce, more: Self) -> Res<()> {
        match kind {
            Reduce::List | Reduce::SumAny | Reduce::MinAny | Reduce::MaxAny => self.append_list(more.value),
            Reduce::MinTotal | Reduce::MaxTotal | Reduce::MinKeyed | Reduce::MaxKeyed => {
                self.append_best(kind, more);
            }
            Reduce::Ints | Reduce::Floats | Reduce::EachInt | Reduce::EachFloat => {
                self.apart.extend(more.apart);
                if let (Some(elements), Some(more)) = (&mut self.elements, more.elements) {
                    elements.append(more);
                }
            }
            Reduce::Count | Reduce::CountInt => self.merge_counts(more)?,
            Reduce::CountWords => {
                if let (Some(words), Some(more)) = (&mut self.words, more.words) {
                    let (text, tally) = &mut **words;
                    tally.merge(text, &more.1);
                }
            }
            Reduce::Fold => {
                if let (Some(folds), Some(more)) = (&mut self.folds, more.folds) {
                    folds.append(*more)?;
                }
            }
            Reduce::Join => {
                if more.count > 0 {
                    let n = self.count;
                    self.add_text(&more.text)?;
                    self.count = n + more.count;
                }
            }
            Reduce::SumInt => {
                if let (Value::Int(a), Value::Int(b)) = (&self.value, &more.value) {
                    match a.checked_add(*b) {
                        Some(sum) => self.value = Value::Int(sum),
                        None => self.spill(kind, more.value)?,
                    }
                }
                if let Some(big) = more.spill {
                    self.spill(kind, big)?;
                }
            }
            Reduce::SumFloat => {
                self.count += more.count;
                if let Some(more) = &more.sum {
                    self.sum.get_or_insert_default().merge(more);
                }
            }
            Reduce::Any | Reduce::All => self.flag |= more.flag,
            Reduce::MinInt | Reduce::MaxInt | Reduce::MinFloat | Reduce::MaxFloat => {
                if more.flag != 0 {
                    self.keep_best(kind, more.value);
                }
                if let Some(big) = more.spill {
                    self.spill(kind, big)?;
                }
            }
            Reduce::Set => {
                if let (Value::Set(set), Value::Set(more)) = (&mut self.value, &more.value) {
                    Ref::make_mut(set).join(more)?;
                }
            }
            Reduce::Dict => {
                if let (Value::Dict(dict), Value::Dict(more)) = (&mut self.value, &more.value) {
                    Ref::make_mut(dict).join(more)?;
                }
            }
        }
        Ok(())
    }

    /// Takes in the part right behind this one, from index `lo` on, as [`Reduce::wide`] has gathered it.
    ///
    /// # Errors
    ///
    /// As [`Acc::append`].
    pub(super) fn take_in(&mut self, kind: Reduce, lo: i64, more: Self) -> Res<()> {
        let Value::List(list) = &more.value else { return self.append(kind, more) };
        match kind {
            Reduce::Ints | Reduce::Floats | Reduce::EachInt | Reduce::EachFloat => {
                if self.whole != 0 {
                    self.apart.push((lo, more.value));
                } else if let Some(elements) = &mut self.elements {
                    elements.extend(list.items());
                }
                Ok(())
            }
            Reduce::SumInt => {
                let sum = iter::sum::of(&more.value, Value::Int(0))?;
                self.spill(kind, sum)
            }
            Reduce::SumFloat => list.to_values().iter().try_for_each(|item| {
                self.count += 1;
                self.sum.get_or_insert_default().add_f64(float(item)?);
                Ok(())
            }),
            Reduce::MinInt | Reduce::MaxInt => {
                list.to_values().into_iter().try_for_each(|item| self.spill(kind, item))
            }
            Reduce::MinFloat | Reduce::MaxFloat => list.to_values().into_iter().try_for_each(|item| {
                float(&item)?;
                self.keep_best(kind, item);
                Ok(())
            }),
            _ => self.append(kind, more),
        }
    }

    /// Combines an int of any size with those that did not fit. Of ints it does not show in which order they are combined.
    fn spill(&mut self, kind: Reduce, more: Value) -> Res<()> {
        let both = match self.spill.take() {
            None => more,
            Some(so_far) => combine(kind, so_far, more)?,
        };
        self.spill = Some(both);
        Ok(())
    }

    fn append_list(&mut self, more: Value) {
        let (Value::List(list), Value::List(more)) = (&mut self.value, more) else { return };
        if list.is_empty() {
            *list = more;
            return;
        }
        match Ref::get_mut(list) {
            Some(own) => own.update(|items| items.extend(more.items())),
            None => {
                let mut items: Items = list.items().clone();
                items.extend(more.items());
                *list = Ref::new(List::new(items));
            }
        }
    }

    /// The first of equals stays; of floats the sequential loop is `x > best`, false for NaN: only a first NaN stays.
    fn keep_best(&mut self, kind: Reduce, item: Value) {
        let better = self.flag == 0
            || match (&self.value, &item) {
                (Value::Int(a), Value::Int(b)) => {
                    if kind.is_max() {
                        b > a
                    } else {
                        b < a
                    }
                }
                (Value::Float(a), Value::Float(b)) => {
                    if kind.is_max() {
                        b > a
                    } else {
                        b < a
                    }
                }
                _ => false,
            };
        if better {
            self.value = item;
            self.flag = 1;
        }
    }

    /// The result.
    ///
    /// # Errors
    ///
    /// `ValueError` for the least or greatest of nothing.
    pub fn finish(mut self, kind: Reduce) -> Res {
        if let Some(big) = self.spill.take() {
            let has_more = kind == Reduce::SumInt || self.flag != 0;
            return if has_more { combine(kind, self.value, big) } else { Ok(big) };
        }
        Ok(match kind {
            Reduce::List | Reduce::SumInt | Reduce::Set | Reduce::Dict | Reduce::Count => self.value,
            Reduce::Ints | Reduce::Floats | Reduce::EachInt | Reduce::EachFloat => {
                self.elements.map_or(Value::None, Elements::into_list)
            }
            Reduce::CountInt if matches!(self.value, Value::Dict(_)) => self.value,
            Reduce::CountInt => Value::Dict(Ref::new(self.tally.to_counter()?)),
            Reduce::Fold => self.folds.map_or(Value::None, |folds| folds.finish()),
            Reduce::Join => Value::string(self.text),
            Reduce::CountWords => match &self.words {
                Some(words) => Value::Dict(Ref::new(words.1.to_counter(&words.0)?)),
                None => Value::None,
            },
            Reduce::SumAny => iter::sum::of(&self.value, Value::Int(0))?,
            Reduce::MinTotal | Reduce::MaxTotal | Reduce::MinKeyed | Reduce::MaxKeyed => {
                best::in_order(kind, &self.kept)?
            }
            Reduce::MinAny => iter::min(&Args::positional(&[self.value]))?,
            Reduce::MaxAny => iter::max(&Args::positional(&[self.value]))?,
            Reduce::SumFloat if self.count == 0 => Value::Int(0),
            Reduce::SumFloat => {
                let sum = self.sum.get_or_insert_default();
                sum.add_int(&Value::Int(0));
                Value::Float(sum.finish())
            }
            Reduce::Any => Value::Bool(self.flag != 0),
            Reduce::All => Value::Bool(self.flag == 0),
            Reduce::MinInt | Reduce::MaxInt | Reduce::MinFloat | Reduce::MaxFloat => {
                if self.flag == 0 {
                    return Err(best::of_nothing(kind));
                }
                self.value
            }
        })
    }

    /// What the elements before one that raises come to: the fault where they cannot be combined, which comes first.
    pub(super) fn raised_before(self, kind: Reduce) -> Res<()> {
        let is_empty = matches!(&self.value, Value::List(list) if list.is_empty());
        if kind.is_deferred() && !is_empty { self.finish(kind).map(|_| ()) } else { Ok(()) }
    }

    /// Does a part of this kind depend on what lies before it by more than `append` knows: a NaN in the first place of the
    /// whole range would stay, one in the first place of a part would hide the rest of that part.
    pub fn is_splittable(kind: Reduce) -> bool {
        !matches!(kind, Reduce::MinFloat | Reduce::MaxFloat)
    }
}

/// Two ints, of any size, as one.
fn combine(kind: Reduce, a: Value, b: Value) -> Res {
    if kind == Reduce::SumInt {
        return ops::binary(BinOp::Add, &a, &b);
    }
    let op = if kind.is_max() { ops::CmpOp::Gt } else { ops::CmpOp::Lt };
    Ok(if ops::truthy(&ops::compare(op, &b, &a)?)? { b } else { a })
}

/// An element that is a float in every version of the code.
fn float(item: &Value) -> Res<f64> {
    match item {
        Value::Float(x) => Ok(*x),
        _ => Err(Fault::not_pure("internal error: an element that should be a float")),
    }
}

/// Adds short pieces: most have one letter or none.
fn push_all<const N: usize>(text: &mut String, pieces: [&str; N]) -> Res<()> {
    let n_bytes = pieces.iter().map(|piece| piece.len()).sum::<usize>();
    if text.capacity() - text.len() < n_bytes {
        return pieces.iter().try_for_each(|piece| push_text(text, piece));
    }
    for piece in pieces {
        match piece.as_bytes() {
            [] => {}
            [letter] => text.push(char::from(*letter)),
            _ => text.push_str(piece),
        }
    }
    Ok(())
}

fn push_text(text: &mut String, more: &str) -> Res<()> {
    let n_bytes = text.len() + more.len();
    if n_bytes > text.capacity() && n_bytes > 1 << 16 {
        budget::check(n_bytes.saturating_mul(2), 1, "a text")?;
    }
    text.push_str(more);
    Ok(())
}
