//! afar-compiler.
