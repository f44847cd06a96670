//! What runs away from the edge: units, the engines that run them, and the proxies that stand for their results.
//!
//! [`client`] is the edge's side: it knows which unit waits for which, and hands what is ready to the [`engine`].
//! Beyond one process, the [`ledger`] keeps account of who runs which part of which range.

#![forbid(unsafe_code)]

pub mod bridge;
pub mod client;
mod driver;
pub mod engine;
pub mod future;
pub mod gateway;
pub mod hub;
pub mod inputs;
pub mod ledger;
mod log;
pub mod node;
pub mod planner;
pub mod protocol;
pub mod proxy;
pub mod reach;
pub mod resources;
pub mod sim;
pub mod skew;
pub mod traffic;
pub mod wire;
pub mod work;
