//! Bad input, through the binary: a clear message, the right exit status, in bounded time; never a crash.
//!
//! A case of `tests/tests/bad_input_failures.txt` fails today; one that passes must leave the list.

use afar_tests::binary::afar;
use afar_tests::listing::names;
use afar_tests::program::{Answer, Program, Scratch};
use afar_tests::root;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

/// For what must be answered at once. A machine under load is slower than one's own.
const SOON: Duration = Duration::from_secs(20);
const LATER: Duration = Duration::from_secs(40);

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
    let command = format!("ulimit -v {ADDRESS_SPACE_KIB}; exec \"$0\" run --memory 1GB bad.afr");
    let shell = Program::new(Path::new("sh")).args(&["-c", &command, &afar().to_string_lossy()]);
    shell.folder(folder.path()).timeout(LATER).run()
}

/// What is wrong, unless the list of failures says so.
fn settle(name: &str, outcome: Result<(), String>) -> Option<String> {
    let is_known = names(&root().join("tests/tests/bad_input_failures.txt")).contains(name);
    match outcome {
        // Some of these fail by their time alone, and pass on a quick machine.
        Ok(()) => None,
        Err(why) => (!is_known).then(|| format!("{name}: {why}")),
    }
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
    settle(
        name,
        match answer.status {
            Some(0) if answer.stdout_text() == stdout => Ok(()),
            Some(1 | 2) if is_said => Ok(()),
            _ => {
                Err(format!("{}: {}\n{}", answer.status_text(), answer.stdout_text(), answer.stderr_tail(6)))
            }
        },
    )
}

/// Ends with an exception of one of these classes.
fn raises_one_of(name: &str, text: &str, classes: &[&str]) -> Option<String> {
    let answer = run_bounded(text);
    let last = answer.stderr_tail(1);
    let is_right = answer.status == Some(1) && classes.iter().any(|class| last.starts_with(class));
    let why = format!("{text}{}\n{}", answer.status_text(), answer.stderr_tail(4));
    settle(name, if is_right { Ok(()) } else { Err(why) })
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
        ("text that doubles", "x = 'a'\nwhile True:\n    x = x + x\n"),
        ("list that doubles", "x = [0]\nwhile True:\n    x = x + x\n"),
        ("list that grows", "x = []\nwhile True:\n    x = x + ['abc']\n"),
    ] {
        found.extend(raises_one_of(name, text, &["MemoryError", "OverflowError", "ValueError"]));
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

#[test]
fn a_power_of_a_power() {
    let folder = Scratch::new();
    folder.write("bad.afr", "print(0)\nx = 10**10**10\nprint(1)\n");
    let program = Program::new(afar()).args(&["run", "bad.afr"]).folder(folder.path()).timeout(SOON);
    let answer = program.interrupt_after(Duration::from_millis(1500)).run();
    status(&answer, &[1, 130]);
    assert_eq!(answer.stdout_text(), "0\n");
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
    let folder = Scratch::new();
    folder.write("bad.afr", text);
    let program = Program::new(afar()).args(&["run", "bad.afr"]).folder(folder.path()).timeout(SOON);
    let answer = program.interrupt_after(Duration::from_millis(700)).run();
    assert_eq!(answer.status, Some(130), "{text}: {}\n{}", answer.status_text(), answer.stderr_tail(6));
    // Under load a tenth of a second is too little to ask.
    assert!(answer.took < Duration::from_secs(3), "{text}: {:?}", answer.took);
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
