//! Unpacking of a value into several targets.

use crate::{Fault, Res, Value};

/// `a, b, *c = value` into consecutive slots; `star` is the index of the one with the star, or negative.
///
/// # Errors
///
/// `TypeError` for a value that cannot be iterated, `ValueError` for too few or too many, and what iterating raises.
pub fn unpack(value: &Value, slots: &mut [Value], star: i64) -> Res<()> {
    let n = slots.len();
    if !super::is_iterable(value) {
        super::refuse_to_iterate(value)?;
        return Err(Fault::type_error(format!(
            "cannot unpack non-iterable {} object",
            super::type_name(value)
        )));
    }
    if star < 0 {
        let items: Vec<Value> = match value {
            Value::Tuple(items) => items.to_vec(),
            Value::List(list) => list.to_values(),
            other => {
                let it = super::iter(other)?;
                let mut items = Vec::with_capacity(n);
                while let Some(item) = super::next(&it)? {
                    items.push(item);
                    if items.len() > n {
                        break;
                    }
                }
                items
            }
        };
        if items.len() > n {
            return Err(unpack_fault(n, None, false));
        }
        if items.len() < n {
            return Err(unpack_fault(n, Some(items.len()), false));
        }
        slots.iter_mut().zip(items).for_each(|(slot, item)| *slot = item);
        return Ok(());
    }
    let items = super::collect(value)?;
    if items.len() + 1 < n {
        return Err(unpack_fault(n - 1, Some(items.len()), true));
    }
    let star = usize::try_from(star).unwrap_or(0);
    let n_after = n - star - 1;
    let n_middle = items.len() - star - n_after;
    let mut items = items.into_iter();
    for (i, slot) in slots.iter_mut().enumerate() {
        *slot = if i == star {
            Value::list(items.by_ref().take(n_middle).collect())
        } else {
            items.next().unwrap_or_default()
        };
    }
    Ok(())
}

fn unpack_fault(n: usize, got: Option<usize>, star: bool) -> Fault {
    match got {
        Some(got) if star => {
            Fault::value_error(format!("not enough values to unpack (expected at least {n}, got {got})"))
        }
        Some(got) => Fault::value_error(format!("not enough values to unpack (expected {n}, got {got})")),
        None => Fault::value_error(format!("too many values to unpack (expected {n})")),
    }
}
