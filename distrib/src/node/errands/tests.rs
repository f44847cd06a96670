//! What a node was asked to compute, until it begins.

use super::{Errands, lock, refusal};
use crate::protocol::{Attempt, CallHead, CallId, ErrandTold};

fn call(n: u64) -> CallId {
    CallId { attempt: Attempt { unit: 1, n: 1 }, n }
}

fn compute(n: u64, awaited: Option<u64>) -> ErrandTold {
    ErrandTold::Compute { call: call(n), awaited, head: CallHead { key: [7; 32], node: 3, depth_left: 9 } }
}

#[test]
fn what_was_not_begun_is_given_back_when_its_turn_comes() {
    let errands = Errands::default();
    assert!(!errands.needs_look(false) && errands.needs_look(true));
    assert_eq!(errands.hear(compute(1, None), Vec::new()), None);
    assert!(errands.needs_look(false));
    let recall = || ErrandTold::Recall { call: call(1) };
    assert_eq!(errands.hear(recall(), Vec::new()), Some(refusal(call(1), None)));
    assert_eq!(errands.hear(recall(), Vec::new()), None);
    assert!(!errands.needs_look(false));
}

#[test]
fn what_was_begun_is_not_given_back() {
    let errands = Errands::default();
    errands.hear(compute(1, None), Vec::new());
    errands.hear(compute(2, Some(5)), Vec::new());
    let begun = |awaited| lock(&errands.papers).begin(awaited).map(|(number, asked)| (number, asked.call));
    assert_eq!((begun(Some(4)), begun(Some(5)), begun(None)), (None, Some((1, call(2))), Some((2, call(1)))));
    for n in [1, 2] {
        assert_eq!(errands.hear(ErrandTold::Recall { call: call(n) }, Vec::new()), None);
    }
    // What is called off is told to nobody, and does not begin where it is about to.
    assert_eq!(errands.hear(ErrandTold::CallOff { call: call(1) }, Vec::new()), None);
    assert!(lock(&errands.papers).hosted.get(&2).is_some_and(|hosted| !hosted.is_wanted));
}
