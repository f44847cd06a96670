//! `afar explain parallel`: what is split and what is not, and why.

mod support;

use afar::cli::reasons::{code, meaning};
use afar_compiler::survey::Reason;
use support::Folder;

const SCRIPT: &str = "\
from collections import Counter
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
def is_prime(n):
    d = 2
    while d * d <= n:
        if n % d == 0:
            return False
        d = d + 1
    return n > 1
def evens(n):
    for i in range(n):
        yield 2 * i
def best(n):
    top = 0
    for i in range(n):
        top = max(top, i * 7 % n)
    return top
def biggest(n):
    a = fib(n)
    b = fib(n + 1)
    return max(a, b)
primes = [n for n in range(100_000) if is_prime(n)]
total = sum(n * 0.5 for n in primes)
words = Counter(str(n)[0] for n in primes)
word = max(str(n) for n in primes)
few = [n * n for n in range(10)]
odd = sorted({n % 100 for n in primes})
ranked = sorted(n % 100 for n in primes)
print(best(1000), biggest(10), sum(evens(4)), any(is_prime(n) for n in range(90, 97)))
for n in primes[:2]:
    print(n)
";

const EXPECTED: &str = "\
x.afr:3:28   parallel    calls            fib(n - 1), fib(n - 2)
x.afr:6:5    sequential  open-ended       while d * d <= n
x.afr:16:5   parallel    reduction        for i in range(n)
x.afr:20:9   parallel    calls            fib(n), fib(n + 1)
x.afr:23:10  parallel    map              [... for n in range(100000) if ...]
x.afr:24:9   parallel    reduction        sum(... for n in primes)
x.afr:25:9   parallel    build            Counter(... for n in primes)
x.afr:26:8   parallel    reduction        max(... for n in primes)
x.afr:27:7   sequential  too-little-work  [... for n in range(10)]
x.afr:28:14  parallel    build            {... for n in primes}
x.afr:29:10  parallel    sort             sorted(... for n in primes)
x.afr:30:47  parallel    reduction        any(... for n in range(90, 97))
x.afr:31:1   sequential  prints           for n in primes[:2]
x.afr:11: evens: no call here whose types are known before: `--run` shows what is decided then
";

#[test]
fn decisions_are_told_without_running() {
    let folder = Folder::new();
    folder.write("x.afr", SCRIPT);
    let got = folder.afar(&["explain", "parallel", "x.afr"], "");
    assert_eq!((got.status, &*got.stdout, &*got.stderr), (0, EXPECTED, ""));
}

#[test]
fn a_run_adds_what_each_took() {
    let folder = Folder::new();
    folder.write("x.afr", SCRIPT);
    let got = folder.afar(&["explain", "parallel", "--run", "-w", "2", "x.afr"], "");
    assert_eq!((got.status, &*got.stderr), (0, "999 89 12 False\n2\n3\n"));
    let line = |at: &str| got.stdout.lines().find(|l| l.starts_with(at)).unwrap_or("").to_owned();
    assert!(line("x.afr:23:10 ").contains(" ms ") && line("x.afr:23:10 ").ends_with(" %"), "{}", got.stdout);
    assert!(line("x.afr:12:5 ").contains("sequential  generator "), "{}", got.stdout);
    // What is decided is the same, but for what was not found without running.
    for expected in EXPECTED.lines().filter(|l| !l.contains("--run")) {
        let words: Vec<&str> = expected.split_whitespace().collect();
        assert!(line(words[0]).contains(words[2]), "{expected}\n{}", got.stdout);
    }
}

#[test]
fn json_has_a_line_for_each() {
    let folder = Folder::new();
    folder.write("x.afr", "xs = [x * x for x in range(100_000)]\nt = 0\nfor x in xs:\n    t = t // 2 + x\n");
    let got = folder.afar(&["explain", "parallel", "--json", "x.afr"], "");
    let expected = "\
{\"file\":\"x.afr\",\"line\":1,\"column\":6,\"verdict\":\"parallel\",\"reason\":\"map\",\"what\":\"[... for x in range(100000)]\",\"names\":[],\"function\":null}
{\"file\":\"x.afr\",\"line\":3,\"column\":1,\"verdict\":\"sequential\",\"reason\":\"carried-value\",\"what\":\"for x in xs\",\"names\":[\"t\"],\"function\":null}
";
    assert_eq!((got.status, &*got.stdout), (0, expected));
}

#[test]
fn the_example_of_each_reason_has_it() {
    let folder = Folder::new();
    for reason in Reason::ALL {
        let example = meaning(reason).example;
        if example.is_empty() {
            continue;
        }
        folder.write("x.afr", example);
        let flags: &[&str] = match reason {
            Reason::OneWorker => &["--run", "-w", "1"],
            Reason::UnfinishedObject => &["--run", "-w", "2"],
            Reason::IteratorFromOutside => &["--run", "-w", "4"],
            _ => &[],
        };
        let args: Vec<&str> =
            ["explain", "parallel"].iter().chain(flags).chain(&["x.afr"]).copied().collect();
        let got = folder.afar(&args, "");
        let words: Vec<&str> = got.stdout.split_whitespace().collect();
        assert!(words.contains(&reason.id()), "{reason:?}\n{}{}", got.stdout, got.stderr);
    }
}

#[test]
fn reasons_are_explained_and_listed() {
    let folder = Folder::new();
    let list = folder.afar(&["explain", "sequential"], "").stdout;
    for reason in Reason::ALL.into_iter().filter(|r| !r.is_parallel()) {
        assert!(list.contains(&code(reason)), "{list}");
        let got = folder.afar(&["explain", reason.id()], "");
        assert!(got.status == 0 && got.stdout.starts_with(&code(reason)), "{got:?}");
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let folder = Folder::new();
    folder.write("x.afr", "print(1)\n");
    for args in [["explain", "purity/del", "x.afr"], ["explain", "--run", "parallel"]] {
        assert_eq!(folder.afar(&args, "").status, 2);
    }
    assert_eq!(folder.afar(&["explain", "parallel", "nowhere.afr"], "").status, 2);
}
