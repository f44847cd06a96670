//! afar-stdlib.
