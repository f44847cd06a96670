//! The command line: what goes to which stream, and the exit status, for good and for bad input.

mod support;

use std::io::Read;
use std::process::Stdio;
use std::time::{Duration, Instant};
use support::Folder;

/// Runs a script of this text.
#[track_caller]
fn check(text: &str, status: i32, stdout: &str, stderr: &[&str]) {
    check_bytes(text.as_bytes(), status, stdout, stderr);
}

#[track_caller]
fn check_bytes(bytes: &[u8], status: i32, stdout: &str, stderr: &[&str]) {
    let folder = Folder::new();
    folder.write("x.afr", bytes);
    let got = folder.afar(&["run", "x.afr"], "");
    assert_eq!(got.status, status, "{got:?}");
    assert_eq!(got.stdout, stdout, "{got:?}");
    for part in stderr {
        assert!(got.stderr.contains(part), "`{part}` is missing:\n{}", got.stderr);
    }
    assert_eq!(stderr.is_empty(), got.stderr.is_empty(), "{}", got.stderr);
    assert!(!got.stderr.contains("panicked") && !got.stderr.contains('\x1b'), "{}", got.stderr);
}

/// Runs `afar` with these arguments.
#[track_caller]
fn command(args: &[&str], status: i32, stdout: &str, stderr: &[&str]) {
    let got = Folder::new().afar(args, "");
    assert_eq!(got.status, status, "{got:?}");
    assert_eq!(got.stdout, stdout, "{got:?}");
    for part in stderr {
        assert!(got.stderr.contains(part), "`{part}` is missing:\n{}", got.stderr);
    }
    assert_eq!(stderr.is_empty(), got.stderr.is_empty(), "{}", got.stderr);
}

#[test]
fn results_go_to_stdout() {
    check("print(1 + 1)\n1 + 2\n", 0, "2\n", &[]);
    command(&["-c", "2 ** 100"], 0, "1267650600228229401496703205376\n", &[]);
    command(&["-c", "x = 2\nx\nx + 1"], 0, "3\n", &[]);
    command(&["-c", "print('a'); 'b'"], 0, "a\n'b'\n", &[]);
    command(&["-c", "x = 1"], 0, "", &[]);
}

#[test]
fn what_follows_the_script_is_its_own() {
    let folder = Folder::new();
    folder.write("x.afr", "import sys\nprint(sys.argv[1:])\nprint('no', file=sys.stderr)\nsys.exit(3)\n");
    let got = folder.afar(&["run", "x.afr", "--stats", "a"], "");
    assert_eq!((got.status, &*got.stdout, &*got.stderr), (3, "['--stats', 'a']\n", "no\n"));
    let got = folder.afar(&["run", "-"], "print('from stdin')");
    assert_eq!((got.status, &*got.stdout), (0, "from stdin\n"));
}

#[test]
fn modules_lie_beside_the_script() {
    let folder = Folder::new();
    folder.write("lib.afr", "1 + 1\ntwice = lambda x: 2 * x\n");
    folder.write("x.afr", "import lib\nprint(lib.twice(4))\n");
    let got = folder.afar(&["run", "x.afr"], "");
    assert_eq!((got.status, &*got.stdout, &*got.stderr), (0, "8\n", ""));
    assert_eq!(folder.afar(&["check", "x.afr"], "").status, 0);
    let got = folder.afar(&["-c", "import lib; lib.twice(5)"], "");
    assert_eq!((got.status, &*got.stdout, &*got.stderr), (0, "10\n", ""));
    let got = folder.afar(&["repl"], "import lib\nlib.twice(6)\n");
    assert_eq!((got.status, &*got.stdout, &*got.stderr), (0, "12\n", ""));
}

#[test]
fn exceptions_end_with_a_traceback() {
    let traceback = "Traceback (most recent call last):\n  File \"x.afr\", line 3, in <module>\n    print(f(0))\n          ^^^^\n  File \"x.afr\", \
                     line 2, in f\n    return 1 // x\n           ~~^^~~\nZeroDivisionError: integer division or modulo by zero\n";
    check("def f(x):\n    return 1 // x\nprint(f(0))\n", 1, "", &[traceback]);
    check("import sys\nsys.exit('bye')\n", 1, "", &["bye\n"]);
}

#[test]
fn refusals_name_every_place() {
    check(
        "x = 1\nx += 1\ndel x\n",
        2,
        "",
        &["error[purity/augmented-assignment]", "x.afr:2:1", "error[purity/del]", "x.afr:3:1"],
    );
    check("x = (1,\n", 2, "", &["`(` was never closed", "x.afr:1:5"]);
    check("if 1:\n        x = 1\n\ty = 2\n", 2, "", &["tabs", "x.afr:3"]);
    check("x = 1\0\n", 2, "", &["U+0000", "x.afr:1:6"]);
}

