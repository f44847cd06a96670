//! Blocks on nodes that are processes: the same as here, whatever is in them, and whichever of the nodes are killed.

use afar_tests::binary::afar;
use afar_tests::case::{Case, Mode, parse};
use afar_tests::cluster::{CALL_RAISES, CALLS, Engine, Kind, RAISES, RANGES, afar_in, find, signal, start};
use afar_tests::listing::{difference, files};
use afar_tests::program::{Answer, Program, Scratch};
use afar_tests::{jobs, root};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The whole case as the body of one block; `None` where it would not be one.
fn in_a_block(case: &Case) -> Option<String> {
    let is_apart = ["remotely", "sys.", "#= ", "\\\n", "\"\"\"", "'''"].iter().any(|w| case.text.contains(w));
    if case.mode == Mode::Check || is_apart {
        return None;
    }
    let lines = case.text.lines().filter(|l| !l.starts_with('#'));
    let body: String =
        lines.map(|l| if l.trim().is_empty() { "\n".to_owned() } else { format!("    {l}\n") }).collect();
    Some(format!("remotely <\n{body}    pass\n>\n"))
}

fn run(text: &str, flags: &[&str]) -> Answer {
    let folder = Scratch::new();
    folder.write("case.afr", text);
    Program::new(afar()).args(&["run"]).args(flags).args(&["case.afr"]).folder(folder.path()).run()
}

/// What is said where something in a block can neither be sent nor be done without.
fn is_refused_for_its_state(answer: &Answer) -> bool {
    let text = answer.stderr_text();
    answer.status == Some(2)
        && (text.contains("cannot leave the process") || text.contains("cannot leave the edge"))
}

fn compare(case: &Case) -> Result<(), String> {
    let Some(text) = in_a_block(case) else { return Ok(()) };
    let (here, there) = (run(&text, &[]), run(&text, &["--engine", "processes", "--nodes", "1"]));
    if is_refused_for_its_state(&there) {
        return Ok(());
    }
    let same = (here.status, &here.stdout, &here.stderr) == (there.status, &there.stdout, &there.stderr);
    if same {
        return Ok(());
    }
    let why = difference(&here.stdout_text(), &there.stdout_text());
    Err(format!(
        "{}: {} and {}{why}\n{}",
        case.full_name(),
        here.status_text(),
        there.status_text(),
        there.stderr_tail(8)
    ))
}

#[test]
fn every_language_case_is_the_same_in_a_block_on_a_node() {
    let folder = root().join("tests/lang");
    let cases: Vec<Case> = files(&folder, ".afr").iter().flat_map(|path| parse(&folder, path)).collect();
    let n_blocks = cases.iter().filter(|case| in_a_block(case).is_some()).count();
    let failures: Vec<String> = jobs::map(&cases, compare).into_iter().filter_map(Result::err).collect();
    println!("{n_blocks} cases in blocks");
    assert!(n_blocks > 500 && failures.is_empty(), "{}", failures.join("\n---- "));
}

const LONG: &str = "\
from dataclasses import dataclass
from enum import Enum

@dataclass(frozen=True)
class Point:
    x: int
    y: float

class Color(Enum):
    RED = 1
    BLUE = 2

def slow(n):
    t = 0
    for i in range(n):
        t = (t * 31 + i) % 1000003
    return t

remotely.remote_all() <
    numbers = [slow(400000 + i) for i in range(20)]
    print('numbers', len(numbers))
    points = [Point(i, i / 2) for i in range(1000)]
    class Local:
        def __init__(self, v):
            self.v = v
    locals_ = [Local(i) for i in range(10)]
>
remotely.remote_all('total') <
    total = sum(numbers)
>
calls = remotely.map(slow, [600000 + i for i in range(20)])
remotely <
    more = total + sum(p.x for p in points)
    same = all(isinstance(each, Local) for each in locals_)
    print('more', more, same)
    colors = {Color.RED: 1, Color.BLUE: 2}
>
print(sum(remotely.gather(calls)), more, colors[Color.RED])
print(numbers.result()[:3], points.result()[-1], isinstance(locals_.result()[0], Local.result()))
";

