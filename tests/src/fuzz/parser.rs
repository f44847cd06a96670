//! What must hold of the parser for any text: it ends, without a panic; what it says is about places in the text; and a tree that is
//! printed and parsed again is the same tree.

use super::corpus::Corpus;
use super::mutate;
use crate::generated::random::Random;
use afar_lang::diagnostic::Diagnostic;
use afar_lang::span::Span;
use afar_lang::{CheckEnv, check, parse, print};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The input of a number.
pub fn input(corpus: &Corpus, seed: u64, number: u64) -> String {
    let mut random = Random::new(seed, number);
    let text = corpus.piece(&mut random).to_owned();
    let other = corpus.piece(&mut random).to_owned();
    mutate::anyhow(&text, &other, &mut random)
}

/// How a text did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is a program.
    Parsed,
    /// It is none.
    Refused,
}

/// Parses and checks a text.
///
/// # Errors
///
/// What is wrong with the parser.
pub fn look(text: &str) -> Result<Fate, String> {
    catch_unwind(AssertUnwindSafe(|| look_at(text))).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
        Err(format!("a panic: {}", said.unwrap_or_default()))
    })
}

fn look_at(text: &str) -> Result<Fate, String> {
    let parsed = parse(text);
    let mut all = parsed.errors.clone();
    let is_program = all.is_empty();
    // Checking fills in what the tree leaves open.
    let before = if is_program { shape(&parsed.tree) } else { String::new() };
    all.extend(check(&parsed.tree, &CheckEnv::default(), text));
    all.iter().try_for_each(|d| places(d, text))?;
    if !is_program {
        return Ok(Fate::Refused);
    }
    let once = print::module(&parsed.tree);
    let again = parse(&once);
    if let Some(error) = again.errors.first() {
        return Err(format!("its print does not parse: {} {:?}\n{once}", error.message, error.primary));
    }
    if print::module(&again.tree) != once || shape(&again.tree) != before {
        return Err(format!("its print is another program:\n{once}\n{}", print::module(&again.tree)));
    }
    Ok(Fate::Parsed)
}

fn places(d: &Diagnostic, text: &str) -> Result<(), String> {
    let spans =
        d.labels.iter().map(|(span, _)| *span).chain([d.primary]).chain(d.fix.as_ref().map(|f| f.span));
    for Span { start, end } in spans {
        let is_place = start <= end && text.get(start as usize..end as usize).is_some();
        if !is_place {
            return Err(format!("{}: {start}..{end} is no place in the text", d.id));
        }
    }
    Ok(())
}

/// A tree as text without places and numbers of nodes.
pub fn shape(tree: &afar_lang::ast::Module) -> String {
    let all = format!("{:?}", tree.body);
    let mut out = String::with_capacity(all.len() / 2);
    let mut rest = all.as_str();
    while let Some(at) = rest.find("span: Span {").into_iter().chain(rest.find("id: NodeId(")).min() {
        out.push_str(&rest[..at]);
        let end = if rest[at..].starts_with("span") { '}' } else { ')' };
        rest = rest[at..].split_once(end).map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    out
}
