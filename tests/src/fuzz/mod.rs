//! Bad input in great numbers: programs changed at random, for the parser alone and for the whole way to the answer.
//!
//! An input is known by its seed and number. [`corpus`] has what is changed, [`mutate`] changes it, [`parser`] and [`pipeline`] look at what
//! comes of it, [`acceptance`] asks CPython whether it is a program at all. What runs them is `cargo fuzz-inputs`.

pub mod acceptance;
pub mod corpus;
pub mod mutate;
pub mod parser;
pub mod pipeline;
