//! Clusters on Dask: real schedulers, workers and nodes, which are killed one after the other while scripts run.
//!
//! Dask is installed from a package index when the tests first run, into the folder that is built in; where there is no network, that is what fails.

use afar_tests::binary::afar;
use afar_tests::program::{Answer, Program, Scratch};
use afar_tests::root;
use std::fmt::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A script with blocks, values that stay where they are, calls, classes and prints; about two seconds.
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

remotely.remote_all() <
    numbers = [slow(4000000 + i) for i in range(20)]
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
calls = remotely.map(slow, [4000000 + i for i in range(20)])
remotely <
    more = total + sum(p.x for p in points)
    same = all(isinstance(each, Local) for each in locals_)
    print('more', more, same)
>
print(sum(remotely.gather(calls)), more)
print(numbers.result()[:3], points.result()[-1], isinstance(locals_.result()[0], Local.result()))
";

/// Where environments of Python are kept from one run of the tests to the next.
fn data_folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("data")
}

/// `afar` with the cluster of a folder of its own.
fn afar_in(folder: &Path, args: &[&str]) -> Answer {
    program_in(folder, args).run()
}

fn program_in(folder: &Path, args: &[&str]) -> Program {
    Program::new(afar())
        .args(args)
        .env("XDG_RUNTIME_DIR", &folder.to_string_lossy())
        .env("XDG_DATA_HOME", &data_folder().to_string_lossy())
        .folder(folder)
        .timeout(Duration::from_secs(240))
}

/// The processes of the cluster in a folder, with their command lines.
fn processes(folder: &Path) -> Vec<(u32, Vec<String>)> {
    let own = format!("XDG_RUNTIME_DIR={}", folder.display());
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = all.filter_map(|p| p.file_name().to_str()?.parse::<u32>().ok());
    let words = |id: u32, what: &str| -> Vec<String> {
        let bytes = std::fs::read(format!("/proc/{id}/{what}")).unwrap_or_default();
        bytes.split(|b| *b == 0).map(|w| String::from_utf8_lossy(w).into_owned()).collect()
    };
    ids.filter(|id| words(*id, "environ").contains(&own)).map(|id| (id, words(id, "cmdline"))).collect()
}

/// A process of a cluster, of the kind that has this among its words, and not that.
fn find(folder: &Path, word: &str, but: &str) -> Option<u32> {
    let is_it = |line: &[String]| {
        line.iter().any(|w| w.contains(word)) && (but.is_empty() || !line.iter().any(|w| w == but))
    };
    processes(folder).into_iter().find(|(_, line)| is_it(line)).map(|(id, _)| id)
}

/// What a cluster is made of, by words of the command lines.
const KINDS: [(&str, &str, &str); 6] = [
    ("node", "node", "run"),
    ("worker", "spawn_main", ""),
    ("nanny", "afar_dask.worker", ""),
    ("bridge", "afar_dask.bridge", ""),
    ("gateway", "gateway", "--keeper"),
    ("scheduler", "afar_dask.scheduler", ""),
];

#[track_caller]
fn wait_for(what: &str, limit: Duration, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < limit, "{what}: not within {limit:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn signal(id: u32, name: &str) -> bool {
    let sent = Command::new("kill").args([name, &id.to_string()]).stderr(Stdio::null()).status();
    sent.is_ok_and(|status| status.success())
}

/// All workers are there.
fn is_whole(folder: &Path) -> bool {
    let status = afar_in(folder, &["cluster", "status", "--json"]).stdout_text();
    status.contains("\"worker-0\"") && status.contains("\"worker-1\"")
}

