//! Scripts on a cluster whose processes are lost: what they have begun goes on, and the same script, run again, goes on with it.

use afar_tests::cluster::{Ended, Engine, Kind, afar_in, comes_true, find, program_in, signal, start};
use afar_tests::program::{Answer, Scratch};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Two blocks, each of which takes a while, with what a job keeps in all ways: prints, values that are brought home or stay, classes, faults.
const SCRIPT: &str = "\
from dataclasses import dataclass

@dataclass(frozen=True)
class Point:
    x: int
    y: float

def slow(n):
    t = 0
    for i in range(n):
        t = (t * 31 + i) % 1000003
    return t

print('begun')
remotely <
    first = [slow(3000000 + i) for i in range(40)]
    points = [Point(i, slow(i) / 2) for i in range(1000)]
    print('first', sum(first))
>
remotely.remote_all() <
    kept = [slow(100000 + i) for i in range(40)]
    print('kept')
>
try:
    remotely <
        print('raises')
        raise ValueError(len(kept))
    >
except ValueError as e:
    print('caught', e)
print('half')
remotely <
    second = [slow(3000000 + n) + p.x for n, p in enumerate(points[:40])]
    print('second', sum(second))
>
total = sum(first) + sum(second) + sum(kept.result())
print(total, points[-1], isinstance(points[0], Point))
";

/// Runs a script on a cluster, and kills its process once the jobs are so. What is printed to a file is held back, so jobs are what is looked at.
#[track_caller]
fn run_and_kill(folder: &Path, url: &str, is_time: impl Fn(&str) -> bool) {
    let mut command = program_in(folder, &["run", "--cluster", url, "script.afr"]).command();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("afar starts");
    // One that has ended already was too fast: whoever has to know looks at the jobs.
    let mut has_ended = || matches!(child.try_wait(), Ok(Some(_)));
    let came = comes_true(Duration::from_secs(60), || is_time(&jobs(folder)) || has_ended());
    let _ = child.kill();
    let _ = child.wait();
    assert!(came, "{}", jobs(folder));
}

/// Has its edge, and has done so many units.
fn done(n: usize) -> impl Fn(&str) -> bool {
    move |jobs| jobs.contains(&format!("\"connected\":true,\"done\":{n},"))
}

fn jobs(folder: &Path) -> String {
    afar_in(folder, &["jobs", "--json"]).stdout_text()
}

#[track_caller]
fn same(answer: &Answer, expected: &Answer) {
    let text = |answer: &Answer| (answer.stdout_text(), answer.status);
    assert_eq!(text(answer), text(expected), "{}", answer.stderr_text());
}

#[test]
fn a_script_that_is_killed_goes_on_where_it_was() {
    let folder = Scratch::new();
    let here = folder.path();
    let _ended = Ended(here);
    folder.write("script.afr", SCRIPT);
    folder.write("other.afr", SCRIPT.replace("'begun'", "'other'"));
    let expected = afar_in(here, &["run", "script.afr"]);
    assert_eq!(expected.status, Some(0), "{}", expected.stderr_text());
    let url = start(here, Engine::Processes, 2).expect("the cluster starts");
    let run = |script: &str| afar_in(here, &["run", "--cluster", &url, script]);
    let whole = run("script.afr");
    same(&whole, &expected);
    assert_eq!(jobs(here), "{\"jobs\":[]}\n");

    // What it had sent is computed, with nobody there.
    run_and_kill(here, &url, done(3));
    let is_lost = || jobs(here).contains("\"connected\":false,\"done\":4,\"open\":0");
    assert!(comes_true(Duration::from_secs(60), is_lost), "{}", jobs(here));
    let table = afar_in(here, &["jobs"]).stdout_text();
    assert!(table.contains("done, script lost: script.afr"), "{table}");
    // Another script has a job of its own.
    let other = run("other.afr");
    assert!(other.stdout_text().starts_with("other\n") && is_lost(), "{}", jobs(here));
    let again = run("script.afr");
    same(&again, &expected);
    assert!(again.took < whole.took / 2, "{:?} and {:?}", again.took, whole.took);
    assert_eq!(jobs(here), "{\"jobs\":[]}\n");

    // In the midst of it, more than once, also where nodes are killed meanwhile.
    for ms in [100, 300, 500] {
        let began = Instant::now();
        let is_late = |jobs: &str| jobs.contains("true") && began.elapsed() > Duration::from_millis(ms);
        run_and_kill(here, &url, is_late);
        if let Some(node) = find(here, Kind::Node).first() {
            signal(*node, "-KILL");
        }
    }
    same(&run("script.afr"), &expected);
    assert_eq!(jobs(here), "{\"jobs\":[]}\n");
}

#[test]
fn a_script_that_does_something_else_begins_anew() {
    let folder = Scratch::new();
    let here = folder.path();
    let _ended = Ended(here);
    // What is in the module goes into the last block.
    let script = format!("from given import x\n{}", SCRIPT.replace("+ p.x", "+ p.x + x"));
    folder.write("script.afr", &script);
    folder.write("given.afr", "x = 1\n");
    let url = start(here, Engine::Processes, 2).expect("the cluster starts");
    run_and_kill(here, &url, done(3));
    folder.write("given.afr", "x = 22\n");
    let expected = afar_in(here, &["run", "script.afr"]);
    assert_eq!(expected.status, Some(0), "{}", expected.stderr_text());
    same(&afar_in(here, &["run", "--cluster", &url, "script.afr"]), &expected);
    let log = std::fs::read_to_string(here.join("afar/log")).expect("the log");
    assert!(log.contains("job 1 goes on with") && log.contains("job 1 begins anew"), "{log}");
}

#[test]
fn a_job_can_be_ended() {
    let folder = Scratch::new();
    let here = folder.path();
    let _ended = Ended(here);
    folder.write("script.afr", SCRIPT);
    let url = start(here, Engine::Processes, 2).expect("the cluster starts");
    let none = afar_in(here, &["jobs", "cancel", "1"]);
    assert!(
        none.status == Some(2) && none.stderr_text().contains("there is no job 1"),
        "{}",
        none.stderr_text()
    );
    // One that nobody is there for.
    run_and_kill(here, &url, done(3));
    assert_eq!(afar_in(here, &["jobs", "cancel", "1"]).status, Some(0));
    assert_eq!(afar_in(here, &["jobs"]).stdout_text(), "no jobs\n");
    // One whose script is told.
    std::thread::scope(|scope| {
        let running = scope.spawn(|| afar_in(here, &["run", "--cluster", &url, "script.afr"]));
        assert!(comes_true(Duration::from_secs(60), || jobs(here).contains("\"open\":1")), "{}", jobs(here));
        assert_eq!(afar_in(here, &["jobs", "cancel", "2"]).status, Some(0));
        let answer = running.join().expect("the run ends");
        assert_eq!(answer.status, Some(1), "{}", answer.stderr_text());
        let why = "RuntimeError: the work was given up: the job was ended by `afar jobs cancel`";
        assert!(answer.stderr_text().contains(why), "{}", answer.stderr_text());
    });
    assert!(comes_true(Duration::from_secs(10), || jobs(here) == "{\"jobs\":[]}\n"), "{}", jobs(here));
    assert_eq!(
        afar_in(here, &["status", "--json"]).stdout,
        afar_in(here, &["cluster", "status", "--json"]).stdout
    );
}