fn children(of: u32) -> Vec<u32> {
    let path = format!("/proc/{of}/task");
    let tasks = std::fs::read_dir(path).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|t| std::fs::read_to_string(t.path().join("children")).ok());
    lists.flat_map(|l| l.split_whitespace().filter_map(|n| n.parse().ok()).collect::<Vec<_>>()).collect()
}

/// Runs a script on nodes, and kills one of them after each of these times; what it printed, and how many were killed.
fn run_and_kill(path: &Path, after_ms: &[u64]) -> (Answer, usize) {
    let began = Instant::now();
    let child = Command::new(afar())
        .args(["run", "--engine", "processes", "--nodes", "2"])
        .arg(path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("afar starts");
    let mut n_killed = 0;
    for (at, ms) in after_ms.iter().enumerate() {
        std::thread::sleep(Duration::from_millis(*ms).saturating_sub(began.elapsed()));
        let nodes = children(child.id());
        if let Some(node) = nodes.get(at % nodes.len().max(1)) {
            let killed = Command::new("kill").args(["-9", &node.to_string()]).status();
            n_killed += usize::from(killed.is_ok_and(|s| s.success()));
        }
    }
    let out = child.wait_with_output().expect("afar ends");
    let (stdout, stderr) = (out.stdout, out.stderr);
    (Answer { status: out.status.code(), stdout, stderr, took: began.elapsed(), is_late: false }, n_killed)
}

#[test]
fn whichever_node_is_killed_the_answer_is_the_same() {
    let folder = Scratch::new();
    folder.write("long.afr", LONG);
    let expected = run(LONG, &[]);
    assert_eq!(expected.status, Some(0), "{}", expected.stderr_text());
    let mut n_killed = 0;
    for round in 0..12u64 {
        let after = [60 + 70 * round, 160 + 110 * round];
        let (answer, n) =
            run_and_kill(&folder.path().join("long.afr"), &after[..1 + usize::from(round % 3 > 0)]);
        n_killed += n;
        assert_eq!(answer.status, Some(0), "{after:?}: {}", answer.stderr_text());
        assert_eq!(answer.stdout_text(), expected.stdout_text(), "{after:?}");
    }
    println!("{n_killed} nodes were killed");
    assert!(n_killed > 0, "no run was long enough for a kill");
}

#[test]
fn ranges_and_calls_that_nodes_share_come_to_the_same() {
    for text in [RANGES, RAISES, CALLS, CALL_RAISES] {
        let (here, there) = (run(text, &[]), run(text, &["--nodes", "2"]));
        assert_eq!(there.stdout_text(), here.stdout_text(), "{}", there.stderr_text());
        assert_eq!((there.stderr_text(), there.status), (here.stderr_text(), here.status));
    }
}

#[test]
fn whichever_node_is_killed_while_it_has_a_slice_or_a_call_the_answer_is_the_same() {
    let folder = Scratch::new();
    let all = [("ranges.afr", RANGES, run(RANGES, &[])), ("calls.afr", CALLS, run(CALLS, &[]))];
    let mut n_killed = 0;
    for round in 0..10u64 {
        let (name, text, expected) = &all[usize::from(round % 2 > 0)];
        folder.write(name, text);
        let after = [250 + 220 * round, 400 + 350 * round];
        let (answer, n) = run_and_kill(&folder.path().join(name), &after[..1 + usize::from(round % 4 > 1)]);
        n_killed += n;
        assert_eq!(answer.stdout_text(), expected.stdout_text(), "{after:?}: {}", answer.stderr_text());
        assert_eq!(answer.status, Some(0), "{after:?}: {}", answer.stderr_text());
    }
    println!("{n_killed} nodes were killed");
    assert!(n_killed > 0, "no run was long enough for a kill");
}

/// A counter of `--stats=json`.
fn counter(stats: &str, name: &str) -> u64 {
    let behind = stats.split(&format!("\"{name}\":")).nth(1).unwrap_or_default();
    behind.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0)
}

