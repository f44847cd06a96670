//! Bad input, through the binary: a clear message, the right exit status, in bounded time; never a crash.
//! How long anything takes is judged nowhere: a limit on time is there for what hangs.

use afar_tests::binary::afar;
use afar_tests::program::{Answer, Program, Scratch};
use std::io::Read;
use std::path::Path;
use std::time::Duration;

/// After this a program hangs. A machine under load is slower than one's own.
const SOON: Duration = Duration::from_secs(180);

/// The memory that is left to programs that would take all: what is done to fill it is soon done.
const MEMORY: &str = "100MB";

/// What a program of this suite may map, so that one that fails does not take the machine with it.
const ADDRESS_SPACE_KIB: u64 = 6 << 20;

fn run(text: impl AsRef<[u8]>, timeout: Duration) -> Answer {
    let folder = Scratch::new();
    folder.write("bad.afr", text);
    Program::new(afar()).args(&["run", "bad.afr"]).folder(folder.path()).timeout(timeout).run()
}

#[track_caller]
fn status(answer: &Answer, expected: &[i32]) {
    let is_right = answer.status.is_some_and(|status| expected.contains(&status));
    assert!(is_right, "{}, expected {expected:?}\n{}", answer.status_text(), answer.stderr_tail(12));
    let said = answer.stderr_text();
    assert!(!said.contains("panicked") && !said.contains("internal error"), "{said}");
}

#[track_caller]
fn refused(text: impl AsRef<[u8]>, place: &str, said: &str) {
    let answer = run(text, SOON);
    status(&answer, &[2]);
    assert_eq!(answer.stdout_text(), "");
    let stderr = answer.stderr_text();
    assert!(stderr.contains(place), "no `{place}` in\n{}", answer.stderr_tail(12));
    assert!(stderr.contains(said), "no `{said}` in\n{}", answer.stderr_tail(12));
    assert!(stderr.len() < 20_000, "{} bytes of message", stderr.len());
}

#[track_caller]
fn raises(text: &str, stdout: &str, last: &str) {
    let answer = run(text, SOON);
    status(&answer, &[1]);
    assert_eq!(answer.stdout_text(), stdout);
    assert_eq!(answer.stderr_tail(1), last);
}

/// Run with a bound on the memory that it may map.
fn run_bounded(text: &str) -> Answer {
    let folder = Scratch::new();
    folder.write("bad.afr", text);
    let command = format!("ulimit -v {ADDRESS_SPACE_KIB}; exec \"$0\" run --memory {MEMORY} bad.afr");
    let shell = Program::new(Path::new("sh")).args(&["-c", &command, &afar().to_string_lossy()]);
    shell.folder(folder.path()).timeout(SOON).run()
}

#[track_caller]
fn none(found: &[String]) {
    assert!(found.is_empty(), "{}", found.join("\n\n"));
}

/// Answered, with this, or refused with a message that is not long.
fn answered_or_refused(name: &str, text: &str, stdout: &str) -> Option<String> {
    let answer = run_bounded(text);
    let said = answer.stderr_text();
    let is_said = said.contains("bad.afr") && said.len() < 20_000 && !said.contains("panicked");
    match answer.status {
        Some(0) if answer.stdout_text() == stdout => None,
        Some(1 | 2) if is_said => None,
        _ => Some(format!(
            "{name}: {}: {}\n{}",
            answer.status_text(),
            answer.stdout_text(),
            answer.stderr_tail(6)
        )),
    }
}

/// Ends with an exception of one of these classes.
fn raises_one_of(name: &str, text: &str, classes: &[&str]) -> Option<String> {
    let answer = run_bounded(text);
    let last = answer.stderr_tail(1);
    let is_right = answer.status == Some(1) && classes.iter().any(|class| last.starts_with(class));
    let why = || format!("{name}: {text}{}\n{}", answer.status_text(), answer.stderr_tail(4));
    (!is_right).then(why)
}

#[test]
fn an_interrupt_that_the_program_raises() {
    let answer = run("raise KeyboardInterrupt\n", SOON);
    status(&answer, &[130]);
}

#[test]
fn an_unclosed_bracket_at_the_end() {
    refused("x = [1, 2\nprint(x", "bad.afr:2", "never closed");
    refused("x = [1, 2\n", "bad.afr:1", "`[` was never closed");
}

