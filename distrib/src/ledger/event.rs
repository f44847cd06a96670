//! What the ledger is told, and what it asks for: plain data, all of it.

/// A node, by number. One that was lost and comes back is a new node with a new number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

/// A range, by number; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RangeId(pub u64);

/// One try at a part of a range, by number; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AttemptId(pub u64);

/// What a range computes: the hash of its code and of its inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CodeKey(pub [u8; 32]);

/// What a slice left: a value, or the key of a stored segment. The ledger never looks into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Partial {
    /// By which its owner knows it.
    pub id: u64,
    /// How much memory it takes.
    pub n_bytes: u64,
}

/// The exception of an element, by the number under which its owner keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ErrorId(pub u64);

/// How partials become a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// All of them, put together in order; an element that fails takes the place of the result.
    Combine,
    /// In order up to the one that decides: `any`, `all`, `next`, `takewhile`.
    ShortCircuit,
}

/// May an element be run on two nodes at once, when the first is slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubling {
    /// It may: what comes first counts.
    Allowed,
    /// It may not: it shows something while it runs, or would be dear to run twice.
    Never,
}

/// A range that wants to be run.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// Its number.
    pub range: RangeId,
    /// What it computes. One that was orphaned and is offered again goes on where it was.
    pub code: CodeKey,
    /// How many elements it has.
    pub len: u64,
    /// How partials become a result.
    pub kind: Kind,
    /// The node whose driver waits for it; `None` where the gateway itself does.
    pub home: Option<NodeId>,
    /// The attempt whose element waits for it, where it was offered from inside a slice.
    pub parent: Option<AttemptId>,
    /// Higher ones are served first.
    pub priority: i64,
    /// What one element takes on one core, where somebody knows.
    pub cost_ns: Option<u64>,
    /// May its slices be doubled.
    pub doubling: Doubling,
}

/// Does a slice end the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The next element is wanted.
    GoesOn,
    /// The last element of the slice decides a range that short-circuits: nothing behind it is wanted.
    Decides,
}

/// How a node was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Its process died: what it ran may be to blame.
    Died,
    /// It cannot be reached, or was told to go: nothing is to blame.
    Left,
}

/// What the ledger is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A node is there.
    NodeJoined {
        /// Its number, never used before.
        node: NodeId,
        /// How many elements it runs at once.
        n_cores: u32,
    },
    /// A node is gone.
    NodeLost {
        /// Which.
        node: NodeId,
        /// How.
        how: Loss,
    },
    /// A range wants to be run.
    Offered(Offer),
    /// Nobody wants a range any more.
    Cancelled {
        /// Which.
        range: RangeId,
    },
    /// A slice has stopped: at its end, since its time was over, or since it was cut.
    SliceEnded {
        /// Which.
        attempt: AttemptId,
        /// Everything before this index is in the partial, and nothing else.
        stopped_at: u64,
        /// What it left. It belongs to the ledger until `Release` or the end of the range gives it back. Who receives it numbers it: what
        /// comes twice comes under two numbers.
        partial: Partial,
        /// Does it end the range.
        verdict: Verdict,
        /// How long it ran.
        ran_us: u64,
    },
    /// A slice begins no further element, since its time is over, but some are still under way: it will end at this index. What is behind
    /// can go to others at once. A node need not tell this, but one that does not keeps cores idle while a long element runs.
    SliceStops {
        /// Which.
        attempt: AttemptId,
        /// Everything before this index is done or under way.
        stops_at: u64,
    },
    /// An element has failed, and all before it in the slice have not.
    SliceFailed {
        /// In which attempt.
        attempt: AttemptId,
        /// Which element.
        index: u64,
        /// How.
        error: ErrorId,
        /// How long the slice ran.
        ran_us: u64,
    },
    /// A slice was refused, or is known to be lost although its node is not.
    SliceLost {
        /// Which.
        attempt: AttemptId,
    },
    /// A stored partial of a running range is gone with whoever kept it.
    PartialLost {
        /// Of which range.
        range: RangeId,
        /// Its number.
        partial: u64,
    },
    /// A node lives, and has these attempts, running or waiting: all before the index is done or under way.
    Heartbeat {
        /// Which.
        node: NodeId,
        /// How far each has come.
        reached: Vec<(AttemptId, u64)>,
    },
    /// Time has passed. To be told every 50 to 200 ms.
    Tick,
}

/// A slice that a node is to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// Its number.
    pub attempt: AttemptId,
    /// Of which range.
    pub range: RangeId,
    /// Its first element.
    pub lo: u64,
    /// Behind its last.
    pub hi: u64,
    /// After this time it begins no element, and gives back what it has.
    pub budget_ms: u64,
}

/// A part of a finished range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its first element.
    pub lo: u64,
    /// Behind its last.
    pub hi: u64,
    /// What came of them.
    pub partial: Partial,
}

/// Why a range failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The element raised this.
    Raised(ErrorId),
    /// Each of the attempts to run the element alone killed its node.
    KilledNodes,
}

/// What the ledger asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Run this.
    Submit {
        /// Where.
        node: NodeId,
        /// What.
        slice: Slice,
    },
    /// Go no further than this index, or stop at once where that is passed. A node that can only stop may do that.
    Cut {
        /// Where.
        node: NodeId,
        /// Which.
        attempt: AttemptId,
        /// The new end of the slice.
        hi: u64,
    },
    /// Stop; what it has is not wanted.
    Cancel {
        /// Where.
        node: NodeId,
        /// Which.
        attempt: AttemptId,
    },
    /// These elements are done, and count. To be written to the journal; each index is named once at most, unless its partial is lost.
    Accepted {
        /// Of which range.
        range: RangeId,
        /// Which, and what came of them; `None` where an element behind them has failed.
        lo: u64,
        /// Behind the last.
        hi: u64,
        /// What came of them.
        partial: Option<Partial>,
    },
    /// Nothing at and behind this index is wanted any more. To be written to the journal.
    Bounded {
        /// Of which range.
        range: RangeId,
        /// The index.
        end: u64,
        /// How the element there failed; `None` where the one before it decided.
        why: Option<Why>,
    },
    /// All is done: the parts, in order, without gaps. They belong to the one who offered the range.
    RangeDone {
        /// Which.
        range: RangeId,
        /// Up to where: the length, or behind the element that decided.
        end: u64,
        /// In order.
        parts: Vec<Part>,
    },
    /// All before this element is done, and it has failed.
    RangeFailed {
        /// Which.
        range: RangeId,
        /// The first element, in order, that fails.
        index: u64,
        /// How.
        why: Why,
    },
    /// Nobody wants this partial.
    Release {
        /// Which.
        partial: Partial,
    },
}
