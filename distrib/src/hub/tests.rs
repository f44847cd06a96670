//! The state machine, driven by nodes that run nothing, are slow, and die.

mod errands;
mod world;

use super::{Action, Cause, Event, NodeId, Resumed, State, Told};
use crate::protocol::{About, Along, Attempt, ToNode};
use proptest::prelude::*;
use std::sync::Arc;
use world::{World, blob, key_of, offer, submission};

/// Each number picks what happens next.
fn play(choices: &[(u8, u8, u8)]) {
    let mut world = World::new();
    world.add_node();
    world.add_node();
    let mut n_units = 0u64;
    for (kind, a, b) in choices {
        world.now += u64::from(*b);
        match kind % 8 {
            0..=2 => {
                n_units += 1;
                let pick = |n: u8| u64::from(n) % n_units;
                let mut inputs: Vec<u64> =
                    [pick(*a), pick(*b)].into_iter().filter(|n| *n > 0).map(key_of).collect();
                // As the edge does: what is not there yet is waited for.
                inputs.retain(|key| world.ends.contains_key(&(key / 10)));
                inputs.dedup();
                world.submit(n_units, inputs);
            }
            3..=5 => {
                world.beat();
                world.step(Event::Tick);
                if !world.work(usize::from(*a)) && b % 2 == 0 {
                    world.finish_alone();
                }
            }
            6 if *a >= 224 => world.come_back(n_units, *b),
            6 => {
                let unit = u64::from(*a) % (n_units + 1);
                if world.ends.contains_key(&unit) {
                    world.step(Event::Ask(key_of(unit)));
                }
            }
            _ => world.kill(usize::from(*a)),
        }
    }
    world.settle();
    for unit in 1..=n_units {
        if world.failed.contains(&unit) {
            continue;
        }
        assert_eq!(world.ends.get(&unit), Some(&1), "unit {unit}");
        assert_eq!(world.prints.get(&unit), Some(&2), "unit {unit}");
        world.step(Event::Ask(key_of(unit)));
        world.settle();
        if world.failed.contains(&unit) {
            continue;
        }
        let given = world.answers.get(&key_of(unit)).and_then(|all| all.last()).copied();
        assert_eq!(given, Some(world.expected(unit)), "unit {unit}");
    }
    for unit in 1..=n_units {
        world.step(Event::Release(key_of(unit)));
    }
    world.settle();
    let n_left = world.nodes.values().map(|n| n.held.len()).sum::<usize>();
    assert!(!world.failed.is_empty() || n_left == 0, "{n_left} values are held for nobody");
}

#[test]
fn who_waits_for_a_value_gets_it_also_where_its_unit_is_said_again() {
    play(&[
        (0, 0, 0),
        (0, 0, 0),
        (3, 0, 0),
        (0, 0, 0),
        (0, 0, 0),
        (0, 0, 0),
        (7, 0, 0),
        (0, 0, 0),
        (0, 0, 0),
        (0, 0, 0),
        (0, 0, 0),
        (0, 0, 0),
        (0, 0, 0),
        (0, 0, 0),
        (7, 0, 0),
        (0, 0, 0),
        (0, 0, 0),
        (0, 76, 0),
        (3, 1, 0),
        (0, 0, 0),
        (0, 0, 0),
        (3, 1, 0),
        (0, 0, 0),
        (0, 0, 0),
        (3, 0, 0),
        (3, 1, 0),
        (3, 0, 0),
        (7, 0, 0),
        (0, 0, 0),
        (3, 0, 0),
        (0, 0, 0),
        (0, 0, 4),
        (4, 0, 0),
        (3, 0, 0),
        (0, 0, 0),
        (5, 0, 0),
        (0, 0, 0),
        (4, 0, 0),
        (4, 0, 0),
        (0, 0, 0),
        (3, 0, 0),
        (0, 0, 0),
        (0, 0, 0),
        (0, 0, 0),
        (0, 0, 0),
        (4, 0, 0),
        (0, 0, 221),
        (0, 162, 0),
        (0, 7, 0),
        (0, 0, 0),
        (0, 7, 0),
        (0, 0, 0),
        (7, 1, 0),
        (0, 0, 0),
        (3, 0, 0),
        (3, 1, 0),
        (0, 0, 0),
        (6, 39, 0),
        (0, 0, 0),
        (4, 1, 0),
        (7, 0, 0),
        (0, 0, 0),
        (4, 1, 0),
        (0, 1, 0),
        (0, 0, 0),
        (5, 0, 0),
        (3, 1, 0),
        (0, 0, 0),
        (4, 5, 0),
        (0, 0, 0),
        (7, 0, 0),
        (3, 0, 0),
        (0, 0, 0),
        (7, 1, 0),
        (5, 0, 0),
        (0, 0, 0),
        (7, 0, 0),
        (7, 0, 0),
        (6, 252, 0),
    ]);
}

