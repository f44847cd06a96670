//! afar-benches.
