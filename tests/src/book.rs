//! The manual: what its pages hold that can be run, and how it is run.
//!
//! A fence says by its first words what it is; one that says nothing known fails, so that none is passed over in silence.
//!
//! | fence | what it is |
//! |---|---|
//! | `python` | a program: Afar and CPython give the same |
//! | `afr` | a program for Afar alone |
//! | `text` | all that the program before it prints and says; behind `cpython`, what CPython does |
//! | `text,figure` | a drawing |
//! | `console` | commands behind `$ `, each with what it prints; a line `...` stands for any lines |
//! | `console,shown` | commands that need the network or a long time, and are not Afar's; nothing is run |
//! | `pycon` | a session, input by input |
//!
//! A program prints what its lines `#>` say, or the `text` behind it. It may be `fails` (an exception ends it), `refused` (a
//! diagnostic does), `more` (it goes on from the program before it), or `file=NAME`, under which it stays in the page's folder.
//! Tables behind a comment `<!-- rows` are run row by row: see [`rows`].

pub mod console;
pub mod explained;
pub mod links;
pub mod page;
pub mod programs;
pub mod rows;
pub mod tables;
#[cfg(test)]
mod tests;

use crate::program::Scratch;
use page::{Page, Piece};
use std::path::Path;

/// What is wrong, and at which line of the page.
pub type Failures = Vec<(usize, String)>;

/// Whether a page is held to what it says, or is given what is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Differences are failures.
    Check,
    /// Differences are written into the page.
    Bless,
}

/// Runs all that can be run in a page, in order, in one folder; in the page is then what was really printed.
pub fn run(page: &mut Page, purpose: Purpose, python: Option<&Path>) -> Failures {
    let folder = Scratch::new();
    let mut failures = page.strays();
    let mut before = programs::Before::default();
    for at in 0..page.pieces.len() {
        let (head, tail) = page.pieces.split_at_mut(at + 1);
        let Some(piece) = head.last_mut() else { continue };
        let line = piece.line();
        let found = match piece {
            Piece::Rows(rows) => rows::run(rows, &folder, python),
            Piece::Fence(fence) => match fence.language() {
                "python" | "afr" => programs::run(fence, tail, &mut before, purpose, &folder, python),
                "console" => console::run(fence, purpose, &folder),
                "pycon" => console::session(fence, purpose, &folder),
                "text" if fence.has("figure") || fence.is_claimed => Vec::new(),
                "text" => vec!["no program before it prints this".to_owned()],
                other => vec![format!("nobody knows how to run a fence of `{other}`")],
            },
        };
        failures.extend(found.into_iter().map(|why| (line, why)));
    }
    failures
}