#[test]
fn not_pure_at_run_time_names_the_place() {
    let text = "def f(x):\n    return list({x, 2})\nprint('a')\nf(1)\n";
    check(text, 2, "a\n", &["error[NotPure]", "x.afr:2:12", "called from x.afr:4 in <module>"]);
}

#[test]
fn json_is_one_line_a_diagnostic() {
    let folder = Folder::new();
    folder.write("x.afr", "x = 1\nx += 1\ndel x\n");
    let got = folder.afar(&["check", "--json", "x.afr"], "");
    assert_eq!((got.status, &*got.stderr), (2, ""));
    let lines: Vec<&str> = got.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(
        lines[0].starts_with(r#"{"code":"purity/augmented-assignment","severity":"error","message":"#),
        "{lines:?}"
    );
    assert!(lines[1].contains(r#""file":"x.afr","line":3,"column":1"#), "{lines:?}");
    let got = folder.afar(&["run", "--json", "x.afr"], "");
    assert_eq!((got.status, &*got.stdout, got.stderr.lines().count()), (2, "", 2));
}

#[test]
fn check_runs_nothing_and_fixes_what_is_mechanical() {
    let folder = Folder::new();
    folder.write("good.afr", "print(1)\n");
    folder.write("bad.afr", "x = 1\nx += 2\nprint(x)\n");
    let got = folder.afar(&["check", "good.afr"], "");
    assert_eq!((got.status, &*got.stdout, &*got.stderr), (0, "", ""));
    assert_eq!(folder.afar(&["check", "good.afr", "bad.afr"], "").status, 2);
    assert_eq!(folder.afar(&["check", "--fix", "bad.afr"], "").status, 0);
    let got = folder.afar(&["run", "bad.afr"], "");
    assert_eq!((got.status, &*got.stdout), (0, "3\n"));
}

#[test]
fn explanations() {
    let got = Folder::new().afar(&["explain", "augmented-assignment"], "");
    assert_eq!(got.status, 0);
    for part in ["purity/augmented-assignment", "Wrong:", "Right:"] {
        assert!(got.stdout.contains(part), "{}", got.stdout);
    }
    let group = Folder::new().afar(&["explain", "names"], "");
    assert!(group.status == 0 && group.stdout.lines().all(|line| line.starts_with("names/")), "{group:?}");
    command(&["explain", "augmented-asignment"], 2, "", &["did you mean `purity/augmented-assignment`?"]);
}

#[test]
fn usage() {
    let help = Folder::new().afar(&["--help"], "");
    assert!(help.status == 0 && help.stdout.contains("Examples:") && help.stderr.is_empty(), "{help:?}");
    for sub in ["run", "check", "explain", "repl"] {
        let help = Folder::new().afar(&[sub, "--help"], "");
        assert!(help.status == 0 && help.stdout.contains("Examples:"), "{sub}: {help:?}");
    }
    let version = Folder::new().afar(&["--version"], "");
    assert!(version.stdout.starts_with("afar 0.") && version.stdout.contains("Unicode 14"), "{version:?}");
    command(&["--nosuch"], 2, "", &["unexpected argument '--nosuch'"]);
    command(&["x.afr"], 2, "", &["To run a script: afar run x.afr"]);
    command(&["run", "--nosuch", "x.afr"], 2, "", &["--nosuch"]);
    command(&["--workers", "0", "-c", "1"], 2, "", &["--workers 0"]);
    command(&["--memory", "lots", "-c", "1"], 2, "", &["`lots` is no size"]);
}

#[test]
fn files_that_cannot_be_read() {
    command(&["run", "nothere.afr"], 2, "", &["cannot read `nothere.afr`: there is no such file"]);
    command(&["run", "."], 2, "", &["`.` is a directory"]);
    command(&["check", "nothere.afr"], 2, "", &["there is no such file"]);
    check_bytes(b"x = 1\ny = \"\xff\"\n", 2, "", &["`x.afr` is not UTF-8: byte 0xff in line 2", "x.afr:2:6"]);
    check_bytes(b"\xef\xbb\xbfprint(1)\n", 0, "1\n", &[]);
}

#[test]
fn long_and_deep_input() {
    let long = "a".repeat(10_000_000);
    check(&format!("print(len('{long}'))\n"), 0, "10000000\n", &[]);
    check(&format!("x = '{long}' +\n"), 2, "", &["expected an expression", "x.afr:1:10000009"]);
    check(&format!("print({}1{})\n", "(".repeat(10_000), ")".repeat(10_000)), 0, "1\n", &[]);
    // Answered or refused; here it only matters that the front end takes them.
    for text in [format!("x = {}1\n", "-".repeat(10_000)), format!("x = 1{}\n", "+1".repeat(100_000))] {
        let folder = Folder::new();
        folder.write("x.afr", text);
        let got = folder.afar(&["check", "x.afr"], "");
        assert!(got.status == 0 || got.status == 2, "{got:?}");
    }
}

#[test]
fn limits_of_memory_and_depth() {
    check(
        "def f(n):\n    return f(n + 1) + 1\nf(0)\n",
        1,
        "",
        &["RecursionError: maximum recursion depth exceeded"],
    );
    let memory = ["MemoryError: list of 1,000,000,000,000 items needs 8.0 TB, the limit is "];
    check("x = [0] * 10**12\n", 1, "", &memory);
    command(&["--memory", "1MB", "-c", "[0] * 10**6"], 1, "", &["needs 8.0 MB, the limit is 1.0 MB"]);
}

#[test]
fn nobody_reads_stdout() {
    let folder = Folder::new();
    let mut command = folder.command(&["-c", "for i in range(10**6): print(i)"]);
    let mut child = command.spawn().unwrap_or_else(|e| unreachable!("{e}"));
    let mut first = [0; 2];
    if let Some(mut out) = child.stdout.take() {
        assert!(out.read_exact(&mut first).is_ok());
    }
    let output = child.wait_with_output().unwrap_or_else(|e| unreachable!("{e}"));
    assert_eq!(&first, b"0\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn stats_and_compiled_form_go_to_stderr() {
    let got = Folder::new().afar(&["--stats", "--emit", "ir", "-c", "1 + 1"], "");
    assert_eq!((got.status, &*got.stdout), (0, "2\n"));
    assert!(got.stderr.contains("\nwall ") && got.stderr.contains("\ncores "), "{}", got.stderr);
}

/// Interrupts a program once it has printed a line; how long it took to end, and what it said.
#[cfg(unix)]
#[track_caller]
fn interrupt(text: &str) -> Duration {
    let folder = Folder::new();
    let mut command = folder.command(&["-c", text]);
    command.stdin(Stdio::null());
    let mut child = command.spawn().unwrap_or_else(|e| unreachable!("{e}"));
    let mut first = [0; 3];
    if let Some(out) = child.stdout.as_mut() {
        assert!(out.read_exact(&mut first).is_ok());
    }
    // What follows the line is reached in a moment, and interrupted before it is, it is as well.
    std::thread::sleep(Duration::from_millis(50));
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    let start = Instant::now();
    assert!(kill.is_ok_and(|s| s.success()));
    let output = child.wait_with_output().unwrap_or_else(|e| unreachable!("{e}"));
    let took = start.elapsed();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(stderr.ends_with("KeyboardInterrupt\n"), "{stderr}");
    took
}

#[cfg(unix)]
#[test]
fn interrupts() {
    let go = "import sys\nprint('go', flush=True)\n";
    for text in [
        "while True: pass",
        "10**10**10",
        "sum(x % 7 for x in range(10**15))",
        "len(sorted([i * 7919 % 1000003 for i in range(10**8)]))",
    ] {
        let took = interrupt(&format!("{go}{text}"));
        // A tenth of a second is meant; the rest is for machines that do other things as well.
        assert!(took < Duration::from_millis(400), "{text}: {took:?}");
    }
}

#[test]
fn blocks_run_where_what_they_ask_for_is_declared() {
    let folder = Folder::new();
    let text = "remotely.remote_all('a', resources={'GPU': 1}) < a = 40 >\n\
                remotely.download_all(resources={'GPU': 1, 'DISK': 2}) < b = a + 2 >\n\
                print(b, remotely.status()['nodes'][0]['resources'])\n\
                remotely.download_all(resources={'DISK': 4}) < c = 1 >\n";
    folder.write("x.afr", text);
    for options in [&["--workers", "1"][..], &["--engine", "wire"], &["--nodes", "2"]] {
        let got = folder.afar(&[&["run", "--resources", "GPU=1,DISK=3"], options, &["x.afr"]].concat(), "");
        assert_eq!(got.status, 1, "{got:?}");
        assert_eq!(got.stdout, "42 {'DISK': 3, 'GPU': 1}\n", "{got:?}");
        let said = "ValueError: no worker declares 4 DISK: the most is 3";
        assert!(got.stderr.contains(said) && got.stderr.contains("line 4"), "{got:?}");
    }
    command(&["--resources", "GPU", "-c", "1"], 2, "", &["`GPU` is no amount of a resource: write `GPU=1`"]);
}
