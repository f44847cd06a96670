//! The command `afar`: everything is in the library.

#![forbid(unsafe_code)]

/// Counts what the program holds, for the memory limit.
#[global_allocator]
static ALLOCATOR: afar_runtime::budget::Counted = afar_runtime::budget::Counted;

fn main() {
    std::process::exit(afar::cli::main());
}
