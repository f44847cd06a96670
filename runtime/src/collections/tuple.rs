//! Tuples: methods and operations.
