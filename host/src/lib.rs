//! x
#![allow(dead_code)]
pub mod config;
pub mod exposition;
pub mod metrics;
pub mod servers;
