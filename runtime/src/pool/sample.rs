//! Where each worker is, a thousand times a second: for a profile.
//!
//! Code that is compiled for it keeps a list of frames on each thread, each with a mark that says where its function is. A thread
//! of ours sends each busy worker a signal, in whose handler that worker itself walks its list, and writes what it finds into
//! memory that was made before. So nothing is read while it changes, and a program that nobody profiles pays nothing.

use crate::abi::{self, Ctx};
use std::cell::Cell;
use std::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, compiler_fence,
};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// The frame of a function that runs. Compiled code writes it.
#[repr(C)]
#[derive(Debug)]
pub struct Frame {
    /// That of the function which called it on this thread.
    pub outer: Cell<*const Frame>,
    /// Where it is; 0 for nowhere that a program knows.
    pub mark: Cell<u32>,
}

impl Frame {
    /// Offset of `outer`.
    pub const OUTER: usize = std::mem::offset_of!(Frame, outer);
    /// Offset of `mark`.
    pub const MARK: usize = std::mem::offset_of!(Frame, mark);
}

/// How often a worker is asked.
const PERIOD: Duration = Duration::from_millis(1);
/// The most frames of a sample: of deeper ones the innermost are kept.
const MAX_FRAMES: usize = 250;
/// How many words there is room for until they are fetched.
const RING_WORDS: usize = 1 << 18;

/// What a worker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It runs the program.
    Runs,
    /// It has nothing to do, or waits.
    Idle,
    /// It compiles.
    Compiles,
}

/// Where a worker was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Since the profile began.
    pub at: Duration,
    /// The number of the worker.
    pub worker: usize,
    /// What it did.
    pub state: State,
    /// The marks of the functions, outermost first, also of those that run on other workers and wait for this one.
    pub marks: Vec<u32>,
}

/// What is known of a thread that is sampled.
struct Lane {
    worker: usize,
    #[cfg(unix)]
    thread: libc::pthread_t,
    ctx: *const Ctx,
    state: AtomicU8,
    /// What its outermost frame is a part of: marks, innermost first.
    base: AtomicPtr<u32>,
    n_base: AtomicUsize,
    ring: Vec<AtomicU32>,
    /// How many words were written so far, and how many fetched.
    written: AtomicUsize,
    fetched: AtomicUsize,
    n_lost: AtomicU64,
}

// SAFETY: the pointer is used by its own thread alone, in whose handler it is read; all else is atomic.
unsafe impl Send for Lane {}
// SAFETY: as above.
unsafe impl Sync for Lane {}

static IS_ON: AtomicBool = AtomicBool::new(false);
static START: OnceLock<Instant> = OnceLock::new();
static LANES: Mutex<Vec<&'static Lane>> = Mutex::new(Vec::new());
static SAMPLES: Mutex<Vec<Sample>> = Mutex::new(Vec::new());

thread_local! {
    static LANE: Cell<Option<&'static Lane>> = const { Cell::new(None) };
}

/// Begins to take samples of this thread, and of all workers that start from here on.
///
/// # Errors
///
/// Where the system has no signals for that.
pub fn begin() -> Result<(), String> {
    START.get_or_init(Instant::now);
    install()?;
    IS_ON.store(true, Ordering::SeqCst);
    join(0);
    let thread = std::thread::Builder::new().name("samples".into()).spawn(|| {
        while IS_ON.load(Ordering::Relaxed) {
            std::thread::sleep(PERIOD);
            tick();
        }
    });
    thread.map(drop).map_err(|error| format!("there is no thread for the samples: {error}"))
}

/// Ends it: the samples, in the order in which they were taken of each worker, and how many were lost.
pub fn end() -> (Vec<Sample>, u64) {
    IS_ON.store(false, Ordering::SeqCst);
    let lanes = LANES.lock().unwrap_or_else(PoisonError::into_inner);
    let mut all = SAMPLES.lock().unwrap_or_else(PoisonError::into_inner);
    lanes.iter().for_each(|lane| lane.fetch(&mut all));
    (std::mem::take(&mut *all), lanes.iter().map(|lane| lane.n_lost.load(Ordering::Relaxed)).sum())
}