#[test]
fn tabs_mixed_with_spaces() {
    refused("if True:\n        x = 1\n\ty = 2\n", "bad.afr:3", "tabs");
}

#[test]
fn text_that_is_not_utf8() {
    refused(b"x = 1\ny = '\xff\xfe'\n", "bad.afr:2", "UTF-8");
}

#[test]
fn a_byte_of_zero() {
    refused("x = 1\ny = \0 2\n", "bad.afr:2", "");
}

#[test]
fn a_line_of_ten_megabytes() {
    let mut found = Vec::new();
    let text = format!("x = '{}'\nprint(len(x))\n", "a".repeat(10_000_000));
    found.extend(answered_or_refused("long line", &text, "10000000\n"));
    let text = format!("# {}\nprint(1)\n", "a".repeat(10_000_000));
    found.extend(answered_or_refused("long comment", &text, "1\n"));
    let text = format!("x = '{}' $ 1\n", "a".repeat(10_000_000));
    found.extend(answered_or_refused("mistake in a long line", &text, ""));
    none(&found);
}

fn list_of(n_items: usize) -> String {
    let items: Vec<String> = (0..n_items).map(|i| i.to_string()).collect();
    format!("x = [{}]\nprint(len(x), x[-1])\n", items.join(", "))
}

#[test]
fn a_list_of_many_items() {
    let mut found = Vec::new();
    found.extend(answered_or_refused("list of 1,000", &list_of(1_000), "1000 999\n"));
    found.extend(answered_or_refused("list of 100,000", &list_of(100_000), "100000 99999\n"));
    none(&found);
}

#[test]
fn nested_parentheses() {
    let mut found = Vec::new();
    let nested = |n: usize| format!("print({}1{})\n", "(".repeat(n), ")".repeat(n));
    found.extend(answered_or_refused("100 parentheses", &nested(100), "1\n"));
    found.extend(answered_or_refused("10,000 parentheses", &nested(10_000), "1\n"));
    found.extend(answered_or_refused("10,000 open parentheses", &"(".repeat(10_000), ""));
    none(&found);
}

#[test]
fn nested_lists() {
    let mut found = Vec::new();
    let nested = |n: usize| format!("x = {}{}\nprint(len(x))\n", "[".repeat(n), "]".repeat(n));
    found.extend(answered_or_refused("100 brackets", &nested(100), "1\n"));
    found.extend(answered_or_refused("10,000 brackets", &nested(10_000), "1\n"));
    none(&found);
}

#[test]
fn minus_signs() {
    let mut found = Vec::new();
    let negated = |n: usize| format!("print({}1)\n", "-".repeat(n));
    found.extend(answered_or_refused("100 minus signs", &negated(100), "1\n"));
    found.extend(answered_or_refused("10,000 minus signs", &negated(10_000), "1\n"));
    let text = format!("print({}1)\n", "not ".repeat(10_000));
    found.extend(answered_or_refused("10,000 times not", &text, "True\n"));
    none(&found);
}

#[test]
fn a_sum_of_many_terms() {
    let mut found = Vec::new();
    let sum = |n: usize| format!("print({})\n", vec!["1"; n].join("+"));
    found.extend(answered_or_refused("500 terms", &sum(500), "500\n"));
    found.extend(answered_or_refused("100,000 terms", &sum(100_000), "100000\n"));
    none(&found);
}

#[test]
fn chains_of_attributes_and_calls() {
    let mut found = Vec::new();
    let text = format!("x = 1\nprint(x{})\n", ".real".repeat(10_000));
    found.extend(answered_or_refused("10,000 attributes", &text, "1\n"));
    let text = format!("f = lambda: f\nprint(f{} is f)\n", "()".repeat(10_000));
    found.extend(answered_or_refused("10,000 calls", &text, "True\n"));
    none(&found);
}

#[test]
fn many_branches_and_levels() {
    let mut found = Vec::new();
    let branches: String = (0..1000).map(|i| format!("elif x == {i}:\n    y = {i}\n")).collect();
    let text = format!("x = 999\nif x < 0:\n    y = -1\n{branches}print(y)\n");
    found.extend(answered_or_refused("1,000 branches", &text, "999\n"));
    let mut text = String::new();
    for level in 0..99 {
        text.push_str(&format!("{}if True:\n", " ".repeat(level)));
    }
    text.push_str(&format!("{}print('deep')\n", " ".repeat(99)));
    found.extend(answered_or_refused("99 levels", &text, "deep\n"));
    none(&found);
}