#[test]
fn nodes_share_ranges_and_what_is_large_is_sent_once() {
    let answer = run(RANGES, &["--nodes", "2", "--stats=json"]);
    assert!(counter(&answer.stderr_text(), "slices") > 4, "{}", answer.stderr_text());
    let blocks = |n: usize| {
        let block = "remotely <\n    s = sum(xs) + len(text) + len(d) + len(rows)\n>\nprint(s)\n";
        let made = "xs = [i * i for i in range(100000)]\ntext = 'word ' * 20000\n";
        let more = "d = {i: str(i) for i in range(5000)}\nrows = [(i, i / 2) for i in range(5000)]\n";
        run(&format!("{made}{more}{}", block.repeat(n)), &["--nodes", "2", "--stats=json"])
    };
    let (once, twice) = (blocks(1), blocks(2));
    assert_eq!(once.stdout_text().repeat(2), twice.stdout_text(), "{}", twice.stderr_text());
    let sent = [&once, &twice].map(|a| counter(&a.stderr_text(), "sent_bytes"));
    assert!(sent[0] > 900_000 && sent[1] - sent[0] < 1000, "{sent:?}");
}

/// As [`counter`], with what stands behind the point.
fn seconds(stats: &str, name: &str) -> f64 {
    let behind = stats.split(&format!("\"{name}\":")).nth(1).unwrap_or_default();
    let number: String = behind.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    number.parse().unwrap_or(0.0)
}

/// Nothing but a recursion, of some seconds.
const RECURSION: &str = "\
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

remotely <
    print(fib(43))
>
";

#[test]
fn a_recursion_runs_on_both_nodes() {
    let answer = run(RECURSION, &["--nodes", "2", "--workers", "2", "--stats=json"]);
    assert_eq!(answer.stdout_text(), "433494437\n", "{}", answer.stderr_text());
    let stats = answer.stderr_text();
    // What the second node has computed for the first, which has computed for no longer than all of it took.
    let (there, here) = (seconds(&stats, "calls_there_s"), seconds(&stats, "wall_s"));
    assert!(counter(&stats, "calls_there") > 0 && there / (there + here) > 0.3, "{stats}");
}

/// All of its cost lies in the last hundredth of its elements.
const UNEVEN: &str = "\
def cost(n):
    t = 0
    for i in range(300000 if n >= 198000 else 3):
        t = (t * 31 + i) % 1000003
    return t

remotely <
    total = sum(cost(n) for n in range(200000))
>
print(total)
";

#[test]
fn a_range_is_shared_to_its_end_also_where_its_cost_is_there() {
    let (here, there) = (run(UNEVEN, &[]), run(UNEVEN, &["--nodes", "2", "--stats=json"]));
    assert_eq!(here.stdout_text(), there.stdout_text(), "{}", there.stderr_text());
    // It takes seconds, and a slice never much longer than one.
    assert!(counter(&there.stderr_text(), "slices") > 2, "{}", there.stderr_text());
}

/// Five elements of half a second or more.
const FEW: &str = "\
def steps(n, x):
    i = 0
    while i < n:
        x = (x * 1103515245 + 12345) % 2147483648
        i = i + 1
    return x

remotely <
    got = [steps(60_000_000, k) for k in range(5)]
>
print(got)
";

#[test]
fn an_element_that_takes_long_is_not_given_to_others_while_it_runs() {
    let (here, there) = (run(FEW, &[]), run(FEW, &["--nodes", "2", "--workers", "1", "--stats=json"]));
    assert_eq!(here.stdout_text(), there.stdout_text(), "{}", there.stderr_text());
    // One for each element, and one that was run a second time since it was late.
    let n_slices = counter(&there.stderr_text(), "slices");
    assert!((1..=6).contains(&n_slices), "{}", there.stderr_text());
}

/// Two elements, of which nearly all cost lies within one, and there within one again.
const NESTED: &str = "\
def steps(n, x):
    i = 0
    while i < n:
        x = (x * 1103515245 + 12345) % 2147483648
        i = i + 1
    return x