/// How long the profile runs.
pub fn elapsed() -> Duration {
    START.get().map_or(Duration::ZERO, Instant::elapsed)
}

/// This thread is the worker of this number, where samples are taken.
pub(super) fn join(worker: usize) {
    if !IS_ON.load(Ordering::Relaxed) || LANE.get().is_some() {
        return;
    }
    let lane: &'static Lane = Box::leak(Box::new(Lane {
        worker,
        #[cfg(unix)]
        thread: this_thread(),
        ctx: abi::with_ctx(std::ptr::from_ref),
        state: AtomicU8::new(State::Runs as u8),
        base: AtomicPtr::new(std::ptr::null_mut()),
        n_base: AtomicUsize::new(0),
        ring: std::iter::repeat_with(|| AtomicU32::new(0)).take(RING_WORDS).collect(),
        written: AtomicUsize::new(0),
        fetched: AtomicUsize::new(0),
        n_lost: AtomicU64::new(0),
    }));
    LANE.set(Some(lane));
    LANES.lock().unwrap_or_else(PoisonError::into_inner).push(lane);
}

/// This thread does something else while something runs.
pub fn during<T>(state: State, run: impl FnOnce() -> T) -> T {
    let Some(lane) = LANE.get() else { return run() };
    let before = lane.state.swap(state as u8, Ordering::Relaxed);
    let result = run();
    lane.state.store(before, Ordering::Relaxed);
    result
}

/// Where this thread is, innermost first, for what it is about to give away; none where nobody asks. Frames at this address and
/// below it, which are nested in what is given away, are left out.
pub(super) fn above(address: usize) -> Option<Arc<[u32]>> {
    let lane = LANE.get()?;
    let mut marks = [0; MAX_FRAMES];
    let n = lane.walk(&mut marks, address);
    Some(marks[..n].into())
}

/// Runs what was given away, which is a part of what is there.
pub(super) fn below<T>(above: Option<&Arc<[u32]>>, run: impl FnOnce() -> T) -> T {
    let (Some(lane), Some(above)) = (LANE.get(), above) else { return run() };
    abi::with_ctx(|ctx| {
        let frame = ctx.frame.replace(std::ptr::null());
        let state = lane.state.swap(State::Runs as u8, Ordering::Relaxed);
        let outer = lane.set_base(above.as_ptr().cast_mut(), above.len());
        let result = run();
        lane.set_base(outer.0, outer.1);
        lane.state.store(state, Ordering::Relaxed);
        ctx.frame.set(frame);
        result
    })
}

impl Lane {
    /// Sets what the outermost frame is a part of; gives what was there. At no moment is there a length without its marks.
    fn set_base(&self, marks: *mut u32, n: usize) -> (*mut u32, usize) {
        let n_before = self.n_base.swap(0, Ordering::Relaxed);
        compiler_fence(Ordering::SeqCst);
        let before = self.base.swap(marks, Ordering::Relaxed);
        compiler_fence(Ordering::SeqCst);
        self.n_base.store(n, Ordering::Relaxed);
        (before, n_before)
    }

    /// Writes the marks of this thread, innermost first; how many there are.
    fn walk(&self, marks: &mut [u32; MAX_FRAMES], address: usize) -> usize {
        let mut n = 0;
        // SAFETY: the context is that of this thread, which lives as long as the thread does.
        let mut frame = unsafe { (*self.ctx).frame.get() };
        while !frame.is_null() && n < MAX_FRAMES {
            // SAFETY: a frame in the list belongs to a function that runs on this thread, at this moment: it is linked when the
            // function begins, after it was filled in, and unlinked before it ends.
            let (outer, mark) = unsafe { ((*frame).outer.get(), (*frame).mark.get()) };
            if mark != 0 && frame.addr() > address {
                marks[n] = mark;
                n += 1;
            }
            frame = outer;
        }
        let base = self.base.load(Ordering::Relaxed);
        for i in 0..self.n_base.load(Ordering::Relaxed).min(MAX_FRAMES - n) {
            // SAFETY: `below` keeps as many marks alive as it says, while they are set.
            marks[n] = unsafe { *base.add(i) };
            n += 1;
        }
        n
    }