/// Runs the script, and does something to a process of the cluster meanwhile; it must give what it gives otherwise.
fn run_and_hurt(folder: &Path, url: &str, expected: &str, (kind, word, but): (&str, &str, &str), how: &str) {
    let began = Instant::now();
    wait_for("all workers", Duration::from_secs(60), || is_whole(folder));
    std::thread::scope(|scope| {
        let running = scope.spawn(|| afar_in(folder, &["run", "--cluster", url, "script.afr"]));
        let mut hurt = None;
        wait_for(kind, Duration::from_secs(20), || {
            // It has begun once there are nodes.
            hurt = find(folder, "node", "run").and_then(|_| find(folder, word, but));
            hurt.is_some()
        });
        std::thread::sleep(Duration::from_millis(400));
        let hurt = hurt.expect("it was found");
        assert!(signal(hurt, how), "{kind}: no process was hurt");
        let answer = running.join().expect("the run ends");
        assert_eq!(
            (answer.stdout_text(), answer.status),
            (expected.to_owned(), Some(0)),
            "{kind} {how}: {}",
            answer.stderr_text()
        );
        // What was frozen and has been replaced does not come back.
        let _ = signal(hurt, "-CONT");
    });
    println!("{kind} {how}: {:?}", began.elapsed());
}

/// Ends the cluster of a folder, also where a test fails.
struct Ended<'f>(&'f Path);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        // Mostly there is none any more.
        let _ = afar_in(self.0, &["cluster", "down"]);
    }
}

#[test]
fn a_cluster_on_dask_is_started_used_killed_and_ended() {
    let folder = Scratch::new();
    let here = folder.path();
    let _ended = Ended(here);
    folder.write("script.afr", SCRIPT);
    folder.write("primes.afr", std::fs::read(root().join("examples/primes.afr")).expect("the example"));
    let expected = afar_in(here, &["run", "script.afr"]);
    assert_eq!(expected.status, Some(0), "{}", expected.stderr_text());
    let up = afar_in(here, &["cluster", "up", "-n", "2"]);
    let why = up.stderr_text();
    assert!(
        !why.contains("`pip install"),
        "these tests install Dask from a package index, which cannot be reached:\n{why}"
    );
    assert_eq!(up.status, Some(0), "{why}");
    let url = up.stdout_text().trim().to_owned();
    let status = afar_in(here, &["cluster", "status"]).stdout_text();
    assert!(status.contains("engine dask 20") && status.contains("2 of 2 workers"), "{status}");
    let primes = afar_in(here, &["run", "--cluster", &url, "primes.afr"]);
    assert!(primes.stdout_text().starts_with("664581"), "{}{}", primes.stdout_text(), primes.stderr_text());
    for kind in KINDS {
        run_and_hurt(here, &url, &expected.stdout_text(), kind, "-KILL");
    }
    run_and_hurt(here, &url, &expected.stdout_text(), KINDS[0], "-STOP");
    run_and_hurt(here, &url, &expected.stdout_text(), KINDS[1], "-STOP");
    let down = afar_in(here, &["cluster", "down"]);
    assert_eq!(down.status, Some(0), "{}", down.stderr_text());
    let left = processes(here);
    assert!(left.is_empty(), "{left:?}");
    the_package_passes_its_own_tests();
}

/// The tests of the Python package, with the environment that was made.
fn the_package_passes_its_own_tests() {
    let made = std::fs::read_dir(data_folder().join("afar")).expect("the data of Afar").flatten();
    let python = made.map(|entry| entry.path().join("bin/python")).find(|path| path.exists());
    let python = python.expect("an environment was made");
    let package = root().join("python");
    let words = ["-B", "-W", "ignore", "-m", "unittest", "discover", "tests"];
    let answer = Program::new(&python).args(&words).folder(&package).run();
    assert_eq!(answer.status, Some(0), "{}", answer.stderr_text());
    assert!(answer.stderr_text().contains("OK"), "{}", answer.stderr_text());
}

/// A folder with programs of this name and text, as the only place where programs are looked for.
fn with_programs(folder: &Scratch, programs: &[(&str, &str)]) -> String {
    let place = folder.path().join("bin");
    std::fs::create_dir_all(&place).expect("a folder");
    for (name, text) in programs {
        let path = folder.write(&format!("bin/{name}"), text);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("it may be run");
    }
    place.to_string_lossy().into_owned()
}

