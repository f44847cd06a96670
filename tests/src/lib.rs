//! What the suites share: the binary under test, programs that are bounded in time, cases in files, clusters.
//!
//! The suites themselves are in `tests/tests`. Nothing here knows the language.

#![forbid(unsafe_code)]

pub mod binary;
pub mod book;
pub mod case;
pub mod cluster;
pub mod fuzz;
pub mod generated;
pub mod jobs;
pub mod listing;
pub mod program;

use std::path::PathBuf;

/// The root of the workspace.
pub fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map_or(here.clone(), PathBuf::from)
}
