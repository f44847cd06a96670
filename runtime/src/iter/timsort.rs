//! The sort of CPython 3.11, comparison for comparison, over places: where `<` is the program's own, or no order at all
//! (NaN), the result and the first fault depend on which pairs are compared, and in what sequence.
//!
//! Source: Objects/listobject.c (Tim Peters' list sort with the merge policy of Munro and Wild).

use crate::Res;

const MIN_GALLOP: usize = 7;

/// A stretch that is sorted already.
struct Run {
    start: usize,
    len: usize,
    power: u32,
}

struct State<'a, F> {
    v: &'a mut [u32],
    lt: &'a mut F,
    min_gallop: usize,
    pending: Vec<Run>,
}

/// Sorts places by `lt`, stably; stops at the first fault.
pub(super) fn sort<F: FnMut(u32, u32) -> Res<bool>>(v: &mut [u32], lt: &mut F) -> Res<()> {
    let n = v.len();
    if n < 2 {
        return Ok(());
    }
    let mut state = State { v, lt, min_gallop: MIN_GALLOP, pending: Vec::new() };
    let min_run = min_run(n);
    let mut lo = 0;
    while lo < n {
        let mut len = state.count_run(lo)?;
        if len < min_run {
            let forced = min_run.min(n - lo);
            state.binary_sort(lo, lo + forced, lo + len)?;
            len = forced;
        }
        state.found_new_run(len)?;
        state.pending.push(Run { start: lo, len, power: 0 });
        lo += len;
    }
    state.collapse()
}

fn min_run(mut n: usize) -> usize {
    let mut rest = 0;
    while n >= 64 {
        rest |= n & 1;
        n >>= 1;
    }
    n + rest
}

/// The depth, in the tree of merges, of the border between two neighboring runs.
fn power(s1: usize, n1: usize, n2: usize, n: usize) -> u32 {
    let mut result = 0;
    let mut a = 2 * s1 + n1;
    let mut b = a + n1 + n2;
    loop {
        result += 1;
        if a >= n {
            a -= n;
            b -= n;
        } else if b >= n {
            return result;
        }
        a <<= 1;
        b <<= 1;
    }
}

