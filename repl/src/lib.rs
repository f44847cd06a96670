//! Afar.
