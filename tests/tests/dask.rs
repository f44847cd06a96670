//! Clusters on Dask: real schedulers, workers and nodes, which are killed one after the other while scripts run.
//!
//! Dask is installed from a package index when the tests first run, into the folder that is built in; where there is no network, that is what fails.

use afar_tests::cluster::{
    BLOCKS, Ended, Engine, Kind, afar_in, comes_true, data_folder, find, is_whole, processes, program_in,
    signal, start,
};
use afar_tests::program::{Program, Scratch};
use afar_tests::root;
use std::fmt::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Runs the script, and does something to a process of the cluster meanwhile; it must give what it gives otherwise.
fn run_and_hurt(folder: &Path, url: &str, expected: &str, kind: Kind, how: &str) {
    let (began, name) = (Instant::now(), kind.name());
    assert!(
        comes_true(Duration::from_secs(60), || is_whole(folder, Engine::Dask, 2)),
        "not all workers come"
    );
    std::thread::scope(|scope| {
        let running = scope.spawn(|| afar_in(folder, &["run", "--cluster", url, "script.afr"]));
        let mut hurt = None;
        let is_found = comes_true(Duration::from_secs(20), || {
            // It has begun once there are nodes.
            let has_begun = !find(folder, Kind::Node).is_empty();
            hurt = find(folder, kind).first().copied().filter(|_| has_begun);
            hurt.is_some()
        });
        assert!(is_found, "{name}: there is none");
        std::thread::sleep(Duration::from_millis(400));
        let hurt = hurt.expect("it was found");
        assert!(signal(hurt, how), "{name}: no process was hurt");
        let answer = running.join().expect("the run ends");
        assert_eq!(
            (answer.stdout_text(), answer.status),
            (expected.to_owned(), Some(0)),
            "{name} {how}: {}",
            answer.stderr_text()
        );
        // What was frozen and has been replaced does not come back.
        let _ = signal(hurt, "-CONT");
    });
    println!("{name} {how}: {:?}", began.elapsed());
}

#[test]
fn a_cluster_on_dask_is_started_used_killed_and_ended() {
    let folder = Scratch::new();
    let here = folder.path();
    let _ended = Ended(here);
    folder.write("script.afr", BLOCKS);
    folder.write("primes.afr", std::fs::read(root().join("examples/primes.afr")).expect("the example"));
    let expected = afar_in(here, &["run", "script.afr"]);
    assert_eq!(expected.status, Some(0), "{}", expected.stderr_text());
    let url = match start(here, Engine::Dask, 2) {
        Ok(url) => url,
        Err(why) if why.contains("`pip install") => {
            panic!("these tests install Dask from a package index, which cannot be reached:\n{why}")
        }
        Err(why) => panic!("{why}"),
    };
    let status = afar_in(here, &["cluster", "status"]).stdout_text();
    assert!(status.contains("engine dask 20") && status.contains("2 of 2 workers"), "{status}");
    let primes = afar_in(here, &["run", "--cluster", &url, "primes.afr"]);
    assert!(primes.stdout_text().starts_with("664581"), "{}{}", primes.stdout_text(), primes.stderr_text());
    for kind in Engine::Dask.kinds() {
        run_and_hurt(here, &url, &expected.stdout_text(), *kind, "-KILL");
    }
    run_and_hurt(here, &url, &expected.stdout_text(), Kind::Node, "-STOP");
    run_and_hurt(here, &url, &expected.stdout_text(), Kind::Worker, "-STOP");
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
