//! Links over bridges that are lost: what was said arrives once and in order.

use super::{Bridge, Config, FromBridge, Place, ToBridge};
use crate::hub::Hub;
use crate::node::greeting;
use crate::protocol::{self, FromNode};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

type Told = Receiver<(ToBridge, Arc<Vec<u8>>)>;

fn bridge() -> Arc<Bridge> {
    let nowhere = || "/nowhere".into();
    let (python, package, cluster) = (nowhere(), nowhere(), nowhere());
    Arc::new(Bridge::new(Config {
        python,
        package,
        cluster,
        n_workers: 2,
        program: vec!["afar".to_owned(), "node".to_owned()],
        epoch: 7,
    }))
}

/// A bridge comes, which is told all that counts.
fn come(bridge: &Arc<Bridge>) -> Told {
    let (out, told) = channel();
    bridge.begin(out);
    let first = next(&told);
    assert!(matches!(first.0, ToBridge::Begin { epoch: 7, .. }), "{first:?}");
    told
}

fn next(told: &Told) -> (ToBridge, Arc<Vec<u8>>) {
    told.recv_timeout(Duration::from_secs(5)).unwrap_or((ToBridge::Close { link: 0 }, Arc::default()))
}

fn places(addresses: &[&str]) -> FromBridge {
    let place = |a: &&str| Place { address: (*a).to_owned(), name: (*a).to_owned() };
    FromBridge::Places { all: addresses.iter().map(place).collect() }
}

fn frame(message: &FromNode) -> Vec<u8> {
    let mut bytes = Vec::new();
    assert!(protocol::send(&mut bytes, message, &[]).is_ok());
    bytes
}

#[track_caller]
fn wait_for(what: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(5);
    while !what() {
        assert!(Instant::now() < deadline, "it does not come to that");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_node_on_each_worker_and_streams_that_outlive_a_bridge() {
    let bridge = bridge();
    let told = come(&bridge);
    let hub = Hub::start(bridge.links(&["--folder".to_owned()]), Box::new(drop))
        .unwrap_or_else(|e| unreachable!("{e}"));
    bridge.hear(places(&["a", "b"]), Vec::new());
    for (n, on) in [(1, "a"), (2, "b")] {
        let (opened, _) = next(&told);
        let program = vec!["afar".to_owned(), "node".to_owned(), "--folder".to_owned()];
        let worker = on.to_owned();
        assert_eq!(opened, ToBridge::Open { link: n, worker, program, is_new: true, sent: 0, received: 0 });
    }
    bridge.hear(FromBridge::Opened { link: 1 }, Vec::new());
    // What a node says comes in parts that have nothing to do with its messages.
    let hello = frame(&FromNode::Hello(greeting()));
    let (a, b) = hello.split_at(5);
    bridge.hear(FromBridge::Got { link: 1, offset: 0 }, a.to_vec());
    bridge.hear(FromBridge::Got { link: 1, offset: 5 }, b.to_vec());
    wait_for(|| hub.status().0.len() == 1);
    // What is said to it is kept until it has it.
    let goodbye = protocol::ToNode::Bye;
    bridge.push(1, &goodbye, &crate::wire::Blob::default());
    bridge.push(1, &goodbye, &crate::wire::Blob::default());
    let (first, body) = next(&told);
    let n = body.len() as u64;
    assert_eq!(
        (first, next(&told).0),
        (ToBridge::Push { link: 1, offset: 0 }, ToBridge::Push { link: 1, offset: n })
    );
    bridge.hear(FromBridge::Took { link: 1, offset: n + 3 }, Vec::new());
    bridge.lost();
    let told = come(&bridge);
    let mut again = [next(&told), next(&told), next(&told)];
    again.sort_by_key(|(message, _)| matches!(message, ToBridge::Open { link: 2, .. }));
    let received = hello.len() as u64;
    assert!(
        matches!(&again[0].0, ToBridge::Open { link: 1, is_new: false, sent, received: r, .. } if (*sent, *r) == (n + 3, received)),
        "{again:?}"
    );
    assert_eq!(again[1], (ToBridge::Push { link: 1, offset: n + 3 }, Arc::new(body[3..].to_vec())));
    assert!(matches!(again[2].0, ToBridge::Open { link: 2, is_new: true, .. }), "{again:?}");
    // What is said twice counts once.
    bridge.hear(FromBridge::Got { link: 1, offset: 5 }, b.to_vec());
    assert_eq!(hub.status().0.len(), 1);
    hub.end();
}

#[test]
fn a_worker_that_is_lost_takes_its_node_along_and_gets_another_one() {
    let bridge = bridge();
    let told = come(&bridge);
    let hub = Hub::start(bridge.links(&[]), Box::new(drop)).unwrap_or_else(|e| unreachable!("{e}"));
    bridge.hear(places(&["a"]), Vec::new());
    assert!(matches!(next(&told).0, ToBridge::Open { link: 1, .. }));
    bridge.hear(FromBridge::Got { link: 1, offset: 0 }, frame(&FromNode::Hello(greeting())));
    wait_for(|| hub.status().0.len() == 1);
    bridge.hear(places(&[]), Vec::new());
    bridge.hear(FromBridge::Closed { link: 1, is_node: false, why: "lost".to_owned() }, Vec::new());
    wait_for(|| hub.status().0.is_empty());
    bridge.hear(places(&["c"]), Vec::new());
    assert!(matches!(next(&told).0, ToBridge::Open { link: 2, worker, .. } if worker == "c"));
    hub.end();
    assert_eq!(next(&told).0, ToBridge::Close { link: 2 });
}
