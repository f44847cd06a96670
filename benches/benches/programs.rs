//! `cargo bench -p afar-benches [WORD...]`: how long programs take, from the start of the process to its end.
//!
//! Two questions besides: does a loop at the edge run as fast as in a function, and how soon does a long script start?
//! Each program of `benches/programs` prints the same under CPython, which runs it once, where it is here, for comparison.
//! Nothing is written into the tree.

use afar_benches::{Times, afar, root, time};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

const N_RUNS: usize = 10;
const N_LINES: usize = 1000;

/// A loop that prints nothing, with `N` for its length; at the edge and in a function.
const EDGE: &str = "x = 1\ni = 0\nwhile i < N:\n    x = (x * 31 + i) % 1000003\n    i = i + 1\nprint(x)\n";
const FUNCTION: &str = "def f():\n    x = 1\n    i = 0\n    while i < N:\n        x = (x * 31 + i) % 1000003\n        i = i + 1\n    \
                        return x\nprint(f())\n";

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&String> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    let is_chosen = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(*word));
    let afar = afar();
    println!("medians of {N_RUNS} runs of {}", afar.display());
    if is_chosen("edge") {
        edge(&afar);
    }
    if is_chosen("start") {
        start(&afar);
    }
    for path in programs().iter().filter(|path| is_chosen(&path.to_string_lossy())) {
        program(&afar, path);
    }
}

fn edge(afar: &Path) {
    let (short, long) = (scratch("short.afr", "print(1)\n"), "50_000_000");
    let start = measure(afar, &short).median();
    let [edge, function] = [EDGE, FUNCTION].map(|text| {
        let path = scratch("loop.afr", &text.replace('N', long));
        measure(afar, &path)
    });
    println!("loop at the edge       {}", edge.show());
    println!("loop in a function     {}", function.show());
    let net = |times: &Times| times.median().saturating_sub(start).as_secs_f64();
    let ratio = net(&edge) / net(&function).max(1e-9);
    println!("edge over function     {ratio:.2}");
    assert!(ratio < 1.25, "a loop at the edge is slower than in a function");
}

fn start(afar: &Path) {
    let times = measure(afar, &scratch("one.afr", "print(1)\n"));
    println!("start of one line      {}", times.show());
    let times = measure(afar, &scratch("long.afr", &long_script()));
    println!("start of {N_LINES} lines    {}", times.show());
}

/// A script of many small functions, each called once.
fn long_script() -> String {
    let mut text = String::new();
    for i in 0..N_LINES / 5 {
        // A string takes everything.
        let _ = write!(
            text,
            "def f{i}(x, y=2):\n    if x > {i}:\n        return [x * k for k in range(y)]\n    return (x, str(y))\nr{i} = f{i}({})\n",
            i * 7 % 300
        );
    }
    text.push_str("print(r0, r199)\n");
    text
}

fn program(afar: &Path, path: &Path) {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let text = path.to_string_lossy().into_owned();
    let (said, _) = time(afar, &["run", &text]);
    let times = measure(afar, path);
    let alone = Times::of(3, || time(afar, &["run", "--sync", &text]).1);
    let python = python(&text, &said)
        .map_or_else(|| "-".to_owned(), |took| format!("{:.0} ms", took.as_secs_f64() * 1000.0));
    println!("{name:<22} {}, one thread {}, CPython {python}", times.show(), alone.show());
}

/// How long CPython takes, once; it must print the same.
fn python(path: &str, said: &str) -> Option<Duration> {
    let found = std::process::Command::new("python3").arg("--version").output().ok()?;
    if !found.status.success() {
        return None;
    }
    let (other, took) = time(Path::new("python3"), &[path]);
    assert_eq!(said, other, "{path}: CPython prints something else");
    Some(took)
}

fn measure(afar: &Path, path: &Path) -> Times {
    let path = path.to_string_lossy().into_owned();
    Times::of(N_RUNS, || time(afar, &["run", &path]).1)
}

/// A file outside of the tree.
fn scratch(name: &str, text: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("afar-benches-{}", std::process::id()));
    let written = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(folder.join(name), text));
    assert!(written.is_ok(), "{}: cannot be written", folder.display());
    folder.join(name)
}

fn programs() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join("benches/programs"));
    let mut found: Vec<PathBuf> = entries.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    found.sort();
    found
}
