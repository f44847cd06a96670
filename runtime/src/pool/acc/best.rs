//! The least and the greatest of texts, tuples and the like: of what a strip has gathered only the best stays.

use super::Acc;
use crate::pool::reduce::Reduce;
use crate::{Fault, Ref, Res, Value, iter, ops};
use std::cmp::Ordering;

impl Acc {
    /// Of what the list has gathered, and of what was kept before, keeps the best, the first of equals. Where one of them is NaN, or holds it, what is
    /// best hangs on what comes before: then all stay, in order.
    pub(super) fn keep_best_of_list(&mut self, kind: Reduce) {
        if let Value::List(list) = &mut self.value {
            self.kept.extend(list.to_values());
            // What compiled code adds next is of the form that the list has.
            match Ref::get_mut(list) {
                Some(own) => own.update(|items| items.truncate(0)),
                None => self.value = Value::list(Vec::new()),
            }
        }
        if self.flag != 0 || self.kept.len() < 2 {
            return;
        }
        let keys: Vec<Value> = self.kept.iter().map(|item| key_of(kind, item).clone()).collect();
        if !iter::order::is_total(&keys) {
            self.flag = 1;
            return;
        }
        let wanted = if kind.is_max() { Ordering::Greater } else { Ordering::Less };
        let best = (1..keys.len())
            .fold(0, |best, i| if iter::order::compare(&keys[i], &keys[best]) == wanted { i } else { best });
        self.kept.swap(0, best);
        self.kept.truncate(1);
    }

    /// Takes in the part right behind this one.
    pub(super) fn append_best(&mut self, kind: Reduce, more: Self) {
        self.flag |= more.flag;
        self.kept.extend(more.kept);
        if let Value::List(list) = &more.value {
            self.kept.extend(list.to_values());
        }
        self.keep_best_of_list(kind);
    }
}

/// By what an element of a list that keeps the best is compared.
fn key_of(kind: Reduce, item: &Value) -> &Value {
    match (kind, item) {
        (Reduce::MinKeyed | Reduce::MaxKeyed, Value::Tuple(pair)) => &pair[0],
        _ => item,
    }
}

/// The best of some values, as a loop from the first to the last finds it.
pub(super) fn in_order(kind: Reduce, items: &[Value]) -> Res {
    let Some(mut best) = items.first() else { return Err(of_nothing(kind)) };
    let op = if kind.is_max() { ops::CmpOp::Gt } else { ops::CmpOp::Lt };
    for item in &items[1..] {
        if ops::truthy(&ops::compare(op, key_of(kind, item), key_of(kind, best))?)? {
            best = item;
        }
    }
    Ok(match (kind, best) {
        (Reduce::MinKeyed | Reduce::MaxKeyed, Value::Tuple(pair)) => pair[1].clone(),
        _ => best.clone(),
    })
}

/// The error of the least or greatest of nothing.
pub(super) fn of_nothing(kind: Reduce) -> Fault {
    let name = if kind.is_max() { "max" } else { "min" };
    Fault::value_error(format!("{name}() arg is an empty sequence"))
}
