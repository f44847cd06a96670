//! What several variables of a loop come to, part by part.

use crate::ops::{self, BinOp, CmpOp};
use crate::{Ref, Res, Str, Value};

/// How what a part of a loop made of one variable, and what the part behind it did, become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoldOp {
    /// The sum of ints, or one list behind the other.
    Add,
    /// The product of ints.
    Mul,
    /// `&` of ints, or of booleans.
    And,
    /// `|`.
    Or,
    /// `^`.
    Xor,
    /// The least: of equals the first.
    Min,
    /// The greatest: of equals the first.
    Max,
    /// What was bound together with the least or greatest before it.
    Beside,
    /// What was bound last, if anything was.
    Last,
}

impl FoldOp {
    const ALL: [(char, Self); 9] = [
        ('+', Self::Add),
        ('*', Self::Mul),
        ('&', Self::And),
        ('|', Self::Or),
        ('^', Self::Xor),
        ('<', Self::Min),
        ('>', Self::Max),
        (',', Self::Beside),
        ('=', Self::Last),
    ];

    /// The letter by which compiled code names it.
    pub fn letter(self) -> char {
        Self::ALL.iter().find(|(_, op)| *op == self).map_or('=', |(letter, _)| *letter)
    }

    fn of(letter: char) -> Self {
        Self::ALL.iter().find(|(l, _)| *l == letter).map_or(Self::Last, |(_, op)| *op)
    }
}

/// The variables of a part of a loop.
#[derive(Clone)]
pub(super) struct Folds {
    /// A letter for each.
    ops: Str,
    /// What they came to; none before the first strip.
    values: Vec<Value>,
}

impl Folds {
    pub(super) fn new(ops: Str) -> Self {
        Self { ops, values: Vec::new() }
    }

    /// The same variables, before the first strip.
    pub(super) fn empty(&self) -> Self {
        Self::new(self.ops.clone())
    }

    /// Takes in what the strip, or part, right behind it came to.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub(super) fn take_in(&mut self, more: Vec<Value>) -> Res<()> {
        if self.values.is_empty() {
            self.values = more;
            return Ok(());
        }
        let mut replaces = false;
        let ops = self.ops.clone();
        for ((letter, value), next) in ops.as_str().chars().zip(&mut self.values).zip(more) {
            let op = match FoldOp::of(letter) {
                FoldOp::Min | FoldOp::Max => {
                    let cmp = if letter == '<' { CmpOp::Lt } else { CmpOp::Gt };
                    replaces = ops::truthy(&ops::compare(cmp, &next, value)?)?;
                    if replaces {
                        *value = next;
                    }
                    continue;
                }
                FoldOp::Beside | FoldOp::Last => {
                    let is_newer = if letter == '=' { !matches!(next, Value::Unbound) } else { replaces };
                    if is_newer {
                        *value = next;
                    }
                    continue;
                }
                FoldOp::Add => {
                    add(value, next)?;
                    continue;
                }
                FoldOp::Mul => BinOp::Mul,
                FoldOp::And => BinOp::BitAnd,
                FoldOp::Or => BinOp::BitOr,
                FoldOp::Xor => BinOp::BitXor,
            };
            *value = ops::binary(op, value, &next)?;
        }
        Ok(())
    }

    /// As `take_in`, of what was gathered in the same way.
    pub(super) fn append(&mut self, more: Self) -> Res<()> {
        if more.values.is_empty() { Ok(()) } else { self.take_in(more.values) }
    }

    /// What they came to; none before the first strip.
    pub(super) fn values(&self) -> &[Value] {
        &self.values
    }

    /// The values as a tuple.
    pub(super) fn finish(self) -> Value {
        Value::tuple(self.values)
    }
}

/// Adds ints, or puts a list behind another, in place where nobody else has it.
fn add(value: &mut Value, next: Value) -> Res<()> {
    if let (Value::List(list), Value::List(more)) = (&mut *value, &next) {
        if more.is_empty() {
            return Ok(());
        }
        if list.is_empty() {
            *value = next;
            return Ok(());
        }
        if let Some(own) = Ref::get_mut(list) {
            crate::budget::check(more.len(), size_of::<Value>(), "a list")?;
            own.update(|items| items.extend(more.items()));
            return Ok(());
        }
    }
    *value = ops::binary(BinOp::Add, value, &next)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(ops: &str, parts: &[&[Value]], expected: &str) {
        let mut all = Folds::new(Str::new(ops));
        for part in parts {
            let mut more = all.empty();
            more.take_in(part.to_vec()).expect("they fit");
            all.append(more).expect("they fit");
        }
        let shown = ops::repr(&all.finish()).expect("it has a text");
        assert_eq!(shown, expected);
    }

    #[test]
    fn of_equals_the_first_stays_with_what_is_beside_it() {
        let [a, b, c] = ["a", "b", "c"].map(Value::str);
        check(">,", &[&[Value::Int(3), a], &[Value::Int(5), b], &[Value::Int(5), c]], "(5, 'b')");
    }

    #[test]
    fn a_part_that_bound_nothing_leaves_what_was_bound_before() {
        check("=", &[&[Value::Unbound], &[Value::Int(1)], &[Value::Unbound]], "(1,)");
    }

    #[test]
    fn a_sum_of_ints_grows_and_lists_follow_each_other() {
        let list = |n: i64| Value::list(vec![Value::Int(n)]);
        let parts: [&[Value]; 2] = [&[Value::Int(i64::MAX), list(1)], &[Value::Int(1), list(2)]];
        check("++", &parts, "(9223372036854775808, [1, 2])");
    }
}