    /// Takes a sample: in the handler of a signal, on the thread itself. Allocates nothing, and takes no lock.
    fn sample(&self) {
        let mut marks = [0; MAX_FRAMES];
        let n = self.walk(&mut marks, 0);
        let (written, fetched) = (self.written.load(Ordering::Relaxed), self.fetched.load(Ordering::Acquire));
        if written + n + 4 - fetched > RING_WORDS {
            self.n_lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let us = elapsed().as_micros();
        let head = [
            u32::try_from(us & 0xffff_ffff).unwrap_or(0),
            u32::try_from(us >> 32).unwrap_or(0),
            u32::from(self.state.load(Ordering::Relaxed)),
            u32::try_from(n).unwrap_or(0),
        ];
        for (i, word) in head.iter().chain(&marks[..n]).enumerate() {
            self.ring[(written + i) % RING_WORDS].store(*word, Ordering::Relaxed);
        }
        self.written.store(written + n + 4, Ordering::Release);
    }

    /// Takes what was written.
    fn fetch(&self, out: &mut Vec<Sample>) {
        let (mut at, written) = (self.fetched.load(Ordering::Relaxed), self.written.load(Ordering::Acquire));
        let word = |i: usize| self.ring[i % RING_WORDS].load(Ordering::Relaxed);
        while at < written {
            let us = u64::from(word(at)) | u64::from(word(at + 1)) << 32;
            let n = word(at + 3) as usize;
            let state = match word(at + 2) {
                0 => State::Runs,
                1 => State::Idle,
                _ => State::Compiles,
            };
            let marks = (0..n).rev().map(|i| word(at + 4 + i)).collect();
            out.push(Sample { at: Duration::from_micros(us), worker: self.worker, state, marks });
            at += 4 + n;
        }
        self.fetched.store(at, Ordering::Release);
    }
}

/// Asks all workers where they are, and takes what they have said before.
fn tick() {
    let lanes: Vec<&'static Lane> = LANES.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut all = SAMPLES.lock().unwrap_or_else(PoisonError::into_inner);
    for lane in lanes {
        lane.fetch(&mut all);
        if lane.state.load(Ordering::Relaxed) == State::Idle as u8 {
            all.push(Sample { at: elapsed(), worker: lane.worker, state: State::Idle, marks: Vec::new() });
        } else if IS_ON.load(Ordering::Relaxed) {
            ask(lane);
        }
    }
}

#[cfg(unix)]
extern "C" fn asked(_signal: libc::c_int) {
    if let Some(lane) = LANE.get() {
        lane.sample();
    }
}

#[cfg(unix)]
fn install() -> Result<(), String> {
    let handler = asked as extern "C" fn(libc::c_int);
    // SAFETY: all bits zero is an empty action.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler as *const () as usize;
    action.sa_flags = libc::SA_RESTART;
    // SAFETY: the action is filled in, its handler neither allocates nor takes locks, and nobody asks for the one before it.
    let failed = unsafe { libc::sigaction(libc::SIGPROF, &raw const action, std::ptr::null_mut()) } != 0;
    if failed { Err("the system takes no handler for its profiling signal".to_owned()) } else { Ok(()) }
}

#[cfg(unix)]
fn this_thread() -> libc::pthread_t {
    // SAFETY: it has no duties.
    unsafe { libc::pthread_self() }
}

#[cfg(unix)]
fn ask(lane: &Lane) {
    // SAFETY: the thread is a worker or that of the edge, which live until the process ends.
    let _ = unsafe { libc::pthread_kill(lane.thread, libc::SIGPROF) };
}

#[cfg(not(unix))]
fn install() -> Result<(), String> {
    Err("profiles are not there on this system".to_owned())
}

#[cfg(not(unix))]
fn ask(_lane: &Lane) {}