#[test]
fn recursion_without_end() {
    raises(
        "def f(n):\n    return f(n + 1) + 1\nprint(0)\nprint(f(0))\n",
        "0\n",
        "RecursionError: maximum recursion depth exceeded",
    );
}

#[test]
fn recursion_without_end_in_other_ways() {
    let mut found = Vec::new();
    for (name, text) in [
        (
            "recursion through __add__",
            "class A:\n    def __add__(self, o):\n        return self + o\nA() + 1\n",
        ),
        (
            "recursion through __repr__",
            "class A:\n    def __repr__(self):\n        return repr(self)\nprint(A())\n",
        ),
        ("recursion through a key", "def f(xs):\n    return sorted(xs, key=lambda x: f(xs))\nf([1, 2])\n"),
        ("recursion through map", "def f(n):\n    return list(map(f, [n + 1]))\nf(0)\n"),
        ("recursion through a comprehension", "def g(n):\n    return [x for x in g(n + 1)]\nprint(g(0))\n"),
        ("recursion through a sum", "def g(n):\n    return sum(g(n + i) for i in range(2))\nprint(g(0))\n"),
        ("recursion through yield from", "def g(n):\n    yield from g(n + 1)\nprint(list(g(0)))\n"),
        (
            "recursion through a loop over itself",
            "def g(n):\n    for x in g(n + 1):\n        yield x\nprint(list(g(0)))\n",
        ),
        (
            "recursion through __getattr__",
            "class A:\n    def __getattr__(self, n):\n        return getattr(self, n)\nA().y\n",
        ),
    ] {
        found.extend(raises_one_of(name, text, &["RecursionError"]));
    }
    none(&found);
}

#[test]
fn a_list_larger_than_any_memory() {
    let answer = run("print(0)\nx = [0] * 10**12\n", SOON);
    status(&answer, &[1]);
    assert_eq!(answer.stdout_text(), "0\n");
    let last = answer.stderr_tail(1);
    assert!(last.starts_with("MemoryError"), "{}", answer.stderr_tail(3));
    assert!(last.contains("limit"), "no limit is named: {last}");
}

#[test]
fn values_larger_than_any_memory() {
    let mut found = Vec::new();
    for (name, text) in [
        ("big text", "x = 'ab' * 10**13\n"),
        ("big bytes", "x = b'a' * 10**13\n"),
        ("big tuple", "x = (0,) * 10**13\n"),
        ("big shift", "x = 1 << 10**14\n"),
        ("big list of a range", "x = list(range(10**13))\n"),
        ("big padding", "x = 'a'.ljust(10**13)\n"),
        ("big zeros", "x = bytes(10**13)\n"),
        ("big width", "x = f'{1:{10**13}}'\n"),
        ("big comprehension", "x = [i for i in range(10**13)]\n"),
    ] {
        found.extend(raises_one_of(name, text, &["MemoryError", "OverflowError", "ValueError"]));
    }
    none(&found);
}

#[test]
fn values_that_grow_until_the_memory_is_full() {
    let mut found = Vec::new();
    for (name, text) in [
        ("text that doubles", "x = 'a'\nwhile True:\n    x = x + x\n"),
        ("bytes that double", "x = b'a'\nwhile True:\n    x = x + x\n"),
        ("list that doubles", "x = [0]\nwhile True:\n    x = x + x\n"),
        ("boxed list that doubles", "x = ['a']\nwhile True:\n    x = x + x\n"),
        ("tuple that doubles", "x = (0,)\nwhile True:\n    x = x + x\n"),
        ("list that grows", "x = []\nwhile True:\n    x = x + ['abc']\n"),
        (
            "list that grows in a function",
            "def f(x, n):\n    while True:\n        n = n + 1\n        x = x + [str(n)]\nf([], 0)\n",
        ),
        ("dict that grows", "x = {i: str(i) for i in range(10**12)}\n"),
        ("set that grows", "x = {str(i) for i in range(10**12)}\n"),
        ("texts in a comprehension", "x = [str(i) for i in range(10**12)]\n"),
        ("tuples in tuples", "x = None\nwhile True:\n    x = (x, 1)\n"),
        (
            "instances in instances",
            "class A:\n    def __init__(self, n):\n        self.n = n\nx = None\nwhile True:\n    x = A(x)\n",
        ),
        ("slices", "x = [0] * 1_000_000\ny = [x[1:] for i in range(10**9)]\n"),
        ("a generator without end", "def g():\n    while True:\n        yield 'abc'\nx = list(g())\n"),
        ("joined text without end", "def g():\n    while True:\n        yield 'abc'\nx = ','.join(g())\n"),
    ] {
        let answer = run_bounded(text);
        let last = answer.stderr_tail(1);
        let is_right =
            answer.status == Some(1) && last.starts_with("MemoryError") && last.contains("limit is");
        let why = || format!("{name}: {text}{}\n{}", answer.status_text(), answer.stderr_tail(4));
        found.extend((!is_right).then(why));
    }
    none(&found);
}

