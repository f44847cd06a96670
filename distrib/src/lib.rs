//! afar-distrib.
