//! redwasp: a Prometheus exporter for Redis and Valkey whose collectors are sandboxed WebAssembly plugins.
//!
//! Layers, and the only directions in which they may know each other:
//!
//! ```text
//! main → daemon → web → scrape → plugin → servers
//!                  │       │        │
//!                  │       └────────┴──→ metrics        (the model: pure, no I/O, no wasm)
//!                  └──→ exposition ────→ metrics        (encoders: pure)
//! commands: beside daemon; cli: between main and config; author: projects of plugins, known to commands and cli;
//! build, config, own, logging: leaves
//! ```
//!
//! One scrape goes through them from left to right and never back: [`web`] turns a request into a target and a
//! deadline, [`scrape`] merges what the collectors want into one pipeline, [`servers`] runs it in one round trip,
//! [`plugin`] calls each collector in an instance, [`metrics`] checks and merges what they return, [`exposition`]
//! writes it.

pub mod author;
pub mod build;
pub mod cli;
pub mod commands;
pub mod config;
pub mod daemon;
pub mod exposition;
pub mod logging;
pub mod metrics;
pub mod own;
pub mod plugin;
pub mod scrape;
pub mod servers;
pub mod web;