/// What `afar cluster up` says in an environment in which it fails; nothing is left running.
fn fails(folder: &Scratch, args: &[&str], env: &[(&str, &str)]) -> String {
    let mut program = program_in(folder.path(), &["cluster", "up"]).args(args);
    // An environment that was made would do.
    let data = folder.path().join("data");
    program = program.env("XDG_DATA_HOME", &data.to_string_lossy());
    for (name, value) in env {
        program = program.env(name, value);
    }
    let answer = program.run();
    let said = answer.stderr_text();
    assert_eq!(answer.status, Some(2), "{}{said}", answer.stdout_text());
    assert!(answer.stdout.is_empty() && said.contains("help: "), "{said}");
    let left = processes(folder.path());
    assert!(left.is_empty(), "{said}\n{left:?}");
    said
}

#[track_caller]
fn says(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "`{word}` is not in:\n{said}");
    }
}

#[test]
fn a_cluster_that_cannot_start_says_why_and_leaves_nothing() {
    let folder = Scratch::new();
    let real =
        Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output().expect("python3");
    let real = String::from_utf8_lossy(&real.stdout).trim().to_owned();
    let none = with_programs(&folder, &[]);
    let said = fails(&folder, &[], &[("PATH", &none)]);
    says(&said, &["needs Python", "`python3` cannot be run", "install Python 3.10", "--engine processes"]);
    let old = with_programs(&folder, &[("python3", "#!/bin/sh\necho 3.8.10\n")]);
    let said = fails(&folder, &[], &[("PATH", &old)]);
    says(&said, &["`python3` is Python 3.8.10", "3.10 or newer"]);
    let mut text = format!("#!/bin/sh\ncase \"$2\" in pip) exit 1;; esac\nexec {real} \"$@\"\n");
    let bare = with_programs(&folder, &[("python3", &text)]);
    text.clear();
    write!(text, "#!/bin/sh\ncase \"$*\" in *venv*) echo no venv here; exit 1;; esac\nexec {real} \"$@\"\n")
        .expect("text");
    let said = fails(
        &folder,
        &[],
        &[("PATH", &format!("{bare}:/usr/bin:/bin")), ("PYTHONPATH", &no_ensurepip(&folder))],
    );
    says(&said, &["neither `pip` nor `ensurepip`", "python3-venv"]);
    let bare = with_programs(&folder, &[("python3", &text)]);
    let said = fails(&folder, &[], &[("PATH", &format!("{bare}:/usr/bin:/bin"))]);
    says(&said, &["`python3 -m venv` fails", "no venv here", "python3-venv"]);
    let unreachable = [("PIP_NO_INDEX", "1"), ("PIP_FIND_LINKS", ""), ("PIP_CONFIG_FILE", "/dev/null")];
    let said = fails(&folder, &[], &unreachable);
    says(&said, &["`pip install distributed", "fails", "package index", "AFAR_PYTHON"]);
    let text = format!(
        "#!/bin/sh\ncase \"$2\" in *distributed*) echo 2024.12.1; exit 0;; esac\nexec {real} \"$@\"\n"
    );
    let named = format!("{}/old-dask", with_programs(&folder, &[("old-dask", &text)]));
    let said = fails(&folder, &[], &[("AFAR_PYTHON", &named)]);
    says(&said, &["distributed 2024.12.1 is too old", "2026.1 or newer", "-m pip install"]);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let said = fails(&folder, &["--port", &port], &[]);
    says(&said, &[&format!("port {port} cannot be taken"), "leave `--port` out"]);
    // So little memory is none at all.
    let said = fails(&folder, &["--engine", "processes", "--memory", "1"], &[]);
    says(&said, &["a node dies as it starts", "ended with status 2", "--memory", "log may say more"]);
}

/// A folder with an `ensurepip` that does not work, as where it is packaged apart.
fn no_ensurepip(folder: &Scratch) -> String {
    let path = folder.write("modules/ensurepip.py", "raise SystemExit(1)\n");
    path.parent().map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default()
}