#[test]
fn what_grew_is_there_when_the_memory_error_is_caught() {
    let text = "def f():\n    x = []\n    n = 0\n    try:\n        while True:\n            n = n + 1\n            x = x + [str(n)]\n    except MemoryError:\n        return len(x) >= n - 1 > 1000\nprint(f())\nprint(f())\n";
    let answer = run_bounded(text);
    status(&answer, &[0]);
    assert_eq!(answer.stdout_text(), "True\nTrue\n");
}

#[test]
fn long_statements_and_functions() {
    let mut found = Vec::new();
    let join =
        |n: usize, by: &str, item: &dyn Fn(usize) -> String| (0..n).map(item).collect::<Vec<_>>().join(by);
    let terms = join(100_000, "+", &|_| "x".to_owned());
    let list = join(100_000, ", ", &|i| format!("x + {i}"));
    let entries = join(20_000, ", ", &|i| format!("'k{i}': x"));
    let lines = join(20_000, "\n", &|i| format!("a{i} = x + {i}"));
    let body = join(5_000, "\n", &|i| format!("    s{i} = str(x)\n    x = x + 1 if x > {i} else x"));
    let cases = join(3_000, "\n", &|i| format!("        case {i}:\n            return {i}"));
    let elifs = join(10_000, "\n", &|i| format!("elif x == {i}:\n    y = {i}"));
    let texts = join(10_000, " + ", &|_| "f'{x}-'".to_owned());
    for (name, text, stdout) in [
        ("100,000 names", format!("x = 1\nprint({terms})\n"), "100000\n"),
        (
            "100,000 names in a function",
            format!("def f(x):\n    return {terms}\nprint(f(1), f(1.0))\n"),
            "100000 100000.0\n",
        ),
        ("list of 100,000 sums", format!("x = 1\ny = [{list}]\nprint(len(y), y[-1])\n"), "100000 100000\n"),
        ("dict of 20,000 names", format!("x = 1\ny = {{{entries}}}\nprint(len(y))\n"), "20000\n"),
        ("20,000 lines", format!("x = 0\n{lines}\nprint(a19999)\n"), "19999\n"),
        (
            "function of 10,000 lines",
            format!("def f(x):\n{body}\n    return x\nprint(f(1), f(0))\n"),
            "5001 0\n",
        ),
        (
            "match of 3,000 cases",
            format!("def f(x):\n    match x:\n{cases}\nprint(f(2999), f(-1))\n"),
            "2999 None\n",
        ),
        ("10,000 branches", format!("x = 9999\nif x < 0:\n    y = -1\n{elifs}\nprint(y)\n"), "9999\n"),
        ("10,000 f-strings", format!("x = 1\ny = {texts}\nprint(len(y))\n"), "20000\n"),
    ] {
        let answer = run(&text, SOON);
        if answer.status != Some(0) || answer.stdout_text() != stdout {
            found.push(format!(
                "{name}: {}: {}{}",
                answer.status_text(),
                answer.stdout_text(),
                answer.stderr_tail(4)
            ));
        }
    }
    none(&found);
}

#[test]
fn a_memory_error_can_be_caught() {
    let text =
        "try:\n    x = [0] * 10**12\nexcept MemoryError:\n    print('caught')\nprint(sum([1] * 1000))\n";
    let answer = run(text, SOON);
    status(&answer, &[0]);
    assert_eq!(answer.stdout_text(), "caught\n1000\n");
}

/// Runs a program that says on stderr when it starts, and interrupts it then.
fn run_interrupted(text: &str) -> Answer {
    let folder = Scratch::new();
    folder.write("bad.afr", format!("import sys\nprint('started', file=sys.stderr)\n{text}"));
    let program = Program::new(afar()).args(&["run", "bad.afr"]).folder(folder.path()).timeout(SOON);
    program.interrupt().run()
}

