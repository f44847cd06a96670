//! Bad input in great numbers: `cargo fuzz-inputs -- --parser N --acceptance M --pipeline K --seed S`.
//!
//! `--seconds T` bounds the time of each, `--threads N` says how much at once, `--first N` the number of the first input, `--failures N` how many
//! end it; `--show parser:N` and `--show pipeline:N` show one input.
//!
//! The parser is looked at by a process of its own, so that the input is known that ends it or makes it hang.

#![forbid(unsafe_code)]

use afar_tests::fuzz::corpus::{Corpus, Programs};
use afar_tests::fuzz::{acceptance, parser, pipeline};
use afar_tests::generated::compare::Verdict;
use afar_tests::generated::peer::Peer;
use afar_tests::generated::{Mode, peer};
use afar_tests::program::Scratch;
use std::collections::BTreeMap;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// An input that the parser takes longer over makes it hang.
const HANG: Duration = Duration::from_secs(10);
/// As in a session of the command line: what is deep must be refused before it is too deep for this.
const STACK: usize = 64 << 20;

struct Options {
    words: Vec<String>,
}

impl Options {
    fn text(&self, name: &str) -> Option<&String> {
        self.words.get(self.words.iter().position(|w| w == name)? + 1)
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.text(name)
            .map(|n| n.replace('_', "").parse().unwrap_or_else(|_| panic!("{name} takes a number")))
    }

    fn seed(&self) -> u64 {
        self.number("--seed").unwrap_or(1)
    }

    fn first(&self) -> u64 {
        self.number("--first").unwrap_or(0)
    }

    fn n_threads(&self) -> u64 {
        self.number("--threads").unwrap_or(2).max(1)
    }

    fn max_failures(&self) -> usize {
        self.number("--failures").and_then(|n| usize::try_from(n).ok()).unwrap_or(10)
    }

    fn is_late(&self, start: Instant) -> bool {
        self.number("--seconds").is_some_and(|t| start.elapsed().as_secs() >= t)
    }
}

fn main() {
    let options = Options { words: std::env::args().skip(1).collect() };
    if let Some(mode) = options.text("--serve") {
        return peer::serve(Mode::named(mode).unwrap_or_else(|| panic!("{mode} is no mode")));
    }
    if let Some(which) = options.text("--show") {
        return show(&options, which);
    }
    if let Some(place) = options.text("--inner") {
        return parse_all(&options, Path::new(place));
    }
    let mut is_wrong = false;
    if options.number("--parser").is_some() {
        is_wrong |= !parse_outside(&options);
    }
    if let Some(n) = options.number("--acceptance") {
        is_wrong |= !accept_all(&options, n);
    }
    if let Some(n) = options.number("--pipeline") {
        is_wrong |= !run_all(&options, n);
    }
    std::process::exit(i32::from(is_wrong));
}

fn show(options: &Options, which: &str) {
    let (kind, number) = which.split_once(':').expect("--show takes parser:N or pipeline:N");
    let number = number.parse().expect("a number behind the colon");
    let corpus = Corpus::load();
    match kind {
        "parser" => print!("{}", parser::input(&corpus, options.seed(), number)),
        _ => {
            let (mode, text) = pipeline::input(&corpus, options.seed(), number);
            eprintln!("mode {}", mode.name());
            print!("{text}");
        }
    }
}

fn binary() -> PathBuf {
    std::env::current_exe().expect("a process has a path")
}

/// Looks at the parser in another process; says what ended that.
fn parse_outside(options: &Options) -> bool {
    let scratch = Scratch::new();
    let place = scratch.path().join("numbers");
    let status = Command::new(binary()).args(&options.words).arg("--inner").arg(&place).status();
    let status = status.expect("the process starts");
    if status.code().is_none() {
        let bytes = std::fs::read(&place).unwrap_or_default();
        let numbers: Vec<u64> =
            bytes.chunks_exact(8).map(|b| u64::from_le_bytes(b.try_into().expect("eight bytes"))).collect();
        println!("parser: {status}; one of the inputs {numbers:?} of seed {} did it", options.seed());
    }
    status.success()
}

