//! Afar as a library: the session that the command line, the line editor and the tests drive.

#![forbid(unsafe_code)]

pub mod batch;
pub mod cli;
pub mod config;
pub mod line;
mod marks;
pub mod modules;
pub mod remotely;
pub mod render;
pub mod session;
pub mod show;
pub mod sys;
mod sys_info;

pub use session::{Interactive, Session, Trouble};
