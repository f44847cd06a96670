//! The rows of a list of tuples that are made of numbers, booleans and `None` alone, all in the same form: one after the other,
//! eight bytes for each number or boolean.

use crate::Value;
use std::cell::Cell;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// So many numbers at most has a row.
const MAX_WORDS: usize = 24;
/// So deep at most its tuples nest.
const MAX_DEPTH: usize = 3;

/// What a row, or a part of one, is made of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// `None`, which takes no room.
    None,
    /// A boolean, as 0 or 1.
    Bool,
    /// An int of 64 bits.
    Int,
    /// A float.
    Float,
    /// A tuple.
    Tuple(Arc<[Form]>),
}

impl Form {
    /// The form of a tuple, where it has one that rows can have.
    fn of_row(value: &Value) -> Option<Self> {
        let Value::Tuple(_) = value else { return None };
        Self::of(value, 0).filter(|form| (1..=MAX_WORDS).contains(&form.width()))
    }

    fn of(value: &Value, depth: usize) -> Option<Self> {
        Some(match value {
            Value::None => Self::None,
            Value::Bool(_) => Self::Bool,
            Value::Int(_) => Self::Int,
            Value::Float(_) => Self::Float,
            Value::Tuple(items) if depth < MAX_DEPTH && items.len() <= MAX_WORDS => {
                Self::Tuple(items.iter().map(|v| Self::of(v, depth + 1)).collect::<Option<_>>()?)
            }
            _ => return None,
        })
    }

    /// Can rows have this form.
    pub fn is_row(&self) -> bool {
        matches!(self, Self::Tuple(_)) && (1..=MAX_WORDS).contains(&self.width()) && self.depth() <= MAX_DEPTH
    }

    fn depth(&self) -> usize {
        match self {
            Self::Tuple(items) => 1 + items.iter().map(Self::depth).max().unwrap_or(0),
            _ => 0,
        }
    }

    /// How many words of eight bytes it takes.
    pub fn width(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Bool | Self::Int | Self::Float => 1,
            Self::Tuple(items) => items.iter().map(Self::width).sum(),
        }
    }

    /// Writes a value of this form; false where it has another one.
    fn write(&self, value: &Value, out: &mut Vec<u64>) -> bool {
        match (self, value) {
            (Self::None, Value::None) => {}
            (Self::Bool, Value::Bool(b)) => out.push(u64::from(*b)),
            (Self::Int, Value::Int(n)) => out.push(n.cast_unsigned()),
            (Self::Float, Value::Float(x)) => out.push(x.to_bits()),
            (Self::Tuple(forms), Value::Tuple(items)) => {
                return forms.len() == items.len()
                    && forms.iter().zip(items.iter()).all(|(form, item)| form.write(item, out));
            }
            _ => return false,
        }
        true
    }

    fn read(&self, words: &mut impl Iterator<Item = u64>) -> Value {
        let mut word = || words.next().unwrap_or(0);
        match self {
            Self::None => Value::None,
            Self::Bool => Value::Bool(word() != 0),
            Self::Int => Value::Int(word().cast_signed()),
            Self::Float => Value::Float(f64::from_bits(word())),
            Self::Tuple(items) => {
                let items: Vec<Value> = items.iter().map(|form| form.read(words)).collect();
                Value::tuple(items)
            }
        }
    }
}

/// A form that rows have, as this process knows it.
struct Known {
    id: u32,
    width: usize,
    form: Form,
}

fn table() -> &'static RwLock<Vec<&'static Known>> {
    static FORMS: OnceLock<RwLock<Vec<&'static Known>>> = OnceLock::new();
    FORMS.get_or_init(RwLock::default)
}

fn find(form: &Form) -> Option<&'static Known> {
    let all = table().read().unwrap_or_else(PoisonError::into_inner);
    all.iter().copied().find(|known| known.form == *form)
}

/// The entry of a form: there are as many as the types of the programs of this process, and none is ever dropped.
fn known(form: &Form) -> &'static Known {
    if let Some(known) = find(form) {
        return known;
    }
    let mut all = table().write().unwrap_or_else(PoisonError::into_inner);
    let found = all.iter().copied().find(|known| known.form == *form);
    found.unwrap_or_else(|| {
        let id = u32::try_from(all.len()).unwrap_or(u32::MAX);
        let known = Box::leak(Box::new(Known { id, width: form.width(), form: form.clone() }));
        all.push(known);
        known
    })
}

