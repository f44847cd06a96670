//! The front end of Afar: text in, a checked tree or diagnostics out.
//!
//! It does no I/O, knows no renderer, and gives the same answer for the same text.

#![forbid(unsafe_code)]

pub mod ast;
pub mod diagnostic;
pub mod span;
