//! What `--stats` says: how much of a program ran boxed, and how much was run again where ints did not fit.

mod support;

use support::Folder;

/// The number behind a name of the table, for a script run with these flags; what it prints must be this.
#[track_caller]
fn stat(text: &str, stdout: &str, flags: &[&str], name: &str) -> f64 {
    let folder = Folder::new();
    folder.write("x.afr", text.as_bytes());
    let args: Vec<&str> = ["run", "--stats"].iter().chain(flags).chain(&["x.afr"]).copied().collect();
    let got = folder.afar(&args, "");
    assert_eq!(got.stdout, stdout, "{got:?}");
    let line = got.stderr.lines().find_map(|l| l.strip_prefix(name));
    let value = line.and_then(|l| l.trim().trim_end_matches('%').trim().parse().ok());
    value.unwrap_or_else(|| panic!("no number for {name}:\n{}", got.stderr))
}

const BOXED: &str = "share of them that were boxed operations";
const STRIPS: &str = "strips of ranges run again";
const SHARE: &str = "share of all elements of ranges";
const UNITS: &str = "units run again";
const TAKEN: &str = "finished ranges taken over by them";

#[test]
fn typed_code_has_next_to_no_boxed_operations() {
    let text = "def is_prime(p):\n    if p < 2:\n        return False\n    x = 2\n    while x * x <= p:\n        \
                if p % x == 0:\n            return False\n        x = x + 1\n    return True\n\
                print(len([x for x in range(50_000) if is_prime(x)]), sum(x * 0.5 for x in range(9)))\n";
    for flags in [["--workers", "1"], ["--workers", "4"]] {
        assert!(stat(text, "5133 18.0\n", &flags, BOXED) < 2.0);
    }
}

#[test]
fn boxed_code_has_many() {
    let text = "def f(t):\n    return t if isinstance(t, int) else f(t[0]) + f(t[1])\n\
                def tree(d):\n    return d if d == 0 else [tree(d - 1), 1, 'x']\n\
                print(f(tree(300)))\nd = {str(i): [i, str(i)] for i in range(2000)}\n\
                print(sum(len(k) + v[0] for k, v in d.items()))\n";
    assert!(stat(text, "300\n2005890\n", &["--workers", "1"], BOXED) > 40.0);
}

/// Of three million elements the last ten thousand meet an int that does not fit.
const LATE: &str = "def f(x):\n    y = x if x < 2_990_000 else x * 7_000_000_000_000_000 % 1_000_003\n    \
                    return y % 1009\nprint(sum(f(x) for x in range(3_000_000)))\n";

#[test]
fn a_late_overflow_costs_strips_and_no_unit() {
    for flags in [["--workers", "1"], ["--workers", "2"], ["--workers", "4"]] {
        assert!(stat(LATE, "1511889427\n", &flags, STRIPS) >= 1.0);
        assert!(stat(LATE, "1511889427\n", &flags, SHARE) < 5.0);
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
        assert!(stat(text, stdout, &flags, SHARE) < 5.0);
        assert!(stat(text, stdout, &flags, UNITS) <= 1.0);
        assert!(stat(text, stdout, &flags, TAKEN) >= 1.0);
    }
}
