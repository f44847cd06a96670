//! `cargo bench-results [OPTIONS] [KERNEL ...]`: all kernels beside their peers, in one go, written to `benches/RESULTS.md`.

use afar_benches::kernel::{self, Kernel, folder};
use afar_benches::peer::{Peer, Tools};
use afar_benches::report::{self, Run};
use afar_benches::{afar, plot, rounds, splits};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
cargo bench-results [OPTIONS] [KERNEL ...]: kernels beside hand-written Rust with Rayon, Numba and CPython

Of all kernels, benches/RESULTS.md and benches/results.svg are written; of chosen ones nothing is.

  --quick                one round, not five
  --rounds N             so many
  --peers A,B            of rust, numba, cpython [default: all that are here]
  --numba-python PATH    a Python that has Numba [default: python3]
  --afar PATH            the command to be measured [default: built here]
  --splits               count what splitting costs, too: callgrind takes a minute or two
  --out DIR              where the results are written [default: benches]
";

#[derive(Default)]
struct Options {
    words: Vec<String>,
    n_rounds: usize,
    peers: Vec<Peer>,
    numba_python: Option<String>,
    afar: Option<PathBuf>,
    counts_splits: bool,
    out: Option<PathBuf>,
}

fn parse(args: &[String]) -> Result<Options, String> {
    let mut options = Options { n_rounds: 5, peers: Peer::OTHERS.to_vec(), ..Options::default() };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("`{arg}`: a value is missing"));
        match arg.as_str() {
            "--quick" => options.n_rounds = 1,
            "--rounds" => options.n_rounds = value()?.parse().map_err(|e| format!("--rounds: {e}"))?,
            "--peers" => {
                let peer = |word: &str| Peer::parse(word).ok_or_else(|| format!("there is no peer `{word}`"));
                options.peers = value()?.split(',').map(peer).collect::<Result<_, _>>()?;
            }
            "--numba-python" => options.numba_python = Some(value()?.clone()),
            "--afar" => options.afar = Some(value()?.into()),
            "--splits" => options.counts_splits = true,
            "--out" => options.out = Some(value()?.into()),
            word if !word.starts_with('-') => options.words.push(word.to_owned()),
            other => return Err(format!("there is no option `{other}`\n\n{HELP}")),
        }
    }
    Ok(options)
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.iter().any(|arg| arg == "--help") {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    match parse(&args).and_then(|options| measure(&options, &args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn measure(options: &Options, args: &[String]) -> Result<(), String> {
    let kernels = kernel::chosen(&options.words);
    if kernels.is_empty() {
        return Err("there is no such kernel".to_owned());
    }
    let tools = Tools::find(
        options.afar.clone().unwrap_or_else(afar),
        &options.peers,
        options.numba_python.as_deref(),
    );
    let scratch = std::env::temp_dir().join(format!("afar-results-{}", std::process::id()));
    std::fs::create_dir_all(&scratch).map_err(|e| format!("{}: {e}", scratch.display()))?;
    let mut run = Run {
        command: std::iter::once("cargo bench-results")
            .chain(args.iter().map(String::as_str))
            .collect::<Vec<_>>()
            .join(" "),
        n_rounds: options.n_rounds,
        rows: Vec::new(),
        costs: Vec::new(),
        notes: Vec::new(),
    };
    for peer in options.peers.iter().filter(|peer| tools.missing(**peer).is_some()) {
        run.notes.push(format!("{}: {}", peer.name(), tools.missing(*peer).unwrap_or_default()));
    }
    run.notes.iter().for_each(|note| println!("{note}"));
    let outcome = each(&kernels, options, &tools, &scratch, &mut run);
    // What stays behind in the temporary directory does no harm.
    let _ = std::fs::remove_dir_all(&scratch);
    outcome?;
    for peer in Peer::OTHERS {
        if let Some(mean) = rounds::mean(&report::counted(&run, peer)) {
            println!("geometric mean by {:<8} {mean:.3}", peer.name());
        }
    }
    if options.words.is_empty() || options.out.is_some() {
        let out = options.out.clone().unwrap_or_else(folder);
        for (name, text) in [("RESULTS.md", report::page(&run, &tools)), ("results.svg", plot::svg(&run))] {
            let path = out.join(name);
            std::fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
            println!("written: {}", path.display());
        }
    }
    Ok(())
}

fn each(
    kernels: &[Kernel],
    options: &Options,
    tools: &Tools,
    scratch: &Path,
    run: &mut Run,
) -> Result<(), String> {
    println!(
        "{:<14} {:>9} {:>9} {:>9} {:>9} {:>8}",
        "kernel", "Afar, s", "by Rust", "by Numba", "CPython", "boxed"
    );
    for kernel in kernels {
        let row = rounds::time(kernel, tools, options.n_rounds, scratch)
            .map_err(|why| format!("{}: {why}", kernel.name))?;
        let cell = |peer| row.ratio(peer).map_or("-".to_owned(), |r| format!("{r:.3}"));
        let [rust, numba, python] = Peer::OTHERS.map(cell);
        let boxed = row.boxed.map_or("-".to_owned(), |share| format!("{:.2} %", share * 100.0));
        println!("{:<14} {:>9.3} {rust:>9} {numba:>9} {python:>9} {boxed:>8}", kernel.name, row.seconds());
        run.rows.push(row);
    }
    if !options.counts_splits {
        return Ok(());
    }
    if !splits::is_there() {
        run.notes.push("what splitting costs: there is no valgrind".to_owned());
        return Ok(());
    }
    for kernel in kernels {
        let cost =
            splits::count(kernel, &tools.afar, scratch).map_err(|why| format!("{}: {why}", kernel.name))?;
        let verdict = if cost.ratio() <= splits::MOST { "" } else { "  more than the aim" };
        println!("{:<14} {:>9.3} times the instructions of --sync{verdict}", cost.name, cost.ratio());
        run.costs.push(cost);
    }
    Ok(())
}
