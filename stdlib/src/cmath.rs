//! The module `cmath`.
