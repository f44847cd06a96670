//! Sorting by machine words: by their highest bits into buckets, which are sorted apart, on all workers.

#![expect(unsafe_code, reason = "buckets of one vector are sorted on several threads")]

use super::sort::Direction;
use crate::abi::{self, native};
use crate::{Fault, Res, Value, hooks};
use std::cmp::Ordering;
use std::ops::Range;

/// What is shorter is sorted where it stands.
const LARGE: usize = 1 << 15;
/// How many items a bucket should have.
const BUCKET: usize = 1 << 10;

/// How items are compared: first by words, then by what words do not tell.
trait Order<T>: Sync {
    fn word(&self, item: &T) -> u64;
    fn compare(&self, a: &T, b: &T) -> Ordering;
}

/// The items in order; equal ones in any, so an order that is to be stable tells them apart.
fn sorted<T: Copy + Default + Sync, O: Order<T>>(all: &[T], order: &O) -> Res<Vec<T>> {
    if all.len() < LARGE || all.is_sorted_by(|a, b| order.compare(a, b).is_le()) {
        let mut all = all.to_vec();
        all.sort_unstable_by(|a, b| order.compare(a, b));
        return Ok(all);
    }
    hooks::poll()?;
    let (least, greatest) =
        all.iter().map(|x| order.word(x)).fold((u64::MAX, 0), |(a, b), x| (a.min(x), b.max(x)));
    let n_bits = 64 - (greatest - least).leading_zeros();
    let shift = n_bits.saturating_sub((all.len() / BUCKET).ilog2().clamp(8, 11));
    let bucket = |x: &T| usize::try_from((order.word(x) - least) >> shift).unwrap_or(0);
    let mut ends = vec![0usize; usize::try_from((greatest - least) >> shift).unwrap_or(0) + 1];
    all.iter().for_each(|x| ends[bucket(x)] += 1);
    let mut start = 0;
    for end in &mut ends {
        (start, *end) = (start + *end, start);
    }
    // Each bucket's place moves on with each item, from its start to its end.
    let mut out = vec![T::default(); all.len()];
    for x in all {
        let place = &mut ends[bucket(x)];
        out[*place] = *x;
        *place += 1;
    }
    if greatest == least {
        // All words are the same: nothing but comparing is left.
        out.sort_unstable_by(|a, b| order.compare(a, b));
    } else {
        sort_buckets(&mut out, &ends, order)?;
    }
    Ok(out)
}

/// What the parts of the work share.
struct Buckets<'a, T, O> {
    items: *mut T,
    ends: &'a [usize],
    order: &'a O,
}

impl<T, O> Buckets<'_, T, O> {
    fn range(&self, i: usize) -> Range<usize> {
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        start..self.ends[i]
    }
}

fn sort_buckets<T: Copy + Default + Sync, O: Order<T>>(
    items: &mut [T],
    ends: &[usize],
    order: &O,
) -> Res<()> {
    let buckets = Buckets { items: items.as_mut_ptr(), ends, order };
    let address = i64::try_from((&raw const buckets).expose_provenance()).unwrap_or(0);
    native::for_each(sort_strip::<T, O>, &[Value::Int(address)], ends.len())
}

extern "C" fn sort_strip<T: Copy + Default + Sync, O: Order<T>>(
    ctx: &abi::Ctx,
    env: *const Value,
    lo: i64,
    hi: i64,
    _acc: *mut crate::pool::Acc,
) -> i64 {
    native::guarded(ctx, || {
        // SAFETY: `sort_buckets` gives an environment of one value, which outlives the range.
        let Value::Int(address) = (unsafe { &*env }) else {
            return Err(Fault::not_pure("internal error: no buckets"));
        };
        let address = usize::try_from(*address).unwrap_or(0);
        // SAFETY: the address is that of the buckets in the frame of `sort_buckets`, which waits for all parts, and which runs them
        // by this function for its own types.
        let buckets = unsafe { &*std::ptr::with_exposed_provenance::<Buckets<'_, T, O>>(address) };
        for i in lo..hi {
            let range = buckets.range(usize::try_from(i).unwrap_or(0));
            // SAFETY: the ranges of different buckets have nothing in common, and each bucket belongs to one strip.
            let bucket =
                unsafe { std::slice::from_raw_parts_mut(buckets.items.add(range.start), range.len()) };
            if bucket.len() < LARGE {
                bucket.sort_unstable_by(|a, b| buckets.order.compare(a, b));
            } else {
                bucket.copy_from_slice(&sorted(bucket, buckets.order)?);
            }
        }
        Ok(())
    })
}

/// Ints by size.
struct Ints;

impl Order<i64> for Ints {
    fn word(&self, item: &i64) -> u64 {
        item.cast_unsigned() ^ 1 << 63
    }

    fn compare(&self, a: &i64, b: &i64) -> Ordering {
        a.cmp(b)
    }
}

/// A word, and the number of the item that it is of.
type Numbered = (u64, u32);

/// Items by their words, then by their texts where there are some, then by their numbers.
struct Places<'a> {
    direction: Direction,
    texts: Option<&'a [Value]>,
}

