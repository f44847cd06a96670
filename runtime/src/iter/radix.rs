//! Sorting of machine numbers: by their highest bits into buckets, which are sorted apart, on all workers.

#![expect(unsafe_code, reason = "buckets of one vector are sorted on several threads")]

use crate::abi::{self, native};
use crate::{Fault, Res, Value, hooks};
use std::ops::Range;

/// What is shorter is sorted where it stands.
const LARGE: usize = 1 << 15;
/// How many items a bucket should have.
const BUCKET: usize = 1 << 10;

/// The ints, the least first.
///
/// # Errors
///
/// `Cancelled`.
pub fn sorted_ints(all: &[i64]) -> Res<Vec<i64>> {
    if all.len() < LARGE || all.is_sorted() {
        let mut all = all.to_vec();
        all.sort_unstable();
        return Ok(all);
    }
    hooks::poll()?;
    let (least, greatest) = all.iter().fold((all[0], all[0]), |(a, b), x| (a.min(*x), b.max(*x)));
    let distance = |x: i64| x.wrapping_sub(least).cast_unsigned();
    let n_bits = 64 - distance(greatest).leading_zeros();
    let shift = n_bits.saturating_sub((all.len() / BUCKET).ilog2().clamp(8, 11));
    let bucket = |x: i64| usize::try_from(distance(x) >> shift).unwrap_or(0);
    let mut ends = vec![0usize; bucket(greatest) + 1];
    all.iter().for_each(|x| ends[bucket(*x)] += 1);
    let mut start = 0;
    for end in &mut ends {
        (start, *end) = (start + *end, start);
    }
    // Each bucket's place moves on with each item, from its start to its end.
    let mut out = vec![0; all.len()];
    for x in all {
        let place = &mut ends[bucket(*x)];
        out[*place] = *x;
        *place += 1;
    }
    if shift > 0 {
        sort_buckets(&mut out, &ends)?;
    }
    Ok(out)
}

/// What the parts of the work share.
struct Buckets<'a> {
    items: *mut i64,
    ends: &'a [usize],
}

impl Buckets<'_> {
    fn range(&self, i: usize) -> Range<usize> {
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        start..self.ends[i]
    }
}

fn sort_buckets(items: &mut [i64], ends: &[usize]) -> Res<()> {
    let buckets = Buckets { items: items.as_mut_ptr(), ends };
    let address = i64::try_from((&raw const buckets).expose_provenance()).unwrap_or(0);
    native::for_each(sort_strip, &[Value::Int(address)], ends.len())
}

extern "C" fn sort_strip(
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
        // SAFETY: the address is that of the buckets in the frame of `sort_buckets`, which waits for all parts.
        let buckets = unsafe { &*std::ptr::with_exposed_provenance::<Buckets<'_>>(address) };
        for i in lo..hi {
            let range = buckets.range(usize::try_from(i).unwrap_or(0));
            // SAFETY: the ranges of different buckets have nothing in common, and each bucket belongs to one strip.
            let bucket =
                unsafe { std::slice::from_raw_parts_mut(buckets.items.add(range.start), range.len()) };
            if bucket.len() < LARGE {
                bucket.sort_unstable();
            } else {
                bucket.copy_from_slice(&sorted_ints(bucket)?);
            }
        }
        Ok(())
    })
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
