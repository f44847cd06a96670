//! Are two answers to a program the same.

use super::peer::{Answer, End};

/// What comparing two answers says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They are the same.
    Same,
    /// Afar refuses, for this kind of reason.
    Refused(String),
    /// One of them says nothing.
    Skipped(String),
    /// They differ: how.
    Different(String),
}

/// Compares what CPython and Afar answer.
pub fn compare(python: &Answer, afar: &Answer) -> Verdict {
    match (&python.end, &afar.end) {
        (End::Skipped(why), _) => Verdict::Skipped(format!("CPython: {}", kind(why))),
        (End::Crashed(why) | End::Refused(why), _) => Verdict::Skipped(format!("CPython: {}", kind(why))),
        (_, End::Crashed(why)) => Verdict::Different(format!("crash: {why}")),
        (_, End::Skipped(why)) => Verdict::Skipped(format!("Afar: {}", kind(why))),
        (_, End::Refused(why)) if python.printed.starts_with(&afar.printed) => Verdict::Refused(kind(why)),
        (p, a) if p == a && python.printed == afar.printed => Verdict::Same,
        (p, a) => {
            let lines = crate::listing::difference(&python.printed, &afar.printed);
            let ends = if p == a { String::new() } else { format!("\n  CPython: {p:?}\n  Afar:    {a:?}") };
            Verdict::Different(if python.printed == afar.printed { ends } else { lines + &ends })
        }
    }
}

/// The kind of a reason: without what is quoted in it, and without numbers.
fn kind(why: &str) -> String {
    let line = why.lines().next().unwrap_or_default();
    let mut out = String::new();
    for (at, part) in line.split('`').enumerate() {
        match at % 2 {
            0 => out.extend(part.chars().filter(|c| !c.is_ascii_digit())),
            // A name of the language says what it is about; one of the program says nothing.
            _ if part.len() > 1 && !part.chars().any(|c| c.is_ascii_digit()) => {
                out.push_str(&format!("`{part}`"));
            }
            _ => out.push_str("`..`"),
        }
    }
    out
}
