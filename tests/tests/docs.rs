//! The manual and the README: every block of code is run, every link leads somewhere, and what is made is up to date.
//!
//! `cargo book WORD...` holds the pages that have one of these words in their name; `cargo book --bless WORD...` writes into them
//! what is really printed. How a block is run is said in `tests/src/book.rs`.

use afar_tests::binary::python;
use afar_tests::book::page::{Page, read};
use afar_tests::book::{Purpose, explained, links, run, tables};
use afar_tests::listing::{difference, files};
use afar_tests::{jobs, root};
use std::path::Path;
use std::process::ExitCode;

/// Pages outside of the book.
const OTHERS: [&str; 2] = ["README.md", "ARCHITECTURE.md"];

/// The page that is made.
const DIAGNOSTICS: &str = "docs/src/diagnostics.md";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.iter().any(|arg| arg == "--list") {
        return ExitCode::SUCCESS;
    }
    let words: Vec<&String> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    let is_chosen = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(*word));
    let purpose = if args.iter().any(|arg| arg == "--bless") { Purpose::Bless } else { Purpose::Check };
    let mut failures = Vec::new();
    if is_chosen(DIAGNOSTICS) {
        failures.extend(diagnostics(purpose));
    }
    let src = root().join("docs/src");
    let paths = files(&src, ".md");
    let mut pages: Vec<Page> = paths.iter().map(|path| read(&root(), path)).collect();
    pages.extend(OTHERS.iter().map(|name| read(&root(), &root().join(name))));
    let chosen: Vec<&Page> = pages.iter().filter(|page| is_chosen(&page.name)).collect();
    println!("\nrunning {} pages", chosen.len());
    let n_pages = chosen.len();
    failures.extend(jobs::map(&chosen, |page| page_failures(page, purpose)).concat());
    failures.extend(links::broken(&root(), &pages));
    if let Some(summary) = pages.iter().find(|page| page.name.ends_with("SUMMARY.md")) {
        failures.extend(links::unlisted(&src, summary, &paths));
    }
    failures.extend(lists(&src));
    report(n_pages, &failures)
}

/// The pages that list what the front end knows list all of it.
fn lists(src: &Path) -> Vec<String> {
    let text = |name: &str| std::fs::read_to_string(src.join(name)).unwrap_or_default();
    let modules = tables::modules(&text("library.md")).into_iter().map(|why| format!("library.md: {why}"));
    let refused = tables::refused_builtins(&text("refused.md"));
    modules.chain(refused.into_iter().map(|why| format!("refused.md: {why}"))).collect()
}

fn report(n_pages: usize, failures: &[String]) -> ExitCode {
    for failure in failures {
        println!("\n---- {failure}");
    }
    let word = if failures.is_empty() { "ok" } else { "FAILED" };
    println!("\ntest result: {word}. {n_pages} passed; {} failed", failures.len());
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn page_failures(page: &Page, purpose: Purpose) -> Vec<String> {
    let mut page = page.clone();
    let failures = run(&mut page, purpose, python());
    if purpose == Purpose::Bless {
        write(&root().join(&page.name), &page.text());
    }
    failures.into_iter().map(|(line, why)| format!("{}:{line}: {why}", page.name)).collect()
}

/// The page of diagnostics is what `afar explain` says.
fn diagnostics(purpose: Purpose) -> Option<String> {
    let path = root().join(DIAGNOSTICS);
    let (made, old) = (explained::page(), std::fs::read_to_string(&path).unwrap_or_default());
    if made == old {
        return None;
    }
    if purpose == Purpose::Bless {
        write(&path, &made);
        return None;
    }
    Some(format!("{DIAGNOSTICS}: `cargo book --bless diagnostics` makes it anew{}", difference(&old, &made)))
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