/// The entry of this number.
fn numbered(id: u32) -> Option<&'static Known> {
    thread_local! {
        /// The one that this thread asked for last.
        static LAST: Cell<Option<&'static Known>> = const { Cell::new(None) };
    }
    if let Some(known) = LAST.get().filter(|known| known.id == id) {
        return Some(known);
    }
    let known = *table().read().unwrap_or_else(PoisonError::into_inner).get(id as usize)?;
    LAST.set(Some(known));
    Some(known)
}

/// The number of a form, by which compiled code names it.
pub fn form_id(form: &Form) -> u32 {
    known(form).id
}

/// Rows, one after the other.
#[derive(Clone)]
pub struct Rows {
    known: &'static Known,
    words: Vec<u64>,
}

/// Room for so many rows is made with the first.
const FIRST: usize = 8;

impl Rows {
    /// No rows yet, of the form of this value, where rows can have it.
    pub fn like(value: &Value) -> Option<Self> {
        Some(Self { known: known(&Form::of_row(value)?), words: Vec::new() })
    }

    /// No rows yet, of the form of this number.
    pub fn with_form(id: u32) -> Option<Self> {
        let known = numbered(id)?;
        Some(Self { known, words: Vec::with_capacity(FIRST * known.width) })
    }

    /// So many rows of zeros, of the form of this number.
    pub fn zeros(id: u32, n: usize) -> Option<Self> {
        let known = numbered(id)?;
        Some(Self { known, words: vec![0; n.checked_mul(known.width)?] })
    }

    /// No rows, of the same form.
    pub fn empty(&self) -> Self {
        Self { known: self.known, words: Vec::new() }
    }

    /// The number of the form.
    pub fn id(&self) -> u32 {
        self.known.id
    }

    /// The form.
    pub fn form(&self) -> &Form {
        &self.known.form
    }

    /// How many words each row has.
    pub fn width(&self) -> usize {
        self.known.width
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.words.len() / self.width()
    }

    /// Are there none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// For how many there is room.
    pub fn capacity(&self) -> usize {
        self.words.capacity() / self.width()
    }

    /// Is there room for another one.
    pub fn has_room(&self) -> bool {
        self.words.capacity() - self.words.len() >= self.known.width
    }

    /// The words of all rows.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// Adds a row; false where it is of another form.
    pub fn push(&mut self, value: &Value) -> bool {
        let before = self.words.len();
        let fits = self.known.form.write(value, &mut self.words);
        if !fits {
            self.words.truncate(before);
        }
        fits
    }

    /// Adds a row of zeros: the address of its first word, which is good until the rows change.
    pub fn add(&mut self) -> usize {
        let start = self.words.len();
        self.words.resize(start + self.width(), 0);
        self.words[start..].as_mut_ptr().expose_provenance()
    }

    /// Adds the rows of others of the same form; false where they have another one.
    pub fn extend(&mut self, other: &Self) -> bool {
        let fits = self.known.id == other.known.id;
        if fits {
            self.words.extend_from_slice(&other.words);
        }
        fits
    }

    /// Makes room for so many rows more.
    pub fn reserve(&mut self, n: usize) {
        self.words.reserve(n.saturating_mul(self.width()));
    }

    /// Forgets all but the first so many.
    pub fn truncate(&mut self, n: usize) {
        self.words.truncate(n.saturating_mul(self.width()));
    }

    /// A row as a tuple.
    pub fn get(&self, at: usize) -> Option<Value> {
        let start = at.checked_mul(self.width())?;
        let words = self.words.get(start..start.checked_add(self.width())?)?;
        Some(self.known.form.read(&mut words.iter().copied()))
    }

    /// All rows as tuples.
    pub fn values(&self) -> impl Iterator<Item = Value> + '_ {
        self.words.chunks_exact(self.width()).map(|row| self.known.form.read(&mut row.iter().copied()))
    }

    /// The rows at these places.
    pub fn pick(&self, places: impl Iterator<Item = usize>) -> Self {
        let mut picked = self.empty();
        for at in places {
            picked.words.extend_from_slice(&self.words[at * self.width()..(at + 1) * self.width()]);
        }
        picked
    }

    /// The rows, so many times over.
    pub fn repeat(&self, n: usize) -> Self {
        Self { known: self.known, words: self.words.repeat(n) }
    }
}
