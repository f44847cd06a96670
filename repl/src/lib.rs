//! Afar as a library: the session that the command line, the line editor and the tests drive.

#![forbid(unsafe_code)]

pub mod modules;
pub mod remotely;
pub mod session;

pub use session::{Interactive, Session, Trouble};
