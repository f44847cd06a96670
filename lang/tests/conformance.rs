//! The conformance programs: what is pure gives no diagnostic, what is not gives one on its line.

use afar_lang::{CheckEnv, check, parse};
use std::path::{Path, PathBuf};

fn programs(folder: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/conformance").join(folder);
    let mut out: Vec<_> = std::fs::read_dir(&root)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|p| p.extension().is_some_and(|e| e == "py" || e == "afr"))
        .map(|p| (p.clone(), std::fs::read_to_string(&p).unwrap_or_default()))
        .collect();
    out.sort();
    assert!(out.len() > 10, "no programs in {}", root.display());
    out
}

fn diagnostics(source: &str) -> Vec<(usize, String)> {
    let parsed = parse(source);
    let mut all = parsed.errors;
    all.extend(check(&parsed.tree, &CheckEnv::default(), source));
    let line = |at: u32| source[..at as usize].matches('\n').count() + 1;
    all.iter().map(|d| (line(d.primary.start), format!("{}: {}", d.id, d.message))).collect()
}

#[test]
fn pure_programs_are_clean() {
    for folder in ["pure", "errors", "blocks"] {
        for (path, source) in programs(folder) {
            assert_eq!(diagnostics(&source), [], "{}", path.display());
        }
    }
}

#[test]
fn impure_programs_are_refused_on_their_line() {
    for (path, source) in programs("impure") {
        let why = std::fs::read_to_string(path.with_extension("why")).unwrap_or_default();
        let line: usize = why.trim_start_matches("line ").split(':').next().unwrap().parse().unwrap();
        let found = diagnostics(&source);
        assert!(found.iter().any(|(l, _)| *l == line), "{}: {found:?}, not on line {line}", path.display());
        assert!(found.iter().all(|(l, _)| *l == line), "{}: {found:?}, beyond line {line}", path.display());
    }
}

#[test]
fn broken_programs_never_panic() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |bound: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % (bound.max(1) as u64)).unwrap_or(0)
    };
    let pieces: Vec<char> = "()[]{}<>:;=\"'\\\n\t #\u{e9}f0_*@,.!|&remotely".chars().collect();
    for folder in ["pure", "errors", "impure", "blocks"] {
        for (_, source) in programs(folder) {
            let chars: Vec<char> = source.chars().collect();
            for _ in 0..12 {
                let cut: String = chars[..random(chars.len())].iter().collect();
                let mut changed = chars.clone();
                let at = random(changed.len());
                changed[at] = pieces[random(pieces.len())];
                let changed: String = changed.into_iter().collect();
                for text in [cut, changed] {
                    diagnostics(&text);
                    afar_lang::token::tokenize(&text);
                }
            }
        }
    }
}

#[test]
fn printing_and_parsing_give_the_tree_again() {
    for folder in ["pure", "errors", "blocks"] {
        for (path, source) in programs(folder) {
            let once = afar_lang::print::module(&parse(&source).tree);
            let again = parse(&once);
            assert_eq!(again.errors, [], "{}\n{once}", path.display());
            assert_eq!(afar_lang::print::module(&again.tree), once, "{}", path.display());
        }
    }
}
