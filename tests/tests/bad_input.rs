//! Bad input, through the binary: a clear message, the right exit status, in bounded time; never a crash.

use afar_tests::binary::afar;
use afar_tests::program::{Answer, Program, Scratch};
use std::io::Read;
use std::time::Duration;

/// For what must be answered at once. A machine under load is slower than one's own.
const SOON: Duration = Duration::from_secs(20);
const LATER: Duration = Duration::from_secs(90);

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

/// Answered, with this, or refused with a message.
#[track_caller]
fn answered_or_refused(text: &str, stdout: &str) {
    let answer = run(text, LATER);
    status(&answer, &[0, 1, 2]);
    if answer.status == Some(0) {
        assert_eq!(answer.stdout_text(), stdout);
    } else {
        assert!(answer.stderr_text().contains("bad.afr"), "{}", answer.stderr_tail(12));
        assert!(answer.stderr.len() < 20_000, "{} bytes of message", answer.stderr.len());
    }
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
    let text = format!("x = '{}'\nprint(len(x))\n", "a".repeat(10_000_000));
    answered_or_refused(&text, "10000000\n");
}

#[test]
fn a_comment_of_ten_megabytes() {
    answered_or_refused(&format!("# {}\nprint(1)\n", "a".repeat(10_000_000)), "1\n");
}

#[test]
fn a_mistake_in_a_line_of_ten_megabytes() {
    let text = format!("x = '{}' $ 1\n", "a".repeat(10_000_000));
    let answer = run(text, LATER);
    status(&answer, &[2]);
    assert!(answer.stderr.len() < 20_000, "{} bytes of message", answer.stderr.len());
}

#[test]
fn a_list_of_a_hundred_thousand_items() {
    let items: Vec<String> = (0..100_000).map(|i| i.to_string()).collect();
    answered_or_refused(&format!("x = [{}]\nprint(len(x), x[-1])\n", items.join(", ")), "100000 99999\n");
}

#[test]
fn ten_thousand_nested_parentheses() {
    answered_or_refused(&format!("print({}1{})\n", "(".repeat(10_000), ")".repeat(10_000)), "1\n");
}

#[test]
fn ten_thousand_nested_brackets() {
    let answer = run(format!("x = {}{}\n", "[".repeat(10_000), "]".repeat(10_000)), LATER);
    status(&answer, &[0, 2]);
}

#[test]
fn ten_thousand_open_parentheses() {
    let answer = run("(".repeat(10_000), LATER);
    status(&answer, &[2]);
    assert!(answer.stderr.len() < 20_000, "{} bytes of message", answer.stderr.len());
}

#[test]
fn ten_thousand_minus_signs() {
    answered_or_refused(&format!("print({}1)\n", "-".repeat(10_000)), "1\n");
}

#[test]
fn ten_thousand_times_not() {
    answered_or_refused(&format!("print({}1)\n", "not ".repeat(10_000)), "True\n");
}

#[test]
fn a_sum_of_a_hundred_thousand_terms() {
    answered_or_refused(&format!("print({})\n", vec!["1"; 100_000].join("+")), "100000\n");
}

#[test]
fn a_chain_of_ten_thousand_attributes_and_calls() {
    let answer = run(format!("x = 1\nprint(x{})\n", ".real".repeat(10_000)), LATER);
    status(&answer, &[0, 2]);
    let answer = run(format!("f = lambda: f\nprint(f{} is f)\n", "()".repeat(10_000)), LATER);
    status(&answer, &[0, 2]);
}

