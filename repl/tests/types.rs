//! `afar check --types` and `--emit types`: what functions are specialised to, and why `any` remains.

mod support;

use support::Folder;

const SCRIPT: &str = "\
import sys
N = 1000
n = int(sys.argv[1]) if len(sys.argv) > 1 else 10
def is_even(k):
    return k % 2 == 0
def first(xs, default):
    return xs[0] if xs else default
def pick(flag):
    if flag:
        x = 1
    else:
        x = 'a'
    return x
class P:
    def __init__(self, v):
        self.v = v
    def twice(self):
        return self.v * 2
def adder(k):
    def add(x):
        return x + k + n
    return add
def numbers(k):
    yield k
evens = [k for k in range(N) if is_even(k)]
total = sum(evens)
print(first(evens, None), first([1.5], 2.0), pick(n > 3), adder(3)(4), P(2).twice(), list(numbers(2)))
";

#[test]
fn types_are_found_without_running() {
    let folder = Folder::new();
    folder.write("x.afr", SCRIPT);
    let got = folder.afar(&["check", "--types", "x.afr"], "");
    let expected = "\
x.afr:4: is_even(k: int) -> bool
x.afr:6: first(xs: list[int], default: None) -> any
    any: x.afr:7:12: `xs[0] if xs else default`: of several types, by the way that is taken
x.afr:6: first(xs: list[float], default: float) -> float
x.afr:8: pick(flag: bool) -> any
    any: x.afr:13:12: `x`: `x` is int on one way here and str on another
x.afr:15: P.__init__: no call here whose types are known before: specialised when it is called
x.afr:17: P.twice: no call here whose types are known before: specialised when it is called
x.afr:19: adder(k: int) -> function adder.<locals>.add
x.afr:20: adder.<locals>.add(x: int) -> int, captures k: int
x.afr:23: numbers: no call here whose types are known before: specialised when it is called
x.afr: names of the edge: n: int, evens: list[int], total: int
";
    assert_eq!((got.status, &*got.stdout, &*got.stderr), (0, expected, ""));
}

#[test]
fn types_of_a_run_are_those_that_came() {
    let folder = Folder::new();
    folder.write("x.afr", SCRIPT);
    let got = folder.afar(&["run", "--emit", "types", "x.afr"], "");
    assert_eq!((got.status, &*got.stdout), (0, "0 1.5 1 17 4 [2]\n"));
    for part in [
        "x.afr:17: P.twice(self: any) -> any\n    any: x.afr:18:16: `self`: `self` is given as what may be of any type\n",
        "x.afr:23: numbers(k: any) -> generator\n    any: a generator keeps all its values boxed between two items\n",
    ] {
        assert!(got.stderr.contains(part), "{}", got.stderr);
    }
}

#[test]
fn types_as_json_are_lines() {
    let folder = Folder::new();
    folder.write("x.afr", "def f(x):\n    return {x: x}\nprint(f(3))\n");
    let got = folder.afar(&["check", "--types", "--json", "x.afr"], "");
    let expected = "{\"file\":\"x.afr\",\"line\":1,\"function\":\"f\",\"params\":{\"x\":\"int\"},\"captures\":{},\"returns\":\"any\",\
                    \"generator\":false,\"any\":[{\"line\":2,\"column\":12,\"why\":\"a dict: its entries may be of any type\"}]}\n";
    assert_eq!((got.status, &*got.stdout, &*got.stderr), (0, expected, ""));
}

#[test]
fn a_script_that_is_wrong_has_no_types() {
    let folder = Folder::new();
    folder.write("x.afr", "x += 1\n");
    let got = folder.afar(&["check", "--types", "x.afr"], "");
    assert_eq!((got.status, &*got.stdout), (2, ""));
    folder.write("x.afr", "def f(x=1 // 0): return x\n");
    let got = folder.afar(&["check", "--types", "x.afr"], "");
    assert_eq!((got.status, &*got.stdout), (1, ""));
    assert!(
        got.stderr.ends_with("ZeroDivisionError: integer division or modulo by zero\n"),
        "{}",
        got.stderr
    );
}