def inner(a, n):
    return [max(steps(6000, a + i + k) for i in range(n if k == 1 else 2)) for k in range(3)]

def outer(k):
    first = sum(steps(50, i) for i in range(20000)) if k == 0 else 0
    return (first, inner(k, 60000 if k == 0 else 3))

remotely <
    got = [outer(k) for k in range(2)]
>
print(got)
remotely <
    one = [sum(1 // (49_999 - i) + steps(2000, i) for i in range(100000)) for k in range(1)]
>
";

#[test]
fn ranges_within_an_element_are_shared() {
    let (here, there) = (run(NESTED, &[]), run(NESTED, &["--nodes", "2", "--workers", "1", "--stats=json"]));
    assert_eq!(here.stdout_text(), there.stdout_text(), "{}", there.stderr_text());
    assert_eq!(here.status, there.status);
    let raised = "ZeroDivisionError: integer division or modulo by zero";
    assert!(there.stderr_text().contains(raised), "{}", there.stderr_text());
    // More than the elements of the outer range are.
    assert!(counter(&there.stderr_text(), "slices") > 6, "{}", there.stderr_text());
}

#[test]
fn whichever_node_is_killed_within_an_element_the_answer_is_the_same() {
    let folder = Scratch::new();
    folder.write("nested.afr", NESTED);
    let expected = run(NESTED, &[]);
    let mut n_killed = 0;
    for round in 0..4u64 {
        let after = [300 + 300 * round, 350 + 350 * round];
        let (answer, n) =
            run_and_kill(&folder.path().join("nested.afr"), &after[..1 + usize::from(round % 2 > 0)]);
        n_killed += n;
        assert_eq!(answer.stdout_text(), expected.stdout_text(), "{after:?}: {}", answer.stderr_text());
        assert_eq!(answer.status, expected.status, "{after:?}: {}", answer.stderr_text());
    }
    println!("{n_killed} nodes were killed");
    assert!(n_killed > 0, "no run was long enough for a kill");
}

#[test]
fn a_cluster_is_started_used_killed_and_ended() {
    let folder = Scratch::new();
    folder.write("long.afr", LONG);
    let expected = run(LONG, &[]).stdout_text();
    let url = start(folder.path(), Engine::Processes, 2).expect("the cluster starts");
    let again = afar_in(folder.path(), &["cluster", "up"]);
    assert!(again.stderr_text().contains("runs already"), "{}", again.stderr_text());
    let status = afar_in(folder.path(), &["cluster", "status", "--json"]);
    assert!(status.stdout_text().contains(&url), "{}", status.stdout_text());
    let answer = afar_in(folder.path(), &["run", "--cluster", &url, "long.afr"]);
    assert_eq!(
        (answer.stdout_text(), answer.status),
        (expected.clone(), Some(0)),
        "{}",
        answer.stderr_text()
    );
    // The gateway dies while a script waits for it.
    let mut n_killed = 0;
    for round in 0..4u64 {
        std::thread::scope(|scope| {
            let running = scope.spawn(|| afar_in(folder.path(), &["run", "--cluster", &url, "long.afr"]));
            std::thread::sleep(Duration::from_millis(80 + 90 * round));
            let gateway = find(folder.path(), Kind::Gateway).first().copied();
            n_killed += usize::from(gateway.is_some_and(|id| signal(id, "-KILL")));
            let answer = running.join().expect("the run ends");
            assert_eq!(
                (answer.stdout_text(), answer.status),
                (expected.clone(), Some(0)),
                "{}",
                answer.stderr_text()
            );
        });
    }
    assert!(n_killed > 0, "no gateway was found to be killed");
    let down = afar_in(folder.path(), &["cluster", "down"]);
    assert_eq!(down.status, Some(0), "{}", down.stderr_text());
    let status = afar_in(folder.path(), &["cluster", "status"]);
    assert!(
        status.status == Some(2) && status.stderr_text().contains("no cluster runs"),
        "{}",
        status.stderr_text()
    );
    let answer = afar_in(folder.path(), &["run", "--cluster", &url, "long.afr"]);
    assert!(
        answer.status == Some(2) && answer.stderr_text().contains("no cluster answers"),
        "{}",
        answer.stderr_text()
    );
}

#[test]
fn what_is_no_cluster_says_so() {
    let folder = Scratch::new();
    folder.write("a.afr", "print(1)\nremotely.connect('nowhere')\n");
    let answer = afar_in(folder.path(), &["run", "--cluster", "10.0.0.1", "a.afr"]);
    assert!(answer.stderr_text().contains("is no address of a cluster"), "{}", answer.stderr_text());
    let answer = afar_in(folder.path(), &["run", "--cluster", "afar://127.0.0.1:1", "--nodes", "2", "a.afr"]);
    assert!(answer.stderr_text().contains("cannot"), "{}", answer.stderr_text());
    let answer = afar_in(folder.path(), &["run", "a.afr"]);
    assert!(
        answer.stderr_text().contains("ConnectionError: `nowhere` is no address"),
        "{}",
        answer.stderr_text()
    );
    let answer = afar_in(folder.path(), &["cluster", "up", "--port", "none"]);
    assert!(answer.stderr_text().contains("a number is meant"), "{}", answer.stderr_text());
}

#[test]
fn what_cannot_be_a_node_says_so() {
    let answer = Program::new(afar()).args(&["node"]).run();
    assert_eq!(answer.status, Some(2), "{}", answer.stderr_text());
    assert!(answer.stderr_text().contains("socket"), "{}", answer.stderr_text());
    let answer = run("print(1)\n", &["--nodes", "0"]);
    assert_eq!(answer.status, Some(2), "{}", answer.stderr_text());
    let answer = run("print(1)\n", &["--engine", "wire", "--nodes", "2"]);
    assert!(answer.stderr_text().contains("only `--engine processes` has nodes"), "{}", answer.stderr_text());
}

/// Four calls, each of which makes a list of 100 MB.
const LARGE_CALLS: &str = "\
def total(k):
    xs = [float(i + k) for i in range(12500000)]
    return sum(xs) + len(xs)

print(remotely.gather(remotely.map(total, [0, 1, 2, 3])))
";

#[test]
fn calls_that_do_not_fit_a_node_together_run_one_after_the_other() {
    let flags = ["--engine", "processes", "--nodes", "1", "--workers", "2", "--memory"];
    let answer = run(LARGE_CALLS, &[&flags[..], &["150MB"]].concat());
    let expected = "[78125006250000.0, 78125018750000.0, 78125031250000.0, 78125043750000.0]\n";
    assert_eq!(
        (answer.stdout_text().as_str(), answer.status),
        (expected, Some(0)),
        "{}",
        answer.stderr_text()
    );
    let answer = run(LARGE_CALLS, &[&flags[..], &["90MB"]].concat());
    let why = answer.stderr_text();
    let names_it = why.contains("xs = [float(i + k) for") && why.contains("the limit is 90.0 MB");
    assert!(answer.status == Some(1) && names_it, "{why}");
}

#[test]
fn a_list_that_is_larger_than_the_memory_of_a_node_lies_on_disk() {
    let text = "\
remotely.remote_all('xs') <
    xs = [i * 0.5 for i in range(30000000)]
>
remotely <
    print(len(xs), sum(xs), xs[-3:], xs[12345678])
    print(sum([x + 1.0 for x in xs if x > 9000000.0]))
>
";
    let flags = ["--nodes", "2", "--memory", "200MB"];
    let answer = run(text, &[&flags[..], &["--spill", "1200MB"]].concat());
    let expected = "30000000 224999992500000.0 [14999998.5, 14999999.0, 14999999.5] 6172839.0\n\
                    143999999999999.0\n";
    assert_eq!(
        (answer.stdout_text().as_str(), answer.status),
        (expected, Some(0)),
        "{}",
        answer.stderr_text()
    );
    let answer = run(text, &flags);
    let why = answer.stderr_text();
    assert!(
        answer.status == Some(1) && why.contains("MemoryError: ") && why.contains("the limit is 100.0 MB"),
        "{why}"
    );
}
