//! What `--stats` says: how much of a program ran boxed, and how much was run again where ints did not fit.

mod support;

use support::Folder;

/// A number that `--stats=json` has for a script run with these flags; what it prints must be this.
#[track_caller]
fn stat(text: &str, stdout: &str, flags: &[&str], name: &str) -> f64 {
    let folder = Folder::new();
    folder.write("x.afr", text.as_bytes());
    let args: Vec<&str> = ["run", "--stats=json"].iter().chain(flags).chain(&["x.afr"]).copied().collect();
    let got = folder.afar(&args, "");
    assert_eq!(got.stdout, stdout, "{got:?}");
    let line = got.stderr.lines().last().and_then(|l| l.split(&format!("\"{name}\":")).nth(1));
    let value = line.and_then(|l| l.split([',', '}']).next()?.parse().ok());
    value.unwrap_or_else(|| panic!("no number for {name}:\n{}", got.stderr))
}

const BOXED: &str = "boxed_share";
const STRIPS: &str = "strips_again";
const SHARE: &str = "elements_again_share";
const UNITS: &str = "units_again";
const TAKEN: &str = "ranges_taken_over";

#[test]
fn typed_code_has_next_to_no_boxed_operations() {
    let text = "def is_prime(p):\n    if p < 2:\n        return False\n    x = 2\n    while x * x <= p:\n        \
                if p % x == 0:\n            return False\n        x = x + 1\n    return True\n\
                print(len([x for x in range(50_000) if is_prime(x)]), sum(x * 0.5 for x in range(9)))\n";
    for flags in [["--workers", "1"], ["--workers", "4"]] {
        assert!(stat(text, "5133 18.0\n", &flags, BOXED) < 0.02);
    }
}

#[test]
fn boxed_code_has_many() {
    let text = "def f(t):\n    return t if isinstance(t, int) else f(t[0]) + f(t[1])\n\
                def tree(d):\n    return d if d == 0 else [tree(d - 1), 1, 'x']\n\
                print(f(tree(300)))\nd = {str(i): [i, str(i)] for i in range(2000)}\n\
                print(sum(len(k) + v[0] for k, v in d.items()))\n";
    assert!(stat(text, "300\n2005890\n", &["--workers", "1"], BOXED) > 0.4);
}

/// Of three million elements the last ten thousand meet an int that does not fit.
const LATE: &str = "def f(x):\n    y = x if x < 2_990_000 else x * 7_000_000_000_000_000 % 1_000_003\n    \
                    return y % 1009\nprint(sum(f(x) for x in range(3_000_000)))\n";

#[test]
fn a_late_overflow_costs_strips_and_no_unit() {
    for flags in [["--workers", "1"], ["--workers", "2"], ["--workers", "4"]] {
        assert!(stat(LATE, "1511889427\n", &flags, STRIPS) >= 1.0);
        assert!(stat(LATE, "1511889427\n", &flags, SHARE) < 0.05);
        assert_eq!(stat(LATE, "1511889427\n", &flags, UNITS).to_bits(), 0f64.to_bits());
    }
}

#[test]
fn a_unit_that_is_run_again_takes_over_what_was_finished() {
    let text = "def f(n):\n    a = [x % 1000 for x in range(n)]\n    \
                b = sum(a[x] * x for x in range(n))\n    \
                c = [x if x < n - 3 else x ** 5 for x in range(n)]\n    return sum(a), b, c[-1]\nprint(f(3_000_000))\n";
    let stdout = "(1498500000, 2247999250500000, 242999595000269999910000014999999)\n";
    for flags in [["--workers", "1"], ["--workers", "4"]] {
        assert!(stat(text, stdout, &flags, SHARE) < 0.05);
        assert!(stat(text, stdout, &flags, UNITS) <= 1.0);
        assert!(stat(text, stdout, &flags, TAKEN) >= 1.0);
    }
}

#[test]
fn the_table_is_short_and_always_the_same() {
    let folder = Folder::new();
    folder.write("x.afr", "print(sum(x * x for x in range(1_000_000)))\n");
    let got = folder.afar(&["run", "--stats", "-w", "2", "x.afr"], "");
    let names: Vec<&str> = got.stderr.lines().filter_map(|l| l.split_whitespace().next()).collect();
    assert_eq!(names, ["wall", "cores", "compiled", "split", "again", "boxed", "memory"], "{}", got.stderr);
    assert!(got.stderr.contains(" of 2 in use\n"), "{}", got.stderr);
}

#[test]
fn the_most_memory_is_that_which_was_held() {
    let text = "xs = [x for x in range(2_000_000)]\nprint(len(xs))\n";
    let peak = stat(text, "2000000\n", &["-w", "1"], "peak_bytes");
    assert!((16e6..64e6).contains(&peak), "{peak}");
}

#[test]
fn a_session_tells_what_an_input_took() {
    let got = Folder::new().afar(&["repl"], ":time sum(range(10))\n");
    let names: Vec<&str> = got.stdout.lines().filter_map(|l| l.split_whitespace().next()).collect();
    assert_eq!(names, ["45", "wall", "cores", "compiled", "split", "again", "memory"], "{got:?}");
}