#[test]
fn a_thousand_branches_and_a_hundred_levels() {
    let branches: String = (0..1000).map(|i| format!("elif x == {i}:\n    y = {i}\n")).collect();
    answered_or_refused(&format!("x = 999\nif x < 0:\n    y = -1\n{branches}print(y)\n"), "999\n");
    let mut text = String::new();
    for level in 0..99 {
        text.push_str(&format!("{}if True:\n", " ".repeat(level)));
    }
    text.push_str(&format!("{}print('deep')\n", " ".repeat(99)));
    answered_or_refused(&text, "deep\n");
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
fn recursion_without_end_through_methods() {
    let text = "class A:\n    def __add__(self, o):\n        return self + o\nA() + 1\n";
    let answer = run(text, SOON);
    status(&answer, &[1]);
    assert!(answer.stderr_tail(1).starts_with("RecursionError"), "{}", answer.stderr_tail(3));
    let text = "class A:\n    def __repr__(self):\n        return repr(self)\nprint(A())\n";
    let answer = run(text, SOON);
    status(&answer, &[1]);
    assert!(answer.stderr_tail(1).starts_with("RecursionError"), "{}", answer.stderr_tail(3));
    let text = "def f(xs):\n    return sorted(xs, key=lambda x: f(xs))\nf([1, 2])\n";
    let answer = run(text, SOON);
    status(&answer, &[1]);
    assert!(answer.stderr_tail(1).starts_with("RecursionError"), "{}", answer.stderr_tail(3));
}

#[test]
fn recursion_without_end_in_generators_and_comprehensions() {
    let text = "def g(n):\n    yield from g(n + 1)\nprint(list(g(0)))\n";
    let answer = run(text, SOON);
    status(&answer, &[1]);
    assert!(answer.stderr_tail(1).starts_with("RecursionError"), "{}", answer.stderr_tail(3));
    let text = "def g(n):\n    return [x for x in g(n + 1)]\nprint(g(0))\n";
    let answer = run(text, SOON);
    status(&answer, &[1]);
    assert!(answer.stderr_tail(1).starts_with("RecursionError"), "{}", answer.stderr_tail(3));
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
    for text in [
        "x = 'ab' * 10**13\n",
        "x = b'a' * 10**13\n",
        "x = (0,) * 10**13\n",
        "x = 1 << 10**14\n",
        "x = list(range(10**13))\n",
        "x = 'a'.ljust(10**13)\n",
        "x = bytes(10**13)\n",
        "x = f'{1:{10**13}}'\n",
        "x = [i for i in range(10**13)]\n",
    ] {
        let answer = run(text, LATER);
        assert!(answer.status == Some(1), "{text}: {}\n{}", answer.status_text(), answer.stderr_tail(4));
        let last = answer.stderr_tail(1);
        let is_fit = last.starts_with("MemoryError") || last.starts_with("OverflowError") || last.starts_with("ValueError");
        assert!(is_fit, "{text}: {}", answer.stderr_tail(3));
    }
}

#[test]
fn a_memory_error_can_be_caught() {
    let text = "try:\n    x = [0] * 10**12\nexcept MemoryError:\n    print('caught')\nprint(sum([1] * 1000))\n";
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
    for args in [&["walk"][..], &["run"], &["run", "--never", "x.afr"], &["--workers", "x", "run", "y"], &["explain", "no/such"]] {
        let answer = Program::new(afar()).args(args).timeout(SOON).run();
        assert_eq!(answer.status, Some(2), "{args:?}: {}", answer.stderr_text());
        assert!(!answer.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn an_empty_file_and_a_file_of_blanks() {
    for text in ["", "\n\n", "   \n\t\n# nothing", "\u{feff}x = 1\n", "x = 1\r\nif x:\r\n    x = 2\r\n", "\x0c\nx = 1"] {
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
    stops_when_interrupted("def f(x):\n    while True:\n        x = x ^ 1\nprint([f(x) for x in range(8)])\n");
}

#[test]
fn interrupts_stop_calls_of_the_runtime() {
    stops_when_interrupted("x = 3 ** 200_000_000\nprint(x % 7)\n");
    stops_when_interrupted("x = 7 ** 60_000_000\ny = x * x\n");
    stops_when_interrupted("x = sorted([i * 7919 % 1_000_003 for i in range(40_000_000)])\n");
    stops_when_interrupted("while True:\n    x = ','.join([str(i) for i in range(1000)])\n");
}