impl<F: FnMut(u32, u32) -> Res<bool>> State<'_, F> {
    /// The length of the run that starts here; a falling one is turned round.
    fn count_run(&mut self, lo: usize) -> Res<usize> {
        let end = self.v.len();
        if lo + 1 == end {
            return Ok(1);
        }
        let falling = (self.lt)(self.v[lo + 1], self.v[lo])?;
        let mut n = 2;
        while lo + n < end && (self.lt)(self.v[lo + n], self.v[lo + n - 1])? == falling {
            n += 1;
        }
        if falling {
            self.v[lo..lo + n].reverse();
        }
        Ok(n)
    }

    fn binary_sort(&mut self, lo: usize, hi: usize, start: usize) -> Res<()> {
        for at in start.max(lo + 1)..hi {
            let pivot = self.v[at];
            let (mut l, mut r) = (lo, at);
            while l < r {
                let p = l + (r - l) / 2;
                if (self.lt)(pivot, self.v[p])? {
                    r = p;
                } else {
                    l = p + 1;
                }
            }
            self.v.copy_within(l..at, l + 1);
            self.v[l] = pivot;
        }
        Ok(())
    }

    fn found_new_run(&mut self, n2: usize) -> Res<()> {
        let Some(last) = self.pending.last() else { return Ok(()) };
        let power = power(last.start, last.len, n2, self.v.len());
        while self.pending.len() > 1 && self.pending[self.pending.len() - 2].power > power {
            self.merge_at(self.pending.len() - 2)?;
        }
        if let Some(last) = self.pending.last_mut() {
            last.power = power;
        }
        Ok(())
    }

    fn collapse(&mut self) -> Res<()> {
        while self.pending.len() > 1 {
            let mut at = self.pending.len() - 2;
            if at > 0 && self.pending[at - 1].len < self.pending[at + 1].len {
                at -= 1;
            }
            self.merge_at(at)?;
        }
        Ok(())
    }

    fn merge_at(&mut self, i: usize) -> Res<()> {
        let (a, na) = (self.pending[i].start, self.pending[i].len);
        let (b, nb) = (self.pending[i + 1].start, self.pending[i + 1].len);
        self.pending[i].len = na + nb;
        self.pending.remove(i + 1);
        let left: Vec<u32> = self.v[a..a + na].to_vec();
        let k = gallop_right(self.lt, self.v[b], &left, 0)?;
        let (a, na) = (a + k, na - k);
        if na == 0 {
            return Ok(());
        }
        let nb = gallop_left(self.lt, self.v[a + na - 1], &self.v[b..b + nb], nb - 1)?;
        if nb == 0 {
            return Ok(());
        }
        if na <= nb { self.merge_lo(a, na, b, nb) } else { self.merge_hi(a, na, b, nb) }
    }

    /// Merges from the left; the left run, the shorter one, is copied away.
    fn merge_lo(&mut self, a: usize, mut na: usize, mut b: usize, mut nb: usize) -> Res<()> {
        let temp = self.v[a..a + na].to_vec();
        let (mut dest, mut s) = (a, 0);
        let result = self.merge_lo_steps(&temp, &mut s, &mut na, &mut b, &mut nb, &mut dest);
        match result {
            Ok(End::Rest) | Err(_) => self.v[dest..dest + na].copy_from_slice(&temp[s..s + na]),
            Ok(End::Last) => {
                // The last one of the left run belongs behind the rest of the right one.
                self.v.copy_within(b..b + nb, dest);
                self.v[dest + nb] = temp[s];
            }
        }
        result.map(|_| ())
    }

    fn merge_lo_steps(
        &mut self,
        temp: &[u32],
        s: &mut usize,
        na: &mut usize,
        b: &mut usize,
        nb: &mut usize,
        dest: &mut usize,
    ) -> Res<End> {
        macro_rules! take_b {
            () => {
                self.v[*dest] = self.v[*b];
                (*dest, *b, *nb) = (*dest + 1, *b + 1, *nb - 1);
                if *nb == 0 {
                    return Ok(End::Rest);
                }
            };
        }
        macro_rules! take_a {
            () => {
                self.v[*dest] = temp[*s];
                (*dest, *s, *na) = (*dest + 1, *s + 1, *na - 1);
                if *na == 1 {
                    return Ok(End::Last);
                }
            };
        }
        take_b!();
        if *na == 1 {
            return Ok(End::Last);
        }
        let mut min_gallop = self.min_gallop;
        loop {
            let (mut n_a, mut n_b) = (0, 0);
            while n_a < min_gallop && n_b < min_gallop {
                if (self.lt)(self.v[*b], temp[*s])? {
                    (n_a, n_b) = (0, n_b + 1);
                    take_b!();
                } else {
                    (n_a, n_b) = (n_a + 1, 0);
                    take_a!();
                }
            }
            min_gallop += 1;
            loop {
                min_gallop -= usize::from(min_gallop > 1);
                self.min_gallop = min_gallop;
                n_a = gallop_right(self.lt, self.v[*b], &temp[*s..*s + *na], 0)?;
                if n_a > 0 {
                    self.v[*dest..*dest + n_a].copy_from_slice(&temp[*s..*s + n_a]);
                    (*dest, *s, *na) = (*dest + n_a, *s + n_a, *na - n_a);
                    if *na == 1 {
                        return Ok(End::Last);
                    }
                    if *na == 0 {
                        return Ok(End::Rest);
                    }
                }
                take_b!();
                n_b = gallop_left(self.lt, temp[*s], &self.v[*b..*b + *nb], 0)?;
                if n_b > 0 {
                    self.v.copy_within(*b..*b + n_b, *dest);
                    (*dest, *b, *nb) = (*dest + n_b, *b + n_b, *nb - n_b);
                    if *nb == 0 {
                        return Ok(End::Rest);
                    }
                }
                take_a!();
                if n_a < MIN_GALLOP && n_b < MIN_GALLOP {
                    break;
                }
            }
            min_gallop += 1;
            self.min_gallop = min_gallop;
        }
    }

    /// Merges from the right; the right run, the shorter one, is copied away.
    fn merge_hi(&mut self, a: usize, mut na: usize, b: usize, mut nb: usize) -> Res<()> {
        let temp = self.v[b..b + nb].to_vec();
        let result = self.merge_hi_steps(a, &mut na, &temp, &mut nb);
        // What is left of the two runs, `na` in place from `a` and `nb` in `temp`, fills `a..a + na + nb`.
        match result {
            Ok(End::Rest) | Err(_) => self.v[a + na..a + na + nb].copy_from_slice(&temp[..nb]),
            Ok(End::Last) => {
                // The first one of the right run belongs before the rest of the left one.
                self.v.copy_within(a..a + na, a + 1);
                self.v[a] = temp[0];
            }
        }
        result.map(|_| ())
    }

    fn merge_hi_steps(&mut self, a: usize, na: &mut usize, temp: &[u32], nb: &mut usize) -> Res<End> {
        macro_rules! take_a {
            () => {
                self.v[a + *na + *nb - 1] = self.v[a + *na - 1];
                *na -= 1;
                if *na == 0 {
                    return Ok(End::Rest);
                }
            };
        }
        macro_rules! take_b {
            () => {
                self.v[a + *na + *nb - 1] = temp[*nb - 1];
                *nb -= 1;
                if *nb == 1 {
                    return Ok(End::Last);
                }
            };
        }
        take_a!();
        if *nb == 1 {
            return Ok(End::Last);
        }
        let mut min_gallop = self.min_gallop;
        loop {
            let (mut n_a, mut n_b) = (0, 0);
            while n_a < min_gallop && n_b < min_gallop {
                if (self.lt)(temp[*nb - 1], self.v[a + *na - 1])? {
                    (n_a, n_b) = (n_a + 1, 0);
                    take_a!();
                } else {
                    (n_a, n_b) = (0, n_b + 1);
                    take_b!();
                }
            }
            min_gallop += 1;
            loop {
                min_gallop -= usize::from(min_gallop > 1);
                self.min_gallop = min_gallop;
                n_a = *na - gallop_right(self.lt, temp[*nb - 1], &self.v[a..a + *na], *na - 1)?;
                if n_a > 0 {
                    self.v.copy_within(a + *na - n_a..a + *na, a + *na + *nb - n_a);
                    *na -= n_a;
                    if *na == 0 {
                        return Ok(End::Rest);
                    }
                }
                take_b!();
                n_b = *nb - gallop_left(self.lt, self.v[a + *na - 1], &temp[..*nb], *nb - 1)?;
                if n_b > 0 {
                    let to = a + *na + *nb;
                    self.v[to - n_b..to].copy_from_slice(&temp[*nb - n_b..*nb]);
                    *nb -= n_b;
                    if *nb == 1 {
                        return Ok(End::Last);
                    }
                    if *nb == 0 {
                        return Ok(End::Rest);
                    }
                }
                take_a!();
                if n_a < MIN_GALLOP && n_b < MIN_GALLOP {
                    break;
                }
            }
            min_gallop += 1;
            self.min_gallop = min_gallop;
        }
    }
}

