//! The containers, the iterator functions and the modules, against `python3`.

use crate::oracle::check;

mod containers;
mod modules;
mod re;
mod reuse;
