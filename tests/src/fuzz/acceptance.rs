//! Is a text a program: Afar and CPython must agree, but for `remotely`, and for what Afar refuses as not pure.

use super::corpus::Corpus;
use super::parser;
use crate::generated::peer::{Peer, frame};
use afar_lang::{CheckEnv, check, parse};

/// How many texts go to CPython at once.
const BATCH: u64 = 200;

/// What Afar says to a text: the ids of what is wrong with it.
fn ids(text: &str) -> Vec<&'static str> {
    let parsed = parse(text);
    let mut all = parsed.errors;
    if all.is_empty() {
        all.extend(check(&parsed.tree, &CheckEnv::default(), text));
    }
    all.iter().map(|d| d.id).collect()
}

/// The inputs from this number on of which Afar and CPython do not think the same: number, text, and how.
///
/// # Panics
///
/// If CPython does not answer.
pub fn differences(
    corpus: &Corpus,
    python: &mut Peer,
    seed: u64,
    first: u64,
) -> (u64, Vec<(u64, String, String)>) {
    let inputs = (first..first + BATCH).map(|n| (n, parser::input(corpus, seed, n)));
    // A comparison with something of this name would be a block; a mark of the order of bytes is one in files alone.
    let inputs: Vec<(u64, String)> =
        inputs.filter(|(_, text)| !text.contains("remotely") && !text.starts_with('\u{feff}')).collect();
    let frames: Vec<Vec<u8>> = inputs.iter().map(|(_, text)| frame(text)).collect();
    let answers = python.ask(&frames.concat()).expect("CPython answers");
    assert_eq!(answers.len(), inputs.len(), "an answer for each text");
    let found = inputs.into_iter().zip(answers.chars()).filter_map(|((number, text), answer)| {
        let how = disagreement(&text, answer)?;
        Some((number, text, how))
    });
    (BATCH, found.collect())
}

fn disagreement(text: &str, answer: char) -> Option<String> {
    let ids = ids(text);
    let syntax = ids.iter().find(|id| id.starts_with("syntax/"));
    match (answer, syntax) {
        // How deep a text may be nested is a limit, no rule; texts without an encoding are refused on purpose.
        (_, Some(&"syntax/too-deep" | &"syntax/lone-surrogate")) => None,
        ('+', Some(id)) => Some(format!("CPython accepts it, Afar says {id}")),
        ('-', None) if ids.is_empty() => Some("CPython refuses it, Afar accepts it".to_owned()),
        _ => None,
    }
}