#[test]
fn a_power_of_a_power() {
    let answer = run_interrupted("x = 10**10**10\nprint(1)\n");
    status(&answer, &[1, 130]);
    assert_eq!(answer.stdout_text(), "");
    if answer.status == Some(1) {
        assert!(answer.stderr_tail(1).starts_with("MemoryError"), "{}", answer.stderr_tail(3));
    }
}

#[test]
fn division_by_zero() {
    raises("x = 1\nprint(x)\nx // 0\n", "1\n", "ZeroDivisionError: integer division or modulo by zero");
}

#[test]
fn a_file_that_is_not_there() {
    let answer = Program::new(afar()).args(&["run", "not_there.afr"]).timeout(SOON).run();
    status(&answer, &[2]);
    assert!(answer.stderr_text().contains("not_there.afr"), "{}", answer.stderr_text());
}

#[test]
fn a_folder_for_a_file() {
    let folder = Scratch::new();
    let path = folder.path().to_string_lossy().into_owned();
    let answer = Program::new(afar()).args(&["run", &path]).timeout(SOON).run();
    status(&answer, &[2]);
    assert!(answer.stderr_text().contains("directory"), "{}", answer.stderr_text());
}

#[test]
fn an_unknown_command_and_an_unknown_flag() {
    for args in [
        &["walk"][..],
        &["run"],
        &["run", "--never", "x.afr"],
        &["--workers", "x", "run", "y"],
        &["explain", "no/such"],
    ] {
        let answer = Program::new(afar()).args(args).timeout(SOON).run();
        assert_eq!(answer.status, Some(2), "{args:?}: {}", answer.stderr_text());
        assert!(!answer.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn an_empty_file_and_a_file_of_blanks() {
    for text in [
        "",
        "\n\n",
        "   \n\t\n# nothing",
        "\u{feff}x = 1\n",
        "x = 1\r\nif x:\r\n    x = 2\r\n",
        "\x0c\nx = 1",
    ] {
        status(&run(text, SOON), &[0]);
    }
}

#[test]
fn a_closed_stdout() {
    let folder = Scratch::new();
    folder.write("many.afr", "for i in range(1_000_000):\n    print(i)\n");
    let program = Program::new(afar()).args(&["run", "many.afr"]).folder(folder.path());
    let mut child = program.command().spawn().expect("the binary is there");
    let mut first = [0; 6];
    let mut stdout = child.stdout.take().expect("a pipe");
    stdout.read_exact(&mut first).expect("something is printed");
    drop(stdout);
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(&first, b"0\n1\n2\n");
    assert!(!said.contains("panicked"), "{said}");
    assert!(said.lines().count() <= 1, "{said}");
}

#[track_caller]
fn stops_when_interrupted(text: &str) {
    let answer = run_interrupted(text);
    assert_eq!(answer.status, Some(130), "{text}: {}\n{}", answer.status_text(), answer.stderr_tail(6));
    assert!(!answer.stderr_text().contains("panicked"), "{}", answer.stderr_text());
}

#[test]
fn interrupts_stop_loops() {
    stops_when_interrupted("while True: pass\n");
    stops_when_interrupted("x = 0\nwhile True:\n    x = x + 1\n");
    stops_when_interrupted("def f():\n    while True:\n        pass\nf()\n");
    stops_when_interrupted("def f(n):\n    return n if n < 2 else f(n - 1) + f(n - 2)\nprint(f(70))\n");
}

#[test]
fn interrupts_stop_parallel_work() {
    stops_when_interrupted("print(sum(x * x % 7 for x in range(10**13)))\n");
    stops_when_interrupted(
        "def f(x):\n    while True:\n        x = x ^ 1\nprint([f(x) for x in range(8)])\n",
    );
}

#[test]
fn interrupts_stop_calls_of_the_runtime() {
    stops_when_interrupted("x = 3 ** 200_000_000\nprint(x % 7)\n");
    stops_when_interrupted("x = 7 ** 60_000_000\ny = x * x\n");
    stops_when_interrupted("x = sorted([i * 7919 % 1_000_003 for i in range(40_000_000)])\n");
    stops_when_interrupted("while True:\n    x = ','.join([str(i) for i in range(1000)])\n");
}
