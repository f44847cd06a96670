//! How long messages take, and which get lost.

use super::rng::Rng;

/// What the links are like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Links {
    /// One way.
    pub latency_us: u64,
    /// At most so much more; what overtakes what follows from it.
    pub jitter_us: u64,
    /// Of a node's link, and of the gateway's, which all share.
    pub bytes_per_us: u64,
    /// How many messages of a thousand are lost.
    pub lost_permille: u64,
    /// How many of a thousand come twice.
    pub doubled_permille: u64,
}

/// May a message be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Care {
    /// It may.
    None,
    /// It is sent until it arrives.
    Arrives,
}

/// One direction of the gateway's link and of those of its nodes.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    gateway_free_us: u64,
    node_free_us: Vec<u64>,
    /// When the last of what is sent until it arrives does so: it stays in order.
    last_us: Vec<u64>,
}

impl Lane {
    pub(super) fn new(n_nodes: usize) -> Self {
        Self { gateway_free_us: 0, node_free_us: vec![0; n_nodes], last_us: vec![0; n_nodes] }
    }

    /// When a message that is sent at this time has passed both links.
    pub(super) fn passed(&mut self, slot: usize, from_us: u64, n_bytes: u64, links: &Links) -> u64 {
        let takes = n_bytes / links.bytes_per_us.max(1);
        self.gateway_free_us = self.gateway_free_us.max(from_us) + takes;
        self.node_free_us[slot] = self.node_free_us[slot].max(from_us) + takes;
        self.gateway_free_us.max(self.node_free_us[slot])
    }

    /// When something arrives behind all that was sent before it.
    pub(super) fn in_order(&mut self, slot: usize, at_us: u64) -> u64 {
        self.last_us[slot] = self.last_us[slot].max(at_us);
        self.last_us[slot]
    }
}

/// When a message arrives that has passed the links at this time: never, once or twice.
pub(super) fn arrivals(
    links: &Links,
    rng: &mut Rng,
    passed_us: u64,
    cut_until_us: u64,
    care: Care,
) -> Vec<u64> {
    let once = |rng: &mut Rng, from: u64| from + links.latency_us + rng.within(0, links.jitter_us + 1);
    if care == Care::Arrives {
        return vec![once(rng, passed_us.max(cut_until_us))];
    }
    if passed_us < cut_until_us || rng.chance(links.lost_permille) {
        return Vec::new();
    }
    let mut at = vec![once(rng, passed_us)];
    if rng.chance(links.doubled_permille) {
        at.push(once(rng, passed_us));
    }
    at
}