#[test]
fn a_value_that_is_let_go_while_it_is_computed_again_is_there_when_it_is_wanted_again() {
    play(&[(0, 0, 0), (235, 92, 30), (119, 12, 0), (254, 11, 0), (43, 50, 0), (206, 224, 22), (8, 0, 0)]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_unit_ends_once_and_every_value_is_right(
        choices in prop::collection::vec((any::<u8>(), any::<u8>(), any::<u8>()), 0..200),
    ) {
        play(&choices);
    }
}

#[test]
fn a_node_that_runs_a_unit_once_more_has_not_what_it_computed_before() {
    let kinds = [0, 75, 38, 107, 27, 104, 104, 16, 35, 35, 123, 19, 123, 16, 3, 19, 3, 75, 3];
    let choices: Vec<(u8, u8, u8)> = kinds
        .iter()
        .enumerate()
        .map(|(at, kind)| match at {
            1 => (*kind, 0, 30),
            2 => (*kind, 104, 0),
            3 => (*kind, 12, 0),
            11 => (*kind, 110, 30),
            12 => (*kind, 2, 0),
            _ => (*kind, 0, 0),
        })
        .collect();
    play(&choices);
}

#[test]
fn a_value_that_only_a_lost_node_had_is_computed_again() {
    let mut world = World::new();
    world.add_node();
    world.submit(1, Vec::new());
    world.settle();
    world.submit(2, vec![key_of(1)]);
    world.settle();
    world.kill(0);
    world.step(Event::Ask(key_of(2)));
    world.settle();
    assert_eq!(world.answers.get(&key_of(2)), Some(&vec![world.expected(2)]));
    assert_eq!((world.ends.get(&1), world.ends.get(&2)), (Some(&1), Some(&1)));
}

#[test]
fn a_unit_that_takes_three_nodes_with_it_is_given_up() {
    let mut world = World::new();
    world.add_node();
    world.submit(1, Vec::new());
    for _ in 0..3 {
        world.kill(0);
    }
    assert!(world.failed.contains(&1));
}

#[test]
fn a_unit_is_given_up_with_what_it_is_computed_from() {
    let mut world = World::new();
    world.add_node();
    world.submit(1, Vec::new());
    world.settle();
    world.kill(0);
    // The value is lost: it is computed again first.
    world.submit(2, vec![key_of(1)]);
    for _ in 0..3 {
        world.kill(0);
    }
    assert!(world.failed.contains(&2));
    assert!(world.nodes.values().all(|node| node.said.is_empty()), "it runs once more");
}

#[test]
fn what_was_given_up_and_is_wanted_again_runs_again() {
    let mut world = World::new();
    world.add_node();
    world.submit(1, Vec::new());
    for _ in 0..3 {
        world.kill(0);
    }
    assert!(world.failed.contains(&1) && !world.ends.contains_key(&1));
    world.submit(1, Vec::new());
    world.settle();
    assert_eq!((world.ends.get(&1), world.prints.get(&1)), (Some(&1), Some(&2)));
}

#[test]
fn a_unit_is_not_given_up_for_nodes_to_which_the_way_is_lost() {
    let mut world = World::new();
    world.add_node();
    world.submit(1, Vec::new());
    for _ in 0..5 {
        let node = world.nodes.pop_first().map_or(NodeId(0), |(id, _)| id);
        world.step(Event::NodeCutOff(node));
        world.add_node();
    }
    assert!(world.failed.is_empty());
    world.settle();
    assert_eq!(world.ends.get(&1), Some(&1));
}

#[test]
fn a_node_that_is_not_heard_is_ended() {
    let mut world = World::new();
    world.add_node();
    world.submit(1, Vec::new());
    world.now = super::LEASE_MS + 1;
    world.add_node();
    world.step(Event::Tick);
    assert_eq!(world.nodes.len(), 1);
    world.settle();
    assert_eq!(world.ends.get(&1), Some(&1));
}

/// A unit, and how it has ended for the edge.
type End = (u64, &'static str);

/// What a hub begins and tells at an event: attempts, and the units that have ended for the edge, and how.
fn begun_and_told(state: &mut State, event: Event) -> (Vec<(u64, u32)>, Vec<End>) {
    let (mut begun, mut told) = (Vec::new(), Vec::new());
    for action in state.step(0, event) {
        match action {
            Action::Send(_, ToNode::Run { attempt, .. }, _) => begun.push((attempt.unit, attempt.n)),
            Action::Tell(Told::Ended(unit, _, None)) => told.push((unit, "well")),
            Action::Tell(Told::Ended(unit, _, Some(_))) => told.push((unit, "with a fault")),
            Action::Tell(Told::Failed(unit, _)) => told.push((unit, "given up")),
            Action::Send(..) | Action::Tell(_) | Action::Kill(_) => {}
        }
    }
    (begun, told)
}

#[test]
fn a_unit_for_which_the_memory_of_a_shared_node_did_not_suffice_runs_alone() {
    let mut state = State::default();
    let new = Resumed::default();
    let mut step = |event| begun_and_told(&mut state, event);
    let ended = |unit, n, cause| Event::Ended {
        node: NodeId(1),
        attempt: Attempt { unit, n },
        bound: vec![None],
        along: Vec::new(),
        fault: (cause == Cause::Node).then(|| blob(0)),
        cause,
    };
    step(Event::NodeUp(NodeId(1), offer(2, "GPU=1")));
    assert_eq!(step(submission(1, Vec::new(), new)), (vec![(1, 1)], vec![]));
    assert_eq!(step(submission(2, Vec::new(), new)), (vec![(2, 2)], vec![]));
    assert_eq!(step(ended(1, 1, Cause::Node)), (vec![], vec![]), "there is another one");
    assert_eq!(step(submission(3, Vec::new(), new)), (vec![], vec![]), "one waits for a node of its own");
    assert_eq!(step(ended(2, 2, Cause::Program)), (vec![(1, 3)], vec![(2, "well")]), "and has it");
    assert_eq!(
        step(ended(1, 3, Cause::Node)),
        (vec![(3, 4)], vec![(1, "with a fault")]),
        "it fails by itself too"
    );
    assert_eq!(step(ended(3, 4, Cause::Program)), (vec![], vec![(3, "well")]));
}

#[test]
fn the_edge_hears_now_and_then_how_far_the_unit_is_that_it_waits_for() {
    let mut state = State::default();
    let mut heard = |now_ms, event| -> Vec<(u64, u32, u32)> {
        let told = state.step(now_ms, event).into_iter().filter_map(|action| match action {
            Action::Tell(Told::Working(work)) => Some((work.unit, work.n_busy, work.n_nodes)),
            Action::Tell(_) | Action::Send(..) | Action::Kill(_) => None,
        });
        told.collect()
    };
    let new = Resumed::default();
    heard(0, Event::NodeUp(NodeId(1), offer(1, "")));
    heard(0, Event::NodeUp(NodeId(2), offer(1, "")));
    heard(0, submission(4, Vec::new(), new));
    assert_eq!(heard(1000, Event::Tick), [], "nobody waits for it");
    heard(1000, submission(5, Vec::new(), new));
    assert_eq!(heard(1250, Event::Tick), [(5, 2, 2)]);
    assert_eq!(heard(1300, Event::Tick), [], "that is too soon");
    assert_eq!(heard(1500, Event::Tick), [(5, 2, 2)]);
}

#[test]
fn what_asks_for_resources_runs_where_they_are_and_are_free() {
    let mut state = State::default();
    let mut step = |event| begun_and_told(&mut state, event);
    let asking = |unit, resources: &str| {
        let Event::Submit(mut given) = submission(unit, Vec::new(), Resumed::default()) else {
            unreachable!("it is one")
        };
        given.resources = offer(0, resources).resources;
        Event::Submit(given)
    };
    let ended = |node, unit, n| Event::Ended {
        node: NodeId(node),
        attempt: Attempt { unit, n },
        bound: vec![None],
        along: Vec::new(),
        fault: None,
        cause: Cause::Program,
    };
    assert_eq!(step(asking(1, "GPU=1")), (vec![], vec![]), "there is no node yet");
    assert_eq!(step(Event::NodeUp(NodeId(1), offer(4, "GPU=2"))), (vec![(1, 1)], vec![]));
    assert_eq!(step(asking(2, "GPU=2")), (vec![], vec![]), "one of the two is in use");
    assert_eq!(step(asking(5, "GPU=2")), (vec![], vec![]), "also for what the edge waits for");
    assert_eq!(step(asking(4, "")), (vec![(4, 2)], vec![]), "it needs none");
    assert_eq!(step(ended(1, 1, 1)), (vec![(5, 3)], vec![(1, "well")]));
    assert_eq!(step(asking(7, "GPU=3")), (vec![], vec![(7, "given up")]), "no node has so many");
    assert_eq!(step(ended(1, 5, 3)), (vec![(2, 4)], vec![(5, "well")]));
}

#[test]
fn who_helps_declares_what_is_asked_for() {
    for (resources, helps) in [("", false), ("GPU=1", true)] {
        let mut state = State::default();
        state.step(0, Event::NodeUp(NodeId(1), offer(1, "GPU=1")));
        state.step(0, submission(3, Vec::new(), Resumed::default()));
        state.step(0, Event::NodeUp(NodeId(2), offer(1, resources)));
        let sent = state.step(1000, Event::Tick);
        let is_help =
            |a: &Action| matches!(a, Action::Send(NodeId(2), ToNode::Run { is_helper: true, .. }, _));
        assert_eq!(sent.iter().any(is_help), helps, "{resources}");
    }
}

#[test]
fn what_was_called_off_uses_its_resources_until_it_has_ended() {
    let mut state = State::default();
    let mut step = |event| begun_and_told(&mut state, event);
    step(Event::NodeUp(NodeId(1), offer(2, "GPU=1")));
    assert_eq!(step(submission(3, Vec::new(), Resumed::default())), (vec![(3, 1)], vec![]));
    step(submission(6, Vec::new(), Resumed::default()));
    assert_eq!(step(Event::Cancel(3)), (vec![], vec![]), "it runs still");
    let (attempt, bound, fault) = (Attempt { unit: 3, n: 1 }, vec![None], Some(Arc::default()));
    let ended =
        Event::Ended { node: NodeId(1), attempt, bound, along: Vec::new(), fault, cause: Cause::Node };
    assert_eq!(step(ended), (vec![(6, 2)], vec![]));
}

#[test]
fn a_small_value_is_that_of_the_attempt_which_counted() {
    let mut state = State::default();
    let about =
        || Some(About { type_name: "int".to_owned(), len: None, nbytes: Some(8), reaches: Vec::new() });
    let ended = |node, n, small, cause| Event::Ended {
        node: NodeId(node),
        attempt: Attempt { unit: 1, n },
        bound: vec![about(), about()],
        along: vec![(0, blob(small)), (7, blob(small))],
        fault: (cause == Cause::Node).then(|| blob(0)),
        cause,
    };
    let answer = |state: &mut State| {
        let all = state.step(0, Event::Ask(10)).into_iter();
        let answers =
            all.filter_map(|a| if let Action::Tell(Told::Answer(10, Ok(v))) = a { Some(v) } else { None });
        answers.map(|v| v.bytes.clone()).collect::<Vec<_>>()
    };
    let Event::Submit(mut given) = submission(1, Vec::new(), Resumed::default()) else {
        unreachable!("it is one")
    };
    given.keys = vec![10, 11];
    state.step(0, Event::NodeUp(NodeId(1), offer(1, "")));
    state.step(0, Event::Submit(given));
    state.step(0, ended(1, 9, 5, Cause::Program));
    assert!(answer(&mut state).is_empty(), "no attempt had that number");
    state.step(0, ended(1, 1, 2, Cause::Program));
    assert_eq!(answer(&mut state), [blob(2).bytes.clone()]);
    // The other value is lost, and what computes it again fails early.
    state.step(0, Event::NodeDown(NodeId(1)));
    state.step(0, Event::NodeUp(NodeId(2), offer(1, "")));
    state.step(0, Event::Ask(11));
    state.step(0, ended(2, 2, 1, Cause::Node));
    assert_eq!(answer(&mut state), [blob(2).bytes.clone()]);
}

#[test]
fn what_comes_along_is_taken_out_of_the_body() {
    let along = |place, n_bytes| Along { place, n_bytes, texts: Vec::new() };
    let taken = |all: &[Along], body: &[u8]| {
        let (values, rest) = super::taken_apart(all.to_vec(), body);
        (values.into_iter().map(|(place, v)| (place, v.bytes.clone())).collect::<Vec<_>>(), rest)
    };
    assert_eq!(
        taken(&[along(2, 1), along(0, 0), along(5, 2)], b"abcd"),
        (vec![(2, b"a".to_vec()), (0, Vec::new()), (5, b"bc".to_vec())], b"d".to_vec())
    );
    // Nonsense takes nothing.
    assert_eq!(taken(&[along(0, 5)], b"abcd"), (Vec::new(), b"abcd".to_vec()));
    assert_eq!(taken(&[], b""), (Vec::new(), Vec::new()));
}
