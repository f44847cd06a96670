//! The containers, the iterator functions and the modules, against `python3`.

use crate::oracle::check;

mod bytes;
mod characters;
mod codecs;
mod containers;
mod modules;
mod re;
mod reuse;