impl Order<Numbered> for Places<'_> {
    fn word(&self, item: &Numbered) -> u64 {
        if self.direction == Direction::Rising { item.0 } else { !item.0 }
    }

    fn compare(&self, a: &Numbered, b: &Numbered) -> Ordering {
        let by_key = a.0.cmp(&b.0).then_with(|| match self.texts {
            Some(texts) => texts[a.1 as usize].as_str().cmp(&texts[b.1 as usize].as_str()),
            None => Ordering::Equal,
        });
        if self.direction == Direction::Rising { by_key } else { by_key.reverse() }.then(a.1.cmp(&b.1))
    }
}

/// The places of keys in their order, equal ones as they come; none where the keys are not all ints of 64 bits, all floats but NaN,
/// or all texts.
///
/// # Errors
///
/// `Cancelled`.
pub fn places(keys: &[Value], direction: Direction) -> Res<Option<Vec<u32>>> {
    let word: fn(&Value) -> Option<u64> = match keys.first() {
        Some(Value::Int(_)) => |v| if let Value::Int(n) = v { Some(Ints.word(n)) } else { None },
        Some(Value::Float(_)) => |v| match v {
            Value::Float(x) if !x.is_nan() => Some(Ints.word(&flip((x + 0.0).to_bits().cast_signed()))),
            _ => None,
        },
        Some(Value::Str(_)) => |v| v.as_str().map(first_bytes),
        _ => return Ok(None),
    };
    let numbered: Option<Vec<Numbered>> =
        keys.iter().zip(0..).map(|(key, i)| Some((word(key)?, i))).collect();
    let Some(numbered) = numbered else { return Ok(None) };
    let texts = matches!(keys.first(), Some(Value::Str(_))).then_some(keys);
    let sorted = sorted(&numbered, &Places { direction, texts })?;
    Ok(Some(sorted.into_iter().map(|(_, i)| i).collect()))
}

/// The first eight bytes of a text, in an order that its own agrees with.
fn first_bytes(text: &str) -> u64 {
    let mut bytes = [0; 8];
    let n = text.len().min(8);
    bytes[..n].copy_from_slice(&text.as_bytes()[..n]);
    u64::from_be_bytes(bytes)
}

/// The ints, the least first.
///
/// # Errors
///
/// `Cancelled`.
pub fn sorted_ints(all: &[i64]) -> Res<Vec<i64>> {
    sorted(all, &Ints)
}

/// The floats, none of which is NaN, the least first; `0.0` and `-0.0` stay in their order.
///
/// # Errors
///
/// `Cancelled`.
pub fn sorted_floats(all: &[f64]) -> Res<Vec<f64>> {
    let keys: Vec<i64> = all.iter().map(|x| flip((x + 0.0).to_bits().cast_signed())).collect();
    let keys = sorted_ints(&keys)?;
    let mut out: Vec<f64> = keys.iter().map(|key| f64::from_bits(flip(*key).cast_unsigned())).collect();
    let first = out.partition_point(|x| *x < 0.0);
    let zeros = all.iter().filter(|x| **x == 0.0);
    out[first..].iter_mut().zip(zeros).for_each(|(place, zero)| *place = *zero);
    Ok(out)
}

/// The bits of a float as an int of the same order, and back.
fn flip(bits: i64) -> i64 {
    if bits < 0 { bits ^ i64::MAX } else { bits }
}
