//! afar-tests.
