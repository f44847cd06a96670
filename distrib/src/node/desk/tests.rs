//! What a desk keeps apart.

use super::{Desk, Open, lock};
use crate::protocol::{Attempt, ToNode};

const ATTEMPT: Attempt = Attempt { unit: 1, n: 1 };

fn slice(range: u8, lo: i64, hi: i64) -> ToNode {
    ToNode::Slice { attempt: ATTEMPT, range: [range; 32], slice: 1, lo, hi, budget_ms: 200 }
}

#[test]
fn slices_of_two_ranges_may_have_one_number() {
    let desk = Desk::new();
    for range in [7, 8] {
        lock(&desk.papers).ranges.insert([range; 32], Open::default());
    }
    desk.put(slice(7, 10, 20), Vec::new());
    desk.put(slice(8, 3, 6), Vec::new());
    desk.put(slice(9, 0, 1), Vec::new());
    assert_eq!(desk.reached(), [([7; 32], 1, 10), ([8; 32], 1, 3)]);
    desk.put(ToNode::Cut { attempt: ATTEMPT, range: [7; 32], slice: 1, hi: 12 }, Vec::new());
    let papers = lock(&desk.papers);
    let ends: Vec<i64> = papers.slices.values().map(|here| here.hi).collect();
    assert_eq!(ends, [12, 6]);
}

#[test]
fn what_was_begun_unasked_counts_as_under_way() {
    let desk = Desk::new();
    lock(&desk.papers).ranges.insert([7; 32], Open { under_way: 4, ..Open::default() });
    desk.put(slice(7, 0, 9), Vec::new());
    assert_eq!(desk.reached(), [([7; 32], 1, 4)]);
    desk.put(slice(7, 2, 9), Vec::new());
    assert_eq!(desk.reached(), [([7; 32], 1, 2)]);
}
