//! The compiler of Afar: checked trees in, machine code out, specialised on types.

mod annotations;
pub mod codegen;
mod compiler;
mod edge;
pub mod ir;
mod layout;
mod lower;
mod passes;
pub mod program;
mod ship;
pub mod survey;
mod tree;
mod types;
mod weight;

pub use codegen::{call_edge, call_unit, compiler, count_instructions, fresh, install, keep_frames};
pub use compiler::Compiler;
pub use edge::{binds_first, prints, run_statement};
pub use ir::marks::places as mark_places;
pub use lower::{BLOCK_VALUE, has_effect, runs_as_unit};
pub use ship::Shipped;
pub use types::CodeId;
