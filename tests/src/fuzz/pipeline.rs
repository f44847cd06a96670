//! What must hold of the whole way: a changed program gives the answer of CPython or is refused, and Afar ends.
//!
//! Afar runs it first. CPython sees only what Afar did not refuse, which therefore touches nothing outside.

use super::corpus::Corpus;
use super::mutate;
use crate::generated::Mode;
use crate::generated::compare::{Verdict, compare};
use crate::generated::peer::{Answer, End, Peer};
use crate::generated::random::Random;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long a program may take; one that is late gets so much again, and more.
const SOON: Duration = Duration::from_secs(3);
/// What hangs takes longer, though CPython was soon done.
const LATE: Duration = Duration::from_secs(60);
/// How many smaller programs are tried where there is a difference.
const MAX_TRIES: usize = 400;

/// The mean of floats as the manual has it, in a program of CPython.
const EXACT_FMEAN: &str = "\
import statistics
def exact_mean(data, weights=None, plain=statistics.fmean):
    data = data if weights is not None else list(data)
    try:
        return plain(data, weights)
    except OverflowError:
        return sum(data) / len(data)
exact_mean.__name__ = exact_mean.__qualname__ = 'fmean'
statistics.fmean = exact_mean
del statistics, exact_mean
";

/// The processes that run programs.
pub struct Bench {
    python: Peer,
    afar: Vec<(Mode, Peer)>,
}

/// The program of a number, and the mode that it is run in.
pub fn input(corpus: &Corpus, seed: u64, number: u64) -> (Mode, String) {
    let mut random = Random::new(seed, number);
    let text = corpus.program(&mut random);
    (Corpus::mode(&mut random), mutate::softly(&text, &mut random))
}

impl Bench {
    /// Processes whose complaints go to this folder.
    pub fn new(binary: &Path, folder: &Path) -> Self {
        Self {
            python: Peer::python(folder),
            afar: Mode::ALL.map(|mode| (mode, Peer::afar(binary, mode, folder))).into_iter().collect(),
        }
    }

    fn afar(&mut self, mode: Mode, text: &str, limit: Duration) -> Answer {
        let at = self.afar.iter().position(|(m, _)| *m == mode).unwrap_or(0);
        self.afar[at].1.run_within(text, limit)
    }

    /// Holds Afar against CPython.
    pub fn verdict(&mut self, mode: Mode, text: &str) -> Verdict {
        if text.contains("remotely") {
            return Verdict::Skipped("no name of CPython".to_owned());
        }
        let answer = self.afar(mode, text, SOON);
        match &answer.end {
            End::Done | End::Raised(_) => {
                let python = self.python.run(text);
                match compare(&python, &answer) {
                    Verdict::Different(how) => match self.explained(mode, text, &python, &answer) {
                        Some(why) => Verdict::Skipped(why.to_owned()),
                        None => Verdict::Different(how),
                    },
                    verdict => verdict,
                }
            }
            End::Skipped(_) => self.late(mode, text, &answer),
            End::Crashed(why) => Verdict::Different(format!("crash: {why}")),
            End::Refused(why) => Verdict::Refused(why.clone()),
        }
    }

    /// Why a difference is none: what is CPython's own, the oracle's, or not evaluated on purpose.
    fn explained(&mut self, mode: Mode, text: &str, python: &Answer, afar: &Answer) -> Option<&'static str> {
        let rewritten = |answer: &Answer, change: &dyn Fn(&str) -> String| Answer {
            end: match &answer.end {
                End::Raised(line) => End::Raised(change(line)),
                end => end.clone(),
            },
            printed: change(&answer.printed),
        };
        let same = |change: &dyn Fn(&str) -> String| {
            compare(&rewritten(python, change), &rewritten(afar, change)) == Verdict::Same
        };
        if same(&without_paths) {
            return Some("the path of a module of CPython's library");
        }
        // The prelude's `sum` is a function of Python: it is called another type, and fails in other words.
        let is_prelude = |answer: &Answer| format!("{answer:?}").contains("exact_sum");
        if text.contains("sum")
            && (is_prelude(python) || same(&|line| line.replace("builtin_function_or_method", "function")))
        {
            return Some("the sum of the prelude is a function");
        }
        // It is taken for a function of Python where it is not called, too.
        let without_sum = mutate::without_name(text, "sum", "max");
        if without_sum != text
            && compare(&self.python.run(&without_sum), &self.afar(mode, &without_sum, SOON)) == Verdict::Same
        {
            return Some("the sum of the prelude is a function");
        }
        // Afar's `fmean` is rounded once from what is exact, and has no sums on the way that are too large.
        if text.contains("fmean")
            && compare(&self.python.run(&format!("{EXACT_FMEAN}{text}")), afar) == Verdict::Same
        {
            return Some("fmean never overflows");
        }
        // An annotation is evaluated where it is asked for.
        let later = self.python.run(&format!("from __future__ import annotations\n{text}"));
        if text.contains(':') && compare(&later, afar) == Verdict::Same {
            return Some("an annotation that raises");
        }
        None
    }

    /// What is to be said of a program that took too long or too much.
    fn late(&mut self, mode: Mode, text: &str, answer: &Answer) -> Verdict {
        let before = Instant::now();
        let python = self.python.run(text);
        if matches!(python.end, End::Skipped(_) | End::Crashed(_))
            || before.elapsed() > Duration::from_secs(1)
        {
            return Verdict::Skipped("it takes long".to_owned());
        }
        if answer.end != End::Skipped("no answer in time".to_owned()) {
            return Verdict::Skipped("it takes much memory".to_owned());
        }
        // Where every element is a part of its own, a range of ranges has millions of them.
        if mode == Mode::Cut && self.afar(Mode::Default, text, SOON).end != answer.end {
            return Verdict::Skipped("parts of one element take long".to_owned());
        }
        match self.afar(mode, text, LATE).end {
            End::Skipped(why) if why == "no answer in time" => Verdict::Different("it hangs".to_owned()),
            _ => Verdict::Skipped("it takes long".to_owned()),
        }
    }

    /// A smaller program that shows a difference of the same kind.
    pub fn shrink(&mut self, mode: Mode, text: &str, how: &str) -> (String, String) {
        let kind = |how: &str| (how.starts_with("crash"), how == "it hangs");
        let (mut best, mut said) = (text.to_owned(), how.to_owned());
        if how == "it hangs" {
            return (best, said);
        }
        let mut n_tries = 0;
        for is_lines in [true, false, true, false] {
            let mut n = 16;
            while n > 0 {
                let mut at = 0;
                loop {
                    let parts: Vec<&str> =
                        if is_lines { best.split_inclusive('\n').collect() } else { mutate::tokens(&best) };
                    if at >= parts.len() || n_tries > MAX_TRIES {
                        break;
                    }
                    let end = (at + n).min(parts.len());
                    let candidate = [&parts[..at], &parts[end..]].concat().concat();
                    n_tries += 1;
                    match self.verdict(mode, &candidate) {
                        Verdict::Different(how) if kind(&how) == kind(&said) => {
                            (best, said) = (candidate, how)
                        }
                        _ => at += n,
                    }
                }
                n /= 2;
            }
        }
        (best, said)
    }
}

/// A text without the paths of CPython's modules: `cannot import name 'x' from 'csv' (...)`.
fn without_paths(text: &str) -> String {
    let line = |line: &str| match line.split_once("cannot import name ") {
        Some((before, rest)) => {
            let kept = rest.split(" (").next().unwrap_or(rest);
            format!("{before}cannot import name {kept}")
        }
        None => line.to_owned(),
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}
