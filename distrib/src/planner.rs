//! The policy of the ledger: how long a slice may run, how much it gets, what is worth sending, cutting, doubling.
//!
//! Nothing here can make an answer wrong; it only decides how long it takes. All of it is a function of its arguments.
//!
//! Sources. Shares that fall with what is left: guided self-scheduling (Polychronopoulos and Kuck, IEEE ToC 1987) with the
//! factor 2 of factoring (Hummel, Schonberg and Flynn, CACM 1992). Halving what runs for whoever has nothing: lazy binary splitting
//! (Tzannes et al., PPoPP 2010). Doubling what is late when there is nothing else to do: backup tasks of MapReduce (Dean and
//! Ghemawat, OSDI 2004).

/// What an engine is like; [`Tuning::PROCESSES`] where nothing is said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tuning {
    /// From the ledger to a node, one way.
    pub latency_ms: u64,
    /// The time of the one scheduler that a submit or a cut takes.
    pub submit_us: u64,
    /// A lease that its node has not named for this long is given up.
    pub lease_ms: u64,
    /// No slice is given less, as long as there is much to do or the scheduler has enough to do.
    pub min_budget_ms: u64,
    /// No slice is given more, unless the scheduler could not keep up.
    pub max_budget_ms: u64,
    /// How long a range without a driver is kept for the driver's next life.
    pub orphan_ms: u64,
}

impl Default for Tuning {
    fn default() -> Self {
        Self::PROCESSES
    }
}

impl Tuning {
    /// Everything is in one process, which hears of every end.
    pub const EMBEDDED: Self = Self {
        latency_ms: 0,
        submit_us: 5,
        lease_ms: u64::MAX,
        min_budget_ms: 200,
        max_budget_ms: 2_000,
        orphan_ms: 0,
    };
    /// Processes of one machine.
    pub const PROCESSES: Self = Self {
        latency_ms: 1,
        submit_us: 50,
        lease_ms: 5_000,
        min_budget_ms: 200,
        max_budget_ms: 2_000,
        orphan_ms: 30_000,
    };
    /// Machines, behind a Dask scheduler.
    pub const DASK: Self = Self {
        latency_ms: 15,
        submit_us: 1_000,
        lease_ms: 10_000,
        min_budget_ms: 200,
        max_budget_ms: 2_000,
        orphan_ms: 60_000,
    };
}

/// The part of its time that the scheduler may spend on submits: one in this many hundredths.
const BUSY_PERCENT: u64 = 40;

/// Work is sent away when it is expected to take this many times the way there.
const SEND_FACTOR: u64 = 8;

/// How much there is to run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Nodes that live.
    pub n_nodes: u64,
    /// All their cores.
    pub n_cores: u64,
}

/// What the elements of a range take, by what was seen; older slices count less.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    work_ns: f64,
    n: f64,
}

impl Cost {
    /// Somebody knows what an element takes.
    pub fn hint(ns: u64) -> Self {
        Self { work_ns: ns as f64, n: 1.0 }
    }

    /// Counts a slice that ran this long on this many cores.
    pub fn learn(&mut self, n: u64, ran_us: u64, n_cores: u64) {
        const FADE: f64 = 0.8;
        // A slice too short for the clock took something.
        let work = (ran_us.max(1) * n_cores * 1_000) as f64;
        self.work_ns = self.work_ns * FADE + work;
        self.n = self.n * FADE + n as f64;
    }

    /// Nanoseconds of one core for one element; `None` before anything was seen.
    pub fn per_element_ns(&self) -> Option<f64> {
        (self.n > 0.0).then(|| (self.work_ns / self.n).max(1.0))
    }

    /// Milliseconds for so many elements on so many cores.
    pub fn ms(&self, n: u64, n_cores: u64) -> Option<f64> {
        self.per_element_ns().map(|ns| ns * n as f64 / n_cores.max(1) as f64 / 1e6)
    }
}

impl Tuning {
    /// The least budget that keeps the scheduler within its part of the time, with a slice for each node in each.
    fn floor_ms(&self, load: Load) -> u64 {
        let for_scheduler = load.n_nodes * self.submit_us / 10 / BUSY_PERCENT;
        self.min_budget_ms.max(for_scheduler)
    }

    /// How long a slice may run, when this much is todo: half of what each node would have to do, within limits.
    ///
    /// `todo_ms` is what all nodes together would take for it; `None` gives the least, to learn from.
    pub fn budget_ms(&self, load: Load, todo_ms: Option<f64>) -> u64 {
        let floor = self.floor_ms(load);
        let half = todo_ms.map_or(0, |ms| (ms / 2.0) as u64);
        half.clamp(floor, self.max_budget_ms.max(floor))
    }

    /// How many of `n_todo` elements a node gets for a slice: half of its part of what is todo, so that what is left is always
    /// enough to even things out. Time, not this, ends most slices.
    ///
    /// Never so few that they take less than the least budget, nor more than its whole part, unless that is too little to be sent.
    pub fn share(&self, load: Load, n_todo: u64, n_cores: u64, cost: &Cost) -> u64 {
        let part = |of: u64| {
            let n = u128::from(n_todo) * u128::from(n_cores.max(1));
            u64::try_from(n.div_ceil(u128::from(of * load.n_cores.max(1)))).unwrap_or(u64::MAX)
        };
        let worth = |ms: u64| match cost.per_element_ns() {
            Some(ns) => (ms as f64 * 1e6 * n_cores as f64 / ns) as u64,
            None => 0,
        };
        let least = worth(4 * self.latency_ms);
        part(2).max(worth(self.floor_ms(load)).min(part(1))).max(least).max(1)
    }

    /// Is a range to be spread over nodes, or left to the one where its driver waits.
    ///
    /// `todo_ms` is what that node alone would take for what is todo. What nobody knows is known after a while.
    pub fn is_worth_sending(&self, todo_ms: Option<f64>, waited_ms: u64) -> bool {
        match todo_ms {
            _ if self.latency_ms == 0 => true,
            Some(ms) => ms >= (SEND_FACTOR * self.latency_ms) as f64,
            None => waited_ms >= SEND_FACTOR / 2 * self.latency_ms,
        }
    }

    /// Is a node to have a slice waiting behind the one it runs. Near the end what waits behind another would be missing elsewhere.
    pub fn feeds_ahead(&self, load: Load, todo_ms: Option<f64>) -> bool {
        self.latency_ms > 0 && todo_ms.is_some_and(|ms| ms >= (2 * self.floor_ms(load)) as f64)
    }

    /// What a running slice must have left for its upper half to be worth another node's while.
    pub fn steal_ms(&self, n_idle: usize) -> f64 {
        let scheduler = 2 * self.submit_us * (n_idle as u64 + 1);
        4.0 * self.latency_ms as f64 + scheduler as f64 / 1e3 + 10.0
    }

    /// Is a slice that cannot be cut any more so late that it is run a second time, where a node has nothing else to do.
    pub fn is_straggling(&self, ran_ms: u64, budget_ms: u64, expected_ms: Option<f64>) -> bool {
        let expected = expected_ms.map_or(0, |ms| ms as u64);
        ran_ms > 2 * budget_ms.max(expected) + 4 * self.latency_ms
    }
}