fn parse_all(options: &Options, place: &Path) {
    let n = options.number("--parser").unwrap_or(0);
    let corpus = Corpus::load();
    let file = std::fs::File::create(place).expect("a scratch folder takes files");
    let next = AtomicU64::new(options.first());
    let (n_parsed, n_failures, n_running) =
        (AtomicU64::new(0), AtomicUsize::new(0), AtomicU64::new(options.n_threads()));
    let at_work: Vec<Mutex<(u64, Instant)>> =
        (0..options.n_threads()).map(|_| Mutex::new((0, Instant::now()))).collect();
    let start = Instant::now();
    // Panics are told of with their input.
    std::panic::set_hook(Box::new(|_| {}));
    let one = |thread: usize| loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let is_over =
            number >= options.first() + n || n_failures.load(Ordering::Relaxed) >= options.max_failures();
        if is_over || number.is_multiple_of(64) && options.is_late(start) {
            n_running.fetch_sub(1, Ordering::Relaxed);
            return;
        }
        let offset = u64::try_from(thread).unwrap_or(0) * 8;
        file.write_at(&number.to_le_bytes(), offset).expect("a scratch file takes numbers");
        *at_work[thread].lock().expect("nobody panics while holding this") = (number, Instant::now());
        let text = parser::input(&corpus, options.seed(), number);
        match parser::look(&text) {
            Ok(parser::Fate::Parsed) => drop(n_parsed.fetch_add(1, Ordering::Relaxed)),
            Ok(parser::Fate::Refused) => {}
            Err(why) => {
                n_failures.fetch_add(1, Ordering::Relaxed);
                println!("parser, seed {} input {number}: {why}\n----\n{text}\n----", options.seed());
            }
        }
    };
    std::thread::scope(|scope| {
        for thread in 0..at_work.len() {
            let one = &one;
            let spawned =
                std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, move || one(thread));
            spawned.expect("a thread starts");
        }
        let mut told = Instant::now();
        while n_running.load(Ordering::Relaxed) > 0 {
            std::thread::sleep(Duration::from_millis(50));
            for place in &at_work {
                let (number, since) = *place.lock().expect("nobody panics while holding this");
                if since.elapsed() > HANG && n_running.load(Ordering::Relaxed) == options.n_threads() {
                    println!("parser: it hangs at input {number} of seed {}", options.seed());
                    std::process::exit(1);
                }
            }
            if told.elapsed() > Duration::from_secs(20) {
                told = Instant::now();
                eprintln!("parser: {} inputs", next.load(Ordering::Relaxed) - options.first());
            }
        }
    });
    let n_inputs = next.load(Ordering::Relaxed).min(options.first() + n) - options.first();
    println!(
        "parser: {n_inputs} inputs, {} of them programs, {} wrong; {:.1} s",
        n_parsed.load(Ordering::Relaxed),
        n_failures.load(Ordering::Relaxed),
        start.elapsed().as_secs_f64(),
    );
    std::process::exit(i32::from(n_failures.load(Ordering::Relaxed) > 0));
}

/// Holds what Afar takes for a program against what CPython does.
fn accept_all(options: &Options, n: u64) -> bool {
    let (corpus, scratch, start) = (Corpus::load(), Scratch::new(), Instant::now());
    let mut python = Peer::python_parser(scratch.path());
    let (mut at, mut n_failures) = (options.first(), 0);
    while at < options.first() + n && !options.is_late(start) && n_failures < options.max_failures() {
        let (n_done, found) = acceptance::differences(&corpus, &mut python, options.seed(), at);
        at += n_done;
        for (number, text, how) in found {
            n_failures += 1;
            println!("acceptance, seed {} input {number}: {how}\n----\n{text}\n----", options.seed());
        }
    }
    println!(
        "acceptance: {} inputs, {n_failures} different; {:.1} s",
        at - options.first(),
        start.elapsed().as_secs_f64()
    );
    n_failures == 0
}

#[derive(Default)]
struct Tally {
    n: u64,
    same: u64,
    refused: u64,
    skipped: BTreeMap<String, u64>,
    n_failures: usize,
}

impl Tally {
    fn line(&self, start: Instant) -> String {
        format!(
            "pipeline: {} inputs, {} the same, {} refused, {} skipped {:?}, {} different; {:.1} s",
            self.n,
            self.same,
            self.refused,
            self.skipped.values().sum::<u64>(),
            self.skipped,
            self.n_failures,
            start.elapsed().as_secs_f64()
        )
    }
}

/// Runs changed programs.
fn run_all(options: &Options, n: u64) -> bool {
    let (mut corpus, scratch, start) = (Corpus::load(), Scratch::new(), Instant::now());
    if options.words.iter().any(|word| word == "--made-up") {
        corpus.source = Programs::MadeUp;
    }
    let next = AtomicU64::new(options.first());
    let tally = Mutex::new(Tally::default());
    std::thread::scope(|scope| {
        for thread in 0..options.n_threads() {
            let (corpus, next, tally) = (&corpus, &next, &tally);
            let folder = scratch.path().join(thread.to_string());
            std::fs::create_dir_all(&folder).expect("a scratch folder takes folders");
            scope.spawn(move || {
                let mut bench = pipeline::Bench::new(&binary(), &folder);
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let n_failures = tally.lock().expect("nobody panics while holding this").n_failures;
                    let is_over = number >= options.first() + n || n_failures >= options.max_failures();
                    if is_over || options.is_late(start) {
                        return;
                    }
                    let (mode, text) = pipeline::input(corpus, options.seed(), number);
                    let verdict = bench.verdict(mode, &text);
                    let failure = match &verdict {
                        Verdict::Different(how) => {
                            let (small, how) = bench.shrink(mode, &text, how);
                            Some(format!(
                                "pipeline, seed {} input {number} mode {}: {how}\n----\n{small}\n----",
                                options.seed(),
                                mode.name()
                            ))
                        }
                        _ => None,
                    };
                    count(
                        &mut tally.lock().expect("nobody panics while holding this"),
                        &verdict,
                        failure,
                        start,
                    );
                }
            });
        }
    });
    let tally = tally.into_inner().expect("nobody panics while holding this");
    println!("{}", tally.line(start));
    tally.n_failures == 0
}

fn count(tally: &mut Tally, verdict: &Verdict, failure: Option<String>, start: Instant) {
    tally.n += 1;
    match verdict {
        Verdict::Same => tally.same += 1,
        Verdict::Refused(_) => tally.refused += 1,
        Verdict::Skipped(why) => *tally.skipped.entry(why.clone()).or_default() += 1,
        Verdict::Different(_) => tally.n_failures += 1,
    }
    if let Some(failure) = failure {
        println!("{failure}");
    }
    if tally.n.is_multiple_of(500) {
        eprintln!("{}", tally.line(start));
    }
}
