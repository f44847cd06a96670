//! The command `afar`: everything is in the library.

#![forbid(unsafe_code)]

fn main() {
    std::process::exit(afar::cli::main());
}
