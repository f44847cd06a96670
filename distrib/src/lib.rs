//! What runs away from the edge: units, the engines that run them, and the proxies that stand for their results.
//!
//! [`client`] is the edge's side: it knows which unit waits for which, and hands what is ready to the [`engine`].

#![forbid(unsafe_code)]

pub mod client;
mod driver;
pub mod engine;
pub mod future;
pub mod gateway;
pub mod hub;
pub mod inputs;
pub mod node;
pub mod protocol;
pub mod proxy;
pub mod reach;
pub mod wire;
