//! Testees that mean harm, and what a run against one costs: time, memory, the size of its report.

// Each test binary uses its part.
#![allow(dead_code, unreachable_pub)]

pub mod behaviour;
pub mod clients;
pub mod cost;
pub mod servers;
