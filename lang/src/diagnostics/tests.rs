//! Every explanation holds: its wrong program gives the id and no other, its right one nothing.

use super::explanations;
use crate::{CheckEnv, check, parse};
use std::collections::BTreeSet;

fn ids(source: &str) -> Vec<&'static str> {
    let parsed = parse(source);
    let checked = check(&parsed.tree, &CheckEnv::default(), source);
    parsed.errors.into_iter().chain(checked).map(|d| d.id).collect()
}

#[test]
fn explanations_hold() {
    let mut wrong = Vec::new();
    for e in explanations() {
        // Writing to a default is two mistakes: that it is a default, and that it is written to.
        let is_other =
            |id: &&str| *id != e.id && (e.id, *id) != ("purity/mutable-default", "purity/mutating-method");
        let ids_wrong = ids(e.wrong);
        if !ids_wrong.contains(&e.id) || ids_wrong.iter().any(is_other) {
            wrong.push(format!("{}: the wrong program gives {:?}", e.id, ids_wrong));
        }
        if !ids(e.right).is_empty() {
            wrong.push(format!("{}: the right program gives {:?}", e.id, ids(e.right)));
        }
    }
    assert_eq!(wrong, [] as [String; 0]);
}

#[test]
fn every_id_is_explained_once() {
    let known: Vec<&str> = explanations().map(|e| e.id).collect();
    let unique: BTreeSet<&str> = known.iter().copied().collect();
    assert_eq!(known.len(), unique.len());
    let mut sources = Vec::new();
    collect(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut sources);
    for source in sources {
        for group in ["syntax", "purity", "names", "blocks"] {
            for (at, _) in source.match_indices(&format!("\"{group}/")) {
                let id = source[at + 1..].split('"').next().unwrap_or("");
                let is_id = id.chars().all(|c| c.is_ascii_lowercase() || c == '-' || c == '/');
                assert!(!is_id || id.ends_with('/') || unique.contains(id), "{id} is not explained");
            }
        }
    }
}

fn collect(folder: &std::path::Path, out: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            collect(&entry.path(), out);
        } else {
            out.extend(std::fs::read_to_string(entry.path()));
        }
    }
}
