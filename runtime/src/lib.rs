//! afar-runtime.