/// How a merge ended.
enum End {
    /// One run is used up: the rest of the copied one, if any, follows.
    Rest,
    /// One element of the copied run is left: it belongs beyond the rest of the other one.
    Last,
}

/// Where to insert `key` in `a`, left of what equals it; the search starts at `hint`.
fn gallop_left<F: FnMut(u32, u32) -> Res<bool>>(lt: &mut F, key: u32, a: &[u32], hint: usize) -> Res<usize> {
    let (mut last, mut ofs) = (0, 1);
    let (mut low, mut high);
    if lt(a[hint], key)? {
        let max = a.len() - hint;
        while ofs < max && lt(a[hint + ofs], key)? {
            last = ofs;
            ofs = 2 * ofs + 1;
        }
        (low, high) = (hint + last + 1, hint + ofs.min(max));
    } else {
        let max = hint + 1;
        while ofs < max && !lt(a[hint - ofs], key)? {
            last = ofs;
            ofs = 2 * ofs + 1;
        }
        (low, high) = (hint + 1 - ofs.min(max), hint - last);
    }
    while low < high {
        let m = low + (high - low) / 2;
        if lt(a[m], key)? {
            low = m + 1;
        } else {
            high = m;
        }
    }
    Ok(high)
}

/// Where to insert `key` in `a`, right of what equals it; the search starts at `hint`.
fn gallop_right<F: FnMut(u32, u32) -> Res<bool>>(lt: &mut F, key: u32, a: &[u32], hint: usize) -> Res<usize> {
    let (mut last, mut ofs) = (0, 1);
    let (mut low, mut high);
    if lt(key, a[hint])? {
        let max = hint + 1;
        while ofs < max && lt(key, a[hint - ofs])? {
            last = ofs;
            ofs = 2 * ofs + 1;
        }
        (low, high) = (hint + 1 - ofs.min(max), hint - last);
    } else {
        let max = a.len() - hint;
        while ofs < max && !lt(key, a[hint + ofs])? {
            last = ofs;
            ofs = 2 * ofs + 1;
        }
        (low, high) = (hint + last + 1, hint + ofs.min(max));
    }
    while low < high {
        let m = low + (high - low) / 2;
        if lt(key, a[m])? {
            high = m;
        } else {
            low = m + 1;
        }
    }
    Ok(high)
}
